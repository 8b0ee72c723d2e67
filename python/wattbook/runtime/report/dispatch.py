"""A battery that was really run, in a report: dispatch, state of charge, alarms, settlement."""

from __future__ import annotations

from html import escape

import numpy as np

from wattbook.runtime.dispatch.record import DispatchRecord
from wattbook.runtime.dispatch.reserve import reserve_amounts, sums_of
from wattbook.runtime.figures import Ledger, MarketName
from wattbook.runtime.figures.delivery import DeliveredPeriod, delivered_periods
from wattbook.runtime.report.markup import amount, cell_time, table
from wattbook.runtime.report.svg import Frame, Line, plot

__all__ = ["dispatch_fragment"]

CLOCK = "%H:%M:%S"
TICKS = 8


def dispatch_fragment(record: DispatchRecord, ledger: Ledger) -> str:
    """Return what the report shows of a battery that was really run, as HTML."""
    market = next(one for one in ledger.names.markets if one.name == record.market)
    periods = delivered_periods(ledger, market, record.strategy)
    return (
        f"<h3>{escape(record.strategy)}: dispatch</h3><p>{sentence(record, periods, ledger)}</p>"
        f'<div class="plots"><div class="panel">{power_plot(record, market)}</div>'
        f'<div class="panel">{charge_plot(record, market)}</div></div>'
        f'<div class="panel">{alarm_table(record, market)}</div>'
        f'<div class="panel">{replan_table(record, market)}</div>'
        f'<div class="panel">{message_table(record, market)}</div>'
        f'<div class="panel">{period_table(record, periods, market, ledger)}</div>'
        f"{reserve_panel(record, market)}"
    )


def reserve_panel(record: DispatchRecord, market: MarketName) -> str:
    """Return what reserves came to by line, as HTML; nothing without any."""
    if not record.reserves:
        return ""
    sums = sums_of(reserve_amounts(record))
    rows = [[escape(product), escape(line), amount(units)] for product, line, units in sums]
    rows.append(["all", "", amount(sum(units for *_, units in sums))])
    caption = (
        f"Reserves of {record.strategy}, {market.currency}: booked with the P&L, period by period"
    )
    shown = table(caption, ["Product", "Line", "Amount"], rows, text=2, total=True)
    return f'<div class="panel">{shown}</div>{block_panel(record, market)}'


def block_panel(record: DispatchRecord, market: MarketName) -> str:
    """Return what the auctions of reserve capacity pay, block by block, as HTML."""
    rows = []
    for held in record.reserves:
        before: float | None = None
        for place, (start, price) in enumerate(sorted(held.prices.items())):
            if not place or price != before:
                paid = "not taken" if price is None else f"{price:,.2f}"
                clock = cell_time(start, market.time_zone, "%H:%M")
                rows.append([escape(held.product), clock, f"{held.power_mw:g}", paid])
            before = price
    caption = f"Capacity sold by {record.strategy}, {market.currency} a MW and hour"
    shown = table(caption, ["Product", "From", "MW offered", "Price"], rows, text=2)
    return f'<div class="panel">{shown}</div>' if rows else ""


def sentence(record: DispatchRecord, periods: tuple[DeliveredPeriod, ...], ledger: Ledger) -> str:
    """Return the day in figures."""
    missing = sum(period.missing_mwh for period in periods)
    traded = sum(abs(period.continuous_mwh) for period in periods)
    owed = sum(period.imbalance for period in periods)
    limited = sum(1 for step in record.steps if step.reasons)
    return (
        f"{len(record.steps):,} steps, {limited:,} of them limited; {len(record.replans):,} new "
        f"plans, {traded:,.2f} MWh traded again, {missing:,.2f} MWh not delivered, "
        f"{len(record.messages):,} outage messages drafted; imbalance "
        f"{amount(owed)} {escape(ledger.names.currency)}."
    )


def axis(record: DispatchRecord, market: MarketName) -> list[tuple[float, str]]:
    """Return marks of the clock."""
    if not record.steps:
        return []
    first, last = record.steps[0].at, record.steps[-1].at
    marks = np.linspace(first, last, TICKS)
    return [(float(at) / 1e9, cell_time(int(at), market.time_zone, "%H:%M")) for at in marks]


