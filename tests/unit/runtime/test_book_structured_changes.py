"""Structured trades that are taken back, and what the portfolio tells of those that stand."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import polars as pl
import pytest

from wattbook.cli.main import main
from wattbook.errors import InputError
from wattbook.portfolio.book import TradeBook
from wattbook.runtime.book import import_trades

if TYPE_CHECKING:
    from pathlib import Path

from tests.unit.runtime.test_book_structured import closed, made, written


def test_a_cancelled_trade_is_withdrawn_and_its_history_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, reference = made(tmp_path)
    folder = str(book.folder)
    first = closed(book, reference, 0, written(tmp_path, "one", 31.0))
    values = dict(first.close.structured.select("deal", "value").iter_rows())
    assert main(["book", "cancel", folder, "S-2001", "--person", "ana"]) == 0
    assert "waits for a second person" in capsys.readouterr().out
    assert main(["book", "cancel", folder, "D-1", "--person", "ana"]) == 2
    assert "no structured deal 'D-1'" in capsys.readouterr().err
    # One person's word changes nothing.
    (waits,) = TradeBook(book.folder).pending()
    assert main(["book", "approve", folder, f"T{waits.number}", "--person", "ana"]) == 2
    assert len(TradeBook(book.folder).standing()) == 2
    assert main(["book", "approve", folder, f"T{waits.number}", "--person", "ben"]) == 0
    second = closed(book, reference, 1, written(tmp_path, "two", 31.0))
    assert "S-2001" not in second.close.structured["deal"]
    lines = dict(
        second.close.pnl.filter(pl.col("book") == "procurement").select("line", "amount").rows()
    )
    assert lines["withdrawn"] == pytest.approx(-values["S-2001"])
    assert all(abs(one) < 1e-6 for one in second.close.unexplained.values())
    capsys.readouterr()
    assert main(["book", "history", folder, "S-2001", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(one["status"], one["state"], one["decided_by"]) for one in told] == [
        ("live", "booked", None),
        ("cancelled", "booked", "ben"),
    ]
    assert told[1]["changes"] == "status 'live' to 'cancelled'"


def test_a_document_that_retracts_what_the_book_lacks_is_refused(tmp_path: Path) -> None:
    book, reference = made(tmp_path)
    document = tmp_path / "back.xml"
    text = (
        '<executionRetracted fpmlVersion="5-13"><trade><tradeHeader><partyTradeIdentifier>'
        "<tradeId>S-9</tradeId></partyTradeIdentifier></tradeHeader></trade></executionRetracted>"
    )
    document.write_text(text, encoding="utf-8")
    trades = TradeBook(book.folder)
    with pytest.raises(InputError, match="it takes back S-9, of which the book has no"):
        import_trades(trades, reference, document, person="ana")
    document.write_text(text.replace("S-9", "S-2002"), encoding="utf-8")
    assert import_trades(trades, reference, document, person="ana")[0].queued == 1


def test_a_portfolio_marks_and_exports_structured_positions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    book, reference = made(tmp_path)
    closed(book, reference, 0, written(tmp_path, "one", 31.0))
    # Long after, without new prices of the index.
    closed(book, reference, 40, None)
    capsys.readouterr()
    target, page = tmp_path / "out" / "open.csv", tmp_path / "out" / "open.html"
    portfolio = ["portfolio", str(book.folder), "--plain"]
    assert main([*portfolio, "--export", str(target), "--report", str(page)]) == 0
    shown = capsys.readouterr().out
    assert "2027-05 †" in shown
    assert "procurement †" in shown
    assert "2027-05 †" in page.read_text(encoding="utf-8")
    found = pl.read_csv(target.with_name("open_structured.csv"))
    assert found["index"].to_list() == ["TTF month"] * 3
    assert found["is_marked"].to_list() == [True] * 3
    assert pl.read_csv(target).height == 0
    sheets = tmp_path / "open.xlsx"
    assert main([*portfolio, "--export", str(sheets)]) == 0
    with zipfile.ZipFile(sheets) as kept:
        assert b'name="structured"' in kept.read("xl/workbook.xml")
