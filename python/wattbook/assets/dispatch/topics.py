"""A topic map: which MQTT topics carry what, as data in a TOML file."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wattbook.assets.dispatch.device import COMMANDS, READINGS
from wattbook.assets.dispatch.registers import choose
from wattbook.assets.dispatch.units import by_role, factor, read_map, text_of
from wattbook.errors import DeviceError, InputError

__all__ = ["Topic", "TopicMap", "example_topics", "load_topics"]

KEYS: dict[str, type] = {
    "name": str,
    "role": str,
    "topic": str,
    "field": str,
    "unit": str,
    "scale": float,
}
TOP: dict[str, type] = {
    "protocol": str,
    "host": str,
    "port": int,
    "user_variable": str,
    "password_variable": str,
    "tls": bool,
    "timeout_seconds": float,
    "capacity_mwh": float,
    "ask_topic": str,
    "answer_topic": str,
}
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Topic:
    """Where a quantity is published and in which form.

    Parameters
    ----------
    name : str
        A reading or a command.
    topic : str
        Without wildcards.
    field : str
        Of a JSON object; empty where the payload is the number.
    scale : float
        What one of the payload's number is worth in our unit; below zero turns the sign.
    """

    name: str
    topic: str
    field: str
    scale: float

    def decode(self, payload: bytes) -> float:
        """Return the quantity in our unit.

        Raises
        ------
        DeviceError
            If the payload holds no such number.
        """
        try:
            found = number(payload, self.field) * self.scale + 0.0
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as fault:
            shown = payload[:SHOWN]
            raise DeviceError(
                f"topic {self.topic!r} carries no {self.name}: {shown!r} ({fault})"
            ) from fault
        if not math.isfinite(found):
            raise DeviceError(f"topic {self.topic!r} carries {self.name} = {found}")
        return found

    def encode(self, value: float) -> str:
        """Return the payload of a quantity in our unit."""
        number = round(value / self.scale, 9) + 0.0
        return json.dumps({self.field: number} if self.field else number)


@dataclass(frozen=True, slots=True)
class TopicMap:
    """A device and its topics.

    Parameters
    ----------
    host, port : str, int
        Of the broker.
    user_variable, password_variable : str
        Environment variables that hold user and password; empty for none.
    tls : bool
        Whether the connection is encrypted.
    timeout_seconds : float
        How long an answer may take.
    ask_topic, answer_topic : str
        Where a number is sent to ask for new readings, and where it comes back after them; empty
        for a device that publishes by itself only.
    readings, commands : dict of str to Topic
        By name.
    """

    host: str
    port: int
    user_variable: str
    password_variable: str
    tls: bool
    timeout_seconds: float
    ask_topic: str
    answer_topic: str
    readings: dict[str, Topic]
    commands: dict[str, Topic]


def number(payload: bytes, field: str) -> float:
    """Return the number that a payload is, or that a field of its object is.

    Raises
    ------
    ValueError, KeyError, TypeError
        If it is none.
    """
    value = json.loads(payload)
    if field:
        value = value[field]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def load_topics(path: Path) -> TopicMap:
    """Return the topic map of a TOML file.

    Raises
    ------
    InputError
        If it cannot be read, a quantity is missing, unknown or twice, or does not fit.
    """
    document = read_map(path, {"topic": KEYS}, TOP)
    needed = {"reading": READINGS, "command": COMMANDS}
    found = by_role(path, document, "topic", topic, needed)
    ask, answer = str(document.get("ask_topic", "")), str(document.get("answer_topic", ""))
    if bool(ask) != bool(answer):
        raise InputError(f"{path}: ask_topic and answer_topic belong together; give both or none")
    return TopicMap(
        host=str(document.get("host", "127.0.0.1")),
        port=document.get("port", 1883),
        user_variable=str(document.get("user_variable", "")),
        password_variable=str(document.get("password_variable", "")),
        tls=bool(document.get("tls", False)),
        timeout_seconds=float(document.get("timeout_seconds", 2.0)),
        ask_topic=ask,
        answer_topic=answer,
        readings=found["reading"],
        commands=found["command"],
    )


def topic(where: str, entry: dict[str, Any], capacity_mwh: float) -> tuple[Topic, str]:
    """Return one topic and whether it is a reading or a command.

    Raises
    ------
    InputError
        If a key is missing or has no meaning.
    """
    for key in ("name", "topic", "unit"):
        if key not in entry:
            raise InputError(f"{where}: key {key!r} is missing; add it")
    role, name = entry.get("role", "reading"), entry["name"]
    known = {"reading": READINGS, "command": COMMANDS}
    choose(where, "role", role, known)
    choose(where, "name", name, known[role])
    if not entry["topic"] or set(entry["topic"]) & set("#+"):
        raise InputError(f"{where}: topic {entry['topic']!r}; give a whole topic without # and +")
    scale = float(entry.get("scale", 1.0))
    if scale == 0.0:
        raise InputError(f"{where}: scale is 0; give what one count is worth")
    try:
        scale *= factor(entry["unit"], known[role][name], capacity_mwh)
    except InputError as fault:
        raise InputError(f"{where}: {fault}") from fault
    return Topic(name, entry["topic"], entry.get("field", ""), scale), role


EXAMPLE = (
    ("energy", "reading", "cells", "energy", "MWh", 1.0),
    ("power", "reading", "inverters", "power", "kW", -1.0),
    ("charge_available", "reading", "inverters", "charge", "kW", 1.0),
    ("discharge_available", "reading", "inverters", "discharge", "kW", 1.0),
    ("exported", "reading", "meter/exported", "", "kWh", 1.0),
    ("imported", "reading", "meter/imported", "", "kWh", 1.0),
    ("sample", "reading", "sample", "", "1", 1.0),
    ("setpoint", "reading", "setpoint", "", "kW", -1.0),
    ("setpoint", "command", "setpoint/set", "", "kW", -1.0),
    ("heartbeat", "command", "heartbeat", "", "1", 1.0),
)


def example_topics(port: int, base: str = "battery") -> str:
    """Return the topic map of the simulated battery as TOML; its topics are below `base`."""
    keys = ("name", "role", "topic", "field", "unit", "scale")
    head = {
        "protocol": "mqtt",
        "host": "127.0.0.1",
        "port": port,
        "ask_topic": f"{base}/ask",
        "answer_topic": f"{base}/answer",
    }
    tables = []
    for row in EXAMPLE:
        entry: dict[str, Any] = dict(zip(keys, row, strict=True))
        tables.append(text_of({**entry, "topic": f"{base}/{entry['topic']}"}))
    return text_of(head) + "\n\n" + "\n\n".join(f"[[topic]]\n{table}" for table in tables) + "\n"
