"""What the assets of a coupled market did, in a report: dispatch, state of charge, cost, margin."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np
from numpy.typing import NDArray

from wattbook.runtime.auctions import plant_of, store_of
from wattbook.runtime.desk.spec import BatterySpec, PlantSpec, WindSpec
from wattbook.runtime.figures import Ledger, MarketName
from wattbook.runtime.figures.split import PnlSplit, Sold, pnl_split, sold_by_period
from wattbook.runtime.plan import CoupledPlan, Plan
from wattbook.runtime.report.auction import stepped, ticks
from wattbook.runtime.report.markup import cell_time, table
from wattbook.runtime.report.svg import Frame, Line, plot
from wattbook.strategy.runs import stretches

__all__ = ["asset_fragments"]

Floats = NDArray[np.float64]
UNITS = 3_600_000_000_000_000
"""Units of money in one of the currency."""


def asset_fragments(plan: Plan, ledger: Ledger) -> Iterator[tuple[str, str, str]]:
    """Return market, strategy and what the report shows, of each asset that is not really run.

    Parameters
    ----------
    plan : Plan
        What the run met.
    ledger : Ledger
        Its events.
    """
    for part in plan.coupled:
        market = next(one for one in ledger.names.markets if one.name == part.spec.name)
        sold = {one.strategy: one for one in sold_by_period(ledger, market)}
        splits = {one.strategy: one for one in pnl_split(ledger, market)}
        for spec in plan.desk.strategy:
            if spec.market != market.name or spec.name not in sold:
                continue
            done, split = sold[spec.name], splits[spec.name]
            if isinstance(spec, BatterySpec) and spec.dispatch is None:
                yield market.name, spec.name, battery_fragment(spec, part, done, market)
            elif isinstance(spec, PlantSpec):
                yield market.name, spec.name, plant_fragment(spec, part, done, split, market)
            elif isinstance(spec, WindSpec):
                yield market.name, spec.name, farm_fragment(spec, part, done, market)


def frame_of(title: str, unit: str, done: Sold, market: MarketName) -> Frame:
    """Return the frame of a plot over the delivery periods."""
    labels = [cell_time(int(start), market.time_zone, "%H:%M") for start in done.starts]
    return Frame(title, "period", unit, ticks(labels))


def panels(strategy: str, said: str, drawn: list[tuple[str, str]]) -> str:
    """Return a heading, a sentence and plots."""
    shown = "".join(f'<div class="panel"><h4>{name}</h4>{text}</div>' for name, text in drawn)
    return f'<h3>{escape(strategy)}: dispatch</h3><p>{said}</p><div class="plots">{shown}</div>'


def dispatch_plot(done: Sold, market: MarketName, bounds: dict[str, float]) -> str:
    """Return what was sold and delivered, between the bounds of the asset."""
    total = np.sum(list(done.sold.values()), axis=0)
    lines = [Line("sold", *stepped(total), 0), Line("delivered", *stepped(done.metered), 1)]
    for ink, (name, value) in enumerate(bounds.items(), start=2):
        lines.append(Line(name, *stepped(np.full(total.size, value)), ink))
    return plot(frame_of(f"Dispatch of {done.strategy}", "MW", done, market), lines)


def battery_fragment(spec: BatterySpec, part: CoupledPlan, done: Sold, market: MarketName) -> str:
    """Return dispatch and state of charge of a battery."""
    store, power = store_of(spec, part), float(spec.power)
    energy = np.concatenate([[store.energy_mwh], store.energy(done.metered)])
    drawn = dispatch_plot(done, market, {"discharges at most": power, "charges at most": -power})
    places = np.arange(energy.size, dtype=np.float64)
    lines = [
        Line("energy in the cells", places, energy, 0),
        Line("empty", places, np.full(energy.size, store.limits.floor_mwh), 1),
        Line("full", places, np.full(energy.size, store.limits.ceiling_mwh), 2),
    ]
    charge = plot(frame_of(f"State of charge of {spec.name}", "MWh", done, market), lines)
    delivered = store.discharged(done.metered)
    taken = -float(np.minimum(done.metered, 0.0).sum()) * store.hours
    said = (
        f"{taken:,.1f} MWh charged, {delivered:,.1f} MWh delivered; between {energy.min():,.1f} "
        f"and {energy.max():,.1f} MWh in the cells, {energy[-1]:,.1f} at the end. Wear costs "
        f"{delivered * store.wear_cost:,.2f} {escape(market.currency)}, which is not in the "
        "P&amp;L."
    )
    return panels(spec.name, said, [("Dispatch", drawn), ("State of charge", charge)])


def plant_fragment(
    spec: PlantSpec, part: CoupledPlan, done: Sold, split: PnlSplit, market: MarketName
) -> str:
    """Return dispatch, runs, cost and margin of a plant."""
    plant = plant_of(spec, part.seconds)
    limits = {"most": plant.power_max, "least that is on": plant.power_min}
    drawn = dispatch_plot(done, market, limits)
    running = plant.cost(done.metered) - plant.start_cost * plant.starts(done.metered)
    started = plant.start_cost * plant.starts(done.metered)
    broken = plant.broken(done.metered)
    energy = float(done.metered.sum()) * plant.hours
    said = (
        f"{plant.starts(done.metered)} starts, {energy:,.1f} MWh delivered. "
        + (f"Breaks its own rules: {escape(', '.join(broken))}." if broken else
           "It keeps its least and most power, its ramp, and its least times on and off.")
    )  # fmt: skip
    rows = [
        [
            cell_time(int(done.starts[first]), market.time_zone, "%H:%M"),
            f"{(last - first) * plant.hours:,.2f}",
            f"{float(done.metered[first:last].sum()) * plant.hours:,.1f}",
            f"{float(done.metered[first:last].max()):,.1f}",
        ]
        for first, last in stretches(done.metered > 0)
    ]
    runs = table(f"Runs of {spec.name}", ["Start", "Hours", "Energy, MWh", "Most power, MW"], rows)
    paid = split.total / UNITS
    money = [
        ["Auctions, continuous market and imbalance, less fees", f"{paid:,.2f}"],
        ["Running", f"{-running:,.2f}"],
        ["Starts", f"{-started:,.2f}"],
        ["Margin", f"{paid - running - started:,.2f}"],
    ]
    caption = f"Margin of {spec.name}; its costs are not in the P&L of the run"
    margin = table(
        caption, ["What", "Amount"], [[a, b.replace("-", "−")] for a, b in money], total=True
    )
    return (
        panels(spec.name, said, [("Dispatch", drawn)])
        + f'<div class="panel">{runs}</div><div class="panel">{margin}</div>'
    )


def farm_fragment(spec: WindSpec, part: CoupledPlan, done: Sold, market: MarketName) -> str:
    """Return dispatch of a wind or solar farm, and what it could have produced."""
    expected, actual = part.output_of(spec)
    available, first = actual * float(spec.power), expected[0] * float(spec.power)
    total = np.sum(list(done.sold.values()), axis=0)
    lines = [
        Line("forecast before the first auction", *stepped(first), 0),
        Line("sold", *stepped(total), 1),
        Line("could be produced", *stepped(available), 2),
        Line("delivered", *stepped(done.metered), 3),
    ]
    hours = part.seconds / 3_600
    off = float(np.maximum(available - done.metered - 0.1, 0.0).sum()) * hours
    said = (
        f"{float(done.metered.sum()) * hours:,.1f} MWh delivered, {off:,.1f} MWh switched off; "
        f"{float(np.abs(done.open).sum()) * hours:,.1f} MWh left to the imbalance."
    )
    drawn = plot(frame_of(f"Dispatch of {spec.name}", "MW", done, market), lines)
    return panels(spec.name, said, [("Dispatch", drawn)])
