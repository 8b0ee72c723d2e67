"""The store says what is known and what was known, and no crash or repetition changes that."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import InputError, StoreError
from wattbook.sources.payload import OBSERVATION_COLUMNS
from wattbook.store.observations import ROW_COLUMNS, Batch, ObservationStore, Span

HOUR = 3_600_000_000_000
SHOWN = ("location", "delivery_start", "delivery_end", "value", "ts_event", "revision")


def frame(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Return rows as a normalizer gives them."""
    whole = [
        {"dataset": "price", "counterpart": None, "item": None, "unit": "EUR/MWh", "place": place}
        | row
        for place, row in enumerate(rows)
    ]
    schema = {name: getattr(pl, kind)() for name, kind in OBSERVATION_COLUMNS.items()}
    return pl.DataFrame(whole, schema=schema)


def row(start: int, value: float | None, **further: Any) -> dict[str, Any]:
    made = {"location": "FR", "delivery_start": start, "delivery_end": start + HOUR, "value": value}
    return made | {"ts_event": None, "revision": None} | further


def batch(payload: str, ts_recv: int, *rows: dict[str, Any], **tables: pl.DataFrame) -> Batch:
    return Batch("made", "prices", payload, ts_recv, frame(list(rows)), tables)


def shown(found: pl.DataFrame) -> list[tuple[Any, ...]]:
    return found.select(SHOWN).rows()


def test_it_stores_every_column_of_a_source() -> None:
    # The payload is kept, and place tells the row in it; the byte serves quarantine alone.
    wanted = {name: kind for name, kind in OBSERVATION_COLUMNS.items() if name != "offset"}
    assert {name: str(kind) for name, kind in ROW_COLUMNS.items()}.items() >= wanted.items()


