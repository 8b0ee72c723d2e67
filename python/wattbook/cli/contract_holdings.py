"""``wattbook contract`` of rights to ship, certificates and futures."""

from __future__ import annotations

import argparse
import datetime as dt
from dataclasses import asdict
from decimal import Decimal

import polars as pl

from wattbook.assets.contracts.certificates import Kind
from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.contract_out import leave
from wattbook.errors import InputError
from wattbook.runtime.contract import (
    Certificates,
    CurveContract,
    Futures,
    cascaded,
    inventory_of,
    settle_take_or_pay,
    settle_transport,
)
from wattbook.runtime.report.holdings import futures_page, inventory_page, right_page, take_page

__all__ = ["cascade", "inventory", "settle_curve_contract"]

KINDS: tuple[Kind, ...] = ("guarantee", "allowance")


def settle_curve_contract(
    chosen: argparse.Namespace, console: Console, found: CurveContract
) -> int:
    """Settle take or pay, or a right to ship."""
    settle = settle_take if found.head.kind == "take_or_pay" else settle_right
    return settle(chosen, console, found)


def settle_take(chosen: argparse.Namespace, console: Console, found: CurveContract) -> int:
    """Settle take or pay: tables, a page, and an invoice a month on the console."""
    if chosen.first is not None or chosen.last is not None:
        raise InputError("take or pay is settled from its first day on; leave --from and --until")
    settled = settle_take_or_pay(found)
    invoices = settled.invoices
    told: dict[str, object] = {
        "contract": found.head.name,
        "currency": found.head.currency,
        "days": settled.days.height,
        "taken_mwh": float(invoices["taken_mwh"].sum()),
        **{
            name: str(invoices[name].sum())
            for name in ("taken_amount", "deficiency_amount", "make_up_amount", "amount")
        },
        "years": [asdict(one) for one in settled.bills],
    }
    years = pl.DataFrame([asdict(one) for one in settled.bills])
    tables = {"days": settled.days, "invoices": invoices, "years": years}
    leave(chosen.out, "settlement", tables, told, lambda: take_page(settled))
    if chosen.json:
        print_json(told)
        return 0
    names = ["taken_amount", "deficiency_amount", "make_up_amount", "amount"]
    shown = Table(
        f"{found.head.name}: what the buyer pays, {found.head.currency}",
        ["month<", "taken MWh", "for it", "not taken", "made up", "together"],
        [
            [
                row["month"].strftime("%Y-%m"),
                f"{row['taken_mwh']:,.1f}",
                *(f"{row[name]:,}" for name in names),
            ]
            for row in invoices.iter_rows(named=True)
        ],
        total=True,
    )
    sums = [Decimal(invoices[name].sum()) for name in names]
    energy = float(invoices["taken_mwh"].sum())
    shown.rows.append(["together", f"{energy:,.1f}", *(f"{one:,}" for one in sums)])
    console.table(shown)
    for one in settled.bills:
        console.line(
            f"year {one.year}: {one.taken:,.0f} MWh taken of a bill for {one.bill:,.0f}; "
            f"{one.make_up_bank:,.0f} MWh may be made up later, {one.carry_bank:,.0f} carried "
            "forward"
        )
    return 0


def settle_right(chosen: argparse.Namespace, console: Console, found: CurveContract) -> int:
    """Settle a right to ship: tables, a page, and an invoice a month on the console."""
    after = None if chosen.last is None else chosen.last + dt.timedelta(days=1)
    settled = settle_transport(found, chosen.first, after)
    invoices = settled.invoices
    told: dict[str, object] = {
        "contract": found.head.name,
        "currency": found.head.currency,
        "periods": settled.periods.height,
        "nominated_mwh": float(invoices["nominated_mwh"].sum()),
        "sold_mwh": float(invoices["sold_mwh"].sum()),
        **{
            f"{name}_amount": str(invoices[f"{name}_amount"].sum())
            for name in ("shipping", "sold", "capacity")
        },
        "amount": str(settled.amount),
    }
    tables = {"periods": settled.periods, "invoices": invoices}
    leave(chosen.out, "settlement", tables, told, lambda: right_page(settled))
    if chosen.json:
        print_json(told)
        return 0
    shown = Table(
        f"{found.head.name}: what the holder earned, {found.head.currency}",
        ["month<", "nominated MWh", "sold MWh", "shipping", "sold", "capacity", "together"],
        total=True,
    )
    for row in invoices.iter_rows(named=True):
        money = [row[f"{name}_amount"] for name in ("shipping", "sold", "capacity")]
        shown.rows.append(
            [
                row["month"].strftime("%Y-%m"),
                f"{row['nominated_mwh']:,.1f}",
                f"{row['sold_mwh']:,.1f}",
                *(f"{one:,}" for one in [*money, row["amount"]]),
            ]
        )
    sums = [invoices[name].sum() for name in invoices.columns[3:]]
    energies = [float(invoices[name].sum()) for name in ("nominated_mwh", "sold_mwh")]
    shown.rows.append(
        ["together", *(f"{one:,.1f}" for one in energies), *(f"{Decimal(one):,}" for one in sums)]
    )
    console.table(shown)
    return 0


