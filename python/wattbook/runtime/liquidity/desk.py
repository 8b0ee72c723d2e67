"""What a liquidity file says: accounts that call margin, what is held there, and the money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from wattbook.risk.liquidity import MarginTerms
from wattbook.runtime.desk.reader import KeyPath, Reader, text_of, toml_of
from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive, Share
from wattbook.runtime.liquidity.series import SERIES

__all__ = ["AccountSpec", "HoldingSpec", "LiquidityDesk", "ReplaySpec", "load_liquidity"]

Window = Annotated[int, Bounds(least=20, most=2_000)]
Days = Annotated[int, Bounds(least=1, most=60)]
SECTIONS = ("desk", "account", "position", "asset", "collateral", "credit_line", "replay")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskSpec:
    """``[desk]``: the day from which we look, the money there is, and the measure.

    Parameters
    ----------
    name, currency : str
    as_of : date
    cash : Decimal
    confidence, decay : Decimal
        Of liquidity at risk, and of the volatility that past moves are scaled to.
    horizon_days : int
        Business days.
    """

    name: str
    currency: str
    as_of: dt.date
    cash: NotNegative
    confidence: Share = Decimal("0.99")
    horizon_days: Days = 10
    decay: Share = Decimal("0.97")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSpec:
    """``[[account]]``: a clearer or a counterparty that calls margin.

    As `wattbook.risk.liquidity.MarginTerms` has it.
    """

    name: str
    is_cleared: bool
    threshold: NotNegative = Decimal(0)
    minimum_transfer: NotNegative = Decimal(0)
    initial_days: Days = 2
    initial_confidence: Share = Decimal("0.99")
    initial_window: Window = 250
    initial_floor: Share = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingSpec:
    """``[[position]]`` or ``[[asset]]``: a quantity of what a series prices.

    Parameters
    ----------
    name : str
    series : str
        Of `SERIES`.
    quantity : Decimal
        Units of the series, sold below zero.
    account : str
        That margins it; none for an asset, whose value brings no cash before it is delivered.
    proxies : tuple of str
        Series that move it where its own was not recorded, the nearest first; their price is scaled
        to its own.
    """

    name: str
    series: str
    quantity: Decimal
    account: str = ""
    proxies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CollateralSpec:
    """``[[collateral]]``: what counts for the initial margin of an account, less its haircut."""

    name: str
    account: str
    value: NotNegative
    haircut: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditLineSpec:
    """``[[credit_line]]``: money that can be drawn, in the order of the file."""

    name: str
    amount: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaySpec:
    """``[[replay]]``: recorded days, with the positions held from the first one on."""

    name: str
    first: dt.date
    last: dt.date


@dataclass(frozen=True)
class LiquidityDesk:
    """A liquidity file.

    Parameters
    ----------
    desk : DeskSpec
    accounts : tuple of AccountSpec
    positions, assets : tuple of HoldingSpec
    collateral : tuple of CollateralSpec
    credit_lines : tuple of CreditLineSpec
    replays : tuple of ReplaySpec
    """

    desk: DeskSpec
    accounts: tuple[AccountSpec, ...]
    positions: tuple[HoldingSpec, ...]
    assets: tuple[HoldingSpec, ...]
    collateral: tuple[CollateralSpec, ...]
    credit_lines: tuple[CreditLineSpec, ...]
    replays: tuple[ReplaySpec, ...]

    @property
    def available_cents(self) -> int:
        """Cash and credit lines."""
        return round(100 * (self.desk.cash + sum(one.amount for one in self.credit_lines)))

    def terms(self, account: AccountSpec) -> MarginTerms:
        """Return how an account is margined, with the collateral that is lodged there."""
        lodged = sum(
            (
                one.value * (1 - one.haircut)
                for one in self.collateral
                if one.account == account.name
            ),
            Decimal(0),
        )
        return MarginTerms(
            account.is_cleared,
            float(account.threshold),
            float(account.minimum_transfer),
            account.initial_days,
            float(account.initial_confidence),
            account.initial_window,
            float(account.initial_floor),
            float(lodged),
        )

    def drawn(self, need_cents: int) -> list[tuple[str, int]]:
        """Return what pays for a need, cash first, then the lines in their order, in cents."""
        left = max(need_cents, 0)
        made = []
        sources = [("cash", self.desk.cash), *((one.name, one.amount) for one in self.credit_lines)]
        for name, amount in sources:
            taken = min(left, round(100 * amount))
            made.append((name, taken))
            left -= taken
        return [*made, ("lacking", left)]


def load_liquidity(path: Path) -> LiquidityDesk:
    """Return what the file at `path` says.

    Raises
    ------
    DeskError
        If it cannot be read, or anything in it does not fit; names line, key, value and fix.
    """
    top, reader = toml_of(text_of(path, "a liquidity file"), path)
    for name in top:
        reader.choice((name,), name, SECTIONS, "section of a liquidity file")
    if not isinstance(top.get("desk"), dict):
        message = "section [desk] is missing; add it with name, currency, as_of, cash"
        raise reader.refuse((), message)
    desk: DeskSpec = reader.table(("desk",), top["desk"], DeskSpec)
    reader.currency(("desk", "currency"), desk.currency)
    inside(reader, ("desk", "confidence"), desk.confidence)
    inside(reader, ("desk", "decay"), desk.decay)
    accounts: tuple[AccountSpec, ...] = reader.tables("account", top, AccountSpec)
    for number, account in enumerate(accounts):
        inside(reader, ("account", number, "initial_confidence"), account.initial_confidence)
    positions, assets = holdings(reader, top, [one.name for one in accounts])
    lines: tuple[CreditLineSpec, ...] = reader.tables("credit_line", top, CreditLineSpec)
    replays: tuple[ReplaySpec, ...] = reader.tables("replay", top, ReplaySpec)
    ordered(reader, replays)
    return LiquidityDesk(
        desk, accounts, positions, assets, lodged_of(reader, top, accounts), lines, replays
    )


def inside(reader: Reader, key: KeyPath, value: Decimal) -> None:
    """Refuse a share that is 0 or 1.

    Raises
    ------
    DeskError
        Naming it.
    """
    if not 0 < value < 1:
        raise reader.refuse(key, f"{value} is no share; give one between 0 and 1")


def holdings(
    reader: Reader, top: dict[str, Any], accounts: list[str]
) -> tuple[tuple[HoldingSpec, ...], tuple[HoldingSpec, ...]]:
    """Return positions and assets.

    Raises
    ------
    DeskError
        If one names no series or account, or there is no position.
    """
    made: list[tuple[HoldingSpec, ...]] = []
    for section in ("position", "asset"):
        held: tuple[HoldingSpec, ...] = reader.tables(section, top, HoldingSpec)
        for number, one in enumerate(held):
            reader.choice((section, number, "series"), one.series, SERIES, "recorded series")
            for place, proxy in enumerate(one.proxies):
                reader.choice((section, number, "proxies", place), proxy, SERIES, "recorded series")
            if section == "position":
                reader.choice((section, number, "account"), one.account, accounts, "account")
            elif one.account:
                raise reader.refuse(
                    (section, number, "account"), "an asset has no account; make it a [[position]]"
                )
        made.append(held)
    if not made[0]:
        raise reader.refuse((), "no [[position]] calls margin; add one")
    return made[0], made[1]


def lodged_of(
    reader: Reader, top: dict[str, Any], accounts: tuple[AccountSpec, ...]
) -> tuple[CollateralSpec, ...]:
    """Return what is lodged.

    Raises
    ------
    DeskError
        If it is lodged where nothing asks for it.
    """
    names = [one.name for one in accounts]
    made: tuple[CollateralSpec, ...] = reader.tables("collateral", top, CollateralSpec)
    for number, lodged in enumerate(made):
        key = ("collateral", number, "account")
        reader.choice(key, lodged.account, names, "account")
        if not accounts[names.index(lodged.account)].is_cleared:
            raise reader.refuse(
                key,
                f"{lodged.account} asks for no initial margin; lodge it where deals are cleared",
            )
    return made


def ordered(reader: Reader, replays: Sequence[ReplaySpec]) -> None:
    """Refuse a replay that ends before it begins.

    Raises
    ------
    DeskError
        Naming it.
    """
    for number, one in enumerate(replays):
        if one.last <= one.first:
            raise reader.refuse(
                ("replay", number, "last"), f"{one.last} is not after {one.first}; give a later day"
            )
