"""The pages of rights to ship, certificates and futures: what was settled, held and owed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from html import escape
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts.certificates import Kind
from wattbook.domain.calendars import PLACES
from wattbook.runtime.contract import FuturesBooks, Inventory, SettledRight, SettledTake
from wattbook.runtime.report.commitment import stepped
from wattbook.runtime.report.contract import document, month_ticks, panels
from wattbook.runtime.report.markup import card, table
from wattbook.runtime.report.svg import Frame, Line, plot

__all__ = ["futures_page", "inventory_page", "right_page", "take_page"]

Floats: TypeAlias = NDArray[np.float64]
THOUSAND = 1_000.0
HOURS_SHOWN = 168
MARKS = 5
KINDS: tuple[Kind, ...] = ("guarantee", "allowance")
NAMES = {"guarantee": "guarantees of origin", "allowance": "allowances"}


def text(value: object) -> str:
    """Return a cell: numbers with separators, nothing for what is not there."""
    if value is None:
        return "–"
    if isinstance(value, Decimal):
        # Prices and powers are exact to 1e-6: zeros behind the cents say nothing.
        short = value.quantize(Decimal("0.01"))
        return f"{short:,}" if short == value else f"{value.normalize():,f}"
    if isinstance(value, bool | str):
        return escape(str(value))
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.3f}" if isinstance(value, float) else escape(str(value))


def frame_table(caption: str, frame: pl.DataFrame, names: Sequence[str], *, words: int = 1) -> str:
    """Return columns of a frame as a table."""
    rows = [[text(value) for value in row] for row in frame.select(names).iter_rows()]
    units = [name.replace("_mwh", ", MWh").replace("_mw", ", MW") for name in names]
    headings = [name.replace("_", " ") for name in units]
    return table(caption, headings, rows, text=words, tall=True)


def inventory_page(found: Inventory) -> str:
    """Return certificates on a day as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    head, books, day = found.file.head, found.books, found.file.spec.as_of
    cards = []
    for kind in KINDS:
        if not any(entry.kind == kind for entry in books.entries):
            continue
        price, name = found.price(kind), NAMES[kind]
        cards.append(card(f"{books.quantity(kind):,}", f"{name} held on {day}"))
        cards.append(card(f"{books.realised(kind):,}", f"{head.currency} realised, {name}"))
        if price is not None:
            worth = books.unrealised(kind, price)
            cards.append(card(f"{worth:,}", f"{head.currency} unrealised, {name}"))
    names = ["lot", "kind", "vintage", "state", "quantity", "cost", "worth", "unrealised"]
    parts = [("Inventory", inventory_plot(found))]
    if found.compliance.height:
        parts.append(("Compliance", compliance_plot(found)))
        caption = f"What is owed by each deadline, {head.currency}"
        named = found.compliance.with_columns(pl.col("year").cast(pl.String))
        years = frame_table(caption, named, named.columns)
        parts.append(("Deadlines", years))
    parts += [
        ("Lots", frame_table(f"Money in {head.currency}", found.held, names, words=4)),
        (
            "Entries",
            frame_table(f"Money in {head.currency}", found.entries, found.entries.columns, words=4),
        ),
    ]
    return document(head.name, cards, panels(*parts), "")


