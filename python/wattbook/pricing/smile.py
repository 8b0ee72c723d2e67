"""Volatility by strike and expiry, from quotes that leave no riskless gain."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.pricing.european import Model, european

__all__ = ["QuotedSmile", "VolatilitySurface"]

Array = NDArray[np.float64]

_CHECKED = 400
_LEAST_DENSITY = -1e-9


@dataclass(frozen=True, slots=True)
class QuotedSmile:
    """Implied volatilities of one expiry; total variance is a natural spline.

    It runs over ``ln(strike / forward)``. Beyond the outermost quotes the volatility is theirs.
    Where the density that prices imply (J. Gatheral and A. Jacquier, Quantitative Finance 14, 2014,
    equation 2.1) falls below 0 between two quotes, a butterfly there would gain without risk: such
    quotes are refused.
    """

    time: float
    """Years to expiry."""
    forward: float
    """Above 0."""
    strikes: Array
    """Rising, above 0, three or more."""
    volatilities: Array
    """Of Black's model, one for each strike."""

    def __post_init__(self) -> None:
        """Check numbers, then that no butterfly gains without risk.

        Raises
        ------
        InputError
            Naming the strike.
        """
        strikes, volatilities = (
            np.asarray(values, float) for values in (self.strikes, self.volatilities)
        )
        object.__setattr__(self, "strikes", strikes)
        object.__setattr__(self, "volatilities", volatilities)
        if not (0.0 < self.time <= 1000.0 and 0.0 < self.forward < 1e9):
            message = f"time {self.time}, forward {self.forward}: give numbers above 0"
            raise InputError(message)
        if strikes.ndim != 1 or strikes.size < 3 or strikes.shape != volatilities.shape:
            message = f"expiry {self.time}: give three strikes or more, and a volatility of each"
            raise InputError(message)
        for row, (strike, volatility) in enumerate(
            zip(strikes.tolist(), volatilities.tolist(), strict=True)
        ):
            rises = row == 0 or strike > strikes[row - 1]
            if not (rises and 0.0 < strike < 1e9 and 0.0 < volatility < 100.0):
                message = (
                    f"expiry {self.time}, row {row}: strike {strike}, volatility {volatility}: "
                    "give strikes that rise from above 0 and volatilities above 0"
                )
                raise InputError(message)
        self._refuse_butterflies()

    @classmethod
    def from_deltas(
        cls, time: float, forward: float, deltas: ArrayLike, volatilities: ArrayLike
    ) -> "QuotedSmile":
        """Return the smile quoted by undiscounted deltas of calls, falling from below 1 to above 0.

        Raises
        ------
        InputError
            As for strikes; for a delta outside of 0 and 1.
        """
        shares, quoted = np.asarray(deltas, float), np.asarray(volatilities, float)
        if shares.shape != quoted.shape or not np.all((shares > 0.0) & (shares < 1.0)):
            message = (
                f"deltas are {shares}: give a share of calls between 0 and 1 of each volatility"
            )
            raise InputError(message)
        deviation = quoted * np.sqrt(time)
        low, high = np.full(shares.shape, -40.0), np.full(shares.shape, 40.0)
        # The strike falls in the delta alone: halving finds it to the last digits.
        for _ in range(80):
            middle = 0.5 * (low + high)
            found = european(
                Model.BLACK, "call", forward=1.0, strike=np.exp(-middle * deviation),
                time=1.0, volatility=deviation,
            ).delta  # fmt: skip
            low, high = (
                np.where(found < shares, middle, low),
                np.where(found < shares, high, middle),
            )
        strikes = forward * np.exp(-0.5 * (low + high) * deviation)
        return cls(time, forward, strikes, quoted)

    def total_variance(self, log_moneyness: ArrayLike) -> Array:
        """Volatility squared times the time, by ``ln(strike / forward)``."""
        at = np.asarray(log_moneyness, float)
        nodes, values = self._nodes()
        inside = np.clip(at, nodes[0], nodes[-1])
        found: Array = _spline(nodes, values, _bends(nodes, values), inside)[0]
        return found

    def volatility(self, strike: ArrayLike) -> Array:
        """Volatility by strike, above 0."""
        found: Array = np.sqrt(
            self.total_variance(np.log(np.asarray(strike, float) / self.forward)) / self.time
        )
        return found

    def _nodes(self) -> tuple[Array, Array]:
        return np.log(self.strikes / self.forward), self.volatilities**2 * self.time

    def _refuse_butterflies(self) -> None:
        nodes, values = self._nodes()
        at = np.linspace(nodes[0], nodes[-1], _CHECKED)
        variance, slope, bend = _spline(nodes, values, _bends(nodes, values), at)
        safe = np.maximum(variance, 1e-12)
        density = (
            (1.0 - 0.5 * at * slope / safe) ** 2
            - 0.25 * slope**2 * (1.0 / safe + 0.25)
            + 0.5 * bend
        )
        wrong = (density < _LEAST_DENSITY) | (variance <= 0.0)
        if wrong.any():
            strike = float(self.forward * np.exp(at[int(np.flatnonzero(wrong)[0])]))
            place = int(np.clip(np.searchsorted(self.strikes, strike), 1, self.strikes.size - 1))
            message = (
                f"expiry {self.time}: between strikes {self.strikes[place - 1]:g} and "
                f"{self.strikes[place]:g} a butterfly gains without risk: check these quotes"
            )
            raise InputError(message)


