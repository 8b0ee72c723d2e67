"""A whole desk file."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive, Share
from wattbook.runtime.desk.spec.limits import ClearingSpec, LimitSpec
from wattbook.runtime.desk.spec.live import LiveSpec, VenueSpec
from wattbook.runtime.desk.spec.markets import FuturesSpec, MarketSpec
from wattbook.runtime.desk.spec.strategies import StrategySpec

__all__ = ["BookSpec", "Desk", "DeskHead", "NettingSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHead:
    """``[desk]``: what the whole run shares.

    Parameters
    ----------
    name : str
        Title of the run and its report.
    currency : str
        ISO 4217 code in which P&L and limits are stated.
    seed : int, optional
        From which every random draw of the run comes.
    confidence_threshold : Decimal in [0, 1], optional
        Only a signal above it may trade.
    collateral : Decimal, optional
        What is posted for initial margin, in the desk's currency; the desk's page shows it.
    """

    name: str
    currency: str
    seed: Annotated[int, Bounds(least=0, most=2**64 - 1)] = 7
    confidence_threshold: Share = Decimal("0.8")
    collateral: NotNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSpec:
    """``[[book]]``: a trading book and its pre-trade limits.

    Parameters
    ----------
    name : str
        As strategies name it.
    order_volume : Decimal
        Largest order, in the instrument's volume unit (power: MW).
    order_value : Decimal
        Largest absolute order value, in the desk's currency.
    position_volume : Decimal
        Largest absolute position in an instrument with all open orders of a side filled.
    loss : Decimal
        Largest loss of a day, in the desk's currency; beyond it only reducing orders pass.
    price_collar : Decimal
        Largest distance of a limit price from the last known price, currency per price unit.
    orders_per_second : int, optional
        Orders and amendments a strategy may send in a second; 0 for no limit.
    """

    name: str
    order_volume: Positive
    order_value: Positive
    position_volume: Positive
    loss: Positive
    price_collar: Positive
    orders_per_second: Annotated[int, Bounds(least=0, most=1_000_000)] = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class NettingSpec:
    """``[netting]``: opposite orders cross within the desk before the rest goes to the street.

    Parameters
    ----------
    strategies : tuple of str, optional
        Whose orders cross; those of all strategies if left out.
    wait_seconds : Decimal, optional
        How long an order waits for its opposite before it goes to the street, s; 0 for opposite
        orders of one instant only.
    """

    strategies: tuple[str, ...] = ()
    wait_seconds: Annotated[Decimal, Bounds(least=0, most=60)] = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A whole desk file.

    Parameters
    ----------
    desk : DeskHead
        What the run shares.
    fx : dict of str to Decimal
        What one unit of a currency is worth in the desk's currency.
    book : tuple of BookSpec
        Trading books.
    market : tuple of MarketSpec
        Days of power markets.
    futures : tuple of FuturesSpec
        Daily futures.
    strategy : tuple of StrategySpec
        Strategies, in the order in which they are told of events.
    path : str
        The file, for messages.
    live : LiveSpec or None, optional
        Where orders go when the desk trades live.
    limit : tuple of LimitSpec, optional
        Limits of scopes.
    netting : NettingSpec or None, optional
        Whether opposite orders of strategies cross within the desk; none do if left out.
    clearing : tuple of ClearingSpec, optional
        Whom trades of markets are made with.
    venue : tuple of VenueSpec, optional
        Venues that take the orders of a market when the desk trades live, in place of ``[live]``.
    """

    desk: DeskHead
    fx: dict[str, Decimal]
    book: tuple[BookSpec, ...]
    market: tuple[MarketSpec, ...]
    futures: tuple[FuturesSpec, ...]
    strategy: tuple[StrategySpec, ...]
    path: str
    live: LiveSpec | None = None
    limit: tuple[LimitSpec, ...] = ()
    clearing: tuple[ClearingSpec, ...] = ()
    netting: NettingSpec | None = None
    venue: tuple[VenueSpec, ...] = ()

    @property
    def traders(self) -> dict[str, int]:
        """Number of each trader by name, in the order in which strategies name them."""
        names = dict.fromkeys(strategy.trader for strategy in self.strategy)
        return {name: number for number, name in enumerate(names, start=1)}

    @property
    def counterparties(self) -> dict[str, int]:
        """Number of each counterparty and clearing member by name, in the order of the file."""
        named = [name for one in self.clearing for name in (one.counterparty, one.member) if name]
        return {name: number for number, name in enumerate(dict.fromkeys(named), start=1)}
