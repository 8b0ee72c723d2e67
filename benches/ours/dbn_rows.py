"""Records of Databento handed to Python as rows, without a copy. Usage: ``dbn_rows.py FILE``."""

import json
import statistics
import sys
import time

import numpy as np

from wattbook.ingest import DbnFile

REPEATS = 9


def timed(data):
    wall, cpu = time.perf_counter(), time.process_time()
    found = DbnFile(data).rows("mbo")
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert np.shares_memory(found, data)
    return found, wall, cpu


def main(file):
    data = np.fromfile(file, np.uint8)
    runs = [timed(data) for _ in range(REPEATS)]
    found = runs[-1][0]
    line = {
        "rate": len(found) / max(statistics.median(cpu for _, _, cpu in runs), 1e-9),
        "wall_rate": len(found) / statistics.median(wall for _, wall, _ in runs),
        "unit": "records/s",
        "n": len(found),
        "work": {"price_sum": int(found["price"].sum())},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1])
