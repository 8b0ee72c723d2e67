"""Initial margin, collateral and the call that follows, of one file of positions."""

from __future__ import annotations

import csv
import dataclasses
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from wattbook.errors import InputError
from wattbook.risk.checked import finite_number
from wattbook.risk.house_margin import (
    Collateral,
    MarginCall,
    MarginParts,
    collateral_value,
    filtered_margin,
    margin_call,
)
from wattbook.risk.simm import Sensitivities, load_parameters, simm_margin
from wattbook.risk.span import (
    InterCommodityCredit,
    MonthSpread,
    ScanPosition,
    ScanRange,
    SpanMargin,
    credits_between,
    position_delta,
    price_risk,
    risk_array,
    span_margin,
)
from wattbook.runtime.risk.margin_model import FilteredPosition, curve_model

__all__ = ["MarginReport", "load_margin", "read_crif"]

Table = Mapping[str, Any]
Kind = TypeVar("Kind")
KINDS = ("simm", "span", "filtered")
COLUMNS = ("product", "risk_type", "qualifier", "bucket", "label1", "label2", "amount_usd")
ALIASES = {"productclass": "product", "risktype": "risk_type", "amountusd": "amount_usd"}
"""Headings of the interchange format, in small letters, by our name."""


@dataclass(frozen=True, slots=True)
class MarginReport:
    """What a file asks for; a part that it does not have is empty or None."""

    simm: Mapping[str, float]
    """By product and class of risk, US dollars; ``"total"`` is the margin."""
    span: Mapping[str, SpanMargin]
    """By commodity."""
    filtered: MarginParts | None
    required: float
    """Sum of the margins that the call is of."""
    collateral: Mapping[str, float]
    """What each thing lodged counts for, after haircuts and its cap."""
    call: MarginCall | None

    @property
    def totals(self) -> dict[str, float]:
        """Margin by kind."""
        found = {}
        if self.simm:
            found["simm"] = self.simm["total"]
        if self.span:
            found["span"] = sum(one.total for one in self.span.values())
        if self.filtered is not None:
            found["filtered"] = self.filtered.total
        return found


def load_margin(path: Path, data: Path | None = None) -> MarginReport:
    """Read a file of positions and compute what it asks for.

    Parameters
    ----------
    path : Path
        TOML with any of ``[simm]``, ``[[span]]``, ``[[span_credit]]``, ``[filtered]``,
        ``[[collateral]]`` and ``[call]``; files that it names lie beside it.
    data : Path, optional
        Folder of recorded data, for ``[filtered]``.

    Raises
    ------
    InputError
        Naming file, table and remedy.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        message = f"{path}: {fault}: give a file of margin tables"
        raise InputError(message) from None
    known = {*KINDS, "span_credit", "collateral", "call"}
    wrong = [name for name in given if name not in known]
    if wrong or not any(name in given for name in KINDS):
        message = f"{path}: {', '.join(wrong) or 'no margin'}: give {', '.join(sorted(known))}"
        raise InputError(message)
    try:
        return computed(given, path.parent, data)
    except InputError as fault:
        message = f"{path}: {fault}"
        raise InputError(message) from None


def computed(given: Table, beside: Path, data: Path | None) -> MarginReport:
    """Compute each part of a file's tables."""
    simm = simm_parts(one_table(given, "simm"), beside) if "simm" in given else {}
    span = span_parts(tables(given, "span"), tables(given, "span_credit"))
    filtered = None
    if "filtered" in given:
        if data is None:
            message = "[filtered] needs recorded curves: give their folder with --data"
            raise InputError(message)
        terms = dict(one_table(given, "filtered"))
        positions = made_all(FilteredPosition, tables(terms, "position"), "[[filtered.position]]")
        terms.pop("position", None)
        quantities, model = curve_model(data, positions, terms)
        filtered = filtered_margin(quantities, model)
    lodged = made_all(Collateral, tables(given, "collateral"), "[[collateral]]")
    report = MarginReport(
        simm, span, filtered, 0.0, {one.name: collateral_value([one]) for one in lodged}, None
    )
    if len(report.collateral) < len(lodged):
        message = "[[collateral]]: a name is given twice: name each thing lodged"
        raise InputError(message)
    for name, total in report.totals.items():
        finite_number(f"margin by {name}", total)
    return called(report, one_table(given, "call")) if "call" in given else report


