"""A book's close is overdue from the end of the weekday after the newest signed one."""

import datetime as dt
from pathlib import Path

import pytest

from wattbook.api.reports import unsigned_close
from wattbook.portfolio.book import DealBook


@pytest.mark.parametrize(
    ("days", "due"),
    [
        ([], None),
        ([(dt.date(2027, 1, 4), None)], None),
        ([(dt.date(2027, 1, 4), "ben")], "2027-01-06"),
        ([(dt.date(2027, 1, 4), "ben"), (dt.date(2027, 1, 5), None)], "2027-01-06"),
        ([(dt.date(2027, 1, 8), "ben")], "2027-01-12"),
    ],
)
def test_the_next_weekday_is_due_when_it_ends(
    days: list[tuple[dt.date, str | None]], due: str | None, tmp_path: Path
) -> None:
    book, before = DealBook(tmp_path), None
    for day, signed_by in days:
        book.keep_close(day, deals=0, digest="d", folder=str(day), before=before, made_ns=1)
        if signed_by is not None:
            book.sign(day, person=signed_by, known_ns=2)
        before = str(day)
    found = unsigned_close(tmp_path)
    ends = None if found is None else str(dt.datetime.fromtimestamp(found.due_ns / 1e9, dt.UTC))
    assert ends == (None if due is None else f"{due} 00:00:00+00:00")
