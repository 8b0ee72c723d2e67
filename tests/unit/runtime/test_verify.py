"""Known answers are recomputed, and a wrong one is found."""

import json
from pathlib import Path

import pytest

from wattbook.errors import VerifyError
from wattbook.runtime.verify import verify
from wattbook.runtime.verify.result import Tally


@pytest.mark.data
def test_the_recorded_stress_scenarios_follow_from_the_price_files(recorded_data: Path) -> None:
    outcome = verify("stress", recorded_data / "stress" / "historical_scenarios.json")
    assert (outcome.passed, outcome.failed) == (680, 0)


@pytest.mark.data
def test_a_wrong_level_is_found_with_expected_and_got(recorded_data: Path, tmp_path: Path) -> None:
    source = recorded_data / "stress" / "historical_scenarios.json"
    stated = json.loads(source.read_text(encoding="utf-8"))
    stated["scenarios"] = {
        "negative": {
            "from": "2020-04-17",
            "to": "2020-04-20",
            "moves": {"CL01": {"start": 18.27, "end": -37.0, "abs_move": -55.9, "rel_move": None}},
        }
    }
    stated["extremes"] = {}
    (tmp_path / "futures").symlink_to(recorded_data / "futures")
    (tmp_path / "stress").mkdir()
    path = tmp_path / "stress" / "mine.json"
    path.write_text(json.dumps(stated), encoding="utf-8")
    outcome = verify("stress", path)
    assert outcome.passed == 3
    (difference,) = outcome.differences
    assert difference.sentence() == "scenarios.negative.CL01.end: expected -37.0, got -37.63"
    assert not outcome.is_good


def test_an_unknown_kind_and_a_missing_path_are_named(tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match="'riks' is no kind"):
        verify("riks", tmp_path)
    with pytest.raises(VerifyError, match="is not there; give stress/historical_scenarios"):
        verify("stress", tmp_path / "nothing.json")
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    with pytest.raises(VerifyError, match="is no scenario file"):
        verify("stress", tmp_path / "x.json")


def test_nothing_checked_is_no_pass() -> None:
    assert not Tally().checked("stress", "x").is_good
