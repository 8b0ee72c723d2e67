"""Five years of German quarter-hours from 57 overlapping quotes. Usage: ``curve.py SIDE``.

Sides: ``wattbook`` makes the curve, calendar included, from prices; ``bands`` the same from bands;
``dense`` finds the same prices by one system of all days and quotes, written the obvious way, with
calendar and rows ready; ``grid`` only lays a table of hours over that many quarter-hours in NumPy.
"""

import json
import os
import statistics
import sys
import time

# Before NumPy: the figures are of one thread.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))

import datetime as dt

import numpy as np

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import InputError
from wattbook.market.curves import (
    TENORS,
    ForwardQuote,
    build_curve,
    curve_grid,
    fit_shape,
)
from wattbook.market.curves.cells import cells_of

AS_OF, FIRST, AFTER = dt.date(2026, 12, 30), dt.date(2027, 1, 1), dt.date(2032, 1, 1)
REPEATS = {"wattbook": 31, "bands": 31, "dense": 3, "grid": 101}


def prices(grid):
    """Return made-up prices of a grid: seasons, hours, weekends, and a drift."""
    days = np.repeat(grid.days.astype(np.int64), np.diff(grid.day_start))
    season = 15 * np.cos(2 * np.pi * days / 365.2425)
    hours = 12 * np.sin((grid.slot / 4 - 6) / 24 * 4 * np.pi) - 8 * ((days + 3) % 7 > 4)
    return 80 + season + hours + 5 * np.sin(days / 500)


def names():
    """Return days, weeks, months, quarters and years, as they are listed at one time."""
    yield from (f"2027-01-{day:02d}" for day in (1, 2, 4, 5, 6))
    yield from ("Wk02-27", "Wk03-27")
    yield from (TENORS["month"](dt.date(2027, month, 1)) for month in range(1, 10))
    yield from (f"Q{number}-{year}" for year in (27, 28) for number in (1, 2, 3, 4))
    yield from (f"Cal-{year}" for year in range(27, 32))


def quotes(grid, width):
    """Return quotes that the made-up prices meet."""
    price, made = prices(grid), []
    for name in names():
        for load in ("Base", "Peak"):
            try:
                product = DeliveryProduct(f"DE-LU {name} {load}")
            except InputError:
                continue  # No peak at a weekend.
            mean = grid.average(product, price)
            made.append(ForwardQuote(product, mean - width, mean + width))
    return made


def dense(grid, asked, shape):
    """Return the levels and spreads of all days, and the multipliers of quotes, of one system."""
    cells = cells_of(grid, asked)
    days = int(cells.day[-1]) + 1
    turn = cells.is_peak - cells.hours @ cells.is_peak / cells.hours.sum()
    starts = np.flatnonzero(np.diff(cells.day, prepend=-1))
    rows = np.hstack([np.add.reduceat(cells.share * one, starts, axis=1) for one in (1, turn)])
    bend = np.diff(np.eye(days), 2, axis=0)
    zero = np.zeros((days, days))
    cost = np.block([[bend.T @ bend, zero], [zero, bend.T @ bend]]) + 1e-12 * np.eye(2 * days)
    wanted = [quote.mid for quote in asked] - cells.share @ cells.means(grid, shape.values(grid))
    return np.block([[cost, rows.T], [rows, np.zeros((len(rows), len(rows)))]]), wanted


def runs(side):
    """Yield the periods, quotes met, wall and processor seconds of each repeat."""
    past = curve_grid("DE-LU", dt.date(2024, 1, 1), FIRST, "quarter_hour")
    shape = fit_shape("DE-LU", past.start[:-1], prices(past), "quarter_hour")
    grid = curve_grid("DE-LU", FIRST, AFTER, "quarter_hour")
    asked = quotes(grid, 0.1 if side == "bands" else 0.0)
    # Holidays are loaded once a process.
    build_curve("DE-LU", asked, as_of=AS_OF, shape=shape)
    system = dense(grid, asked, shape) if side == "dense" else None
    table = np.linspace(40.0, 120.0, 96 * 36)
    for _ in range(REPEATS[side]):
        curve_grid.cache_clear()
        wall, cpu = time.perf_counter(), time.process_time()
        if system is not None:
            right = np.append(np.zeros(len(system[0]) - len(asked)), system[1])
            solution = np.linalg.solve(system[0], right)
            met = int((np.abs(system[0] @ solution - right)[-len(asked) :] <= 1e-6).sum())
        elif side == "grid":
            start = np.arange(grid.start[0], grid.start[-1], 900_000_000_000)
            slot = (start // 900_000_000_000) % len(table)
            price, met = table[slot] + 1.0, 0
            assert len(price) == len(grid)
        else:
            curve = build_curve("DE-LU", asked, as_of=AS_OF, shape=shape)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        if system is None and side != "grid":
            met = int((curve.fits()["outside"].to_numpy() <= 1e-10).sum())
        yield len(grid), met, wall, cpu


def main(side):
    done = list(runs(side))
    periods, met = done[-1][:2]
    line = {
        "rate": periods / statistics.median(cpu for *_, cpu in done),
        "wall_rate": periods / statistics.median(wall for *_, wall, _ in done),
        "unit": "quarter-hours/s",
        "n": periods,
        "curve_ms": 1000 * statistics.median(wall for *_, wall, _ in done),
        "curve_cpu_ms": 1000 * statistics.median(cpu for *_, cpu in done),
        "work": {"periods": periods} if side == "grid" else {"periods": periods, "met": met},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
