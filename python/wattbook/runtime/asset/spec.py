"""What an asset file can say. Each field's metadata bounds it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive, Share

__all__ = [
    "AssetHead",
    "BatteryData",
    "BatterySpec",
    "BoilerSpec",
    "ChpData",
    "ChpSpec",
    "ElectrolyserData",
    "ElectrolyserSpec",
    "HeatStoreSpec",
    "HydroData",
    "LoadData",
    "LoadSpec",
    "MovesSpec",
    "PortfolioData",
    "RatchetSpec",
    "ReserveSpec",
    "ReservoirSpec",
    "RobustSpec",
    "Series",
    "StageSpec",
    "StorageData",
    "StorageSpec",
    "UnitSpec",
]

Series: TypeAlias = str | Decimal | int
"""Values by delivery period: the name of a column, or one number for all."""
Periods = Annotated[int, Bounds(least=1, most=10_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetHead:
    """``[asset]``: what it is, where and when.

    Parameters
    ----------
    name : str
    kind : str
    place : str
        Bidding zone, or hub of gas.
    start, end : date
        First delivery day, and the first after the last.
    step : str, optional
        How long delivery periods are.
    currency : str, optional
        ISO 4217 code.
    seconds : Decimal, optional
        How long to look for a better schedule of what starts and stops: the best so far is then
        taken, with its gap.
    """

    name: str
    kind: Literal["battery", "storage", "chp", "hydro", "electrolyser", "load", "portfolio"]
    place: str
    start: dt.date
    end: dt.date
    step: Literal["quarter_hour", "half_hour", "hour", "day"] = "hour"
    currency: str = "EUR"
    seconds: Annotated[Decimal, Bounds(above=0, most=86_400)] = Decimal(60)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryData:
    """``[data]`` of a battery: real-time price, or the only one; wind or solar beside it."""

    price: Series
    generation_mw: Series = 0
    file: str | None = None
    start: str = "delivery_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySpec:
    """``[battery]``: the battery, its site and its wear, as `plan_battery` takes them."""

    power_mw: Positive
    capacity_mwh: Positive
    round_trip: Annotated[Decimal, Bounds(above=0, most=1)] = Decimal("0.85")
    floor_mwh: NotNegative = Decimal(0)
    initial_mwh: NotNegative | None = None
    terminal_price: Decimal = Decimal(0)
    ramp_mw: Positive | None = None
    import_mw: NotNegative | None = None
    export_mw: NotNegative | None = None
    import_fee: NotNegative = Decimal(0)
    auxiliary_mw: NotNegative = Decimal(0)
    throughput_cost: NotNegative = Decimal(0)
    depth_costs: tuple[NotNegative, ...] = ()
    cycles_per_day: Positive | None = None
    cycles: Positive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveSpec:
    """``[[reserve]]``: one that the battery may give, by the market's name of it.

    Its energy is called for `called_share` of the volume, where it is bid only in intervals whose
    `called_price` clears the `bid`.
    """

    name: str
    price: Series
    max_mw: Positive
    called_share: Series = Decimal(0)
    called_price: Series | None = None
    bid: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSpec:
    """``[[stage]]``: a market that closes before real time; its periods are a step long."""

    name: str
    price: Series
    step: Literal["quarter_hour", "half_hour", "hour"] = "hour"
    cost: NotNegative = Decimal(0)
    max_mw: NotNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustSpec:
    """``[robust]``: how far prices may miss, and how many of them in full."""

    deviation: Series
    budget: NotNegative


@dataclass(frozen=True, slots=True, kw_only=True)
class ChpData:
    """``[data]`` of a plant of heat and power."""

    price: Series
    heat_mw: Series
    fuel_price: Series
    co2_price: Series = 0
    file: str | None = None
    start: str = "delivery_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChpSpec:
    """``[chp]``: corners are [MW power, MW heat, fuel of an hour]."""

    corners: tuple[tuple[NotNegative, NotNegative, NotNegative], ...]
    start_cost: NotNegative = Decimal(0)
    up_min_hours: Periods = 1
    down_min_hours: Periods = 1
    emission_t: NotNegative = Decimal(0)
    is_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoilerSpec:
    """``[boiler]``: MW of heat at most, fuel a MWh of heat, tonnes of CO2 a unit of fuel."""

    heat_max_mw: NotNegative
    fuel: NotNegative
    emission_t: NotNegative = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatStoreSpec:
    """``[heat_store]``: capacity, most change, share lost an hour, level at both ends."""

    capacity_mwh: NotNegative
    power_mw: NotNegative
    loss: Share = Decimal(0)
    level_mwh: NotNegative = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HydroData:
    """``[data]`` of reservoirs; what flows in stands with each of them."""

    price: Series
    file: str | None = None
    start: str = "delivery_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservoirSpec:
    """``[[reservoir]]``: volumes in one unit, flows in that unit a period."""

    name: str
    volume_max: Positive
    turbine_max: NotNegative
    energy_mwh: NotNegative
    inflow: Series = 0
    volume_min: NotNegative = Decimal(0)
    start: NotNegative = Decimal(0)
    end: NotNegative = Decimal(0)
    end_value: NotNegative = Decimal(0)
    pump_max: NotNegative = Decimal(0)
    pump_energy_mwh: NotNegative = Decimal(0)
    below: str | None = None
    delay: Annotated[int, Bounds(least=0, most=10_000)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectrolyserData:
    """``[data]`` of an electrolyser: prices of power and a kg, least and most sales an hour."""

    price: Series
    hydrogen_price: Series
    demand_kg: Series = 0
    sales_max_kg: Series | None = None
    file: str | None = None
    start: str = "delivery_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectrolyserSpec:
    """``[electrolyser]``: its curve is [MW, kg an hour]."""

    curve: tuple[tuple[Positive, Positive], ...]
    standby_mw: NotNegative = Decimal(0)
    start_cost: NotNegative = Decimal(0)
    up_min_hours: Periods = 1
    down_min_hours: Periods = 1
    tank_kg: NotNegative = Decimal(0)
    is_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadData:
    """``[data]`` of load that can move: its price and what was planned."""

    price: Series
    planned_mw: Series
    file: str | None = None
    start: str = "delivery_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSpec:
    """``[load]``: how far above and below plan, within how many hours, what may be left out."""

    up_mw: NotNegative
    down_mw: NotNegative
    window_hours: Periods
    cost: NotNegative = Decimal(0)
    shed_mw: NotNegative = Decimal(0)
    shed_cost: NotNegative = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioData:
    """``[data]`` of a portfolio: its demand, trade with the grid, and what its plants need."""

    demand_mw: Series
    buy_price: Series = 0
    buy_max_mw: Series = 0
    sell_price: Series = 0
    sell_max_mw: Series = 0
    co2_price: Series = 0
    reserve_up_mw: Series = 0
    reserve_down_mw: Series = 0
    heat_mw: Series | None = None
    fuel_price: Series | None = None
    hydrogen_price: Series | None = None
    demand_kg: Series = 0
    sales_max_kg: Series | None = None
    planned_mw: Series | None = None
    file: str | None = None
    start: str = "delivery_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitSpec:
    """``[[unit]]``: a thermal unit.

    Parameters
    ----------
    name : str
    points : tuple of [MW, fuel of an hour]
    fuel_price : Series
        Money a unit of fuel.
    startups : tuple of [hours off, money, fuel], optional
    start_power, stop_power : tuple of MW, optional
        In the hours before it is on, and after.
    hours_on : int
        Hours on (above zero) or off (below zero) before the first hour.
    power_mw : Decimal, optional
        Before the first hour, if on.
    """

    name: str
    points: tuple[tuple[NotNegative, NotNegative], ...]
    fuel_price: Series
    hours_on: Annotated[int, Bounds(least=-10_000, most=10_000)]
    emission_t: NotNegative = Decimal(0)
    operation_cost: NotNegative = Decimal(0)
    startups: tuple[tuple[Periods, NotNegative, NotNegative], ...] = ()
    start_power: tuple[NotNegative, ...] = ()
    stop_power: tuple[NotNegative, ...] = ()
    ramp_up_mw: Positive | None = None
    ramp_down_mw: Positive | None = None
    up_min_hours: Periods = 1
    down_min_hours: Periods = 1
    must_run: bool = False
    power_mw: NotNegative = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageData:
    """``[data]`` of a storage: forward prices, the day that they are of, a yearly rate."""

    price: Series
    as_of: dt.date
    discount_rate: Decimal = Decimal(0)
    file: str | None = None
    start: str = "delivery_start"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatchetSpec:
    """``[[storage.ratchet]]``: rates and costs from a level upwards."""

    level_mwh: NotNegative
    injection_mwh: NotNegative
    withdrawal_mwh: NotNegative
    injection_cost: NotNegative = Decimal(0)
    withdrawal_cost: NotNegative = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSpec:
    """``[storage]``: the storage, as `Storage` takes it."""

    capacity_mwh: Positive
    step_mwh: Positive
    ratchet: tuple[RatchetSpec, ...]
    start_mwh: NotNegative = Decimal(0)
    end_least_mwh: NotNegative | None = None
    end_most_mwh: NotNegative | None = None
    end_price: Decimal = Decimal(0)
    end_penalty: NotNegative | None = None
    injection_loss: Share = Decimal(0)
    withdrawal_loss: Share = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesSpec:
    """``[moves]``: how the price of gas moves from day to day.

    Parameters
    ----------
    volatility, mean_reversion : Decimal
        Of the logarithm of the price, a square root of a day, and a day.
    long_volatility : Decimal, optional
        Of a second factor, which does not fade (Schwartz and Smith 2000).
    correlation : Decimal, optional
        Of both.
    shift : Decimal, optional, money a MWh
        Prices may fall to minus this: it is the logarithm of price and shift that moves.
    season_amplitude, season_peak_day : Decimal, optional
        How much more prices move at the peak of a year than in its mean, as a share, and how many
        days after the start of delivery the peak is.
    paths, seed : int, optional
    """

    volatility: Annotated[Decimal, Bounds(above=0, most=1)]
    mean_reversion: NotNegative = Decimal(0)
    long_volatility: Share = Decimal(0)
    correlation: Annotated[Decimal, Bounds(least=-1, most=1)] = Decimal(0)
    shift: NotNegative = Decimal(0)
    season_amplitude: Annotated[Decimal, Bounds(least=0, most=Decimal("0.99"))] = Decimal(0)
    season_peak_day: NotNegative = Decimal(0)
    paths: Annotated[int, Bounds(least=100, most=100_000)] = 10_000
    seed: Annotated[int, Bounds(least=0, most=2**32 - 1)] = 1
