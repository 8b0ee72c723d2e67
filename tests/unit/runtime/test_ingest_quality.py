"""Completeness knows 23 and 25 hours, and every figure follows from the rows."""

from __future__ import annotations

import datetime as dt
import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.cli import main
from wattbook.runtime.ingest.coverage import day_edges, gaps, overlap_seconds, series
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.runtime.ingest.quality import masked, measure
from wattbook.runtime.ingest.quality_metrics import metrics_text
from wattbook.runtime.ingest.quality_page import quality_page
from wattbook.store.observations import Batch
from wattbook.store.quarantine import Part

HOUR = 3_600_000_000_000
QUARTER = HOUR // 4
BERLIN = "Europe/Berlin"


def local(day: str, zone: str = BERLIN) -> int:
    moment = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), ZoneInfo(zone))
    return int(moment.timestamp()) * 10**9


def frame(starts: list[int], length: int = HOUR, **given: Any) -> pl.DataFrame:
    made = {"dataset": "day_ahead_price", "location": "DE-LU", "unit": "EUR/MWh"} | given
    columns = {name: [value] * len(starts) for name, value in made.items() if name != "value"}
    values = given.get("value", 1.0)
    return pl.DataFrame(
        columns
        | {
            "delivery_start": starts,
            "delivery_end": [start + length for start in starts],
            "place": list(range(len(starts))),
            "value": values if isinstance(values, list) else [values] * len(starts),
        },
        schema_overrides={"delivery_start": pl.Int64, "delivery_end": pl.Int64},
    )


@pytest.fixture
def pipeline(tmp_path: Path) -> Pipeline:
    return Pipeline(tmp_path / "store", now=lambda: local("2025-04-02"))


def store(pipeline: Pipeline, rows: pl.DataFrame, source: str = "entsoe", ts_recv: int = 0) -> None:
    stamp = ts_recv or local("2025-04-01")
    pipeline.observations.append(
        Batch(source, "publication", f"{rows.hash_rows().sum()}", stamp, rows)
    )


@pytest.mark.parametrize(("first", "hours"), [("2025-03-30", 23), ("2024-10-27", 25)])
@pytest.mark.parametrize("length", [HOUR, QUARTER])
def test_a_day_of_the_clock_change_is_complete_with_23_or_25_hours(
    first: str, hours: int, length: int, pipeline: Pipeline
) -> None:
    day = dt.date.fromisoformat(first)
    end = local(str(day + dt.timedelta(days=1)))
    store(pipeline, frame(list(range(local(first), end, length)), length))
    (own,) = measure(pipeline, pipeline.now()).datasets
    (only,) = own.days
    assert (own.zone, only.date, only.hours, only.missing) == (BERLIN, day, hours, 0.0)
    assert only.expected == pytest.approx(hours * HOUR / length)
    assert own.completeness == 1.0


def test_a_gap_is_found_counted_and_put_on_its_day(pipeline: Pipeline) -> None:
    starts = list(range(local("2025-03-29"), local("2025-04-01"), HOUR))
    midnight = starts.index(local("2025-03-31"))
    del starts[midnight - 2 : midnight + 3]
    store(pipeline, frame(starts))
    found = measure(pipeline, pipeline.now())
    (own,) = found.datasets
    assert [(day.hours, round(day.missing, 6)) for day in own.days] == [(24, 0), (23, 2), (24, 3)]
    assert found.gaps.select("start", "end", "periods").rows() == [
        (local("2025-03-31") - 2 * HOUR, local("2025-03-31") + 3 * HOUR, 5)
    ]
    assert own.completeness == pytest.approx(1 - 5 / 71)


def test_hours_beside_quarter_hours_cover_each_other(pipeline: Pipeline) -> None:
    start = local("2025-03-31")
    whole = frame([start, start + HOUR])
    parts = frame([start + place * QUARTER for place in range(4, 12)], QUARTER)
    store(pipeline, pl.concat([whole, parts]))
    (own,) = measure(pipeline, pipeline.now()).datasets
    assert (own.rows, own.gaps, own.missing) == (10, 0, 0.0)


