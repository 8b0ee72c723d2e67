"""CAISO OASIS: zips of CSV, or of XML when the request does not ask for CSV; times in UTC.

An error comes as a zip too, with an XML file that holds ``ERR_CODE`` and ``ERR_DESC``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

from wattbook.sources.csv import RAW_BYTES_MAX, header, rows
from wattbook.sources.packed import is_packed, unpack
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query, Request
from wattbook.sources.tabular import gathered, observations, set_aside
from wattbook.sources.xml import rows as xml_rows

__all__ = ["DATASETS", "parse"]

ADDRESS = "https://oasis.caiso.com/oasisapi/SingleZip"
START, END = "INTERVALSTARTTIME_GMT", "INTERVALENDTIME_GMT"


class Item(NamedTuple):
    """What a data item of OASIS is: dataset, unit and the columns of place and item."""

    dataset: str
    unit: str
    place: str
    item: str
    value: str = "MW"


ITEMS: Mapping[str, Item] = {
    "SYS_FCST_7DA_MW": Item("load_forecast", "MW", "TAC_AREA_NAME", "MARKET_RUN_ID"),
    "SYS_FCST_2DA_MW": Item("load_forecast", "MW", "TAC_AREA_NAME", "MARKET_RUN_ID"),
    "SYS_FCST_DA_MW": Item("load_forecast", "MW", "TAC_AREA_NAME", "MARKET_RUN_ID"),
    "SYS_FCST_15MIN_MW": Item("load_forecast", "MW", "TAC_AREA_NAME", "MARKET_RUN_ID"),
    "SYS_FCST_5MIN_MW": Item("load_forecast", "MW", "TAC_AREA_NAME", "MARKET_RUN_ID"),
    "SYS_FCST_ACT_MW": Item("load", "MW", "TAC_AREA_NAME", "MARKET_RUN_ID"),
    "RENEW_FCST_DA_MW": Item("generation_forecast", "MW", "TRADING_HUB", "RENEWABLE_TYPE"),
    "RENEW_FCST_HASP_MW": Item("generation_forecast", "MW", "TRADING_HUB", "RENEWABLE_TYPE"),
    "RENEW_FCST_15MIN_MW": Item("generation_forecast", "MW", "TRADING_HUB", "RENEWABLE_TYPE"),
    "RENEW_FCST_5MIN_MW": Item("generation_forecast", "MW", "TRADING_HUB", "RENEWABLE_TYPE"),
    "RENEW_ACT_5MIN_MW": Item("generation", "MW", "TRADING_HUB", "RENEWABLE_TYPE"),
}
"""Data items by the name in ``XML_DATA_ITEM``. Of the run the item is written behind a slash."""

LMP = Item("price", "USD/MWh", "NODE", "LMP_TYPE")
LMP_DATASETS = {"DAM": "day_ahead_price"}
"""Dataset of a locational price by its market run; every other run is of real time."""


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is an answer of OASIS."""
    if is_packed(payload.content):
        return "oasis" in payload.name.lower() or "oasis" in payload.address.lower()
    return "XML_DATA_ITEM" in header(payload.content[:1000]) or (
        b"caiso.com/soa" in payload.content[:1000]
    )


def parse(payload: Payload) -> Parsed:
    """Return forecasts, load, generation and locational prices of an answer of OASIS.

    Loads count from the area (``location``), items are the market run (``7DA``) or the kind of
    generation with the run (``Solar/DAM``), of prices the component (``LMP``, ``MCC``).
    """
    unpacked = unpack(payload)
    found: list[pl.DataFrame] = []
    aside = list(unpacked.quarantined)
    for member in unpacked.members:
        if member.content.lstrip()[:1] == b"<":
            rows_, bad = xml_items(member.content)
        else:
            rows_, bad = csv_items(member.content)
        found.append(rows_)
        aside += bad
    return Parsed(gathered(found), {}, tuple(aside))


