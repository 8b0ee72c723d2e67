"""Settles take or pay: volumes that were taken, an invoice a month, a bill at each year's end."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import polars as pl

from wattbook.assets.contracts.money import cents, decimals, products, rounded
from wattbook.assets.contracts.periods import contract_years, days_of, group_starts, months_of
from wattbook.assets.contracts.take_or_pay import TakeOrPay
from wattbook.assets.contracts.take_or_pay_bill import YearBill, check_days, year_bills
from wattbook.errors import InputError
from wattbook.runtime.contract.data import on_grid
from wattbook.runtime.contract.parse import CurveContract
from wattbook.runtime.contract.spec import TakeOrPaySpec

__all__ = ["SettledTake", "settle_take_or_pay", "terms_of"]

INFINITE = float("inf")


@dataclass(frozen=True, slots=True, eq=False)
class SettledTake:
    """A take-or-pay contract that was settled; amounts are the buyer's to pay.

    Parameters
    ----------
    contract : CurveContract
    days : polars.DataFrame
        ``day``, ``month``, ``year`` (from 1), ``taken_mwh``, ``price``, ``amount`` to the cent.
    bills : tuple of YearBill
        Of each whole contract year.
    invoices : polars.DataFrame
        A row a month: ``taken_mwh``, ``taken_amount``, and in the last month of a year
        ``deficiency_amount`` and ``make_up_amount``; ``amount`` is their sum.
    """

    contract: CurveContract
    days: pl.DataFrame
    bills: tuple[YearBill, ...]
    invoices: pl.DataFrame

    @property
    def amount(self) -> Decimal:
        """What the buyer pays in all."""
        return Decimal(self.invoices["amount"].sum())


def terms_of(spec: TakeOrPaySpec) -> TakeOrPay:
    """Return the terms of ``[take_or_pay]``."""
    return TakeOrPay(
        step_mwh=float(spec.step_mwh),
        day_mwh=(float(spec.day_least_mwh), float(spec.day_most_mwh)),
        year_mwh=(float(spec.year_least_mwh), float(spec.year_most_mwh)),
        pay_mwh=float(spec.pay_mwh),
        deficiency_share=float(spec.deficiency_share),
        make_up_share=float(spec.make_up_share),
        carry_from_mwh=INFINITE if spec.carry_from_mwh is None else float(spec.carry_from_mwh),
        carry_most_mwh=float(spec.carry_most_mwh),
    )


def settle_take_or_pay(found: CurveContract) -> SettledTake:
    """Return the settlement of the days that the file of ``[taken]`` tells.

    Days follow each other from the first of the contract; a contract year that is not whole has no
    bill yet.

    Raises
    ------
    InputError
        If there is no ``[taken]``, a day is missing between others, or takes what the terms do not
        allow.
    """
    spec, taken = found.terms, found.taken
    if not isinstance(spec, TakeOrPaySpec) or taken is None:
        raise InputError(
            f"contract {found.head.name!r} has no section [taken]; add it with file = a table of "
            "the energy of each day"
        )
    grid = found.grid()
    if grid.step != "day":
        raise InputError(f"contract {found.head.name!r}: take or pay has days; give step = 'day'")
    (volume,) = on_grid(grid, found.folder / taken.file, taken.start, {taken.energy: True})
    is_told = np.isfinite(volume)
    count = int(is_told.sum())
    if not count or not is_told[:count].all():
        missing = grid.days[int(np.argmin(is_told))] if count else grid.days[0]
        raise InputError(
            f"{taken.file} tells nothing of {missing}; give every day from the first one on"
        )
    volume = volume[:count]
    days, months = days_of(grid)[:count], months_of(grid)[:count]
    every = contract_years(days_of(grid), found.head.start)
    number = every[:count]
    lengths = np.bincount(every)
    prices = [float(spec.price) * (1.0 + float(spec.rate)) ** year for year in range(len(lengths))]
    price = np.round(np.array(prices), 6)[number]
    terms = terms_of(spec)
    by_year = [volume[number == year] for year in range(int(number[-1]) + 1)]
    whole = [one for one, length in zip(by_year, lengths, strict=False) if len(one) == length]
    bills = year_bills(terms, np.round(prices[: len(whole)], 6).tolist(), whole)
    if len(whole) < len(by_year):
        check_days(terms, len(whole) + 1, by_year[len(whole)])
    starts = group_starts(months).tolist()
    exact = products(volume, price)
    paid = [
        one
        for low, high in zip(starts, [*starts[1:], count], strict=True)
        for one in cents(exact[low:high])
    ]
    table = pl.DataFrame(
        {
            "day": days,
            "month": months.astype("datetime64[D]"),
            "year": number + 1,
            "taken_mwh": volume,
            "price": price,
        }
    ).with_columns(decimals(paid, 2).alias("amount"))
    return SettledTake(found, table, bills, invoices_of(table, bills))


def invoices_of(days: pl.DataFrame, bills: tuple[YearBill, ...]) -> pl.DataFrame:
    """Return an invoice a month; a year's bill is in that of its last month."""
    months = days.group_by("month", maintain_order=True).agg(
        pl.col("taken_mwh").sum(), pl.col("amount").sum().alias("taken_amount")
    )
    last = dict(days.group_by("year", maintain_order=True).agg(pl.col("month").last()).iter_rows())
    short, back = {}, {}
    for one in bills:
        month = last[one.year]
        short[month] = rounded(round(one.deficiency_amount * 10**6), 10**4)
        back[month] = rounded(round(one.make_up_amount * 10**6), 10**4)
    return months.with_columns(
        decimals([short.get(month, 0) for month in months["month"]], 2).alias("deficiency_amount"),
        decimals([back.get(month, 0) for month in months["month"]], 2).alias("make_up_amount"),
    ).with_columns(
        (pl.col("taken_amount") + pl.col("deficiency_amount") + pl.col("make_up_amount")).alias(
            "amount"
        )
    )
