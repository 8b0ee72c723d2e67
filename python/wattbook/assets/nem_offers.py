"""Ten-band offers of a NEM unit: their rules, volume-only rebids, and AEMO's bid tables."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.linear import Floats
from wattbook.errors import InputError

__all__ = [
    "BANDS",
    "PERIODS",
    "BrokenRule",
    "DayOffer",
    "PeriodOffers",
    "bands_of",
    "broken_rules",
    "read_tables",
    "rebid",
    "write_tables",
]

BANDS = 10
PERIODS = 288
CLOCK = "%Y/%m/%d %H:%M:%S"
INTERVAL = dt.timedelta(minutes=5)
DAY_START = dt.timedelta(hours=4)
PRICE_FLOOR, PRICE_CAP = -1_000.0, 20_300.0
"""Market price limits of the financial year 2025-26, AUD/MWh; bands lie within them."""

CORNERS = ("ENABLEMENTMIN", "LOWBREAKPOINT", "HIGHBREAKPOINT", "ENABLEMENTMAX")
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
class PeriodOffers:
    """What is offered in each interval of a trading day, 04:00 to 04:00 of the market's clock.

    Parameters
    ----------
    band_mw : ndarray of shape (288, 10)
        Volume in each price band.
    max_avail_mw : ndarray of shape (288,)
        Most that may be dispatched or enabled.
    trapezium_mw : ndarray of shape (288, 4), or None
        Enablement minimum, low and high breakpoint, enablement maximum; of FCAS only.
    other : dict of str to tuple of str
        Further columns of AEMO as they were read, one text an interval.
    """

    band_mw: Floats
    max_avail_mw: Floats
    trapezium_mw: Floats | None = None
    other: dict[str, tuple[str, ...]] | None = None


@dataclass(frozen=True, slots=True)
class DayOffer:
    """An offer of one unit for one service on one trading day.

    Parameters
    ----------
    duid : str
        The unit.
    bid_type : str
        ``ENERGY`` or a service, as ``RAISE6SEC``.
    direction : str
        ``GEN`` or ``LOAD``: the side of a bidirectional unit.
    day : date
        Trading day.
    offered : datetime
        When, by the market's clock.
    version : int
        Rises with each rebid.
    prices : tuple of float
        Of the ten bands, AUD/MWh; fixed for the day once it is offered.
    periods : PeriodOffers
        Volumes.
    participant, explanation, entry : str, optional
        Who offers, why it was rebid, and ``DAILY`` or ``REBID``.
    other : dict of str to str, optional
        Further columns of AEMO as they were read.
    """

    duid: str
    bid_type: str
    direction: str
    day: dt.date
    offered: dt.datetime
    version: int
    prices: tuple[float, ...]
    periods: PeriodOffers
    participant: str = ""
    explanation: str = ""
    entry: str = "DAILY"
    other: dict[str, str] | None = None

    @property
    def key(self) -> tuple[str, str, str, dt.date, int]:
        """What tells it from every other offer."""
        return (self.duid, self.bid_type, self.direction, self.day, self.version)


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that an offer breaks.

    Parameters
    ----------
    place : str
        ``day`` or ``period 17``.
    rule : str
        What was found and what the rule asks for.
    """

    place: str
    rule: str


def broken_rules(offer: DayOffer) -> Iterator[BrokenRule]:
    """Yield every rule of AEMO's bid validation that an offer breaks, row by row."""
    prices, periods = offer.prices, offer.periods
    if len(prices) != BANDS:
        yield BrokenRule("day", f"{len(prices)} price bands; give {BANDS}")
    if not all(a < b for a, b in pairwise(prices)):
        yield BrokenRule("day", f"price bands {prices} do not rise from band to band")
    least = PRICE_FLOOR if offer.bid_type == "ENERGY" else 0.0
    # A comparison with no number is false, so each rule asks for what is right.
    for band, price in enumerate(prices, start=1):
        if not least <= price <= PRICE_CAP:
            rule = f"price band {band} is {price}; give {least:,.0f} to {PRICE_CAP:,.0f} AUD/MWh"
            yield BrokenRule("day", rule)
    if offer.entry == "REBID" and not offer.explanation.strip():
        yield BrokenRule("day", "a rebid without a reason; say what changed and when")
    if periods.band_mw.shape != (PERIODS, BANDS):
        shape = periods.band_mw.shape
        yield BrokenRule("day", f"volumes of shape {shape}; give ({PERIODS}, {BANDS})")
        return
    yield from broken_volumes(offer)


