"""Reserves settled line by line: against plain numbers, and with rows that mean nothing refused."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.cli.main import main
from wattbook.errors import SettlementError
from wattbook.portfolio.money import UNITS
from wattbook.portfolio.settlement import (
    RESERVE_LINES,
    RESERVES,
    ReserveRule,
    reserve_rule,
    reserve_rule_from,
    settle_reserves,
)

EXAMPLE = Path(__file__).parents[3] / "examples" / "settlement_files.toml"
POWERS, PRICES = st.integers(0, 10**9), st.integers(0, 10**10)
SIGNED, ENERGIES = st.integers(-(10**10), 10**10), st.integers(0, 10**13)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "account": st.sampled_from(["a", "b"]), "product": st.sampled_from(["up", "down"]),
            "start": st.integers(0, 3), "seconds": st.sampled_from([900, 3_600, 14_400]),
            "awarded": POWERS, "available": POWERS, "price": PRICES, "mean_price": PRICES,
            "index_price": SIGNED, "is_repeated": st.booleans(), "called": ENERGIES,
            "delivered": ENERGIES, "energy_price": SIGNED, "marginal_price": SIGNED,
        }
    ),
    max_size=6,
    unique_by=lambda row: (row["account"], row["product"], row["start"]),
)  # fmt: skip
RULES = st.builds(
    ReserveRule,
    source=st.just("test"),
    availability_penalty=st.sampled_from(["never", "repeated", "always"]),
    surcharge=PRICES,
    delivery_penalty=st.booleans(),
)


def slow_lines(row: dict[str, Any], rule: ReserveRule) -> list[Fraction]:
    """Return what a row comes to by line, in currency."""
    mega = 10**6
    hours = Fraction(row["seconds"], 3_600)
    awarded, missing = row["awarded"], max(row["awarded"] - row["available"], 0)
    paid = Fraction(awarded * row["price"], mega * mega) * hours
    off = Fraction(missing * row["price"], mega * mega) * hours
    dearer = max(row["mean_price"], row["index_price"] + rule.surcharge, 0)
    is_due = rule.availability_penalty == "always" or (
        rule.availability_penalty == "repeated" and row["is_repeated"]
    )
    penalty = Fraction(missing * dearer, mega * mega) * hours if is_due else Fraction(0)
    delivered = min(row["called"], row["delivered"])
    energy = Fraction(delivered * row["energy_price"], 3_600 * mega * mega)
    short = Fraction((row["called"] - delivered) * max(row["marginal_price"], 0), 3_600)
    return [paid, -off, -penalty, energy, -short / mega / mega * rule.delivery_penalty]


@given(ROWS, RULES)
def test_each_line_is_what_plain_numbers_give(
    rows: list[dict[str, Any]], rule: ReserveRule
) -> None:
    found = settle_reserves(pl.DataFrame(rows, schema=dict(RESERVES)), rule)
    keys = found.select("account", "product", "start", "line", "amount").rows()
    told = {tuple(key): units for *key, units in keys}
    assert len(told) == found.height
    for row in rows:
        for line, exact in zip(RESERVE_LINES, slow_lines(row, rule), strict=True):
            key = (row["account"], row["product"], row["start"], line)
            assert told.pop(key, 0) == exact * UNITS, line
    assert not told
    withheld = found.filter(pl.col("line").str.contains("withheld|penalty"))
    assert (withheld["amount"] < 0).all()


ROW: dict[str, Any] = dict.fromkeys(RESERVES, 0) | {
    "account": "a", "product": "up", "seconds": 900, "is_repeated": False,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seconds": 0}, "reserves, row 1: seconds 0 is not from 1"),
        ({"awarded": -1}, "row 1: awarded -1 is not from 0"),
        ({"delivered": -1}, "row 1: delivered -1 is not"),
        ({"index_price": 10**13}, "row 1: index_price 10000000000000 is not from -"),
        ({"price": None}, "row 1: no price; give one"),
        ({"start": 0}, "row 0: up of a stands twice at 0"),
    ],
)
def test_rows_that_mean_nothing_are_named(change: dict[str, Any], message: str) -> None:
    table = pl.DataFrame([ROW, ROW | {"start": 1} | change], schema=dict(RESERVES))
    with pytest.raises(SettlementError, match=message):
        settle_reserves(table, reserve_rule("DE"))


def test_rules_that_do_not_fit_are_named() -> None:
    with pytest.raises(SettlementError, match="no rule of reserves for 'MARS'; known are DE"):
        reserve_rule("MARS")
    for entry, message in (
        ({}, "source: None is no text"),
        ({"source": "x", "availability_penalty": "often"}, "'often'; use one of never, repeated"),
        ({"source": "x", "delivery_penalty": 1}, "delivery_penalty: 1; write true or false"),
        ({"source": "x", "fine": 1}, "fine: unknown"),
    ):
        with pytest.raises(SettlementError, match=message):
            reserve_rule_from(entry, "reserves")


def test_the_example_tells_each_line_by_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    main(["settle", str(EXAMPLE), "--json", "--out", str(tmp_path), "--report", str(page)])
    told = {row["line"]: row["amount"] for row in json.loads(capsys.readouterr().out)["reserves"]}
    assert {line: float(amount) for line, amount in told.items()} == {
        "capacity": 2 * 4 * (11.2 + 14 + 16.5),
        "capacity withheld": pytest.approx(-(0.5 * 4 * 14 + 0.25 * 4 * 16.5)),
        # Only where it is repeated: the index price of 88 plus 10 is the dearer one.
        "availability penalty": -0.25 * 4 * 98,
        "energy": pytest.approx((0.5 + 0.9) * 160),
        "delivery penalty": pytest.approx(-0.3 * 230),
    }
    kept = pl.read_parquet(tmp_path / "reserves.parquet")
    assert kept["line"].n_unique() == 5
    assert "Reserves: paid, taken off, penalised" in page.read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('rule = "DE"', 'rule = "FR"'), "no rule of reserves for 'FR'"),
        (("surcharge = 10 ", "surcharge = -1 "), "surcharge: -1; give a number from 0"),
        (('reserves = "settlement/reserves.csv"', ""), "belong together; give both"),
        (("\n[reserves]", "\n[reserve]"), "reserve is unknown"),
    ],
)
def test_a_file_whose_reserves_do_not_fit_is_refused(
    change: tuple[str, str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "settlement").symlink_to(EXAMPLE.parent / "settlement")
    text = EXAMPLE.read_text()
    assert change[0] in text
    (tmp_path / "file.toml").write_text(text.replace(*change, 1))
    assert main(["settle", str(tmp_path / "file.toml")]) == 2
    assert message in capsys.readouterr().err
