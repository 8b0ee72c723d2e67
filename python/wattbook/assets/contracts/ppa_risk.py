"""How far the value of a power purchase agreement may move, and by what: level, shape, volume.

Of each month a scenario's prices are a level (their mean by time) and a shape (their distance from
it), its production a volume (the month's sum) and a shape (each period's share of it). Level, shape
of both, and volume are taken from the scenario or from the mean of all, in each of the eight ways;
what each of the three adds, averaged over the orders in which they can be added (Shapley), sums to
the scenario's distance from the value at mean prices and production.

References
----------
Shapley (1953), A value for n-person games. Shorrocks (2013), Decomposition procedures for
distributional analysis, Journal of Economic Inequality 11, 99-126.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts.periods import group_starts, months_of, period_column
from wattbook.assets.contracts.ppa import Ppa
from wattbook.assets.contracts.ppa_value import buyer_cash
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = ["PARTS", "PpaRisk", "Side", "ppa_risk", "scenario_values"]

Floats: TypeAlias = NDArray[np.float64]
Side: TypeAlias = Literal["buyer", "seller"]
"""The buyer, with the agreement alone; the seller, with the agreement and its plant."""
PARTS = ("level", "shape", "volume")
ROWS = 32


@dataclass(frozen=True, slots=True, eq=False)
class PpaRisk:
    """An agreement over scenarios, in discounted money.

    Parameters
    ----------
    values : ndarray of shape (scenarios,)
    at_means : float
        The value at mean prices and mean production.
    parts : dict of str to ndarray of shape (scenarios,)
        What level, shape and volume move the value by; with `at_means` they add up to `values`.
    """

    values: Floats
    at_means: float
    parts: dict[str, Floats]

    @property
    def mean(self) -> float:
        """The expected value."""
        return float(self.values.mean())

    @property
    def joint_effect(self) -> float:
        """What prices and production that move together add to the value at their means."""
        return self.mean - self.at_means

    def at_risk(self, level: float = 0.95, part: str | None = None) -> float:
        """Return the P&L at risk: the mean less what is undershot in `1 - level` of scenarios.

        Parameters
        ----------
        level : float in (0, 1)
        part : str, optional
            One of `PARTS`: of that part alone.

        Raises
        ------
        InputError
            If the level is out of range or the part unknown.
        """
        if not 0.0 < level < 1.0:
            raise InputError(
                f"confidence level {level}; give a share between 0 and 1, such as 0.95"
            )
        values = self.of(part)
        return float(values.mean() - np.quantile(values, 1.0 - level))

    def expected_shortfall(self, level: float = 0.95, part: str | None = None) -> float:
        """Return the mean less the mean of the worst `1 - level` of scenarios, at least one."""
        if not 0.0 < level < 1.0:
            raise InputError(
                f"confidence level {level}; give a share between 0 and 1, such as 0.95"
            )
        values = np.sort(self.of(part))
        count = max(int(np.floor((1.0 - level) * len(values) + 1e-9)), 1)
        return float(values.mean() - values[:count].mean())

    def of(self, part: str | None) -> Floats:
        """Return the values, or those of a part."""
        if part is None:
            return self.values
        if part not in self.parts:
            raise InputError(f"part {part!r} is unknown; use one of {', '.join(PARTS)}")
        return self.parts[part]

    def table(self, level: float = 0.95) -> pl.DataFrame:
        """Return a row a part and one for all: mean, deviation, at risk, expected shortfall."""
        names = [*self.parts, None]
        return pl.DataFrame(
            {
                "risk": [name or "together" for name in names],
                "mean": [float(self.of(name).mean()) for name in names],
                "deviation": [float(self.of(name).std(ddof=1)) for name in names],
                "at_risk": [self.at_risk(level, name) for name in names],
                "expected_shortfall": [self.expected_shortfall(level, name) for name in names],
            }
        )


def scenario_values(
    ppa: Ppa,
    grid: CurveGrid,
    spot: Floats,
    production: Floats,
    discounts: Floats | None = None,
    *,
    side: Side = "buyer",
) -> Floats:
    """Return what `ppa` earns in each scenario, in discounted money.

    Parameters
    ----------
    ppa : Ppa
    grid : CurveGrid
    spot, production : ndarray of shape (scenarios, n), money a MWh and MWh
    discounts : ndarray of shape (n,), optional
    side : {"buyer", "seller"}, optional

    Raises
    ------
    InputError
        As `wattbook.assets.contracts.lines`, or if the side is unknown.
    """
    if side not in {"buyer", "seller"}:
        raise InputError(f"side {side!r} is unknown; use buyer or seller")
    spot = np.atleast_2d(period_column(grid, "spot", spot))
    production = np.atleast_2d(period_column(grid, "production", production))
    weights = np.ones(len(grid)) if discounts is None else discounts
    made = np.empty(len(spot))
    # A few rows at a time: years of quarter-hours in all scenarios at once would fill the memory.
    for begin in range(0, len(spot), ROWS):
        of = slice(begin, begin + ROWS)
        cash = buyer_cash(ppa, grid, spot[of], production[of])
        if side == "seller":
            cash = spot[of] * production[of] - cash
        made[of] = cash @ weights
    return made


def ppa_risk(
    ppa: Ppa,
    grid: CurveGrid,
    spot: Floats,
    production: Floats,
    discounts: Floats | None = None,
    *,
    side: Side = "buyer",
) -> PpaRisk:
    """Return the value of `ppa` over scenarios, divided into level, shape and volume.

    Parameters
    ----------
    ppa, grid, spot, production, discounts, side
        As in `scenario_values`; two scenarios or more.

    Raises
    ------
    InputError
        As `scenario_values`.
    """
    spot = period_column(grid, "spot", spot)
    production = period_column(grid, "production", production)
    if spot.ndim != 2 or spot.shape != production.shape or len(spot) < 2:
        raise InputError(
            f"prices of shape {spot.shape} and production of {production.shape}; give two or more "
            "scenarios of both"
        )
    first = group_starts(months_of(grid))
    counts = np.diff(np.append(first, len(grid)))
    mean_spot, mean_production = spot.mean(axis=0), production.mean(axis=0)
    found: dict[tuple[int, ...], Floats] = {}
    for choice in product((0, 1), repeat=3):
        values = np.empty(len(spot))
        for begin in range(0, len(spot), ROWS):
            of = slice(begin, begin + ROWS)
            mixed = mixture(
                (spot[of], mean_spot),
                (production[of], mean_production),
                grid,
                first,
                counts,
                choice,
            )
            values[of] = scenario_values(ppa, grid, *mixed, discounts, side=side)
        found[choice] = values
    parts = {name: shapley(found, place) for place, name in enumerate(PARTS)}
    return PpaRisk(found[1, 1, 1], float(found[0, 0, 0][0]), parts)


def mixture(
    spots: tuple[Floats, Floats],
    productions: tuple[Floats, Floats],
    grid: CurveGrid,
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    choice: tuple[int, ...],
) -> tuple[Floats, Floats]:
    """Return prices and production whose level, shape and volume are the scenarios' or the means'.

    Parameters
    ----------
    spots, productions : pair of ndarray of shape (rows, n) and (n,)
        Of the scenarios, and their means.
    choice : tuple of 0 or 1
        Whether level, shape and volume are the scenarios'.
    """
    level, shape, volume = (1 - one for one in choice)
    spent = np.add.reduceat(grid.hours, first)

    def base(values: Floats) -> Floats:
        mean = np.add.reduceat(values * grid.hours, first, axis=-1) / spent
        return np.repeat(mean, counts, axis=-1)

    def total(values: Floats) -> Floats:
        return np.repeat(np.add.reduceat(values, first, axis=-1), counts, axis=-1)

    spot = base(spots[level]) + (spots[shape] - base(spots[shape]))
    whole = total(productions[shape])
    # A month without production has no shape; its hours share what volume there is.
    even = np.broadcast_to(grid.hours / np.repeat(spent, counts), productions[shape].shape)
    share = np.divide(productions[shape], whole, out=even.copy(), where=whole > 0.0)
    rows = np.broadcast_shapes(spots[0].shape)
    return np.broadcast_to(spot, rows), np.broadcast_to(share * total(productions[volume]), rows)


def shapley(found: dict[tuple[int, ...], Floats], place: int) -> Floats:
    """Return what the part at `place` adds, averaged over the orders of the three."""
    weights = {0: 1 / 3, 1: 1 / 6, 2: 1 / 3}
    made = np.zeros_like(found[0, 0, 0])
    for others in product((0, 1), repeat=2):
        without = (*others[:place], 0, *others[place:])
        with_it = (*others[:place], 1, *others[place:])
        made += weights[sum(others)] * (found[with_it] - found[without])
    return made
