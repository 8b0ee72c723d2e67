"""A rehearsal of the close: a made-up month with errors in it, and what finds each of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from wattbook.errors import InputError, StoreError
from wattbook.market.curves import CurveHistory
from wattbook.portfolio.book import DealBook, Imported
from wattbook.runtime.book.closing import DayClosed, check_close, close_day
from wattbook.runtime.book.folder import make_book
from wattbook.runtime.book.importing import import_deals
from wattbook.runtime.book.kept import folder_of, last_close
from wattbook.runtime.book.made_up import MadeUpMonth, Row
from wattbook.runtime.book.reference import BookReference

__all__ = ["Planted", "Rehearsal", "rehearse"]

ROW_ERRORS: dict[str, tuple[str, str]] = {
    "unknown counterparty": ("counterparty", "Südkraft"),
    "unknown delivery point": ("product", "XX-99 Feb-27 Base"),
    "unknown delivery period": ("product", "DE-LU Foo-27 Base"),
    "unit in a number": ("power_mw", "5 GW"),
    "power below zero": ("power_mw", "-3"),
    "unknown currency": ("currency", "USD"),
    "no day of the calendar": ("trade_date", "2027-02-30"),
    "side that is none": ("side", "long"),
}
"""Field and value of rows that are refused."""
FILE_ERRORS = ("deal twice in a file", "file cut in the middle")
DEAL_ERRORS = (
    "amendment of a closed day", "own amendment approved", "late deal", "price far from the curve",
    "limit broken",
)  # fmt: skip
PRICE_ERRORS = ("old curve", "curve off its second source", "delivered hour without a price")
CLOSE_ERRORS = ("frozen file changed",)
KINDS = (*ROW_ERRORS, *FILE_ERRORS, *DEAL_ERRORS, *PRICE_ERRORS, *CLOSE_ERRORS)


@dataclass(frozen=True, slots=True)
class Planted:
    """An error that was planted.

    Parameters
    ----------
    kind : str
    day : date
    found : str
        What said so; empty if nothing did.
    """

    kind: str
    day: dt.date
    found: str


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a month went.

    Parameters
    ----------
    days : int
        That were closed, each made again to the last bit.
    deals : int
    planted : tuple of Planted
    alarms : tuple of str
        What was refused, marked or broken without an error behind it.
    unexplained : float
        Most that the value of a book changed by beyond its lines, as a share of that value.
    """

    days: int
    deals: int
    planted: tuple[Planted, ...]
    alarms: tuple[str, ...]
    unexplained: float

    @property
    def missed(self) -> tuple[Planted, ...]:
        """Errors that nothing found."""
        return tuple(one for one in self.planted if not one.found)


@dataclass
class Month:
    """A month in progress: what was planted and found so far."""

    folder: Path
    book: DealBook
    reference: BookReference
    made: MadeUpMonth
    curves: CurveHistory
    planted: list[Planted] = field(default_factory=list)
    alarms: list[str] = field(default_factory=list)

    def tell(self, kind: str, day: dt.date, found: str) -> None:
        """Note that an error was found, or was not."""
        self.planted.append(Planted(kind, day, found))

    def write(self, name: str, rows: Sequence[Row]) -> Path:
        """Leave a file of deals."""
        path = self.folder / name
        path.write_text(self.made.text(rows), encoding="utf-8")
        return path


def rehearse(
    folder: Path,
    *,
    days: int = 20,
    seed: int = 1,
    tell: Callable[[str], None] = lambda _: None,
) -> Rehearsal:
    """Make up a month, plant every kind of error in it, close each day, and say what was found.

    Parameters
    ----------
    folder : Path
        New or empty; the book, curves and files of the month are left there.
    days : int, optional
        Business days, at least 3.
    seed : int, optional
    tell : callable, optional
        Gets a line for each day.

    Raises
    ------
    InputError
        If the folder is not empty, or days are too few.
    """
    if days < 3:
        raise InputError(f"{days} days hold no month; give at least 3")
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty; give a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    made = MadeUpMonth.drawn(days, seed)
    told = folder / "reference.toml"
    told.write_text(made.reference, encoding="utf-8")
    book, reference = make_book(folder / "book", told)
    month = Month(folder, book, reference, made, CurveHistory(folder / "curves"))
    plan = planned(made.days, seed)
    unexplained = 0.0
    for day in made.days:
        kinds = plan.get(day, ())
        import_day(month, day, kinds)
        closed = close(month, day, kinds)
        for name, left in closed.close.unexplained.items():
            unexplained = max(unexplained, abs(left) / max(abs(closed.close.value[name]), 1.0))
        after_close(month, day, kinds)
        tell(f"{day}: {len(kinds)} errors planted, {closed.close.deals.height:,} deals closed")
    deals = month.book.deals(month.book.last_number()).height
    return Rehearsal(days, deals, tuple(month.planted), tuple(month.alarms), unexplained)


def planned(days: Sequence[dt.date], seed: int) -> dict[dt.date, tuple[str, ...]]:
    """Return which errors each day gets: every kind once, none on the first day."""
    random = np.random.default_rng([seed, 2])
    made: dict[dt.date, tuple[str, ...]] = {}
    # The last day is left free, so that a broken limit is seen to be mended.
    for kind in KINDS:
        day = days[int(random.integers(1, len(days) - 1))]
        made[day] = (*made.get(day, ()), kind)
    return made


