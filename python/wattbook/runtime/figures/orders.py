"""Orders, fills, slippage and refusals."""

from collections import Counter
from dataclasses import dataclass

import polars as pl

from wattbook.runtime.figures.ledger import Ledger
from wattbook.runtime.figures.money import convert
from wattbook.runtime.refusals import refusal_words

__all__ = ["Orders", "Rejection", "StrategyOrders", "orders"]


@dataclass(frozen=True, slots=True)
class StrategyOrders:
    """Orders of one strategy; volumes in 1e-6 of the instrument's unit.

    Parameters
    ----------
    name : str
        Of the strategy.
    routed : int
        Orders and offers that passed the gate.
    ordered, filled : int
        Volume routed, as venues last amended it, and volume filled or awarded.
    fills : int
        Trades and awards above zero.
    slippage : int
        Cost of the fills against the middle of the market when each order was routed, in units of
        1 / 3.6e15 of the desk's currency; positive when worse.
    measured, unmeasured : int
        Fills with and without such a middle; awards have none.
    """

    name: str
    routed: int
    ordered: int
    filled: int
    fills: int
    slippage: int
    measured: int
    unmeasured: int

    @property
    def fill_rate(self) -> float | None:
        """Filled share of the volume that was ordered; None if there was none."""
        return self.filled / self.ordered if self.ordered else None

    @property
    def known_slippage(self) -> int | None:
        """Slippage of the fills that have one; None if none has."""
        return self.slippage if self.measured else None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why orders were refused, by the gate or by a venue.

    Parameters
    ----------
    by : str
        ``gate`` or ``venue``.
    reason : str
        The kind of refusal.
    count : int
        How many.
    example : str
        The text of the first: place, value and fix.
    """

    by: str
    reason: str
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class Orders:
    """All orders of a run.

    Parameters
    ----------
    strategies : tuple of StrategyOrders
        In the order of the desk file.
    rejections : tuple of Rejection
        Most frequent first.
    """

    strategies: tuple[StrategyOrders, ...]
    rejections: tuple[Rejection, ...]

    @property
    def routed(self) -> int:
        """Orders and offers that passed the gate."""
        return sum(entry.routed for entry in self.strategies)

    @property
    def fills(self) -> int:
        """Trades and awards above zero."""
        return sum(entry.fills for entry in self.strategies)

    @property
    def slippage(self) -> int:
        """Cost of all fills against the middle when routed, in units of the desk's currency."""
        return sum(entry.slippage for entry in self.strategies)

    @property
    def rejected(self) -> int:
        """Orders refused by the gate or a venue."""
        return sum(entry.count for entry in self.rejections)

    @property
    def order_fill_rate(self) -> float | None:
        """Mean filled share of the strategies that ordered, weighted by orders and offers."""
        parts = [(entry.fill_rate, entry.routed) for entry in self.strategies]
        known = [(rate, count) for rate, count in parts if rate is not None]
        total = sum(count for _, count in known)
        return sum(rate * count for rate, count in known) / total if total else None


def slippage(ledger: Ledger, fills: pl.DataFrame) -> tuple[int, int]:
    """Return the slippage of `fills` in the desk's currency, and how many have none.

    A fill has none without an arrival price, or where the venue quotes no bid and ask: the price of
    record of yesterday is not what an order at today's close gave away.
    """
    total, unmeasured = 0, 0
    for row in fills.iter_rows(named=True):
        if row["arrival_price"] is None or row["instrument"] not in ledger.quoted:
            unmeasured += 1
            continue
        instrument = ledger.instruments[row["instrument"]]
        sign = 1 if row["side"] == "buy" else -1
        worse = sign * (row["price"] - row["arrival_price"])
        units = worse * row["volume"] * instrument.delivery_seconds
        total += convert(units, ledger.rates[instrument.currency])
    return total, unmeasured


def rejections(ledger: Ledger) -> tuple[Rejection, ...]:
    """Return what was refused, by whom and why."""
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for row in ledger.table("refused").iter_rows(named=True):
        key = ("gate", row["refusal_kind"])
        counts[key] += 1
        if key not in examples:
            examples[key] = refusal_words(row["refusal"], ledger.names.limits)
    if ledger.count("order_state_changed"):
        ended = ledger.table("order_state_changed").filter(pl.col("state") == "rejected")
        for row in ended.iter_rows(named=True):
            key = ("venue", row["reason"] or "no reason")
            counts[key] += 1
            examples.setdefault(key, f"the venue refused the order: {key[1]}")
    return tuple(
        Rejection(by, reason, count, examples[by, reason])
        for (by, reason), count in counts.most_common()
    )


def column_sum(table: pl.DataFrame, name: str) -> int:
    """Return the sum of a whole-number column; 0 for an empty table."""
    return int(table[name].sum()) if table.height else 0


def as_amended(routed: pl.DataFrame, amended: pl.DataFrame) -> pl.DataFrame:
    """Return routed orders with the volume that their venues amended them to last."""
    if not routed.height or not amended.height:
        return routed
    last = amended.unique("order_id", keep="last", maintain_order=True)
    return routed.update(last.select("order_id", "volume"), on="order_id")


def orders(ledger: Ledger) -> Orders:
    """Return orders, fills, slippage and refusals of the run."""
    routed = as_amended(ledger.table("order_routed"), ledger.table("order_amended"))
    offers = ledger.table("offer_routed")
    fills, states = ledger.table("filled"), ledger.table("order_state_changed")
    awards = pl.DataFrame()
    if offers.height and states.height:
        last = states.sort("sequence", maintain_order=True).unique(
            subset="order_id", keep="last", maintain_order=True
        )
        awards = offers.select("order_id", "strategy").join(
            last.filter(pl.col("filled") > 0).select("order_id", "filled"), on="order_id"
        )
        if fills.height:
            # An auction's award is a trade and has been counted as one.
            awards = awards.join(fills.select("order_id"), on="order_id", how="anti")

    def of(table: pl.DataFrame, column: str, number: int) -> pl.DataFrame:
        return table.filter(pl.col(column) == number) if table.height else table

    made = []
    for entry in ledger.names.strategies:
        own_orders = of(routed, "strategy", entry.strategy)
        own_offers = of(offers, "strategy", entry.strategy)
        own_fills = of(fills, "strategy", entry.strategy)
        own_awards = of(awards, "strategy", entry.strategy)
        cost, unmeasured = slippage(ledger, own_fills)
        made.append(
            StrategyOrders(
                name=entry.name,
                routed=own_orders.height + own_offers.height,
                ordered=column_sum(own_orders, "volume") + column_sum(own_offers, "volume"),
                filled=column_sum(own_fills, "volume") + column_sum(own_awards, "filled"),
                fills=own_fills.height + own_awards.height,
                slippage=cost,
                measured=own_fills.height - unmeasured,
                unmeasured=unmeasured,
            )
        )
    return Orders(tuple(made), rejections(ledger))
