"""The dispatch loop on a battery that is not there: tracking, faults, restarts, maps of devices."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.dispatch import (
    Delivery,
    Dispatcher,
    Fault,
    Memory,
    SetpointLimits,
    SimulatedBattery,
    Step,
)
from wattbook.assets.dispatch.in_force import Range
from wattbook.assets.dispatch.registers import example_map, load_registers
from wattbook.assets.dispatch.replan import Outlook, fitted, replan, runnable
from wattbook.assets.dispatch.topics import example_topics, load_topics
from wattbook.errors import DeviceError, InputError

NANOS = 1_000_000_000
QUARTER = 900 * NANOS
LIMITS = SetpointLimits(
    charge_mw=20, discharge_mw=20, floor_mwh=0, ceiling_mwh=40, ramp_mw_minute=20
)


def battery(*faults: Fault, **given: float) -> SimulatedBattery:
    return SimulatedBattery(
        power_mw=20, capacity_mwh=40, energy_mwh=20, now=0, inverters=2, ramp_mw_minute=20,
        faults=faults, **given,
    )  # fmt: skip


def run(
    loop: Dispatcher, device: SimulatedBattery, until: int, sold: float, step: int = 30
) -> list[Step]:
    """Run the loop every `step` seconds up to `until`, ns."""
    done = []
    while device.now < until:
        start = device.now // QUARTER * QUARTER
        done.append(loop.step(device.now, Delivery(start, start + QUARTER, sold)))
        device.advance(device.now + step * NANOS)
    return done


def loop_of(device: SimulatedBattery, **given: object) -> Dispatcher:
    return Dispatcher(device, LIMITS, stale_seconds=90, hold_seconds=30, **given)  # type: ignore[arg-type]


def test_a_period_delivers_what_is_sold_although_the_ramp_takes_a_minute() -> None:
    device = battery()
    run(loop_of(device), device, QUARTER, sold=10.0)
    assert device.net == pytest.approx(2.5, abs=0.005)
    assert device.energy_mwh == pytest.approx(17.5, abs=0.005)


def test_a_trip_is_seen_limits_the_setpoint_and_ends() -> None:
    device = battery(Fault("trip", 300 * NANOS, 600 * NANOS))
    done = run(loop_of(device), device, QUARTER, sold=16.0)
    by_time = {step.at // NANOS: step for step in done}
    assert by_time[270].setpoint.power_mw > 10
    assert by_time[300].setpoint.power_mw == 10.0
    assert "10 MW are available" in by_time[300].setpoint.reasons
    kinds = [(alarm.at // NANOS, alarm.kind) for step in done for alarm in step.alarms]
    assert (300, "availability_lost") in kinds
    assert (600, "availability_back") in kinds
    # What the trip cost, 0.5 MWh and more, is made up for as far as the inverters can.
    assert by_time[630].setpoint.power_mw == 20.0
    assert device.net == pytest.approx(300 / 3_600 * (16 + 10 + 20) - 0.21, abs=0.05)


def test_telemetry_that_stops_holds_the_last_setpoint_and_says_so_once() -> None:
    device = battery(Fault("stale", 300 * NANOS, 700 * NANOS))
    done = run(loop_of(device), device, QUARTER, sold=8.0)
    lost = [alarm for step in done for alarm in step.alarms if alarm.kind == "telemetry_lost"]
    assert len(lost) == 1
    assert "held at" in lost[0].text
    held = [step for step in done if step.is_held]
    assert held
    assert {step.setpoint.power_mw for step in held} == {held[0].setpoint.power_mw}
    back = [alarm.at // NANOS for step in done for alarm in step.alarms
            if alarm.kind == "telemetry_back"]  # fmt: skip
    assert back == [720]


def test_a_setpoint_that_was_written_and_not_read_back_may_be_in_force_and_is_taken_back() -> None:
    device = battery(Fault("stale", 299 * NANOS, 1_500 * NANOS))
    loop = loop_of(device)
    run(loop, device, 300 * NANOS, sold=0.0)
    done = [loop.step(300 * NANOS, Delivery(0, QUARTER, -20.0))]
    (failed,) = [one.text for one in done[0].alarms if one.kind == "write_failed"]
    # The device runs what was written although it reads back the old value.
    assert device.setpoint == -10.0
    assert "-10 or 0 MW may be in force" in failed
    assert done[0].in_force == Range(-10.0, 0.0)
    device.advance(330 * NANOS)
    done += run(loop, device, 1_470 * NANOS, sold=-20.0)
    # The last confirmed one is written again at every step: this readback proves nothing.
    assert {step.written_mw for step in done[1:]} == {0.0}
    assert device.setpoint == 0.0
    assert all(step.is_unconfirmed for step in done)
    (lost,) = [one.text for step in done for one in step.alarms if one.kind == "telemetry_lost"]
    assert "-10 or 0 MW may be in force; 0 MW is written at every step" in lost
    # What the cells may hold is reckoned with both.
    assert done[-1].energy.low == 20.0
    assert done[-1].energy.high == pytest.approx(20 + 10 * (1_440 - 300) / 3_600)
    assert device.energy_mwh < 20.2
    device.advance(1_500 * NANOS)
    back = loop.step(device.now, Delivery(QUARTER, 2 * QUARTER, 0.0))
    assert not back.is_unconfirmed
    assert back.energy.low == back.energy.high == device.energy_mwh


def test_a_restart_forgets_neither_what_was_not_confirmed_nor_that_telemetry_stands_still() -> None:
    device = battery(Fault("stale", 299 * NANOS, 10**18))
    kept: list[Memory] = []
    loop = loop_of(device, keep=kept.append)
    run(loop, device, 300 * NANOS, sold=0.0)
    loop.step(300 * NANOS, Delivery(0, QUARTER, -20.0))
    device.advance(330 * NANOS)
    step = loop_of(device, memory=kept[-1]).step(device.now, Delivery(0, QUARTER, -20.0))
    assert step.in_force == Range(-10.0, 0.0)
    assert step.written_mw == device.setpoint == 0.0
    assert step.energy.high == pytest.approx(20 + 10 * 30 / 3_600)


def test_what_is_held_stops_where_the_cells_would_be_empty() -> None:
    device = battery(Fault("stale", 60 * NANOS, 10**18))
    device.energy_mwh = 1.5
    loop = loop_of(device)
    done = run(loop, device, 2 * QUARTER, sold=18.0)
    assert done[-1].is_held
    assert done[-1].written_mw == device.setpoint == 0.0
    assert device.energy_mwh >= 0.0


def test_a_write_that_reads_back_otherwise_is_an_alarm_and_the_old_setpoint_stays() -> None:
    device = battery(Fault("refuse", 0, 120 * NANOS))
    done = run(loop_of(device), device, 300 * NANOS, sold=10.0)
    failed = [(alarm.at // NANOS, alarm.kind, alarm.severity)
              for step in done for alarm in step.alarms
              if alarm.kind.startswith("write_")]  # fmt: skip
    # Told when it comes and once more when it lasts.
    assert failed == [
        (30, "write_failed", "warning"), (90, "write_failed", "critical"),
        (120, "write_back", "warning"),
    ]  # fmt: skip
    assert done[3].setpoint.power_mw == 0.0
    assert done[-1].setpoint.power_mw > 10.0


def test_a_setpoint_that_somebody_else_moved_is_told_and_ramped_from() -> None:
    device = battery()
    loop = loop_of(device)
    run(loop, device, 300 * NANOS, sold=10.0)
    device.write(-18.0)
    step = loop.step(device.now, Delivery(0, QUARTER, 10.0))
    (alarm,) = [one for one in step.alarms if one.kind == "setpoint_moved"]
    assert "follows -18 MW in place of" in alarm.text
    # 30 s at 20 MW a minute.
    assert step.setpoint.power_mw == -8.0


def test_a_device_that_takes_over_half_is_an_alarm_and_what_it_follows_counts() -> None:
    device = battery(Fault("alter", 0, 45 * NANOS))
    loop, delivery = loop_of(device), Delivery(0, QUARTER, 10.0)
    device.advance(NANOS)
    loop.step(device.now, delivery)
    device.advance(31 * NANOS)
    loop.step(device.now, delivery)
    assert device.setpoint == 5.0
    device.advance(61 * NANOS)
    step = loop.step(device.now, delivery)
    assert "setpoint_moved" in {alarm.kind for alarm in step.alarms}
    assert step.setpoint.power_mw == device.setpoint > 10.0


def test_a_silent_device_is_held_and_its_watchdog_stops_it() -> None:
    device = battery(Fault("silent", 300 * NANOS, 880 * NANOS), watchdog_seconds=60.0)
    loop = loop_of(device)
    run(loop, device, 300 * NANOS, sold=10.0)
    assert device.power > 9
    done = run(loop, device, 870 * NANOS, sold=10.0)
    assert done[-1].is_held
    beats = [alarm.severity for step in done for alarm in step.alarms
             if alarm.kind == "beat_failed"]  # fmt: skip
    assert beats == ["warning", "critical"]
    assert device.power == 0.0


def test_a_restart_goes_on_without_a_jump_and_delivers_the_period() -> None:
    device = battery()
    kept: list[Memory] = []
    first = loop_of(device, keep=kept.append)
    before = run(first, device, 420 * NANOS, sold=12.0)[-1].setpoint.power_mw
    again = loop_of(device, memory=kept[-1])
    step = again.step(device.now, Delivery(0, QUARTER, 12.0))
    assert step.setpoint.power_mw == pytest.approx(before, abs=0.01)
    assert step.delivered_mwh == pytest.approx(device.net, abs=1e-9)
    device.advance(device.now + 30 * NANOS)
    run(again, device, QUARTER, sold=12.0)
    assert device.net == pytest.approx(3.0, abs=0.005)


def test_a_restart_after_the_device_was_moved_ramps_from_where_it_is() -> None:
    device = battery()
    device.write(-15.0)
    memory = Memory(at=0, setpoint_mw=9.0, period_start=-1, net_at_start=0.0, beats=7)
    loop = loop_of(device, memory=memory)
    assert loop.step(0, Delivery(0, QUARTER, 10.0)).setpoint.power_mw == -15.0
    device.advance(30 * NANOS)
    assert loop.step(device.now, Delivery(0, QUARTER, 10.0)).setpoint.power_mw == -5.0


def test_a_new_plan_sells_back_what_a_trip_makes_impossible_and_charges_later() -> None:
    sold = np.array([-20.0, -20.0, 0.0, 0.0, 30.0 / 2, 0.0])
    available = np.array([0.5, 0.5, 1.0, 1.0, 1.0, 1.0])
    price = np.array([10.0, 10.0, 12.0, 40.0, 90.0, 60.0])
    outlook = Outlook(1.0, sold, available, price - 0.5, price + 0.5)
    ran = runnable(LIMITS, 0.0, outlook)
    assert ran[:2].tolist() == [-10.0, -10.0]
    found = replan(LIMITS, 0.0, outlook, wear_cost=5.0)
    assert found.trade_mw[:2].tolist() == [10.0, 10.0]
    assert found.trade_mw[2] == -20.0
    assert found.run_mw == pytest.approx(sold + found.trade_mw)
    assert found.energy_mwh.max() <= 40.0 + 1e-5
    assert runnable(
        LIMITS, 0.0, Outlook(1.0, sold + found.trade_mw, available, price, price)
    ) == pytest.approx(sold + found.trade_mw, abs=0.1)


def test_a_new_plan_says_what_it_earns_beyond_cover_after_its_costs() -> None:
    price = np.array([10.0, 90.0])
    outlook = Outlook(1.0, np.zeros(2), np.ones(2), price - 1.0, price + 1.0)
    found = replan(LIMITS, 0.0, outlook, wear_cost=5.0, fee=0.5)
    bought, sold = -found.trade_mw[0], found.trade_mw[1]
    out = found.run_mw[1] / LIMITS.discharge_efficiency
    assert found.gain == pytest.approx(sold * 88.5 - bought * 11.5 - 5.0 * out)
    dear = replan(LIMITS, 0.0, outlook, wear_cost=5.0, fee=50.0)
    assert dear.gain == pytest.approx(0.0)
    assert not dear.trade_mw.any()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_trades_of_a_plan_fit_the_quotes_and_leave_what_can_be_run(seed: int) -> None:
    chance = np.random.default_rng(seed)
    price = chance.normal(60.0, 40.0, 12)
    size = chance.integers(0, 60, (2, 12)) / 10
    outlook = Outlook(0.25, np.zeros(12), np.ones(12), price - 1, price + 1, size[0], size[1])
    found = replan(LIMITS, 10.0, outlook, wear_cost=5.0, fee=0.1)
    trade, gain = fitted(LIMITS, 10.0, outlook, found.trade_mw, wear_cost=5.0, fee=0.1)
    assert (trade <= size[0] + 1e-9).all()
    assert (trade >= -size[1] - 1e-9).all()
    assert np.round(trade * 10, 6).tolist() == np.round(trade * 10).tolist()
    kept = Outlook(0.25, trade, np.ones(12), price, price)
    assert runnable(LIMITS, 10.0, kept) == pytest.approx(trade, abs=0.05)
    assert gain <= found.gain + 1.0


@pytest.mark.parametrize("crossed", [True, False])
def test_a_bid_above_its_ask_is_refused(crossed: bool) -> None:
    price = np.array([10.0, 20.0])
    ask = price - 1 if crossed else price
    outlook = Outlook(1.0, np.zeros(2), np.ones(2), price, ask)
    if crossed:
        with pytest.raises(InputError, match="interval 0 sells at 10 and buys at 9"):
            replan(LIMITS, 0.0, outlook)
    else:
        assert replan(LIMITS, 0.0, outlook).trade_mw.tolist() == [-20.0, 20.0]


@pytest.mark.parametrize("kind", ["i16", "u16", "i32", "u32", "i64", "u64", "f32", "f64"])
@pytest.mark.parametrize("order", ["big", "little"])
def test_a_register_gives_back_what_it_took(tmp_path: Path, kind: str, order: str) -> None:
    text = example_map(502).replace('type = "u32"\nunit = "kWh"\nscale = 0.1\nword_order = "big"',
                                    f'type = "{kind}"\nunit = "kWh"\nscale = 2\nword_order = "{order}"')  # fmt: skip # noqa: E501
    path = tmp_path / "map.toml"
    path.write_text(text.replace("address = 2\n", "address = 40\n"))
    register = load_registers(path).readings["energy"]
    words = register.encode(12.346)
    assert len(words) == register.count
    assert all(0 <= word < 65_536 for word in words)
    assert register.decode(words) == pytest.approx(12.346, abs=register.tolerance)


def test_a_value_that_does_not_fit_its_register_is_refused_and_never_wraps(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(example_map(502))
    found = load_registers(path)
    with pytest.raises(DeviceError, match="type u16 cannot hold 70000"):
        found.commands["heartbeat"].encode(70_000)
    with pytest.raises(DeviceError, match="cannot hold nan"):
        found.commands["setpoint"].encode(math.nan)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "sample"', 'name = "simple"', "name 'simple' is none of energy"),
        ('type = "u64"', 'type = "u63"', "type 'u63' is none of i16"),
        ('unit = "Wh"', 'unit = "W"', "unit 'W' cannot be brought to MWh"),
        ("address = 102", "address = 65536", "address 65536 is none of 0 to 65535"),
        ("scale = 10.0", "scale = 0.0", "scale is 0"),
        ('role = "command"\ntable = "holding"', 'role = "command"\ntable = "input"',
         "an input register cannot be written"),
        ('[[register]]\nname = "heartbeat"', '[[register]]\nnome = "heartbeat"', "no key 'nome'"),
        ("port = 502", 'port = "502"', "port = '502' is no int"),
        ('name = "imported"', 'name = "exported"', "'exported' is there twice"),
        ('protocol = "modbus"', 'protocol = "modbus', "cannot be read as TOML"),
    ],
)  # fmt: skip
def test_a_register_map_that_does_not_fit_names_the_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "map.toml"
    text = example_map(502)
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=said):
        load_registers(path)


def test_a_state_of_charge_in_percent_needs_the_capacity(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    text = example_map(502).replace('unit = "kWh"\nscale = 0.1', 'unit = "%"\nscale = 0.1')
    path.write_text(text)
    with pytest.raises(InputError, match="needs capacity_mwh"):
        load_registers(path)
    path.write_text("capacity_mwh = 40\n" + text)
    assert load_registers(path).readings["energy"].decode([0, 505]) == pytest.approx(20.2)


def test_a_topic_that_carries_no_number_is_told_and_not_used(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(example_topics(1883))
    power = load_topics(path).readings["power"]
    assert power.decode(b'{"power": -1500}') == 1.5
    for payload in (b"", b"{", b"[]", b'{"power": "1"}', b'{"power": true}', b'{"power": NaN}',
                    b'{"power": 1e999}', b"\xff", b"[" * 100_000):  # fmt: skip
        with pytest.raises(DeviceError, match="topic 'battery/inverters'"):
            power.decode(payload)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('topic = "battery/cells"', 'topic = "battery/#"', "give a whole topic without"),
        ('ask_topic = "battery/ask"\n', "", "ask_topic and answer_topic belong together"),
        ('name = "imported"', 'name = "exported"', "'exported' is there twice"),
        ('unit = "MWh"', 'unit = "J"', "unit 'J' cannot be brought to MWh"),
    ],
)
def test_a_topic_map_that_does_not_fit_names_the_place(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "map.toml"
    text = example_topics(1883)
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(InputError, match=said):
        load_topics(path)


def test_limits_that_contradict_each_other_are_refused() -> None:
    for terms, said in (
        ({"charge_mw": -1.0}, "charge_mw is -1"),
        ({"ceiling_mwh": 1.0, "floor_mwh": 2.0}, "leave no room"),
        ({"charge_efficiency": 1.5}, "give a share"),
        ({"ramp_mw_minute": 0.0}, "give more than 0"),
        ({"import_mw": math.nan}, "import_mw is nan"),
    ):
        whole = {"charge_mw": 1.0, "discharge_mw": 1.0, "floor_mwh": 0.0, "ceiling_mwh": 1.0}
        with pytest.raises(InputError, match=said):
            SetpointLimits(**{**whole, **terms})
