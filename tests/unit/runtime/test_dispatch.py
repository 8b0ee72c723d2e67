"""What joins a battery that is run with its market: messages, position files, new plans, desks."""

from __future__ import annotations

import json
import math
from pathlib import Path

import polars as pl
import pytest

from wattbook.assets.dispatch import Delivery, Dispatcher, Fault, SetpointLimits, SimulatedBattery
from wattbook.compliance import Participant
from wattbook.errors import DeskError, InputError
from wattbook.runtime.desk import BatterySpec, load_desk, parse_desk
from wattbook.runtime.dispatch.config import DispatchConfig
from wattbook.runtime.dispatch.entry import limits_of
from wattbook.runtime.dispatch.keep import steps_table
from wattbook.runtime.dispatch.live import LiveDispatch
from wattbook.runtime.dispatch.outages import Outages
from wattbook.runtime.dispatch.position import load_position
from wattbook.runtime.dispatch.record import DispatchRecord, HeldReserve, StepRow, row_of
from wattbook.runtime.dispatch.reserve import reserve_table
from wattbook.runtime.figures.delivery import DeliveredPeriod
from wattbook.runtime.verify.dispatch import check_steps
from wattbook.runtime.verify.result import Tally

DESK = Path(__file__).parents[3] / "examples" / "dispatch.toml"
MINUTE = 60 * 10**9
UNIT = Participant("Desk", "A00000000.DE", "Battery", "11W-WATTBOOK---X", "10Y1001A1001A82H")


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
        (
            'unit = "Battery North"',
            'unit = "Battery North"\nunit_eic = "11W-WATTBOOK---Y"',
            "dispatch.unit_eic: '11W-WATTBOOK---Y' is no EIC: its check character",
        ),
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


