"""``wattbook nem``: bid files of a battery, and a dispatch of energy and FCAS together."""

from __future__ import annotations

import argparse
import datetime as dt
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.options import local_day, not_negative, positive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.assets.nem_offers import DayOffer
    from wattbook.assets.plants.nem import NemDispatch
    from wattbook.runtime.nem_dispatch import DispatchFile

__all__ = ["add_arguments", "execute"]

BAD_SHOWN = 200
EPILOG = """\
FILE is a report of AEMO with the tables BIDDAYOFFER_D and BIDPEROFFER_D, or an archive of one.
Times are those of the market: UTC+10 all year.

examples:
  wattbook nem offer --data ../shared/data --day 2026-04-30 --out bids.csv
                        energy and ten services of a battery, from the prices of the day before
  wattbook nem check bids.csv
                        every bad row with file, line and the rule that it breaks
  wattbook nem offer --data ../shared/data --day 2026-04-30 --power 50 --bands bids.csv \\
      --out half.csv    half the power, at the price bands that stand
  wattbook nem rebid bids.csv half.csv --at "2026-04-30 14:07" --reason "1407 inverter trip" \\
      --out rebid.csv   volumes of intervals to come; prices of the day stand
  wattbook nem dispatch examples/nem_dispatch.toml
                        dispatch, prices, and trapezia that bind

exit status: 0 done; 1 a row of a bid file is bad; 2 the input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    offer = acts.add_parser("offer", help="ten-band offers out of a battery's plan")
    offer.add_argument("--data", metavar="DIR", type=Path, required=True, help="recorded data")
    offer.add_argument("--region", metavar="ID", default="NSW1", help="default: %(default)s")
    offer.add_argument(
        "--day", metavar="DAY", type=local_day, required=True, help="trading day that is offered"
    )
    offer.add_argument(
        "--forecast-day",
        metavar="DAY",
        type=local_day,
        help="trading day whose recorded prices are expected; default: the day before",
    )
    offer.add_argument("--duid", metavar="DUID", default="BATT1", help="default: %(default)s")
    offer.add_argument(
        "--participant", metavar="ID", default="WATTBOOK", help="default: %(default)s"
    )
    offer.add_argument("--power", metavar="MW", type=positive, default=100.0, help="default: 100")
    offer.add_argument(
        "--capacity", metavar="MWH", type=positive, default=200.0, help="default: 200"
    )
    offer.add_argument(
        "--contingency", metavar="MW", type=positive, default=60.0, help="default: 60"
    )
    offer.add_argument(
        "--regulation", metavar="MW", type=positive, default=40.0, help="default: 40"
    )
    offer.add_argument(
        "--round-trip", metavar="SHARE", type=float, default=0.85, help="default: 0.85"
    )
    offer.add_argument(
        "--initial", metavar="MWH", type=not_negative, default=0.0, help="in the cells; default: 0"
    )
    offer.add_argument(
        "--bands", metavar="FILE", type=Path, help="keep the price bands that this file offered"
    )
    offer.add_argument("--out", metavar="FILE", type=Path, required=True, help="bid file to write")
    check = acts.add_parser("check", help="bad rows, and whether offers write back as they are")
    check.add_argument("files", metavar="FILE", type=Path, nargs="+", help="bid tables")
    rebid = acts.add_parser("rebid", help="move volume of intervals to come; prices stand")
    rebid.add_argument("file", metavar="FILE", type=Path, help="offers that stand")
    rebid.add_argument("wanted", metavar="WANTED", type=Path, help="offers with other volumes")
    rebid.add_argument("--at", metavar="TIME", type=market_time, required=True, help="when")
    rebid.add_argument("--reason", metavar="TEXT", required=True, help="what changed, and when")
    rebid.add_argument("--out", metavar="FILE", type=Path, required=True, help="bid file to write")
    dispatch = acts.add_parser("dispatch", help="energy and FCAS of one interval together")
    dispatch.add_argument("file", metavar="FILE", type=Path, help="dispatch file, TOML")
    for act in (offer, check, rebid, dispatch):
        act.add_argument("--json", action="store_true", help="print one JSON object instead")
        act.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def market_time(text: str) -> dt.datetime:
    """Return a time by the market's clock."""
    from wattbook.runtime.nem_bids import clock  # noqa: PLC0415 - keeps `--help` light

    try:
        return clock(text)
    except ValueError as fault:
        message = f"{text!r} is no time of the market; write it like '2026-04-29 14:07'"
        raise argparse.ArgumentTypeError(message) from fault


