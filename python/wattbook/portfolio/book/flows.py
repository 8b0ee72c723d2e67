"""What a structured trade gives and takes by month, as one of its parties sees it.

A fixed leg is money, a floating leg its quantity at an index, a physical leg its quantity at the
index of its delivery point. Options are calls or puts on an index and month, or on a swap whose
months are exercised one by one or together.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from wattbook.domain import unit_factor
from wattbook.errors import InputError
from wattbook.portfolio.book.fpml import (
    LEGS,
    Trade,
    day,
    every,
    first,
    needed,
    number,
    rebuilt,
    reference,
    text,
)
from wattbook.portfolio.book.terms import refuse_unknown
from wattbook.portfolio.book.volumes import (
    Piece,
    Span,
    months_of,
    settlements_of,
    spans_of,
    unit_of,
    volumes_of,
)
from wattbook.sources.xml import Element

__all__ = ["Flow", "factor_of", "flows_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What a trade exchanges for a month.

    Parameters
    ----------
    month : date
        Its first day.
    index : str
        What prices the quantity, as the document names it; empty for money alone.
    quantity : float
        Got above zero, given below, in `unit`.
    unit : str
    amount : float
        Money besides, got above zero: of an option what its exercise brings besides the index.
    currency : str
        Of the amount.
    exercise : int
        0 without an option; flows of one number are exercised together.
    sign : float
        -1 of an option that is sold.
    expiry : date or None
        Of an option.
    averages : bool
        Whether the index is the mean of its days: an option is on that mean.
    delivers : bool
        Whether the quantity is delivered, and so is no longer owed once its month is over.
    due : date or None
        When it is paid, where the document says so.
    settles : bool
        Of an option: whether its exercise is paid at the price of its expiry.
    correlation : float or None
        Of the two indices that an option exchanges.
    """

    month: dt.date
    index: str = ""
    quantity: float = 0.0
    unit: str = ""
    amount: float = 0.0
    currency: str = ""
    exercise: int = 0
    sign: float = 1.0
    expiry: dt.date | None = None
    averages: bool = False
    delivers: bool = False
    due: dt.date | None = None
    settles: bool = False
    correlation: float | None = None


def flows_of(trade: Trade, party: str, zones: Mapping[str, str]) -> tuple[Flow, ...]:
    """Return what a trade exchanges by month, as a party sees it.

    Parameters
    ----------
    trade : Trade
    party : str
        Its reference in the document.
    zones : mapping of str to str
        As for `volumes_of`.

    Raises
    ------
    InputError
        If something of it cannot be told by month; names what, and the fix.
    """
    whole = next(every(rebuilt(trade.terms), "trade"))
    refuse_unknown(whole)
    product = needed(whole, trade.kind)
    if trade.kind == "commodityOption" and first(product, "commodity") is not None:
        made = price_option(trade, product, party, zones)
    elif trade.kind in ("commodityOption", "commoditySwaption"):
        swap = needed(product, "commoditySwap")
        of_buyer = swap_flows(swap, trade.buyer, Span(trade.start, trade.end), zones)
        made = exercised(product, of_buyer, signed(product, party, "buyer", "seller"))
    else:
        made = swap_flows(product, party, Span(trade.start, trade.end), zones)
    return (*made, *premiums(product, made, party))


def signed(element: Element, party: str, gets: str, gives: str) -> float:
    """Return 1 if the party is on the first side of an element, -1 on the second.

    Raises
    ------
    InputError
        If it is on neither, or both sides are one.
    """
    if reference(element, f"{gets}PartyReference") == reference(element, f"{gives}PartyReference"):
        raise InputError(f"{element.name} has one party as {gets} and as {gives}; mend it")
    if reference(element, f"{gets}PartyReference") == party:
        return 1.0
    if reference(element, f"{gives}PartyReference") == party:
        return -1.0
    raise InputError(f"{element.name} names {party} neither as {gets} nor as {gives}; mend it")


def swap_flows(swap: Element, party: str, term: Span, zones: Mapping[str, str]) -> tuple[Flow, ...]:
    """Return the flows of all legs of a swap or forward."""
    made: list[Flow] = []
    for leg in swap.children:
        if leg.name not in LEGS:
            continue
        sign = signed(leg, party, "receiver", "payer")
        if LEGS[leg.name] == "fixed":
            made += fixed(swap, leg, sign, term, zones)
        elif LEGS[leg.name] == "floating":
            made += floating(swap, leg, sign, term, zones)
        else:
            made += physical(swap, leg, sign, term, zones)
    if not made:
        raise InputError(f"{swap.name} has no leg that is known; give {', '.join(LEGS)}")
    return tuple(made)


