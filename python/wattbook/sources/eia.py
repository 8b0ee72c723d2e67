"""EIA API v2, hourly grid monitor: JSON, numbers bare or in quotes, nulls where none is known.

``period`` is the END of an hour. With ``frequency`` ``hourly`` it is UTC, with ``local-hourly`` it
carries its offset: ``2022-10-31T11-07``. A page has 5,000 rows at most and says how many there are.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from wattbook.sources.clock import HOUR, shown
from wattbook.sources.json import rows
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query, Request, aside
from wattbook.sources.tabular import empty, observations, set_aside
from wattbook.sources.vocabulary import FUEL_CODES

__all__ = ["DATASETS", "parse"]

ADDRESS = "https://api.eia.gov/v2/electricity/rto"
ROWS_MAX = 5_000
TYPES = {
    "D": "load",
    "DF": "load_forecast",
    "NG": "generation",
    "TI": "net_position",
}
"""Datasets by the letters of ``type``."""
UNITS = {"megawatthours": "MWh"}


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is an answer of the API."""
    start = payload.content[:2_000]
    return b'"response"' in start and b'"dateFormat"' in start and b'"frequency"' in start


def parse(payload: Payload) -> Parsed:
    """Return demand, its forecast, generation by source, or flows between authorities, MWh.

    A flow counts from ``location`` (``fromba``) to ``counterpart`` (``toba``). An answer with fewer
    rows than its total is told: the other pages are missing.
    """
    content = payload.content
    about = rows(content, "/response", {"total": "whole?", "frequency": "text?"})
    if not about.frame.height:
        return Parsed(empty(), {}, about.quarantined)
    frequency = about.frame["frequency"][0]
    is_local = frequency == "local-hourly"
    if frequency not in {"hourly", "local-hourly"}:
        reason = f"frequency is {frequency!r}; only hourly and local-hourly are read"
        return Parsed(empty(), {}, (aside(content, reason),))
    names = ("respondent", "fromba", "toba", "type", "fueltype")
    fields = dict.fromkeys(names, "text?") | {"value": "number or text?", "value-units": "text"}
    fields["period"] = "instant" if is_local else "wall"
    read = rows(content, "/response/data/*", fields)
    place = pl.coalesce("respondent", "fromba")
    dataset = (
        pl.when(pl.col("toba").is_not_null())
        .then(pl.lit("physical_flow"))
        .when(pl.col("fueltype").is_not_null())
        .then(pl.lit("generation"))
        .otherwise(pl.col("type").replace_strict(TYPES, default=None, return_dtype=pl.String))
    )
    frame = read.frame.with_columns(place.alias("at"), dataset.alias("dataset"))
    lacks = frame.select(pl.any_horizontal(pl.col("at", "dataset").is_null())).to_series()
    reason = "a row without balancing authority or a type that is known"
    frame, bad = set_aside(frame, lacks, reason, content, "place")
    found = observations(
        {
            "dataset": frame["dataset"],
            "location": frame["at"],
            "counterpart": frame["toba"],
            "item": frame["fueltype"].replace(FUEL_CODES["eia"]),
            "delivery_start": frame["period"] - HOUR,
            "delivery_end": frame["period"],
            "value": frame["value"],
            "unit": frame["value-units"].replace(UNITS),
            "place": frame["place"],
            "offset": frame["offset"],
        },
        frame.height,
    )
    here = read.frame.height + len(read.quarantined)
    return Parsed(found, {}, (*read.quarantined, *bad, *missing(about.frame, here)))


def missing(about: pl.DataFrame, here: int) -> tuple[Quarantined, ...]:
    """Return the fault of an answer that does not hold all rows that it counts."""
    total = about["total"][0]
    if total is None or total == here:
        return ()
    reason = f"total is {total}, {here} rows are here; fetch the other pages by offset"
    return (Quarantined("response/total", 0, reason),)


def requests(query: Query) -> Iterator[Request]:
    """Yield the first page of a ``route``.

    Routes are ``fuel-type-data`` (the default), ``region-data`` and ``interchange-data``.
    Further pages are asked for with the option ``offset``, in steps of 5,000 rows. ``location`` is
    a balancing authority.
    """
    route = query.options.get("route", "fuel-type-data")
    # The hour that ends at the start of the window is not of it.
    first, last = (shown(at, "%Y-%m-%dT%H") for at in (query.start + HOUR, query.end))
    parameters = {
        "frequency": "hourly",
        "data[0]": "value",
        "start": first,
        "end": last,
        "sort[0][column]": "period",
        "sort[0][direction]": "asc",
        "offset": query.options.get("offset", "0"),
        "length": str(ROWS_MAX),
    }
    if query.location:
        facet = "fromba" if route == "interchange-data" else "respondent"
        parameters[f"facets[{facet}][]"] = query.location
    yield Request(
        f"{ADDRESS}/{route}/data/",
        parameters,
        credential="EIA_API_KEY",
        credential_place="query:api_key",
    )


DATASETS = (
    Dataset(
        "eia",
        "grid_monitor",
        "hourly grid monitor (options route, offset)",
        recognises,
        parse,
        requests,
        window_seconds=7 * 86_400,
        requests_per_minute=60.0,
    ),
)
"""What can be read of the EIA."""
