"""Complex orders from a folder of tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from wattbook.market.auction.complex_orders import ComplexOrders, Condition
from wattbook.market.auction.network import Floats
from wattbook.market.auction.table_rules import Line, Tables, has_volume, profile, unique, unknown

__all__ = ["complex_orders"]

CLASSIC = {"MIC": False, "MP": True}
"""Conditions of complex orders, and whether they are for buyers."""


def complex_orders(tables: Tables) -> ComplexOrders:
    """Return complex and scalable complex orders."""
    kept: list[tuple[Line, list[Line], Condition]] = []
    for name, steps_name, key in (
        ("complex_orders", "complex_step_orders", "complex_order_id"),
        ("scalable_complex_orders", "scalable_step_orders", "scalable_order_id"),
    ):
        steps: dict[str, list[Line]] = {}
        given = tables.counts(steps_name, key)
        known = sorted(tables.counts(name, "id"))
        rules = (
            tables.in_period, tables.in_zone, has_volume, unique(), tables.priced("price"),
            lambda row, known=known, key=key: unknown("order", row[key], known),
        )  # fmt: skip
        for row in tables.rows(steps_name, *rules):
            steps.setdefault(row[key], []).append(row)
        for row in tables.rows(name, unique()):
            own = steps.get(row["id"], [])
            wrong = broken(tables, row, own, given.get(row["id"], 0))
            if wrong is None:
                kept.append((row, own, condition_of(row)))
            else:
                tables.reject(name, row, wrong)
    return built(tables, kept)


def broken(tables: Tables, row: Line, steps: Sequence[Line], given: int) -> str | None:
    """Return which rule a complex order breaks, or none."""
    if len(steps) < given:
        return "a step of it breaks a rule"
    if not steps:
        return "it has no steps"
    if len({step["zone"] for step in steps}) > 1:
        return "its steps deliver in several zones"
    if len({step["volume_mwh"] > 0 for step in steps}) > 1:
        return "some of its steps buy and others sell"
    return broken_terms(row, is_demand=steps[0]["volume_mwh"] < 0) or below_minimum(
        tables, row, steps
    )


def broken_terms(row: Line, *, is_demand: bool) -> str | None:
    """Return what is wrong with the condition and gradient of an order, or nothing."""
    kind = (row["condition"] or "").strip()
    gradient = number_of(row["load_gradient"])
    found = None
    if kind in CLASSIC and CLASSIC[kind] != is_demand:
        found = f"condition {kind} is for {'buyers' if CLASSIC[kind] else 'sellers'}"
    elif kind and kind not in CLASSIC and kind != "load gradient":
        found = f"condition {kind!r} is none of MIC, MP, load gradient"
    elif condition_of(row) is Condition.NONE and (row["fixed_term"] or row.get("variable_term")):
        found = "a fixed or variable term needs condition MIC or MP"
    elif (row["fixed_term"] or 0.0) < 0:
        found = f"a fixed term of {row['fixed_term']} is negative"
    elif gradient is not None and not gradient >= 0:
        found = f"load gradient {row['load_gradient']!r} must be a number of MW, not negative"
    return found


def below_minimum(tables: Tables, row: Line, steps: Sequence[Line]) -> str | None:
    """Return in which period the steps offer less than the minimum acceptance power, or none."""
    for period, least in zip(tables.periods, profile(tables, row, "MAP"), strict=True):
        offered = sum(abs(step["volume_mwh"]) for step in steps if step["period"] == period)
        if not 0 <= least <= offered:
            return f"MAP{period} is {least} MW, its steps have {offered} MW"
    return None


def number_of(text: str | None) -> float | None:
    """Return a number that may be left out; NaN for a text that is none."""
    if text is None or not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        return float("nan")


def condition_of(row: Line) -> Condition:
    """Return the condition of an order: scalable ones always have that on surplus."""
    if "variable_term" not in row:
        return Condition.SURPLUS
    return Condition.INCOME if (row["condition"] or "").strip() in CLASSIC else Condition.NONE


def built(tables: Tables, kept: Sequence[tuple[Line, list[Line], Condition]]) -> ComplexOrders:
    """Return orders that keep to all rules."""
    steps = [(order, step) for order, (_, own, _) in enumerate(kept) for step in own]

    def column(values: Iterable[object]) -> Floats:
        return np.array([0.0 if value is None else value for value in values], np.float64)

    gradients = [number_of(row["load_gradient"]) for row, _, _ in kept]
    gradient = np.array([np.nan if one is None else one for one in gradients], np.float64)
    least = np.array([profile(tables, row, "MAP") for row, _, _ in kept])
    return ComplexOrders(
        names=[row["id"] for row, _, _ in kept],
        zone=np.array([tables.zones.index(own[0]["zone"]) for _, own, _ in kept], np.int64),
        is_demand=np.array([own[0]["volume_mwh"] < 0 for _, own, _ in kept], np.bool_),
        condition=[condition for _, _, condition in kept],
        fixed_term=column(row["fixed_term"] for row, _, _ in kept),
        step_order=np.array([order for order, _ in steps], np.int64),
        step_period=np.array([tables.periods.index(step["period"]) for _, step in steps], np.int64),
        step_price=column(step["price"] for _, step in steps),
        step_volume=np.abs(column(step["volume_mwh"] for _, step in steps)),
        variable_term=column(row.get("variable_term") for row, _, _ in kept),
        gradient_up=gradient,
        gradient_down=gradient,
        power_min=least.reshape(len(kept), len(tables.periods)),
    )
