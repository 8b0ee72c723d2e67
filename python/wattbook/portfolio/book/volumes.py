"""How much the legs of a structured trade deliver or price in each month of delivery.

References
----------
FpML 5.13 recommendation, confirmation view: fpml-com-5-13.xsd (quantity frequencies, settlement
periods: start and end times name the *end* of their first and last period).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wattbook.domain.calendars import nerc_holidays
from wattbook.errors import InputError
from wattbook.portfolio.book.fpml import every, first, number, number_of, reference, text
from wattbook.sources.xml import Element

__all__ = ["Piece", "Span", "by_id", "months_of", "spans_of", "unit_of", "volumes_of"]

UNITS = {
    "MWH": "megawatt_hour",
    "USMMBTU": "million_btu",
    "MMBTU": "million_btu",
    "UKTHM": "therm",
    "THM": "therm",
    "GJ": "gigajoule",
    "BBL": "barrel",
    "GAL": "gallon",
    "MT": "tonne",
    "CBM": "cubic_metre",
}
"""Units of FpML's coding scheme as `wattbook.domain.Unit` names them; others stand as they are."""

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MINUTES = {"2Hours": 120, "1Hour": 60, "30Minutes": 30, "15Minutes": 15}
SCHEDULES = ("calculationPeriodsSchedule", "periodsSchedule")
REFERENCES = ("calculationPeriodsScheduleReference", "calculationPeriodsReference")
TOTALS = ("totalNotionalQuantity", "totalPhysicalQuantity")
TOTAL_TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class Span:
    """A calculation or delivery period, both days included."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Piece:
    """What a leg is about in a month.

    Parameters
    ----------
    month : date
        Its first day.
    settlement : str
        Identifier of the settlement periods, empty for all of the month.
    quantity : float
    unit : str
        As `unit_of` names it.
    span : int
        Which calculation period it lies in, from 0.
    """

    month: dt.date
    settlement: str
    quantity: float
    unit: str
    span: int


def unit_of(name: str) -> str:
    """Return our name of a unit that quantities or prices are in; power counts by the hour."""
    return UNITS.get("MWH" if name.upper() == "MW" else name.upper(), name)


def by_id(root: Element, name: str) -> Element | None:
    """Return the element with an identifier."""
    if root.attributes.get("id") == name:
        return root
    for child in root.children:
        found = by_id(child, name)
        if found is not None:
            return found
    return None


def months_of(span: Span) -> Iterator[Span]:
    """Yield the parts of a span by calendar month."""
    begins = span.first
    while begins <= span.last:
        following = (begins.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        ends = min(span.last, following - dt.timedelta(days=1))
        yield Span(begins, ends)
        begins = ends + dt.timedelta(days=1)


def months_later(day: dt.date, count: int) -> dt.date:
    """Return the day so many months later, at most the last of its month."""
    at = day.year * 12 + day.month - 1 + count
    begins = dt.date(at // 12, at % 12 + 1, 1)
    last = (begins + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    return begins.replace(day=min(day.day, last.day))


def schedule_of(root: Element, leg: Element, depth: int = 0) -> Element | None:
    """Return the schedule of periods of a leg, its own or one that it refers to."""
    for name in SCHEDULES:
        found = next(every(leg, name), None)
        if found is not None and first(found, "period") is not None:
            return found
    for name in REFERENCES:
        for one in every(leg, name):
            there = by_id(root, one.attributes.get("href", ""))
            if there is None:
                continue
            if first(there, "period") is not None:
                return there
            if depth < 4:
                return schedule_of(root, there, depth + 1)
    return None


def spans_of(root: Element, leg: Element, term: Span) -> list[Span]:
    """Return the calculation periods of a leg, the whole term if it tells none.

    Raises
    ------
    InputError
        If the period has another length than days, weeks, months, quarters, years or the term.
    """
    schedule = schedule_of(root, leg)
    if schedule is None or text(schedule, "period") in ("", "T"):
        return [term]
    count, period = int(number(schedule, "periodMultiplier") or 1), text(schedule, "period")
    if count < 1 or period not in ("D", "W", "M", "Q", "Y"):
        raise InputError(f"periods of {count} {period!r} are not known; give D, W, M, Q, Y or T")
    is_balanced = text(schedule, "balanceOfFirstPeriod") == "true"
    anchor = term.first.replace(day=1) if is_balanced and period not in "DW" else term.first
    made: list[Span] = []
    begins = term.first
    while begins <= term.last:
        at = len(made) + 1
        if period in "DW":
            following = anchor + dt.timedelta(days=at * count * (7 if period == "W" else 1))
        else:
            following = months_later(anchor, at * count * {"M": 1, "Q": 3, "Y": 12}[period])
        made.append(Span(begins, min(term.last, following - dt.timedelta(days=1))))
        begins = following
    return made


def volumes_of(root: Element, leg: Element, term: Span, zones: Mapping[str, str]) -> list[Piece]:
    """Return what a leg is about by month, settlement periods and calculation period.

    Parameters
    ----------
    root : Element
        The product; quantities, periods and schedules may stand in another leg.
    leg : Element
    term : Span
    zones : mapping of str to str
        IANA zones by how documents write them, where that is another way; under an empty name
        that of hours whose document names none.

    Raises
    ------
    InputError
        If a quantity cannot be told by month; names element and fix.
    """
    holder = leg
    if href := reference(leg, "quantityReference"):
        found = by_id(root, href)
        if found is None:
            raise InputError(f"quantityReference names {href!r}, which is not there; mend it")
        holder = found
    owner = next((one for one in root.children if holder in every_and_self(one)), leg)
    spans = spans_of(root, owner, term)
    quantities = list(quantities_of(holder))
    if not quantities:
        raise InputError(f"{leg.name} has no quantity; add it")
    made: list[Piece] = []
    total = next((number(one, "quantity") if one.children else number_of(one)
                  for name in TOTALS for one in every(owner, name)), None)  # fmt: skip
    for steps, settlements in quantities:
        made += stepped(root, steps, settlements, spans, term, zones, total)
    stated = None if total is None else float(total)
    found_total = sum(one.quantity for one in made)
    if stated is not None and abs(found_total - stated) > TOTAL_TOLERANCE * abs(stated):
        raise InputError(
            f"{owner.name} states {stated:g} in all, its periods come to {found_total:g}; mend one"
        )
    return made


def every_and_self(element: Element) -> list[Element]:
    """Return an element and all in it."""
    return [element, *(inner for child in element.children for inner in every_and_self(child))]


def quantities_of(holder: Element) -> Iterator[tuple[list[Element], list[str]]]:
    """Yield the steps of each quantity of a leg, and the settlement periods that it is of."""
    schedules = [
        one
        for name in ("physicalQuantitySchedule", "notionalQuantitySchedule")
        for one in every_and_self(holder)
        if one.name == name
    ]
    for one in schedules:
        steps = [step for step in one.children if step.name in ("quantityStep", "notionalStep")]
        yield steps, settlements_of(one)
    if schedules:
        return
    for one in every_and_self(holder):
        is_one = one.name in ("notionalQuantity", "physicalQuantity")
        if is_one and first(one, "quantity") is not None:
            yield [one], settlements_of(one)


def settlements_of(quantity: Element) -> list[str]:
    """Return which settlement periods a quantity or price is of."""
    return [
        one.attributes.get("href", "")
        for one in quantity.children
        if one.name == "settlementPeriodsReference"
    ]


def stepped(
    root: Element,
    steps: list[Element],
    settlements: list[str],
    spans: list[Span],
    term: Span,
    zones: Mapping[str, str],
    total: Decimal | None,
) -> Iterator[Piece]:
    """Yield the pieces of one quantity: one for all periods, or a step each.

    Raises
    ------
    InputError
        If they are not as many as the periods, or lack what tells them by month.
    """
    if len(steps) not in (1, len(spans)):
        raise InputError(f"{len(steps)} steps of a quantity for {len(spans)} periods; give as many")
    frequency, raw = text(steps[0], "quantityFrequency"), text(steps[0], "quantityUnit")
    is_power = raw.upper() == "MW"
    by_period = frequency == "PerSettlementPeriod"
    if is_power and not by_period and frequency != "PerHour":
        raise InputError(
            f"a power in MW is given {frequency}; give it by settlement period or hour"
        )
    known = list(every(root, "settlementPeriods")) if by_period else []
    if by_period and not known:
        yield from spread_evenly(total if len(steps) == 1 else None, unit_of(raw), spans, term)
        return
    wanted = [named(known, name) for name in settlements] if settlements else known
    for at, span in enumerate(spans):
        value = number(steps[at if len(steps) > 1 else 0], "quantity")
        if value is None:
            raise InputError("a step has no quantity; add it")
        for part in months_of(span):
            month = part.first.replace(day=1)
            if not by_period:
                count = times(frequency, part, span, term, zones)
                yield Piece(month, "", float(value) * count, unit_of(raw), at)
            for one in wanted:
                periods, hours = settlement_count(one, part, zones)
                amount = float(value) * periods * (hours if is_power else 1.0)
                yield Piece(month, one.attributes.get("id", ""), amount, unit_of(raw), at)


def named(periods: list[Element], name: str) -> Element:
    """Return the settlement periods with an identifier.

    Raises
    ------
    InputError
        If there are none.
    """
    for one in periods:
        if one.attributes.get("id") == name:
            return one
    raise InputError(f"settlement periods {name!r} are not there; add them")


def spread_evenly(
    total: Decimal | None, unit: str, spans: list[Span], term: Span
) -> Iterator[Piece]:
    """Yield a total over the days of its term: its settlement periods are those of an index.

    Raises
    ------
    InputError
        If no total is told.
    """
    if total is None:
        raise InputError("a quantity is per settlement period and none is told; add them")
    for at, span in enumerate(spans):
        for part in months_of(span):
            amount = float(total) * part.days / term.days
            yield Piece(part.first.replace(day=1), "", amount, unit, at)


def times(frequency: str, part: Span, span: Span, term: Span, zones: Mapping[str, str]) -> float:
    """Return how often a quantity counts in a part of a calculation period within one month.

    Raises
    ------
    InputError
        If the frequency needs a calendar that is not told.
    """
    month = next(months_of(Span(part.first.replace(day=1), months_later(part.first, 1))))
    counts = {
        "PerCalendarDay": float(part.days),
        "PerHour": hours_of(part, zones),
        "PerMonth": part.days / month.days,
        "PerCalculationPeriod": part.days / span.days,
        "Term": part.days / term.days,
    }
    if frequency not in counts:
        raise InputError(
            f"a quantity {frequency or 'without a frequency'} cannot be told by month; give one of "
            f"{', '.join(counts)}, PerSettlementPeriod"
        )
    return counts[frequency]


def hours_of(part: Span, zones: Mapping[str, str]) -> float:
    """Return the hours of some days on the clock of the desk's zone, 24 a day without one."""
    zone = zone_named(zones.get("", "UTC"))
    begins, ends = (
        dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
        for day in (part.first, part.last + dt.timedelta(days=1))
    )
    return (ends - begins) / dt.timedelta(hours=1)


