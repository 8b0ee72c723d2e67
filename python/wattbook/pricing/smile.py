"""Volatility by strike and expiry, from quotes that leave no riskless gain."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook.errors import InputError
from wattbook.pricing.columns import flat
from wattbook.pricing.european import Model, european

__all__ = ["QuotedSmile", "VolatilitySurface"]

Array = NDArray[np.float64]

_CHECKED = 400
_LEAST_DENSITY = -1e-9
_STEEPEST = 2.0
"""Total variance may grow no faster with the logarithm of the strike (Lee's bound)."""
_LEAST = 1e-9
"""Of years, prices and volatilities: quotients of what is smaller leave the doubles."""
_LONGEST_WING = 50.0
"""Logarithm of strike over outer quote up to which a wing's density is looked at."""


@dataclass(frozen=True, slots=True)
class QuotedSmile:
    """Implied volatilities of one expiry; total variance is a natural spline.

    It runs over ``ln(strike / forward)``. Beyond the outermost quotes total variance goes on in a
    straight line with the spline's slope, at most 2 (R. Lee, Mathematical Finance 14, 2004); a
    slope that falls outwards levels off before half of the outer quote's variance is lost. Where
    the density that prices imply (J. Gatheral and A. Jacquier, Quantitative Finance 14, 2014,
    equation 2.1) falls below 0, between two quotes or beyond them, a butterfly there would gain
    without risk: such quotes are refused.
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
        if not (_LEAST <= self.time <= 1000.0 and _LEAST <= self.forward < 1e9):
            message = f"time {self.time}, forward {self.forward}: give numbers from {_LEAST:g}"
            raise InputError(message)
        if strikes.ndim != 1 or strikes.size < 3 or strikes.shape != volatilities.shape:
            message = f"expiry {self.time}: give three strikes or more, and a volatility of each"
            raise InputError(message)
        for row, (strike, volatility) in enumerate(
            zip(strikes.tolist(), volatilities.tolist(), strict=True)
        ):
            rises = row == 0 or strike > strikes[row - 1]
            if not (rises and _LEAST <= strike < 1e9 and _LEAST <= volatility < 100.0):
                message = (
                    f"expiry {self.time}, row {row}: strike {strike}, volatility {volatility}: "
                    f"give strikes that rise and volatilities, all from {_LEAST:g}"
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
        return self._shape(np.asarray(log_moneyness, float))[0]

    def volatility(self, strike: ArrayLike) -> Array:
        """Volatility by strike.

        Raises
        ------
        InputError
            For a strike that is not above 0, or no number.
        """
        asked = np.asarray(strike, float)
        if not np.all((asked > 0.0) & np.isfinite(asked)):
            message = f"strike {strike!r}: give numbers above 0"
            raise InputError(message)
        moneyness = np.log(asked) - np.log(self.forward)
        found: Array = np.sqrt(self.total_variance(moneyness) / self.time)
        return found

    def _shape(self, at: Array) -> tuple[Array, Array, Array]:
        """Total variance with its slope and bend: the spline, and a wing on either side."""
        nodes, values = self._nodes()
        bends = _bends(nodes, values)
        value, slope, bend = _spline(nodes, values, bends, np.clip(at, nodes[0], nodes[-1]))
        for end, side in ((0, -1.0), (-1, 1.0)):
            beyond = side * (at - nodes[end])
            level, end_slope, _ = _spline(nodes, values, bends, nodes[end])
            wing = _wing(float(level), side * float(end_slope), np.maximum(beyond, 0.0))
            out = beyond > 0.0
            value = np.where(out, wing[0], value)
            slope, bend = np.where(out, side * wing[1], slope), np.where(out, wing[2], bend)
        return value, slope, bend

    def _nodes(self) -> tuple[Array, Array]:
        return np.log(self.strikes / self.forward), self.volatilities**2 * self.time

    def _refuse_butterflies(self) -> None:
        nodes, _ = self._nodes()
        far = np.geomspace(1e-4, _LONGEST_WING, _CHECKED)
        inside = np.linspace(nodes[0], nodes[-1], _CHECKED)
        at = np.r_[inside, nodes[0] - far, nodes[-1] + far]
        variance, slope, bend = self._shape(at)
        safe = np.maximum(variance, 1e-12)
        density = (
            (1.0 - 0.5 * at * slope / safe) ** 2
            - 0.25 * slope**2 * (1.0 / safe + 0.25)
            + 0.5 * bend
        )
        is_wing = (at < nodes[0]) | (at > nodes[-1])
        wrong = (density < _LEAST_DENSITY) | (variance <= 0.0)
        wrong |= is_wing & (np.abs(slope) > _STEEPEST)
        if wrong.any():
            first = float(at[int(np.flatnonzero(wrong)[0])])
            place = int(np.clip(np.searchsorted(nodes, first), 1, nodes.size - 1))
            where = f"between strikes {self.strikes[place - 1]:g} and {self.strikes[place]:g}"
            if first < nodes[0]:
                where = f"below strike {self.strikes[0]:g}"
            if first > nodes[-1]:
                where = f"above strike {self.strikes[-1]:g}"
            message = (
                f"expiry {self.time}: {where} a butterfly gains without risk: check these quotes"
            )
            raise InputError(message)


def _wing(level: float, slope: float, distance: Array) -> tuple[Array, Array, Array]:
    """Value, outward slope and bend at some distances from an end of the spline."""
    if slope >= 0.0:
        flat = np.zeros_like(distance)
        return level + slope * distance, slope + flat, flat
    reach = min(1.0, -0.5 * level / slope)
    left = np.exp(-distance / reach)
    return level + slope * reach * (1.0 - left), slope * left, -slope / reach * left


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
            # Farther out, where no quote says anything, the later one is lifted to the earlier.
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
        shape, (column,) = flat({"strike": strike})
        strikes = np.reshape(column, shape)
        _, (expiry, level) = flat({"time": time, "forward": 1.0 if forward is None else forward})
        if not isinstance(expiry, float):
            message = f"time has shape {expiry.shape}: ask for one expiry at a time"
            raise InputError(message)
        time = expiry
        if not (0.0 < time <= 1000.0 and np.all((strikes > 0.0) & np.isfinite(strikes))):
            message = f"time {time}, strike {strike!r}: give numbers above 0"
            raise InputError(message)
        if not np.all((np.asarray(level) > 0.0) & np.isfinite(level)):
            message = f"forward {forward!r}: give a number above 0"
            raise InputError(message)
        times = np.array([smile.time for smile in self._smiles])
        own = np.interp(time, times, [smile.forward for smile in self._smiles])
        at = np.log(strikes / (float(own) if forward is None else forward))
        after = int(np.searchsorted(times, time))
        if after in (0, times.size):
            place = min(after, times.size - 1)
            found: Array = np.sqrt(self._total_variance(place, at) / self._smiles[place].time)
            return found
        early, late = self._smiles[after - 1], self._smiles[after]
        share = (time - early.time) / (late.time - early.time)
        total = (1.0 - share) * self._total_variance(after - 1, at)
        total += share * self._total_variance(after, at)
        between: Array = np.sqrt(total / time)
        return between

    def _total_variance(self, place: int, at: Array) -> Array:
        """Total variance of an expiry, on its wings at least that of any before.

        The larger of two calls without butterflies that gain has none: both bend upwards.
        """
        found: Array = np.max([one.total_variance(at) for one in self._smiles[: place + 1]], axis=0)
        return found
