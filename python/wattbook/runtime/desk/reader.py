"""Reads a desk file; every refusal names file, line, key, value and fix."""

import datetime as dt
import difflib
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from wattbook.errors import DeskError
from wattbook.runtime.desk.execute import ExecuteSpec
from wattbook.runtime.desk.legs import LegsSpec
from wattbook.runtime.desk.lines import line_of
from wattbook.runtime.desk.route import RouteSpec
from wattbook.runtime.desk.spec import (
    BatterySpec,
    Bounds,
    EmaCrossSpec,
    MeanReversionSpec,
    MomentumSpec,
    PairSpec,
    PlantSpec,
    PythonSpec,
    SolarSpec,
    StrategySpec,
    TraderSpec,
    VirtualSpec,
    VirtualSpreadSpec,
    WindSpec,
)

__all__ = ["KINDS", "KeyPath", "Reader", "text_of", "toml_of"]

KINDS: dict[str, type[StrategySpec]] = {
    "momentum": MomentumSpec,
    "mean_reversion": MeanReversionSpec,
    "ema_cross": EmaCrossSpec,
    "pair": PairSpec,
    "battery": BatterySpec,
    "virtual": VirtualSpec,
    "virtual_spread": VirtualSpreadSpec,
    "wind": WindSpec,
    "solar": SolarSpec,
    "plant": PlantSpec,
    "python": PythonSpec,
    "execute": ExecuteSpec,
    "trader": TraderSpec,
    "route": RouteSpec,
    "legs": LegsSpec,
}
"""Strategies that a desk file can name."""

