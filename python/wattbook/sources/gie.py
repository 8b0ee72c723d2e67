"""Gas Infrastructure Europe: gas in storage (AGSI) and liquefied gas at terminals (ALSI), daily.

A gas day begins at 06:00 in Brussels. Stocks are of its end and have that instant; rates are of the
whole day. What the publisher prints as ``-`` or leaves empty is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from wattbook.sources.clock import at_wall, shown
from wattbook.sources.json import gather, number, records, text
from wattbook.sources.payload import OBSERVATION_COLUMNS, Dataset, Parsed, Payload, Query, Request
from wattbook.sources.tabular import table

__all__ = ["DATASETS"]

ZONE = "Europe/Brussels"
MORNING = dt.time(6)

STOCKS = {
    "gasInStorage": ("gas_in_storage", "TWh"),
    "full": ("gas_storage_filling", "%"),
    "workingGasVolume": ("gas_working_volume", "TWh"),
    "trend": ("gas_storage_trend", "%"),
}
RATES = {
    "injection": ("gas_injection", "GWh/d"),
    "withdrawal": ("gas_withdrawal", "GWh/d"),
    "injectionCapacity": ("gas_injection_capacity", "GWh/d"),
    "withdrawalCapacity": ("gas_withdrawal_capacity", "GWh/d"),
}
LNG_STOCKS = {"inventory": "lng_inventory", "dtmi": "lng_inventory_maximum"}
"""Each is an object of two: ``lng`` in thousand m³ of liquid, ``gwh`` as energy."""
LNG_UNITS = {"lng": "1000 m3 LNG", "gwh": "GWh"}
LNG_RATES = {"sendOut": ("lng_send_out", "GWh/d"), "dtrs": ("lng_send_out_capacity", "GWh/d")}


def _parse(payload: Payload) -> Parsed:
    rows, aside = gather(records(payload.content, "data"), _rows)
    return Parsed(table(OBSERVATION_COLUMNS, rows), {}, tuple(aside))


def _rows(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the observations of one area, company or facility on one gas day, and of its parts."""
    start, end = _gas_day(str(record["gasDayStart"]))
    shared = {
        "location": str(record.get("code") or record.get("url") or record["name"]),
        "item": text(record.get("status")),
        "ts_event": _updated(text(record.get("updatedAt"))),
    }
    for names, at in ((STOCKS, (end, end)), (RATES, (start, end)), (LNG_RATES, (start, end))):
        for key, (dataset, unit) in names.items():
            if key in record:
                value = number(record[key])
                yield {**shared, **_row(dataset, unit, value, at)}
    for key, dataset in LNG_STOCKS.items():
        found = record.get(key)
        parts = found if isinstance(found, dict) else {"gwh": found} if key in record else {}
        for part, value in parts.items():
            unit = LNG_UNITS.get(part, part)
            yield {**shared, **_row(dataset, unit, number(value), (end, end))}
    for child in record.get("children") or ():
        yield from _rows(child)


def _row(dataset: str, unit: str, value: float | None, at: tuple[int, int]) -> dict[str, Any]:
    return {
        "dataset": dataset,
        "unit": unit,
        "value": value,
        "delivery_start": at[0],
        "delivery_end": at[1],
    }


def _gas_day(date: str) -> tuple[int, int]:
    """Return begin and end of the gas day of `date`, ns UTC."""
    day = dt.date.fromisoformat(date)
    start, end = (
        at_wall(dt.datetime.combine(each, MORNING), ZONE) for each in (day, day + dt.timedelta(1))
    )
    return start, end


def _updated(stamp: str | None) -> int | None:
    """Return when a row was published: wall clock of Brussels without an offset."""
    return None if stamp is None else at_wall(dt.datetime.fromisoformat(stamp), ZONE)


def _recognises(payload: Payload) -> bool:
    head = payload.content[:4_096]
    return head.lstrip().startswith(b"{") and b'"gasDayStart"' in head and b'"data"' in head


def _requests(query: Query) -> Iterator[Request]:
    host = "alsi" if query.options.get("kind") == "lng" else "agsi"
    first, last = (shown(at, "%Y-%m-%d") for at in (query.start, query.end - 1))
    place = {"country": query.location} if query.location else {"type": "eu"}
    span = {"from": first, "to": last, "size": "300"}
    yield Request(
        f"https://{host}.gie.eu/api",
        {**place, **span},
        credential="GIE_API_KEY",
        credential_place="header:x-key",
    )


DATASETS = (
    Dataset(
        source="gie",
        name="storage",
        description="gas in storage, or liquefied gas with option kind=lng; location is a country",
        recognises=_recognises,
        parse=_parse,
        requests=_requests,
        window_seconds=300 * 86_400,
        requests_per_minute=50.0,
        is_recorded=False,
    ),
)
