"""European options on futures and forwards."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core
from wattbook.choice import chosen
from wattbook.errors import InputError
from wattbook.pricing.columns import Kind, Shape, flat, shaped, signs

__all__ = ["Model", "OptionValues", "european", "implied_volatility"]


class Model(Enum):
    """How the forward moves. There is no default: prices of energy may be below zero."""

    BLACK = "black"
    """Lognormal, for prices above zero (F. Black, Journal of Financial Economics 3, 1976)."""
    SHIFTED = "shifted"
    """Lognormal after adding a shift to forward and strike."""
    BACHELIER = "bachelier"
    """Normal, for any price; the volatility is in units of price for the square root of a year."""


@dataclass(frozen=True, slots=True)
class OptionValues:
    """Present values and their slopes, each a float64 array of the inputs' broadcast shape."""

    price: NDArray[np.float64]
    """In units of price."""
    delta: NDArray[np.float64]
    """Per unit of the forward."""
    gamma: NDArray[np.float64]
    """Change of delta per unit of the forward."""
    vega: NDArray[np.float64]
    """Per 1.0 of volatility."""
    theta: NDArray[np.float64]
    """Per year that passes."""
    rho: NDArray[np.float64]
    """Per 1.0 of the rate, the forward unchanged."""


def _shift(model: Model, shift: float) -> float:
    if model is Model.SHIFTED:
        if not math.isfinite(shift):
            message = f"shift is {shift}: give a finite number in units of price"
            raise InputError(message)
    elif shift:
        message = (
            f"shift is {shift}, but the model is {model.value}: choose Model.SHIFTED, or no shift"
        )
        raise InputError(message)
    return float(shift)


def european(
    model: Model,
    kind: Kind,
    *,
    forward: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    volatility: ArrayLike,
    rate: ArrayLike = 0.0,
    shift: float = 0.0,
    out: OptionValues | None = None,
) -> OptionValues:
    """Value European options, with their Greeks.

    An option that is certain (no time or no volatility left) has its intrinsic value, gamma and
    vega 0, and half a delta if it ends at its strike.

    Parameters
    ----------
    model : Model
        How the forward moves.
    kind : str or array
        ``"call"`` or ``"put"``; an array of these, or booleans that are true for calls.
    forward, strike : array
        In units of price.
    time : array
        Years to expiry.
    volatility : array
        As the model has it.
    rate : array, optional
        Discount rate.
    shift : float, optional
        What `Model.SHIFTED` adds to forward and strike, in units of price.
    out : OptionValues, optional
        Arrays to write to, float64 and contiguous, of the inputs' broadcast shape: new memory for
        a million options takes longer than their values. Those of an earlier answer are the
        fastest: they begin where a line of the cache does.

    Raises
    ------
    InputError
        With row, field and remedy, for what the model cannot price, such as a lognormal price
        below zero; for arrays that cannot be written to.

    Examples
    --------
    >>> put = european(
    ...     Model.BLACK, "put", forward=60.0, strike=65.0, time=0.25, volatility=0.45, rate=0.03
    ... )
    >>> round(float(put.price), 4), round(float(put.delta), 4)
    (8.384, -0.5916)
    >>> european(
    ...     Model.BLACK, "call", forward=[60.0, -2.0], strike=50.0, time=1.0, volatility=0.4
    ... )  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    wattbook.errors.InputError: row 1: forward is -2: a lognormal price is above zero: choose ...
    """
    shape, columns = flat(
        {
            "kind": signs(kind),
            "forward": forward,
            "strike": strike,
            "time": time,
            "volatility": volatility,
            "rate": rate,
        }
    )
    model = chosen(Model, model)
    into = OptionValues(*(_whole_lines(shape) for _ in range(6))) if out is None else out
    _core.european_values(_flat_out(into, shape), model.value, _shift(model, shift), *columns)
    if out is not None:
        return out
    return OptionValues(*(getattr(into, name)[()] for name in OptionValues.__slots__))


_Flat: TypeAlias = NDArray[np.float64]

_LINE = 8
"""Doubles of a line of the cache."""


def _whole_lines(shape: Shape) -> _Flat:
    """Return a new array that begins a line of the cache: its lines are then written whole."""
    count = math.prod(shape)
    memory = np.empty(count + _LINE)
    first = -(memory.ctypes.data // memory.itemsize) % _LINE
    return memory[first : first + count].reshape(shape)


def _flat_out(out: OptionValues, shape: Shape) -> tuple[_Flat, _Flat, _Flat, _Flat, _Flat, _Flat]:
    """Return the arrays of `out`, flat."""
    for name in OptionValues.__slots__:
        array = getattr(out, name)
        fits = isinstance(array, np.ndarray) and array.shape == shape
        if not (fits and array.dtype == np.float64 and array.flags.carray):
            message = f"out.{name}: give a contiguous float64 array of shape {shape}"
            raise InputError(message)
    return (
        out.price.reshape(-1),
        out.delta.reshape(-1),
        out.gamma.reshape(-1),
        out.vega.reshape(-1),
        out.theta.reshape(-1),
        out.rho.reshape(-1),
    )


def implied_volatility(
    model: Model,
    kind: Kind,
    *,
    price: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    time: ArrayLike,
    rate: ArrayLike = 0.0,
    shift: float = 0.0,
) -> NDArray[np.float64]:
    """Volatility under which `model` gives `price`: float64, the inputs' broadcast shape.

    A price at its intrinsic value, within the rounding of a double, has volatility 0. The method
    is P. Jäckel's reduction ("Let's be rational", Wilmott 75, 2015) with four steps of Halley's.

    Parameters
    ----------
    model, kind, forward, strike, time, rate, shift
        As for `european`; the time is above 0.
    price : array
        Present value, in units of price.

    Raises
    ------
    InputError
        With row, field and remedy: a price below its intrinsic value, or not below the highest
        that the model gives, has no volatility.

    Examples
    --------
    >>> volatility = implied_volatility(
    ...     Model.BLACK, "put", price=8.384, forward=60.0, strike=65.0, time=0.25, rate=0.03
    ... )
    >>> round(float(volatility), 4)
    0.45
    """
    shape, columns = flat(
        {
            "kind": signs(kind),
            "price": price,
            "forward": forward,
            "strike": strike,
            "time": time,
            "rate": rate,
        }
    )
    model = chosen(Model, model)
    volatility = _core.european_volatilities(
        math.prod(shape), model.value, _shift(model, shift), *columns
    )
    return shaped(volatility, shape)
