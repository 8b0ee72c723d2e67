"""AEMO's bid tables BIDDAYOFFER_D and BIDPEROFFER_D: offers written to them and read back."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from wattbook.assets.nem_columns import CORNERS
from wattbook.assets.nem_offers import (
    BANDS,
    CLOCK,
    DAY_START,
    INTERVAL,
    PERIODS,
    DayOffer,
    PeriodOffers,
    broken_pairs,
    broken_rules,
    stamps,
)
from wattbook.errors import InputError

__all__ = [
    "BAND_COLUMNS",
    "CORNERS",
    "PRICE_COLUMNS",
    "BadRow",
    "BidTables",
    "Row",
    "check_tables",
    "numbers_of",
    "read_tables",
    "rows_of",
    "table_rows",
    "write_tables",
]

DAY_COLUMNS = (
    "SETTLEMENTDATE", "DUID", "BIDTYPE", "DIRECTION", "BIDSETTLEMENTDATE", "OFFERDATE",
    "VERSIONNO", "PARTICIPANTID", "DAILYENERGYCONSTRAINT", "REBIDEXPLANATION",
    *(f"PRICEBAND{band}" for band in range(1, BANDS + 1)),
    "MINIMUMLOAD", "T1", "T2", "T3", "T4", "NORMALSTATUS", "LASTCHANGED", "MR_FACTOR", "ENTRYTYPE",
)  # fmt: skip
PERIOD_COLUMNS = (
    "SETTLEMENTDATE", "DUID", "BIDTYPE", "DIRECTION", "INTERVAL_DATETIME", "BIDSETTLEMENTDATE",
    "OFFERDATE", "PERIODID", "VERSIONNO", "MAXAVAIL", "FIXEDLOAD", "ROCUP", "ROCDOWN",
    "ENABLEMENTMIN", "ENABLEMENTMAX", "LOWBREAKPOINT", "HIGHBREAKPOINT",
    *(f"BANDAVAIL{band}" for band in range(1, BANDS + 1)),
    "LASTCHANGED", "PASAAVAILABILITY", "MR_CAPACITY", "ENERGYLIMIT", "RECALL_PERIOD",
)  # fmt: skip


KEY = ("SETTLEMENTDATE", "DUID", "BIDTYPE", "DIRECTION")
NEEDED = {
    "BIDDAYOFFER_D": (
        *KEY, "OFFERDATE", "VERSIONNO", "PARTICIPANTID", "REBIDEXPLANATION", "ENTRYTYPE",
        *(f"PRICEBAND{band}" for band in range(1, BANDS + 1)),
    ),
    "BIDPEROFFER_D": (
        *KEY, "PERIODID", "MAXAVAIL", *CORNERS,
        *(f"BANDAVAIL{band}" for band in range(1, BANDS + 1)),
    ),
}  # fmt: skip
"""Columns that are read; the others are kept as they are."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read, or that breaks a rule.

    Parameters
    ----------
    file : str
    line : int
        From 1.
    rule : str
        What was found and what the rule asks for.
    """

    file: str
    line: int
    rule: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a bid table and where it stands."""

    file: str
    line: int
    values: dict[str, str]

    def bad(self, rule: str) -> BadRow:
        """Return the row as one that breaks a rule."""
        return BadRow(self.file, self.line, rule)


@dataclass(frozen=True, slots=True)
class BidTables:
    """What bid tables hold.

    Parameters
    ----------
    offers : tuple of DayOffer
        Whole days that could be read.
    places : tuple of tuple of (str, int)
        File and line of each offer's day, then of its periods.
    bad : tuple of BadRow
        Rows set aside; the offer of a day that has one is set aside with it.
    rows : int
        Of both tables.
    """

    offers: tuple[DayOffer, ...]
    places: tuple[tuple[tuple[str, int], ...], ...]
    bad: tuple[BadRow, ...]
    rows: int


def write_tables(offers: Sequence[DayOffer], made: dt.datetime) -> str:
    """Return the offers as a report of AEMO with tables BIDDAYOFFER_D and BIDPEROFFER_D.

    Raises
    ------
    InputError
        If an offer breaks a rule; names unit, service, place and rule.
    """
    for offer in offers:
        for broken in broken_rules(offer):
            raise InputError(f"{offer.duid} {offer.bid_type} {broken.place}: {broken.rule}")
    for offer, broken in broken_pairs(offers):
        raise InputError(f"{offer.duid} {offer.bid_type} {broken.place}: {broken.rule}")
    lines: list[Sequence[str]] = [
        ("C", "WATTBOOK", "BIDS", "AEMO", "PUBLIC", *made.strftime(CLOCK).split(" ")),
        ("I", "BID", "BIDDAYOFFER_D", "3", *DAY_COLUMNS),
    ]
    lines += [("D", "BID", "BIDDAYOFFER_D", "3", *day_row(offer)) for offer in offers]
    lines.append(("I", "BID", "BIDPEROFFER_D", "4", *PERIOD_COLUMNS))
    for offer in offers:
        lines += [("D", "BID", "BIDPEROFFER_D", "4", *row) for row in period_rows(offer)]
    lines.append(("C", "END OF REPORT", str(len(lines) + 1)))
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(lines)
    return text.getvalue()


