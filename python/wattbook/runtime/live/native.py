"""A venue of a live run with its own session: its file, who logs in, what is traded there."""

from __future__ import annotations

import re
import tomllib
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from wattbook.errors import InputError
from wattbook.execution.live import NativeVenue
from wattbook.ingest.venue import environment_secrets
from wattbook.runtime.desk.spec import VenueSpec
from wattbook.runtime.paper.plan import PaperPlan

__all__ = ["is_on_this_machine", "native_venue", "periods_of", "port_of_session", "session_text"]


def session_text(spec: VenueSpec, folder: Path, address: str | None = None) -> str:
    """Return the session's file, its addresses replaced by `address` (IP:PORT) where one is given.

    Raises
    ------
    InputError
        If it cannot be read or is of another kind than the desk file says.
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


def port_of_session(text: str) -> int:
    """Return the port of the first address of a session's file, 0 where none is named.

    Examples
    --------
    >>> port_of_session("url = 'amqp://127.0.0.1:5673/'")
    5673
    """
    found = re.search(r"\b[a-z]+://[^\s\"']+", text)
    return 0 if found is None else urlsplit(found.group()).port or 0


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
    paper: PaperPlan,
    *,
    tag: str,
    seed: int,
    rate: tuple[int, int] | None = None,
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
    paper : PaperPlan
        What is traded.
    tag : str
        Begins each name of an order.
    seed : int
        Of the session.
    rate : tuple of int, optional
        How many messages the venue takes in how many ns.

    Raises
    ------
    InputError
        If the session's file does not fit.
    """
    return NativeVenue(
        text,
        folder=(folder / spec.session).parent,
        secrets=environment_secrets()(),
        seed=seed,
        tag=tag,
        area=spec.area,
        periods=periods_of(paper),
        rate=rate,
    )
