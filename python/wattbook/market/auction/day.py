"""An auction read from a folder, whatever the layout of its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from wattbook.market.auction.network import Floats
from wattbook.market.auction.orders import Auction

__all__ = ["AuctionDay", "Rejected"]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row of an order file that takes no part.

    Parameters
    ----------
    file : str
        Name of the file.
    place : str
        Where in it, such as ``line 12``.
    rule : str
        What was found and the rule that it breaks.
    """

    file: str
    place: str
    rule: str


@dataclass(frozen=True, slots=True)
class AuctionDay:
    """An auction, what its periods are called, and what takes no part.

    Parameters
    ----------
    title : str
        For a person.
    auction : Auction
        To be cleared.
    periods : polars.Series of length n_periods
        Named ``delivery_start`` (ns UTC) or ``period`` (numbers of the source).
    zones : int
        How many zones, the first ones, have orders of their own; others stand for borders.
    time_zone : str, optional
        On whose clock periods are shown; empty where they are numbers.
    rejected : sequence of Rejected
        Rows that break a rule.
    published : ndarray of shape (n_periods, zones), currency per MWh, optional
        Prices that were published, NaN where none was.
    notes : sequence of str
        What of the market the files do not hold, for a person.
    """

    title: str
    auction: Auction
    periods: pl.Series
    zones: int
    time_zone: str = ""
    rejected: Sequence[Rejected] = ()
    published: Floats = field(default_factory=lambda: np.empty((0, 0)))
    notes: Sequence[str] = ()

    def labels(self) -> list[str]:
        """Return what each period is called on the clock of its zone."""
        if not self.time_zone:
            return [str(number) for number in self.periods]
        local = self.periods.cast(pl.Datetime("ns")).dt.replace_time_zone("UTC")
        return list(local.dt.convert_time_zone(self.time_zone).dt.strftime("%H:%M"))
