"""Options on the lesser or the greater of two prices."""

import math
from enum import Enum

from wattbook import _core
from wattbook.choice import chosen
from wattbook.pricing.columns import refuse_beyond, signs

__all__ = ["RainbowOn", "rainbow"]


class RainbowOn(Enum):
    """Which of the two prices counts."""

    LESSER = "lesser"
    GREATER = "greater"


def rainbow(
    kind: str,
    on: RainbowOn,
    *,
    forwards: tuple[float, float],
    volatilities: tuple[float, float],
    correlation: float,
    strike: float,
    time: float,
    rate: float = 0.0,
) -> float:
    """Present value of one option on the lesser or the greater of two lognormal prices.

    R. Stulz, Journal of Financial Economics 10 (1982).

    Parameters
    ----------
    kind : str
        ``"call"`` or ``"put"``.
    on : RainbowOn
        Which price.
    forwards, volatilities : (float, float)
        Of both, above 0.
    correlation : float
        Of the logarithms, from -1 to 1.
    strike : float
        In units of price, above 0.
    time : float
        Years to expiry, above 0.
    rate : float, optional
        Discount rate.

    Raises
    ------
    InputError
        With the number of the price, field and remedy, for what cannot be priced.

    Examples
    --------
    >>> value = rainbow(
    ...     "call", RainbowOn.GREATER, forwards=(80.0, 120.0), volatilities=(0.3, 0.3),
    ...     correlation=0.3, strike=100.0, time=1.0,
    ... )
    >>> round(value, 3)
    26.537
    """
    refuse_beyond("time", time, 0.0, 1000.0)
    refuse_beyond("rate times time", rate * time, -100.0, 100.0)
    root = math.sqrt(time)
    first, second = volatilities
    return _core.rainbow_value(
        float(signs(kind)),
        chosen(RainbowOn, on) is RainbowOn.GREATER,
        forwards,
        (first * root, second * root),
        correlation,
        strike,
        math.exp(-rate * time),
    )
