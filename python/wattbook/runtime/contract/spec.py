"""What a contract file can say. Each field's metadata bounds it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive, Share

__all__ = [
    "AvailabilitySpec",
    "BoundsSpec",
    "CollarSpec",
    "ContractHead",
    "CurvesSpec",
    "DataSpec",
    "MovesSpec",
    "NegativePricesSpec",
    "PriceSpec",
    "SettlementSpec",
    "SpotSpec",
    "TakeOrPaySpec",
    "TakenSpec",
    "TollingSpec",
    "TransportSpec",
    "ValueSpec",
    "VolumeSpec",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractHead:
    """``[contract]``: what it is, where and when.

    Parameters
    ----------
    name : str
    place : str
        Bidding zone, or hub of gas.
    kind : str, optional
    start, end : date
        First delivery day, and the first after the last.
    step : str, optional
        How long delivery periods are.
    currency : str, optional
        ISO 4217 code.
    """

    name: str
    place: str
    start: dt.date
    end: dt.date
    kind: Literal["ppa", "tolling", "transport", "take_or_pay"] = "ppa"
    step: Literal["quarter_hour", "half_hour", "hour", "day"] = "quarter_hour"
    currency: str = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSpec:
    """``[price]``: fixed, escalating (`rate` a year), indexed (`index_file`, `base`) or market."""

    kind: Literal["fixed", "escalating", "indexed", "market"]
    price: Decimal | None = None
    rate: Decimal | None = None
    base: Positive | None = None
    index_file: str | None = None
    share: Share | None = None
    fee: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSpec:
    """``[volume]``: as_produced (`share`, `cap_mw`), baseload (`power_mw`) or shaped."""

    kind: Literal["as_produced", "baseload", "shaped"]
    share: Share | None = None
    cap_mw: Positive | None = None
    power_mw: Positive | None = None
    profile_file: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementSpec:
    """``[settlement]``: physical, or a difference against a reference."""

    kind: Literal["physical", "difference"] = "physical"
    reference: Literal["period", "month_base", "month_capture"] = "period"


@dataclass(frozen=True, slots=True, kw_only=True)
class CollarSpec:
    """``[collar]``: the least and most paid a MWh, in each period or on the month's average."""

    floor: Decimal | None = None
    cap: Decimal | None = None
    over: Literal["period", "month"] = "period"


@dataclass(frozen=True, slots=True, kw_only=True)
class NegativePricesSpec:
    """``[negative_prices]``: no payment after so many hours below."""

    hours: NotNegative
    counts: Literal["whole", "after"] = "whole"
    below: Decimal = Decimal(0)
    by_hour: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundsSpec:
    """``[bounds]``: volume of a contract year."""

    least_mwh: NotNegative = Decimal(0)
    most_mwh: NotNegative | None = None
    excess_share: NotNegative = Decimal(1)
    shortfall_price: NotNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilitySpec:
    """``[availability]``: the share that is guaranteed, and what is due for what is short."""

    share: Share
    over: Literal["year", "month"] = "year"
    price: NotNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSpec:
    """``[data]``: prices and production of the past, to settle and to draw scenarios from.

    Parameters
    ----------
    file : str, optional
        CSV or Parquet, relative to the contract file; without it data are made up.
    start, price, production : str, optional
        Names of its columns: delivery start (UTC), day-ahead price, production.
    lost : str, optional
        Of what outages of the plant's own kept it from producing, in the unit of production;
        needed where availability is guaranteed.
    unit : str, optional
        Of production.
    capacity_mw : Decimal
        That produced.
    from_day, to_day : date, optional
        First day, and the first after the last, of data to value on; the contract's by default.
    technology : str, optional
    seed : int, optional
        Of made-up data.
    """

    capacity_mw: Positive
    file: str | None = None
    start: str = "delivery_start"
    price: str = "price"
    production: str = "production"
    lost: str | None = None
    unit: Literal["MWh", "MW"] = "MWh"
    from_day: dt.date | None = None
    to_day: dt.date | None = None
    technology: Literal["solar", "wind"] = "wind"
    seed: Annotated[int, Bounds(least=0, most=2**32 - 1)] = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSpec:
    """``[value]``: how the contract is valued.

    Parameters
    ----------
    as_of : date
        The day that value is of.
    forward_file : str, optional
        ``prices.parquet`` of ``wattbook curve``, or another table with delivery start and price;
        without it the mean of the data by month and hour of the clock.
    discount_rate : Decimal, optional
        Of a year.
    paths : int, optional
        Scenarios of price and production together.
    level_volatility : Decimal, optional
        Of the curve's level, a square root of a year.
    confidence : Decimal, optional
        Of the P&L at risk.
    side : str, optional
        Whose risk: the buyer's agreement, or the seller's with its plant.
    """

    as_of: dt.date
    forward_file: str | None = None
    discount_rate: Decimal = Decimal(0)
    paths: Annotated[int, Bounds(least=2, most=10_000)] = 200
    level_volatility: Annotated[Decimal, Bounds(least=0, most=5)] = Decimal("0.2")
    confidence: Share = Decimal("0.95")
    side: Literal["buyer", "seller"] = "buyer"


