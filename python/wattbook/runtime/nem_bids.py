"""Bid files of the NEM: offers of a battery made, written, read back, checked and rebid."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wattbook.assets.battery_plan import Plan
from wattbook.assets.foresight import StoreLimits
from wattbook.assets.nem_bids import BidUnit, Key, battery_offers
from wattbook.assets.nem_offers import CLOCK, DAY_START, PERIODS, DayOffer, rebid_to
from wattbook.assets.nem_tables import (
    BadRow,
    BidTables,
    check_tables,
    read_tables,
    rows_of,
    write_tables,
)
from wattbook.errors import InputError, SourceError
from wattbook.runtime.nem_battery import DispatchPrices, NemBattery

__all__ = [
    "Checked",
    "OfferTerms",
    "bands_in",
    "checked",
    "day_prices",
    "offers_of_battery",
    "read_reports",
    "rebid_files",
    "written",
]


@dataclass(frozen=True, slots=True)
class Checked:
    """What bid files hold.

    Parameters
    ----------
    tables : BidTables
    bad : tuple of BadRow
        Rows that cannot be read or break a rule, by file and line.
    same : int
        Rows of whole days that are written as they were read.
    changed : int
        Rows of whole days that are not.
    """

    tables: BidTables
    bad: tuple[BadRow, ...]
    same: int
    changed: int


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """Whose offers are made, for which day and when.

    Parameters
    ----------
    duid, participant : str
    day : date
        Trading day.
    offered : datetime
        By the market's clock.
    initial_mwh : float
        In the cells when the day begins.
    """

    duid: str
    participant: str
    day: dt.date
    offered: dt.datetime
    initial_mwh: float


def read_reports(files: Sequence[Path]) -> dict[str, bytes]:
    """Return reports by file name; of an archive its only member.

    Raises
    ------
    SourceError
        If a file cannot be read, or an archive does not hold one report.
    """
    reports = {}
    for file in files:
        try:
            content = file.read_bytes()
            if content[:4] == b"PK\x03\x04":
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    (name,) = archive.namelist()
                    content = archive.read(name)
        except OSError as fault:
            raise SourceError(f"{file} cannot be read ({fault.strerror}); name another") from fault
        except (zipfile.BadZipFile, ValueError) as fault:
            message = f"{file} is no archive of one report; give the report itself"
            raise SourceError(message) from fault
        reports[str(file)] = content
    return reports


def checked(reports: Mapping[str, bytes]) -> Checked:
    """Return the offers of reports, what is wrong with them, and whether they write back."""
    tables = read_tables(reports)
    bad = check_tables(tables)
    wrong = {(row.file, row.line) for row in bad}
    whole = {place for places in tables.places for place in places}
    theirs = {
        fields
        for file, content in reports.items()
        for _, fields, line in rows_of(file, content)
        if (file, line) in whole
    }
    good = [
        offer
        for offer, places in zip(tables.offers, tables.places, strict=True)
        if not wrong.intersection(places)
    ]
    text = write_tables(good, dt.datetime(2000, 1, 1)) if good else ""  # noqa: DTZ001 - of no account
    same = changed = 0
    for _, fields, _ in rows_of("", text.encode()):
        # Versions of a table differ in their number only.
        is_same = fields in theirs
        same, changed = same + is_same, changed + (not is_same)
    return Checked(tables, bad, same, changed)


def day_prices(prices: DispatchPrices, day: dt.date) -> DispatchPrices:
    """Return the prices of a trading day, from 04:05 to 04:00 of the next by interval end.

    Raises
    ------
    SourceError
        If one is not recorded.
    """
    first = np.datetime64(dt.datetime.combine(day, dt.time()) + DAY_START, "ns")
    chosen = (prices.interval_end > first) & (prices.interval_end <= first + np.timedelta64(1, "D"))
    if chosen.sum() != PERIODS:
        ends = prices.interval_end[[0, -1]].astype("datetime64[m]")
        raise SourceError(
            f"{chosen.sum()} of {PERIODS} intervals of trading day {day} are among those ending "
            f"{ends[0]} to {ends[1]}; choose a whole day"
        )
    services = {name: values[chosen] for name, values in prices.services.items()}
    return DispatchPrices(prices.interval_end[chosen], prices.energy[chosen], services)


def offers_of_battery(
    battery: NemBattery,
    prices: DispatchPrices,
    terms: OfferTerms,
    bands: Mapping[Key, Sequence[float]] | None = None,
) -> tuple[tuple[DayOffer, ...], Plan]:
    """Return a battery's offers of a trading day, and the plan that they come from.

    Parameters
    ----------
    battery : NemBattery
    prices : DispatchPrices
        Expected of the day, 288 intervals.
    terms : OfferTerms
    bands : mapping, optional
        Price bands that stand, by bid type and direction.
    """
    plan = battery.plan(prices, initial_mwh=terms.initial_mwh)
    limits: StoreLimits = battery.limits
    unit = BidUnit(
        terms.duid,
        terms.participant,
        limits,
        {name: battery.trapezium(name).max_available for name in prices.services},
        terms.day,
        terms.offered,
        prices.energy,
        prices.services,
        terms.initial_mwh,
    )
    return battery_offers(unit, plan, bands), plan


def bands_in(reports: Mapping[str, bytes], duid: str, day: dt.date) -> dict[Key, tuple[float, ...]]:
    """Return the price bands that a unit has offered for a day, by bid type and direction.

    Raises
    ------
    InputError
        If there are none.
    """
    found = {
        (one.bid_type, one.direction): one.prices
        for one in read_tables(reports).offers
        if (one.duid, one.day) == (duid, day)
    }
    if not found:
        raise InputError(f"{', '.join(reports)}: no offer of {duid} for {day}; name its file")
    return found


def rebid_files(
    before: Mapping[str, bytes], wanted: Mapping[str, bytes], at: dt.datetime, reason: str
) -> tuple[DayOffer, ...]:
    """Return the next version of the offers in `before`, with the volumes of `wanted`.

    An offer that `wanted` lacks, or has as it is, stays as it is.

    Raises
    ------
    InputError
        If a row is bad, a price band would change, or an offer of `wanted` has none to follow.
    """
    sides = []
    for reports in (before, wanted):
        tables = read_tables(reports)
        for row in check_tables(tables):
            raise InputError(f"{row.file}, line {row.line}: {row.rule}")
        sides.append({one.key[:4]: one for one in tables.offers})
    stands, asked = sides
    for key, offer in asked.items():
        if key not in stands:
            what = f"{offer.duid} {offer.bid_type} {offer.direction} of {offer.day}"
            raise InputError(f"{what} was not offered; a day's offers stand from the day before")
    made = []
    for key, offer in stands.items():
        new = asked.get(key)
        made.append(offer if new is None else rebid_to(offer, new, at=at, reason=reason))
    return tuple(made)


def written(file: Path, offers: Sequence[DayOffer], at: dt.datetime) -> int:
    """Write offers to a bid file, read it back, and return its rows.

    Raises
    ------
    SourceError
        If the file cannot be written.
    InputError
        If an offer breaks a rule, or would not be read back as it is.
    """
    text = write_tables(offers, at)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as fault:
        raise SourceError(f"{file} cannot be written ({fault.strerror}); name another") from fault
    found = checked(read_reports([file]))
    if found.bad or found.changed:
        raise InputError(f"{file} does not read back as it was written; keep it and report this")
    return found.same


def clock(text: str) -> dt.datetime:
    """Return an instant by the market's clock (UTC+10, all year), written ``2026-04-29 14:07``.

    Raises
    ------
    ValueError
        If it is none.
    """
    for form in ("%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", CLOCK):
        try:
            return dt.datetime.strptime(text, form)  # noqa: DTZ007 - AEMO's clock has no zone
        except ValueError:
            continue
    raise ValueError(text)
