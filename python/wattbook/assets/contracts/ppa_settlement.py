"""Settlement of a power purchase agreement by delivery period, exact to the cent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts.money import EXACT_SCALE, cents, decimals, products
from wattbook.assets.contracts.periods import (
    delivery_columns,
    group_starts,
    months_of,
    period_column,
)
from wattbook.assets.contracts.ppa import Ppa, lines
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = ["PpaSettlement", "settle_ppa"]

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class PpaSettlement:
    """An agreement settled over delivery periods.

    Parameters
    ----------
    ppa : Ppa
    table : polars.DataFrame
        A row a delivery period: ``delivery_start``, ``delivery_end`` (UTC), ``month`` (local),
        ``production_mwh``, ``lost_mwh``, ``volume_mwh``, ``excess_mwh``, ``spot_price``, ``price``,
        ``reference_price``, ``is_suspended``, ``shortfall_amount``, ``availability_damages``,
        ``amount_exact`` (1e-12 money) and ``amount`` (cents). Above zero the buyer pays the seller.
    """

    ppa: Ppa
    table: pl.DataFrame

    def invoices(self) -> pl.DataFrame:
        """Return a row a month: hours, volumes, mean price paid and the amount due, to the cent."""
        hours = (pl.col("delivery_end") - pl.col("delivery_start")).dt.total_seconds() / 3_600
        volume = pl.col("volume_mwh") + pl.col("excess_mwh")
        return (
            self.table.group_by("month", maintain_order=True)
            .agg(
                hours.sum().alias("hours"),
                hours.filter(pl.col("is_suspended")).sum().alias("suspended_hours"),
                pl.col("production_mwh", "lost_mwh", "volume_mwh", "excess_mwh").sum(),
                volume.sum().alias("delivered_mwh"),
                pl.col("shortfall_amount", "availability_damages", "amount_exact", "amount").sum(),
            )
            .with_columns(
                pl.when(pl.col("delivered_mwh") > 0)
                .then(pl.col("amount").cast(pl.Float64) / pl.col("delivered_mwh"))
                .alias("amount_per_mwh")
            )
        )

    @property
    def amount(self) -> Decimal:
        """What all invoices come to."""
        total = self.table["amount"].sum()
        return Decimal(total)


def settle_ppa(
    ppa: Ppa, grid: CurveGrid, spot: Floats, production: Floats, lost: Floats | None = None
) -> PpaSettlement:
    """Return the settlement of `ppa` over the periods of `grid`.

    Prices and volumes are taken to 1e-6, a product of both is exact, and each month's rows add up
    to its sum rounded once, half to even. Settle the whole term, or whole months with the day
    before and after where the agreement has a clause on negative prices.

    Parameters
    ----------
    ppa : Ppa
    grid : CurveGrid
        Quarter-hours or hours of whole local days.
    spot : ndarray of shape (n,), money a MWh
        Day-ahead price of each period.
    production : ndarray of shape (n,), MWh
        Metered.
    lost : ndarray of shape (n,), MWh, optional
        What outages of the plant's own kept it from producing; needed where its availability is
        guaranteed.

    Raises
    ------
    InputError
        As `lines`; without `lost` where it is needed; or if there are scenarios instead of one
        outcome.

    Examples
    --------
    >>> import datetime as dt
    >>> from wattbook.assets.contracts import FixedPrice, PayAsProduced
    >>> from wattbook.market.curves import curve_grid
    >>> day = curve_grid("DE-LU", dt.date(2027, 10, 31), dt.date(2027, 11, 1), "hour")
    >>> ppa = Ppa("wind", dt.date(2027, 1, 1), FixedPrice(50.0), PayAsProduced())
    >>> settle_ppa(ppa, day, np.full(25, 40.0), np.full(25, 1.5)).amount
    Decimal('1875.00')
    """
    production = period_column(grid, "production", production)
    spot = period_column(grid, "spot", spot)
    if spot.ndim != 1 or production.ndim != 1:
        raise InputError(
            f"PPA {ppa.name}: {spot.shape} prices and {production.shape} productions; settle one "
            "outcome, and value scenarios with scenario_values"
        )
    if ppa.availability is not None and lost is None:
        raise InputError(
            f"PPA {ppa.name} guarantees an availability of {ppa.availability.share:g}; give what "
            "outages lost in each period, zero where nothing was"
        )
    found = lines(ppa, grid, spot, production, lost)
    units = [
        0 if is_suspended else energy + excess
        for is_suspended, energy, excess in zip(
            found.is_suspended.tolist(),
            net_products(found.volume, found.price, found.reference),
            products(found.excess, found.excess_price),
            strict=True,
        )
    ]
    owed = products(np.ones(len(grid)), found.shortfall)
    damages = products(np.ones(len(grid)), found.damages)
    units = [unit - one - other for unit, one, other in zip(units, owed, damages, strict=True)]
    months = months_of(grid)
    first = np.append(group_starts(months), len(grid)).tolist()
    paid = [one for begin, end in pairwise(first) for one in cents(units[begin:end])]
    table = pl.DataFrame(
        {
            **delivery_columns(grid),
            "month": months.astype("datetime64[D]"),
            "production_mwh": production,
            "lost_mwh": np.zeros(len(grid)) if lost is None else lost,
            "volume_mwh": found.volume,
            "excess_mwh": found.excess,
            "spot_price": spot,
            "price": found.price,
            "reference_price": found.reference,
            "is_suspended": found.is_suspended,
            "shortfall_amount": decimals(owed, EXACT_SCALE),
            "availability_damages": decimals(damages, EXACT_SCALE),
            "amount_exact": decimals(units, EXACT_SCALE),
            "amount": decimals(paid, 2),
        }
    )
    return PpaSettlement(ppa, table)


def net_products(volume: Floats, price: Floats, reference: Floats) -> list[int]:
    """Return volume times the price less the reference, each taken to 1e-6 first."""
    gross, off = products(volume, price), products(volume, reference)
    return [one - other for one, other in zip(gross, off, strict=True)]
