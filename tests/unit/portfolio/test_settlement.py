"""Imbalance settlement: amounts worked out by hand, versions, estimates, rules as data."""

from __future__ import annotations

import datetime as dt
import time
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import SettlementError
from wattbook.portfolio.money import UNITS, energy_from_mw, half_even, half_even_column
from wattbook.portfolio.settlement import (
    SUBMISSIONS,
    ImbalanceMarket,
    Settlement,
    changes,
    final_schedules,
    imbalance_market,
    imbalance_markets,
    known_at,
    market_from,
    nominal_publication,
    period_starts,
    publications,
    run_totals,
    settle,
)

DAY = dt.date(2026, 3, 2)
NEXT = DAY + dt.timedelta(1)
MWH = 3_600_000_000
EURO = 1_000_000


def starts_of(market: ImbalanceMarket, day: dt.date = DAY) -> list[int]:
    return period_starts(market, day, day + dt.timedelta(1))["start"].to_list()


def settled(
    market: ImbalanceMarket,
    schedules: list[tuple[str, int, float]],
    meters: list[tuple[str, int, str, int, float]],
    prices: list[tuple[int, str, int, float, float]],
    *,
    day: dt.date = DAY,
    after: dt.date | None = None,
    **more: Any,
) -> Settlement:
    """Settle rows of MWh and currency."""
    return settle(
        market,
        pl.DataFrame(
            [(one, start, round(mwh * MWH)) for one, start, mwh in schedules],
            schema=["account", "start", "scheduled"], orient="row",
        ),
        pl.DataFrame(
            [(one, start, run, at, round(mwh * MWH)) for one, start, run, at, mwh in meters],
            schema=["account", "start", "run", "published", "metered"], orient="row",
        ),
        pl.DataFrame(
            [
                (start, run, at, round(short * EURO), round(long * EURO))
                for start, run, at, short, long in prices
            ],
            schema=["start", "run", "published", "price_short", "price_long"], orient="row",
        ).with_columns(**more),
        first=day, after=after or day + dt.timedelta(1),
    )  # fmt: skip


def money(units: int) -> float:
    return units / UNITS


def test_a_short_pays_the_price_and_a_long_is_paid() -> None:
    market = imbalance_market("DE")
    first, second, third = starts_of(market)[:3]
    found = settled(
        market,
        [("A", first, 10.0), ("A", second, 10.0), ("A", third, -5.0)],
        [("A", first, "BKA", 1, 9.5), ("A", second, "BKA", 1, 10.25), ("A", third, "BKA", 1, -5.5)],
        [(first, "BKA", 1, 80, 80), (second, "BKA", 1, -40, -40), (third, "BKA", 1, 100, 100)],
    )
    rows = found.amounts
    # 0.5 MWh short at 80; 0.25 MWh long at -40; half a MWh more taken than scheduled at 100.
    assert [money(amount) for amount in rows["amount"]] == [-40.0, -10.0, -50.0]
    assert (rows["imbalance"] / MWH).to_list() == [-0.5, 0.25, -0.5]
    assert rows["quality"].unique().to_list() == ["metered"]
    assert found.quarantined.height == found.unpriced.height == 0


def test_two_prices_hold_for_the_two_signs_until_the_rule_changed() -> None:
    market = imbalance_market("GB")
    before, after = dt.date(2015, 11, 4), dt.date(2015, 11, 5)
    old, new = starts_of(market, before), starts_of(market, after)
    assert len(old) == len(new) == 48
    found = settled(
        market,
        [("A", old[0], 10.0), ("A", old[1], 10.0), ("A", new[0], 10.0), ("A", new[1], 10.0)],
        [
            ("A", old[0], "SF", 5, 9.0),
            ("A", old[1], "SF", 5, 11.0),
            ("A", new[0], "SF", 5, 9.0),
            ("A", new[1], "SF", 5, 11.0),
        ],
        [
            (old[0], "SF", 5, 90, 35),
            (old[1], "SF", 5, 90, 35),
            (new[0], "SF", 5, 60, 60),
            (new[1], "SF", 5, 60, 35),
        ],
        day=before,
        after=after + dt.timedelta(1),
    )
    assert [money(amount) for amount in found.amounts["amount"]] == [-90.0, 35.0, -60.0]
    # Two prices on a day of one price are set aside, and the period waits for its price.
    assert found.quarantined["reason"].to_list() == ["two prices where the rule has one"]
    assert found.quarantined["row"].to_list() == [3]
    assert found.unpriced["start"].to_list() == [new[1]]


