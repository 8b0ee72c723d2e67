"""Who and what a book may name, its limits and rules of verification: ``reference.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from wattbook.domain.calendars import PLACES
from wattbook.errors import InputError
from wattbook.portfolio.book import Reference
from wattbook.risk.liquidity import MarketDepth
from wattbook.runtime.book.corridor import Corridor, corridors
from wattbook.runtime.book.credit_terms import CreditTerms, credit_terms
from wattbook.runtime.book.structured import StructuredSpec
from wattbook.runtime.desk.reader import KeyPath, Reader, text_of, toml_of
from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive, Share

__all__ = ["FILE", "BookReference", "Limit", "load_reference"]

FILE = "reference.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSpec:
    """``[desk]``: its name, its currency and who may enter, approve and sign."""

    name: str
    currency: str
    persons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSpec:
    """``[[book]]`` or ``[[trader]]``."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceSpec:
    """``[[place]]``: the currency that its curve is in, where that is not the desk's."""

    name: str
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthSpec:
    """``[[depth]]``: how well energy of a place sells, money of the desk a MWh and MWh.

    As `wattbook.risk.liquidity.MarketDepth` has it.
    """

    name: str
    spread: NotNegative
    daily_volume_mwh: Positive
    spread_deviation: NotNegative = Decimal(0)
    spread_multiple: NotNegative = Decimal(3)
    participation: Annotated[Decimal, Bounds(above=0, most=1)] = Decimal("0.1")

    @property
    def depth(self) -> MarketDepth:
        """The same as numbers."""
        return MarketDepth(
            float(self.spread),
            float(self.daily_volume_mwh),
            float(self.spread_deviation),
            float(self.spread_multiple),
            float(self.participation),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LiquiditySpec:
    """``[liquidity]``: what there is to pay calls with, and the measure of what may be called.

    Parameters
    ----------
    cash, credit_lines : Decimal, money of the desk
    horizon_days : int
        Of the calendar; 14 are ten business days.
    confidence : Decimal
    """

    cash: NotNegative
    credit_lines: NotNegative = Decimal(0)
    horizon_days: Annotated[int, Bounds(least=1, most=100)] = 14
    confidence: Share = Decimal("0.99")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """``[[limit]]``: most that a book may hold or lose, or may hold with a counterparty.

    Parameters
    ----------
    name : str
    kind : str
        ``month_mwh``: energy of any place and month, either way; ``notional``: what is open of all
        places and months at the curve, either way; ``loss``: since the close before; ``var``:
        value at risk of a day, 95 %. The last two are of a book.
    most : Decimal
        MWh, or money of the desk.
    book, counterparty : str, optional
        One of them, or both: of the book with the counterparty.
    """

    name: str
    kind: Literal["month_mwh", "notional", "loss", "var"]
    most: Positive
    book: str | None = None
    counterparty: str | None = None

    @property
    def scope(self) -> str:
        """Words for what it looks at."""
        return " with ".join(name for name in (self.book, self.counterparty) if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationSpec:
    """``[verification]``: how far prices may be from others, and how old a curve may be.

    Parameters
    ----------
    tolerance : Decimal, money a MWh
        Between a curve and its second source.
    age_max_days : int
    deal_tolerance : Decimal, optional, money of the desk a MWh
        Between the price of a deal that is new to a close and the curve.
    """

    tolerance: NotNegative = Decimal("0.5")
    age_max_days: Annotated[int, Bounds(least=0, most=36_500)] = 0
    deal_tolerance: Positive | None = None


@dataclass(frozen=True)
class BookReference:
    """What a book's reference says.

    Parameters
    ----------
    desk : DeskSpec
    names : Reference
    fx : dict of str to float
        What one of a currency is worth in the desk's; the desk's own is 1.
    places : dict of str to str
        Currencies of the curves of places; those that are not named have the desk's.
    limits : tuple of Limit
    verification : VerificationSpec
    credit : CreditTerms
        What counterparties may owe, and under which agreements.
    depths : dict of str to MarketDepth
        By place.
    liquidity : LiquiditySpec or None
    corridors : tuple of Corridor
    structured : StructuredSpec or None
    """

    desk: DeskSpec
    names: Reference
    fx: dict[str, float]
    places: dict[str, str]
    limits: tuple[Limit, ...]
    verification: VerificationSpec
    credit: CreditTerms
    depths: dict[str, MarketDepth]
    liquidity: LiquiditySpec | None
    corridors: tuple[Corridor, ...]
    structured: StructuredSpec | None

    def person(self, name: str) -> str:
        """Return `name` if it may act.

        Raises
        ------
        InputError
            Otherwise.
        """
        if name not in self.desk.persons:
            raise InputError(
                f"{name!r} is no person of {self.desk.name}; use one of "
                f"{', '.join(self.desk.persons)}, or add the name to {FILE}"
            )
        return name


def load_reference(path: Path) -> BookReference:
    """Return the reference of the file at `path`.

    Raises
    ------
    DeskError
        If it cannot be read, or anything in it does not fit; names line, key, value and fix.
    """
    top, reader = toml_of(text_of(path, "a reference file"), path)
    sections = (
        "desk", "book", "trader", "counterparty", "place", "fx", "limit", "verification",
        "agreement", "moves", "credit", "depth", "liquidity", "corridor",
        "structured",
    )  # fmt: skip
    for name in top:
        reader.choice((name,), name, sections, "section of a reference")
    if not isinstance(top.get("desk"), dict):
        raise reader.refuse((), "section [desk] is missing; add it with name, currency, persons")
    desk: DeskSpec = reader.table(("desk",), top["desk"], DeskSpec)
    reader.currency(("desk", "currency"), desk.currency)
    books, traders = (
        frozenset(one.name for one in reader.tables(section, top, NameSpec))
        for section in ("book", "trader")
    )
    credit = credit_terms(reader, top, books)
    counterparties = frozenset(credit.counterparties)
    limits: tuple[Limit, ...] = reader.tables("limit", top, Limit)
    for place, one in enumerate(limits):
        check_limit(reader, one, ("limit", place), books, counterparties)
    rates = {code: float(rate) for code, rate in reader.fx(top).items()}
    fx = {**rates, desk.currency: 1.0}
    placed: tuple[PlaceSpec, ...] = reader.tables("place", top, PlaceSpec)
    for number, spec in enumerate(placed):
        reader.choice(("place", number, "name"), spec.name, PLACES, "place of delivery")
        reader.choice(("place", number, "currency"), spec.currency, fx, "currency with a rate")
    places = {spec.name: spec.currency for spec in placed}
    depths: tuple[DepthSpec, ...] = reader.tables("depth", top, DepthSpec)
    for number, deep in enumerate(depths):
        reader.choice(("depth", number, "name"), deep.name, PLACES, "place of delivery")
    verification: VerificationSpec = reader.table(
        ("verification",), top.get("verification", {}), VerificationSpec
    )
    names = Reference(desk.currency, books, traders, counterparties, frozenset(fx))
    return BookReference(
        desk,
        names,
        fx,
        places,
        limits,
        verification,
        credit,
        {one.name: one.depth for one in depths},
        liquidity_of(reader, top),
        corridors(reader, top, books),
        structured_of(reader, top, books),
    )


def check_limit(
    reader: Reader,
    limit: Limit,
    key: KeyPath,
    books: frozenset[str],
    counterparties: frozenset[str],
) -> None:
    """Refuse a limit whose scope leads nowhere, or that is not of a counterparty.

    Raises
    ------
    DeskError
        Naming the key.
    """
    if limit.book is None and limit.counterparty is None:
        raise reader.refuse(key, "it is of nothing; give a book, a counterparty, or both")
    if limit.book is not None:
        reader.choice((*key, "book"), limit.book, sorted(books), "book")
    if limit.counterparty is None:
        return
    reader.choice(
        (*key, "counterparty"), limit.counterparty, sorted(counterparties), "counterparty"
    )
    if limit.kind in ("loss", "var"):
        message = f"{limit.kind} is of a book; leave the counterparty out, or hold its notional"
        raise reader.refuse((*key, "kind"), message)


def structured_of(
    reader: Reader, top: dict[str, object], books: frozenset[str]
) -> StructuredSpec | None:
    """Return whose the structured trades are, if it is told.

    Raises
    ------
    DeskError
        If it does not fit.
    """
    given = top.get("structured")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise reader.refuse(("structured",), "write it as [structured] with party and book")
    found: StructuredSpec = reader.table(("structured",), given, StructuredSpec)
    reader.choice(("structured", "book"), found.book, sorted(books), "book")
    for place, (_, name) in enumerate(found.books):
        reader.choice(("structured", "books", place), name, sorted(books), "book")
    pairs: set[frozenset[str]] = set()
    for place, (one, two, _) in enumerate(found.correlations):
        pair, where = frozenset((one, two)), ("structured", "correlations", place)
        if len(pair) < 2:
            raise reader.refuse(where, f"{one!r} stands with itself; give two indices")
        if pair in pairs:
            raise reader.refuse(where, f"{one!r} and {two!r} stand twice; keep the one that counts")
        pairs.add(pair)
    return found


def liquidity_of(reader: Reader, top: dict[str, object]) -> LiquiditySpec | None:
    """Return what there is to pay calls with, if it is told.

    Raises
    ------
    DeskError
        If it does not fit.
    """
    given = top.get("liquidity")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise reader.refuse(("liquidity",), "write it as [liquidity] with cash")
    found: LiquiditySpec = reader.table(("liquidity",), given, LiquiditySpec)
    if not 0 < found.confidence < 1:
        raise reader.refuse(("liquidity", "confidence"), "give a share between 0 and 1")
    return found
