"""A day of continuous intraday trading with simulated participants."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple, SupportsIndex

import numpy as np

from wattbook import _core
from wattbook.errors import InputError
from wattbook.execution.participants import Participants
from wattbook.market.intraday.books import ViewLevel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from wattbook.domain import Side
    from wattbook.market.intraday import IntradayDay

__all__ = ["IntradayProgress", "IntradaySimulation", "crowd_arguments", "made_up_prices"]

MILLION = 1_000_000
MINUTE_NS = 60_000_000_000
HOUR_NS = 60 * MINUTE_NS


@dataclass(frozen=True, slots=True)
class IntradayProgress:
    """How far a day is.

    Parameters
    ----------
    now : int
        Its time, ns UTC.
    order_events : int
        Orders, amendments and cancels so far.
    is_done : bool
        Whether every contract has closed.
    """

    now: int
    order_events: int
    is_done: bool


DEFAULT_CROWD: dict[float, Participants] = {
    0.0: Participants(
        makers=4,
        maker_interval_ns=10 * 10**9,
        noise=6,
        noise_interval_ns=20 * 10**9,
        half_spread=30,
        level_step=20,
        wander=60,
        momentum=1,
        momentum_interval_ns=60 * 10**9,
        momentum_ticks=150,
    ),
    60.0: Participants(
        makers=4,
        maker_interval_ns=60 * 10**9,
        noise=4,
        noise_interval_ns=180 * 10**9,
        half_spread=60,
        level_step=30,
        wander=80,
        momentum=1,
        momentum_interval_ns=300 * 10**9,
        momentum_ticks=250,
    ),
    360.0: Participants(
        makers=3,
        maker_interval_ns=600 * 10**9,
        noise=3,
        noise_interval_ns=1_800 * 10**9,
        half_spread=120,
        level_step=60,
        wander=100,
        momentum=0,
    ),
}
"""A made-up crowd by minutes to gate: the nearer the gate, the busier and the tighter.

