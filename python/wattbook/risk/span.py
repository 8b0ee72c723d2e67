"""SPAN: sixteen scenarios, spreads between months, credits between commodities.

Chicago Mercantile Exchange, Standard Portfolio Analysis of Risk.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.pricing import Model, european
from wattbook.risk.checked import above, finite_number, from_zero

__all__ = [
    "InterCommodityCredit",
    "MonthSpread",
    "ScanPosition",
    "ScanRange",
    "SpanMargin",
    "credits_between",
    "position_delta",
    "price_risk",
    "risk_array",
    "span_margin",
    "spread_charge",
]

_SHARES = (0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0)
"""Thirds of the price range, each with volatility up and down."""


@dataclass(frozen=True, slots=True)
class ScanRange:
    """How far the scenarios of a commodity go."""

    price: float
    """Units of price."""
    volatility: float
    """Added to and taken off each volatility."""
    extreme_multiplier: float = 2.0
    extreme_cover: float = 0.33
    """Share of the extreme loss that counts."""

    def __post_init__(self) -> None:
        """Refuse a range that asks for no margin.

        Raises
        ------
        InputError
            Naming the number.
        """
        above("price range", self.price)
        from_zero("volatility range", self.volatility)
        above("extreme_multiplier", self.extreme_multiplier)
        if not 0.0 < self.extreme_cover <= 1.0:
            message = f"extreme_cover is {self.extreme_cover}: give a share above 0, at most 1"
            raise InputError(message)


@dataclass(frozen=True, slots=True)
class ScanPosition:
    """Contracts of one kind."""

    kind: str
    """``"future"``, ``"call"`` or ``"put"``."""
    quantity: float
    """Contracts; short below 0."""
    multiplier: float
    """Money for a unit of price."""
    futures_price: float
    strike: float = math.nan
    """Of an option, as the next two."""
    time: float = math.nan
    volatility: float = math.nan
    rate: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a kind that is not known and a number that is missing.

        Raises
        ------
        InputError
            Naming the field.
        """
        if self.kind not in ("future", "call", "put"):
            message = f"kind is {self.kind!r}: choose future, call or put"
            raise InputError(message)
        finite_number("quantity", self.quantity)
        above("multiplier", self.multiplier)
        finite_number("futures_price", self.futures_price)
        if self.kind != "future":
            above("strike", self.strike)
            from_zero("time", self.time)
            above("volatility", self.volatility)
            finite_number("rate", self.rate)


@dataclass(frozen=True, slots=True)
class MonthSpread:
    """Charge for a long month against a short one: one tier of the exchange's list."""

    charge: float
    """Money a spread."""
    months: tuple[str, str]
    ratio: tuple[float, float] = (1.0, 1.0)
    """Deltas of the first and the second month that make a spread."""

    def __post_init__(self) -> None:
        """Refuse a charge below 0 and a ratio that makes no spread.

        Raises
        ------
        InputError
            Naming the number.
        """
        from_zero("charge", self.charge)
        for side in self.ratio:
            above("ratio", side)


@dataclass(frozen=True, slots=True)
class InterCommodityCredit:
    """What a spread between commodities takes off their price risk."""

    commodities: tuple[str, str]
    ratio: tuple[float, float]
    """Deltas that make a spread, positive: the two sides are of opposite sign."""
    credit: float
    """Share, 0 to 1."""

    def __post_init__(self) -> None:
        """Refuse a credit that is no share and a ratio that makes no spread.

        Raises
        ------
        InputError
            Naming the number.
        """
        if not 0.0 <= self.credit <= 1.0:
            message = f"credit of {self.commodities} is {self.credit}: give a share, 0 to 1"
            raise InputError(message)
        for side in self.ratio:
            above("ratio", side)


@dataclass(frozen=True, slots=True)
class SpanMargin:
    """Margin of one commodity, each part apart."""

    losses: NDArray[np.float64]
    """By scenario, positive for a loss."""
    scan_risk: float
    """Largest of them, at least 0."""
    worst_scenario: int
    """From 1."""
    month_charge: float
    commodity_credit: float
    short_option_minimum: float

    @property
    def total(self) -> float:
        """Scan risk and spread charge less credit, not below the minimum of short options."""
        risk = self.scan_risk + self.month_charge - self.commodity_credit
        return max(risk, self.short_option_minimum, 0.0)


def _price(position: ScanPosition, forward: float, volatility: float) -> float:
    if position.kind == "future":
        return forward
    values = european(
        Model.BLACK,
        position.kind,
        forward=forward,
        strike=position.strike,
        time=position.time,
        volatility=max(volatility, 0.0),
        rate=position.rate,
    )
    return float(values.price)


