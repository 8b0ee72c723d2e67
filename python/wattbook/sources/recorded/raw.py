"""Rows as their source has them, with everything needed to read them rightly."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import SourceError

__all__ = ["Clock", "IntervalMark", "PriceKind", "RawSeries", "Source", "columns"]


class Clock(Enum):
    """What the source's time stamps count.

    Examples
    --------
    >>> Clock("fixed offset")
    <Clock.FIXED_OFFSET: 'fixed offset'>
    """

    UTC = "UTC"
    """Instants in UTC."""
    FIXED_OFFSET = "fixed offset"
    """A clock that never changes, `RawSeries.offset_seconds` ahead of UTC (NEM: UTC+10)."""
    WALL = "wall clock"
    """Local wall clock of `RawSeries.time_zone`, the same number of slots every day."""


class IntervalMark(Enum):
    """Which end of its delivery period a time stamp names."""

    START = "start"
    END = "end"


class PriceKind(Enum):
    """Which price of record a series holds; the values are those of the engine's events."""

    DAY_AHEAD = "day_ahead"
    REAL_TIME = "real_time"
    SETTLEMENT = "settlement"


@dataclass(frozen=True, slots=True)
class RawSeries:
    """One series of prices as read, rows in file order, nothing mended.

    Parameters
    ----------
    name : str
        Its name in Wattbook: ``nem-vic1``.
    location : str
        Bidding zone, hub or contract: ``VIC1``.
    kind : PriceKind
        Which price of record.
    currency : str
        ISO 4217 code of the price.
    price_unit : str
        What the price is per: ``MWh``, ``bbl``, ``MMBtu``, ``gal``.
    time_zone : str
        IANA zone of the market's delivery calendar.
    clock : Clock
        What `time` counts.
    mark : IntervalMark
        Which end of the delivery period `time` names.
    interval_seconds : int
        Length of a delivery period.
    path : str
        The file, or how the rows were made.
    time : ndarray of datetime64[ns], shape (n_rows,)
        Time stamps on `clock`.
    price : ndarray of float64, shape (n_rows,)
        Currency per price unit; NaN where the source has none.
    offset_seconds : int, optional
        How far a `Clock.FIXED_OFFSET` is ahead of UTC.
    covariates : dict of str to ndarray of float64, optional
        Further columns of the same rows, unit in the name: ``demand_mw``.
    """

    name: str
    location: str
    kind: PriceKind
    currency: str
    price_unit: str
    time_zone: str
    clock: Clock
    mark: IntervalMark
    interval_seconds: int
    path: str
    time: NDArray[np.datetime64]
    price: NDArray[np.float64]
    offset_seconds: int = 0
    covariates: dict[str, NDArray[np.float64]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Source:
    """A market whose prices can be read, and how that market trades.

    Parameters
    ----------
    name : str
        As a desk file names it.
    venue : str
        Who makes the price: ``NEM``.
    location : str
        Bidding zone or hub.
    market_model : str
        ``pool``, ``two_settlement`` or ``auction``: what can be sent to it and how it settles.
    currency : str
        ISO 4217 code.
    time_zone : str
        IANA zone of its delivery calendar.
    day_start_hour : int
        Local hour at which its trading day begins.
    price_limits : tuple of float
        Lowest and highest price that it takes, currency per MWh.
    description : str
        One line for the reader of a report.
    read : callable
        Takes the data folder and a seed, gives the series: the price that settles delivery first,
        then the day-ahead price where the market has one.
    place : str
        Its name in `wattbook.domain.PLACES`, whose gates are its venue's; empty for a market that
        was made up.
    day_ahead_published : datetime.time or None
        When the day-ahead result is known at the latest: local time on the day before.
    own_gate : datetime.time or None
        The day-ahead gate of a market that was made up: local time on the day before.
    is_recorded : bool
        Whether it needs the data folder.
    zones : tuple of str
        Bidding zones of a coupled auction, in which a desk may trade.
    """

    name: str
    venue: str
    location: str
    market_model: str
    currency: str
    time_zone: str
    day_start_hour: int
    price_limits: tuple[float, float]
    description: str
    read: Callable[[Path | None, int], tuple[RawSeries, ...]]
    place: str = ""
    day_ahead_published: dt.time | None = None
    own_gate: dt.time | None = None
    is_recorded: bool = True
    zones: tuple[str, ...] = ()


def columns(
    data: Path | None, name: str, wanted: tuple[str, ...]
) -> dict[str, NDArray[np.generic]]:
    """Return the `wanted` columns of the Parquet file `name` under `data`, rows in file order.

    Time stamps come as datetime64[ns], numbers as float64 with NaN for null.

    Raises
    ------
    SourceError
        If no folder was given, the file is not there or no Parquet, or a column is missing.
    """
    import polars as pl  # noqa: PLC0415 - 60 ms that `wattbook --help` need not pay

    if data is None:
        message = f"{name} is recorded data; say where it lies with --data DIR or WATTBOOK_DATA"
        raise SourceError(message)
    path = data / name
    if not path.is_file():
        message = f"{path} is not there; point --data or WATTBOOK_DATA at the folder that holds it"
        raise SourceError(message)
    try:
        found = pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError) as fault:
        message = f"{path} cannot be read as Parquet ({fault}); fetch it again"
        raise SourceError(message) from fault
    for column in wanted:
        if column not in found:
            message = f"{path} has no column {column!r}, only {', '.join(found)}; check the version"
            raise SourceError(message)
    frame = pl.read_parquet(path, columns=list(wanted))
    taken: dict[str, NDArray[np.generic]] = {}
    for column in wanted:
        values = frame[column]
        if values.dtype.is_temporal():
            stamps = values.cast(pl.Datetime("ns")) if values.dtype == pl.Date else values
            taken[column] = stamps.dt.replace_time_zone(None).dt.cast_time_unit("ns").to_numpy()
        elif values.dtype.is_numeric():
            taken[column] = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        else:
            taken[column] = values.to_numpy()
    return taken
