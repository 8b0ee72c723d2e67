"""What the gate of a run would have said to one more order."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

import polars as pl

from wattbook.domain import Order
from wattbook.errors import InputError
from wattbook.runtime.desk import parse_desk
from wattbook.runtime.replay import run_of
from wattbook.runtime.risk.run_book import price_at
from wattbook.runtime.simulate import owner_of
from wattbook.runtime.watch.limits import GateAnswer, ScopeLimits

if TYPE_CHECKING:
    from pathlib import Path

    from wattbook.runtime.desk import Desk
    from wattbook.runtime.desk.spec import StrategySpec
    from wattbook.runtime.figures import Ledger
    from wattbook.runtime.folder import RunFolder

__all__ = ["order_trial", "trial_order"]


def order_trial(
    run: Path,
    ledger: Ledger,
    ts: int,
    symbol: str,
    volume: float,
    *,
    strategy: str | None = None,
    price: float | None = None,
) -> GateAnswer:
    """Ask a copy of a run's engine for a limit order, as the engine was at `ts` (ns UTC).

    Parameters
    ----------
    run : Path
        Its folder.
    ledger : Ledger
        Of its events.
    ts : int
        When, ns UTC.
    symbol : str
        Of the contract.
    volume, strategy, price
        As of `trial_order`.

    Raises
    ------
    InputError
        For a contract that the run does not have, and as `trial_order`.
    JournalError
        If a record of the journal is corrupt.
    """
    number = next((one.number for one in ledger.instruments.values() if one.symbol == symbol), None)
    if number is None:
        message = f"the run has no contract {symbol!r}; `wattbook risk report` names what it held"
        raise InputError(message)
    folder = run_of(run)
    order = trial_order(folder, ledger, ts, number, volume, strategy=strategy, price=price)
    return ScopeLimits(folder, ledger.names.currency).what_if(ts, order)


def trial_order(
    folder: RunFolder,
    ledger: Ledger,
    ts: int,
    number: int,
    volume: float,
    *,
    strategy: str | None = None,
    price: float | None = None,
) -> Order:
    """Return a limit order of a strategy of a run.

    Parameters
    ----------
    folder : RunFolder
        Of the run.
    ledger : Ledger
        Of its events.
    ts : int
        When, ns UTC.
    number : int
        Of the contract.
    volume : float
        In volume units, sold below zero.
    strategy : str, optional
        Whose order it would be; by default the first one of the contract's market.
    price : float, optional
        Its limit, in currency per price unit; by default the last price of record, on the tick.

    Raises
    ------
    InputError
        For a strategy that the run does not have, a volume of 0, and a price that is not known.
    """
    desk = parse_desk((folder.path / "desk.toml").read_text(encoding="utf-8"))
    place, spec = trader_of(desk, ledger, number, strategy)
    last = price_at(ledger, number, ts) if price is None else price
    if not (math.isfinite(last) and math.isfinite(volume) and volume):
        symbol = ledger.instruments[number].symbol
        message = f"{symbol} at {last} for {volume}: give a price and a volume other than 0"
        raise InputError(message)
    side = "buy" if volume > 0 else "sell"
    return Order(
        instrument=number,
        side=side,
        owner=owner_of(desk, place, spec),
        price=on_tick(ledger, number, last, side) if price is None else text_of(price),
        volume=text_of(abs(volume)),
        time_in_force="good_for_session",
    )


def trader_of(
    desk: Desk, ledger: Ledger, number: int, wanted: str | None
) -> tuple[int, StrategySpec]:
    """Return number and spec of the strategy whose order it would be."""
    venue = ledger.instruments[number].venue
    market = next(
        (one.name for one in ledger.names.markets if venue in (one.venue, one.book_venue)), None
    )
    for place, spec in enumerate(desk.strategy, start=1):
        if spec.name == wanted or (wanted is None and spec.market == market):
            return place, spec
    names = ", ".join(spec.name for spec in desk.strategy)
    message = f"strategy {wanted!r} is not of this run; take one of {names}"
    raise InputError(message)


def text_of(value: float) -> str:
    """Return a decimal text without an exponent."""
    return format(Decimal(str(value)), "f")


def on_tick(ledger: Ledger, number: int, price: float, side: str) -> str:
    """Return a price on the tick of a contract, no worse for the other side than `price`."""
    rows = ledger.table("define_instrument").filter(pl.col("instrument") == number)
    tick = Decimal(int(rows["tick"][0])) / 1_000_000
    way = ROUND_CEILING if side == "buy" else ROUND_FLOOR
    ticks = (Decimal(str(price)) / tick).to_integral_value(rounding=way)
    return format(ticks * tick, "f")