def power_plot(record: DispatchRecord, market: MarketName) -> str:
    """Return what was sold, set, run and available over the day."""
    at = np.array([step.at for step in record.steps]) / 1e9
    lines = [
        Line("sold", at, np.array([step.sold for step in record.steps]), 0),
        Line("setpoint", at, np.array([step.setpoint for step in record.steps]), 1),
        Line("power at the meter", at, np.array([step.power for step in record.steps]), 2),
        Line("available to discharge", at, np.array([one.available for one in record.steps]), 3),
        Line("available to charge", at, -np.array([one.available for one in record.steps]), 4),
    ]
    frame = Frame(f"Dispatch of {record.strategy}", "clock", "MW", axis(record, market))
    return f"<h4>Dispatch</h4>{plot(frame, lines)}"


def charge_plot(record: DispatchRecord, market: MarketName) -> str:
    """Return the energy in the cells over the day."""
    at = np.array([step.at for step in record.steps]) / 1e9
    lines = [
        Line("energy in the cells", at, np.array([step.energy for step in record.steps]), 0),
        Line("floor", at, np.full(at.size, record.floor_mwh), 1),
        Line("ceiling", at, np.full(at.size, record.ceiling_mwh), 2),
    ]
    frame = Frame(f"State of charge of {record.strategy}", "clock", "MWh", axis(record, market))
    return f"<h4>State of charge</h4>{plot(frame, lines)}"


def alarm_table(record: DispatchRecord, market: MarketName) -> str:
    """Return what whoever was on shift was told."""
    rows = [
        [cell_time(alarm.at, market.time_zone, CLOCK), escape(alarm.kind), escape(alarm.text)]
        for alarm in record.alarms
    ]
    return table("Alarms of the dispatch loop", ["Clock", "Kind", "What"], rows, text=3, tall=True)


def replan_table(record: DispatchRecord, market: MarketName) -> str:
    """Return every new plan."""
    rows = [
        [
            cell_time(one.at, market.time_zone, CLOCK),
            escape(one.why),
            "covers what cannot run" if one.is_cover else "earns most",
            f"{one.short_mwh:,.3f}",
            f"{one.asked_mwh:,.3f}",
        ]
        for one in record.replans
    ]
    headings = ["Clock", "Why", "What is traded", "Cannot run, MWh", "Sent to the book, MWh"]
    return table("New plans after a deviation", headings, rows, text=3, tall=True)


def message_table(record: DispatchRecord, market: MarketName) -> str:
    """Return the outage messages; they stand as files in the folder of the run."""
    rows = [
        [
            escape(one.message),
            escape(one.status),
            cell_time(one.published, market.time_zone, CLOCK),
            cell_time(one.start, market.time_zone, CLOCK),
            cell_time(one.end, market.time_zone, CLOCK),
            f"{one.unavailable_mw:g}",
            f"{one.installed_mw:g}",
            escape(f"{one.reason}. {one.remarks}".strip()),
        ]
        for one in record.messages
    ]
    headings = [
        "Message", "Status", "Drafted", "Start", "Expected end", "Unavailable, MW",
        "Installed, MW", "Reason",
    ]  # fmt: skip
    caption = "Outage messages, drafts for an inside information platform"
    return table(caption, headings, rows, text=2)


def period_table(
    record: DispatchRecord,
    periods: tuple[DeliveredPeriod, ...],
    market: MarketName,
    ledger: Ledger,
) -> str:
    """Return what was sold, delivered and settled by delivery period."""
    rows = [
        [
            cell_time(one.start, market.time_zone, "%H:%M"),
            f"{one.auction_mwh:,.3f}",
            f"{one.continuous_mwh:,.3f}",
            f"{one.delivered_mwh:,.3f}",
            f"{one.missing_mwh:,.3f}",
            f"{one.open_mwh:,.3f}",
            amount(one.imbalance),
        ]
        for one in periods
    ]
    totals = [
        sum(one.auction_mwh for one in periods),
        sum(one.continuous_mwh for one in periods),
        sum(one.delivered_mwh for one in periods),
        sum(one.missing_mwh for one in periods),
        sum(one.open_mwh for one in periods),
    ]
    owed = sum(one.imbalance for one in periods)
    rows.append(["all", *(f"{value:,.3f}" for value in totals), amount(owed)])
    headings = [
        "Delivery", "Sold in auctions, MWh", "Traded again, MWh", "Delivered, MWh",
        "Not delivered, MWh", "Imbalance, MWh", f"Imbalance, {ledger.names.currency}",
    ]  # fmt: skip
    caption = f"Deliveries of {record.strategy}: sold, delivered, settled"
    return table(caption, headings, rows, total=True, tall=True)
