"""A forward curve: quotes and a shape in, a price for each delivery period out."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import PLACES, DeliveryProduct
from wattbook.errors import CurveError
from wattbook.market.curves.adjust import adjustment
from wattbook.market.curves.cells import Cells, cells_of
from wattbook.market.curves.grid import ONE_DAY, CurveGrid, curve_grid, local_start
from wattbook.market.curves.quotes import ForwardQuote
from wattbook.market.curves.shape import Shape, ShapeKind, flat_shape

__all__ = ["BASES", "METHOD", "ForwardCurve", "build_curve", "default_step"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

METHOD = "smoothest 2"
"""Name and number of the method; a change of its results takes the next number."""
BASES = ("quoted", "between quotes", "before the first quote", "after the last quote")
"""What the level of a period rests on."""


@dataclass(frozen=True, slots=True, eq=False)
class ForwardCurve:
    """Prices of all delivery periods of a place, as seen on one day.

    Parameters
    ----------
    grid : CurveGrid
        The delivery periods.
    price : ndarray of float64, shape (n,)
        In the unit of the quotes.
    as_of : datetime.date
        The day whose quotes were used.
    quotes : tuple of ForwardQuote
        Those used, with the band that was asked for (`tick` included).
    stale : tuple of ForwardQuote
        Those left out because of their age.
    averages_met : ndarray of float64, shape (m,)
        Of each quote used, the curve's average over its delivery.
    told_by : ndarray of int64, shape (n,)
        Of each period, the shortest quote that delivers in it; -1 where none does.
    shape : Shape
        What was laid under it.
    tick : float
        Tick that prices were taken to be rounded to.
    """

    grid: CurveGrid
    price: Floats
    as_of: dt.date
    quotes: tuple[ForwardQuote, ...]
    stale: tuple[ForwardQuote, ...]
    averages_met: Floats
    told_by: Numbers
    shape: Shape
    tick: float

    @property
    def place(self) -> str:
        """Bidding zone or hub."""
        return self.grid.place

    @property
    def version(self) -> str:
        """Name of the curve: 16 hexadecimal digits of all that it was made of.

        The same quotes in another order give the same version; another quote, shape, day, length,
        step, tick or method another one.
        """
        said = {
            "method": METHOD,
            "place": self.place,
            "as_of": self.as_of.isoformat(),
            "days": [self.grid.first.isoformat(), self.grid.after.isoformat()],
            "step": self.grid.step,
            "shape": self.shape.digest,
            "tick": self.tick,
            "quotes": sorted([str(one.product), one.bid, one.ask] for one in self.quotes),
        }
        text = json.dumps(said, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def quoted(self) -> tuple[int, int]:
        """First instant that a quote delivers, and the end of the last, ns UTC.

        Outside, the level of the first and the last quoted day goes on, with the shape.
        """
        known = np.flatnonzero(self.told_by >= 0)
        return int(self.grid.start[known[0]]), int(self.grid.start[known[-1] + 1])

    @property
    def basis(self) -> NDArray[np.uint8]:
        """What the level of each period rests on, a place in `BASES`."""
        known = np.flatnonzero(self.told_by >= 0)
        made = np.where(self.told_by >= 0, 0, 1).astype(np.uint8)
        made[: known[0]] = 2
        made[known[-1] + 1 :] = 3
        return made

    def average(self, product: DeliveryProduct | str) -> float:
        """Return the curve's average over a delivery, by hours.

        Raises
        ------
        CurveError
            If the delivery leaves the curve or cuts a period.
        """
        named = DeliveryProduct(product) if isinstance(product, str) else product
        return self.grid.average(named, self.price)

    def table(self) -> pl.DataFrame:
        """Return a row a period: start and end (UTC), price, what it rests on, shortest tenor."""
        tenors = [quote.product.tenor for quote in self.quotes]
        return pl.DataFrame(
            {
                "delivery_start": self.grid.start[:-1].astype("datetime64[ns]"),
                "delivery_end": self.grid.start[1:].astype("datetime64[ns]"),
                "price": self.price,
                "basis": np.array(BASES)[self.basis],
                "quoted_tenor": np.array([*tenors, ""])[self.told_by],
            }
        ).with_columns(
            pl.col("delivery_start", "delivery_end").dt.replace_time_zone("UTC"),
            pl.col("quoted_tenor").replace("", None),
        )

    def fits(self) -> pl.DataFrame:
        """Return a row a quote: its band, the curve's average, and how far outside that lies.

        ``outside`` is 0 for an average within the band, and the distance from a price. Rows are in
        the order of delivery; those that are too old come last, without an average.
        """
        bid = np.array([quote.bid for quote in self.quotes])
        ask = np.array([quote.ask for quote in self.quotes])
        average = self.averages_met
        outside = np.maximum(np.maximum(bid - average, average - ask), 0.0)
        near = 1e-9 * (1.0 + np.abs(average))
        kinds = np.where(ask - average < near, "at ask", "within")
        kinds = np.where(average - bid < near, "at bid", kinds)
        starts = [quote.product.delivery_start for quote in self.quotes]
        order = np.argsort(starts, kind="stable")
        used = pl.DataFrame(
            {
                "product": [str(quote.product) for quote in self.quotes],
                "bid": bid,
                "ask": ask,
                "average": average,
                "outside": outside,
                "met": np.where(bid == ask, "price", kinds),
                "age_hours": [quote.age_hours for quote in self.quotes],
            }
        )[order]
        left_out = pl.DataFrame(
            {
                "product": [str(quote.product) for quote in self.stale],
                "bid": [quote.bid for quote in self.stale],
                "ask": [quote.ask for quote in self.stale],
                "average": [None] * len(self.stale),
                "outside": [None] * len(self.stale),
                "met": ["stale, left out"] * len(self.stale),
                "age_hours": [quote.age_hours for quote in self.stale],
            },
            schema=used.schema,
        )
        return pl.concat([used, left_out])


def default_step(place: str) -> str:
    """Return the step of a place's curve: days of gas, quarter-hours of power.

    Examples
    --------
    >>> default_step("TTF"), default_step("DE-LU")
    ('day', 'quarter_hour')
    """
    if place not in PLACES:
        raise CurveError(f"place {place!r} is unknown; use one of {', '.join(PLACES)}")
    return "day" if PLACES[place].calendar.endswith("-GAS") else "quarter_hour"


def delivery_day(place: str, instant: int) -> dt.date:
    """Return the delivery day of `place` that an instant (ns UTC) lies in."""
    local = dt.datetime.fromtimestamp(instant // 10**9, ZoneInfo(PLACES[place].time_zone))
    clock = local.replace(tzinfo=None)
    return (clock - local_start(place, clock.date())).date()


def quoted_days(place: str, quotes: Sequence[ForwardQuote]) -> tuple[dt.date, dt.date]:
    """Return the first delivery day that quotes name, and the first after the last."""
    first = min(quote.product.delivery_start for quote in quotes)
    end = max(quote.product.delivery_end for quote in quotes)
    return delivery_day(place, first), delivery_day(place, end - 1) + ONE_DAY


def usable(
    place: str, quotes: Sequence[ForwardQuote], tick: float, age_hours_max: float | None
) -> tuple[list[ForwardQuote], list[ForwardQuote]]:
    """Return the quotes to use, the shortest delivery first, and those that are too old.

    Raises
    ------
    CurveError
        If a product is quoted twice, `tick` is negative or no quote is left.
    """
    if not tick >= 0:
        raise CurveError(f"tick {tick}; give 0 for exact prices or the tick they are rounded to")
    fresh: list[ForwardQuote] = []
    stale: list[ForwardQuote] = []
    seen = set()
    for quote in quotes:
        if quote.product in seen:
            raise CurveError(f"{quote.product} is quoted twice; leave one out")
        seen.add(quote.product)
        is_old = age_hours_max is not None and quote.age_hours > age_hours_max
        (stale if is_old else fresh).append(quote)
    if not fresh:
        raise CurveError(
            f"no quote of {place} is left of {len(quotes)}; give one that is not too old"
        )
    fresh.sort(key=lambda quote: (quote.product.delivery_seconds, str(quote.product)))
    return fresh, stale


def told(cells: Cells) -> Numbers:
    """Return the shortest quote of each period; quotes are in the order of their length."""
    first = np.where(cells.is_quoted, (cells.share > 0).argmax(axis=0), -1)
    return np.repeat(first, np.diff(cells.start))


def check_factors(grid: CurveGrid, cells: Cells, level: Floats) -> None:
    """Refuse a level that is not above zero: factors would make its dear hours the cheap ones.

    Raises
    ------
    CurveError
        With the first day of it.
    """
    if (level <= 0).any():
        cell = int((level <= 0).argmax())
        raise CurveError(
            f"the level of {grid.days[cells.day[cell]]} is {level[cell]:.4g}, not above zero, so "
            "factors would turn the shape over; quote that time or use an additive shape"
        )


def build_curve(
    place: str,
    quotes: Sequence[ForwardQuote],
    *,
    as_of: dt.date,
    first: dt.date | None = None,
    after: dt.date | None = None,
    step: str | None = None,
    shape: Shape | None = None,
    tick: float = 0.0,
    age_hours_max: float | None = None,
) -> ForwardCurve:
    """Return the smoothest curve that averages to every quote, on top of a shape.

    Parameters
    ----------
    place : str
        Bidding zone or hub; its calendar says what days, peak hours and clock changes are.
    quotes : sequence of ForwardQuote
        May overlap; base, peak and off-peak; prices or bands.
    as_of : datetime.date
        The day that the quotes are of.
    first, after : datetime.date, optional
        First delivery day, and the first after the last; those of the quotes by default. Beyond
        the quotes the level of the last quoted day goes on, with the shape; `ForwardCurve.basis`
        says where.
    step : {"quarter_hour", "half_hour", "hour", "day"}, optional
        Delivery periods; quarter-hours of power and days of gas by default.
    shape : Shape, optional
        From `fit_shape`; none (flat) by default.
    tick : float, optional
        What single prices are rounded to: each then means a band of half a tick around it. Prices
        are met exactly all the same, but for those that shorter deliveries make up; where that
        cannot be, all of them move within their bands.
    age_hours_max : float, optional
        Older quotes are left out, and listed.

    Raises
    ------
    ContradictionError
        If no curve meets all quotes; it names the smallest sets that contradict themselves.
    CurveError
        If there is no quote, one is doubled, elsewhere, outside or finer than the step, or a
        multiplicative shape meets a level that is not above zero.

    Examples
    --------
    >>> quotes = [ForwardQuote.at("DE-LU Q1-27 Base", 90.0), ForwardQuote.at("DE-LU Feb-27", 95.0)]
    >>> curve = build_curve("DE-LU", quotes, as_of=dt.date(2026, 11, 25))
    >>> round(curve.average("DE-LU Q1-27"), 9), len(curve.price)
    (90.0, 8636)
    """
    step = default_step(place) if step is None else step
    used, stale = usable(place, quotes, tick, age_hours_max)
    for quote in used:
        if quote.product.place != place:
            raise CurveError(
                f"{quote.product} delivers at {quote.product.place}, the curve at {place}; "
                f"make a curve for {quote.product.place}"
            )
    days = quoted_days(place, used)
    grid = curve_grid(place, first or days[0], after or days[1], step)
    shape = flat_shape() if shape is None else shape
    cells = cells_of(grid, used)
    values = shape.values(grid)
    means = cells.means(grid, values)
    counts = np.diff(cells.start)
    if shape.kind is ShapeKind.ADDITIVE:
        made = adjustment(cells, used, tick, means, np.ones(len(means)))
        price = values + np.repeat(made, counts)
    else:
        made = adjustment(cells, used, tick, np.zeros(len(means)), means)
        if np.ptp(values):
            check_factors(grid, cells, made)
        price = values * np.repeat(made, counts)
    return ForwardCurve(
        grid=grid,
        price=price,
        as_of=as_of,
        quotes=tuple(quote.rounded(tick) for quote in used),
        stale=tuple(stale),
        averages_met=cells.share @ cells.means(grid, price),
        told_by=told(cells),
        shape=shape,
        tick=tick,
    )