def factor_of(unit: str, into: str) -> float:
    """Return how many of a unit one of another is.

    Raises
    ------
    InputError
        If they measure different things, or one is not known.
    """
    if unit == into:
        return 1.0
    try:
        return float(unit_factor(unit, into))
    except ValueError as fault:
        raise InputError(
            f"quantities in {unit!r} and prices for {into!r} do not fit; give both in one unit"
        ) from fault


def fixed(
    swap: Element, leg: Element, sign: float, term: Span, zones: Mapping[str, str]
) -> list[Flow]:
    """Return the money of a fixed leg."""
    total = first(leg, "totalPrice")
    if total is not None:
        name = "price" if first(total, "amount") is None else "amount"
        money = sign * value_of(total, name) / term.days
        currency = text(total, "currency") or text(total, "priceCurrency")
        return [
            Flow(month=one.first.replace(day=1), amount=money * one.days, currency=currency)
            for one in months_of(term)
        ]
    pieces = volumes_of(swap, leg, term, zones)
    return [
        Flow(
            month=piece.month,
            amount=sign * price * piece.quantity * factor_of(piece.unit, unit),
            currency=currency,
        )
        for piece in pieces
        for price, unit, currency in (fixed_price(leg, piece, pieces),)
    ]


def fixed_price(leg: Element, piece: Piece, pieces: list[Piece]) -> tuple[float, str, str]:
    """Return price, unit and currency that a fixed leg has for a piece.

    Raises
    ------
    InputError
        If it has none, or its steps are not as many as its periods.
    """
    steps = first(leg, "fixedPriceSchedule")
    if steps is not None:
        prices = [one for one in steps.children if one.name == "fixedPriceStep"]
        count = max(one.span for one in pieces) + 1
        if len(prices) != count:
            raise InputError(f"{len(prices)} steps of a price for {count} periods; give as many")
        found: Element | None = prices[piece.span]
    else:
        found = first(leg, "fixedPrice")
        for one in leg.children:
            if one.name == "settlementPeriodsPrice" and piece.settlement in settlements_of(one):
                found = one
    if found is None:
        raise InputError(
            f"{leg.name} has no price for {piece.settlement or 'its quantity'}; give fixedPrice, "
            "fixedPriceSchedule or settlementPeriodsPrice"
        )
    return value_of(found, "price"), unit_of(text(found, "priceUnit")), text(found, "priceCurrency")


def floating(
    swap: Element, leg: Element, sign: float, term: Span, zones: Mapping[str, str]
) -> list[Flow]:
    """Return the quantities of a floating leg, with its spread."""
    commodity, calculation = needed(leg, "commodity"), first(leg, "calculation")
    spread = None if calculation is None else first(calculation, "spread")
    plus = 0.0 if spread is None else value_of(spread, "amount")
    return [
        Flow(
            month=piece.month,
            index=text(needed(leg, "commodity"), "instrumentId"),
            quantity=sign * piece.quantity,
            unit=piece.unit,
            amount=sign * plus * piece.quantity,
            currency="" if spread is None else text(spread, "currency"),
            averages=is_mean(commodity if calculation is None else calculation),
        )
        for piece in volumes_of(swap, leg, term, zones)
    ]


def physical(
    swap: Element, leg: Element, sign: float, term: Span, zones: Mapping[str, str]
) -> list[Flow]:
    """Return the quantities of a physical leg, at the index of its place."""
    where = needed(leg, "deliveryConditions")
    place = text(where, "deliveryPoint") or text(where, "deliveryZone")
    if not place:
        raise InputError(f"{leg.name} has no deliveryPoint or deliveryZone; add it")
    return [
        Flow(
            month=piece.month,
            index=place,
            quantity=sign * piece.quantity,
            unit=piece.unit,
            delivers=True,
        )
        for piece in volumes_of(swap, leg, term, zones)
    ]


def price_option(
    trade: Trade, option: Element, party: str, zones: Mapping[str, str]
) -> tuple[Flow, ...]:
    """Return the calls or puts of an option on a price, one each month."""
    if trade.option not in ("Call", "Put"):
        raise InputError(f"optionType is {trade.option!r}; give Call or Put")
    if trade.strike is None:
        raise InputError(
            "strikePricePerUnit is missing; options on a floating strike have no value"
        )
    way = 1.0 if trade.option == "Call" else -1.0
    strike = needed(option, "strikePricePerUnit")
    term = Span(trade.start, max(trade.end, trade.start))
    until = expiration(option)
    spans = spans_of(option, option, term)
    sign = signed(option, party, "buyer", "seller")
    index = text(needed(option, "commodity"), "instrumentId")
    return tuple(
        Flow(
            month=piece.month,
            index=index,
            quantity=way * piece.quantity,
            unit=piece.unit,
            amount=-way * piece.quantity * float(trade.strike),
            currency=text(strike, "currency"),
            exercise=at,
            sign=sign,
            expiry=min(spans[piece.span].last, until or spans[piece.span].last),
            averages=is_mean(option),
            settles=True,
        )
        for at, piece in enumerate(volumes_of(option, option, term, zones), 1)
    )


