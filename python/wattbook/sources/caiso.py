"""CAISO OASIS: zips of CSV, or of XML when the request does not ask for CSV; times in UTC.

An error comes as a zip too, with an XML file that holds ``ERR_CODE`` and ``ERR_DESC``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

from wattbook.sources import csv, xml
from wattbook.sources.clock import shown
from wattbook.sources.packed import is_packed, parse_members
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request, aside
from wattbook.sources.tabular import Rows, gathered, observations, set_aside
from wattbook.sources.vocabulary import COMPONENT_CODES, FUEL_CODES

__all__ = ["DATASETS", "parse"]

ADDRESS = "https://oasis.caiso.com/oasisapi/SingleZip"
START, END = "INTERVALSTARTTIME_GMT", "INTERVALENDTIME_GMT"
ITEM = "XML_DATA_ITEM"
WORDS = ("NODE", "LMP_TYPE", "TAC_AREA_NAME", "TRADING_HUB", "RENEWABLE_TYPE", "MARKET_RUN_ID")


class Item(NamedTuple):
    """What a data item of OASIS is: dataset and the columns of place and item."""

    dataset: str
    place: str
    item: str


LOAD = Item("load_forecast", "TAC_AREA_NAME", "MARKET_RUN_ID")
RENEWABLE = Item("generation_forecast", "TRADING_HUB", "RENEWABLE_TYPE")
ITEMS: Mapping[str, Item] = {
    **dict.fromkeys((f"SYS_FCST_{run}_MW" for run in ("7DA", "2DA", "DA", "15MIN", "5MIN")), LOAD),
    "SYS_FCST_ACT_MW": LOAD._replace(dataset="load"),
    **dict.fromkeys((f"RENEW_FCST_{run}_MW" for run in ("DA", "HASP", "15MIN", "5MIN")), RENEWABLE),
    "RENEW_ACT_5MIN_MW": RENEWABLE._replace(dataset="generation"),
}
"""Data items by the name in ``XML_DATA_ITEM``, in MW. Of the run the item is behind a slash."""

LMP_DATASETS = {"DAM": "day_ahead_price"}
"""Dataset of a locational price by its market run; every other run is of real time."""


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is an answer of OASIS."""
    if is_packed(payload.content):
        return "oasis" in payload.name.lower() or "oasis" in payload.address.lower()
    start = payload.content[:1_000]
    return ITEM in csv.header(start) or b"caiso.com/soa" in start


def parse(payload: Payload) -> Parsed:
    """Return forecasts, load, generation and locational prices of an answer of OASIS.

    Loads count from the area (``location``), items are the market run (``7DA``) or the fuel with
    the run (``solar/DAM``), of prices the component with the run (``congestion/DAM``).
    """
    return parse_members(payload, answer)


def answer(payload: Payload) -> Parsed:
    """Return the rows of one file."""
    content = payload.content
    found = xml_items(content) if content.lstrip()[:1] == b"<" else csv_items(content)
    place = "place" if "place" in found.frame.columns else "line"
    return told(found, content, place)


def csv_items(content: bytes) -> Rows:
    """Return the rows of a CSV file of OASIS."""
    names = csv.header(content)
    kinds = {START: "instant", END: "instant", ITEM: "text", "MARKET_RUN_ID": "text?"}
    kinds |= {name: "text?" for name in WORDS if name in names}
    return csv.rows(content, kinds | {"MW": "number?"})


def xml_items(content: bytes) -> Rows:
    """Return the rows of an XML file of OASIS, or the error that it is."""
    fields = {
        START: ("INTERVAL_START_GMT", "instant"),
        END: ("INTERVAL_END_GMT", "instant"),
        ITEM: ("DATA_ITEM", "text"),
        "TAC_AREA_NAME": ("RESOURCE_NAME", "text?"),
        "TRADING_HUB": ("RESOURCE_NAME", "text?"),
        "MW": ("VALUE", "number?"),
    }
    read = xml.table(content, "REPORT_ITEM/REPORT_DATA", fields)
    faults = list(read.quarantined)
    errors = xml.rows(content, "ERROR", {"code": "ERR_CODE", "text": "ERR_DESC"}).frame
    for code, text in errors.select("code", "text").iter_rows():
        faults.append(aside(content, f"OASIS answers with error {code}: {text}"))
    if not faults and not read.frame.height:
        faults.append(aside(content, "no REPORT_DATA of OASIS in it"))
    return Rows(read.frame, tuple(faults))


def told(found: Rows, content: bytes, place: str) -> Parsed:
    """Return rows of OASIS as observations."""
    is_price = "LMP_TYPE" in found.frame.columns
    known = pl.lit(is_price) | pl.col(ITEM).is_in(list(ITEMS))
    reason = "a data item of OASIS that is not known here"
    unknown = found.frame.select((~known).alias("unknown")).to_series()
    frame, foreign = set_aside(found.frame, unknown, reason, content, place)
    absent = [name for name in WORDS if name not in frame.columns]
    frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
    run = pl.col("MARKET_RUN_ID")
    parts = []
    for name in frame[ITEM].unique(maintain_order=True):
        rows = frame.filter(pl.col(ITEM) == name)
        item = Item("", "NODE", "LMP_TYPE") if is_price else ITEMS[name]
        dataset = (
            run.replace_strict(LMP_DATASETS, default="real_time_price")
            if is_price
            else pl.lit(item.dataset)
        )
        of = pl.col(item.item)
        if item.item != "MARKET_RUN_ID":
            of = of.replace(COMPONENT_CODES if is_price else FUEL_CODES["caiso"])
            of = pl.concat_str(of, run, separator="/", ignore_nulls=True).replace("", None)
        columns = rows.select(dataset.alias("dataset"), of.alias("item"))
        parts.append(
            observations(
                {
                    "dataset": columns["dataset"],
                    "location": rows[item.place],
                    "item": columns["item"],
                    "delivery_start": rows[START],
                    "delivery_end": rows[END],
                    "value": rows["MW"],
                    "unit": "USD/MWh" if is_price else "MW",
                    "place": rows[place],
                    "offset": rows["offset"],
                },
                rows.height,
            )
        )
    return Parsed(gathered(parts), {}, (*found.quarantined, *foreign))


def requests(query: Query) -> Iterator[Request]:
    """Yield the request for one report; options ``report`` (``SLD_FCST``), ``run`` (``DAM``).

    ``location`` is the node of ``PRC_LMP``.
    """
    first, last = (shown(at, "%Y%m%dT%H:%M-0000") for at in (query.start, query.end))
    parameters = {
        "resultformat": "6",
        "queryname": query.options.get("report", "SLD_FCST"),
        "version": query.options.get("version", "1"),
        "market_run_id": query.options.get("run", "DAM"),
        "startdatetime": first,
        "enddatetime": last,
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
