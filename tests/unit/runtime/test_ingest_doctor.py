"""The doctor reads every payload, and none can hide, hang or end it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from wattbook.cli import main
from wattbook.errors import SourceError
from wattbook.runtime.ingest.doctor import examine_folder, payload_files, totals
from wattbook.runtime.ingest.examine import Examined, Outcome
from wattbook.runtime.ingest.reading import OUT_OF_MEMORY
from wattbook.runtime.ingest.worker import Limits
from wattbook.sources.catalogue import datasets, recognise
from wattbook.sources.payload import Payload

ISLAND = '''
"""A source that does whatever its payload tells it to."""
import os, time
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined
from wattbook.sources.tabular import observations


def parse(payload):
    word = payload.content.decode().split()[0]
    if word == "raise":
        raise KeyError("no such column\\nsecond line")
    if word == "panic":
        raise BaseException("a panic")
    if word == "abort":
        os.abort()
    if word == "hang":
        time.sleep(3_600)
    if word == "eat":
        bytearray(1 << 40)
    if word == "grow":
        kept = [bytearray(1 << 24) for _ in range(1 << 16)]
    if word == "columns":
        return Parsed(observations({}, 1).drop("unit"))
    if word == "silent":
        return Parsed(observations({}, 0), quarantined=(Quarantined("line 1", 0, ""),))
    starts = [int(number) for number in payload.content.split()[1:]]
    parts = () if word == "rows" else (Quarantined("line 9", 77, "it is torn", b"x"),)
    columns = {
        "dataset": "load", "location": "X", "delivery_start": starts,
        "delivery_end": [start + 1 for start in starts], "value": 1.0, "unit": "MW",
        "place": list(range(len(starts))),
    }
    return Parsed(observations(columns, len(starts)), quarantined=parts)


def recognises(payload):
    return payload.name.endswith(".w")


DATASETS = (Dataset("hostile", "words", "made for tests", recognises, parse),)
'''


@pytest.fixture
def island(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of a module that is a source; its process finds it as this one does."""
    package = tmp_path / "modules" / "doctored"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "hostile.py").write_text(ISLAND)
    monkeypatch.syspath_prepend(package.parent)
    return "doctored.hostile"


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def examined(inbox: Path, island: str, limits: Limits | None = None) -> dict[str, Examined]:
    files = payload_files(inbox)
    return {entry.name: entry for entry in examine_folder(inbox, files, [island], limits)}


@pytest.mark.long
def test_one_payload_that_ends_its_reader_stops_no_other(inbox: Path, island: str) -> None:
    words = ["rows 1 2", "raise", "panic", "abort", "columns", "silent", "torn 5", "torn", "rows"]
    for number, text in enumerate(words):
        (inbox / f"{number}.w").write_text(text)
    (inbox / "README.md").write_text("about")
    (inbox / "z.bin").write_bytes(b"\0\1")
    found = examined(inbox, island)
    assert [found[name].outcome.value for name in sorted(found)] == [
        "parsed",
        "raised",
        "raised",
        "raised",
        "raised",
        "raised",
        "parsed",
        "quarantined",
        "quarantined",
        "documentation",
        "unrecognised",
    ]
    assert found["0.w"].rows == {"observations": 2}
    assert found["1.w"].reason == "its reader raised KeyError: 'no such column\\nsecond line'"
    assert "in parse" in found["1.w"].trace
    assert "exit code -6" in found["3.w"].reason
    assert (found["3.w"].source, found["3.w"].dataset) == ("hostile", "words")
    assert "OBSERVATION_COLUMNS" in found["4.w"].reason
    assert "without saying" in found["5.w"].reason
    assert [(part.place, part.offset) for part in found["7.w"].faults] == [("line 9", 77)]
    assert found["8.w"].reason == "it holds no row"
    counts = totals(list(found.values()))
    assert (counts["rows"], counts["parts_quarantined"], counts["files"]) == (3, 4, 11)


@pytest.mark.long
def test_a_reader_that_hangs_is_ended_and_the_next_payload_read(inbox: Path, island: str) -> None:
    (inbox / "a.w").write_text("hang")
    (inbox / "b.w").write_text("rows 1")
    found = examined(inbox, island, Limits(seconds=2.0))
    assert found["a.w"].reason == "its reader took longer than 2 s"
    assert found["b.w"].outcome is Outcome.PARSED


@pytest.mark.long
def test_a_reader_that_eats_memory_is_stopped_and_the_next_payload_read(
    inbox: Path, island: str
) -> None:
    (inbox / "a.w").write_text("eat")
    (inbox / "b.w").write_text("grow")
    (inbox / "c.w").write_text("rows 1")
    found = examined(inbox, island, Limits(memory_mb=256))
    assert [found[name].outcome.value for name in ("a.w", "b.w", "c.w")] == [
        "raised",
        "raised",
        "parsed",
    ]
    for name in ("a.w", "b.w"):
        assert found[name].reason == OUT_OF_MEMORY
        assert found[name].source == "hostile"


@pytest.mark.long
@pytest.mark.parametrize(
    ("texts", "status"),
    [(["rows 1", "torn"], 0), (["rows 1", "raise"], 1), ([], 0)],
)
def test_the_exit_status_tells_bugs_from_bad_data(
    texts: list[str], status: int, inbox: Path, island: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, text in enumerate(texts):
        (inbox / f"{number}.w").write_text(text)
    assert main(["ingest", "doctor", str(inbox), "--island", island, "--json"]) == status
    document = json.loads(capsys.readouterr().out)
    assert document["is_good"] is (status == 0)
    assert len(document["files"]) == len(texts)


def test_the_table_names_file_source_rows_and_reason(
    inbox: Path, island: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (inbox / "day.w").write_text("torn 1 2 3")
    (inbox / "what.bin").write_bytes(b"?")
    assert main(["ingest", "doctor", str(inbox), "--island", island, "--plain"]) == 1
    out = capsys.readouterr().out
    row = next(line for line in out.splitlines() if line.startswith("  day.w"))
    for cell in ("parsed", "hostile", "words", "3 observations", "line 9: it is torn"):
        assert cell in row
    assert "1 parsed, 0 quarantined, 1 unrecognised" in out


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere is not there; give a file or a folder"):
        payload_files(tmp_path / "nowhere")


def test_a_dataset_of_ones_own_is_asked_first(island: str) -> None:
    (dataset,) = datasets(island)
    assert recognise(Payload("x.w", b""), [island]) == dataset
    assert recognise(Payload("x.no such thing", b"\0"), [island]) is None


@pytest.mark.long
@pytest.mark.data
def test_no_recorded_payload_raises(recorded_data: Path) -> None:
    folder = recorded_data / "sources"
    found: Iterator[Examined] = examine_folder(folder, payload_files(folder))
    raised = {entry.name: entry.reason for entry in found if entry.outcome is Outcome.RAISED}
    assert raised == {}