def broken_volumes(offer: DayOffer) -> Iterator[BrokenRule]:
    """Yield the rules that volumes break, interval by interval."""
    periods = offer.periods
    for number in range(PERIODS):
        place = f"period {number + 1}"
        volumes, most = periods.band_mw[number], periods.max_avail_mw[number]
        for band in np.flatnonzero(~is_whole(volumes)):
            rule = f"band {band + 1} holds {volumes[band]} MW; give a whole number, zero or more"
            yield BrokenRule(place, rule)
        if not is_whole(most):
            yield BrokenRule(place, f"{most} MW available; give a whole number, zero or more")
        if not volumes.sum() >= most:
            rule = f"bands hold {volumes.sum():g} MW, {most:g} MW are available; offer all of it"
            yield BrokenRule(place, rule)
        if periods.trapezium_mw is not None:
            corners = periods.trapezium_mw[number]
            if not (np.isfinite(corners).all() and (np.diff(corners) >= 0).all()):
                rule = f"corners of the trapezium are {corners.tolist()} MW; give rising numbers"
                yield BrokenRule(place, rule)
        elif offer.bid_type != "ENERGY":
            yield BrokenRule(place, f"{offer.bid_type} without a trapezium; give its four corners")


def is_whole(mw: Floats) -> NDArray[np.bool_]:
    """Return which volumes are whole numbers, zero or more."""
    found: NDArray[np.bool_] = np.isfinite(mw) & (mw >= 0) & (mw == np.round(mw))
    return found


def rebid(
    offer: DayOffer, band_mw: Floats, max_avail_mw: Floats, *, at: dt.datetime, reason: str
) -> DayOffer:
    """Return the next version with other volumes and the same price bands.

    Prices of bands stand once the day is offered; a rebid moves volume between bands and changes
    what is available, and says why (National Electricity Rules, clause 3.8.22).

    Raises
    ------
    InputError
        If it comes before the offer, changes an interval that has begun, or breaks a rule.
    """
    if at <= offer.offered:
        raise InputError(f"rebid at {at}, but version {offer.version} is of {offer.offered}")
    opening = dt.datetime.combine(offer.day, dt.time()) + DAY_START
    begun = min(max(int((at - opening) / INTERVAL) + 1, 0), PERIODS) if at >= opening else 0
    volumes = np.asarray(band_mw, np.float64)
    available = np.asarray(max_avail_mw, np.float64)
    if volumes.shape == offer.periods.band_mw.shape:
        changed = (volumes != offer.periods.band_mw).any(axis=1)
        changed |= available != offer.periods.max_avail_mw
        if changed[:begun].any():
            number = int(np.argmax(changed[:begun])) + 1
            raise InputError(f"period {number} had begun at {at}; leave its volumes as they are")
    made = replace(offer, offered=at, version=offer.version + 1, explanation=reason, entry="REBID")
    # Intervals that had begun keep the stamps of the offer that was in force for them.
    before, after, kept = stamps(offer), stamps(made), offer.periods.other or {}
    other = dict(kept)
    for name, text in after.items():
        texts = kept.get(name, (before[name],) * PERIODS)
        other[name] = (*texts[:begun], *(text,) * (PERIODS - begun))
    named = {name: text for name, text in (offer.other or {}).items() if name not in after}
    periods = replace(offer.periods, band_mw=volumes, max_avail_mw=available, other=other)
    made = replace(made, periods=periods, other=named)
    for broken in broken_rules(made):
        raise InputError(f"{broken.place}: {broken.rule}")
    return made


def bands_of(
    target_mw: Sequence[float] | NDArray[np.float64], available_mw: float, prices: Sequence[float]
) -> Floats:
    """Return volumes that offer a planned power first and the rest of what there is last.

    Parameters
    ----------
    target_mw : array_like of shape (288,)
        What should run in each interval, zero or more; rounded down to whole MW.
    available_mw : float
        Most that could run; what the plan leaves is offered in the dearest band.
    prices : sequence of float
        The ten bands; the plan is offered in the first.

    Returns
    -------
    ndarray of shape (288, 10), MW
    """
    if len(prices) != BANDS:
        raise InputError(f"{len(prices)} price bands; give {BANDS}")
    planned = np.floor(np.clip(np.asarray(target_mw, np.float64), 0.0, available_mw) + 1e-9)
    volumes = np.zeros((len(planned), BANDS))
    volumes[:, 0] = planned
    volumes[:, -1] = np.floor(available_mw) - planned
    return volumes


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


def stamps(offer: DayOffer) -> dict[str, str]:
    """Return the columns that say when an offer was made and which one it is."""
    offered = offer.offered.strftime(CLOCK)
    return {
        "BIDSETTLEMENTDATE": dt.datetime.combine(offer.day, dt.time()).strftime(CLOCK),
        "OFFERDATE": offered,
        "VERSIONNO": str(offer.version),
        "LASTCHANGED": offered,
    }


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


