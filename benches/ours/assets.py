"""Units, fleets and storages. Usage: ``assets.py SIDE [DATA]``."""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from wattbook.assets.commitment import broken_rules, commit, load_fleet, ten_units
from wattbook.assets.storage import (
    Factor,
    Ratchet,
    SpotModel,
    Storage,
    intrinsic,
    simulated_value,
    tree_value,
)
from wattbook.assets.unit import PointCurve, Startup, Unit, best_schedule

HOURS = 8_760
NOVEMBER = "uc/rts_gmlc_2020-11-25.json"
JULY = "uc/rts_gmlc_2020-07-06.json"


def unit(ramp):
    curve = PointCurve(((170.0, 4878.0), (231.67, 6507.0), (293.33, 8374.0), (355.0, 10331.0)))
    starts = (Startup(5, 20_000.0), Startup(12, 28_000.0))
    return Unit("unit", curve, starts, ramp, ramp, up_min=8, down_min=5, periods_on=-20)


def prices(count):
    chance = np.random.default_rng(4)
    hours = np.arange(count)
    return 30.0 + 12.0 * np.sin(2 * np.pi * hours / 24) + 8.0 * chance.standard_normal(count)


def storage():
    ratchets = (Ratchet(0.0, 20.0, 10.0, 0.3, 0.2), Ratchet(150.0, 10.0, 20.0, 0.3, 0.2))
    return Storage(300.0, 10.0, ratchets, injection_loss=0.01)


def season(days):
    return 25.0 - 5.0 * np.sin(2 * np.pi * np.arange(days) / days)


def timed(act, repeats):
    walls, cpus = [], []
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        found = act()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return found, statistics.median(walls), statistics.median(cpus)


def scheduled(ramp):
    found, wall, cpu = timed(lambda: best_schedule(unit(ramp), prices(HOURS)), 11)
    # With ramps it is another schedule, so that each has its own value.
    name = "value" if np.isinf(ramp) else "value_ramped"
    return wall, cpu, HOURS, "hours/s", {"work": {name: round(found.value, 2)}}


def committed(fleet, seconds, gap):
    found, wall, cpu = timed(lambda: commit(fleet, seconds=seconds, gap=gap), 1)
    if broken := broken_rules(found):
        raise SystemExit("\n".join(broken))
    extra = {"cost": found.cost, "bound": found.bound, "gap_percent": 100 * found.gap}
    return wall, cpu, fleet.periods * len(fleet.units), "unit periods/s", extra


def known():
    days = 123
    found, wall, cpu = timed(lambda: intrinsic(storage(), season(days)), 21)
    return wall, cpu, days, "days/s", {"work": {"value": round(found.value, 6)}}


def simulated():
    days = 365
    model = SpotModel(season(days), (Factor(0.05, 0.06),))
    found, wall, cpu = timed(lambda: simulated_value(storage(), model), 1)
    tree = tree_value(storage(), model)
    extra = {
        "gap_percent": 100 * found.gap,
        "lower": found.lower.mean,
        "lower_error": found.lower.error,
        "upper": found.upper.mean,
        "tree": tree,
        "errors_from_tree": abs(found.lower.mean - tree) / found.lower.error,
    }
    return wall, cpu, days, "days/s", extra


def main(side, data=""):
    sides = {
        "unit": lambda: scheduled(np.inf),
        "ramped": lambda: scheduled(82.8),
        "ten-units": lambda: committed(ten_units(), 60.0, 1e-4),
        "commitment": lambda: committed(load_fleet(Path(data) / NOVEMBER), 60.0, 0.005),
        "july": lambda: committed(load_fleet(Path(data) / JULY), 60.0, 0.005),
        "intrinsic": known,
        "simulated": simulated,
    }
    wall, cpu, count, name, extra = sides[side]()
    line = {"rate": count / cpu, "wall_rate": count / wall, "unit": name, "n": count}
    print(json.dumps({**line, "ms": 1000 * wall, "cpu_ms": 1000 * cpu, "work": {}, **extra}))


if __name__ == "__main__":
    main(*sys.argv[1:])
