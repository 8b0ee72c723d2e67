"""Clears the auctions of a run with the desk's offers in them, and once more without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import RunError
from wattbook.market.auction import Clearing, Network, clear
from wattbook.market.auction.day import AuctionDay
from wattbook.runtime.coupled.bids import Bids, Offer, with_offers

__all__ = ["AuctionCleared", "CoupledAuctions", "OfferRow"]

Floats = NDArray[np.float64]
MILLION = 1_000_000
OfferRow = tuple[int, int, int, bool, int, int, int | None, int | None, int | None]


@dataclass(frozen=True, slots=True)
class AuctionCleared:
    """An auction of a run.

    Parameters
    ----------
    name : str
        ``day-ahead`` or ``IDA1`` to ``IDA3``.
    zone : int
        Where the desk trades.
    day : AuctionDay
        The auction with the desk's offers, and what was published where it is recorded.
    clearing : Clearing
        Its result.
    without : Clearing
        The result of the same auction without the desk's offers.
    bids : Bids
        Which orders are the desk's.
    awards : sequence of int
        What each offer was awarded, 1e-6 MW.
    """

    name: str
    zone: int
    day: AuctionDay
    clearing: Clearing
    without: Clearing
    bids: Bids
    awards: Sequence[int]


Others = Callable[[int, Sequence[AuctionCleared], Floats], tuple[AuctionDay, Clearing | None]]
"""Number of an auction, what was cleared before, continuous flows: the auction without the desk."""


@dataclass(slots=True)
class CoupledAuctions:
    """What a simulated auction venue calls: one result an auction, in order.

    The same offers give the same result, so that a resumed run meets what it met before.

    Parameters
    ----------
    others : callable
        Takes the number of an auction, what was cleared before and what continuous trades let flow
        (MW, by period of the day and link; empty without any), and returns it without the desk.
    names : sequence of str
        What each auction is called.
    instruments : sequence of sequence of int
        What each sells, in order of its prices.
    place : mapping of int to (int, int)
        Period of its auction and zone of each instrument.
    strategies : mapping of int to str
        Names of the desk's strategies by number.
    decimals : int
        To which prices are published.
    virtual : frozenset of int
        Instruments that deliver nothing.
    network : Network, optional
        What the links carry that continuous trades share; None where there are none.
    periods : sequence of ndarray of int64
        Which of its periods each auction sells; needed with `network`.
    seconds_max : float
        How long a clearing may take.
    cleared : list of AuctionCleared
        Results so far.
    """

    others: Others
    names: Sequence[str]
    instruments: Sequence[Sequence[int]]
    place: Mapping[int, tuple[int, int]]
    strategies: Mapping[int, str]
    decimals: int
    virtual: frozenset[int] = frozenset()
    network: Network | None = None
    periods: Sequence[NDArray[np.int64]] = ()
    seconds_max: float = 300.0
    cleared: list[AuctionCleared] = field(default_factory=list)

    def __call__(self, number: int, rows: Sequence[OfferRow]) -> tuple[list[int], list[int]]:
        """Return the price of each instrument and the award of each offer, in 1e-6.

        Raises
        ------
        RunError
            As `shared`.
        """
        return self._result(number, rows, np.empty((0, 0)))

    def shared(
        self, number: int, rows: Sequence[OfferRow], flows: Sequence[int]
    ) -> tuple[list[int], list[int], list[tuple[int, int]]]:
        """Return the same beside continuous `flows`, and what is left of the links, there and back.

        Flows and what is left are in 1e-6 MW, by period and link; what is left is what continuous
        trades may let flow in all.

        Raises
        ------
        RunError
            If the search for blocks ran out of time: where it stops would depend on the machine.
        """
        traded = np.array(flows, np.float64).reshape(self.left().shape[:2]) / MILLION
        prices, awards = self._result(number, rows, traded)
        left = np.floor(self.left() * MILLION + 0.5).astype(np.int64)
        return prices, awards, [(there, back) for there, back in left.reshape(-1, 2).tolist()]

    def left(self) -> Floats:
        """Return what the auctions so far leave of each link there and back, MW, (period, link, 2).

        Raises
        ------
        RunError
            If there are no links.
        """
        if self.network is None:
            raise RunError("auctions without a network leave nothing to continuous trading")
        flows = np.zeros_like(self.network.flow_max)
        for cleared, periods in zip(self.cleared, self.periods, strict=False):
            flows[periods] += cleared.clearing.flows
        sides = [self.network.flow_max - flows, flows - self.network.flow_min]
        found: Floats = np.maximum(np.stack(sides, axis=2), 0.0)
        return found

    def _result(
        self, number: int, rows: Sequence[OfferRow], traded: Floats
    ) -> tuple[list[int], list[int]]:
        day, without = self.others(number, self.cleared, traded)
        without = without or self._clear(day, number)
        offers = [Offer(*row) for row in rows]
        bids = with_offers(day.auction, offers, self.place, self.strategies, self.virtual)
        with_desk = replace(day, auction=bids.auction)
        clearing = self._clear(with_desk, number) if rows else without
        awards = bids.awards(clearing)
        where = [self.place[instrument] for instrument in self.instruments[number]]
        name = self.names[number]
        self.cleared.append(
            AuctionCleared(name, where[0][1], with_desk, clearing, without, bids, awards)
        )
        rounded = np.round(clearing.prices, self.decimals)
        prices = [round(float(rounded[period, at]) * 1e6) for period, at in where]
        return prices, awards

    def _clear(self, day: AuctionDay, number: int) -> Clearing:
        found = clear(day.auction, seconds_max=self.seconds_max)
        if not found.is_complete:
            message = (
                f"{self.names[number]}: no proof within {self.seconds_max:g} s that its blocks are "
                f"chosen best (gap {found.gap:,.2f}), so another run could choose others; offer "
                "fewer blocks"
            )
            raise RunError(message)
        return found
