"""Rows of a source to a series in UTC; nothing is interpolated."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import SourceError
from wattbook.ingest.report import DataReport, Gap, QuarantinedRow, RowFault
from wattbook.ingest.timeline import timeline
from wattbook.sources import Clock, IntervalMark, PriceKind, RawSeries
from wattbook.sources.clock import NOT_A_TIME, local_periods

__all__ = ["NANOS_PER_SECOND", "Series", "normalize"]

NANOS_PER_SECOND = 1_000_000_000
HOUR_NS = 3_600 * NANOS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Series:
    """Prices of consecutive delivery periods in UTC, rising, each at most once; gaps stay gaps.

    Parameters
    ----------
    name, location, currency, price_unit, time_zone : str
        As in `wattbook.sources.RawSeries`.
    kind : PriceKind
        Which price of record.
    interval_seconds : int
        Length of a delivery period.
    delivery_start : ndarray of int64, shape (n,)
        First instant of delivery, ns UTC.
    price : ndarray of float64, shape (n,)
        Currency per price unit, finite.
    covariates : dict of str to ndarray of float64
        Further columns of the same rows.
    """

    name: str
    location: str
    kind: PriceKind
    currency: str
    price_unit: str
    time_zone: str
    interval_seconds: int
    delivery_start: NDArray[np.int64]
    price: NDArray[np.float64]
    covariates: dict[str, NDArray[np.float64]]

    @property
    def delivery_end(self) -> NDArray[np.int64]:
        """First instant after delivery, ns UTC."""
        return self.delivery_start + self.interval_seconds * NANOS_PER_SECOND

    @property
    def price_millionths(self) -> NDArray[np.int64]:
        """Prices in 1e-6 currency per price unit, ties to even: what the engine works in."""
        return np.rint(self.price * 1e6).astype(np.int64)

    def between(self, start: int, end: int) -> "Series":
        """Return the part that is delivered from `start` until before `end`, both ns UTC."""
        first, last = np.searchsorted(self.delivery_start, [start, end])
        return Series(
            name=self.name,
            location=self.location,
            kind=self.kind,
            currency=self.currency,
            price_unit=self.price_unit,
            time_zone=self.time_zone,
            interval_seconds=self.interval_seconds,
            delivery_start=self.delivery_start[first:last],
            price=self.price[first:last],
            covariates={name: values[first:last] for name, values in self.covariates.items()},
        )


def delivery_starts(raw: RawSeries) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the delivery start (ns UTC) of each row and which rows have no such local time."""
    stamp = raw.time.astype("datetime64[ns]").astype(np.int64)
    at_end = raw.mark is IntervalMark.END
    if raw.clock is Clock.WALL:
        # A wall time that occurs twice is taken for its first occurrence.
        periods = local_periods(
            stamp, raw.time_zone, interval_seconds=raw.interval_seconds, at_end=at_end
        )
        absent = (periods.delivery_start == NOT_A_TIME) & (stamp != NOT_A_TIME)
        return periods.delivery_start, absent
    offset = raw.interval_seconds * NANOS_PER_SECOND if at_end else 0
    if raw.clock is Clock.FIXED_OFFSET:
        offset += raw.offset_seconds * NANOS_PER_SECOND
    stamp = np.where(stamp == NOT_A_TIME, stamp, stamp - offset)
    return stamp, np.zeros(stamp.size, dtype=np.bool_)