def number(value: float) -> str:
    """Return a number as AEMO writes it, exactly: whole ones without a point."""
    return str(int(value)) if value == int(value) else repr(float(value))


def day_row(offer: DayOffer) -> list[str]:
    """Return the row of an offer in BIDDAYOFFER_D."""
    day = dt.datetime.combine(offer.day, dt.time()).strftime(CLOCK)
    row = stamps(offer) | (offer.other or {})
    row |= {
        "SETTLEMENTDATE": day,
        "DUID": offer.duid,
        "BIDTYPE": offer.bid_type,
        "DIRECTION": offer.direction,
        "PARTICIPANTID": offer.participant,
        "REBIDEXPLANATION": offer.explanation,
        "ENTRYTYPE": offer.entry,
        **{f"PRICEBAND{band + 1}": number(price) for band, price in enumerate(offer.prices)},
    }
    return [row.get(name, "") for name in DAY_COLUMNS]


def period_rows(offer: DayOffer) -> Iterator[list[str]]:
    """Yield the rows of an offer in BIDPEROFFER_D."""
    opening = dt.datetime.combine(offer.day, dt.time()) + DAY_START
    day = dt.datetime.combine(offer.day, dt.time()).strftime(CLOCK)
    periods = offer.periods
    for place in range(PERIODS):
        row = stamps(offer)
        row |= {name: texts[place] for name, texts in (periods.other or {}).items()}
        row |= {
            "SETTLEMENTDATE": day,
            "DUID": offer.duid,
            "BIDTYPE": offer.bid_type,
            "DIRECTION": offer.direction,
            "INTERVAL_DATETIME": (opening + (place + 1) * INTERVAL).strftime(CLOCK),
            "PERIODID": str(place + 1),
            "MAXAVAIL": number(periods.max_avail_mw[place]),
        }
        for band in range(BANDS):
            row[f"BANDAVAIL{band + 1}"] = number(periods.band_mw[place, band])
        if periods.trapezium_mw is not None:
            corners = zip(CORNERS, periods.trapezium_mw[place], strict=True)
            row |= {name: number(corner) for name, corner in corners}
        yield [row.get(name, "") for name in PERIOD_COLUMNS]


def read_tables(reports: Mapping[str, bytes]) -> BidTables:
    """Return the offers of reports with BIDDAYOFFER_D and BIDPEROFFER_D, and rows set aside.

    Parameters
    ----------
    reports : mapping of str to bytes
        Reports of AEMO by file name, unpacked; days and periods may stand in different ones.

    Raises
    ------
    InputError
        If a report is no text in UTF-8, or a heading lacks a column; names file and line.
    """
    days: list[Row] = []
    periods: dict[tuple[str, ...], list[Row]] = {}
    bad: list[BadRow] = []
    count = 0
    for file, content in reports.items():
        for table, row in table_rows(file, content):
            count += 1
            if isinstance(row, BadRow):
                bad.append(row)
            elif table == "BIDDAYOFFER_D":
                days.append(row)
            else:
                periods.setdefault(row_key(row), []).append(row)
    offers, places = [], []
    for day in days:
        found = periods.pop(row_key(day), [])
        wrong = wrong_periods(day, found)
        if not wrong:
            found.sort(key=lambda row: int(row.values["PERIODID"]))
            made = offer_of(day, found)
            if isinstance(made, BadRow):
                wrong = [made]
            else:
                offers.append(made)
                places.append(tuple((row.file, row.line) for row in (day, *found)))
        bad += wrong
    for key, found in periods.items():
        what = f"{len(found)} rows from here on of {key[1]} {key[2]} {key[3]} of {key[0]}"
        bad.append(found[0].bad(f"{what} without the row of their day; give it in BIDDAYOFFER_D"))
    bad.sort(key=lambda row: (row.file, row.line))
    return BidTables(tuple(offers), tuple(places), tuple(bad), count)


def rows_of(file: str, content: bytes) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Yield table, fields and line of each row of a bid table, as it stands in the report."""
    for line, fields in enumerate(csv.reader(io.StringIO(text_of(file, content))), start=1):
        if fields[:1] == ["D"] and fields[2:3] and fields[2] in NEEDED:
            yield fields[2], tuple(fields), line


def text_of(file: str, content: bytes) -> str:
    """Return a report as text."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise InputError(f"{file}: byte {fault.start} is no UTF-8; mend the file") from fault


def table_rows(file: str, content: bytes) -> Iterator[tuple[str, Row | BadRow]]:
    """Yield each row of the bid tables under the heading that stands above it."""
    header: list[str] = []
    for line, fields in enumerate(csv.reader(io.StringIO(text_of(file, content))), start=1):
        table = fields[2] if len(fields) > 2 else ""
        if table not in NEEDED:
            continue
        if fields[0] == "I":
            header = fields
            if lacking := [name for name in NEEDED[table] if name not in header]:
                columns = ", ".join(lacking)
                raise InputError(f"{file}, line {line}: {table} lacks {columns}; add them")
        if fields[0] != "D":
            continue
        if header[2:3] != [table]:
            yield table, BadRow(file, line, f"a row of {table} without its heading; give it one")
        elif len(fields) != len(header):
            rule = f"{len(fields)} fields under a heading of {len(header)}; give one a column"
            yield table, BadRow(file, line, rule)
        else:
            yield table, Row(file, line, dict(zip(header[4:], fields[4:], strict=True)))


