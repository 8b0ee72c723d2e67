"""A battery that is really run: over real sockets, and through a simulated day with a trip."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import polars as pl
import pytest
from tests.acceptance.runs import EXAMPLES, ledger_of, traded_in, wattbook

import mqtt_broker
from wattbook.assets.dispatch import (
    Delivery,
    Device,
    Dispatcher,
    Fault,
    SetpointLimits,
    SimulatedBattery,
)
from wattbook.assets.dispatch.alarm import AlarmKind
from wattbook.assets.dispatch.modbus import ModbusDevice, ModbusServer
from wattbook.assets.dispatch.mqtt import MqttDevice, MqttServer
from wattbook.assets.dispatch.registers import example_map, load_registers
from wattbook.assets.dispatch.replan import Outlook, replan
from wattbook.assets.dispatch.topics import example_topics, load_topics
from wattbook.errors import DeviceError
from wattbook.runtime.figures import Ledger, pnl_by_strategy
from wattbook.runtime.figures.delivery import DeliveredPeriod, delivered_periods
from wattbook.runtime.figures.split import pnl_split

DESK = EXAMPLES / "dispatch.toml"
NANOS = 1_000_000_000
MINUTE = 60 * NANOS
QUARTER = 15 * MINUTE
TRIP = 1_782_734_820 * NANOS
"""29 June 2026, 14:07 in Berlin."""
LIMITS = SetpointLimits(
    charge_mw=20, discharge_mw=20, floor_mwh=0, ceiling_mwh=40, ramp_mw_minute=20
)
Opening = Callable[[SimulatedBattery], Device]


@pytest.fixture(scope="module")
def broker() -> Iterator[mqtt_broker.MqttBroker]:
    """Return a running broker of our own."""
    if reason := mqtt_broker.missing():
        pytest.skip(reason)
    with mqtt_broker.MqttBroker() as found:
        yield found


@contextmanager
def modbus(_request: pytest.FixtureRequest, folder: Path) -> Iterator[Opening]:
    """Lend what puts a battery behind Modbus/TCP."""
    path = folder / "map.toml"
    path.write_text(example_map(0))
    registers = replace(load_registers(path), timeout_seconds=20.0)
    with ExitStack() as stack:

        def behind(battery: SimulatedBattery) -> Device:
            server = stack.enter_context(ModbusServer(battery, registers))
            device = ModbusDevice(replace(registers, port=server.port))
            stack.callback(device.close)
            return device

        yield behind


@contextmanager
def mqtt(request: pytest.FixtureRequest, folder: Path) -> Iterator[Opening]:
    """Lend what puts a battery behind an MQTT broker."""
    broker: mqtt_broker.MqttBroker = request.getfixturevalue("broker")
    path = folder / "map.toml"
    path.write_text(example_topics(broker.port, f"test/{folder.name}"))
    topics = replace(load_topics(path), timeout_seconds=20.0)
    with ExitStack() as stack:

        def behind(battery: SimulatedBattery) -> Device:
            stack.enter_context(MqttServer(battery, topics))
            device = MqttDevice(topics)
            stack.callback(device.close)
            return device

        yield behind


@pytest.fixture(params=[modbus, mqtt], ids=["modbus", "mqtt"])
def put_behind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opening]:
    """Return what puts a battery behind a protocol, both in turn."""
    with request.param(request, tmp_path) as found:
        yield found


def battery(*faults: Fault) -> SimulatedBattery:
    return SimulatedBattery(
        power_mw=20, capacity_mwh=40, energy_mwh=20, now=0, inverters=2, ramp_mw_minute=20,
        charge_efficiency=0.9, discharge_efficiency=0.9, watchdog_seconds=90, faults=faults,
    )  # fmt: skip


def test_telemetry_and_setpoints_pass_a_socket_as_they_are(put_behind: Opening) -> None:
    real = battery()
    device = put_behind(real)
    assert device.write(-7.25) == -7.25
    assert real.setpoint == -7.25
    device.beat(5)
    real.advance(600 * NANOS)
    found, truth = device.read(), real.read()
    assert found.sample == truth.sample == 600
    for name in ("power", "charge_available", "discharge_available", "setpoint"):
        assert getattr(found, name) == pytest.approx(getattr(truth, name), abs=0.0005), name
    assert found.energy == pytest.approx(truth.energy, abs=0.00005)
    assert found.net == pytest.approx(real.net, abs=1e-6)
    assert found.imported > 0.1


def test_a_write_that_is_altered_or_refused_is_an_error(put_behind: Opening) -> None:
    real = battery(
        Fault("alter", 60 * NANOS, 120 * NANOS), Fault("refuse", 120 * NANOS, 180 * NANOS)
    )
    device = put_behind(real)
    assert device.write(4.0) == 4.0
    real.advance(60 * NANOS)
    with pytest.raises(DeviceError, match="8 MW"):
        device.write(8.0)
    real.advance(120 * NANOS)
    with pytest.raises(DeviceError, match=r"refuses|6 MW"):
        device.write(6.0)
    real.advance(180 * NANOS)
    assert device.write(6.0) == 6.0


def test_a_deviation_is_answered_by_a_new_setpoint_and_plan_within_a_second(
    put_behind: Opening,
) -> None:
    real = battery(Fault("trip", 5 * MINUTE, 10**18))
    device = put_behind(real)
    loop = Dispatcher(device, LIMITS, stale_seconds=90, hold_seconds=30)
    delivery = Delivery(0, QUARTER, 16.0)
    while real.now < 5 * MINUTE:
        loop.step(real.now, delivery)
        real.advance(real.now + 30 * NANOS)
    price = 60 + 40 * np.sin(np.arange(96) / 12)
    sold = np.full(96, 0.0)
    sold[:8] = 16.0
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        step = loop.step(real.now, delivery)
        outlook = Outlook(0.25, sold, np.full(96, 0.5), price - 1, price + 1)
        found = replan(LIMITS, real.energy_mwh, outlook, wear_cost=5.0)
        seconds.append(time.perf_counter() - began)
        real.advance(real.now + NANOS)
        assert step.setpoint.power_mw == 10.0
        assert real.setpoint == 10.0
        assert abs(found.run_mw).max() <= 10.0 + 1e-6
        assert found.run_mw == pytest.approx(sold + found.trade_mw, abs=0.1)
    assert min(seconds) < 1.0, seconds


def test_a_day_behind_a_socket_equals_the_same_day_without_one(put_behind: Opening) -> None:
    """Faults and all: what a protocol rounds is all that it changes."""
    faults = (
        Fault("trip", 20 * MINUTE, 40 * MINUTE),
        Fault("stale", 50 * MINUTE, 55 * MINUTE),
        Fault("refuse", 65 * MINUTE, 66 * MINUTE),
    )
    sold = [10.0, -12.0, 16.0, 0.0, -5.0, 8.0]

    def run(real: SimulatedBattery, device: Device) -> list[tuple[float, set[AlarmKind]]]:
        loop = Dispatcher(device, LIMITS, stale_seconds=60, hold_seconds=20)
        done = []
        while real.now < 6 * QUARTER:
            period = real.now // QUARTER
            step = loop.step(
                real.now, Delivery(period * QUARTER, (period + 1) * QUARTER, sold[period])
            )
            done.append((step.setpoint.power_mw, {alarm.kind for alarm in step.alarms}))
            real.advance(real.now + 20 * NANOS)
        return done

    plain, behind = battery(*faults), battery(*faults)
    expected, found = run(plain, plain), run(behind, put_behind(behind))
    assert [power for power, _ in found] == pytest.approx([power for power, _ in expected], abs=0.1)
    assert behind.net == pytest.approx(plain.net, abs=0.01)
    kinds = [kind for _, kinds in found for kind in kinds]
    for kind in ("availability_lost", "availability_back", "telemetry_lost", "telemetry_back"):
        assert kinds.count(kind) == 1, kind


def test_a_server_that_has_gone_is_held_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(example_map(0))
    registers = replace(load_registers(path), timeout_seconds=20.0)
    real = battery()
    with ModbusServer(real, registers) as server:
        port = server.port
        device = ModbusDevice(replace(registers, port=port))
        loop = Dispatcher(device, LIMITS, stale_seconds=30, hold_seconds=30)
        loop.step(0, Delivery(0, QUARTER, 10.0))
        real.advance(30 * NANOS)
        before = loop.step(30 * NANOS, Delivery(0, QUARTER, 10.0)).setpoint.power_mw
    assert before > 5
    for seconds in (60, 90):
        done = loop.step(seconds * NANOS, Delivery(0, QUARTER, 10.0))
        assert done.setpoint.power_mw == before
    assert done.is_held
    real.advance(120 * NANOS)
    with ModbusServer(real, registers, port):
        back = loop.step(120 * NANOS, Delivery(0, QUARTER, 10.0))
        assert not back.is_held
        assert "telemetry_back" in {alarm.kind for alarm in back.alarms}
    device.close()


def test_a_broker_that_has_gone_is_held_and_found_again(tmp_path: Path) -> None:
    if reason := mqtt_broker.missing():
        pytest.skip(reason)
    path, real = tmp_path / "map.toml", battery()
    with mqtt_broker.MqttBroker() as own:
        path.write_text(example_topics(own.port))
        topics = replace(load_topics(path), timeout_seconds=2.0)
        with MqttServer(real, topics):
            device = MqttDevice(topics)
            loop = Dispatcher(device, LIMITS, stale_seconds=30, hold_seconds=30)
            delivery = Delivery(0, QUARTER, 10.0)
            loop.step(0, delivery)
            real.advance(30 * NANOS)
            before = loop.step(30 * NANOS, delivery).setpoint.power_mw
            assert before > 5
            own.kill()
            done = loop.step(90 * NANOS, delivery)
            assert done.is_held
            assert done.setpoint.power_mw == before
            own.start()
            real.advance(100 * NANOS)
            until = time.monotonic() + 120.0
            back = loop.step(100 * NANOS, delivery)
            while back.is_held and time.monotonic() < until:
                # Both clients come back by themselves, after a second or more.
                time.sleep(0.1)
                back = loop.step(back.at + NANOS, delivery)
            assert not back.is_held
            assert real.setpoint == pytest.approx(back.setpoint.power_mw)
            device.close()


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one run of the example."""
    return traded_in(tmp_path_factory.mktemp("dispatch"), DESK)


