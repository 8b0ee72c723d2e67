"""Transaction cost analysis: what orders cost against the market that they met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from wattbook.errors import InputError

__all__ = ["HORIZONS", "TransactionCosts", "transaction_costs"]

HORIZONS = (1.0, 10.0, 60.0)
"""Seconds after a fill at which the market is looked at again."""

TIME = pl.Datetime("ns", "UTC")
NEEDED = ("quote", "define_instrument")
ASKED = ("order_routed", "parent_opened", "refused")
"""At least one of them: an order that the gate refused was asked for as well."""


@dataclass(frozen=True, slots=True)
class TransactionCosts:
    """What orders cost. Prices in currency per price unit, a cost above zero, times UTC.

    Parameters
    ----------
    parents : DataFrame
        A row for each parent order, as which each leg of a spread or basket counts, and one for the
        orders of each strategy, instrument and side that have no parent (``parent`` is null):
        volume, filled, ``fill_rate``, ``mean_price``;
        ``arrival``, ``vwap``, ``close`` with the slippage against each in price, ``_ticks`` and
        ``_currency``; ``half_spread`` at arrival and ``arrival_half_spreads``; ``forecast_cost``
        made before it began, and ``forecast_fees`` of all of its volume in currency; ``unfilled``
        and its ``unfilled_markout``, what the market had moved away by its end; ``maker_share``,
        ``queue_seconds``, ``participation``, ``fees``, ``ended``.
    fills : DataFrame
        A row a fill, with ``markout_<seconds>``: how much better than the fill the market was so
        long after it, and ``adverse_<seconds>``: how far the middle had moved against it;
        ``is_netted`` where it crossed within the desk.
    venues : DataFrame
        A row a venue: orders, fill rate, refusals, shares and times, costs. ``queue_seconds`` is of
        resting orders that filled, ``waited_seconds`` of those that were taken back unfilled;
        ``cost_after_fees`` is what a unit cost against the middle, fees included.
        What crossed within the desk never was there and is left out.
    refusals : DataFrame
        Why orders were refused or cut short, by whom and where, how often.
    netted : DataFrame
        A row for each two strategies whose orders crossed within the desk: deals, volume and
        ``spread_saved``, what both together would have paid at the best prices then, currency.
    """

    parents: pl.DataFrame
    fills: pl.DataFrame
    venues: pl.DataFrame
    refusals: pl.DataFrame
    netted: pl.DataFrame

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return the tables by name."""
        return {
            "parents": self.parents,
            "fills": self.fills,
            "venues": self.venues,
            "refusals": self.refusals,
            "netted": self.netted,
        }


def transaction_costs(
    events: Mapping[str, pl.DataFrame], horizons: Sequence[float] = HORIZONS
) -> TransactionCosts:
    """Return what the orders of a run cost.

    Parameters
    ----------
    events : mapping of str to DataFrame
        The event files of a run by name, such as `wattbook.store.read_tables` gives: routed orders,
        fills, states, quotes, trades, parents, instruments.
    horizons : sequence of float, optional
        Seconds after a fill at which the market is looked at again.

    Raises
    ------
    InputError
        If the tables hold no orders that were asked for, no quotes or no instruments.

    References
    ----------
    Perold (1988), The implementation shortfall: paper versus reality; unfilled volume is marked at
    the end, so that an order which is not filled is not free.
    """
    for name in NEEDED:
        if name not in events or events[name].is_empty():
            message = f"the events hold no {name}; give those of a run that traded a book"
            raise InputError(message)
    if all(name not in events or events[name].is_empty() for name in ASKED):
        message = "nothing was ordered: no order_routed, parent_opened or refused among the events"
        raise InputError(message)
    known = instruments(events)
    mids = middles(events["quote"])
    orders = routed(events, known)
    fills = marked_fills(events, orders, mids, horizons)
    grouped = parents(events, orders, fills, mids, known)
    return TransactionCosts(
        parents=grouped,
        fills=fills.drop("sign", "hours", "tick"),
        venues=venues(events, *at_venues(orders, fills)),
        refusals=refusals(events, orders),
        netted=netted(events, orders),
    )


def floats(frame: pl.DataFrame) -> pl.DataFrame:
    """Return decimals as floats and choices as text."""
    columns = []
    for name, kind in frame.schema.items():
        if isinstance(kind, pl.Decimal):
            columns.append(pl.col(name).cast(pl.Float64))
        elif isinstance(kind, pl.Categorical | pl.Enum):
            columns.append(pl.col(name).cast(pl.String))
    return frame.with_columns(columns)


