"""The file that says which device is run, by which position, within which limits."""

from __future__ import annotations

import json
import math
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from wattbook.assets.dispatch import Device, Memory, SetpointLimits
from wattbook.errors import InputError

__all__ = ["DispatchConfig", "load_config", "load_memory", "open_device", "save_memory"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchConfig:
    """What ``wattbook dispatch run`` runs.

    Parameters
    ----------
    folder : Path
        Of the file; paths in it are relative to this.
    limits : SetpointLimits
        What no setpoint leaves.
    device : str
        Register or topic map.
    position : str
        CSV file of the net position; read anew when it changes.
    name : str, optional
        Of the battery, for texts.
    state : str, optional
        File by which a restart goes on without a jump.
    proposals : str, optional
        File to which each new plan is added, a JSON object a line.
    step_seconds : float, optional
        Time between two steps.
    stale_seconds : float, optional
        Telemetry without a new sample for so long has stopped.
    hold_seconds : float, optional
        For how long the cells must bear a setpoint: what the device waits for a heartbeat.
    lot_mw : float, optional
        Smallest step of a trade.
    wear_cost : float, optional
        Of energy that leaves the cells, currency per MWh.
    terminal_price : float, optional
        What energy above the floor is worth after the last period, currency per MWh.
    """

    folder: Path
    limits: SetpointLimits
    device: str
    position: str
    name: str = "battery"
    state: str = "dispatch-state.json"
    proposals: str = "dispatch-proposals.jsonl"
    step_seconds: float = 1.0
    stale_seconds: float = 10.0
    hold_seconds: float = 30.0
    lot_mw: float = 0.1
    wear_cost: float = 0.0
    terminal_price: float = 0.0

    def path(self, text: str) -> Path:
        """Return a path of the file, relative to the file's folder."""
        return self.folder / text


def load_config(path: Path) -> DispatchConfig:
    """Return what a file says.

    Raises
    ------
    InputError
        If it is no TOML, has a key that does not exist or a value that does not fit; names both.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise InputError(f"{path} cannot be read as TOML: {fault}") from fault
    table = document.pop("limits", None)
    if not isinstance(table, dict):
        raise InputError(
            f"{path} has no [limits]; add it with charge_mw, discharge_mw and the rest"
        )
    limits = filled(path, "[limits]", SetpointLimits, table)
    given = {"folder": path.parent, "limits": limits}
    made: DispatchConfig = filled(path, "the file", DispatchConfig, document, given)
    for name in ("step_seconds", "stale_seconds", "hold_seconds", "lot_mw"):
        if not getattr(made, name) > 0:
            raise InputError(f"{path}: {name} = {getattr(made, name)}; give more than 0")
    return made


def filled(
    path: Path, where: str, kind: type, table: dict[str, Any], given: dict[str, Any] | None = None
) -> Any:  # noqa: ANN401 - of any kind
    """Return a `kind` with the values of a table, each of its type.

    Raises
    ------
    InputError
        If a key is unknown or missing, or a value is of another type.
    """
    given = given or {}
    known = {entry.name: entry for entry in fields(kind) if entry.name not in given}
    values = dict(given)
    for key, value in table.items():
        if key not in known:
            names = ", ".join(known)
            raise InputError(f"{path}, {where}: there is no key {key!r}; there are {names}")
        is_text = known[key].type in ("str", str)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(value, str) is not is_text or not (is_text or is_number):
            word = "text" if is_text else "a number"
            raise InputError(f"{path}, {where}: {key} = {value!r} is not {word}")
        if is_number and math.isnan(value):
            raise InputError(f"{path}, {where}: {key} is no number; give one")
        values[key] = value if is_text else float(value)
    try:
        return kind(**values)
    except TypeError as fault:
        raise InputError(f"{path}, {where}: {str(fault).split(') ')[-1]}") from fault
    except InputError as fault:
        raise InputError(f"{path}, {where}: {fault}") from fault


def open_device(path: Path) -> tuple[Device, float]:
    """Return the device of a map file, and the smallest step of its setpoint, MW.

    Raises
    ------
    InputError
        If the file does not fit, or its protocol's library is not installed.
    """
    try:
        protocol = tomllib.loads(path.read_text(encoding="utf-8")).get("protocol")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise InputError(f"{path} cannot be read as TOML: {fault}") from fault
    if protocol == "modbus":
        from wattbook.assets.dispatch.modbus import ModbusDevice  # noqa: PLC0415 - an extra
        from wattbook.assets.dispatch.registers import load_registers  # noqa: PLC0415

        registers = load_registers(path)
        return ModbusDevice(registers), registers.commands["setpoint"].step
    if protocol == "mqtt":
        from wattbook.assets.dispatch.mqtt import MqttDevice  # noqa: PLC0415 - an extra
        from wattbook.assets.dispatch.topics import load_topics  # noqa: PLC0415

        return MqttDevice(load_topics(path)), 0.0
    raise InputError(f"{path}: protocol {protocol!r} is none of modbus, mqtt")


def load_memory(path: Path) -> Memory | None:
    """Return what a run before this one left; None where there was none.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Memory(
            at=int(found["at"]),
            setpoint_mw=float(found["setpoint_mw"]),
            period_start=int(found["period_start"]),
            net_at_start=float(found["net_at_start"]),
            beats=int(found["beats"]),
            unconfirmed_mw=tuple(float(one) for one in found.get("unconfirmed_mw", ())),
            sample=None if found.get("sample") is None else int(found["sample"]),
            energy_mwh=range_of(found.get("energy_mwh")),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as fault:
        message = (
            f"{path} is damaged ({fault!r}); remove it, and the period under way counts from now"
        )
        raise InputError(message) from fault


def range_of(found: list[float] | None) -> tuple[float, float] | None:
    """Return least and most of a list of two; None where nothing was kept."""
    if found is None:
        return None
    least, most = found
    return float(least), float(most)


def save_memory(path: Path, memory: Memory) -> None:
    """Write what a restart needs, in one step, so that a crash leaves the old."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(memory)) + "\n", encoding="utf-8")
    draft.replace(path)
