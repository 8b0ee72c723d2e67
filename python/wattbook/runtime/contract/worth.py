"""Values a contract on forward curves: tolling, transport capacity, take or pay."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts import (
    FUELS,
    ContractYear,
    Conversion,
    Tolling,
    TransportRight,
    discount_factors,
    right_intrinsic,
    right_value,
    simulated_take_or_pay,
    simulated_tolling,
    spread_table,
    take_or_pay_value,
    value_tolling,
)
from wattbook.assets.contracts.periods import (
    contract_years,
    days_of,
    group_starts,
    months_of,
    period_column,
)
from wattbook.assets.spot import Factor, SpotModel
from wattbook.assets.storage import SimulatedValue
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid
from wattbook.runtime.contract.data import on_grid
from wattbook.runtime.contract.parse import CurveContract
from wattbook.runtime.contract.spec import MovesSpec, TakeOrPaySpec, TollingSpec, TransportSpec
from wattbook.runtime.contract.take_or_pay import terms_of

__all__ = ["Worth", "curve_worth", "transport_right"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """What a contract is worth on curves.

    Parameters
    ----------
    contract : CurveContract
    figures : dict of str to float
        What it comes to, by what it is; money is in the contract's currency.
    table : polars.DataFrame
        A row a month or year.
    lines : dict of str to ndarray
        Columns of the table to draw: by name, one value a row.
    """

    contract: CurveContract
    figures: dict[str, float]
    table: pl.DataFrame
    lines: dict[str, Floats]


def curve_worth(found: CurveContract) -> Worth:
    """Return what a contract is worth on its curves.

    Raises
    ------
    InputError
        If a curve does not reach over the contract, or terms do not fit.
    """
    if isinstance(found.terms, TollingSpec):
        return tolling_worth(found, found.terms)
    if isinstance(found.terms, TransportSpec):
        return transport_worth(found, found.terms)
    return take_or_pay_worth(found, found.terms)


def curve_of(
    found: CurveContract, grid: CurveGrid, file: str | None, number: float | None
) -> Floats:
    """Return a forward price of each period."""
    if file is None:
        return np.full(len(grid), 0.0 if number is None else float(number))
    (price,) = on_grid(grid, found.folder / Path(file), "delivery_start", {"price": False})
    return period_column(grid, f"{file} price", price)


def curves_of(found: CurveContract, grid: CurveGrid) -> tuple[Floats, Floats]:
    """Return the price of the contract's place, and the other."""
    spec = found.curves
    first = None if spec.price is None else float(spec.price)
    other = None if spec.other_price is None else float(spec.other_price)
    return (
        curve_of(found, grid, spec.price_file, first),
        curve_of(found, grid, spec.other_file, other),
    )


def tolling_worth(found: CurveContract, spec: TollingSpec) -> Worth:
    """Return what a right to run a plant is worth."""
    fuel = FUELS[spec.fuel]
    if (spec.efficiency is None) == (spec.heat_rate is None):
        raise InputError(f"contract {found.head.name!r}: give tolling an efficiency or a heat_rate")
    cost = float(spec.operation_cost)
    if spec.heat_rate is not None:
        conversion = Conversion.of_heat_rate(float(spec.heat_rate), fuel, operation_cost=cost)
    else:
        conversion = Conversion(fuel, float(spec.efficiency or 0), spec.basis, cost)
    terms = Tolling(
        found.head.name,
        conversion,
        power_max_mw=float(spec.power_max_mw),
        power_min_mw=float(spec.power_min_mw),
        efficiency_loss=float(spec.efficiency_loss),
        start_cost=float(spec.start_cost),
        start_fuel=float(spec.start_fuel),
        up_min_hours=float(spec.up_min_hours),
        down_min_hours=float(spec.down_min_hours),
        toll_per_mw_month=float(spec.toll_per_mw_month),
    )
    grid = found.grid()
    power, burnt = curves_of(found, grid)
    co2 = float(found.curves.co2_price)
    spreads = spread_table(grid, conversion, power, burnt, co2_price=co2)
    worth = value_tolling(terms, grid, power, burnt, co2)
    generated = worth.months["generation_mwh"].sum()
    hours = float(grid.hours.sum())
    figures = {
        "value": worth.value,
        "earned before the toll": worth.value + float(worth.months["toll"].sum()),
        "generation, MWh": float(generated),
        "running, share of the hours": float(worth.schedule.is_on @ grid.hours / hours),
        "starts": float(worth.months["starts"].sum()),
        "mean spread a MWh": float(spreads["spread"].to_numpy() @ grid.hours / hours),
        "mean clean spread a MWh": float(spreads["clean_spread"].to_numpy() @ grid.hours / hours),
    }
    if found.moves is not None:
        models = tuple(
            moving(found.moves, np.add.reduceat(price, grid.day_start[:-1]), grid, is_other=other)
            for price, other in ((power, False), (burnt, True))
        )
        paths = simulated_tolling(
            terms,
            grid,
            power,
            burnt,
            co2,
            power=models[0],
            fuel=models[1],
            correlation=np.array([[float(found.moves.correlation)]]),
            paths=found.moves.paths,
            seed=found.moves.seed,
        )
        figures |= waiting(paths.earned, paths.toll)
    margin = worth.months["value"] + worth.months["toll"]
    lines = {"earned": margin.to_numpy(), "toll": worth.months["toll"].to_numpy()}
    return Worth(found, figures, worth.months, lines)


