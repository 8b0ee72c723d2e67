"""OMIE, the Iberian market: offers of the day-ahead auction, prices and cleared energy.

Days and hours are those of Madrid, also for Portugal; periods are hours until 30 September 2025
and quarter-hours from then on. Files of offers are in Latin-1, with fields at fixed places, and
only their name tells the day.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from functools import partial

import polars as pl

from wattbook.errors import InputError
from wattbook.sources.clock import HOUR, day_bounds, days, period
from wattbook.sources.csv import fixed_width, line_aside, lines, rows
from wattbook.sources.json import number
from wattbook.sources.packed import head, parse_members
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, Query, Request, aside
from wattbook.sources.tabular import Rows, empty, observations, tables_only

__all__ = ["DATASETS"]

ZONE = "Europe/Madrid"
QUARTER_HOURS_FROM = dt.date(2025, 10, 1)
DAY = re.compile(r"(20\d{2})(\d{2})(\d{2})")
DOWNLOAD = "https://www.omie.es/en/file-download"
DETAILS = {
    "offer": (0, 7, "whole"),
    "version": (7, 10, "whole"),
    "period": (10, 12, "whole"),
    "block": (12, 14, "whole"),
    "price_old": (14, 31, "number"),
    "price_eur_mwh": (31, 48, "number"),
    "volume_mwh": (48, 55, "number"),
    "is_divisible": (55, 56, "text"),
    "is_retired": (56, 57, "text"),
}
"""Columns 15 to 31 held the price in pesetas; they are zero since the euro."""
HEADERS = {
    "offer": (0, 7, "whole"),
    "version": (7, 10, "whole"),
    "unit": (10, 17, "text"),
    "description": (17, 47, "text?"),
    "side": (47, 48, "text"),
    "flags": (48, 50, "text?"),
    "fixed_term_old": (50, 67, "number"),
    "variable_term_old": (67, 84, "number"),
    "ramp_up": (84, 91, "number"),
    "ramp_down": (91, 98, "number"),
    "fixed_term_eur": (98, 115, "number"),
    "variable_term_eur_mwh": (115, 132, "number"),
    "power_max": (132, 139, "number"),
    "ramp_start": (139, 146, "number"),
    "ramp_stop": (146, 153, "number"),
    "interconnector": (153, 155, "whole"),
    "entered": (155, 169, "text"),
}
CONCEPTS = {
    "PRICE_SP": ("day_ahead_price", "ES", None, "EUR/MWh"),
    "PRICE_PT": ("day_ahead_price", "PT", None, "EUR/MWh"),
    "ENER_IB": ("cleared_volume", "MIBEL", None, "MWh"),
    "ENER_IB_BILLAT": ("cleared_volume", "MIBEL", "with bilaterals", "MWh"),
}

NAMES = (
    "dataset", "location", "item", "delivery_start", "delivery_end", "value", "unit", "place",
)  # fmt: skip


def named_day(name: str) -> dt.date | None:
    """Return the day that a file name tells, or none.

    Examples
    --------
    >>> named_day("DET_20250318.1.gz")
    datetime.date(2025, 3, 18)
    """
    found = DAY.search(name.rsplit("/", 1)[-1])
    try:
        return dt.date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def seconds(day: dt.date) -> int:
    """Return the length of a period of `day`."""
    return 900 if day >= QUARTER_HOURS_FROM else 3_600


def nothing(reason: str, payload: Payload) -> Parsed:
    """Return `payload` set aside."""
    return Parsed(empty(), {}, (aside(payload.content, reason),))


def parse_details(payload: Payload) -> Parsed:
    """Return the steps of offers as table ``offer``: one period, price and energy a row."""
    return parse_members(payload, details)


def details(payload: Payload) -> Parsed:
    """Return the steps of offers of one day."""
    day = named_day(payload.name)
    if day is None:
        return nothing("the name tells no day, such as DET_20250318.1", payload)
    found = fixed_width(payload.content, DETAILS, width=57)
    frame, quarantined = with_periods(payload.content, found, day)
    return tables_only({"offer": frame}, quarantined)


def with_periods(
    content: bytes, found: Rows, day: dt.date
) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return records with the instants of their periods; those that the day lacks are set aside."""
    known = {}
    refused: list[Quarantined] = []
    for count in found.frame["period"].unique().to_list():
        try:
            known[count] = period(day, count, ZONE, seconds(day))
        except ValueError as fault:
            of_period = found.frame.filter(pl.col("period") == count)
            for line, offset in of_period.select("line", "offset").iter_rows():
                refused.append(line_aside(content, line, offset, str(fault)))
    columns = {
        "period": pl.Series(list(known), dtype=pl.Int64),
        "delivery_start": pl.Series([start for start, _ in known.values()], dtype=pl.Int64),
        "delivery_end": pl.Series([end for _, end in known.values()], dtype=pl.Int64),
    }
    frame = found.frame.join(pl.DataFrame(columns), on="period", how="inner", maintain_order="left")
    return frame.drop("offset"), (*found.quarantined, *refused)


def parse_headers(payload: Payload) -> Parsed:
    """Return what offers have in common as table ``offer_header``.

    Side ``C`` buys, ``V`` sells. The fixed term (EUR) and the variable term (EUR/MWh) are the
    income below which a complex offer is withdrawn; ramps and powers are in MW and MW a period.
    ``entered`` is when, on the clock of Madrid.
    """
    return parse_members(payload, headers)


def headers(payload: Payload) -> Parsed:
    """Return what offers of one day have in common."""
    day = named_day(payload.name)
    if day is None:
        return nothing("the name tells no day, such as CAB_20250318.1", payload)
    found = fixed_width(payload.content, HEADERS, width=169)
    start, end = day_bounds(day, ZONE)
    frame = found.frame.drop("offset").with_columns(delivery_start=start, delivery_end=end)
    return tables_only({"offer_header": frame}, found.quarantined)


