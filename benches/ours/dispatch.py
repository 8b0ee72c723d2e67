"""From a deviation to the new setpoint, read back, and a new plan. Usage: ``dispatch.py SIDE``.

Sides: ``modbus`` over Modbus/TCP on loopback; ``mqtt`` through a Mosquitto of its own; ``direct``
without a socket: what the loop and the plan themselves take.
"""

import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

from mqtt_broker import MqttBroker, missing
from wattbook.assets.dispatch import Delivery, Dispatcher, Fault, SetpointLimits, SimulatedBattery
from wattbook.assets.dispatch.modbus import ModbusDevice, ModbusServer
from wattbook.assets.dispatch.mqtt import MqttDevice, MqttServer
from wattbook.assets.dispatch.registers import example_map, load_registers
from wattbook.assets.dispatch.replan import Outlook, replan
from wattbook.assets.dispatch.topics import example_topics, load_topics

REPEATS = 41
NANOS = 1_000_000_000
SECOND_OF_TRIP = 10
LIMITS = SetpointLimits(
    charge_mw=20, discharge_mw=20, floor_mwh=0, ceiling_mwh=40, charge_efficiency=0.927,
    discharge_efficiency=0.927, ramp_mw_minute=1_200,
)  # fmt: skip


def device_of(side, battery, stack):
    """Return the battery behind a protocol."""
    if side == "direct":
        return battery
    path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "map.toml"
    if side == "modbus":
        path.write_text(example_map(0))
        registers = load_registers(path)
        server = stack.enter_context(ModbusServer(battery, registers))
        return ModbusDevice(replace(registers, port=server.port))
    if reason := missing():
        sys.exit(reason)
    broker = stack.enter_context(MqttBroker())
    path.write_text(example_topics(broker.port))
    topics = load_topics(path)
    stack.enter_context(MqttServer(battery, topics))
    return MqttDevice(topics)


def outlook():
    """Return 96 quarter-hours, sold in two blocks, at prices that a new plan trades on."""
    rng = np.random.default_rng(3)
    price = 60 + 40 * np.sin(np.arange(96) / 12) + rng.normal(0, 8, 96)
    sold = np.zeros(96)
    sold[:8], sold[40:48], sold[72:80] = 16.0, -20.0, 15.0
    available = np.where(np.arange(96) < 12, 0.5, 1.0)
    return Outlook(0.25, sold, available, price - 1, price + 1)


def main(side):
    """Let an inverter trip again and again; print the median times."""
    whole, steps, solves, cpus = [], [], [], []
    began_cpu = time.process_time()
    with ExitStack() as stack:
        battery = SimulatedBattery(
            power_mw=20, capacity_mwh=40, energy_mwh=30, now=0, inverters=2,
            charge_efficiency=0.927, discharge_efficiency=0.927,
            faults=[
                Fault("trip", (20 * n + SECOND_OF_TRIP) * NANOS, (20 * n + 20) * NANOS)
                for n in range(REPEATS)
            ],
        )  # fmt: skip
        device = device_of(side, battery, stack)
        loop = Dispatcher(device, LIMITS, stale_seconds=30, hold_seconds=30)
        known = outlook()
        for number in range(REPEATS):
            for second in (5, SECOND_OF_TRIP - 1):
                battery.advance((20 * number + second) * NANOS)
                loop.step(battery.now, Delivery(0, 3_600 * NANOS, 16.0))
            battery.advance((20 * number + SECOND_OF_TRIP) * NANOS)
            began = time.perf_counter()
            step = loop.step(battery.now, Delivery(0, 3_600 * NANOS, 16.0))
            then = time.perf_counter()
            cpu = time.process_time()
            plan = replan(LIMITS, step.telemetry.energy, known, wear_cost=5.0)
            cpus.append(time.process_time() - cpu)
            whole.append(time.perf_counter() - began)
            steps.append(then - began)
            solves.append(plan.seconds)
            assert battery.setpoint == 10.0, "the trip was not followed"
            assert np.abs(plan.run_mw[:12]).max() <= 10.0 + 1e-6
            battery.advance((20 * number + 20) * NANOS)
        device.close()
    cpu = time.process_time() - began_cpu
    line = {"rate": REPEATS / cpu, "wall_rate": REPEATS / sum(whole), "unit": "deviations/s"}
    figures = {
        "deviation_ms": 1e3 * statistics.median(whole),
        "deviation_ms_max": 1e3 * max(whole),
        "step_ms": 1e3 * statistics.median(steps),
        "solve_ms": 1e3 * statistics.median(solves),
        "solve_cpu_ms": 1e3 * statistics.median(cpus),
    }
    work = {"trips": REPEATS, "traded_mw": round(float(np.abs(plan.trade_mw).sum()), 1)}
    print(json.dumps({**line, "n": REPEATS, **figures, "work": work}))


main(sys.argv[1])
