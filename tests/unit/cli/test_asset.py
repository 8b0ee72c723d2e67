"""``wattbook asset`` schedules what its file says, and names the line that is wrong."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from wattbook.cli import main
from wattbook.errors import DeskError, InputError
from wattbook.runtime.asset import load_owner, parse_asset, scheduled

EXAMPLES = Path(__file__).parents[3] / "examples"
BATTERY = """
[asset]
name = "<b>box</b>"
kind = "battery"
place = "DE-LU"
start = 2026-10-25
end = 2026-10-26
[data]
price = 50
[battery]
power_mw = 1
capacity_mwh = 2
"""


def told(
    capsys: pytest.CaptureFixture[str], name: str, out: Path, act: str = "schedule"
) -> dict[str, Any]:
    """Run an example and return what it printed as JSON."""
    assert main(["asset", act, str(EXAMPLES / name), "--out", str(out), "--json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def columns(folder: Path) -> dict[str, Any]:
    """Return the numbers of a schedule by column."""
    table = pl.read_parquet(folder / "schedule.parquet").drop("delivery_start")
    return {name: table[name].to_numpy() for name in table.columns}


def test_a_battery_sells_in_every_market_and_its_figures_add_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "battery_markets.toml", tmp_path)
    money = {key: value for key, value in found.items() if isinstance(value, float)}
    parts = sum(money.values()) - money["value"] - money["cycles"]
    assert parts == pytest.approx(money["value"])
    assert money["cycles"] <= 3.0 + 1e-9
    table = columns(tmp_path)
    assert len(table["price"]) == 192
    hourly = table["sold day-ahead_mw"].reshape(-1, 4)
    assert (hourly == hourly[:, :1]).all()
    sold = table["sold day-ahead_mw"] + table["sold IDA1_mw"]
    assert sold.max() <= 25.0 + 1e-6  # the grid connection
    page = (tmp_path / "schedule.html").read_text()
    assert page.count("<figure") == 5


def test_a_robust_schedule_gives_up_a_little_to_fear_less(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "battery_robust.toml", tmp_path)
    worst, expected = found["earned in the worst case"], found["earned at the forecast"]
    assert worst < expected < found["most at the forecast, which trusts it"]
    table = columns(tmp_path)
    losses = np.sort(np.abs((table["export_mw"] - table["import_mw"]) / 4) * table["deviation"])[
        ::-1
    ]
    assert expected - losses[:8].sum() == pytest.approx(worst, abs=1e-6)


@pytest.mark.long
def test_a_storage_is_worth_more_at_prices_that_move(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "gas_storage.toml", tmp_path)
    assert found["intrinsic value"] < found["rolling intrinsic"]
    error = found["standard error of it"] + found["standard error of the bound"]
    low, high = found["value of a learnt policy"], found["no policy earns more than"]
    assert low < high + 3 * error
    assert low - 3 * error < found["value on a trinomial tree"] < high + 3 * error
    table = pl.read_parquet(tmp_path / "schedule.parquet")
    assert table["level_mwh"][-1] == 0.0
    # A gas day begins at six in the morning.
    assert str(table["delivery_start"][0]) == "2027-04-01 04:00:00+00:00"


def test_plants_keep_their_balances(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "chp.toml", tmp_path)
    heat = columns(tmp_path)
    store = np.concatenate([[50.0], heat["heat_store_mwh"]])
    made = heat["heat_mw"] + heat["boiler_mw"] - heat["heat_demand_mw"]
    assert store[1:] - store[:-1] * 0.998 == pytest.approx(made, abs=1e-6)

    found = told(capsys, "pumped_hydro.toml", tmp_path)
    water = columns(tmp_path)
    assert found["earned, and water left at its value"] == pytest.approx(
        water["power_mwh"] @ water["price"] + 55 * water["upper_volume"][-1]
    )
    assert water["lower_volume"][-1] >= 1500 - 1e-6

    told(capsys, "electrolyser.toml", tmp_path)
    gas = columns(tmp_path)
    assert (gas["sold_kg"] >= 60 - 1e-6).all()
    assert gas["made_kg"].sum() == pytest.approx(gas["sold_kg"].sum() + gas["tank_kg"][-1])

    found = told(capsys, "demand_response.toml", tmp_path)
    load = columns(tmp_path)
    assert load["load_mw"].sum() == pytest.approx(load["planned_mw"].sum() - load["shed_mw"].sum())
    assert found["saved"] > 0


def test_statements_of_an_owner_add_up_to_the_ledger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "owner_floor.toml", tmp_path, "owner")
    ledger = pl.read_csv(EXAMPLES / "assets" / "owner_ledger.csv", infer_schema=False)
    booked = sum(map(Decimal, ledger["amount"]))
    owner = sum(Decimal(month["owner"]) for month in found["months"])
    optimizer = sum(Decimal(month["optimizer"]) for month in found["months"])
    assert owner + optimizer == booked == Decimal(found["ledger"])
    # Four months of a floor of 600,000 a year, which the share does not reach.
    assert owner == Decimal("200000.00")
    table = pl.read_parquet(tmp_path / "statements.parquet")
    assert table["amount"].sum() == booked


def test_the_day_of_25_hours_has_25_and_a_name_is_no_markup(tmp_path: Path) -> None:
    file = tmp_path / "asset.toml"
    file.write_text(BATTERY, encoding="utf-8")
    assert main(["asset", "schedule", str(file), "--out", str(tmp_path), "--plain"]) == 0
    assert pl.read_parquet(tmp_path / "schedule.parquet").height == 25
    assert "<b>box" not in (tmp_path / "schedule.html").read_text()


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("price = 50", 'price = "mid"', r"line 9, data.price: 'mid' is a column, but \[data\]"),
        ("power_mw = 1", "power = 1", r"line 11, battery.power: 'power' is no key here; did you"),
        ('"battery"', '"boiler"', r"line 4, asset.kind: 'boiler' is no kind of asset"),
        ("end = 2026-10-26", "end = 2026-10-25", r"line 7, asset.end: .* is not after the start"),
        ('place = "DE-LU"', 'place = "Mars"', r"line 5, asset.place: .*Mars"),
        ("[battery]", "[batery]", r"'batery' is no section of an asset of kind 'battery'; did"),
        ("= 2\n", "= 2\nround_trip = 0\n", r"line 13, battery.round_trip: 0 is not above 0"),
        (
            "= 2\n",
            '= 2\n[[reserve]]\nname = "FRC"\nprice = 1\nmax_mw = 1\n',
            r"line 14, reserve\[0\].name: 'FRC' is no reserve; did you mean 'FCR'",
        ),
        ("= 2\n", "= 2\nfloor_mwh = 2\n", r"line 13, battery.floor_mwh: 2 leaves nothing to use"),
        (
            "= 2\n",
            "= 2\nimport_mw = 0.1\nauxiliary_mw = 0.5\n",
            r"line 10, battery: .*grid import",
        ),
        (
            "= 2\n",
            "= 2\n[robust]\ndeviation = -1\nbudget = 1\n",
            r"line 10, battery: .*a deviation of zero or more for each price",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, refusal: str
) -> None:
    with pytest.raises(DeskError, match=refusal):
        scheduled(parse_asset(BATTERY.replace(old, new), tmp_path / "asset.toml"))


def test_a_column_that_changes_within_an_hour_is_no_hourly_price() -> None:
    text = (EXAMPLES / "battery_markets.toml").read_text().replace('"day_ahead"', '"real_time"')
    with pytest.raises(DeskError, match="prices change within the hour from 2026-06-14T22:00 UTC"):
        scheduled(parse_asset(text, EXAMPLES / "battery_markets.toml"))


def test_a_ledger_line_that_is_no_money_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ledger.csv").write_text("day,source,amount\n2026-01-04,FCR,1.00\nmonday,FCR,x\n")
    text = (EXAMPLES / "owner_floor.toml").read_text().replace("assets/owner_ledger", "ledger")
    file = tmp_path / "owner.toml"
    file.write_text(text)
    assert main(["asset", "owner", str(file)]) == 2
    assert "row 3: day 'monday', source 'FCR', amount 'x'; give a date" in capsys.readouterr().err
    doubled = "2026-01-04,FCR,1.00\n2026-01-05,FCR,1.00\n2026-01-04,FCR,1.00\n"
    (tmp_path / "ledger.csv").write_text(f"day,source,amount\n{doubled}")
    assert main(["asset", "owner", str(file)]) == 2
    assert "row 4: 2026-01-04, FCR, 1.00 stands in row 2 already" in capsys.readouterr().err
    (tmp_path / "ledger.csv").write_text("day,source,amount\n")
    assert main(["asset", "owner", str(file)]) == 2
    assert "ledger.csv has no rows; give each day's amounts" in capsys.readouterr().err
    file.write_text(text.replace("capacity_mw = 20", ""))
    with pytest.raises(DeskError, match="kind 'floor' needs 'capacity_mw'; add it"):
        load_owner(file)


@pytest.mark.parametrize(
    ("name", "old", "new", "refusal"),
    [
        ("gas_storage.toml", "2026-11-26", "2027-06-01", "is after the first delivery"),
        ("gas_storage.toml", "volatility = 0.06", "volatility = 1000", "1000 is above 1"),
        ("pumped_hydro.toml", "start = 1500", "start = 9999", "starts at 9999, outside 0 to 3000"),
        ("battery_markets.toml", '"wind_mw"', "-5", "generation is below zero"),
        ("battery_markets.toml", '"real_time"', "1e12", "is above 1,000,000; give less"),
    ],
)
def test_what_cannot_be_is_refused(name: str, old: str, new: str, refusal: str) -> None:
    text = (EXAMPLES / name).read_text().replace(old, new, 1)
    with pytest.raises(InputError, match=refusal):
        scheduled(parse_asset(text, EXAMPLES / name))


def test_a_run_or_a_day_counts_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (EXAMPLES / "owner_floor.toml").read_text()
    text = text.replace("assets/", f"{EXAMPLES}/assets/")
    file = tmp_path / "owner.toml"
    file.write_text(text + "\n[[availability]]\nname = 2026-02-01\nshare = 0.94\n")
    assert main(["asset", "owner", str(file)]) == 2
    assert "kind 'floor' knows no availability; leave it out" in capsys.readouterr().err
    toll = text.replace('"floor"', '"tolling"\ntoll_per_mw_month = 4000')
    for month, code in (("2026-02-01", 0), ("2031-02-01", 2)):
        file.write_text(toll + f"\n[[availability]]\nname = {month}\nshare = 0.485\n")
        assert main(["asset", "owner", str(file), "--json"]) == code
    told = capsys.readouterr()
    owner = [month["owner"] for month in json.loads(told.out)["months"]]
    assert owner == ["80000.00", "40000.00", "80000.00", "80000.00"]
    assert "2031-02-01 is in no statement" in told.err


def test_a_storage_is_valued_at_prices_below_zero_that_move_more_in_winter() -> None:
    text = (EXAMPLES / "gas_storage.toml").read_text(encoding="utf-8")
    price = text[text.index("[data]") :].split("price = ")[1].splitlines()[0]
    low = text.replace(f"price = {price}", "price = -5")
    moves = "[moves]\npaths = 100\nvolatility = 0.06"
    low = low[: low.index("[moves]")] + moves
    path = EXAMPLES / "low.toml"
    with pytest.raises(InputError, match="minus the shift of 0"):
        scheduled(parse_asset(low, path))
    more = f"{low}\nshift = 30\nseason_amplitude = 0.4\n"
    figures = scheduled(parse_asset(more, path)).found.figures
    assert figures["rolling intrinsic"] > figures["intrinsic value"]
    # A tree knows no season.
    assert "value on a trinomial tree" not in figures


def test_a_portfolio_meets_its_demand_and_its_costs_add_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = told(capsys, "plant_portfolio.toml", tmp_path)
    parts = [value for name, value in found.items() if name.startswith("cost of ")]
    assert len(parts) == 6
    traded = found["power bought"] + found["power sold"]
    assert sum(parts) + traded == pytest.approx(found["cost"])
    table = columns(tmp_path)
    plants = ("combined cycle", "peaker", "chp", "reservoirs", "electrolyser", "load")
    made = sum(table[f"{name}_mw"] for name in plants)
    assert made + table["bought_mw"] - table["sold_mw"] == pytest.approx(table["demand_mw"])
    # On its way up it gives 20 and 40 MW, then at least 60.
    first = int(np.argmax(table["combined cycle_is_on"]))
    assert first >= 2
    assert table["combined cycle_mw"][first - 2 : first] == pytest.approx([20.0, 40.0])
    for way in ("up", "down"):
        held = [table[f"{one}_reserve_{way}_mw"] for one in ("combined cycle", "peaker")]
        held.append(table[f"reservoirs_reserve_{way}_mw"])
        assert (sum(held) >= 10.0 - 1e-6).all()


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("[boiler]\nheat_max_mw = 5\nfuel = 1", r"line 10, boiler: .*\[chp\]"),
        ("[chp]\ncorners = [[1, 1, 3]]", r"line 8, data: \[chp\] needs 'heat_mw'"),
        (
            "[[unit]]\nname = 'gas'\npoints = [[10, 20]]\nfuel_price = 1\nhours_on = 0",
            "line 10, unit.*periods_on is missing",
        ),
        ("", r"demand of period \d+; relax one"),
    ],
)
def test_a_portfolio_that_lacks_something_is_told(more: str, expected: str) -> None:
    head = BATTERY.replace('"battery"', '"portfolio"').partition("[data]")[0]
    text = f"{head}[data]\ndemand_mw = 50\n{more}\n"
    with pytest.raises(InputError, match=expected):
        scheduled(parse_asset(text, Path("asset.toml")))
