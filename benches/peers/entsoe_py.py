"""The same document by entsoe-py. Usage: ``entsoe_py.py FILE``."""

import json
import statistics
import sys
import time
from pathlib import Path

from entsoe.parsers import parse_generation

REPEATS = 3


def timed(text):
    wall, cpu = time.perf_counter(), time.process_time()
    table = parse_generation(text)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return table, wall, cpu


def main(file):
    text = Path(file).read_text(encoding="utf-8")
    timed(text)
    runs = [timed(text) for _ in range(REPEATS)]
    table = runs[-1][0]
    rows = int(table.notna().sum().sum())
    line = {
        "rate": rows / statistics.median(cpu for _, _, cpu in runs),
        "wall_rate": rows / statistics.median(wall for _, wall, _ in runs),
        "unit": "rows/s",
        "n": rows,
        "work": {"rows": rows, "tenths": int((table * 10).round().sum().sum())},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1])
