"""Two valuation dates at once: nothing is shared between threads but what never changes."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from wattbook.pricing import (
    DiscountCurve,
    Model,
    american,
    average_price,
    european,
    spread,
)

CURVES = [
    DiscountCurve("EUR", dt.datetime(2026, 6, day, 16, tzinfo=dt.UTC), [0.25, 1.0, 2.0], rates)
    for day, rates in ((29, [0.02, 0.025, 0.03]), (30, [0.06, 0.05, 0.04]))
]
EXPIRY = dt.datetime(2027, 3, 31, 16, tzinfo=dt.UTC)


def values_at(curve: DiscountCurve) -> NDArray[np.float64]:
    """Value options that expire on one day as of the curve's day."""
    time = (EXPIRY - curve.made).total_seconds() / (365.0 * 86_400.0)
    rate = float(curve.rate(time, at=curve.made))
    strikes = np.linspace(40.0, 80.0, 300)
    plain = european(
        Model.BLACK, "call", forward=60.0, strike=strikes, time=time, volatility=0.4, rate=rate
    )
    early = american("put", underlying=60.0, strike=strikes, time=time, volatility=0.4, rate=rate)
    apart = spread(
        "call",
        first=60.0,
        second=strikes,
        strike=2.0,
        time=time,
        first_volatility=0.4,
        second_volatility=0.3,
        correlation=0.5,
        rate=rate,
    )
    mean = average_price(
        "call",
        forwards=60.0,
        times=time + np.arange(5) / 252,
        volatilities=0.4,
        strike=strikes[::30],
        rate=rate,
    )
    return np.concatenate([plain.price, plain.theta, early, apart, mean])


def test_two_valuation_dates_at_once_give_what_each_gives_alone() -> None:
    alone = [values_at(curve) for curve in CURVES]
    assert not np.array_equal(alone[0], alone[1])
    places = [turn % 2 for turn in range(24)]
    with ThreadPoolExecutor(max_workers=4) as threads:
        together = list(threads.map(lambda place: values_at(CURVES[place]), places))
    for place, found in zip(places, together, strict=True):
        np.testing.assert_array_equal(found, alone[place])
