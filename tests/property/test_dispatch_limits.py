"""No setpoint outside its limits leaves, whatever is asked, read, or goes wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.dispatch import (
    Delivery,
    Dispatcher,
    Fault,
    SetpointLimits,
    SimulatedBattery,
    Telemetry,
    safe_setpoint,
)
from wattbook.errors import DeviceError

NANOS = 1_000_000_000
HAIR = 1e-6
POWER = st.floats(0.1, 100.0)
ANY_POWER = st.one_of(
    st.floats(-500, 500), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -0.0])
)


@st.composite
def limits(draw: st.DrawFn) -> SetpointLimits:
    floor = draw(st.floats(0.0, 50.0))
    return SetpointLimits(
        charge_mw=draw(POWER),
        discharge_mw=draw(POWER),
        floor_mwh=floor,
        ceiling_mwh=floor + draw(st.floats(0.0, 100.0)),
        charge_efficiency=draw(st.floats(0.5, 1.0)),
        discharge_efficiency=draw(st.floats(0.5, 1.0)),
        ramp_mw_minute=draw(st.one_of(st.just(math.inf), st.floats(0.1, 100.0))),
        import_mw=draw(st.one_of(st.just(math.inf), st.floats(0.0, 100.0))),
        export_mw=draw(st.one_of(st.just(math.inf), st.floats(0.0, 100.0))),
        step_mw=draw(st.sampled_from([0.001, 0.1, 1.0])),
    )


def hard_range(
    of: SetpointLimits, energy: float, charge: float, discharge: float, seconds: float
) -> tuple[float, float]:
    """Return the least and greatest power, by a second formulation: try the energy after it."""
    hours = max(seconds, 1.0) / 3_600
    up = min(of.discharge_mw, of.export_mw, discharge)
    if energy - up * hours / of.discharge_efficiency < of.floor_mwh:
        up = max((energy - of.floor_mwh) * of.discharge_efficiency / hours, 0.0)
    down = min(of.charge_mw, of.import_mw, charge)
    if energy + down * hours * of.charge_efficiency > of.ceiling_mwh:
        down = max((of.ceiling_mwh - energy) / of.charge_efficiency / hours, 0.0)
    return -down, up


@settings(max_examples=400)
@given(
    limits(), ANY_POWER, st.floats(-10.0, 200.0), st.floats(0.0, 120.0), st.floats(0.0, 120.0),
    st.integers(-100_000, 100_000), st.floats(0.0, 600.0), st.floats(0.0, 900.0),
)  # fmt: skip
def test_a_setpoint_keeps_every_limit_and_says_why_it_is_not_what_was_asked(
    of: SetpointLimits,
    wanted: float,
    energy: float,
    charge: float,
    discharge: float,
    steps: int,
    elapsed: float,
    hold: float,
) -> None:
    before = round(steps * of.step_mw, 9)
    found = safe_setpoint(
        of, wanted, least_mwh=energy, most_mwh=energy, charge_available_mw=charge,
        discharge_available_mw=discharge, before_mw=before, elapsed_seconds=elapsed,
        hold_seconds=hold,
    )  # fmt: skip
    low, high = hard_range(of, energy, charge, discharge, hold)
    assert low - HAIR <= found.power_mw <= high + HAIR
    assert abs(found.power_mw / of.step_mw - round(found.power_mw / of.step_mw)) < 1e-5
    if low <= before <= high and math.isfinite(of.ramp_mw_minute):
        assert abs(found.power_mw - before) <= of.ramp_mw_minute * elapsed / 60 + HAIR
    if not math.isfinite(wanted) or abs(found.power_mw - wanted) > 2 * of.step_mw:
        assert found.reasons


@dataclass
class Scripted:
    """A device that says what the test says, and notes what it is told."""

    readings: list[Telemetry | None]
    refuses: list[bool]
    setpoint: float = 0.0
    place: int = 0
    told: list[tuple[int, float]] = field(default_factory=list)

    def read(self) -> Telemetry:
        found = self.readings[self.place]
        if found is None:
            raise DeviceError("no answer")
        return found

    def write(self, power_mw: float) -> float:
        self.told.append((self.place, power_mw))
        if self.refuses[self.place]:
            raise DeviceError("refused")
        self.setpoint = power_mw
        return power_mw

    def beat(self, count: int) -> None:
        assert 0 <= count < 65_536

    def close(self) -> None:
        """Nothing to end."""


READING = st.one_of(
    st.none(),
    st.builds(
        Telemetry,
        energy=st.floats(0.0, 45.0),
        power=st.floats(-25.0, 25.0),
        charge_available=st.sampled_from([0.0, 5.0, 20.0, 30.0]),
        discharge_available=st.sampled_from([0.0, 5.0, 20.0, 30.0]),
        exported=st.floats(0.0, 100.0),
        imported=st.floats(0.0, 100.0),
        setpoint=st.sampled_from([-20.0, 0.0, 7.5]),
        sample=st.integers(0, 3),
    ),
    st.just(Telemetry(math.nan, 0.0, 5.0, 5.0, 0.0, 0.0, 0.0, 9)),
    st.just(Telemetry(5.0, 0.0, -5.0, 5.0, 0.0, 0.0, 0.0, 10)),
)
STEP = st.tuples(READING, st.booleans(), st.one_of(st.none(), ANY_POWER), st.integers(1, 120))


@settings(max_examples=200)
@given(st.lists(STEP, min_size=1, max_size=40))
def test_no_sequence_of_readings_and_positions_lets_a_setpoint_outside_leave(
    script: list[tuple[Telemetry | None, bool, float | None, int]],
) -> None:
    of = SetpointLimits(
        charge_mw=20, discharge_mw=20, floor_mwh=2, ceiling_mwh=40, charge_efficiency=0.9,
        discharge_efficiency=0.9, ramp_mw_minute=10, export_mw=15,
    )  # fmt: skip
    device = Scripted([step[0] for step in script], [step[1] for step in script])
    loop = Dispatcher(device, of, stale_seconds=60, hold_seconds=60)
    now = 0
    for place, (_, _, sold, seconds) in enumerate(script):
        device.place = place
        now += seconds * NANOS
        start = now // (900 * NANOS) * 900 * NANOS
        delivery = None if sold is None else Delivery(start, start + 900 * NANOS, sold)
        done = loop.step(now, delivery)
        known = done.telemetry
        for at, told in device.told:
            if at != place:
                continue
            assert known is not None, "nothing is set before anything was read"
            assert -20.0 - HAIR <= told <= 15.0 + HAIR
            assert -known.charge_available - HAIR <= told <= known.discharge_available + HAIR
            if not done.is_held and known is device.readings[place]:
                low, high = hard_range(
                    of, known.energy, known.charge_available, known.discharge_available, 60
                )
                assert low - HAIR <= told <= high + HAIR
        assert math.isfinite(done.setpoint.power_mw)


FAULT = st.builds(
    lambda kind, start, seconds: Fault(kind, start * NANOS, (start + seconds) * NANOS),
    st.sampled_from(["stale", "stale", "refuse", "silent", "trip"]),
    st.integers(1, 3_000),
    st.integers(1, 3_000),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(FAULT, max_size=3),
    st.lists(st.sampled_from([-20.0, -8.0, 0.0, 8.0, 20.0]), min_size=5, max_size=5),
    st.floats(0.0, 40.0),
    st.sampled_from([math.inf, 40.0]),
)
def test_what_a_device_follows_and_its_cells_lie_in_what_the_loop_says_is_possible(
    faults: list[Fault], sold: list[float], energy: float, ramp: float
) -> None:
    device = SimulatedBattery(
        power_mw=20, capacity_mwh=40, energy_mwh=energy, now=0, inverters=2,
        charge_efficiency=0.9, discharge_efficiency=0.9, ramp_mw_minute=ramp, faults=faults,
    )  # fmt: skip
    of = SetpointLimits(
        charge_mw=20, discharge_mw=20, floor_mwh=0, ceiling_mwh=40, charge_efficiency=0.9,
        discharge_efficiency=0.9, ramp_mw_minute=ramp,
    )  # fmt: skip
    loop = Dispatcher(device, of, stale_seconds=180, hold_seconds=60)
    while device.now < 4_500 * NANOS:
        start = device.now // (900 * NANOS) * 900 * NANOS
        delivery = Delivery(start, start + 900 * NANOS, sold[start // (900 * NANOS)])
        done = loop.step(device.now, delivery)
        assert done.in_force.low - HAIR <= device.setpoint <= done.in_force.high + HAIR
        if done.telemetry is not None:
            assert done.energy.low - HAIR <= device.energy_mwh <= done.energy.high + HAIR
        device.advance(device.now + 60 * NANOS)
