"""Options paid in another currency than their underlying's, at a rate that is agreed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from wattbook.errors import InputError
from wattbook.pricing.columns import Kind
from wattbook.pricing.european import Model, OptionValues, european

__all__ = ["quanto"]


def quanto(
    kind: Kind,
    *,
    forward: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    volatility: ArrayLike,
    exchange_volatility: ArrayLike,
    correlation: ArrayLike,
    rate: ArrayLike = 0.0,
    fixed_exchange: float = 1.0,
) -> OptionValues:
    """Return the value and Greeks of options on a foreign future, paid at a fixed exchange rate.

    Black's formula at the forward times ``exp(-correlation volatility exchange_volatility time)``
    (E. Reiner, "Quanto mechanics", Risk 5, 1992): the forward drifts so in the measure of the
    currency that is paid.

    Parameters
    ----------
    kind : str or array of str
        ``call`` or ``put``.
    forward, strike : array, foreign currency per unit, above 0
    time : array, years
    volatility, exchange_volatility : array
        Of the forward and of the exchange rate, lognormal, for the root of a year.
    correlation : array, within 1
        Of their logarithms, the exchange rate counted as currency paid for one of the foreign one.
    rate : array, optional
        Of the currency paid, per year, continuously compounded.
    fixed_exchange : float, optional
        Currency paid for one of the foreign one, above 0.

    Returns
    -------
    OptionValues
        In the currency paid. Delta and gamma are by the quoted forward; vega is by `volatility`,
        its share in the drift included; theta likewise.

    Raises
    ------
    InputError
        Naming row and field, as `european` does, or for a correlation or exchange rate that cannot
        be.

    Examples
    --------
    >>> found = quanto("call", forward=30.0, strike=30.0, time=0.5, volatility=0.6,
    ...                exchange_volatility=0.1, correlation=-0.3, rate=0.02, fixed_exchange=0.92)
    >>> round(float(found.price), 4)
    4.7358
    """
    shares, moves = np.asarray(correlation, float), np.asarray(exchange_volatility, float)
    for field, values, fits, rule in (
        ("correlation", shares, np.abs(shares) <= 1.0, "give a share within 1"),
        ("exchange volatility", moves, (moves >= 0.0) & (moves <= 100.0), "give one from 0 to 100"),
    ):
        if not np.all(fits):
            row = int(np.flatnonzero(~np.ravel(fits))[0])
            message = f"row {row}: {field} is {np.ravel(values)[row]}: {rule}"
            raise InputError(message)
    if not 0.0 < fixed_exchange < 1e9:
        message = f"fixed_exchange is {fixed_exchange}: give a rate above 0"
        raise InputError(message)
    forwards, deviations, years = (
        np.asarray(values, float) for values in (forward, volatility, time)
    )
    with np.errstate(over="ignore", invalid="ignore"):
        drift = -shares * moves * deviations
        moved_by = drift * years
    # What is no number is left to `european`, which names its row.
    if np.any(np.abs(moved_by) > 100.0):
        row = int(np.flatnonzero(np.ravel(np.abs(moved_by) > 100.0))[0])
        message = (
            f"row {row}: correlation, volatilities and time move the forward by the exponential of "
            f"{np.ravel(moved_by)[row]:g}: give smaller ones"
        )
        raise InputError(message)
    share = np.exp(np.where(np.isfinite(moved_by), moved_by, 0.0))
    found = european(
        Model.BLACK, kind, forward=forwards * share, strike=strike, time=years,
        volatility=deviations, rate=rate,
    )  # fmt: skip
    moved = found.delta * forwards * share
    return OptionValues(
        price=fixed_exchange * found.price,
        delta=fixed_exchange * found.delta * share,
        gamma=fixed_exchange * found.gamma * share**2,
        vega=fixed_exchange * (found.vega - moved * shares * moves * years),
        theta=fixed_exchange * (found.theta - moved * drift),
        rho=fixed_exchange * found.rho,
    )
