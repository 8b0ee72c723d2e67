"""Plants that do more than make power: heat, water, hydrogen, and load that can wait."""

from wattbook.assets.plants.chp import Boiler, ChpPlant, HeatSchedule, HeatStore, schedule_heat
from wattbook.assets.plants.hydro import HydroSchedule, Reservoir, schedule_hydro
from wattbook.assets.plants.load import (
    Electrolyser,
    HydrogenSchedule,
    ShiftedLoad,
    ShiftSchedule,
    schedule_hydrogen,
    schedule_shift,
)

__all__ = [
    "Boiler",
    "ChpPlant",
    "Electrolyser",
    "HeatSchedule",
    "HeatStore",
    "HydroSchedule",
    "HydrogenSchedule",
    "Reservoir",
    "ShiftSchedule",
    "ShiftedLoad",
    "schedule_heat",
    "schedule_hydro",
    "schedule_hydrogen",
    "schedule_shift",
]
