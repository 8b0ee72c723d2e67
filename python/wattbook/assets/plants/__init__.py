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
from wattbook.assets.plants.portfolio import (
    GridTrade,
    HeatTask,
    HydrogenTask,
    PortfolioPart,
    PortfolioSchedule,
    ShiftTask,
    schedule_portfolio,
)
from wattbook.assets.plants.thermal import ThermalPlant

__all__ = [
    "Boiler",
    "ChpPlant",
    "Electrolyser",
    "GridTrade",
    "HeatSchedule",
    "HeatStore",
    "HeatTask",
    "HydroSchedule",
    "HydrogenSchedule",
    "HydrogenTask",
    "PortfolioPart",
    "PortfolioSchedule",
    "Reservoir",
    "ShiftSchedule",
    "ShiftTask",
    "ShiftedLoad",
    "ThermalPlant",
    "schedule_heat",
    "schedule_hydro",
    "schedule_hydrogen",
    "schedule_portfolio",
    "schedule_shift",
]
