"""Structured trades at a close: whose they are, the prices of their indices, and their risk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import InputError, StoreError
from wattbook.portfolio.book import (
    EXERCISED,
    FLOWS,
    INDEX_PRICES,
    CloseInputs,
    Flow,
    StructuredInputs,
    Trade,
    TradeBook,
    decisions,
    flow_rows,
    flows_of,
    structured_values,
)
from wattbook.portfolio.book.fpml import Party
from wattbook.portfolio.book.structured import PastMarket
from wattbook.portfolio.book.volumes import unit_of
from wattbook.runtime.contract.data import read_table
from wattbook.runtime.desk.spec.bounds import Bounds

__all__ = [
    "LeftOut",
    "StructuredSpec",
    "index_pnl",
    "index_prices",
    "own_flows",
    "read_structured",
    "structured_inputs",
]

Floats = NDArray[np.float64]
Correlation = Annotated[Decimal, Bounds(least=-1, most=1)]
PRICE_MAX = 1e9
FILES = ("flows", "indices", "exercised")
"""Where a close keeps its `StructuredInputs`."""
PAID_WITHIN = dt.timedelta(days=62)
"""After its last delivery, a trade that is not valued may still be owed."""
NEEDED = ("index", "month", "price", "currency", "unit")


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuredSpec:
    """``[structured]``: which party of a structured trade the desk is, and whose book it is in.

    Parameters
    ----------
    party : tuple of str
        Names or identifiers of the desk in documents.
    book : str
        Of trades that `books` does not name.
    books : tuple of (str, str)
        Deal and book.
    zones : tuple of (str, str)
        A time zone as documents write it, and its IANA name.
    time_zone : str, optional
        IANA zone of the days whose hours a document counts without saying where.
    correlations : tuple of (str, str, Decimal), optional
        Two indices and the correlation of their prices, for options that exchange them.
    """

    party: tuple[str, ...]
    book: str
    books: tuple[tuple[str, str], ...] = ()
    zones: tuple[tuple[str, str], ...] = ()
    time_zone: str = "UTC"
    correlations: tuple[tuple[str, str, Correlation], ...] = ()

    @property
    def known_zones(self) -> dict[str, str]:
        """The zones as `flows_of` takes them."""
        return {**dict(self.zones), "": self.time_zone}

    def correlation(self, indices: Collection[str]) -> float | None:
        """Return the correlation of two indices, none where it is not told."""
        told = {frozenset((one, two)): float(value) for one, two, value in self.correlations}
        return told.get(frozenset(indices))

    def ours(self, trade: Trade) -> Party:
        """Return the party of a trade that the desk is.

        Raises
        ------
        InputError
            If it is none of them, or both.
        """
        found = [one for one in trade.parties if {one.name, one.identifier} & set(self.party)]
        if len(found) != 1:
            raise InputError(
                f"its parties are {trade.between}, of which the desk is {len(found) or 'none'}; "
                "name one under party in [structured] of the reference"
            )
        return found[0]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A structured deal that a close does not value, and why."""

    deal: str
    reason: str


