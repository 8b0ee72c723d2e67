"""``wattbook risk``: what a book may lose, with a trade more, under stress; did it hold."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from dataclasses import dataclass
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
from wattbook.cli.console import Console, Table
from wattbook.cli.options import whole
from wattbook.cli.places import make_file
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from wattbook.risk.book import Book
    from wattbook.risk.limits import Breach
    from wattbook.risk.portfolio import BookRisk
    from wattbook.risk.stress import StressResult
    from wattbook.runtime.figures import Ledger
    from wattbook.runtime.risk.backtest import Backtest
    from wattbook.runtime.watch.picture import Row

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
LEVELS = ("trader", "commodity", "delivery")
NAMED = 20
"""Instruments that an error lists."""
RUN_LEVELS = ("strategy", "book", "trader", "market", "commodity", "counterparty", "delivery")
RUNGS = ("delivery", "commodity")
RUN_RUNGS = ("delivery", "market")


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
        task.add_argument(
            "run", metavar="RUN", nargs="?", type=Path, help="folder of a run; else a made-up book"
        )
        task.add_argument(
            "--at", metavar="TIME", help="of the run, such as 2026-06-30T12:00Z; else its worst"
        )
        task.add_argument(
            "--holdings",
            metavar="N",
            type=lambda text: whole(text, 1, 10_000_000),
            default=1_000,
            help="default: %(default)s",
        )
        task.add_argument(
            "--seed",
            metavar="N",
            type=lambda text: whole(text, 0, 2**63),
            default=1,
            help="of the book; default: %(default)s",
        )
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
    if chosen.report is not None:
        from wattbook.runtime.report.risk import risk_page  # noqa: PLC0415 - only for a report

        limits = (risk_limits.HEADINGS, risk_limits.limit_cells(asked.limits))
        page = risk_page(found, asked.headline, rungs, limits)
        chosen.report.write_text(page, encoding="utf-8")
    if chosen.json:
        document = {**risk_document(found), "ladder": risk_ladder.ladder_document(rungs)}
        if asked.limits:
            document["limits"] = asked.limits
        if chosen.horizon:
            document["horizons"] = risk_horizons.document(asked.book, asked.moves, chosen)
        write(document)
        return
    console.line(asked.headline)
    show_risk(console, found)
    if chosen.horizon:
        risk_horizons.show(console, asked.book, asked.moves, chosen)
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
        write(risk_ladder.ladder_document(rungs))
        return 0
    console.line(asked.headline)
    risk_ladder.show_ladder(console, rungs)
    return 0


@dataclass(frozen=True, slots=True)
class AskedBook:
    """The book that a task is about."""

    book: Book
    moves: NDArray[np.float64]
    gains: Mapping[str, NDArray[np.float64]]
    """What a lot or volume unit of each instrument that may be traded gains in each scenario."""
    levels: tuple[str, ...]
    rungs: tuple[str, ...]
    """Levels of its ladder of Greeks."""
    headline: str
    limits: Sequence[Row] = ()
    """Use of the limits of a run at that instant."""
    ledger: Ledger | None = None
    """Of a run."""
    ts: int = 0
    """The instant of a run's book, ns UTC."""

    def unit_of(self, symbol: str) -> str:
        """Return what an order of an instrument counts."""
        if self.ledger is None:
            return "lots"
        units = {one.symbol: one.volume_unit for one in self.ledger.instruments.values()}
        return units[symbol]


def asked_book(chosen: argparse.Namespace) -> AskedBook:
    """Return the book of a run, or a made-up one."""
    if chosen.run is not None:
        from wattbook.runtime.figures.risk import scenario_gains  # noqa: PLC0415
        from wattbook.runtime.risk.run_book import run_book, run_ledger  # noqa: PLC0415

        ledger = run_ledger(chosen.run)
        held = run_book(ledger, instant(chosen.at), may_be_empty=chosen.task == "what-if")
        gains = {
            ledger.instruments[number].symbol: each
            for number, each in scenario_gains(ledger, held.ts).items()
        }
        limits = run_limit_use(chosen.run, held.ts, held.currency)
        return AskedBook(
            held.book, held.moves, gains, RUN_LEVELS, RUN_RUNGS, held.headline, limits,
            ledger, held.ts,
        )  # fmt: skip
    from wattbook.runtime.risk.generated import UNITS, generated_book  # noqa: PLC0415

    made = generated_book(chosen.data, chosen.holdings, chosen.seed)
    return AskedBook(
        made.book,
        made.market.moves,
        {
            name: UNITS[name[:2]] * moves
            for name, moves in zip(made.market.factors.names, made.market.moves, strict=True)
        },
        LEVELS,
        RUNGS,
        f"A made-up book of {chosen.holdings:,} holdings as of {made.market.as_of}, USD",
    )


def run_limit_use(run: Path, ts: int, currency: str) -> list[Row]:
    """Return how much of each limit a run used at `ts` (ns UTC)."""
    from wattbook.runtime.replay import run_of  # noqa: PLC0415 - light `--help`
    from wattbook.runtime.watch import ScopeLimits  # noqa: PLC0415

    return ScopeLimits(run_of(run), currency).rows(ts)


def instant(text: str | None) -> int | None:
    """Return a time given on the command line, ns UTC.

    Raises
    ------
    InputError
        If it is no time with a zone.
    """
    import datetime as dt  # noqa: PLC0415 - light `--help`

    if text is None:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        message = f"--at {text!r}: give date, time and zone, such as 2026-06-30T12:00Z"
        raise InputError(message)
    return round(found.timestamp() * 1e6) * 1_000


