"""ERCOT's market information system: lists of documents, and reports as zipped CSV.

Reports name a day and ``HOUR_ENDING`` on Central prevailing time; ``DSTFlag`` says ``Y`` for the
second of the two hours that autumn repeats.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from wattbook.sources.clock import HOUR, NOT_A_TIME, to_utc
from wattbook.sources.csv import RAW_BYTES_MAX, header, rows
from wattbook.sources.json import rows as json_rows
from wattbook.sources.packed import is_packed, unpack
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query, Request
from wattbook.sources.tabular import gathered, observations, set_aside

__all__ = ["DATASETS", "documents", "wind"]

ZONE = "America/Chicago"
SITE = "https://www.ercot.com/misapp/servlets/IceDocListJsonWS"
DOWNLOAD = "https://www.ercot.com/misdownload/servlets/mirDownload"
REPORTS = {"12311": "load forecast by forecast zone", "13028": "wind power by hour"}

WIND = {
    "GEN": ("generation", "wind"),
    "COP_HSL": ("generation_forecast", "wind/COP HSL"),
    "STWPF": ("generation_forecast", "wind/STWPF"),
    "WGRPP": ("generation_forecast", "wind/WGRPP"),
    "HSL": ("available_generation", "wind"),
}
"""Dataset and item by the beginning of a column; the rest of its name is the zone."""
WHOLE = "SYSTEM_WIDE"


def is_documents(payload: Payload) -> bool:
    """Return whether `payload` is a list of documents."""
    return b'"ListDocsByRptTypeRes"' in payload.content[:200]


def documents(payload: Payload) -> Parsed:
    """Return the list as table ``document``: what can be fetched, and when it was published.

    ``address`` leads to the document, ``ts_event`` is when it was published (ns UTC), ``bytes`` its
    length, ``report`` the report's number and ``title`` its name.
    """
    path = "/ListDocsByRptTypeRes/DocumentList/*/Document"
    found = json_rows(
        payload.content,
        path,
        {
            "DocID": "text",
            "ReportTypeID": "text",
            "ReportName": "text",
            "ConstructedName": "text",
            "PublishDate": "instant",
            "ContentSize": "whole",
        },
    )
    frame = found.frame
    table = frame.select(
        report="ReportTypeID",
        title="ReportName",
        name="ConstructedName",
        address=pl.concat_str(pl.lit(f"{DOWNLOAD}?doclookupId="), pl.col("DocID")),
        ts_event="PublishDate",
        bytes="ContentSize",
        place="place",
    )
    return Parsed(observations({}, 0), {"document": table}, found.quarantined)


def is_wind(payload: Payload) -> bool:
    """Return whether `payload` is a report of wind power by hour."""
    if is_packed(payload.content):
        start = payload.content[:200]
        return b"cdr.00013028." in start or b"WPPHRLY" in start
    return {"STWPF_SYSTEM_WIDE", "HOUR_ENDING"} <= set(header(payload.content[:1_000]))


def wind(payload: Payload) -> Parsed:
    """Return wind generation and its forecasts in MW by load zone, hour by hour.

    ``GEN`` is observed, null for hours to come; ``COP_HSL`` is what operators plan, ``STWPF`` the
    most likely forecast, ``WGRPP`` the one that is exceeded in 80 of 100 cases; ``HSL`` is what the
    plants could have generated.
    """
    unpacked = unpack(payload)
    parts: list[pl.DataFrame] = []
    aside = list(unpacked.quarantined)
    for member in unpacked.members:
        names = header(member.content)
        values = {
            name: (prefix, name.removeprefix(f"{prefix}_"))
            for name in names
            for prefix in WIND
            if name.startswith(f"{prefix}_")
        }
        # Two columns of the whole system have their names the other way round.
        values |= {f"{WHOLE}_{kind}": (kind, WHOLE) for kind in WIND if f"{WHOLE}_{kind}" in names}
        columns = {"DELIVERY_DATE": "wall", "HOUR_ENDING": "number", "DSTFlag": "text"}
        found = rows(member.content, columns | dict.fromkeys(values, "number"))
        frame, bad = timed(found.frame, member.content)
        aside += [*found.quarantined, *bad]
        if not values and not found.quarantined:
            reason = "no column of wind power in the header"
            aside.append(Quarantined("payload", 0, reason, member.content[:RAW_BYTES_MAX]))
        parts += [
            observations(
                {
                    "dataset": WIND[prefix][0],
                    "location": zone,
                    "item": WIND[prefix][1],
                    "delivery_start": frame["start"],
                    "delivery_end": frame["start"] + HOUR,
                    "value": frame[name],
                    "unit": "MW",
                    "place": frame["line"],
                    "offset": frame["offset"],
                },
                frame.height,
            )
            for name, (prefix, zone) in values.items()
        ]
    return Parsed(gathered(parts), {}, tuple(aside))


def timed(frame: pl.DataFrame, content: bytes) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return the rows with their ``start`` in ns UTC, and those whose hour does not exist."""
    hour = pl.col("HOUR_ENDING")
    is_hour = (
        hour.is_between(1, 24) & (hour == hour.floor()) & pl.col("DELIVERY_DATE").is_not_null()
    )
    is_flag = pl.col("DSTFlag").is_in(["Y", "N"])
    frame, bad = set_aside(
        frame, frame.select(~(is_hour & is_flag)).to_series(), "no day, hour or flag", content
    )
    wall = frame["DELIVERY_DATE"].to_numpy() + (frame["HOUR_ENDING"].to_numpy() - 1).astype(
        np.int64
    ) * np.int64(HOUR)
    start = pl.Series("start", to_utc(wall, ZONE, (frame["DSTFlag"] == "Y").to_numpy()))
    frame = frame.with_columns(start)
    reason = "an hour that the clock leaves out"
    kept, missing = set_aside(frame, start == NOT_A_TIME, reason, content)
    return kept, (*bad, *missing)


def requests(query: Query) -> Iterator[Request]:
    """Yield the request for the list of documents of a report; option ``report``, its number."""
    yield Request(SITE, {"reportTypeId": query.options.get("report", "12311")})


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
    Dataset("ercot", "wind", "wind power and its forecasts by load zone", is_wind, wind),
)
"""What can be read of ERCOT."""
