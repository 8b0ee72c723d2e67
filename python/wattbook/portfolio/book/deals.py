"""Deals as rows, and the rules that a row must keep before it is booked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import InputError

__all__ = ["DEALS", "Reference", "Refusal", "read_deals"]

MILLION = 1_000_000
DECIMALS = 6
LARGEST = 10**12
"""No power or price goes beyond it: its millionths fit 64 bits."""

DEALS: Mapping[str, Any] = {
    "deal": pl.String, "trade_date": pl.Date, "book": pl.String, "trader": pl.String,
    "counterparty": pl.String, "product": pl.String, "power": pl.Int64, "price": pl.Int64,
    "currency": pl.String, "fee": pl.Int64,
}  # fmt: skip
"""Columns of a deal: bought `power` above zero (1e-6 MW), `price` (1e-6 per MWh), `fee` (1e-6
currency). No power cancels a deal."""

NEEDED = (
    "deal", "trade_date", "book", "trader", "counterparty", "product", "side", "power_mw",
    "price", "currency",
)  # fmt: skip
OPTIONAL = ("fee", "status")


@dataclass(frozen=True)
class Reference:
    """Who and what deals may name.

    Parameters
    ----------
    currency : str
        Of the desk.
    books, traders, counterparties : frozenset of str
    currencies : frozenset of str
        That deals may be made in.
    """

    currency: str
    books: frozenset[str]
    traders: frozenset[str]
    counterparties: frozenset[str]
    currencies: frozenset[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not booked.

    Parameters
    ----------
    row : int
        Of the file, the header being 1.
    field, value : str
    reason : str
        What is wrong and what to do.
    """

    row: int
    field: str
    value: str
    reason: str


class BadFieldError(InputError):
    """A field that does not fit."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(f"{field} {value!r}: {reason}")
        self.field, self.value, self.reason = field, str(value), reason


def read_deals(
    rows: pl.DataFrame, reference: Reference
) -> tuple[pl.DataFrame, tuple[Refusal, ...]]:
    """Return the good rows as deals, with their ``row``, and the others with what is wrong.

    Parameters
    ----------
    rows : polars.DataFrame
        Text as it stands in the file: ``deal``, ``trade_date``, ``book``, ``trader``,
        ``counterparty``, ``product`` (as `DeliveryProduct` reads it), ``side`` (buy or sell),
        ``power_mw``, ``price``, ``currency``; optionally ``fee`` and ``status`` (live or
        cancelled).
    reference : Reference

    Raises
    ------
    InputError
        If a column is missing or unknown.
    """
    lacking = [name for name in NEEDED if name not in rows.columns]
    odd = [name for name in rows.columns if name not in (*NEEDED, *OPTIONAL)]
    if lacking or odd:
        wrong = f"lack the column {lacking[0]}" if lacking else f"have an odd column, {odd[0]}"
        raise InputError(
            f"deals {wrong}; give {', '.join(NEEDED)} and, if there are any, {', '.join(OPTIONAL)}"
        )
    good: list[tuple[Any, ...]] = []
    refused: list[Refusal] = []
    seen: dict[str, int] = {}
    products: dict[str, str] = {}
    for number, row in enumerate(rows.iter_rows(named=True), start=2):
        try:
            made = deal_of(row, reference, products)
        except BadFieldError as fault:
            refused.append(Refusal(number, fault.field, fault.value, fault.reason))
            continue
        if made[0] in seen:
            reason = f"stands in row {seen[made[0]]} too; keep the row that counts"
            refused.append(Refusal(number, "deal", made[0], reason))
            continue
        seen[made[0]] = number
        good.append((number, *made))
    table = pl.DataFrame(good, schema={"row": pl.Int64, **DEALS}, orient="row")
    return table, tuple(refused)


def deal_of(
    row: Mapping[str, Any], reference: Reference, products: dict[str, str]
) -> tuple[Any, ...]:
    """Return the columns of `DEALS` of one row.

    Raises
    ------
    BadFieldError
        Naming the first field that does not fit.
    """
    texts = {name: (row.get(name) or "").strip() for name in (*NEEDED, *OPTIONAL)}
    for name in NEEDED:
        if not texts[name]:
            raise BadFieldError(name, "", "is empty; fill it in")
        if not texts[name].isprintable():
            raise BadFieldError(
                name, texts[name], "has a character that cannot be printed; take it out"
            )
    try:
        day = dt.date.fromisoformat(texts["trade_date"])
    except ValueError as fault:
        raise BadFieldError(
            "trade_date", texts["trade_date"], "is no date; give one such as 2026-01-31"
        ) from fault
    for name, known in known_names(reference):
        if texts[name] not in known:
            names = ", ".join(sorted(known)[:5])
            raise BadFieldError(
                name, texts[name], f"is unknown; use one of {names}, or add it to the reference"
            )
    product = texts["product"]
    if product not in products:
        try:
            products[product] = str(DeliveryProduct(product))
        except InputError as fault:
            raise BadFieldError("product", product, str(fault)) from fault
    side, status = texts["side"], texts["status"] or "live"
    if side not in ("buy", "sell"):
        raise BadFieldError("side", side, "is neither buy nor sell; give one of them")
    if status not in ("live", "cancelled"):
        raise BadFieldError("status", status, "is neither live nor cancelled; give one of them")
    power = millionths("power_mw", texts["power_mw"], "MW")
    if power <= 0:
        raise BadFieldError("power_mw", texts["power_mw"], "is not above zero; the side says which")
    signed = 0 if status == "cancelled" else power if side == "buy" else -power
    return (
        texts["deal"],
        day,
        texts["book"],
        texts["trader"],
        texts["counterparty"],
        products[product],
        signed,
        millionths("price", texts["price"], "a MWh"),
        texts["currency"],
        millionths("fee", texts["fee"] or "0", "of money"),
    )


def known_names(reference: Reference) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the fields that name something, and what they may name."""
    yield "book", reference.books
    yield "trader", reference.traders
    yield "counterparty", reference.counterparties
    yield "currency", reference.currencies


def millionths(field: str, text: str, unit: str) -> int:
    """Return a decimal in 1e-6, exactly.

    Raises
    ------
    BadFieldError
        If it is no number, too large, or finer than 1e-6.
    """
    try:
        number = Decimal(text if text.isascii() and "_" not in text else "?")
    except InvalidOperation as fault:
        raise BadFieldError(field, text, f"is no number {unit}; give one such as 12.5") from fault
    if number.is_nan():
        raise BadFieldError(field, text, f"is no number {unit}; give one such as 12.5")
    # Comparisons are exact, whatever the exponent; arithmetic would round to 28 digits.
    if number.is_infinite() or not -LARGEST <= number <= LARGEST:
        raise BadFieldError(field, text, f"is beyond {LARGEST:,} {unit}; give a smaller number")
    sign, digits, exponent = number.as_tuple()
    whole, power = int("".join(map(str, digits))), int(exponent) + DECIMALS
    if not whole:
        return 0
    if power < -len(digits) or whole % 10 ** max(-power, 0):
        raise BadFieldError(field, text, f"has more than {DECIMALS} decimals; round it")
    scaled = whole * int(10**power) if power >= 0 else whole // int(10**-power)
    return -scaled if sign else scaled
