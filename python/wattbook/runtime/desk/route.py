"""``kind = "route"``: one order that is spread over the books of several markets."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from wattbook.runtime.desk.spec import StrategySpec
from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive

__all__ = ["RouteSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteSpec(StrategySpec):
    """``kind = "route"``: one order in an hour that several synthetic books trade.

    Parameters
    ----------
    others : tuple of str
        The markets beside `market` to which it may go; each has a synthetic book of the same day.
    side : {"buy", "sell"}
        Which way.
    volume : Decimal
        How much, MW.
    limit : Decimal
        No slice trades beyond it, fees not counted; currency per MWh.
    contract : int, optional
        In which hour of the day, from 1.
    after_minutes : Decimal, optional
        When it is routed, minutes after the contract opened.
    rests : bool, optional
        Whether what nobody takes rests where rebate and chance are best, until the gate.
    capacities : tuple of Decimal, optional
        What the cross-zonal capacity lets be traded in each of `others`, MW, in their order; any
        volume when left out.
    """

    others: tuple[str, ...]
    side: Literal["buy", "sell"]
    volume: Positive
    limit: Decimal
    contract: Annotated[int, Bounds(least=1, most=25)] = 1
    after_minutes: NotNegative = Decimal(15)
    rests: bool = False
    capacities: tuple[NotNegative, ...] = ()

    @property
    def markets(self) -> tuple[str, ...]:
        """Return every market to which it may go."""
        return (self.market, *self.others)
