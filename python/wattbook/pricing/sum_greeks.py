"""Greeks of options on differences and weighted sums of prices, and on one of two."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core
from wattbook.choice import chosen
from wattbook.pricing.columns import (
    Kind,
    Shape,
    flat,
    refuse_beyond,
    refuse_endless,
    refuse_wide,
    signs,
)
from wattbook.pricing.rainbow import RainbowOn, rainbow
from wattbook.pricing.spread import (
    MOST_DEVIATION,
    MOST_DEVIATION_OF_A_PAIR,
    PAIR,
    SpreadMethod,
    basket,
    spread,
    spreads_approximated,
)

__all__ = ["SumGreeks", "basket_greeks", "rainbow_greeks", "spread_greeks", "sum_greeks"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SumGreeks:
    """Present values of options on n lognormal prices and their slopes, float64 arrays.

    Shapes are those of the inputs, with one axis more for each price that a slope is by.
    """

    price: Array
    """In units of price."""
    delta: Array
    """Shape (…, n): per unit of each forward."""
    gamma: Array
    """Shape (…, n, n): change of each delta per unit of each forward; what is off the diagonal is
    also called cross gamma."""
    vega: Array
    """Shape (…, n): per 1.0 of each volatility."""
    correlation: Array
    """Shape (…, n, n): per 1.0 of the correlation of a pair, which stands in both its places; 0 on
    the diagonal."""
    theta: Array
    """Per year that passes."""
    rho: Array
    """Per 1.0 of the rate, the forwards unchanged."""


def sum_greeks(
    price: Array,
    delta: Array,
    gamma: Array,
    *,
    forwards: Array,
    volatilities: Array,
    correlations: Array,
    time: Array,
    rate: Array,
) -> SumGreeks:
    """Complete price, delta and gamma by the slopes that follow from them.

    The value meets the heat equation in the covariance of the logarithms (R. Plackett, Biometrika
    41, 1954): its slope by a covariance is the cross gamma times both forwards. Last axes are n
    prices, or n by n.

    Raises
    ------
    InputError
        For a volatility out of range, and where a figure is beyond what a number can hold.
    """
    refuse_beyond("volatility", volatilities, 0.0, 1e6)
    # What overflows on the way is refused by its row.
    with np.errstate(all="ignore"):
        cash = gamma * forwards[..., :, None] * forwards[..., None, :]
        shared = correlations * volatilities[..., None, :]
        pairs = volatilities[..., :, None] * volatilities[..., None, :]
        vega = time[..., None] * np.sum(cash * shared, axis=-1)
        away = 1.0 - np.eye(forwards.shape[-1])
        decay = 0.5 * np.sum(cash * correlations * pairs, axis=(-2, -1))
        together = time[..., None, None] * cash * pairs * away
    figures = {"delta": delta, "gamma": gamma, "vega": vega, "theta": decay}
    refuse_endless({**figures, "correlation": together}, "give weights and prices of like size")
    return SumGreeks(
        price=price,
        delta=delta,
        gamma=gamma,
        vega=vega,
        correlation=together,
        theta=rate * price - decay,
        rho=-time * price,
    )


def spread_greeks(
    kind: Kind,
    *,
    first: ArrayLike,
    second: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    first_volatility: ArrayLike,
    second_volatility: ArrayLike,
    correlation: ArrayLike,
    rate: ArrayLike = 0.0,
    method: SpreadMethod = SpreadMethod.EXACT,
) -> SumGreeks:
    """Value options on ``first - second`` with their Greeks, exactly.

    Delta and gamma are sums over the same shocks as the value (J. Choi, Journal of Futures Markets
    38, 2018), the rest follows from them; nothing is a difference of values. An approximation by
    name has the Greeks of its own formula, by algorithmic differentiation.

    Parameters
    ----------
    kind, first, second, strike, time, first_volatility, second_volatility, correlation, rate
        As for `spread`, and so is `method`.

    Raises
    ------
    InputError
        With row, field and remedy, for what cannot be priced.

    Examples
    --------
    >>> found = spread_greeks(
    ...     "call", first=62.0, second=55.0, strike=5.0, time=0.5, first_volatility=0.45,
    ...     second_volatility=0.3, correlation=0.6, rate=0.03,
    ... )
    >>> found.delta.round(4), found.vega.round(3)
    (array([ 0.5921, -0.4931]), array([13.198,  0.216]))
    """
    fields = {
        "kind": signs(kind),
        "first": first,
        "second": second,
        "strike": strike,
        "time": time,
        "first_volatility": first_volatility,
        "second_volatility": second_volatility,
        "correlation": correlation,
        "rate": rate,
    }
    if (way := chosen(SpreadMethod, method)) is not SpreadMethod.EXACT:
        return _approximated(*spreads_approximated(way, fields, with_slopes=True))
    shape, columns = flat(fields)
    sign, one, other, level, years, volatility, other_volatility, together, discount_rate = columns
    rows = math.prod(shape)
    found = _core.spread_derivatives(
        rows,
        sign,
        (one, other),
        level,
        years,
        (volatility, other_volatility),
        together,
        discount_rate,
    ).reshape(5, *shape)
    both = {"first_volatility": first_volatility, "second_volatility": second_volatility}
    refuse_wide(both, time, MOST_DEVIATION_OF_A_PAIR)
    whole = {name: np.broadcast_to(np.asarray(v, float), shape) for name, v in fields.items()}
    correlations = np.ones((*shape, 2, 2))
    correlations[..., 0, 1] = correlations[..., 1, 0] = whole["correlation"]
    gamma = np.stack([found[2], found[3], found[3], found[4]], axis=-1).reshape(*shape, 2, 2)
    price = spread(
        kind,
        first=first,
        second=second,
        strike=strike,
        time=time,
        first_volatility=first_volatility,
        second_volatility=second_volatility,
        correlation=correlation,
        rate=rate,
    )
    return sum_greeks(
        price,
        np.stack([found[0], found[1]], axis=-1),
        gamma,
        forwards=np.stack([whole["first"], whole["second"]], axis=-1),
        volatilities=np.stack([whole["first_volatility"], whole["second_volatility"]], axis=-1),
        correlations=correlations,
        time=whole["time"],
        rate=whole["rate"],
    )


def _approximated(shape: Shape, figures: Array) -> SumGreeks:
    """Greeks by the kernel's figures."""
    price, *slopes, theta, rho = figures.reshape(11, *shape)
    first, second, twice, both, second_twice, vega, other_vega, correlation = slopes
    none = np.zeros(shape)
    return SumGreeks(
        price=price[()],
        delta=np.stack([first, second], axis=-1),
        gamma=np.stack([twice, both, both, second_twice], axis=-1).reshape(*shape, 2, 2),
        vega=np.stack([vega, other_vega], axis=-1),
        correlation=np.stack([none, correlation, correlation, none], axis=-1).reshape(*shape, 2, 2),
        theta=theta[()],
        rho=rho[()],
    )


