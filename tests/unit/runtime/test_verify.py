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


@pytest.mark.long
@pytest.mark.data
@pytest.mark.parametrize(("kind", "at_least"), [("dbn", 2500), ("fast", 30_000), ("sbe", 40)])
def test_recorded_messages_are_as_stated(recorded_data: Path, kind: str, at_least: int) -> None:
    outcome = verify(kind, recorded_data / kind)
    assert outcome.differences == ()
    assert outcome.passed >= at_least


TICK = '<template name="Tick" id="1"><uInt32 name="v"/><decimal name="p"/></template>'


def test_messages_are_held_against_a_list_beside_them(tmp_path: Path) -> None:
    (tmp_path / "x_templates.xml").write_text(TICK, encoding="utf-8")
    message = bytes([0xC0, 0x81, 0x85, 0xFE, 0x8C])
    (tmp_path / "x.dat").write_bytes(message * 2)
    stated = [{"template": "Tick", "fields": {"v": 5, "p": "0.12"}}] * 2
    (tmp_path / "x.json").write_text(json.dumps(stated), encoding="utf-8")
    assert verify("fast", tmp_path).is_good
    stated[1] = {"template": "Tick", "fields": {"v": 6, "p": 0.12, "w": 1}}
    (tmp_path / "x.json").write_text(json.dumps(stated), encoding="utf-8")
    assert [difference.sentence() for difference in verify("fast", tmp_path).differences] == [
        "x.dat[1].v: expected 6, got 5",
        "x.dat[1].w: expected 1, got None",
    ]
    (tmp_path / "x.dat").write_bytes(message + message[:-1])
    (difference, count) = verify("fast", tmp_path / "x.dat").differences
    assert difference.sentence().endswith("byte 4: the message ends inside a field")
    assert (count.expected, count.got) == (2, 1)


def test_a_damaged_record_is_a_difference(tmp_path: Path) -> None:
    (tmp_path / "x.dbn").write_bytes(bytes([4, 0x20]) + bytes(62))
    (difference,) = verify("dbn", tmp_path).differences
    assert "neither DBN" in str(difference.got)


@pytest.mark.data
def test_enumerations_may_be_stated_by_name_or_as_encoded(
    recorded_data: Path, tmp_path: Path
) -> None:
    for file in (recorded_data / "sbe" / "car").iterdir():
        (tmp_path / file.name).symlink_to(file)
    engine = {"numCylinders": 4, "booster": {"BoostType": "N", "horsePower": 200}}
    fields = {"available": True, "code": "A", "extras": 6, "discountedModel": "C"}
    stated = tmp_path / "car_example_baseline_data.json"
    stated.write_text(json.dumps([{"template": "Car", "fields": {**fields, "engine": engine}}]))
    differences = verify("sbe", tmp_path).differences
    places = {difference.place.rsplit("[0].")[-1] for difference in differences}
    # Only what is left out here, and has a value, differs.
    assert not places & {"available", "code", "extras", "discountedModel", "engine.numCylinders"}
    assert "engine.booster.BoostType" not in places
    assert {"serialNumber", "engine.capacity"} <= places