def csv_items(content: bytes) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return the rows of a CSV file of OASIS."""
    names = header(content)
    columns = {START: "instant", END: "instant", "XML_DATA_ITEM": "text"}
    is_price = "LMP_TYPE" in names
    wanted = (
        ("NODE", "LMP_TYPE") if is_price else ("TAC_AREA_NAME", "TRADING_HUB", "RENEWABLE_TYPE")
    )
    columns |= dict.fromkeys([name for name in wanted if name in names], "text")
    columns |= {"MARKET_RUN_ID": "text", "MW": "number"}
    read = rows(content, columns)
    frame = read.frame
    return told(frame, content, read.quarantined, "line", is_price=is_price)


def xml_items(content: bytes) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return the rows of an XML file of OASIS, or the error that it is."""
    fields = {
        START: "INTERVAL_START_GMT",
        END: "INTERVAL_END_GMT",
        "XML_DATA_ITEM": "DATA_ITEM",
        "TAC_AREA_NAME": "RESOURCE_NAME",
        "MW": "VALUE",
    }
    read = xml_rows(content, "REPORT_ITEM/REPORT_DATA", fields)
    aside = [] if read.fault is None else [read.fault]
    fault = xml_rows(content, "ERROR", {"code": "ERR_CODE", "text": "ERR_DESC"})
    for code, text in fault.frame.select("code", "text").iter_rows():
        reason = f"OASIS answers with error {code}: {text}"
        aside.append(Quarantined("payload", 0, reason, content[:RAW_BYTES_MAX]))
    if not aside and not read.frame.height:
        reason = "no REPORT_DATA of OASIS in it"
        aside.append(Quarantined("payload", 0, reason, content[:RAW_BYTES_MAX]))
    instants = (
        pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%z", strict=False, time_unit="ns")
        .cast(pl.Int64).alias(name)
        for name in (START, END)
    )  # fmt: skip
    frame = read.frame.with_row_index("row").with_columns(
        *instants,
        pl.col("MW").cast(pl.Float64, strict=False),
        pl.lit(None, pl.String).alias("MARKET_RUN_ID"),
        pl.col("row").cast(pl.Int64),
        TRADING_HUB="TAC_AREA_NAME",
        RENEWABLE_TYPE=pl.lit(None, pl.String),
    )
    return told(frame, content, tuple(aside), "row", is_price=False)


def told(
    frame: pl.DataFrame,
    content: bytes,
    aside: tuple[Quarantined, ...],
    place: str,
    *,
    is_price: bool,
) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return the rows of `frame` as observations, and all that is set aside."""
    known = pl.lit(is_price) | pl.col("XML_DATA_ITEM").is_in(list(ITEMS))
    lacks = pl.any_horizontal(pl.col(START, END, "XML_DATA_ITEM").is_null())
    frame, keyless = set_aside(
        frame, frame.select(lacks).to_series(), "a row without interval or item", content, place
    )
    reason = "a data item of OASIS that is not known here"
    frame, foreign = set_aside(frame, frame.select(~known).to_series(), reason, content, place)
    parts = []
    for name in frame["XML_DATA_ITEM"].unique(maintain_order=True):
        rows_ = frame.filter(pl.col("XML_DATA_ITEM") == name)
        item = LMP if is_price else ITEMS[name]
        run = pl.col("MARKET_RUN_ID")
        dataset = (
            run.replace_strict(LMP_DATASETS, default="real_time_price")
            if is_price
            else pl.lit(item.dataset)
        )
        of = pl.lit(None, pl.String) if item.item not in rows_.columns else pl.col(item.item)
        named = of if item.item == "MARKET_RUN_ID" else pl.concat_str(of, run, separator="/")
        named = pl.coalesce(named, of)
        columns = rows_.with_columns(dataset.alias("dataset"), named.alias("item"))
        area = item.place if item.place in rows_.columns else None
        parts.append(
            observations(
                {
                    "dataset": columns["dataset"],
                    "location": None if area is None else rows_[area],
                    "item": columns["item"],
                    "delivery_start": rows_[START],
                    "delivery_end": rows_[END],
                    "value": rows_["MW"],
                    "unit": item.unit,
                    "place": rows_[place],
                    "offset": rows_["offset"],
                },
                rows_.height,
            )
        )
    return gathered(parts), (*aside, *keyless, *foreign)


def requests(query: Query) -> Iterator[Request]:
    """Yield the request for one report; options ``report`` (``SLD_FCST``), ``run`` (``DAM``).

    ``location`` is the node of ``PRC_LMP``.
    """
    stamps = [
        dt.datetime.fromtimestamp(at // 10**9, dt.UTC).strftime("%Y%m%dT%H:%M-0000")
        for at in (query.start, query.end)
    ]
    report = query.options.get("report", "SLD_FCST")
    parameters = {
        "resultformat": "6",
        "queryname": report,
        "version": query.options.get("version", "1"),
        "market_run_id": query.options.get("run", "DAM"),
        "startdatetime": stamps[0],
        "enddatetime": stamps[1],
    }
    if query.location:
        parameters["node"] = query.location
    yield Request(ADDRESS, parameters)


DATASETS = (
    Dataset(
        "caiso",
        "oasis",
        "OASIS reports (options report, run, version): load, forecasts, locational prices",
        recognises,
        parse,
        requests,
        window_seconds=30 * 86_400,
        requests_per_minute=12.0,
    ),
)
"""What can be read of CAISO. OASIS refuses a second request within five seconds."""
