"""Bids with reserves, a site and wear: what each day earns by part, and no more than foresight."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from wattbook.assets import StoreLimits
from wattbook.assets.battery_model import ReserveOffer, Site
from wattbook.assets.battery_plan import Wear, plan_battery
from wattbook.assets.reserves import ERCOT
from wattbook.cli import main
from wattbook.errors import InputError
from wattbook.runtime.hub_battery import HubDays
from wattbook.runtime.hub_planned import PlannedBattery, planned_earnings

BATTERY = StoreLimits.symmetric(1.0, 2.0, round_trip=0.85)


def hub(spread: float) -> HubDays:
    """Return four days around 40, real time as day-ahead but for some noise."""
    chance = np.random.default_rng(3)
    day_ahead = 40 + spread * chance.standard_normal((4, 24))
    noise = spread / 2 * chance.standard_normal((4, 96))
    days = tuple(dt.date(2030, 1, 7 + day) for day in range(4))
    return HubDays(days, day_ahead, np.repeat(day_ahead, 4, axis=1) + noise)


def offer(name: str, price: float, most: float = 1.0) -> ReserveOffer:
    """Return an offer at one price all day."""
    return ReserveOffer(ERCOT[name], np.full(24, price), most)


def test_room_that_costs_nothing_is_sold_as_reserve_all_day() -> None:
    battery = PlannedBattery(BATTERY, (offer("Reg-Down", 7.0),))
    found = planned_earnings(hub(0.0), battery)
    assert len(found.days) == 3
    assert found.parts["reserves"] == pytest.approx(np.full(3, 24 * 7.0))
    assert found.sold_mwh == {"Reg-Down": pytest.approx(72.0)}
    assert found.together == pytest.approx(3 * 24 * 7.0)


def test_no_day_earns_more_than_foresight_and_its_parts_are_the_plans_own() -> None:
    made = np.maximum(0.0, 0.5 - np.abs(np.arange(24) - 12) / 10)
    site = Site(import_mw=0.8, export_mw=1.1, import_fee=2.0, generation_mw=made)
    reserves = (offer("RRS", 4.0), offer("ECRS", 3.0, 0.4))
    battery = PlannedBattery(BATTERY, reserves, site, Wear(throughput_cost=3.0, cycles_per_day=1.5))
    found = planned_earnings(hub(15.0), battery, last=2)
    assert len(found.days) == 2
    assert (sum(found.parts.values()) <= found.bound + 1e-6).all()
    # The site alone can be run as well, so that foresight is above it.
    assert (found.alone <= found.bound + 1e-6).all()
    assert (found.parts["reserves"] > 0).all()
    for name in ("fee", "wear"):
        assert (found.parts[name] <= 1e-9).all()
    assert set(found.sold_mwh) == {"RRS", "ECRS"}


def test_what_is_sold_of_a_reserve_is_held_and_no_more() -> None:
    prices, reserves = 40 + 20 * np.sin(np.arange(24)), (offer("RRS", 4.0),)
    free = plan_battery(BATTERY, prices, hours=1.0, reserves=reserves)
    sold = {"RRS": np.floor(free.reserves_mw["RRS"] * 1e3) / 1e3}
    held = plan_battery(BATTERY, prices, hours=1.0, reserves=reserves, sold_reserves_mw=sold)
    np.testing.assert_allclose(held.reserves_mw["RRS"], sold["RRS"], atol=1e-9)
    assert held.value <= free.value + 1e-9
    assert held.value == pytest.approx(free.value, abs=24 * 4.0 * 1e-3)
    with pytest.raises(InputError, match=r"24 values of FCR are sold; .* reserves RRS"):
        plan_battery(
            BATTERY, prices, hours=1.0, reserves=reserves, sold_reserves_mw={"FCR": sold["RRS"]}
        )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--reserve", "RSR=6"], "'RSR' is no reserve of ERCOT; give one of Reg-Up,"),
        (["--reserve", "RRS=x"], "if you like, the most MW: RRS=8.5:0.5"),
        (["--reserve", "RRS=6:-1"], "if you like, the most MW: RRS=8.5:0.5"),
        (["--reserve", "RRS=/nonexistent.csv"], "--reserve /nonexistent.csv cannot be read"),
        (["--reserve", "RRS=6", "--reserve", "RRS=7"], "RRS stands twice"),
        (["--wear", "3", "--risk-weight", "0.2"], "leave --risk-weight out"),
        (["--wear", "3", "--policy", "all"], "--wear is planned by bids alone; add --policy stoch"),
        (["--generation", "/nonexistent"], "cannot be read"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    options: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["battery", "ercot", "--data", "/nonexistent", "--policy", "stochastic", *options]
    assert main(command) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hour,power\n", "line 1: no columns 'hour' and 'mw'"),
        ("hour,mw\n0,1\n0,1\n", "line 3: hour '0'; give each of 0 to 23 once"),
        ("hour,mw\n24,1\n", "line 2: hour '24'"),
        ("hour,mw\n0,-1\n", "line 2: mw is '-1'; give a number from zero"),
        ("hour,mw\n0\n", "line 2: mw is None; give"),
        ("hour,mw\n0,1\n", "hour 1 is missing"),
    ],
)
def test_generation_names_the_line_that_is_wrong(
    text: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "solar.csv"
    path.write_text(text, encoding="utf-8")
    command = ["battery", "ercot", "--data", "/nonexistent", "--policy", "stochastic"]
    assert main([*command, "--generation", str(path)]) == 2
    assert sentence in capsys.readouterr().err


def test_bids_with_a_reserve_run_on_recorded_days(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prices = tmp_path / "prices.csv"
    rows = [f"{hour},{6 if hour < 12 else -1}" for hour in range(24)]
    prices.write_text("\n".join(["hour,usd", *rows]) + "\n", encoding="utf-8")
    command = ["battery", "ercot", "--data", str(recorded_data), "--policy", "stochastic"]
    options = ["--reserve", f"RRS={prices}:0.5", "--wear", "5", "--last-days", "1", "--plain"]
    assert main([*command, *options]) in (0, 1)
    told = capsys.readouterr().out
    assert "reserves, sold before any price is known" in told
    assert "days with a past: 1, 2025-05-30" in told
