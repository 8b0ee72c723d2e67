"""Forward prices of a close against a second source."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import InputError
from wattbook.portfolio.book import CloseInputs, index_positions, running_power
from wattbook.runtime.book.reference import BookReference
from wattbook.runtime.contract.data import read_table

__all__ = ["Verified", "index_names", "verified"]


@dataclass(frozen=True)
class Verified:
    """How prices agree with a second source.

    Parameters
    ----------
    table : polars.DataFrame
        ``product`` (or index and month), ``price`` of the curve or index, ``second``, ``apart``,
        ``is_good``; products whose delivery has begun are left out.
    unverified_share : float
        Share of the open positions' market value, period by period and without sign, that no good
        price of the second source covers.
    """

    table: pl.DataFrame
    unverified_share: float

    @property
    def failed(self) -> pl.DataFrame:
        """Prices that are further apart than the tolerance."""
        return self.table.filter(~pl.col("is_good"))


def verified(path: Path, now: CloseInputs, reference: BookReference) -> Verified:
    """Return how the prices of a close agree with the file at `path`.

    Its products are those of `DeliveryProduct`, or an index and month: ``TTF month 2027-04``.

    Raises
    ------
    InputError
        If a row is no product with a price, or its place has no curve; names the row.
    """
    table = read_table(path)
    if lacking := [name for name in ("product", "price") if name not in table.columns]:
        raise InputError(f"{path} lacks the column {lacking[0]}; give product and price")
    tolerance = float(reference.verification.tolerance)
    rows = []
    seen: dict[str, tuple[int, float]] = {}
    indices = index_names(now)
    covered_indices: set[str] = set()
    covered = {place: np.zeros(len(one.hours), np.bool_) for place, one in now.prices.items()}
    for number, (name, second) in enumerate(table.select("product", "price").iter_rows(), start=2):
        place = f"{path}, row {number}"
        try:
            product = None if name in indices else DeliveryProduct(str(name))
            price = float(second)
        except (InputError, TypeError, ValueError) as fault:
            raise InputError(f"{place}: {fault}; give a product and a number") from fault
        if not np.isfinite(price) or (product is not None and product.place not in now.prices):
            raise InputError(
                f"{place}: {name} at {second}; give a number for a place of which deals are made"
            )
        first, other = seen.setdefault(str(product or name), (number, price))
        if other != price:
            raise InputError(
                f"{place}: {name} is at {price} here and at {other} in row {first}; keep the one "
                "that counts"
            )
        if first != number:
            continue
        if product is None:
            own = indices[name]
            is_good = abs(own - price) <= tolerance
            rows.append((name, own, price, own - price, is_good))
            if is_good:
                covered_indices.add(name)
            continue
        there = now.prices[product.place]
        if product.delivery_start < there.open_from:
            # What is left of a delivery that has begun has another price than the whole.
            continue
        chosen = (there.start[:-1] >= product.delivery_start) & (
            there.start[1:] <= product.delivery_end
        )
        chosen &= there.delivers(product.load) > 0
        if not chosen.any():
            continue
        own = float(there.hours[chosen] @ there.price[chosen] / there.hours[chosen].sum())
        is_good = abs(own - price) <= tolerance
        rows.append((str(product), own, price, own - price, is_good))
        if is_good:
            covered[product.place] |= chosen
    made = pl.DataFrame(
        rows,
        schema={
            "product": pl.String,
            "price": pl.Float64,
            "second": pl.Float64,
            "apart": pl.Float64,
            "is_good": pl.Boolean,
        },
        orient="row",
    )
    return Verified(made, unverified(now, covered, covered_indices))


def index_names(now: CloseInputs) -> dict[str, float]:
    """Return the prices of indices by index and month."""
    return {
        f"{index} {month:%Y-%m}": price
        for index, month, price in now.structured.prices.select(
            "index", "month", "price"
        ).iter_rows()
    }


def unverified(
    now: CloseInputs, covered: Mapping[str, NDArray[np.bool_]], covered_indices: Collection[str]
) -> float:
    """Return the share of the open market value whose periods and indices are not covered."""
    total = missing = 0.0
    held = index_positions(now.structured, now.day, now.fx)
    for index, month, value in held.select("index", "month", "market_value").iter_rows():
        total += abs(value)
        missing += abs(value) * (f"{index} {month:%Y-%m}" not in covered_indices)
    for (_, place), power in running_power(now.deals, now.prices).items():
        there = now.prices[place]
        worth = np.abs(power * there.hours * there.price) * now.fx[there.currency]
        worth[there.start[:-1] < there.open_from] = 0.0
        total += float(worth.sum())
        missing += float(worth[~covered[place]].sum())
    return missing / total if total else 0.0
