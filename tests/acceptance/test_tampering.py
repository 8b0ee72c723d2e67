"""Whatever is changed in the folder of a finished run, `wattbook verify run` finds it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from wattbook.cli import main
from wattbook.errors import RunError
from wattbook.runtime.evidence import digests
from wattbook.runtime.folder import RunFolder
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


@pytest.mark.parametrize("name", SINGLE)
def test_a_deleted_file_is_found(name: str, copy: Path) -> None:
    (copy / name).unlink()
    assert is_caught(copy)


def test_every_deleted_table_is_found_by_its_name(copy: Path) -> None:
    for table in TABLES:
        (copy / "events" / f"{table}.parquet").unlink()
    outcome = found(copy)
    assert outcome is not None
    told = [(one.place, one.got) for one in outcome.differences]
    assert told == [(f"events/{table}.parquet", "no such file") for table in TABLES]


def change_a_value(path: Path) -> str:
    """Change one value of a table, in the middle of its first column that can; return its place."""
    frame = pl.read_parquet(path)
    row = frame.height // 2
    for name, kind in frame.schema.items():
        values = frame[name].to_list()
        values[row] = another(values[row])
        changed = frame.with_columns(pl.Series(name, values, dtype=kind, strict=False))
        if not changed.equals(frame):
            changed.write_parquet(path)
            return f"events/{path.name} row {row} {name}"
        # A value that is missing stays so; another column is changed.
    pytest.fail(f"no column of {path.name} could be changed")


def test_one_changed_value_of_any_table_is_found_with_its_place(copy: Path) -> None:
    places = [change_a_value(copy / "events" / f"{table}.parquet") for table in TABLES]
    outcome = found(copy)
    assert outcome is not None
    assert [one.place for one in outcome.differences] == places


RESHAPED: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "filled": lambda frame: pl.concat([frame, frame.tail(1)]),
    "order_accepted": lambda frame: frame.head(-1),
    "order_filled": lambda frame: frame.reverse(),
    "position_changed": lambda frame: frame.drop("volume"),
    "submit_order": lambda frame: frame.cast({"volume": pl.Float64}),
    "trade": lambda frame: frame.with_columns(pl.col("volume") * 2),
}
"""A row doubled, one missing, two swapped; a column missing, of another type, of other values."""


def test_every_reshaped_table_is_found(copy: Path) -> None:
    for table, change in RESHAPED.items():
        path = copy / "events" / f"{table}.parquet"
        change(pl.read_parquet(path)).write_parquet(path)
    outcome = found(copy)
    assert outcome is not None
    unseen = [
        table
        for table in RESHAPED
        if not any(one.place.startswith(f"events/{table}.") for one in outcome.differences)
    ]
    assert not unseen


def test_an_extra_table_is_found(copy: Path) -> None:
    source = copy / "events" / "filled.parquet"
    shutil.copy(source, copy / "events" / "invented.parquet")
    outcome = found(copy)
    assert outcome is not None
    assert [entry.place for entry in outcome.differences] == ["events/invented.parquet"]


def test_a_file_that_is_no_parquet_is_found(copy: Path) -> None:
    (copy / "events" / "trade.parquet").write_text("no table", encoding="utf-8")
    assert is_caught(copy)


Place = tuple[str | int, ...]


def leaves(node: object, path: Place = ()) -> list[Place]:
    """Return the place of each value of a JSON document; of lists, their middle one's."""
    if isinstance(node, dict):
        return [place for key, value in node.items() for place in leaves(value, (*path, key))]
    if isinstance(node, list):
        middle = len(node) // 2
        return leaves(node[middle], (*path, middle)) if node else []
    return [path]


def change(document: Any, place: Place) -> None:
    """Put another value at a place of a JSON document."""
    for key in place[:-1]:
        document = document[key]
    held = document[place[-1]]
    document[place[-1]] = "another" if held is None else another(held)


@pytest.mark.parametrize(
    ("part", "told"), [("figures", "run.json {}.{}"), ("sha256", "{} SHA-256")]
)
def test_each_changed_figure_and_digest_is_found_by_its_name(
    part: str, told: str, copy: Path
) -> None:
    document = json.loads((copy / "run.json").read_text(encoding="utf-8"))
    places = leaves({part: document[part]})
    for place in places:
        change(document, place)
    (copy / "run.json").write_text(json.dumps(document), encoding="utf-8")
    outcome = found(copy)
    assert outcome is not None
    found_places = {one.place for one in outcome.differences}
    # A figure that is one number has no second name.
    assert {told.format(*place[1:], "").rstrip(".") for place in places} <= found_places


def test_any_other_changed_value_of_run_json_is_found(copy: Path) -> None:
    text = (copy / "run.json").read_text(encoding="utf-8")
    stated, unseen = json.loads(text), []
    for place in leaves({key: stated[key] for key in stated if key not in ("figures", "sha256")}):
        document = json.loads(text)
        change(document, place)
        if place[0] in ("asked", "names"):
            # A digest holds these, which the test above finds.
            anew = digests(RunFolder(copy), document["asked"], document["names"])
            is_found = anew[f"run.json {place[0]}"] != stated["sha256"][f"run.json {place[0]}"]
        else:
            (copy / "run.json").write_text(json.dumps(document), encoding="utf-8")
            is_found = is_caught(copy)
        if not is_found:
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
