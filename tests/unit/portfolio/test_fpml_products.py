"""All commodity products of FpML 5.13 are read whole; what is not reckoned with has no value."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import DecodeError, InputError
from wattbook.portfolio.book import TradeBook, flows_of, read_fpml, rebuilt
from wattbook.sources.xml import Element, tree

DOCUMENT = (
    '<dataDocument xmlns="http://www.fpml.org/FpML-5/confirmation" fpmlVersion="5-13"><trade>'
    '<tradeHeader><partyTradeIdentifier><partyReference href="a"/><tradeId>S-1</tradeId>'
    "</partyTradeIdentifier><tradeDate>2026-11-02</tradeDate></tradeHeader>{}</trade>"
    '<party id="a"><partyId>A</partyId></party><party id="b"><partyId>B</partyId></party>'
    "</dataDocument>"
)
PAYS = '<payerPartyReference href="a"/><receiverPartyReference href="b"/>'
GETS = '<payerPartyReference href="b"/><receiverPartyReference href="a"/>'
BUYS = '<buyerPartyReference href="a"/><sellerPartyReference href="b"/>'
INDEX = "<commodity><instrumentId>NG-HH</instrumentId></commodity>"
QUANTITY = (
    "<notionalQuantity><quantityUnit>MMBTU</quantityUnit>"
    "<quantityFrequency>PerCalendarDay</quantityFrequency><quantity>1000</quantity>"
    "</notionalQuantity>"
)
FIXED = (
    f"<fixedLeg>{PAYS}<fixedPrice><price>3</price><priceCurrency>USD</priceCurrency>"
    f"<priceUnit>MMBTU</priceUnit></fixedPrice>{QUANTITY}</fixedLeg>"
)
FLOATING = f"<floatingLeg>{GETS}{INDEX}{QUANTITY}</floatingLeg>"


def date(name: str, day: str) -> str:
    inner = f"<unadjustedDate>{day}</unadjustedDate>"
    return f"<{name}><adjustableDate>{inner}</adjustableDate></{name}>"


TERM = date("effectiveDate", "2027-01-01") + date("terminationDate", "2027-01-31")
SWAP = f"<commoditySwap>{TERM}<settlementCurrency>USD</settlementCurrency>{{}}</commoditySwap>"
EXERCISE = f"<europeanExercise>{date('expirationDate', '2026-12-27')}</europeanExercise>"
FORWARD = (
    f"<commodityForward>{date('valueDate', '2027-01-29')}<fixedLeg>{PAYS}<fixedPrice>"
    "<price>1800</price><priceCurrency>USD</priceCurrency></fixedPrice></fixedLeg>{}"
    "</commodityForward>"
)
PRODUCTS = {
    "swap": SWAP.format(FIXED + FLOATING),
    "swaption": f"<commoditySwaption>{BUYS}{SWAP.format(FIXED + FLOATING)}"
    f"<physicalExercise>{EXERCISE}</physicalExercise></commoditySwaption>",
    "option on a swap": f"<commodityOption>{BUYS}<optionType>Call</optionType>"
    f"{SWAP.format(FIXED + FLOATING)}<physicalExercise>{EXERCISE}</physicalExercise>"
    "</commodityOption>",
    "bullion": FORWARD.format(
        "<bullionPhysicalLeg><bullionType>Gold</bullionType></bullionPhysicalLeg>"
    ),
    "average": FORWARD.format(f"<averagePriceLeg>{GETS}{INDEX}</averagePriceLeg>"),
    "option on a forward": f"<commodityOption>{BUYS}<optionType>Call</optionType>"
    f"{FORWARD.format('')}</commodityOption>",
    "digital": f"<commodityDigitalOption>{BUYS}{TERM}{INDEX}</commodityDigitalOption>",
    "basket": f"<commodityBasketOption>{BUYS}{TERM}</commodityBasketOption>",
    "performance": f"<commodityPerformanceSwap>{TERM}<commodityReturnLeg>{PAYS}"
    "</commodityReturnLeg></commodityPerformanceSwap>",
    "weather": SWAP.format(f"<weatherLeg>{PAYS}</weatherLeg>"),
    "relative": SWAP.format(FIXED).replace(
        date("effectiveDate", "2027-01-01"),
        "<effectiveDate><relativeDate><period>M</period></relativeDate></effectiveDate>",
    ),
}
VALUED = {"swap", "swaption", "option on a swap"}


def shape(element: Element) -> tuple[object, ...]:
    return (
        element.name,
        element.attributes,
        element.text,
        [shape(one) for one in element.children],
    )


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_product_is_kept_whole(tmp_path: Path, name: str) -> None:
    content = DOCUMENT.format(PRODUCTS[name]).encode()
    (trade,) = read_fpml(content)
    book = TradeBook(tmp_path)
    assert book.book([("S-1", trade)], file="a", person="ana", known_ns=1).new == 1
    assert shape(rebuilt(book.terms("S-1"))) == shape(tree(content))
    assert trade.start <= trade.end
    if name in VALUED:
        assert flows_of(trade, "a", {"": "UTC"})
    else:
        with pytest.raises(InputError):
            flows_of(trade, "a", {"": "UTC"})


def test_an_option_on_a_swap_is_its_swaption() -> None:
    found = []
    for name in ("swaption", "option on a swap"):
        (trade,) = read_fpml(DOCUMENT.format(PRODUCTS[name]).encode())
        found.append(flows_of(trade, "a", {"": "UTC"}))
        assert {one.exercise for one in found[-1]} == {1}
        assert {one.expiry for one in found[-1]} == {dt.date(2026, 12, 27)}
    assert found[0] == found[1]


def elements(element: ET.Element) -> list[ET.Element]:
    return [element, *(inner for one in element for inner in elements(one))]


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(PRODUCTS)), data=st.data())
def test_any_change_of_a_document_is_read_whole_or_refused(name: str, data: st.DataObject) -> None:
    named = ' xmlns="http://www.fpml.org/FpML-5/confirmation"'
    root = ET.fromstring(DOCUMENT.replace(named, "").format(PRODUCTS[name]))  # noqa: S314 - our own text
    for _ in range(data.draw(st.integers(1, 3))):
        whole = elements(root)
        one = whole[data.draw(st.integers(0, len(whole) - 1))]
        match data.draw(st.sampled_from(["drop", "text", "double", "rename", "turn"])):
            case "drop" if len(one):
                one.remove(one[data.draw(st.integers(0, len(one) - 1))])
            case "text":
                one.text = data.draw(st.sampled_from(["", "0", "-1", "1e99", "nan", "2027-02-30"]))
            case "double" if len(one):
                one.append(one[0])
            case "rename":
                one.tag = data.draw(st.sampled_from(["fixedLeg", "price", "trade", "x"]))
            case _:
                one[:] = list(reversed(one))
    content = ET.tostring(root)
    try:
        trades = read_fpml(content)
    except DecodeError:
        return
    for trade in trades:
        if len(trades) == 1:
            assert shape(rebuilt(trade.terms)) == shape(tree(content))
        try:
            flows = flows_of(trade, "a", {"": "UTC"})
        except InputError:
            continue
        assert all(abs(one.quantity) < 1e300 and abs(one.amount) < 1e300 for one in flows)