def inventory(chosen: argparse.Namespace, console: Console, found: Certificates) -> int:
    """Tell certificates: tables, a page, what is held and owed on the console."""
    made = inventory_of(found)
    told: dict[str, object] = {
        "contract": found.head.name,
        "currency": found.head.currency,
        "as_of": str(found.spec.as_of),
    }
    for kind in KINDS:
        price = made.price(kind)
        told[f"{kind}s"] = {
            "held": made.books.quantity(kind),
            "cost": str(made.books.cost(kind)),
            "realised": str(made.books.realised(kind)),
            "unrealised": None if price is None else str(made.books.unrealised(kind, price)),
        }
    told["compliance"] = [
        {name: str(one) if isinstance(one, Decimal | dt.date) else one for name, one in row.items()}
        for row in made.compliance.to_dicts()
    ]
    tables = {"entries": made.entries, "held": made.held, "compliance": made.compliance}
    leave(chosen.out, "inventory", tables, told, lambda: inventory_page(made))
    if chosen.json:
        print_json(told)
        return 0
    shown = Table(
        f"{found.head.name} on {found.spec.as_of}, {found.head.currency}",
        ["lot<", "kind<", "vintage<", "state<", "quantity", "cost", "unrealised"],
    )
    for row in made.held.iter_rows(named=True):
        words = [row[name] for name in ("lot", "kind", "vintage", "state")]
        profit = "–" if row["unrealised"] is None else f"{row['unrealised']:,}"
        shown.rows.append([*words, f"{row['quantity']:,}", f"{row['cost']:,}", profit])
    console.table(shown)
    for kind in KINDS:
        if any(lot.kind == kind for lot in found.lots):
            console.line(f"{kind}s: {made.books.realised(kind):,} realised")
    tell_compliance(console, made.compliance, found.head.currency)
    return 0


def tell_compliance(console: Console, years: pl.DataFrame, currency: str) -> None:
    """Show what is owed by each deadline."""
    if not years.height:
        return
    shown = Table(
        "Allowances owed by each deadline",
        [
            "year<", "deadline<", "emissions t", "owed", "available", "position", "to buy",
            f"cost, {currency}", f"penalty, {currency}",
        ],
        total=True,
    )  # fmt: skip
    for row in years.iter_rows(named=True):
        numbers = [row[name] for name in ("emissions_t", "owed", "available", "position", "to_buy")]
        shown.rows.append(
            [
                str(row["year"]),
                str(row["deadline"]),
                *(f"{one:,}" for one in [*numbers, row["cost"], row["penalty"]]),
            ]
        )
    sums = [f"{years[name].sum():,}" for name in ("to_buy", "cost")]
    shown.rows.append(["together", "", "", "", "", "", *sums, ""])
    console.table(shown)


def cascade(chosen: argparse.Namespace, console: Console, found: Futures) -> int:
    """Tell futures: tables, a page, cascades and open positions on the console."""
    made = cascaded(found)
    told: dict[str, object] = {
        "contract": found.head.name,
        "currency": found.head.currency,
        "open_positions": made.positions.height,
        "energy_mwh": float(made.energy_end),
        "energy_mwh_before": float(made.energy_begin),
        "cascade_pnl": str(made.total("pnl")),
        "settled": str(made.total("settled")),
    }
    tables = {
        "cascades": made.cascades,
        "positions": made.positions,
        "deliveries": made.deliveries,
    }
    leave(chosen.out, "futures", tables, told, lambda: futures_page(made))
    if chosen.json:
        print_json(told)
        return 0
    if made.cascades.height:
        moves = Table(
            f"What ended and what replaced it, {found.head.currency}",
            ["ended<", "product<", "MW", "entered at", "settles at", "P&L of the day"],
            total=True,
        )
        for row in made.cascades.iter_rows(named=True):
            moves.rows.append(
                [
                    row["ended"],
                    row["product"],
                    *(f"{row[name]:,.3f}" for name in ("volume_mw", "entry_price")),
                    f"{row['settlement_price']:,.3f}",
                    f"{row['pnl']:,}",
                ]
            )
        moves.rows.append(["together", "", "", "", "", f"{made.total('pnl'):,}"])
        console.table(moves)
    shown = Table(
        f"{found.head.name}: open positions, {found.head.currency}",
        ["product<", "MW", "MWh", "entered at", "spot average", "settled"],
        total=True,
    )
    for row in made.positions.iter_rows(named=True):
        ended = row["settled"] is not None
        shown.rows.append(
            [
                row["product"],
                f"{row['volume_mw']:,.3f}",
                f"{row['energy_mwh']:,.1f}",
                f"{row['entry_price']:,.3f}",
                f"{row['spot_average']:,.2f}" if ended else "–",
                f"{row['settled']:,}" if ended else "–",
            ]
        )
    energy = f"{float(made.energy_end):,.1f}"
    shown.rows.append(["together", "", energy, "", "", f"{made.total('settled'):,}"])
    console.table(shown)
    return 0
