"""Where the desk stands at an instant: positions, P&L, limits, batteries.

Every figure is computed by the functions that the report's are computed by, from what was known.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from wattbook.assets.foresight import StoreLimits, foresight
from wattbook.runtime.figures import (
    MarketName,
    StrategyName,
    orders,
    pnl_by_delivery,
    pnl_by_strategy,
    timeline,
    total_pnl,
)
from wattbook.runtime.figures.money import convert, to_float
from wattbook.runtime.figures.pnl import last_positions
from wattbook.runtime.watch.picture import MILLIONTHS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.runtime.figures import Ledger, PnlLine
    from wattbook.runtime.watch.picture import Row
    from wattbook.runtime.watch.tape import Tape

__all__ = ["Standing", "battery_rows", "market_lines", "plant_rows", "standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the desk stands.

    Parameters
    ----------
    now : int
        As of when, ns UTC.
    pnl : dict
        Total and lines by strategy and by delivery period, in the desk's currency.
    positions : list of dict
        By instrument and strategy, those that are not zero.
    limits : list of dict
        Use of each limit of each trading book.
    """

    now: int
    pnl: Row
    positions: list[Row]
    limits: list[Row]


def _line(line: PnlLine) -> Row:
    return {
        "name": line.key,
        "market": line.market,
        "realised": to_float(line.realised),
        "unrealised": to_float(line.unrealised),
        "fees": to_float(line.fees),
        "total": to_float(line.total),
        "is_synthetic": line.is_synthetic,
    }


def _pnl(ledger: Ledger) -> Row:
    found = orders(ledger)
    by_strategy = []
    for line, order in zip(pnl_by_strategy(ledger), found.strategies, strict=True):
        slippage = order.known_slippage
        by_strategy.append(
            {
                **_line(line),
                "orders": order.routed,
                "fills": order.fills,
                "fill_rate": order.fill_rate,
                "slippage": None if slippage is None else to_float(slippage),
            }
        )
    return {
        "currency": ledger.names.currency,
        "total": _line(total_pnl(ledger)),
        "by_strategy": by_strategy,
        "by_delivery": [
            {**_line(line), "delivery_start": start, "delivery_end": end}
            for start, end, line in pnl_by_delivery(ledger)
        ],
    }


def _positions(ledger: Ledger) -> list[Row]:
    """Return open positions with their mark; those whose delivery has settled are closed."""
    table = last_positions(ledger)
    made: list[Row] = []
    for row in table.iter_rows(named=True):
        if not row["volume"]:
            continue
        instrument = ledger.instruments[row["instrument"]]
        mark = ledger.mark(instrument.number)
        rate = ledger.rates[instrument.currency]
        volume, cost = row["volume"], int(row["cost"])
        open_units = 0 if mark is None else mark * volume * instrument.delivery_seconds - cost
        made.append(
            {
                "instrument": instrument.number,
                "strategy": ledger.names.strategy(row["strategy"]),
                "trading_book": row["trading_book"],
                "volume": volume / MILLIONTHS,
                "mark": None if mark is None else mark / MILLIONTHS,
                "unrealised": to_float(convert(open_units, rate)),
                "realised": to_float(convert(int(row["realised"]), rate)),
                "delivery_start": instrument.delivery_start,
                "delivery_end": instrument.delivery_end,
            }
        )
    made.sort(key=lambda one: (one["delivery_start"], one["instrument"], one["strategy"]))
    return made


def _books(tape: Tape) -> dict[int, str]:
    """Return names of trading books by number, from who ordered for which book in the whole run."""
    names = {one.strategy: one.book for one in tape.names.strategies}
    found: dict[int, str] = {}
    for name in ("order_routed", "offer_routed", "position_changed"):
        if name in tape.tables:
            pairs = tape.tables[name].select("trading_book", "strategy").unique()
            found.update({book: names.get(owner, f"#{book}") for book, owner in pairs.iter_rows()})
    return found


def _limits(ledger: Ledger, positions: list[Row], names: dict[int, str]) -> list[Row]:
    """Return what of each limit of each trading book is used.

    The position limit holds for each instrument, so its use is that of the largest position; the
    loss since the run began stands against the loss limit.
    """
    table = ledger.table("set_limits")
    if not table.height:
        return []
    lost, largest = _lost(ledger), _largest_orders(ledger)
    made: list[Row] = []
    for row in table.unique("trading_book", keep="last", maintain_order=True).iter_rows(named=True):
        book = row["trading_book"]
        held = [abs(one["volume"]) for one in positions if one["trading_book"] == book]
        used = (
            ("position", max(held, default=0.0), row["position_volume"] / MILLIONTHS, "volume"),
            ("order volume", largest.get(book, 0.0), row["order_volume"] / MILLIONTHS, "volume"),
            ("loss", max(0.0, -lost.get(book, 0.0)), to_float(int(row["loss"])), "money"),
        )
        made += [
            {
                "trading_book": names.get(book, f"#{book}"),
                "limit": limit,
                "used": value,
                "allowed": allowed,
                "share": value / allowed if allowed else 0.0,
                "unit": unit,
            }
            for limit, value, allowed, unit in used
        ]
    return made


