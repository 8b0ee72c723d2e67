"""How far books of zero intelligence at the fitted rates are from the books that were observed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from wattbook.errors import InputError
from wattbook.market.order_history.history import LOTS_PER_MW, TICKS_PER_EUR
from wattbook.market.order_history.rates import HistoryFit, fit_rates, last_action
from wattbook.market.order_history.rebuild import Rebuilt, rebuild
from wattbook.market.order_history.simulate import simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["MEASURES", "FitError", "fit_error"]

MEASURES = ("spread_eur_mwh", "best_mw", "near_mw", "trades_per_hour")
"""Mean spread, volume at and within 1 EUR/MWh of the best price (mean of both sides), trades."""


@dataclass(frozen=True, slots=True)
class FitError:
    """Observed against simulated.

    Parameters
    ----------
    observed, simulated, deviation : ndarray of shape (4, bins)
        By `MEASURES` and bin: what was observed, the mean of the runs, and their standard deviation
        (NaN for one run). NaN where nothing was observed.
    runs : int
        How often all contracts were simulated.
    contracts : int
        How many contracts were: those that ever had both sides before the gate.
    """

    observed: NDArray[np.float64]
    simulated: NDArray[np.float64]
    deviation: NDArray[np.float64]
    runs: int
    contracts: int

    @property
    def relative(self) -> NDArray[np.float64]:
        """Simulated / observed - 1; NaN where observed is 0 or nothing."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.observed != 0, self.simulated / self.observed - 1, np.nan)


def fit_error(
    fit: HistoryFit, books: Sequence[Rebuilt], *, runs: int = 4, seed: int = 1
) -> FitError:
    """Simulate the contracts of `books` from the rates of `fit` and compare what comes of it.

    A contract begins when it first had both sides, with one order at either best price; it ends
    where its observation did. What was observed is measured from the same instant on. The books
    need not be those of the fit: others tell how well it does on days that it has not seen.

    Raises
    ------
    InputError
        If `runs` is below 1 or no book has an action.
    """
    if runs < 1:
        raise InputError(f"runs is {runs}; give 1 or more")
    last = last_action(books)
    starts = [found for book in books if (found := first_quote(book, fit, last)) is not None]
    blank = np.full((len(MEASURES), fit.grid.bins), np.nan)
    if not starts:
        return FitError(blank, blank.copy(), blank.copy(), runs, 0)
    # Of what was observed, as of what is simulated, that counts which came after the first quotes.
    seen = [since(book, begin) for book, begin, _, _ in starts]
    observed = measured(fit_rates(seen, fit.grid, last=last))
    seeds = np.random.SeedSequence(seed).generate_state(runs * len(starts), np.uint64)
    made = []
    for run in range(runs):
        simulated = [
            rebuild(
                simulate(
                    fit.rates,
                    delivery_start=book.delivery_start,
                    delivery_end=book.delivery_end,
                    begin=begin,
                    bid=bid,
                    ask=ask,
                    end=last,
                    seed=int(seeds[run * len(starts) + place]),
                )
            )
            for place, (book, begin, bid, ask) in enumerate(starts)
        ]
        made.append(measured(fit_rates(simulated, fit.grid, last=last)))
    values = np.array(made)
    deviation = values.std(axis=0, ddof=1) if runs > 1 else blank
    return FitError(observed, values.mean(axis=0), deviation, runs, len(starts))


def since(book: Rebuilt, begin: int) -> Rebuilt:
    """Return the states and trades of a book from an instant on."""
    return replace(
        book,
        path=book.path.filter(pl.col("ts_event") >= begin),
        trades=book.trades[book.trades > begin],
    )


def first_quote(book: Rebuilt, fit: HistoryFit, last: int) -> tuple[Rebuilt, int, int, int] | None:
    """Return a book with the first instant, bid and ask of both sides before the gate."""
    both = book.path.drop_nulls(["bid", "ask"]).filter(pl.col("bid") < pl.col("ask"))
    if both.is_empty():
        return None
    ts, bid, ask = both.select("ts_event", "bid", "ask").row(0)
    return (book, ts, bid, ask) if ts < min(last, fit.grid.gate(book.delivery_start)) else None


def measured(fit: HistoryFit) -> NDArray[np.float64]:
    """Return `MEASURES` of a fit, shape (4, bins)."""
    return np.array(
        [
            fit.spread_ticks / TICKS_PER_EUR,
            fit.best_lots.mean(axis=1) / LOTS_PER_MW,
            fit.near_lots.mean(axis=1) / LOTS_PER_MW,
            fit.estimate("trade")[0],
        ]
    )
