"""``wattbook contract``: settle a contract by delivery period, or value it on a curve."""

from __future__ import annotations

import argparse
import datetime as dt
import math
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.contract_out import leave
from wattbook.cli.options import local_day
from wattbook.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from wattbook.runtime.contract import ContractFile, CurveContract, Settled, Valued

__all__ = ["add_arguments", "execute"]

EPILOG = """\
FILE is a contract in TOML; examples/ppa.toml shows one, docs/contracts.md tells every key.

examples:
  wattbook contract settle examples/ppa.toml --out out    a row a period, an invoice a month, a page
  wattbook contract settle examples/transport_rights.toml what a right to ship came to
  wattbook contract settle examples/take_or_pay.toml      volumes taken, bills of whole years
  wattbook contract value examples/ppa.toml --out out     value, fair price, P&L at risk, a page
  wattbook contract inventory examples/certificates.toml  held, earned and owed
  wattbook contract cascade examples/futures.toml         what becomes of futures

exit status: 0 done; 2 the input is wrong
"""


ACTS = {"certificates": "inventory", "futures": "cascade"}
"""What contracts that are neither settled nor valued are told by."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    settle = acts.add_parser("settle", help="settle each delivery period; an invoice a month")
    settle.add_argument("--from", dest="first", metavar="DATE", type=local_day, help="first day")
    settle.add_argument(
        "--until", dest="last", metavar="DATE", type=local_day, help="last day; default: its end"
    )
    value = acts.add_parser("value", help="value on a forward curve, with risk over scenarios")
    inventory = acts.add_parser(
        "inventory", help="certificates: what is held, what it earned, what is owed"
    )
    cascade = acts.add_parser("cascade", help="futures: what replaces them, what they deliver")
    for act in (settle, value, inventory, cascade):
        act.add_argument("file", metavar="FILE", type=Path, help="contract file")
        act.add_argument("--out", metavar="DIR", type=Path, help="where to leave tables and a page")
        act.add_argument("--json", action="store_true", help="print one JSON object instead")
        act.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Settle, value or tell the contract of a file.

    Raises
    ------
    InputError
        If its kind is not what the act is for; names the act that is.
    """
    from wattbook.cli import contract_holdings  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.contract import (  # noqa: PLC0415
        Certificates,
        ContractFile,
        CurveContract,
        Futures,
        load_contract,
    )

    found = load_contract(chosen.file)
    console = Console(plain=chosen.plain or None)
    match chosen.act, found:
        case "settle", ContractFile():
            return settle(chosen, console, found)
        case "value", ContractFile():
            return value(chosen, console, found)
        case "settle", CurveContract():
            return contract_holdings.settle_curve_contract(chosen, console, found)
        case "value", CurveContract():
            return value_on_curves(chosen, console, found)
        case "inventory", Certificates():
            return contract_holdings.inventory(chosen, console, found)
        case "cascade", Futures():
            return contract_holdings.cascade(chosen, console, found)
    fit = ACTS.get(found.head.kind, "settle or value")
    raise InputError(
        f"{chosen.file} is a contract of kind {found.head.kind!r}; use `wattbook contract {fit}` "
        f"in place of {chosen.act!r}"
    )


def value_on_curves(chosen: argparse.Namespace, console: Console, found: CurveContract) -> int:
    """Value a contract on its curves: a table, a page, figures on the console."""
    from wattbook.runtime.contract import curve_worth  # noqa: PLC0415 - as above
    from wattbook.runtime.report.contract import worth_page  # noqa: PLC0415

    worth = curve_worth(found)
    told = {"contract": found.head.name, "currency": found.head.currency, **worth.figures}
    leave(chosen.out, "value", {found.head.kind: worth.table}, told, lambda: worth_page(worth))
    if chosen.json:
        print_json(told)
        return 0
    rows = [[name, f"{figure:,.3f}"] for name, figure in worth.figures.items()]
    console.table(Table(f"{found.head.name}, {found.head.currency}", ["what<", ""], rows))
    return 0


def settle(chosen: argparse.Namespace, console: Console, found: ContractFile) -> int:
    """Settle a contract: tables, a page, and an invoice a month on the console."""
    from wattbook.runtime.contract import settle_contract  # noqa: PLC0415 - as above
    from wattbook.runtime.report.contract import settlement_page  # noqa: PLC0415

    after = None if chosen.last is None else chosen.last + dt.timedelta(days=1)
    settled = settle_contract(found, chosen.first, after)
    invoices = settled.settlement.invoices()
    told = {
        "contract": found.head.name,
        "currency": found.head.currency,
        "periods": settled.settlement.table.height,
        "volume_mwh": float(invoices["delivered_mwh"].sum()),
        "suspended_hours": float(invoices["suspended_hours"].sum()),
        "shortfall": str(invoices["shortfall_amount"].sum()),
        "availability_damages": str(invoices["availability_damages"].sum()),
        "amount": str(settled.settlement.amount),
    }
    tables = {
        "periods": settled.settlement.table,
        "invoices": invoices,
        "capture": settled.capture,
    }
    leave(chosen.out, "settlement", tables, told, lambda: settlement_page(settled))
    if chosen.json:
        print_json(told)
    else:
        console.table(invoice_table(settled, invoices))
        tell_guarantees(console, settled, invoices)
        tell_data(console, found)
    return 0