@pytest.fixture(scope="module")
def ledger(day: Path) -> Ledger:
    """Return its events."""
    return ledger_of(day)


@pytest.fixture(scope="module")
def periods(ledger: Ledger) -> dict[int, DeliveredPeriod]:
    """Return what was sold, delivered and settled, by minutes from the trip to the period."""
    found = delivered_periods(ledger, ledger.names.markets[0], "battery")
    return {(one.start - TRIP) // MINUTE: one for one in found}


@pytest.fixture(scope="module")
def steps(day: Path) -> pl.DataFrame:
    """Return the steps of the loop."""
    return pl.read_parquet(day / "dispatch" / "battery.parquet")


def test_the_trip_is_seen_by_telemetry_and_limits_the_setpoint(
    day: Path, steps: pl.DataFrame
) -> None:
    assert steps.height == 24 * 60
    at = steps.filter(pl.col("at").is_between(TRIP - MINUTE, TRIP)).to_dicts()
    assert [row["available"] for row in at] == [20.0, 10.0]
    assert [row["setpoint"] for row in at] == [-20.0, -10.0]
    assert at[1]["reasons"] == "10 MW are available"
    alarms = json.loads((day / "dispatch" / "battery.json").read_text())["alarms"]
    seen = [alarm for alarm in alarms if alarm["kind"] == "availability_lost"]
    assert [alarm["at"] for alarm in seen] == [TRIP]
    out = steps.filter((pl.col("at") >= TRIP) & (pl.col("available") < 20.0))
    assert out["setpoint"].abs().max() == 10.0
    assert out.height == 143, "until 16:30"


def test_no_setpoint_of_the_day_is_outside_its_limits(steps: pl.DataFrame) -> None:
    assert (steps["setpoint"].abs() <= steps["available"] + 1e-9).all()
    change = steps["setpoint"].diff().drop_nulls().abs()
    assert float(change.max() or 0.0) <= 20.0 + 1e-9  # type: ignore[arg-type]
    assert float(steps["energy"].min() or 0.0) >= -1e-6  # type: ignore[arg-type]
    assert float(steps["energy"].max() or 0.0) <= 40.0 + 1e-4  # type: ignore[arg-type]
    assert not steps["is_held"].any()


def test_what_cannot_be_run_is_traded_again_through_the_gate(
    ledger: Ledger, periods: dict[int, DeliveredPeriod]
) -> None:
    books = {number for number, one in ledger.instruments.items()
             if one.venue == ledger.names.markets[0].book_venue}  # fmt: skip
    fills = ledger.table("filled").filter(pl.col("instrument").is_in(list(books)))
    orders = set(ledger.table("order_routed")["order_id"])
    assert fills.height > 10
    assert set(fills["order_id"]) <= orders, "every fill is of an order that the gate passed"
    # Before it only what the ramp lost of the first quarter-hour, a tenth of a MWh or two.
    before = fills.filter(pl.col("ts_recv") <= TRIP)
    assert before.height < 10 < fills.height - before.height
    # Charged in the auction at 20 MW; half of it is sold again from the next open period on.
    for minutes in (23, 38, 53):
        period = periods[minutes]
        assert period.auction_mwh == pytest.approx(-5.0)
        assert period.continuous_mwh == pytest.approx(2.5, abs=0.1)
        assert period.delivered_mwh == pytest.approx(-2.5, abs=0.05)
    # Charged later instead.
    later = sum(one.continuous_mwh for minutes, one in periods.items() if 98 <= minutes <= 200)
    assert later < -5.0


def test_the_outage_message_is_drafted_before_anything_is_traded_on_it(
    day: Path,
) -> None:
    files = sorted((day / "dispatch" / "outages").glob("*.xml"))
    assert [path.stem[-4:] for path in files] == ["_001", "_002"]
    space = {"m": "http://www.acer.europa.eu/REMIT/REMITUMMElectricitySchema_V3.xsd",
             "c": "http://www.acer.europa.eu/REMIT/REMITUMMCommonSchema_V2.xsd"}  # fmt: skip
    found = []
    for path in files:
        (umm,) = ET.parse(path).getroot().findall("m:UMM", space)  # noqa: S314 - our own file
        keys = ("m:event/m:eventStatus", "m:event/m:eventStart", "m:event/m:eventStop",
                "m:publicationDateTime", "m:capacity/m:capacityInterval/m:unavailableCapacity",
                "m:capacity/m:installedCapacity", "m:unavailabilityType",
                "m:affectedAsset/c:name")  # fmt: skip
        found.append([umm.findtext(key, None, space) for key in keys])
    assert found == [
        ["Active", "2026-06-29T12:07:00Z", "2026-06-29T15:07:00Z", "2026-06-29T12:07:00Z", "10",
         "20", "Unplanned", "Battery North"],
        ["Inactive", "2026-06-29T12:07:00Z", "2026-06-29T14:30:00Z", "2026-06-29T14:30:00Z", "10",
         "20", "Unplanned", "Battery North"],
    ]  # fmt: skip
    replans = json.loads((day / "dispatch" / "battery.json").read_text())["replans"]
    early = [one for one in replans if TRIP <= one["at"] < TRIP + 10 * MINUTE]
    assert early
    assert all(one["is_cover"] for one in early), "before it is out only what is lost is traded"
    assert not any(one["is_cover"] for one in replans if one["at"] >= TRIP + 10 * MINUTE)


def test_non_delivery_and_imbalance_are_settled(
    ledger: Ledger, periods: dict[int, DeliveredPeriod]
) -> None:
    current = periods[-7]
    # 7 minutes at 20 MW and 8 at 10 MW of 15 minutes at 20 MW.
    assert current.missing_mwh == pytest.approx(10 * 8 / 60, abs=0.01)
    assert current.open_mwh == pytest.approx(current.missing_mwh, abs=1e-9)
    (split,) = pnl_split(ledger, ledger.names.markets[0])
    assert sum(one.imbalance for one in periods.values()) == split.imbalance
    (line,) = pnl_by_strategy(ledger)
    assert split.total == line.total
    prices = {
        row["instrument"]: row["price"]
        for row in ledger.table("reference_price").iter_rows(named=True)
        if row["kind"] == "imbalance"
    }
    starts = {one.delivery_start: number for number, one in ledger.instruments.items()}
    price = prices[starts[current.start]] / 1e6
    assert current.imbalance / 3.6e15 == pytest.approx(current.open_mwh * price, abs=0.01)


def test_the_report_shows_dispatch_charge_messages_and_settlement(day: Path) -> None:
    page = (day / "report.html").read_text(encoding="utf-8")
    for text in ("Dispatch of battery", "State of charge of battery", "availability_lost",
                 "New plans after a deviation", "Outage messages, drafts",
                 "Deliveries of battery: sold, delivered, settled", "_001"):  # fmt: skip
        assert text in page, text


def test_a_second_run_is_the_same_and_everything_verifies(day: Path, tmp_path: Path) -> None:
    again = wattbook("run", DESK, "--out", tmp_path / "again", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    for name in ("battery.parquet", "battery.json", "report.json"):
        assert (tmp_path / "again" / "dispatch" / name).read_bytes() == (
            day / "dispatch" / name
        ).read_bytes(), name
    done = wattbook("verify", "run", day, "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["failed"] == 0, done.stdout
    # A changed message is found.
    path = next((tmp_path / "again" / "dispatch" / "outages").glob("*_001.xml"))
    path.write_text(path.read_text().replace(">10<", ">11<"))
    done = wattbook("verify", "run", tmp_path / "again", cwd=tmp_path)
    assert done.returncode == 1
    assert "_001.xml SHA-256" in done.stdout


RESERVES = """
[[strategy.dispatch.reserve]]
product = "up"
direction = "up"
power = 4
price = 12.5
penalty = 30

[[strategy.dispatch.reserve]]
product = "down"
direction = "down"
power = 4
price = 6

[[strategy.dispatch.fault]]
kind = "stale"
at = 05:30:00
until = 06:00:00
"""


def test_reserves_that_a_trip_takes_away_are_taken_off_line_by_line(tmp_path: Path) -> None:
    text = DESK.read_text().replace('"modbus"', '"direct"').replace("energy = 40", "energy = 40\n"
        "initial_energy = 2") + RESERVES  # fmt: skip
    (tmp_path / "desk.toml").write_text(text)
    done = wattbook("run", tmp_path / "desk.toml", "--out", tmp_path / "run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "run" / "dispatch"
    steps = pl.read_parquet(folder / "battery.parquet")
    # Energy is run on what is left: 16 of 20 MW, and cells that bear both reserves.
    assert float(steps["setpoint"].abs().max()) == 16.0  # type: ignore[arg-type]
    assert float(steps["energy"].max()) <= 40 - 4 / 4 * 0.85  # type: ignore[arg-type]
    table = pl.read_parquet(folder / "battery-reserves.parquet")
    assert table.height == 2 * 96
    # While one inverter is out and the other charges, less can be charged on top.
    down = table.filter(pl.col("product") == "down")
    start = TRIP + 23 * MINUTE
    quarter = steps.filter(pl.col("at").is_between(start, start + QUARTER, closed="left"))
    free = (quarter["available"] + quarter["setpoint"]).clip(0.0, 4.0).mean()
    (found,) = down.filter(pl.col("start") == start)["available"]
    assert found == pytest.approx(float(free) * 1e6, abs=1)  # type: ignore[arg-type]
    assert found < 3_000_000
    # Nobody can tell what is there while telemetry stands still for longer than three minutes.
    held = steps.filter(pl.col("is_held"))
    assert held.height > 10
    silent = down.filter(pl.col("start") == held["at"][-1] // QUARTER * QUARTER)
    assert silent["available"][0] < 4_000_000
    # Settled here in plain numbers.
    amounts = pl.read_parquet(folder / "battery-reserve-amounts.parquet")
    for product, price, penalty in (("up", 12.5, 30.0), ("down", 6.0, 0.0)):
        own = table.filter(pl.col("product") == product)
        missing = float((own["awarded"] - own["available"]).sum()) / 1e6 / 4
        lines = dict(
            amounts.filter(pl.col("product") == product)
            .group_by("line")
            .agg(pl.col("amount").cast(pl.Float64).sum() / 3.6e15)
            .rows()
        )
        assert missing > 0
        assert lines["capacity"] == pytest.approx(4 * 24 * price)
        assert lines["capacity withheld"] == pytest.approx(-missing * price)
        assert lines.get("availability penalty", 0.0) == pytest.approx(-missing * penalty)
    assert "Reserves of battery" in (tmp_path / "run" / "report.html").read_text()
    done = wattbook("verify", "run", tmp_path / "run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    # A step that claims cells which do not follow from the one before is found.
    steps.with_columns(energy_high=pl.col("energy_high") + pl.col("is_held")).write_parquet(
        folder / "battery.parquet"
    )
    done = wattbook("verify", "run", tmp_path / "run", cwd=tmp_path)
    assert "dispatch/battery.parquet step" in done.stdout
    assert "energy reckoned as" in done.stdout
    for change, message in (
        (("power = 4", "power = 25"), "reserves leave -5 MW to discharge"),
        (("initial_energy = 2", "initial_energy = 0"), "give initial_energy in between"),
    ):
        (tmp_path / "desk.toml").write_text(text.replace(*change, 1))
        refused = wattbook("run", tmp_path / "desk.toml", cwd=tmp_path)
        assert refused.returncode != 0
        assert message in refused.stdout + refused.stderr


def test_called_reserves_are_delivered_settled_and_bought_back(tmp_path: Path) -> None:
    desk = EXAMPLES / "reserves_day.toml"
    done = wattbook("run", desk, "--out", tmp_path / "run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = tmp_path / "run" / "dispatch"
    steps = pl.read_parquet(folder / "battery.parquet")
    table = pl.read_parquet(folder / "battery-reserves.parquet")
    # FCR is sold in four blocks of six, aFRR all day.
    assert dict(table.group_by("product").len().rows()) == {"FCR": 4 * 16, "aFRR up": 96}
    amounts = pl.read_parquet(folder / "battery-reserve-amounts.parquet")
    lines = {
        (product, line): value
        for product, line, value in amounts.group_by("product", "line")
        .agg(pl.col("amount").cast(pl.Float64).sum() / 3.6e15)
        .rows()
    }
    assert lines["FCR", "capacity"] == pytest.approx(4 * 4 * (14.2 + 12.1 + 13.5 + 16.7))
    assert lines["aFRR up", "capacity"] == pytest.approx(4 * 24 * 6)
    # Set as called, and more than may be set for energy alone.
    assert steps.filter(pl.col("called") == 4)["setpoint"].max() == 15.0
    assert steps.filter(pl.col("called") == 0)["setpoint"].max() == 11.0
    afrr = table.filter((pl.col("product") == "aFRR up") & (pl.col("called") > 0))
    called, delivered = (float(afrr[name].sum()) / 3.6e9 for name in ("called", "delivered"))
    assert called == pytest.approx(4 * (35 + 40) / 60, abs=1e-6)
    assert 0.9 * called < delivered <= called
    assert lines["aFRR up", "energy"] == pytest.approx(180 * delivered, rel=1e-6)
    # The evening call leaves the cells below what the next one needs; it is bought back.
    last = steps.filter(pl.col("called") == 4)["at"].max()
    after = steps.filter(pl.col("at") > last)
    floor = 5 / 0.86**0.5
    assert float(after["sold"].min()) < -1.0  # type: ignore[arg-type]
    assert float(after["energy"][-1]) >= floor - 0.05
    verified = wattbook("verify", "run", tmp_path / "run", cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout
    # A call that the desk file does not know is found.
    steps.with_columns(called=pl.when(pl.col("at") == last).then(3.0).otherwise("called")).select(
        steps.columns
    ).write_parquet(folder / "battery.parquet")
    verified = wattbook("verify", "run", tmp_path / "run", cwd=tmp_path)
    assert verified.returncode == 1
    assert "4 MW called of reserves" in verified.stdout
