"""Options on a strip of delivery periods, under one volatility by the time to delivery."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.pricing.columns import refuse_beyond, signs
from wattbook.pricing.european import Model, european
from wattbook.pricing.samuelson import SamuelsonVolatility

__all__ = ["strip_cap", "strip_swaption"]

Array = NDArray[np.float64]

POINTS = 48
"""Of the sum over the second variable."""


def strip_cap(
    kind: str,
    *,
    volatility: SamuelsonVolatility,
    forwards: ArrayLike,
    volumes: ArrayLike,
    expiries: ArrayLike,
    deliveries: ArrayLike,
    strike: float,
    rate: float = 0.0,
) -> float:
    """Present value of a cap (``"call"``) or floor (``"put"``): an option on each delivery period.

    Parameters
    ----------
    forwards, volumes, expiries, deliveries : array, shape (n,)
        Of each period: forward above 0, volume, years to its option's expiry and to delivery.
    strike : float
        Above 0, in the forwards' unit of price.

    Returns
    -------
    float
        Units of price times volume.

    Raises
    ------
    InputError
        With row, field and remedy.

    Examples
    --------
    >>> value = strip_cap(
    ...     "call", volatility=SamuelsonVolatility(0.4, 0.2, 2.0), forwards=[60.0, 62.0],
    ...     volumes=[744.0, 672.0], expiries=[0.4, 0.5], deliveries=[0.5, 0.6], strike=65.0,
    ... )
    >>> round(value)
    7359
    """
    prices, sizes = strip_columns(forwards, volumes)
    found = european(
        Model.BLACK,
        kind,
        forward=prices,
        strike=strike,
        time=expiries,
        volatility=volatility.average(expiries, deliveries),
        rate=rate,
    )
    return float(sizes @ found.price)


def strip_swaption(
    kind: str,
    *,
    volatility: SamuelsonVolatility,
    forwards: ArrayLike,
    volumes: ArrayLike,
    expiry: float,
    deliveries: ArrayLike,
    strike: float,
    rate: float = 0.0,
) -> float:
    """Present value of one option on a whole strip at one fixed price.

    One shock moves all forwards, but not in the same shape at all times: until expiry it leaves
    two normal variables. Given one of them the strip rises with the other, and pays from one root
    on (F. Jamshidian, Journal of Finance 44, 1989); that is summed by 48 Gauss-Hermite points.

    Parameters
    ----------
    forwards, volumes, deliveries : array, shape (n,)
        Of each period: forward and volume above 0, and years to delivery.
    expiry : float
        Years to the option's expiry.
    strike : float
        Fixed price of the strip, above 0.

    Returns
    -------
    float
        Units of price times volume.

    Raises
    ------
    InputError
        With row, field and remedy.

    Examples
    --------
    >>> value = strip_swaption(
    ...     "call", volatility=SamuelsonVolatility(0.4, 0.2, 2.0), forwards=[60.0, 62.0],
    ...     volumes=[744.0, 672.0], expiry=0.4, deliveries=[0.5, 0.6], strike=65.0,
    ... )
    >>> round(value)
    6578
    """
    prices, sizes = strip_columns(forwards, volumes)
    if not (np.isfinite(strike) and strike > 0.0):
        message = f"strike is {strike}: give a price above 0"
        raise InputError(message)
    refuse_beyond("strike", strike, 1e-9, 1e9)
    if np.any(sizes <= 0.0):
        row = int(np.flatnonzero(sizes <= 0.0)[0])
        message = f"row {row}: volume is {sizes[row]}: a strip delivers volumes above 0"
        raise InputError(message)
    first, second = strip_slopes(volatility, expiry, deliveries, prices.shape, rate)
    amounts, due = sizes * prices, strike * float(sizes.sum())
    if not np.all(first > 1e-12):
        call = max(float(amounts.sum()) - due, 0.0)
    else:
        points, weights = np.polynomial.hermite_e.hermegauss(POINTS)
        call = sum(
            weight * _conditional(amounts * np.exp(second * (point - 0.5 * second)), first, due)
            for point, weight in zip(points.tolist(), weights.tolist(), strict=True)
        ) / math.sqrt(2.0 * math.pi)
    value = call if signs(kind) == 1.0 else call - (float(amounts.sum()) - due)
    return math.exp(-rate * expiry) * max(value, 0.0)


def strip_slopes(
    volatility: SamuelsonVolatility,
    expiry: float,
    deliveries: ArrayLike,
    shape: tuple[int, ...],
    rate: float,
) -> tuple[Array, Array]:
    """Slopes of a strip's forwards in both shocks, refused where their exponentials have no end."""
    refuse_beyond("expiry", expiry, 0.0, 1000.0)
    refuse_beyond("rate times expiry", rate * expiry, -100.0, 100.0)
    first, second = volatility.slopes(expiry, np.broadcast_to(np.asarray(deliveries, float), shape))
    refuse_beyond("deviation until expiry", np.hypot(first, second), 0.0, 10.0)
    return first, second


def _conditional(amounts: Array, slopes: Array, due: float) -> float:
    """Value of what one shock moves by `slopes` above what is due, by its root."""
    shock = payment_root(amounts, slopes, due)
    above = np.array([_above(shock - slope) for slope in slopes.tolist()])
    return float(amounts @ above) - due * _above(shock)


def payment_root(amounts: Array, slopes: Array, due: float) -> float:
    """Shock from which on what it moves by `slopes` is above what is due."""
    shock = 0.0
    low, high = -40.0, 40.0
    for _ in range(100):
        parts = amounts * np.exp(slopes * (shock - 0.5 * slopes))
        gap = float(parts.sum()) - due
        low, high = (low, min(high, shock)) if gap > 0.0 else (max(low, shock), high)
        step = shock - gap / float(slopes @ parts)
        moved = step if low < step < high else 0.5 * (low + high)
        if abs(moved - shock) < 1e-10:
            break
        shock = moved
    return shock


def _above(z: float) -> float:
    return 0.5 * math.erfc(z / math.sqrt(2.0))


def strip_columns(forwards: ArrayLike, volumes: ArrayLike) -> tuple[Array, Array]:
    """Return forwards and volumes of a strip, checked."""
    prices, sizes = (np.atleast_1d(np.asarray(v, float)) for v in (forwards, volumes))
    if prices.ndim != 1 or prices.shape != sizes.shape:
        message = f"forwards {prices.shape} and volumes {sizes.shape}: give one of each period"
        raise InputError(message)
    refuse_beyond("forward", prices, 1e-9, 1e9)
    refuse_beyond("volume", sizes, -1e15, 1e15)
    return prices, sizes
