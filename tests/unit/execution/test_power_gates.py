"""Power schedules and the gates of their market: what is taken, kept and refused."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.domain.instants import nanoseconds
from wattbook.errors import NominationError
from wattbook.execution.nominations import (
    Coded,
    PowerParties,
    PowerSchedule,
    power_gate,
    power_gates_from,
    read_power,
    schedule_power,
    within_gates,
)

BERLIN = ZoneInfo("Europe/Berlin")
DAY = dt.date(2026, 3, 29)
"""The clock goes forward: 92 quarter-hours."""
MINUTE = 60 * 10**9
QUARTER = 15 * MINUTE
US = "11XOURS--------4"
PARTIES = PowerParties(
    Coded(US, "NAT"), Coded("10XOPERATOR----V", "A01"), Coded("10YDE-VE-------2", "A01")
)
GATE = power_gate("DE_POWER", DAY)


def at(day: dt.date, hour: int, minute: int = 0, second: int = 0) -> int:
    return nanoseconds(dt.datetime(day.year, day.month, day.day, hour, minute, second, 0, BERLIN))


def schedule(
    powers: dict[str, list[int]], process: str = "A02", day: dt.date = DAY
) -> PowerSchedule:
    """Return a schedule of whole MW by counterparty."""
    begin = GATE.day(day)[0]
    rows = [
        (name, begin + place * QUARTER, power * 900 * 1_000_000)
        for name, own in powers.items()
        for place, power in enumerate(own)
    ]
    table = pl.DataFrame(
        rows,
        schema={"counterparty": pl.String, "start": pl.Int64, "energy": pl.Int64},
        orient="row",
    )
    return schedule_power(
        table, PARTIES, day, identification="S", created=begin, process=process, step=Decimal(1)
    )


def net(found: PowerSchedule) -> dict[tuple[str, int], Decimal]:
    """Return bought less sold by counterparty and period, those of nothing left out."""
    made: dict[tuple[str, int], Decimal] = {}
    for one in found.series:
        assert one.buyer is not None
        assert one.seller is not None
        is_ours = one.buyer.value == US
        name = one.seller.value if is_ours else one.buyer.value
        for start, amount in one.by_start().items():
            signed = amount if is_ours else -amount
            made[name, start] = made.get((name, start), Decimal(0)) + signed
    return {key: amount for key, amount in made.items() if amount}


def test_a_day_ahead_schedule_is_taken_to_the_second_of_its_deadline_and_refused_after() -> None:
    wanted = schedule({"A": [5] * 92}, "A01")
    eve = DAY - dt.timedelta(1)
    sent, late = within_gates(GATE, DAY, wanted, at(eve, 14, 30))
    assert sent == wanted
    assert late.height == 0
    with pytest.raises(NominationError, match=r"taken until 2026-03-28 13:30 UTC; .* process = "):
        within_gates(GATE, DAY, wanted, at(eve, 14, 30, 1))


def test_a_quarter_hour_can_be_changed_until_a_quarter_hour_before_it() -> None:
    before = schedule({"A": [5] * 92, "B": [-5] * 92}, "A01")
    wanted = schedule({"A": [7] * 92, "B": [-7] * 92})
    now = at(DAY, 12)
    sent, late = within_gates(GATE, DAY, wanted, now, before)
    powers = net(sent)
    for (name, start), power in powers.items():
        is_open = start >= now + QUARTER
        assert abs(power) == (7 if is_open else 5), (name, start)
    first_open = min(start for (_, start), power in powers.items() if abs(power) == 7)
    assert first_open == at(DAY, 12, 15)
    # 12:00 is the 45th quarter-hour of a day that has no hour from 02:00 to 03:00.
    assert late.height == 2 * 45
    assert set(late["asked"]) == {Decimal(7)}
    assert set(late["kept"]) == {Decimal(5)}
    assert late["closed"].max() == at(DAY, 11, 45)
    assert sent.revision == before.revision + 1
    assert read_power(sent.xml()) == sent
    # A second later one more is closed.
    _, later = within_gates(GATE, DAY, wanted, now + 10**9, before)
    assert later.height == 2 * 46


def test_what_turns_around_keeps_its_sold_past_and_gets_a_bought_future() -> None:
    before = schedule({"A": [-4] * 92})
    sent, late = within_gates(GATE, DAY, schedule({"A": [3] * 92}), at(DAY, 12), before)
    powers = net(sent)
    assert powers["A", GATE.day(DAY)[0]] == -4
    assert powers["A", at(DAY, 23, 45)] == 3
    assert late.height == 2 * 45
    assert len({one.name for one in sent.series}) == len(sent.series) == 2


def test_what_has_closed_cannot_be_asked_for_without_what_was_sent_before() -> None:
    with pytest.raises(NominationError, match="45 periods had closed, the first at 2026-03-28 22:"):
        within_gates(GATE, DAY, schedule({"A": [3] * 92}), at(DAY, 12))
    only_later = schedule({"A": [0] * 60 + [3] * 32})
    assert within_gates(GATE, DAY, only_later, at(DAY, 12))[0] == only_later


def test_a_day_that_is_over_is_changed_afterwards_within_one_area_only() -> None:
    wanted, before = schedule({"A": [3] * 92}), schedule({"A": [2] * 92})
    with pytest.raises(NominationError, match="except afterwards"):
        within_gates(GATE, DAY, wanted, at(DAY, 23, 59), before)
    monday = DAY + dt.timedelta(1)
    sent, late = within_gates(GATE, DAY, wanted, at(monday, 16), before, is_after=True)
    assert net(sent) == net(wanted)
    assert late.height == 0
    for now in (at(DAY, 23), at(monday, 16, 0, 1)):
        with pytest.raises(
            NominationError, match="afterwards from 2026-03-29 22:00 UTC to 2026-03"
        ):
            within_gates(GATE, DAY, wanted, now, before, is_after=True)
    other = Coded("10YFR-RTE------C", "A01")
    abroad = replace(wanted, series=tuple(replace(one, area_out=other) for one in wanted.series))
    with pytest.raises(NominationError, match="one area to another, which is never changed after"):
        within_gates(GATE, DAY, abroad, at(monday, 12), before, is_after=True)


@pytest.mark.parametrize(
    ("day", "until"),
    [
        (dt.date(2026, 3, 2), dt.date(2026, 3, 3)),
        # Saturday and Sunday are none, and Monday is the third calendar day after a Friday.
        (dt.date(2026, 3, 6), dt.date(2026, 3, 9)),
        # 6 January is a holiday in three federal states, and therefore everywhere.
        (dt.date(2026, 1, 5), dt.date(2026, 1, 7)),
        # Over Easter three calendar days are all there are.
        (dt.date(2026, 4, 2), dt.date(2026, 4, 5)),
    ],
)
def test_afterwards_ends_on_the_next_working_day(day: dt.date, until: dt.date) -> None:
    rule = power_gate("DE_POWER", day)
    assert rule.after_until(day) == at(until, 16)


def test_a_schedule_of_another_day_or_other_periods_does_not_go_before() -> None:
    wanted = schedule({"A": [3] * 92})
    other = schedule({"A": [3] * 96}, day=dt.date(2026, 3, 30))
    with pytest.raises(NominationError, match="give the schedule of that day"):
        within_gates(GATE, DAY, wanted, at(DAY, 12), other)
    one = wanted.series[0]
    hours = replace(one, minutes=60, quantities=one.quantities[::4])
    with pytest.raises(NominationError, match="sent in periods of 60 minutes, not of 15"):
        within_gates(GATE, DAY, wanted, at(DAY, 12), replace(wanted, series=(hours,)))


def test_a_day_before_all_rules_has_none() -> None:
    with pytest.raises(
        NominationError, match="DE_POWER has gates from 2020-05-01 on, not for 2019"
    ):
        power_gate("DE_POWER", dt.date(2019, 1, 1))
    with pytest.raises(NominationError, match="no gates for 'MARS'; known are DE_POWER"):
        power_gate("MARS", DAY)


RULE = {
    "start": dt.date(2025, 1, 1), "source": "ours", "time_zone": "Europe/Paris",
    "deadline": "16:30", "intraday_from": "21:00", "lead_minutes": 30, "period_minutes": 30,
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": "2025"}, r"gates\[1\]: start '2025' is no date"),
        ({"deadline": "26:30"}, r"gates\[1\]: hour must be in"),
        ({"lead_minutes": -1}, "-1 is no whole number from 0 to 1440"),
        ({"lead": 1}, r"gates\[1\].lead: unknown"),
        ({"start": dt.date(2024, 1, 1)}, "2024-01-01 does not follow 2025-01-01"),
        ({"time_zone": "Mars"}, "Mars"),
    ],
)
def test_own_rules_that_do_not_fit_are_named(change: dict[str, object], message: str) -> None:
    assert power_gates_from([RULE], "gates")[0].after_until(DAY) is None
    with pytest.raises(NominationError, match=message):
        power_gates_from([RULE, {**RULE, "start": dt.date(2026, 1, 1), **change}], "gates")
    with pytest.raises(NominationError, match="gates: write it as"):
        power_gates_from({}, "gates")


POWERS = st.lists(st.integers(-30, 30), min_size=92, max_size=92)
WORLDS = st.dictionaries(st.sampled_from(["A", "B", "C"]), POWERS, max_size=3)


@given(WORLDS, WORLDS, st.integers(0, 91), st.integers(-1, 1))
def test_no_closed_period_ever_changes_and_every_open_one_does(
    old: dict[str, list[int]], new: dict[str, list[int]], place: int, second: int
) -> None:
    begin = GATE.day(DAY)[0]
    before, wanted = schedule(old), schedule(new)
    now = begin + (place - 1) * QUARTER + second * 10**9
    closed = {begin + one * QUARTER for one in range(92) if now > begin + (one - 1) * QUARTER}
    if len(closed) == 92:
        with pytest.raises(NominationError):
            within_gates(GATE, DAY, wanted, now, before)
        return
    sent, late = within_gates(GATE, DAY, wanted, now, before)
    was, asked, found = net(before), net(wanted), net(sent)
    keys = {*was, *asked, *found}
    for name, start in keys:
        expected = was if start in closed else asked
        assert found.get((name, start), 0) == expected.get((name, start), 0)
    # Whatever was asked of a closed period and is not so is told.
    differs = {key for key in keys if key[1] in closed and was.get(key, 0) != asked.get(key, 0)}
    told = {
        (row["seller"] if row["buyer"] == US else row["buyer"], row["start"])
        for row in late.to_dicts()
    }
    assert told == differs
