"""What a run will meet: gates by each market's rule, forecasts that know nothing of the future."""

import dataclasses
import datetime as dt

import numpy as np
import pytest

from wattbook.errors import SourceError
from wattbook.ingest import NANOS_PER_SECOND, DataReport, Series, normalize
from wattbook.market import TradingDay, trading_day
from wattbook.runtime.desk import MarketSpec
from wattbook.runtime.plan.instrument import Numbers
from wattbook.runtime.plan.periods import Periods, pool_periods, two_settlement_periods
from wattbook.runtime.plan.power import PowerPlan, plan_power
from wattbook.sources import SOURCES, PriceKind

HOUR = 3_600 * NANOS_PER_SECOND
LAST_DAY = MarketSpec(name="day", source="generated", day=dt.date(2026, 6, 30))


def instant(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def series(day: TradingDay, seconds: int, kind: PriceKind = PriceKind.REAL_TIME) -> Series:
    start = np.arange(day.start, day.end, seconds * NANOS_PER_SECOND, dtype=np.int64)
    return Series(
        name="test",
        location="X",
        kind=kind,
        currency="USD",
        price_unit="MWh",
        time_zone=day.time_zone,
        interval_seconds=seconds,
        delivery_start=start,
        price=np.arange(start.size, dtype=np.float64),
        covariates={},
    )


def two_settlements(name: str, date: dt.date) -> Periods:
    source = SOURCES[name]
    day = trading_day(date, source.time_zone)
    return two_settlement_periods(
        Numbers(), source, series(day, 900), series(day, 3_600, PriceKind.DAY_AHEAD), day
    )


@pytest.mark.parametrize(
    ("name", "date", "gate", "published"),
    [
        # ERCOT: 10:00 and 13:30 in Texas, whose clocks moved on 9 March 2025.
        ("ercot-hubavg", dt.date(2025, 5, 14), "2025-05-13T15:00", "2025-05-13T18:30"),
        ("ercot-hubavg", dt.date(2025, 3, 9), "2025-03-08T16:00", "2025-03-08T19:30"),
        # New York: 05:00 and 11:00; the clocks moved on 3 November 2019.
        ("nyiso-nyc", dt.date(2019, 7, 19), "2019-07-18T09:00", "2019-07-18T15:00"),
        ("nyiso-longil", dt.date(2019, 11, 4), "2019-11-03T10:00", "2019-11-03T16:00"),
        # New England: 10:00 and 13:30.
        ("isone-me", dt.date(2017, 3, 14), "2017-03-13T14:00", "2017-03-13T17:30"),
        # The generated market states its own rule.
        ("generated", dt.date(2026, 6, 30), "2026-06-29T10:00", "2026-06-29T12:30"),
    ],
)
def test_the_day_ahead_gate_is_that_of_the_market(
    name: str, date: dt.date, gate: str, published: str
) -> None:
    periods = two_settlements(name, date)
    assert set(periods.gate.tolist()) == {instant(gate)}
    assert periods.day_ahead_published is not None
    assert set(periods.day_ahead_published.tolist()) == {instant(published)}
    assert periods.forecast_at < periods.offer_at.min() < instant(gate)


def test_the_day_of_the_clock_change_has_23_hours() -> None:
    periods = two_settlements("ercot-hubavg", dt.date(2025, 3, 9))
    assert periods.delivery_start.size == 23


def test_a_pool_takes_rebids_until_the_interval_starts() -> None:
    day = trading_day(dt.date(2024, 2, 13), "Australia/Brisbane", 4)
    periods = pool_periods(Numbers(), SOURCES["nem-vic1"], series(day, 300))
    assert periods.gate.tolist() == periods.delivery_start.tolist()
    assert (periods.offer_at < periods.gate).all()
    assert periods.forecast_at < periods.offer_at[0]


def test_an_hour_with_a_gap_in_real_time_is_skipped_and_a_day_of_gaps_is_refused() -> None:
    source = SOURCES["ercot-hubavg"]
    day = trading_day(dt.date(2025, 5, 14), source.time_zone)
    hours = series(day, 3_600, PriceKind.DAY_AHEAD)
    whole = series(day, 900)
    keep = np.arange(whole.price.size) != 5
    holed = dataclasses.replace(
        whole, delivery_start=whole.delivery_start[keep], price=whole.price[keep]
    )
    periods = two_settlement_periods(Numbers(), source, holed, hours, day)
    assert periods.skipped == 1
    assert day.start + HOUR not in periods.delivery_start.tolist()
    empty = dataclasses.replace(whole, delivery_start=whole.delivery_start[:0], price=np.empty(0))
    with pytest.raises(SourceError, match="no hour of 2025-05-14 with every price"):
        two_settlement_periods(Numbers(), source, empty, hours, day)


Loaded = tuple[tuple[Series, DataReport], ...]


@pytest.fixture(scope="module")
def generated() -> Loaded:
    return tuple(normalize(raw) for raw in SOURCES["generated"].read(None, 7))


def planned(loaded: Loaded) -> PowerPlan:
    return plan_power(Numbers(), LAST_DAY, SOURCES["generated"], loaded, bids_virtual=True)


def changed_after(known: Series, at: int) -> Series:
    """Return the series with every price of periods that end after `at` moved far away."""
    late = known.delivery_end > at
    return dataclasses.replace(known, price=np.where(late, known.price + 5_000.0, known.price))


def test_forecasts_before_the_gate_use_nothing_that_was_published_later(generated: Loaded) -> None:
    before = planned(generated)
    (real_time, one), (day_ahead, two) = generated
    at = before.periods.forecast_at
    # Day-ahead prices of the day before the traded one were published before its own first hour.
    changed = (
        (changed_after(real_time, at), one),
        (changed_after(day_ahead, before.day.start), two),
    )
    after = planned(changed)
    assert before.virtuals is not None
    assert after.virtuals is not None
    assert before.day_ahead.price.tolist() == after.day_ahead.price.tolist()
    assert before.virtuals.forecast.price.tolist() == after.virtuals.forecast.price.tolist()
    assert before.virtuals.forecast.confidence.tolist() == pytest.approx(
        after.virtuals.forecast.confidence.tolist()
    )
    assert (before.day_ahead.known_at == at).all()


def test_virtual_hours_are_numbered_only_when_a_strategy_bids_for_them(generated: Loaded) -> None:
    numbers = Numbers()
    without = plan_power(numbers, LAST_DAY, SOURCES["generated"], generated)
    assert without.virtuals is None
    assert {entry.delivery_kind for entry in numbers.instruments} == {"physical"}
    numbers = Numbers()
    plan_power(numbers, LAST_DAY, SOURCES["generated"], generated, bids_virtual=True)
    kinds = [entry.delivery_kind for entry in numbers.instruments]
    assert (kinds.count("physical"), kinds.count("virtual")) == (24, 24)
    assert [entry.instrument for entry in numbers.instruments] == list(range(48))