def basket_greeks(
    kind: str,
    *,
    weights: ArrayLike,
    forwards: ArrayLike,
    volatilities: ArrayLike,
    correlations: ArrayLike,
    strike: float,
    time: float,
    rate: float = 0.0,
) -> SumGreeks:
    """Value one option on a weighted sum of lognormal prices with its Greeks, as `spread_greeks`.

    Parameters
    ----------
    kind, weights, forwards, volatilities, correlations, strike, time, rate
        As for `basket`.

    Raises
    ------
    InputError
        As `basket`.

    Examples
    --------
    >>> found = basket_greeks(
    ...     "call", weights=[0.5, 0.5], forwards=[60.0, 62.0], volatilities=[0.4, 0.3],
    ...     correlations=[[1.0, 0.5], [0.5, 1.0]], strike=61.0, time=0.5,
    ... )
    >>> found.delta.round(4)
    array([0.2785, 0.263 ])
    """
    given = {"weights": weights, "forwards": forwards, "volatilities": volatilities}
    price = basket(kind, correlations=correlations, strike=strike, time=time, rate=rate, **given)
    sizes, prices, deviations = (
        np.ascontiguousarray(values, dtype=np.float64) for values in given.values()
    )
    matrix = np.ascontiguousarray(correlations, dtype=np.float64)
    count = sizes.size
    is_spread = count == PAIR and sizes[0] * sizes[1] < 0.0
    most = MOST_DEVIATION_OF_A_PAIR if is_spread else MOST_DEVIATION
    refuse_wide({"volatilities": volatilities}, time, most)
    found = _core.basket_derivatives(
        float(signs(kind)),
        sizes,
        prices,
        deviations * math.sqrt(time),
        matrix.ravel(),
        strike,
        math.exp(-rate * time),
    )
    return sum_greeks(
        np.asarray(price),
        found[:count],
        found[count:].reshape(count, count),
        forwards=prices,
        volatilities=deviations,
        correlations=matrix,
        time=np.asarray(time, dtype=np.float64),
        rate=np.asarray(rate, dtype=np.float64),
    )


def rainbow_greeks(
    kind: str,
    on: RainbowOn,
    *,
    forwards: tuple[float, float],
    volatilities: tuple[float, float],
    correlation: float,
    strike: float,
    time: float,
    rate: float = 0.0,
) -> SumGreeks:
    """Value one option on the lesser or the greater of two prices with its Greeks, in closed form.

    Delta is the probability, by that price, that it is the one and is paid (R. Stulz, Journal of
    Financial Economics 10, 1982); the rest follows as in `sum_greeks`.

    Parameters
    ----------
    kind, on, forwards, volatilities, correlation, strike, time, rate
        As for `rainbow`.

    Raises
    ------
    InputError
        As `rainbow`.

    Examples
    --------
    >>> found = rainbow_greeks(
    ...     "call", RainbowOn.GREATER, forwards=(80.0, 120.0), volatilities=(0.3, 0.3),
    ...     correlation=0.3, strike=100.0, time=1.0,
    ... )
    >>> found.delta.round(4), found.vega.round(3)
    (array([0.1058, 0.7418]), array([11.769, 36.694]))
    """
    price = rainbow(
        kind,
        on,
        forwards=forwards,
        volatilities=volatilities,
        correlation=correlation,
        strike=strike,
        time=time,
        rate=rate,
    )
    root = math.sqrt(time)
    found = _core.rainbow_derivatives(
        float(signs(kind)),
        chosen(RainbowOn, on) is RainbowOn.GREATER,
        forwards,
        (volatilities[0] * root, volatilities[1] * root),
        correlation,
        strike,
        math.exp(-rate * time),
    )
    return sum_greeks(
        np.asarray(price),
        found[:2],
        found[2:].reshape(2, 2),
        forwards=np.asarray(forwards, dtype=np.float64),
        volatilities=np.asarray(volatilities, dtype=np.float64),
        correlations=np.array([[1.0, correlation], [correlation, 1.0]]),
        time=np.asarray(time, dtype=np.float64),
        rate=np.asarray(rate, dtype=np.float64),
    )
