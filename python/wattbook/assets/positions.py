"""What a battery sells before it runs: positions that stand, and markets one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from wattbook.assets.battery_model import Model, keep_limits
from wattbook.assets.foresight import column
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.assets.linear import Numbers, Term

__all__ = ["Committed", "Stage", "trade_difference", "trade_stages"]


@dataclass(frozen=True, slots=True)
class Committed:
    """What is sold already, and at what the difference to it can be traded.

    Parameters
    ----------
    sold_mw : array_like of shape (n_intervals,)
        Sold less bought at the grid.
    sell_prices, buy_prices : array_like of shape (n_intervals,), currency per MWh
        Of what more is sold and of what is bought back: best bid and ask, or what an imbalance
        costs where nothing trades any more. No bid above its ask.
    sell_mw, buy_mw : array_like of shape (n_intervals,) or float, optional
        How much is traded at these prices.
    beyond : float, optional, currency per MWh
        By how much the price of more than that is worse.
    """

    sold_mw: ArrayLike
    sell_prices: ArrayLike
    buy_prices: ArrayLike
    sell_mw: ArrayLike = np.inf
    buy_mw: ArrayLike = np.inf
    beyond: float = 0.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A market that closes before real time, such as the day-ahead or an intraday auction.

    Parameters
    ----------
    name : str
    prices : array_like of shape (n_periods,), currency per MWh
        Of its delivery periods, which whole intervals divide; what it sells is flat over each.
    cost : float, optional, currency per MWh
        Of each MWh bought or sold there: half a spread, a fee.
    max_mw : float, optional
        Most that is bought or sold there in a period.
    """

    name: str
    prices: ArrayLike
    cost: float = 0.0
    max_mw: float = np.inf


def trade_difference(model: Model, committed: Committed) -> None:
    """Sell what runs beyond what is sold, buy back what does not.

    Raises
    ------
    InputError
        If a bid is above its ask: buying and selling would earn without end.
    """
    count, programme = len(model.prices), model.programme
    sold = column(committed.sold_mw, "sold power")
    bid = column(committed.sell_prices, "prices to sell at")
    ask = column(committed.buy_prices, "prices to buy at")
    for name, given in (("sold power", sold), ("bids", bid), ("asks", ask)):
        if len(given) != count:
            raise InputError(f"{len(given)} {name} for {count} intervals; give one each")
    if (bid > ask).any():
        at = int(np.argmax(bid > ask))
        raise InputError(
            f"interval {at} sells at {bid[at]:g} and buys at {ask[at]:g}; give no bid above its ask"
        )
    terms: list[Term] = [(model.exports, 1.0), (model.imports, -1.0)]
    for sign, price, most in ((-1.0, bid, committed.sell_mw), (1.0, ask, committed.buy_mw)):
        terms.append(
            (programme.columns(count, upper=most, value=-sign * price * model.hours), sign)
        )
        if np.isfinite(most).any():
            worse = -sign * price - committed.beyond
            terms.append((programme.columns(count, value=worse * model.hours), sign))
    programme.rows("position", terms, lower=sold, upper=sold)


def trade_stages(
    model: Model, stages: Sequence[Stage], start: float, ramp_mw: float
) -> dict[str, Numbers]:
    """Add markets before real time, and return the columns of what each sells by interval.

    After each of them the position must be one that the battery could run, with all its reserves
    held beside it. What is sold in a stage is bought back at the grid's price in so far as it does
    not run.

    Raises
    ------
    InputError
        If a stage's periods are no whole numbers of intervals, or two share a name.
    """
    count = len(model.prices)
    traded: dict[str, Numbers] = {}
    position: list[Term] = []
    for stage in stages:
        prices = column(stage.prices, f"prices of {stage.name}")
        if not len(prices) or count % len(prices):
            raise InputError(
                f"{count} intervals do not divide the {len(prices)} periods of {stage.name}; give "
                "a price for each whole period"
            )
        if stage.name in traded:
            raise InputError(f"two stages are called {stage.name!r}; give each a name of its own")
        if not (stage.cost >= 0 and stage.max_mw >= 0):
            raise InputError(
                f"stage {stage.name} has a cost of {stage.cost} and {stage.max_mw} MW at most; "
                "give both from zero"
            )
        parts = count // len(prices)
        block = np.arange(count) // parts
        spread = prices - model.grid_prices.reshape(-1, parts).mean(axis=1)
        hours = model.hours * parts
        net = model.programme.columns(
            len(prices), lower=-stage.max_mw, upper=stage.max_mw, value=spread * hours
        )
        if stage.cost:
            size = model.programme.columns(len(prices), value=-stage.cost * hours)
            for sign in (1.0, -1.0):
                model.rows(f"{stage.name}: size", [(size, 1.0), (net, sign)], lower=0.0)
        traded[stage.name] = net[block]
        position.append((net[block], -1.0))
        shadow = Model(
            model.limits,
            model.prices,
            model.hours,
            model.offers,
            model.available,
            model.site,
            grid_prices=np.zeros(count),
            import_fee=0.0,
            programme=model.programme,
            reserves=model.reserves,
            prefix=f"{stage.name}: ",
        )
        keep_limits(shadow, start, ramp_mw)
        terms = [(shadow.exports, 1.0), (shadow.imports, -1.0), *position]
        model.rows(f"{stage.name}: position", terms, lower=0.0, upper=0.0)
    return traded
