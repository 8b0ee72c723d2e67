"""Bid files by command, and a dispatch against a linear programme that shares nothing with it."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest

from wattbook.cli import main

EXAMPLES = Path(__file__).parents[3] / "examples"
DISPATCH = EXAMPLES / "nem_dispatch.toml"


def told(capsys: pytest.CaptureFixture[str], status: int, *arguments: str) -> dict[str, Any]:
    """Run a command below ``wattbook nem`` and return what it printed as JSON."""
    assert main(["nem", *arguments, "--json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.long
@pytest.mark.data
def test_a_battery_offers_checks_and_rebids_by_command(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bids, half, rebid = (str(tmp_path / name) for name in ("bids.csv", "half.csv", "rebid.csv"))
    terms = ("offer", "--data", str(recorded_data), "--day", "2026-04-30")
    first = told(capsys, 0, *terms, "--out", bids)
    assert first["rows"] == 14 * 289
    energy = [one for one in first["offers"] if one["bid_type"] == "ENERGY"]
    for one in first["offers"]:
        assert one["prices"] == sorted(set(one["prices"]))
        assert len(one["prices"]) == 10
    assert all(sum(volume > 0 for volume in one["mwh_by_band"]) > 4 for one in energy)
    assert told(capsys, 0, "check", bids)["written_back"] == first["rows"]
    told(capsys, 0, *terms, "--power", "50", "--bands", bids, "--out", half)
    moved = ("--at", "2026-04-30 14:07", "--reason", "1407 inverter trip", "--out", rebid)
    second = told(capsys, 0, "rebid", bids, half, *moved)
    for before, after in zip(first["offers"], second["offers"], strict=True):
        assert (before["prices"], after["version"]) == (after["prices"], 2)
    told(capsys, 0, "check", rebid)
    other = str(tmp_path / "other.csv")
    told(capsys, 0, *terms, "--forecast-day", "2026-04-29", "--region", "SA1", "--out", other)
    assert main(["nem", "rebid", bids, other, *moved]) == 2
    assert "prices of a day stand" in capsys.readouterr().err


@pytest.mark.data
def test_recorded_tables_are_written_back_and_their_cut_days_are_named(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = sorted(str(file) for file in (recorded_data / "sources/aemo").glob("*ARCHIVE*BID*_D*"))
    found = told(capsys, 1, "check", *files)
    assert (found["rows"], found["offers"]) == (11_560, 32)
    assert (found["written_back"], found["written_otherwise"]) == (32 * 289, 0)
    assert len(found["bad"]) == 16


def rows_of_example() -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return prices and interval of each offer, read without the code under test."""
    days: dict[Any, Any] = {}
    periods: dict[Any, Any] = {}
    names: list[str] = []
    with (EXAMPLES / "assets" / "nem_offers.csv").open(newline="") as file:
        for row in csv.reader(file):
            if row[0] == "I":
                names = row
            elif row[0] == "D":
                values = dict(zip(names, row, strict=True))
                key = (values["DUID"], values["BIDTYPE"], values["DIRECTION"])
                (days if row[2] == "BIDDAYOFFER_D" else periods)[key] = values
    return days, periods