def inventory_plot(found: Inventory) -> str:
    """Return how many certificates were held over time."""
    entries = found.entries
    days = entries["day"].unique().sort()
    first = days[0]
    at = (days - first).dt.total_days().to_numpy().astype(np.float64)
    lines = []
    for ink, kind in enumerate(KINDS, start=1):
        signed = pl.when(pl.col("act") == "receipt").then(1).otherwise(-1) * pl.col("quantity")
        moved = (
            entries.filter(pl.col("kind") == kind).group_by("day").agg(signed.sum().alias("moved"))
        )
        if not moved.height:
            continue
        held = (
            pl.DataFrame({"day": days})
            .join(moved, on="day", how="left")
            .sort("day")["moved"]
            .fill_null(0)
            .cum_sum()
            .to_numpy()
            .astype(np.float64)
        )
        upto = np.append(at, max(float((found.file.spec.as_of - first).days), at[-1]))
        # Each level stands from its day to the next one.
        lines.append(Line(NAMES[kind], np.repeat(upto, 2)[1:-1], np.repeat(held, 2), ink))
    span = int(max((found.file.spec.as_of - first).days, at[-1]))
    marks = sorted({span * place // (MARKS - 1) for place in range(MARKS)})
    ticks = [(float(one), str(first + dt.timedelta(days=one))) for one in marks]
    return plot(Frame("Certificates held", "day", "certificates", ticks), lines)


def compliance_plot(found: Inventory) -> str:
    """Return what is owed and what is there by year."""
    years = found.compliance
    ticks = [(place + 0.5, str(year)) for place, year in enumerate(years["year"])]
    frame = Frame("Allowances owed and available", "year of emissions", "allowances", ticks)
    lines = [
        Line(name, *stepped(years[name].to_numpy().astype(np.float64)), ink)
        for ink, name in enumerate(("owed", "available"), start=1)
    ]
    return plot(frame, lines)


def futures_page(found: FuturesBooks) -> str:
    """Return futures, their cascades and deliveries as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    head = found.file.head
    cards = (
        card(f"{found.positions.height:,}", "positions open"),
        card(f"{found.cascades.filter(pl.col('ended') == pl.col('product')).height:,}", "ended"),
        card(f"{float(found.energy_end):,.1f}", "MWh, as before the cascades"),
        card(f"{found.total('pnl'):,}", f"{head.currency} on the days of cascades"),
        card(f"{found.total('settled'):,}", f"{head.currency} settled on the spot average"),
    )
    body = panels(
        ("Deliveries", delivery_plot(found)),
        (
            "Cascades",
            frame_table(
                f"What ended, and what replaced it; money in {head.currency}",
                found.cascades,
                found.cascades.columns,
                words=2,
            ),
        ),
        (
            "Open positions",
            frame_table(f"Money in {head.currency}", found.positions, found.positions.columns),
        ),
    )
    return document(head.name, cards, body, "")


def delivery_plot(found: FuturesBooks) -> str:
    """Return the energy that each month delivers, by place."""
    months = pl.concat(
        rows.with_columns(
            # By the clock of the place, as the months are named.
            month=pl.col("delivery_start")
            .dt.convert_time_zone(PLACES[str(rows["place"][0])].time_zone)
            .dt.date()
            .dt.truncate("1mo")
        )
        for rows in found.deliveries.partition_by("place", maintain_order=True)
    )
    months = months.group_by("place", "month", maintain_order=True).agg(pl.col("energy_mwh").sum())
    lines = []
    of_month = months["month"].unique().sort()
    for ink, place in enumerate(months["place"].unique().sort(), start=1):
        own = (
            pl.DataFrame({"month": of_month})
            .join(months.filter(pl.col("place") == place), on="month", how="left")
            .sort("month")["energy_mwh"]
            .fill_null(0.0)
            .to_numpy()
        )
        lines.append(Line(place, *stepped(own / THOUSAND), ink))
    frame = Frame("Energy delivered in each month", "month", "thousand MWh", month_ticks(of_month))
    return plot(frame, lines)


def take_page(settled: SettledTake) -> str:
    """Return the settlement of take or pay as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    head, invoices = settled.contract.head, settled.invoices
    cards = (
        card(f"{settled.amount:,}", f"{head.currency}, from buyer to seller"),
        card(f"{float(invoices['taken_mwh'].sum()):,.0f}", "MWh taken"),
        card(f"{Decimal(invoices['deficiency_amount'].sum()):,}", f"{head.currency}, not taken"),
        card(f"{Decimal(invoices['make_up_amount'].sum()):,}", f"{head.currency}, made up"),
    )
    taken = invoices["taken_mwh"].to_numpy() / THOUSAND
    frame = Frame("Energy taken by month", "month", "thousand MWh", month_ticks(invoices["month"]))
    body = panels(
        ("Taken", plot(frame, [Line("", *stepped(taken), 0)])),
        ("Invoices", frame_table(f"Money in {head.currency}", invoices, invoices.columns)),
    )
    return document(head.name, cards, body, "")


def right_page(settled: SettledRight) -> str:
    """Return the settlement of a right to ship as one HTML document.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    head, invoices = settled.contract.head, settled.invoices
    cards = (
        card(f"{settled.amount:,}", f"{head.currency}, to the holder"),
        *(
            card(f"{Decimal(invoices[f'{name}_amount'].sum()):,}", f"{head.currency}, {name}")
            for name in ("shipping", "sold", "capacity")
        ),
        card(f"{float(invoices['nominated_mwh'].sum()):,.0f}", "MWh nominated"),
    )
    body = panels(
        ("Spread and nomination", spread_plot(settled)),
        ("Amounts", paid_plot(settled)),
        (
            "Invoices",
            frame_table(f"Money in {head.currency}", invoices, invoices.columns),
        ),
    )
    return document(head.name, cards, body, "")


def hours_of(settled: SettledRight) -> tuple[pl.DataFrame, Floats]:
    """Return the first week of periods, and their hours from the first."""
    week = settled.periods.head(HOURS_SHOWN)
    first = week["delivery_start"][0]
    at = (week["delivery_start"] - first).dt.total_seconds().to_numpy() / 3_600.0
    return week, at


def spread_plot(settled: SettledRight) -> str:
    """Return the day-ahead spread and what was nominated, first periods."""
    week, at = hours_of(settled)
    span = (week["delivery_end"] - week["delivery_start"]).dt.total_seconds() / 3_600.0
    frame = Frame(
        "Day-ahead spread and nomination, first periods",
        "hour",
        f"{settled.contract.head.currency}/MWh; MW",
    )
    return plot(
        frame,
        [
            Line("exit less entry", at, (week["there_price"] - week["here_price"]).to_numpy(), 1),
            Line("nominated, MW", at, (week["nominated_mwh"] / span).to_numpy(), 2),
        ],
    )


def paid_plot(settled: SettledRight) -> str:
    """Return what adds up over all periods."""
    whole = settled.periods
    first = whole["delivery_start"][0]
    at = (whole["delivery_end"] - first).dt.total_seconds().to_numpy() / 86_400.0
    names = ("amount", "shipping_amount", "sold_amount", "capacity_amount")
    sums = [whole[name].cast(pl.Float64).cum_sum().to_numpy() / THOUSAND for name in names]
    shown = enumerate(("together", "shipping", "sold", "capacity"))
    lines = [Line(name, at, sums[ink], ink) for ink, name in shown]
    frame = Frame("Amounts so far", "day", f"thousand {settled.contract.head.currency}")
    return plot(frame, lines)