def test_each_run_takes_the_latest_meter_and_price_up_to_it() -> None:
    market = imbalance_market("GB")
    start = starts_of(market)[0]
    found = settled(
        market,
        [("A", start, 10.0)],
        [("A", start, "II", 100, 9.0), ("A", start, "R1", 300, 9.5)],
        [(start, "II", 110, 50, 50), (start, "SF", 200, 60, 60)],
    )
    rows = found.amounts
    assert rows["run"].to_list() == ["II", "SF", "R1"]
    assert [money(one) for one in rows["amount"]] == [-50.0, -60.0, -30.0]
    assert rows["published"].to_list() == [110, 200, 300]
    assert rows["quality"].to_list() == ["metered", "carried", "metered"]
    # As it was known: nothing before both parts of a run are there.
    known = [known_at(rows, instant)["amount"].to_list() for instant in (109, 110, 299, 300)]
    assert [[money(one) for one in some] for some in known] == [[], [-50.0], [-60.0], [-30.0]]
    told = changes(rows)
    assert told["line"].to_list() == ["imbalance", "re-settlement", "re-settlement"]
    assert [money(one) for one in told["change"]] == [-50.0, -10.0, 30.0]
    assert [money(one) for one in run_totals(rows)["total"]] == [-50.0, -60.0, -30.0]


def test_a_run_that_came_out_late_does_not_replace_a_later_one() -> None:
    market = imbalance_market("GB")
    start = starts_of(market)[0]
    found = settled(
        market,
        [("A", start, 1.0)],
        [("A", start, "SF", 500, 0.0), ("A", start, "R1", 400, 0.5)],
        [(start, "II", 10, 10, 10)],
    )
    assert known_at(found.amounts, 600)["run"].to_list() == ["R1"]


def test_a_missing_meter_is_estimated_from_the_weeks_before_and_says_so() -> None:
    market = imbalance_market("DE")
    days = [DAY + dt.timedelta(7 * week) for week in range(5)]  # over the change of clocks
    at = [starts_of(market, day)[40] for day in days]
    assert (at[4] - at[3]) // 3_600_000_000_000 == 167
    read = [1.0, 2.0, 4.0, 5.5]
    found = settled(
        market,
        [("A", start, 3.0) for start in at],
        [("A", start, "BKA", 1, mwh) for start, mwh in zip(at[:4], read, strict=True)],
        [(start, "BKA", 1, 10, 10) for start in at],
        after=days[-1] + dt.timedelta(1),
    ).amounts
    assert found["quality"].to_list() == ["metered"] * 4 + ["profile"]
    assert found["metered"][4] == round(sum(read) / 4 * MWH)
    # With nothing to go by it is the schedule: no imbalance, and that is told.
    alone = settled(market, [("A", at[0], 3.0)], [], [(at[0], "BKA", 1, 10, 10)]).amounts
    assert alone.select("quality", "imbalance").rows() == [("schedule", 0)]


def test_an_estimate_is_replaced_by_the_reading_of_a_later_run() -> None:
    market = imbalance_market("DE")
    start = starts_of(market)[0]
    rows = settled(
        market,
        [("A", start, 3.0)],
        [("A", start, "KBKA", 9, 2.0)],
        [(start, "BKA", 1, 10, 10)],
    ).amounts
    assert rows["quality"].to_list() == ["schedule", "metered"]
    assert [money(one) for one in changes(rows)["change"]] == [0.0, -10.0]


def test_a_run_is_known_when_what_it_takes_over_is_known_too() -> None:
    market = imbalance_market("GB")
    start = starts_of(market)[0]
    found = settled(
        market, [("A", start, 1.0)], [("A", start, "SF", 20, 0.5)], [(start, "II", 90, 10, 10)]
    )
    # The price came late: until then the reading of the later run was worth nothing.
    assert found.amounts.select("run", "published").rows() == [("II", 90), ("SF", 90)]
    assert known_at(found.amounts, 89).height == 0
    assert known_at(found.amounts, 90)["run"].to_list() == ["SF"]


