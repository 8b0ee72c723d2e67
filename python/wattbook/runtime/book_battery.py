"""A battery on the recorded orders of a continuous market, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from wattbook.assets.rolling_intrinsic import ContinuousOrders, IntrinsicRun, rolling_intrinsic
from wattbook.errors import InputError
from wattbook.market.order_history import load_history
from wattbook.market.order_history.history import LOTS_PER_MW, TICKS_PER_EUR, Contract
from wattbook.market.order_history.lifetimes import lifetimes

if TYPE_CHECKING:
    from wattbook.assets.foresight import StoreLimits

__all__ = ["BookDay", "fills_of", "run_on_orders"]

MINUTE_NS = 60_000_000_000
MS = 1_000_000
BUY = 1


@dataclass(frozen=True)
class BookDay:
    """What a battery did on one local day of delivery.

    Parameters
    ----------
    day : date
    orders, contracts : int
        Of the day's delivery periods.
    run : IntrinsicRun
        From empty cells.
    """

    day: dt.date
    orders: int
    contracts: int
    run: IntrinsicRun


def run_on_orders(
    files: Iterable[Path],
    limits: StoreLimits,
    *,
    time_zone: str,
    fee: float,
    wear: float,
    gate_minutes: int,
    states: int | None = None,
    minutes: int = 60,
) -> tuple[tuple[BookDay, ...], int]:
    """Return what a battery earns on order files, each day by itself, and how much was set aside.

    Contracts of one length are traded, those of other lengths left out. At every change of a book
    the battery looks for the trades that earn most (`rolling_intrinsic`).

    Parameters
    ----------
    files : iterable of Path
        Of EPEX's or BitePy's layout.
    limits : StoreLimits
    time_zone : str
        IANA; whose days are told apart.
    fee, wear, gate_minutes, states
        As for `rolling_intrinsic`.
    minutes : int, optional
        Length of the contracts that are traded: 15, 30 or 60.

    Raises
    ------
    InputError
        If a file cannot be read, the time zone is unknown, or no contract of the length has orders.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as fault:
        raise InputError(
            f"time zone {time_zone!r} is unknown; use a name of IANA, such as Europe/Berlin"
        ) from fault
    history = load_history(files)
    by_day: dict[dt.date, list[Contract]] = {}
    lengths = set()
    for contract in history.contracts:
        length = (contract.delivery_end - contract.delivery_start) // MINUTE_NS
        lengths.add(length)
        if length == minutes:
            start = dt.datetime.fromtimestamp(contract.delivery_start / 1e9, zone)
            by_day.setdefault(start.date(), []).append(contract)
    if not by_day:
        told = ", ".join(f"{length}" for length in sorted(lengths)) or "none"
        raise InputError(
            f"no file has a contract of {minutes} minutes; there are some of {told}: ask for one "
            "of these lengths, or give other order files"
        )
    days = tuple(
        BookDay(day, orders.height, len(contracts), run)
        for day, contracts in sorted(by_day.items())
        for orders, run in [
            traded(
                contracts,
                limits,
                fee=fee,
                wear=wear,
                gate=gate_minutes,
                states=states,
                minutes=minutes,
            )
        ]
    )
    return days, len(history.quarantined)


def traded(
    contracts: list[Contract],
    limits: StoreLimits,
    *,
    fee: float,
    wear: float,
    gate: int,
    states: int | None,
    minutes: int,
) -> tuple[pl.DataFrame, IntrinsicRun]:
    """Return the orders of a day, and what the battery does on them."""
    first = min(one.delivery_start for one in contracts)
    last = max(one.delivery_start for one in contracts)
    orders = pl.concat(
        lifetimes(one).with_columns(pl.lit(one.delivery_start).alias("delivery"))
        for one in contracts
    ).sort("ts_event", maintain_order=True)
    # What rests for less than a millisecond is gone before anybody could see it.
    seen = orders.filter(pl.col("ts_end") // MS > pl.col("ts_event") // MS)
    return seen, rolling_intrinsic(
        limits,
        ContinuousOrders(
            time=seen["ts_event"].to_numpy() // MS,
            valid_until=seen["ts_end"].to_numpy() // MS,
            delivery=seen["delivery"].to_numpy() // MS,
            is_buy=(seen["side"] == BUY).to_numpy(),
            price=seen["price"].to_numpy() / TICKS_PER_EUR,
            power=seen["lots"].to_numpy() / LOTS_PER_MW,
        ),
        first_delivery=dt.datetime.fromtimestamp(first / 1e9, dt.UTC),
        products=round((last - first) / (minutes * MINUTE_NS)) + 1,
        product_minutes=minutes,
        fee=fee,
        wear=wear,
        gate_minutes=gate,
        states=states,
    )


def fills_of(days: Iterable[BookDay]) -> pl.DataFrame:
    """Return every trade of some days.

    Returns
    -------
    polars.DataFrame
        ``day``, ``time`` (UTC), ``product`` (periods after the day's first delivery), ``power_mw``
        (bought above zero) and ``cash``.
    """
    return pl.concat(
        pl.DataFrame(
            {
                "day": [one.day] * len(one.run.time),
                "time": one.run.time,
                "product": one.run.product,
                "power_mw": one.run.power_mw,
                "cash": one.run.cash,
            },
            schema_overrides={"day": pl.Date},
        ).with_columns(pl.from_epoch("time", "ms").dt.replace_time_zone("UTC"))
        for one in days
    )
