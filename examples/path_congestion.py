"""Virtual bids on a path, walked forward on recorded prices of New England: a pair of zones.

``python examples/path_congestion.py ../shared/data``: a megawatt is bought day-ahead at the sink of
the path and sold at its source, or the other way round, and settled against real time. A right to
transmit earns the day-ahead congestion of its path less what it cost at auction; auction prices are
not recorded, so that what the path pays is printed, and no profit of rights.
"""

from __future__ import annotations

import sys
from itertools import permutations
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

WINDOW = 28
"""Days that a choice looks back on."""
GAP = 2
"""The newest day known at the gate lies so many before delivery: yesterday is not over then."""
CLEAR = 2.0
"""Standard errors that the mean of an hour must be away from zero."""
COST = 0.50
"""USD/MWh and zone: an assumption for charges on virtual bids, which are not recorded."""
Floats = NDArray[np.float64]


def by_zone(data: Path, column: str) -> dict[str, Floats]:
    """Return a column by zone, shape (n_days, 24); a missing hour is nothing."""
    path = data / "load_weather" / "isone_smd_hourly_2017_jan_apr.parquet"
    table = pl.read_parquet(path).filter(pl.col("zone") != "ISO NE CA")
    grids = {}
    for zone in sorted(table["zone"].unique().to_list()):
        wide = (
            table.filter(pl.col("zone") == zone)
            .pivot(on="hour", index="date", values=column, aggregate_function="first")
            .sort("date")
        )
        grid = wide.select(str(hour) for hour in range(1, 25)).to_numpy()
        grids[zone] = grid.astype(np.float64)
    return grids


def walked(spread: Floats) -> tuple[Floats, int]:
    """Return P&L of each day (USD for 1 MW) and hours traded, from real-time less day-ahead."""
    earned, hours = np.zeros(len(spread)), 0
    for day in range(WINDOW + GAP, len(spread)):
        past = spread[day - GAP - WINDOW + 1 : day - GAP + 1]
        mean = np.nanmean(past, axis=0)
        error = np.nanstd(past, axis=0, ddof=1) / np.sqrt(len(past))
        side = np.where(np.abs(mean) > CLEAR * error, np.sign(mean), 0.0)
        # An hour that is expected to earn less than it costs is left alone.
        side = np.where(np.abs(mean) > 2 * COST, side, 0.0)
        today = np.nan_to_num(spread[day])
        earned[day] = float((side * today - 2 * COST * np.abs(side)).sum())
        hours += int(np.abs(side).sum())
    return earned[WINDOW + GAP :], hours


def interval(earned: Floats, draws: int = 2_000, block: int = 5) -> tuple[float, float]:
    """Return the 95 % interval of the sum, days drawn in blocks (Politis and Romano 1992)."""
    rng = np.random.default_rng(7)
    starts = rng.integers(0, len(earned), (draws, -(-len(earned) // block)))
    drawn = (starts[:, :, None] + np.arange(block)).reshape(draws, -1)[:, : len(earned)]
    low, high = np.percentile(earned[drawn % len(earned)].sum(axis=1), [2.5, 97.5])
    return float(low), float(high)


def main(data: Path) -> None:
    """Print each path, and all of them."""
    real, ahead = by_zone(data, "rt_lmp"), by_zone(data, "da_lmp")
    congestion = by_zone(data, "da_cc")
    everything: list[Floats] = []
    hours_all = 0
    for source, sink in permutations(real, 2):
        if source > sink:
            continue
        spread = (real[sink] - real[source]) - (ahead[sink] - ahead[source])
        earned, hours = walked(spread)
        everything.append(earned)
        hours_all += hours
        paid = float(np.nansum(congestion[sink] - congestion[source]))
        sys.stdout.write(
            f"{source:10} to {sink:10} right pays {paid:9.2f}  traded {hours:5} h  "
            f"P&L {earned.sum():9.2f}\n"
        )
    total = np.sum(everything, axis=0)
    low, high = interval(total)
    sys.stdout.write(
        f"all paths: {len(total)} days, {hours_all} h, P&L {total.sum():.2f} USD after "
        f"{2 * COST * hours_all:.2f} of costs (95 % interval {low:.2f} to {high:.2f})\n"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
