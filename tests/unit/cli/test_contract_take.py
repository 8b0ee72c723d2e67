"""``wattbook contract settle`` of take or pay: days, years' ends, and what does not fit."""

from __future__ import annotations

import json
import shutil
from decimal import Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.contracts.take_or_pay import TakeOrPay
from wattbook.assets.contracts.take_or_pay_bill import year_bills
from wattbook.cli import main
from wattbook.errors import InputError

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """Return a copy of the example with its tables."""
    for name in ("take_or_pay.toml", "take_or_pay_gas.csv", "take_or_pay_taken.csv"):
        shutil.copy(EXAMPLES / name, tmp_path / name)
    return tmp_path / "take_or_pay.toml"


def test_two_years_are_billed_to_the_cent(
    contract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["contract", "settle", str(contract), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    taken = pl.read_csv(contract.parent / "take_or_pay_taken.csv")["taken_mwh"]
    assert told["taken_mwh"] == taken.sum()
    first, second = told["years"]
    short = 288_000 - first["taken"]
    assert (first["deficiency"], first["make_up_bank"]) == (short, short)
    assert first["deficiency_amount"] == pytest.approx(short * 26.0)
    # The second year takes more than its bill: what was paid for is made up, a tenth paid again.
    assert second["make_up"] == min(second["taken"] - 288_000, short)
    assert second["make_up_amount"] == pytest.approx(-second["make_up"] * 0.9 * 26.52)
    price = np.where(np.arange(len(taken)) < 365, 26.0, np.where(
        np.arange(len(taken)) < 731, 26.52, 27.0504))  # fmt: skip
    assert Decimal(told["taken_amount"]) == pytest.approx(
        Decimal(float(taken.to_numpy() @ price)), abs=Decimal("0.5")
    )
    parts = ("taken_amount", "deficiency_amount", "make_up_amount")
    assert sum(Decimal(told[name]) for name in parts) == Decimal(told["amount"])


def test_a_missing_day_and_too_large_a_volume_are_named(
    contract: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = contract.parent / "take_or_pay_taken.csv"
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:40], *lines[41:]]) + "\n")
    assert main(["contract", "settle", str(contract)]) == 2
    assert "tells nothing of 2026-11-09; give every day" in capsys.readouterr().err
    lines[5] = lines[5].rpartition(",")[0] + ",2500"
    file.write_text("\n".join(lines) + "\n")
    assert main(["contract", "settle", str(contract)]) == 2
    assert "year 1, day 5: 2500 MWh are outside 0 to 2400" in capsys.readouterr().err
    contract.write_text(contract.read_text().split("[taken]")[0])
    assert main(["contract", "settle", str(contract)]) == 2
    assert "has no section [taken]; add it" in capsys.readouterr().err


@settings(max_examples=100)
@given(
    st.lists(st.lists(st.integers(0, 5), min_size=6, max_size=6), min_size=1, max_size=5),
    st.integers(0, 20),
    st.integers(10, 30),
    st.integers(0, 10),
)
def test_banks_hold_what_was_paid_and_not_taken(
    years: list[list[int]], bill: int, carry_from: int, carry_most: int
) -> None:
    terms = TakeOrPay(
        1.0, (0.0, 5.0), (0.0, 30.0), float(bill), make_up_share=0.25,
        carry_from_mwh=float(carry_from), carry_most_mwh=float(carry_most),
    )  # fmt: skip
    bills = year_bills(terms, [10.0] * len(years), [np.array(one, float) for one in years])
    owed = 0.0
    for one, days in zip(bills, years, strict=True):
        assert one.taken == sum(days)
        # What is paid for is at least the bill, or what carry-forward left of it.
        paid = one.taken + one.deficiency - one.make_up
        assert paid >= one.bill - 1e-9 or one.make_up > 0
        owed += one.deficiency - one.make_up
        assert one.make_up_bank == pytest.approx(owed)
        assert one.make_up_bank >= 0
        assert one.carry_bank >= 0
        assert one.carry_used <= carry_most
        assert one.make_up <= max(one.taken - bill, 0)
        assert one.deficiency_amount == pytest.approx(10.0 * one.deficiency)
        assert one.make_up_amount == pytest.approx(-7.5 * one.make_up)


def test_a_year_beyond_its_most_is_refused() -> None:
    terms = TakeOrPay(1.0, (0.0, 5.0), (2.0, 10.0), 5.0)
    with pytest.raises(InputError, match="year 1 takes 15 MWh, outside 2 to 10"):
        year_bills(terms, [10.0], [np.full(3, 5.0)])
