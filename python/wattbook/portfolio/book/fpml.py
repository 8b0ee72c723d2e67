"""Energy trades of FpML 5 documents (confirmation view): what a desk asks of them, and the rest.

A trade is read twice. `Trade` and its legs hold what a book is searched and told by. `Trade.terms`
holds every element and attribute of the document in order, so that nothing is lost: `rebuilt` makes
the same tree of them.

References
----------
FpML 5.13 recommendation, confirmation view: fpml-com-5-13.xsd.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from wattbook.errors import DecodeError, InputError
from wattbook.sources.xml import Element, tree

__all__ = ["KINDS", "Leg", "Party", "Trade", "read_fpml", "rebuilt", "trade_from"]

KINDS = ("commoditySwap", "commodityForward", "commodityOption", "commoditySwaption")
"""Products whose value is known here, if their terms are (`wattbook.portfolio.book.terms`)."""

HELD = ("commodityBasketOption", "commodityDigitalOption", "commodityPerformanceSwap")
"""Products that are read and held without a value."""

UNDOING = ("Retracted", "Exception", "Withdrawal")
"""How messages end that take something back."""

FIRST_YEAR, LAST_YEAR = 1990, 2199
NUMBER_MAX = Decimal(10) ** 15

LEGS = {
    "fixedLeg": "fixed",
    "floatingLeg": "floating",
    "gasPhysicalLeg": "gas",
    "electricityPhysicalLeg": "electricity",
    "coalPhysicalLeg": "coal",
    "oilPhysicalLeg": "oil",
    "environmentalPhysicalLeg": "environmental",
}
"""Legs and what a book calls them."""

INNER = ("commoditySwap", "commodityForward")
"""What an option may be on."""


@dataclass(frozen=True, slots=True)
class Party:
    """A party of a trade: its name in the document, its identifier and its own name."""

    reference: str
    identifier: str
    name: str


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg of a trade; texts are empty where the document says nothing.

    Parameters
    ----------
    kind : str
        A value of `LEGS`, or the name of another leg.
    payer, receiver : str
        References to parties; of a physical leg who delivers and who takes.
    quantity : tuple of Decimal
        One, or one for each step of a schedule.
    unit, frequency : str
        Of the quantity: ``MWh`` each ``PerSettlementPeriod``.
    price : Decimal or None
        Of a fixed leg.
    price_currency, price_unit : str
    index : str
        What a floating leg is priced by.
    spread : Decimal or None
        On top of it.
    place : str
        Delivery point or zone.
    load : tuple of str
        Settlement periods of power, such as ``MON-FRI 07:00:00-22:00:00 America/Chicago``.
    """

    kind: str
    payer: str
    receiver: str
    quantity: tuple[Decimal, ...] = ()
    unit: str = ""
    frequency: str = ""
    price: Decimal | None = None
    price_currency: str = ""
    price_unit: str = ""
    index: str = ""
    spread: Decimal | None = None
    place: str = ""
    load: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trade:
    """A trade of a document.

    Parameters
    ----------
    kind : str
        One of `KINDS` or `HELD`.
    identifiers : tuple of (str, str)
        Party reference and its number of the trade.
    trade_date : date
    start, end : date
        Effective and last day; of an option its own, or those of what it is on; of a forward that
        of its value. The trade's date where the document tells the day by another.
    currency : str
        Settled in; empty if each leg says its own.
    parties : tuple of Party
    legs : tuple of Leg
    option : str
        ``Call``, ``Put`` or empty.
    buyer, seller : str
        Of an option.
    strike : Decimal or None
        A unit.
    premium : Decimal or None
        In all.
    terms : tuple of (str, str)
        Path and text of all there is, attributes as ``…/@name``: of the document without its other
        trades.
    """

    kind: str
    identifiers: tuple[tuple[str, str], ...]
    trade_date: dt.date
    start: dt.date
    end: dt.date
    currency: str
    parties: tuple[Party, ...]
    legs: tuple[Leg, ...]
    option: str
    buyer: str
    seller: str
    strike: Decimal | None
    premium: Decimal | None
    terms: tuple[tuple[str, str], ...]

    @property
    def number(self) -> str:
        """The trade's number, that of the party which is named first."""
        return self.identifiers[0][1]

    @property
    def between(self) -> str:
        """The names of its parties."""
        return " and ".join(one.name or one.identifier for one in self.parties)


