"""A simulation: venues, recorded prices, strategies and time around the engine."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal, Self, TypeAlias

import numpy as np

from wattbook._core import Owner
from wattbook._core import Simulation as CoreSimulation
from wattbook.execution.intraday import crowd_arguments
from wattbook.execution.participants import Participants
from wattbook.execution.progress import LatencyReport, LimitUse, Progress
from wattbook.execution.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal
    from pathlib import Path
    from types import TracebackType

    from numpy.typing import NDArray

    from wattbook._core import (
        Instrument,
        RaiseLimit,
        SetFees,
        SetFxRate,
        SetLimits,
        SetOrderRate,
        SetScopeLimit,
        SetSensitivities,
        SetThreshold,
        Table,
        Venue,
    )
    from wattbook.assets import Battery
    from wattbook.execution.session import Latencies
    from wattbook.market.intraday import IntradayDay

    OfferRow: TypeAlias = tuple[int, int, int, bool, int, int, int | None, int | None, int | None]
    Clear: TypeAlias = Callable[[int, list[OfferRow]], tuple[list[int], list[int]]]
    SharedClear: TypeAlias = Callable[
        [int, list[OfferRow], list[int]], tuple[list[int], list[int], list[tuple[int, int]]]
    ]
    Reference: TypeAlias = (
        Instrument
        | RaiseLimit
        | SetFees
        | SetFxRate
        | SetLimits
        | SetOrderRate
        | SetScopeLimit
        | SetSensitivities
        | SetThreshold
        | Venue
    )

__all__ = ["Simulation"]


def ints(values: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return `values` as a contiguous array of int64."""
    return np.ascontiguousarray(values, dtype=np.int64)


