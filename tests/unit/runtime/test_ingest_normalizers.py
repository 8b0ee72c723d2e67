"""What the stores' normalizers make of rows, by the tables and rules that ship."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from wattbook.runtime.ingest.normalizers import ByRules
from wattbook.sources.tabular import observations

HOUR = 3_600_000_000_000
NOON = 1_743_336_000_000_000_000


def prices(*values: float, **given: Any) -> pl.DataFrame:
    count = len(values)
    columns = {
        "dataset": "day_ahead_price",
        "location": "10Y1001A1001A82H",
        "delivery_start": [NOON + place * HOUR for place in range(count)],
        "delivery_end": [NOON + (place + 1) * HOUR for place in range(count)],
        "value": list(values),
        "unit": "EUR/MWh",
        "place": list(range(count)),
    }
    return observations(columns | given, count)


def test_rules_name_convert_and_refuse() -> None:
    found = ByRules().apply(prices(50.0, 9_999.0), source="entsoe", ts_recv=NOON)
    assert found.rows.select("location", "value").rows() == [("DE-LU", 50.0)]
    (refused,) = found.refused
    assert refused.reason.startswith("harmonised price limits of day-ahead coupling")
    assert refused.row.select("location", "value", "place").row(0) == (
        "10Y1001A1001A82H",
        9_999.0,
        1,
    )
    assert refused.row.schema == prices().schema


def test_refused_rows_are_read_back_at_once_and_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls = []
    read = pl.read_ndjson

    def counted(*arguments: Any, **options: Any) -> pl.DataFrame:
        calls.append(arguments)
        return read(*arguments, **options)

    monkeypatch.setattr(pl, "read_ndjson", counted)
    rows = prices(9_999.0, 50.0, *(10_000.0 + number for number in range(50)))
    found = ByRules().apply(rows, source="entsoe", ts_recv=NOON)
    assert len(calls) == 1
    assert len(found.refused) == 51
    assert pl.concat([part.row for part in found.refused]).equals(rows.filter(rows["value"] > 50))
    assert [part.place for part in found.refused] == [f"row {p}" for p in (0, *range(2, 52))]


def test_what_breaks_a_rule_can_be_vouched_for_and_what_has_no_name_cannot() -> None:
    rules = ByRules()
    found = rules.vouched(prices(9_999.0), source="entsoe", ts_recv=NOON)
    assert found.rows.select("location", "value").rows() == [("DE-LU", 9_999.0)]
    found = rules.vouched(prices(1.0, location="nowhere"), source="entsoe", ts_recv=NOON)
    assert found.rows.is_empty()
    assert "nowhere" in found.refused[0].reason


def test_what_was_told_before_is_counted_and_not_held() -> None:
    rules = ByRules()
    given = prices(50.0, ts_event=NOON - HOUR)
    assert rules.apply(given, source="entsoe", ts_recv=NOON).repeated == 0
    found = rules.apply(given, source="entsoe", ts_recv=NOON + 1)
    assert (found.rows.height, found.refused, found.repeated) == (0, [], 1)


def test_codes_of_a_source_of_ones_own_are_kept() -> None:
    found = ByRules(["own"]).apply(prices(1.0, location="north"), source="own", ts_recv=NOON)
    assert found.rows["location"].to_list() == ["SERIES:north"]
