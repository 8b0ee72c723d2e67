"""Parent orders at an instant: how far each has come, why it was routed so, what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from wattbook.errors import InputError, SourceError
from wattbook.execution.tca import transaction_costs
from wattbook.runtime.tca import TABLES, order_text
from wattbook.runtime.watch.picture import MILLIONTHS
from wattbook.store import read_tables

if TYPE_CHECKING:
    from wattbook.runtime.watch.picture import Row
    from wattbook.runtime.watch.tape import Tape

__all__ = ["cost_rows", "decision_rows", "parent_rows"]

HORIZONS: Final = (1.0, 10.0, 60.0)
POINTS_MAX: Final = 400
"""A chart shows no more."""
NEVER: Final = 2**63 - 1
COLUMNS: Final = (
    "parent", "strategy", "symbol", "side", "algorithm", "volume", "filled", "fill_rate",
    "mean_price", "arrival", "against_arrival_ticks", "arrival_half_spreads", "against_vwap_ticks",
    "against_close_ticks", "against_arrival_currency", "forecast_cost", "forecast_fees", "fees",
    "maker_share",
    "queue_seconds", "participation", "ended",
)  # fmt: skip


def parent_rows(tape: Tape, now: int) -> list[Row]:
    """Return the parent orders that were opened by `now` (ns UTC), newest first.

    Volumes and prices are in whole units of the instrument, times ns UTC. ``filled_share`` is what
    of the volume is filled, ``due_share`` what an even pace from start to end would have filled by
    `now`: the schedule of ``twap``, and what to hold the others against. ``ends`` is None where the
    order has no end. ``at`` and ``filled_line`` hold how it filled.
    """
    opened = tape.table("parent_opened", now)
    if not opened.height:
        return []
    children = _children(tape, now)
    ended = {row["parent"]: row for row in _rows(tape, "parent_ended", now)}
    symbols = {row["instrument"]: row["symbol"] for row in _rows(tape, "define_instrument", now)}
    trades = tape.table("trade", now)
    made = []
    for row in opened.iter_rows(named=True):
        fills = children.filter(pl.col("parent") == row["parent"]) if children.height else children
        ends = None if row["ends"] >= NEVER - 1_000 else row["ends"]
        end = ended.get(row["parent"])
        until = now if end is None else end["ts_recv"]
        volume = row["volume"] / MILLIONTHS
        at, line = _line(fills, row["starts"], until)
        made.append(
            {
                "parent": order_text(row["parent"]),
                "strategy": tape.names.strategy(row["strategy"]),
                "instrument": row["instrument"],
                "symbol": symbols[row["instrument"]],
                "side": row["side"],
                "algorithm": row["algorithm"],
                "volume": volume,
                "limit": _whole(row["limit"]),
                "starts": row["starts"],
                "ends": ends,
                "arrival_price": _whole(row["arrival_price"]),
                "forecast_price": _whole(row["forecast_price"]),
                "forecast_fee": _whole(row["forecast_fee"]),
                "mean_price": _mean(fills),
                "filled": line[-1],
                "filled_share": line[-1] / volume,
                "due_share": _due(row["starts"], ends, until),
                "market_share": _market_share(
                    trades, _traded(row, fills), row["starts"], until, line[-1]
                ),
                "fills": fills.height,
                "ended": None if end is None else end["reason"],
                "unfilled": None if end is None else _whole(end["unfilled"]),
                "ended_at": None if end is None else end["ts_recv"],
                "at": at,
                "filled_line": line,
                "ts_event": row["ts_event"],
                "ts_recv": row["ts_recv"],
            }
        )
    return made[::-1]


def decision_rows(tape: Tape, now: int) -> list[Row]:
    """Return why orders were placed as they were, by `now` (ns UTC), newest first."""
    return [
        {
            "ts_event": row["ts_event"],
            "ts_recv": row["ts_recv"],
            "order": order_text(row["order_id"]),
            "parent": order_text(row["parent"]),
            "text": row["text"],
        }
        for row in reversed(_rows(tape, "order_explained", now))
    ]


def cost_rows(tape: Tape, now: int) -> dict[str, Any]:
    """Return what orders had cost by `now` (ns UTC), as ``wattbook tca`` reckons it.

    Returns
    -------
    dict
        ``parents``, ``venues`` and ``refusals``, a list of rows each, and ``note``: why there is
        nothing, or None.
    """
    moment = pl.lit(now).cast(pl.Datetime("ns", "UTC"))
    try:
        tables = {
            name: table.filter(pl.col("ts_recv") <= moment)
            for name, table in read_tables(tape.folder / "events", TABLES).items()
        }
        found = transaction_costs(tables, HORIZONS)
    except (InputError, SourceError) as fault:
        return {"parents": [], "venues": [], "refusals": [], "note": str(fault)}
    parents = [
        {
            **{name: row[name] for name in COLUMNS},
            "parent": None if row["parent"] is None else order_text(row["parent"]),
            "strategy": tape.names.strategy(row["strategy"]),
        }
        for row in found.parents.iter_rows(named=True)
    ]
    venues = found.venues.to_dicts()
    return {
        "parents": parents,
        "venues": venues,
        "refusals": found.refusals.to_dicts(),
        "note": None,
    }


def _rows(tape: Tape, name: str, now: int) -> list[Row]:
    return tape.table(name, now).to_dicts()


def _whole(value: int | None) -> float | None:
    return None if value is None else value / MILLIONTHS


def _children(tape: Tape, now: int) -> pl.DataFrame:
    """Return fills of orders that have a parent, with it, in their order."""
    routed, fills = tape.table("order_routed", now), tape.table("filled", now)
    if not routed.height or not fills.height:
        return pl.DataFrame()
    owners = routed.select("order_id", "parent").filter(pl.col("parent").is_not_null())
    return fills.select("order_id", "instrument", "ts_recv", "price", "volume").join(
        owners.unique("order_id"), on="order_id", maintain_order="left"
    )


def _mean(fills: pl.DataFrame) -> float | None:
    if not fills.height:
        return None
    volumes = fills["volume"].to_numpy().astype(float)
    return float(np.average(fills["price"].to_numpy(), weights=volumes) / MILLIONTHS)


def _line(fills: pl.DataFrame, starts: int, until: int) -> tuple[list[int], list[float]]:
    """Return instants and what was filled by each, from the start to `until`."""
    at, filled = np.array([], dtype=np.int64), np.array([])
    if fills.height:
        at = fills["ts_recv"].to_numpy()
        filled = np.cumsum(fills["volume"].to_numpy()) / MILLIONTHS
    keep = np.unique(np.linspace(0, max(0, at.size - 1), min(at.size, POINTS_MAX)).astype(int))
    last = float(filled[-1]) if filled.size else 0.0
    times = [min(starts, until), *at[keep].tolist(), until]
    return times, [0.0, *filled[keep].tolist(), last]


def _due(starts: int, ends: int | None, now: int) -> float | None:
    """Return the share of the time that is over; None where there is no end."""
    if ends is None or ends <= starts:
        return None
    return min(1.0, max(0.0, (now - starts) / (ends - starts)))


def _traded(row: Row, fills: pl.DataFrame) -> list[int]:
    """Return the instruments of a parent: its own, and those that it was routed to."""
    routed = fills["instrument"].unique().to_list() if fills.height else []
    return [row["instrument"], *routed]


def _market_share(
    trades: pl.DataFrame, instruments: list[int], starts: int, until: int, filled: float
) -> float | None:
    """Return what was filled as a share of what traded from the start to `until`."""
    if not trades.height:
        return None
    is_meanwhile = pl.col("ts_event").is_between(starts, until)
    traded = trades.filter(pl.col("instrument").is_in(instruments) & is_meanwhile)["volume"]
    whole = int(traded.sum()) / MILLIONTHS
    return filled / whole if whole > 0.0 else None
