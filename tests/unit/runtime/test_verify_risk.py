"""Known answers of pricing and risk: those of the data folder, and what counts as wrong."""

import json
from pathlib import Path

import pytest

from wattbook.errors import VerifyError
from wattbook.runtime.verify.risk import FAMILIES, verify_risk


@pytest.mark.parametrize(
    "name",
    [
        "options_european",
        "options_american",
        "options_asian",
        "options_spread_basket",
        "ore_commodity",
        "risk_measures",
        "backtests",
        "margin",
        "isda_simm",
        "assets",
    ],
)
def test_every_known_family_of_the_data_folder_passes(recorded_data: Path, name: str) -> None:
    checked = verify_risk(recorded_data / "risk" / f"{name}.json")
    assert checked.passed > 0
    wrong = [
        entry.sentence()
        for entry in checked.differences
        if entry.got != "a family that is not known"
    ]
    assert wrong == []


def cases(tmp_path: Path, family: str, case: dict[str, object]) -> Path:
    path = tmp_path / "cases.json"
    path.write_text(json.dumps({"families": {family: [case]}}), encoding="utf-8")
    return path


INPUTS = {"type": "call", "strike": 100.0, "forward": 90.0, "r": 0.1, "t": 0.1, "vol": 0.25}


def test_a_wrong_answer_and_an_unknown_family_fail(tmp_path: Path) -> None:
    right = {"inputs": INPUTS, "expected": 0.315, "tol": 1e-4}
    assert verify_risk(cases(tmp_path, "black76_futures", right)).is_good
    for family, change in (
        ("black76_futures", {"expected": 0.3153}),
        ("black76_futures", {"inputs": {**INPUTS, "forward": -90.0}}),
        ("black76_futures", {"inputs": {}}),
        ("black77_futures", {}),
    ):
        checked = verify_risk(cases(tmp_path, family, {**right, **change}))
        assert (checked.passed, checked.failed) == (0, 1)


def test_a_map_is_compared_key_by_key(tmp_path: Path) -> None:
    inputs = {"pnl": [-5.0, 3.0, -2.0, 1.0], "confidence": 0.75}
    case = {"inputs": inputs, "expected": {"inverted_cdf": 2.0, "other": 1.0}, "tol": 1e-9}
    checked = verify_risk(cases(tmp_path, "historical_var_es", case))
    assert checked.passed == 1
    assert [entry.place for entry in checked.differences] == [
        "cases.json historical_var_es[0].other"
    ]


@pytest.mark.parametrize("text", ["", "[]", '{"families": {"x": [{}]}}', '{"families": 3}'])
def test_a_file_without_cases_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cases.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(VerifyError, match="give a file of cases"):
        verify_risk(path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match=r"no \.json file"):
        verify_risk(tmp_path)
    assert len(FAMILIES) > 0
