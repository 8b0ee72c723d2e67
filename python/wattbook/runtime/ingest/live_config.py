"""The file that says what is polled, how often, and where it goes."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from wattbook.errors import InputError

__all__ = ["Inbox", "LiveConfig", "Poll", "VenueLine", "load_config"]

LISTS = ("poll", "inbox", "venue")
"""Keys whose values are tables of their own."""

POSITIVE = ("every_seconds", "payload_seconds", "payload_memory_mb")


@dataclass(frozen=True, slots=True)
class Poll:
    """A dataset that is asked for on a schedule.

    Parameters
    ----------
    name : str
        Of the poll; its state is kept under it.
    source, dataset : str
        What is asked for.
    every_seconds : float
        Time between two polls.
    location : str, optional
        In the source's own code.
    look_back_seconds : float, optional
        How far before the last poll the query begins: corrections come late.
    look_ahead_seconds : float, optional
        How far beyond now it ends: day-ahead prices and forecasts.
    options : mapping of str to str, optional
        What else the dataset asks for.
    """

    name: str
    source: str
    dataset: str
    every_seconds: float
    location: str = ""
    look_back_seconds: float = 86_400.0
    look_ahead_seconds: float = 0.0
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inbox:
    """A folder into which somebody puts files.

    Parameters
    ----------
    name : str
        Of the inbox.
    path : str
        The folder, relative to the config file; files are read and left where they are.
    every_seconds : float, optional
        Time between two looks.
    settle_seconds : float, optional
        How old a file must be: younger ones may still be written to.
    """

    name: str
    path: str
    every_seconds: float = 10.0
    settle_seconds: float = 2.0


@dataclass(frozen=True, slots=True)
class VenueLine:
    """A venue whose session is followed as long as the command runs.

    Parameters
    ----------
    name : str
        Of the venue; its rows are stored under it as their source.
    file : str
        The venue's file (``docs/venues.md``), relative to the config file.
    user_variable, password_variable : str, optional
        Environment variables that hold user and password.
    store_seconds : float, optional
        Longest time that events wait before they are stored.
    """

    name: str
    file: str
    user_variable: str = "WATTBOOK_VENUE_USER"
    password_variable: str = "WATTBOOK_VENUE_PASSWORD"  # noqa: S105 - the name of a variable
    store_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class LiveConfig:
    """What runs live.

    Parameters
    ----------
    folder : Path
        Of the file; paths in it are relative to this.
    store : str, optional
        Folder of the stores.
    islands : sequence of str, optional
        Further sources: modules, or ``.py`` files.
    origins : mapping of str to str, optional
        Mirrors that stand in for a publisher's origin.
    as_read : bool, optional
        Whether rows are stored as their source has them: no common codes and units, no rules.
    rules : str, optional
        Rule file of the store from now on; the one that it has, or as it ships, by default.
    payload_seconds : float, optional
        How long reading one payload may take.
    payload_memory_mb : float, optional
        How much memory reading one payload may take, MiB.
    bus, topic : str, optional
        Where what is stored is published: ``ring`` or ``kafka://host:port``.
    partitions : int, optional
        Of the topic, which is made if it is not there.
    registry : str, optional
        Registry of schemas: a file or an address; ``schemas.sqlite`` in the store by default.
    land : str, optional
        Folder of further stores that this process lands the topic into; a ring needs it.
    metrics : str, optional
        File that is written at most once a minute, in Prometheus' text format.
    listen : str, optional
        ``host:port`` at which ``/metrics`` gives the same text.
    allow_remote : bool, optional
        Whether `listen` may be reached from other machines.
    poll, inbox, venue : sequence, optional
        What is asked for, where files arrive, and which venues are followed.
    """

    folder: Path
    store: str = "wattbook-store"
    islands: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    as_read: bool = False
    rules: str = ""
    payload_seconds: float = 300.0
    payload_memory_mb: float = 4_096
    bus: str = ""
    topic: str = "observations"
    partitions: int = 4
    registry: str = ""
    land: str = ""
    metrics: str = ""
    listen: str = ""
    allow_remote: bool = False
    poll: tuple[Poll, ...] = ()
    inbox: tuple[Inbox, ...] = ()
    venue: tuple[VenueLine, ...] = ()

    def path(self, text: str) -> Path:
        """Return a path of the file, relative to the file's folder."""
        return self.folder / text

    def island_names(self) -> tuple[str, ...]:
        """Return the islands; those that are files with their whole path."""
        return tuple(
            str(self.path(name)) if name.endswith(".py") else name for name in self.islands
        )


