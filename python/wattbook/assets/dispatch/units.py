"""Units of devices and ours: what a map names is converted here and nowhere else."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol, TypeVar

from wattbook.errors import InputError

__all__ = ["by_role", "factor", "read_map", "text_of"]

FACTORS = {
    "MW": {"W": 1e-6, "kW": 1e-3, "MW": 1.0},
    "MWh": {"Wh": 1e-6, "kWh": 1e-3, "MWh": 1.0},
    "1": {"1": 1.0},
}


def factor(unit: str, ours: str, capacity_mwh: float) -> float:
    """Return by what a value in `unit` is multiplied to be in `ours`.

    Parameters
    ----------
    unit : str
        Of the device: W, kW, MW, Wh, kWh, MWh, 1 for a count, or ``%`` of the capacity.
    ours : {"MW", "MWh", "1"}
        What we keep it in.
    capacity_mwh : float
        Of the cells; 0 where none is known.

    Raises
    ------
    InputError
        If one is no form of the other.

    Examples
    --------
    >>> factor("kW", "MW", 0.0), factor("%", "MWh", 40.0)
    (0.001, 0.4)
    """
    if unit == "%" and ours == "MWh":
        if not capacity_mwh > 0:
            raise InputError("a state of charge in % needs capacity_mwh; add it to the map")
        return capacity_mwh / 100
    found = FACTORS[ours].get(unit)
    if found is None:
        known = ", ".join(FACTORS[ours]) + (", %" if ours == "MWh" else "")
        raise InputError(f"unit {unit!r} cannot be brought to {ours}; give one of {known}")
    return found


def read_map(path: Path, lists: Mapping[str, Mapping[str, type]], keys: Mapping[str, type]) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return the tables of a map file, each key known and of its type.

    Parameters
    ----------
    path : Path
        A TOML file.
    lists : mapping of str to mapping of str to type
        Arrays of tables and the keys of each.
    keys : mapping of str to type
        Keys at the top.

    Raises
    ------
    InputError
        If it cannot be read, or a key is unknown or of another type; names both.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise InputError(f"{path} cannot be read as TOML: {fault}") from fault
    check(f"{path}", document, {**keys, **dict.fromkeys(lists, list)})
    for name, known in lists.items():
        for place, entry in enumerate(document.get(name, []), start=1):
            where = f"{path}, [[{name}]] {place}"
            if not isinstance(entry, dict):
                raise InputError(f"{where}: {entry!r} is no table; write it as [[{name}]]")
            check(where, entry, known)
    return document


class Named(Protocol):
    """What stands for a quantity."""

    @property
    def name(self) -> str:
        """Of the quantity."""
        ...


Entry = TypeVar("Entry", bound=Named)


def by_role(
    path: Path,
    document: Mapping[str, Any],
    table: str,
    made_of: Callable[[str, dict[str, Any], float], tuple[Entry, str]],
    needed: Mapping[str, Iterable[str]],
) -> dict[str, dict[str, Entry]]:
    """Return what the tables of a map file stand for, by role and name.

    Parameters
    ----------
    path : Path
        Of the file, for errors.
    document : mapping
        As `read_map` returns it.
    table : str
        Name of the array of tables.
    made_of : callable
        Place for errors, table and capacity (MWh) to what it stands for and its role.
    needed : mapping of str to iterable of str
        Names that each role must have.

    Raises
    ------
    InputError
        If a quantity is missing, twice, or does not fit.
    """
    found: dict[str, dict[str, Entry]] = {role: {} for role in needed}
    capacity_mwh = float(document.get("capacity_mwh", 0.0))
    for place, entry in enumerate(document.get(table, []), start=1):
        where = f"{path}, [[{table}]] {place}"
        made, role = made_of(where, entry, capacity_mwh)
        if made.name in found[role]:
            raise InputError(f"{where}: {role} {made.name!r} is there twice; leave one out")
        found[role][made.name] = made
    for role, names in needed.items():
        missing = [name for name in names if name not in found[role]]
        if missing:
            message = f"{path} has no {role} {', '.join(missing)}; add a [[{table}]] for each"
            raise InputError(message)
    return found


def check(where: str, table: Mapping[str, Any], known: Mapping[str, type]) -> None:
    """Refuse keys that do not exist and values of another type.

    Raises
    ------
    InputError
        Naming both.
    """
    for key, value in table.items():
        if key not in known:
            raise InputError(f"{where}: there is no key {key!r}; there are {', '.join(known)}")
        kind = known[key]
        fits = isinstance(value, int | float) if kind is float else isinstance(value, kind)
        if not fits or (isinstance(value, bool) and kind is not bool):
            raise InputError(f"{where}: {key} = {value!r} is no {kind.__name__}")
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError(f"{where}: {key} = {value} is not finite; give a number")


def text_of(table: Mapping[str, Any]) -> str:
    r"""Return a flat table as lines of TOML.

    Examples
    --------
    >>> text_of({"host": "127.0.0.1", "port": 502, "scale": 0.1})
    'host = "127.0.0.1"\nport = 502\nscale = 0.1'
    """
    lines = []
    for key, value in table.items():
        quoted = (
            '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
            if isinstance(value, str)
            else value
        )
        lines.append(f"{key} = {str(value).lower() if isinstance(value, bool) else quoted}")
    return "\n".join(lines)
