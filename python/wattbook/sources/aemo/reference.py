"""AEMO's files that are plain tables: re-calculated dispatch prices, names of variables."""

from __future__ import annotations

from wattbook.sources.aemo.report import NEM_AHEAD_NS
from wattbook.sources.clock import MINUTE
from wattbook.sources.csv import header, rows
from wattbook.sources.payload import Parsed, Payload
from wattbook.sources.tabular import Measure, measured, tables_only

__all__ = ["is_prices", "is_variables", "prices", "variables"]

PRICES = ("region", "price", "time", "service", "hist_price", "error")
MEASURES = {
    "hist_price": Measure("real_time_price", "", "AUD/MWh"),
    "price": Measure("recalculated_price", "", "AUD/MWh"),
}


def is_prices(payload: Payload) -> bool:
    """Return whether `payload` is a table of re-calculated dispatch prices."""
    return header(payload.content[:200]) == PRICES


def prices(payload: Payload) -> Parsed:
    """Return historical and re-calculated prices of dispatch intervals, AUD/MWh.

    The item is ``energy`` or the service (``RAISE6SEC``), as in the dispatch prices themselves.
    """
    kinds = {"region": "text", "price": "number?", "time": "wall", "service": "text"}
    frame, quarantined = rows(payload.content, kinds | {"hist_price": "number?"})
    end = frame["time"] - NEM_AHEAD_NS
    service = frame["service"].str.to_uppercase().str.replace("_", "", literal=True)
    shared = {
        "location": frame["region"],
        "item": service.str.replace(r"(\d)S$", "${1}SEC").replace("ENERGY", "energy"),
        "delivery_start": end - 5 * MINUTE,
        "delivery_end": end,
        "place": frame["line"],
        "offset": frame["offset"],
    }
    return Parsed(measured(frame, MEASURES, shared), {}, quarantined)


def is_variables(payload: Payload) -> bool:
    """Return whether `payload` is the list of variables of the causer-pays data."""
    return "causer-pays-variables" in payload.name and payload.content[:1].isdigit()


def variables(payload: Payload) -> Parsed:
    """Return the list of variables as table ``causer_pays_variable``: ``number``, ``name``."""
    kinds = {"number": "number", "name": "text"}
    found = rows(payload.content, kinds, names=b"number,name\n")
    table = found.frame.select("number", "name", place="line")
    return tables_only({"causer_pays_variable": table}, found.quarantined)
