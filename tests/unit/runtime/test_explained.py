"""P&L explained by line, against a ledger of its own that keeps positions at average cost."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.runtime.figures import Ledger, Names, StrategyName
from wattbook.runtime.figures.closes import closes_text, day_closes
from wattbook.runtime.figures.explained import (
    PNL_LINES,
    UNEXPLAINED,
    explain_pnl,
    explained_table,
    grid,
)
from wattbook.runtime.figures.ledger import MarketName

HOUR = 3_600
MILLION = 1_000_000
UNITS = HOUR * MILLION * MILLION
"""Of money in one of the currency."""
OWNER = {"instrument": 0, "trading_book": 1, "trader": 1, "strategy": 1}
NAMES = Names(
    "Test",
    "EUR",
    (StrategyName(1, "one", "momentum", "market", "book"),),
    (
        MarketName(
            "market", "", 0, None, "Europe/Berlin", "EUR", "megawatt_hour", "megawatt", 0, 1, 0
        ),
    ),
)


@dataclass
class Engine:
    """A position as an engine keeps it: volume, cost, realised; it writes the tables of a run."""

    volume: int = 0
    cost: int = 0
    realised: int = 0
    fees: int = 0
    sequence: int = 0
    currency: str = "EUR"
    rows: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def note(self, table: str, at: int, **columns: object) -> None:
        row = {"sequence": self.sequence, "ts_event": at, "ts_recv": at, **columns}
        self.rows.setdefault(table, []).append(row)

    def changed(self, at: int) -> None:
        self.note(
            "position_changed", at, **OWNER, volume=self.volume, cost=self.cost,
            realised=self.realised, fees=self.fees,
        )  # fmt: skip

    def mark(self, at: int, price: int) -> None:
        self.sequence += 1
        self.note("reference_price", at, instrument=0, kind="mark", run="initial", price=price)

    def rate(self, at: int, billionths: int) -> None:
        self.sequence += 1
        self.note(
            "set_fx_rate", at, **{"from": self.currency, "to": "EUR", "rate_billionths": billionths}
        )

    def fill(self, at: int, volume: int, price: int, fee: int) -> None:
        self.sequence += 1
        side = "buy" if volume > 0 else "sell"
        self.note(
            "filled", at, **OWNER, side=side, volume=abs(volume), price=price, fee=fee
        )  # fmt: skip
        closing = 0
        if self.volume * volume < 0:
            closing = -min(abs(volume), abs(self.volume)) * (1 if self.volume > 0 else -1)
            cost = self.cost * -closing // self.volume
            self.realised += -closing * price * HOUR - cost
            self.cost -= cost
        self.cost += (volume - closing) * price * HOUR
        self.volume += volume
        self.fees += fee
        self.changed(at)

    def settle(self, at: int, price: int, metered: int) -> None:
        self.sequence += 1
        volume = self.volume + metered
        amount = volume * price * HOUR
        self.realised += amount - self.cost
        self.volume = self.cost = 0
        self.note("reference_price", at, instrument=0, kind="imbalance", run="final", price=price)
        self.note(
            "settled", at, **OWNER, kind="imbalance", run="final", volume=volume, price=price,
            amount=amount,
        )  # fmt: skip
        self.changed(at)

    def ledger(self) -> Ledger:
        money = {"cost", "realised", "fees", "fee", "amount"}
        tables = {
            name: pl.DataFrame(
                rows, schema_overrides=dict.fromkeys(money & set(rows[0]), pl.Int128)
            )
            for name, rows in self.rows.items()
        }
        tables["define_instrument"] = pl.DataFrame(
            [{
                "instrument": 0, "symbol": "H01", "commodity": "power", "venue": 0,
                "currency": self.currency,
                "price_unit": "megawatt_hour", "volume_unit": "megawatt",
                "delivery_start": 10**12, "delivery_end": 10**12 + HOUR * 10**9,
                "delivery_seconds": HOUR,
            }]
        )  # fmt: skip
        return Ledger(tables, NAMES)


def at(second: int) -> int:
    return second * 10**9


def by_line(ledger: Ledger, instants: list[int]) -> dict[str, float]:
    found = dict.fromkeys((*PNL_LINES, UNEXPLAINED), 0)
    for one in explain_pnl(ledger, instants):
        for line, units in one.lines.items():
            found[line] += units
    return {line: units / UNITS for line, units in found.items()}


def test_each_line_of_a_traded_and_delivered_hour() -> None:
    engine = Engine()
    engine.mark(at(1), 50 * MILLION)
    # 10 MW bought half a euro above the mark, for a fee of 2.
    engine.fill(at(2), 10 * MILLION, 50_500_000, 2 * UNITS)
    engine.mark(at(3), 53 * MILLION)
    # The balance settles at 60; 4 MW were delivered besides.
    engine.settle(at(4), 60 * MILLION, 4 * MILLION)
    found = by_line(engine.ledger(), [0, at(10)])
    assert found == {
        "price": 100.0, "new trades": -5.0, "volume": 240.0, "re-settlement": 0.0,
        "reserves": 0.0, "fees": -2.0, "fx": 0.0, UNEXPLAINED: 0.0,
    }  # fmt: skip


def test_a_stretch_has_what_moved_in_it() -> None:
    engine = Engine()
    engine.mark(at(1), 50 * MILLION)
    engine.fill(at(2), 10 * MILLION, 50 * MILLION, 0)
    engine.mark(at(70), 53 * MILLION)
    engine.mark(at(130), 52 * MILLION)
    engine.fill(at(150), -10 * MILLION, 52 * MILLION, 0)
    ledger = engine.ledger()
    stretches = explain_pnl(ledger, grid(ledger, 60))
    assert [(one.begin // 10**9, one.lines["price"] / UNITS) for one in stretches] == [
        (60, 30.0),
        (120, -10.0),
    ]
    table = explained_table(stretches)
    assert table["amount"].sum() == 20.0
    assert table["amount_units"].sum() == 20 * UNITS


def test_rates_of_exchange_move_what_was_earned() -> None:
    engine = Engine(currency="USD")
    engine.rate(at(0), 900_000_000)
    engine.mark(at(1), 50 * MILLION)
    engine.fill(at(2), 10 * MILLION, 50 * MILLION, 0)
    engine.settle(at(10), 60 * MILLION, 0)
    # A hundred dollars were earned and all is settled when the rate falls.
    engine.rate(at(70), 800_000_000)
    first, second = explain_pnl(engine.ledger(), [0, at(60), at(120)])
    assert first.lines["price"] / UNITS == 90.0
    assert first.lines["fx"] == 0
    assert second.lines["fx"] / UNITS == -10.0
    assert first.total + second.total == 80 * UNITS


def test_instants_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="do not rise"):
        explain_pnl(Ledger({}, NAMES), [2, 2])


price = st.integers(-500 * MILLION, 4_000 * MILLION)
volume = st.integers(-99 * MILLION, 99 * MILLION).filter(bool)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("mark"), price),
        st.tuples(st.just("fill"), volume, price, st.integers(-(10**12), 10**12)),
    ),
    max_size=12,
)


@given(steps=steps, first=price, last=price, metered=volume, is_settled=st.booleans())
def test_lines_explain_what_an_engine_earned(
    *,
    steps: list[tuple[str, int] | tuple[str, int, int, int]],
    first: int,
    last: int,
    metered: int,
    is_settled: bool,
) -> None:
    engine = Engine()
    engine.mark(at(1), first)
    engine.fill(at(2), metered, first, 0)
    for second, (what, *values) in enumerate(steps, start=3):
        if what == "mark":
            engine.mark(at(second), values[0])
        else:
            engine.fill(at(second), *values)
    if is_settled:
        engine.settle(at(98), last, metered)
    else:
        engine.mark(at(98), last)
    ledger = engine.ledger()
    stretches = explain_pnl(ledger, [at(second) for second in range(0, 101, 5)])
    assert all(one.lines[UNEXPLAINED] == 0 for one in stretches)
    open_now = last * engine.volume * HOUR - engine.cost
    earned = engine.realised + open_now - engine.fees
    assert sum(one.total for one in stretches) == earned


def test_closes_follow_the_clock_of_the_market_and_are_the_same_again() -> None:
    engine = Engine()
    midnight = 1_782_770_400  # 30 June 2026, 00:00 in Berlin
    engine.mark(at(midnight - 7_200), 50 * MILLION)
    engine.fill(at(midnight - 3_600), 10 * MILLION, 50 * MILLION, 0)
    engine.mark(at(midnight - 1), 51 * MILLION)
    engine.mark(at(midnight + 1), 49 * MILLION)
    engine.settle(at(midnight + 3_600), 49 * MILLION, 0)
    closes = day_closes(engine.ledger())
    assert [(one.day.isoformat(), one.total / UNITS) for one in closes] == [
        ("2026-06-29", 10.0),
        ("2026-06-30", -20.0),
    ]
    assert [[held.volume for held in one.positions] for one in closes] == [[10 * MILLION], []]
    assert closes_text(closes) == closes_text(day_closes(engine.ledger()))
    assert len({one.digest for one in closes}) == 2