def _bends(nodes: Array, values: Array) -> Array:
    """Second derivatives of the natural spline through the nodes."""
    gaps, rises = np.diff(nodes), np.diff(values)
    count = nodes.size
    matrix, right = np.eye(count), np.zeros(count)
    for row in range(1, count - 1):
        matrix[row, row - 1 : row + 2] = (
            gaps[row - 1], 2.0 * (gaps[row - 1] + gaps[row]), gaps[row]
        )  # fmt: skip
        right[row] = 6.0 * (rises[row] / gaps[row] - rises[row - 1] / gaps[row - 1])
    found: Array = np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)
    return found


def _spline(nodes: Array, values: Array, bends: Array, at: Array) -> tuple[Array, Array, Array]:
    """Value, slope and bend of the spline."""
    place = np.clip(np.searchsorted(nodes, at, side="right") - 1, 0, nodes.size - 2)
    gap: Array = nodes[place + 1] - nodes[place]
    right = (at - nodes[place]) / gap
    left = 1.0 - right
    low, high = bends[place], bends[place + 1]
    value = (
        left * values[place] + right * values[place + 1]
        + gap**2 / 6.0 * ((left**3 - left) * low + (right**3 - right) * high)
    )  # fmt: skip
    slope = (values[place + 1] - values[place]) / gap + gap / 6.0 * (
        (3.0 * right**2 - 1.0) * high - (3.0 * left**2 - 1.0) * low
    )
    return value, slope, left * low + right * high


class VolatilitySurface:
    """Smiles of several expiries of one delivery; total variance is linear between them.

    Examples
    --------
    >>> smiles = [
    ...     QuotedSmile(0.25, 60.0, np.array([50.0, 60.0, 75.0]), np.array([0.46, 0.42, 0.45])),
    ...     QuotedSmile(1.0, 60.0, np.array([45.0, 60.0, 85.0]), np.array([0.38, 0.35, 0.37])),
    ... ]
    >>> surface = VolatilitySurface(smiles)
    >>> round(float(surface.volatility(0.5, 60.0)), 4)
    0.3748
    """

    def __init__(self, smiles: Sequence[QuotedSmile]) -> None:
        """Hold smiles against each other.

        Raises
        ------
        InputError
            For no smile, expiries that do not rise, and a total variance that falls from one expiry
            to the next at the same ``strike / forward``: a calendar spread there would gain
            without risk.
        """
        if not smiles:
            message = "give one smile or more"
            raise InputError(message)
        self._smiles = tuple(smiles)
        for before, after in zip(self._smiles[:-1], self._smiles[1:], strict=True):
            if not after.time > before.time:
                message = f"expiry {after.time} follows {before.time}: give expiries that rise"
                raise InputError(message)
            ends = [np.log(one.strikes[[0, -1]] / one.forward) for one in (before, after)]
            at = np.linspace(min(ends[0][0], ends[1][0]), max(ends[0][1], ends[1][1]), _CHECKED)
            falls = after.total_variance(at) < before.total_variance(at) - 1e-12
            if falls.any():
                share = float(np.exp(at[int(np.flatnonzero(falls)[0])]))
                message = (
                    f"expiries {before.time} and {after.time}: at {share:.4g} of the forward total "
                    "variance falls, so a calendar spread gains without risk: check these quotes"
                )
                raise InputError(message)

    def volatility(self, time: float, strike: ArrayLike, forward: float | None = None) -> Array:
        """Volatility at an expiry in years; before the first and after the last it is theirs.

        `forward` is that of the expiry; by default it is linear between the smiles' own.

        Raises
        ------
        InputError
            For a time or strike that is not above 0.
        """
        strikes = np.asarray(strike, float)
        if not (time > 0.0 and np.all(strikes > 0.0)):
            message = f"time {time}, strike {strike!r}: give numbers above 0"
            raise InputError(message)
        times = np.array([smile.time for smile in self._smiles])
        own = np.interp(time, times, [smile.forward for smile in self._smiles])
        at = np.log(strikes / (float(own) if forward is None else forward))
        after = int(np.searchsorted(times, time))
        if after in (0, times.size):
            smile = self._smiles[min(after, times.size - 1)]
            found: Array = np.sqrt(smile.total_variance(at) / smile.time)
            return found
        early, late = self._smiles[after - 1], self._smiles[after]
        share = (time - early.time) / (late.time - early.time)
        total = (1.0 - share) * early.total_variance(at) + share * late.total_variance(at)
        between: Array = np.sqrt(total / time)
        return between
