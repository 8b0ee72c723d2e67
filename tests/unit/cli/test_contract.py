"""``wattbook contract`` settles and values what its file says, and names the line that is wrong."""

from __future__ import annotations

import datetime as dt
import json
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.cli import main
from wattbook.errors import DeskError
from wattbook.market.curves import curve_grid
from wattbook.runtime.contract import ContractFile, parse_contract

ROOT = Path(__file__).parents[3]
HEAD = """
[contract]
name = "<b>sun</b>"
place = "DE-LU"
start = 2027-03-01
end = 2027-05-01
step = "hour"
[data]
capacity_mw = 10
"""
TERMS = """
[price]
kind = "fixed"
price = 50
[volume]
kind = "as_produced"
"""


def write(folder: Path, text: str) -> str:
    file = folder / "contract.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def test_the_example_is_settled_to_the_cent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    example = str(ROOT / "examples" / "ppa.toml")
    assert main(["contract", "settle", example, "--out", str(out), "--plain"]) == 0
    told = capsys.readouterr().out
    periods, invoices = (
        pl.read_parquet(out / f"{name}.parquet") for name in ("periods", "invoices")
    )
    assert periods.height == 365 * 96
    assert periods["amount"].sum() == invoices["amount"].sum()
    by_month = periods.group_by("month", maintain_order=True).agg(pl.col("amount").sum())
    assert by_month["amount"].to_list() == invoices["amount"].to_list()
    summary = json.loads((out / "settlement.json").read_text())
    assert Decimal(summary["amount"]) == invoices["amount"].sum()
    assert f"{Decimal(summary['amount']):,}" in told
    assert "made up, seed 7" in told
    page = (out / "settlement.html").read_text()
    assert page.count("<figure") == 3
    assert "made up" in page


