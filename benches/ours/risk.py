"""Pricing and risk from Python. Usage: ``risk.py BENCH``; one thread.

``black``, ``implied``, ``american``, ``spread``, ``average``: options; ``revaluation``: a book in
scenarios, each option priced; ``historical``: positions times shocks, ``read`` the same memory read
only; ``trade``: the tail after one trade; ``simm``: coded sensitivities; ``margin``: a tail of 750
scenarios of 10,000 positions.
"""

import json
import os
import statistics
import sys
import time

# Before NumPy: the figures are of one thread.
os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))

import numpy as np

from wattbook.pricing import (
    Model,
    american,
    average_price,
    european,
    implied_volatility,
    spread,
)
from wattbook.risk import Shortfall, expected_shortfall
from wattbook.risk.book import Book, Factors, scenario_pnl
from wattbook.risk.held import HeldBook
from wattbook.risk.house_margin import shocked_pnl
from wattbook.risk.simm import Sensitivities, load_parameters, simm_margin

RANDOM = np.random.default_rng(7)


def options(count):
    """Return columns of made-up options."""
    return {
        "forward": 60.0 * np.exp(RANDOM.normal(0.0, 0.3, count)),
        "strike": np.full(count, 60.0) + RANDOM.integers(-20, 21, count),
        "time": RANDOM.uniform(0.02, 2.0, count),
        "volatility": RANDOM.uniform(0.1, 0.9, count),
    }


def black():
    """Price and five Greeks of a million options."""
    given = options(1_000_000)
    # As the peer, into memory that is there.
    out = european(Model.BLACK, "call", rate=0.03, **given)
    return 1_000_000, "options", lambda: european(Model.BLACK, "call", rate=0.03, out=out, **given)


def implied():
    """Find the volatility of a million prices."""
    given = options(1_000_000)
    price = european(Model.BLACK, "call", rate=0.03, **given).price
    # Where time value is left: the others have no volatility to find.
    intrinsic = np.exp(-0.03 * given["time"]) * np.maximum(given["forward"] - given["strike"], 0.0)
    kept = price - intrinsic > 1e-3
    given = {name: column[kept] for name, column in given.items() if name != "volatility"}
    price = price[kept]
    return (
        int(kept.sum()),
        "options",
        lambda: implied_volatility(Model.BLACK, "call", price=price, rate=0.03, **given),
    )


def american_futures():
    """Price American options on futures."""
    given = options(20_000)
    given["underlying"] = given.pop("forward")
    return 20_000, "options", lambda: american("put", rate=0.05, **given)


def exact_spread():
    """Price options on differences."""
    given = options(20_000)
    return (
        20_000,
        "options",
        lambda: spread(
            "call",
            first=given["forward"],
            second=0.9 * given["strike"],
            strike=3.0,
            time=given["time"],
            first_volatility=given["volatility"],
            second_volatility=0.3,
            correlation=0.6,
            rate=0.03,
        ),
    )


def average():
    """Price options on an average of 21 fixings, one at a time."""
    days = np.arange(1, 22) / 252

    def run():
        for strike in range(50, 70):
            average_price(
                "call", forwards=60.0, times=days, volatilities=0.5, strike=strike, rate=0.03
            )

    return 20, "options", run


def revaluation():
    """Revalue 1,000 options in 10,000 scenarios of 20 prices."""
    factors = Factors(
        tuple(f"F{number}" for number in range(20)),
        RANDOM.uniform(40.0, 80.0, 20),
        np.zeros(20, dtype=np.bool_),
    )
    count = 1_000
    given = options(count)
    book = Book(
        factors=factors,
        factor=RANDOM.integers(0, 20, count),
        quantity=RANDOM.integers(-9, 10, count).astype(float),
        sign=RANDOM.choice([-1.0, 1.0], count),
        is_normal=np.zeros(count, dtype=np.bool_),
        strike=given["strike"],
        time=given["time"],
        volatility=given["volatility"],
        rate=np.full(count, 0.03),
        labels={},
    )
    moves = 0.05 * RANDOM.standard_normal((20, 10_000))
    return 10_000_000, "revaluations", lambda: scenario_pnl(book, moves)


