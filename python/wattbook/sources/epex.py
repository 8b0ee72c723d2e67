"""Orders of EPEX SPOT's continuous market: the exchange's own files, and BitePy's layout of them.

EPEX sells its order data, so nothing is fetched. Time stamps carry their zone. In BitePy's layout
an order counts from ``transaction`` until ``validity``; none of the latter means that it was still
there. The exchange's files tell every action on an order; they came with semicolons until 2020 and
with commas, below a line of comment, from 2021 on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl

from wattbook.sources.clock import HOUR, instant
from wattbook.sources.csv import line_aside, rows
from wattbook.sources.packed import head, parse_members
from wattbook.sources.payload import Dataset, Parsed, Payload, aside
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
ACTION_CODES = "ADCPMXHI"
"""Added, deleted, changed, partly matched, matched, expired, hibernated, iceberg shown again."""

ACTION_LAYOUTS = (
    {
        "OrderId": "text",
        "InitialId": "text",
        "ParentId": "text?",
        "Side": "text",
        "Product": "text",
        "DeliveryStart": "instant",
        "DeliveryEnd": "instant",
        "UserDefinedBlock": "text?",
        "RevisionNo": "whole",
        "ActionCode": "text",
        "TransactionTime": "instant",
        "ValidityTime": "instant?",
        "Price": "number?",
        "Quantity": "number?",
    },
    {
        "Order ID": "text",
        "Initial ID": "text",
        "Parent ID": "text?",
        "Side": "text",
        "Product": "text",
        "Delivery Start": "instant",
        "Delivery End": "instant",
        "Is User Defined Block": "text?",
        "RevisionNo": "whole",
        "Action code": "text",
        "Transaction Time": "instant",
        "Validity time": "instant?",
        "Price": "number?",
        "Quantity": "number?",
    },
)
"""Columns since 2021 and of 2020, in the same order, after the public reader of BitePy."""

ACTION_COLUMNS = {
    "line": "Int64",
    "order": "String",
    "initial": "String",
    "parent": "String",
    "side": "String",
    "product": "String",
    "delivery_start": "Int64",
    "delivery_end": "Int64",
    "is_block": "Boolean",
    "revision": "Int64",
    "action": "String",
    "ts_event": "Int64",
    "ts_end": "Int64",
    "price_eur_mwh": "Float64",
    "volume_mw": "Float64",
}
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


def is_actions(payload: Payload) -> bool:
    """Return whether `payload` holds actions on orders."""
    return action_layout(head(payload.content, 4_096)) is not None


def action_layout(content: bytes) -> tuple[int, dict[str, str]] | None:
    """Return the first byte of the header and the columns; None if it is no such file."""
    second = content.find(b"\n") + 1
    for begin in (0, second):
        names = content[begin:].split(b"\n", 1)[0]
        for columns, mark in zip(ACTION_LAYOUTS, (b"OrderId,", b"Order ID;"), strict=True):
            if mark in names and list(columns)[9].encode() in names:
                return begin, columns
    return None


def parse_actions(payload: Payload) -> Parsed:
    """Return actions on orders as table ``order_action``.

    Columns: ``order``, ``initial`` and ``parent`` (the order that it follows), ``side`` (``BUY``,
    ``SELL``), ``product``, ``delivery_start`` and ``delivery_end``, ``is_block`` (user-defined),
    ``revision``, ``action`` (one of `ACTION_CODES`), ``ts_event`` and ``ts_end`` (ns UTC),
    ``price_eur_mwh`` and ``volume_mw``.
    """
    return parse_members(payload, actions)


def actions(payload: Payload) -> Parsed:
    """Return the actions of one file."""
    found = action_layout(payload.content)
    if found is None:
        reason = "no header of an EPEX order file"
        return tables_only({}, [aside(payload.content, reason)])
    begin, columns = found
    content = payload.content
    if "Order ID" in columns:
        if b"," in content[begin:]:
            reason = "commas in a file that semicolons separate; write decimals with points"
            return tables_only({}, [aside(content, reason)])
        content = content.replace(b";", b",")
    read = rows(content, columns, begin=begin)
    # Places are the same with either separator; what is set aside is shown as it came.
    quarantined = [
        replace(part, raw=payload.content[part.offset : part.offset + len(part.raw)])
        for part in read.quarantined
    ]
    made = []
    for record in read.frame.iter_rows(named=True):
        try:
            made.append(action(record, list(columns)))
        except ValueError as fault:
            place = record["line"], record["offset"]
            quarantined.append(line_aside(payload.content, *place, str(fault)))
    quarantined.sort(key=lambda part: part.offset)
    frame = pl.DataFrame(made, schema=schema(ACTION_COLUMNS), orient="row")
    return tables_only({"order_action": frame}, quarantined)


def action(record: dict[str, Any], names: list[str]) -> tuple[object, ...]:
    """Return the columns of an action.

    Raises
    ------
    ValueError
        If side, action, delivery period, price or quantity cannot be those of an order.
    """
    order, initial, parent, side, product, start, end, block, revision, code, *rest = (
        record[name] for name in names
    )
    ts_event, ts_end, price, quantity = rest
    if side.upper() not in SIDES:
        message = f"side {side!r} is neither BUY nor SELL"
        raise ValueError(message)
    if code not in tuple(ACTION_CODES):
        message = f"action {code!r} is none of {', '.join(ACTION_CODES)}"
        raise ValueError(message)
    if end <= start:
        message = f"delivery ends at {end} ns, not after its start at {start} ns"
        raise ValueError(message)
    if code in "ACI" and (price is None or quantity is None or quantity <= 0):
        message = f"action {code} needs a price and a quantity above 0, not {price}, {quantity}"
        raise ValueError(message)
    if code == "P" and (quantity is None or quantity < 0):
        message = f"action P needs a quantity of 0 or more, not {quantity}"
        raise ValueError(message)
    is_block = block not in {None, "N", "0", "0.0"}
    return (
        *(record["line"], order, initial, parent, side.upper(), product, start, end),
        *(is_block, revision, code, ts_event, ts_end, price, quantity),
    )


DATASETS = (
    Dataset("epex", "orders", "Orders of hourly products, to table offer", is_orders, parse),
    Dataset(
        "epex",
        "order_actions",
        "Actions on orders in the exchange's own files, to table order_action",
        is_actions,
        parse_actions,
        is_recorded=False,
    ),
)
"""BitePy's layout, and the exchange's."""
