"""``wattbook battery``: what a battery could have earned, and what a causal policy earns."""

from __future__ import annotations

import argparse
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from wattbook.cli.battery_planned import add_planned_arguments, execute_planned, is_planned
from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.options import not_negative, positive
from wattbook.cli.places import make_folder

if TYPE_CHECKING:
    from wattbook.assets.foresight import StoreLimits
    from wattbook.runtime.hub_battery import HubEarnings
    from wattbook.runtime.hub_stochastic import StochasticEarnings

__all__ = ["add_arguments", "execute"]

BEST_DAYS = 10
EQUAL_AUD = 1e-6
EPILOG = """\
examples:
  wattbook battery ercot --data ../shared/data   bounds and causal policies on recorded days
  wattbook battery ercot --data ../shared/data --policy stochastic
                                                 day-ahead bid curves from a tree of past days
  wattbook battery ercot --data ../shared/data --policy stochastic --reserve RRS=6 --wear 5
                                                 the same with a reserve and wear
  wattbook battery nem --data ../shared/data     energy and the ten FCAS on two recorded days
  wattbook battery book orders.csv               trades on order files whenever a book changes

exit status: 0 done; 1 our policy earned less than a schedule, awards lost money, or two
formulations differ;
2 the input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    markets = parser.add_subparsers(dest="market", metavar="MARKET", required=True)
    hub = markets.add_parser(
        "ercot", help="each local day of the hub average from empty cells, without costs"
    )
    hub.add_argument("--data", metavar="DIR", type=Path, required=True, help="recorded data")
    hub.add_argument(
        "--power", metavar="MW", type=positive, default=1.0, help="default: %(default)s"
    )
    hub.add_argument(
        "--capacity", metavar="MWH", type=positive, default=2.0, help="default: %(default)s"
    )
    hub.add_argument(
        "--round-trip",
        metavar="SHARE",
        type=float,
        default=0.85,
        help="efficiency, its square root each way; default: %(default)s",
    )
    hub.add_argument(
        "--policy",
        choices=("all", "stochastic"),
        default="all",
        help="stochastic: day-ahead bid curves from a tree of past days, beside what runs in real "
        "time; default: bounds and all causal policies",
    )
    hub.add_argument(
        "--risk-weight",
        metavar="SHARE",
        type=float,
        default=0.0,
        help="weight of the worst tenth of scenarios in stochastic bids; default: %(default)s",
    )
    add_planned_arguments(hub)
    nem = markets.add_parser(
        "nem", help="energy and ten FCAS on 576 dispatch intervals, by two formulations"
    )
    nem.add_argument("--data", metavar="DIR", type=Path, required=True, help="recorded data")
    nem.add_argument("--region", metavar="ID", default="NSW1", help="default: %(default)s")
    nem.add_argument("--power", metavar="MW", type=positive, default=100.0, help="default: 100")
    nem.add_argument("--capacity", metavar="MWH", type=positive, default=200.0, help="default: 200")
    nem.add_argument("--contingency", metavar="MW", type=positive, default=60.0, help="default: 60")
    nem.add_argument("--regulation", metavar="MW", type=positive, default=40.0, help="default: 40")
    nem.add_argument(
        "--round-trip", metavar="SHARE", type=float, default=0.85, help="default: 0.85"
    )
    book = markets.add_parser(
        "book", help="continuous market, on order files of EPEX's or BitePy's layout"
    )
    book.add_argument("files", metavar="FILE", type=Path, nargs="+", help="orders")
    book.add_argument("--power", metavar="MW", type=positive, default=10.0, help="default: 10")
    book.add_argument("--capacity", metavar="MWH", type=positive, default=20.0, help="default: 20")
    book.add_argument(
        "--round-trip", metavar="SHARE", type=float, default=0.85, help="default: 0.85"
    )
    book.add_argument(
        "--fee", metavar="EUR", type=not_negative, default=0.1, help="a MWh; default: 0.1"
    )
    book.add_argument(
        "--wear", metavar="EUR", type=not_negative, default=0.0, help="a MWh; default: 0"
    )
    book.add_argument(
        "--gate-minutes", metavar="MINUTES", type=int, default=5, help="before delivery; default: 5"
    )
    book.add_argument(
        "--minutes", type=int, choices=(15, 30, 60), default=60,
        help="length of the contracts that are traded; default: 60",
    )  # fmt: skip
    book.add_argument(
        "--states", metavar="N", type=int,
        help="points of energy; default: 11, or the next number whose steps are whole lots",
    )  # fmt: skip
    book.add_argument(
        "--zone", metavar="ZONE", default="Europe/Berlin", help="default: %(default)s"
    )
    book.add_argument("--out", metavar="DIR", type=Path, help="where to leave the fills, Parquet")
    for parser_of_market in (hub, nem, book):
        parser_of_market.add_argument(
            "--json", action="store_true", help="print one JSON object instead"
        )
        parser_of_market.add_argument(
            "--plain", action="store_true", help="plain lines, also on a terminal"
        )


def execute(chosen: argparse.Namespace) -> int:
    """Run the market's comparison; return 1 if it fell short."""
    if chosen.market == "book":
        return execute_book(chosen)
    return execute_nem(chosen) if chosen.market == "nem" else execute_hub(chosen)


