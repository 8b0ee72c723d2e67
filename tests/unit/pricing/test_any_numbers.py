"""Every pricing function on any numbers: a finite figure, or an `InputError`; never a NaN."""

import datetime as dt
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.pricing import (
    AmericanMethod,
    AverageMethod,
    Deposit,
    InterestSwap,
    Model,
    QuotedSmile,
    RainbowOn,
    RateFuture,
    SamuelsonVolatility,
    SpreadMethod,
    american,
    american_greeks,
    average_greeks,
    average_price,
    average_strike_geometric,
    basket,
    basket_greeks,
    bootstrap_discount_curve,
    continuous_average,
    digital,
    digital_greeks,
    european,
    implied_volatility,
    quanto,
    rainbow,
    rainbow_greeks,
    spread,
    spread_greeks,
    strip_cap,
    strip_cap_greeks,
    strip_swaption,
    strip_swaption_greeks,
)

ODD = [0.0, -0.0, 1.0, -1.0, 5e-324, 1e-300, 1e-16, 1e-9, 700.0, -700.0, 1e9, 1e16, 1e300, -1e300]
NONE = [np.inf, -np.inf, np.nan]


class Numbers:
    """Numbers of a range, now and then odd ones or none."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def one(self, low: float, high: float, odd: float = 0.1) -> float:
        turn = self.random.random()
        if turn < odd:
            return float(self.random.choice(ODD if turn < 0.8 * odd else NONE))
        return float(self.random.uniform(low, high))

    def many(self, count: int, low: float, high: float) -> NDArray[np.float64]:
        return np.array([self.one(low, high, 0.03) for _ in range(count)])

    def word(self) -> str:
        return str(self.random.choice(["call", "put"]))

    def correlations(self, count: int) -> NDArray[np.float64]:
        matrix = np.eye(count)
        for row in range(count):
            for column in range(row):
                share = 0.3 * self.one(-1.0, 1.0, 0.02)
                matrix[row, column] = matrix[column, row] = share
        return matrix

    def samuelson(self) -> SamuelsonVolatility:
        near, far, decay = (
            float(self.random.choice([0.0, 1e-300, 100.0, turn, turn, turn]))
            for turn in self.random.uniform(0.0, 2.0, 3)
        )
        return SamuelsonVolatility(near, far, decay)


def priced(numbers: Numbers) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every pricing function with arguments of its own."""
    one, many, word = numbers.one, numbers.many, numbers.word
    count = int(numbers.random.integers(1, 4))
    model = list(Model)[int(numbers.random.integers(3))]
    plain: dict[str, Any] = {
        "forward": one(-5.0, 100.0),
        "strike": one(-5.0, 100.0),
        "time": one(0.0, 3.0),
        "rate": one(-0.05, 0.1),
        "shift": one(0.0, 30.0) if model is Model.SHIFTED else 0.0,
    }
    volatile = {**plain, "volatility": one(0.0, 2.0)}
    legs: dict[str, Any] = {
        "first": one(-5.0, 100.0),
        "second": one(-5.0, 100.0),
        "strike": one(-50.0, 50.0),
        "time": one(0.0, 3.0),
        "first_volatility": one(0.0, 2.0 if count > 1 else 30.0),
        "second_volatility": one(0.0, 2.0),
        "correlation": one(-1.0, 1.0),
        "rate": one(-0.05, 0.1),
    }
    early: dict[str, Any] = {
        "underlying": one(-5.0, 100.0),
        "strike": one(-5.0, 100.0),
        "time": one(0.0, 3.0),
        "volatility": one(0.0, 2.0),
        "rate": one(-0.05, 0.1),
        "carry_yield": None if numbers.random.random() < 0.5 else one(-0.05, 0.1),
    }
    terms: dict[str, Any] = {
        "forwards": many(count, 1.0, 100.0),
        "times": np.sort(many(count, 0.0, 2.0)),
        "volatilities": many(count, 0.0, 1.0),
        "strike": one(-5.0, 100.0),
        "rate": one(-0.05, 0.1),
        "weights": many(count, 0.0, 2.0),
        "fixed": many(int(numbers.random.integers(0, 3)), 0.0, 90.0),
        "payment": None if numbers.random.random() < 0.5 else one(0.0, 3.0),
    }
    parts: dict[str, Any] = {
        "weights": many(count, -1.0, 1.0),
        "forwards": many(count, 1.0, 100.0),
        "volatilities": many(count, 0.0, 1.0),
        "correlations": numbers.correlations(count),
        "strike": one(-50.0, 100.0),
        "time": one(0.0, 3.0),
        "rate": one(-0.05, 0.1),
    }
    strip: dict[str, Any] = {
        "forwards": many(count, 1.0, 100.0),
        "volumes": many(count, 0.0, 700.0),
        "deliveries": many(count, 1.0, 2.0),
        "strike": one(-5.0, 100.0),
        "rate": one(-0.05, 0.1),
    }
    path: dict[str, Any] = {
        "spot": one(-5.0, 100.0),
        "strike": one(-5.0, 100.0),
        "time": one(0.0, 2.0),
        "volatility": one(0.0, 1.0),
        "rate": one(-0.05, 0.1),
        "carry_yield": one(-0.05, 0.1),
        "average_so_far": one(0.0, 90.0),
        "elapsed": one(0.0, 1.0),
    }
    yield "european", partial(european, model, word(), **volatile)
    yield "digital", partial(digital, model, word(), **volatile)
    yield "digital_greeks", partial(digital_greeks, model, word(), **volatile)
    yield "implied", partial(implied_volatility, model, word(), price=one(0.0, 60.0), **plain)
    for early_method in AmericanMethod:
        name = f"american {early_method.value}"
        yield name, partial(american, word(), method=early_method, **early)
        yield f"{name} greeks", partial(american_greeks, word(), method=early_method, **early)
    for leg_method in SpreadMethod:
        name = f"spread {leg_method.value}"
        yield name, partial(spread, word(), method=leg_method, **legs)
        yield f"{name} greeks", partial(spread_greeks, word(), method=leg_method, **legs)
    for mean_method in AverageMethod:
        name = f"average {mean_method.value}"
        yield name, partial(average_price, word(), method=mean_method, **terms)
        yield f"{name} greeks", partial(average_greeks, word(), method=mean_method, **terms)
    yield "basket", partial(basket, word(), **parts)
    yield "basket_greeks", partial(basket_greeks, word(), **parts)
    pair: dict[str, Any] = {
        "on": list(RainbowOn)[int(numbers.random.integers(2))],
        "forwards": (one(-5.0, 100.0), one(-5.0, 100.0)),
        "volatilities": (one(0.0, 2.0), one(0.0, 2.0)),
        "correlation": one(-1.0, 1.0),
        "strike": one(-5.0, 100.0),
        "time": one(0.0, 3.0),
        "rate": one(-0.05, 0.1),
    }
    yield "rainbow", partial(rainbow, word(), **pair)
    yield "rainbow_greeks", partial(rainbow_greeks, word(), **pair)
    volatility = numbers.samuelson()
    expiries = many(count, 0.0, 1.0)
    for cap in (strip_cap, strip_cap_greeks):
        yield cap.__name__, partial(cap, word(), volatility=volatility, expiries=expiries, **strip)
    expiry = one(0.0, 1.0)
    for swaption in (strip_swaption, strip_swaption_greeks):
        name = swaption.__name__
        yield name, partial(swaption, word(), volatility=volatility, expiry=expiry, **strip)
    yield (
        "average_strike_geometric",
        partial(
            average_strike_geometric,
            word(),
            forwards=terms["forwards"],
            times=terms["times"],
            volatilities=terms["volatilities"],
            final_forward=one(-5.0, 100.0),
            final_time=one(0.0, 3.0),
            final_volatility=one(0.0, 2.0),
            rate=one(-0.05, 0.1),
        ),
    )
    yield (
        "quanto",
        partial(
            quanto,
            word(),
            **{name: value for name, value in volatile.items() if name != "shift"},
            exchange_volatility=one(0.0, 0.4),
            correlation=one(-1.0, 1.0),
            fixed_exchange=one(0.5, 2.0),
        ),
    )
    rates: list[Deposit | RateFuture | InterestSwap] = [
        Deposit(one(0.1, 0.4), one(-0.02, 0.1)),
        RateFuture(one(0.1, 0.4), one(0.5, 0.9), one(90.0, 102.0)),
        InterestSwap(one(1.0, 9.0), one(-0.02, 0.1), int(numbers.random.integers(1, 5))),
    ]
    yield "bootstrap_discount_curve", partial(bootstrapped, rates)
    strikes = np.sort(many(4, 20.0, 90.0))
    quotes = one(0.2, 0.8) * (1.0 + 0.1 * many(4, 0.0, 1.0))
    yield "smile", partial(smiled, one(0.0, 3.0), one(20.0, 90.0), strikes, quotes, one(1.0, 500.0))
    moments = AverageMethod.MOMENTS
    yield "continuous_average", partial(continuous_average, word(), method=moments, **path)