def row_key(row: Row) -> tuple[str, ...]:
    """Return what a day and its periods have in common."""
    return tuple(row.values[name] for name in KEY)


def wrong_periods(day: Row, rows: Sequence[Row]) -> list[BadRow]:
    """Return what keeps rows from being the periods of a day, each once."""
    wrong, seen = [], set()
    numbers = {str(number) for number in range(1, PERIODS + 1)}
    for row in rows:
        number = row.values["PERIODID"]
        if number not in numbers:
            wrong.append(row.bad(f"PERIODID is {number!r}; give 1 to {PERIODS}"))
        elif number in seen:
            wrong.append(row.bad(f"period {number} stands twice; give each once"))
        seen.add(number)
    if not wrong and len(rows) != PERIODS:
        what = " ".join(day.values[name] for name in ("DUID", "BIDTYPE", "DIRECTION"))
        lacking = next(number for number in range(1, PERIODS + 1) if str(number) not in seen)
        rule = f"{what} has {len(rows)} periods, {lacking} is missing; give 1 to {PERIODS}"
        wrong.append(day.bad(rule))
    return wrong


def numbers_of(row: Row, names: Sequence[str]) -> list[float] | BadRow:
    """Return the numbers of some columns, or the first that is none."""
    found = []
    for name in names:
        try:
            found.append(float(row.values[name]))
        except ValueError:
            return row.bad(f"{name} is {row.values[name]!r}; give a number")
    return found


BAND_COLUMNS = tuple(f"BANDAVAIL{band}" for band in range(1, BANDS + 1))
PRICE_COLUMNS = tuple(f"PRICEBAND{band}" for band in range(1, BANDS + 1))


def offer_of(day: Row, rows: Sequence[Row]) -> DayOffer | BadRow:
    """Return the offer of a day's row and its periods, or the first row that is no offer."""
    is_service = day.values["BIDTYPE"] != "ENERGY"
    columns = ("MAXAVAIL", *BAND_COLUMNS, *(CORNERS if is_service else ()))
    table = []
    for row in rows:
        found = numbers_of(row, columns)
        if isinstance(found, BadRow):
            return found
        table.append(found)
    numbers = np.array(table)
    prices = numbers_of(day, PRICE_COLUMNS)
    if isinstance(prices, BadRow):
        return prices
    text = day.values
    try:
        date = dt.datetime.strptime(text["SETTLEMENTDATE"], CLOCK).date()  # noqa: DTZ007 - AEMO's clock
        offered = dt.datetime.strptime(text["OFFERDATE"], CLOCK)  # noqa: DTZ007
        version = int(text["VERSIONNO"])
    except ValueError as fault:
        return day.bad(f"{fault}; give a whole VERSIONNO, and times like 2026/04/29 00:00:00")
    taken = {"SETTLEMENTDATE", "DUID", "BIDTYPE", "DIRECTION", "INTERVAL_DATETIME", *columns}
    taken.add("PERIODID")
    own = {"OFFERDATE", "VERSIONNO", "PARTICIPANTID", "REBIDEXPLANATION", "ENTRYTYPE"}
    own |= set(PRICE_COLUMNS)
    further = [name for name in rows[0].values if name not in taken]
    return DayOffer(
        duid=text["DUID"],
        bid_type=text["BIDTYPE"],
        direction=text["DIRECTION"],
        day=date,
        offered=offered,
        version=version,
        prices=tuple(prices),
        periods=PeriodOffers(
            numbers[:, 1 : BANDS + 1],
            numbers[:, 0],
            numbers[:, BANDS + 1 :] if is_service else None,
            {name: tuple(row.values[name] for row in rows) for name in further},
        ),
        participant=text["PARTICIPANTID"],
        explanation=text["REBIDEXPLANATION"],
        entry=text["ENTRYTYPE"],
        other={name: value for name, value in text.items() if name not in taken | own},
    )


def check_tables(tables: BidTables) -> tuple[BadRow, ...]:
    """Return rows set aside and rows of offers that break a rule, by file and line."""
    bad = list(tables.bad)
    places = dict(zip(map(id, tables.offers), tables.places, strict=True))
    broken = [(offer, rule) for offer in tables.offers for rule in broken_rules(offer)]
    for offer, rule in (*broken, *broken_pairs(tables.offers)):
        what = f"{offer.duid} {offer.bid_type} {offer.direction} of {offer.day}"
        bad.append(BadRow(*places[id(offer)][rule.period or 0], f"{what}: {rule.rule}"))
    return tuple(sorted(bad, key=lambda row: (row.file, row.line)))