def load_config(path: Path) -> LiveConfig:
    """Return what a file says.

    Raises
    ------
    InputError
        If it is no TOML, has a key that does not exist or a value that does not fit; names both.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        message = f"{path} cannot be read as TOML: {fault}"
        raise InputError(message) from fault
    top = {name: value for name, value in document.items() if name not in LISTS}
    if "islands" in top:
        top["islands"] = tuple(checked(path, "islands", top["islands"], list))
    made: LiveConfig = filled(
        path,
        "the file",
        LiveConfig,
        top
        | {"folder": path.parent}
        | {
            "poll": entries(path, "poll", Poll, document.get("poll", [])),
            "inbox": entries(path, "inbox", Inbox, document.get("inbox", [])),
            "venue": entries(path, "venue", VenueLine, document.get("venue", [])),
        },
    )
    named: list[Poll | Inbox | VenueLine] = [*made.poll, *made.inbox, *made.venue]
    names = [entry.name for entry in named]
    if not names:
        message = f"{path} has no [[poll]], [[inbox]] or [[venue]]; nothing would ever run"
        raise InputError(message)
    for name in names:
        if names.count(name) > 1:
            message = f"{path} has {name!r} twice; give each entry its own name"
            raise InputError(message)
        if not name or not name.replace("-", "").replace("_", "").isalnum():
            message = f"{path}: name {name!r}; use letters, digits, - and _, as in de-prices"
            raise InputError(message)
    return made


def checked(path: Path, key: str, value: Any, kind: type) -> Any:  # noqa: ANN401 - out of a file
    """Return `value` if it is of that kind.

    Raises
    ------
    InputError
        Otherwise.
    """
    wanted = (int, float) if kind is float else kind
    if not isinstance(value, wanted) or (kind is float and isinstance(value, bool)):
        message = f"{path}: {key} = {value!r} is no {kind.__name__}"
        raise InputError(message)
    return value


def entries(path: Path, name: str, kind: type, found: object) -> tuple[Any, ...]:
    """Return every ``[[name]]`` of a file."""
    listed = checked(path, name, found, list)
    return tuple(
        filled(path, f"[[{name}]] {place}", kind, checked(path, name, entry, dict))
        for place, entry in enumerate(listed, start=1)
    )


def filled(path: Path, where: str, kind: type, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - of any kind
    """Return a `kind` with the values given, each of its type.

    Raises
    ------
    InputError
        If a key is unknown or missing, or a value is of another type or below its least.
    """
    known = {entry.name: entry for entry in fields(kind)}
    for key in given:
        if key not in known:
            names = ", ".join(name for name in known if name != "folder")
            message = f"{path}, {where}: there is no key {key!r}; there are {names}"
            raise InputError(message)
    try:
        made = kind(**given)
    except TypeError as fault:
        message = f"{path}, {where}: {str(fault).split(') ')[-1]}"
        raise InputError(message) from fault
    for key, value in given.items():
        fitting(path, where, key, value)
    return made


def fitting(path: Path, where: str, key: str, value: Any) -> None:  # noqa: ANN401 - out of a file
    """Refuse a value that is of another type than its key has, or below its least.

    Raises
    ------
    InputError
        If it is; names place and fix.
    """
    place = f"{where}.{key}"
    if key.endswith(("_seconds", "_mb")):
        unit = "seconds" if key.endswith("_seconds") else "MiB"
        checked(path, place, value, float)
        # Of a NaN no comparison holds.
        if not math.isfinite(value) or value < 0 or (key in POSITIVE and value == 0):
            message = f"{path}, {where}: {key} = {value}; give {unit} above 0"
            raise InputError(message)
    elif key == "partitions":
        if checked(path, place, value, int) < 1:
            message = f"{path}, {where}: partitions = {value}; give 1 or more"
            raise InputError(message)
    elif key in ("origins", "options"):
        for name, text in checked(path, place, value, dict).items():
            checked(path, f"{place}.{name}", text, str)
    elif key in ("as_read", "allow_remote"):
        checked(path, place, value, bool)
    elif key not in ("folder", "islands", *LISTS):
        checked(path, place, value, str)