KeyPath: typing.TypeAlias = tuple[str | int, ...]
LARGEST = 1_000_000_000_000
"""What no decimal of a desk file goes beyond: its millionths fit 64 bits."""
WORDS = {
    str: "text in quotes",
    int: "a whole number",
    Decimal: "a number",
    bool: "true or false",
    dt.date: "a date such as 2026-06-30",
    dt.datetime: "a time such as 2026-06-30T12:00:00Z",
    dt.time: "a time of day such as 14:07:00",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """A desk file's text, for placing errors."""

    path: str
    text: str

    def refuse(self, key: KeyPath, found: str) -> DeskError:
        """Return the error about `key`."""
        dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
        line = line_of(self.text, key)
        return DeskError(f"{self.path}, line {line}, {dotted.lstrip('.') or 'top'}: {found}")

    def choice(self, key: KeyPath, value: object, known: typing.Iterable[str], what: str) -> str:
        """Return `value` if it is one of `known`.

        Raises
        ------
        DeskError
            Otherwise, with the nearest of `known`.
        """
        names = list(known)
        if isinstance(value, str) and value in names:
            return value
        near = difflib.get_close_matches(str(value), names, n=1, cutoff=0.5)
        fix = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(names)}"
        raise self.refuse(key, f"{value!r} is no {what}; {fix}")

    def number(self, key: KeyPath, value: Decimal | int, limits: Bounds) -> None:
        """Refuse a number outside the bounds of its field, or finer than 1e-6.

        Raises
        ------
        DeskError
            Naming the bound.
        """
        above, least, most = limits
        if isinstance(value, Decimal) and not value.is_finite():
            raise self.refuse(key, f"{value} is not finite; give a number")
        # The engine counts in millionths, 64 bits wide: bounded first, then rounded.
        largest = LARGEST if most is None else most
        if isinstance(value, Decimal) and abs(value) > LARGEST:
            bound = f"{largest:,}" if value > 0 else f"{-LARGEST:,}"
            fix = f"give {bound} or {'less' if value > 0 else 'more'}"
            raise self.refuse(key, f"{value} is beyond {bound}; {fix}")
        if isinstance(value, Decimal) and value != round(value, 6):
            raise self.refuse(key, f"{value} has more than 6 decimals; round it")
        if above is not None and value <= above:
            raise self.refuse(key, f"{value} is not above {above}; give a larger number")
        if least is not None and value < least:
            raise self.refuse(key, f"{value} is below {least}; give {least} or more")
        if most is not None and value > most:
            raise self.refuse(key, f"{value} is above {most}; give {most} or less")

    def value(self, key: KeyPath, value: object, kind: Any) -> Any:  # noqa: ANN401
        """Return `value` as `kind`, which may be a union, literal, tuple, dataclass or scalar.

        Raises
        ------
        DeskError
            If it does not fit.
        """
        if limits := getattr(kind, "__metadata__", None):
            return self.scalar(key, value, kind.__origin__, limits[0])
        origin = typing.get_origin(kind)
        if origin in (typing.Union, types.UnionType):
            return self.union(key, value, kind)
        if origin is typing.Literal:
            return self.choice(key, value, typing.get_args(kind), "value of this key")
        if origin in (tuple, Mapping):
            read = self.several if origin is tuple else self.mapping
            return read(key, value, typing.get_args(kind))
        if is_dataclass(kind) and isinstance(kind, type):
            if not isinstance(value, dict):
                raise self.refuse(key, f"{value!r} is no table; write it as [table]")
            return self.table(key, value, kind)
        return self.scalar(key, value, kind, Bounds())

    def mapping(self, key: KeyPath, value: object, kinds: tuple[Any, ...]) -> dict[str, Any]:
        """Return a table whose keys are free; values are of the second of `kinds`.

        Raises
        ------
        DeskError
            If it is none, or a value of it does not fit.
        """
        if not isinstance(value, dict):
            raise self.refuse(key, f"{value!r} is no table; write it as [strategy.{key[-1]}]")
        found = {name: self.value((*key, name), part, kinds[1]) for name, part in value.items()}
        for name, part in found.items():
            if isinstance(part, Decimal | int):
                self.number((*key, name), part, Bounds())
        return found

    def several(self, key: KeyPath, value: object, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return a list as a tuple: of as many as `kinds`, or of any number of its first.

        Raises
        ------
        DeskError
            If it does not fit.
        """
        if kinds[1:] == (...,):
            if not isinstance(value, list):
                form = f"[[{key[-1]}]]" if is_dataclass(kinds[0]) else '["…", "…"]'
                raise self.refuse(key, f"{value!r} is no list; write it as {form}")
            return tuple(
                self.value((*key, place), part, kinds[0]) for place, part in enumerate(value)
            )
        if not isinstance(value, list) or len(value) != len(kinds):
            raise self.refuse(key, f"{value!r} does not fit; give a list of {len(kinds)}")
        return tuple(self.value(key, part, of) for part, of in zip(value, kinds, strict=True))

    def union(self, key: KeyPath, value: object, kind: Any) -> Any:  # noqa: ANN401
        """Return `value` as the member of the union that it fits by its type.

        Raises
        ------
        DeskError
            If it fits none.
        """
        members = [member for member in typing.get_args(kind) if member is not type(None)]
        if len(members) == 1:
            return self.value(key, value, members[0])
        for member in members:
            if typing.get_origin(member) is None and type(value) is member:
                return value
        words = [WORDS[m] for m in members if m in WORDS]
        names = [n for m in members if typing.get_origin(m) is typing.Literal for n in m.__args__]
        if isinstance(value, str) and value in names:
            return value
        raise self.refuse(key, f"{value!r} does not fit; give {' or '.join(words + names)}")

    def scalar(self, key: KeyPath, value: object, kind: Any, limits: Bounds) -> Any:  # noqa: ANN401
        """Return a text, number, date or truth value of the type `kind`.

        Raises
        ------
        DeskError
            If it is of another type or out of bounds.
        """
        if kind is Decimal and type(value) is int:
            value = Decimal(value)
        if type(value) is not kind:
            raise self.refuse(key, f"{value!r} is not {WORDS[kind]}; give {WORDS[kind]}")
        if isinstance(value, Decimal | int):
            self.number(key, value, limits)
        if value == "":
            raise self.refuse(key, "the text is empty; give a name")
        return value

    def table(self, key: KeyPath, found: dict[str, object], kind: type) -> Any:  # noqa: ANN401
        """Return a dataclass `kind` from the keys of a table.

        Raises
        ------
        DeskError
            For an unknown key, with the nearest known one, and for one that is missing.
        """
        known = {entry.name: entry for entry in fields(kind)}
        hints = typing.get_type_hints(kind, include_extras=True)
        for name in found:
            if name not in known:
                self.choice((*key, name), name, known, "key here")
        for name, entry in known.items():
            needs = entry.default is MISSING and entry.default_factory is MISSING
            if needs and name not in found:
                raise self.refuse(key, f"key {name!r} is missing; add it")
        return kind(
            **{name: self.value((*key, name), value, hints[name]) for name, value in found.items()}
        )

    def tables(self, name: str, top: dict[str, object], kind: type) -> tuple[Any, ...]:
        """Return the dataclasses of an array of tables.

        Raises
        ------
        DeskError
            If it is no array of tables, or two of them share a name.
        """
        found = top.get(name, [])
        if not isinstance(found, list):
            raise self.refuse((name,), f"write it as [[{name}]], one block each")
        made: list[Any] = []
        names: set[str] = set()
        for place, entry in enumerate(found):
            key: KeyPath = (name, place)
            if not isinstance(entry, dict):
                raise self.refuse(key, f"{entry!r} is no table; write it as [[{name}]]")
            which = kind
            if kind is StrategySpec:
                if "kind" not in entry:
                    raise self.refuse(key, f"key 'kind' is missing; use one of {', '.join(KINDS)}")
                which = KINDS[self.choice((*key, "kind"), entry["kind"], KINDS, "strategy")]
            spec: Any = self.table(key, entry, which)
            if spec.name in names:
                message = f"{spec.name!r} is taken by an earlier [[{name}]]; choose another name"
                raise self.refuse((*key, "name"), message)
            names.add(spec.name)
            made.append(spec)
        return tuple(made)

    def currency(self, key: KeyPath, code: object) -> str:
        """Return an ISO 4217 code.

        Raises
        ------
        DeskError
            If it is not three capital letters.
        """
        if isinstance(code, str) and len(code) == 3 and code.isascii() and code.isupper():
            return code
        raise self.refuse(key, f"{code!r} is no currency; give its ISO 4217 code such as 'EUR'")

    def fx(self, top: dict[str, object]) -> dict[str, Decimal]:
        """Return the rates of ``[fx]``.

        Raises
        ------
        DeskError
            For a code that is none or a rate that is not above zero.
        """
        found = top.get("fx", {})
        if not isinstance(found, dict):
            raise self.refuse(("fx",), "write it as [fx] with one line a currency")
        rates = {}
        for code, rate in found.items():
            key = ("fx", code)
            self.currency(key, code)
            if type(rate) not in (int, Decimal):
                raise self.refuse(key, f"{rate!r} is no rate; give a number above zero")
            number = Decimal(rate)
            if not (number.is_finite() and 0 < number < 10**9):
                message = f"{rate} is no rate; give a number above 0 and below 1,000,000,000"
                raise self.refuse(key, message)
            rates[code] = Decimal(rate)
        return rates


def text_of(path: Path, what: str) -> str:
    """Return the text of a file that should be `what`, such as ``a contract file``.

    Raises
    ------
    DeskError
        If it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise DeskError(f"{path} cannot be read ({fault}); give {what}") from fault


def toml_of(text: str, path: Path) -> tuple[dict[str, Any], Reader]:
    """Return what TOML says, numbers with a point exactly, and the reader that places errors.

    Raises
    ------
    DeskError
        If it is no TOML; names file and line.
    """
    try:
        top = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as fault:
        raise DeskError(f"{path}: {fault}; mend the TOML there") from fault
    return top, Reader(str(path), text)