def settlement_count(periods: Element, part: Span, zones: Mapping[str, str]) -> tuple[int, float]:
    """Return how many settlement periods lie in some days, and the hours of each.

    Raises
    ------
    InputError
        If the duration, the zone or the calendar of holidays is not known.
    """
    duration = text(periods, "duration")
    if duration not in MINUTES:
        raise InputError(f"settlement periods last {duration!r}; give {', '.join(MINUTES)}")
    step = dt.timedelta(minutes=MINUTES[duration])
    begins, ends = (clock(first(periods, name)) for name in ("startTime", "endTime"))
    zone = zone_of(periods, zones)
    days = {one.text for one in periods.children if one.name == "applicableDay"}
    unknown = days - {*DAYS}
    if unknown:
        raise InputError(f"applicableDay {', '.join(sorted(unknown))} is not known; name days")
    out, more = (holidays_of(text(periods, name), part)
                 for name in ("excludeHolidays", "includeHolidays"))  # fmt: skip
    count = 0
    for at in range(part.days):
        day = part.first + dt.timedelta(days=at)
        if (day in out or DAYS[day.weekday()] not in days) and day not in more:
            continue
        # An end at or before the start lies on the next day; both name the end of a period.
        first_end = dt.datetime.combine(day, begins)
        last_end = dt.datetime.combine(day, ends)
        if last_end < first_end:
            last_end += dt.timedelta(days=1)
        run = (last_end.replace(tzinfo=zone).astimezone(dt.UTC)
               - (first_end - step).replace(tzinfo=zone).astimezone(dt.UTC))  # fmt: skip
        count += round(run / step)
    return count, step / dt.timedelta(hours=1)