def _largest_orders(ledger: Ledger) -> dict[int, float]:
    """Return the largest order that each trading book sent."""
    found: dict[int, float] = {}
    for name in ("order_routed", "offer_routed"):
        table = ledger.table(name)
        if table.height:
            largest = table.group_by("trading_book").agg(pl.col("volume").max())
            for book, volume in largest.iter_rows():
                found[book] = max(found.get(book, 0.0), volume / MILLIONTHS)
    return found


def _lost(ledger: Ledger) -> dict[int, float]:
    """Return P&L after fees of each trading book, in the desk's currency."""
    found: dict[int, float] = {}
    for row in last_positions(ledger).iter_rows(named=True):
        instrument = ledger.instruments[row["instrument"]]
        mark, rate = ledger.mark(instrument.number), ledger.rates[instrument.currency]
        opened = 0
        if mark is not None:
            opened = mark * row["volume"] * instrument.delivery_seconds - int(row["cost"])
        units = convert(int(row["realised"]) + opened - int(row["fees"]), rate)
        found[row["trading_book"]] = found.get(row["trading_book"], 0.0) + to_float(units)
    return found


def standing(tape: Tape, now: int) -> Standing:
    """Return where the desk stood at `now` (ns UTC)."""
    ledger = tape.ledger(now)
    positions = _positions(ledger)
    return Standing(now, _pnl(ledger), positions, _limits(ledger, positions, _books(tape)))


def _values(line: NDArray[np.float64]) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in line.tolist()]


def market_lines(tape: Tape, market: MarketName, now: int) -> Row:
    """Return prices, positions, charge and P&L of a market over its time, until `now` (ns UTC).

    A price of record that is known before its delivery, such as that of an auction, is drawn to the
    end of what it holds for; nothing that was received after `now` is in it.
    """
    found = timeline(tape.ledger(now), market)
    past = found.at <= now

    def until_now(lines: dict[str, NDArray[np.float64]]) -> list[Row]:
        return [
            {"name": name, "values": _values(np.where(past, line, np.nan))}
            for name, line in lines.items()
        ]

    return {
        "market": market.name,
        "time_zone": market.time_zone,
        "currency": market.currency,
        "price_unit": market.price_unit,
        "volume_unit": market.volume_unit,
        "at": found.at.tolist(),
        "prices": [{"name": name, "values": _values(line)} for name, line in found.prices.items()],
        "positions": until_now(found.positions),
        "charges": until_now(found.charges),
        "pnl": until_now(found.pnl),
        "total": _values(np.where(past, found.total, np.nan)),
    }


def _planned(ledger: Ledger, owner: StrategyName) -> dict[int, float]:
    """Return the last schedule of each delivery period of a battery, MW delivered above zero."""
    table = ledger.table("schedule_routed")
    if not table.height:
        return {}
    own = table.filter(pl.col("strategy") == owner.strategy)
    last = own.unique("instrument", keep="last", maintain_order=True)
    return {
        number: volume / MILLIONTHS for number, volume in last.select("instrument", "volume").rows()
    }


def _metered(ledger: Ledger, owner: StrategyName) -> dict[int, float]:
    table = ledger.table("meter_read")
    if not table.height:
        return {}
    own = table.filter(pl.col("strategy") == owner.strategy)
    return {
        number: volume / MILLIONTHS for number, volume in own.select("instrument", "volume").rows()
    }