def taken(events: Mapping[str, pl.DataFrame], name: str, columns: Sequence[str]) -> pl.DataFrame:
    """Return some columns of a table, empty ones where it is not there."""
    if name in events:
        return floats(events[name]).select(columns)
    kinds: dict[str, pl.DataType] = {"ts_recv": TIME, "is_maker": pl.Boolean()}
    for kind in ("reason", "refusal_kind"):
        kinds[kind] = pl.String()
    for number in ("price", "volume", "fee", "filled", "unfilled", "end_price"):
        kinds[number] = pl.Float64()
    return pl.DataFrame(schema={one: kinds.get(one, pl.UInt64()) for one in columns})


def instruments(events: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return symbol, venue and tick of each instrument, and the hours that a unit counts."""
    table = floats(events["define_instrument"]).unique("instrument", keep="last")
    is_power = (pl.col("volume_unit") == "megawatt") & (pl.col("price_unit") == "megawatt_hour")
    hours = pl.when(is_power).then(pl.col("delivery_seconds") / 3_600.0).otherwise(1.0)
    return table.select("instrument", "symbol", "venue", "tick", hours=hours)


def middles(quotes: pl.DataFrame) -> pl.DataFrame:
    """Return time, middle and half spread of each instrument, in order, where both sides quote."""
    both = (pl.col("bid_volume") > 0) & (pl.col("ask_volume") > 0)
    return (
        floats(quotes)
        .filter(both)
        .select(
            "instrument",
            "ts_recv",
            mid=(pl.col("bid_price") + pl.col("ask_price")) / 2,
            half_spread=(pl.col("ask_price") - pl.col("bid_price")) / 2,
        )
        .sort("ts_recv")
    )


def at(rows: pl.DataFrame, mids: pl.DataFrame, when: str, **names: str) -> pl.DataFrame:
    """Return `rows` with columns of the market as it was at the time in column `when`."""
    looked = mids.rename({"ts_recv": when}).select("instrument", when, *names.values())
    looked = looked.rename({old: new for new, old in names.items()})
    return rows.sort(when).join_asof(
        looked, on=when, by="instrument", strategy="backward", check_sortedness=False
    )


def routed(events: Mapping[str, pl.DataFrame], known: pl.DataFrame) -> pl.DataFrame:
    """Return every order that passed the gate, with what is known of its instrument."""
    if "order_routed" not in events:
        kinds = dict.fromkeys(("order_id", "strategy", "parent"), pl.UInt64())
        words = dict.fromkeys(("side", "time_in_force"), pl.String())
        schema = {**kinds, **words, "volume": pl.Float64(), "ts_recv": TIME}
        orders = pl.DataFrame(schema={"instrument": known.schema["instrument"], **schema})
    else:
        orders = floats(events["order_routed"])
        # What a venue amended is asked for from then on, so that no order is filled beyond itself.
        amended = taken(events, "order_amended", ["order_id", "volume"])
        orders = orders.update(
            amended.unique("order_id", keep="last", maintain_order=True), on="order_id"
        )
    if "parent" not in orders.columns:
        orders = orders.with_columns(parent=pl.lit(None, pl.UInt64))
    return orders.select(
        "order_id", "instrument", "side", "strategy", "volume", "time_in_force", "parent",
        routed="ts_recv",
        sign=pl.when(pl.col("side") == "buy").then(1.0).otherwise(-1.0),
    ).join(known, on="instrument", how="left")  # fmt: skip


def marked_fills(
    events: Mapping[str, pl.DataFrame],
    orders: pl.DataFrame,
    mids: pl.DataFrame,
    horizons: Sequence[float],
) -> pl.DataFrame:
    """Return every fill with the market before it and after it."""
    columns = ["ts_recv", "order_id", "trade", "price", "volume", "fee", "is_maker"]
    own = taken(events, "orders_netted", ["trade"])["trade"].unique()
    fills = taken(events, "filled", columns).with_columns(
        is_netted=pl.col("trade").is_in(own.implode())
    )
    fills = fills.drop("trade").join(orders.drop("volume"), on="order_id", how="inner")
    fills = at(fills, mids, "ts_recv", mid="mid", half_spread="half_spread")
    for horizon in horizons:
        name = f"{horizon:g}"
        later = fills.with_columns(
            later=pl.col("ts_recv") + pl.duration(nanoseconds=int(horizon * 1e9))
        )
        looked = at(later, mids, "later", mid_later="mid")
        fills = looked.with_columns(
            (pl.col("sign") * (pl.col("mid_later") - pl.col("price"))).alias(f"markout_{name}"),
            (pl.col("sign") * (pl.col("mid") - pl.col("mid_later"))).alias(f"adverse_{name}"),
        ).drop("later", "mid_later")
    return fills.sort("ts_recv", "order_id")


def groups(events: Mapping[str, pl.DataFrame], orders: pl.DataFrame) -> pl.DataFrame:
    """Return the parent orders, and the orders without one by strategy, instrument and side."""
    alone = (
        orders.filter(pl.col("parent").is_null())
        .group_by("strategy", "instrument", "side")
        .agg(
            starts=pl.col("routed").min(),
            last=pl.col("routed").max(),
            volume=pl.col("volume").sum(),
        )
        .with_columns(
            parent=pl.lit(None, pl.UInt64),
            algorithm=pl.lit("direct"),
            forecast_price=pl.lit(None, pl.Float64),
            forecast_fee=pl.lit(None, pl.Float64),
            limit=pl.lit(None, pl.Float64),
        )
    )
    if "parent_opened" not in events:
        return alone.rename({"last": "ends"})
    opened = floats(events["parent_opened"]).select(
        "parent", "strategy", "instrument", "side", "algorithm", "volume", "starts", "ends",
        "forecast_price", "forecast_fee", "limit",
    )  # fmt: skip
    columns = opened.columns
    direct = alone.rename({"last": "ends"}).select(columns)
    return pl.concat([opened, direct], how="vertical_relaxed")


def at_parents(frame: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of orders, those of a sweep under its own instrument: it has several places."""
    swept = rows.filter(pl.col("algorithm") == "sweep").select("parent", whole="instrument")
    named = frame.join(swept, on="parent", how="left")
    return named.with_columns(instrument=pl.coalesce("whole", "instrument")).drop("whole")


def parents(
    events: Mapping[str, pl.DataFrame],
    orders: pl.DataFrame,
    fills: pl.DataFrame,
    mids: pl.DataFrame,
    known: pl.DataFrame,
) -> pl.DataFrame:
    """Return a row for each group of orders."""
    key = ["parent", "strategy", "instrument", "side"]
    rows = groups(events, orders)
    ended = taken(events, "parent_ended", ["parent", "ts_recv", "reason", "end_price"])
    ended = ended.rename({"ts_recv": "ended_at", "reason": "ended"})
    rows = rows.join(ended, on="parent", how="left")
    filled = (
        at_parents(fills, rows)
        .group_by(key)
        .agg(
            filled=pl.col("volume").sum(),
            mean_price=(pl.col("price") * pl.col("volume")).sum() / pl.col("volume").sum(),
            maker_share=(pl.col("volume") * pl.col("is_maker")).sum() / pl.col("volume").sum(),
            fees=pl.col("fee").sum(),
            last_fill=pl.col("ts_recv").max(),
        )
    )
    rows = rows.join(filled, on=key, how="left", nulls_equal=True)
    waits = (
        at_parents(queues(events, orders, fills), rows)
        .group_by(key)
        .agg(queue_seconds=pl.col("queue").mean(), children=pl.len())
    )
    rows = rows.join(waits, on=key, how="left", nulls_equal=True)
    rows = rows.with_columns(
        pl.col("filled", "fees").fill_null(0.0),
        until=pl.coalesce("ended_at", pl.max_horizontal("last_fill", "ends")),
        sign=pl.when(pl.col("side") == "buy").then(1.0).otherwise(-1.0),
    ).join(known, on="instrument", how="left")
    rows = at(rows, mids, "starts", arrival="mid", half_spread="half_spread")
    rows = at(rows, mids, "until", end_mid="mid")
    return costs(against_market(rows, events))


def queues(
    events: Mapping[str, pl.DataFrame], orders: pl.DataFrame, fills: pl.DataFrame
) -> pl.DataFrame:
    """Return every order with its times in s: to acceptance, and from there on.

    ``queue`` is the time of a resting order to its first fill, ``waited`` that of an order without
    any fill to its end: the means of both tell more than one of orders that were filled alone.
    """
    accepted = taken(events, "order_accepted", ["order_id", "ts_recv"])
    accepted = accepted.group_by("order_id").agg(accepted=pl.col("ts_recv").min())
    first = fills.filter(pl.col("is_maker")).group_by("order_id").agg(first=pl.col("ts_recv").min())
    ended = taken(events, "order_cancelled", ["order_id", "ts_recv"])
    ended = ended.group_by("order_id").agg(taken_back=pl.col("ts_recv").min())
    some = fills.select("order_id").unique().with_columns(has_filled=True)
    seconds = {
        "accept": (pl.col("accepted") - pl.col("routed")).dt.total_nanoseconds() / 1e9,
        "queue": (pl.col("first") - pl.col("accepted")).dt.total_nanoseconds() / 1e9,
        "waited": pl.when(pl.col("has_filled").is_null()).then(
            (pl.col("taken_back") - pl.col("accepted")).dt.total_nanoseconds() / 1e9
        ),
    }
    joined = orders
    for known in (accepted, first, ended, some):
        joined = joined.join(known, on="order_id", how="left")
    return joined.with_columns(**seconds)


def against_market(rows: pl.DataFrame, events: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the groups with the market's volume, VWAP while they worked and last trade."""
    trades = taken(events, "trade", ["instrument", "ts_recv", "price", "volume"]).sort("ts_recv")
    if trades.is_empty():
        empty = {name: pl.lit(None, pl.Float64) for name in ("market_volume", "vwap", "close")}
        return rows.with_columns(**empty)
    running = trades.with_columns(
        turnover=(pl.col("price") * pl.col("volume")).cum_sum().over("instrument"),
        traded=pl.col("volume").cum_sum().over("instrument"),
    )
    close = trades.group_by("instrument").agg(close=pl.col("price").last())
    before = at(rows, running, "starts", turnover_0="turnover", traded_0="traded")
    both = at(before, running, "until", turnover_1="turnover", traded_1="traded")
    volume = pl.col("traded_1").fill_null(0.0) - pl.col("traded_0").fill_null(0.0)
    turnover = pl.col("turnover_1").fill_null(0.0) - pl.col("turnover_0").fill_null(0.0)
    return (
        both.with_columns(market_volume=volume, vwap=pl.when(volume > 0).then(turnover / volume))
        .drop("turnover_0", "traded_0", "turnover_1", "traded_1")
        .join(close, on="instrument", how="left")
    )


def costs(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the groups with their costs."""
    unfilled = (pl.col("volume") - pl.col("filled")).clip(0.0)
    rows = rows.with_columns(
        unfilled=unfilled,
        fill_rate=pl.col("filled") / pl.col("volume"),
        participation=pl.when(pl.col("market_volume") > 0).then(
            pl.col("filled") / pl.col("market_volume")
        ),
        forecast_cost=pl.col("sign") * (pl.col("forecast_price") - pl.col("arrival")),
        forecast_fees=pl.col("forecast_fee") * pl.col("volume") * pl.col("hours"),
    )
    for name in ("arrival", "vwap", "close"):
        cost = pl.col("sign") * (pl.col("mean_price") - pl.col(name))
        rows = rows.with_columns(
            cost.alias(f"against_{name}"),
            (cost / pl.col("tick")).alias(f"against_{name}_ticks"),
            (cost * pl.col("filled") * pl.col("hours")).alias(f"against_{name}_currency"),
        )
    moved = pl.col("sign") * (pl.coalesce("end_price", "end_mid") - pl.col("arrival"))
    rows = rows.with_columns(
        arrival_half_spreads=pl.col("against_arrival") / pl.col("half_spread"),
        unfilled_markout=pl.when(pl.col("unfilled") > 0).then(moved),
        unfilled_currency=moved * pl.col("unfilled") * pl.col("hours"),
    )
    return rows.drop("sign", "hours", "tick", "end_price", "end_mid", "last_fill", "ended_at").sort(
        "starts", "strategy", "parent"
    )


def at_venues(orders: pl.DataFrame, fills: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return orders and fills without what crossed within the desk."""
    crossed = fills.filter("is_netted").group_by("order_id").agg(crossed=pl.col("volume").sum())
    sent = pl.col("volume") - pl.col("crossed").fill_null(0.0)
    # Volumes have six decimals, so less than one of the last is nothing.
    left = orders.join(crossed, on="order_id", how="left").with_columns(volume=sent)
    return left.filter(pl.col("volume") > 5e-7).drop("crossed"), fills.filter(~pl.col("is_netted"))


def netted(events: Mapping[str, pl.DataFrame], orders: pl.DataFrame) -> pl.DataFrame:
    """Return what crossed within the desk, by the strategies that bought and sold."""
    columns = ["buy", "sell", "volume", "bid", "ask"]
    deals = taken(events, "orders_netted", columns).cast({"bid": pl.Float64, "ask": pl.Float64})
    for side, name in (("buy", "buyer"), ("sell", "seller")):
        whose = orders.select(pl.col("order_id").alias(side), pl.col("strategy").alias(name))
        deals = deals.join(whose, on=side, how="left")
    deals = deals.join(orders.select("hours", buy="order_id"), on="buy", how="left")
    saved = (pl.col("ask") - pl.col("bid")) * pl.col("volume") * pl.col("hours")
    by_pair = deals.group_by("buyer", "seller").agg(
        deals=pl.len(), volume=pl.col("volume").sum(), spread_saved=saved.sum()
    )
    return by_pair.sort("buyer", "seller")


def venue_names(events: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return number and name of each venue that was defined."""
    if "define_venue" not in events:
        return pl.DataFrame(schema={"venue": pl.UInt16, "name": pl.String})
    names = events["define_venue"].select("venue", "name").unique("venue", keep="last")
    return names.with_columns(pl.col("venue").cast(pl.UInt16))


def venues(
    events: Mapping[str, pl.DataFrame], orders: pl.DataFrame, fills: pl.DataFrame
) -> pl.DataFrame:
    """Return a row for each venue that orders went to."""
    rejected = taken(events, "order_rejected", ["order_id"]).unique()
    asked = (
        queues(events, orders, fills)
        .with_columns(is_refused=pl.col("order_id").is_in(rejected["order_id"].implode()))
        .group_by("venue")
        .agg(
            orders=pl.len(),
            ordered=pl.col("volume").sum(),
            refused=pl.col("is_refused").sum(),
            accept_seconds=pl.col("accept").median(),
            queue_seconds=pl.col("queue").mean(),
            waited_seconds=pl.col("waited").mean(),
        )
    )
    weight = pl.col("volume") / pl.col("volume").sum()
    against = pl.col("sign") * (pl.col("price") - pl.col("mid"))
    marks = [name for name in fills.columns if name.startswith(("markout_", "adverse_"))]
    made = fills.group_by("venue").agg(
        *[(weight * pl.col(name)).sum().alias(name) for name in marks],
        filled=pl.col("volume").sum(),
        maker_share=(weight * pl.col("is_maker")).sum(),
        against_mid=(weight * against).sum(),
        half_spread=(weight * pl.col("half_spread")).sum(),
        fees=pl.col("fee").sum(),
        energy=(pl.col("volume") * pl.col("hours")).sum(),
    )
    made = made.with_columns(
        cost_after_fees=pl.col("against_mid") + pl.col("fees") / pl.col("energy")
    ).drop("energy")
    return (
        asked.join(made, on="venue", how="left")
        .with_columns(fill_rate=pl.col("filled").fill_null(0.0) / pl.col("ordered"))
        .join(venue_names(events), on="venue", how="left")
        .sort("venue")
    )


def refusals(events: Mapping[str, pl.DataFrame], orders: pl.DataFrame) -> pl.DataFrame:
    """Return why orders were refused or ended unfilled, by whom and how often."""
    gate = taken(events, "refused", ["refusal_kind"]).select(
        by=pl.lit("gate"), venue=pl.lit(None, pl.UInt16), reason="refusal_kind"
    )
    where = orders.select("order_id", pl.col("venue").cast(pl.UInt16))
    parts = [gate]
    for name, by in (("order_rejected", "venue"), ("order_cancelled", "venue, in the book")):
        ended = taken(events, name, ["order_id", "reason"])
        ended = ended.filter(pl.col("reason") != "requested").join(where, on="order_id")
        parts.append(ended.select("venue", by=pl.lit(by), reason="reason").select(gate.columns))
    found = pl.concat(parts).group_by("by", "venue", "reason").agg(count=pl.len())
    found = found.sort("by", "count", "venue", "reason", descending=[False, True, False, False])
    return found.join(venue_names(events), on="venue", how="left").select(
        "by", "venue", "name", "reason", "count"
    )
