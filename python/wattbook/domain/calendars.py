"""When energy is delivered: products by name, the intervals of a day, peak hours and gates.

A market names its deliveries by wall clock, so a day has 23, 24 or 25 hours and hour 3 may be
missing or occur twice. `DeliveryProduct` reads such names; everything it gives is half-open in UTC.

Examples
--------
>>> product = DeliveryProduct("DE-LU Q1-27 Peak")
>>> product.tenor, product.delivery_seconds // 3600
('quarter', 768)
>>> quarter_hours(dt.date(2026, 3, 29), "Europe/Berlin")
92
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wattbook import _core
from wattbook._core import DeliveryProduct

__all__ = [
    "PLACES",
    "DeliveryProduct",
    "Gate",
    "GateKind",
    "Intervals",
    "Opening",
    "PartOfDay",
    "Pause",
    "Place",
    "allocation_pauses",
    "gate",
    "gate_closures",
    "intervals",
    "intraday_opening",
    "load_periods",
    "nerc_holidays",
    "quarter_hours",
    "zone_intervals",
]

PartOfDay = Literal["hour", "half_hour", "quarter_hour", "five_minutes"]
"""How long a part of a day is."""

GateKind = Literal[
    "day-ahead",
    "day-ahead half-hour",
    "intraday auction 1",
    "intraday auction 2",
    "intraday auction 3",
    "intraday continuous",
    "daily offer",
    "rebid",
    "real-time",
]
"""What is traded at a gate."""

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def _utc(nanos: int) -> dt.datetime:
    """Return the instant `nanos` ns after the epoch; deliveries are whole seconds."""
    return EPOCH + dt.timedelta(seconds=nanos // 1_000_000_000)


@dataclass(frozen=True, slots=True)
class Intervals:
    """Numbered parts of delivery days, in order; four columns of one length.

    Parameters
    ----------
    delivery_start, delivery_end : ndarray of datetime64[ns], UTC
        Half-open.
    number : ndarray of uint16
        Position in the day by wall clock, from 1; gas and GB settlement days count by position.
    occurrence : ndarray of uint8
        0 where the number occurs once; 1 and 2 before and after the clock went back.
    """

    delivery_start: NDArray[np.datetime64]
    delivery_end: NDArray[np.datetime64]
    number: NDArray[np.uint16]
    occurrence: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.number)

    @classmethod
    def from_columns(cls, columns: tuple[bytes, bytes, bytes, bytes]) -> "Intervals":
        """Return the intervals whose columns are little-endian bytes, without a copy."""
        start, end, number, occurrence = columns
        return cls(
            np.frombuffer(start, dtype="<M8[ns]"),
            np.frombuffer(end, dtype="<M8[ns]"),
            np.frombuffer(number, dtype="<u2"),
            np.frombuffer(occurrence, dtype="u1"),
        )


def intervals(product: DeliveryProduct, tenor: PartOfDay) -> Intervals:
    """Return the parts of days in which `product` delivers.

    Parameters
    ----------
    product : DeliveryProduct
        Whose.
    tenor : {"hour", "half_hour", "quarter_hour", "five_minutes"}
        How long a part is.

    Returns
    -------
    Intervals
        Of a peak product its peak hours only.

    Raises
    ------
    InputError
        If `tenor` is longer than the product.

    Examples
    --------
    >>> day = intervals(DeliveryProduct("DE-LU 2026-10-25 Base"), "hour")
    >>> len(day), day.number[1:5].tolist(), day.occurrence[1:5].tolist()
    (25, [2, 3, 3, 4], [0, 1, 2, 0])
    """
    return Intervals.from_columns(_core.product_intervals(product, tenor))


def load_periods(product: DeliveryProduct) -> list[tuple[dt.datetime, dt.datetime]]:
    """Return the stretches in which `product` delivers, half-open in UTC, in order and apart.

    Raises
    ------
    InputError
        If no peak is traded at the product's place.

    Examples
    --------
    >>> peak = DeliveryProduct("GB 2026-01-15 Peak")
    >>> [(start.hour, end.hour) for start, end in load_periods(peak)]
    [(7, 19)]
    """
    periods = _core.product_load_periods(product)
    return [(_utc(start), _utc(end)) for start, end in periods]


def zone_intervals(
    first: dt.date,
    after: dt.date,
    time_zone: str,
    *,
    minutes: int = 15,
    day_start: dt.timedelta = dt.timedelta(0),
    by_position: bool = False,
) -> Intervals:
    """Return the intervals of the local days from `first` up to, not including, `after`.

    Parameters
    ----------
    first, after : datetime.date
        Delivery days.
    time_zone : str
        IANA zone.
    minutes : int, min
        Length of an interval; divides a day.
    day_start : datetime.timedelta
        When days start, in wall-clock time after midnight; below zero on the evening before.
    by_position : bool
        Number 1, 2, 3, ... instead of by the clock.

    Returns
    -------
    Intervals
        An interval that a clock change cuts is shorter than the others.

    Raises
    ------
    InputError
        If the zone is unknown, the length does not divide a day or a day does not exist.

    Examples
    --------
    Lord Howe Island moves its clocks by half an hour.

    >>> day = dt.date(2026, 4, 5)
    >>> hours = zone_intervals(day, day + dt.timedelta(1), "Australia/Lord_Howe", minutes=60)
    >>> length = (hours.delivery_end - hours.delivery_start).astype("m8[m]").astype(int)
    >>> len(hours), int(length.sum())
    (25, 1470)
    """
    start_minutes = day_start // dt.timedelta(minutes=1)
    columns = _core.zone_intervals(
        time_zone, first.isoformat(), after.isoformat(), minutes, start_minutes, by_position
    )
    return Intervals.from_columns(columns)


def quarter_hours(day: dt.date, time_zone: str) -> int:
    """Return how many quarter-hours `day` has in `time_zone`: 92, 96 or 100 in most.

    Raises
    ------
    InputError
        If the zone is unknown or the day does not exist in it.

    Examples
    --------
    >>> quarter_hours(dt.date(2026, 10, 25), "Europe/Berlin")
    100
    """
    return len(zone_intervals(day, day + dt.timedelta(days=1), time_zone))


def nerc_holidays(year: int) -> list[dt.date]:
    """Return the six days of `year` that US power markets trade as off-peak.

    References
    ----------
    NERC, Additional Off-peak Days: a fixed holiday on a Sunday moves to Monday, one on a Saturday
    stays.

    Examples
    --------
    >>> [day.strftime("%d %b") for day in nerc_holidays(2026)]
    ['01 Jan', '25 May', '04 Jul', '07 Sep', '26 Nov', '25 Dec']
    """
    return [dt.date.fromisoformat(day) for day in _core.nerc_holidays(year)]


@dataclass(frozen=True, slots=True)
class Place:
    """A bidding zone or hub.

    Parameters
    ----------
    name : str
        As it stands in the name of a product.
    calendar : str
        The market whose delivery calendar it follows.
    time_zone : str
        IANA zone of that market.
    source : str
        Where its rules are written.
    """

    name: str
    calendar: str
    time_zone: str
    source: str


PLACES: dict[str, Place] = {row[0]: Place(*row) for row in _core.delivery_places()}
"""Every place that products can name."""


@dataclass(frozen=True, slots=True)
class Gate:
    """Until when a delivery can be traded.

    Parameters
    ----------
    closure : datetime.datetime, UTC
        First instant at which it cannot.
    source : str
        Where the rule is written.
    """

    closure: dt.datetime
    source: str


def gate(
    product: DeliveryProduct,
    venue: str,
    kind: GateKind,
    from_area: str | None = None,
    to_area: str | None = None,
) -> Gate:
    """Return the gate of `product` at `venue`.

    Parameters
    ----------
    product : DeliveryProduct
        What is delivered.
    venue : str
        ``EPEX``, ``NORD-POOL``, ``NEM``, ``ERCOT``, ``NYISO``, ``ISO-NE``, ``PJM``, ``MISO`` or
        ``CAISO``.
    kind : GateKind
        What is traded.
    from_area, to_area : str, optional
        Delivery areas of the two sides, such as control areas; the product's place by default.

    Returns
    -------
    Gate
        By the rule valid on the delivery day.

    Raises
    ------
    InputError
        If no rule is known for this contract, pair of areas and day.

    Examples
    --------
    >>> hour = DeliveryProduct("DE-LU 2026-03-30 H01")
    >>> gate(hour, "EPEX", "day-ahead").closure.isoformat()
    '2026-03-29T10:00:00+00:00'
    >>> gate(hour, "EPEX", "intraday continuous", to_area="FR").source[:24]
    'Regulation (EU) 2019/943'
    """
    closure, source = _core.gate_closure(
        venue,
        kind,
        from_area or product.place,
        to_area or product.place,
        product.delivery_start,
        product.delivery_end,
    )
    return Gate(_utc(closure), source)


def gate_closures(
    venue: str,
    kind: GateKind,
    place: str,
    delivery_start: NDArray[np.int64],
    delivery_end: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the gates of many deliveries at one place, by the rule valid on each delivery day.

    Parameters
    ----------
    venue, kind : str
        As in `gate`.
    place : str
        A name of `PLACES`.
    delivery_start, delivery_end : ndarray of int64, shape (n,)
        Half-open deliveries, ns UTC.

    Returns
    -------
    ndarray of int64, shape (n,)
        First instants at which each can no longer be traded, ns UTC.

    Raises
    ------
    InputError
        If no rule is known.

    Examples
    --------
    ERCOT's day-ahead market closes at 10:00 in Texas on the day before.

    >>> hour = DeliveryProduct("HB_HUBAVG 2025-05-14 H01")
    >>> start, end = np.array([hour.delivery_start]), np.array([hour.delivery_end])
    >>> closed = gate_closures("ERCOT", "day-ahead", "HB_HUBAVG", start, end)
    >>> str(closed.astype("M8[ns]")[0].astype("M8[m]"))
    '2025-05-13T15:00'
    """
    periods = zip(delivery_start.tolist(), delivery_end.tolist(), strict=True)
    return np.array(
        [_core.gate_closure(venue, kind, place, place, start, end)[0] for start, end in periods],
        dtype=np.int64,
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """From when a delivery can be traded.

    Parameters
    ----------
    opens : datetime.datetime, UTC
        First instant at which it can.
    source : str
        Where the rule is written.
    """

    opens: dt.datetime
    source: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause of a border: none of its capacity is allocated to continuous trades of a delivery.

    Parameters
    ----------
    auction : str
        Around which auction.
    begins, ends : datetime.datetime, UTC
        Half-open.
    source : str
        Where the rule is written.
    """

    auction: str
    begins: dt.datetime
    ends: dt.datetime
    source: str


def intraday_opening(
    product: DeliveryProduct,
    venue: str,
    from_area: str | None = None,
    to_area: str | None = None,
) -> Opening:
    """Return when continuous trading of `product` opens at `venue`, within an area or across areas.

    Parameters
    ----------
    product, venue, from_area, to_area
        As in `gate`; ``EPEX`` and ``NORD-POOL`` trade continuously.

    Raises
    ------
    InputError
        If no rule is known for this venue, pair of areas and day.

    Examples
    --------
    >>> quarter = DeliveryProduct("DE-LU 2026-07-16 QH01")
    >>> intraday_opening(quarter, "EPEX").opens.isoformat()
    '2026-07-15T14:00:00+00:00'
    """
    opens, source = _core.intraday_opening(
        venue,
        from_area or product.place,
        to_area or product.place,
        product.delivery_start,
        product.delivery_end,
    )
    return Opening(_utc(opens), source)


def allocation_pauses(
    product: DeliveryProduct,
    venue: str,
    from_area: str | None = None,
    to_area: str | None = None,
) -> list[Pause]:
    """Return the pauses of a border for `product` around the intraday auctions that trade it.

    Parameters
    ----------
    product, venue, from_area, to_area
        As in `gate`.

    Returns
    -------
    list of Pause
        In order; none within an area.

    Raises
    ------
    InputError
        If an area is unknown.

    Examples
    --------
    >>> afternoon = DeliveryProduct("DE-LU 2026-07-16 QH49")
    >>> pauses = allocation_pauses(afternoon, "EPEX", to_area="FR")
    >>> [f"{pause.begins:%d %H:%M}" for pause in pauses], pauses[2].auction
    (['15 12:40', '15 19:40', '16 07:40'], 'intraday auction 3')
    """
    found = _core.allocation_pauses(
        venue,
        from_area or product.place,
        to_area or product.place,
        product.delivery_start,
        product.delivery_end,
    )
    return [
        Pause(auction, _utc(begins), _utc(ends), source) for auction, begins, ends, source in found
    ]
