"""``wattbook liquidity``: cash that margin may ask for, and how cash flows may fall."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.cli.console import Console, Table, print_json

if TYPE_CHECKING:
    from wattbook.runtime.liquidity import LiquidityDesk, MarginRisk, Replayed

__all__ = ["add_arguments", "execute"]

EPILOG = """\
docs/liquidity.md tells the files.

examples:
  wattbook liquidity margin examples/liquidity.toml --data ../shared/data
                                          99 % over ten days, 2021 and 2022 again, every scenario
  wattbook liquidity flows flows.csv --confidence 0.95
                                          cash flow at risk and earnings at risk

exit status: 0 good; 1 money runs out in a replay or scenario; 2 the input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    tasks = parser.add_subparsers(dest="task", metavar="TASK", required=True)
    margin = tasks.add_parser("margin", help="cash that margin may ask for")
    margin.add_argument("file", metavar="FILE", type=Path, help="accounts, positions, money; TOML")
    margin.add_argument("--data", metavar="DIR", type=Path, required=True, help="recorded data")
    flows = tasks.add_parser("flows", help="cash flow at risk and earnings at risk")
    flows.add_argument(
        "file", metavar="FILE", type=Path, help="source, scenario, period, amount; CSV or Parquet"
    )
    flows.add_argument("--confidence", type=float, default=0.95, help="default: %(default)s")
    for task in (margin, flows):
        task.add_argument("--json", action="store_true", help="print one JSON object instead")
        task.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Do the task and show what was found."""
    console = Console(plain=chosen.plain or None)
    return margin(chosen, console) if chosen.task == "margin" else flows(chosen, console)


def margin(chosen: argparse.Namespace, console: Console) -> int:
    """Show liquidity at risk, replays and scenarios; return 1 if money runs out in one."""
    from wattbook.runtime.liquidity import load_liquidity, margin_risk  # noqa: PLC0415

    desk = load_liquidity(chosen.file)
    found = margin_risk(desk, chosen.data)
    if chosen.json:
        print_json(margin_figures(desk, found))
    else:
        tell_margin(console, desk, found)
    stretches = (*found.replays, *found.events)
    return 1 if any(one.found.day is not None for one in stretches) else 0


def margin_figures(desk: LiquidityDesk, found: MarginRisk) -> dict[str, Any]:
    """Return what JSON can say of it; money in cents, by account summing exactly."""
    names = [one.name for one in desk.accounts]

    def by(cents: Any) -> dict[str, int]:  # noqa: ANN401 - an array of cents
        return dict(zip(names, cents.tolist(), strict=True))

    def stretch(one: Replayed) -> dict[str, Any]:
        return {
            "name": one.name,
            "first": str(one.days[0]),
            "last": str(one.days[-1]),
            "short_on": None if one.short_on is None else one.short_on.isoformat(),
            "lacking_cents": one.found.lacking_cents,
            "peak_on": str(one.days[one.found.peak_day]),
            "peak_cents": one.found.peak_cents,
            "by_account_cents": by(one.found.by_account_cents),
            "asset_gain_cents": one.gained_cents,
            "paid_from_cents": dict(desk.drawn(one.found.peak_cents)),
            "moved_by": dict(one.moved_by),
        }

    return {
        "as_of": desk.desk.as_of.isoformat(),
        "available_cents": desk.available_cents,
        "liquidity_at_risk": {
            "confidence": float(desk.desk.confidence),
            "horizon_days": desk.desk.horizon_days,
            "paths": found.paths,
            "now_cents": found.at_risk.now_cents,
            "at_risk_cents": found.at_risk.at_risk_cents,
            "peak_cents": found.at_risk.peak_cents,
            "by_account_cents": by(found.at_risk.by_account_cents),
        },
        "replays": [stretch(one) for one in found.replays],
        "events": [stretch(one) for one in found.events],
    }


def tell_margin(console: Console, desk: LiquidityDesk, found: MarginRisk) -> None:
    """Show it as tables."""
    names = [one.name for one in desk.accounts]
    at_risk = found.at_risk
    currency = desk.desk.currency
    console.line(
        f"{desk.desk.name}, {desk.desk.as_of}: {units(desk.available_cents)} {currency} of cash "
        f"and credit lines; margin asks for {units(at_risk.now_cents)} now"
    )
    console.line(
        f"liquidity at risk, {desk.desk.confidence:.0%} over {desk.desk.horizon_days} days, "
        f"{found.paths:,} paths: {units(at_risk.at_risk_cents)} {currency} on top, "
        f"{units(at_risk.peak_cents)} together"
        + (", more than there is" if at_risk.peak_cents > desk.available_cents else "")
    )
    rows = [
        [name, units(int(cents))]
        for name, cents in zip(names, at_risk.by_account_cents, strict=True)
    ]
    rows.append(["together", units(at_risk.peak_cents)])
    console.table(Table(f"of it by account, {currency}", ["account<", "cash"], rows, total=True))
    rows = [
        [
            one.name,
            f"{one.days[0]}",
            *(units(int(cents)) for cents in one.found.by_account_cents),
            units(one.found.peak_cents),
            f"{one.days[one.found.peak_day]}",
            "" if one.short_on is None else f"{one.short_on}",
            units(one.found.lacking_cents) if one.found.lacking_cents else "",
            units(one.gained_cents),
            ", ".join(sorted({by or "nothing" for _, by in one.moved_by})),
        ]
        for one in (*found.replays, *found.events)
    ]
    columns = ["stretch<", "from", *names, "most, together", "on", "short from", "lacking"]
    console.table(
        Table(f"recorded days, {currency}", [*columns, "assets gained", "moved by<"], rows)
    )


def units(cents: int) -> str:
    """Return cents as whole units for people."""
    return f"{cents / 100:,.0f}"


def flows(chosen: argparse.Namespace, console: Console) -> int:
    """Show cash flow at risk by period and earnings at risk by source."""
    from wattbook.risk.liquidity import cash_flow_at_risk, earnings_at_risk  # noqa: PLC0415
    from wattbook.runtime.liquidity import read_cash_flows  # noqa: PLC0415

    given = read_cash_flows(chosen.file)
    cash = cash_flow_at_risk(given.flows, chosen.confidence)
    earned = earnings_at_risk(given.flows, chosen.confidence)
    by_source = dict(zip(given.sources, earned.by_source.tolist(), strict=True))
    if chosen.json:
        told = {
            "confidence": chosen.confidence,
            "periods": list(given.periods),
            "expected": cash.expected.tolist(),
            "cash_flow_at_risk": cash.at_risk.tolist(),
            "cash_flow_at_risk_so_far": cash.at_risk_so_far.tolist(),
            "cash_to_hold": cash.lowest,
            "earnings": {
                "expected": earned.expected,
                "low": earned.low,
                "at_risk": earned.at_risk,
                "shortfall": earned.shortfall,
                "by_source": by_source,
            },
        }
        print_json(told)
        return 0
    rows = [
        [period, *(f"{float(one[at]):,.0f}" for one in (
            cash.expected, cash.at_risk, cash.expected_so_far, cash.at_risk_so_far,
        ))]
        for at, period in enumerate(given.periods)
    ]  # fmt: skip
    title = f"cash flow at risk, {chosen.confidence:.0%}, {given.flows.shape[1]:,} scenarios"
    console.table(
        Table(title, ["period<", "expected", "at risk", "expected so far", "at risk so far"], rows)
    )
    console.line(f"cash to hold at the start: {cash.lowest:,.0f}")
    console.line(
        f"earnings: {earned.expected:,.0f} expected, {earned.low:,.0f} at {chosen.confidence:.0%}; "
        f"at risk {earned.at_risk:,.0f}, shortfall {earned.shortfall:,.0f}"
    )
    rows = [[name, f"{amount:,.0f}"] for name, amount in by_source.items()]
    rows.append(["together", f"{earned.shortfall:,.0f}"])
    console.table(Table("shortfall by source", ["source<", "part"], rows, total=True))
    return 0
