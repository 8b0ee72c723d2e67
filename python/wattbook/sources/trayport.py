"""Trayport: trades of brokers and exchanges, in the form of its data analytics interface.

Assumed from public use of that interface, since no account exists here: ``GET /trades`` with
``instrumentId``, ``sequenceId``, ``sequenceItemId``, ``from`` and ``until`` (at most 32 days) and
the key in the header ``X-API-KEY``; an array of trades with ``dealDate`` (UTC), ``price``,
``quantity``, ``aggressorAction`` and what names the contract. Times without offset are UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from wattbook.errors import InputError
from wattbook.sources.clock import instant, shown
from wattbook.sources.json import gather, number, records, text
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request
from wattbook.sources.tabular import table, tables_only

__all__ = ["DATASETS", "TRADE_COLUMNS"]

ROOT = "https://analytics.trayport.com/api/trades"

TRADE_COLUMNS = {
    "trade": "String",
    "instrument": "String",
    "sequence": "String",
    "item": "String",
    "item_name": "String",
    "venue": "String",
    "side": "String",
    "status": "String",
    "ts_event": "Int64",
    "price": "Float64",
    "quantity": "Float64",
    "place": "Int64",
}
"""Columns of the table ``trade``: prices and quantities in the units of the instrument, `side` the
aggressor's, time ns UTC."""


def _parse(payload: Payload) -> Parsed:
    rows, aside = gather(records(payload.content), _trade)
    return tables_only({"trade": table(TRADE_COLUMNS, rows)}, aside)


def _trade(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    stamp = str(record["dealDate"])
    naive = dt.datetime.fromisoformat(stamp).tzinfo is None
    price, quantity = number(record["price"]), number(record["quantity"])
    if price is None or quantity is None:
        message = "a trade without price or quantity"
        raise ValueError(message)
    yield {
        "trade": text(record.get("tradeId")) or text(record.get("id")),
        "instrument": text(record.get("instrumentId")) or text(record.get("instrumentName")),
        "sequence": text(record.get("sequenceId")) or text(record.get("firstSequenceId")),
        "item": text(record.get("sequenceItemId")) or text(record.get("firstSequenceItemId")),
        "item_name": text(record.get("sequenceItemName"))
        or text(record.get("firstSequenceItemName")),
        "venue": text(record.get("venueCode")) or text(record.get("venueName")),
        "side": text(record.get("aggressorAction")),
        "status": text(record.get("status")),
        "ts_event": instant(f"{stamp}Z" if naive else stamp),
        "price": price,
        "quantity": quantity,
    }


def _recognises(payload: Payload) -> bool:
    head = payload.content[:2_048]
    return head.lstrip().startswith(b"[") and b'"dealDate"' in head and b'"quantity"' in head


def _requests(query: Query) -> Iterator[Request]:
    needed = {"sequenceId", "sequenceItemId"}
    if not query.location or not needed <= query.options.keys():
        message = "trayport needs a location (instrumentId) and options sequenceId, sequenceItemId"
        raise InputError(message)
    first, last = (shown(at, "%Y-%m-%dT%H:%M:%S.000Z") for at in (query.start, query.end))
    contract = {name: query.options[name] for name in sorted(needed)}
    yield Request(
        ROOT,
        {"instrumentId": query.location, **contract, "from": first, "until": last},
        credential="TRAYPORT_API_KEY",
        credential_place="header:X-API-KEY",
    )


DATASETS = (
    Dataset(
        source="trayport",
        name="trade",
        description="trades of a contract; location is instrumentId, options sequenceId and "
        "sequenceItemId",
        recognises=_recognises,
        parse=_parse,
        requests=_requests,
        window_seconds=30 * 86_400,
        requests_per_minute=30.0,
        is_recorded=False,
    ),
)
