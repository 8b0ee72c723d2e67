"""A thousand parameter sets over a day of quotes, judged. Usage: ``sweep.py QUOTES SETS``."""

import json
import resource
import sys
import time

import numpy as np

from wattbook.runtime.research import study
from wattbook.runtime.research.quotes import made_up_quotes


def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024


def main(count, sets):
    quotes = made_up_quotes(count, 7)
    fast = np.arange(5.0, 105.0, 4.0)
    slow = np.linspace(110.0, 509.0, sets // fast.size).round()
    grid = np.array([(one, other) for one in fast for other in slow])
    # A tenth of the sets first: what more of them cost in memory is the rest of the peak.
    study(quotes.bid, quotes.ask, "ema_cross", grid[:: len(grid) // 100])
    few = peak()
    wall, cpu = time.perf_counter(), time.process_time()
    found = study(quotes.bid, quotes.ask, "ema_cross", grid)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    line = {
        "rate": len(grid) / cpu,
        "wall_rate": len(grid) / wall,
        "seconds": wall,
        "memory_growth": peak() / few,
        "unit": "sets/s",
        "n": len(grid),
        "work": {"sets": len(grid), "quotes": len(quotes.bid), "best": int(found.best)},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
