"""The tear sheet of a backtest, and the figures behind it."""

import datetime as dt
from pathlib import Path

import polars as pl

from wattbook.cli.backtest import leave_tear_sheet
from wattbook.runtime.backtest import BacktestDay
from wattbook.runtime.desk import parse_desk
from wattbook.runtime.desk.builtin import builtin_text
from wattbook.runtime.figures import Ledger, Names
from wattbook.runtime.figures.exposure import (
    largest_positions,
    slippage_by_strategy,
    turnover_by_strategy,
)

HOUR = 3_600 * 10**9
UNIT = 3_600_000_000_000_000
"""Units of the engine's money in one of a currency."""


def instruments() -> pl.DataFrame:
    common = {
        "venue": 0,
        "currency": "EUR",
        "price_unit": "megawatt_hour",
        "volume_unit": "megawatt",
    }
    rows = [
        common
        | {
            "instrument": number,
            "symbol": f"H{number}",
            "commodity": "power",
            "delivery_start": number * HOUR,
            "delivery_end": (number + 1) * HOUR,
            "delivery_seconds": 3_600,
        }
        for number in range(2)
    ]
    return pl.DataFrame(rows)


def test_turnover_and_exposure_are_reckoned_from_fills_and_positions() -> None:
    million = 10**6
    fills = pl.DataFrame(
        {
            "strategy": [1, 1, 2],
            "instrument": [0, 0, 1],
            "price": [50 * million, -20 * million, 10 * million],
            "volume": [2 * million, 3 * million, million],
            "side": ["buy", "sell", "buy"],
            "arrival_price": [49 * million, -18 * million, None],
        }
    )
    positions = pl.DataFrame(
        {
            "instrument": [0, 0, 0, 1],
            "strategy": [1, 1, 2, 1],
            "volume": [2 * million, -3 * million, 4 * million, 0],
        }
    )
    names = Names(title="", currency="EUR", strategies=(), markets=())
    tables = {"define_instrument": instruments(), "position_changed": positions}
    ledger = Ledger(tables, names)
    # 50 × 2 + 20 × 3 + 10 × 1 EUR: a price below zero is turned over as well.
    assert turnover_by_strategy(fills, ledger) == {"#1": 160 * UNIT, "#2": 10 * UNIT}
    assert turnover_by_strategy(pl.DataFrame(), ledger) == {}
    # 1 EUR dearer for 2 MWh and 2 EUR cheaper for 3 MWh; the last one arrived without a price.
    assert slippage_by_strategy(fills, ledger) == {"#1": 8 * UNIT}
    assert slippage_by_strategy(pl.DataFrame(), ledger) == {}
    # Both strategies count without sign: 3 + 4.
    assert largest_positions(ledger) == ((0, HOUR, 7.0, "megawatt"),)
    assert largest_positions(Ledger({}, names)) == ()


def test_a_page_shows_pnl_costs_turnover_and_exposure(tmp_path: Path) -> None:
    desk = parse_desk(builtin_text("generated"))
    name = desk.strategy[0].name
    days = [
        BacktestDay(
            date=dt.date(2026, 6, 9 + number),
            pnl_by_strategy={name: pnl * UNIT},
            fees_by_strategy={name: 5 * UNIT},
            turnover_by_strategy={name: 1_000 * UNIT},
            slippage_by_strategy={name: 2 * UNIT},
            exposure=((0, HOUR, 7.0 + number, "megawatt"), (0, HOUR, 300.0, "barrel")),
            fills=3,
            inputs=10,
            state_hash="",
            futures_state_hash="",
            left_out=(),
            reports=(),
            is_traded=True,
        )
        for number, pnl in enumerate((100, -30))
    ]
    assert days[0].to_json()["fees_units"] == str(5 * UNIT)
    page = tmp_path / "sheet.html"
    leave_tear_sheet(page, days, desk)
    text = page.read_text(encoding="utf-8")
    for words in (
        "70.00",
        "-30.00",
        "10.00",
        "2,000.00",
        "8.000",
        "300.000",
        "0.5000 %",
        "84.00",
        "-4.00",
        "<svg",
    ):
        assert words in text, words
    assert "1970-01-01 00:00 UTC to 1970-01-01 01:00 UTC" in text