def read_fpml(content: bytes) -> tuple[Trade, ...]:
    """Return the energy trades of a document.

    Parameters
    ----------
    content : bytes
        A data document or a message with trades, FpML 5, UTF-8.

    Raises
    ------
    DecodeError
        If it is no XML, no FpML 5, or a trade lacks what a book needs; names line, element and fix.
    """
    root = tree(content)
    version = root.attributes.get("fpmlVersion", "")
    if not version.startswith("5-"):
        raise DecodeError(
            f"line {root.line}, {root.name}: fpmlVersion is {version!r}; give a document of FpML 5"
        )
    parties = parties_of(root)
    if root.name.endswith(UNDOING):
        raise DecodeError(
            f"line {root.line}, {root.name}: it takes something back and states no trade; cancel "
            "the deal with `wattbook book cancel`, or give the document that states it"
        )
    trades = list(every(root, "trade"))
    if not trades:
        raise DecodeError(f"line {root.line}, {root.name}: there is no trade; give one at least")
    made = tuple(trade_of(one, parties, tuple(leaves(root, only=one))) for one in trades)
    numbers = [one.number for one in made]
    for one, number in zip(trades, numbers, strict=True):
        if numbers.count(number) > 1:
            raise DecodeError(
                f"line {one.line}, trade: the number {number} stands twice; give each its own"
            )
    return made


def trade_from(terms: tuple[tuple[str, str], ...]) -> Trade:
    """Return the trade that `Trade.terms` are of.

    Raises
    ------
    InputError
        If they are those of no document.
    """
    root = rebuilt(terms)
    return trade_of(next(every(root, "trade")), parties_of(root), terms)


def parties_of(root: Element) -> tuple[Party, ...]:
    """Return the parties of a document."""
    return tuple(
        Party(one.attributes.get("id", ""), text(one, "partyId"), text(one, "partyName"))
        for one in every(root, "party")
        if "id" in one.attributes
    )


def trade_of(
    trade: Element, parties: tuple[Party, ...], terms: tuple[tuple[str, str], ...]
) -> Trade:
    """Return one trade."""
    header = needed(trade, "tradeHeader")
    product = next((one for one in trade.children if one.name in (*KINDS, *HELD)), None)
    if product is None:
        names = ", ".join(one.name for one in trade.children)
        raise DecodeError(
            f"line {trade.line}, trade: {names} hold no energy product; give one of "
            f"{', '.join((*KINDS, *HELD))}"
        )
    identifiers = tuple(
        (reference(one, "partyReference"), text(one, "tradeId"))
        for one in header.children
        if one.name == "partyTradeIdentifier" and text(one, "tradeId")
    )
    if not identifiers:
        raise DecodeError(f"line {header.line}, tradeHeader: no tradeId; give the trade a number")
    inner = next((one for one in product.children if one.name in INNER), product)
    trade_date = day(needed(header, "tradeDate"))
    paid_in = next(every(product, "settlementCurrency"), None)
    start = start_of(inner, trade_date)
    end = end_of(product, inner, start)
    if end < start or not FIRST_YEAR <= start.year <= end.year <= LAST_YEAR:
        raise DecodeError(
            f"line {inner.line}, {inner.name}: it runs from {start} to {end}; give days in order, "
            f"from {FIRST_YEAR} to {LAST_YEAR}"
        )
    legs = tuple(leg_of(one) for one in inner.children if one.name.endswith("Leg"))
    if product.name == "commodityOption" and first(product, "commodity") is not None:
        legs = (option_leg(product),)
    premium = first(product, "premium")
    paid = None if premium is None else first(premium, "paymentAmount")
    strike = first(product, "strikePricePerUnit")
    known = {one.reference for one in parties}
    for one in legs:
        if one.kind not in LEGS.values():
            continue
        for name in (one.payer, one.receiver):
            if not name:
                raise DecodeError(
                    f"line {product.line}, {product.name}: its {one.kind} leg lacks a payer or a "
                    "receiver; give both"
                )
            if name not in known:
                raise DecodeError(
                    f"line {product.line}, {product.name}: there is no party {name!r}; add it"
                )
    return Trade(
        kind=product.name,
        identifiers=identifiers,
        trade_date=trade_date,
        start=start,
        end=end,
        currency="" if paid_in is None else paid_in.text,
        parties=parties,
        legs=legs,
        option=text(product, "optionType"),
        buyer=reference(product, "buyerPartyReference"),
        seller=reference(product, "sellerPartyReference"),
        strike=None if strike is None else number(strike, "amount"),
        premium=None if paid is None else number(paid, "amount"),
        terms=terms,
    )


