"""Greeks of options on a strip of delivery periods."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.pricing.columns import signs
from wattbook.pricing.european import Model, european
from wattbook.pricing.samuelson import SamuelsonVolatility
from wattbook.pricing.strip import (
    POINTS,
    payment_root,
    strip_cap,
    strip_columns,
    strip_slopes,
    strip_swaption,
)

__all__ = ["StripGreeks", "strip_cap_greeks", "strip_swaption_greeks"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StripGreeks:
    """Present value of an option on a strip of n periods and its slopes.

    All are in units of price times volume.
    """

    price: float
    delta: Array
    """Shape (n,): per unit of each forward."""
    gamma: Array
    """Shape (n, n): change of each delta per unit of each forward."""
    vega: float
    """Per 1.0 of all volatilities in proportion: for all of them a hundredth higher, a hundredth of
    it."""
    theta: float
    """Per year that passes, expiries and deliveries nearer by as much."""
    rho: float
    """Per 1.0 of the rate, the forwards unchanged."""


def strip_cap_greeks(
    kind: str,
    *,
    volatility: SamuelsonVolatility,
    forwards: ArrayLike,
    volumes: ArrayLike,
    expiries: ArrayLike,
    deliveries: ArrayLike,
    strike: float,
    rate: float = 0.0,
) -> StripGreeks:
    """Value a cap or floor with its Greeks: sums of those of its periods.

    Parameters
    ----------
    kind, volatility, forwards, volumes, expiries, deliveries, strike, rate
        As for `strip_cap`.

    Raises
    ------
    InputError
        As `strip_cap`.

    Examples
    --------
    >>> found = strip_cap_greeks(
    ...     "call", volatility=SamuelsonVolatility(0.4, 0.2, 2.0), forwards=[60.0, 62.0],
    ...     volumes=[744.0, 672.0], expiries=[0.4, 0.5], deliveries=[0.5, 0.6], strike=65.0,
    ... )
    >>> found.delta.round()
    array([325., 331.])
    """
    price = strip_cap(
        kind,
        volatility=volatility,
        forwards=forwards,
        volumes=volumes,
        expiries=expiries,
        deliveries=deliveries,
        strike=strike,
        rate=rate,
    )
    prices, sizes = strip_columns(forwards, volumes)
    ends, whens = (
        np.broadcast_to(np.asarray(v, float), prices.shape) for v in (expiries, deliveries)
    )
    quoted = volatility.average(ends, whens)
    found = european(
        Model.BLACK,
        kind,
        forward=prices,
        strike=strike,
        time=ends,
        volatility=quoted,
        rate=rate,
    )
    by_variance = sizes * 0.5 * found.gamma * prices**2
    now = _now(volatility, whens)
    return StripGreeks(
        price=price,
        delta=sizes * found.delta,
        gamma=np.diag(sizes * found.gamma),
        vega=float(np.sum(by_variance * 2.0 * quoted**2 * ends)),
        theta=rate * price - float(by_variance @ now**2),
        rho=-float(sizes @ (ends * found.price)),
    )


def strip_swaption_greeks(
    kind: str,
    *,
    volatility: SamuelsonVolatility,
    forwards: ArrayLike,
    volumes: ArrayLike,
    expiry: float,
    deliveries: ArrayLike,
    strike: float,
    rate: float = 0.0,
) -> StripGreeks:
    """Value an option on a whole strip with its Greeks: sums over the same points as the value.

    Parameters
    ----------
    kind, volatility, forwards, volumes, expiry, deliveries, strike, rate
        As for `strip_swaption`.

    Raises
    ------
    InputError
        As `strip_swaption`.

    Examples
    --------
    >>> found = strip_swaption_greeks(
    ...     "call", volatility=SamuelsonVolatility(0.4, 0.2, 2.0), forwards=[60.0, 62.0],
    ...     volumes=[744.0, 672.0], expiry=0.4, deliveries=[0.5, 0.6], strike=65.0,
    ... )
    >>> found.delta.round()
    array([340., 300.])
    """
    price = strip_swaption(
        kind,
        volatility=volatility,
        forwards=forwards,
        volumes=volumes,
        expiry=expiry,
        deliveries=deliveries,
        strike=strike,
        rate=rate,
    )
    prices, sizes = strip_columns(forwards, volumes)
    whens = np.broadcast_to(np.asarray(deliveries, float), prices.shape)
    first, second = strip_slopes(volatility, expiry, whens, prices.shape, rate)
    amounts, due = sizes * prices, strike * float(sizes.sum())
    sign, discount = float(signs(kind)), math.exp(-rate * expiry)
    paid, cash = np.zeros(prices.size), np.zeros((prices.size, prices.size))
    if np.all(first > 1e-12):
        points, weights = np.polynomial.hermite_e.hermegauss(POINTS)
        for point, weight in zip(points.tolist(), weights.tolist(), strict=True):
            given = amounts * np.exp(second * (point - 0.5 * second))
            root = payment_root(given, first, due)
            level = given * np.exp(first * (root - 0.5 * first))
            scale = discount * weight / math.sqrt(2.0 * math.pi)
            moved = sign * (root - first) / math.sqrt(2.0)
            shares = [0.5 * math.erfc(z) for z in moved.tolist()]
            paid += sign * scale * given * np.array(shares)
            bell = math.exp(-0.5 * root * root) / math.sqrt(2.0 * math.pi)
            if bell > 0.0:
                # Divided first: products of levels overflow before their share does.
                cash += np.outer(scale * bell * level, level / float(first @ level))
    else:
        gain = sign * (float(amounts.sum()) - due)
        share = 0.5 if gain == 0.0 else float(gain > 0.0)
        paid += sign * discount * share * amounts
    joint = np.outer(first, first) + np.outer(second, second)
    now = _now(volatility, whens)
    return StripGreeks(
        price=price,
        delta=paid / prices,
        gamma=cash / prices[:, None] / prices,
        vega=float(np.sum(cash * joint)),
        theta=rate * price - 0.5 * float(now @ cash @ now),
        rho=-expiry * price,
    )


def _now(volatility: SamuelsonVolatility, deliveries: Array) -> Array:
    """Volatility at this instant of forwards for deliveries in so many years."""
    found: Array = volatility.near * np.exp(-volatility.decay * deliveries) + volatility.far
    return found