def bootstrapped(quotes: list[Deposit | RateFuture | InterestSwap]) -> NDArray[np.float64]:
    made = dt.datetime(2026, 6, 30, tzinfo=dt.UTC)
    return np.asarray(bootstrap_discount_curve("EUR", made, quotes).rates)


def smiled(
    time: float,
    forward: float,
    strikes: NDArray[np.float64],
    quotes: NDArray[np.float64],
    asked: float,
) -> NDArray[np.float64]:
    return QuotedSmile(time, forward, strikes, quotes).volatility(asked)


def is_finite(found: Any) -> bool:
    """Whether each figure is a number."""
    names = getattr(type(found), "__slots__", ())
    figures = [getattr(found, name) for name in names] if names else [found]
    return all(bool(np.isfinite(figure).all()) for figure in figures)


def check(seeds: range) -> None:
    answered: set[str] = set()
    refused: set[str] = set()
    for seed in seeds:
        for name, value in priced(Numbers(seed)):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                try:
                    found = value()
                except InputError:
                    refused.add(name)
                    continue
            assert is_finite(found), (seed, name, found)
            answered.add(name)
    assert answered == refused, answered ^ refused


def test_any_numbers_are_finite_or_refused() -> None:
    check(range(60))


@pytest.mark.slow
@pytest.mark.parametrize("block", range(1, 3))
def test_any_more_numbers_are_finite_or_refused(block: int) -> None:
    check(range(600 * block, 600 * (block + 1)))
