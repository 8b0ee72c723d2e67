"""Limits of scopes."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative

__all__ = ["ClearingSpec", "LimitSpec", "RaiseSpec"]

MeasureName = Literal[
    "volume",
    "notional",
    "value_at_risk",
    "delta",
    "vega",
    "stop_loss",
    "drawdown",
    "concentration",
    "order_rate",
    "spot_trading",
]
CommodityName = Literal["power", "gas", "oil", "coal", "emissions", "guarantee_of_origin"]
Confidence = Annotated[Decimal, Bounds(above=0, most=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearingSpec:
    """``[[clearing]]``: whom trades of a market are made with, and through whom they clear.

    Parameters
    ----------
    market : str
        Whose trades; of a market with a continuous book those in it too.
    counterparty : str
        The clearing house of an exchange, or the other party of a bilateral market.
    member : str, optional
        The member that clears for the desk; none where it clears by itself or not at all.
    book : str, optional
        Of this trading book only, before what holds for all.
    """

    market: str
    counterparty: str
    member: str | None = None
    book: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseSpec:
    """``[limit.raised]``: a higher hard level for a time.

    Parameters
    ----------
    hard : Decimal
        The level meanwhile.
    until : datetime
        With its zone; from then on it no longer holds.
    asked_by, approved_by : str
        Two persons.
    reason : str
        Why.
    """

    hard: NotNegative
    until: dt.datetime
    asked_by: str
    approved_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitSpec:
    """``[[limit]]``: a measure of a scope, asked by the gate before each order.

    Parameters
    ----------
    name : str
        As the report names it.
    measure : str
        What it holds.
    soft, hard : Decimal
        Above the one an order is told, above the other it is refused if it enlarges the measure.
    book, trader, strategy, market : str, optional
        Only theirs; what is left out does not restrict.
    counterparty, member : str, optional
        Only what is made with the one and clears through the other, as ``[[clearing]]`` has it.
    commodity : str, optional
        Only of it.
    delivery_start, delivery_end : date, optional
        Only what is delivered from the one (UTC) until before the other.
    confidence : Decimal in (0, 1), optional
        Of value at risk.
    currency : str, optional
        Of spot trading: only what is priced in it; soft and hard are then in it.
    payment_days : Decimal, optional
        Of spot trading: a delivery is paid so many days after it ended.
    floor : Decimal, optional
        Notional from which on a concentration counts, in the desk's currency.
    owner : str, optional
        Who is told.
    raised : RaiseSpec, optional
        A higher level for a time.
    """

    name: str
    measure: MeasureName
    soft: NotNegative
    hard: NotNegative
    book: str | None = None
    trader: str | None = None
    strategy: str | None = None
    market: str | None = None
    counterparty: str | None = None
    member: str | None = None
    commodity: CommodityName | None = None
    delivery_start: dt.date | None = None
    delivery_end: dt.date | None = None
    confidence: Confidence = Decimal("0.99")
    currency: str | None = None
    payment_days: Annotated[Decimal, Bounds(least=0, most=366)] = Decimal(2)
    floor: NotNegative = Decimal(0)
    owner: str = ""
    raised: RaiseSpec | None = None
