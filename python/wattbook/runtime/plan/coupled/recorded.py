"""A recorded Italian day of a coupled market, with the desk's orders among the published ones."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import SourceError
from wattbook.market import trading_day
from wattbook.market.auction.recorded import Borders, load_recorded
from wattbook.runtime.coupled.world import make_world
from wattbook.runtime.desk.spec import MarketSpec
from wattbook.runtime.plan.coupled.day import CoupledPlan
from wattbook.runtime.plan.coupled.listing import Listing
from wattbook.runtime.plan.instrument import ForecastRows, Numbers
from wattbook.sources import Source

__all__ = ["plan_recorded"]

Floats = NDArray[np.float64]
FOLDER = Path("sources") / "gme-italy-2025-04"


def plan_recorded(
    numbers: Numbers, spec: MarketSpec, source: Source, data: Path | None, seed: int
) -> CoupledPlan:
    """Return the plan of a recorded Italian day: the desk's orders among the published ones.

    Nothing is recorded after the day-ahead auction, so what is left open is settled at the
    published day-ahead price; wind and sun are generated.

    Raises
    ------
    SourceError
        If the folder or the day is not there.
    """
    if data is None:
        message = f"{FOLDER} is recorded data; say where it lies with --data DIR or WATTBOOK_DATA"
        raise SourceError(message)
    recorded = load_recorded(data / FOLDER)
    date = spec.day if isinstance(spec.day, dt.date) else recorded.days[-1]
    own = recorded.day(date)
    zone = spec.zone or source.location
    at = own.zones.index(zone)
    # Zones abroad that keep their exchange leave all of the desk's volume to the Italian ones.
    borders = Borders.PRICED if spec.borders == "priced" else Borders.NEARLY_SCHEDULED
    others = own.as_auction_day(borders, recorded.rejected)
    starts = own.starts
    seconds = round(float(others.auction.network.hours[0]) * 3_600)
    listing = Listing(numbers, spec, source, zone, date, starts, seconds)
    venue = listing.venue()
    auction = listing.auction(venue, "day-ahead", "day-ahead", np.arange(starts.size))
    before = date - dt.timedelta(days=1)
    expected = np.full(starts.size, np.nan)
    if before in recorded.days:
        prices = recorded.day(before).published_prices()[:, at]
        expected = prices[np.minimum(np.arange(starts.size), prices.size - 1)]
    world, count = make_world(seed, date), starts.size
    published = others.published[:, at]
    return CoupledPlan(
        spec=spec,
        source=source,
        day=trading_day(date, source.time_zone, 0),
        zone=zone,
        venue=venue,
        starts=starts,
        seconds=seconds,
        auctions=(auction,),
        virtuals=None,
        books=None,
        others=lambda _number, _before, _traded: (others, None),
        network=None,
        imbalance=np.rint(published * 1e6).astype(np.int64),
        output_published=world.updates,
        wind=by_period(world.wind.share[:, 0], count, seconds),
        wind_actual=by_period(world.wind.actual[:1], count, seconds)[0],
        solar=by_period(world.sun.share[:, 0], count, seconds),
        solar_actual=by_period(world.sun.actual[:1], count, seconds)[0],
        expected=expected,
        forecasts=ForecastRows.none(),
    )


def by_period(quarters: Floats, count: int, seconds: int) -> Floats:
    """Return the means of quarter-hours, (n_rows, n_quarters), in each of `count` periods."""
    each = seconds // 900
    found: Floats = quarters[:, : count * each].reshape(len(quarters), count, each).mean(axis=2)
    return found
