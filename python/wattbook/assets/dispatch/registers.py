"""A register map: which Modbus registers hold what, as data in a TOML file."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wattbook.assets.dispatch.device import COMMANDS, READINGS
from wattbook.assets.dispatch.units import by_role, factor, read_map, text_of
from wattbook.errors import DeviceError, InputError

__all__ = ["Register", "RegisterMap", "example_map", "load_registers"]

TYPES = {
    "i16": ("h", 1),
    "u16": ("H", 1),
    "i32": ("i", 2),
    "u32": ("I", 2),
    "i64": ("q", 4),
    "u64": ("Q", 4),
    "f32": ("f", 2),
    "f64": ("d", 4),
}
"""Form and number of registers of each type."""
TABLES = ("input", "holding")
ORDERS = ("big", "little")
BLOCK_MOST = 125
"""Registers that one request reads at most (Modbus Application Protocol 1.1b3, 6.3)."""
GAP_MOST = 16
"""Unused registers that are read along to save a request."""
KEYS: dict[str, type] = {
    "name": str,
    "role": str,
    "table": str,
    "address": int,
    "type": str,
    "unit": str,
    "scale": float,
    "word_order": str,
}
TOP: dict[str, type] = {
    "protocol": str,
    "host": str,
    "port": int,
    "device_id": int,
    "timeout_seconds": float,
    "capacity_mwh": float,
}


@dataclass(frozen=True, slots=True)
class Register:
    """Where a quantity stands and in which form.

    Parameters
    ----------
    name : str
        A reading or a command.
    table : {"input", "holding"}
        Which registers; a command stands in holding registers.
    address : int
        Of the first one, from 0.
    type : str
        i16, u16, i32, u32, i64, u64, f32 or f64.
    scale : float
        What one of the register's number is worth in our unit; below zero turns the sign.
    word_order : {"big", "little"}
        Which of several registers comes first: the highest or the lowest.
    """

    name: str
    table: str
    address: int
    type: str
    scale: float
    word_order: str

    @property
    def count(self) -> int:
        """How many registers it takes."""
        return TYPES[self.type][1]

    def decode(self, words: Sequence[int]) -> float:
        """Return the quantity in our unit from its registers."""
        ordered = words if self.word_order == "big" else list(reversed(words))
        raw = struct.pack(f">{len(words)}H", *ordered)
        return float(struct.unpack(f">{TYPES[self.type][0]}", raw)[0]) * self.scale + 0.0

    def encode(self, value: float) -> list[int]:
        """Return the registers of a quantity in our unit, rounded to its step.

        Raises
        ------
        DeviceError
            If it does not fit: nothing is cut off or wrapped.
        """
        form, count = TYPES[self.type]
        number = value / self.scale
        if not math.isfinite(number):
            raise DeviceError(f"register {self.address} ({self.name}) cannot hold {value}")
        try:
            raw = struct.pack(f">{form}", number if form in "fd" else round(number))
        except (struct.error, OverflowError) as fault:
            message = (
                f"register {self.address} ({self.name}) of type {self.type} cannot hold {value:g}: "
                f"{number:g} is out of its range; check the map's scale"
            )
            raise DeviceError(message) from fault
        words = list(struct.unpack(f">{count}H", raw))
        return words if self.word_order == "big" else words[::-1]

    @property
    def step(self) -> float:
        """Smallest difference of two values; 0 where there is none."""
        return 0.0 if self.type[0] == "f" else abs(self.scale)

    @property
    def tolerance(self) -> float:
        """Within what a value read back is the one written."""
        return abs(self.scale) * 0.5 + 1e-9 if self.type[0] != "f" else 1e-6


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """A device and its registers.

    Parameters
    ----------
    host : str
        Address of the device.
    port : int
        Of Modbus/TCP.
    device_id : int
        Unit behind the address.
    timeout_seconds : float
        How long an answer may take.
    readings, commands : dict of str to Register
        By name.
    """

    host: str
    port: int
    device_id: int
    timeout_seconds: float
    readings: dict[str, Register]
    commands: dict[str, Register]

    def blocks(self) -> list[tuple[str, int, int, tuple[Register, ...]]]:
        """Return what is read together: table, first address, count and the registers in it."""
        found = []
        for table in TABLES:
            own = sorted(
                (one for one in self.readings.values() if one.table == table),
                key=lambda one: one.address,
            )
            run: list[Register] = []
            for one in own:
                if run:
                    end = max(last.address + last.count for last in run)
                    whole = one.address + one.count - run[0].address
                    if one.address - end > GAP_MOST or whole > BLOCK_MOST:
                        found.append(block(table, run))
                        run = []
                run.append(one)
            if run:
                found.append(block(table, run))
        return found


def block(table: str, run: list[Register]) -> tuple[str, int, int, tuple[Register, ...]]:
    """Return a run of registers as one request."""
    first = run[0].address
    return table, first, max(one.address + one.count for one in run) - first, tuple(run)


def load_registers(path: Path) -> RegisterMap:
    """Return the register map of a TOML file.

    Raises
    ------
    InputError
        If it cannot be read, a quantity is missing, unknown or twice, or does not fit.
    """
    document = read_map(path, {"register": KEYS}, TOP)
    needed = {"reading": READINGS, "command": COMMANDS}
    found = by_role(path, document, "register", register, needed)
    return RegisterMap(
        host=str(document.get("host", "127.0.0.1")),
        port=document.get("port", 502),
        device_id=document.get("device_id", 1),
        timeout_seconds=float(document.get("timeout_seconds", 1.0)),
        readings=found["reading"],
        commands=found["command"],
    )


def register(where: str, entry: dict[str, Any], capacity_mwh: float) -> tuple[Register, str]:
    """Return one register and whether it is a reading or a command.

    Raises
    ------
    InputError
        If a key is missing or has no meaning.
    """
    for key in ("name", "address", "type", "unit"):
        if key not in entry:
            raise InputError(f"{where}: key {key!r} is missing; add it")
    role, name = entry.get("role", "reading"), entry["name"]
    known = {"reading": READINGS, "command": COMMANDS}
    choose(where, "role", role, known)
    choose(where, "name", name, known[role])
    table = choose(where, "table", entry.get("table", "input"), TABLES)
    kind = choose(where, "type", entry["type"], TYPES)
    order = choose(where, "word_order", entry.get("word_order", "big"), ORDERS)
    address = entry["address"]
    if not 0 <= address <= 65_536 - TYPES[kind][1]:
        raise InputError(f"{where}: address {address} is none of 0 to 65535; count from 0")
    if role == "command" and table != "holding":
        raise InputError(f'{where}: an input register cannot be written; give table = "holding"')
    scale = float(entry.get("scale", 1.0))
    if scale == 0.0:
        raise InputError(f"{where}: scale is 0; give what one count is worth")
    ours = known[role][name]
    try:
        scale *= factor(entry["unit"], ours, capacity_mwh)
    except InputError as fault:
        raise InputError(f"{where}: {fault}") from fault
    return Register(name, table, address, kind, scale, order), role


def choose(where: str, key: str, value: str, known: Any) -> str:  # noqa: ANN401 - names in any container
    """Return `value` if it is one of `known`.

    Raises
    ------
    InputError
        Otherwise.
    """
    if value not in known:
        raise InputError(f"{where}: {key} {value!r} is none of {', '.join(known)}")
    return value


EXAMPLE = (
    ("energy", "reading", "input", 0, "u32", "kWh", 0.1, "big"),
    ("power", "reading", "input", 2, "i32", "kW", -1.0, "little"),
    ("charge_available", "reading", "input", 4, "u16", "kW", 10.0, "big"),
    ("discharge_available", "reading", "input", 5, "u16", "kW", 10.0, "big"),
    ("exported", "reading", "input", 6, "u64", "Wh", 1.0, "big"),
    ("imported", "reading", "input", 10, "u64", "Wh", 1.0, "big"),
    ("sample", "reading", "input", 14, "u32", "1", 1.0, "big"),
    ("setpoint", "reading", "holding", 100, "i32", "kW", -1.0, "little"),
    ("setpoint", "command", "holding", 100, "i32", "kW", -1.0, "little"),
    ("heartbeat", "command", "holding", 102, "u16", "1", 1.0, "big"),
)
"""Of the simulated battery, which counts charging above zero as many inverters do."""


def example_map(port: int) -> str:
    """Return the register map of the simulated battery as TOML."""
    keys = ("name", "role", "table", "address", "type", "unit", "scale", "word_order")
    head = text_of({"protocol": "modbus", "host": "127.0.0.1", "port": port, "device_id": 1})
    tables = [text_of(dict(zip(keys, row, strict=True))) for row in EXAMPLE]
    return head + "\n\n" + "\n\n".join(f"[[register]]\n{table}" for table in tables) + "\n"
