"""Greeks of American options, digital options and options on averages."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core
from wattbook.choice import chosen
from wattbook.pricing.american import AmericanMethod
from wattbook.pricing.asian import (
    AverageMethod,
    average_inputs,
    average_price,
    averages_approximated,
)
from wattbook.pricing.columns import Kind, flat, refuse_endless, signs
from wattbook.pricing.digital import digital
from wattbook.pricing.european import Model, OptionValues

__all__ = ["american_greeks", "average_greeks", "digital_greeks"]

Array = NDArray[np.float64]


def american_greeks(
    kind: Kind,
    *,
    underlying: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    volatility: ArrayLike,
    rate: ArrayLike,
    carry_yield: ArrayLike | None = None,
    method: AmericanMethod = AmericanMethod.EXACT,
) -> OptionValues:
    """Value American options with their Greeks: float64 arrays of the inputs' broadcast shape.

    The exercise boundary does not depend on the price, so delta and gamma are the integral of what
    early exercise gains, differentiated under its sign; theta is what the differential equation of
    the value leaves. On futures rho is the boundary's slope by the rate, from its table, and vega
    follows, because time, volatility and rate count by their products alone. With a `carry_yield`,
    and on futures outside of the table (rates from 0.001 to 50 times the squared volatility), vega
    and rho are central differences of the value. An option that is exercised now has the sign as
    delta and no other Greek.

    An approximation by name has the Greeks of its own formula, by algorithmic differentiation. Of a
    binomial tree, delta and gamma are those of prices two steps apart (A. Pelsser and T. Vorst,
    Journal of Derivatives 1, 1994), the others the tree's derivatives.

    Parameters
    ----------
    kind, underlying, strike, time, volatility, rate, carry_yield, method
        As for `american`. Without `carry_yield` rho moves the yield with the rate, as a future's;
        with one it moves the rate alone.

    Raises
    ------
    InputError
        As `american`.

    Examples
    --------
    >>> found = american_greeks(
    ...     "put", underlying=60.0, strike=65.0, time=0.5, volatility=0.45, rate=0.03
    ... )
    >>> round(float(found.delta), 4), round(float(found.vega), 3)
    (-0.5318, 16.643)
    """
    shape, columns = flat(
        {
            "kind": signs(kind),
            "underlying": underlying,
            "strike": strike,
            "time": time,
            "volatility": volatility,
            "rate": rate,
            "carry_yield": rate if carry_yield is None else carry_yield,
        }
    )
    way = chosen(AmericanMethod, method).value
    found = _core.american_slopes(math.prod(shape), way, carry_yield is None, *columns)
    return OptionValues(*(part[()] for part in found.reshape(6, *shape)))


def digital_greeks(
    model: Model,
    kind: Kind,
    *,
    forward: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    volatility: ArrayLike,
    rate: ArrayLike = 0.0,
    shift: float = 0.0,
) -> OptionValues:
    """Value digital options with their Greeks, in closed form.

    The slopes of the discounted probability; an option that is certain has none but theta and rho.

    Parameters
    ----------
    model, kind, forward, strike, time, volatility, rate, shift
        As for `digital`.

    Raises
    ------
    InputError
        As `digital`.

    Examples
    --------
    >>> found = digital_greeks(
    ...     Model.BLACK, "call", forward=60.0, strike=65.0, time=0.25, volatility=0.45, rate=0.03
    ... )
    >>> round(float(found.delta), 6), round(float(found.vega), 4)
    (0.026285, 0.1918)
    """
    price = digital(
        model,
        kind,
        forward=forward,
        strike=strike,
        time=time,
        volatility=volatility,
        rate=rate,
        shift=shift,
    )
    price, sign, ends, level, years, deviation, discounting = np.broadcast_arrays(
        price,
        *(np.asarray(v, float) for v in (signs(kind), forward, strike, time, volatility, rate)),
    )
    # What underflows on the way is a slope of 0, what overflows is refused by its row at the end.
    with np.errstate(all="ignore"):
        root = deviation * np.sqrt(years)
        # What is certain has a density of 0; the quotients beside it are of any number.
        moves = root > 0.0
        span = np.where(moves, root, 1.0)
        if model is Model.BACHELIER:
            lower = upper = (ends - level) / span
            per_price = 1.0 / span
        else:
            moved = shift if model is Model.SHIFTED else 0.0
            upper = np.log((ends + moved) / (level + moved)) / span + 0.5 * span
            lower = upper - span
            per_price = 1.0 / ((ends + moved) * span)
        bell = np.where(moves, np.exp(-0.5 * lower * lower) / math.sqrt(2.0 * math.pi), 0.0)
        bell = sign * np.exp(-discounting * years) * bell
        slopes = {
            "delta": per_price,
            "gamma": -upper * per_price * per_price,
            "vega": -upper / np.where(moves, deviation, 1.0),
            "ageing": upper / np.where(moves, 2.0 * years, 1.0),
        }
        found = {name: np.where(bell == 0.0, 0.0, bell * slope) for name, slope in slopes.items()}
    refuse_endless(found, "give smaller numbers")
    return OptionValues(
        price=price[()],
        delta=found["delta"][()],
        gamma=found["gamma"][()],
        vega=found["vega"][()],
        theta=(discounting * price + found["ageing"])[()],
        rho=(-years * price)[()],
    )


def average_greeks(
    kind: str,
    *,
    forwards: ArrayLike,
    times: ArrayLike,
    volatilities: ArrayLike,
    strike: ArrayLike,
    payment: float | None = None,
    rate: float = 0.0,
    weights: ArrayLike | None = None,
    fixed: ArrayLike = (),
    fixed_weights: ArrayLike | None = None,
    method: AverageMethod = AverageMethod.EXACT,
) -> OptionValues:
    """Value options on a weighted average of fixings with their Greeks, one for each strike.

    They are sums over the same shocks as the exact value; an approximation by name has those of its
    own formula, by algorithmic differentiation. Delta and gamma are per unit of all
    forwards together, vega is per 1.0 of all volatilities together, theta brings every fixing and
    the payment nearer.

    Parameters
    ----------
    kind, forwards, times, volatilities, strike, payment, rate, weights, fixed, fixed_weights
        As for `average_price`, and so is `method`.

    Raises
    ------
    InputError
        As `average_price`.

    Examples
    --------
    >>> found = average_greeks(
    ...     "call", forwards=60.0, times=np.arange(1, 22) / 252, volatilities=0.5,
    ...     strike=[55.0, 60.0], rate=0.03,
    ... )
    >>> found.delta.round(4)
    array([0.8513, 0.5129])
    """
    given = average_inputs(
        kind, forwards, times, volatilities, payment, rate, weights, fixed, fixed_weights
    )
    strikes = np.asarray(strike, dtype=np.float64)
    if (way := chosen(AverageMethod, method)) is not AverageMethod.EXACT:
        figures = averages_approximated(way, given, strikes, with_slopes=True)
        price, delta, gamma, vega, ageing = figures.reshape(5, *strikes.shape)
    else:
        price = average_price(
            kind,
            forwards=forwards,
            times=times,
            volatilities=volatilities,
            strike=strike,
            payment=payment,
            rate=rate,
            weights=weights,
            fixed=fixed,
            fixed_weights=fixed_weights,
        )
        delta, gamma, vega, ageing = _core.average_derivatives(
            given.sign,
            given.share,
            given.forward,
            given.variances,
            (2.0 * given.volatility * given.times, given.volatility**2),
            given.discount,
            np.ascontiguousarray(strikes.ravel() - given.made),
        ).reshape(4, *strikes.shape)
    return OptionValues(
        price=price[()],
        delta=delta[()],
        gamma=gamma[()],
        vega=vega[()],
        theta=(rate * price - ageing)[()],
        rho=(-given.years * price)[()],
    )
