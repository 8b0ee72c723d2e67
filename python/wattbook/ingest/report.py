"""What was wrong with the rows of a source: counted, and set aside with place and reason."""

from dataclasses import dataclass
from enum import Enum

__all__ = ["DataReport", "Gap", "QuarantinedRow", "RowFault", "Stretch"]


class RowFault(Enum):
    """Why a row was set aside; the text says what was found."""

    NO_TIME = "the row has no time"
    NO_PRICE = "the row has no finite price"
    OFF_GRID = "the time does not begin a delivery period"
    NO_SUCH_LOCAL_TIME = "the local time does not exist on the day of the clock change"
    REPEATED = "the delivery period was there before, with the same price"
    CONTRADICTED = "the delivery period was there before, with another price; the first one counts"
    NOT_A_TRADING_DAY = "the exchange was closed on that day"
    MALFORMED = "the line is no JSON object with market, delivery_start and price"
    UNKNOWN_MARKET = "the market is not the one traded"
    OUTSIDE_THE_DAY = "the delivery period lies outside the day that is traded"
    OUT_OF_LIMITS = "the price lies outside the limits of its market"
    OUT_OF_ORDER = "a later delivery period was there before"
    TOO_EARLY = "the price cannot be known yet"
    TOO_LATE = "the day-ahead price came after its delivery had begun"


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that was set aside.

    Parameters
    ----------
    source : str
        File or generator that it comes from.
    row : int
        Its place in the source, from 0.
    time : str
        Its time stamp as the source has it.
    price : float
        Its price as the source has it; NaN if none.
    fault : RowFault
        Why it was set aside.
    """

    source: str
    row: int
    time: str
    price: float
    fault: RowFault


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without data, half-open in ns UTC.

    Parameters
    ----------
    start, end : int
        First missing delivery start and first delivery start after the gap, ns UTC.
    intervals : int
        How many delivery periods are missing.
    """

    start: int
    end: int
    intervals: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Delivery periods of a stretch, half-open in ns UTC, by what became of their rows.

    Parameters
    ----------
    start, end : int
        Of the stretch, ns UTC.
    good, late, missing, set_aside : int
        Rows in their order, rows that came after a later delivery, periods without a row, rows that
        were not used.
    """

    start: int
    end: int
    good: int
    late: int
    missing: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class DataReport:
    """What was read and what was wrong with it.

    Parameters
    ----------
    name : str
        Of the series.
    source : str
        File or generator.
    rows_read, rows_kept : int
        Before and after setting aside.
    out_of_order : int
        Rows whose delivery starts before that of a row above; they were sorted in.
    gaps : tuple of Gap
        Missing stretches between the first and the last row; nothing was put in their place.
    quarantine : tuple of QuarantinedRow
        Every row that was set aside, in file order.
    timeline : tuple of Stretch
        The same by time of delivery, for a row whose time of delivery is known.

    Examples
    --------
    >>> row = QuarantinedRow("a.parquet", 4, "2026-01-01T00:20", float("nan"), RowFault.NO_PRICE)
    >>> DataReport("a", "a.parquet", 10, 9, 1, (Gap(0, 600, 2),), (row,)).sentence()
    'a: 10 rows read, 9 kept, 2 missing in 1 gap, 0 repeated, 1 out of order, 1 set aside'
    """

    name: str
    source: str
    rows_read: int
    rows_kept: int
    out_of_order: int
    gaps: tuple[Gap, ...]
    quarantine: tuple[QuarantinedRow, ...]
    timeline: tuple[Stretch, ...] = ()

    @property
    def missing(self) -> int:
        """Number of delivery periods without a row."""
        return sum(gap.intervals for gap in self.gaps)

    @property
    def repeated(self) -> int:
        """Number of rows whose delivery period was there before."""
        return sum(
            row.fault in (RowFault.REPEATED, RowFault.CONTRADICTED) for row in self.quarantine
        )

    @property
    def is_clean(self) -> bool:
        """Whether nothing was missing, moved or set aside."""
        return not (self.gaps or self.quarantine or self.out_of_order)

    def faults(self) -> dict[str, int]:
        """Return how many rows were set aside for each reason."""
        counts: dict[str, int] = {}
        for row in self.quarantine:
            counts[row.fault.value] = counts.get(row.fault.value, 0) + 1
        return counts

    def sentence(self) -> str:
        """Return the report in one line of plain text."""
        gaps = f"{len(self.gaps)} gap" + ("" if len(self.gaps) == 1 else "s")
        return (
            f"{self.name}: {self.rows_read} rows read, {self.rows_kept} kept, "
            f"{self.missing} missing in {gaps}, {self.repeated} repeated, "
            f"{self.out_of_order} out of order, {len(self.quarantine)} set aside"
        )
