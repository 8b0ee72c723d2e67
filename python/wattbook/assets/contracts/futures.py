"""What becomes of a position in futures: it cascades, settles on the spot average, and delivers.

Volumes, prices and money are exact. Which contracts replace which comes from the Rust crate
``curve``, and `Money` is that of the engine, so that a position here ends as it does there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.contracts.money import rounded
from wattbook.assets.contracts.periods import period_column
from wattbook.domain.calendars import DeliveryProduct, PartOfDay, intervals
from wattbook.domain.numbers import Money, Price, Volume, millionths
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid

__all__ = [
    "CascadedPosition",
    "FuturesPosition",
    "cascade",
    "delivery_table",
    "energy_mwh",
    "final_settlement",
    "fully_cascaded",
]

Floats: TypeAlias = NDArray[np.float64]
EXCHANGES = ("EEX", "ICE")
MILLION = 1_000_000
NANOS = 1_000_000_000
MILLIONTHS = Decimal(1).scaleb(-6)


@dataclass(frozen=True, slots=True)
class FuturesPosition:
    """A position in a future or a physical forward.

    Parameters
    ----------
    product : DeliveryProduct
    volume : Volume, MW
        Above zero is long.
    price : Price, money a MWh
        At which it was entered.
    """

    product: DeliveryProduct
    volume: Volume
    price: Price

    @classmethod
    def of(cls, product: str, volume: str | float, price: str | float) -> FuturesPosition:
        """Return a position by the name of its product."""
        return cls(DeliveryProduct(product), Volume(volume), Price(price))

    @property
    def value(self) -> Money:
        """Its volume at the entry price over the delivery, exactly."""
        return Money.of_delivery(self.price, self.volume, self.product.delivery_seconds)


@dataclass(frozen=True, slots=True)
class CascadedPosition:
    """A position that replaces another.

    Parameters
    ----------
    position : FuturesPosition
        Entered at the final settlement price of the contract that ended.
    pnl : Money
        At its own settlement price of that day.
    """

    position: FuturesPosition
    pnl: Money


def cascade(
    position: FuturesPosition,
    exchange: str,
    final_price: Price,
    settlement_prices: Mapping[str, Price],
) -> tuple[CascadedPosition, ...]:
    """Return the positions that replace one on the day on which it ends.

    The power of each is that of the contract that ends, and so are energy and value of all
    together, to the last unit.

    Parameters
    ----------
    position : FuturesPosition
    exchange : {"EEX", "ICE"}
    final_price : Price
        Final settlement price of the contract that ends.
    settlement_prices : mapping of product name to Price
        Of the contracts that replace it, on the same day.

    Raises
    ------
    InputError
        If the contract does not cascade there, or a price is missing; names it.

    Examples
    --------
    >>> year = FuturesPosition.of("DE-LU Cal-27 Base", 10, "81.25")
    >>> legs = [str(one) for one in year.product.cascade("EEX")]
    >>> moved = cascade(year, "EEX", Price("82"), {name: Price("82") for name in legs})
    >>> [str(one.position.product) for one in moved][2:4]
    ['DE-LU Mar-27 Base', 'DE-LU Q2-27 Base']
    """
    if exchange not in EXCHANGES:
        raise InputError(f"exchange {exchange!r} is unknown; use one of {', '.join(EXCHANGES)}")
    made = []
    for leg in position.product.cascade(exchange):
        if str(leg) not in settlement_prices:
            raise InputError(
                f"{position.product} becomes {leg}, which has no settlement price; add it"
            )
        own = FuturesPosition(leg, position.volume, final_price)
        price = settlement_prices[str(leg)]
        marked = Money.of_delivery(price, own.volume, leg.delivery_seconds)
        made.append(CascadedPosition(own, marked - own.value))
    return tuple(made)


def fully_cascaded(position: FuturesPosition, exchange: str) -> tuple[FuturesPosition, ...]:
    """Return the positions that are left once nothing cascades any more: months, at one price.

    Raises
    ------
    InputError
        If the exchange is unknown.

    Examples
    --------
    >>> year = FuturesPosition.of("DE-LU Cal-27 Peak", 5, 95)
    >>> months = fully_cascaded(year, "EEX")
    >>> len(months), energy_mwh(months) == energy_mwh([year])
    (12, True)
    """
    if exchange not in EXCHANGES:
        raise InputError(f"exchange {exchange!r} is unknown; use one of {', '.join(EXCHANGES)}")
    if position.product.tenor not in {"calendar_year", "season", "quarter"}:
        return (position,)
    made: list[FuturesPosition] = []
    for leg in position.product.cascade(exchange):
        own = FuturesPosition(leg, position.volume, position.price)
        made += fully_cascaded(own, exchange)
    return tuple(made)


def energy_mwh(positions: Sequence[FuturesPosition]) -> Fraction:
    """Return the energy of positions over their deliveries, exactly; long less short.

    Examples
    --------
    >>> energy_mwh([FuturesPosition.of("DE-LU 2026-03-29", 2, 0)])
    Fraction(46, 1)
    """
    return sum(
        (
            Fraction(one.volume.millionths * one.product.delivery_seconds, 3_600 * MILLION)
            for one in positions
        ),
        Fraction(0),
    )


def delivery_table(positions: Sequence[FuturesPosition], tenor: PartOfDay = "hour") -> pl.DataFrame:
    """Return what positions deliver, a row a period with delivery: long receives.

    Parameters
    ----------
    positions : sequence of FuturesPosition
        At one place.
    tenor : {"hour", "half_hour", "quarter_hour", "five_minutes"}, optional

    Returns
    -------
    polars.DataFrame
        ``delivery_start``, ``delivery_end`` (UTC), ``volume_mw`` (exact), ``energy_mwh``.

    Raises
    ------
    InputError
        If the positions are at several places.

    Examples
    --------
    >>> day = [FuturesPosition.of("DE-LU 2026-03-29", 2, 0)]
    >>> day += [FuturesPosition.of("DE-LU 2026-03-29 H04", "-0.5", 0)]
    >>> table = delivery_table(day)
    >>> table.height, str(table["volume_mw"][2]), table["energy_mwh"].sum()
    (23, '1.500000', 45.5)
    """
    places = sorted({one.product.place for one in positions})
    if len(places) > 1:
        raise InputError(f"positions deliver at {', '.join(places)}; make a table for each")
    volumes: dict[tuple[int, int], int] = {}
    for one in positions:
        parts = intervals(one.product, tenor)
        starts = parts.delivery_start.astype(np.int64).tolist()
        ends = parts.delivery_end.astype(np.int64).tolist()
        for key in zip(starts, ends, strict=True):
            volumes[key] = volumes.get(key, 0) + one.volume.millionths
    keys = sorted(volumes)
    start = np.array([key[0] for key in keys], np.int64)
    end = np.array([key[1] for key in keys], np.int64)
    power = [volumes[key] for key in keys]
    return pl.DataFrame(
        {
            "delivery_start": start.astype("datetime64[ns]"),
            "delivery_end": end.astype("datetime64[ns]"),
            "volume_mw": pl.Series([one * MILLIONTHS for one in power], dtype=pl.Decimal(38, 6)),
            "energy_mwh": np.array(power, np.float64) / MILLION * (end - start) / 3.6e12,
        }
    ).with_columns(pl.col("delivery_start", "delivery_end").dt.replace_time_zone("UTC"))


def final_settlement(
    position: FuturesPosition, grid: CurveGrid, spot: Floats, *, step: str = "0.01"
) -> tuple[Price, Money]:
    """Return the final settlement price of a future on the spot average, and what it comes to.

    Parameters
    ----------
    position : FuturesPosition
        Of a future that settles on the average, such as a month of power.
    grid : CurveGrid
        Periods of the spot prices, which reach over all of the delivery.
    spot : ndarray of shape (n,), money a MWh
    step : str, optional
        What the exchange rounds to, half to even; the money is of the unrounded average.

    Raises
    ------
    InputError
        If the periods do not reach over the delivery, or a price is missing; says which.
    """
    if grid.place != position.product.place or len(spot) != len(grid):
        raise InputError(
            f"{len(spot)} spot prices of {grid.place} for {position.product}; give one for each of "
            f"the {len(grid)} periods, of {position.product.place}"
        )
    steps = Price(step).millionths
    if steps <= 0:
        raise InputError(f"rounding step {step}; give the exchange's price step, such as 0.01")
    low, high, delivers = grid.delivers(position.product)
    spent = np.diff(grid.start[low : high + 1])[delivers] // NANOS
    prices = millionths(period_column(grid, "spot", spot)[low:high][delivers])
    seconds = int(spent.sum())
    # The calendar counts the same seconds another way.
    assert seconds == position.product.delivery_seconds, position.product  # noqa: S101
    weighted = sum(
        price * length for price, length in zip(prices.tolist(), spent.tolist(), strict=True)
    )
    paid = position.price.millionths * seconds
    money = Money.from_units((weighted - paid) * position.volume.millionths)
    return Price.from_millionths(rounded(weighted, steps * seconds) * steps), money
