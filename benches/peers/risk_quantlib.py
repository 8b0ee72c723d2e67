"""QuantLib from Python, options of ``ours/risk.py``. Usage: ``risk_quantlib.py BENCH``; one thread.

``american``: options on futures by its fastest fixed point (QdFp); ``spread``: options on
differences by J. Choi's quadrature, its one engine without an approximation. Options and their
engines are made outside of the timed loop, which values them again one by one. ``black``: price and
five Greeks of a million calls, each by a calculator of its own.
"""

import json
import math
import statistics
import sys
import time

import numpy as np
import QuantLib as ql  # noqa: N813 - as its own documentation has it

RANDOM = np.random.default_rng(7)
COUNT, CALLS = 20_000, 1_000_000
TODAY = ql.Date(30, 6, 2026)
DAYS = ql.Actual365Fixed()


def quote(value):
    """Hold one number."""
    return ql.QuoteHandle(ql.SimpleQuote(float(value)))


def yields(rate):
    """Hold one rate for all times."""
    return ql.YieldTermStructureHandle(ql.FlatForward(TODAY, quote(rate), DAYS))


def future(forward, volatility, rates):
    """Move a future by one volatility."""
    surface = ql.BlackConstantVol(TODAY, ql.NullCalendar(), quote(volatility), DAYS)
    return ql.BlackProcess(quote(forward), rates, ql.BlackVolTermStructureHandle(surface))


def drawn(count):
    """Return forwards, strikes, years and volatilities, as ``ours/risk.py`` draws them."""
    return (
        60.0 * np.exp(RANDOM.normal(0.0, 0.3, count)),
        np.full(count, 60.0) + RANDOM.integers(-20, 21, count),
        RANDOM.uniform(0.02, 2.0, count),
        RANDOM.uniform(0.1, 0.9, count),
    )


def columns():
    """Return forwards, strikes, days to expiry and volatilities."""
    forward, strike, years, volatility = drawn(COUNT)
    return zip(forward, strike, np.rint(365.0 * years), volatility, strict=True)


def american():
    """Make American puts on futures."""
    rates, made = yields(0.05), []
    for forward, strike, days, volatility in columns():
        payoff = ql.PlainVanillaPayoff(ql.Option.Put, float(strike))
        option = ql.VanillaOption(payoff, ql.AmericanExercise(TODAY, TODAY + int(days)))
        process = future(forward, volatility, rates)
        scheme = ql.QdFpAmericanEngine.fastScheme()
        option.setPricingEngine(ql.QdFpAmericanEngine(process, scheme))
        made.append(option)
    return made


def spread():
    """Make calls on differences."""
    rates, made = yields(0.03), []
    correlations = ql.Matrix(2, 2, 1.0)
    correlations[0][1] = correlations[1][0] = 0.6
    for forward, strike, days, volatility in columns():
        call = ql.PlainVanillaPayoff(ql.Option.Call, 3.0)
        payoff = ql.AverageBasketPayoff(call, ql.Array([1.0, -1.0]))
        option = ql.BasketOption(payoff, ql.EuropeanExercise(TODAY + int(days)))
        legs = [future(forward, volatility, rates), future(0.9 * strike, 0.3, rates)]
        option.setPricingEngine(ql.ChoiBasketEngine(legs, correlations))
        made.append(option)
    return made


def revalue(options):
    """Value options again."""
    for option in options:
        option.recalculate()
        option.NPV()


def black():
    """Draw calls on futures: payoff, forward, years and volatility."""
    forward, strike, years, volatility = (column.tolist() for column in drawn(CALLS))
    payoffs = [ql.PlainVanillaPayoff(ql.Option.Call, price) for price in strike]
    return list(zip(payoffs, forward, years, volatility, strict=True))


def black_greeks(calls):
    """Value calls on futures, with their Greeks."""
    for payoff, forward, years, volatility in calls:
        deviation, discount = volatility * math.sqrt(years), math.exp(-0.03 * years)
        option = ql.BlackCalculator(payoff, forward, deviation, discount)
        option.value()
        option.deltaForward()
        option.gammaForward()
        option.vega(years)
        option.theta(forward, years)
        option.rho(years)


if __name__ == "__main__":
    ql.Settings.instance().evaluationDate = TODAY
    make, run = {
        "american": (american, revalue),
        "spread": (spread, revalue),
        "black": (black, black_greeks),
    }[sys.argv[1]]
    made = make()
    wall, cpu = [], []
    for _ in range(4):
        walls, cpus = time.perf_counter(), time.process_time()
        run(made)
        wall.append(time.perf_counter() - walls)
        cpu.append(time.process_time() - cpus)
    # The first round warms up.
    print(
        json.dumps(
            {
                "rate": len(made) / statistics.median(cpu[1:]),
                "wall_rate": len(made) / statistics.median(wall[1:]),
                "unit": "options/s",
                "n": len(made),
                "work": {"options": len(made)},
            }
        )
    )
