"""A run within limits of scopes: what the gate refuses, and what the folder tells afterwards."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.domain import Instrument, SetSensitivities, Venue
from wattbook.errors import DeskError, RunError
from wattbook.execution import Simulation
from wattbook.risk.house_margin import scenario_margin
from wattbook.risk.measures import Quantile, Shortfall, expected_shortfall, value_at_risk
from wattbook.runtime.desk import parse_desk
from wattbook.runtime.figures import Ledger
from wattbook.runtime.figures.ledger import Names
from wattbook.runtime.figures.risk import held_at, risk_path, scenario_gains, tails_of
from wattbook.runtime.risk.breaches import read_statements
from wattbook.runtime.risk.scenarios import ScenarioSet, newest
from wattbook.store import frames

HEAD = """
[desk]
name = "test"
currency = "EUR"

[[book]]
name = "intraday"
order_volume = 20
order_value = 50_000
position_volume = 40
loss = 25_000
price_collar = 400

[[market]]
name = "day"
source = "generated"

[market.synthetic_book]
tick = 0.01
lot = 0.1
half_spread = 0.40
level_volume = 6.0

[[strategy]]
name = "momentum"
kind = "momentum"
market = "day"
book = "intraday"
trader = "Ana"
volume = 5
"""
LIMIT = '\n[[limit]]\nname = "one"\nmeasure = "volume"\nsoft = 3\nhard = 4\n'
RAISED = """
[limit.raised]
hard = 9
until = 2026-07-01T12:00:00Z
asked_by = "Ana"
approved_by = "Ben"
reason = "outage of a unit"
"""


def test_a_desk_file_sets_limits_of_scopes() -> None:
    desk = parse_desk(HEAD + LIMIT + 'trader = "Ana"\nowner = "Cleo"\n' + RAISED)
    (limit,) = desk.limit
    assert (limit.measure, limit.trader, limit.owner) == ("volume", "Ana", "Cleo")
    assert limit.raised is not None
    assert limit.raised.approved_by == "Ben"
    assert desk.traders == {"Ana": 1}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (LIMIT + 'trader = "Anna"\n', "limit[0].trader"),
        (LIMIT + 'book = "assets"\n', "limit[0].book"),
        (LIMIT.replace("hard = 4", "hard = 2"), "limit[0].soft"),
        (LIMIT.replace("volume", "volumes"), "limit[0].measure"),
        (LIMIT + "delivery_start = 2026-07-02\ndelivery_end = 2026-07-01\n", "delivery_end"),
        (LIMIT + 'currency = "EUR"\n', "limit[0].currency"),
        (LIMIT.replace("volume", "spot_trading") + 'currency = "euro"\n', "limit[0].currency"),
        (LIMIT.replace("volume", "spot_trading") + "payment_days = 400\n", "payment_days"),
        (LIMIT + RAISED.replace("Ben", "Ana"), "limit[0].raised.approved_by"),
        (LIMIT + RAISED.replace("Ben", " ana"), "limit[0].raised.approved_by"),
        (LIMIT + RAISED.replace("Ben", " "), "limit[0].raised.approved_by"),
        (LIMIT + RAISED.replace("00Z", "00"), "limit[0].raised.until"),
        (LIMIT + RAISED.replace("hard = 9", "hard = 3"), "limit[0].raised.hard"),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused_at_its_place(text: str, place: str) -> None:
    with pytest.raises(DeskError, match="line") as found:
        parse_desk(HEAD + text)
    assert place in str(found.value)


def test_tails_of_rows_are_those_of_single_ones() -> None:
    rows = np.random.default_rng(5).normal(3.0, 40.0, (7, 41))
    found = tails_of(rows)
    for place, row in enumerate(rows):
        assert found[0, place] == value_at_risk(row, 0.99, Quantile.INVERTED_CDF)
        shortfall = expected_shortfall(row, 0.99, Shortfall.EXACT_TAIL)
        assert found[1, place] == pytest.approx(shortfall, rel=1e-12)
        assert found[2, place] == pytest.approx(scenario_margin(row), rel=1e-12)


HOUR = 3_600 * 10**9


def ledger_of(
    scenarios: list[tuple[int, int, int, list[int]]], moved: list[tuple[int, int, int, int]]
) -> Ledger:
    """Events of two hours: scenarios and positions, each as sequence, time, instrument, value."""
    defined = [
        {
            "instrument": number,
            "symbol": f"H{number}",
            "commodity": "power",
            "venue": 0,
            "currency": "EUR",
            "price_unit": "MWh",
            "volume_unit": "MW",
            "delivery_start": 0,
            "delivery_end": HOUR,
            "delivery_seconds": 3_600,
        }
        for number in (0, 1)
    ]
    columns = ["sequence", "ts_recv", "instrument"]
    changed = pl.DataFrame(moved, schema=[*columns, "volume"], orient="row").with_columns(
        trading_book=pl.lit(1), trader=pl.lit(1), strategy=pl.lit(1)
    )
    tables = {
        "define_instrument": pl.DataFrame(defined),
        "set_sensitivities": pl.DataFrame(
            scenarios, schema=[*columns, "shocks_millionths"], orient="row"
        ),
        "position_changed": changed,
    }
    return Ledger(tables, Names("test", "EUR", (), ()))


def test_what_is_held_is_valued_in_the_scenarios_in_force_at_each_instant() -> None:
    random = np.random.default_rng(3)
    days = random.integers(-9_000_000, 9_000_000, (3, 2, 30))
    # A spread is held over two nights; on the last day one hour alone has new scenarios.
    ledger = ledger_of(
        [
            (1, 0, 0, days[0, 0].tolist()),
            (2, 0, 1, days[0, 1].tolist()),
            (5, 100, 0, days[1, 0].tolist()),
            (6, 100, 1, days[1, 1].tolist()),
            (9, 200, 1, days[2, 1].tolist()),
        ],
        [(3, 50, 0, 4_000_000), (4, 60, 1, -3_000_000), (7, 100, 0, 5_000_000)],
    )
    path = risk_path(ledger)
    assert path is not None
    assert path.ts.tolist() == [50, 60, 100, 200]
    holdings = ([4, 0], [4, -3], [5, -3], [5, -3])
    shocks = (days[0], days[0], days[1], np.array([days[1, 0], days[2, 1]]))
    for place, (held, moves) in enumerate(zip(holdings, shocks, strict=True)):
        pnl = np.array(held) @ moves / 1e6
        assert path.value_at_risk[place] == pytest.approx(
            value_at_risk(pnl, 0.99, Quantile.INVERTED_CDF), rel=1e-12
        )
        gains = scenario_gains(ledger, int(path.ts[place]))
        again = np.zeros(30)
        for row in held_at(ledger, int(path.ts[place])).iter_rows(named=True):
            again += row["volume"] / 1e6 * gains[row["instrument"]]
        assert again == pytest.approx(pnl)


def test_what_stood_still_has_no_scenarios() -> None:
    moves = {1: np.array([2.0, 0.0, 0.0]), 2: np.array([0.0, 0.0, 1.0])}
    # Without the oldest one, the first has not moved: its value at risk is not known, and not 0.
    assert set(newest(ScenarioSet(5, moves), 2).moves) == {2}
    assert newest(ScenarioSet(5, moves), 3).moves[1].tolist() == [2.0, 0.0, 0.0]


def test_scenarios_enter_the_journal_when_they_become_known() -> None:
    made = Simulation(seed=1, desk_currency="EUR", start=0)
    made.add_reference(
        Venue(venue=0, name="made up", market_model="continuous_book",
              time_zone="Europe/Berlin", is_synthetic=True)
    )  # fmt: skip
    made.add_reference(
        Instrument(
            instrument=0, symbol="H3", venue=0, location="DE-LU", commodity="power",
            form="intraday", tenor="hour", load="base", delivery_kind="physical",
            delivery_start=2 * HOUR, delivery_end=3 * HOUR, delivery_seconds=3_600,
            gate_closure=2 * HOUR, currency="EUR", price_unit="megawatt_hour",
            volume_unit="megawatt", tick="0.01", lot="0.1", min_price=-500, max_price=4000,
        )
    )  # fmt: skip
    for at, shock in ((HOUR, 2), (HOUR // 2, 1), (HOUR, 3)):
        made.add_sensitivities(
            SetSensitivities(
                instrument=0, delta_millionths=10**6, vega=0, shocks_millionths=[shock, 0]
            ),
            at,
        )
    made.open()
    made.run_until(4 * HOUR)
    table = frames(made.drain())["set_sensitivities"]
    assert table["shocks_millionths"].to_list() == [[1, 0], [2, 0], [3, 0]]
    known = table["ts_recv"].cast(pl.Int64).to_list()
    assert known == [HOUR // 2, HOUR, HOUR]


WORDS = {"number": 1, "at": "2026-06-30T12:00:00+00:00", "by": "Ana", "reason": "late fill"}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"number": "1"}, "number is '1'"),
        ({"number": True}, "number is True"),
        ({"number": 0}, "number is 0"),
        ({"by": 3}, "by is 3, no text"),
        ({"by": " "}, "by is missing"),
        ({"at": "2026-06-30T12:00:00"}, "without a zone"),
        ({"cure_by": "never"}, "'never'"),
        ({"approved_by": None}, "approved_by is None"),
        ({"excuse": "none"}, "excuse"),
    ],
)
def test_a_damaged_line_about_a_breach_is_refused_with_its_place(
    tmp_path: Path, changed: dict[str, object], reason: str
) -> None:
    path = tmp_path / "breaches.jsonl"
    path.write_text(f"{json.dumps(WORDS)}\n{json.dumps(WORDS | changed)}\n", encoding="utf-8")
    with pytest.raises(RunError, match="line 2: ") as found:
        read_statements(tmp_path)
    assert reason in str(found.value)
    path.write_text(f"{json.dumps(WORDS)}\n[1]\n", encoding="utf-8")
    with pytest.raises(RunError, match=r"line 2: it is \[1\], no object"):
        read_statements(tmp_path)
    path.write_text(f"{json.dumps(WORDS)}\n", encoding="utf-8")
    assert [one.reason for one in read_statements(tmp_path)] == ["late fill"]