def start_of(inner: Element, trade_date: dt.date) -> dt.date:
    """Return the first day of a product."""
    begins = next(
        (
            one
            for one in (first(inner, name) for name in ("effectiveDate", "valueDate"))
            if one is not None
        ),
        None,
    )
    if begins is None:
        if inner.name in ("commoditySwap", "commodityOption"):
            needed(inner, "effectiveDate")
        return trade_date
    is_told_by_another = any(one.name == "relativeDate" for one in begins.children)
    return trade_date if is_told_by_another else day(begins)


def end_of(product: Element, inner: Element, start: dt.date) -> dt.date:
    """Return the last day of a product: of what it says is the end, else of all its dates."""
    told = (
        first(inner, "terminationDate"),
        next(every(product, "expirationDate"), None),
        first(inner, "valueDate"),
    )
    days = (None if one is None else date_of(one) for one in told)
    found = next((one for one in days if one is not None), None)
    return found or max((start, *(day(one) for one in every(product, "unadjustedDate"))))


def leg_of(leg: Element) -> Leg:
    """Return one leg."""
    price = first(leg, "fixedPrice")
    price = first(leg, "settlementPeriodsPrice") if price is None else price
    commodity, calculation = first(leg, "commodity"), first(leg, "calculation")
    spread = None if calculation is None else first(calculation, "spread")
    amounts = amounts_of(leg)
    delivery = first(leg, "deliveryConditions")
    place = "" if delivery is None else text(delivery, "deliveryPoint")
    if delivery is not None and not place:
        place = text(delivery, "deliveryZone")
    return Leg(
        kind=LEGS.get(leg.name, leg.name.removesuffix("Leg")),
        payer=reference(leg, "payerPartyReference"),
        receiver=reference(leg, "receiverPartyReference"),
        quantity=tuple(one for one in (number(part, "quantity") for part in amounts) if one),
        unit=text(amounts[0], "quantityUnit") if amounts else "",
        frequency=text(amounts[0], "quantityFrequency") if amounts else "",
        price=None if price is None else number(price, "price"),
        price_currency="" if price is None else text(price, "priceCurrency"),
        price_unit="" if price is None else text(price, "priceUnit"),
        index="" if commodity is None else text(commodity, "instrumentId"),
        spread=None if spread is None else number(spread, "amount"),
        place=place,
        load=tuple(load_of(one) for one in leg.children if one.name == "settlementPeriods"),
    )


def option_leg(option: Element) -> Leg:
    """Return what an option on a price is on, as a floating leg from seller to buyer."""
    commodity = needed(option, "commodity")
    amounts = amounts_of(option)
    return Leg(
        kind="floating",
        payer=reference(option, "sellerPartyReference"),
        receiver=reference(option, "buyerPartyReference"),
        quantity=tuple(one for one in (number(part, "quantity") for part in amounts) if one),
        unit=text(amounts[0], "quantityUnit") if amounts else "",
        frequency=text(amounts[0], "quantityFrequency") if amounts else "",
        index=text(commodity, "instrumentId"),
    )


def amounts_of(leg: Element) -> list[Element]:
    """Return the quantities of a leg: one, or the steps of its schedules."""
    steps = list(every(leg, "quantityStep"))
    if steps:
        return steps
    for name in ("notionalQuantity", "physicalQuantity"):
        if found := [one for one in every(leg, name) if first(one, "quantity") is not None]:
            return found[:1]
    return []


def load_of(periods: Element) -> str:
    """Return settlement periods in words."""
    days = [one.text for one in periods.children if one.name == "applicableDay"]
    begins, ends = first(periods, "startTime"), first(periods, "endTime")
    span = "-".join(
        "" if one is None else next((part.text for part in every(one, "hourMinuteTime")), "")
        for one in (begins, ends)
    )
    zone = "" if begins is None else next((one.text for one in every(begins, "location")), "")
    holidays = [
        f"{word} holidays of {one.text}"
        for one in periods.children
        for name, word in (("excludeHolidays", "without"), ("includeHolidays", "and"))
        if one.name == name
    ]
    return " ".join(part for part in (",".join(days), span, zone, *holidays) if part)


