"""AEMO's files that are plain tables: re-calculated dispatch prices, names of variables."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from wattbook.sources.aemo.report import NEM_AHEAD_NS
from wattbook.sources.csv import header, rows
from wattbook.sources.payload import Parsed, Payload
from wattbook.sources.tabular import gathered, observations, set_aside

__all__ = ["is_prices", "is_variables", "prices", "variables"]

PRICES = ("region", "price", "time", "service", "hist_price", "error")
FIVE_MINUTES = 300 * 1_000_000_000


def is_prices(payload: Payload) -> bool:
    """Return whether `payload` is a table of re-calculated dispatch prices."""
    return header(payload.content[:200]) == PRICES


def prices(payload: Payload) -> Parsed:
    """Return historical and re-calculated prices of dispatch intervals, AUD/MWh.

    The item is ``energy`` or the service (``RAISE6SEC``), as in the dispatch prices themselves.
    """
    found = rows(
        payload.content,
        {"region": "text", "price": "number", "time": "wall", "service": "text",
         "hist_price": "number"},
    )  # fmt: skip
    needed = pl.any_horizontal(pl.col("region", "time", "service").is_null())
    frame, aside = set_aside(
        found.frame, found.frame.select(needed).to_series(), "a row without key", payload.content
    )
    end = frame["time"] - NEM_AHEAD_NS
    service = frame["service"].str.to_uppercase().str.replace("_", "", literal=True)
    item = service.str.replace(r"(\d)S$", "${1}SEC").replace("ENERGY", "energy")
    parts = [
        observations(
            {
                "dataset": dataset,
                "location": frame["region"],
                "item": item,
                "delivery_start": end - FIVE_MINUTES,
                "delivery_end": end,
                "value": frame[column],
                "unit": "AUD/MWh",
                "place": frame["line"],
                "offset": frame["offset"],
            },
            frame.height,
        )
        for dataset, column in (
            ("real_time_price", "hist_price"),
            ("recalculated_price", "price"),
        )
    ]
    return Parsed(gathered(parts), {}, (*found.quarantined, *aside))


def is_variables(payload: Payload) -> bool:
    """Return whether `payload` is the list of variables of the causer-pays data."""
    return "causer-pays-variables" in payload.name and payload.content[:1].isdigit()


def variables(payload: Payload) -> Parsed:
    """Return the list of variables as table ``causer_pays_variable``: ``number``, ``name``."""
    head = b"number,name\n"
    found = rows(head + payload.content, {"number": "number", "name": "text"})
    shifted = (pl.col("line") - 1, pl.col("offset") - len(head))
    frame = found.frame.with_columns(*shifted)
    aside = tuple(
        replace(
            part,
            place=f"line {int(part.place.removeprefix('line ')) - 1}",
            offset=part.offset - len(head),
        )
        if part.place.startswith("line ")
        else part
        for part in found.quarantined
    )
    table = frame.select("number", "name", place="line")
    return Parsed(observations({}, 0), {"causer_pays_variable": table}, aside)