def shocks(positions, scenarios):
    """Return quantities and shocks in four bytes."""
    return (
        RANDOM.integers(-50, 51, positions).astype(float),
        RANDOM.standard_normal((positions, scenarios), dtype=np.float32),
    )


def historical():
    """Multiply a million positions with 500 scenarios each."""
    quantities, moves = shocks(1_000_000, 500)
    return moves.size, "products", lambda: shocked_pnl(quantities, moves)


def read():
    """Read the memory of the same shocks."""
    _, moves = shocks(1_000_000, 500)
    words = moves.reshape(-1).view(np.uint64)
    return moves.size, "products", words.max


def simm():
    """Margin of 20,000 coded sensitivities."""
    rows = []
    kinds = (
        ("Commodity", "Risk_Commodity", 17, ""),
        ("Commodity", "Risk_CommodityVol", 17, "1y"),
        ("Equity", "Risk_Equity", 12, ""),
        ("RatesFX", "Risk_IRCurve", 0, "5y"),
        ("RatesFX", "Risk_FX", 0, ""),
    )
    for number in range(20_000):
        product, kind, buckets, tenor = kinds[number % len(kinds)]
        rows.append(
            {
                "product": product,
                "risk_type": kind,
                "qualifier": f"{chr(65 + number % 26)}{chr(65 + number // 26 % 26)}Q",
                "bucket": str(number % buckets + 1) if buckets else "",
                "label1": tenor,
                "label2": f"curve{number % 3}",
                "amount_usd": float(RANDOM.normal(0.0, 1e5)),
            }
        )
    given, parameters = Sensitivities.from_rows(rows), load_parameters("2.8+2506")
    return 20_000, "sensitivities", lambda: simm_margin(given, parameters)


def margin():
    """Take the tail of 750 scenarios of 10,000 positions."""
    quantities, moves = shocks(10_000, 750)
    return (
        1,
        "margins",
        lambda: expected_shortfall(shocked_pnl(quantities, moves), 0.99, Shortfall.EXACT_TAIL),
    )


def timed(act, instruments, sizes):
    """Return the nanoseconds that each call took."""
    times = []
    for instrument, size in zip(instruments, sizes, strict=True):
        begin = time.perf_counter_ns()
        act(instrument, size)
        times.append(time.perf_counter_ns() - begin)
    return times


def trade():
    """Time trades into a book of 100,000 positions, one by one."""
    quantities, moves = shocks(100_000, 500)
    book = HeldBook(quantities, moves, 0.99)
    instruments = RANDOM.integers(0, 100_000, 50_000).tolist()
    sizes = RANDOM.integers(-9, 10, 50_000).astype(float).tolist()
    others = RANDOM.integers(0, 100_000, 50_000).tolist()
    times = timed(book.trade, instruments, sizes)
    exact = shocked_pnl(
        quantities + np.bincount(instruments, weights=sizes, minlength=100_000),
        moves.astype(np.float64),
    )
    expected = expected_shortfall(exact, 0.99, Shortfall.EXACT_TAIL)
    p50, p90, p99, p999 = np.percentile(times, (50, 90, 99, 99.9))
    return {
        "rate": 1e9 / statistics.mean(times),
        "wall_rate": 1e9 / statistics.mean(times),
        "unit": "trades/s",
        "n": len(times),
        "work": {"trades": len(times)},
        "latency_ns": {"p50": p50, "p90": p90, "p99": p99, "p999": p999, "timer": 0},
        "what_if_p99_ns": float(np.percentile(timed(book.what_if, others, sizes), 99)),
        "relative_error": abs(book.tail()[1] / expected - 1.0),
    }


BENCHES = {
    "black": black,
    "implied": implied,
    "american": american_futures,
    "spread": exact_spread,
    "average": average,
    "revaluation": revaluation,
    "historical": historical,
    "read": read,
    "simm": simm,
    "margin": margin,
}


def measured(work, unit, run):
    """Return the median rates of repeats of at least half a second in all."""
    run()
    wall, cpu, begin = [], [], time.perf_counter()
    while len(wall) < 5 or time.perf_counter() - begin < 1.0:
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
    print(json.dumps(trade() if chosen == "trade" else measured(*BENCHES[chosen]())))
