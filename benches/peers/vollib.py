"""Price and five Greeks of a million options by py_vollib_vectorized; one thread.

Price and Greeks are two calls there; the prices are computed in the first alone.
"""

import json
import os
import statistics
import time

os.environ.update(
    dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
)
import numpy as np
import py_vollib_vectorized as vollib

COUNT = 1_000_000
RANDOM = np.random.default_rng(7)


def options():
    """Return the columns of ``ours/risk.py``."""
    return (
        60.0 * np.exp(RANDOM.normal(0.0, 0.3, COUNT)),
        np.full(COUNT, 60.0) + RANDOM.integers(-20, 21, COUNT),
        RANDOM.uniform(0.02, 2.0, COUNT),
        0.03,
        RANDOM.uniform(0.1, 0.9, COUNT),
    )


def main():
    """Print a JSON line: the rate of options."""
    columns = options()
    cpu, wall = [], []
    # The first round compiles.
    for _ in range(4):
        begin, began = time.process_time(), time.perf_counter()
        vollib.vectorized_black("c", *columns, return_as="numpy")
        vollib.get_all_greeks("c", *columns, model="black", return_as="dict")
        cpu.append(time.process_time() - begin)
        wall.append(time.perf_counter() - began)
    print(
        json.dumps(
            {
                "rate": COUNT / statistics.median(cpu[1:]),
                "wall_rate": COUNT / statistics.median(wall[1:]),
                "unit": "options/s",
                "n": COUNT,
                "work": {"options": COUNT},
            }
        )
    )


if __name__ == "__main__":
    main()