def execute(chosen: argparse.Namespace) -> int:
    """Make, check or rebid offers, or dispatch an interval."""
    acts = {"offer": offer, "check": check, "rebid": rebid, "dispatch": dispatch}
    return acts[chosen.act](chosen)


def offer(chosen: argparse.Namespace) -> int:
    """Write a battery's offers of a trading day."""
    from wattbook.assets.foresight import StoreLimits  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.nem_battery import NemBattery, dispatch_prices  # noqa: PLC0415
    from wattbook.runtime.nem_bids import (  # noqa: PLC0415
        OfferTerms,
        bands_in,
        day_prices,
        offers_of_battery,
        read_reports,
        written,
    )

    expected = chosen.forecast_day or chosen.day - dt.timedelta(days=1)
    prices = day_prices(dispatch_prices(chosen.data, chosen.region), expected)
    limits = StoreLimits.symmetric(chosen.power, chosen.capacity, round_trip=chosen.round_trip)
    # The gate of a day's offers is 12:30 of the day before.
    made = dt.datetime.combine(chosen.day - dt.timedelta(days=1), dt.time(12))
    terms = OfferTerms(chosen.duid, chosen.participant, chosen.day, made, chosen.initial)
    bands = None
    if chosen.bands is not None:
        bands = bands_in(read_reports([chosen.bands]), chosen.duid, chosen.day)
    battery = NemBattery(limits, chosen.contingency, chosen.regulation)
    offers, plan = offers_of_battery(battery, prices, terms, bands)
    rows = written(chosen.out, offers, made)
    told = {"file": str(chosen.out), "rows": rows, "plan_value_aud": plan.value}
    tell_offers(chosen, offers, told, f"{chosen.duid}, trading day {chosen.day}")
    return 0


def rebid(chosen: argparse.Namespace) -> int:
    """Write the next version of offers."""
    from wattbook.runtime.nem_bids import read_reports, rebid_files, written  # noqa: PLC0415

    before, wanted = read_reports([chosen.file]), read_reports([chosen.wanted])
    offers = rebid_files(before, wanted, chosen.at, chosen.reason)
    rows = written(chosen.out, offers, chosen.at)
    told = {"file": str(chosen.out), "rows": rows}
    tell_offers(chosen, offers, told, f"rebid at {chosen.at}: {chosen.reason}")
    return 0


def tell_offers(
    chosen: argparse.Namespace, offers: Sequence[DayOffer], told: dict[str, object], title: str
) -> None:
    """Show bands and volumes of offers."""
    rows, parts = [], []
    for one in offers:
        held = one.periods.band_mw.sum(axis=0) / 12
        used = int((one.periods.band_mw > 0).any(axis=0).sum())
        rows.append(
            [
                f"{one.bid_type} {one.direction}",
                f"{one.version}",
                f"{used}",
                *(
                    f"{price:,.2f}: {volume:,.0f}"
                    for price, volume in zip(one.prices, held, strict=True)
                ),
            ]
        )
        parts.append(
            {
                "bid_type": one.bid_type,
                "direction": one.direction,
                "version": one.version,
                "prices": list(one.prices),
                "mwh_by_band": held.tolist(),
            }
        )
    if chosen.json:
        print_json({**told, "offers": parts})
        return
    console = Console(plain=chosen.plain or None)
    heads = ["offer<", "version", "bands used", *(f"band {band}" for band in range(1, 11))]
    console.table(Table(f"{title}; AUD/MWh and MWh of the day by band", heads, rows))
    console.line(f"{told['rows']} rows in {told['file']}, read back as they were written")


