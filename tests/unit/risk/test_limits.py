"""Limits in a hierarchy: what is marked, what is refused, what a raise changes."""

import datetime as dt
import math
from pathlib import Path

import pytest

from wattbook.errors import InputError
from wattbook.risk.limits import Limit, LimitMeasure, Raise, Severity, check_limits, load_limits

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
FILE = """
[[limit]]
measure = "value_at_risk"
soft = 80
hard = 100
owner = "head of desk"

[[limit]]
level = "trader"
name = "Adams"
measure = "volume"
soft = 10
hard = 20
[limit.raised]
hard = 40
until = 2026-03-03T00:00:00Z
asked_by = "Adams"
approved_by = "Bauer"
reason = "outage"
"""


def limits(tmp_path: Path, text: str = FILE) -> tuple[Limit, ...]:
    path = tmp_path / "limits.toml"
    path.write_text(text, encoding="utf-8")
    return load_limits(path)


def measures(risk: float, volume: float) -> dict[tuple[str, str], dict[LimitMeasure, float]]:
    return {
        ("", ""): {LimitMeasure.VALUE_AT_RISK: risk},
        ("trader", "Adams"): {LimitMeasure.VOLUME: volume},
    }


def test_soft_marks_hard_refuses_and_what_reduces_goes_through(tmp_path: Path) -> None:
    given = limits(tmp_path)
    assert check_limits(given, measures(50, 5), measures(79, 9), NOW) == ()
    (soft,) = check_limits(given, measures(50, 5), measures(90, 5), NOW)
    assert soft.severity is Severity.SOFT
    assert not soft.refuses
    assert "tell head of desk" in soft.sentence()
    (hard,) = check_limits(given, measures(90, 5), measures(101, 5), NOW)
    assert hard.refuses
    (less,) = check_limits(given, measures(150, 5), measures(120, 5), NOW)
    assert less.severity is Severity.HARD
    assert not less.refuses
    (market,) = check_limits(given, measures(150, 5), measures(150, 5), NOW)
    assert not market.is_active


def test_a_raise_holds_until_its_end(tmp_path: Path) -> None:
    given = limits(tmp_path)
    (raised,) = check_limits(given, measures(0, 5), measures(0, -30), NOW)
    assert raised.severity is Severity.SOFT
    later = NOW + dt.timedelta(days=1)
    (ended,) = check_limits(given, measures(0, 5), measures(0, -30), later)
    assert ended.refuses
    assert ended.level == 20.0


def test_what_is_missing_is_never_taken_as_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="trader Adams: volume is None"):
        check_limits(limits(tmp_path), measures(1, 1), {("", ""): measures(1, 1)["", ""]}, NOW)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('approved_by = "Bauer"', 'approved_by = "Adams"', "another person than Adams"),
        ("soft = 80", "soft = 800", "above hard"),
        ('"value_at_risk"', '"luck"', "measure is 'luck'"),
        ("soft = 80", "soft = nan", "give numbers from 0"),
        ("until = 2026-03-03T00:00:00Z", "until = 2026-03-03", "give date, time and zone"),
        ("owner", "keeper", "keeper is not known"),
        ('reason = "outage"', "", "lacks reason"),
    ],
)
def test_a_wrong_limit_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        limits(tmp_path, FILE.replace(old, new))


def test_levels_and_raises_made_in_python_are_held_to_the_same() -> None:
    until = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
    volume = LimitMeasure.VOLUME
    for soft, hard in ((math.nan, math.nan), (2.0, 1.0), (-1.0, 1.0), (True, 2.0)):
        with pytest.raises(InputError, match="soft"):
            Limit("", "", volume, soft, hard)
    with pytest.raises(InputError, match="another person than Ana"):
        Raise(9.0, until, "Ana", " ana", "cold spell")
    with pytest.raises(InputError, match="raised to nan"):
        Raise(math.nan, until, "Ana", "Ben", "cold spell")
    with pytest.raises(InputError, match="date, time and zone"):
        Raise(9.0, until.replace(tzinfo=None), "Ana", "Ben", "cold spell")
