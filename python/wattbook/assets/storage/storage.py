"""What a storage or a swing contract can do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from wattbook._core import LatticeStorage
from wattbook.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Ratchet", "Storage", "swing"]

Floats: TypeAlias = "NDArray[np.float64]"
SAME = 1e-6
LEVELS_MAX = 20_000


@dataclass(frozen=True)
class Ratchet:
    """Rates and costs from a level upwards, by the level at the beginning of a day.

    Parameters
    ----------
    level_mwh : float, MWh
        Where it begins.
    injection_mwh, withdrawal_mwh : float, MWh a day
        Most that comes in and goes out.
    injection_cost, withdrawal_cost : float, money a MWh, optional
    """

    level_mwh: float
    injection_mwh: float
    withdrawal_mwh: float
    injection_cost: float = 0.0
    withdrawal_cost: float = 0.0


@dataclass(frozen=True)
class Storage:
    """A storage whose decisions are whole steps of volume. A day may be any period.

    Parameters
    ----------
    capacity_mwh : float, MWh
    step_mwh : float, MWh
        Capacity, start and rates are multiples of it; values are then exact on the lattice.
    ratchets : tuple of Ratchet
        The first begins at zero.
    start_mwh : float, MWh
    end_mwh : (float, float), MWh, optional
        Least and most level after the last day; by default as at the start.
    end_price : float, money a MWh, optional
        What is left is worth so much.
    end_penalty : float, money a MWh, optional
        For each MWh below or above `end_mwh`; by default there may be none.
    injection_loss, withdrawal_loss : float, share, optional
        Bought on top of what comes in; lost of what goes out.
    withdrawal_least_mwh : float, MWh a day, optional
        Goes out every day, as far as there is some.
    bounds_mwh : sequence of (float, float), MWh, optional
        Least and most level after each day.

    Raises
    ------
    InputError
        If a volume is off the step or out of range; names it.
    """

    capacity_mwh: float
    step_mwh: float
    ratchets: tuple[Ratchet, ...]
    start_mwh: float = 0.0
    end_mwh: tuple[float, float] | None = None
    end_price: float = 0.0
    end_penalty: float = math.inf
    injection_loss: float = 0.0
    withdrawal_loss: float = 0.0
    withdrawal_least_mwh: float = 0.0
    bounds_mwh: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not self.step_mwh > 0.0 or not math.isfinite(self.step_mwh):
            raise InputError(f"storage step_mwh is {self.step_mwh}; give MWh above zero")
        if self._steps("capacity_mwh", self.capacity_mwh) > LEVELS_MAX:
            raise InputError(
                f"storage has more than {LEVELS_MAX} levels of {self.step_mwh} MWh; "
                "give a larger step"
            )
        if not self.ratchets or self.ratchets[0].level_mwh != 0.0:
            raise InputError("storage ratchets do not begin at level 0 MWh; give one that does")
        for day, (low, high) in enumerate(self.bounds_mwh):
            if not low <= high:
                raise InputError(
                    f"storage bounds after day {day} are {low} to {high} MWh; give least, then most"
                )
        levels = [one.level_mwh for one in self.ratchets]
        if sorted(set(levels)) != levels:
            raise InputError(f"storage ratchets begin at {levels} MWh; give levels that rise")

    def _steps(self, name: str, volume: float) -> int:
        count = volume / self.step_mwh
        if (
            not math.isfinite(count)
            or count < 0
            or abs(count - round(count)) > SAME * max(count, 1)
        ):
            raise InputError(
                f"storage {name} of {volume} MWh is no multiple of the step of {self.step_mwh} "
                "MWh; give a multiple from zero, or a step that divides it"
            )
        return round(count)

    @property
    def levels(self) -> int:
        """Number of levels, the empty one among them."""
        return self._steps("capacity_mwh", self.capacity_mwh) + 1

    def moves(self) -> list[tuple[int, int]]:
        """Return the least and most change of a day from each level, in steps."""
        return self._moves()[0]

    def _moves(self) -> tuple[list[tuple[int, int]], list[tuple[float, float]]]:
        """Return the changes of a day from each level, and the costs of a MWh out and in."""
        levels = self.levels
        rates = [
            (
                self._steps("withdrawal_mwh", one.withdrawal_mwh),
                self._steps("injection_mwh", one.injection_mwh),
            )
            for one in self.ratchets
        ]
        least = self._steps("withdrawal_least_mwh", self.withdrawal_least_mwh)
        moves, costs = [], []
        for level in range(levels):
            # A level on the edge belongs to the ratchet that begins there.
            at = level * self.step_mwh * (1 + SAME)
            number = sum(one.level_mwh <= at for one in self.ratchets) - 1
            out, filling = rates[number]
            one = self.ratchets[number]
            most = min(filling, levels - 1 - level) if not least else -min(least, level)
            moves.append((-min(out, level), most))
            costs.append((one.withdrawal_cost, one.injection_cost))
        return moves, costs

    def core(self) -> LatticeStorage:
        """Return the storage as the compiled module knows it."""
        levels = self.levels
        moves, costs = self._moves()
        return LatticeStorage(
            step=self.step_mwh,
            moves=moves,
            costs=costs,
            losses=(self.withdrawal_loss, self.injection_loss),
            start=self._steps("start_mwh", self.start_mwh),
            terminal=self._terminal(levels),
            bounds=[
                (self._steps("bounds_mwh", low), self._steps("bounds_mwh", high))
                for low, high in self.bounds_mwh
            ],
        )

    def _terminal(self, levels: int) -> list[float]:
        low, high = (self.start_mwh, self.start_mwh) if self.end_mwh is None else self.end_mwh
        values = []
        for level in range(levels):
            volume = level * self.step_mwh
            outside = max(low - volume, volume - high, 0.0)
            is_within = outside <= SAME * self.step_mwh
            penalty = 0.0 if is_within else self.end_penalty * outside
            values.append(self.end_price * volume - penalty)
        return values


def swing(
    *,
    strike: float,
    step_mwh: float,
    day_mwh: tuple[float, float],
    period_mwh: tuple[float, float],
    make_up_price: float | None = None,
) -> Storage:
    """Return the right to take volume at a price: a storage that only gives.

    Its value is that of the volume at spot prices less the strike. What is left at the end was not
    taken.

    Parameters
    ----------
    strike : float, money a MWh
    step_mwh : float, MWh
    day_mwh, period_mwh : (float, float), MWh
        Least and most volume of a day, and of the whole period.
    make_up_price : float, money a MWh, optional
        Take or pay: what is paid for each MWh short of the period's least. Without it, the least
        must be taken.

    Examples
    --------
    >>> right = swing(strike=20.0, step_mwh=1.0, day_mwh=(0.0, 1.0), period_mwh=(0.0, 2.0))
    >>> right.core().intrinsic(np.array([25.0, 18.0, 30.0, 22.0]), np.ones(4))[0]
    15.0
    """
    least, most = period_mwh
    if not 0.0 <= least <= most or not 0.0 <= day_mwh[0] <= day_mwh[1]:
        raise InputError(
            f"swing of {day_mwh} MWh a day and {period_mwh} in all; give least, then most"
        )
    give = Ratchet(0.0, 0.0, day_mwh[1], withdrawal_cost=strike)
    if make_up_price is None:
        return Storage(
            most, step_mwh, (give,), most, (0.0, most - least), withdrawal_least_mwh=day_mwh[0]
        )
    return Storage(
        most,
        step_mwh,
        (give,),
        most,
        (0.0, most - least),
        withdrawal_least_mwh=day_mwh[0],
        end_penalty=make_up_price,
    )