def risk_array(positions: Sequence[ScanPosition], ranges: ScanRange) -> NDArray[np.float64]:
    """Losses in the sixteen scenarios: float64, shape (16,), positive for a loss.

    Price moves by none, a third, two thirds and all of its range, up and down, with volatility up
    and down; the last two move it by a multiple of the range and count in part.

    Raises
    ------
    InputError
        For a scenario that drives a lognormal price to zero or below.

    Examples
    --------
    >>> future = ScanPosition("future", 2.0, 1_000.0, futures_price=75.0)
    >>> risk_array([future], ScanRange(price=5.0, volatility=0.06)).round(1)[[12, 15]]
    array([10000.,  6600.])
    """
    losses = np.zeros(16)
    for position in positions:
        weight = position.quantity * position.multiplier
        base = _price(position, position.futures_price, position.volatility)
        for place in range(14):
            moved = position.futures_price + _SHARES[place // 2] / 3.0 * ranges.price
            shift = ranges.volatility * (1.0 if place % 2 == 0 else -1.0)
            losses[place] -= weight * (_price(position, moved, position.volatility + shift) - base)
        for place, way in ((14, 1.0), (15, -1.0)):
            moved = position.futures_price + way * ranges.extreme_multiplier * ranges.price
            gain = _price(position, moved, position.volatility) - base
            losses[place] -= ranges.extreme_cover * weight * gain
    return losses


def position_delta(position: ScanPosition) -> float:
    """Return the delta of a position in futures contracts, long above 0.

    Raises
    ------
    InputError
        For an option whose forward or strike is not above 0.

    Examples
    --------
    >>> position_delta(ScanPosition("future", -3.0, 1_000.0, futures_price=75.0))
    -3.0
    """
    if position.kind == "future":
        return position.quantity
    values = european(
        Model.BLACK,
        position.kind,
        forward=position.futures_price,
        strike=position.strike,
        time=position.time,
        volatility=position.volatility,
        rate=position.rate,
    )
    return position.quantity * float(values.delta)


def price_risk(losses: NDArray[np.float64]) -> float:
    """Return what of the scan risk is the price's: without volatility's and time's part.

    The loss of the worst price, in the mean of both its volatilities, less the mean of the two
    scenarios in which the price stands still; at least 0.

    Parameters
    ----------
    losses : ndarray of shape (16,)
        Of `risk_array`.

    Examples
    --------
    >>> future = ScanPosition("future", 2.0, 1_000.0, futures_price=75.0)
    >>> price_risk(risk_array([future], ScanRange(price=5.0, volatility=0.06)))
    10000.0
    """
    worst = int(np.argmax(losses))
    first = worst - worst % 2
    # The two extreme moves have no pair: each stands for itself.
    paired = float(losses[worst]) if worst >= 14 else float(losses[first : first + 2].mean())
    return max(paired - float(losses[:2].mean()), 0.0)


def spread_charge(
    deltas: Mapping[str, float], spreads: Sequence[MonthSpread]
) -> tuple[float, dict[str, float]]:
    """Charge for spreads between months, in the list's order, and the deltas that are left.

    Examples
    --------
    >>> spread_charge({"JAN": 5.0, "FEB": -3.0}, [MonthSpread(200.0, ("JAN", "FEB"))])
    (600.0, {'JAN': 2.0, 'FEB': 0.0})
    """
    left = {month: finite_number(f"delta of {month}", delta) for month, delta in deltas.items()}
    charge = 0.0
    for spread in spreads:
        one, other = (left.get(month, 0.0) for month in spread.months)
        if one * other >= 0.0:
            continue
        count = min(abs(one) / spread.ratio[0], abs(other) / spread.ratio[1])
        charge += count * spread.charge
        for month, held, share in zip(spread.months, (one, other), spread.ratio, strict=True):
            left[month] = held - np.sign(held) * count * share
    return charge, {month: float(delta) for month, delta in left.items()}


def credits_between(
    deltas: Mapping[str, float],
    price_risks: Mapping[str, float],
    listed: Sequence[InterCommodityCredit],
) -> dict[str, float]:
    """Credit of each commodity for spreads with others, in the list's order.

    Parameters
    ----------
    deltas : mapping
        Net delta of each commodity, contracts.
    price_risks : mapping
        Money that one delta risks (the scan risk without volatility, over the net delta).

    Raises
    ------
    InputError
        If a price risk is missing, or a number is none.
    """
    left = {name: finite_number(f"delta of {name}", delta) for name, delta in deltas.items()}
    for name, risk in price_risks.items():
        from_zero(f"price risk of {name}", risk)
    given = dict.fromkeys(deltas, 0.0)
    for credit in listed:
        one, other = (left.get(name, 0.0) for name in credit.commodities)
        if one * other >= 0.0:
            continue
        count = min(abs(one) / credit.ratio[0], abs(other) / credit.ratio[1])
        for name, held, share in zip(credit.commodities, (one, other), credit.ratio, strict=True):
            if name not in price_risks:
                message = f"price risk of {name} is missing: give money for one delta"
                raise InputError(message)
            given[name] += count * share * price_risks[name] * credit.credit
            left[name] = held - float(np.sign(held)) * count * share
    return given


def span_margin(
    positions: Sequence[ScanPosition],
    ranges: ScanRange,
    *,
    month_deltas: Mapping[str, float] | None = None,
    month_spreads: Sequence[MonthSpread] = (),
    commodity_credit: float = 0.0,
    short_option_charge: float = 0.0,
) -> SpanMargin:
    """Margin of one commodity.

    Parameters
    ----------
    positions, ranges
        As for `risk_array`.
    month_deltas, month_spreads
        As for `spread_charge`.
    commodity_credit : float
        From `credits_between`.
    short_option_charge : float
        Money for each short option: their minimum.

    Raises
    ------
    InputError
        As `risk_array` and `spread_charge`, and for a credit or charge below 0.
    """
    from_zero("commodity_credit", commodity_credit)
    from_zero("short_option_charge", short_option_charge)
    losses = risk_array(positions, ranges)
    worst = int(np.argmax(losses))
    charge, _ = spread_charge(month_deltas or {}, month_spreads)
    short = sum(max(-position.quantity, 0.0) for position in positions if position.kind != "future")
    return SpanMargin(
        losses=losses,
        scan_risk=max(0.0, float(losses[worst])),
        worst_scenario=worst + 1,
        month_charge=charge,
        commodity_credit=commodity_credit,
        short_option_minimum=short * short_option_charge,
    )
