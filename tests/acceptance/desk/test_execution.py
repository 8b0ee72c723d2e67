"""Parents, decisions and costs at an instant: those of the journal and of ``wattbook tca``."""

from __future__ import annotations

import pytest

from wattbook.runtime.folder import RunFolder
from wattbook.runtime.tca import costs_of_run, decisions_of_run
from wattbook.runtime.watch import Tape, cost_rows, decision_rows, parent_rows

MINUTE = 60 * 10**9


@pytest.fixture(scope="module")
def worked(worked_folder: RunFolder) -> Tape:
    return Tape.load(worked_folder)


def test_nothing_is_worked_before_the_first_parent(worked: Tape) -> None:
    before = int(worked.tables["parent_opened"]["ts_recv"][0]) - 1
    assert parent_rows(worked, before) == []
    assert decision_rows(worked, before) == []
    assert cost_rows(worked, worked.start)["note"]


def test_an_even_order_is_half_due_in_the_middle_of_its_time(worked: Tape) -> None:
    found = next(row for row in parent_rows(worked, worked.end) if row["algorithm"] == "twap")
    middle = (found["starts"] + found["ends"]) // 2
    row = next(one for one in parent_rows(worked, middle) if one["parent"] == found["parent"])
    assert row["due_share"] == pytest.approx(0.5)
    # Its band is 4 % ahead and 6 % late, and a child more.
    assert abs(row["filled_share"] - 0.5) < 0.15
    assert row["ended"] is None
    assert row["at"] == sorted(row["at"])
    assert row["at"][-1] <= middle
    assert row["filled_line"] == sorted(row["filled_line"])
    assert 0.0 < row["market_share"] < 1.0


def test_at_the_end_parents_are_what_the_journal_says(worked: Tape) -> None:
    rows = parent_rows(worked, worked.end)
    ended = {row["parent"]: row for row in worked.tables["parent_ended"].to_dicts()}
    assert len(rows) == len(ended) == 2
    for row in rows:
        client, number = (int(part) for part in row["parent"].split("-"))
        end = ended[client << 48 | number]
        assert row["filled"] == pytest.approx(end["filled"] / 1e6)
        assert row["ended"] == end["reason"]
    assert next(row for row in rows if row["algorithm"] == "sweep")["ends"] is None


def test_costs_and_decisions_of_the_whole_run_are_those_of_tca(
    worked: Tape, worked_folder: RunFolder
) -> None:
    costs = costs_of_run(worked_folder.path, (1.0, 10.0, 60.0))
    found = cost_rows(worked, worked.end)
    key = "against_arrival_currency"
    assert [row[key] for row in found["parents"]] == costs.parents[key].to_list()
    assert found["venues"] == costs.venues.to_dicts()
    said = [(row["order"], row["parent"], row["text"]) for row in decision_rows(worked, worked.end)]
    assert said[::-1] == [row[1:] for row in decisions_of_run(worked_folder.path)]