def parse_daily(payload: Payload) -> Parsed:
    """Return a table of one line a day and concept, with columns H1 to H25.

    The 25th hour is empty but on the day that has it; an hour that the day lacks must be empty.
    """
    hours = [f"H{hour}" for hour in range(1, 26)]
    kinds = {"DATE": "text", "CONCEPT": "text", **dict.fromkeys(hours, "number?")}
    found = rows(payload.content, kinds)
    made: list[tuple[object, ...]] = []
    quarantined = list(found.quarantined)
    for record in found.frame.iter_rows(named=True):
        try:
            made += day_rows(record, hours)
        except ValueError as fault:
            place = record["line"], record["offset"]
            quarantined.append(line_aside(payload.content, *place, str(fault)))
    return Parsed(observed(made), {}, tuple(quarantined))


def observed(made: list[tuple[object, ...]]) -> pl.DataFrame:
    """Return rows in the order of `NAMES` as observations."""
    columns = dict(zip(NAMES, zip(*made, strict=True), strict=False))
    return observations(columns, len(made))


def day_rows(record: dict[str, object], hours: list[str]) -> list[tuple[object, ...]]:
    """Return the rows of one line.

    Raises
    ------
    ValueError
        If it is of no day or concept that is known, or has an hour too many.
    """
    day = dt.date.fromisoformat(str(record["DATE"]))
    concept = str(record["CONCEPT"])
    if concept not in CONCEPTS:
        message = f"concept {concept!r} is none of {', '.join(CONCEPTS)}"
        raise ValueError(message)
    dataset, location, item, unit = CONCEPTS[concept]
    start, end = day_bounds(day, ZONE)
    count = (end - start) // HOUR
    extra = [hour for hour in hours[count:] if record[hour] is not None]
    if extra:
        message = f"{day} has {count} hours, but {extra[0]} has a value"
        raise ValueError(message)
    return [
        (
            dataset,
            location,
            item,
            *period(day, hour, ZONE),
            record[name],
            unit,
            int(str(record["line"])) - 2,
        )
        for hour, name in enumerate(hours[:count], start=1)
    ]


def parse_marginal(payload: Payload) -> Parsed:
    """Return the prices of a file ``marginalpdbc``: year; month; day; period; Portugal; Spain."""
    return parse_members(payload, marginal)


def marginal(payload: Payload) -> Parsed:
    """Return the prices of one file."""
    made: list[tuple[object, ...]] = []
    quarantined = []
    is_ended = False
    for line, offset, given in lines(payload.content).iter_rows():
        text = given.strip()
        if text.upper().startswith("MARGINALPDBC"):
            continue
        if text == "*":
            is_ended = True
            continue
        try:
            *date, count, portugal, spain = text.rstrip(";").split(";")
            day = dt.date(*(int(part) for part in date))
            span = period(day, int(count), ZONE, seconds(day))
            pair = (("PT", number(portugal)), ("ES", number(spain)))
        except TypeError:
            quarantined.append(line_aside(payload.content, line, offset, "no line of prices"))
            continue
        except ValueError as fault:
            reason = f"no line of prices: {fault}"
            quarantined.append(line_aside(payload.content, line, offset, reason))
            continue
        made += [
            ("day_ahead_price", zone, None, *span, price, "EUR/MWh", line) for zone, price in pair
        ]
    if not is_ended:
        end = len(payload.content)
        quarantined.append(Quarantined("payload", end, "the file does not end with *"))
    return Parsed(observed(made), {}, tuple(quarantined))


def is_file(prefix: str, payload: Payload) -> bool:
    """Return whether the name of `payload` begins with `prefix`, in any case."""
    return payload.name.rsplit("/", 1)[-1].lower().startswith(prefix)


def ask(prefix: str, form: str, query: Query) -> Iterator[Request]:
    """Yield the requests for files of a kind, whose names follow `form`: by day or by month."""
    if query.location:
        message = f"files of OMIE hold the whole market; leave location {query.location!r} out"
        raise InputError(message)
    names = (f"{prefix}_{day:{form}}" for day in days(query.start, query.end, ZONE))
    for name in dict.fromkeys(names):
        yield Request(DOWNLOAD, {"parents": prefix, "filename": name})


DATASETS = (
    Dataset(
        "omie",
        "offer",
        "Steps of offers of the day-ahead auction, 90 days after it, to table offer",
        partial(is_file, "det_"),
        parse_details,
        partial(ask, "det", "%Y%m.zip"),
        31 * 86_400,
        30.0,
    ),
    Dataset(
        "omie",
        "offer_header",
        "What offers have in common, complex terms among it, to table offer_header",
        partial(is_file, "cab_"),
        parse_headers,
        partial(ask, "cab", "%Y%m.zip"),
        31 * 86_400,
        30.0,
    ),
    Dataset(
        "omie",
        "marginal_price",
        "Day-ahead prices of Spain and Portugal",
        partial(is_file, "marginalpdbc"),
        parse_marginal,
        partial(ask, "marginalpdbc", "%Y%m%d.1"),
        86_400,
        30.0,
        is_recorded=False,
    ),
    Dataset(
        "omie",
        "daily",
        "Prices and energy in a table of one line a day",
        lambda payload: (
            head(payload.content, 64).lstrip(b"\xef\xbb\xbf").startswith(b"DATE,CONCEPT,H1,")
        ),
        parse_daily,
    ),
)
"""By name of the file, because its content does not tell what it is."""