def moving(moves: MovesSpec, sums: Floats, grid: CurveGrid, *, is_other: bool) -> SpotModel:
    """Return how a price moves around the mean of each day, from the sum over its periods."""
    factor, shift = Factor(float(moves.mean_reversion), float(moves.volatility)), moves.shift
    if is_other:
        factor = Factor(float(moves.other_mean_reversion), float(moves.other_volatility))
        shift = moves.other_shift
    return SpotModel(sums / np.diff(grid.day_start), (factor,), shift=float(shift))


def waiting(found: SimulatedValue, toll: float = 0.0) -> dict[str, float]:
    """Return what a contract is worth with the right to wait, less a toll."""
    return {
        "value at moving prices, of a learnt policy": found.lower.mean - toll,
        "its standard error": found.lower.error,
        "no policy earns more than": found.upper.mean - toll,
    }


def transport_right(found: CurveContract, spec: TransportSpec) -> TransportRight:
    """Return the right of ``[transport]``."""
    return TransportRight(
        found.head.name,
        spec.kind,
        float(spec.capacity_mw),
        tariff=float(spec.tariff),
        loss=float(spec.loss),
        price=float(spec.price),
        resale_share=float(spec.resale_share),
    )


def transport_worth(found: CurveContract, spec: TransportSpec) -> Worth:
    """Return what a right to ship is worth."""
    right = transport_right(found, spec)
    grid = found.grid()
    here, there = curves_of(found, grid)
    both = (spec.volatility_here, spec.volatility_there)
    if (both[0] is None) != (both[1] is None):
        raise InputError(
            f"contract {found.head.name!r}: give volatility_here and volatility_there, or neither"
        )
    discounts = discount_factors(grid, found.curves.as_of, float(found.curves.discount_rate))
    worth = right_value(
        right,
        grid,
        here,
        there,
        as_of=found.curves.as_of,
        volatilities=None if both[0] is None else (float(both[0]), float(both[1] or 0)),
        correlation=float(spec.correlation),
        spread_volatility=None if spec.spread_volatility is None else float(spec.spread_volatility),
        discounts=discounts,
    )
    months = months_of(grid)
    first = group_starts(months)
    spent = np.add.reduceat(grid.hours, first)
    table = pl.DataFrame(
        {
            "month": months[first].astype("datetime64[D]"),
            "here_price": np.add.reduceat(here * grid.hours, first) / spent,
            "there_price": np.add.reduceat(there * grid.hours, first) / spent,
            "intrinsic": np.add.reduceat(
                right_intrinsic(right, grid, here, there) * discounts, first
            ),
        }
    )
    figures = {
        "value": worth.value,
        "intrinsic value": worth.intrinsic,
        "time value": worth.time_value,
        "capacity costs": worth.capacity_cost,
        "value less capacity": worth.value - worth.capacity_cost,
    }
    return Worth(found, figures, table, {"intrinsic value": table["intrinsic"].to_numpy()})


def take_or_pay_worth(found: CurveContract, spec: TakeOrPaySpec) -> Worth:
    """Return what a take-or-pay contract is worth: a row a contract year."""
    terms = terms_of(spec)
    grid = found.grid()
    if grid.step != "day":
        raise InputError(f"contract {found.head.name!r}: take or pay has days; give step = 'day'")
    price = curves_of(found, grid)[0]
    discounts = discount_factors(grid, found.curves.as_of, float(found.curves.discount_rate))
    number = contract_years(days_of(grid), found.head.start)
    years = [
        ContractYear(
            float(spec.price) * (1.0 + float(spec.rate)) ** year,
            price[number == year],
            discounts[number == year],
        )
        for year in range(int(number[-1]) + 1)
    ]
    worth = take_or_pay_value(terms, years)
    figures = {
        "value": worth.value,
        "taken, MWh": float(worth.years["taken_mwh"].sum()),
        "made up, MWh": float(worth.years["make_up_mwh"].sum()),
        "paid and never taken, MWh": float(worth.years["make_up_bank_mwh"][-1]),
    }
    if found.moves is not None:
        model = moving(found.moves, price, grid, is_other=False)
        paths = simulated_take_or_pay(
            terms, years, model, paths=found.moves.paths, seed=found.moves.seed
        )
        figures |= waiting(paths.value)
    lines = {
        "taken": worth.years["taken_mwh"].to_numpy(),
        "bill": worth.years["bill_mwh"].to_numpy(),
    }
    return Worth(found, figures, worth.years, lines)
