"""Spreads of recorded futures by a Kalman filter; `python examples/pair_spread.py DATA`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattbook.market.roll import roll_adjusted
from wattbook.sources.recorded.futures import PRODUCTS, contracts, settlements
from wattbook.strategy.kalman_pair import pair_backtest

GALLONS = 42.0
"""In a barrel: products are quoted per gallon, crude oil per barrel."""
PAIRS = (
    ("HO - CL", ("HO", 1, GALLONS), ("CL", 1, 1.0), 0.05),
    ("RB - CL", ("RB", 1, GALLONS), ("CL", 1, 1.0), 0.05),
    ("HO - RB", ("HO", 1, GALLONS), ("RB", 1, GALLONS), 0.05),
    ("CL, month 1 - 6", ("CL", 1, 1.0), ("CL", 6, 1.0), 0.03),
    ("NG, month 1 - 6", ("NG", 1, 1.0), ("NG", 6, 1.0), 0.005),
)


def rolled(
    data: Path, prefix: str, month: int, scale: float
) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Return days and roll-adjusted settlements of a month of the curve."""
    near_day, near = settlements(data, f"{prefix}{month:02}")
    next_day, after = settlements(data, f"{prefix}{month + 1:02}")
    day, here, there = np.intersect1d(near_day, next_day, return_indices=True)
    near, after = near[here], after[there]
    # A zero is a gap of the source.
    sound = np.isfinite(near) & np.isfinite(after) & (near != 0) & (after != 0)
    last_trade = np.array([one.last_trade for one in contracts(data, PRODUCTS[prefix])])
    found = roll_adjusted(day[sound], near[sound], after[sound], last_trade)
    return found.day, scale * found.price


def main(data: Path) -> None:
    """Print what each pair earned after costs."""
    for name, one, other, cost in PAIRS:
        first_day, first = rolled(data, *one)
        second_day, second = rolled(data, *other)
        _, here, there = np.intersect1d(first_day, second_day, return_indices=True)
        done = pair_backtest(first[here], second[there], cost=cost)
        so_far = np.cumsum(done.pnl)
        fall = float((so_far - np.maximum.accumulate(so_far)).min())
        sys.stdout.write(
            f"{name:16} P&L {so_far[-1]:8.2f}  costs {done.costs:6.2f}  "
            f"trades {done.trades:4}  deepest fall {fall:8.2f}\n"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
