"""What a book's reference says of credit: counterparties, agreements, and how prices move."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any

from wattbook.domain.calendars import PLACES
from wattbook.risk.credit import CollateralTerms, ForwardMoves
from wattbook.runtime.desk.reader import Reader
from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive, Share

__all__ = [
    "PAYMENT_DAY",
    "Agreement",
    "Counterparty",
    "CreditSettings",
    "CreditTerms",
    "credit_terms",
]

PAYMENT_DAY = 20
"""Of the month after delivery, as EFET's General Agreement (2007), section 13.2, has it."""
DayOfMonth = Annotated[int, Bounds(least=1, most=28)]
Days = Annotated[int, Bounds(least=0, most=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterparty:
    """``[[counterparty]]``: whom deals are made with.

    Parameters
    ----------
    name : str
    spread : Decimal, optional, a share a year
        Of its credit; without it there is no credit valuation adjustment.
    recovery : Decimal, optional
        Share that its default leaves.
    credit_limit, potential_limit : Decimal, optional, money of the desk
        Most that is exposed now, and at the peak of the potential future exposure.
    """

    name: str
    spread: NotNegative | None = None
    recovery: Share = Decimal("0.4")
    credit_limit: Positive | None = None
    potential_limit: Positive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """``[[agreement]]``: under it the deals with a counterparty are one netting set.

    Parameters
    ----------
    name : str
    counterparty : str
    books : tuple of str, optional
        Whose deals it is about; without it, those of every book that no other agreement names.
    payment_day : int, optional
        Of the month after delivery; what is delivered counts as owed until its end.
    is_cleared : bool, optional
        Paid day by day, so that nothing delivered is owed.
    threshold : Decimal, optional, money of the desk
        What the counterparty may owe without collateral; without it there is no collateral.
    threshold_own : Decimal, optional
        What we may owe without collateral; as `threshold` by default.
    minimum_transfer, independent, held : Decimal, optional
    margin_days : int, optional
        As `wattbook.risk.credit.CollateralTerms` has them.
    """

    name: str
    counterparty: str
    books: tuple[str, ...] = ()
    payment_day: DayOfMonth = PAYMENT_DAY
    is_cleared: bool = False
    threshold: NotNegative | None = None
    threshold_own: NotNegative | None = None
    minimum_transfer: NotNegative = Decimal(0)
    independent: Decimal = Decimal(0)
    held: Decimal = Decimal(0)
    margin_days: Days = 10

    @property
    def collateral(self) -> CollateralTerms | None:
        """Terms of collateral, if there is any."""
        if self.threshold is None:
            return None
        own = self.threshold if self.threshold_own is None else self.threshold_own
        return CollateralTerms(
            float(self.threshold),
            float(own),
            float(self.minimum_transfer),
            float(self.independent),
            float(self.held),
            self.margin_days,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MovesSpec:
    """``[[moves]]``: how forward prices of a place move, money of the place's curve."""

    name: str
    near: NotNegative
    reversion: NotNegative
    level: NotNegative


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditSettings:
    """``[credit]``: the simulation of what may come to be owed.

    Parameters
    ----------
    confidence : Decimal
        Of potential future exposure.
    paths, dates : int
    correlation : Decimal
        Between places.
    rate : Decimal
        Of interest, a year.
    seed : int
    """

    confidence: Annotated[Decimal, Bounds(above=0, most=1)] = Decimal("0.95")
    paths: Annotated[int, Bounds(least=2, most=100_000)] = 1_000
    dates: Annotated[int, Bounds(least=2, most=1_000)] = 100
    correlation: Share = Decimal("0.8")
    rate: NotNegative = Decimal(0)
    seed: Annotated[int, Bounds(least=0)] = 1


@dataclass(frozen=True)
class CreditTerms:
    """What a reference says of credit.

    Parameters
    ----------
    counterparties : dict of str to Counterparty
    agreements : tuple of Agreement
    moves : dict of str to ForwardMoves
        By place.
    settings : CreditSettings
    """

    counterparties: dict[str, Counterparty]
    agreements: tuple[Agreement, ...]
    moves: dict[str, ForwardMoves]
    settings: CreditSettings

    @property
    def is_simulation_asked(self) -> bool:
        """Whether a limit or an adjustment hangs on what may come to be owed."""
        return any(
            one.spread is not None or one.potential_limit is not None
            for one in self.counterparties.values()
        )

    def agreement_of(self, counterparty: str, book: str) -> Agreement | None:
        """Return the agreement that a deal falls under: one that names its book comes first."""
        own = [one for one in self.agreements if one.counterparty == counterparty]
        named = [one for one in own if book in one.books]
        return next(iter(named or [one for one in own if not one.books]), None)


def credit_terms(reader: Reader, top: dict[str, Any], books: Iterable[str]) -> CreditTerms:
    """Return what the sections of a reference say of credit.

    Raises
    ------
    DeskError
        If anything does not fit; names line, key, value and fix.
    """
    counterparties = {one.name: one for one in reader.tables("counterparty", top, Counterparty)}
    for number, one in enumerate(counterparties.values()):
        if one.recovery == 1:
            key = ("counterparty", number, "recovery")
            raise reader.refuse(key, "1 is no recovery of a default; give a share below 1")
    agreements: tuple[Agreement, ...] = reader.tables("agreement", top, Agreement)
    taken: dict[tuple[str, str], str] = {}
    for number, made in enumerate(agreements):
        reader.choice(
            ("agreement", number, "counterparty"),
            made.counterparty,
            sorted(counterparties),
            "counterparty",
        )
        for place, book in enumerate(made.books):
            reader.choice(("agreement", number, "books", place), book, sorted(books), "book")
        for book in made.books or ("",):
            other = taken.setdefault((made.counterparty, book), made.name)
            if other != made.name:
                raise reader.refuse(
                    ("agreement", number, "name"),
                    f"{made.name!r} and {other!r} are about the same deals with "
                    f"{made.counterparty}; tell their books apart",
                )
    specs: tuple[MovesSpec, ...] = reader.tables("moves", top, MovesSpec)
    for number, spec in enumerate(specs):
        reader.choice(("moves", number, "name"), spec.name, PLACES, "place of delivery")
    moves = {
        spec.name: ForwardMoves(float(spec.near), float(spec.reversion), float(spec.level))
        for spec in specs
    }
    settings: CreditSettings = reader.table(("credit",), top.get("credit", {}), CreditSettings)
    if settings.confidence == 1:
        raise reader.refuse(("credit", "confidence"), "1 is the worst path; give a share below 1")
    return CreditTerms(counterparties, agreements, moves, settings)