def check(chosen: argparse.Namespace) -> int:
    """List bad rows; return 1 if there are any."""
    from wattbook.runtime.nem_bids import checked, read_reports  # noqa: PLC0415 - light `--help`

    found = checked(read_reports(chosen.files))
    tables = found.tables
    if chosen.json:
        bad = [{"file": row.file, "line": row.line, "rule": row.rule} for row in found.bad]
        told = {"rows": tables.rows, "offers": len(tables.offers), "bad": bad}
        told |= {"written_back": found.same, "written_otherwise": found.changed}
        print_json(told)
        return 1 if found.bad else 0
    console = Console(plain=chosen.plain or None)
    kinds = Counter(f"{one.duid} {one.bid_type} {one.direction}" for one in tables.offers)
    console.table(
        Table(
            f"{tables.rows:,} rows, {len(tables.offers):,} offers of whole days",
            ["offer<", "days"],
            [[kind, f"{count:,}"] for kind, count in sorted(kinds.items())],
        )
    )
    console.line(f"{found.same:,} rows are written as they were read, {found.changed:,} otherwise")
    for row in found.bad[:BAD_SHOWN]:
        console.line(f"{row.file}, line {row.line}: {row.rule}", "red")
    if len(found.bad) > BAD_SHOWN:
        console.line(f"and {len(found.bad) - BAD_SHOWN:,} more; --json names all")
    console.line(f"{len(found.bad):,} bad rows")
    return 1 if found.bad else 0


def dispatch(chosen: argparse.Namespace) -> int:
    """Show the cheapest dispatch of an interval."""
    from wattbook.runtime.nem_dispatch import dispatched, load_dispatch  # noqa: PLC0415

    file = load_dispatch(chosen.file)
    found = dispatched(file)
    if chosen.json:
        print_json(told_dispatch(file, found))
        return 0
    console = Console(plain=chosen.plain or None)
    given = [[name, "ENERGY", f"{volume:,.2f}"] for name, volume in found.energy.items()]
    given += [[name, kind, f"{volume:,.2f}"] for (name, kind), volume in found.services.items()]
    console.table(Table(f"interval ending {file.end}", ["unit<", "market<", "MW"], given))
    prices = [[region, "ENERGY", f"{price:,.2f}"] for region, price in found.energy_prices.items()]
    needs = zip(file.requirements, found.service_prices, strict=True)
    prices += [[", ".join(need.regions), need.service, f"{price:,.2f}"] for need, price in needs]
    console.table(Table("prices, AUD/MWh", ["regions<", "market<", "AUD"], prices))
    if found.flows:
        flows = [[name, f"{flow:,.2f}"] for name, flow in found.flows.items()]
        console.table(Table("flows", ["interconnector<", "MW"], flows))
    sides = [[one.unit, one.service, one.side, f"{one.price:,.2f}"] for one in found.binding]
    heads = ["unit<", "service<", "side<", "AUD a MW"]
    console.table(Table("trapezia that bind", heads, sides))
    for unit, service in found.stranded:
        console.line(f"{unit} stands outside its trapezium of {service}: not enabled", "yellow")
    console.line(f"cost {found.cost:,.2f} AUD an hour")
    return 0


def told_dispatch(file: DispatchFile, found: NemDispatch) -> dict[str, object]:
    """Return a dispatch as JSON has it."""
    needs = zip(file.requirements, found.service_prices, strict=True)
    return {
        "interval_end": file.end.isoformat(),
        "cost_aud_hour": found.cost,
        "energy_mw": found.energy,
        "services_mw": [
            {"unit": unit, "service": service, "mw": volume}
            for (unit, service), volume in found.services.items()
        ],
        "flows_mw": found.flows,
        "energy_prices": found.energy_prices,
        "service_prices": [
            {"service": need.service, "regions": need.regions, "price": price}
            for need, price in needs
        ],
        "binding": [
            {"unit": one.unit, "service": one.service, "side": one.side, "price": one.price}
            for one in found.binding
        ],
        "stranded": [list(pair) for pair in found.stranded],
    }
