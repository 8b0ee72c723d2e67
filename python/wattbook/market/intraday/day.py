"""The contracts of a delivery day: what they deliver, and until when they trade where."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wattbook import _core
from wattbook.domain.calendars import PLACES, DeliveryProduct, PartOfDay, intervals
from wattbook.domain.markets import price_limits
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Border", "GateException", "IntradayContract", "IntradayDay", "intraday_day"]

MILLION = 1_000_000
MINUTE_NS = 60_000_000_000
QUARTER_NS = 15 * MINUTE_NS
CONTINUOUS = "intraday continuous"
LENGTHS: dict[PartOfDay, str] = {"hour": "H", "half_hour": "HH", "quarter_hour": "QH"}
OCCURRENCES = ("", "A", "B")
CAPACITY_MAX_MW = 1e6


@dataclass(frozen=True, slots=True)
class Border:
    """A border and what it can carry in each quarter-hour.

    Parameters
    ----------
    from_zone, to_zone : str
        Names of `wattbook.domain.calendars.PLACES`.
    capacity_mw : float
        From the first to the second; a multiple of 0.1.
    capacity_back_mw : float, optional
        From the second to the first; as much by default.
    """

    from_zone: str
    to_zone: str
    capacity_mw: float
    capacity_back_mw: float | None = None

    def __post_init__(self) -> None:
        """Check the capacities.

        Raises
        ------
        InputError
            If one is no number from 0.
        """
        for capacity in (self.capacity_mw, self.capacity_back_mw or 0.0):
            if not 0 <= capacity <= CAPACITY_MAX_MW:
                message = f"border {self.name}: a capacity of {capacity} MW; give a number from 0"
                raise InputError(message)

    @property
    def name(self) -> str:
        """Both zones, such as ``DE-LU > FR``."""
        return f"{self.from_zone} > {self.to_zone}"

    @property
    def zones(self) -> tuple[str, str]:
        """Both zones."""
        return self.from_zone, self.to_zone


@dataclass(frozen=True, slots=True)
class GateException:
    """A gate that goes before those of `wattbook.domain.calendars.gate`.

    Parameters
    ----------
    from_area, to_area : str
        Of a border, in any order, or one area twice.
    minutes : int, min
        How long before delivery it closes.
    first, after : datetime.date
        Delivery days, half-open.
    source : str
        Where it is written.
    """

    from_area: str
    to_area: str
    minutes: int
    first: dt.date
    after: dt.date
    source: str

    def holds(self, day: dt.date, one: str, other: str) -> bool:
        """Return whether it is for these areas on this delivery day."""
        areas = {self.from_area, self.to_area} == {one, other}
        return areas and self.first <= day < self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class IntradayContract:
    """A contract of the day; instants in ns UTC.

    Parameters
    ----------
    name : str
        Day and part of the day, such as ``2026-03-29 QH09``.
    first, periods : int
        The first quarter-hour of the day that it delivers, from 0, and how many.
    delivery_start, delivery_end : int
        Half-open.
    zones : tuple of (int, int)
        By zone: opening and gate.
    borders : tuple of (int, int, tuple of (int, int))
        By border: opening, gate, pauses.
    """

    name: str
    first: int
    periods: int
    delivery_start: int
    delivery_end: int
    zones: tuple[tuple[int, int], ...]
    borders: tuple[tuple[int, int, tuple[tuple[int, int], ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntradayDay:
    """A day of continuous intraday trading as data.

    Parameters
    ----------
    day : datetime.date
        Delivery day.
    venue : str
        Whose rules it follows.
    zones : tuple of str
        Places.
    borders : tuple of Border
        Between them.
    contracts : tuple of IntradayContract
        Hours, half-hours, quarter-hours.
    periods : int
        Quarter-hours of the day: 92, 96 or 100.
    implied_matching : bool
        Whether blocks meet their parts, which SIDC does not do.
    tick_eur, lot_mw, volume_max_mw : float
        Steps of prices and volumes, and the largest volume of an order.
    price_limits_eur : (float, float)
        Lowest and highest price of an order.
    """

    day: dt.date
    venue: str
    zones: tuple[str, ...]
    borders: tuple[Border, ...]
    contracts: tuple[IntradayContract, ...]
    periods: int
    implied_matching: bool
    tick_eur: float
    lot_mw: float
    volume_max_mw: float
    price_limits_eur: tuple[float, float]

    @property
    def opens(self) -> int:
        """When the first contract opens, ns UTC."""
        return min(opens for contract in self.contracts for opens, _ in contract.zones)

    @property
    def closes(self) -> int:
        """When the last gate closes, ns UTC."""
        return max(gate for contract in self.contracts for _, gate in contract.zones)

    def place(self, contract: str) -> int:
        """Return the place of the contract of this name.

        Raises
        ------
        InputError
            If there is none.
        """
        names = [each.name for each in self.contracts]
        if contract not in names:
            message = f"{contract!r} is no contract of {self.day}; name one like {names[0]!r}"
            raise InputError(message)
        return names.index(contract)

    def zone(self, name: str) -> int:
        """Return the place of the zone of this name.

        Raises
        ------
        InputError
            If there is none.
        """
        if name not in self.zones:
            message = f"zone {name!r} does not trade here; use one of {', '.join(self.zones)}"
            raise InputError(message)
        return self.zones.index(name)

    def core(self) -> _core.IntradayPlan:
        """Return the same for the compiled module.

        Raises
        ------
        InputError
            If zones, borders or contracts do not fit each other, or a number is off its step.
        """
        back = [
            each.capacity_mw if each.capacity_back_mw is None else each.capacity_back_mw
            for each in self.borders
        ]
        return _core.IntradayPlan(
            zones=list(self.zones),
            borders=[
                (
                    self.zone(border.from_zone),
                    self.zone(border.to_zone),
                    round(border.capacity_mw * MILLION),
                    round(capacity * MILLION),
                )
                for border, capacity in zip(self.borders, back, strict=True)
            ],
            contracts=[
                (
                    each.name,
                    each.first,
                    each.periods,
                    each.delivery_start,
                    each.delivery_end,
                    list(each.zones),
                    [(opens, gate, list(pauses)) for opens, gate, pauses in each.borders],
                )
                for each in self.contracts
            ],
            periods=self.periods,
            implied_matching=self.implied_matching,
            tick=round(self.tick_eur * MILLION),
            lot=round(self.lot_mw * MILLION),
            price_limits=(
                round(self.price_limits_eur[0] * MILLION),
                round(self.price_limits_eur[1] * MILLION),
            ),
            volume_max=round(self.volume_max_mw * MILLION),
        )


def intraday_day(
    day: dt.date,
    zones: Sequence[str],
    borders: Iterable[Border] = (),
    *,
    venue: str = "EPEX",
    lengths: Sequence[PartOfDay] = ("hour", "half_hour", "quarter_hour"),
    places: Mapping[str, str] | None = None,
    exceptions: Iterable[GateException] = (),
    implied_matching: bool = False,
    tick_eur: float = 0.01,
    lot_mw: float = 0.1,
    volume_max_mw: float = 999.0,
) -> IntradayDay:
    """Return a day of continuous trading with the openings, gates and pauses of `venue`.

    Parameters
    ----------
    day : datetime.date
        Delivery day; 23 and 25 hours are days like others.
    zones : sequence of str
        Zones of the European coupling.
    borders : iterable of Border, optional
        Between them, each once.
    venue : {"EPEX", "NORD-POOL"}, optional
        Whose rules.
    lengths : sequence of {"hour", "half_hour", "quarter_hour"}, optional
        Which contracts there are.
    places : mapping of str to str, optional
        Whose openings, gates and pauses a zone of another name follows: its place in the coupling.
    exceptions : iterable of GateException, optional
        Gates of your own, by places, such as a border that kept 60 minutes.
    implied_matching : bool, optional
        Whether blocks meet their parts.
    tick_eur, lot_mw, volume_max_mw : float, optional
        Steps of prices and volumes, and the largest volume of an order; 999 is SEEPEX's.

    Raises
    ------
    InputError
        If a zone is unknown or of another calendar, a length is none, or no opening or gate is
        known for a zone or a border on this day; the text names which.

    Examples
    --------
    >>> day = intraday_day(dt.date(2026, 10, 25), ["DE-LU", "FR"], [Border("DE-LU", "FR", 500)])
    >>> len(day.contracts), day.contracts[3].name
    (175, '2026-10-25 H03B')
    """
    place = {zone: zone for zone in zones} | dict(places or {})
    for zone in (place[zone] for zone in zones):
        if zone not in PLACES or PLACES[zone].calendar != "CET":
            message = f"{zone!r} is no zone of the European coupling; use such as DE-LU, FR, NO2"
            raise InputError(message)
    if not zones:
        raise InputError("a day needs a zone; give one such as DE-LU")
    if not lengths or len(set(lengths)) < len(lengths) or not set(lengths) <= set(LENGTHS):
        message = f"lengths {list(lengths)}: name one or more of {', '.join(LENGTHS)}, each once"
        raise InputError(message)
    limits = price_limits("SIDC", day)
    if limits is None:
        message = f"no price limits are known for {day}; take a day from 2018-06-13 on"
        raise InputError(message)
    borders, exceptions = tuple(borders), tuple(exceptions)
    base = DeliveryProduct(f"{place[zones[0]]} {day.isoformat()} Base")
    contracts = []
    for length in lengths:
        parts = intervals(base, length)
        starts = parts.delivery_start.astype("i8").tolist()
        ends = parts.delivery_end.astype("i8").tolist()
        rows = zip(starts, ends, parts.number.tolist(), parts.occurrence.tolist(), strict=True)
        for start, end, number, occurrence in rows:
            finder = Finder(day, venue, exceptions, start, end)
            contracts.append(
                IntradayContract(
                    name=f"{day} {LENGTHS[length]}{number:02}{OCCURRENCES[occurrence]}",
                    first=(start - base.delivery_start) // QUARTER_NS,
                    periods=(end - start) // QUARTER_NS,
                    delivery_start=start,
                    delivery_end=end,
                    zones=tuple(finder.times(place[zone], place[zone]) for zone in zones),
                    borders=tuple(
                        finder.border(*(place.get(zone, zone) for zone in border.zones))
                        for border in borders
                    ),
                )
            )
    return IntradayDay(
        day=day,
        venue=venue,
        zones=tuple(zones),
        borders=borders,
        contracts=tuple(contracts),
        periods=(base.delivery_end - base.delivery_start) // QUARTER_NS,
        implied_matching=implied_matching,
        tick_eur=tick_eur,
        lot_mw=lot_mw,
        volume_max_mw=volume_max_mw,
        price_limits_eur=(float(limits.min_price), float(limits.max_price)),
    )


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the times of one delivery."""

    day: dt.date
    venue: str
    exceptions: tuple[GateException, ...]
    start: int
    end: int

    def times(self, one: str, other: str) -> tuple[int, int]:
        """Return opening and gate between two areas, or within one."""
        opens, _ = _core.intraday_opening(self.venue, one, other, self.start, self.end)
        for exception in self.exceptions:
            if exception.holds(self.day, one, other):
                return opens, self.start - exception.minutes * MINUTE_NS
        gate, _ = _core.gate_closure(self.venue, CONTINUOUS, one, other, self.start, self.end)
        return opens, gate

    def border(self, one: str, other: str) -> tuple[int, int, tuple[tuple[int, int], ...]]:
        """Return opening, gate and pauses of the border of two places."""
        opens, gate = self.times(one, other)
        found = _core.allocation_pauses(self.venue, one, other, self.start, self.end)
        return opens, gate, tuple((begins, ends) for _, begins, ends, _ in found)
