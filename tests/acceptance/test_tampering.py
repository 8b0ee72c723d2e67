"""Whatever is changed in the folder of a finished run, `wattbook verify run` finds it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from wattbook.cli import main
from wattbook.errors import RunError
from wattbook.runtime.verify import Checked, verify

# What the built-in day records; the first test holds the list against a run.
TABLES = [
    "book_delta", "define_instrument", "define_venue", "filled", "gate_closed", "marked",
    "meter_read", "offer_awarded", "offer_routed", "order_accepted", "order_cancelled",
    "order_filled", "order_routed", "order_state_changed", "phase_changed", "position_changed",
    "quote", "record_signal", "reference_price", "schedule_routed", "session_phase", "set_fees",
    "set_limits", "set_order_rate", "set_scope_limit", "set_sensitivities", "set_threshold",
    "settled", "signal_recorded", "submit_offer",
    "submit_order", "submit_schedule", "trade",
]  # fmt: skip
SINGLE = [
    "auction_periods.json", "auctions.json", "closes.json", "contributions.jsonl", "desk.toml",
    "quarantine.parquet", "report.html", "run.json", "signals.parquet",
]  # fmt: skip


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one run of the built-in generated day."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    assert main(["run", "--plain", "--out", str(folder)]) == 0
    return folder


@pytest.fixture
def copy(finished: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may change: links, but for what a test replaces."""
    folder = tmp_path / "run"
    shutil.copytree(finished, folder, ignore=shutil.ignore_patterns("segment-*"))
    for segment in (finished / "journal").glob("segment-*"):
        (folder / "journal" / segment.name).hardlink_to(segment)
    return folder


def found(folder: Path) -> Checked | None:
    """Return the outcome, or None for a refusal to begin."""
    try:
        return verify("run", folder)
    except RunError:
        return None


def is_caught(folder: Path) -> bool:
    outcome = found(folder)
    return outcome is None or (outcome.failed > 0 and not outcome.is_good)


def another(value: object) -> object:
    """Return a value of the same type that is not the same."""
    match value:
        case None:
            return None
        case bool():
            return not value
        case datetime():
            return value + timedelta(microseconds=1)
        case int() | float() | Decimal():
            return value + 1
        case list() | pl.Series():
            return [*value, *value]
        case _:
            return f"{value}x"


def test_the_untouched_run_passes_and_every_file_is_tampered_with(finished: Path) -> None:
    outcome = verify("run", finished)
    assert outcome.is_good, outcome.differences[:3]
    assert sorted(path.stem for path in (finished / "events").iterdir()) == TABLES
    rest = sorted(path.name for path in finished.iterdir() if path.is_file())
    # What is told of work on a folder grows after the run; it is no evidence of it.
    assert rest == sorted([*SINGLE, "jobs.jsonl"])


@pytest.mark.parametrize("name", [*(f"events/{table}.parquet" for table in TABLES), *SINGLE])
def test_a_deleted_file_is_found(name: str, copy: Path) -> None:
    (copy / name).unlink()
    assert is_caught(copy)


@pytest.mark.parametrize("table", TABLES)
def test_one_changed_value_of_any_column_is_found_with_its_place(table: str, copy: Path) -> None:
    path = copy / "events" / f"{table}.parquet"
    frame = pl.read_parquet(path)
    row = frame.height // 2
    for name, kind in frame.schema.items():
        values = frame[name].to_list()
        values[row] = another(values[row])
        changed = frame.with_columns(pl.Series(name, values, dtype=kind, strict=False))
        if changed.equals(frame):
            # A value that is missing stays so; another column is changed.
            continue
        changed.write_parquet(path)
        outcome = found(copy)
        assert outcome is not None
        (difference,) = outcome.differences
        assert difference.place == f"events/{table}.parquet row {row} {name}"
        return
    pytest.fail("no column could be changed")


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("a row is doubled", lambda frame: pl.concat([frame, frame.tail(1)])),
        ("a row is missing", lambda frame: frame.head(-1)),
        ("two rows are swapped", lambda frame: frame.reverse()),
        ("a column is missing", lambda frame: frame.drop("volume")),
        ("a column is another type", lambda frame: frame.cast({"volume": pl.Float64})),
        ("every volume is doubled", lambda frame: frame.with_columns(pl.col("volume") * 2)),
    ],
)
def test_a_reshaped_table_is_found(
    what: str, change: Callable[[pl.DataFrame], pl.DataFrame], copy: Path
) -> None:
    path = copy / "events" / "order_filled.parquet"
    change(pl.read_parquet(path)).write_parquet(path)
    assert is_caught(copy), what


def test_an_extra_table_is_found(copy: Path) -> None:
    source = copy / "events" / "filled.parquet"
    shutil.copy(source, copy / "events" / "invented.parquet")
    outcome = found(copy)
    assert outcome is not None
    assert [entry.place for entry in outcome.differences] == ["events/invented.parquet"]


def test_a_file_that_is_no_parquet_is_found(copy: Path) -> None:
    (copy / "events" / "trade.parquet").write_text("no table", encoding="utf-8")
    assert is_caught(copy)


def leaves(node: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the place of each value of a JSON document; of long lists, three of them."""
    if isinstance(node, dict):
        return [place for key, value in node.items() for place in leaves(value, (*path, key))]
    if isinstance(node, list):
        kept = sorted({0, len(node) // 2, len(node) - 1}) if node else []
        return [place for key in kept for place in leaves(node[key], (*path, key))]
    return [path]


def test_any_changed_value_of_run_json_is_found(copy: Path) -> None:
    text = (copy / "run.json").read_text(encoding="utf-8")
    unseen = []
    for place in leaves(json.loads(text)):
        document = json.loads(text)
        holder = document
        for key in place[:-1]:
            holder = holder[key]
        held = holder[place[-1]]
        holder[place[-1]] = "another" if held is None else another(held)
        (copy / "run.json").write_text(json.dumps(document), encoding="utf-8")
        if not is_caught(copy):
            unseen.append(place)
    assert not unseen


@pytest.mark.parametrize("part", ["state hash", "figure", "data of a plot", "table"])
def test_a_changed_report_is_found(part: str, copy: Path) -> None:
    facts = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    path = copy / "report.html"
    page = path.read_text(encoding="utf-8")
    start = page.index('id="data">')
    changed = {
        "state hash": page.replace(facts["state_hash"], "0" * 32),
        "figure": page.replace("fills and awards", "fills", 1),
        "data of a plot": page[:start] + page[start:].replace("0.", "1.", 1),
        "table": page.replace("<td>", "<td>1", 1),
    }[part]
    assert changed != page
    path.write_text(changed, encoding="utf-8")
    outcome = found(copy)
    assert outcome is not None
    (difference,) = outcome.differences
    assert difference.place.startswith("report.html line ")
    assert difference.expected != difference.got


@pytest.mark.parametrize("name", ["desk.toml", "quarantine.parquet", "signals.parquet"])
def test_a_changed_byte_of_what_only_a_digest_holds_is_found(name: str, copy: Path) -> None:
    content = bytearray((copy / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / name).write_bytes(content)
    assert is_caught(copy)


def test_a_changed_and_a_missing_journal_are_found(copy: Path) -> None:
    segment = min((copy / "journal").glob("segment-*"))
    content = bytearray(segment.read_bytes())
    segment.unlink()
    assert is_caught(copy)
    content[500_000] ^= 1
    segment.write_bytes(content)
    outcome = found(copy)
    assert outcome is not None
    assert "corrupt at byte" in str(outcome.differences[0].got)
