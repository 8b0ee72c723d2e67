"""The file of ``wattbook settle``: market, days, tables or a seed; every key is checked."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from wattbook.errors import SettlementError
from wattbook.portfolio.settlement import (
    ImbalanceMarket,
    ReserveRule,
    imbalance_market,
    market_from,
    reserve_rule,
    reserve_rule_from,
)

__all__ = ["TABLES", "SettlementPlan", "load_plan"]

TABLES = ("schedules", "meters", "prices", "deals", "marks", "fx", "rates", "reserves")
NEEDED = ("schedules", "meters", "prices")


@dataclass(frozen=True, slots=True)
class SettlementPlan:
    """What to settle.

    Parameters
    ----------
    title : str
        For the report.
    market : ImbalanceMarket
        Whose rules hold.
    first, after : date
        Local days of delivery, from the first to the one before `after`.
    desk_currency : str
        Of P&L.
    tables : dict of str to Path
        Files by table; empty if they are made from a seed.
    seed : int
        Of generated tables.
    accounts : tuple of str
        Of generated tables.
    missing : float
        Share of readings that the first run lacks, generated.
    recorded : str
        Whose recorded prices generated tables take (``ercot``); empty for generated ones.
    gate_minutes : int
        How long before delivery schedules close, where their table says when each was submitted.
    reserves : ReserveRule or None
        Of the table of reserves.
    """

    title: str
    market: ImbalanceMarket
    first: dt.date
    after: dt.date
    desk_currency: str
    tables: Mapping[str, Path] = field(default_factory=dict)
    seed: int = 1
    accounts: tuple[str, ...] = ("wind", "solar")
    missing: float = 0.01
    recorded: str = ""
    gate_minutes: int = 0
    reserves: ReserveRule | None = None


def load_plan(path: Path) -> SettlementPlan:
    """Return the plan of a file; paths in it are taken from its folder.

    Raises
    ------
    SettlementError
        If it cannot be read, or a key is missing, unknown or does not fit.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        message = f"{path} cannot be read ({fault.strerror}); give the file of a settlement"
        raise SettlementError(message) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        message = f"{path} is no TOML: {fault}"
        raise SettlementError(message) from fault
    refuse(document, {"settlement", "market", "tables", "generated", "reserves"}, f"{path}")
    main = section(document, "settlement", path)
    refuse(
        main,
        {"title", "market", "month", "first", "after", "currency", "gate_minutes"},
        f"{path}, [settlement]",
    )
    market = market_of(document, main, path)
    first, after = days_of(main, path)
    made = section(document, "generated", path)
    refuse(made, {"seed", "accounts", "missing", "recorded"}, f"{path}, [generated]")
    tables = tables_of(section(document, "tables", path), path)
    if bool(tables) == ("generated" in document):
        message = f"{path}: give either [tables] with files or [generated] with a seed"
        raise SettlementError(message)
    return SettlementPlan(
        title=str(main.get("title", path.stem)),
        market=market,
        first=first,
        after=after,
        desk_currency=str(main.get("currency", market.currency)),
        tables=tables,
        gate_minutes=gate_of(main, path),
        reserves=reserves_of(section(document, "reserves", path), tables, path),
        **generated_of(made, path),
    )


def market_of(document: Mapping[str, Any], main: Mapping[str, Any], path: Path) -> ImbalanceMarket:
    """Return the named market, or the one whose rules the file brings."""
    if "market" in document:
        if "market" in main:
            message = f"{path}: name a market in [settlement] or write [market], not both"
            raise SettlementError(message)
        return market_from("own", document["market"], f"{path}, [market]")
    if not isinstance(main.get("market"), str):
        message = f"{path}, [settlement]: market is missing; name one, or write [market]"
        raise SettlementError(message)
    return imbalance_market(main["market"])


def days_of(main: Mapping[str, Any], path: Path) -> tuple[dt.date, dt.date]:
    """Return the days to settle."""
    if "month" in main:
        try:
            first = dt.date.fromisoformat(f"{main['month']}-01")
        except ValueError as fault:
            message = f"{path}, [settlement]: month {main['month']!r}; write it as 2026-03"
            raise SettlementError(message) from fault
        return first, (first + dt.timedelta(32)).replace(day=1)
    begin, end = (day_of(main, name, path) for name in ("first", "after"))
    if not 0 < (end - begin).days <= 400:
        message = f"{path}, [settlement]: {begin} to {end}; give 1 to 400 days"
        raise SettlementError(message)
    return begin, end


