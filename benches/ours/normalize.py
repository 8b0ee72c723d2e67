"""Rows through the rules that ship, polars frame to polars frame. Usage: ``normalize.py``."""

import json
import statistics
import time

import numpy as np
import polars as pl

from wattbook.ingest.normalization import Normalizer
from wattbook.sources.payload import OBSERVATION_COLUMNS

REPEATS, ROWS, SERIES = 5, 500_000, 100
QUARTER = 900_000_000_000
START = 1_759_356_000_000_000_000  # 2025-10-01T22:00Z
ZONES = ["DE-LU", "AT", "BE", "CZ", "DK1", "DK2", "ES", "FI", "FR", "NL"]
DATASETS = [("day_ahead_price", "EUR/MWh"), ("load", "MW"), ("generation", "MWh")]


def frame():
    row = np.arange(ROWS)
    kind = row % len(DATASETS)
    start = START + row // SERIES * QUARTER
    columns = {
        "dataset": np.array([name for name, _ in DATASETS])[kind],
        "location": np.array(ZONES)[row % len(ZONES)],
        "counterpart": None,
        "item": np.array([f"B{number:02}" for number in range(SERIES)])[row % SERIES],
        "delivery_start": start,
        "delivery_end": start + QUARTER,
        "value": np.random.default_rng(7).uniform(20, 200, ROWS).round(2),
        "unit": np.array([unit for _, unit in DATASETS])[kind],
        "ts_event": start - 96 * QUARTER,
        "revision": None,
        "place": row,
        "offset": row,
    }
    return pl.DataFrame(columns, schema={k: getattr(pl, v) for k, v in OBSERVATION_COLUMNS.items()})


def timed(normalizer, rows):
    normalizer.reset()
    wall, cpu = time.perf_counter(), time.process_time()
    found = normalizer.apply(rows, source="entsoe", ts_recv=START)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert found.rows.height == ROWS, found.quarantined[:1]
    return wall, cpu


def main():
    normalizer, rows = Normalizer.default(), frame()
    timed(normalizer, rows)
    runs = [timed(normalizer, rows) for _ in range(REPEATS)]
    line = {
        "rate": ROWS / statistics.median(cpu for _, cpu in runs),
        "wall_rate": ROWS / statistics.median(wall for wall, _ in runs),
        "unit": "rows/s",
        "n": ROWS,
        "work": {"rows_from_python": ROWS},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