def called(report: MarginReport, terms: Table) -> MarginReport:
    """Return the report with the call by the terms of ``[call]``."""
    known = ("of", "variation", "threshold", "minimum_transfer", "rounding")
    refuse_keys(terms, known, "[call]")
    kinds = terms.get("of", list(report.totals))
    if not isinstance(kinds, list) or not kinds or any(one not in report.totals for one in kinds):
        message = f"[call] of is {kinds!r}: list some of {', '.join(report.totals)}, each once"
        raise InputError(message)
    required = sum(report.totals[kind] for kind in dict.fromkeys(kinds))
    numbers = {name: finite_number(f"[call] {name}", terms[name]) for name in known[1:]
               if name in terms}  # fmt: skip
    call = margin_call(required, sum(report.collateral.values()), **numbers)
    return dataclasses.replace(report, required=required, call=call)


def simm_parts(terms: Table, beside: Path) -> dict[str, float]:
    """Return the margin of a file of sensitivities by product and class of risk."""
    refuse_keys(terms, ("sensitivities", "version", "days"), "[simm]")
    file, version, days = terms.get("sensitivities"), terms.get("version"), terms.get("days", 10)
    if not (isinstance(file, str) and isinstance(version, str) and type(days) is int):
        message = '[simm]: give sensitivities = "FILE.csv", version = "2.8+2506" and whole days'
        raise InputError(message)
    margin = simm_margin(read_crif(beside / file), load_parameters(version, days))
    parts = {
        f"{product.name} {kind.name}".lower().replace("_", " "): value
        for (product, kind), value in margin.by_class.items()
        if value
    }
    return {**parts, "total": margin.total}