def read_tables(*contents: bytes) -> tuple[tuple[DayOffer, ...], tuple[str, ...]]:
    """Return the offers of reports with BIDDAYOFFER_D and BIDPEROFFER_D, and what is set aside.

    A day that lacks periods, or has a value that is no number, is set aside with its reason.

    Parameters
    ----------
    contents : bytes
        Reports of AEMO, unpacked; days and periods may stand in different ones.

    Raises
    ------
    InputError
        If a report is no text in UTF-8, or a row or heading does not fit its table; names its line.
    """
    days: list[dict[str, str]] = []
    periods: dict[tuple[str, ...], list[dict[str, str]]] = {}
    for content in contents:
        header: list[str] = []
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as fault:
            raise InputError(
                f"byte {fault.start} of a report is no UTF-8; mend the file"
            ) from fault
        for place, line in enumerate(csv.reader(io.StringIO(text)), start=1):
            if line[:1] == ["I"]:
                header = line
            if line[:1] != ["D"] or line[2:3] not in (["BIDDAYOFFER_D"], ["BIDPEROFFER_D"]):
                continue
            if len(line) != len(header):
                fix = f"{len(line)} fields under a heading of {len(header)}; mend the file"
                raise InputError(f"line {place}: {fix}")
            row = dict(zip(header[4:], line[4:], strict=True))
            wanted = NEEDED[line[2]]
            if lacking := [name for name in wanted if name not in row]:
                raise InputError(f"line {place}: {line[2]} lacks {', '.join(lacking)}; add them")
            if line[2] == "BIDDAYOFFER_D":
                days.append(row)
            else:
                periods.setdefault(period_key(row), []).append(row)
    offers, set_aside = [], []
    for day in days:
        try:
            offers.append(offer_of(day, periods.pop(period_key(day), [])))
        except InputError as fault:
            set_aside.append(str(fault))
    set_aside += [
        f"{key[1]} {key[2]} of {key[0]}: periods without the row of their day" for key in periods
    ]
    return tuple(offers), tuple(set_aside)


def period_key(row: dict[str, str]) -> tuple[str, ...]:
    """Return what a day and its periods have in common."""
    return tuple(row[name] for name in KEY)


def offer_of(day: dict[str, str], rows: list[dict[str, str]]) -> DayOffer:
    """Return the offer of a row and its periods."""
    what = f"{day['DUID']} {day['BIDTYPE']} of {day['SETTLEMENTDATE']}"
    places = {str(place + 1): place for place in range(PERIODS)}
    rows = sorted(rows, key=lambda row: places.get(row["PERIODID"], PERIODS))
    if [row["PERIODID"] for row in rows] != list(places):
        raise InputError(f"{what} has {len(rows)} periods; give 1 to {PERIODS}, each once")
    try:
        bands = [[float(row[f"BANDAVAIL{band}"]) for band in range(1, BANDS + 1)] for row in rows]
        available = [float(row["MAXAVAIL"]) for row in rows]
        corners = None
        if day["BIDTYPE"] != "ENERGY":
            corners = np.array([[float(row[name]) for name in CORNERS] for row in rows])
        prices = tuple(float(day[f"PRICEBAND{band}"]) for band in range(1, BANDS + 1))
        date = dt.datetime.strptime(day["SETTLEMENTDATE"], CLOCK).date()  # noqa: DTZ007 - AEMO's clock
        offered = dt.datetime.strptime(day["OFFERDATE"], CLOCK)  # noqa: DTZ007
        version = int(day["VERSIONNO"])
    except ValueError as fault:
        raise InputError(f"{what}: {fault}; give numbers and times as {CLOCK}") from fault
    taken = {
        "SETTLEMENTDATE", "DUID", "BIDTYPE", "DIRECTION", "INTERVAL_DATETIME", "PERIODID",
        "MAXAVAIL", *(f"BANDAVAIL{band}" for band in range(1, BANDS + 1)),
        *(() if corners is None else CORNERS),
    }  # fmt: skip
    further = [name for name in rows[0] if name not in taken]
    own = {"OFFERDATE", "VERSIONNO", "PARTICIPANTID", "REBIDEXPLANATION", "ENTRYTYPE"}
    own |= {f"PRICEBAND{band}" for band in range(1, BANDS + 1)}
    return DayOffer(
        duid=day["DUID"],
        bid_type=day["BIDTYPE"],
        direction=day["DIRECTION"],
        day=date,
        offered=offered,
        version=version,
        prices=prices,
        periods=PeriodOffers(
            np.array(bands),
            np.array(available),
            corners,
            {name: tuple(row[name] for row in rows) for name in further},
        ),
        participant=day["PARTICIPANTID"],
        explanation=day["REBIDEXPLANATION"],
        entry=day["ENTRYTYPE"],
        other={name: text for name, text in day.items() if name not in taken | own},
    )