def import_day(month: Month, day: dt.date, kinds: Sequence[str]) -> None:
    """Bring in the deals of a day with its errors, and let a second person decide amendments."""
    rows = month.made.good_rows(day)
    before = month.made.days[max(month.made.days.index(day) - 1, 0)]
    spoilt: dict[int, tuple[str, str]] = {}
    for kind in kinds:
        if kind in ROW_ERRORS:
            name, value = ROW_ERRORS[kind]
            rows.append(month.made.spoilt(day, kind, name, value))
            spoilt[len(rows) + 1] = (kind, name)
    if "deal twice in a file" in kinds:
        rows.append(rows[0])
        spoilt[len(rows) + 1] = ("deal twice in a file", "deal")
    rows += [row for kind in kinds for row in month.made.planted(day, kind)]
    if any(one.kind == "limit broken" and one.day == before for one in month.planted):
        rows.append(month.made.mended(before))
    told = import_deals(
        month.book, month.reference, month.write(f"deals_{day}.csv", rows), person="ana"
    )
    refusals(month, day, told, spoilt)
    if "late deal" in kinds:
        month.tell("late deal", day, "booked as prior-day P&L" if told.late == 1 else "")
    elif told.late:
        month.alarms.append(f"{day}: {told.late} deals are late")
    if "file cut in the middle" in kinds:
        cut = month.folder / f"cut_{day}.csv"
        cut.write_bytes((month.folder / f"deals_{day}.csv").read_bytes()[:-9])
        month.tell("file cut in the middle", day, refused(
            lambda: import_deals(month.book, month.reference, cut, person="ana")
        ))  # fmt: skip
    decisions(month, day, kinds)


def refusals(
    month: Month, day: dt.date, told: Imported, spoilt: dict[int, tuple[str, str]]
) -> None:
    """Note which bad rows were refused in the right place, and good ones that were."""
    by_row = {one.row: one for one in told.refused}
    for row, (kind, name) in spoilt.items():
        one = by_row.pop(row, None)
        is_found = one is not None and one.field == name
        month.tell(kind, day, f"row {row}, {name}: {one.reason}" if one and is_found else "")
    month.alarms += [f"{day}: row {row} is refused: {one.reason}" for row, one in by_row.items()]


def decisions(month: Month, day: dt.date, kinds: Sequence[str]) -> None:
    """Note amendments that wait, and that who made them cannot let them stand."""
    waits = month.book.pending()
    if "amendment of a closed day" in kinds:
        own = [one for one in waits if str(one.deal["deal"]) == month.made.amended(day, 0)]
        month.tell("amendment of a closed day", day, own[0].reason if own else "")
    if "own amendment approved" in kinds:
        own = [one for one in waits if str(one.deal["deal"]) == month.made.amended(day, 1)]
        number = own[0].number if own else 0
        said = refused(
            lambda: month.book.decide(number, person="ana", approves=True, known_ns=day.toordinal())
        )
        month.tell("own amendment approved", day, said if own else "")
    for one in waits:
        month.book.decide(one.number, person="ben", approves=True, known_ns=day.toordinal())


def refused(act: Callable[[], object]) -> str:
    """Return what an act is refused with, nothing if it is done."""
    try:
        act()
    except (InputError, StoreError) as fault:
        return str(fault)
    return ""


def close(month: Month, day: dt.date, kinds: Sequence[str]) -> DayClosed:
    """Close a day and note what its close says of the errors in its prices and deals."""
    if "old curve" not in kinds:
        month.made.keep_curve(month.curves, month.folder, day)
    spot = month.made.spot_file(
        month.folder, day, lacks_hour="delivered hour without a price" in kinds
    )
    off = 5.0 if "curve off its second source" in kinds else 0.0
    second = month.made.second_file(month.folder, day, off)
    closed = close_day(month.book, month.reference, month.curves, day, spot=spot, second=second)
    marked = list(closed.marked)
    for kind, words in (
        ("old curve", "days old"),
        ("curve off its second source", "off their second source"),
        ("delivered hour without a price", "keep their last mark"),
        ("price far from the curve", f"deal {month.made.number(day, 'far')} is priced"),
    ):
        said = [one for one in marked if words in one]
        if kind in kinds:
            month.tell(kind, day, said[0] if said else "")
            marked = [one for one in marked if one not in said]
    broken = [
        f"{one.limit}: {one.found:,.0f} above {one.most:,.0f}" for one in closed.figures.breaches
    ]
    if "limit broken" in kinds:
        month.tell("limit broken", day, broken[0] if broken else "")
        broken = []
    month.alarms += [f"{day}: {one}" for one in (*unexpected(kinds, marked), *broken)]
    return closed


def unexpected(kinds: Sequence[str], marked: Sequence[str]) -> Iterator[str]:
    """Yield marks that no planted error explains: an old curve differs from today's prices."""
    for one in marked:
        if "old curve" in kinds and "off their second source" in one:
            continue
        yield one


def after_close(month: Month, day: dt.date, kinds: Sequence[str]) -> None:
    """Make the close again, and find a frozen file that was changed behind its back."""
    kept, again = check_close(month.book, day)
    if kept != again:
        month.alarms.append(f"{day}: made again, the close differs")
    if "frozen file changed" not in kinds:
        return
    closed = last_close(month.book)
    said = ""
    if closed is not None:
        file = folder_of(month.book, closed) / "pnl.parquet"
        content = file.read_bytes()
        file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        said = refused(lambda: check_close(month.book, day))
        file.write_bytes(content)
    month.tell("frozen file changed", day, said)
