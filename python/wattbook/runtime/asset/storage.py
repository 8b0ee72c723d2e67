"""What a gas storage is worth: at its curve, and at prices that move around it."""

from __future__ import annotations

import math

import numpy as np

from wattbook.assets.contracts.periods import discount_factors
from wattbook.assets.spot import Factor, Season, SpotModel
from wattbook.assets.storage import (
    Ratchet,
    Storage,
    intrinsic,
    rolling_intrinsic,
    simulated_value,
    tree_value,
)
from wattbook.errors import InputError
from wattbook.runtime.asset.found import Found, Plot
from wattbook.runtime.asset.parse import AssetFile
from wattbook.runtime.asset.spec import MovesSpec, RatchetSpec, StorageData, StorageSpec

__all__ = ["storage_schedule"]

ROLLED = 200
"""Paths of the rolling intrinsic: each solves the storage anew every day."""


def storage_schedule(file: AssetFile) -> Found:
    """Return the schedule that locks in most on the curve and, with ``[moves]``, what waiting adds.

    Raises
    ------
    InputError
        If volumes are off the step, or no schedule keeps every rule; names those in conflict.
    """
    spec: StorageSpec = file.said["storage"]
    data: StorageData = file.said["data"]
    moves: MovesSpec | None = file.said.get("moves")
    if moves is not None and file.head.step != "day":
        raise file.reader.refuse(("asset", "step"), "[moves] are of days; give step = 'day'")
    if data.as_of > file.head.start:
        raise file.reader.refuse(
            ("data", "as_of"), f"{data.as_of} is after the first delivery; give an earlier day"
        )
    storage = storage_of(spec)
    prices = file.data("price")
    discounts = discount_factors(file.grid, data.as_of, float(data.discount_rate))
    plan = intrinsic(storage, prices, discounts)
    figures = {
        "intrinsic value": plan.value,
        "injected, MWh": float(np.maximum(plan.change_mwh, 0.0).sum()),
        "withdrawn, MWh": float(np.maximum(-plan.change_mwh, 0.0).sum()),
    }
    if moves is not None:
        figures |= moving_values(storage, moves, prices, discounts)
    return Found(
        figures,
        {"price": prices, "change_mwh": plan.change_mwh, "level_mwh": plan.level_mwh},
        (
            Plot("Forward price", f"{file.head.currency}/MWh", {"price": prices}),
            Plot("Level", "MWh", {"level after the day": plan.level_mwh}),
            Plot("Into the storage, out of it below zero", "MWh", {"change": plan.change_mwh}),
        ),
    )


def storage_of(spec: StorageSpec) -> Storage:
    """Return the storage of ``[storage]``."""
    start = float(spec.start_mwh)
    least = start if spec.end_least_mwh is None else float(spec.end_least_mwh)
    most = max(start, least) if spec.end_most_mwh is None else float(spec.end_most_mwh)
    return Storage(
        capacity_mwh=float(spec.capacity_mwh),
        step_mwh=float(spec.step_mwh),
        ratchets=tuple(ratchet_of(one) for one in spec.ratchet),
        start_mwh=start,
        end_mwh=(least, most),
        end_price=float(spec.end_price),
        end_penalty=math.inf if spec.end_penalty is None else float(spec.end_penalty),
        injection_loss=float(spec.injection_loss),
        withdrawal_loss=float(spec.withdrawal_loss),
    )


def ratchet_of(spec: RatchetSpec) -> Ratchet:
    """Return one ratchet."""
    return Ratchet(
        level_mwh=float(spec.level_mwh),
        injection_mwh=float(spec.injection_mwh),
        withdrawal_mwh=float(spec.withdrawal_mwh),
        injection_cost=float(spec.injection_cost),
        withdrawal_cost=float(spec.withdrawal_cost),
    )


def moving_values(
    storage: Storage, moves: MovesSpec, prices: np.ndarray, discounts: np.ndarray
) -> dict[str, float]:
    """Return the values of a storage at prices that move: rolled, learnt, bounded, on a tree."""
    factors = [Factor(float(moves.mean_reversion), float(moves.volatility))]
    correlation = None
    if moves.long_volatility:
        factors.append(Factor(0.0, float(moves.long_volatility)))
        both = float(moves.correlation)
        correlation = np.array([[1.0, both], [both, 1.0]])
    season = None
    if moves.season_amplitude:
        season = Season(float(moves.season_amplitude), float(moves.season_peak_day))
    model = SpotModel(
        prices, tuple(factors), correlation=correlation, season=season, shift=float(moves.shift)
    )
    rolled = rolling_intrinsic(
        storage, model, discounts, paths=min(ROLLED, moves.paths), seed=moves.seed
    )
    learnt = simulated_value(storage, model, discounts, paths=moves.paths, seed=moves.seed)
    figures = {
        "rolling intrinsic": rolled.mean,
        "its standard error": rolled.error,
        "value of a learnt policy": learnt.lower.mean,
        "standard error of it": learnt.lower.error,
        "no policy earns more than": learnt.upper.mean,
        "standard error of the bound": learnt.upper.error,
    }
    if len(factors) == 1 and season is None:
        figures["value on a trinomial tree"] = tree_value(storage, model, discounts)
    for name, figure in figures.items():
        if not math.isfinite(figure):
            raise InputError(
                f"{name} is {figure}: prices move out of all bounds; give a smaller volatility"
            )
    return figures