In the last hour of a contract in a zone 4 makers quote every 10 seconds on average; fit one of your
own with ``wattbook history``.
"""


class IntradaySimulation:
    """A day of continuous intraday trading: participants in every contract of every zone.

    Makers quote around a reference price that moves from minute to minute, takers come at random or
    follow moves, each by the participants of its time to gate. Waiting times are exponential, so
    arrivals are a Poisson process whose rate follows the bins. Equal arguments give equal days, on
    every machine. What is kept does not grow with the orders that came, unless events are.

    Parameters
    ----------
    day : IntradayDay
        Contracts, zones, borders and their times.
    seed : int
        Makes everything random.
    crowd : mapping of float to Participants, optional
        By minutes to gate from which it holds, one of them 0; ticks and lots are those of the day.
    reference_eur : ndarray of shape (n_contracts, n_zones), optional
        What participants begin with, EUR/MWh; `made_up_prices` by default.
    drift_eur : float, optional
        Largest move of that price in a minute; contracts of one hour move together.
    order_events : int, optional
        Stretch all waiting times so that about as many orders and cancels come.
    keeps_events : bool, optional
        Keep events for `events`; take them often, they are in memory.

    Raises
    ------
    InputError
        If an argument does not fit; the text says which.

    Examples
    --------
    >>> import datetime as dt
    >>> from wattbook.market.intraday import Border, intraday_day
    >>> day = intraday_day(dt.date(2026, 7, 16), ["DE-LU", "FR"], [Border("DE-LU", "FR", 500)])
    >>> simulation = IntradaySimulation(day, seed=1, order_events=20_000)
    >>> simulation.run().is_done
    True
    """

    def __init__(
        self,
        day: IntradayDay,
        *,
        seed: int,
        crowd: Mapping[float, Participants] | None = None,
        reference_eur: NDArray[np.float64] | None = None,
        drift_eur: float = 0.2,
        order_events: int | None = None,
        keeps_events: bool = False,
    ) -> None:
        self.day = day
        found = crowd_arguments(
            day, seed, crowd=crowd, reference_eur=reference_eur, drift_eur=drift_eur
        )
        self._core = _core.IntradaySimulation(
            day.core(),
            bins=found.bins,
            reference=found.reference,
            drift=found.drift,
            seed=seed,
            order_events=order_events,
            keeps_events=keeps_events,
        )

    def run(self, until: int | None = None, *, max_events: int | None = None) -> IntradayProgress:
        """Trade on.

        Parameters
        ----------
        until : int, optional
            Up to this instant, ns UTC; to the last gate by default. One in the past does nothing.
        max_events : int, optional
            At most about so many more orders and cancels; the interpreter is free meanwhile.

        Returns
        -------
        IntradayProgress
            How far the day is now.
        """
        last = 2**63 - 1 if until is None else until
        most = 2**64 - 1 if max_events is None else max_events
        return IntradayProgress(*self._core.run(last, most))

    def statistics(self) -> _core.Table:
        """Return what the day came to so far, for any library that reads Arrow.

        One row a contract: ``contract``, ``delivery_start``, ``delivery_end``, prices of trades in
        all zones (``open``, ``high``, ``low``, ``close``, ``vwap``, EUR/MWh), ``index`` (mean by
        volume of the trades from 180 up to 30 minutes before delivery, in the manner of EPEX SPOT's
        ID3), ``volume_mwh``, ``cross_volume_mwh`` (across a border), ``index_volume_mwh``, and
        counts of ``trades``, ``cross_trades``, ``orders``, ``cancelled``. Prices are null where
        nothing traded.
        """
        return self._core.statistics()

    def events(self) -> _core.Table:
        """Return the events since the last call, as `IntradayBooks.events`."""
        return self._core.drain()

    def view(
        self, zone: str, contract: str, side: Side | str, *, levels: int = 10
    ) -> list[ViewLevel]:
        """Return what an order in `zone` could reach of `side`, best first: its local view."""
        place = self.day.place(contract)
        found = self._core.depth(self.day.zone(zone), place, 1, side, levels)
        return [ViewLevel(price / MILLION, volume / MILLION, n) for price, volume, n in found]


class CrowdArguments(NamedTuple):
    """Participants and prices as the compiled module takes them: ns to gate, 1e-6 EUR/MWh."""

    bins: list[tuple[int, dict[str, SupportsIndex]]]
    reference_ts: NDArray[np.int64]
    reference: NDArray[np.int64]
    drift: int


def crowd_arguments(
    day: IntradayDay,
    seed: int,
    *,
    crowd: Mapping[float, Participants] | None,
    reference_eur: NDArray[np.float64] | None,
    drift_eur: float,
    reference_ts: NDArray[np.int64] | None = None,
) -> CrowdArguments:
    """Return who trades and around which prices.

    Raises
    ------
    InputError
        If the prices are not one a contract and zone, at each time where there are times.
    """
    reference = made_up_prices(day, seed) if reference_eur is None else reference_eur
    shape: tuple[int, ...] = (len(day.contracts), len(day.zones))
    times = np.array([np.iinfo(np.int64).min])
    if reference_ts is not None:
        times, shape = np.ascontiguousarray(reference_ts, np.int64), (reference_ts.size, *shape)
    if reference.shape != shape:
        message = f"reference prices of shape {reference.shape} given; the day needs {shape}"
        raise InputError(message)
    if not np.isfinite(reference).all():
        raise InputError("a reference price is missing; give one a contract and zone")
    tick = round(day.tick_eur * MILLION)
    ticks = np.rint(reference / day.tick_eur).astype(np.int64)
    chosen = DEFAULT_CROWD if crowd is None else crowd
    bins: list[tuple[int, dict[str, SupportsIndex]]] = [
        (round(minutes * MINUTE_NS), asdict(participants))
        for minutes, participants in sorted(chosen.items())
    ]
    flat = np.ascontiguousarray((ticks * tick).reshape(-1))
    return CrowdArguments(bins, times, flat, round(drift_eur / day.tick_eur) * tick)


def made_up_prices(day: IntradayDay, seed: int) -> NDArray[np.float64]:
    """Return prices to begin with: a morning and an evening peak, zones some EUR apart. Synthetic.

    Returns
    -------
    ndarray of shape (n_contracts, n_zones), EUR/MWh
        Contracts of one hour begin alike, but for a saw tooth of quarter-hours.
    """
    rng = np.random.default_rng(seed)
    starts = np.array([each.delivery_start for each in day.contracts])
    first = min(each.delivery_start for each in day.contracts)
    hours = (starts - first) / HOUR_NS
    peaks = 35 * np.exp(-((hours - 8) ** 2) / 8) + 55 * np.exp(-((hours - 19.5) ** 2) / 7)
    noon = -45 * np.exp(-((hours - 13) ** 2) / 9)
    lengths = np.array([each.periods for each in day.contracts])
    within = np.where(lengths == 4, 0.0, (hours % 1) + lengths / 8 - 0.5)
    shape = 70 + peaks + noon + 12 * within
    offsets = rng.normal(0, 6, len(day.zones))
    prices = shape[:, None] + offsets[None, :]
    return np.asarray(np.round(prices, 2), dtype=np.float64)