def test_a_proposal_replaces_the_one_before_and_comes_only_for_a_lot(tmp_path: Path) -> None:
    device = SimulatedBattery(
        power_mw=20, capacity_mwh=40, energy_mwh=36, now=0, inverters=4,
        faults=[Fault("trip", 5 * MINUTE, 20 * MINUTE), Fault("trip", 10 * MINUTE, 20 * MINUTE)],
    )  # fmt: skip
    run = live(tmp_path, device, "16,50,51")
    proposed = []
    while device.now < 22 * MINUTE:
        if device.now == 12 * MINUTE:
            # A restart repeats nothing.
            run.close()
            run = LiveDispatch(run.config, device)
        turn = run.turn(device.now)
        if turn.proposal is not None:
            proposed.append(turn.proposal)
        device.advance(device.now + MINUTE // 4)
    # The first trip, the second, and the repair, which takes back what is left.
    assert [one["at"] // MINUTE for one in proposed] == [5, 10, 20]
    assert [one["replaces"] for one in proposed] == [None, proposed[0]["id"], proposed[1]["id"]]
    assert [len(one["trades"]) for one in proposed] == [7, 7, 0]
    run.close()


def test_nothing_is_proposed_on_what_the_cells_held_before_telemetry_stopped(
    tmp_path: Path,
) -> None:
    device = SimulatedBattery(
        power_mw=20, capacity_mwh=40, energy_mwh=36, now=0, ramp_mw_minute=20,
        faults=[Fault("stale", 0, 3 * MINUTE)],
    )  # fmt: skip
    run = live(tmp_path, device, "20,50,51")
    turns = []
    while device.now < 3 * MINUTE:
        turns.append(run.turn(device.now))
        device.advance(device.now + MINUTE // 4)
    unsure = [turn for turn in turns if turn.step.is_unconfirmed]
    assert len(unsure) > 4
    assert all(turn.proposal is None for turn in unsure[1:])
    run.close()


LIMITS = SetpointLimits(charge_mw=20, discharge_mw=20, floor_mwh=0, ceiling_mwh=40)


def steps_of(*faults: Fault) -> pl.DataFrame:
    """Return the steps of an hour in which -20 MW is sold from the second quarter on."""
    device = SimulatedBattery(
        power_mw=20, capacity_mwh=40, energy_mwh=10, now=0, inverters=2, faults=faults
    )
    loop = Dispatcher(device, LIMITS, stale_seconds=180, hold_seconds=60)
    rows = []
    while device.now < 60 * MINUTE:
        start = device.now // (15 * MINUTE) * 15 * MINUTE
        sold = -20.0 if start else 0.0
        rows.append(row_of(loop.step(device.now, Delivery(start, start + 15 * MINUTE, sold)), sold))
        device.advance(device.now + MINUTE)
    return steps_table(rows)


STALE = Fault("stale", 15 * MINUTE - 30 * 10**9, 40 * MINUTE)


@pytest.mark.parametrize(
    "faults",
    [(), (STALE,), (Fault("refuse", 10 * MINUTE, 20 * MINUTE),), (Fault("trip", MINUTE, 10**18),),
     (Fault("silent", 20 * MINUTE, 40 * MINUTE),), (STALE, Fault("refuse", 30 * MINUTE, 10**18))],
)  # fmt: skip
def test_steps_that_keep_the_rules_verify(faults: tuple[Fault, ...]) -> None:
    tally = Tally()
    check_steps(tally, "steps", steps_of(*faults), LIMITS, 60)
    assert not tally.differences
    assert tally.passed == 60


@pytest.mark.parametrize(
    ("step", "planted", "said"),
    [
        # As if what was written were not in force, and the cells had not moved.
        (16, {"setpoint_low": 0.0}, "-20 to 0 MW still possible"),
        (16, {"written": None}, "the safe setpoint written again"),
        (20, {"energy_high": 10.0}, "energy reckoned as"),
        (20, {"setpoint": 5.0}, "a setpoint in -20 to 0 MW"),
        (30, {"written": -20.5}, "no more written than"),
        (40, {"energy": 39.0, "energy_low": 39.0, "energy_high": 39.0}, "a reading of"),
    ],
)
def test_a_planted_error_in_the_steps_is_found(
    step: int, planted: dict[str, float | None], said: str
) -> None:
    steps = steps_of(STALE)
    is_it = pl.int_range(pl.len()) == step
    steps = steps.with_columns(
        pl.when(is_it).then(pl.lit(value, pl.Float64)).otherwise(pl.col(name)).alias(name)
        for name, value in planted.items()
    )
    tally = Tally()
    check_steps(tally, "steps", steps, LIMITS, 60)
    assert any(
        one.place.startswith(f"steps step {step}") and said in str(one.expected)
        for one in tally.differences
    ), tally.differences


def test_a_reserve_is_held_back_from_the_lesser_of_battery_and_grid() -> None:
    text = DESK.read_text(encoding="utf-8")
    text = text.replace("wear_cost = 5", "wear_cost = 5\ninitial_energy = 2")
    text = text.replace("inverters = 2", "inverters = 2\ngrid_export = 12", 1) + RESERVE
    (spec,) = parse_desk(text).strategy
    assert isinstance(spec, BatterySpec)
    assert spec.dispatch is not None
    limits = limits_of(spec, spec.dispatch)
    assert (limits.discharge_mw, limits.charge_mw) == (8.0, 20.0)
    refused = parse_desk(text.replace("grid_export = 12", "grid_export = 3")).strategy[0]
    assert isinstance(refused, BatterySpec)
    assert refused.dispatch is not None
    with pytest.raises(DeskError, match=r"leave -1 MW to discharge.*grid carry 3 MW out"):
        limits_of(refused, refused.dispatch)


RESERVE = """
[[strategy.dispatch.reserve]]
product = "aFRR up"
direction = "up"
power = 4
price = 12.5
"""


def test_what_the_grid_does_not_carry_is_withheld_of_a_reserve() -> None:
    record = DispatchRecord(
        strategy="battery", market="day", power_mw=20, floor_mwh=0, ceiling_mwh=40, import_mw=20,
        export_mw=6, reserves=(HeldReserve("up", "up", 4, 12.5, 0, 15),),
    )  # fmt: skip
    record.steps += [
        StepRow(at * MINUTE, 5, 5, 5, 5, 20, 30, 0, "", False, low, 5, 30, 30, None)
        for at, low in ((0, 5.0), (1, 0.0))
    ]
    # 1 MW of 4 is free beside 5 of 6 MW; none where another setpoint may be in force.
    assert reserve_table(record)["available"].to_list() == [500_000]


def test_a_symmetric_reserve_is_held_both_ways_and_is_worth_the_lesser() -> None:
    text = DESK.read_text(encoding="utf-8") + RESERVE.replace('"up"', '"both"')
    text = text.replace("wear_cost = 5", "wear_cost = 5\ninitial_energy = 2")
    (spec,) = parse_desk(text).strategy
    assert isinstance(spec, BatterySpec)
    assert spec.dispatch is not None
    limits = limits_of(spec, spec.dispatch)
    assert (limits.discharge_mw, limits.charge_mw) == (16.0, 16.0)
    # A MW up and a MW down for a quarter-hour, after losses.
    one_way = float(spec.efficiency) ** 0.5
    assert limits.floor_mwh == pytest.approx(1 / one_way)
    assert limits.ceiling_mwh == pytest.approx(40 - one_way)
    record = DispatchRecord(
        strategy="battery", market="day", power_mw=20, floor_mwh=0, ceiling_mwh=40, import_mw=20,
        export_mw=20, reserves=(HeldReserve("FCR", "both", 4, 12.5, 0, 15),),
    )  # fmt: skip
    record.steps += [
        StepRow(at * MINUTE, set_mw, set_mw, set_mw, set_mw, 20, 30, 0, "", False, set_mw, set_mw,
                30, 30, None)
        for at, set_mw in ((0, 18.0), (1, -19.0))
    ]  # fmt: skip
    # 2 MW up beside 18, then 1 MW down beside -19.
    assert reserve_table(record)["available"].to_list() == [1_500_000]


@pytest.mark.parametrize("efficiency", ["1", "0.995"])
def test_a_battery_that_loses_nothing_is_taken(efficiency: str) -> None:
    text = DESK.read_text(encoding="utf-8")
    (spec,) = parse_desk(
        text.replace("power = 20", f"power = 20\nefficiency = {efficiency}", 1)
    ).strategy
    assert isinstance(spec, BatterySpec)
    assert float(spec.efficiency) == float(efficiency)
