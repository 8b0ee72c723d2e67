"""The price of a power purchase agreement: fixed, escalating, indexed or the market's, in a collar.

Every price knows its `level`, the one number that a negotiation moves, so that a fair price can be
found for any of them.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.contracts.periods import contract_years, group_starts
from wattbook.errors import InputError

__all__ = ["Collar", "EscalatingPrice", "FixedPrice", "IndexedPrice", "MarketPrice", "PpaPrice"]

Floats: TypeAlias = NDArray[np.float64]
Days: TypeAlias = NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """One price for all of the contract.

    Parameters
    ----------
    price : float, money a MWh
    """

    price: float

    @property
    def level(self) -> float:
        """The price."""
        return self.price

    def at_level(self, level: float) -> FixedPrice:
        """Return the terms at another price."""
        return FixedPrice(level)

    def of(self, days: Days, spot: Floats) -> Floats:
        """Return the price of each period, money a MWh."""
        del spot
        return np.full(len(days), self.price)


@dataclass(frozen=True, slots=True)
class EscalatingPrice:
    """A price that rises by a share on each anniversary, compounded.

    Parameters
    ----------
    price : float, money a MWh
        Of the first contract year.
    rate : float
        Share of a year; 0.02 is 2 %.
    start : date
        First day of the contract.

    Examples
    --------
    >>> price = EscalatingPrice(50.0, 0.02, dt.date(2026, 7, 1))
    >>> price.of(np.array(["2027-06-30", "2027-07-01"], "M8[D]"), np.zeros(2))
    array([50., 51.])
    """

    price: float
    rate: float
    start: dt.date

    def __post_init__(self) -> None:
        if not self.rate > -1.0:
            raise InputError(f"PPA price rate {self.rate}; give a share of a year above -1")

    @property
    def level(self) -> float:
        """The price of the first year."""
        return self.price

    def at_level(self, level: float) -> EscalatingPrice:
        """Return the terms at another price of the first year."""
        return replace(self, price=level)

    def of(self, days: Days, spot: Floats) -> Floats:
        """Return the price of each period, money a MWh."""
        del spot
        years = contract_years(days, self.start).astype(np.float64)
        made: Floats = self.price * (1.0 + self.rate) ** years
        return made


@dataclass(frozen=True, slots=True)
class IndexedPrice:
    """A price of which a share follows an index month by month.

    Parameters
    ----------
    price : float, money a MWh
        Where the index stands at `base`.
    base : float
    index : tuple of (date, float)
        First day of a month and the index that holds in it; published index values are final when
        they stand here, so lags are applied before.
    share : float, optional
        How much of the price follows; the rest is fixed.

    Examples
    --------
    >>> cpi = ((dt.date(2027, 1, 1), 110.0),)
    >>> IndexedPrice(50.0, 100.0, cpi, share=0.5).of(np.array(["2027-01-31"], "M8[D]"), np.zeros(1))
    array([52.5])
    """

    price: float
    base: float
    index: tuple[tuple[dt.date, float], ...]
    share: float = 1.0

    def __post_init__(self) -> None:
        if not self.base > 0.0:
            raise InputError(f"PPA price index base {self.base}; give the index of the base month")
        if not 0.0 <= self.share <= 1.0:
            raise InputError(f"PPA price index share {self.share}; give 0 to 1")

    @property
    def level(self) -> float:
        """The price at the base of the index."""
        return self.price

    def at_level(self, level: float) -> IndexedPrice:
        """Return the terms at another price at the base."""
        return replace(self, price=level)

    def of(self, days: Days, spot: Floats) -> Floats:
        """Return the price of each period, money a MWh.

        Raises
        ------
        InputError
            If the index of a month is not known; names the month.
        """
        del spot
        known = {month.strftime("%Y-%m"): value for month, value in self.index}
        months, place = np.unique(days.astype("datetime64[M]"), return_inverse=True)
        values = []
        for month in months.astype(str).tolist():
            if month not in known:
                raise InputError(
                    f"PPA price index has no value for {month}; add it, or settle up to the month "
                    "before"
                )
            values.append(known[month])
        ratio = np.array(values)[place] / self.base
        made: Floats = self.price * (1.0 - self.share + self.share * ratio)
        return made


@dataclass(frozen=True, slots=True)
class MarketPrice:
    """The day-ahead price of each period less a fee: a route to market, mostly in a collar.

    Parameters
    ----------
    fee : float, money a MWh, optional
    share : float, optional
        Of the day-ahead price.
    """

    fee: float = 0.0
    share: float = 1.0

    @property
    def level(self) -> float:
        """Minus the fee: a higher level pays the seller more, as with the other prices."""
        return -self.fee

    def at_level(self, level: float) -> MarketPrice:
        """Return the terms at another fee."""
        return replace(self, fee=-level)

    def of(self, days: Days, spot: Floats) -> Floats:
        """Return the price of each period, money a MWh; as many rows as `spot`."""
        del days
        made: Floats = self.share * spot - self.fee
        return made


PpaPrice: TypeAlias = FixedPrice | EscalatingPrice | IndexedPrice | MarketPrice
"""How the price of a PPA is made."""


@dataclass(frozen=True, slots=True)
class Collar:
    """The least and the most that is paid a MWh.

    Parameters
    ----------
    floor, cap : float, money a MWh, optional
    over : {"period", "month"}, optional
        What keeps the bounds: the price of each delivery period, or its average over a local month,
        weighted by the volume delivered. An average is moved by the same amount in all its periods,
        so that single prices may lie outside.
    """

    floor: float = -math.inf
    cap: float = math.inf
    over: Literal["period", "month"] = "period"

    def __post_init__(self) -> None:
        if not self.floor <= self.cap:
            raise InputError(
                f"PPA collar has a floor of {self.floor} above its cap of {self.cap}; swap them"
            )
        if self.over not in {"period", "month"}:
            raise InputError(f"PPA collar is over {self.over!r}; use period or month")

    def bound(self, price: Floats, volume: Floats, months: Days) -> Floats:
        """Return prices within the collar.

        Parameters
        ----------
        price, volume : ndarray of shape (n,) or (scenarios, n), money a MWh and MWh
        months : ndarray of datetime64[M], shape (n,)
        """
        if self.over == "period":
            return np.clip(price, self.floor, self.cap)
        if math.isinf(self.floor) and math.isinf(self.cap):
            return price
        first = group_starts(months)
        taken = np.add.reduceat(volume, first, axis=-1)
        paid = np.add.reduceat(price * volume, first, axis=-1)
        # A month without volume has no average to bound.
        average = np.divide(paid, taken, out=np.zeros_like(paid), where=taken > 0.0)
        moved = np.where(taken > 0.0, np.clip(average, self.floor, self.cap) - average, 0.0)
        counts = np.diff(np.append(first, len(months)))
        made: Floats = price + np.repeat(moved, counts, axis=-1)
        return made