def execute_hub(chosen: argparse.Namespace) -> int:
    """Compare policies; return 1 if no causal policy of ours earns more than both schedules."""
    from wattbook.assets.foresight import StoreLimits  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.hub_battery import earnings, hub_days  # noqa: PLC0415

    limits = StoreLimits.symmetric(chosen.power, chosen.capacity, round_trip=chosen.round_trip)
    if is_planned(chosen):
        return execute_planned(chosen, limits)
    if chosen.policy == "stochastic":
        return execute_stochastic(chosen, limits)
    found = earnings(hub_days(chosen.data), limits)
    if chosen.json:
        print_json(summary(found))
    else:
        tell(Console(plain=chosen.plain or None), found)
    bars = max(found.total("day_ahead_schedule"), found.total("yesterday"))
    return 0 if found.total("leader") > bars else 1


def execute_stochastic(chosen: argparse.Namespace, limits: StoreLimits) -> int:
    """Settle day-ahead bids made on past days; return 1 if awards lost money."""
    from wattbook.runtime.hub_battery import hub_days  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.hub_stochastic import stochastic_earnings  # noqa: PLC0415

    found = stochastic_earnings(hub_days(chosen.data), limits, risk_weight=chosen.risk_weight)
    awards, real_time = float(found.awards.sum()), float(found.real_time.sum())
    parts = {
        "day-ahead awards, bought back in real time": awards,
        "the same, of awards for the mean prices": float(found.plain_awards.sum()),
        "real time, by the leader of two causal policies": real_time,
        "together": awards + real_time,
        "two-settlement foresight": float(found.two_settlement_bound.sum()),
        "real-time foresight, one inverter": float(found.real_time_bound.sum()),
    }
    if chosen.json:
        line = {"days": len(found.days), "earned_usd": parts, "on_tree_usd_a_day": on_tree(found)}
        deviation = {"awards_usd_daily_deviation": float(found.awards.std())}
        print_json({**line, **deviation})
    else:
        table = Table(
            f"{len(found.days)} days with a past, {found.days[0]} to {found.days[-1]}",
            ["part<", "USD"],
            [[part, f"{value:,.2f}"] for part, value in parts.items()],
        )
        console = Console(plain=chosen.plain or None)
        console.table(table)
        console.line(f"awards deviate by {found.awards.std():,.2f} USD a day")
        means = [[part, f"{value:,.2f}"] for part, value in on_tree(found).items()]
        console.table(Table("as the trees say, in the mean of all days", ["part<", "USD"], means))
    return 0 if awards >= 0 else 1


def on_tree(found: StochasticEarnings) -> dict[str, float]:
    """Return what the trees say a day earns in the mean, and what it is worth to know."""
    values = found.on_tree
    return {
        "bids on the tree": fmean(one.stochastic for one in values),
        "awards for the mean prices": fmean(one.expected for one in values),
        "each scenario known": fmean(one.foresight for one in values),
        "value of the stochastic solution (Birge 1982)": fmean(
            one.of_stochastic_solution for one in values
        ),
        "expected value of perfect information (Avriel and Williams 1970)": fmean(
            one.of_perfect_information for one in values
        ),
    }


