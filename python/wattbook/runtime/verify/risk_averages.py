"""Known answers of options on averages."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from wattbook.pricing import (
    AverageMethod,
    average_price,
    average_strike_geometric,
    continuous_average,
)

__all__ = ["AVERAGES"]

Inputs = Mapping[str, Any]


def geometric(case: Inputs) -> float:
    """Geometric average as the strike, or as the price, of fixings at given times."""
    times = np.asarray(case["fixing_times"])
    carry = case["r"] - case["q"]
    forwards = case["spot"] * np.exp(carry * times)
    if case.get("payoff", "average price") == "average strike":
        # The source's engine counts all times from the first fixing, where it has today's spot.
        start = times[0]
        times, end = times - start, case["t"] - start
        forwards = case["spot"] * np.exp(carry * times)
        return average_strike_geometric(
            case["type"],
            forwards=forwards,
            times=times,
            volatilities=case["vol"],
            final_forward=case["spot"] * math.exp(carry * end),
            final_time=end,
            final_volatility=case["vol"],
            rate=case["r"],
        )
    value = average_price(
        case["type"],
        forwards=forwards,
        times=times,
        volatilities=case["vol"],
        strike=case["strike"],
        payment=case["t"],
        rate=case["r"],
        method=AverageMethod.GEOMETRIC,
    )
    return float(value)


def arithmetic(case: Inputs) -> float:
    """Arithmetic average of equally spaced fixings on whole days of 360."""
    count = case["n_fixings"]
    times = case["first_fixing"] + np.arange(count) * case["length"] / max(count - 1, 1)
    times = np.round(360.0 * times) / 360.0
    value = average_price(
        case["type"],
        forwards=case["spot"] * np.exp((case["r"] - case["q"]) * times),
        times=times,
        volatilities=case["vol"],
        strike=case["strike"],
        rate=case["r"],
    )
    return float(value)


def by_moments(case: Inputs) -> float:
    """Arithmetic average by two moments, with a volatility for each fixing."""
    count = case["n_fixings"]
    times = np.linspace(case["first_fixing"], case["expiry"], count)
    step = {"flat": 0.0, "up": 0.005, "down": -0.005}[case["vol_slope"]]
    value = average_price(
        case["type"],
        forwards=case["forward"] * np.exp(case["cost_of_carry"] * (times - case["expiry"])),
        times=times,
        volatilities=case["vol_at_expiry"] - (count - 1 - np.arange(count)) * step,
        strike=case["strike"],
        rate=case["r"],
        method=AverageMethod.MOMENTS,
    )
    return float(value)


def levy(case: Inputs) -> float:
    """Continuous average in progress, by Levy's moments."""
    year = 360.0 if case.get("daycount", "Actual/360") == "Actual/360" else 365.0
    elapsed = case["elapsed_days"] / year
    return continuous_average(
        case["type"],
        spot=case["spot"],
        strike=case["strike"],
        time=case["averaging_total_days"] / year - elapsed,
        volatility=case["vol"],
        rate=case["r"],
        carry_yield=case["q"],
        average_so_far=case["average_so_far"],
        elapsed=elapsed,
        method=AverageMethod.MOMENTS,
    )


def continuous(case: Inputs) -> float:
    """Continuous average, exact."""
    return continuous_average(
        case["type"],
        spot=case["spot"],
        strike=case["strike"],
        time=case["t"],
        volatility=case["vol"],
        rate=case["r"],
        carry_yield=case["q"],
    )


AVERAGES = {
    "asian_geometric_discrete": geometric,
    "asian_arithmetic_discrete_Levy97": arithmetic,
    "asian_TurnbullWakeman_term_structure": by_moments,
    "asian_Levy_continuous": levy,
    "asian_continuous_exact_Vecer": continuous,
}
