"""Order files read to one table of actions for each contract."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from wattbook.errors import InputError
from wattbook.market.order_history.matching import BUY, SELL, Action, MatchingBook
from wattbook.sources import epex
from wattbook.sources.csv import line_aside
from wattbook.sources.packed import unpack
from wattbook.sources.payload import Payload, Quarantined

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["LOTS_PER_MW", "TICKS_PER_EUR", "Contract", "OrderHistory", "load_history"]

TICKS_PER_EUR = 100
"""A price tick is 0.01 EUR/MWh."""

LOTS_PER_MW = 10
"""A lot is 0.1 MW."""

ACTION_TYPES = {
    "ts_event": pl.Int64,
    "order": pl.Int64,
    "parent": pl.Int64,
    "side": pl.Int8,
    "action": pl.String,
    "price": pl.Int64,
    "lots": pl.Int64,
}
FINE = 1e-6
"""How far from a whole step a number may be that floating point has rounded."""

STEPS_MAX = 1_000_000_000
"""The most ticks or lots of a row: a thousand times EPEX's price limits."""


@dataclass(frozen=True, slots=True)
class Contract:
    """All actions on the orders of one delivery period.

    Parameters
    ----------
    delivery_start, delivery_end : int
        Half-open, ns UTC.
    actions : polars.DataFrame
        In order of time: ``ts_event`` (ns UTC), ``order`` and ``parent`` (numbers within the
        contract; no parent is null), ``side`` (1 buy, 2 sell), ``action`` (EPEX's letters),
        ``price`` (ticks of 0.01 EUR/MWh) and ``lots`` (0.1 MW; null where the file has none).
    """

    delivery_start: int
    delivery_end: int
    actions: pl.DataFrame


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """What order files hold.

    Parameters
    ----------
    contracts : tuple of Contract
        By delivery period.
    quarantined : tuple of (str, Quarantined)
        File and part that was set aside.
    repeated : int
        Rows that say again what another said: left out.
    blocks : int
        Rows of user-defined blocks: left out, they trade in books of their own.
    """

    contracts: tuple[Contract, ...]
    quarantined: tuple[tuple[str, Quarantined], ...]
    repeated: int = 0
    blocks: int = 0


def load_history(paths: Iterable[Path]) -> OrderHistory:
    """Read order files, packed or not, of EPEX's or BitePy's layout.

    Orders of all products of one delivery period share a book, as they do since XBID. In BitePy's
    layout only lifetimes are told, so matches are made here, by price and time.

    Raises
    ------
    InputError
        If a file cannot be read, is of neither layout, or both layouts are mixed.
    """
    told: dict[str, list[pl.DataFrame]] = {"order_action": [], "offer": []}
    quarantined: list[tuple[str, Quarantined]] = []
    for path in paths:
        try:
            payload = Payload(path.name, path.read_bytes(), address=str(path))
        except OSError as fault:
            raise InputError(f"{path} cannot be read: {fault.strerror}; name a file") from fault
        dataset = next((one for one in epex.DATASETS if one.recognises(payload)), None)
        if dataset is None:
            message = f"{path} has the header of no order file; docs/order-history.md shows both"
            raise InputError(message)
        parsed = dataset.parse(payload)
        quarantined += [(path.name, part) for part in parsed.quarantined]
        for name, table in parsed.tables.items():
            sound, refused = whole_ticks(table, payload)
            told[name].append(sound)
            quarantined += [(path.name, part) for part in refused]
    if told["order_action"] and told["offer"]:
        raise InputError("files of both layouts; read EPEX's and BitePy's apart")
    if told["offer"]:
        return from_lifetimes(pl.concat(told["offer"]), tuple(quarantined))
    if not told["order_action"]:
        raise InputError("no file; name at least one")
    return from_actions(pl.concat(told["order_action"]), tuple(quarantined))


def whole_ticks(table: pl.DataFrame, payload: Payload) -> tuple[pl.DataFrame, list[Quarantined]]:
    """Return `table` with ``price`` and ``lots`` in whole steps, and the rows that have none."""
    volume = "volume_mw" if "volume_mw" in table.columns else "volume_mwh"
    scaled = table.with_columns(
        (pl.col("price_eur_mwh") * TICKS_PER_EUR).alias("price"),
        (pl.col(volume) * LOTS_PER_MW).alias("lots"),
    )
    is_fine = pl.lit(value=True)
    for name in ("price", "lots"):
        off = (pl.col(name) - pl.col(name).round()).abs()
        is_whole = (off <= FINE) & (pl.col(name).abs() <= STEPS_MAX)
        is_fine = is_fine & is_whole.fill_null(value=True)
    has_volume = pl.col("lots").round() >= 1
    if volume == "volume_mw":
        is_fine = is_fine & (has_volume | ~pl.col("action").is_in(["A", "C", "I"]))
    else:
        is_fine = is_fine & has_volume
        is_fine = is_fine & (pl.col("ts_end") >= pl.col("ts_event")).fill_null(value=True)
    marked = scaled.with_columns(is_fine.alias("is_fine"))
    rule = "needs ticks of 0.01 EUR/MWh, lots of 0.1 MW above 0, and no end before it begins"
    refused = [
        (line, f"price {price}, volume {size}, from {begin} to {end} ns: {rule}")
        for line, price, size, begin, end in marked.filter(~pl.col("is_fine"))
        .select("line", "price_eur_mwh", volume, "ts_event", "ts_end")
        .iter_rows()
    ]
    whole = [pl.col(name).round().cast(pl.Int64) for name in ("price", "lots")]
    return marked.filter("is_fine").drop("is_fine").with_columns(whole), lines_of(payload, refused)


