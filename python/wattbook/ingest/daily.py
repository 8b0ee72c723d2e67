"""Daily settlements: trading days only, each once, rising."""

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import SourceError
from wattbook.ingest.report import DataReport, Gap, QuarantinedRow, RowFault
from wattbook.ingest.timeline import timeline

__all__ = ["Daily", "normalize_daily"]

DAY_NS = 86_400 * 10**9

Daily = tuple[NDArray[np.datetime64], NDArray[np.float64]]
"""Trading days (datetime64[D]) and settlements."""


def gaps_of(kept: NDArray[np.datetime64], exchange_days: NDArray[np.datetime64]) -> tuple[Gap, ...]:
    """Return the stretches of exchange days without a row between the first and the last kept."""
    inside = exchange_days[(exchange_days >= kept[0]) & (exchange_days <= kept[-1])]
    missing = np.flatnonzero(~np.isin(inside, kept))
    runs = np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1) if missing.size else []
    return tuple(
        Gap(
            start=int(inside[run[0]].astype("datetime64[ns]").astype(np.int64)),
            end=int(inside[run[-1] + 1].astype("datetime64[ns]").astype(np.int64)),
            intervals=run.size,
        )
        for run in runs
    )


def normalize_daily(
    name: str,
    source: str,
    day: NDArray[np.datetime64],
    value: NDArray[np.float64],
    exchange_days: NDArray[np.datetime64] | None = None,
) -> tuple[Daily, DataReport]:
    """Return the rows of trading days in order, and what was wrong with the others.

    A row without a value, on a Saturday or Sunday, or of a day seen before is set aside. Days on
    which the exchange settled and that have no row between the first and the last are gaps.

    Parameters
    ----------
    name, source : str
        Of the series, and the file it comes from.
    day : ndarray of datetime64[D], shape (n,)
        As recorded.
    value : ndarray of float64, shape (n,)
        Settlements as recorded; NaN for none.
    exchange_days : ndarray of datetime64[D], optional
        Days on which the exchange settled, rising; without them no gap is counted.

    Raises
    ------
    SourceError
        If no row is left.

    Examples
    --------
    >>> days = np.array(["2017-08-25", "2017-08-27", "2017-08-28"], dtype="datetime64[D]")
    >>> (kept, _), report = normalize_daily("RB02", "a", days, np.array([1.5, 0.0, 1.6]))
    >>> kept.size, report.faults()
    (2, {'the exchange was closed on that day': 1})
    """
    # 1970-01-01 was a Thursday.
    weekday = (day.astype("datetime64[D]").astype(np.int64) + 3) % 7
    faults = [RowFault.NO_PRICE, RowFault.NOT_A_TRADING_DAY, RowFault.NO_TIME]
    fault = np.full(day.size, -1, dtype=np.int8)
    for reason, rows in enumerate((~np.isfinite(value), weekday >= 5, np.isnat(day))):
        fault[rows] = reason
    good = np.flatnonzero(fault < 0)
    number = day[good].astype(np.int64)
    late = good[number < np.maximum.accumulate(number)] if good.size else good
    ordered = good[np.argsort(number, kind="stable")]
    again = np.zeros(ordered.size, dtype=np.bool_)
    again[1:] = day[ordered[1:]] == day[ordered[:-1]]
    leader = ordered[np.maximum.accumulate(np.where(again, 0, np.arange(ordered.size)))]
    same = value[ordered] == value[leader]
    faults += [RowFault.REPEATED, RowFault.CONTRADICTED]
    fault[ordered[again & same]] = 3
    fault[ordered[again & ~same]] = 4
    kept = ordered[~again]
    if not kept.size:
        message = f"{source} has no usable row of {name}; see its columns"
        raise SourceError(message)
    quarantine = tuple(
        QuarantinedRow(source, row, str(day[row]), float(value[row]), faults[fault[row]])
        for row in np.flatnonzero(fault >= 0).tolist()
    )
    gaps = () if exchange_days is None else gaps_of(day[kept], exchange_days)
    used, behind, aside = (
        np.unique(day[rows].astype("datetime64[ns]").astype(np.int64))
        for rows in (kept, late, np.flatnonzero((fault >= 0) & ~np.isnat(day)))
    )
    stretches = timeline(used, np.intersect1d(behind, used), aside, gaps, DAY_NS)
    report = DataReport(name, source, day.size, kept.size, late.size, gaps, quarantine, stretches)
    return (day[kept], value[kept]), report