def leaves(
    element: Element, path: str = "", *, only: Element | None = None
) -> Iterator[tuple[str, str]]:
    """Yield path and text of each element and attribute, in the order of the document.

    Of several trades `only` that one counts.
    """
    here = f"{path}/{element.name}" if path else element.name
    yield here, element.text
    for name, value in element.attributes.items():
        yield f"{here}/@{name}", value
    counts: dict[str, int] = {}
    for child in element.children:
        if only is not None and child.name == "trade" and child is not only:
            continue
        counts[child.name] = counts.get(child.name, 0) + 1
        for inner, value in leaves(child, only=only):
            name, _, rest = inner.partition("/")
            yield f"{here}/{name}[{counts[child.name]}]{'/' + rest if rest else ''}", value


def rebuilt(terms: tuple[tuple[str, str], ...]) -> Element:
    """Return the tree that `Trade.terms` came from, without its lines.

    Raises
    ------
    InputError
        If they are those of no document.
    """
    made: dict[str, Element] = {}
    for path, value in terms:
        above, _, name = path.rpartition("/")
        if name.startswith("@"):
            made[above].attributes[name[1:]] = value
            continue
        element = Element(name.partition("[")[0], 0, {}, value)
        made[path] = element
        if above:
            made[above].children.append(element)
    if not terms or terms[0][0] not in made:
        raise InputError("terms of no document; give those of a trade")
    return made[terms[0][0]]


def first(element: Element, name: str) -> Element | None:
    """Return the first child of a name."""
    return next((one for one in element.children if one.name == name), None)


def needed(element: Element, name: str) -> Element:
    """Return the first child of a name.

    Raises
    ------
    DecodeError
        If there is none.
    """
    found = first(element, name)
    if found is None:
        raise DecodeError(f"{place_of(element)}: {name} is missing; add it")
    return found


def place_of(element: Element) -> str:
    """Return where an element stands; one that was rebuilt has no line."""
    return f"line {element.line}, {element.name}" if element.line else element.name


def every(element: Element, name: str) -> Iterator[Element]:
    """Yield all elements of a name within, in the order of the document."""
    for child in element.children:
        if child.name == name:
            yield child
        yield from every(child, name)


def text(element: Element, name: str) -> str:
    """Return the text of the first child of a name, empty if there is none."""
    found = first(element, name)
    return "" if found is None else found.text


def reference(element: Element, name: str) -> str:
    """Return what a child refers to, empty if there is none."""
    found = first(element, name)
    return "" if found is None else found.attributes.get("href", "")


def number(element: Element, name: str) -> Decimal | None:
    """Return a child as a number, exactly.

    Raises
    ------
    DecodeError
        If it is none.
    """
    found = first(element, name)
    return None if found is None else number_of(found)


def number_of(element: Element) -> Decimal:
    """Return what stands in an element as a number, exactly.

    Raises
    ------
    DecodeError
        If it is none.
    """
    try:
        made = Decimal(element.text)
    except InvalidOperation as fault:
        raise DecodeError(
            f"{place_of(element)}: {element.text!r} is no number; give one such as 12.5"
        ) from fault
    if not made.is_finite() or abs(made) > NUMBER_MAX:
        raise DecodeError(f"{place_of(element)}: {element.text!r} is beyond bounds; give less")
    return made


def date_of(element: Element) -> dt.date | None:
    """Return the date within an element, if it has one of its own."""
    found = next(every(element, "unadjustedDate"), None)
    return None if found is None else day(found)


def day(element: Element) -> dt.date:
    """Return an element as a date; of an adjustable one the unadjusted.

    Raises
    ------
    DecodeError
        If it is none.
    """
    inner = next(every(element, "unadjustedDate"), element)
    try:
        return dt.date.fromisoformat(inner.text)
    except ValueError as fault:
        raise DecodeError(
            f"line {inner.line}, {inner.name}: {inner.text!r} is no date; give one such as "
            "2026-01-31"
        ) from fault
