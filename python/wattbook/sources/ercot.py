"""ERCOT's market information system: lists of documents, and reports as zipped CSV.

Reports name a day and the hour ending on Central prevailing time; ``DSTFlag`` says ``Y`` for the
second of the two hours that autumn repeats. Prices are tried on documented examples only.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from wattbook.sources import csv, json
from wattbook.sources.clock import HOUR, MINUTE, NOT_A_TIME, to_utc
from wattbook.sources.packed import head, parse_members
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request, aside
from wattbook.sources.tabular import (
    Measure,
    Rows,
    empty,
    gathered,
    measured,
    observations,
    set_aside,
    tables_only,
)

__all__ = ["DATASETS", "documents", "parse_prices", "parse_wind"]

ZONE = "America/Chicago"
SITE = "https://www.ercot.com/misapp/servlets/IceDocListJsonWS"
DOWNLOAD = "https://www.ercot.com/misdownload/servlets/mirDownload"
REPORTS = {
    "12301": "real-time settlement point prices",
    "12311": "load forecast by forecast zone",
    "12331": "day-ahead settlement point prices",
    "13028": "wind power by hour",
}

WIND = {
    "GEN": Measure("generation", "wind", "MW"),
    "COP_HSL": Measure("generation_forecast", "wind/COP HSL", "MW"),
    "STWPF": Measure("generation_forecast", "wind/STWPF", "MW"),
    "WGRPP": Measure("generation_forecast", "wind/WGRPP", "MW"),
    "HSL": Measure("available_generation", "wind", "MW"),
}
"""Measure by the beginning of a column; the rest of its name is the zone."""
WHOLE = "SYSTEM_WIDE"
AREA = "ERCOT"
DAY_AHEAD = {
    "DeliveryDate": "wall",
    "HourEnding": "text",
    "SettlementPoint": "text",
    "SettlementPointPrice": "padded number?",
}
REAL_TIME = {
    "DeliveryDate": "wall",
    "DeliveryHour": "text",
    "DeliveryInterval": "whole",
    "SettlementPointName": "text",
    "SettlementPointType": "text?",
    "SettlementPointPrice": "padded number?",
}
NAMES = {
    "DeliveryHour": "HourEnding",
    "SettlementPointName": "SettlementPoint",
    "SettlementPointType": "type",
    "DeliveryInterval": "quarter",
}


def is_documents(payload: Payload) -> bool:
    """Return whether `payload` is a list of documents."""
    return b'"ListDocsByRptTypeRes"' in payload.content[:200]


def documents(payload: Payload) -> Parsed:
    """Return the list as table ``document``: what can be fetched, and when it was published.

    ``address`` leads to the document, ``ts_event`` is when it was published (ns UTC), ``bytes`` its
    length, ``report`` the report's number and ``title`` its name.
    """
    path = "/ListDocsByRptTypeRes/DocumentList/*/Document"
    texts = ("DocID", "ReportTypeID", "ReportName", "ConstructedName")
    kinds = dict.fromkeys(texts, "text?") | {"PublishDate": "instant?", "ContentSize": "whole?"}
    found = json.rows(payload.content, path, kinds)
    table = found.frame.select(
        report="ReportTypeID",
        title="ReportName",
        name="ConstructedName",
        address=pl.concat_str(pl.lit(f"{DOWNLOAD}?doclookupId="), pl.col("DocID")),
        ts_event="PublishDate",
        bytes="ContentSize",
        place="place",
    )
    return tables_only({"document": table}, found.quarantined)


def is_wind(payload: Payload) -> bool:
    """Return whether `payload` is a report of wind power by hour."""
    start = payload.content[:200]
    if start.startswith(b"PK"):
        return b"cdr.00013028." in start or b"WPPHRLY" in start
    return {"STWPF_SYSTEM_WIDE", "HOUR_ENDING"} <= set(csv.header(payload.content[:1_000]))


def parse_wind(payload: Payload) -> Parsed:
    """Return wind generation and its forecasts in MW by load zone, hour by hour.

    ``GEN`` is observed, null for hours to come; ``COP_HSL`` is what operators plan, ``STWPF`` the
    most likely forecast, ``WGRPP`` the one that is exceeded in 80 of 100 cases; ``HSL`` is what the
    plants could have generated.
    """
    return parse_members(payload, wind)


def wind(payload: Payload) -> Parsed:
    """Return the rows of one file."""
    content = payload.content
    names = csv.header(content)
    values = {
        name: (prefix, name.removeprefix(f"{prefix}_"))
        for name in names
        for prefix in WIND
        if name.startswith(f"{prefix}_")
    }
    # Two columns of the whole system have their names the other way round.
    values |= {f"{WHOLE}_{kind}": (kind, WHOLE) for kind in WIND if f"{WHOLE}_{kind}" in names}
    kinds = {"DELIVERY_DATE": "wall", "HOUR_ENDING": "text", "DSTFlag": "text"}
    found = csv.rows(content, kinds | dict.fromkeys(values, "number?"))
    if not values and not found.quarantined:
        return Parsed(empty(), {}, (aside(content, "no column of wind power in the header"),))
    renamed = found.frame.rename({"DELIVERY_DATE": "DeliveryDate", "HOUR_ENDING": "HourEnding"})
    timed = with_start(Rows(renamed, found.quarantined), content)
    frame = timed.frame
    parts = [
        measured(
            frame,
            {name: WIND[prefix]},
            {
                "location": AREA if zone == WHOLE else zone,
                "delivery_start": frame["start"],
                "delivery_end": frame["start"] + HOUR,
                "place": frame["line"],
                "offset": frame["offset"],
            },
        )
        for name, (prefix, zone) in values.items()
    ]
    return Parsed(gathered(parts), {}, timed.quarantined)


def is_prices(payload: Payload) -> bool:
    """Return whether `payload` is a report of settlement point prices."""
    start = payload.content[:200]
    if start.startswith(b"PK"):
        marks = (b"cdr.00012301.", b"cdr.00012331.", b"SPPHLZNP6905", b"DAMSPNP4190")
        return any(mark in start for mark in marks)
    names = set(csv.header(head(payload.content, 1_000)))
    return set(DAY_AHEAD) <= names or set(REAL_TIME) <= names


def parse_prices(payload: Payload) -> Parsed:
    """Return settlement point prices, USD/MWh: hours of the day-ahead market, or quarter-hours.

    The item of a load zone's price that is weighted by energy (type ``LZEW``) is
    ``total/energy weighted``, so that it is told from the zone's own.
    """
    return parse_members(payload, prices)


def prices(payload: Payload) -> Parsed:
    """Return the prices of one file."""
    content = payload.content
    names = csv.header(content)
    is_day_ahead = "SettlementPointName" not in names
    kinds = dict(DAY_AHEAD if is_day_ahead else REAL_TIME)
    if "DSTFlag" in names:
        kinds["DSTFlag"] = "text"
    found = csv.rows(content, kinds)
    timed = with_start(Rows(found.frame.rename(NAMES, strict=False), found.quarantined), content)
    frame = timed.frame
    length = HOUR if is_day_ahead else 15 * MINUTE
    start, item = frame["start"], None
    if not is_day_ahead:
        is_weighted = pl.col("type").str.ends_with("EW")
        weighted = pl.when(is_weighted).then(pl.lit("total/energy weighted"))
        item = frame.select(weighted.otherwise(pl.lit("total")).alias("item")).to_series()
        start = start + (frame["quarter"] - 1) * length
    columns = {
        "dataset": "day_ahead_price" if is_day_ahead else "real_time_price",
        "location": frame["SettlementPoint"],
        "item": item if item is not None else "total",
        "delivery_start": start,
        "delivery_end": start + length,
        "value": frame["SettlementPointPrice"],
        "unit": "USD/MWh",
        "place": frame["line"],
        "offset": frame["offset"],
    }
    return Parsed(observations(columns, frame.height), {}, timed.quarantined)


def with_start(found: Rows, content: bytes) -> Rows:
    """Return the rows with the ``start`` of their hour, ns UTC, and those whose hour there is not.

    A file without flags has the rows of a place in order: the one that has its hour already is of
    the second of two equal hours.
    """
    frame = found.frame.with_columns(
        pl.col("HourEnding").str.extract(r"^0?(\d{1,2})(?::00)?$").cast(pl.Int64).alias("hour")
    )
    is_sound = pl.col("hour").is_between(1, 24)
    if "quarter" in frame.columns:
        is_sound &= pl.col("quarter").is_between(1, 4)
    if "DSTFlag" in frame.columns:
        is_sound &= pl.col("DSTFlag").is_in(["Y", "N"])
        is_second = pl.col("DSTFlag") == "Y"
    else:
        is_second = ~pl.struct("DeliveryDate", "hour", "SettlementPoint").is_first_distinct()
    frame = frame.with_columns(is_second.alias("is_second"))
    lacks = frame.select((~is_sound).alias("lacks")).to_series()
    frame, bad = set_aside(frame, lacks, "no hour from 1 to 24, quarter or flag", content)
    wall = frame["DeliveryDate"].to_numpy() + (frame["hour"].to_numpy() - 1) * np.int64(HOUR)
    start = pl.Series("start", to_utc(wall, ZONE, frame["is_second"].to_numpy()), dtype=pl.Int64)
    reason = "an hour that the clock leaves out"
    frame, missing = set_aside(frame.with_columns(start), start == NOT_A_TIME, reason, content)
    return Rows(frame, (*found.quarantined, *bad, *missing))


def requests(query: Query) -> Iterator[Request]:
    """Yield the request for the list of documents of a report; option ``report``, its number."""
    yield Request(SITE, {"reportTypeId": query.options.get("report", "12331")})


DATASETS = (
    Dataset(
        "ercot",
        "documents",
        f"what can be fetched of a report (option report: {', '.join(REPORTS)})",
        is_documents,
        documents,
        requests,
        requests_per_minute=30.0,
    ),
    Dataset("ercot", "wind", "wind power and its forecasts by load zone", is_wind, parse_wind),
    Dataset(
        "ercot",
        "prices",
        "settlement point prices, day-ahead and real-time",
        is_prices,
        parse_prices,
        is_recorded=False,
    ),
)
"""What can be read of ERCOT."""
