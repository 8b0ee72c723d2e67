"""A level-3 book fed from Python, a thousand messages a call. Usage: ``l3_book.py FILE``."""

import json
import statistics
import sys
import time

import numpy as np

from wattbook.market import L3Book

BATCH = 1_000
REPEATS = 7


def timed(rows):
    book = L3Book()
    wall, cpu = time.perf_counter(), time.process_time()
    for at in range(0, len(rows), BATCH):
        book.apply(rows[at : at + BATCH])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert book.anomalies().total == 0
    return book, wall, cpu


def main(file):
    rows = np.fromfile(file, "<i8").reshape(-1, 5)
    runs = [timed(rows) for _ in range(REPEATS)]
    # Prices only: as the size at the top the peer gives that of the first order, not of the level.
    (bid_ticks, _), (ask_ticks, _) = runs[-1][0].top()
    line = {
        "rate": len(rows) / statistics.median(cpu for _, _, cpu in runs),
        "wall_rate": len(rows) / statistics.median(wall for _, wall, _ in runs),
        "unit": "deltas/s",
        "n": len(rows),
        "work": {"bid_ticks": bid_ticks, "ask_ticks": ask_ticks},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1])