def index_prices(path: Path | None, day: dt.date, before: pl.DataFrame) -> pl.DataFrame:
    """Return the prices of indices at a close: those of a file, and the last ones of others.

    Parameters
    ----------
    path : Path or None
        CSV or Parquet with ``index``, ``month`` (2026-07), ``price``, ``currency``, ``unit`` and,
        for options, ``volatility`` (lognormal) or ``normal_volatility`` (money a unit), a root of
        a year.
    day : date
    before : polars.DataFrame
        Columns of `INDEX_PRICES`: of the close before.

    Raises
    ------
    InputError
        If a column is missing, a value does not fit, or a month stands twice; names the row.
    """
    if path is None:
        return before
    table = read_table(path)
    lacking = [name for name in NEEDED if name not in table.columns]
    if lacking:
        raise InputError(f"{path} lacks the column {lacking[0]}; give {', '.join(NEEDED)}")
    volatilities = ("volatility", "normal_volatility")
    text = pl.col("month").cast(pl.String).str.slice(0, 7) + "-01"
    try:
        rows = table.select(
            pl.col("index").cast(pl.String),
            text.str.to_date("%Y-%m-%d", strict=False).alias("month"),
            pl.col("price").cast(pl.Float64),
            pl.col("currency").cast(pl.String),
            pl.col("unit").cast(pl.String).map_elements(unit_of, pl.String),
            *(
                (pl.col(name) if name in table.columns else pl.lit(None))
                .cast(pl.Float64)
                .alias(name)
                for name in volatilities
            ),
            as_of=pl.lit(day),
        ).with_row_index("row", offset=2)
    except pl.exceptions.PolarsError as fault:
        raise InputError(
            f"{path}: {str(fault).splitlines()[0]}; give numbers, and months such as 2026-07"
        ) from fault
    bad = rows.filter(
        pl.any_horizontal(pl.col(*NEEDED).is_null())
        | ~pl.col("price").is_between(-PRICE_MAX, PRICE_MAX)
    )
    if bad.height:
        raise InputError(
            f"{path}, row {bad['row'][0]}: a value is missing or none that fits; give numbers, and "
            "months such as 2026-07"
        )
    both = [pl.col(name).is_not_null() for name in volatilities]
    odd = rows.filter(
        (both[0] & both[1])
        | ~pl.col("volatility").fill_null(0.1).is_between(0.0, 10.0)
        | ~pl.col("normal_volatility").fill_null(0.1).is_between(0.0, PRICE_MAX)
    )
    if odd.height:
        raise InputError(
            f"{path}, row {odd['row'][0]}: give one of volatility (0 to 10) and normal_volatility "
            "(from 0)"
        )
    twice = rows.filter(pl.struct("index", "month").is_duplicated()).sort("index", "month")
    if twice.height:
        raise InputError(
            f"{path}, rows {twice['row'][0]} and {twice['row'][1]}: {twice['index'][0]!r} in "
            f"{twice['month'][0]:%Y-%m}; keep the row that counts"
        )
    found = rows.drop("row")
    kept = before.join(found, on=("index", "month"), how="anti")
    return pl.concat([found.select(*INDEX_PRICES), kept]).sort("index", "month")


def structured_inputs(
    trades: TradeBook,
    spec: StructuredSpec | None,
    counterparties: Collection[str],
    day: dt.date,
    prices: pl.DataFrame,
    fx: Mapping[str, float],
    before: StructuredInputs,
    past: PastMarket,
) -> tuple[StructuredInputs, tuple[LeftOut, ...]]:
    """Return what a close takes of structured trades, and which it leaves out.

    Months that were delivered before their index had a price are left out of a trade, as what was
    delivered before the first close of a place is of other deals.

    Parameters
    ----------
    trades : TradeBook
    spec : StructuredSpec or None
        Of the reference.
    counterparties : collection of str
        Of the reference.
    day : date
    prices : polars.DataFrame
        Columns of `INDEX_PRICES`.
    fx : mapping of str to float
    before : StructuredInputs
        Of the close before: its decisions of expired options stand.
    past : callable
        As for `decisions`.
    """
    made, left = [pl.DataFrame(schema=FLOWS)], []
    for deal, version, trade in trades.standing():
        if trade.trade_date > day:
            continue
        try:
            flows = known_flows(deal, version, trade, spec, counterparties, day, prices)
            one = StructuredInputs(flows, prices, before.exercised)
            structured_values(one, one, day, fx)
        except InputError as fault:
            if trade.end > day - PAID_WITHIN:
                left.append(LeftOut(deal, str(fault).removeprefix(f"deal {deal} ")))
            continue
        made.append(flows)
    found = StructuredInputs(pl.concat(made), prices)
    return replace(found, exercised=decisions(found, day, fx, before.exercised, past)), tuple(left)


def known_flows(
    deal: str,
    version: int,
    trade: Trade,
    spec: StructuredSpec | None,
    counterparties: Collection[str],
    day: dt.date,
    prices: pl.DataFrame,
) -> pl.DataFrame:
    """Return the flows of a trade whose months have prices, or could have one still.

    Raises
    ------
    InputError
        If it is not the desk's, its other party is unknown, or it cannot be told by month.
    """
    flows, counterparty, book = own_flows(deal, trade, spec, counterparties)
    table = flow_rows(
        flows,
        deal=deal,
        version=version,
        trade_date=trade.trade_date,
        book=book,
        counterparty=counterparty,
    )
    unpriced = table.filter(pl.col("index") != "").join(prices, on=("index", "month"), how="anti")
    past = [
        month
        for month in unpriced["month"].unique().to_list()
        if (month + dt.timedelta(days=32)).replace(day=1) <= day + dt.timedelta(days=1)
    ]
    is_premium = (pl.col("index") == "") & (pl.col("exercise") == 0) & (pl.lit(trade.option != ""))
    known = table.filter(~pl.col("month").is_in(past) | is_premium)
    # With all its months behind it, what was paid for it is behind it too.
    return known if known.filter(~is_premium).height else known.clear()


