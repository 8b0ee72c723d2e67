"""FIX messages are compared field by field with the answers beside them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wattbook.errors import VerifyError
from wattbook.runtime.verify import verify

BODY = "35=X|262=MD1|268=2|279=0|269=0|270=-1.5|279=2|278=9|"
HEAD = f"8=FIX.4.4|9={len(BODY)}|{BODY}"
CHECK = sum(HEAD.replace("|", "\x01").encode()) & 255
FRAME = f"{HEAD}10={CHECK:03d}|"
FIELDS = [[262, "MD1"], [268, [[[279, 0], [269, "0"], [270, "-1.5"]], {"279": 2, "278": 9}]]]


def case(folder: Path, raw: str, answers: object) -> Path:
    (folder / "feed.fix").write_bytes(raw.encode())
    (folder / "feed.json").write_text(json.dumps(answers), encoding="utf-8")
    return folder


def test_groups_and_skipped_bytes_agree(tmp_path: Path) -> None:
    answers = [{"skipped": 0}, {"template": "X", "fields": FIELDS}]
    outcome = verify("fix", case(tmp_path, "noise" + FRAME, answers))
    assert outcome.is_good, outcome.differences


def test_a_wrong_value_is_found_with_expected_and_got(tmp_path: Path) -> None:
    fields = [[262, "MD2"], *FIELDS[1:]]
    outcome = verify("fix", case(tmp_path, FRAME, [{"template": "X", "fields": fields}]))
    (difference,) = outcome.differences
    assert difference.sentence() == "feed.fix[0] field 0: expected 262=MD2, got 262=MD1"


def test_a_missing_message_is_found(tmp_path: Path) -> None:
    answers = [{"template": "X", "fields": FIELDS}] * 2
    outcome = verify("fix", case(tmp_path, FRAME, answers))
    (difference,) = outcome.differences
    assert difference.sentence() == "feed.fix messages: expected 2, got 1"


def test_answers_in_another_form_are_named(tmp_path: Path) -> None:
    with pytest.raises(VerifyError, match="is no list of"):
        verify("fix", case(tmp_path, FRAME, 1))
    with pytest.raises(VerifyError, match=r"NAME\.fix with NAME\.json"):
        verify("fix", tmp_path / "feed.json")


@pytest.mark.long
@pytest.mark.data
def test_the_dictionaries_are_those_that_were_published(recorded_data: Path) -> None:
    outcome = verify("fix", recorded_data / "fix")
    assert (outcome.passed > 100_000, outcome.failed) == (True, 0), outcome.differences


@pytest.mark.data
def test_a_dictionary_that_differs_is_found(recorded_data: Path, tmp_path: Path) -> None:
    text = (recorded_data / "fix" / "FIX42.xml").read_text(encoding="utf-8")
    changed = text.replace(
        "<field number='44' name='Price' type='PRICE'", "<field number='44' name='Price' type='QTY'"
    )
    assert changed != text
    (tmp_path / "FIX42.xml").write_text(changed, encoding="utf-8")
    (difference,) = verify("fix", tmp_path).differences
    assert difference.sentence() == "FIX42.xml Price type: expected qty, got price"


@pytest.mark.data
def test_every_message_of_the_recorded_session_scripts_is_read(recorded_data: Path) -> None:
    outcome = verify("fix", recorded_data / "fix-acceptance")
    assert (outcome.passed > 300, outcome.failed) == (True, 0), outcome.differences