def battery_rows(tape: Tape, now: int) -> list[Row]:
    """Return plan and meter of every battery by delivery period, as known at `now` (ns UTC).

    ``planned_mwh`` and ``metered_mwh`` are the stored energy at the end of each period if the
    schedule or the meter is followed; charging stores what is metered times the one-way efficiency.
    A period without a meter has none: its energy is not known yet.
    """
    ledger = tape.ledger(now)
    made: list[Row] = []
    for owner in ledger.names.strategies:
        if owner.battery is None:
            continue
        planned, metered = _planned(ledger, owner), _metered(ledger, owner)
        charge_in = owner.battery["charge_efficiency"]
        charge_out = owner.battery["discharge_efficiency"]
        stored_plan = stored = owner.battery.get("initial_mwh", 0.0)
        periods: list[Row] = []
        numbers = sorted(
            planned.keys() | metered.keys(), key=lambda one: ledger.instruments[one].delivery_start
        )
        for number in numbers:
            instrument = ledger.instruments[number]
            hours = instrument.delivery_seconds / 3_600
            plan, meter = planned.get(number), metered.get(number)
            stored_plan -= _drawn(plan or 0.0, charge_in, charge_out) * hours
            if meter is not None:
                stored -= _drawn(meter, charge_in, charge_out) * hours
            periods.append(
                {
                    "instrument": number,
                    "delivery_start": instrument.delivery_start,
                    "delivery_end": instrument.delivery_end,
                    "planned_mw": plan,
                    "metered_mw": meter,
                    "planned_mwh": stored_plan,
                    "metered_mwh": stored if meter is not None else None,
                }
            )
        made.append(
            {
                "strategy": owner.name,
                "market": owner.market,
                "bound": _bound(ledger, owner, numbers, now),
                "power_mw": owner.battery["power_mw"],
                "energy_mwh": owner.battery["energy_mwh"],
                "initial_mwh": owner.battery.get("initial_mwh", 0.0),
                "periods": periods,
            }
        )
    return made


def plant_rows(tape: Tape, now: int) -> list[Row]:
    """Return schedule and meter of every plant and wind farm by delivery period, as known at `now`.

    ``metered_value`` is what the metered energy of the periods that are over was worth at their
    prices of record, in the market's currency, before fees and fuel; None where a price is not
    known. Of a battery `battery_rows` tells.
    """
    ledger = tape.ledger(now)
    made: list[Row] = []
    for owner in ledger.names.strategies:
        planned, metered = _planned(ledger, owner), _metered(ledger, owner)
        if owner.battery is not None or not planned:
            continue
        # A schedule for the book of a period replaces the one for its auction: they come in order.
        periods: dict[int, Row] = {}
        value: float | None = 0.0
        for number in (*planned, *metered):
            one = ledger.instruments[number]
            row = periods.setdefault(
                one.delivery_start,
                {
                    "delivery_start": one.delivery_start,
                    "delivery_end": one.delivery_end,
                    "planned_mw": None,
                    "metered_mw": None,
                },
            )
            row["planned_mw"] = planned.get(number, row["planned_mw"])
            row["metered_mw"] = metered.get(number, row["metered_mw"])
        for number, meter in metered.items():
            one, price = ledger.instruments[number], ledger.mark(number)
            if one.delivery_end <= now and value is not None:
                energy = meter * one.delivery_seconds / 3_600
                value = None if price is None else value + energy * price / MILLIONTHS
        made.append(
            {
                "strategy": owner.name,
                "market": owner.market,
                "metered_value": value,
                "periods": [periods[start] for start in sorted(periods)],
            }
        )
    return made


def _bound(ledger: Ledger, owner: StrategyName, numbers: list[int], now: int) -> float | None:
    """Return what perfect foresight of the periods that are over would have earned.

    At their prices of record, in the market's currency, before fees; None unless the periods are of
    one length, one after the other, and each has its price. The energy left counts nothing.
    """
    over = [ledger.instruments[number] for number in numbers]
    over = [one for one in over if one.delivery_end <= now]
    prices = [ledger.mark(one.number) for one in over]
    follows = all(a.delivery_end == b.delivery_start for a, b in pairwise(over))
    known = [price for price in prices if price is not None]
    if owner.battery is None or not known or len(known) < len(prices) or not follows:
        return None
    if len({one.delivery_seconds for one in over}) != 1:
        return None
    limits = StoreLimits(
        owner.battery["power_mw"],
        owner.battery["power_mw"],
        owner.battery["energy_mwh"],
        charge_efficiency=owner.battery["charge_efficiency"],
        discharge_efficiency=owner.battery["discharge_efficiency"],
    )
    schedule = foresight(
        limits,
        np.array(known) / MILLIONTHS,
        hours=over[0].delivery_seconds / 3_600,
        initial_mwh=owner.battery.get("initial_mwh", 0.0),
    )
    return float(schedule.value)


def _drawn(power_mw: float, charge_in: float, charge_out: float) -> float:
    """Return the stored power that a power at the meter takes; below zero when charging."""
    return power_mw * charge_in if power_mw < 0 else power_mw / charge_out