@dataclass(slots=True)
class Simulation:
    """A simulation of a desk: configured by its methods, opened once, run in chunks.

    Everything random in it comes from one seed: the same configuration and data give the same
    journal, byte for byte. Prices in arrays are int64 in 1e-6 currency per price unit, times int64
    ns UTC.

    Parameters
    ----------
    seed : int
        Of everything random.
    desk_currency : str
        ISO 4217 code in which limits are held and P&L is reported.
    start : int
        First instant, ns UTC; reference data are known at it.

    Raises
    ------
    InputError
        Of any method: an argument that does not fit; its text says which.
    RunError
        If a method does not fit the state, such as configuring an open simulation, or if a resumed
        run differs from its journal.
    JournalError
        If the journal cannot be read or written.

    Examples
    --------
    >>> from wattbook.domain import Instrument, SetLimits, Venue
    >>> hour = 3_600 * 10**9
    >>> sim = Simulation(seed=1, desk_currency="EUR", start=0)
    >>> sim.add_reference(Venue(venue=0, name="made up", market_model="continuous_book",
    ...                         time_zone="Europe/Berlin", is_synthetic=True))
    >>> sim.add_reference(Instrument(
    ...     instrument=0, symbol="H3", venue=0, location="DE-LU", commodity="power",
    ...     form="intraday", tenor="hour", load="base", delivery_kind="physical",
    ...     delivery_start=2 * hour, delivery_end=3 * hour, delivery_seconds=3_600,
    ...     gate_closure=hour, currency="EUR", price_unit="megawatt_hour", volume_unit="megawatt",
    ...     tick="0.01", lot="0.1", min_price=-500, max_price=4000))
    >>> sim.add_book(0, opens=0, ts=np.array([0]), price=np.array([-20_000_000]))
    >>> sim.open()
    0
    >>> progress = sim.run_until(hour)
    >>> progress.is_done, progress.inputs > 1_000
    (True, True)
    """

    seed: int
    desk_currency: str
    start: int
    _core: CoreSimulation = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the handle."""
        self._core = CoreSimulation(
            seed=self.seed, desk_currency=self.desk_currency, start=self.start
        )

    @property
    def core(self) -> CoreSimulation:
        """The handle of the compiled module."""
        return self._core

    def add_reference(self, event: Reference) -> None:
        """Add reference data; they enter the journal first, in this order.

        Parameters
        ----------
        event : record of `wattbook.domain`
            A venue, an instrument, fees, limits, a threshold, a rate.
        """
        self._core.add_reference(event)

    def set_latencies(self, venue: int, latencies: Latencies) -> None:
        """Set how long messages travel between us and `venue`."""
        self._core.set_latencies(
            venue,
            feed=latencies.feed,
            submit=latencies.submit,
            amend=latencies.amend,
            cancel=latencies.cancel,
            report=latencies.report,
        )

    def add_book(
        self,
        instrument: int,
        *,
        opens: int,
        ts: NDArray[np.integer],
        price: NDArray[np.integer],
        session: Session | None = None,
        participants: Participants | None = None,
        feed: Literal["l1", "l3"] = "l1",
    ) -> None:
        """Give `instrument` a synthetic book, in which our orders stand with those of others.

        Parameters
        ----------
        instrument : int
            Defined before; its gate closes the book.
        opens : int
            When orders match, ns UTC: an opening call clears at this instant.
        ts, price : ndarray of int64
            The reference path: from each instant on, participants trade around its price.
        session : Session, optional
            Its calls and halts; by default none, and any price.
        participants : Participants, optional
            Who trades.
        feed : {"l1", "l3"}, optional
            Best prices with a picture of ten levels every five minutes, or best prices and every
            displayed order. In ``l3`` an order of ours has its own number.
        """
        self._core.add_book(
            instrument,
            opens=opens,
            ts=ints(ts),
            price=ints(price),
            session=asdict(session or Session()),
            participants=asdict(participants or Participants()),
            feed=feed,
        )

    def add_intraday(
        self,
        venue: int,
        day: IntradayDay,
        *,
        listed: Mapping[int, tuple[str, str]],
        crowd: Mapping[float, Participants] | None = None,
        reference_eur: NDArray[np.float64] | None = None,
        reference_ts: NDArray[np.int64] | None = None,
        drift_eur: float = 0.2,
        order_events: int | None = None,
    ) -> None:
        """Let `venue` hold a day of continuous intraday trading with simulated participants.

        Orders of ours stand in the same coupled books. Best prices are those of the local view of
        an instrument's zone; a trade across a border between two instruments of ours is told in
        both. Ten levels of that view come every five minutes in the last hour of a contract, every
        hour before. Linked orders are a basket: filled all in whole, or none.

        Parameters
        ----------
        venue : int
            Defined before; has no other market.
        day : IntradayDay
            Contracts, zones, borders and their times.
        listed : mapping of int to (str, str)
            Contract and zone of each instrument that we trade, by name; tick and lot are the day's.
        crowd, reference_eur, drift_eur, order_events
            As for `wattbook.execution.IntradaySimulation`; the seed is the simulation's.
        reference_ts : ndarray of int64, shape (n_times,), optional
            From when on each reference price holds, ns UTC, ascending; `reference_eur` then has
            shape (n_times, n_contracts, n_zones).
        """
        found = crowd_arguments(
            day, self.seed, crowd=crowd, reference_eur=reference_eur, drift_eur=drift_eur,
            reference_ts=reference_ts,
        )  # fmt: skip
        numbers = list(listed)
        places = [(day.place(contract), day.zone(zone)) for contract, zone in listed.values()]
        self._core.add_intraday(
            venue,
            day.core(),
            bins=found.bins,
            reference_ts=found.reference_ts,
            reference=found.reference,
            drift=found.drift,
            order_events=order_events,
            instrument=np.array(numbers, dtype=np.int64),
            contract=np.array([contract for contract, _ in places], dtype=np.int64),
            zone=np.array([zone for _, zone in places], dtype=np.int64),
        )

    def add_dispatch(
        self,
        *,
        instrument: NDArray[np.integer],
        published: NDArray[np.integer],
        price: NDArray[np.integer],
    ) -> None:
        """Let a pool dispatch each delivery period at its recorded price.

        An offer at or below the price is dispatched in whole, a bid at or above it too; it is
        metered as dispatched. Offers are taken until the instrument's gate. We are small: our
        offers do not move the price.

        Parameters
        ----------
        instrument : ndarray of int
            Delivery periods.
        published : ndarray of int64
            When price and dispatch are known.
        price : ndarray of int64
            Recorded prices.
        """
        self._core.add_dispatch(
            instrument=ints(instrument), published=ints(published), price=ints(price)
        )

    def add_two_settlement(
        self,
        *,
        instrument: NDArray[np.integer],
        gate: NDArray[np.integer],
        day_ahead_published: NDArray[np.integer],
        day_ahead: NDArray[np.integer],
        real_time_published: NDArray[np.integer],
        real_time: NDArray[np.integer],
    ) -> None:
        """Let a two-settlement market award and settle each delivery period.

        Settlement is award × day-ahead + (metered − award) × real-time. What is scheduled is
        metered, the award where nothing is; a virtual is never metered.

        Parameters
        ----------
        instrument : ndarray of int
            Delivery periods.
        gate : ndarray of int64
            Last instants at which a day-ahead offer is taken.
        day_ahead_published, day_ahead : ndarray of int64
            When the award is known and at which price.
        real_time_published, real_time : ndarray of int64
            When the meter is read and the mean real-time price of the period.
        """
        self._core.add_two_settlement(
            instrument=ints(instrument),
            gate=ints(gate),
            day_ahead_published=ints(day_ahead_published),
            day_ahead=ints(day_ahead),
            real_time_published=ints(real_time_published),
            real_time=ints(real_time),
        )

    def add_settlements(
        self,
        venue: int,
        *,
        cost: Decimal | float | str,
        instrument: NDArray[np.integer],
        published: NDArray[np.integer],
        price: NDArray[np.integer],
    ) -> None:
        """Let a futures exchange fill at the settlement price, `cost` worse.

        Only orders at the close trade; one that arrives with a settlement or after it waits for the
        next.

        Parameters
        ----------
        venue : int
            The exchange.
        cost : number
            Half the spread that a close costs, in currency per price unit.
        instrument : ndarray of int
            Contracts.
        published, price : ndarray of int64
            When and what was settled.
        """
        self._core.add_settlements(
            venue,
            cost=cost,
            instrument=ints(instrument),
            published=ints(published),
            price=ints(price),
        )

    def add_auctions(
        self,
        venue: int,
        *,
        auctions: Sequence[tuple[str, int, int, Sequence[int]]],
        clear: Clear | SharedClear,
        shares: int | None = None,
    ) -> None:
        """Let `venue` hold auctions, each cleared with our offers in it when it is published.

        Parameters
        ----------
        venue : int
            Whose model is ``auction``.
        auctions : sequence of (str, int, int, sequence of int)
            Kind of price (``day_ahead`` or ``intraday_auction``), gate and publication (ns UTC),
            and the instruments that it sells.
        clear : callable
            Takes the number of the auction and our offers, each as (instrument, strategy, client,
            is_sale, price, volume, block, parent_block, exclusive_group), and returns the price of
            each of its instruments and the award of each offer; prices and volumes in 1e-6. What it
            raises ends the run. The same arguments must give the same result.
        shares : int, optional
            A venue with a day of intraday trading, added before: they share its borders. `clear`
            then takes a third argument, what continuous trades let flow from the first zone of each
            border to the second, by market time unit and border, and returns a third list, what is
            left to them there and back, what they use included; 1e-6 MW. It counts from the
            publication on.
        """
        self._core.add_auctions(
            venue,
            auctions=[(kind, gate, at, list(sold)) for kind, gate, at, sold in auctions],
            clear=clear,
            shares=shares,
        )

    def add_production(
        self, owner: Owner, *, instrument: NDArray[np.integer], available: NDArray[np.integer]
    ) -> None:
        """Let an asset produce in periods of an auction, unless a schedule of 0 switches it off.

        Meters are read when the imbalance price of a period comes. What has no such entry is
        metered as scheduled.

        Parameters
        ----------
        owner : Owner
            Whose asset.
        instrument : ndarray of int
            Delivery periods.
        available : ndarray of int64
            Mean power, 1e-6 MW.
        """
        self._core.add_production(owner, instrument=ints(instrument), available=ints(available))

    def add_meter(
        self,
        owner: Owner,
        venue: int,
        *,
        instrument: Sequence[int],
        read: Callable[[int], int],
    ) -> None:
        """Settle periods of an auction by what a device really delivered, whatever was scheduled.

        Parameters
        ----------
        owner : Owner
            Whose asset.
        venue : int
            Of the auctions.
        instrument : sequence of int
            Delivery periods.
        read : callable
            Takes one of them when its imbalance price comes and returns the mean power at the
            meter, 1e-6 MW, delivered above zero. What it raises ends the run.
        """
        self._core.add_meter(owner, venue, instrument=list(instrument), read=read)

    def add_prices(
        self,
        kind: str,
        *,
        instrument: NDArray[np.integer],
        ts_event: NDArray[np.integer],
        ts_recv: NDArray[np.integer],
        price: NDArray[np.integer],
    ) -> None:
        """Add recorded prices of record that no simulated venue publishes.

        Parameters
        ----------
        kind : str
            ``day_ahead``, ``real_time``, ``imbalance``, ``settlement`` or ``mark``.
        instrument : ndarray of int
            Whose price.
        ts_event, ts_recv, price : ndarray of int64
            When it was published, when it reached us, and what it is.
        """
        self._core.add_prices(
            kind,
            instrument=ints(instrument),
            ts_event=ints(ts_event),
            ts_recv=ints(ts_recv),
            price=ints(price),
        )

    def add_forecasts(
        self,
        *,
        instrument: NDArray[np.integer],
        ts: NDArray[np.integer],
        valid_until: NDArray[np.integer],
        price: NDArray[np.integer],
        confidence_ppm: NDArray[np.integer],
    ) -> None:
        """Add forecasts: told to strategies, journaled only through the signals made of them.

        Parameters
        ----------
        instrument : ndarray of int
            About which instrument.
        ts, valid_until : ndarray of int64
            When it is published and until when it holds.
        price : ndarray of int64
            Expected price.
        confidence_ppm : ndarray of int
            How sure, in 1e-6.
        """
        self._core.add_forecasts(
            instrument=ints(instrument),
            ts=ints(ts),
            valid_until=ints(valid_until),
            price=ints(price),
            confidence_ppm=ints(confidence_ppm),
        )

    def add_alarms(self, ts: NDArray[np.integer]) -> None:
        """Let time be told at each of `ts` (ns UTC): a regular clock. Gates are told anyway."""
        self._core.add_alarms(ints(ts))

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

    def add_strategy(self, owner: Owner, strategy: object) -> None:
        """Add a strategy written in Python: an object with callbacks.

        `wattbook.strategy.Strategy` lists them.
        An exception in a callback ends the run and is raised by `run_until`.
        """
        self._core.add_strategy(owner, strategy)

    def open(
        self,
        journal: Path | None = None,
        *,
        keeps_market: bool = False,
        measures_latency: bool = True,
    ) -> int:
        """Open the simulation; return how many inputs its journal held.

        A journal that is there is resumed: the run is repeated and each input held against the
        journaled one, then continued.

        Parameters
        ----------
        journal : Path, optional
            Folder of the journal; in memory by default.
        keeps_market : bool, optional
            Whether `drain` also gives market data.
        measures_latency : bool, optional
            Whether time inside the engine is measured; it is no part of the state.
        """
        return self._core.open(
            journal=journal, keeps_market=keeps_market, measures_latency=measures_latency
        )

    def run_until(self, until: int, *, max_inputs: int = 1 << 62) -> Progress:
        """Run until nothing is left until `until` (ns UTC) or `max_inputs` more were applied.

        What was applied is durable in the journal when this returns, so a program that calls it in
        chunks can be ended between them.
        """
        return Progress(*self._core.run_until(until, max_inputs))

    def drain(self) -> dict[str, Table]:
        """Return what happened since the last call: a table for each kind of record."""
        return self._core.drain()

    def state_hash(self) -> str:
        """Return the hash of the engine's state: 32 hexadecimal digits."""
        return self._core.state_hash()

    def latency(self) -> LatencyReport | None:
        """Return the time of inputs inside the engine, if it was measured."""
        measured = self._core.latency_ns()
        return None if measured is None else LatencyReport(*measured)

    def depth(
        self, instrument: int, levels: int = 10
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]] | None:
        """Return the best price levels of a book: bids, asks as (price, volume) in 1e-6."""
        return self._core.depth(instrument, levels)

    def volume_ahead(self, instrument: int, order_id: int) -> int | None:
        """Return what stands before an order of ours in the queue of its price at the venue.

        Returns
        -------
        int or None, 1e-6 volume units
            Displayed volume; None where the order is not displayed in a book.
        """
        return self._core.volume_ahead(instrument, order_id)

    def pnl_by_strategy(self) -> list[tuple[int, int, int, int]]:
        """Return the engine's own P&L: strategy, realised, unrealised and fees.

        Amounts are in units of 1 / 3.6e15 of the desk's currency.
        """
        return self._core.pnl_by_strategy()

    def limit_use(self) -> list[LimitUse]:
        """Return how much of each limit of a scope is used, as of the engine's last look."""
        return [LimitUse(*row) for row in self._core.limit_use()]

    def limit_pnl(self, limit: int) -> NDArray[np.float64] | None:
        """Return what a limit of value at risk holds gains in each scenario, desk's currency.

        None for another limit, or one that is not set.
        """
        return self._core.limit_pnl(limit)

    def close(self) -> None:
        """End the simulation."""
        self._core.close()

    def __enter__(self) -> Self:
        """Return the simulation."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the simulation."""
        self.close()
