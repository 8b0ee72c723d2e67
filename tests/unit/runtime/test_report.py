"""Every figure of the report comes from the journaled events."""

import dataclasses
import shutil
from pathlib import Path

import polars as pl
import pytest

from wattbook.runtime.desk import parse_desk
from wattbook.runtime.desk.builtin import builtin_text
from wattbook.runtime.figures import Ledger, orders, steps, timeline
from wattbook.runtime.folder import RunFolder, names_from_json
from wattbook.runtime.replay import replay_tables
from wattbook.runtime.report import report_page
from wattbook.runtime.run import RunResult, Stop, run_desk
from wattbook.runtime.verify.run import verify_run
from wattbook.store import read_tables, whole_numbers

VIRTUAL = """
[[strategy]]
name = "spread"
kind = "virtual"
market = "generated day"
book = "assets"
volume = 10
confidence_threshold = 0.4
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    text = builtin_text("generated") + VIRTUAL
    return run_desk(
        parse_desk(text),
        text,
        RunFolder(tmp_path_factory.mktemp("report") / "run"),
        data=None,
        seed=7,
        resume=False,
        on_plan=lambda _plan, _names: None,
        on_happening=lambda _market, _step: None,
        on_step=lambda _step: None,
        on_progress=lambda _progress: None,
        stop=Stop(),
    )


def ledger_of(folder: RunFolder, tables: dict[str, pl.DataFrame]) -> Ledger:
    whole = {name: whole_numbers(table) for name, table in tables.items()}
    return Ledger(whole, names_from_json(folder.load()["names"]))


def test_the_page_and_the_steps_follow_from_the_event_files_alone(result: RunResult) -> None:
    folder = result.folder
    ledger = ledger_of(folder, read_tables(folder.events))
    assert steps(ledger) == result.flow
    assert report_page(ledger, result.facts) == folder.report.read_text(encoding="utf-8")


def test_the_event_files_are_what_a_replay_of_the_journal_gives(result: RunResult) -> None:
    held, replayed = read_tables(result.folder.events), replay_tables(result.folder)[1]
    assert sorted(held) == sorted(replayed)
    for name, table in held.items():
        assert table.equals(replayed[name]), name


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("filled", "price"),
        ("quote", "bid_price"),
        ("position_changed", "realised"),
        ("meter_read", "volume"),
        ("reference_price", "price"),
        ("signal_recorded", "confidence_ppm"),
        ("book_delta", "volume"),
        ("settled", "volume"),
    ],
)
def test_another_event_makes_another_page(result: RunResult, name: str, column: str) -> None:
    tables = dict(result.ledger.tables)
    tables[name] = tables[name].with_columns(pl.col(column) - 1_000_000)
    changed = dataclasses.replace(result.ledger, tables=tables)
    page = result.folder.report.read_text(encoding="utf-8")
    assert report_page(changed, result.facts) != page


def test_an_award_counts_once_its_delivery_has_settled(result: RunResult) -> None:
    """At the start of the day nothing has settled, whatever was awarded the day before."""
    market, coupled = result.ledger.names.markets
    found = timeline(result.ledger, market)
    for name in ("battery", "spread"):
        assert found.pnl[name][0] == 0.0
        assert abs(found.pnl[name][-1]) > 1.0
    lines = [*found.pnl.values(), *timeline(result.ledger, coupled).pnl.values()]
    total = sum(line[-1] for line in lines)
    units = int(result.folder.load()["figures"]["pnl_units"])
    assert total == pytest.approx(units / 3.6e15, abs=0.01)


def test_a_strategy_whose_fills_have_no_middle_shows_no_slippage(result: RunResult) -> None:
    slippage = {one.name: one.known_slippage for one in orders(result.ledger).strategies}
    assert slippage["battery"] is None
    assert slippage["spread"] is None
    assert slippage["momentum"] is not None


@pytest.mark.long
def test_run_verifies_its_event_files_against_the_journal(
    result: RunResult, tmp_path: Path
) -> None:
    assert verify_run(result.folder.path).is_good
    copy = tmp_path / "copy"
    shutil.copytree(result.folder.path, copy)
    path = copy / "events" / "quote.parquet"
    quotes = pl.read_parquet(path).with_row_index()
    wrong = pl.when(pl.col("index") == 5).then(pl.col("bid_volume") + 1).otherwise("bid_volume")
    quotes.with_columns(bid_volume=wrong.cast(quotes.schema["bid_volume"])).drop(
        "index"
    ).write_parquet(path)
    outcome = verify_run(copy)
    assert [entry.place for entry in outcome.differences] == [
        "events/quote.parquet row 5 bid_volume"
    ]
