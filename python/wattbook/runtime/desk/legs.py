"""``kind = "legs"``: one order of several hours or places, traded as a spread or a basket."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from wattbook.runtime.desk.spec import StrategySpec
from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive

__all__ = ["LegSpec", "LegsSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSpec:
    """``[[strategy.leg]]``: one leg.

    Parameters
    ----------
    contract : int
        In which hour of the day, from 1.
    side : {"buy", "sell"}
        Which way.
    market : str, optional
        Which market's synthetic book; the strategy's if left out.
    volume : Decimal, optional
        How much of it a unit holds, MW.
    limit : Decimal, optional
        No child of the leg is worse, currency per MWh.
    """

    contract: Annotated[int, Bounds(least=1, most=25)]
    side: Literal["buy", "sell"]
    market: str | None = None
    volume: Positive = Decimal(1)
    limit: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LegsSpec(StrategySpec):
    """``kind = "legs"``: units of several legs, none of which runs far ahead of another.

    Parameters
    ----------
    leg : tuple of LegSpec
        Two or more.
    units : int
        How many units.
    pace : {"at_price", "even"}, optional
        Whether a unit is begun whenever its price is within `unit_limit`, or evenly over the time.
    unit_limit : Decimal, optional
        The most that a unit may cost when it is begun: what is paid less what is received, currency
        per hour of delivery.
    leg_risk : int, optional
        So many units one leg may be ahead of another.
    hang_seconds : Decimal, optional
        So long; after it what is behind is taken at any price within the limit of its leg.
    reach : int, optional
        Before that, how many ticks beyond the market it reaches.
    after_minutes, minutes : Decimal, optional
        When it begins, minutes after the last of its contracts opened, and how long it has; until
        the first of their gates if that is earlier.
    """

    leg: tuple[LegSpec, ...]
    units: Annotated[int, Bounds(least=1, most=1_000_000)]
    pace: Literal["at_price", "even"] = "at_price"
    unit_limit: Decimal | None = None
    leg_risk: Annotated[int, Bounds(least=1, most=1_000_000)] = 1
    hang_seconds: NotNegative = Decimal(10)
    reach: Annotated[int, Bounds(least=0, most=1_000_000)] = 5
    after_minutes: NotNegative = Decimal(15)
    minutes: Positive = Decimal(30)
