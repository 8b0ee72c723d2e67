"""The daily management report: one content as page, workbook and PDF."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from wattbook.cli import main
from wattbook.errors import DeskError, InputError
from wattbook.market.curves import CurveHistory
from wattbook.runtime.book import (
    BookReference,
    DayClosed,
    close_day,
    import_deals,
    load_reference,
    make_book,
    open_book,
)
from wattbook.runtime.book.corridor import hedged_months
from wattbook.runtime.report.management import management_sections
from wattbook.runtime.report.management_files import report_bytes

EXAMPLES = Path(__file__).parents[3] / "examples" / "book"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> tuple[DayClosed, BookReference]:
    """Return a close of the example's book."""
    folder = tmp_path_factory.mktemp("desk")
    quotes = str(EXAMPLES / "quotes_2027-01-04.csv")
    asked = ["curve", quotes, "--zone", "DE-LU", "--as-of", "2027-01-04", "--from", "2027-01-01"]
    asked += ["--until", "2027-12-31", "--step", "hour", "--keep", str(folder / "curves")]
    assert main([*asked, "--json"]) == 0
    book = str(folder / "book")
    assert main(["book", "init", book, "--reference", str(EXAMPLES / "reference.toml")]) == 0
    assert main(["book", "import", book, str(EXAMPLES / "deals.csv"), "--person", "ana"]) == 0
    own, reference = open_book(folder / "book")
    curves = CurveHistory(folder / "curves")
    found = close_day(own, reference, curves, dt.date(2027, 1, 4), second=EXAMPLES / "second.csv")
    return found, reference


def cells(content: bytes, number: int) -> list[list[str]]:
    """Return the cells of a sheet, text and numbers as they are stored."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts = [
            "".join(part.text or "" for part in one.iter(f"{SHEET}t"))
            for one in ET.fromstring(book.read("xl/sharedStrings.xml"))  # noqa: S314
        ]
        sheet = ET.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))  # noqa: S314
    found = []
    for row in sheet.iter(f"{SHEET}row"):
        values = [(cell.get("t"), cell.findtext(f"{SHEET}v", "")) for cell in row]
        found.append([texts[int(value)] if kind == "s" else value for kind, value in values])
    return found


def test_the_workbook_holds_every_number(closed: tuple[DayClosed, BookReference]) -> None:
    found, reference = closed
    content = report_bytes(".xlsx", found, reference)
    for number, section in enumerate(management_sections(found, reference), start=1):
        title, headings, *rows = cells(content, number)
        assert section.caption in title[0]
        assert headings == list(section.headings)
        assert len(rows) == len(section.rows)
        for told, row in zip(rows, section.rows, strict=True):
            expected = [one for one in row if one is not None]
            for text, value in zip(told, expected, strict=True):
                if isinstance(value, str):
                    assert text == value
                else:
                    assert float(text) == pytest.approx(value, rel=1e-14)
    names = [one.name for one in management_sections(found, reference)]
    assert names == [
        "breaches", "P&L", "corridor", "positions", "risk", "credit", "counterparties",
        "liquidity", "verification",
    ]  # fmt: skip


def test_the_same_close_gives_the_same_pdf(closed: tuple[DayClosed, BookReference]) -> None:
    found, reference = closed
    one, other = (report_bytes(".pdf", found, reference) for _ in range(2))
    assert one == other
    assert one.startswith(b"%PDF-")
    assert one.count(b"/Type /Page\n") >= 2
    with pytest.raises(InputError, match=r"give \.html, \.xlsx or \.pdf"):
        report_bytes(".doc", found, reference)


def test_liquidity_of_the_book_sums_to_the_cent(closed: tuple[DayClosed, BookReference]) -> None:
    found, _ = closed
    assert found.figures.cash is not None
    at_risk = found.figures.cash.at_risk
    assert int(at_risk.by_account_cents.sum()) == at_risk.peak_cents
    # What the clearer asks for now is what its deals have lost.
    (cleared,) = [one for one in found.figures.credit.sets if one.agreement == "clearing"]
    called = dict(
        zip(found.figures.cash.sets, found.figures.cash.called_cents.tolist(), strict=True)
    )
    assert called["EEX via ClearBank, clearing"] == round(-100 * cleared.value)
    # The other one lets 250,000 stand open and owes 276,184: a call below its minimum waits.
    assert called["Nordkraft, EFET with Nordkraft"] == 0
    assert found.figures.cash.available_cents == 200_000_000
    assert not found.figures.cash.is_short


def test_months_are_held_against_the_share_that_is_due(
    closed: tuple[DayClosed, BookReference],
) -> None:
    found, reference = closed
    march = next(one for one in found.figures.corridor if one.month == "2027-03")
    # 56 days before the month; all of 350 days of buying but 41 are over.
    due = (365 - 56) / 350
    assert (march.low, march.high) == pytest.approx((due - 0.25, due + 0.25))
    assert march.hedged_mwh == pytest.approx(
        found.close.positions.filter(
            (pl.col("book") == "procurement") & (pl.col("month") == dt.date(2027, 3, 1))
        )["energy_mwh"].sum()
    )
    assert march.is_inside
    later = hedged_months(dt.date(2027, 3, 1), found.close.positions, reference.corridors)
    assert [one.month for one in later] == ["2027-06"]
    none = hedged_months(found.close.day, found.close.positions.clear(), reference.corridors)
    assert not any(one.is_inside for one in none)
    assert "0% is hedged, outside of" in none[0].sentence


def test_what_is_outside_or_short_marks_the_close(
    tmp_path: Path, closed: tuple[DayClosed, BookReference]
) -> None:
    assert closed[0].marked == ()
    text = (EXAMPLES / "reference.toml").read_text(encoding="utf-8")
    changed = text.replace("width = 0.25", "width = 0.05").replace("cash = 500000", "cash = 0")
    file = tmp_path / "reference.toml"
    file.write_text(changed.replace("credit_lines = 1500000", "credit_lines = 1"), encoding="utf-8")
    quotes = str(EXAMPLES / "quotes_2027-01-04.csv")
    asked = ["curve", quotes, "--zone", "DE-LU", "--as-of", "2027-01-04", "--from", "2027-01-01"]
    asked += ["--until", "2027-12-31", "--step", "hour", "--keep", str(tmp_path / "curves")]
    assert main([*asked, "--json"]) == 0
    own, reference = make_book(tmp_path / "book", file)
    import_deals(own, reference, EXAMPLES / "deals.csv", person="ana")
    found = close_day(own, reference, CurveHistory(tmp_path / "curves"), dt.date(2027, 1, 4))
    assert [one for one in found.marked if "outside of" in one]
    assert found.marked[-1] == "calls for collateral may be above cash and credit lines"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("end_days = 15", "end_days = 400", "is not below begin_days"),
        ('month = "2027-02", demand', 'month = "2027-13", demand', "is no month"),
        ("demand_mwh = 9000", "demand_mwh = 0", "needs no hedge"),
        ("cash = 500000", "cash = -1", "below 0"),
    ],
)
def test_a_corridor_that_does_not_fit_is_refused(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    text = (EXAMPLES / "reference.toml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "reference.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DeskError, match=told):
        load_reference(file)
