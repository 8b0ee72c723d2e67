"""Offers of one dispatch interval, out of AEMO's bid tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from wattbook.assets.nem_offers import CLOCK
from wattbook.assets.nem_tables import (
    BAND_COLUMNS,
    CORNERS,
    PRICE_COLUMNS,
    BadRow,
    Row,
    numbers_of,
    table_rows,
)
from wattbook.assets.plants.nem_unit import Bands, ServiceOffer
from wattbook.assets.program import INFINITY
from wattbook.assets.reserves import Trapezium
from wattbook.errors import InputError

__all__ = ["IntervalOffer", "interval_offers"]


@dataclass(frozen=True, slots=True)
class IntervalOffer:
    """What a unit offers for energy or a service in one interval.

    Parameters
    ----------
    duid, bid_type, direction : str
    offer : ServiceOffer or Bands
        Bands of energy.
    available : float, MW
    ramp_up, ramp_down : float, MW a minute
        Of energy; without bound where the row says none.
    """

    duid: str
    bid_type: str
    direction: str
    offer: ServiceOffer | Bands
    available: float
    ramp_up: float = INFINITY
    ramp_down: float = INFINITY


def interval_offers(
    reports: Mapping[str, bytes], end: dt.datetime
) -> tuple[tuple[IntervalOffer, ...], tuple[BadRow, ...]]:
    """Return the offers of the interval that ends at `end`, and rows that are none.

    A trading day need not be whole: the row of its day and that of the interval are enough.

    Parameters
    ----------
    reports : mapping of str to bytes
        Reports with BIDDAYOFFER_D and BIDPEROFFER_D by file name.
    end : datetime
        By the market's clock.

    Raises
    ------
    InputError
        If no row is of the interval.
    """
    days: dict[tuple[str, ...], Row] = {}
    rows: list[Row] = []
    bad: list[BadRow] = []
    stamp = end.strftime(CLOCK)
    for file, content in reports.items():
        for table, row in table_rows(file, content):
            if isinstance(row, BadRow):
                bad.append(row)
            elif table == "BIDDAYOFFER_D":
                days[key_of(row)] = row
            elif row.values.get("INTERVAL_DATETIME") == stamp:
                rows.append(row)
    if not rows and not bad:
        raise InputError(f"{', '.join(reports)}: no offer is of the interval that ends {stamp}")
    offers = []
    for row in rows:
        day = days.get(key_of(row))
        made = (
            row.bad("no row of its day in BIDDAYOFFER_D; add it") if day is None else of(day, row)
        )
        if isinstance(made, BadRow):
            bad.append(made)
        else:
            offers.append(made)
    return tuple(offers), tuple(bad)


def key_of(row: Row) -> tuple[str, ...]:
    """Return what a day and its intervals have in common."""
    return tuple(row.values[name] for name in ("SETTLEMENTDATE", "DUID", "BIDTYPE", "DIRECTION"))


def of(day: Row, row: Row) -> IntervalOffer | BadRow:
    """Return the offer of a day's row and an interval's."""
    prices = numbers_of(day, PRICE_COLUMNS)
    if isinstance(prices, BadRow):
        return prices
    name = (day.values["DUID"], day.values["BIDTYPE"], day.values["DIRECTION"])
    further = ("ROCUP", "ROCDOWN") if name[1] == "ENERGY" else CORNERS
    numbers = numbers_of(row, ("MAXAVAIL", *BAND_COLUMNS, *further))
    if isinstance(numbers, BadRow):
        return numbers
    most, ends = numbers[0], numbers[1 + len(BAND_COLUMNS) :]
    bands = Bands(tuple(prices), tuple(numbers[1 : 1 + len(BAND_COLUMNS)]))
    if name[1] == "ENERGY":
        return IntervalOffer(*name, bands, most, ends[0], ends[1])
    try:
        shape = Trapezium(ends[0], ends[1], ends[2], ends[3], most)
    except InputError as fault:
        return row.bad(str(fault))
    return IntervalOffer(*name, ServiceOffer(bands, shape), most)
