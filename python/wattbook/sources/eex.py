"""EEX: primary auctions of emission allowances, from the exchange's report (XLSX or CSV).

The report has a heading of several lines, then a line of column names, then a row an auction. Names
and order of columns changed over the years, so columns are found by their names. Times are of the
exchange, Leipzig.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import polars as pl

from wattbook.sources import sheets
from wattbook.sources.clock import NOT_A_TIME, SECOND, to_utc, within
from wattbook.sources.documents import BAD_RECORD, number
from wattbook.sources.packed import is_packed
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined
from wattbook.sources.tabular import observations

__all__ = ["AUCTION_COLUMNS", "DATASETS"]

ZONE = "Europe/Berlin"

AUCTION_COLUMNS = {
    "auction": pl.String(),
    "contract": pl.String(),
    "status": pl.String(),
    "ts_event": pl.Int64(),
    "price": pl.Float64(),
    "bid_min": pl.Float64(),
    "bid_max": pl.Float64(),
    "bid_mean": pl.Float64(),
    "bid_median": pl.Float64(),
    "volume": pl.Float64(),
    "bid_volume": pl.Float64(),
    "bids": pl.Float64(),
    "bids_successful": pl.Float64(),
    "bidders": pl.Float64(),
    "bidders_successful": pl.Float64(),
    "revenue": pl.Float64(),
    "place": pl.Int64(),
}
"""Columns of the table ``auction``: prices EUR/tCO2, volumes tCO2, revenue EUR, time ns UTC."""

NAMES = {
    "date": "date",
    "time": "time",
    "auction": "auction name",
    "contract": "contract",
    "status": "status",
    "price": "auction price",
    "bid_min": "minimum bid",
    "bid_max": "maximum bid",
    "bid_mean": "mean",
    "bid_median": "median",
    "volume": "auction volume",
    "bid_volume": "total amount of bids",
    "bids": "number of bids submitted",
    "bids_successful": "number of successful bids",
    "bidders": "total number of bidders",
    "bidders_successful": "number of successful bidders",
    "revenue": "total revenue",
}
"""How the name of a column begins, units and brackets left out."""

WORDS = ("auction", "contract", "status")
NUMBERS = [name for name in AUCTION_COLUMNS if name not in {*WORDS, "ts_event", "place"}]
PRICES = {
    "price": "auction_price",
    "bid_min": "auction_bid_minimum",
    "bid_max": "auction_bid_maximum",
}
VOLUMES = {"volume": "auction_volume", "bid_volume": "auction_bid_volume"}


def _parse(payload: Payload) -> Parsed:
    columns: dict[str, int] = {}
    rows: list[dict[str, Any]] = []
    aside: list[Quarantined] = []
    for line in sheets.rows(payload):
        if isinstance(line, Quarantined):
            aside.append(line)
            continue
        if not columns:
            columns = _header(line.cells)
            continue
        if not any(line.cells):
            continue
        try:
            rows.append({**_auction(line.cells, columns), "place": line.place})
        except BAD_RECORD as fault:
            aside.append(Quarantined(f"row {line.place + 1}", line.offset, str(fault), line.raw))
    if not columns:
        reason = "no line with the columns Date, Auction Name and Auction Price"
        aside.append(Quarantined("payload", 0, reason, payload.content[: 64 * 1024]))
    table = pl.DataFrame(rows, schema=AUCTION_COLUMNS)
    return Parsed(_observed(table), {"auction": table}, tuple(aside))


def _plain(name: str) -> str:
    """Return a column's name without case, unit and spaces around."""
    return re.sub(r"\s+", " ", re.split(r"[(\[€]", name, maxsplit=1)[0]).strip().lower()


def _header(cells: list[str]) -> dict[str, int]:
    """Return where each column stands, or nothing if this line does not name them."""
    plain = [_plain(cell) for cell in cells]
    found = {}
    for column, name in NAMES.items():
        place = next((k for k, cell in enumerate(plain) if cell == name), None)
        if place is None:
            place = next((k for k, cell in enumerate(plain) if cell.startswith(f"{name} ")), None)
        if place is not None:
            found[column] = place
    return found if {"date", "auction", "price"} <= found.keys() else {}


def _auction(cells: list[str], columns: dict[str, int]) -> dict[str, Any]:
    def cell(name: str) -> str:
        place = columns.get(name, len(cells))
        return cells[place] if place < len(cells) else ""

    return {
        **{name: cell(name) or None for name in WORDS},
        **{name: number(_digits(cell(name))) for name in NUMBERS},
        "ts_event": _instant(cell("date"), cell("time")),
    }


def _digits(text: str) -> str:
    """Return a number without the signs that group its digits by three.

    Examples
    --------
    >>> _digits("1,234,500.5"), _digits("89.96"), _digits("2 409 000")
    ('1234500.5', '89.96', '2409000')
    """
    plain = text.replace("\u00a0", "").replace(" ", "").replace("€", "")
    return plain.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain) else plain


def _instant(date: str, time: str) -> int:
    """Return the moment of an auction, ns UTC; midnight where the report has no time."""
    moment = sheets.day(date)
    if time:
        if re.fullmatch(r"0?\.\d+", time):  # A workbook keeps a time as a share of a day.
            seconds = round(float(time) * 86_400)
            hour, minute = seconds // 3_600, seconds // 60 % 60
        else:
            hour, minute = (int(part) for part in time.split(":")[:2])
        moment = moment.replace(hour=hour, minute=minute)
    wall = within(int(np.datetime64(moment, "s").astype(np.int64)) * SECOND)
    found = int(to_utc([wall], ZONE)[0])
    if found == NOT_A_TIME:
        message = f"{date} {time} is no time of {ZONE}"
        raise ValueError(message)
    return found


def _observed(table: pl.DataFrame) -> pl.DataFrame:
    frames = []
    for names, unit in ((PRICES, "EUR/tCO2"), (VOLUMES, "tCO2")):
        for column, dataset in names.items():
            shown = table.filter(pl.col(column).is_not_null())
            columns = {
                "dataset": dataset,
                "location": shown["auction"],
                "item": shown["contract"],
                "delivery_start": shown["ts_event"],
                "delivery_end": shown["ts_event"],
                "value": shown[column],
                "unit": unit,
                "ts_event": shown["ts_event"],
                "place": shown["place"],
            }
            frames.append(observations(columns, shown.height))
    return pl.concat(frames).sort("place", maintain_order=True)


def _recognises(payload: Payload) -> bool:
    name = payload.name.lower()
    if is_packed(payload.content):
        return name.endswith(".xlsx") and ("auction" in name or "eua" in name)
    head = payload.content[:8_192].lower()
    return b"auction name" in head and b"auction price" in head


DATASETS = (
    Dataset(
        source="eex",
        name="auction",
        description="primary auctions of emission allowances, from the yearly report",
        recognises=_recognises,
        parse=_parse,
    ),
)
