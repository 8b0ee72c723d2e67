"""Trades of FpML: what a book is told by, and nothing lost."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from wattbook.errors import DecodeError, InputError
from wattbook.portfolio.book import (
    BookedTrades,
    Message,
    TradeBook,
    read_fpml,
    read_message,
    rebuilt,
)
from wattbook.sources.xml import Element, tree

SWAP = """<dataDocument xmlns="http://www.fpml.org/FpML-5/confirmation" fpmlVersion="5-13">
<trade><tradeHeader><partyTradeIdentifier><partyReference href="a"/><tradeId>S-1</tradeId>
</partyTradeIdentifier><tradeDate>2026-11-02</tradeDate></tradeHeader>
<commoditySwap>
<effectiveDate><adjustableDate><unadjustedDate>2027-01-01</unadjustedDate></adjustableDate></effectiveDate>
<terminationDate><adjustableDate><unadjustedDate>2027-01-31</unadjustedDate></adjustableDate></terminationDate>
<settlementCurrency>EUR</settlementCurrency>
<fixedLeg><payerPartyReference href="a"/><receiverPartyReference href="b"/>
<fixedPrice><price>30.25</price><priceCurrency>EUR</priceCurrency><priceUnit>MWh</priceUnit></fixedPrice>
</fixedLeg></commoditySwap></trade>
<party id="a"><partyId>A</partyId></party><party id="b"><partyId>B</partyId></party>
</dataDocument>
"""


def shape(element: Element) -> tuple[Any, ...]:
    """Return an element without its line."""
    inner = [shape(one) for one in element.children]
    return element.name, element.attributes, element.text, inner


def test_every_sample_is_read_and_nothing_of_it_lost(recorded_data: Path, tmp_path: Path) -> None:
    book = TradeBook(tmp_path)
    files = sorted((recorded_data / "regulatory" / "fpml" / "samples").glob("*.xml"))
    assert len(files) >= 8
    for file in files:
        content = file.read_bytes()
        (trade,) = read_fpml(content)
        assert trade.legs
        assert trade.start <= trade.end
        told = book.book([(file.stem, trade)], file=file.name, person="ana", known_ns=1)
        assert told.new == 1
        assert shape(rebuilt(book.terms(file.stem))) == shape(tree(content))
        assert book.book([(file.stem, trade)], file="x", person="ben", known_ns=2).unchanged == 1
    assert book.table().height == len(files)


def test_samples_say_what_their_documents_say(recorded_data: Path) -> None:
    folder = recorded_data / "regulatory" / "fpml" / "samples"

    def only(name: str) -> Any:
        (trade,) = read_fpml((folder / name).read_bytes())
        return trade

    power = only("com-ex18-physical-power-us-eei-fixed-price-shaped-volume.xml")
    physical, fixed = power.legs
    assert physical.quantity == tuple(map(Decimal, (200, 50, 650, 400, 400, 400)))
    assert (physical.place, len(physical.load)) == ("NorthPath15", 3)
    assert (fixed.price, fixed.price_unit) == (Decimal("58.6"), "MW")
    option = only("com-ex6-gas-call-option.xml")
    assert (option.option, option.strike, option.premium) == ("Call", Decimal("2.7"), 350_000)
    assert (option.currency, option.end) == ("USD", dt.date(2004, 7, 31))
    swap = only("com-ex16-physical-power-us-eei-floating-price.xml")
    assert swap.legs[1].spread == Decimal("3.0")
    assert swap.legs[0].load == (
        "MON,TUE,WED,THU,FRI 07:00:00-22:00:00 America/Chicago without holidays of NERC",
    )


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('fpmlVersion="5-13"', 'fpmlVersion="4-9"', "fpmlVersion is '4-9'; give a document of"),
        ("30.25", "30,25", "price: '30,25' is no number"),
        ("2026-11-02", "2.11.2026", "tradeDate: '2.11.2026' is no date"),
        ("<tradeId>S-1</tradeId>", "", "no tradeId; give the trade a number"),
        ('href="b"', 'href="c"', "there is no party 'c'; add it"),
        ("commoditySwap>", "equitySwap>", "hold no energy product; give one of commoditySwap"),
        ("tradeDate>", "day>", "tradeDate is missing; add it"),
        ("</dataDocument>", "", "line"),
        ("dataDocument", "executionRetracted", "it takes something back and states no trade"),
    ],
)
def test_a_document_that_does_not_fit_is_refused_with_its_line(
    old: str, new: str, text: str
) -> None:
    assert len(read_fpml(SWAP.encode())) == 1
    with pytest.raises(DecodeError, match=r"line \d+") as refused:
        read_fpml(SWAP.replace(old, new).encode())
    assert text in str(refused.value)


def test_trades_of_one_document_are_apart(tmp_path: Path) -> None:
    start, end = SWAP.index("<trade>"), SWAP.index("</trade>") + len("</trade>")
    other = SWAP[start:end].replace("S-1", "S-2")
    both = SWAP[:end] + other + SWAP[end:]
    first, second = read_fpml(both.encode())
    assert (first.number, second.number) == ("S-1", "S-2")
    assert rebuilt(first.terms).children[0].name == "trade"
    assert [one.name for one in rebuilt(first.terms).children].count("trade") == 1
    book = TradeBook(tmp_path)
    pairs = [(one.number, one) for one in (first, second)]
    assert book.book(pairs, file="a", person="ana", known_ns=1).new == 2
    # A change of one is none of the other.
    changed = read_fpml(both.replace("30.25", "31", 1).encode())
    told = book.book([(one.number, one) for one in changed], file="b", person="ana", known_ns=2)
    assert (told.queued, told.unchanged) == (1, 1)
    with pytest.raises(DecodeError, match="the number S-1 stands twice"):
        read_fpml((SWAP[:end] + SWAP[start:end] + SWAP[end:]).encode())


def test_an_older_version_may_come_back(tmp_path: Path) -> None:
    book = TradeBook(tmp_path)
    (first,) = read_fpml(SWAP.encode())
    (second,) = read_fpml(SWAP.replace("30.25", "31").encode())
    book.book([("S-1", first)], file="a", person="ana", known_ns=1)
    book.book([("S-1", second)], file="b", person="ana", known_ns=2)
    book.decide(2, person="ben", approves=True, known_ns=3)
    assert book.book([("S-1", first)], file="c", person="ana", known_ns=4).queued == 1
    book.decide(3, person="ben", approves=True, known_ns=5)
    assert book.terms("S-1") == book.terms("S-1", 1)


def test_another_version_waits_for_a_second_person(tmp_path: Path) -> None:
    book = TradeBook(tmp_path)
    (first,) = read_fpml(SWAP.encode())
    (second,) = read_fpml(SWAP.replace("30.25", "31").encode())
    book.book([("S-1", first)], file="a.xml", person="ana", known_ns=1)
    assert book.book([("S-1", second)], file="b.xml", person="ana", known_ns=2).queued == 1
    assert book.book([("S-1", second)], file="b.xml", person="ana", known_ns=2).unchanged == 1
    (waiting,) = book.pending()
    assert waiting.changes == ("price[1] '30.25' to '31'",)
    with pytest.raises(InputError, match="a second person decides"):
        book.decide(waiting.number, person="ana", approves=True, known_ns=3)
    book.decide(waiting.number, person="ben", approves=True, known_ns=3)
    assert book.table()["version"].to_list() == [2]
    assert dict(book.terms("S-1", 1)) != dict(book.terms("S-1"))
    with pytest.raises(InputError, match="no structured deal 'S-1' with a version 3"):
        book.terms("S-1", 3)
    with pytest.raises(InputError, match="terms of no document"):
        rebuilt(())


def message(
    kind: str, sequence: int, content: str = "", *, correlation: str = "C-1"
) -> tuple[Message, bytes]:
    head = (
        f'<{kind} xmlns="http://www.fpml.org/FpML-5/confirmation" fpmlVersion="5-13">'
        f'<correlationId correlationIdScheme="c">{correlation}</correlationId>'
        f"<sequenceNumber>{sequence}</sequenceNumber>"
    )
    document = f"{head}{content}</{kind}>".encode()
    return read_message(document), document


def trade_text(price: str = "30.25") -> str:
    return SWAP[SWAP.index("<trade>") : SWAP.index("</dataDocument>")].replace("30.25", price)


def test_a_later_message_of_a_correlation_overtakes_an_earlier_one(tmp_path: Path) -> None:
    book = TradeBook(tmp_path)

    def bring(sequence: int, price: str, known_ns: int) -> BookedTrades:
        told, document = message("executionNotification", sequence, trade_text(price))
        pairs = [(one.number, one) for one in read_fpml(document)]
        return book.book(pairs, file="m", person="ana", known_ns=known_ns, message=told)

    assert bring(1, "30.25", 1).new == 1
    assert bring(3, "31", 2).queued == 1
    late = bring(2, "32", 3)
    assert (late.older, late.queued) == (1, 0)
    assert bring(4, "33", 4).queued == 1


def test_a_message_that_retracts_cancels_by_correlation_or_number(tmp_path: Path) -> None:
    book = TradeBook(tmp_path)
    told, document = message("executionNotification", 1, trade_text())
    (trade,) = read_fpml(document)
    book.book([("a S-1", trade)], file="a", person="ana", known_ns=1, message=told)
    by_correlation, _ = message("executionRetracted", 2)
    by_number, _ = message("executionRetracted", 2, trade_text(), correlation="C-2")
    of_another, _ = message("executionRetracted", 2, correlation="C-2")
    assert book.named(by_correlation) == book.named(by_number) == ("a S-1",)
    assert book.named(of_another) == ()
    named = book.named(by_correlation)
    assert book.cancel(named, file="b", person="ana", known_ns=2, message=told).queued == 1
    assert book.cancel(named, file="b", person="ana", known_ns=2, message=told).unchanged == 1
    (waits,) = book.pending()
    assert waits.changes == ("status 'live' to 'cancelled'",)
    assert len(book.standing()) == 1
    book.decide(waits.number, person="ben", approves=True, known_ns=3)
    assert book.standing() == ()
    assert book.table()["status"].to_list() == ["cancelled"]
    assert book.cancel(named, file="", person="cleo", known_ns=4).unchanged == 1
    # Stated again by a later message, it waits to live again.
    again, document = message("executionNotification", 3, trade_text())
    pairs = [("a S-1", one) for one in read_fpml(document)]
    assert book.book(pairs, file="c", person="ana", known_ns=5, message=again).queued == 1
    (waits,) = book.pending()
    assert waits.changes == ("status 'cancelled' to 'live'",)
    book.decide(waits.number, person="ben", approves=False, known_ns=6, comment="no")
    history = book.history("a S-1")
    assert history["state"].to_list() == ["booked", "booked", "rejected"]
    assert history["status"].to_list() == ["live", "cancelled", "live"]
    assert history["version"].to_list() == [1, 2, None]
    assert history["decided_by"].to_list() == [None, "ben", "ben"]
    assert history["comment"].to_list() == [None, "", "no"]
    with pytest.raises(InputError, match="no structured deal 'S-9'"):
        book.cancel(["S-9"], file="", person="ana", known_ns=7)
    with pytest.raises(InputError, match="no structured deal 'S-9'"):
        book.history("S-9")


@pytest.mark.parametrize(
    ("kind", "sequence", "text"),
    [("executionRetracted", "1", "names neither a trade nor"), ("executionAdvice", "x", "is 'x'")],
)
def test_a_message_without_its_place_is_refused(kind: str, sequence: str, text: str) -> None:
    place = f"<sequenceNumber>{sequence}</sequenceNumber>"
    with pytest.raises(DecodeError, match=text):
        read_message(f'<{kind} fpmlVersion="5-13">{place}</{kind}>'.encode())
