"""What the reserves of a dispatched battery came to: paid for what was sold, less what was missing.

What is available is told by the steps of the loop: power of the inverters and the grid connection
that the setpoint leaves free, as far as the cells bear it for as long as the reserve asks. Without
telemetry, or where nobody knows which setpoint is in force, there is none. What is called counts as
available while it runs. Called energy is delivered as far as the meter of the period is off the
schedule that way; the operator takes what is delivered off the imbalance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from wattbook.portfolio.settlement import RESERVES, ReserveRule, settle_reserves
from wattbook.runtime.dispatch.calls import called_mwh
from wattbook.runtime.dispatch.record import DispatchRecord, HeldReserve, StepRow

__all__ = ["activated", "reserve_amounts", "reserve_table", "reserves_paid", "sums_of"]

SECOND = 1_000_000_000
RULE = ReserveRule("[[strategy.dispatch.reserve]] of the desk file", "always")


def free_mw(step: StepRow, held: HeldReserve, record: DispatchRecord) -> float:
    """Return the power of a reserve that a step leaves free, MW."""
    if not step.is_known:
        return 0.0
    if held.direction == "both":
        return min(free_mw(step, replace(held, direction=way), record) for way in ("up", "down"))
    hours = held.minutes / 60
    if held.direction == "up":
        called = max(step.called, 0.0)
        power = min(step.available, record.export_mw) - step.setpoint
        cells = (step.energy - record.floor_mwh) * record.discharge_efficiency / hours
    else:
        called = max(-step.called, 0.0)
        power = min(step.available, record.import_mw) + step.setpoint
        cells = (record.ceiling_mwh - step.energy) / record.charge_efficiency / hours
    return min(max(min(power, cells), 0.0) + called, held.power_mw)


def activated(called: Mapping[str, float], deviation_mwh: float) -> dict[str, float]:
    """Return what was delivered of the energy called of each product, MWh with its sign.

    Calls of one direction share what was delivered that way in proportion; calls of the other
    direction count first.

    Parameters
    ----------
    called : mapping of str to float, MWh
        More delivery above zero, less below.
    deviation_mwh : float
        What the meter counted beyond what was sold.

    Examples
    --------
    >>> activated({"up": 3.0, "down": -1.0}, 1.5)
    {'up': 2.5, 'down': -1.0}
    >>> activated({"up": 1.0}, -0.5)
    {'up': 0.0}
    """
    up = sum(max(one, 0.0) for one in called.values())
    down = sum(max(-one, 0.0) for one in called.values())
    share_up = min(max(deviation_mwh + down, 0.0), up) / up if up else 0.0
    share_down = min(max(up - deviation_mwh, 0.0), down) / down if down else 0.0
    return {
        product: one * (share_up if one > 0 else share_down) + 0.0
        for product, one in called.items()
    }


def reserve_table(record: DispatchRecord, steps: Sequence[StepRow] | None = None) -> pl.DataFrame:
    """Return each reserve by delivery period, with what was available of it in the mean.

    Parameters
    ----------
    record : DispatchRecord
    steps : sequence of StepRow, optional
        Of whole periods; by default those of the day.

    Returns
    -------
    polars.DataFrame
        As `wattbook.portfolio.settlement.RESERVES`.
    """
    steps = record.steps if steps is None else steps
    if not record.reserves or not steps:
        return pl.DataFrame(schema=RESERVES)
    length = record.seconds * SECOND
    # A period whose first steps had no reading yet begins before them.
    starts = np.array([step.at // length * length for step in steps])
    rows = []
    for held in record.reserves:
        free = np.array([free_mw(step, held, record) for step in steps])
        for start in np.unique(starts).tolist():
            price = held.prices.get(start, held.price)
            if price is None:
                continue
            called = called_mwh(record.calls, start, start + length, held.product)
            delivered = record.activated.get(start, {}).get(held.product, 0.0)
            mean = float(free[starts == start].mean())
            rows.append(
                dict.fromkeys(RESERVES, 0)
                | {
                    "account": record.strategy,
                    "product": held.product,
                    "start": start,
                    "seconds": record.seconds,
                    "awarded": round(held.power_mw * 1e6),
                    "available": round(mean * 1e6),
                    "price": round(price * 1e6),
                    "mean_price": round(held.penalty * 1e6),
                    "is_repeated": False,
                    "called": round(abs(called) * 3_600 * 1e6),
                    "delivered": round(abs(delivered) * 3_600 * 1e6),
                    "energy_price": round(held.energy_price * 1e6) * (-1 if called < 0 else 1),
                }
            )
    return pl.DataFrame(rows, schema=dict(RESERVES))


def reserve_amounts(record: DispatchRecord) -> pl.DataFrame:
    """Return what reserves came to by period and line, as `settle_reserves`."""
    return settle_reserves(reserve_table(record), RULE)


def reserves_paid(record: DispatchRecord, start: int) -> int | None:
    """Return what is paid for all reserves of the delivery period that begins at `start`, ns UTC.

    Returns
    -------
    int or None
        1 / 3.6e15 of the market's currency; None where none was sold.
    """
    if not record.reserves:
        return None
    end = start + record.seconds * SECOND
    steps = [step for step in record.steps if start <= step.at < end]
    amounts = settle_reserves(reserve_table(record, steps), RULE)["amount"]
    return sum(int(units) for units in amounts)


def sums_of(amounts: pl.DataFrame) -> Sequence[tuple[str, str, int]]:
    """Return product, line and amount (1 / 3.6e15 of the market's currency) over a day."""
    summed = amounts.group_by("product", "line", maintain_order=True).agg(pl.col("amount").sum())
    return [(product, line, int(units)) for product, line, units in summed.iter_rows()]
