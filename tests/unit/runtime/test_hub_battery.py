"""A battery at the hub: the bound that is known, policies that know no future."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest

from wattbook.assets.foresight import StoreLimits
from wattbook.cli import main
from wattbook.errors import SourceError
from wattbook.runtime.hub_battery import LED_DAYS, HubDays, hub_days, leader, offer_power

BATTERY = StoreLimits.symmetric(1.0, 2.0, round_trip=0.85)


@pytest.mark.long
@pytest.mark.data
def test_the_command_reproduces_the_bound_and_beats_both_schedules(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["battery", "ercot", "--data", str(recorded_data), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    earned = found["earned_usd"]
    assert found["days"] == 513
    assert round(earned["real_time_apart"]) == 93_098
    assert earned["yesterday"] == pytest.approx(50_000, rel=0.02)
    assert earned["day_ahead_schedule"] == pytest.approx(67_000, rel=0.02)
    assert 67_000 < earned["leader"] < earned["real_time"]
    assert earned["yesterday"] < earned["offers"] < earned["real_time"]
    assert earned["two_settlement"] > earned["real_time"]
    assert len(found["share_of_leader_by_month"]) == 17
    rest = found["share_without_best"]
    assert rest["offers"] > rest["day_ahead_schedule"]


@pytest.mark.data
def test_what_is_offered_does_not_depend_on_what_comes_later(recorded_data: Path) -> None:
    hub = hub_days(recorded_data)
    number, instant = 150, 40
    before = offer_power(hub, BATTERY, number, reacts_late=False)
    other = hub.real_time.copy()
    shuffled = np.random.default_rng(7).permutation(other[number:].ravel()[instant:])
    later = other[number:].ravel()
    later[instant:] = shuffled
    other[number:] = later.reshape(other[number:].shape)
    day_ahead = hub.day_ahead.copy()
    day_ahead[number + 1 :] = day_ahead[number + 1 :][::-1]
    changed = offer_power(HubDays(hub.days, day_ahead, other), BATTERY, number, reacts_late=False)
    assert (before[:instant] == changed[:instant]).all()
    assert (before[instant:] != changed[instant:]).any()


def test_the_leader_of_the_days_before_runs_and_no_later_day_counts() -> None:
    one = np.concatenate([[1.0, -9.0, 5.0], np.zeros(LED_DAYS), [2.0, 3.0]])
    other = np.zeros(len(one))
    ran = leader(one, other)
    # On the third day the first two speak against it; their weight ends after the window.
    assert ran[:3].tolist() == [1.0, -9.0, 0.0]
    assert ran[LED_DAYS + 3 :].tolist() == [2.0, 3.0]
    assert (leader(one, other)[:50] == leader(np.append(one[:50], 1e9), np.zeros(51))[:50]).all()


@pytest.mark.data
def test_a_day_that_turns_the_clock_is_no_complete_day(recorded_data: Path) -> None:
    days = hub_days(recorded_data).days
    assert not {dt.date(2024, 3, 10), dt.date(2024, 11, 3), dt.date(2025, 3, 9)} & set(days)
    assert (days[0], days[-1]) == (dt.date(2024, 1, 1), dt.date(2025, 5, 30))


def test_a_folder_without_the_prices_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="ercot_hubavg"):
        hub_days(tmp_path)
