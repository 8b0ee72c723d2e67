"""``wattbook forecast``: forecasts by the open benchmark's protocol, and how good they are."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.forecast_explain import add_explain_act, execute_explain
from wattbook.cli.forecast_live import add_live_act, execute_live
from wattbook.cli.forecast_models import add_model_acts, model_acts
from wattbook.cli.forecast_serve import add_serve_acts, execute_export, execute_serve
from wattbook.cli.forecast_train import add_train_acts, execute_train, execute_tune
from wattbook.cli.options import add_workers, local_day, whole, workers_of
from wattbook.cli.progress import Progress

if TYPE_CHECKING:
    from wattbook.forecast.day_ahead import Member
    from wattbook.runtime.forecast_board import Board

__all__ = ["add_arguments", "execute"]

EPILOG = """\
examples:
  wattbook forecast backtest --market NP --data ../shared/data/epf --days 14
                                         two weeks of the benchmark's test; resumes where it stopped
  wattbook forecast backtest --market NP --data ../shared/data/epf --publish docs/forecasts
  wattbook forecast leaderboard --data ../shared/data/epf
                                         errors, tests and a battery's revenue on what is published
  wattbook forecast intervals --data ../shared/data/epf
                                         90 % intervals of 2019 to 2021 around four forecasts
  wattbook forecast five-minute --market VIC1 --data ../shared/data/rt5
                                         one step ahead over a year, refitted each 30 days
  wattbook forecast fit day --market "generated day" --promote
                                         a champion that desks take by `champion = "day"`