def clock(element: Element | None) -> dt.time:
    """Return the time of day of a start or end.

    Raises
    ------
    InputError
        If there is none.
    """
    told = (
        "" if element is None else next((one.text for one in every(element, "hourMinuteTime")), "")
    )
    try:
        return dt.time.fromisoformat(told)
    except ValueError as fault:
        raise InputError(
            f"settlement periods have the time {told!r}; give one such as 07:00:00"
        ) from fault


def zone_of(periods: Element, zones: Mapping[str, str]) -> ZoneInfo:
    """Return the zone of settlement periods.

    Raises
    ------
    InputError
        If it is not known.
    """
    name = next((one.text for one in every(periods, "location")), "")
    return zone_named(zones.get(name, name))


def zone_named(name: str) -> ZoneInfo:
    """Return a zone.

    Raises
    ------
    InputError
        If it is not known.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        raise InputError(
            f"hours are in the zone {name!r}, which is not known; say what it is under zones in "
            "[structured] of the reference"
        ) from fault


def holidays_of(calendar: str, part: Span) -> frozenset[dt.date]:
    """Return the holidays of a business calendar in some days.

    Raises
    ------
    InputError
        If the calendar is not known.
    """
    if not calendar:
        return frozenset()
    if calendar != "NERC":
        raise InputError(f"holidays of {calendar!r} are not known; NERC is")
    years = range(part.first.year, part.last.year + 1)
    return frozenset(day for year in years for day in nerc_holidays(year))
