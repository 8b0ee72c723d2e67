"""What a simulation plans before it opens: its venues, prices, meters and forecasts."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from wattbook._core import Owner
from wattbook.execution.intraday import crowd_arguments
from wattbook.execution.participants import Participants
from wattbook.execution.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

    from wattbook._core import SignalModel
    from wattbook._core import Simulation as CoreSimulation
    from wattbook.execution.session import Latencies
    from wattbook.market.intraday import IntradayDay

    OfferRow: TypeAlias = tuple[int, int, int, bool, int, int, int | None, int | None, int | None]
    Clear: TypeAlias = Callable[[int, list[OfferRow]], tuple[list[int], list[int]]]
    SharedClear: TypeAlias = Callable[
        [int, list[OfferRow], list[int]], tuple[list[int], list[int], list[tuple[int, int]]]
    ]

__all__ = ["PlannedVenues", "ints"]


def ints(values: NDArray[np.integer]) -> NDArray[np.int64]:
    """Return `values` as a contiguous array of int64."""
    return np.ascontiguousarray(values, dtype=np.int64)


class PlannedVenues:
    """The part of `Simulation` that says where and at which prices is traded."""

    __slots__ = ()
    seed: int
    _core: CoreSimulation

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

    def set_closing_call(self, instrument: int, *, lead_ns: int) -> None:
        """Tell that the closing call of `instrument` begins so long before its gate, outside.

        Algorithms that are added later end their schedules before it, as in a book of this run.

        Raises
        ------
        InputError
            If the instrument is unknown.
        """
        self._core.set_closing_call(instrument, lead_ns)

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

    def add_recorded_book(
        self,
        instrument: int,
        *,
        ts: NDArray[np.integer],
        action: NDArray[np.integer],
        order_id: NDArray[np.integer],
        side: NDArray[np.integer],
        price: NDArray[np.integer],
        volume: NDArray[np.integer],
    ) -> int:
        """Play a recorded book of single orders back, with our orders in its queues.

        Recorded orders do not react to ours. A resting order of ours trades when a recorded trade
        at its price is larger than what stands before it, or when the other side reaches beyond its
        price; one that takes meets what is displayed. Amendments are refused: cancel, enter anew.

        Parameters
        ----------
        instrument : int
            The only one of its venue.
        ts : ndarray of int64
            ns UTC, not falling.
        action : ndarray of int
            1 add, 2 modify, 3 delete, 4 clear of the book, 5 trade; changes of the traded orders
            follow their trade.
        order_id : ndarray of int64
            The recorded number of the order.
        side : ndarray of int
            1 buy, 2 sell: of the order, or who took.
        price, volume : ndarray of int64
            In 1e-6 currency per price unit and 1e-6 volume units.

        Returns
        -------
        int
            Rows that lie off the instrument's tick or lot; they are left out.
        """
        return self._core.add_recorded_book(
            instrument,
            ts=ints(ts),
            action=ints(action),
            order_id=ints(order_id),
            side=ints(side),
            price=ints(price),
            volume=ints(volume),
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
        read: Callable[[int], tuple[int, int | None]],
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
            meter, 1e-6 MW, delivered above zero, and what is paid for the reserves held, 1 / 3.6e15
            of the currency, or None. What it raises ends the run.
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
        model: NDArray[np.integer] | None = None,
        models: Sequence[tuple[SignalModel, int]] = (),
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
        model : ndarray of int, optional
            Place in `models`, which signals made of them name; elsewhere and by default none.
        models : sequence of (SignalModel, int), optional
            Models that made them, and the half-life of signals of each, ns; 0 for none.
        """
        of_none = np.full(np.size(ts), -1, dtype=np.int64)
        self._core.add_forecasts(
            instrument=ints(instrument),
            ts=ints(ts),
            valid_until=ints(valid_until),
            price=ints(price),
            confidence_ppm=ints(confidence_ppm),
            model=ints(of_none if model is None else model),
            models=list(models),
        )

    def add_alarms(self, ts: NDArray[np.integer]) -> None:
        """Let time be told at each of `ts` (ns UTC): a regular clock. Gates are told anyway."""
        self._core.add_alarms(ints(ts))