def tell_guarantees(console: Console, settled: Settled, invoices: pl.DataFrame) -> None:
    """Say what the seller owes for its guarantees, as far as it is part of the amounts."""
    names = {"shortfall_amount": "volume", "availability_damages": "availability"}
    for column, name in names.items():
        owed = invoices[column].sum()
        if owed:
            text = f"of it the seller pays {owed:,.2f} {settled.file.head.currency}"
            console.line(f"{text} for its guarantee of {name}")


def invoice_table(settled: Settled, invoices: pl.DataFrame) -> Table:
    """Return an invoice a month, and their sum."""
    head = settled.file.head
    shown = Table(
        f"{head.name}: what the buyer pays the seller",
        ["month<", "hours", "unpaid h", "MWh", f"{head.currency}/MWh", head.currency],
        total=True,
    )
    for row in invoices.iter_rows(named=True):
        shown.rows.append(
            [
                row["month"].strftime("%Y-%m"),
                f"{row['hours']:,.2f}",
                f"{row['suspended_hours']:,.2f}",
                f"{row['delivered_mwh']:,.3f}",
                "–" if row["amount_per_mwh"] is None else f"{row['amount_per_mwh']:,.3f}",
                f"{row['amount']:,}",
            ]
        )
    hours, unpaid, volume = (
        float(invoices[name].sum()) for name in ("hours", "suspended_hours", "delivered_mwh")
    )
    amount = settled.settlement.amount
    mean = f"{float(amount) / volume:,.3f}" if volume else "–"
    shown.rows.append(
        ["together", f"{hours:,.2f}", f"{unpaid:,.2f}", f"{volume:,.3f}", mean, f"{amount:,}"]
    )
    return shown


def value(chosen: argparse.Namespace, console: Console, found: ContractFile) -> int:
    """Value a contract: tables, a page, value and risk on the console."""
    from wattbook.runtime.contract import value_contract  # noqa: PLC0415 - as above
    from wattbook.runtime.report.contract import value_page  # noqa: PLC0415

    valued = value_contract(found)
    told = summary(valued)
    tables = {"months": valued.value.months, "risk": valued.risk.table(valued.confidence)}
    leave(chosen.out, "value", tables, told, lambda: value_page(valued))
    if chosen.json:
        print_json(told)
    else:
        tell(console, valued)
        tell_data(console, found)
    return 0


def number(value_of: float) -> float | None:
    """Return a number as JSON can say it."""
    return value_of if math.isfinite(value_of) else None


def summary(valued: Valued) -> dict[str, object]:
    """Return what a contract is worth, as JSON can say it."""
    found = valued.value
    return {
        "contract": valued.file.head.name,
        "currency": valued.file.head.currency,
        "volume_mwh": found.volume_mwh,
        "buyer_value": found.buyer_value,
        "fair_level": number(found.fair_level),
        "base_price": found.volume_capture.base_price,
        "capture_price": number(found.volume_capture.capture_price),
        "capture_rate": number(found.volume_capture.capture_rate),
        "scenarios": len(valued.risk.values),
        "side": valued.side,
        "scenario_mean": valued.risk.mean,
        "scenario_fair_level": number(valued.fair_level),
        "joint_effect": valued.risk.joint_effect,
        "confidence": valued.confidence,
        "pnl_at_risk": {
            name or "together": valued.risk.at_risk(valued.confidence, name)
            for name in (*valued.risk.parts, None)
        },
        "expected_shortfall": valued.risk.expected_shortfall(valued.confidence),
    }


def tell(console: Console, valued: Valued) -> None:
    """Show value, fair price and risk."""
    money = valued.file.head.currency
    found, capture = valued.value, valued.value.volume_capture
    shown = Table(
        f"{valued.file.head.name}: on the curve, and in the mean of scenarios",
        ["what<", "curve", "scenarios"],
        [
            [f"worth to the buyer, {money}", f"{found.buyer_value:,.0f}", ""],
            [f"fair price, {money}/MWh", f"{found.fair_level:,.3f}", f"{valued.fair_level:,.3f}"],
            ["volume, MWh", f"{found.volume_mwh:,.0f}", ""],
            [f"base price, {money}/MWh", f"{capture.base_price:,.3f}", ""],
            [f"capture price, {money}/MWh", f"{capture.capture_price:,.3f}", ""],
            ["capture rate", f"{capture.capture_rate:.2%}", ""],
        ],
    )
    shown.rows[0][2] = f"{valued.risk.mean:,.0f}" if valued.side == "buyer" else ""
    console.table(shown)
    share = f"{100 * valued.confidence:g} %"
    risk = Table(
        f"P&L of the {valued.side} over {len(valued.risk.values)} scenarios, {money}",
        ["moved by<", "deviation", f"at risk, {share}", "expected shortfall"],
        total=True,
    )
    for row in valued.risk.table(valued.confidence).iter_rows(named=True):
        risk.rows.append(
            [
                row["risk"],
                *(f"{row[name]:,.0f}" for name in ("deviation", "at_risk", "expected_shortfall")),
            ]
        )
    console.table(risk)


def tell_data(console: Console, found: ContractFile) -> None:
    """Say where prices and production come from, if they are nobody's."""
    if found.data.file is None:
        console.line(f"prices and production are made up, seed {found.data.seed}", "yellow")
