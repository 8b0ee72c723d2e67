"""``wattbook risk``: what a book may lose, with a trade more, under stress; did it hold."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli import (
    risk_breaches,
    risk_explain,
    risk_gate,
    risk_horizons,
    risk_ladder,
    risk_limits,
    risk_margin,
)
from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.places import make_file
from wattbook.cli.risk_backtest import backtest
from wattbook.cli.risk_book import LEVELS, RUN_LEVELS, AskedBook, asked_book
from wattbook.cli.risk_options import add_book_arguments, settle_book
from wattbook.cli.risk_stress import stressed
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.risk.limits import Breach
    from wattbook.risk.portfolio import BookRisk

__all__ = ["add_arguments", "execute"]

EPILOG = """\
examples:
  wattbook risk backtest --data ../shared/data            daily value at risk of six curves, tested
  wattbook risk report --data ../shared/data --holdings 100000
                                                          a made-up book, by trader and commodity
  wattbook risk what-if --data ../shared/data --factor NG01 --lots 500
                                                          before and after one trade
  wattbook risk stress examples/stress.toml --data ../shared/data
                                                          dated, made up, drawn, and backwards
  wattbook risk explain --data ../shared/data --holdings 10000
                                                          why its value moved in the last day
  wattbook risk margin examples/margin.toml --data ../shared/data
                                                          SIMM, SPAN, filtered margin, the call
  wattbook risk report runs/generated-day                 what a run held when it risked most, by
                                                          strategy, book, market and delivery
  wattbook risk ladder runs/generated-day                 its Greeks by delivery period and market
  wattbook risk what-if runs/generated-day --factor SYMBOL --lots -5

