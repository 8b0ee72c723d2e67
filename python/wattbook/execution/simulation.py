"""A simulation: venues, recorded prices, strategies and time around the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self, TypeAlias

from wattbook._core import Simulation as CoreSimulation
from wattbook.execution.planned_traders import PlannedTraders
from wattbook.execution.planned_venues import PlannedVenues
from wattbook.execution.progress import LatencyReport, LimitUse, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from wattbook._core import (
        Instrument,
        RaiseLimit,
        SetApproval,
        SetClearing,
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

    OfferRow: TypeAlias = tuple[int, int, int, bool, int, int, int | None, int | None, int | None]
    Clear: TypeAlias = Callable[[int, list[OfferRow]], tuple[list[int], list[int]]]
    SharedClear: TypeAlias = Callable[
        [int, list[OfferRow], list[int]], tuple[list[int], list[int], list[tuple[int, int]]]
    ]
    Reference: TypeAlias = (
        Instrument
        | RaiseLimit
        | SetApproval
        | SetClearing
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


@dataclass(slots=True)
class Simulation(PlannedVenues, PlannedTraders):
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
    >>> import numpy as np
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

    def add_sensitivities(self, event: SetSensitivities, at: int) -> None:
        """Add scenarios of an instrument that become known, and are journaled, at `at` (ns UTC).

        Those of one instant count together: limits are looked at once all are known.
        """
        self._core.add_sensitivities(event, at=at)

    def net(self, strategies: Sequence[int], *, wait_ns: int = 0) -> None:
        """Let opposite orders of these strategies cross within the desk before they reach a venue.

        Orders that take at once (immediate or cancel) wait until every order of the same instant
        has passed the gate, and `wait_ns` longer. Opposite ones of two strategies in one instrument
        then trade with each other at the middle of bid and ask, in the order in which they came and
        without a fee, each within its limit; what is left goes to the venue.

        Parameters
        ----------
        strategies : sequence of int
            Numbers of the strategies.
        wait_ns : int, optional
            How long an order waits for its opposite before it goes to the venue, ns.
        """
        self._core.net(list(strategies), wait_ns=wait_ns)

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