def test_a_correction_counts_from_when_it_was_known(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    store.append(batch("a", 100, row(0, 50.0, ts_event=90)))
    store.append(batch("b", 200, row(0, -5.0, ts_event=190)))
    values = [store.as_known(at)["value"].to_list() for at in (99, 100, 199, 200, None)]
    assert values == [[], [50.0], [50.0], [-5.0], [-5.0]]
    assert store.versions().collect().height == 2


def test_a_lower_revision_that_was_published_later_counts(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    store.append(batch("a", 100, row(0, 1.0, ts_event=90, revision=7)))
    store.append(batch("b", 200, row(0, 2.0, ts_event=190, revision=3)))
    assert store.as_known()["value"].to_list() == [2.0]
    store.append(batch("c", 300, row(0, 3.0, ts_event=190, revision=2)))
    assert store.as_known()["value"].to_list() == [2.0]


def test_an_old_publication_that_arrives_late_does_not_count(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    store.append(batch("new", 100, row(0, 2.0, ts_event=95)))
    store.append(batch("old", 200, row(0, 1.0, ts_event=15)))
    assert store.as_known()["value"].to_list() == [2.0]


def test_a_missing_value_is_a_version_as_well(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    store.append(batch("a", 100, row(0, 1.0)))
    store.append(batch("b", 200, row(0, None)))
    assert store.as_known()["value"].to_list() == [None]


def test_the_same_payload_twice_changes_nothing(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    first = store.append(batch("a", 100, row(0, 1.0), row(HOUR, 2.0)))
    files = sorted(tmp_path.rglob("*.parquet"))
    again = store.append(batch("a", 100, row(0, 1.0), row(HOUR, 2.0)))
    assert (first.rows, first.is_new, again.rows, again.is_new) == (2, True, 0, False)
    assert sorted(tmp_path.rglob("*.parquet")) == files


def test_a_payload_read_again_replaces_its_rows_and_forgets_none(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    store.append(batch("a", 100, row(0, 1.0), row(HOUR, 2.0)))
    store.append(batch("b", 50, row(HOUR, 9.0)))
    # The better reader sees that the second row was never there.
    assert store.correct(batch("a", 100, row(0, 1.5)), ts_known=500).is_new
    assert store.as_known(499)["value"].to_list() == [1.0, 2.0]
    assert store.as_known(500)["value"].to_list() == [1.5, 9.0]
    assert not store.correct(batch("a", 100, row(0, 1.5)), ts_known=600).is_new
    assert store.correct(batch("a", 100), ts_known=700).is_new
    assert store.as_known()["value"].to_list() == [9.0]


def test_a_payload_read_again_does_not_overrule_a_later_one(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    store.append(batch("a", 100, row(0, 1.0)))
    store.append(batch("b", 200, row(0, 2.0)))
    store.correct(batch("a", 100, row(0, 1.5)), ts_known=500)
    assert store.as_known()["value"].to_list() == [2.0]


def test_tables_are_kept_with_their_provenance_message_by_message(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    outage = pl.DataFrame({"mrid": ["x", "x"], "revision": [4, 4], "mw": [1.0, 2.0]})
    store.append(batch("a", 100, outage=outage))
    store.append(batch("b", 200, outage=outage.head(1).with_columns(note=pl.lit("late"))))
    assert store.table("outage").select("mw", "note", "ts_known").rows() == [
        (1.0, None, 100),
        (2.0, None, 100),
        (1.0, "late", 200),
    ]
    assert store.table("outage", at=150).height == 2
    assert store.kinds() == ["outage"]
    store.correct(batch("a", 100, outage=outage.tail(1)), ts_known=300)
    assert store.table("outage")["mw"].to_list() == [1.0, 2.0]


def test_as_of_gives_what_is_in_force(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    quarter = HOUR // 4
    store.append(
        batch(
            "a",
            100,
            row(0, 1.0),
            row(HOUR, 2.0),
            row(HOUR, 2.5, delivery_end=HOUR + quarter),
            row(5 * HOUR, 7.0, delivery_end=5 * HOUR, location="meter"),
        )
    )
    in_force = {
        at: dict(store.as_of(at).select("location", "value").rows())
        for at in (-1, 0, HOUR - 1, HOUR, HOUR + quarter, 2 * HOUR, 9 * HOUR)
    }
    assert in_force == {
        -1: {},
        0: {"FR": 1.0},
        HOUR - 1: {"FR": 1.0},
        HOUR: {"FR": 2.5},
        HOUR + quarter: {"FR": 2.0},
        2 * HOUR: {},
        9 * HOUR: {"meter": 7.0},
    }


def test_what_a_normalizer_adds_comes_back_beside_rows_that_lack_it(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    store.append(batch("a", 100, row(0, 1.0)))
    flagged = frame([row(HOUR, 2.0)]).with_columns(flag=pl.lit("filled"))
    store.append(Batch("made", "prices", "b", 200, flagged))
    assert store.as_known()["flag"].to_list() == [None, "filled"]
    assert store.compact(files_min=2) == 2
    assert store.as_known()["flag"].to_list() == [None, "filled"]


def test_a_long_period_is_found_from_its_middle(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    year = 365 * 24 * HOUR
    store.append(batch("a", 100, row(0, 80.0, delivery_end=year), row(2 * year, 90.0)))
    middle = Span(start=year // 2, end=year // 2 + HOUR)
    assert store.as_known(span=middle)["value"].to_list() == [80.0]
    assert store.as_known(span=Span(location="DE")).is_empty()


def test_a_row_without_a_period_is_refused(tmp_path: Path) -> None:
    store = ObservationStore(tmp_path)
    with pytest.raises(InputError, match="1 rows of made a have no dataset, or no delivery period"):
        store.append(batch("a", 100, row(HOUR, 1.0, delivery_end=0)))


def test_a_catalogue_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "catalogue.sqlite").write_bytes(b"no database, but long enough to be looked at" * 9)
    with pytest.raises(StoreError, match=r"catalogue.sqlite cannot be used"):
        ObservationStore(tmp_path)


# --- against a slow, obvious model ----------------------------------------------------------------

ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "location": st.sampled_from(["A", "B", None]),
            "delivery_start": st.sampled_from([0, HOUR, 800 * HOUR]),
            "length": st.sampled_from([0, HOUR]),
            "value": st.one_of(st.none(), st.integers(-3, 3).map(float)),
            "ts_event": st.one_of(st.none(), st.integers(0, 6)),
            "revision": st.one_of(st.none(), st.integers(0, 3)),
        }
    ),
    max_size=4,
)
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["append", "append", "correct", "compact", "sweep"]),
        st.sampled_from(["a", "b", "c"]),
        st.integers(0, 6),
        ROWS,
        st.integers(0, 8),
    ),
    max_size=9,
)


@dataclass
class Model:
    """All versions in a list; every answer looks at all of them."""

    versions: list[tuple[int, tuple[str, int], int, int, dict[str, Any]]] = field(
        default_factory=list
    )
    replaced: list[tuple[tuple[str, int], int, int]] = field(default_factory=list)
    seen: set[tuple[str, int]] = field(default_factory=set)
    number: int = 0

    def live(self, at: float) -> list[tuple[int, tuple[str, int], int, int, dict[str, Any]]]:
        return [
            version
            for version in self.versions
            if version[2] <= at
            and not any(
                version[1] == identity and version[0] < number and known <= at
                for identity, number, known in self.replaced
            )
        ]

    def add(self, identity: tuple[str, int], known: int, rows: list[dict[str, Any]]) -> int:
        number = 1 + max(
            [version[0] for version in self.versions] + [r[1] for r in self.replaced], default=0
        )
        self.versions += [(number, identity, known, place, row) for place, row in enumerate(rows)]
        self.seen.add(identity)
        return number

    def correct(self, identity: tuple[str, int], known: int, rows: list[dict[str, Any]]) -> None:
        held = [version[4] for version in self.live(float("inf")) if version[1] == identity]
        was_seen = identity in self.seen
        if was_seen and held == rows:
            return
        number = self.add(identity, known, rows)
        if was_seen:
            self.replaced.append((identity, number, known))

    def as_known(self, at: float) -> list[tuple[Any, ...]]:
        best: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for number, identity, known, place, row in self.live(at):
            key = (row["location"], row["delivery_start"], row["delivery_end"])
            event = identity[1] if row["ts_event"] is None else row["ts_event"]
            revision = -1 if row["revision"] is None else row["revision"]
            rank = (event, revision, known, number, place)
            if key not in best or best[key][0] < rank:
                best[key] = (rank, tuple(row[name] for name in SHOWN))
        return [entry[1] for entry in best.values()]


def sortable(rows: list[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    return sorted(tuple(map(str, row)) for row in rows)


@pytest.mark.long
@settings(max_examples=40)
@given(actions=ACTIONS)
def test_it_agrees_with_a_model_that_keeps_everything(actions: Any) -> None:
    model = Model()
    with tempfile.TemporaryDirectory() as folder:
        store = ObservationStore(Path(folder))
        for act, payload, ts_recv, raw, known in actions:
            rows = [
                {name: value for name, value in entry.items() if name != "length"}
                | {"delivery_end": entry["delivery_start"] + entry["length"]}
                for entry in raw
            ]
            made = batch(payload, ts_recv, *rows)
            if act == "append":
                appended = store.append(made)
                assert appended.is_new is ((payload, ts_recv) not in model.seen)
                if appended.is_new:
                    model.add((payload, ts_recv), ts_recv, rows)
            elif act == "correct":
                store.correct(made, known)
                model.correct((payload, ts_recv), known, rows)
            elif act == "compact":
                store.compact(files_min=2)
            else:
                store.sweep()
        for at in (-1, 0, 2, 4, 6, 8):
            assert sortable(shown(store.as_known(at))) == sortable(model.as_known(at))
        assert sortable(shown(store.as_known())) == sortable(model.as_known(float("inf")))


# --- killed ---------------------------------------------------------------------------------------

PROGRAM = """
import os, signal, sqlite3, sys
from pathlib import Path
import polars as pl
from wattbook.store.observations import Batch, ObservationStore

folder, fatal = Path(sys.argv[1]), int(sys.argv[2])
steps = 0

def step(*_):
    global steps
    steps += 1
    if steps == fatal:
        os.kill(os.getpid(), signal.SIGKILL)

# Before and after everything that reaches the disk.
WRITES = ("os.rename", "sqlite3.connect", "open")
sys.addaudithook(lambda name, _: step() if name in WRITES and armed else None)
armed = False
store = ObservationStore(folder)
armed = True
HOUR = 3_600_000_000_000
for number in range(3):
    starts = [0, HOUR, 800 * HOUR]
    rows = pl.DataFrame({"dataset": ["price"] * 3, "location": ["FR"] * 3, "delivery_start": starts,
        "delivery_end": [start + HOUR for start in starts], "value": [float(number)] * 3,
        "unit": ["EUR/MWh"] * 3})
    news = pl.DataFrame({"head": [str(number)]})
    store.append(Batch("made", "prices", f"p{number}", 100 + number, rows, {"news": news}))
    if number == 1:
        store.compact(files_min=2)
armed = False
print(steps)
"""


def run_program(folder: Path, fatal: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), str(fatal)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.long
def test_killed_between_any_writes_a_payload_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    sound = run_program(tmp_path / "sound", -1)
    assert sound.returncode == 0, sound.stderr
    steps = int(sound.stdout)
    for fatal in range(2, steps, max(1, steps // 9)):
        folder = tmp_path / str(fatal)
        assert run_program(folder, fatal).returncode == -signal.SIGKILL
        store = ObservationStore(folder)
        known = store.as_known()["value"].to_list()
        news = store.table("news")["head"].to_list() if "news" in store.kinds() else []
        # All three rows and the table's row of the last payload, or none of them.
        assert known == ([float(len(news) - 1)] * 3 if news else [])
        assert news == [str(number) for number in range(len(news))]
        store.compact(files_min=2)
        store.sweep()
        counting = {
            part.path for kind in ("observations", "news") for part in store.catalogue.parts(kind)
        }
        there = {str(path.relative_to(folder)) for path in folder.rglob("*.parquet*")}
        assert there == counting
    assert run_program(folder, -1).returncode == 0
    assert ObservationStore(folder).as_known()["value"].to_list() == [2.0] * 3
