"""What joins a battery that is run with its market: messages, position files, new plans, desks."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from wattbook.assets.dispatch import Fault, SetpointLimits, SimulatedBattery
from wattbook.compliance import Participant
from wattbook.errors import DeskError, InputError
from wattbook.runtime.desk import BatterySpec, load_desk, parse_desk
from wattbook.runtime.dispatch.config import DispatchConfig
from wattbook.runtime.dispatch.live import LiveDispatch
from wattbook.runtime.dispatch.outages import Outages
from wattbook.runtime.dispatch.position import load_position
from wattbook.runtime.figures.delivery import DeliveredPeriod

DESK = Path(__file__).parents[3] / "examples" / "dispatch.toml"
MINUTE = 60 * 10**9
UNIT = Participant("Desk", "A00000000.DE", "Battery", "11W-WATTBOOK---1", "10Y1001A1001A82H")


def outages() -> Outages:
    return Outages(
        participant=UNIT, installed_mw=20.0, repair_ns=60 * MINUTE, published_after_ns=10 * MINUTE
    )


def test_an_outage_has_a_message_for_each_change_and_one_for_its_end() -> None:
    found = outages()
    for minute, available in [(0, 20), (1, 10), (2, 10), (30, 0), (61, 0), (62, 0), (90, 20)]:
        found.see(minute * MINUTE, available)
    told = [(one.message[-4:], one.status, one.available_mw, one.end // MINUTE)
            for one in found.messages]  # fmt: skip
    assert told == [
        ("_001", "Active", 10, 61),
        ("_002", "Active", 0, 61),
        ("_003", "Active", 0, 121),
        ("_004", "Inactive", 0, 90),
    ]
    assert {one.start for one in found.messages} == {MINUTE}
    assert len({one.message[:-4] for one in found.messages}) == 1
    assert not found.is_out


def test_a_message_counts_as_known_once_it_has_been_out_for_long_enough() -> None:
    found = outages()
    assert found.is_published(0)
    found.see(0, 5.0)
    assert not found.is_published(9 * MINUTE)
    assert found.is_published(10 * MINUTE)
    found.see(20 * MINUTE, 0.0)
    assert not found.is_published(29 * MINUTE), "the change is news again"
    assert found.is_published(30 * MINUTE)


@pytest.mark.parametrize(
    ("sold", "delivered", "missing"),
    [(5, 5, 0), (5, 3, 2), (5, -1, 5), (5, 6, 0), (-5, -2, 3), (-5, 1, 5), (-5, -6, 0), (0, 2, 0)],
)
def test_what_is_not_delivered_counts_in_the_direction_of_what_was_sold(
    sold: float, delivered: float, missing: float
) -> None:
    period = DeliveredPeriod(0, sold, 0.0, delivered, 0)
    assert period.missing_mwh == missing
    assert period.open_mwh == delivered - sold


def dispatch_of(text: str) -> BatterySpec:
    (spec,) = parse_desk(text).strategy
    assert isinstance(spec, BatterySpec)
    return spec


def test_the_example_desk_says_when_what_trips() -> None:
    (spec,) = load_desk(DESK).strategy
    assert isinstance(spec, BatterySpec)
    assert spec.dispatch is not None
    (fault,) = spec.dispatch.fault
    assert (fault.kind, fault.at.isoformat(), fault.inverters) == ("trip", "14:07:00", 1)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("step_seconds = 60", "step_seconds = 70", "70 s do not divide a quarter-hour"),
        ("at = 14:07:00", "at = 17:07:00", "16:30:00 is not after 17:07:00"),
        ("at = 14:07:00", 'at = "14:07"', "'14:07' is not a time of day such as"),
        ("inverters = 1\n", "inverters = 3\n", "3 of 2 inverters cannot trip"),
        ('kind = "trip"', 'kind = "trips"', "did you mean 'trip'?"),
        ("[[strategy.dispatch.fault]]", "[strategy.dispatch.fault]", "is no list"),
        ('protocol = "modbus"', 'protocol = "modbas"', "did you mean 'modbus'?"),
        ("[market.synthetic_book]\nhalf_spread = 0.50\n", "", "no continuous book"),
        ("ramp = 20", "ramp = 0", "0 is not above 0"),
    ],
)
def test_a_dispatch_section_that_does_not_fit_is_refused(old: str, new: str, said: str) -> None:
    text = DESK.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(DeskError, match=said):
        parse_desk(text.replace(old, new, 1))


HEAD = "delivery_start,delivery_end,sold_mw,bid,ask\n"
ROW = "2026-06-29T12:00:00+00:00,2026-06-29T12:15:00+00:00,5,49,51\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "column 'delivery_start' is missing"),
        (HEAD.replace("sold_mw", "sold"), "column 'sold_mw' is missing"),
        (HEAD + ROW + ROW, "two periods overlap at 2026-06-29T12:00:00Z"),
        (HEAD + ROW.replace("12:15", "12:00"), "line 2: the period ends before it starts"),
        (HEAD + ROW.replace("+00:00", "", 1), "delivery_start '2026-06-29T12:00:00' is no instant"),
        (HEAD + ROW.replace("5,49", "inf,49"), "sold_mw 'inf' is not finite"),
        (HEAD + ROW.replace("5,49", ",49"), "sold_mw '' is no number"),
        (HEAD + ROW.replace("49,51", "52,51"), "bid 52 is above ask 51"),
        (HEAD + ROW.replace(",5,49,51", ""), "sold_mw '' is no number"),
        (HEAD + '"' + ROW, "no instant"),
    ],
)
def test_a_position_that_does_not_fit_names_the_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "position.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said.replace("+", r"\+")):
        load_position(path)


def test_a_position_without_prices_is_one(tmp_path: Path) -> None:
    path = tmp_path / "position.csv"
    path.write_text("delivery_start,delivery_end,sold_mw\n" + ROW.replace(",49,51", ""))
    (one,) = load_position(path).periods
    assert one.sold_mw == 5.0
    assert math.isnan(one.bid)


def live(folder: Path, device: SimulatedBattery, sold: str) -> LiveDispatch:
    rows = [
        f"1970-01-01T{n // 4:02}:{n % 4 * 15:02}:00+00:00,"
        f"1970-01-01T{(n + 1) // 4:02}:{(n + 1) % 4 * 15:02}:00+00:00,{sold}"
        for n in range(8)
    ]
    (folder / "position.csv").write_text(HEAD + "\n".join(rows) + "\n")
    config = DispatchConfig(
        folder=folder, device="none", position="position.csv", step_seconds=30.0,
        stale_seconds=90.0,
        limits=SetpointLimits(charge_mw=20, discharge_mw=20, floor_mwh=0, ceiling_mwh=40),
    )  # fmt: skip
    return LiveDispatch(config, device)


@pytest.mark.parametrize(("prices", "plan"), [(",50,51", "earns most"), (",,", "no prices")])
def test_a_trip_is_proposed_for_once_and_not_at_every_step(
    tmp_path: Path, prices: str, plan: str
) -> None:
    device = SimulatedBattery(
        power_mw=20, capacity_mwh=40, energy_mwh=36, now=0, inverters=2,
        faults=[Fault("trip", 5 * MINUTE, 10**18)],
    )  # fmt: skip
    run = live(tmp_path, device, "16" + prices)
    proposed = []
    while device.now < 10 * MINUTE:
        turn = run.turn(device.now)
        if turn.proposal is not None:
            proposed.append(turn.proposal)
        device.advance(device.now + MINUTE // 2)
    assert len(proposed) == 1
    assert plan in proposed[0]["plan"]
    trades = proposed[0]["trades"]
    assert [(one["side"], one["volume_mw"]) for one in trades] == [("buy", 6.0)] * 7
    lines = (tmp_path / "dispatch-proposals.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == proposed
    run.close()