def least_cost(text: str) -> float:
    """Return the least cost of a dispatch file by a programme of bands, row by row.

    A trapezium is written as the two lines through its corners, each over the point that the unit
    would reach if all that shares its power were given.
    """
    said = tomllib.loads(text)
    days, periods = rows_of_example()
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    endless, none = highspy.kHighsInf, (0, np.empty(0, np.int32), np.empty(0))
    count = 0

    def variable(cost: float, low: float, high: float) -> int:
        nonlocal count
        solver.addCol(cost, low, high, *none)
        count += 1
        return count - 1

    def row(low: float, terms: dict[int, float], high: float) -> None:
        solver.addRow(low, high, len(terms), np.array(list(terms)), np.array(list(terms.values())))

    taken: dict[Any, list[int]] = {}
    for key, interval in periods.items():
        sign = -1.0 if key[1:] == ("ENERGY", "LOAD") else 1.0
        taken[key] = [
            variable(
                sign * float(days[key][f"PRICEBAND{band}"]),
                0.0,
                float(interval[f"BANDAVAIL{band}"]),
            )
            for band in range(1, 11)
        ]
        row(-endless, dict.fromkeys(taken[key], 1.0), float(interval["MAXAVAIL"]))
    units = {unit["name"]: unit for unit in said["unit"]}
    balance: dict[str, dict[int, float]] = {region["name"]: {} for region in said["region"]}

    def of(unit: str, kind: str, way: str, weight: float) -> dict[int, float]:
        return dict.fromkeys(taken.get((unit, kind, way), []), weight)

    for name, unit in units.items():
        gen, load = of(name, "ENERGY", "GEN", 1.0), of(name, "ENERGY", "LOAD", -1.0)
        net = gen | load
        balance[unit["region"]] |= net
        ways = ("GEN", "LOAD", "BIDIRECTIONAL")
        raising = {at: 1.0 for way in ways for at in of(name, "RAISEREG", way, 1.0)}
        lowering = {at: -1.0 for way in ways for at in of(name, "LOWERREG", way, 1.0)}
        ramp = periods[name, "ENERGY", "GEN"]
        row(-endless, net | raising, unit["initial_mw"] + 5 * float(ramp["ROCUP"]))
        row(unit["initial_mw"] - 5 * float(ramp["ROCDOWN"]), net | lowering, endless)
        for (duid, kind, way), interval in periods.items():
            if duid != name or kind == "ENERGY":
                continue
            low, left, right, high, most = (
                float(interval[column])
                for column in (
                    "ENABLEMENTMIN",
                    "LOWBREAKPOINT",
                    "HIGHBREAKPOINT",
                    "ENABLEMENTMAX",
                    "MAXAVAIL",
                )
            )
            shares = not kind.endswith("REG")
            above = net | (raising if shares else {}) | of(name, kind, way, (high - right) / most)
            below = net | (lowering if shares else {}) | of(name, kind, way, (low - left) / most)
            row(-endless, above, high)
            row(low, below, endless)
    for link in said["interconnector"]:
        there = variable(0.0, 0.0, max(link["flow_max_mw"], 0.0))
        back = variable(0.0, 0.0, max(-link["flow_min_mw"], 0.0))
        kept = 1.0 - link["loss"]
        balance[link["start"]] |= {there: -1.0, back: kept}
        balance[link["end"]] |= {there: kept, back: -1.0}
    for region in said["region"]:
        row(region["demand_mw"], balance[region["name"]], region["demand_mw"])
    for need in said["requirement"]:
        places = {need["region"]} if "region" in need else set(balance)
        inside = [name for name, unit in units.items() if unit["region"] in places]
        terms = {
            at: 1.0
            for name in inside
            for way in ("GEN", "LOAD", "BIDIRECTIONAL")
            for at in of(name, need["service"], way, 1.0)
        }
        row(need["volume_mw"], terms, endless)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return float(solver.getInfo().objective_function_value)


@pytest.mark.parametrize("demand", [700, 760, 790])
def test_a_dispatch_costs_and_prices_what_another_programme_does(
    demand: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = DISPATCH.read_text().replace("demand_mw = 790", f"demand_mw = {demand}")
    offers = (EXAMPLES / "assets" / "nem_offers.csv").as_posix()
    path = tmp_path / "dispatch.toml"
    path.write_text(text.replace('"assets/nem_offers.csv"', f'"{offers}"'))
    found = told(capsys, 0, "dispatch", str(path))
    cost = least_cost(text)
    assert found["cost_aud_hour"] == pytest.approx(cost, abs=1e-6)
    # A price lies between what a little less saves and a little more costs.
    little = 0.01
    less, more = (
        least_cost(text.replace(f"demand_mw = {demand}", f"demand_mw = {demand + step}"))
        for step in (-little, little)
    )
    price = found["energy_prices"]["NSW1"]
    assert (cost - less) / little - 1e-3 <= price <= (more - cost) / little + 1e-3
    regulation = text.replace("volume_mw = 60", "volume_mw = 60.01")
    dearer = (least_cost(regulation) - cost) / little
    (paid,) = (one for one in found["service_prices"] if one["service"] == "RAISEREG")
    assert paid["price"] <= dearer + 1e-3


def test_trapezia_that_bind_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, 0, "dispatch", str(DISPATCH))
    sides = {(one["unit"], one["service"], one["side"]): one["price"] for one in found["binding"]}
    # 25 MW of energy, 30 of regulation and 45 of the service fill the battery's 100.
    assert sides["BATT1", "RAISE6SEC", "upper"] == pytest.approx(6.0)
    assert found["stranded"] == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('end = "2026-04-29 14:10"', 'end = "2026-04-29 14:15"', "no offer is of the interval"),
        ('end = "2026-04-29 14:10"', 'end = "soon"', "line 5, interval.end: 'soon' is no time"),
        ('region = "VIC1"\ninitial', 'region = "VIC2"\ninitial', "'VIC2' is no region"),
        ("volume_mw = 35", "volume_mw = 3500", "contradict each other"),
        ("demand_mw = 140", "demand_mv = 140", "did you mean 'demand_mw'"),
    ],
)
def test_a_dispatch_file_that_does_not_fit_is_refused_by_place(
    old: str, new: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    offers = (EXAMPLES / "assets" / "nem_offers.csv").as_posix()
    text = DISPATCH.read_text().replace('"assets/nem_offers.csv"', f'"{offers}"')
    assert old in text
    path = tmp_path / "dispatch.toml"
    path.write_text(text.replace(old, new, 1))
    assert main(["nem", "dispatch", str(path)]) == 2
    assert message in capsys.readouterr().err
