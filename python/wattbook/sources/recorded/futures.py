"""US energy futures: daily settlements of generic contracts, and when each contract expires.

`CL01` is the nearest crude oil contract that still trades on that day, so the series changes
contract after each last trading day of the expiry table. `wattbook.market.roll` joins them.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import SourceError
from wattbook.sources.recorded.raw import columns

__all__ = ["PRODUCTS", "Contract", "FuturesProduct", "contracts", "settlements"]

CURVES = "futures/us_energy_futures_curves_2007_2023.parquet"
EXPIRIES = "futures/expiry_table.parquet"


@dataclass(frozen=True, slots=True)
class FuturesProduct:
    """A futures product by the prefix of its series.

    Parameters
    ----------
    prefix : str
        Of its series: ``CL``.
    name : str
        In words.
    expiry_key : str
        Its name in the expiry table.
    price_unit : str
        What the price is per, also the unit of volume.
    contract_size : float
        Units of volume in one contract.
    tick : str
        Smallest price step, USD per `price_unit`, as decimal text.
    months : int
        How many contracts of the curve are recorded.
    """

    prefix: str
    name: str
    expiry_key: str
    price_unit: str
    contract_size: float
    tick: str
    months: int


PRODUCTS = {
    product.prefix: product
    for product in (
        FuturesProduct("CL", "WTI crude oil", "cmewti", "bbl", 1_000.0, "0.01", 36),
        FuturesProduct("NG", "Henry Hub natural gas", "cmeng", "MMBtu", 10_000.0, "0.001", 36),
        FuturesProduct("HO", "NY Harbor ULSD", "cmeulsd", "gal", 42_000.0, "0.0001", 18),
        FuturesProduct("RB", "RBOB gasoline", "cmerbob", "gal", 42_000.0, "0.0001", 18),
    )
}
"""The products with recorded curves, by prefix."""


def settlements(
    data: Path | None, series: str
) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
    """Return trading days (datetime64[D]) and settlements of a generic contract, in file order.

    Parameters
    ----------
    data : Path or None
        The data folder.
    series : str
        Such as ``NG02``.

    Raises
    ------
    SourceError
        If the folder, the file or the series is not there.
    """
    found = columns(data, CURVES, ("date", "series", "value"))
    of_series = found["series"].astype(str) == series
    if not of_series.any():
        known = ", ".join(f"{p.prefix}01–{p.prefix}{p.months}" for p in PRODUCTS.values())
        message = f"{CURVES} has no series {series!r}; it has {known}"
        raise SourceError(message)
    return (
        found["date"][of_series].astype("datetime64[D]"),
        found["value"][of_series].astype(np.float64),
    )


@dataclass(frozen=True, slots=True)
class Contract:
    """One month of a futures product.

    Parameters
    ----------
    symbol : str
        Prefix, month letter and year: ``CLM20``.
    last_trade : numpy.datetime64
        Last trading day.
    first_delivery, last_delivery : numpy.datetime64
        Days of delivery, both included.
    """

    symbol: str
    last_trade: np.datetime64
    first_delivery: np.datetime64
    last_delivery: np.datetime64


def contracts(data: Path | None, product: FuturesProduct) -> tuple[Contract, ...]:
    """Return the contracts of `product` by last trading day.

    Raises
    ------
    SourceError
        If the folder, the file or the product is not there.
    """
    names = ("cmdty", "last_trade", "first_delivery", "last_delivery", "year", "month_letter")
    found = columns(data, EXPIRIES, names)
    rows = np.flatnonzero(found["cmdty"].astype(str) == product.expiry_key)
    if not rows.size:
        message = f"{EXPIRIES} has no product {product.expiry_key!r}; check the version of the file"
        raise SourceError(message)
    made = [
        Contract(
            symbol=product.prefix
            + f"{found['month_letter'][row]}{int(found['year'][row]) % 100:02}",
            last_trade=found["last_trade"][row].astype("datetime64[D]"),
            first_delivery=found["first_delivery"][row].astype("datetime64[D]"),
            last_delivery=found["last_delivery"][row].astype("datetime64[D]"),
        )
        for row in rows.tolist()
    ]
    return tuple(sorted(made, key=lambda contract: contract.last_trade))