@dataclass(frozen=True, slots=True, kw_only=True)
class TollingSpec:
    """``[tolling]``: a plant by its efficiency or its heat rate, as `Tolling` takes it."""

    fuel: Literal["gas_mwh", "gas_mmbtu", "gas_therm", "api2_coal", "lignite_mwh"]
    power_max_mw: Positive
    efficiency: Positive | None = None
    basis: Literal["HHV", "LHV"] = "HHV"
    heat_rate: Positive | None = None
    operation_cost: Decimal = Decimal(0)
    power_min_mw: NotNegative = Decimal(0)
    efficiency_loss: NotNegative = Decimal(0)
    start_cost: NotNegative = Decimal(0)
    start_fuel: NotNegative = Decimal(0)
    up_min_hours: NotNegative = Decimal(0)
    down_min_hours: NotNegative = Decimal(0)
    toll_per_mw_month: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportSpec:
    """``[transport]``: a right to ship, and how prices move: each lognormal, or their spread."""

    kind: Literal["physical", "option", "obligation"]
    capacity_mw: Positive
    tariff: Decimal = Decimal(0)
    loss: NotNegative = Decimal(0)
    price: Decimal = Decimal(0)
    resale_share: Share = Decimal(1)
    volatility_here: NotNegative | None = None
    volatility_there: NotNegative | None = None
    correlation: Decimal = Decimal(0)
    spread_volatility: NotNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpotSpec:
    """``[spot]``: what was published and nominated, to settle a right to ship.

    Parameters
    ----------
    file : str
        CSV or Parquet, relative to the contract file.
    start, here, there : str, optional
        Names of its columns: delivery start (UTC), day-ahead prices of entry and exit.
    nominated : str, optional
        Column of the power that was nominated, MW; without it nothing was.
    """

    file: str
    start: str = "delivery_start"
    here: str = "here"
    there: str = "there"
    nominated: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeOrPaySpec:
    """``[take_or_pay]``: volumes in MWh, the price a MWh of the first year, what it rises by."""

    step_mwh: Positive
    day_most_mwh: Positive
    year_most_mwh: Positive
    pay_mwh: NotNegative
    price: Decimal
    day_least_mwh: NotNegative = Decimal(0)
    year_least_mwh: NotNegative = Decimal(0)
    rate: Decimal = Decimal(0)
    deficiency_share: NotNegative = Decimal(1)
    make_up_share: Share = Decimal(0)
    carry_from_mwh: NotNegative | None = None
    carry_most_mwh: NotNegative = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenSpec:
    """``[taken]``: what was taken under take or pay, MWh a day, to settle it.

    Parameters
    ----------
    file : str
        CSV or Parquet, relative to the contract file.
    start, energy : str, optional
        Names of its columns: start of the gas day (UTC), energy.
    """

    file: str
    start: str = "delivery_start"
    energy: str = "taken_mwh"


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvesSpec:
    """``[curves]``: forward prices, each a file with delivery start and price, or one number.

    Parameters
    ----------
    as_of : date
        The day that they are of.
    price_file, price
        Of the contract's place; of the entry, where something is shipped.
    other_file, other_price
        Of the fuel, in the unit of the fuel; of the exit, where something is shipped.
    co2_price : Decimal, money a t, optional
    discount_rate : Decimal, optional
        Of a year.
    """

    as_of: dt.date
    price_file: str | None = None
    price: Decimal | None = None
    other_file: str | None = None
    other_price: Decimal | None = None
    co2_price: Decimal = Decimal(0)
    discount_rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesSpec:
    """``[moves]``: how prices move from day to day, to value the right to wait.

    Parameters
    ----------
    volatility, mean_reversion : Decimal
        Of the logarithm of the price, a square root of a day, and a day.
    other_volatility, other_mean_reversion : Decimal, optional
        Of the fuel; it stands still by default.
    correlation : Decimal, optional
        Of both prices' shocks.
    shift, other_shift : Decimal, optional, money a MWh
        Prices may fall to minus this: it is the logarithm of price and shift that moves.
    paths, seed : int, optional
    """

    volatility: Positive
    mean_reversion: NotNegative = Decimal(0)
    other_volatility: NotNegative = Decimal(0)
    other_mean_reversion: NotNegative = Decimal(0)
    correlation: Annotated[Decimal, Bounds(least=-1, most=1)] = Decimal(0)
    shift: NotNegative = Decimal(0)
    other_shift: NotNegative = Decimal(0)
    paths: Annotated[int, Bounds(least=100, most=20_000)] = 2_000
    seed: Annotated[int, Bounds(least=0, most=2**32 - 1)] = 1
