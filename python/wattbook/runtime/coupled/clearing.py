"""Clears the auctions of a run with the desk's offers in them, and once more without."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import RunError
from wattbook.market.auction import Clearing, clear
from wattbook.market.auction.day import AuctionDay
from wattbook.runtime.coupled.bids import Bids, Offer, with_offers

__all__ = ["AuctionCleared", "CoupledAuctions", "OfferRow"]

Floats = NDArray[np.float64]
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


@dataclass(slots=True)
class CoupledAuctions:
    """What a simulated auction venue calls: one result an auction, in order.

    The same offers give the same result, so that a resumed run meets what it met before.

    Parameters
    ----------
    others : callable
        Takes the number of an auction and what was cleared before, and returns it without the desk.
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
    seconds_max : float
        How long a clearing may take.
    cleared : list of AuctionCleared
        Results so far.
    """

    others: Callable[[int, Sequence[AuctionCleared]], tuple[AuctionDay, Clearing | None]]
    names: Sequence[str]
    instruments: Sequence[Sequence[int]]
    place: Mapping[int, tuple[int, int]]
    strategies: Mapping[int, str]
    decimals: int
    virtual: frozenset[int] = frozenset()
    seconds_max: float = 300.0
    cleared: list[AuctionCleared] = field(default_factory=list)

    def __call__(self, number: int, rows: Sequence[OfferRow]) -> tuple[list[int], list[int]]:
        """Return the price of each instrument and the award of each offer, in 1e-6.

        Raises
        ------
        RunError
            If the search for blocks ran out of time: where it stops would depend on the machine.
        """
        day, without = self.others(number, self.cleared)
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