def test_a_schedule_of_which_nothing_is_heard_is_listed() -> None:
    market = imbalance_market("DE")
    one, two = starts_of(market)[:2]
    found = settled(market, [("A", one, 1.0), ("A", two, 1.0)], [("A", one, "BKA", 1, 0.5)], [])
    assert found.amounts.height == 0
    assert found.unpriced.select("start", "run", "imbalance").rows() == [
        (one, "BKA", round(-0.5 * MWH)),
        (two, None, None),
    ]


@pytest.mark.parametrize(
    ("bad", "unsettled"),
    [
        # A start that is none, next to the period that was meant: the one without a schedule.
        (("A", 420 * 10**9, 1.0), [1]),
        ((None, 0, 1.0), [1]),
        # A year before the days is no row of theirs, and another account's says nothing of this.
        (("A", -365 * 86_400 * 10**9, 1.0), []),
        (("B", 420 * 10**9, 1.0), []),
    ],
)
def test_a_period_whose_schedule_was_set_aside_is_not_settled_as_none(
    bad: tuple[str | None, int, float], unsettled: list[int]
) -> None:
    market = imbalance_market("DE")
    starts = starts_of(market)[:2]
    account, after, power = bad
    others = [(account, starts[1] + after, power)] if account or after else [(None, starts[1], 1.0)]
    found = settled(
        market,
        [("A", starts[0], 1.0), *others],
        [("A", start, "BKA", 1, 0.5) for start in starts],
        [(start, "BKA", 1, 10, 10) for start in starts],
    )
    assert found.quarantined.height == 1
    assert found.unscheduled.rows() == [("A", starts[one], "BKA") for one in unsettled]
    assert set(found.amounts["start"]) == {*starts} - {starts[one] for one in unsettled}


def test_bad_rows_are_set_aside_with_their_reason_and_none_is_lost() -> None:
    market = imbalance_market("DE")
    start = starts_of(market)[0]
    found = settled(
        market,
        [("A", start + 1, 1.0), ("A", start, 1.0), ("A", start, 2.0)],
        [("A", start, "SF", 1, 1.0), ("A", start, "BKA", 1, 0.5)],
        [(start, "BKA", 1, 10, 10)],
    )
    assert sorted(found.quarantined.select("table", "row", "reason").rows()) == [
        ("meters", 0, "run SF is none of BKA, KBKA"),
        ("schedules", 0, "no settlement period of these days begins there"),
        ("schedules", 2, "stands twice; the first is kept"),
    ]
    assert "start=" in found.quarantined["values"][0]
    assert [money(one) for one in found.amounts["amount"]] == [-5.0]


@pytest.mark.parametrize(
    ("table", "text"),
    [
        (
            pl.DataFrame({"account": ["A"], "start": [1]}),
            "schedules: column 'scheduled' is missing",
        ),
        (
            pl.DataFrame({"account": ["A"], "start": [1], "scheduled": [0.5]}),
            "schedules.scheduled: numbers with a point",
        ),
        (
            pl.DataFrame({"account": ["A"], "start": ["x"], "scheduled": [1]}),
            "schedules.start: conversion",
        ),
    ],
)
def test_a_table_that_does_not_fit_is_refused_by_name(table: pl.DataFrame, text: str) -> None:
    market = imbalance_market("DE")
    empty = settled(market, [], [], [])
    assert empty.amounts.height == 0
    with pytest.raises(SettlementError, match=text):
        settle(
            market, table,
            pl.DataFrame(schema={"account": pl.String, "start": pl.Int64, "run": pl.String,
                                 "published": pl.Int64, "metered": pl.Int64}),
            pl.DataFrame(schema={"start": pl.Int64, "run": pl.String, "published": pl.Int64,
                                 "price_short": pl.Int64, "price_long": pl.Int64}),
            first=DAY, after=NEXT,
        )  # fmt: skip
    with pytest.raises(SettlementError, match="give a later end"):
        settle(market, table, table, table, first=DAY, after=DAY)