def lines_of(payload: Payload, refused: list[tuple[int, str]]) -> list[Quarantined]:
    """Return lines of `payload` as quarantined; without bytes if several files are packed in it."""
    members = unpack(payload).members if refused else ()
    if len(members) != 1:
        return [Quarantined(f"line {line}", 0, reason) for line, reason in refused]
    content = members[0].content
    ends = np.flatnonzero(np.frombuffer(content, dtype=np.uint8) == ord("\n"))
    return [
        line_aside(content, line, int(ends[line - 2]) + 1 if line > 1 else 0, reason)
        for line, reason in refused
    ]


def from_actions(
    table: pl.DataFrame, quarantined: tuple[tuple[str, Quarantined], ...]
) -> OrderHistory:
    """Return the history that a table ``order_action`` tells."""
    single = table.filter(~pl.col("is_block"))
    said = ["order", "action", "revision", "ts_event", "price", "lots"]
    unique = distinct(single, said)
    contracts = []
    for (start, end), rows in periods(unique):
        # Files need not be in order of time; at one instant an order's actions are, by revision.
        first = pl.col("row").min().over("ts_event", "order")
        ordered = rows.with_row_index("row").sort("ts_event", first, "revision", "row")
        names = pl.concat([ordered["order"], ordered["parent"].drop_nulls()]).unique(
            maintain_order=True
        )
        numbers = {name: number for number, name in enumerate(names, 1)}
        actions = ordered.select(
            "ts_event",
            *(
                pl.col(name).replace_strict(numbers, return_dtype=pl.Int64)
                for name in ("order", "parent")
            ),
            pl.col("side").replace_strict({"BUY": BUY, "SELL": SELL}, return_dtype=pl.Int8),
            "action",
            "price",
            "lots",
        )
        contracts.append(Contract(start, end, actions))
    return OrderHistory(
        tuple(contracts),
        quarantined,
        repeated=single.height - unique.height,
        blocks=table.height - single.height,
    )


def from_lifetimes(
    table: pl.DataFrame, quarantined: tuple[tuple[str, Quarantined], ...]
) -> OrderHistory:
    """Return the history of orders of which only lifetimes are told."""
    said = ["initial", "side", "ts_event", "ts_end", "price", "lots"]
    unique = distinct(table, said)
    contracts = []
    for (start, end), rows in periods(unique):
        ordered = rows.sort("ts_event", maintain_order=True)
        actions = matched(ordered)
        frame = pl.DataFrame(
            [(one.ts, one.order, None, *one[2:]) for one in actions],
            schema=ACTION_TYPES,
            orient="row",
        )
        contracts.append(Contract(start, end, frame))
    return OrderHistory(tuple(contracts), quarantined, repeated=table.height - unique.height)


def distinct(table: pl.DataFrame, said: list[str]) -> pl.DataFrame:
    """Return the first of rows that say the same of a delivery period, in the order they came."""
    return table.unique(
        ["delivery_start", "delivery_end", *said], keep="first", maintain_order=True
    )


def periods(table: pl.DataFrame) -> Iterator[tuple[tuple[int, int], pl.DataFrame]]:
    """Yield delivery periods with their rows, in order of time."""
    parts = table.partition_by("delivery_start", "delivery_end", as_dict=True)
    for start, end in sorted(parts):
        yield (start, end), parts[start, end]


def matched(lifetimes: pl.DataFrame) -> list[Action]:
    """Return the actions of orders that come, match by price and time, and end."""
    sides = {"BUY": BUY, "SELL": SELL}
    # At one instant orders end before others come.
    moments: list[tuple[int, int, int, tuple[int, int, int] | None]] = []
    columns = lifetimes.select("side", "price", "lots", "ts_event", "ts_end")
    for number, (side, price, lots, begin, end) in enumerate(columns.iter_rows(), 1):
        moments.append((begin, 1, number, (sides[side], price, lots)))
        if end is not None:
            # One that ends as it begins takes what is there and does not rest.
            moments.append((end, 0 if end > begin else 2, number, None))
    book = MatchingBook()
    actions: list[Action] = []
    for ts, _, number, terms in sorted(moments, key=lambda one: one[:3]):
        actions += book.remove(ts, number) if terms is None else book.enter(ts, number, *terms)
    return actions
