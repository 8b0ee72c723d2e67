"""Settles or values the contract of a file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts import (
    History,
    PpaRisk,
    PpaSettlement,
    PpaValue,
    discount_factors,
    expected_production,
    fair_level,
    joint_scenarios,
    monthly_capture,
    ppa_risk,
    production_profile,
    settle_ppa,
    value_ppa,
)
from wattbook.assets.contracts.ppa_risk import Side
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid, curve_grid
from wattbook.runtime.contract.data import on_grid
from wattbook.runtime.contract.generated import generated_outages, generated_plant
from wattbook.runtime.contract.parse import ContractFile
from wattbook.runtime.contract.spec import ContractHead, ValueSpec

__all__ = ["Settled", "Valued", "days_within", "settle_contract", "value_contract"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """A contract that was settled.

    Parameters
    ----------
    file : ContractFile
    settlement : PpaSettlement
    capture : polars.DataFrame
        Of the plant, by month.
    """

    file: ContractFile
    settlement: PpaSettlement
    capture: pl.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Valued:
    """A contract that was valued.

    Parameters
    ----------
    file : ContractFile
    grid : CurveGrid
    forward, production : ndarray of shape (n,)
        Curve and expected production that it was valued on.
    value : PpaValue
        At these.
    risk : PpaRisk
        Over scenarios of both.
    fair_level : float
        At which the contract is worth nothing in the mean of the scenarios; NaN where none is.
    """

    file: ContractFile
    grid: CurveGrid
    forward: Floats
    production: Floats
    value: PpaValue
    risk: PpaRisk
    fair_level: float

    @property
    def spec(self) -> ValueSpec:
        """What the file says of valuation."""
        return value_spec(self.file)

    @property
    def confidence(self) -> float:
        """Of the P&L at risk."""
        return float(self.spec.confidence)

    @property
    def side(self) -> Side:
        """Whose P&L the scenarios tell."""
        return self.spec.side


def value_spec(found: ContractFile) -> ValueSpec:
    """Return what a file says of valuation.

    Raises
    ------
    InputError
        If it says nothing.
    """
    if found.value is None:
        raise InputError(
            f"contract {found.head.name!r} has no section [value]; add it with as_of = a date"
        )
    if found.value.as_of >= found.head.end:
        raise InputError(
            f"contract {found.head.name!r} is valued as of {found.value.as_of}, when it has ended; "
            "give an earlier day"
        )
    return found.value


def data_of(found: ContractFile, grid: CurveGrid) -> tuple[Floats, Floats, Floats]:
    """Return prices, production and lost energy of ``[data]`` on a grid; NaN where none are."""
    data = found.data
    capacity = float(data.capacity_mw)
    if data.file is None:
        made = generated_plant(
            grid, capacity_mw=capacity, technology=data.technology, seed=data.seed
        )
        if found.ppa.availability is None:
            return made.price, made.production, np.zeros(len(grid))
        lost = np.where(generated_outages(grid, seed=data.seed), made.production, 0.0)
        return made.price, made.production - lost, lost
    is_energy = data.unit == "MWh"
    columns = {data.price: False, data.production: is_energy}
    if data.lost is not None:
        columns[data.lost] = is_energy
    price, *energies = on_grid(grid, found.folder / data.file, data.start, columns)
    production, *more = (one if is_energy else one * grid.hours for one in energies)
    return price, production, more[0] if more else np.zeros(len(grid))


def days_within(
    head: ContractHead, first: dt.date | None, after: dt.date | None
) -> tuple[dt.date, dt.date]:
    """Return the days that are settled: those asked for, or all of the contract.

    Raises
    ------
    InputError
        If they are not the contract's.
    """
    first, after = first or head.start, after or head.end
    if not head.start <= first < after <= head.end:
        raise InputError(
            f"days from {first} to before {after} are not all of the contract, from {head.start} "
            f"to before {head.end}; give days of it"
        )
    return first, after


def settle_contract(
    found: ContractFile, first: dt.date | None = None, after: dt.date | None = None
) -> Settled:
    """Return the settlement of a contract over its days, or those from `first` to before `after`.

    Raises
    ------
    InputError
        If a price or production is missing, or the days are not the contract's.
    """
    head = found.head
    first, after = days_within(head, first, after)
    grid = curve_grid(head.place, first, after, head.step)
    price, production, lost = data_of(found, grid)
    settlement = settle_ppa(found.ppa, grid, price, production, lost)
    return Settled(found, settlement, monthly_capture(grid, price, production))


def value_contract(found: ContractFile) -> Valued:
    """Return what a contract is worth on a forward curve, and its risk over scenarios.

    Raises
    ------
    InputError
        If the file has no ``[value]``, or data or curve do not reach as far as they must.
    """
    spec = value_spec(found)
    grid = found.grid()
    history = history_of(found)
    profile = production_profile(history)
    capacity = float(found.data.capacity_mw)
    production = expected_production(grid, profile, capacity)
    forward = forward_of(found, grid, history)
    discounts = discount_factors(grid, spec.as_of, float(spec.discount_rate))
    drawn = joint_scenarios(
        grid,
        forward,
        history,
        capacity_mw=capacity,
        as_of=spec.as_of,
        level_volatility=float(spec.level_volatility),
        paths=spec.paths,
        seed=found.data.seed,
    )
    try:
        fair = fair_level(found.ppa, grid, drawn.spot, drawn.production, discounts)
    except InputError:
        fair = float("nan")
    return Valued(
        found,
        grid,
        forward,
        production,
        value_ppa(found.ppa, grid, forward, production, discounts),
        ppa_risk(found.ppa, grid, drawn.spot, drawn.production, discounts, side=spec.side),
        fair,
    )


def history_of(found: ContractFile) -> History:
    """Return the data of the past as hours of whole days."""
    head, data = found.head, found.data
    first, after = data.from_day or head.start, data.to_day or head.end
    if not first < after:
        raise InputError(
            f"data from_day {first} is not before to_day {after}; give a year of days or more"
        )
    grid = curve_grid(head.place, first, after, head.step)
    price, production, _ = data_of(found, grid)
    return History(grid, price, production, float(data.capacity_mw))


def forward_of(found: ContractFile, grid: CurveGrid, history: History) -> Floats:
    """Return the forward price of each period."""
    spec = value_spec(found)
    if spec.forward_file is not None:
        file = found.folder / spec.forward_file
        (price,) = on_grid(grid, file, "delivery_start", {"price": False})
        return price
    # Without a curve the past goes on: its mean by month and hour of the clock.
    as_share = History(history.grid, history.price, history.price * history.grid.hours, 1.0)
    return expected_production(grid, production_profile(as_share), 1.0) / grid.hours