OWN: dict[str, Any] = {
    "name": "Own", "time_zone": "UTC", "currency": "EUR",
    "runs": [{"name": "one", "source": "contract"}],
    "rules": [
        {"start": dt.date(2026, 1, 1), "period_minutes": 60, "pricing": "single",
         "source": "contract", "tolerance": {"share": 0.05, "mwh": 0.25}, "fee": 1.15},
    ],
}  # fmt: skip


def test_within_the_tolerance_the_reference_price_holds_and_a_fee_is_paid() -> None:
    market = market_from("OWN", OWN, "config")
    at = starts_of(market)[:3]
    found = settled(
        market,
        [("A", at[0], 10.0), ("A", at[1], 10.0), ("A", at[2], 1.0)],
        [("A", at[0], "one", 1, 9.6), ("A", at[1], "one", 1, 8.0), ("A", at[2], "one", 1, 2.0)],
        [(start, "one", 1, 100, 100) for start in at],
        price_reference=pl.lit(20 * EURO),
    ).amounts
    # 0.4 short of a band of 0.5; 2.0 short of it, so 0.5 at 20 and 1.5 at 100; 0.25 and 0.75 long.
    assert [money(one) for one in found["amount"]] == [-8.0, -160.0, 80.0]
    assert [round(money(one), 9) for one in found["fee"]] == [0.46, 2.3, 1.15]
    with pytest.raises(SettlementError, match="no price_reference at start"):
        settled(
            market, [("A", at[0], 10.0)], [("A", at[0], "one", 1, 9.0)], [(at[0], "one", 1, 1, 1)]
        )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"time_zone": "Mars"}, r"config\.time_zone: 'Mars' is unknown"),
        ({"rules": []}, r"config\.rules: missing"),
        ({"runs": [{"name": "a", "source": "b", "unit": "years"}]}, r"runs\[0\]\.unit: 'years'"),
        ({"runs": [{"name": "a", "source": "b"}] * 2}, "a name stands twice"),
        ({"colour": 1}, r"config\.colour: unknown"),
        ({"rules": [{**OWN["rules"][0], "period_minutes": 20}]}, "period_minutes: 20; use 15"),
        ({"rules": [{**OWN["rules"][0], "pricing": "triple"}]}, "pricing: 'triple'"),
        ({"rules": [{**OWN["rules"][0], "start": "2026"}]}, "start: '2026' is no day"),
        ({"rules": [{**OWN["rules"][0], "fee": -1}]}, "fee: -1"),
    ],
)
def test_rules_that_do_not_fit_are_refused_by_place(change: dict[str, Any], text: str) -> None:
    with pytest.raises(SettlementError, match=text):
        market_from("OWN", {**OWN, **change}, "config")


def test_every_rule_names_its_source_and_days_before_the_first_are_refused() -> None:
    for market in imbalance_markets().values():
        assert all(run.source for run in market.runs)
        assert all(rule.source for rule in market.rules)
    with pytest.raises(SettlementError, match="the first one begins on 2010-05-01"):
        imbalance_market("DE").rule(dt.date(2009, 1, 1))
    with pytest.raises(SettlementError, match="known are DE, GB, NORDIC, ERCOT"):
        imbalance_market("FR")


def test_runs_are_published_on_working_days_after_delivery_or_its_month() -> None:
    gb, de = imbalance_market("GB"), imbalance_market("DE")
    # Good Friday 3 April and Easter Monday 6 April 2026 are none.
    assert nominal_publication(gb, gb.runs[0], dt.date(2026, 3, 31)) == dt.date(2026, 4, 9)
    assert nominal_publication(de, de.runs[1], dt.date(2026, 3, 2)) == dt.date(2026, 11, 30)
    assert nominal_publication(gb, gb.runs[-1], DAY) is None
    assert publications(gb, DAY, NEXT)["run"].to_list() == ["II", "SF", "R1", "R2", "R3", "RF"]
    days = publications(gb, DAY, NEXT)["published"]
    assert days.is_sorted()
    assert days.n_unique() == 6