def write(document: object) -> None:
    """Write one JSON object."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, default=str) + "\n")


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
    share = f"{100 * found.confidence:g} %"
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
    title = f"{order} at {100 * chosen.confidence:g} %"
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
        write(document)
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


def stressed(chosen: argparse.Namespace, console: Console, asked: AskedBook, by: str) -> int:
    """Show what scenarios cost."""
    import numpy as np  # noqa: PLC0415 - light `--help`

    from wattbook.risk.stress import (  # noqa: PLC0415
        LossNotReachedError,
        load_events,
        load_scenarios,
        stress,
    )

    book, headline = asked.book, asked.headline
    if by not in book.labels:
        message = f"--by {by}: choose among {', '.join(sorted(book.labels))}"
        raise InputError(message)
    scenarios = load_scenarios(chosen.scenarios)
    # Dated events are recorded data; scenarios that need none do without.
    dated = None if chosen.data is None else chosen.data / "stress" / "historical_scenarios.json"
    events = {} if dated is None else load_events(dated)
    covariance = np.atleast_2d(np.cov(asked.moves))
    found: list[StressResult] = []
    unreached: list[str] = []
    for scenario in scenarios:
        try:
            found += stress(book, [scenario], events, covariance)
        except LossNotReachedError as fault:
            # No multiple of its moves loses that much: an answer, and others follow.
            unreached.append(str(fault))
    if chosen.report is not None:
        from wattbook.runtime.report.risk import stress_page  # noqa: PLC0415 - only for a report

        chosen.report.write_text(stress_page(found, book, by, headline), encoding="utf-8")
    if chosen.json:
        write([*(stress_document(one, book) for one in found),
               *({"unreached": sentence} for sentence in unreached)])  # fmt: skip
        return int(bool(unreached))
    console.line(headline)
    parts = book.labels[by][1]
    rows = []
    for one in found:
        split = one.by(book, by)
        notes = [f"×{one.scale:.3f}"] if one.scale != 1.0 else []
        notes += [f"{one.marked} below zero, by Bachelier"] if one.marked else []
        notes += [f"{len(one.by_size)} below zero moved by their size"] if one.by_size else []
        notes += [f"{len(one.unmoved)} factors unmoved"] if one.unmoved else []
        notes += [f"{', '.join(one.unreached)} moves nothing"] if one.unreached else []
        rows.append(
            [one.name, *(f"{split[part] / 100:,.0f}" for part in parts),
             f"{one.total_cents / 100:,.0f}", ", ".join(notes)]
        )  # fmt: skip
    console.table(Table("Stress", ("scenario<", *parts, "total", "note<"), rows))
    for sentence in unreached:
        console.line(sentence, "yellow")
    return int(bool(unreached))


def stress_document(found: StressResult, book: Book) -> dict[str, object]:
    """Return one scenario for JSON."""
    return {
        "scenario": found.name,
        "total_cents": found.total_cents,
        "scale": found.scale,
        "below_zero_by_bachelier": found.marked,
        "unmoved": found.unmoved,
        "below_zero_by_size": found.by_size,
        "moves_that_reach_nothing": found.unreached,
        "by": {level: found.by(book, level) for level in book.labels},
    }


def backtest(chosen: argparse.Namespace, console: Console) -> int:
    """Test daily value at risk on recorded curves."""
    from wattbook.runtime.risk.backtest import backtest_futures  # noqa: PLC0415 - as above

    found = backtest_futures(chosen.data, plain=chosen.plain, garch=chosen.garch)
    if chosen.report is not None:
        from wattbook.runtime.report.risk import backtest_page  # noqa: PLC0415 - for a report

        chosen.report.write_text(backtest_page(found), encoding="utf-8")
    if chosen.json:
        write(
            {
                "method": found.method,
                "decay": found.decay,
                "garch": [[law.constant, law.shock, law.persistence] for law in found.laws],
                "is_good": found.is_good,
                "left_out": found.left_out,
                "tests": found.frame().to_dicts(),
            }
        )
    else:
        show_backtest(console, found)
    return 0 if found.is_good else 1


def show_backtest(console: Console, found: Backtest) -> None:
    """Write the tests."""
    fitted = "" if found.decay is None else f", decay {found.decay:.3f} fitted before 2010"
    if found.laws:
        law = found.laws[0]
        fitted = f", shock {law.shock:.3f} and persistence {law.persistence:.3f} fitted before 2010"
    console.line(f"Daily value at risk of one unit held long: {found.method}{fitted}")
    columns = (
        "curve<", "level", "days", "exceptions", "expected", "Kupiec", "Christoffersen",
        "worst 250", "zone<", "ES test Z", "p", "after expiry", "p, Holm",
    )  # fmt: skip
    rows = [
        [
            row["curve"],
            f"{100 * row['confidence']:g} %",
            str(row["days"]),
            str(row["exceptions"]),
            f"{row['expected']:.1f}",
            f"{row['kupiec_holm']:.3f}",
            f"{row['christoffersen_holm']:.3f}",
            str(row["worst_year"]),
            row["zone"],
            f"{row['shortfall_z']:+.3f}",
            f"{row['shortfall_p']:.3f}",
            f"{row['expiry_exceptions']} of {row['expiry_days']}",
            f"{row['expiry_holm']:.3f}",
        ]
        for row in found.frame().to_dicts()
    ]
    console.table(Table("Probabilities are adjusted for the family (Holm)", columns, rows))
    verdict = "holds" if found.is_good else "fails"
    console.line(
        f"The measure {verdict}: adjusted probabilities above 5 % and no red zone are asked for. "
        f"{found.left_out} days were left out: no session, or a settlement of 0."
    )
