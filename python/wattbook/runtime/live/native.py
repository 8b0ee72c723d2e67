"""A venue of a live run with its own session: its file, who logs in, what is traded there."""

from __future__ import annotations

import re
import tomllib
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from wattbook.errors import DeskError, InputError
from wattbook.execution.fix import FixHours
from wattbook.execution.live import NativeVenue
from wattbook.ingest.venue import environment_secrets
from wattbook.runtime.desk.spec import VenueSpec
from wattbook.runtime.paper.plan import PaperPlan
from wattbook.runtime.paper.venues import Opened

__all__ = [
    "is_on_this_machine",
    "native_venue",
    "periods_of",
    "port_of_session",
    "rest_address",
    "session_text",
    "symbols_of",
]

# Beside a run's journal: how far the answers of a venue by REST were taken.
PLACE = "rest.place"
# Which order each of the venue's codes is of.
CODES = "venue.codes"


def session_text(spec: VenueSpec, folder: Path, address: str | None = None) -> str:
    """Return the session's file, its addresses replaced by `address` (IP:PORT) where one is given.

    Raises
    ------
    WattbookError
        If it cannot be read, is of another kind than the desk file says, or the desk file lacks
        what this kind needs.
    """
    path = folder / spec.session
    try:
        text = path.read_text(encoding="utf-8")
        found = tomllib.loads(text)
    except (OSError, tomllib.TOMLDecodeError) as fault:
        message = f"{path}: the session's file cannot be read ({fault}); mend it"
        raise InputError(message) from fault
    if found.get("kind") != spec.kind:
        message = (
            f"{path} is of kind {found.get('kind')!r}, the desk file says {spec.kind!r}; "
            "let both say the same"
        )
        raise InputError(message)
    if spec.kind == "rest":
        rest_address(text, str(path))
    elif spec.area is None:
        message = f"[[venue]] {spec.name!r} lacks area; give the venue's code of the delivery area"
        raise DeskError(message)
    if address is None:
        return text
    return re.sub(r"(\b[a-z]+://)(?:[^/@\s\"']*@)?[^/\s\"']+", rf"\g<1>{address}", text)


def is_on_this_machine(text: str) -> bool:
    """Return whether every address of a session's file is on this machine.

    Examples
    --------
    >>> is_on_this_machine("url = 'amqp://127.0.0.1:5672/'")
    True
    """
    hosts = [urlsplit(url).hostname or "" for url in re.findall(r"\b[a-z]+://[^\s\"']+", text)]

    def is_loopback(host: str) -> bool:
        try:
            return host == "localhost" or ip_address(host).is_loopback
        except ValueError:
            return False

    return all(map(is_loopback, hosts))


def rest_address(text: str, where: str) -> str:
    r"""Return IP:PORT of a venue by REST out of the text of its session's file, read from `where`.

    Raises
    ------
    InputError
        If the file names none, or holds a key that means nothing.

    Examples
    --------
    >>> rest_address("kind = 'rest'\nurl = 'http://127.0.0.1:9890'", "rest_session.toml")
    '127.0.0.1:9890'
    """
    found = tomllib.loads(text)
    if strange := sorted(set(found) - {"kind", "url"}):
        message = f"{where}: {strange[0]!r} is no key of a session by REST; it has kind and url"
        raise InputError(message)
    url = urlsplit(str(found.get("url", "")))
    try:
        host = ip_address("127.0.0.1" if url.hostname == "localhost" else url.hostname or "")
        port = url.port
    except ValueError:
        host, port = None, None
    if url.scheme != "http" or host is None or port is None or url.path not in {"", "/"}:
        message = f"{where}: url {url.geturl()!r} is none of a venue; write http://127.0.0.1:9890"
        raise InputError(message)
    if not host.is_loopback:
        message = (
            f"{where}: {host} is another machine, and REST is not encrypted here; put what "
            "encrypts it on this machine and name that"
        )
        raise InputError(message)
    return f"[{host}]:{port}" if host.version == 6 else f"{host}:{port}"


def port_of_session(text: str) -> int:
    """Return the port of the first address of a session's file, 0 where none is named.

    Examples
    --------
    >>> port_of_session("url = 'amqp://127.0.0.1:5673/'")
    5673
    """
    found = re.search(r"\b[a-z]+://[^\s\"']+", text)
    return 0 if found is None else urlsplit(found.group()).port or 0


def symbols_of(paper: PaperPlan) -> list[tuple[int, str]]:
    """Return number and symbol of each contract that is traded."""
    chain = paper.part.chain
    numbers = set() if chain is None else set(chain.instruments)
    return [
        (entry.instrument, entry.symbol)
        for entry in paper.plan.instruments
        if entry.instrument in numbers
    ]


def periods_of(paper: PaperPlan) -> list[tuple[int, int, int]]:
    """Return delivery start and end (ns UTC) and number of each contract that is traded."""
    chain = paper.part.chain
    numbers = set() if chain is None else set(chain.instruments)
    return [
        (entry.delivery_start, entry.delivery_end, entry.instrument)
        for entry in paper.plan.instruments
        if entry.instrument in numbers
    ]


def native_venue(
    spec: VenueSpec,
    text: str,
    folder: Path,
    opened: Opened,
    *,
    seed: int,
    rate: tuple[int, int] | None,
    hours: FixHours | None,
) -> NativeVenue:
    """Return the venue, not connected yet; who logs in is told by the environment.

    Parameters
    ----------
    spec : VenueSpec
        What the desk file says.
    text : str
        The session's file.
    folder : Path
        Of the desk file.
    opened : Opened
        The run that trades there.
    seed : int
        Of the session.
    rate : tuple of int, optional
        How many messages the venue takes in how many ns.
    hours : FixHours, optional
        When it is connected.

    Raises
    ------
    WattbookError
        If the session's file does not fit, or the run's file about it is damaged.
    """
    secrets, tag = environment_secrets()(), str(opened.asked["tag"])
    if spec.kind == "rest":
        return NativeVenue.by_rest(
            rest_address(text, spec.session),
            key=secrets[1],
            tag=tag,
            symbols=symbols_of(opened.paper),
            place=opened.folder.path / PLACE,
            rate=rate,
            hours=hours,
        )
    return NativeVenue(
        text,
        folder=(folder / spec.session).parent,
        secrets=secrets,
        seed=seed,
        tag=tag,
        area=spec.area or "",
        periods=periods_of(opened.paper),
        codes=opened.folder.path / CODES,
        rate=rate,
        hours=hours,
    )