@given(st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)), st.sampled_from(["DE", "GB"]))
def test_periods_of_a_day_fill_it(day: dt.date, key: str) -> None:
    found = period_starts(imbalance_market(key), day, day + dt.timedelta(1))
    hours = found["seconds"].sum() / 3600
    assert hours in (23, 24, 25)
    ends = found["start"] + found["seconds"] * 1_000_000_000
    assert ends[:-1].to_list() == found["start"][1:].to_list()
    assert found["number"].to_list() == list(range(1, found.height + 1))


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**9))
def test_a_column_rounds_half_to_even_as_a_number_does(numerator: int, denominator: int) -> None:
    frame = pl.DataFrame({"n": [numerator]}, schema={"n": pl.Int128})
    found = frame.select(half_even_column(pl.col("n"), denominator))["n"][0]
    assert found == half_even(numerator, denominator)


def noise(rng: np.random.Generator, count: int) -> pl.Expr:
    return pl.lit(pl.Series(rng.normal(0, 5, count)))


def month(runs: list[str], accounts: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return a month of random quarter-hours with a version a run."""
    market = imbalance_market("DE")
    periods = period_starts(market, dt.date(2026, 3, 1), dt.date(2026, 4, 1))
    rng = np.random.default_rng(5)
    names = pl.DataFrame({"account": [f"A{number}" for number in range(accounts)]})
    base = names.join(periods.select("start"), how="cross")
    made = [
        base.with_columns(
            run=pl.lit(run),
            published=pl.lit(place + 1),
            metered=energy_from_mw(noise(rng, base.height), pl.lit(900)),
        )
        for place, run in enumerate(runs)
    ]
    prices = [
        periods.select("start").with_columns(
            run=pl.lit(run),
            published=pl.lit(place + 1),
            price_short=pl.Series(rng.integers(-50_000_000, 300_000_000, periods.height)),
        ).with_columns(price_long=pl.col("price_short"))
        for place, run in enumerate(runs)
    ]  # fmt: skip
    scheduled = base.with_columns(scheduled=energy_from_mw(noise(rng, base.height), pl.lit(900)))
    return scheduled, pl.concat(made), pl.concat(prices)


def test_a_month_of_quarter_hours_in_all_runs_is_quick_and_adds_up() -> None:
    market = market_from(
        "SEVEN",
        {
            **OWN, "time_zone": "Europe/Berlin",
            "runs": [{"name": name, "source": "as GB"} for name in "abcdefg"],
            "rules": [{"start": dt.date(2026, 1, 1), "period_minutes": 15, "pricing": "single",
                       "source": "test"}],
        },
        "test",
    )  # fmt: skip
    tables = month(list("abcdefg"), accounts=5)
    began = time.process_time()
    found = settle(market, *tables, first=dt.date(2026, 3, 1), after=dt.date(2026, 4, 1))
    taken = time.process_time() - began
    # March has 31 days and loses an hour: 2,972 quarter-hours, in seven runs, for five accounts.
    assert found.amounts.height == 2_972 * 7 * 5
    assert taken < 20.0
    last = known_at(found.amounts, 10)
    assert changes(found.amounts)["change"].sum() == last["amount"].sum()
    slow = sum(
        (metered - scheduled) * price
        for scheduled, metered, price in last.select("scheduled", "metered", "price").iter_rows()
    )
    assert slow == last["amount"].sum()


def test_the_last_submission_before_the_gate_is_the_final_schedule() -> None:
    hour = 3_600 * 10**9
    rows = [
        ("A", 2 * hour, 0, 1),
        ("A", 2 * hour, hour, 2),
        ("A", 2 * hour, hour, 3),
        ("A", 2 * hour, hour + 1, 4),
        ("B", 2 * hour, 3 * hour, 5),
    ]
    table = pl.DataFrame(rows, schema=list(SUBMISSIONS), orient="row")
    final, late = final_schedules(table, gate_minutes=60)
    assert final.rows() == [("A", 2 * hour, 3)]
    assert late["scheduled"].to_list() == [4, 5]
    # A gate an hour after the start takes all of them.
    final, late = final_schedules(table, gate_minutes=-60)
    assert final["scheduled"].to_list() == [4, 5]
    assert late.height == 0
    with pytest.raises(SettlementError, match="schedules, row 1: no submitted"):
        final_schedules(table.with_columns(submitted=pl.Series([0, None, 0, 0, 0])), 60)
