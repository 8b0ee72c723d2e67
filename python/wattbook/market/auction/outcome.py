"""What a cleared auction comes to."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from wattbook.market.auction.network import Floats

__all__ = ["Clearing", "Status"]


class Status(enum.Enum):
    """What became of a block or complex order."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PARADOXICALLY_REJECTED = "paradoxically_rejected"
    """Not taken although it would earn at the prices: taking it would move them against it."""


@dataclass(frozen=True, slots=True)
class Clearing:
    """A cleared auction.

    Parameters
    ----------
    prices : ndarray of shape (n_periods, n_zones), currency per MWh
        What every accepted order of a zone pays or is paid.
    prices_min, prices_max : ndarray of shape (n_periods, n_zones), currency per MWh
        Between what hourly orders and plain links alone would leave them.
    net_positions : ndarray of shape (n_periods, n_zones), MW
        What leaves each zone, accepted blocks included.
    flows : ndarray of shape (n_periods, n_links), MW
        From the first zone of each link to the second, as it leaves.
    exports : ndarray of shape (n_periods, n_zones), MW
        What each zone exports into the flow-based region, beside its links; 0 without a region.
    acceptance : ndarray of shape (n_blocks,)
        Share of each block that is taken.
    surplus : ndarray of shape (n_blocks,), currency
        What each would earn, taken in full.
    statuses : tuple of Status
        One a block.
    complex_power : ndarray of shape (n_complex_orders, n_periods), MW
        What each complex order sells, below zero buys; with its scheduled stop, if not taken.
    complex_margin : ndarray of shape (n_complex_orders,), currency
        What each earns beyond its condition; of one that is not taken what it would, delivering
        what is best for it at the prices, and minus infinity if that is nothing.
    complex_statuses : tuple of Status
        One a complex order.
    welfare : float, currency
        Value to buyers less cost of sellers, fixed terms of scalable orders included; injections
        cost nothing.
    bound : float, currency
        What no choice of blocks can exceed; the welfare itself where the choice is proved best.
    is_complete : bool
        Whether the search ended; else it ran out of time and `gap` is what may be missed.
    seconds : float
        How long it took.
    """

    prices: Floats
    prices_min: Floats
    prices_max: Floats
    net_positions: Floats
    flows: Floats
    exports: Floats
    acceptance: Floats
    surplus: Floats
    statuses: tuple[Status, ...]
    complex_power: Floats
    complex_margin: Floats
    complex_statuses: tuple[Status, ...]
    welfare: float
    bound: float
    is_complete: bool
    seconds: float

    @property
    def gap(self) -> float:
        """What a better choice of blocks could add at most, currency."""
        return max(self.bound - self.welfare, 0.0)