def read_crif(path: Path) -> Sensitivities:
    """Read sensitivities in ISDA's common risk interchange format: comma, semicolon or tab.

    Headings count whatever their capitals and underscores; other columns are left aside.

    Raises
    ------
    InputError
        Naming file, line, field and remedy.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        message = f"{path}: {fault}: give a file of sensitivities"
        raise InputError(message) from None
    heading = text.split("\n", maxsplit=1)[0]
    mark = max("\t;,", key=heading.count)
    reader = csv.reader(text.splitlines(), delimiter=mark)
    names = [name.strip().lower().replace("_", "") for name in next(reader, [])]
    names = [ALIASES.get(name, name) for name in names]
    missing = [name for name in COLUMNS if names.count(name) != 1]
    if missing:
        message = f"{path}, line 1: {', '.join(missing)}: give one column of each"
        raise InputError(message)
    rows = []
    for cells in reader:
        if not any(cells):
            continue
        if len(cells) != len(names):
            message = (
                f"{path}, line {reader.line_num}: {len(cells)} cells: give {len(names)} as above"
            )
            raise InputError(message)
        row = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
        try:
            Sensitivities.from_rows([row])
        except InputError as fault:
            message = f"{path}, line {reader.line_num}: {str(fault).removeprefix('row 0: ')}"
            raise InputError(message) from None
        rows.append(row)
    if not rows:
        message = f"{path}: there are no sensitivities: give at least one line below the headings"
        raise InputError(message)
    return Sensitivities.from_rows(rows)


def span_parts(listed: Sequence[Table], listed_credits: Sequence[Table]) -> dict[str, SpanMargin]:
    """Return SPAN margin by commodity, with credits between them."""
    made: dict[str, dict[str, Any]] = {}
    deltas, risks = {}, {}
    for place, one in enumerate(listed, start=1):
        where = f"[[span]] {place}"
        terms = dict(one)
        name = terms.pop("commodity", None)
        if not isinstance(name, str) or not name or name in made:
            message = f"{where}: commodity is {name!r}: give each a name of its own"
            raise InputError(message)
        held = tables(terms, "position")
        spreads = made_all(MonthSpread, tables(terms, "month_spread"), f"{where} month_spread")
        charge = terms.pop("short_option_charge", 0.0)
        terms.pop("position", None)
        terms.pop("month_spread", None)
        ranges = made_of(ScanRange, terms, where)
        if not held:
            message = f"{where}: there is no position: add [[span.position]]"
            raise InputError(message)
        positions: list[ScanPosition] = []
        months: dict[str, float] = {}
        for number, row in enumerate(held, start=1):
            fields = dict(row)
            month = fields.pop("month", None)
            if not isinstance(month, str):
                message = f"{where}, position {number}: month is {month!r}: name the contract month"
                raise InputError(message)
            position = made_of(ScanPosition, fields, f"{where}, position {number}")
            positions.append(position)
            months[month] = months.get(month, 0.0) + position_delta(position)
        unknown = {m for spread in spreads for m in spread.months} - set(months)
        if unknown:
            message = f"{where}: month_spread of {', '.join(sorted(unknown))}, which is not held"
            raise InputError(message)
        net = sum(months.values())
        deltas[name] = net
        risks[name] = price_risk(risk_array(positions, ranges)) / abs(net) if net else 0.0
        made[name] = {
            "positions": positions,
            "ranges": ranges,
            "month_deltas": months,
            "month_spreads": spreads,
            "short_option_charge": finite_number(f"{where} short_option_charge", charge),
        }
    between = made_all(InterCommodityCredit, listed_credits, "[[span_credit]]")
    unheld = {name for one in between for name in one.commodities} - set(made)
    if unheld:
        message = f"[[span_credit]] of {', '.join(sorted(unheld))}: add its [[span]] table"
        raise InputError(message)
    given = credits_between(deltas, risks, between)
    return {
        name: span_margin(**terms, commodity_credit=given[name]) for name, terms in made.items()
    }


def one_table(given: Table, name: str) -> Table:
    """Return a table of a file."""
    found = given[name]
    if not isinstance(found, dict):
        message = f"{name} is {found!r}: write a table [{name}]"
        raise InputError(message)
    return found


def tables(given: Table, name: str) -> list[Table]:
    """Return an array of tables of a file, empty where there is none."""
    found = given.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        message = f"{name} is {found!r}: write tables [[{name}]]"
        raise InputError(message)
    return found


def refuse_keys(given: Table, known: Sequence[str], where: str) -> None:
    """Refuse a key that is not known."""
    for key in given:
        if key not in known:
            message = f"{where}: {key} is not known: choose among {', '.join(known)}"
            raise InputError(message)


def made_of(kind: type[Kind], given: Table, where: str) -> Kind:
    """Make a dataclass of a table: every number a number, every word a word."""
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    refuse_keys(given, tuple(fields), where)
    values: dict[str, Any] = {}
    for name, field in fields.items():
        needed = field.default is dataclasses.MISSING
        if name not in given:
            if needed:
                message = f"{where}: {name} is missing: give it"
                raise InputError(message)
            continue
        values[name] = value_of(given[name], str(field.type), f"{where}: {name}")
    try:
        return kind(**values)
    except InputError as fault:
        message = f"{where}: {fault}"
        raise InputError(message) from None


def value_of(value: object, kind: str, where: str) -> object:
    """Return a value of a table as the field's type, or refuse it."""
    if kind.startswith("tuple"):
        word = "str" if "str" in kind else "float"
        if not isinstance(value, list) or len(value) != 2:
            message = f"{where} is {value!r}: give a list of two"
            raise InputError(message)
        return tuple(value_of(one, word, where) for one in value)
    if "str" in kind:
        if not isinstance(value, str) or not value:
            message = f"{where} is {value!r}: give a word in quotes"
            raise InputError(message)
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or np.isnan(value):
        message = f"{where} is {value!r}: give a number"
        raise InputError(message)
    return float(value)


def made_all(kind: type[Kind], given: Sequence[Table], where: str) -> list[Kind]:
    """Make a dataclass of each table."""
    return [made_of(kind, one, f"{where} {place}") for place, one in enumerate(given, start=1)]