exit status: 0 good; 1 a back-test failed, a limit refuses the trade, a loss is not reached, or a
breach is open; 2 the input is wrong
"""
NAMED = 20
"""Instruments that an error lists."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    tasks = parser.add_subparsers(dest="task", metavar="TASK", required=True)
    test = tasks.add_parser("backtest", help="hold daily value at risk against what days brought")
    test.add_argument(
        "--plain",
        action="store_true",
        help="historical simulation of generic series instead, which fails",
    )
    test.add_argument(
        "--garch",
        action="store_true",
        help="filter by a GARCH(1,1) fitted before 2010, not by exponential weights",
    )
    report = tasks.add_parser("report", help="value at risk and shortfall by part of the book")
    report.add_argument(
        "--horizon",
        metavar="NAME=DAYS",
        action="append",
        default=[],
        help="days to close what is held of factors that begin so; may be repeated, others take 1",
    )
    rungs = tasks.add_parser("ladder", help="Greeks by delivery period and commodity")
    trial = tasks.add_parser("what-if", help="the same before and after one trade")
    trial.add_argument("--factor", metavar="NAME", required=True, help="what is traded: NG01")
    trial.add_argument(
        "--lots",
        type=float,
        required=True,
        help="sold below 0; of a run in the contract's unit of volume, such as MW",
    )
    strain = tasks.add_parser("stress", help="value the book in scenarios")
    strain.add_argument("scenarios", metavar="FILE", type=Path, help="[[scenario]] tables, TOML")
    strain.add_argument(
        "--by",
        choices=sorted({*LEVELS, *RUN_LEVELS}),
        help="default: delivery, of a run strategy",
    )
    why = tasks.add_parser("explain", help="why a book's value moved in a day, by its Greeks")
    risk_explain.add_arguments(why)
    lodged = tasks.add_parser("margin", help="initial margin, collateral and the call, of a file")
    risk_margin.add_arguments(lodged)
    told = tasks.add_parser("breaches", help="limits that a run passed, and what is said of each")
    risk_breaches.add_arguments(told)
    trial.add_argument(
        "--limits", metavar="FILE", type=Path, help="[[limit]] tables of the desk's value at risk"
    )
    risk_gate.add_arguments(trial)
    for task in (report, rungs, trial, strain):
        add_book_arguments(task)
    for task in (report, trial):
        task.add_argument("--confidence", type=float, default=0.99, help="default: %(default)s")
    for task in (test, report, rungs, trial, strain):
        task.add_argument("--data", metavar="DIR", type=Path, help="recorded data")
        task.add_argument("--report", metavar="FILE", type=Path, help="where to leave a page")
        task.add_argument("--json", action="store_true", help="print one JSON object instead")
        task.add_argument("--plain-text", action="store_true", help="plain lines on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Do the task and show what was found."""
    elsewhere = {
        "breaches": risk_breaches.execute,
        "explain": risk_explain.execute,
        "margin": risk_margin.execute,
    }
    if chosen.task in elsewhere:
        return elsewhere[chosen.task](chosen, Console(plain=chosen.plain_text or None))
    if chosen.report is not None:
        make_file(chosen.report)
    console = Console(plain=chosen.plain_text or None)
    if chosen.data is None and getattr(chosen, "run", None) is None:
        message = "give the folder of recorded data with --data, or the folder of a run"
        raise InputError(message)
    if chosen.task == "backtest":
        return backtest(chosen, console)
    settle_book(chosen)
    asked = asked_book(chosen)
    if chosen.task == "stress":
        by = chosen.by or asked.levels[-1 if chosen.run is None else 0]
        return stressed(chosen, console, asked, by)
    if chosen.task == "ladder":
        return ladder(chosen, console, asked)
    if chosen.task == "what-if":
        return trial(chosen, console, asked)
    from wattbook.risk.portfolio import book_risk  # noqa: PLC0415 - light `--help`

    found = book_risk(asked.book, asked.moves, chosen.confidence, asked.levels)
    reported(chosen, console, found, asked)
    return 0


def reported(
    chosen: argparse.Namespace, console: Console, found: BookRisk, asked: AskedBook
) -> None:
    """Show what a book may lose and its Greeks."""
    from wattbook.risk.ladder import greeks_ladder  # noqa: PLC0415 - light `--help`

    rungs = greeks_ladder(asked.book, asked.rungs)
    # What is wrong with a horizon is told before anything is shown.
    over = risk_horizons.computed(asked.book, asked.moves, chosen) if chosen.horizon else None
    if chosen.report is not None:
        from wattbook.runtime.report.risk import risk_page  # noqa: PLC0415 - only for a report

        limits = (risk_limits.HEADINGS, risk_limits.limit_cells(asked.limits))
        page = risk_page(found, asked.headline, rungs, limits)
        chosen.report.write_text(page, encoding="utf-8")
    if chosen.json:
        document = {**risk_document(found), "ladder": risk_ladder.ladder_document(rungs)}
        if asked.limits:
            document["limits"] = asked.limits
        if over is not None:
            document["horizons"] = risk_horizons.document(*over)
        print_json(document)
        return
    console.line(asked.headline)
    show_risk(console, found)
    if over is not None:
        risk_horizons.show(console, *over)
    risk_ladder.show_ladder(console, rungs)
    risk_limits.show_limits(console, asked.limits)


def ladder(chosen: argparse.Namespace, console: Console, asked: AskedBook) -> int:
    """Show the Greeks by rung alone."""
    from wattbook.risk.ladder import greeks_ladder  # noqa: PLC0415 - light `--help`

    rungs = greeks_ladder(asked.book, asked.rungs)
    if chosen.report is not None:
        from wattbook.runtime.report.risk import ladder_page  # noqa: PLC0415 - only for a report

        chosen.report.write_text(ladder_page(rungs, asked.headline), encoding="utf-8")
    if chosen.json:
        print_json(risk_ladder.ladder_document(rungs))
        return 0
    console.line(asked.headline)
    risk_ladder.show_ladder(console, rungs)
    return 0


def risk_document(found: BookRisk) -> dict[str, object]:
    """Return a book's risk for JSON."""
    return {
        "confidence": found.confidence,
        "value_at_risk": found.value_at_risk,
        "expected_shortfall": found.expected_shortfall,
        "scenarios": int(found.pnl.size),
        "is_of_one_scenario": is_of_one_scenario(found),
        "parts": {
            level: [
                {
                    "name": part.name,
                    "holdings": part.holdings,
                    "alone": part.alone,
                    "component": part.component,
                    "shortfall_component": part.shortfall_component,
                    "marginal": part.marginal,
                    "incremental": part.incremental,
                }
                for part in parts
            ]
            for level, parts in found.parts.items()
        },
    }


def is_of_one_scenario(found: BookRisk) -> bool:
    """Return whether so few scenarios leave the worst one alone beyond the confidence."""
    return found.pnl.size * (1.0 - found.confidence) < 1.0


def show_risk(console: Console, found: BookRisk) -> None:
    """Write what a book may lose, and by part."""
    share = f"{100 * found.confidence:.12g} %"
    console.line(
        f"Value at risk {share}: {found.value_at_risk:,.0f}; expected shortfall: "
        f"{found.expected_shortfall:,.0f}; {found.pnl.size} scenarios of one day"
    )
    if is_of_one_scenario(found):
        console.line(
            f"{found.pnl.size} scenarios tell no {share} apart: each figure is the worst one's",
            "yellow",
        )
    columns = ("part<", "holdings", "alone", "component", "shortfall", "marginal", "incremental")
    for level, parts in found.parts.items():
        rows = [
            [
                part.name,
                f"{part.holdings:,}",
                f"{part.alone:,.0f}",
                f"{part.component:,.0f}",
                f"{part.shortfall_component:,.0f}",
                f"{part.marginal:,.2f}",
                f"{part.incremental:,.0f}",
            ]
            for part in parts
        ]
        sums = [
            sum(part.component for part in parts),
            sum(part.shortfall_component for part in parts),
        ]
        holdings = f"{sum(part.holdings for part in parts):,}"
        rows.append(["sum", holdings, "", f"{sums[0]:,.0f}", f"{sums[1]:,.0f}", "", ""])
        console.table(Table(f"By {level}", columns, rows, total=True))


def trial(chosen: argparse.Namespace, console: Console, asked: AskedBook) -> int:
    """Show the tail and the margin before and after one trade."""
    gains = asked.gains.get(chosen.factor)
    if gains is None:
        names = list(asked.gains)
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        message = f"factor {chosen.factor!r} is not traded: choose {', '.join(names[:NAMED])}{more}"
        raise InputError(message)
    from wattbook.risk import (  # noqa: PLC0415 - as above
        Quantile,
        Shortfall,
        expected_shortfall,
        value_at_risk,
    )
    from wattbook.risk.book import scenario_pnl  # noqa: PLC0415 - as above
    from wattbook.risk.house_margin import scenario_margin  # noqa: PLC0415 - as above

    # Nothing may be held before the first order of a day.
    held = scenario_pnl(asked.book, asked.moves) if len(asked.book) else 0.0 * gains
    moved = held + chosen.lots * gains
    now, after = (
        {
            "value_at_risk": value_at_risk(pnl, chosen.confidence, Quantile.INVERTED_CDF),
            # Of nothing it is 0, not the -0 that a loss of 0 is.
            "expected_shortfall": 0.0
            + expected_shortfall(pnl, chosen.confidence, Shortfall.EXACT_TAIL),
            "margin": scenario_margin(pnl, chosen.confidence),
        }
        for pnl in (held, moved)
    )
    breaches = desk_breaches(chosen.limits, now["value_at_risk"], after["value_at_risk"])
    answer = None if chosen.run is None else risk_gate.answer_of(chosen, asked.ledger, asked.ts)
    refused = any(breach.refuses for breach in breaches) or risk_gate.refuses(answer)
    document = {
        "breaches": [breach.sentence() for breach in breaches],
        "is_refused": refused,
        "factor": chosen.factor,
        "lots": chosen.lots,
        "before": now,
        "after": after,
    }
    if answer is not None:
        document["gate"] = dataclasses.asdict(answer)
    rows = [
        [name.replace("_", " "), f"{old:,.0f}", f"{after[name]:,.0f}", f"{after[name] - old:+,.0f}"]
        for name, old in now.items()
    ]
    order = f"{chosen.lots:+g} {asked.unit_of(chosen.factor)} of {chosen.factor}"
    title = f"{order} at {100 * chosen.confidence:.12g} %"
    if chosen.report is not None:
        from wattbook.runtime.report.risk import what_if_page  # noqa: PLC0415 - only for a report

        said = [breach.sentence() for breach in breaches]
        if answer is not None:
            said.append(risk_gate.sentence(answer))
        limits: tuple[str, Sequence[str], list[list[str]]] = ("", risk_limits.HEADINGS, [])
        if answer is not None:
            cells = risk_limits.limit_cells(answer.limits)
            limits = (risk_gate.title(answer), risk_limits.HEADINGS, cells)
        page = what_if_page((held, moved), title, asked.headline, rows, said, limits)
        chosen.report.write_text(page, encoding="utf-8")
    if chosen.json:
        print_json(document)
        return int(refused)
    console.line(asked.headline)
    console.table(Table(title, ("measure<", "before", "after", "change"), rows))
    for breach in breaches:
        console.line(breach.sentence())
    if answer is not None:
        risk_gate.show(console, answer)
    return int(refused)


def desk_breaches(path: Path | None, before: float, after: float) -> tuple[Breach, ...]:
    """Hold the desk's value at risk against limits, before and after a trade."""
    if path is None:
        return ()
    import datetime as dt  # noqa: PLC0415 - light `--help`

    from wattbook.risk.limits import LimitMeasure, check_limits, load_limits  # noqa: PLC0415

    sizes = [{("", ""): {LimitMeasure.VALUE_AT_RISK: value}} for value in (before, after)]
    return check_limits(load_limits(path), sizes[0], sizes[1], dt.datetime.now(dt.UTC))
