"""What trades."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal

from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive, Share
from wattbook.runtime.desk.spec.dispatch import DispatchSpec

__all__ = [
    "BatterySpec",
    "EmaCrossSpec",
    "MeanReversionSpec",
    "MomentumSpec",
    "PairSpec",
    "PlantSpec",
    "PythonSpec",
    "SolarSpec",
    "StrategySpec",
    "TraderSpec",
    "VirtualSpec",
    "VirtualSpreadSpec",
    "WindSpec",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategySpec:
    """What every ``[[strategy]]`` says.

    Parameters
    ----------
    name : str
        As the report names it.
    kind : str
        Which strategy it is.
    market : str
        Name of a market or of futures.
    book : str
        Name of the trading book that carries its positions.
    confidence_threshold : Decimal in [0, 1], optional
        Only a signal above it may trade; the desk's if left out.
    trader : str, optional
        Who answers for it.
    """

    name: str
    kind: str
    market: str
    book: str
    confidence_threshold: Share | None = None
    trader: str = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentumSpec(StrategySpec):
    """``kind = "momentum"``: follows a move that is larger than chance explains.

    Parameters
    ----------
    volume : Decimal
        Position of a sure signal, MW or contracts' volume unit.
    window : int, optional
        Prices that it looks back on.
    step_seconds : int, optional
        Seconds between two of them on a continuous book; futures step by day.
    horizon_seconds : int, optional
        How long a signal holds.
    """

    volume: Positive
    window: Annotated[int, Bounds(least=2, most=10_000)] = 12
    step_seconds: Annotated[int, Bounds(least=1, most=86_400)] = 300
    horizon_seconds: Annotated[int, Bounds(least=1, most=30 * 86_400)] = 1_800


@dataclass(frozen=True, slots=True, kw_only=True)
class MeanReversionSpec(MomentumSpec):
    """``kind = "mean_reversion"``: sells far above the mean of its window and buys far below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSpec(StrategySpec):
    """``kind = "pair"``: two daily futures against each other while their spread is far off.

    Parameters
    ----------
    contracts : int
        Of `market`; of the other leg as many as their ratio asks for.
    against : str, optional
        Name of the other ``[[futures]]``; the next month of `market` if left out.
    entry, leave : Decimal, optional
        Deviations at which a position begins and ends.
    window : int, optional
        Settlements in which only the filter learns.
    """

    contracts: Annotated[int, Bounds(least=1, most=100_000)]
    against: str | None = None
    entry: Positive = Decimal(2)
    leave: NotNegative = Decimal("0.5")
    window: Annotated[int, Bounds(least=2, most=10_000)] = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class EmaCrossSpec(StrategySpec):
    """``kind = "ema_cross"``: long while the fast average of the quotes is above the slow one.

    Parameters
    ----------
    volume : Decimal
        Position in the direction of the fast average, MW.
    fast, slow : int, optional
        Quotes of the exponential averages; the weight of a quote is 2 / (n + 1).
    """

    volume: Positive
    fast: Annotated[int, Bounds(least=1, most=1_000_000)] = 200
    slow: Annotated[int, Bounds(least=2, most=1_000_000)] = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSpec(StrategySpec):
    """``kind = "virtual"``: bids day-ahead against real-time without delivering.

    Parameters
    ----------
    volume : Decimal
        Of each hour's bid, MW.
    """

    volume: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualSpreadSpec(VirtualSpec):
    """``kind = "virtual_spread"``: virtual bids where a Kalman filter finds a spread from zero.

    Parameters
    ----------
    against : str, optional
        Another market of two settlements: the source of the path whose sink `market` is; day-ahead
        against real-time of `market` alone if left out.
    entry : Decimal, optional
        Deviations that the level of an hour's spread must be away from zero.
    memory : Decimal, optional
        Days over which the level is an average in the long run.
    """

    against: str | None = None
    entry: Positive = Decimal(2)
    memory: Annotated[Decimal, Bounds(least=2, most=400)] = Decimal(28)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySpec(StrategySpec):
    """``kind = "battery"``: offers a battery into the pool or the two settlements.

    Parameters
    ----------
    power : Decimal
        Largest charge and discharge at the meter, MW.
    energy : Decimal
        What the cells hold when full, MWh.
    initial_energy : Decimal, optional
        In the cells at the start, MWh.
    efficiency : Decimal in (0, 1], optional
        Of the round trip; half of the loss falls on each way.
    cycles_per_day : Decimal, optional
        Most energy taken out of the cells in a day, in multiples of `energy`.
    charge_quantile, discharge_quantile : Decimal in [0, 1], optional
        It charges at forecast prices below the one and discharges above the other.
    wear_cost : Decimal, optional
        Cost per discharged MWh that a spread must earn, in the market's currency.
    continuous : {"programmes", "rolling"}, optional
        How it trades on the continuous market of a coupled one: a look at all books every half
        hour, or its rolling intrinsic at every quote.
    dispatch : DispatchSpec, optional
        How it is really run; in coupled markets with a continuous book.
    """

    power: Positive
    energy: Positive
    initial_energy: NotNegative = Decimal(0)
    efficiency: Annotated[Decimal, Bounds(above=0, most=1)] = Decimal("0.86")
    cycles_per_day: Annotated[Decimal, Bounds(above=0, most=24)] = Decimal("1.5")
    charge_quantile: Share = Decimal("0.25")
    discharge_quantile: Share = Decimal("0.80")
    wear_cost: NotNegative = Decimal(0)
    continuous: Literal["programmes", "rolling"] = "programmes"
    dispatch: DispatchSpec | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindSpec(StrategySpec):
    """``kind = "wind"``: sells a wind farm's forecast in auctions and trades what changes of it.

    Parameters
    ----------
    power : Decimal
        Installed power, MW.
    marginal_cost : Decimal, optional
        What a produced megawatt-hour costs, in the market's currency; below zero with a subsidy.
    update_share : Decimal in [0, 1], optional
        How much of what the forecast changes by after the day-ahead gate is traded; the rest is
        settled as imbalance.
    """

    power: Positive
    marginal_cost: Decimal = Decimal(0)
    update_share: Share = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SolarSpec(WindSpec):
    """``kind = "solar"``: as a wind farm, with the forecasts of the sun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantSpec(StrategySpec):
    """``kind = "plant"``: bids the runs of a thermal plant, each with what it costs.

    Parameters
    ----------
    power, power_min : Decimal
        Most and least power of a plant that is on, MW.
    marginal_cost : Decimal
        Of each megawatt-hour, in the market's currency.
    no_load_cost : Decimal, optional
        Of each hour on, on top.
    start_cost : Decimal, optional
        Of each start.
    ramp : Decimal, optional
        Most that its power changes in a minute, MW; it starts and stops at its least power.
    hours_on_min, hours_off_min : Decimal, optional
        Least time on and off.
    hours_off : Decimal, optional
        How long it has been off when the day begins.
    """

    power: Positive
    power_min: Positive
    marginal_cost: NotNegative
    no_load_cost: NotNegative = Decimal(0)
    start_cost: NotNegative = Decimal(0)
    ramp: Positive = Decimal(5)
    hours_on_min: NotNegative = Decimal(4)
    hours_off_min: NotNegative = Decimal(2)
    hours_off: Positive = Decimal(24)


@dataclass(frozen=True, slots=True, kw_only=True)
class PythonSpec(StrategySpec):
    """``kind = "python"``: a strategy of your own.

    Parameters
    ----------
    file : str
        Python file, relative to the desk file.
    strategy_class : str
        Name of the class in it.
    volume : Decimal, optional
        Handed to the class.
    parameters : mapping, optional
        Handed to the class by name: numbers, texts and truth values.
    """

    file: str
    strategy_class: str
    volume: Positive = Decimal(1)
    parameters: Mapping[str, Decimal | int | bool | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraderSpec(StrategySpec):
    """``kind = "trader"``: a person, who enters orders at the desk; they need no signal."""
