"""What became of positions in futures: cascades, what is delivered, what settled on the spot."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl

from wattbook.assets.contracts import (
    FuturesPosition,
    cascade,
    delivery_table,
    energy_mwh,
    final_settlement,
)
from wattbook.assets.contracts.money import cents, decimals
from wattbook.domain.instants import local_time
from wattbook.domain.numbers import Money, Price
from wattbook.errors import InputError
from wattbook.market.curves import curve_grid
from wattbook.runtime.contract.data import on_grid
from wattbook.runtime.contract.holdings import Expiry, Futures

__all__ = ["FuturesBooks", "cascaded"]

CENT = 36_000_000_000_000
"""Units of `Money` in a cent."""
SETTLES = ("month", "week", "weekend", "day")
"""Contracts that end on the average of the spot price of their delivery."""


@dataclass(frozen=True, slots=True, eq=False)
class FuturesBooks:
    """Positions in futures, and what they came to.

    Parameters
    ----------
    file : Futures
    cascades : polars.DataFrame
        A row a contract that replaced another: ``ended``, ``product``, ``volume_mw``,
        ``energy_mwh``, ``entry_price`` (the final settlement price), ``settlement_price``, ``pnl``
        of that day; and for the contract that ended its own, from its entry to the final price.
    positions : polars.DataFrame
        What is open, a row a position: ``product``, ``volume_mw``, ``energy_mwh``,
        ``entry_price``, ``value`` (at entry), ``spot_average``, ``settled`` (null until all of its
        spot prices are there).
    deliveries : polars.DataFrame
        As `delivery_table`, with ``place``.
    energy_begin, energy_end : Fraction, MWh
        Before and after all cascades: equal.
    """

    file: Futures
    cascades: pl.DataFrame
    positions: pl.DataFrame
    deliveries: pl.DataFrame
    energy_begin: Fraction
    energy_end: Fraction

    def total(self, column: str) -> Decimal:
        """Return what a column of money of cascades (``pnl``) or positions comes to."""
        table = self.cascades if column == "pnl" else self.positions
        return Decimal(table[column].sum() or 0)


def cascaded(found: Futures) -> FuturesBooks:
    """Return what became of a file's positions.

    Raises
    ------
    InputError
        If an expiry is of a contract that is not held or does not cascade, a price is missing, or
        spot prices do not fit; names it.
    """
    held = list(found.positions)
    rows: list[tuple[str, FuturesPosition, Price, Money]] = []
    for expiry in found.expiries:
        held = after_expiry(held, expiry, found, rows)
    return FuturesBooks(
        found,
        cascade_table(rows),
        position_table(held, found),
        deliveries_of(held, found),
        energy_mwh(found.positions),
        energy_mwh(held),
    )


def after_expiry(
    held: Sequence[FuturesPosition],
    expiry: Expiry,
    found: Futures,
    rows: list[tuple[str, FuturesPosition, Price, Money]],
) -> list[FuturesPosition]:
    """Return the positions after a contract has ended; its rows are added."""
    if expiry.product not in {str(one.product) for one in held}:
        raise InputError(
            f"contract {found.head.name!r}: {expiry.product} ended, of which no position is held "
            "then; leave the [[expiry]] out, or move it behind that of the contract it comes from"
        )
    left: list[FuturesPosition] = []
    for one in held:
        if str(one.product) != expiry.product:
            left.append(one)
            continue
        at_final = Money.of_delivery(expiry.final_price, one.volume, one.product.delivery_seconds)
        rows.append((expiry.product, one, expiry.final_price, at_final - one.value))
        for leg in cascade(one, found.spec.exchange, expiry.final_price, expiry.prices):
            price = expiry.prices[str(leg.position.product)]
            rows.append((expiry.product, leg.position, price, leg.pnl))
            left.append(leg.position)
    return left


def cascade_table(rows: Sequence[tuple[str, FuturesPosition, Price, Money]]) -> pl.DataFrame:
    """Return a row a position that ended or came; P&L adds up to the rounded sum of exact ones."""
    return pl.DataFrame(
        {
            "ended": pl.Series([ended for ended, *_ in rows], dtype=pl.String),
            **of_positions([one for _, one, *_ in rows]),
            "settlement_price": prices([price for _, _, price, _ in rows]),
            "pnl": decimals(cents([pnl.units for *_, pnl in rows], CENT), 2),
        }
    )


def of_positions(held: Sequence[FuturesPosition]) -> dict[str, pl.Series]:
    """Return the columns that tell positions."""
    return {
        "product": pl.Series([str(one.product) for one in held], dtype=pl.String),
        "volume_mw": decimals([one.volume.millionths for one in held], 6),
        "energy_mwh": pl.Series([float(energy_mwh([one])) for one in held], dtype=pl.Float64),
        "entry_price": prices([one.price for one in held]),
    }


def prices(values: Sequence[Price]) -> pl.Series:
    """Return prices as exact decimals."""
    return decimals([price.millionths for price in values], 6)


def position_table(held: Sequence[FuturesPosition], found: Futures) -> pl.DataFrame:
    """Return a row an open position, settled as far as spot prices are there."""
    settled = [spot_settlement(one, found) for one in held]
    paid = iter(cents([done[1].units for done in settled if done is not None], CENT))
    money = pl.Decimal(38, 2)
    return pl.DataFrame(
        {
            **of_positions(held),
            "value": decimals(cents([one.value.units for one in held], CENT), 2),
            "spot_average": pl.Series(
                [None if done is None else Decimal(str(done[0])) for done in settled],
                dtype=pl.Decimal(38, 6),
            ),
            "settled": pl.Series(
                [None if done is None else Decimal(next(paid)).scaleb(-2) for done in settled],
                dtype=money,
            ),
        }
    )


def spot_settlement(one: FuturesPosition, found: Futures) -> tuple[Price, Money] | None:
    """Return final price and money of a position, if all spot prices of its delivery are there."""
    spec, product = found.spec, one.product
    if spec.spot_file is None or product.tenor not in SETTLES:
        return None
    zone = product.time_zone
    # Delivery days of gas, and of power in Britain, begin at another hour: one more on each side.
    first = local_time(product.delivery_start, zone).date() - dt.timedelta(days=1)
    after = local_time(product.delivery_end, zone).date() + dt.timedelta(days=2)
    grid = curve_grid(product.place, first, after, spec.spot_step)
    file = found.folder / Path(spec.spot_file)
    (spot,) = on_grid(grid, file, "delivery_start", {"price": False})
    low, high, delivers = grid.delivers(product)
    is_there = np.isfinite(spot[low:high][delivers])
    if not is_there.all():
        return None
    whole = np.where(np.isfinite(spot), spot, 0.0)
    return final_settlement(one, grid, whole, step=str(spec.price_step))


def deliveries_of(held: Sequence[FuturesPosition], found: Futures) -> pl.DataFrame:
    """Return what all positions deliver, a row a place and period."""
    places = sorted({one.product.place for one in held})
    return pl.concat(
        delivery_table(
            [one for one in held if one.product.place == place], found.spec.deliveries
        ).with_columns(place=pl.lit(place))
        for place in places
    )
