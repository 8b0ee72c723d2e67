"""Local wall-clock stamps to delivery periods in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wattbook import _core

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["LocalPeriods", "local_periods"]


@dataclass(frozen=True, slots=True)
class LocalPeriods:
    """Delivery periods of local stamps.

    Parameters
    ----------
    delivery_start, delivery_end : ndarray of int64, shape (n,)
        ns UTC; the least int64 where clocks never showed the stamp.
    is_ambiguous : ndarray of bool, shape (n,)
        Whether clocks showed the stamp twice.
    """

    delivery_start: NDArray[np.int64]
    delivery_end: NDArray[np.int64]
    is_ambiguous: NDArray[np.bool_]


def local_periods(
    stamps: NDArray[np.int64],
    time_zone: str,
    *,
    interval_seconds: int,
    at_end: bool = False,
    fold: Literal["first", "second", "in_order"] = "first",
) -> LocalPeriods:
    """Return the delivery periods of stamps that a local clock showed.

    Parameters
    ----------
    stamps : ndarray of int64, shape (n,)
        ns since 1970-01-01T00:00 on the same clock; the least int64 for none.
    time_zone : str
        IANA zone whose clock it is.
    interval_seconds : int
        Length of a delivery period.
    at_end : bool, default False
        Whether a stamp marks the end (hour ending) and not the start. It is a label, moved back on
        the clock: when clocks go back at 02:00, the hour ending 02:00 comes twice.
    fold : str, default "first"
        Which instant a stamp means that clocks showed twice: the first, the second, or in rows in
        order of time the first for the first row and the second for the next.

    Raises
    ------
    InputError
        If there is no such zone or fold.

    Examples
    --------
    >>> import numpy as np
    >>> hours = np.array(["2026-10-25T01", "2026-10-25T02", "2026-10-25T02"], "datetime64[ns]")
    >>> found = local_periods(
    ...     hours.astype(np.int64), "Europe/Berlin", interval_seconds=3600, fold="in_order"
    ... )
    >>> found.delivery_start.astype("datetime64[ns]").astype("datetime64[h]").astype(str).tolist()
    ['2026-10-24T23', '2026-10-25T00', '2026-10-25T01']
    """
    import numpy as np  # noqa: PLC0415 - heavy; loaded when first used

    length = interval_seconds * 1_000_000_000
    columns = _core.local_periods(
        np.ascontiguousarray(stamps, dtype=np.int64), time_zone, at_end, length, fold
    )
    return LocalPeriods(*columns)
