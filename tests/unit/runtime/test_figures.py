"""Figures follow from the events, to the last unit."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import polars as pl
import pytest

from wattbook.runtime.figures import (
    Ledger,
    MarketName,
    Names,
    StrategyName,
    orders,
    pnl_by_delivery,
    pnl_by_strategy,
    steps,
    timeline,
    total_pnl,
)
from wattbook.runtime.figures.money import UNITS

HOUR = 3_600 * 10**9
EUR = UNITS


def rows(*entries: dict[str, Any]) -> pl.DataFrame:
    """Return a table; amounts are given in whole currency and become units."""
    made = [
        {
            "sequence": place,
            "ts_event": entry["ts_recv"],
            "trading_book": 1,
            "trader": 1,
            **entry,
        }
        for place, entry in enumerate(entries, start=1)
    ]
    table = pl.DataFrame(made, infer_schema_length=None)
    money = [name for name in ("cost", "realised", "fees", "fee") if name in table.columns]
    return table.with_columns(pl.col(money).cast(pl.Int128) * EUR)


def instrument(number: int, venue: int, start: int, end: int, **changes: Any) -> dict[str, Any]:
    return {
        "ts_recv": 0,
        "instrument": number,
        "symbol": f"C{number}",
        "commodity": "power",
        "venue": venue,
        "currency": "EUR",
        "price_unit": "megawatt_hour",
        "volume_unit": "megawatt",
        "delivery_start": start,
        "delivery_end": end,
        "delivery_seconds": (end - start) // 10**9,
    } | changes


@pytest.fixture
def ledger() -> Ledger:
    """Return a day with a synthetic hour bought and half sold, and a battery in two periods."""
    names = Names(
        title="test",
        currency="EUR",
        strategies=(
            StrategyName(1, "momentum", "momentum", "zone", "intraday"),
            StrategyName(
                2,
                "battery",
                "battery",
                "zone",
                "assets",
                {"initial_mwh": 5.0, "charge_efficiency": 0.9, "discharge_efficiency": 0.9},
            ),
        ),
        markets=(
            MarketName("zone", "A zone.", 0, 1, "UTC", "USD", "MWh", "MW", 0, 4 * HOUR, 3_600),
        ),
    )
    position = {"trading_book": 1, "trader": 1, "strategy": 1, "instrument": 0}
    tables = {
        "define_venue": pl.DataFrame({"venue": [0, 1], "is_synthetic": [False, True]}),
        "define_instrument": rows(
            instrument(0, 1, 0, 4 * HOUR, currency="USD"),
            instrument(1, 0, HOUR, 2 * HOUR, currency="USD"),
            instrument(2, 0, 2 * HOUR, 3 * HOUR, currency="USD"),
        ),
        "set_fx_rate": pl.DataFrame(
            {"from": ["USD"], "to": ["EUR"], "rate_billionths": [500_000_000]}
        ),
        "quote": rows(
            *(
                {
                    "ts_recv": at,
                    "instrument": 0,
                    "bid_price": bid,
                    "ask_price": bid + 2_000_001,
                    "bid_volume": 1,
                    "ask_volume": volume,
                }
                for at, bid, volume in (
                    (0, 9_000_000, 1),
                    (HOUR, 19_000_000, 1),
                    (2 * HOUR, -11_000_001, 1),
                    # A one-sided quote is no mark.
                    (3 * HOUR, 99_000_000, 0),
                )
            )
        ),
        "order_routed": rows(
            {"ts_recv": 1, "order_id": 1, "instrument": 0, "strategy": 1, "volume": 4_000_000},
            {"ts_recv": 2, "order_id": 2, "instrument": 0, "strategy": 1, "volume": 4_000_000},
        ),
        "offer_routed": rows(
            {"ts_recv": 1, "order_id": 3, "instrument": 1, "strategy": 2, "volume": 2_000_000},
            {"ts_recv": 1, "order_id": 4, "instrument": 2, "strategy": 2, "volume": 2_000_000},
        ),
        "filled": rows(
            {
                "ts_recv": 1,
                "order_id": 1,
                "instrument": 0,
                "strategy": 1,
                "side": "buy",
                "price": 11_000_000,
                "volume": 4_000_000,
                "arrival_price": 10_000_000,
            },
            {
                "ts_recv": HOUR,
                "order_id": 5,
                "instrument": 0,
                "strategy": 1,
                "side": "sell",
                "price": 19_000_000,
                "volume": 2_000_000,
                "arrival_price": 20_000_000,
            },
        ),
        "position_changed": rows(
            {"ts_recv": 1, "volume": 4_000_000, "cost": 176, "realised": 0, "fees": 1} | position,
            {"ts_recv": HOUR, "volume": 2_000_000, "cost": 88, "realised": 64, "fees": 2}
            | position,
            *(
                position
                | {
                    "ts_recv": at,
                    "strategy": 2,
                    "instrument": number,
                    "volume": 0,
                    "cost": 0,
                    "realised": realised,
                    "fees": 0,
                }
                for at, number, realised in ((2 * HOUR, 1, 10), (3 * HOUR, 2, 30))
            ),
        ),
        "order_state_changed": rows(
            *(
                {"ts_recv": at, "order_id": number, "state": state, "filled": filled, "reason": why}
                for at, number, state, filled, why in (
                    (1, 1, "filled", 4_000_000, None),
                    (2, 2, "rejected", 0, "outside_collar"),
                    (3, 3, "filled", 2_000_000, None),
                    (3, 4, "expired", 0, None),
                )
            )
        ),
        "refused": rows(
            {
                "ts_recv": 5,
                "order_id": 9,
                "strategy": 1,
                "refusal_kind": "OrderVolume",
                "refusal": "OrderVolume {volume=30 limit=20}",
            }
        ),
        "meter_read": rows(
            {"ts_recv": 2 * HOUR, "instrument": 1, "strategy": 2, "volume": -2_000_000},
            {"ts_recv": 3 * HOUR, "instrument": 2, "strategy": 2, "volume": 1_800_000},
        ),
    }
    return Ledger(tables, names)


def test_pnl_is_realised_plus_open_less_fees_at_the_rate_of_the_desk(ledger: Ledger) -> None:
    momentum, battery = pnl_by_strategy(ledger)
    # The last middle is -10.000001, rounded down; 2 MW over four hours are 8 MWh.
    mark = (-11_000_001 + (-11_000_001 + 2_000_001)) // 2
    assert mark == -10_000_001
    open_units = mark * 2_000_000 * 4 * 3_600 - 88 * EUR
    assert momentum.unrealised == open_units // 2
    assert (momentum.realised, momentum.fees) == (32 * EUR, EUR)
    assert momentum.total == 31 * EUR + open_units // 2
    assert momentum.is_synthetic
    assert (battery.total, battery.is_synthetic) == (20 * EUR, False)
    assert total_pnl(ledger).total == momentum.total + battery.total


def test_delivery_periods_add_up_to_the_total(ledger: Ledger) -> None:
    lines = pnl_by_delivery(ledger)
    assert sum(line.total for _, _, line in lines) == total_pnl(ledger).total
    assert [(start // HOUR, end // HOUR) for start, end, _ in lines] == [(0, 4), (1, 2), (2, 3)]


def test_fill_rate_and_slippage_follow_orders_and_fills(ledger: Ledger) -> None:
    momentum, battery = orders(ledger).strategies
    assert (momentum.routed, momentum.fills, momentum.fill_rate) == (2, 2, 0.75)
    # Bought 4 MW at 1 above and sold 2 MW at 1 below the middle: 6 MW × 4 h × 1 USD at 0.5.
    assert momentum.slippage == 12 * EUR
    assert (battery.routed, battery.fills, battery.fill_rate) == (2, 1, 0.5)


def test_an_order_that_was_enlarged_is_filled_at_most_whole(ledger: Ledger) -> None:
    amended = rows(
        {"ts_recv": HOUR, "order_id": 1, "price": 11_000_000, "volume": 5_000_000},
        {"ts_recv": HOUR, "order_id": 1, "price": 11_000_000, "volume": 6_000_000},
    )
    fill = ledger.tables["filled"].head(1).with_columns(volume=pl.lit(6_000_000, pl.Int64))
    routed = ledger.tables["order_routed"].head(1)
    more = {"order_routed": routed, "filled": fill}
    enlarged = Ledger({**ledger.tables, **more, "order_amended": amended}, ledger.names)
    assert orders(Ledger({**ledger.tables, **more}, ledger.names)).strategies[0].fill_rate == 1.5
    assert orders(enlarged).strategies[0].fill_rate == 1.0


def test_refusals_name_who_and_why_with_the_fix(ledger: Ledger) -> None:
    found = orders(ledger)
    assert found.rejected == 2
    by = {entry.by: entry for entry in found.rejections}
    assert by["venue"].reason == "outside_collar"
    assert by["gate"].example == (
        "order volume 30 is above the limit 20; split it or ask for a higher limit"
    )


def test_the_timeline_values_what_is_held_at_each_instant(ledger: Ledger) -> None:
    (market,) = ledger.names.markets
    found = timeline(ledger, market)
    assert (found.at // HOUR).tolist() == [0, 1, 2, 3, 4]
    # In the market's currency: 4 MW bought for 176 USD, half sold for 64 more than it cost.
    expected = [0.0, 64 - 2 - 88 + 8 * 20.0, 64 - 2 - 88 - 8 * 10.0, 64 - 2 - 88 - 80, 64 - 2 - 168]
    assert found.pnl["momentum"] == pytest.approx(expected, abs=1e-4)
    assert found.positions["momentum"].tolist() == [0, 2, 2, 2, 2]
    assert found.positions["battery, delivered"].tolist() == [0, -2, 1.8, 0, 0]
    # From 134 down to -106, of which the battery earns 10 back.
    assert found.drawdown.min() == pytest.approx(-230.0, abs=1e-3)
    assert np.all(found.drawdown <= 0)


def test_the_state_of_charge_loses_on_both_ways(ledger: Ledger) -> None:
    found = timeline(ledger, ledger.names.markets[0])
    assert found.charges["battery"] == pytest.approx([5.0, 5.0, 6.8, 4.8, 4.8])


def test_the_eight_steps_count_the_events(ledger: Ledger) -> None:
    found = steps(ledger)
    assert [step.number for step in found] == list(range(1, 9))
    assert found[0].facts.startswith("4 quotes")
    assert found[2].facts == "4 passed the gate, 1 refused"
    assert "1 refused by a venue" in found[4].facts


def test_a_run_without_any_event_has_figures_of_zero(ledger: Ledger) -> None:
    empty = Ledger({}, ledger.names)
    assert total_pnl(empty).total == 0
    assert orders(empty).order_fill_rate is None
    assert pnl_by_delivery(empty) == ()
    assert steps(empty)[1].facts == "no signal was sure enough to be recorded"


def test_a_trade_is_the_mark_while_a_side_of_the_book_is_empty(ledger: Ledger) -> None:
    def quote(sequence: int, bid: int, bid_volume: int) -> dict[str, Any]:
        return {
            "ts_recv": sequence,
            "sequence": sequence,
            "instrument": 7,
            "bid_price": bid,
            "ask_price": bid + 2,
            "bid_volume": bid_volume,
            "ask_volume": 1,
        }

    def trade(sequence: int, price: int, instrument: int = 7) -> dict[str, Any]:
        return {
            "ts_recv": sequence,
            "sequence": sequence,
            "instrument": instrument,
            "price": price,
        }

    tables = {
        "quote": rows(quote(2, 10, 1), quote(4, 20, 0), quote(6, 30, 1)),
        "trade": rows(trade(1, 5), trade(3, 99), trade(5, 25), trade(7, 99), trade(8, 4, 8)),
    }
    marks = dataclasses.replace(ledger, tables=tables).marks
    assert marks[7][1].tolist() == [5, 11, 25, 31]
    assert marks[8][1].tolist() == [4]


def test_what_we_traded_at_first_is_the_mark_until_something_else_is_known(ledger: Ledger) -> None:
    def row(sequence: int, instrument: int, price: int) -> dict[str, Any]:
        return {
            "ts_recv": sequence,
            "sequence": sequence,
            "instrument": instrument,
            "price": price,
        }

    fills = rows(row(2, 7, 50), row(4, 7, 60), row(5, 8, 70), row(6, 9, 80), row(9, 9, 90))
    tables = {"filled": fills, "trade": rows(row(3, 7, 55), row(1, 8, 66))}
    marks = dataclasses.replace(ledger, tables=tables).marks
    assert {number: each[1].tolist() for number, each in marks.items()} == {
        7: [50, 55],
        8: [66],
        9: [80],
    }
    alone = dataclasses.replace(ledger, tables={"filled": fills}).marks
    assert alone[9][1].tolist() == [80]