def test_rows_of_instants_have_no_completeness(pipeline: Pipeline) -> None:
    store(pipeline, frame([local("2025-03-31"), local("2025-03-31") + 7], 0))
    (own,) = measure(pipeline, pipeline.now()).datasets
    assert (own.rows, own.completeness, own.gaps) == (2, None, 0)


@given(
    bounds=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 200)), max_size=20),
    edges=st.lists(st.integers(-50, 700), min_size=2, max_size=8, unique=True).map(sorted),
)
def test_overlaps_agree_with_a_slow_sum(bounds: list[tuple[int, int]], edges: list[int]) -> None:
    starts = np.array([start for start, _ in bounds], np.int64) * 10**9
    ends = np.array([start + length for start, length in bounds], np.int64) * 10**9
    found = overlap_seconds(np.array(edges, np.int64) * 10**9, starts, ends)
    slow = [
        sum(max(0, min(high, start + length) - max(low, start)) for start, length in bounds)
        for low, high in pairwise(edges)
    ]
    assert found.tolist() == pytest.approx(slow)


@given(st.sets(st.integers(0, 60), min_size=1))
def test_gaps_and_rows_make_up_the_whole(hours: set[int]) -> None:
    starts = [place * HOUR for place in sorted(hours)]
    rows = frame(starts).with_columns(
        source=pl.lit("x"),
        counterpart=pl.lit(None, pl.String),
        item=pl.lit(None, pl.String),
    )
    known = series(rows)
    found = gaps(rows, known)
    span = max(hours) - min(hours) + 1
    assert found["periods"].sum() + len(hours) == span
    assert (known["rows"][0], known["resolution"][0]) == (len(hours), HOUR)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2037, 12, 30)), st.sampled_from([BERLIN, "UTC"]))
def test_days_follow_each_other_and_cover_the_span(day: dt.date, zone: str) -> None:
    first = local(str(day), zone)
    days, edges = day_edges(first, first + 49 * HOUR, zone)
    assert edges[0] == first
    assert edges[-2] < first + 49 * HOUR <= edges[-1]
    assert len(days) == len(edges) - 1
    assert set(np.diff(edges) // HOUR) <= {23, 24, 25}


def test_latency_counts_from_publication_to_reception(pipeline: Pipeline) -> None:
    starts = [local("2025-03-31") + place * HOUR for place in range(4)]
    recv = local("2025-03-30")
    events = [recv - seconds * 10**9 for seconds in (1, 2, 3, 400)]
    rows = frame(starts).with_columns(ts_event=pl.Series(events))
    store(pipeline, rows, ts_recv=recv)
    (own,) = measure(pipeline, pipeline.now()).datasets
    assert own.latency.rows == 4
    assert own.latency.quantiles == {0.5: 3.0, 0.9: 400.0, 0.99: 400.0, 1.0: 400.0}
    assert own.last_recv == recv


def test_sources_are_compared_where_both_have_a_value(pipeline: Pipeline) -> None:
    starts = [local("2025-03-31") + place * HOUR for place in range(3)]
    store(pipeline, frame(starts, value=[50.0, -5.0, None]))
    store(pipeline, frame(starts, value=[50.001, -7.5, 9.0]), source="nordpool")
    (own,) = measure(pipeline, pipeline.now()).disagreements
    assert (own.sources, own.compared, own.different) == (("entsoe", "nordpool"), 2, 1)
    assert own.difference_max == pytest.approx(2.5)
    assert own.values == {"entsoe": [50.0, -5.0, None], "nordpool": [50.001, -7.5, 9.0]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("value 'a' in line 3", "value 'b c' in line 17"),
        ("told -7.5 where 12 was told", "told 3 where -9,000.25 was told"),
        ("4,096 bytes at 2025-03-30T00:00Z", "17 bytes at 2024-01-01T01:15Z"),
    ],
)
def test_like_reasons_count_as_like(one: str, other: str) -> None:
    assert masked(one) == masked(other)


HOSTILE = '<script>alert("x")</script>'


