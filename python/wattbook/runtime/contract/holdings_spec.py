"""What a file of certificates or futures can say. Each field's metadata bounds it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive

__all__ = [
    "CertificatesSpec",
    "DisposalSpec",
    "EmissionSpec",
    "ExpirySpec",
    "FuturesSpec",
    "HoldingsHead",
    "LotSpec",
    "PositionSpec",
]

Kind = Literal["guarantee", "allowance"]
Quantity = Annotated[int, Bounds(above=0, most=10**12)]
Year = Annotated[int, Bounds(least=2008, most=2040)]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingsHead:
    """``[contract]`` of certificates or futures: each of their rows says what it is of."""

    name: str
    kind: Literal["certificates", "futures"]
    currency: str = "EUR"


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificatesSpec:
    """``[certificates]``: when, by which cost, and at which prices what is held is marked.

    Parameters
    ----------
    as_of : date
        At whose end the inventory is told.
    method : str, optional
        Whose cost goes out first.
    guarantee_price, allowance_price : Decimal, optional
        Of one certificate; without it nothing is said of unrealised P&L.
    penalty_per_t : Decimal, optional
        For a tonne that is short on its deadline.
    warn_days : int, optional
        So long before it expires, or can be transferred no more, a lot is marked.
    """

    as_of: dt.date
    method: Literal["fifo", "average"] = "fifo"
    guarantee_price: NotNegative | None = None
    allowance_price: NotNegative | None = None
    penalty_per_t: NotNegative = Decimal(100)
    warn_days: Annotated[int, Bounds(least=0, most=3_660)] = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSpec:
    """``[[lot]]``: certificates that came in; see `wattbook.assets.contracts.Lot`."""

    name: str
    kind: Kind
    day: dt.date
    quantity: Quantity
    vintage: dt.date | int
    cost: NotNegative = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalSpec:
    """``[[disposal]]``: certificates that went out, or will."""

    kind: Kind
    day: dt.date
    act: Literal["sale", "transfer", "cancellation", "surrender"]
    quantity: Quantity
    proceeds: NotNegative = Decimal(0)
    vintage: int | None = None
    emission_year: Year | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionSpec:
    """``[[emission]]``: tonnes of a year, or the fuel that was burnt; rows of a year add up."""

    year: Year
    t: NotNegative | None = None
    fuel: Literal["gas_mwh", "gas_mmbtu", "gas_therm", "api2_coal", "lignite_mwh"] | None = None
    units: NotNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FuturesSpec:
    """``[futures]``: where they are cleared, and what they settle on.

    Parameters
    ----------
    exchange : str
        Whose contracts replace which.
    spot_file : str, optional
        Table with ``delivery_start`` and ``price``: what was published so far.
    spot_step : str, optional
        How long its periods are taken to be.
    price_step : Decimal, optional
        What the final settlement price is rounded to.
    deliveries : str, optional
        Periods in which deliveries are told.
    """

    exchange: Literal["EEX", "ICE"]
    spot_file: str | None = None
    spot_step: Literal["quarter_hour", "half_hour", "hour", "day"] = "hour"
    price_step: Positive = Decimal("0.01")
    deliveries: Literal["hour", "half_hour", "quarter_hour"] = "hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionSpec:
    """``[[position]]``: a product by its name, MW (long above zero), the price of its entry."""

    product: str
    volume_mw: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpirySpec:
    """``[[expiry]]``: a contract that ended, in order; a table of ``product`` and ``price``.

    The table has the final settlement price of the contract and, of the same day, the settlement
    prices of those that replace it.
    """

    product: str
    prices_file: str
