"""Orders of EPEX SPOT's continuous market in the layout that BitEPy processes.

EPEX sells its order data, so nothing is fetched. Time stamps carry their zone. An order counts from
``transaction`` until ``validity``; none of the latter means that it was still there.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from wattbook.sources.clock import HOUR, instant
from wattbook.sources.csv import line_aside, rows
from wattbook.sources.packed import head, parse_members
from wattbook.sources.payload import Dataset, Parsed, Payload
from wattbook.sources.tabular import schema, tables_only

__all__ = ["DATASETS"]

COLUMNS = {
    "": "text",
    "initial": "text",
    "side": "text",
    "start": "text",
    "transaction": "text",
    "validity": "text?",
    "price": "number",
    "quantity": "number",
}
SIDES = ("BUY", "SELL")
ORDER_COLUMNS = {
    "line": "Int64",
    "order": "String",
    "initial": "String",
    "side": "String",
    "delivery_start": "Int64",
    "delivery_end": "Int64",
    "ts_event": "Int64",
    "ts_end": "Int64",
    "price_eur_mwh": "Float64",
    "volume_mwh": "Float64",
}


def is_orders(payload: Payload) -> bool:
    """Return whether `payload` holds orders."""
    return b",initial,side,start,transaction,validity,price,quantity" in head(payload.content, 128)


def parse(payload: Payload) -> Parsed:
    """Return orders as table ``offer``.

    Columns: ``order`` and ``initial`` (the order it came from), ``side`` (``BUY``, ``SELL``),
    ``delivery_start`` and ``delivery_end`` (hours), ``ts_event`` and ``ts_end`` (ns UTC),
    ``price_eur_mwh`` and ``volume_mwh``.
    """
    return parse_members(payload, orders)


def orders(payload: Payload) -> Parsed:
    """Return the orders of one file."""
    found = rows(payload.content, COLUMNS)
    made, quarantined = [], list(found.quarantined)
    for record in found.frame.iter_rows(named=True):
        try:
            made.append(order(record))
        except ValueError as fault:
            place = record["line"], record["offset"]
            quarantined.append(line_aside(payload.content, *place, str(fault)))
    frame = pl.DataFrame(made, schema=schema(ORDER_COLUMNS), orient="row")
    return tables_only({"offer": frame}, quarantined)


def order(record: dict[str, Any]) -> tuple[object, ...]:
    """Return the columns of an order.

    Raises
    ------
    ValueError
        If its side or a time stamp is none.
    """
    if record["side"] not in SIDES:
        message = f"side {record['side']!r} is neither BUY nor SELL"
        raise ValueError(message)
    start = instant(record["start"])
    return (
        record["line"],
        record[""],
        record["initial"],
        record["side"],
        start,
        start + HOUR,
        instant(record["transaction"]),
        None if record["validity"] is None else instant(record["validity"]),
        record["price"],
        record["quantity"],
    )


DATASETS = (
    Dataset("epex", "orders", "Orders of hourly products, to table offer", is_orders, parse),
)
"""One layout."""