def gaps_of(start: NDArray[np.int64], interval_ns: int) -> tuple[Gap, ...]:
    """Return the stretches between rising delivery starts that have no row."""
    jumps = np.flatnonzero(np.diff(start) > interval_ns)
    return tuple(
        Gap(
            start=int(start[index]) + interval_ns,
            end=int(start[index + 1]),
            intervals=int((start[index + 1] - start[index]) // interval_ns) - 1,
        )
        for index in jumps.tolist()
    )


def hour_leaders(
    start: NDArray[np.int64], price: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows open an hour, and which carry another price than the row that opens theirs.

    Parameters
    ----------
    start : ndarray of int64, shape (n,)
        Delivery starts, rising, ns UTC.
    price : ndarray of float64, shape (n,)
        Finite prices.
    """
    hour = start // HOUR_NS
    first = np.ones(start.size, dtype=np.bool_)
    first[1:] = hour[1:] != hour[:-1]
    leader = np.maximum.accumulate(np.where(first, np.arange(start.size), 0))
    return first, price != price[leader]


def normalize(raw: RawSeries) -> tuple[Series, DataReport]:
    """Return the series in UTC and what was wrong with its rows.

    Rows without a time or price, off the interval grid, in a local hour that does not exist, or for
    a delivery period seen before are set aside; rows out of order are sorted in and counted; what
    is missing stays missing and is counted.

    Parameters
    ----------
    raw : RawSeries
        As the source gave it. A day-ahead series that repeats the hour's price on a finer grid is
        checked row by row and becomes hourly.

    Raises
    ------
    SourceError
        If no row is left.

    Examples
    --------
    >>> from wattbook.sources import SOURCES
    >>> series, report = normalize(SOURCES["generated"].read(None, 7)[0])
    >>> series.price.size, report.is_clean
    (35136, True)
    """
    interval_ns = raw.interval_seconds * NANOS_PER_SECOND
    start, absent = delivery_starts(raw)
    fault = np.full(start.size, -1, dtype=np.int8)
    faults = list(RowFault)
    for reason, rows in (
        (RowFault.OFF_GRID, start % interval_ns != 0),
        (RowFault.NO_SUCH_LOCAL_TIME, absent),
        (RowFault.NO_PRICE, ~np.isfinite(raw.price)),
        (RowFault.NO_TIME, np.isnat(raw.time)),
    ):
        fault[rows] = faults.index(reason)
    good = np.flatnonzero(fault < 0)
    running = np.maximum.accumulate(start[good]) if good.size else start[good]
    late = np.sort(start[good][start[good] < running])
    ordered = good[np.argsort(start[good], kind="stable")]
    again = np.zeros(ordered.size, dtype=np.bool_)
    again[1:] = start[ordered[1:]] == start[ordered[:-1]]
    leader = ordered[np.maximum.accumulate(np.where(again, 0, np.arange(ordered.size)))]
    same = raw.price[ordered] == raw.price[leader]
    fault[ordered[again & same]] = faults.index(RowFault.REPEATED)
    fault[ordered[again & ~same]] = faults.index(RowFault.CONTRADICTED)
    kept = ordered[~again]
    if not kept.size:
        message = f"{raw.path} has no usable row of {raw.name}; see its columns and time stamps"
        raise SourceError(message)
    gaps = gaps_of(start[kept], interval_ns)
    stretches = (start[kept], np.intersect1d(late, start[kept]))
    seconds, rows_kept, opens = raw.interval_seconds, kept, start[kept]
    if raw.kind is PriceKind.DAY_AHEAD and seconds < 3_600:
        # The price of the hour stands in every row of it; the rows are checked one by one above.
        first, differs = hour_leaders(opens, raw.price[kept])
        fault[kept[differs]] = faults.index(RowFault.CONTRADICTED)
        rows_kept, kept = kept[~differs], kept[first]
        seconds, opens = 3_600, opens[first] // HOUR_NS * HOUR_NS
    series = Series(
        name=raw.name,
        location=raw.location,
        kind=raw.kind,
        currency=raw.currency,
        price_unit=raw.price_unit,
        time_zone=raw.time_zone,
        interval_seconds=seconds,
        delivery_start=opens,
        price=raw.price[kept],
        covariates={name: values[kept] for name, values in raw.covariates.items()},
    )
    aside = start[(fault >= 0) & (start != NOT_A_TIME)]
    quarantine = tuple(
        QuarantinedRow(
            source=raw.path,
            row=row,
            time=str(raw.time[row].astype("datetime64[s]")),
            price=float(raw.price[row]),
            fault=faults[fault[row]],
        )
        for row in np.flatnonzero(fault >= 0).tolist()
    )
    return series, DataReport(
        name=raw.name,
        source=raw.path,
        rows_read=raw.time.size,
        rows_kept=rows_kept.size,
        out_of_order=late.size,
        gaps=gaps,
        quarantine=quarantine,
        timeline=timeline(*stretches, aside, gaps, interval_ns),
    )
