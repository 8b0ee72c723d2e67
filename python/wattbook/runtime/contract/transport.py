"""Settles a right to ship against published prices: a row a period, an invoice a month."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np
import polars as pl

from wattbook.assets.contracts import settle_right
from wattbook.assets.contracts.money import cents, decimals
from wattbook.assets.contracts.periods import group_starts, months_of
from wattbook.domain.numbers import millionths
from wattbook.errors import InputError
from wattbook.market.curves import curve_grid
from wattbook.runtime.contract.data import on_grid
from wattbook.runtime.contract.parse import CurveContract
from wattbook.runtime.contract.run import days_within
from wattbook.runtime.contract.spec import TransportSpec
from wattbook.runtime.contract.worth import transport_right

__all__ = ["SettledRight", "settle_transport"]

CENT = 10_000
"""Millionths of a cent's currency in a cent."""
LINES = ("shipping", "sold", "capacity")
"""What an amount is made of, each a column of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class SettledRight:
    """A right to ship that was settled.

    Parameters
    ----------
    contract : CurveContract
    periods : polars.DataFrame
        As `settle_right`, each amount to the cent, with the local ``month``.
    invoices : polars.DataFrame
        A row a month: energy nominated and sold, and the amounts; rows add up to them.
    """

    contract: CurveContract
    periods: pl.DataFrame
    invoices: pl.DataFrame

    @property
    def amount(self) -> Decimal:
        """What the holder earned, less the capacity's price."""
        return Decimal(self.invoices["amount"].sum())


def settle_transport(
    found: CurveContract, first: dt.date | None = None, after: dt.date | None = None
) -> SettledRight:
    """Return the settlement of a right to ship over its days, or those from `first` to `after`.

    Amounts above zero are the holder's. Each line of a month is rounded once, half to even, and its
    periods add up to it.

    Raises
    ------
    InputError
        If the contract is no transport, has no ``[spot]``, or prices or nominations do not fit.
    """
    spec, spot = found.terms, found.spot
    if not isinstance(spec, TransportSpec):
        raise InputError(
            f"contract {found.head.name!r} is of kind {found.head.kind!r}, which is valued; settle "
            "one of kind 'ppa' or 'transport'"
        )
    if spot is None:
        raise InputError(
            f"contract {found.head.name!r} has no section [spot]; add it with file = a table of "
            "day-ahead prices of entry and exit"
        )
    first, after = days_within(found.head, first, after)
    grid = curve_grid(found.head.place, first, after, found.head.step)
    names = [spot.here, spot.there, *([] if spot.nominated is None else [spot.nominated])]
    columns = on_grid(grid, found.folder / spot.file, spot.start, dict.fromkeys(names, False))
    table = settle_right(transport_right(found, spec), grid, *columns)
    months = months_of(grid)
    bounds = np.append(group_starts(months), len(grid)).tolist()
    exact = {
        "shipping": millionths(table["shipping_amount"].to_numpy()).tolist(),
        "sold": millionths(table["sold_amount"].to_numpy()).tolist(),
        "capacity": [-one for one in millionths(table["capacity_cost"].to_numpy()).tolist()],
    }
    paid = {
        name: [one for low, high in pairwise(bounds) for one in cents(units[low:high], CENT)]
        for name, units in exact.items()
    }
    total = [sum(row) for row in zip(*paid.values(), strict=True)]
    periods = table.select(
        "delivery_start", "delivery_end", "here_price", "there_price", "nominated_mwh", "sold_mwh"
    ).with_columns(
        pl.Series("month", months.astype("datetime64[D]")),
        *(decimals(paid[name], 2).alias(f"{name}_amount") for name in LINES),
        decimals(total, 2).alias("amount"),
    )
    invoices = periods.group_by("month", maintain_order=True).agg(
        pl.col("nominated_mwh", "sold_mwh", *(f"{name}_amount" for name in LINES), "amount").sum()
    )
    return SettledRight(found, periods, invoices)
