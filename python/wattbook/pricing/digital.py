"""Digital options: a fixed amount where the price ends beyond the strike."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.pricing.columns import Kind, signs
from wattbook.pricing.european import Model, european

__all__ = ["digital"]


def digital(
    model: Model,
    kind: Kind,
    *,
    forward: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    volatility: ArrayLike,
    rate: ArrayLike = 0.0,
    shift: float = 0.0,
) -> NDArray[np.float64]:
    """Present value of 1 paid where the price ends above (call) or below (put) the strike.

    Float64 of the inputs' broadcast shape. It is the discounted probability in Black's and
    Bachelier's formulas (E. Reiner and M. Rubinstein, "Unscrambling the binary code", Risk 4,
    1991), taken from price and delta of the plain option: what the two of a strike pay sums to the
    discount factor.

    Parameters
    ----------
    model, kind, forward, strike, time, volatility, rate, shift
        As for `european`.

    Raises
    ------
    InputError
        As for `european`.

    Examples
    --------
    >>> value = digital(
    ...     Model.BLACK, "call", forward=60.0, strike=65.0, time=0.25, volatility=0.45, rate=0.03
    ... )
    >>> round(float(value), 4)
    0.3174
    """
    found = european(
        model,
        kind,
        forward=forward,
        strike=strike,
        time=time,
        volatility=volatility,
        rate=rate,
        shift=shift,
    )
    sign = signs(kind)
    if model is Model.BACHELIER:
        chance = sign * found.delta
    else:
        moved = shift if model is Model.SHIFTED else 0.0
        paid = (np.asarray(forward, float) + moved) * found.delta - found.price
        chance = sign * paid / (np.asarray(strike, float) + moved)
    value: NDArray[np.float64] = np.maximum(chance, 0.0)[()]
    return value