def own_flows(
    deal: str, trade: Trade, spec: StructuredSpec | None, counterparties: Collection[str]
) -> tuple[tuple[Flow, ...], str, str]:
    """Return the flows of a trade as the desk sees them, its counterparty and its book.

    Raises
    ------
    InputError
        If it is not the desk's, its other party is unknown, or it cannot be told by month.
    """
    if spec is None:
        raise InputError(
            "the reference does not say which party the desk is; add [structured] with party, book"
        )
    ours = spec.ours(trade)
    others = [one for one in trade.parties if one is not ours]
    other = next((one for one in others if one.name in counterparties), None)
    if other is None:
        names = " and ".join(one.name or one.identifier for one in others)
        raise InputError(
            f"{names or 'nobody'} is no counterparty of the reference; add it with "
            "`wattbook book init`"
        )
    flows = flows_of(trade, ours.reference, spec.known_zones)
    exchanged = {one.index for one in flows if one.index and one.exercise}
    if len(exchanged) == 2:
        correlation = spec.correlation(exchanged)
        flows = tuple(replace(one, correlation=correlation) for one in flows)
    return flows, other.name, dict(spec.books).get(deal, spec.book)


def index_pnl(now: CloseInputs, history: Sequence[pl.DataFrame]) -> dict[str, Floats]:
    """Return what structured trades earn in each change from close to close, by book.

    Each change moves the prices of the indices and months that both closes knew; trades are valued
    anew at them. A lognormal price that a change moves to zero or below leaves an option with what
    its exercise brings.

    Parameters
    ----------
    now : CloseInputs
    history : sequence of polars.DataFrame
        Index prices of each close, oldest first, the last that of the close.
    """
    held, prices = now.structured, now.structured.prices
    if not held.flows.height:
        return {}
    books = held.flows["book"].to_numpy()
    start = structured_values(held, held, now.day, now.fx)
    made = {str(book): np.zeros(max(len(history) - 1, 0)) for book in sorted(set(books))}
    keys = ("index", "month", "currency", "unit")
    for at, (old, new) in enumerate(pairwise(history)):
        change = new.join(old, on=keys, suffix="_old").select(
            *keys, change=pl.col("price") - pl.col("price_old")
        )
        moved = prices.join(change, on=keys, how="left", maintain_order="left").with_columns(
            price=pl.col("price") + pl.col("change").fill_null(0.0)
        )
        there = replace(held, prices=moved.drop("change"))
        gain = structured_values(held, there, now.day, now.fx, falls_back=True) - start
        for book, pnl in made.items():
            pnl[at] = gain[books == book].sum()
    return made


def read_structured(folder: Path) -> StructuredInputs:
    """Return the structured trades that a close froze, none if it knew none.

    Raises
    ------
    StoreError
        If they cannot be read.
    """
    if not (folder / "flows.parquet").is_file():
        return StructuredInputs.nothing()
    try:
        flows, prices, exercised = (pl.read_parquet(folder / f"{name}.parquet") for name in FILES)
        if "correlation" not in flows.columns:
            # Frozen before options could exchange two prices.
            flows = flows.with_columns(correlation=pl.lit(None, FLOWS["correlation"]))
        if "version" not in exercised.columns:
            # Frozen when an amendment was decided as what it amended.
            versions = flows.select("deal", "version").unique()
            exercised = exercised.join(versions, on="deal", how="left", maintain_order="left")
            exercised = exercised.with_columns(pl.col("version").fill_null(0)).select(*EXERCISED)
        return StructuredInputs(flows, prices, exercised)
    except (OSError, pl.exceptions.PolarsError) as fault:
        raise StoreError(
            f"{folder} cannot be read ({fault}); put back a copy of the close"
        ) from fault
