"""``wattbook battery ercot --policy stochastic`` with reserves, a site, and wear."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.options import finite, not_negative, rounds
from wattbook.errors import InputError

if TYPE_CHECKING:
    from wattbook.assets.battery_model import ReserveOffer, Site
    from wattbook.assets.foresight import StoreLimits
    from wattbook.runtime.hub_planned import PlannedBattery, PlannedEarnings

__all__ = ["add_planned_arguments", "execute_planned", "is_planned"]

HOURS = 24
OPTIONS = {
    "reserve": "--reserve",
    "generation": "--generation",
    "export_limit": "--export-limit",
    "import_limit": "--import-limit",
    "import_fee": "--import-fee",
    "auxiliary": "--auxiliary",
    "wear": "--wear",
    "cycles_per_day": "--cycles-per-day",
    "last_days": "--last-days",
}
"""What only bids of a planned battery know, by name of the argument."""


def add_planned_arguments(hub: argparse.ArgumentParser) -> None:
    """Add what a battery with reserves, site and wear takes."""
    group = hub.add_argument_group("reserves, site and wear of --policy stochastic")
    group.add_argument(
        "--reserve", metavar="PRODUCT=USD[:MW]", action="append", default=[],
        help="Reg-Up, Reg-Down, RRS, ECRS or Non-Spin, price of a MW and hour or a CSV (hour, "
        "usd), most MW; repeatable",
    )  # fmt: skip
    group.add_argument(
        "--generation", metavar="FILE", type=Path,
        help="CSV of wind or solar behind the connection: hour (0 to 23), mw",
    )  # fmt: skip
    for name, unit, sentence in (
        ("--export-limit", "MW", "of the grid connection"),
        ("--import-limit", "MW", "of the grid connection"),
        ("--import-fee", "USD", "for each MWh taken from the grid"),
        ("--auxiliary", "MW", "constant load of the battery's own"),
        ("--wear", "USD", "for each MWh that leaves the cells"),
        ("--cycles-per-day", "N", "most capacities that leave the cells in a day"),
    ):
        group.add_argument(name, metavar=unit, type=not_negative, help=sentence)
    group.add_argument("--last-days", metavar="N", type=rounds, help="only so many, the last")


def is_planned(chosen: argparse.Namespace) -> bool:
    """Return whether reserves, site or wear are asked for.

    Raises
    ------
    InputError
        If they are, without the policy that knows them, or with a weight of the worst cases.
    """
    given = [option for name, option in OPTIONS.items() if getattr(chosen, name) not in (None, [])]
    if not given:
        return False
    if chosen.policy != "stochastic":
        raise InputError(f"{given[0]} is planned by bids alone; add --policy stochastic")
    if chosen.risk_weight:
        raise InputError(
            f"{given[0]} beside --risk-weight {chosen.risk_weight:g}: with reserves, site or wear "
            "the mean of all scenarios counts; leave --risk-weight out"
        )
    return True


def reserve_offer(text: str, power_mw: float) -> ReserveOffer:
    """Return the offer that ``PRODUCT=USD[:MW]`` or ``PRODUCT=FILE.csv[:MW]`` stands for.

    Raises
    ------
    InputError
        If it is none; names the products of ERCOT.
    """
    from wattbook.assets.battery_model import ReserveOffer  # noqa: PLC0415 - keeps `--help` light
    from wattbook.assets.reserves import ERCOT  # noqa: PLC0415

    name, _, rest = text.partition("=")
    if name not in ERCOT:
        raise InputError(
            f"--reserve {text}: {name!r} is no reserve of ERCOT; give one of {', '.join(ERCOT)}"
        )
    price, colon, most = rest.partition(":")
    number, limit = finite(price), finite(most) if colon else power_mw
    is_file = price.endswith(".csv")
    if (number is None and not is_file) or limit is None or limit < 0:
        raise InputError(
            f"--reserve {text}: write a price, or a file of them that ends in .csv, and, if you "
            f"like, the most MW: {name}=8.5:0.5"
        )
    prices = hourly("--reserve", Path(price), "usd") if number is None else [number] * HOURS
    return ReserveOffer(ERCOT[name], prices, limit)


def hourly(option: str, path: Path, name: str) -> list[float]:
    """Return the values of each hour of a day, of the column `name` beside ``hour``.

    Raises
    ------
    InputError
        If an hour is missing, there twice or no number; names the line.
    """
    made: dict[int, float] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if rows.fieldnames is None or not {"hour", name} <= set(rows.fieldnames):
                message = f"{path}, line 1: no columns 'hour' and {name!r}; begin with hour,{name}"
                raise InputError(message)
            for row in rows:
                hour, value = row["hour"] or "", finite(row[name] or "")
                place = f"{path}, line {rows.line_num}"
                if not hour.isdecimal() or int(hour) >= HOURS or int(hour) in made:
                    raise InputError(f"{place}: hour {hour!r}; give each of 0 to 23 once")
                if value is None or (name == "mw" and value < 0):
                    fix = "give a number from zero" if name == "mw" else "give a number"
                    raise InputError(f"{place}: {name} is {row[name]!r}; {fix}")
                made[int(hour)] = value
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise InputError(f"{option} {path} cannot be read: {fault}") from fault
    missing = [hour for hour in range(HOURS) if hour not in made]
    if missing:
        raise InputError(f"{path}: hour {missing[0]} is missing; give each of 0 to 23 once")
    return [made[hour] for hour in range(HOURS)]


def site_of(chosen: argparse.Namespace) -> Site:
    """Return the site that the options describe."""
    from wattbook.assets.battery_model import Site  # noqa: PLC0415 - keeps `--help` light

    given = {
        "export_mw": chosen.export_limit,
        "import_mw": chosen.import_limit,
        "import_fee": chosen.import_fee,
        "auxiliary_mw": chosen.auxiliary,
        "generation_mw": None,
    }
    if chosen.generation is not None:
        given["generation_mw"] = hourly("--generation", chosen.generation, "mw")
    return Site(**{name: value for name, value in given.items() if value is not None})


def planned(chosen: argparse.Namespace, limits: StoreLimits) -> PlannedBattery:
    """Return the battery that the options describe."""
    from wattbook.assets.battery_plan import Wear  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.hub_planned import PlannedBattery  # noqa: PLC0415

    offers = tuple(reserve_offer(text, chosen.power) for text in chosen.reserve)
    names = [offer.product.name for offer in offers]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"--reserve {twice[0]} stands twice; give each product once")
    given = {"throughput_cost": chosen.wear, "cycles_per_day": chosen.cycles_per_day}
    wear = Wear(**{name: value for name, value in given.items() if value is not None})
    return PlannedBattery(limits, offers, site_of(chosen), wear)


def execute_planned(chosen: argparse.Namespace, limits: StoreLimits) -> int:
    """Settle bids and reserves made on past days; return 1 if they earned less than the site."""
    from wattbook.runtime.hub_battery import hub_days  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.hub_planned import planned_earnings  # noqa: PLC0415

    battery = planned(chosen, limits)
    found = planned_earnings(hub_days(chosen.data), battery, last=chosen.last_days)
    alone = float(found.alone.sum())
    if chosen.json:
        print_json(summary(found))
    else:
        tell(Console(plain=chosen.plain or None), found)
    return 0 if found.together >= alone else 1


def summary(found: PlannedEarnings) -> dict[str, object]:
    """Return what was earned by name."""
    return {
        "days": len(found.days),
        "earned_usd": {name: float(values.sum()) for name, values in found.parts.items()},
        "together_usd": found.together,
        "expected_on_trees_usd": float(found.expected.sum()),
        "site_alone_usd": float(found.alone.sum()),
        "foresight_usd": float(found.bound.sum()),
        "reserves_mw_hours": found.sold_mwh,
    }


def tell(console: Console, found: PlannedEarnings) -> None:
    """Show what was earned by part, beside the site alone and foresight."""
    words = {
        "awards": "day-ahead awards, bought back in real time",
        "reserves": "reserves, sold before any price is known",
        "energy": "what ran at the grid, in real time",
        "fee": "fee for what was taken from the grid",
        "wear": "wear",
    }
    rows = [[words[name], f"{values.sum():,.2f}"] for name, values in found.parts.items()]
    rows += [
        ["together", f"{found.together:,.2f}"],
        ["as the trees said, in the mean", f"{found.expected.sum():,.2f}"],
        ["the site without its battery", f"{found.alone.sum():,.2f}"],
        ["foresight of both prices, hour by hour", f"{found.bound.sum():,.2f}"],
    ]
    title = f"days with a past: {len(found.days)}, {found.days[0]} to {found.days[-1]}"
    console.table(Table(title, ["part<", "USD"], rows))
    if found.sold_mwh:
        volumes = [[name, f"{volume:,.1f}"] for name, volume in found.sold_mwh.items()]
        console.table(Table("reserves sold", ["product<", "MW and hours"], volumes))
