"""What a simulation plans before it opens: who trades in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from wattbook._core import Owner
from wattbook.execution.planned_venues import ints

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

    from wattbook._core import Simulation as CoreSimulation
    from wattbook.assets import Battery, StoreLimits

__all__ = ["PlannedTraders"]


class PlannedTraders:
    """The part of `Simulation` that says who trades, and which orders are worked."""

    __slots__ = ()
    _core: CoreSimulation

    def add_momentum(
        self,
        owner: Owner,
        *,
        instrument: int,
        window: int,
        volume: Decimal | float | str,
        step_ns: int | None,
        horizon_ns: int,
        rolls: tuple[tuple[int, int], ...] = (),
        reverts: bool = False,
    ) -> None:
        """Add a strategy on a window of prices: momentum, or mean reversion with `reverts`.

        Momentum holds a position in the direction of a move over the window that a random walk with
        the same steps does not explain. Mean reversion sells far above the mean of the window, buys
        far below it and is flat near it. A score of z standard deviations has the confidence
        ``z² / (1 + z²)``, one minus Cantelli's bound.

        Parameters
        ----------
        owner : Owner
            Whom it trades for.
        instrument : int
            The first contract.
        window : int
            Samples in the window, at least 2.
        volume : number, volume units
            Position of a sure signal.
        step_ns : int or None
            Time between two samples of the middle of the book, in ns. None takes daily settlements
            and trades at the close.
        horizon_ns : int
            How long a signal holds, in ns.
        rolls : tuple of (int, int), optional
            When (ns UTC) to go on to which contract; the window moves by the difference of the two.
        reverts : bool, optional
            Mean reversion instead of momentum.
        """
        self._core.add_window_strategy(
            owner,
            reverts=reverts,
            instrument=instrument,
            window=window,
            volume=volume,
            horizon_ns=horizon_ns,
            step_ns=step_ns,
            rolls=list(rolls),
        )

    def add_ema_cross(
        self,
        owner: Owner,
        *,
        instrument: int,
        fast: int,
        slow: int,
        volume: Decimal | float | str,
        rolls: tuple[tuple[int, int], ...] = (),
    ) -> None:
        """Add a strategy that is long while the fast average of the quotes is above the slow one.

        Parameters
        ----------
        owner : Owner
            Whom it trades for.
        instrument : int
            Of which instrument.
        fast, slow : int
            Quotes of the exponential averages; the weight of a quote is 2 / (n + 1).
        volume : number, volume units
            Position in the direction of the fast average.
        rolls : tuple of (int, int), optional
            From which instant on (ns UTC) which contract replaces the one before.
        """
        self._core.add_ema_cross(
            owner, instrument=instrument, fast=fast, slow=slow, volume=volume, rolls=list(rolls)
        )

    def add_virtual(
        self,
        owner: Owner,
        *,
        instrument: NDArray[np.integer],
        day_ahead: NDArray[np.integer],
        offer_at: NDArray[np.integer],
        volume: Decimal | float | str,
    ) -> None:
        """Add virtual bids: day-ahead against real-time, nothing is delivered.

        An hour whose expected real-time price is below the expected day-ahead price is sold
        day-ahead, one above it bought, at the expected real-time price or better; only where the
        forecast of the virtual instrument is above the confidence threshold.

        Parameters
        ----------
        owner : Owner
            Whom it trades for.
        instrument, day_ahead, offer_at : ndarray of int
            Hours in order: the virtual instrument, whose forecast is the expected real-time price;
            the hour that the day-ahead market settles; when to offer (ns UTC).
        volume : number, MW
            Of each bid.
        """
        columns = (instrument, day_ahead, offer_at)
        self._core.add_virtual(owner, volume=volume, slots=[ints(column) for column in columns])

    def add_battery(
        self,
        owner: Owner,
        battery: Battery,
        *,
        instrument: NDArray[np.integer],
        delivery_start: NDArray[np.integer],
        seconds: NDArray[np.integer],
        day: NDArray[np.integer],
        offer_at: NDArray[np.integer],
        charge_quantile: float,
        discharge_quantile: float,
        horizon: int | None,
        wear_cost: Decimal | float | str = 0,
        price_limits: tuple[Decimal | float | str, Decimal | float | str] = (0, 0),
        lead_ns: int = 0,
    ) -> None:
        """Add a battery that offers by quantiles of the forecast prices ahead.

        Into a pool it bids to charge at the lower and offers to discharge at the upper quantile,
        each backed by what the battery holds whatever else is dispatched. Day-ahead it offers a
        plan that it can run, at any price, and schedules it. It trades only on forecasts above the
        confidence threshold, and only when the spread pays for losses and wear.

        Parameters
        ----------
        owner : Owner
            Whom it trades for.
        battery : Battery
            What it can do; it starts with its initial energy.
        instrument, delivery_start, seconds, day, offer_at : ndarray of int
            Delivery periods in order: number, first instant (ns UTC), length, local trading day (a
            number that rises by one a day) and when to offer (ns UTC).
        charge_quantile, discharge_quantile : float in [0, 1]
            Which quantiles.
        horizon : int or None
            Periods that the quantiles look at in a pool; None offers day-ahead.
        wear_cost : number, optional
            Cost of a discharged MWh, in currency.
        price_limits : (number, number), optional
            Lowest and highest price of the day-ahead market.
        lead_ns : int, optional
            How long before delivery a day-ahead award is scheduled, in ns.
        """
        columns = (instrument, delivery_start, seconds, day, offer_at)
        self._core.add_battery(
            owner,
            battery=battery.core,
            charge_quantile_ppm=round(charge_quantile * 1e6),
            discharge_quantile_ppm=round(discharge_quantile * 1e6),
            cost=wear_cost,
            slots=[ints(column) for column in columns],
            horizon=horizon,
            min_price=price_limits[0],
            max_price=price_limits[1],
            lead_ns=lead_ns,
        )

    def add_execution(
        self,
        owner: Owner,
        *,
        instrument: int,
        side: Literal["buy", "sell"],
        volume: Decimal | float | str,
        algorithm: str,
        starts: int,
        ends: int,
        limit: Decimal | float | str | None = None,
        parameters: Mapping[str, float] | None = None,
        history: NDArray[np.floating] | None = None,
        half_life: float = 5.0,
    ) -> None:
        """Add a strategy that works one parent order with an execution algorithm.

        The parent order, its cost forecast, its children and its end are journaled: each child
        names the parent in its conditions. A parent without market data stops and says so.

        Parameters
        ----------
        owner : Owner
            Whom it trades for.
        instrument : int
            What is traded; defined before.
        side : {"buy", "sell"}
            Which way.
        volume : number, volume units
            How much, on the lot.
        algorithm : str
            ``twap``, ``vwap``, ``participation``, ``implementation_shortfall``,
            ``arrival_price``, ``iceberg``, ``peg``, ``sniper``, ``close`` or ``liquidation``.
        starts, ends : int
            When its first child may be placed and when the last is taken back, ns UTC.
        limit : number, optional
            No child is worse; currency per price unit.
        parameters : mapping of str to float, optional
            Those of the algorithm, by name; the documentation lists them.
        history : ndarray of shape (n_days, n_bins), optional
            Volumes that the market traded on earlier days in equal parts of the order's time, the
            newest day last: what `vwap` forecasts its curve from.
        half_life : float, optional
            After so many days a day counts half in that forecast.

        Raises
        ------
        InputError
            For terms or parameters that do not fit.
        """
        rows = None if history is None else np.asarray(history, dtype=np.float64).tolist()
        self._core.add_execution(
            owner,
            instrument=instrument,
            side=side,
            volume=volume,
            algorithm=algorithm,
            starts=starts,
            ends=ends,
            limit=limit,
            parameters=None if parameters is None else dict(parameters),
            history=rows,
            half_life=half_life,
        )

    def add_route(
        self,
        owner: Owner,
        *,
        places: Sequence[tuple[int, Decimal | float | str, Decimal | float | str]],
        side: Literal["buy", "sell"],
        volume: Decimal | float | str,
        limit: Decimal | float | str,
        at: int,
        rests: bool = False,
        latency_ns: int = 1_000_000,
        capacities: Mapping[int, Decimal | float | str] | None = None,
    ) -> None:
        """Add a strategy that routes one order over several venues.

        The order is journaled as a parent with algorithm ``sweep``; each of its slices is followed
        by the decision that made it, and so is what no venue takes. What it is expected to cost is
        told before the first slice.

        Parameters
        ----------
        owner : Owner
            Whom it trades for.
        places : sequence of (int, number, number)
            Instrument, taker fee and maker fee of each venue, in currency per price unit; a rebate
            is below zero. The first stands for the order in the journal.
        side : {"buy", "sell"}
            Which way.
        volume : number, volume units
            How much.
        limit : number
            No slice trades beyond it, fees not counted; currency per price unit.
        at : int
            When it is routed, ns UTC.
        rests : bool, optional
            Whether what nobody takes rests where rebate and chance are best.
        latency_ns : int, optional
            Time of an order to a venue until one has been measured.
        capacities : mapping of int to number, optional
            What the cross-zonal capacity lets be traded at a place, volume units, by instrument.

        Raises
        ------
        InputError
            If there is no place, an instrument is not defined, the volume is off the finest lot of
            the places, the limit off their finest tick, or `at` not before the gate.
        RunError
            If the simulation is open.
        """
        self._core.add_route(
            owner,
            places=list(places),
            side=side,
            volume=volume,
            limit=limit,
            at=at,
            rests=rests,
            latency_ns=latency_ns,
            capacities={int(place): most for place, most in (capacities or {}).items()},
        )

    def add_legs(
        self,
        owner: Owner,
        *,
        legs: Sequence[
            tuple[
                int,
                Literal["buy", "sell"],
                Decimal | float | str,
                Decimal | float | str | None,
            ]
        ],
        units: int,
        starts: int,
        ends: int,
        pace: Literal["at_price", "even"] = "at_price",
        unit_limit: Decimal | float | str | None = None,
        leg_risk: int = 1,
        hang_seconds: float = 10.0,
        reach_ticks: int = 5,
    ) -> None:
        """Add a strategy that works one order of several legs: a spread, or a basket.

        It trades whole units, each a fixed volume of every leg. The leg that shows the least goes
        first, and what it fills the others follow. The order is journaled as a parent with
        algorithm ``spread`` or ``basket``, its forecast and its end are explained there.

        Parameters
        ----------
        owner : Owner
            Whom it trades for.
        legs : sequence of (int, str, number, number or None)
            Instrument, side, volume of a unit on the lot, and the limit of the leg on the tick.
        units : int
            How many units.
        starts, ends : int
            When its first child may be placed, and from when on none is, ns UTC.
        pace : {"at_price", "even"}, optional
            Whether a unit is begun whenever its price is within `unit_limit`, or evenly over the
            time.
        unit_limit : number, optional
            The most that a unit may cost when it is begun: the sum over the legs of price times
            volume, paid above zero and received below it.
        leg_risk : int, optional
            So many units one leg may be ahead of another.
        hang_seconds : float, optional
            So long; after it what is behind is taken at any price within the limit of its leg. No
            unit is begun in the last `hang_seconds`.
        reach_ticks : int, optional
            Before that, how far beyond the market what is behind reaches.

        Raises
        ------
        InputError
            For fewer than two legs, an instrument twice or not defined, a volume off the lot, or
            times that leave no time to follow.
        RunError
            If the simulation is open.
        """
        self._core.add_legs(
            owner,
            legs=list(legs),
            units=units,
            unit_limit=unit_limit,
            is_even=pace == "even",
            starts=starts,
            ends=ends,
            leg_risk=leg_risk,
            hang_ns=round(hang_seconds * 1_000_000_000),
            reach_ticks=reach_ticks,
        )

    def add_rolling_battery(
        self,
        owner: Owner,
        *,
        bidder: object,
        limits: StoreLimits,
        initial_mwh: float,
        cycles: float,
        hours: float,
        fee: float,
        wear: float,
        books: Sequence[int],
        delivery_start: NDArray[np.int64],
        trades_until: NDArray[np.int64],
        nominated_at: NDArray[np.int64],
        auctions: Sequence[Sequence[int]],
        states: int = 21,
    ) -> None:
        """Add a battery that looks for trades whenever a quote of its contracts changes.

        The looks are compiled (`wattbook.assets.rolling_intrinsic`). What they trade at an instant
        is one set of linked orders, filled in whole or not at all; while one is on its way, it
        waits.

        Parameters
        ----------
        owner : Owner
        bidder : object
            Strategy written in Python that bids into auctions and nominates; it is told the time
            and reference prices, and trades as the same owner.
        limits : StoreLimits
        initial_mwh : float
            In the cells before the first period.
        cycles : float
            Most energy that leaves the cells in all periods, in multiples of the ceiling.
        hours : float
            Length of a period.
        fee, wear : float, currency per MWh
            Of each MWh traded.
        books : sequence of int, length n_periods
            The continuous contract of each period.
        delivery_start, trades_until, nominated_at : ndarray of int64, shape (n_periods,), ns UTC
        auctions : sequence of sequence of int, length n_periods
            Instruments of auctions that deliver in each period.
        states : int, optional
            Points of the grid of stored energy.

        Raises
        ------
        InputError
            For limits or costs out of range, or columns that differ in length.
        RunError
            If the simulation is open.
        """
        self._core.add_rolling_battery(
            owner,
            bidder=bidder,
            store=limits.values(),
            initial_mwh=initial_mwh,
            cycles=cycles,
            hours=hours,
            costs=(fee, wear),
            states=states,
            periods=[
                ints(np.array(books)),
                ints(delivery_start),
                ints(trades_until),
                ints(nominated_at),
            ],
            auctions=[list(numbers) for numbers in auctions],
        )

    def add_strategy(self, owner: Owner, strategy: object) -> None:
        """Add a strategy written in Python: an object with callbacks.

        `wattbook.strategy.Strategy` lists them.
        An exception in a callback ends the run and is raised by `run_until`.
        """
        self._core.add_strategy(owner, strategy)