def execute_nem(chosen: argparse.Namespace) -> int:
    """Plan energy and services together; return 1 if a second formulation earns another value."""
    from wattbook.assets.foresight import StoreLimits  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.nem_battery import (  # noqa: PLC0415
        NemBattery,
        cash_by_market,
        dispatch_prices,
    )
    from wattbook.runtime.nem_battery_check import second_value  # noqa: PLC0415

    limits = StoreLimits.symmetric(chosen.power, chosen.capacity, round_trip=chosen.round_trip)
    battery = NemBattery(limits, chosen.contingency, chosen.regulation)
    prices = dispatch_prices(chosen.data, chosen.region)
    plan = battery.plan(prices)
    cash = cash_by_market(plan, prices)
    second = second_value(battery, prices)
    if chosen.json:
        found = {"intervals": len(prices.energy), "cash_aud": cash, "value_aud": plan.value}
        print_json({**found, "second_value_aud": second})
    else:
        first, last = prices.interval_end[[0, -1]].astype("datetime64[m]")
        table = Table(
            f"{chosen.region}, {len(prices.energy)} intervals ending {first} to {last}",
            ["market<", "AUD"],
            [[market, f"{value:,.2f}"] for market, value in cash.items()],
            total=True,
        )
        table.rows.append(["together", f"{plan.value:,.6f}"])
        console = Console(plain=chosen.plain or None)
        console.table(table)
        console.line(f"a second formulation earns {second:,.6f} AUD")
    return 0 if abs(second - plan.value) <= EQUAL_AUD else 1


def execute_book(chosen: argparse.Namespace) -> int:
    """Trade a battery on order files, a day after the other."""
    from wattbook.assets.foresight import StoreLimits  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.book_battery import fills_of, run_on_orders  # noqa: PLC0415

    limits = StoreLimits.symmetric(chosen.power, chosen.capacity, round_trip=chosen.round_trip)
    days, aside = run_on_orders(
        chosen.files,
        limits,
        time_zone=chosen.zone,
        fee=chosen.fee,
        wear=chosen.wear,
        gate_minutes=chosen.gate_minutes,
        states=chosen.states,
        minutes=chosen.minutes,
    )
    if chosen.out is not None:
        make_folder(chosen.out)
        fills_of(days).write_parquet(chosen.out / "fills.parquet", compression="zstd")
    if chosen.json:
        told = [
            {
                "day": one.day.isoformat(),
                "orders": one.orders,
                "profit_eur": one.run.profit,
                "looks": one.run.solves,
                "fills": len(one.run.time),
            }
            for one in days
        ]
        print_json({"days": told, "set_aside": aside})
        return 0
    table = Table(
        f"{chosen.power:g} MW and {chosen.capacity:g} MWh on each day's books of "
        f"{chosen.minutes} minutes",
        ["day<", "contracts", "orders", "looks", "fills", "MWh bought", "EUR"],
        [
            [
                f"{one.day}",
                f"{one.contracts}",
                f"{one.orders:,}",
                f"{one.run.solves:,}",
                f"{len(one.run.time):,}",
                f"{one.run.power_mw.clip(min=0.0).sum() * chosen.minutes / 60:,.1f}",
                f"{one.run.profit:,.2f}",
            ]
            for one in days
        ],
    )
    console = Console(plain=chosen.plain or None)
    console.table(table)
    if aside:
        console.line(f"{aside:,} rows were set aside; `wattbook history` names them", "yellow")
    return 0


def summary(found: HubEarnings) -> dict[str, object]:
    """Return totals and shares by name."""
    rest = found.without_best(BEST_DAYS)
    return {
        "days": len(found.days),
        "earned_usd": {policy: found.total(policy) for policy in found.by_policy},
        "share": {policy: found.share(policy) for policy in found.by_policy},
        "share_without_best": {policy: found.share(policy, rest) for policy in found.by_policy},
        "share_of_leader_by_month": {
            month: found.share("leader", days) for month, days in found.months()
        },
    }


def tell(console: Console, found: HubEarnings) -> None:
    """Show totals by policy and shares by month."""
    from wattbook.runtime.hub_battery import POLICIES  # noqa: PLC0415 - keeps `--help` light

    rest = found.without_best(BEST_DAYS)
    table = Table(
        f"{len(found.days)} complete days, {found.days[0]} to {found.days[-1]}",
        ["policy<", "USD", "share", f"share without the {BEST_DAYS} best days"],
    )
    for policy, sentence in POLICIES.items():
        table.rows.append(
            [
                sentence,
                f"{found.total(policy):,.0f}",
                f"{found.share(policy):.1%}",
                f"{found.share(policy, rest):.1%}",
            ]
        )
    console.table(table)
    causal = ("leader", "offers", "fixed_power", "day_ahead_schedule", "yesterday")
    months = Table("share of real-time foresight by month", ["month<", "foresight USD", *causal])
    for month, days in found.months():
        best = float(found.by_policy["real_time_apart"][days].sum())
        shares = (f"{found.share(policy, days):.1%}" for policy in causal)
        months.rows.append([month, f"{best:,.0f}", *shares])
    console.table(months)
