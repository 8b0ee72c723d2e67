"""The continuous contracts of a coupled market's day: zones that share what auctions leave."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import DeskError
from wattbook.market.intraday import Border, IntradayDay, intraday_day
from wattbook.runtime.coupled.intraday import grid, path_offsets
from wattbook.runtime.coupled.world import LINKS, ZONES, World
from wattbook.runtime.desk.spec import MarketSpec, SyntheticBookSpec

__all__ = ["PLACES", "BooksPlan", "continuous_day", "reference_paths"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MINUTE_NS = 60_000_000_000
ROLLS_BEFORE_NS = 30 * MINUTE_NS
PLACES = {"NORTH": "DE-LU", "WEST": "NL", "EAST": "AT", "SOUTH": "FR"}
"""Whose openings, gates and pauses each generated zone follows."""


@dataclass(frozen=True, slots=True)
class BooksPlan:
    """The continuous contracts of a day; the desk trades those of a quarter-hour in its zone.

    Parameters
    ----------
    venue : int
        Number of the venue.
    first_instrument : int
        Number of the first contract of the desk; the others follow.
    day : IntradayDay
        All contracts, zones and borders with their times.
    zone : str
        Where the desk trades.
    ts : ndarray of shape (n_times,)
        Instants of the reference paths, ns UTC.
    price : ndarray of shape (n_times, n_contracts, n_zones), EUR/MWh
        Around which participants trade.
    """

    venue: int
    first_instrument: int
    day: IntradayDay
    zone: str
    ts: Ints
    price: Floats

    @property
    def listed(self) -> dict[int, tuple[str, str]]:
        """Contract and zone of each instrument of the desk."""
        names = [each.name for each in self.day.contracts if each.periods == 1]
        return {self.first_instrument + n: (name, self.zone) for n, name in enumerate(names)}

    @property
    def numbers(self) -> list[int]:
        """Instrument of each period of the day, in order of delivery."""
        return sorted(self.listed)

    @property
    def opens(self) -> Ints:
        """When each contract of the desk opens, ns UTC."""
        return self._times(0)

    @property
    def gates(self) -> Ints:
        """When each contract of the desk closes, ns UTC."""
        return self._times(1)

    def _times(self, which: int) -> Ints:
        at = self.day.zone(self.zone)
        quarters = [each for each in self.day.contracts if each.periods == 1]
        return np.array([each.zones[at][which] for each in quarters], np.int64)

    @property
    def rolls(self) -> tuple[tuple[int, int], ...]:
        """From which instant on which contract is in front, after the first."""
        starts = [each.delivery_start for each in self.day.contracts if each.periods == 1]
        front = enumerate(starts[1:], start=self.first_instrument + 1)
        return tuple((start - ROLLS_BEFORE_NS, number) for number, start in front)


def continuous_day(date: dt.date, spec: MarketSpec, book: SyntheticBookSpec) -> IntradayDay:
    """Return the generated zones' day of continuous trading; auctions say what borders carry.

    Raises
    ------
    DeskError
        If the book has what coupled books do not.
    """
    if book.feed != "l1":
        message = (
            f"{spec.name}: coupled books show best prices and levels, not single orders; "
            'leave `feed` out or set it to "l1"'
        )
        raise DeskError(message)
    if book.price_known != "start":
        message = (
            f"{spec.name}: coupled books trade around what the auction and forecasts say, not "
            "around prices that come later; leave `price_known` out"
        )
        raise DeskError(message)
    return intraday_day(
        date,
        ZONES,
        [Border(one, other, 0) for one, other in LINKS],
        places=PLACES,
        tick_eur=float(book.tick),
        lot_mw=float(book.lot),
    )


def reference_paths(world: World, day_ahead: Floats, day: IntradayDay) -> tuple[Ints, Floats]:
    """Return around which prices participants trade: instants, and EUR/MWh.

    Those of a quarter-hour are its day-ahead price and what the wind has moved since; those of a
    longer contract are the mean of its quarter-hours.

    Parameters
    ----------
    world : World
        The day.
    day_ahead : ndarray of shape (n_periods, n_zones)
        Prices of the auction without the desk.
    day : IntradayDay
        The contracts.

    Returns
    -------
    tuple of ndarray of shape (n_times,) and (n_times, n_contracts, n_zones)
    """
    times = grid(world)
    quarters = np.stack(
        [day_ahead[:, at] + path_offsets(world, at, times) for at in range(len(ZONES))], axis=2
    )
    means = [
        quarters[:, each.first : each.first + each.periods].mean(axis=1) for each in day.contracts
    ]
    return times, np.clip(np.stack(means, axis=1), *day.price_limits_eur)
