"""What the owner of a battery gets of what it earned: terms and ledger from a file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal

import polars as pl

from wattbook.assets.owner_statement import (
    CENT,
    Floor,
    LedgerLine,
    MonthStatement,
    RevenueShare,
    Terms,
    Tolling,
    owner_statements,
)
from wattbook.errors import InputError
from wattbook.runtime.contract.data import read_table
from wattbook.runtime.contract.reading import fitted
from wattbook.runtime.desk.reader import Reader, text_of, toml_of
from wattbook.runtime.desk.spec.bounds import NotNegative, Positive, Share
from wattbook.runtime.figures.daily import daily_pnl
from wattbook.runtime.figures.money import UNITS
from wattbook.runtime.replay import ledger_of, run_of

MOST = Decimal(10) ** 12
"""No amount is as large as that."""

__all__ = ["Owned", "OwnerFile", "load_owner", "owned"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerSpec:
    """``[owner]``: how what was earned is divided, from the first day of a month on."""

    name: str
    kind: Literal["tolling", "share", "floor"]
    start: dt.date
    currency: str = "EUR"
    capacity_mw: Positive | None = None
    toll_per_mw_month: NotNegative | None = None
    availability_min: Share = Decimal("0.97")
    tiers: tuple[tuple[NotNegative, Share], ...] = ()
    floor_per_mw_year: NotNegative | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSpec:
    """``[ledger]``: a table with day, source and amount, or runs of which a strategy is told."""

    file: str | None = None
    runs: tuple[str, ...] = ()
    strategy: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilitySpec:
    """``[[availability]]``: the share of a month, by its first day, in which it could run."""

    name: dt.date
    share: Share


@dataclass(frozen=True)
class OwnerFile:
    """Terms of an owner, and where the ledger is.

    Parameters
    ----------
    owner : OwnerSpec
    terms : Tolling, RevenueShare or Floor
    ledger : LedgerSpec
    availability : dict of date to Decimal
    reader : Reader
        To place refusals.
    folder : Path
        Of the file; other files are relative to it.
    """

    owner: OwnerSpec
    terms: Terms
    ledger: LedgerSpec
    availability: dict[dt.date, Decimal]
    reader: Reader
    folder: Path


@dataclass(frozen=True)
class Owned:
    """Statements and the ledger that they add up to.

    Parameters
    ----------
    file : OwnerFile
    lines : tuple of LedgerLine
    statements : tuple of MonthStatement
    """

    file: OwnerFile
    lines: tuple[LedgerLine, ...]
    statements: tuple[MonthStatement, ...]

    @property
    def table(self) -> pl.DataFrame:
        """A row a month and source, and what owner and optimizer get of the month."""
        return pl.DataFrame(
            [
                (one.month, source, amount, one.owner, one.optimizer)
                for one in self.statements
                for source, amount in (one.by_source or {"nothing": Decimal("0.00")}).items()
            ],
            schema={
                "month": pl.Date,
                "source": pl.String,
                "amount": pl.Decimal(18, 2),
                "owner": pl.Decimal(18, 2),
                "optimizer": pl.Decimal(18, 2),
            },
            orient="row",
        )


def load_owner(path: Path) -> OwnerFile:
    """Return the terms of the file at `path`.

    Raises
    ------
    DeskError
        If it cannot be read, or anything in it does not fit; names line, key, value and fix.
    """
    top, reader = toml_of(text_of(path, "an owner's file"), path)
    for name in top:
        reader.choice((name,), name, ("owner", "ledger", "availability"), "section of an owner")
    for name in ("owner", "ledger"):
        if not isinstance(top.get(name), dict):
            raise reader.refuse((), f"section [{name}] is missing; add it")
    owner: OwnerSpec = reader.table(("owner",), top["owner"], OwnerSpec)
    ledger: LedgerSpec = reader.table(("ledger",), top["ledger"], LedgerSpec)
    reader.currency(("owner", "currency"), owner.currency)
    if (ledger.file is None) == (not ledger.runs):
        raise reader.refuse(("ledger",), "give either file, or runs with a strategy")
    if bool(ledger.runs) != (ledger.strategy is not None):
        raise reader.refuse(("ledger",), "runs and strategy go together; give both or neither")
    shares: tuple[AvailabilitySpec, ...] = reader.tables("availability", top, AvailabilitySpec)
    for place, one in enumerate(shares):
        if one.name.day != 1:
            raise reader.refuse(
                ("availability", place, "name"), f"{one.name} is no first day of a month; give one"
            )
    if shares and owner.kind != "tolling":
        raise reader.refuse(
            ("availability", 0), f"kind {owner.kind!r} knows no availability; leave it out"
        )
    terms: Terms = fitted(reader, ("owner",), lambda: terms_of(reader, owner))
    known = {one.name: one.share for one in shares}
    return OwnerFile(owner, terms, ledger, known, reader, path.parent)


def terms_of(reader: Reader, owner: OwnerSpec) -> Terms:
    """Return the terms of ``[owner]``.

    Raises
    ------
    DeskError
        If its kind lacks a key.
    """

    def needed(name: str) -> Any:  # noqa: ANN401 - a value of the spec
        value = getattr(owner, name)
        if value in (None, ()):
            raise reader.refuse(("owner",), f"kind {owner.kind!r} needs {name!r}; add it")
        return value

    if owner.kind == "tolling":
        return Tolling(needed("toll_per_mw_month"), needed("capacity_mw"), owner.availability_min)
    share = RevenueShare(needed("tiers"))
    if owner.kind == "share":
        return share
    return Floor(share, needed("floor_per_mw_year"), needed("capacity_mw"))


def owned(file: OwnerFile) -> Owned:
    """Return a statement for each month; together they are the ledger, to the cent.

    Raises
    ------
    InputError
        If a line cannot be read, lies before the contract, or a run has no such strategy.
    """
    lines = lines_of_runs(file) if file.ledger.runs else lines_of_table(file)
    statements: tuple[MonthStatement, ...] = fitted(
        file.reader,
        ("ledger",),
        lambda: owner_statements(
            lines, file.terms, start=file.owner.start, availability=file.availability
        ),
    )
    unknown = set(file.availability) - {one.month for one in statements}
    if unknown:
        raise file.reader.refuse(
            ("availability",), f"{min(unknown)} is in no statement; leave it out"
        )
    booked = sum((line.amount for line in lines), Decimal(0))
    told = sum((one.owner + one.optimizer for one in statements), Decimal(0))
    if booked != told:
        raise InputError(f"statements add up to {told}, the ledger to {booked}; report this")
    return Owned(file, tuple(lines), statements)


def lines_of_table(file: OwnerFile) -> list[LedgerLine]:
    """Return the ledger of a CSV or Parquet file, amounts exactly as written."""
    path = file.folder / str(file.ledger.file)

    def read() -> list[LedgerLine]:
        names = ("day", "source", "amount")
        if path.suffix == ".parquet":
            table = read_table(path)
        else:
            # As text, so that no amount goes through a float.
            table = pl.read_csv(path, infer_schema=False)
        if lacking := [name for name in names if name not in table.columns]:
            raise InputError(f"{path} lacks the column {', '.join(lacking)}; add it")
        if not table.height:
            raise InputError(
                f"{path} has no rows; give each day's amounts, 0 where nothing came in"
            )
        rows = enumerate(table.select(names).iter_rows(), start=2)
        return once(path, [(number, line_of(path, number, row)) for number, row in rows])

    try:
        found: list[LedgerLine] = fitted(file.reader, ("ledger", "file"), read)
    except (OSError, pl.exceptions.PolarsError) as fault:
        message = f"{path} cannot be read ({fault}); give a CSV or Parquet file"
        raise file.reader.refuse(("ledger", "file"), message) from fault
    return found


def once(path: Path, rows: list[tuple[int, LedgerLine]]) -> list[LedgerLine]:
    """Return the lines of a ledger, each of which stands once.

    Raises
    ------
    InputError
        If a row is another one again; names both.
    """
    seen: dict[LedgerLine, int] = {}
    for number, line in rows:
        first = seen.setdefault(line, number)
        if first != number:
            raise InputError(
                f"{path}, row {number}: {line.day}, {line.source}, {line.amount} stands in row "
                f"{first} already; remove it, or book both in one row"
            )
    return list(seen)


def line_of(path: Path, number: int, row: tuple[Any, ...]) -> LedgerLine:
    """Return a row of a ledger.

    Raises
    ------
    InputError
        If a value is missing or does not fit; names row, value and fix.
    """
    day, source, amount = row
    try:
        day = day if isinstance(day, dt.date) else dt.date.fromisoformat(str(day))
        money = Decimal(str(amount))
    except (ValueError, InvalidOperation):
        money = Decimal("NaN")
    if not money.is_finite() or abs(money) >= MOST or not source:
        raise InputError(
            f"{path}, row {number}: day {day!r}, source {source!r}, amount {amount!r}; give a date "
            "such as 2026-01-31, a name and whole cents"
        )
    return LedgerLine(day, str(source), money)


def lines_of_runs(file: OwnerFile) -> list[LedgerLine]:
    """Return what a strategy earned in runs, to the cent, with a line for what rounding leaves.

    Raises
    ------
    InputError
        If a run has no such strategy in a coupled market, or counts in another currency.
    """
    lines: list[LedgerLine] = []
    told: dict[dt.date, str] = {}
    for place, name in enumerate(file.ledger.runs):
        key = ("ledger", "runs", place)
        ledger = ledger_of(run_of(file.folder / name))
        if ledger.names.currency != file.owner.currency:
            raise file.reader.refuse(
                key, f"{name} counts in {ledger.names.currency}; give that as owner.currency"
            )
        chosen = [one for one in ledger.names.strategies if one.name == file.ledger.strategy]
        markets = {one.name: one for one in ledger.names.markets if one.auctions}
        if not chosen or chosen[0].market not in markets:
            names = sorted(one.name for one in ledger.names.strategies if one.market in markets)
            raise file.reader.refuse(
                ("ledger", "strategy"),
                f"{name} has no strategy {file.ledger.strategy!r} in a coupled market; use one of "
                f"{', '.join(names) or 'another run'}",
            )
        earned = daily_pnl(ledger, markets[chosen[0].market], chosen[0].name)
        for day in sorted({day for day, _ in earned}):
            if day in told:
                raise file.reader.refuse(
                    key, f"{name} has {day}, which {told[day]} has too; leave one of them out"
                )
            told[day] = name
        exact = [(day, source, Decimal(units) / UNITS) for (day, source), units in earned.items()]
        booked = [
            LedgerLine(day, source, amount.quantize(CENT, ROUND_HALF_EVEN))
            for day, source, amount in exact
        ]
        total = sum((amount for _, _, amount in exact), Decimal(0)).quantize(CENT, ROUND_HALF_EVEN)
        left = total - sum((line.amount for line in booked), Decimal(0))
        if left:
            booked.append(LedgerLine(booked[-1].day, "rounding", left))
        lines += booked
    return lines
