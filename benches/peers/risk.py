"""What pricing and risk are measured against. Usage: ``risk.py BENCH``; one thread.

``black``: price and five Greeks by numba, fast maths allowed; ``average``: 21 fixings simulated by
numba, options a second of standard deviation 1e-4, extrapolated from fewer paths; ``revaluation``:
the same book in NumPy; ``historical``: BLAS.
"""

import json
import math
import os
import statistics
import sys
import time

os.environ.update(
    dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
)

import numba
import numpy as np

RANDOM = np.random.default_rng(7)


def options(count):
    """Return the columns of ``ours/risk.py``."""
    return (
        60.0 * np.exp(RANDOM.normal(0.0, 0.3, count)),
        np.full(count, 60.0) + RANDOM.integers(-20, 21, count),
        RANDOM.uniform(0.02, 2.0, count),
        RANDOM.uniform(0.1, 0.9, count),
    )


@numba.njit(fastmath=True)
def greeks(forward, strike, years, volatility, rate, out):
    """Value calls by Black's formula."""
    for row in range(forward.size):
        root = math.sqrt(years[row])
        deviation = volatility[row] * root
        upper = math.log(forward[row] / strike[row]) / deviation + 0.5 * deviation
        lower = upper - deviation
        discount = math.exp(-rate * years[row])
        above = 0.5 * math.erfc(-upper * 0.7071067811865476)
        below = 0.5 * math.erfc(-lower * 0.7071067811865476)
        density = discount * 0.3989422804014327 * math.exp(-0.5 * upper * upper)
        price = discount * (forward[row] * above - strike[row] * below)
        out[0, row] = price
        out[1, row] = discount * above
        out[2, row] = density / (forward[row] * deviation)
        out[3, row] = forward[row] * density * root
        out[4, row] = rate * price - 0.5 * forward[row] * density * volatility[row] / root
        out[5, row] = -years[row] * price


@numba.njit(fastmath=True)
def paths(random, count, steps, forward, volatility, strike):
    """Simulate averages, antithetic pairs."""
    scale = volatility * math.sqrt(1.0 / 252.0)
    total = 0.0
    for _ in range(count // 2):
        up, down, first, second = 0.0, 0.0, 0.0, 0.0
        for step in range(steps):
            shock = scale * random.standard_normal()
            up += shock
            down -= shock
            drift = -0.5 * scale * scale * (step + 1)
            first += math.exp(up + drift)
            second += math.exp(down + drift)
        total += max(forward * first / steps - strike, 0.0)
        total += max(forward * second / steps - strike, 0.0)
    return total / count


def black():
    """Price and five Greeks of a million options."""
    forward, strike, years, volatility = options(1_000_000)
    out = np.empty((6, 1_000_000))
    return 1_000_000, "options", lambda: greeks(forward, strike, years, volatility, 0.03, out)


def average():
    """Simulate 200,000 paths of 21 fixings; return how many options a second are valued to 1e-4.

    The variance falls as the number of paths grows, so that many more paths than are simulated
    here would be needed.
    """

    def run(count):
        return paths(RANDOM, count, 21, 60.0, 0.5, 60.0)

    run(2)
    variance = 20_000 * statistics.variance(run(20_000) for _ in range(40))
    walls, cpus = time.perf_counter(), time.process_time()
    run(200_000)
    wall, cpu = time.perf_counter() - walls, time.process_time() - cpus
    needed = variance / 1e-4**2
    return {
        "rate": 200_000 / needed / cpu,
        "wall_rate": 200_000 / needed / wall,
        "unit": "options/s",
        "n": 1,
        "path_steps_a_second": 200_000 * 21 / cpu,
        "work": {"options": 20},
    }


def normal_below(value):
    """Return the normal distribution by a rational approximation (Hastings), 7 digits."""
    size = np.abs(value)
    part = 1.0 / (1.0 + 0.2316419 * size)
    tail = part * (
        0.319381530
        + part * (-0.356563782 + part * (1.781477937 + part * (-1.821255978 + part * 1.330274429)))
    )
    tail *= 0.3989422804014327 * np.exp(-0.5 * size * size)
    return np.where(value > 0.0, 1.0 - tail, tail)


def revaluation():
    """Revalue 1,000 options in 10,000 scenarios of 20 prices."""
    forwards = RANDOM.uniform(40.0, 80.0, 20)
    _, strike, years, volatility = options(1_000)
    factor, sign = RANDOM.integers(0, 20, 1_000), RANDOM.choice([-1.0, 1.0], 1_000)
    quantity = RANDOM.integers(-9, 10, 1_000).astype(float)
    moves = 0.05 * RANDOM.standard_normal((20, 10_000))

    def run():
        moved = forwards[:, None] * np.exp(moves)
        logs = np.log(moved)
        pnl = np.zeros(10_000)
        for row in range(1_000):
            deviation = volatility[row] * math.sqrt(years[row])
            forward = moved[factor[row]]
            upper = (logs[factor[row]] - math.log(strike[row])) / deviation + 0.5 * deviation
            price = sign[row] * (
                forward * normal_below(sign[row] * upper)
                - strike[row] * normal_below(sign[row] * (upper - deviation))
            )
            pnl += quantity[row] * math.exp(-0.03 * years[row]) * price
        return pnl

    return 10_000_000, "revaluations", run


def historical():
    """Multiply a million positions with 500 scenarios each, in BLAS."""
    quantities = RANDOM.integers(-50, 51, 1_000_000).astype(np.float32)
    moves = RANDOM.standard_normal((1_000_000, 500), dtype=np.float32)
    return moves.size, "products", lambda: quantities @ moves


BENCHES = {
    "black": black,
    "revaluation": revaluation,
    "historical": historical,
}


def measured(work, unit, run):
    """Return the median rates of repeats of a second in all."""
    run()
    wall, cpu, begin = [], [], time.perf_counter()
    while len(wall) < 3 or time.perf_counter() - begin < 1.0:
        walls, cpus = time.perf_counter(), time.process_time()
        run()
        wall.append(time.perf_counter() - walls)
        cpu.append(time.process_time() - cpus)
    return {
        "rate": work / max(statistics.median(cpu), 1e-9),
        "wall_rate": work / statistics.median(wall),
        "unit": f"{unit}/s",
        "n": work,
        "work": {unit: work},
    }


if __name__ == "__main__":
    chosen = sys.argv[1]
    print(json.dumps(average() if chosen == "average" else measured(*BENCHES[chosen]())))