def expiration(option: Element) -> dt.date | None:
    """Return the day on which an option expires, if that is told.

    Raises
    ------
    InputError
        If there are several.
    """
    days = [
        one
        for name in ("expirationDate", "expirationDates")
        for told in every(option, name)
        for one in every(told, "unadjustedDate")
    ]
    if len(days) > 1:
        raise InputError(
            f"{option.name} has {len(days)} days of expiration, which are not reckoned with; give "
            "one, or days before each month"
        )
    return day(days[0]) if days else None


def is_mean(element: Element) -> bool:
    """Return whether a price is the mean of its pricing dates."""
    dates = first(element, "pricingDates")
    return dates is not None and text(dates, "dayDistribution") == "All"


def exercised(option: Element, flows: tuple[Flow, ...], sign: float) -> tuple[Flow, ...]:
    """Return the flows of a swap as an option on them.

    Raises
    ------
    InputError
        If they are at no index or at more than two, or when it is exercised cannot be told.
    """
    count = len({one.index for one in flows if one.index})
    if not 1 <= count <= 2:
        raise InputError(f"an option on {count} indices has no value here; value it elsewhere")
    repeated = next(every(option, "periodicDates"), None)
    if repeated is None:
        single = expiration(option)
        if single is None:
            raise InputError("when the option expires is not told; give expirationDate")
        return tuple(replace(one, exercise=1, sign=sign, expiry=single) for one in flows)
    ahead = needed(needed(repeated, "calculationStartDate"), "relativeDate")
    count, period = int(value_of(ahead, "periodMultiplier")), text(ahead, "period")
    frequency = needed(repeated, "calculationPeriodFrequency")
    each = (text(frequency, "periodMultiplier"), text(frequency, "period"))
    if period != "D" or count > 0 or each != ("1", "M"):
        raise InputError(
            f"exercises {count} {period} before every {' '.join(each)}; give days before each month"
        )
    is_business = "Business" in text(ahead, "dayType")
    months = {month: at for at, month in enumerate(sorted({one.month for one in flows}), 1)}
    return tuple(
        replace(
            one,
            exercise=months[one.month],
            sign=sign,
            expiry=days_before(one.month, -count, is_business=is_business),
        )
        for one in flows
    )


def days_before(date: dt.date, count: int, *, is_business: bool) -> dt.date:
    """Return the day so many days before, weekdays alone where business days are meant."""
    found = date
    while count:
        found -= dt.timedelta(days=1)
        count -= not is_business or found.weekday() < 5
    return found


def premiums(product: Element, flows: tuple[Flow, ...], party: str) -> tuple[Flow, ...]:
    """Return what is paid for an option: an amount, or one for each unit of its flows."""
    made = []
    for one in product.children:
        if one.name != "premium":
            continue
        whole, each = first(one, "paymentAmount"), first(one, "premiumPerUnit")
        paid = each if whole is None else whole
        on = next(every(one, "unadjustedDate"), None)
        if on is None or paid is None:
            raise InputError("premium lacks its paymentDate or its paymentAmount; add it")
        amount = value_of(paid, "amount") * (volume_of(flows) if whole is None else 1.0)
        made.append(
            Flow(
                month=day(on).replace(day=1),
                amount=signed(one, party, "receiver", "payer") * amount,
                currency=text(paid, "currency"),
                due=day(on),
            )
        )
    return tuple(made)


def volume_of(flows: tuple[Flow, ...]) -> float:
    """Return the volume that a premium by unit is for; of an exchange that of one of its sides.

    Raises
    ------
    InputError
        If both sides are not as much.
    """
    sides: dict[tuple[str, str], float] = {}
    for one in flows:
        if one.index:
            key = one.index, one.unit
            sides[key] = sides.get(key, 0.0) + abs(one.quantity)
    volumes = [*sides.values()]
    units = {unit for _, unit in sides}
    if len(units) != 1 or not math.isclose(min(volumes), max(volumes), rel_tol=1e-9):
        raise InputError("premiumPerUnit of two quantities cannot be told; give paymentAmount")
    return volumes[0]


def value_of(element: Element, name: str) -> float:
    """Return a child as a number.

    Raises
    ------
    InputError
        If there is none.
    """
    found = number(element, name)
    if found is None:
        raise InputError(f"{element.name}: {name} is missing; add it")
    return float(found)
