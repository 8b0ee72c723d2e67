"""Why the value of structured options changed, by their Greeks at the close before.

The change of all prices of an option is one direction, that of all its volatilities another: along
both its value is expanded to the second order by central differences, and by a day of time to the
first. So every kind of option is explained alike: on a price, a mean, a swap, two prices.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.portfolio.book.flows import factor_of
from wattbook.portfolio.book.structured import (
    StructuredInputs,
    beside,
    decided,
    linear_worth,
    structured_values,
)
from wattbook.portfolio.book.structured_options import Told, option_worth
from wattbook.portfolio.book.valuation import rate_of

__all__ = ["GREEKS", "OPTION_PNL", "option_pnl"]

Floats = NDArray[np.float64]
GREEKS = ("delta", "gamma", "vega", "vanna", "volga", "theta", "unexplained")
OPTION_PNL = {"book": pl.String, "deal": pl.String, **dict.fromkeys(GREEKS, pl.Float64)}
"""Columns of P&L by Greeks: what a deal's options earned, in the desk's currency."""
STEP = 0.05
"""Share of the whole change by which values are moved to find their slopes."""
STEP_MOST = 0.02
"""Share of a price or volatility by which it is moved at most."""
VOLATILITIES = ("volatility", "normal_volatility")


def option_pnl(
    before: StructuredInputs,
    now: StructuredInputs,
    day: dt.date,
    later: dt.date,
    fx: Mapping[str, float],
) -> pl.DataFrame:
    """Return what options earned from one close to the next, by deal and Greek.

    Parameters
    ----------
    before, now : StructuredInputs
        Of both closes; options are those of the first.
    day, later : date
        Of both closes.
    fx : mapping of str to float
        Rates of exchange, which stand still.

    Returns
    -------
    polars.DataFrame
        Columns of `OPTION_PNL`. The Greeks of a deal add up to the lines price and carry of its
        options; ``unexplained`` is what is of higher order, and what expiries decided.

    Raises
    ------
    CurveError
        As `structured_values`.
    """
    flows = before.flows
    priced = beside(flows, before.prices)
    if not priced.options:
        return pl.DataFrame(schema=OPTION_PNL)
    moved = aligned(before.prices, now.prices, fx)
    start, end = before.prices["price"].to_numpy(), moved["price"].to_numpy()
    moves = moved.select(
        (pl.col(name) - before.prices[name]).cast(pl.Float64).fill_null(0.0)
        for name in VOLATILITIES
    )
    known = decided(before.exercised)
    used = np.unique(np.concatenate([priced.at[one.rows] for one in priced.options]))
    used = used[used >= 0]
    step = step_of(start[used], (end - start)[used])
    wider = min(
        step_of(
            *(
                one[name].cast(pl.Float64).fill_null(0.0).to_numpy()[used]
                for one in (before.prices, moves)
            )
        )
        for name in VOLATILITIES
    )

    def values(price_share: float, volatility_share: float, at: dt.date) -> Floats:
        shifts = [pl.col(name) + volatility_share * moves[name] for name in VOLATILITIES]
        told = Told(before.prices.with_columns(shifts), known, at, fx)
        price = start + price_share * (end - start)
        linear = linear_worth(priced, flows, told, price)
        return np.array([option_worth(one, priced, linear, told, price) for one in priced.options])

    grid = {(s, u): values(s * step, u * wider, day) for s in (-1, 0, 1) for u in (-1, 0, 1)}
    old = grid[0, 0]
    last = structured_values(before, replace(now, flows=flows), later, fx)
    change = last[[one.rows[0] for one in priced.options]] - old
    days = (later - day).days
    lines = {
        "delta": (grid[1, 0] - grid[-1, 0]) / (2.0 * step),
        "gamma": (grid[1, 0] - 2.0 * old + grid[-1, 0]) / (2.0 * step**2),
        "vega": (grid[0, 1] - grid[0, -1]) / (2.0 * wider),
        "vanna": (grid[1, 1] - grid[1, -1] - grid[-1, 1] + grid[-1, -1]) / (4.0 * step * wider),
        "volga": (grid[0, 1] - 2.0 * old + grid[0, -1]) / (2.0 * wider**2),
        "theta": (values(0.0, 0.0, day + dt.timedelta(days=1)) - old) * days,
    }
    lines["unexplained"] = change - sum(lines.values())
    rows = [one.rows[0] for one in priced.options]
    table = pl.DataFrame({"book": flows["book"][rows], "deal": flows["deal"][rows], **lines})
    return table.group_by("book", "deal", maintain_order=True).agg(pl.col(*GREEKS).sum())


def step_of(start: Floats, change: Floats) -> float:
    """Return the share of a change by which values are moved: none crosses zero."""
    moves = change != 0.0
    most = np.abs(start[moves] / change[moves]) * STEP_MOST
    return float(min([STEP, *most[most > 0.0]]))


def aligned(old: pl.DataFrame, new: pl.DataFrame, fx: Mapping[str, float]) -> pl.DataFrame:
    """Return the new prices and volatilities of the old rows, in their units and currencies.

    A row without a new price keeps its old one.
    """
    both = old.join(
        new, on=("index", "month"), how="left", suffix="_new", maintain_order="left"
    ).select(
        "index", "unit", "currency", "unit_new", "currency_new", "price", "price_new",
        *(f"{name}_new" for name in VOLATILITIES), *VOLATILITIES,
    )  # fmt: skip
    scale = [
        1.0 if given is None else factor_of(unit, given)
        * (1.0 if code == other else rate_of(fx, other, name) / rate_of(fx, code, name))
        for name, unit, code, given, other in both.select(
            "index", "unit", "currency", "unit_new", "currency_new"
        ).iter_rows()
    ]  # fmt: skip
    times = pl.Series(scale, dtype=pl.Float64)
    return both.select(
        price=(pl.col("price_new") * times).fill_null(pl.col("price")),
        volatility=pl.col("volatility_new").fill_null(pl.col("volatility")),
        normal_volatility=(pl.col("normal_volatility_new") * times).fill_null(
            pl.col("normal_volatility")
        ),
    )