exit status: 0 good; 2 the input is wrong; 130 stopped by Ctrl-C
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    backtest = acts.add_parser("backtest", help="forecast each day of the test, week by week")
    backtest.add_argument("--market", metavar="NAME", required=True, help="such as NP, PJM, DE")
    backtest.add_argument(
        "--days",
        metavar="N",
        type=lambda text: whole(text, 1, 728),
        default=728,
        help="the first days of the test; default: all %(default)s",
    )
    backtest.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("forecasts"),
        help="where finished weeks are kept; default: %(default)s",
    )
    backtest.add_argument(
        "--publish", metavar="DIR", type=Path, help="where to leave the forecasts as one file"
    )
    add_workers(backtest, os.cpu_count() or 1, "one for each core")
    backtest.add_argument(
        "--members",
        metavar="NAMES",
        help="only these of the ensemble, such as lear_56,lear_1456; default: all",
    )
    leaderboard = acts.add_parser("leaderboard", help="compare forecasts with the published ones")
    leaderboard.add_argument(
        "--forecasts",
        metavar="DIR",
        type=Path,
        default=Path("docs/forecasts"),
        help="what backtests published; default: %(default)s",
    )
    leaderboard.add_argument("--market", metavar="NAME", help="one market; default: all there are")
    intervals = acts.add_parser("intervals", help="intervals around point forecasts, by year")
    intervals.add_argument(
        "--file",
        metavar="NAME",
        default="epex_de_lear_2018_2021",
        help="prices and point forecasts in DIR; default: %(default)s",
    )
    intervals.add_argument(
        "--level", metavar="SHARE", type=float, default=0.9, help="default: %(default)s"
    )
    five = acts.add_parser("five-minute", help="five minutes ahead, over the last days of a file")
    five.add_argument("--market", metavar="NAME", required=True, help="VIC1, N.Y.C. or LONGIL")
    five.add_argument(
        "--days",
        metavar="N",
        type=lambda text: whole(text, 1, 2_000),
        default=365,
        help="days of the test; default: %(default)s",
    )
    five.add_argument("--report", metavar="FILE", type=Path, help="leave plots as a page")
    five.add_argument(
        "--publish", metavar="DIR", type=Path, help="where to leave settings and score as JSON"
    )
    signals = acts.add_parser("signals", help="dear and cheap hours of a day, or an abstention")
    signals.add_argument("--market", metavar="NAME", required=True, help="that was backtested")
    signals.add_argument("--day", type=local_day, required=True, help="such as 2017-03-01")
    signals.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        default=Path("forecasts"),
        help="where the backtest keeps its weeks; default: %(default)s",
    )
    signals.add_argument("--members", metavar="NAMES", help="as the backtest had them")
    signals.add_argument(
        "--threshold",
        metavar="SHARE",
        type=float,
        default=0.8,
        help="abstain below this confidence; default: %(default)s",
    )
    add_model_acts(acts)
    add_explain_act(acts)
    add_live_act(acts)
    add_serve_acts(acts)
    add_train_acts(acts)
    for act in (backtest, leaderboard, intervals, five, signals):
        act.add_argument(
            "--data", metavar="DIR", type=Path, required=True, help="folder of the benchmark"
        )
        act.add_argument("--json", action="store_true", help="print one JSON object instead")
        act.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Do what was chosen."""
    # NumPy's threads would fight those of the other weeks.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    acts = {
        "backtest": execute_backtest,
        "leaderboard": execute_leaderboard,
        "intervals": execute_intervals,
        "five-minute": execute_five_minute,
        "signals": execute_signals,
        "explain": execute_explain,
        "live": execute_live,
        "export": execute_export,
        "serve": execute_serve,
        "train": execute_train,
        "tune": execute_tune,
        **model_acts,
    }
    return acts[chosen.act](chosen)


def execute_backtest(chosen: argparse.Namespace) -> int:
    """Forecast the days that are missing, and say how good all are."""
    from wattbook.forecast.day_ahead import (  # noqa: PLC0415 - keeps `--help` light
        Backtest,
        combined,
        load_market,
        mae,
    )
    from wattbook.runtime.forecast_board import publish  # noqa: PLC0415

    members = chosen_members(chosen.members)
    backtest = Backtest(chosen.data, chosen.market, chosen.out, chosen.days, members)
    began, first, total = time.monotonic(), -1, 0
    with Progress("weeks", plain=chosen.plain or None) as progress:
        for done, total in backtest.run(workers_of(chosen)):
            first = done if first < 0 else first
            progress.total = total
            progress.advance(done - progress.done)
    seconds = time.monotonic() - began
    market = load_market(chosen.data, chosen.market)
    made = backtest.made(market)
    real = market.prices(made.days[made.days >= market.test_start])
    errors = {model: mae(real, price) for model, price in combined(market, made).items()}
    summary = {
        "market": chosen.market,
        "days": int(real.shape[0]),
        "weeks_made": total - first,
        "seconds": round(seconds, 1),
        "processes": chosen.processes,
        "fallbacks": len(made.fallbacks),
        "mae": {model: round(error, 4) for model, error in errors.items()},
    }
    if chosen.publish is not None:
        summary["published"] = str(publish(backtest, chosen.publish))
    if chosen.json:
        print_json(summary)
        return 0
    console = Console(plain=chosen.plain or None)
    title = f"{chosen.market}: mean absolute error over {real.shape[0]} days of the test"
    rows = [[model, f"{error:.3f}"] for model, error in errors.items()]
    console.table(Table(title, ("model<", "MAE"), rows))
    console.line(
        f"{summary['weeks_made']} weeks made in {seconds:,.0f} s by {chosen.processes} processes; "
        f"{len(made.fallbacks)} fallbacks for want of data"
    )
    return 0


def chosen_members(names: str | None) -> tuple[Member, ...]:
    """Return the members of these names.

    Raises
    ------
    ForecastError
        If one does not exist.
    """
    from wattbook.errors import ForecastError  # noqa: PLC0415
    from wattbook.forecast.day_ahead import MEMBERS  # noqa: PLC0415

    if names is None:
        return MEMBERS
    known = {member.name: member for member in MEMBERS}
    wanted = names.split(",")
    if unknown := [name for name in wanted if name not in known]:
        message = f"no member {unknown[0]!r}; choose of {', '.join(known)}"
        raise ForecastError(message)
    return tuple(known[name] for name in wanted)


def execute_leaderboard(chosen: argparse.Namespace) -> int:
    """Compare published forecasts with ours."""
    from wattbook.errors import ForecastError  # noqa: PLC0415
    from wattbook.runtime.forecast_board import board, document  # noqa: PLC0415

    if chosen.market is not None:
        names = [chosen.market]
    else:
        names = sorted(path.stem for path in chosen.forecasts.glob("*.parquet"))
    if not names:
        message = f"no forecasts in {chosen.forecasts}; run `wattbook forecast backtest --publish`"
        raise ForecastError(message)
    found = [board(chosen.data, name, chosen.forecasts) for name in names]
    if chosen.json:
        print_json([document(each) for each in found])
        return 0
    console = Console(plain=chosen.plain or None)
    for each in found:
        tell(console, each)
    return 0


def execute_intervals(chosen: argparse.Namespace) -> int:
    """Judge intervals around recorded forecasts."""
    from dataclasses import asdict  # noqa: PLC0415

    from wattbook.runtime.forecast_intervals import interval_years  # noqa: PLC0415

    found = interval_years(chosen.data / f"{chosen.file}.parquet", chosen.level)
    if chosen.json:
        print_json([asdict(year) for year in found])
        return 0
    columns = (
        "year", "days", "inside %", "Winkler", "width",
        "plain inside %", "plain Winkler", "plain width",
    )  # fmt: skip
    rows = [
        [
            str(year.year),
            str(year.days),
            f"{100 * year.coverage:.1f}",
            f"{year.winkler:.2f}",
            f"{year.width:.2f}",
            f"{100 * year.plain_coverage:.1f}",
            f"{year.plain_winkler:.2f}",
            f"{year.plain_width:.2f}",
        ]
        for year in found
    ]
    title = f"{chosen.file}: intervals for {100 * chosen.level:g} % of prices"
    Console(plain=chosen.plain or None).table(Table(title, columns, rows))
    return 0


def execute_five_minute(chosen: argparse.Namespace) -> int:
    """Forecast a market five minutes ahead, and say how good that is."""
    from dataclasses import asdict  # noqa: PLC0415

    from wattbook.forecast.five_minute import (  # noqa: PLC0415
        FiveMinuteBacktest,
        forecast_test,
        load_five_minute,
        score,
    )

    how = FiveMinuteBacktest(test_days=chosen.days)
    market = load_five_minute(chosen.data, chosen.market)
    with Progress("days", plain=chosen.plain or None) as progress:

        def tell_days(done: int, total: int) -> None:
            progress.total = total
            progress.advance(done - progress.done)

        made = forecast_test(market, how, tell_days)
    found = score(made, how.level)
    if chosen.report is not None:
        from wattbook.runtime.report.forecast import forecast_page  # noqa: PLC0415

        chosen.report.write_text(forecast_page(chosen.market, made), encoding="utf-8")
    if chosen.publish is not None:
        document = {"market": chosen.market, "settings": asdict(how), "score": asdict(found)}
        text = json.dumps(document, indent=1).replace("NaN", "null") + "\n"
        name = chosen.market.lower().replace(".", "")
        (chosen.publish / f"five-minute-{name}.json").write_text(text, encoding="utf-8")
    if chosen.json:
        print_json({"market": chosen.market, **asdict(found)})
        return 0
    rows = [
        ["mean absolute error", f"{found.mae:.3f}", f"{found.persistence_mae:.3f}"],
        ["within max(10, 10 %), %", percent(found.near), percent(found.persistence_near)],
        ["inside the 95 % interval, %", percent(found.coverage), percent(found.plain_coverage)],
        ["least month inside, %", percent(found.worst_month_low), "-"],
        ["most month inside, %", percent(found.worst_month_high), "-"],
        ["Winkler", f"{found.winkler:.2f}", f"{found.plain_winkler:.2f}"],
        ["width", f"{found.width:.2f}", f"{found.plain_width:.2f}"],
        ["direction right, surest 1 % of moves, %", percent(found.right_top_1), "-"],
        ["direction right, surest 10 % of moves, %", percent(found.right_top_10), "-"],
        ["called (confidence from 0.8), %", percent(found.calls), "-"],
        ["called and right, %", percent(found.right_calls), "-"],
        ["expected calibration error, points", percent(found.calibration_error), "-"],
    ]
    title = f"{chosen.market}: {found.intervals:,} intervals of five minutes, one step ahead"
    console = Console(plain=chosen.plain or None)
    console.table(Table(title, ("measure<", "ours", "persistence"), rows))
    return 0


def execute_signals(chosen: argparse.Namespace) -> int:
    """Print the signals of a day, and how good those before it were."""
    from dataclasses import asdict  # noqa: PLC0415

    from wattbook.forecast.day_ahead import Backtest  # noqa: PLC0415
    from wattbook.runtime.forecast_signals import day_signals  # noqa: PLC0415

    members = chosen_members(chosen.members)
    backtest = Backtest(chosen.data, chosen.market, chosen.out, members=members)
    found = day_signals(backtest, chosen.day, chosen.threshold)
    if chosen.json:
        document = {**asdict(found), "signals": [asdict(each) for each in found.signals]}
        print_json(document)
        return 0
    words = {1: "dear", -1: "cheap", 0: "abstains"}
    rows = [
        [
            f"{hour:02}",
            f"{each.price:.2f}",
            words[each.direction],
            f"{each.confidence:.3f}",
            each.identity,
            each.fallback or "-",
        ]
        for hour, each in enumerate(found.signals)
    ]
    first = found.signals[0]
    title = f"{chosen.market}, {chosen.day}: model {first.model}, features {first.features}"
    columns = ("hour<", "price", "signal<", "confidence", "id<", "fallback<")
    console = Console(plain=chosen.plain or None)
    console.table(Table(title, columns, rows))
    console.line(
        f"{found.days} days before: {percent(found.calls)} % of hours called, "
        f"{percent(found.right)} % of them right, expected calibration error "
        f"{percent(found.calibration_error)} points"
    )
    return 0


def percent(share: float) -> str:
    """Return a share in per cent."""
    return f"{100 * share:.2f}"


def tell(console: Console, found: Board) -> None:
    """Write the table of one market."""

    def p_value(value: float | None) -> str:
        return "-" if value is None else f"{value:.4f}"

    columns = (
        "model<", "MAE", "rMAE", "sMAPE %", "p vs DNN", "p vs LEAR", "revenue % of foresight",
    )  # fmt: skip
    rows = [
        [
            entry.model,
            f"{entry.mae:.3f}",
            f"{entry.rmae:.3f}",
            f"{entry.smape:.2f}",
            p_value(entry.dm_dnn),
            p_value(entry.dm_lear),
            f"{entry.revenue:.2f}",
        ]
        for entry in found.entries
    ]
    title = f"{found.market}: {found.days} days, {found.first_day} to {found.last_day}"
    console.table(Table(title, columns, rows))
    if found.gain is not None:
        gain, low, high = found.gain
        console.line(
            f"revenue of our ensemble less the published DNN ensemble's: {gain:+.2f} points of "
            f"foresight, 95 % interval {low:+.2f} to {high:+.2f} (blocks of a week)"
        )