def gate_of(main: Mapping[str, Any], path: Path) -> int:
    """Return how long before delivery schedules close."""
    found = main.get("gate_minutes", 0)
    if type(found) is not int or not -10_080 <= found <= 10_080:
        message = (
            f"{path}, [settlement]: gate_minutes {found!r}; give a whole number of minutes before "
            "delivery, at most a week, below zero for after it"
        )
        raise SettlementError(message)
    return found


def day_of(main: Mapping[str, Any], name: str, path: Path) -> dt.date:
    """Return a day that has to be there."""
    found = main.get(name)
    if not isinstance(found, dt.date) or isinstance(found, dt.datetime):
        message = f"{path}, [settlement]: {name} {found!r}; write a day as 2026-03-01, or month"
        raise SettlementError(message)
    return found


def tables_of(entry: Mapping[str, Any], path: Path) -> dict[str, Path]:
    """Return the files of the tables."""
    refuse(entry, set(TABLES), f"{path}, [tables]")
    if not entry:
        return {}
    for name in NEEDED:
        if name not in entry:
            message = f"{path}, [tables]: {name} is missing; give a CSV or Parquet file"
            raise SettlementError(message)
    if ("deals" in entry) != ("marks" in entry):
        message = f"{path}, [tables]: deals and marks belong together; give both or none"
        raise SettlementError(message)
    return {name: path.parent / str(file) for name, file in entry.items()}


def reserves_of(
    entry: Mapping[str, Any], tables: Mapping[str, Path], path: Path
) -> ReserveRule | None:
    """Return the rule of reserves: a named one with its surcharge, or the file's own."""
    if bool(entry) != ("reserves" in tables):
        message = (
            f"{path}: the table reserves and the section [reserves] belong together; give both, "
            "the section with rule = 'DE' or a rule of its own"
        )
        raise SettlementError(message)
    if not entry:
        return None
    place = f"{path}, [reserves]"
    if "rule" not in entry:
        return reserve_rule_from(entry, place)
    refuse(entry, {"rule", "surcharge"}, place)
    named = reserve_rule(str(entry["rule"]))
    own = reserve_rule_from({"source": named.source, "surcharge": entry.get("surcharge", 0)}, place)
    return replace(named, surcharge=own.surcharge)


def generated_of(entry: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Return what generated tables are made from."""
    seed, missing = entry.get("seed", 1), entry.get("missing", 0.01)
    accounts, recorded = entry.get("accounts", ["wind", "solar"]), entry.get("recorded", "")
    place = f"{path}, [generated]"
    if type(seed) is not int or not 0 <= seed < 2**63:
        message = f"{place}: seed {seed!r}; give a whole number of zero or above"
        raise SettlementError(message)
    if type(missing) not in (int, float) or not 0 <= missing <= 1:
        message = f"{place}: missing {missing!r}; give a share from 0 to 1"
        raise SettlementError(message)
    if not isinstance(accounts, list) or not accounts or len(accounts) > 100:
        message = f"{place}: accounts {accounts!r}; give 1 to 100 names"
        raise SettlementError(message)
    if recorded not in ("", "ercot"):
        message = f"{place}: recorded {recorded!r}; use ercot, or leave it out"
        raise SettlementError(message)
    names = tuple(str(one) for one in accounts)
    if len(set(names)) != len(names):
        message = f"{place}: an account stands twice in {accounts}; name each once"
        raise SettlementError(message)
    return {"seed": seed, "missing": float(missing), "accounts": names, "recorded": recorded}


def section(document: Mapping[str, Any], name: str, path: Path) -> Mapping[str, Any]:
    """Return a table of the file, empty if it has none."""
    found = document.get(name, {})
    if not isinstance(found, dict):
        message = f"{path}: {name} is no table; write [{name}]"
        raise SettlementError(message)
    return found


def refuse(entry: Mapping[str, Any], known: set[str], place: str) -> None:
    """Refuse a key that has no meaning."""
    unknown = sorted(set(entry) - known)
    if unknown:
        message = f"{place}: {unknown[0]} is unknown; known are {', '.join(sorted(known))}"
        raise SettlementError(message)