def filled(pipeline: Pipeline) -> None:
    starts = list(range(local("2025-03-29"), local("2025-04-01"), HOUR))
    events = pl.Series("ts_event", [start - 12 * HOUR for start in starts])
    rows = frame(starts).with_columns(events).filter(pl.col("place") % 7 != 3)
    store(pipeline, rows.head(30), ts_recv=local("2025-03-30"))
    store(pipeline, rows.tail(-30))
    del starts[10:15]
    store(pipeline, frame(starts, value=2.0), source="nordpool")
    store(pipeline, frame(starts, dataset=HOSTILE, location=HOSTILE), source="other")
    pipeline.quarantine.hold(
        [
            Part(
                "entsoe",
                "publication",
                "ab",
                HOSTILE,
                "",
                1,
                f"line {line}",
                0,
                f"{HOSTILE} {line}",
            )
            for line in range(3)
        ],
        at=5,
    )


def test_metrics_are_what_prometheus_reads(pipeline: Pipeline) -> None:
    filled(pipeline)
    text = metrics_text(measure(pipeline, pipeline.now()))
    sample = re.compile(
        r'^wattbook_ingest_[a-z_]+(\{([a-z_]+="(\\.|[^"\\\n])*",?)+\})? -?[0-9.e+]+$'
    )
    lines = text.splitlines()
    assert [line for line in lines if not line.startswith("# ") and not sample.match(line)] == []
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names)) == 16
    assert 'wattbook_ingest_gaps{source="nordpool",dataset="day_ahead_price"} 1' in lines
    wanted = 'wattbook_ingest_quarantine_parts{source="entsoe",dataset="publication",state="held"'
    assert any(line.startswith(wanted) and line.endswith(" 3") for line in lines)


class Page(HTMLParser):
    """Checks that tags are balanced, and collects what the page loads and says."""

    VOID = frozenset({"meta", "br", "link", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.scripts = 0
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.scripts += tag == "script"
        for name, value in attrs:
            if name in ("src", "href") and not str(value).startswith("#"):
                self.loads.append(str(value))
            if name == "id":
                self.ids.append(str(value))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_report_stands_alone_and_shows_everything(pipeline: Pipeline) -> None:
    filled(pipeline)
    page = Page()
    html = quality_page(measure(pipeline, pipeline.now()), "1.2.3")
    page.feed(html)
    page.close()
    assert (page.open, page.loads, page.scripts) == ([], [], 2)
    assert HOSTILE not in html
    text = " ".join(page.text)
    for said in (
        "23 h",
        "Longest gaps, 12 of 12",
        "30 Mar 2025 00:00 · 29 Mar 23:00 UTC",
        "Europe/Berlin",
        "periods in dispute",
    ):
        assert said in text
    block = html.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    drawn = json.loads(block)
    assert {entry["id"] for entry in drawn} <= set(page.ids)
    assert {entry["id"].split("-")[0] for entry in drawn} == {
        "completeness",
        "latency",
        "disagreement",
    }
    for entry in drawn:
        assert all(len(line["values"]) == len(entry["t"]) for line in entry["lines"])


def test_an_empty_store_has_a_report_as_well(pipeline: Pipeline) -> None:
    found = measure(pipeline, pipeline.now())
    assert (found.datasets, found.disagreements, found.quarantine) == ([], [], [])
    assert "Data quality" in quality_page(found, "1")
    assert metrics_text(found) == ""


def test_the_command_prints_tables_and_writes_files(
    pipeline: Pipeline, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(pipeline)
    html, metrics = tmp_path / "out" / "q.html", tmp_path / "out" / "q.prom"
    command = ["ingest", "quality", "--store", str(pipeline.root), "--plain"]
    assert main([*command, "--html", str(html), "--metrics", str(metrics)]) == 0
    out = capsys.readouterr().out
    assert "Several sources on the same periods" in out
    assert re.search(r"nordpool +day_ahead_price +1 +66 +92\.95 % +5 +1", out)
    assert html.read_text().startswith("<!doctype html>")
    assert "# TYPE wattbook_ingest_rows gauge" in metrics.read_text()
    assert main([*command, "--json", "--source", "entsoe"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [own["source"] for own in document["datasets"]] == ["entsoe"]