def test_a_file_of_metered_hours_is_settled_on_its_own_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = curve_grid("DE-LU", dt.date(2027, 3, 1), dt.date(2027, 5, 1), "hour")
    power = np.where(grid.slot >= 12, 2.0, 0.0)
    table = pl.DataFrame(
        {
            "at": grid.start[:-1].astype("datetime64[ns]"),
            "eur": np.full(len(grid), 70.0),
            "mw": power,
        }
    ).with_columns(pl.col("at").dt.replace_time_zone("UTC"))
    table.write_parquet(tmp_path / "meter.parquet")
    data = 'file = "meter.parquet"\nstart = "at"\nprice = "eur"\nproduction = "mw"\nunit = "MW"\n'
    file = write(tmp_path, HEAD + data + TERMS)
    asked = ["contract", "settle", file, "--out", str(tmp_path), "--json"]
    assert main([*asked, "--from", "2027-03-28", "--until", "2027-03-28"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["periods"], told["volume_mwh"], told["amount"]) == (23, 24.0, "1200.00")
    # The name of a contract must not become part of the page.
    page = (tmp_path / "settlement.html").read_text()
    assert "<b>sun" not in page
    assert "made up" not in page
    # In quarter-hours each has a quarter of the hour's energy, at its price.
    finer = write(tmp_path, (HEAD + data + TERMS).replace('"hour"', '"quarter_hour"'))
    assert main(["contract", "settle", finer, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["periods"], told["volume_mwh"]) == (61 * 96 - 4, 61 * 24.0)
    table.filter(pl.int_range(pl.len()) != 5).write_parquet(tmp_path / "meter.parquet")
    assert main(["contract", "settle", file]) == 2
    assert "the first at 2027-03-01T05:00:00+01:00" in capsys.readouterr().err


def test_lost_energy_of_a_file_is_held_against_the_guarantee(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = curve_grid("DE-LU", dt.date(2027, 3, 1), dt.date(2027, 5, 1), "hour")
    out = np.arange(len(grid)) < 100
    table = pl.DataFrame(
        {
            "delivery_start": grid.start[:-1].astype("datetime64[ns]"),
            "price": np.full(len(grid), 70.0),
            "production": np.where(out, 0.0, 2.0),
            "gone": np.where(out, 2.0, 0.0),
        }
    ).with_columns(pl.col("delivery_start").dt.replace_time_zone("UTC"))
    table.write_parquet(tmp_path / "meter.parquet")
    guarantee = '[availability]\nshare = 0.95\nover = "month"\n'
    data = 'file = "meter.parquet"\nunit = "MW"\n'
    assert main(["contract", "settle", write(tmp_path, HEAD + data + guarantee + TERMS)]) == 2
    assert "a guaranteed availability needs lost, a column of [data]" in capsys.readouterr().err
    file = write(tmp_path, HEAD + data + 'lost = "gone"\n' + guarantee + TERMS)
    assert main(["contract", "settle", file, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    # March has 743 hours, of which 100 were lost: 5 % of 1,486 MWh may be.
    assert float(told["availability_damages"]) == pytest.approx((200 - 0.05 * 1_486) * 20)
    assert main(["contract", "settle", file, "--plain"]) == 0
    assert "2,514.00 EUR for its guarantee of availability" in capsys.readouterr().out


def test_a_contract_is_valued_with_its_risk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    years = "from_day = 2025-01-01\nto_day = 2026-01-01\n"
    value = "[value]\nas_of = 2027-01-01\npaths = 20\nside = 'seller'\n"
    file = write(tmp_path, HEAD + years + TERMS + value)
    out = tmp_path / "out"
    assert main(["contract", "value", file, "--out", str(out), "--plain"]) == 0
    told = capsys.readouterr().out
    assert "P&L of the seller over 20 scenarios" in told
    summary = json.loads((out / "value.json").read_text())
    assert summary["scenario_fair_level"] < summary["fair_level"]
    assert summary["pnl_at_risk"]["together"] == pytest.approx(
        summary["pnl_at_risk"]["volume"], rel=1e-6
    )
    months = pl.read_parquet(out / "months.parquet")
    assert months["buyer_value"].sum() == pytest.approx(summary["buyer_value"])
    assert pl.read_parquet(out / "risk.parquet")["risk"].to_list()[-1] == "together"
    assert (out / "value.html").read_text().count("<figure") == 2
    assert main(["contract", "value", write(tmp_path, HEAD + TERMS)]) == 2
    assert "has no section [value]; add it with as_of" in capsys.readouterr().err


def test_indices_and_profiles_come_from_small_tables(tmp_path: Path) -> None:
    (tmp_path / "cpi.csv").write_text("month,value\n2027-03-01,110\n2027-04-01,121\n")
    rows = "\n".join(f"{month},{month / 10}" for month in range(1, 13))
    (tmp_path / "profile.csv").write_text("month,power_mw\n" + rows + "\n")
    text = HEAD + (
        '[price]\nkind = "indexed"\nprice = 50\nbase = 110\nindex_file = "cpi.csv"\n'
        '[volume]\nkind = "shaped"\nprofile_file = "profile.csv"\n'
    )
    found = parse_contract(text, tmp_path / "contract.toml")
    assert isinstance(found, ContractFile)
    grid = found.grid()
    days = np.repeat(grid.days, np.diff(grid.day_start))
    prices = found.ppa.price.of(days, np.zeros(len(grid)))
    assert np.unique(prices).tolist() == pytest.approx([50.0, 55.0])
    volume = found.ppa.volume.of(grid, np.zeros(len(grid)))
    assert volume.sum() == pytest.approx(743 * 0.3 + 720 * 0.4)
    (tmp_path / "cpi.csv").write_text("day,value\n2027-03-01,110\n")
    with pytest.raises(
        DeskError, match=r"line 14, price.index_file: .* lacks one of the columns month"
    ):
        parse_contract(text, tmp_path / "contract.toml")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("start = 2027-03-01", "strat = 2027-03-01"),
            "contract.strat: 'strat' is no key here; did",
        ),
        (("end = 2027-05-01", "end = 2027-02-01"), "line 6, contract.end: 2027-02-01 is not after"),
        (('"DE-LU"', '"DE"'), "contract.place: "),
        (("[data]", "[date]"), "did you mean 'data'"),
        (("price = 50", ""), "line 11, price: kind 'fixed' needs 'price'; add it"),
        (("price = 50", "price = 50\nrate = 0.02"), "price.rate: kind 'fixed' has no 'rate'"),
        (("capacity_mw = 10", "capacity_mw = 0"), "0 is not above 0"),
        (
            ("[price]", "[collar]\nfloor = 60\ncap = 50\n[price]"),
            "line 11, collar: PPA collar has a",
        ),
        (
            ("[price]", "[bounds]\nleast_mwh = 9\nmost_mwh = 5\n[price]"),
            "bounds: PPA guarantees 9.0",
        ),
        (
            ('kind = "as_produced"', 'kind = "as_produced"\nshare = 0'),
            "volume.as_produced: PPA share",
        ),
        (
            ('kind = "fixed"', 'kind = "fixd"'),
            "'fixd' is no value of this key; did you mean 'fixed'",
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(change: tuple[str, str], message: str) -> None:
    text = (HEAD + TERMS).replace(*change)
    assert text != HEAD + TERMS
    with pytest.raises(DeskError) as refused:
        parse_contract(text, Path("contract.toml"))
    assert message in str(refused.value)


def test_a_file_that_is_none_and_days_beyond_the_contract_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["contract", "settle", str(tmp_path / "none.toml")]) == 2
    assert "give a contract file" in capsys.readouterr().err
    file = write(tmp_path, HEAD + TERMS)
    assert main(["contract", "settle", file, "--until", "2027-06-01"]) == 2
    assert "are not all of the contract" in capsys.readouterr().err
    (tmp_path / "meter.csv").write_text("delivery_start,price,production\n2027-03-01,1,1\n" * 2)
    data = write(tmp_path, HEAD + 'file = "meter.csv"\n' + TERMS)
    assert main(["contract", "settle", data]) == 2
    assert "meter.csv" in capsys.readouterr().err


CURVES = {
    "tolling": {"value", "earned before the toll", "starts", "mean clean spread a MWh"},
    "take_or_pay": {"value", "taken, MWh", "made up, MWh"},
    "transport": {"value", "intrinsic value", "time value"},
}


@pytest.mark.long
@pytest.mark.parametrize("kind", CURVES)
def test_contracts_on_curves_are_valued(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(ROOT / "examples" / f"{kind}.toml")
    assert main(["contract", "value", file, "--out", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) >= CURVES[kind]
    table = pl.read_parquet(tmp_path / f"{kind}.parquet")
    page = (tmp_path / "value.html").read_text()
    assert page.count("<figure") == 1
    assert told["contract"] in page
    if kind == "tolling":
        assert told["value"] == pytest.approx(table["value"].sum())
        assert table["toll"].to_list() == pytest.approx([1_200.0 * 400.0] * 3)
        assert told["starts"] == table["starts"].sum() > 0
    elif kind == "take_or_pay":
        assert told["value"] == pytest.approx(table["value"].sum())
        assert told["made up, MWh"] == table["make_up_mwh"].sum() > 0
        assert table["deficiency_mwh"][0] == table["make_up_mwh"].sum()
    else:
        assert told["intrinsic value"] == 0.0
        # 82 here and 79.5 there: a normal spread of -2.5 that moves until the day before.
        days = np.arange(36, 36 + 365)
        deviation = 14.0 * np.sqrt(days / 365.0)
        ratio = -2.5 / deviation
        density = np.exp(-(ratio**2) / 2.0) / np.sqrt(2.0 * np.pi)
        below = np.array([0.5 * (1.0 + math.erf(one / math.sqrt(2.0))) for one in ratio])
        worth = (-2.5 * below + deviation * density) * 1.03 ** (-(days + 1) / 365.0)
        assert told["value"] == pytest.approx(25.0 * 24.0 * worth.sum(), rel=1e-3)
    assert main(["contract", "settle", file]) == (0 if kind == "take_or_pay" else 2)
    refused = capsys.readouterr().err
    if kind == "transport":
        assert "has no section [spot]; add it with file" in refused
    elif kind == "tolling":
        assert "which is valued; settle one of kind 'ppa' or 'transport'" in refused
    assert main(["contract", "value", file, "--plain"]) == 0
    assert f"{told['value']:,.3f}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("tolling", ("[tolling]", "[toling]"), "did you mean 'tolling'?"),
        ("tolling", ("efficiency = 0.58", ""), "give tolling an efficiency or a heat_rate"),
        ("tolling", ("other_price = 27.5", ""), "curves: give either other_price or other_file"),
        (
            "transport",
            ("price = 82.0", "price = 82.0\nprice_file = 'x.csv'"),
            "give either price or",
        ),
        (
            "transport",
            ("spread_volatility = 14", ""),
            "give volatilities of both prices, or one of",
        ),
        ("transport", ("spread_volatility = 14", "volatility_here = 1"), "or neither"),
        (
            "tolling",
            ("co2_price", "discount_rate = 0.1\nco2_price"),
            "valued without discount_rate",
        ),
        (
            "transport",
            ("discount_rate", "co2_price = 70\ndiscount_rate"),
            "valued without co2_price",
        ),
        ("take_or_pay", ('"day"', '"hour"'), "take or pay has days; give step = 'day'"),
        ("take_or_pay", ("pay_mwh = 288000", "pay_mwh = 288001"), "pay_mwh of 288001.0 MWh is no"),
        (
            "take_or_pay",
            ("discount_rate", "other_price = 1\ndiscount_rate"),
            "has one price; leave",
        ),
        ("take_or_pay", ("end = 2029-10-01", "end = 2029-11-01"), "price has no number in 31"),
    ],
)
def test_what_does_not_fit_a_contract_on_curves_is_named(
    kind: str,
    change: tuple[str, str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = (ROOT / "examples" / f"{kind}.toml").read_text()
    assert change[0] in text
    for name in ("tolling_power.csv", "take_or_pay_gas.csv"):
        (tmp_path / name).write_bytes((ROOT / "examples" / name).read_bytes())
    assert main(["contract", "value", write(tmp_path, text.replace(*change))]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("kind", ["tolling", "take_or_pay"])
def test_prices_that_move_are_worth_the_right_to_wait(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "examples" / f"{kind}.toml").read_text(encoding="utf-8")
    if kind == "tolling":
        text = text.replace("end = 2027-04-01", "end = 2027-01-15")
        moves = (
            "volatility = 0.1\nmean_reversion = 0.1\nother_volatility = 0.03\ncorrelation = 0.5\n"
        )
        price = "tolling_power.csv"
    else:
        # A cargo every other day at most: few states, ten days a year.
        volumes = {"360000": "9600", "288000": "7200", "336000": "7200", "48000": "2400"}
        for before, after in volumes.items():
            text = text.replace(f" {before} ", f" {after} ").replace(f" {before}\n", f" {after}\n")
        text = text.replace("end = 2029-10-01", "end = 2026-10-11")
        moves, price = "volatility = 0.1\n", "take_or_pay_gas.csv"
    (tmp_path / price).write_bytes((ROOT / "examples" / price).read_bytes())
    file = tmp_path / "contract.toml"
    file.write_text(text + f"\n[moves]\n{moves}paths = 200\n", encoding="utf-8")
    assert main(["contract", "value", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    figures = told.get("figures", told)
    lower, upper = (
        figures["value at moving prices, of a learnt policy"],
        figures["no policy earns more than"],
    )
    assert lower > figures["value"] - 4 * figures["its standard error"]
    assert upper > lower - 4 * figures["its standard error"]
