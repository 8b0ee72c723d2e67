"""The exchange of a live run: connected, asked what it knows, and left in order."""

import ipaddress
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from wattbook.errors import DeskError, InputError, RunError
from wattbook.execution import Simulation
from wattbook.execution.fix import FixHours, FixTls
from wattbook.execution.live import LiveVenue, NativeVenue
from wattbook.ingest import NANOS_PER_SECOND
from wattbook.runtime.desk.spec import (
    BatterySpec,
    LiveSpec,
    LiveTlsSpec,
    VenueSpec,
    VirtualSpec,
)
from wattbook.runtime.kill_switch import KillSwitch
from wattbook.runtime.live.by_hand import Persons, approvals
from wattbook.runtime.live.native import native_venue, symbols_of
from wattbook.runtime.live.spool import Spool
from wattbook.runtime.paper.clock import Clock
from wattbook.runtime.paper.pace import advance
from wattbook.runtime.paper.plan import LeftOut, PaperPlan
from wattbook.runtime.paper.simulate import desk_simulation
from wattbook.runtime.paper.venues import Opened
from wattbook.runtime.run import Stop

__all__ = ["LiveVenues", "OpenedExchange", "address_of", "files_of"]

STORE = "fix.store"
COPIES = "drop_copy.store"
ASIDE = "exchange_quarantine.jsonl"
LOGON_SECONDS = 30.0
CLOSE_SECONDS = 10.0
STEP_SECONDS = 0.005


def host_of(spec: LiveSpec) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Return the address of the exchange.

    Raises
    ------
    InputError
        If it is none.
    """
    try:
        return ipaddress.ip_address("127.0.0.1" if spec.host == "localhost" else spec.host)
    except ValueError as fault:
        message = f"live.host {spec.host!r} is no IP address; write one like 127.0.0.1"
        raise InputError(message) from fault


def is_remote(spec: LiveSpec) -> bool:
    """Return whether the exchange is on another machine."""
    return not host_of(spec).is_loopback


def address_of(spec: LiveSpec) -> str:
    """Return IP:PORT of the exchange.

    Raises
    ------
    InputError
        If it is no address, or on another machine and the desk does not allow that.
    """
    host = host_of(spec)
    if is_remote(spec) and not spec.allow_remote:
        message = (
            f"live.host {spec.host} is another machine; orders leave this one only with "
            "allow_remote = true in [live] of the desk file"
        )
        raise InputError(message)
    return f"[{host}]:{spec.port}" if host.version == 6 else f"{host}:{spec.port}"


def files_of(spec: LiveTlsSpec, folder: Path) -> FixTls:
    """Return the files for TLS where they lie."""
    return FixTls(
        certificate=folder / spec.certificate if spec.certificate else None,
        key=folder / spec.key if spec.key else None,
        ca=folder / spec.ca if spec.ca else None,
    )


def peer_of(spec: LiveSpec, folder: Path) -> tuple[str, FixTls] | None:
    """Return the name that the exchange's certificate must be for, and our files, or None."""
    if spec.tls is None:
        return None
    return (spec.tls.server_name or str(host_of(spec)), files_of(spec.tls, folder))


def rate_of(spec: LiveSpec) -> tuple[int, int] | None:
    """Return how many messages the exchange takes in how many ns, or None without a limit."""
    rate = spec.rate
    return None if rate is None else (rate.messages, round(rate.seconds * 1_000_000_000))


def hours_of(spec: LiveSpec) -> FixHours | None:
    """Return when the session may be connected, or None for always."""
    return None if spec.hours is None else FixHours(**asdict(spec.hours))


def copies_of(spec: LiveSpec, store: Path) -> tuple[str, str, str, Path, int] | None:
    """Return where copies of our reports come from, or None.

    Raises
    ------
    InputError
        If that is no address, or on another machine and the desk does not allow that.
    """
    copies = spec.drop_copy
    if copies is None:
        return None
    server = replace(
        spec,
        host=spec.host if copies.host is None else copies.host,
        port=spec.port if copies.port is None else copies.port,
    )
    patience = round(copies.patience_seconds * 1_000_000_000)
    return (address_of(server), copies.sender, copies.target or spec.target, store, patience)


@dataclass(slots=True)
class OpenedExchange:
    """The exchange of a run that goes on.

    Parameters
    ----------
    opened : Opened
        The run.
    venue : LiveVenue or NativeVenue
        The session.
    tell : callable
        Told in a sentence of what the operator must know.
    persons : Persons
        Carries out what persons ask.
    kill : KillSwitch, optional
        What the desk stops and releases.
    cancels_on_disconnect : bool
        Whether open orders are taken back when the connection is lost.
    takes_requests : bool
        Whether what persons ask is looked at. While a resumed run logs on it waits: an order that
        passed would be taken back with those of the lost session.
    """

    opened: Opened
    venue: LiveVenue | NativeVenue
    tell: Callable[[str], None]
    persons: Persons
    kill: KillSwitch | None = None
    cancels_on_disconnect: bool = False
    takes_requests: bool = True
    was_on: bool = False
    tick_seconds: float = STEP_SECONDS
    settles_when_asked: bool = False

    @property
    def state(self) -> str:
        """Return where the connection stands."""
        return self.venue.status.sentence()

    @property
    def is_connected(self) -> bool:
        """Whether both sides are logged on."""
        return self.was_on

    def receive(self, now: int, speed: float) -> None:
        """Hand over what came; keep what was set aside, and tell of it."""
        for reason, text in self.venue.receive(self.opened.made, now, speed):
            entry = json.dumps({"at": now, "reason": reason, "message": text}, ensure_ascii=False)
            with (self.opened.folder.path / ASIDE).open("a", encoding="utf-8") as file:
                file.write(entry + "\n")
            self.tell(f"set aside: {reason}")
        status = self.venue.status
        if status.is_logged_on != self.was_on:
            self.was_on = status.is_logged_on
            ended = status.last_end or "no connection"
            self.tell(
                "logged on"
                if self.was_on
                else f"connection lost ({ended}); orders are refused, cancels wait"
            )
            if not self.was_on and self.cancels_on_disconnect:
                # They wait for the next logon, ahead of everything else.
                self.opened.made.core.begin_session(now, self.opened.books)
                self.tell("every open order is taken back when it is there again")
        if self.takes_requests:
            self.persons.look(now)
        if self.kill is not None:
            self.kill.look(self.opened.made.core, now)

    def send(self) -> None:
        """Send what the step has routed."""
        self.venue.send(self.opened.made)

    @property
    def is_asked(self) -> bool:
        """Whether a person at the desk waits for an answer."""
        return self.kill is not None and self.kill.requests.are_waiting

    def on_arrival(self, ring: Callable[[], None]) -> None:
        """Call `ring` when a person has asked for something at the desk."""
        if self.kill is not None:
            self.kill.requests.on_arrival(ring)

    def step(self, clock: Clock) -> tuple[int, int]:
        """Take what came, let the run go on to the clock's instant, send; return the counts."""
        now = clock.now()
        self.receive(now, clock.speed)
        counts = advance(self.opened.made, now)
        self.send()
        time.sleep(STEP_SECONDS)
        return counts

    def resume(self, now: int) -> None:
        """Take open orders back, and allow new ones: an earlier life may have stopped them."""
        core, books = self.opened.made.core, self.opened.books
        core.begin_session(now, books)
        core.set_trading(now, books, allowed=True)
        if self.kill is not None:
            self.kill.resume(core, now)
        self.takes_requests = True

    def log_on(self, clock: Clock, stop: Stop) -> None:
        """Connect and wait until both sides are logged on.

        Raises
        ------
        RunError
            If that takes too long or the run is asked to stop.
        """
        self.venue.connect()
        last = time.monotonic() + LOGON_SECONDS
        while True:
            self.step(clock)
            if self.was_on:
                return
            if time.monotonic() > last or stop.asked:
                message = (
                    f"no logon at the exchange ({self.venue.status.last_end or 'no answer'}); "
                    "start it or mend [live], then go on with --resume"
                )
                raise RunError(message)

    def close(self, clock: Clock) -> tuple[int, int]:
        """Stop order entry, take back every open order, and log out when all is answered.

        Returns
        -------
        inputs, events : int
            So far.
        """
        made = self.opened.made
        counts = advance(made, clock.now())
        last = time.monotonic() + CLOSE_SECONDS
        if self.venue.status.is_logged_on:
            books = self.opened.books
            made.core.set_trading(clock.now(), books, allowed=False)
            made.core.begin_session(clock.now(), books)
            counts = self.step(clock)
            while not self.venue.is_quiet() and time.monotonic() < last:
                counts = self.step(clock)
        self.venue.stop()
        self.was_on = False
        # What came with the logout belongs to the run.
        counts = self.step(clock)
        self.tell("logged out")
        left = self.venue.status.open_orders
        if left:
            self.tell(f"{left} orders may still be open at the exchange; go on with --resume")
        return counts

    def stop(self) -> None:
        """Log out, if that has not been done."""
        self.venue.stop()


@dataclass(slots=True)
class LiveVenues:
    """An exchange that orders go to, by FIX 4.4 or over a session of its own.

    Parameters
    ----------
    spec : LiveSpec
        Which one, and who may ask the run.
    folder : Path
        Of the desk file, to which the files for TLS are relative.
    tell : callable
        Told in a sentence of what the operator must know.
    kill : KillSwitch, optional
        What the desk stops and releases.
    native : (VenueSpec, str), optional
        A venue that is not spoken to by FIX, and the text of its session's file.
    """

    spec: LiveSpec
    folder: Path
    tell: Callable[[str], None]
    kill: KillSwitch | None = None
    native: tuple[VenueSpec, str] | None = None
    mode: ClassVar[str] = "live"
    are_outside: ClassVar[bool] = True
    without: ClassVar[LeftOut] = (
        (VirtualSpec, "virtual bids do not trade live yet"),
        (BatterySpec, "offers to a market operator do not go out live yet"),
    )

    def asked(self, held: dict[str, object]) -> dict[str, object]:
        """Return the session's names, and the tag of the run's orders."""
        tag = held.get("tag", f"{time.time_ns() // 1_000_000:x}")
        if self.native is not None:
            return {"venue": self.native[0].name, "area": self.native[0].area, "tag": tag}
        return {"sender": self.spec.sender, "target": self.spec.target, "tag": tag}

    def simulation(self, paper: PaperPlan, seed: int) -> Simulation:
        """Return the desk without any venue.

        Raises
        ------
        DeskError
            If the market has no continuous book, or a strategy cannot be used.
        """
        chain, live = paper.part.chain, paper.plan.desk.live
        if chain is None:
            message = (
                f"market {paper.part.spec.name!r} has no continuous book to trade live; add "
                "[market.synthetic_book], whose contracts are traded"
            )
            raise DeskError(message)
        lead_ns = 0 if live is None else live.closing_call_seconds * NANOS_PER_SECOND

        def add_venues(made: Simulation) -> None:
            # No exchange tells in advance when it stops to match; the desk file does.
            for number in chain.instruments if lead_ns else ():
                made.set_closing_call(number, lead_ns=lead_ns)

        made = desk_simulation(paper, seed, add_venues)
        for approval in approvals(paper.plan.desk):
            made.add_reference(approval)
        made.add_alarms(np.array([at for at, _ in chain.rolls], dtype=np.int64))
        return made

    def open(self, opened: Opened, clock: Clock, stop: Stop, *, resumes: bool) -> OpenedExchange:
        """Connect and wait for the logon; a resumed run settles first what never left.

        Raises
        ------
        WattbookError
            If the session's file is damaged, or nobody answers.
        """
        spec = self.spec
        if self.native is None:
            venue: LiveVenue | NativeVenue = self.fix_venue(opened)
        else:
            venue = self.native_venue(self.native, opened, clock)
        if self.kill is not None:
            self.kill.name_books(tuple(book.name for book in opened.paper.plan.desk.book))
        spool = Spool.open(opened.folder.path)

        def why_down() -> str | None:
            status = venue.status
            return None if status.is_logged_on else status.last_end or "no connection"

        persons = Persons(
            spool,
            opened.made,
            opened.paper,
            self.tell,
            self.kill,
            venue.cancel_foreign,
            why_down,
        )
        exchange = OpenedExchange(
            opened,
            venue,
            self.tell,
            persons,
            self.kill,
            cancels_on_disconnect=spec.cancel_on_disconnect,
            takes_requests=not resumes,
        )
        if resumes:
            now = clock.now()
            venue.resume(opened.made, now)
            # The refusals come just after everything that was met.
            advance(opened.made, now + 1_000)
        exchange.log_on(clock, stop)
        return exchange

    def native_venue(
        self, native: tuple[VenueSpec, str], opened: Opened, clock: Clock
    ) -> NativeVenue:
        """Return a venue with its own session, not connected yet."""
        spec, text = native
        by_rest = spec.kind == "rest"
        manner = "by REST" if by_rest else f"in the manner of {spec.kind}, area {spec.area}"
        self.tell(f"connecting to {spec.name} ({manner})")
        return native_venue(
            spec,
            text,
            self.folder,
            opened,
            seed=clock.now(),
            rate=rate_of(self.spec),
            hours=hours_of(self.spec),
        )

    def fix_venue(self, opened: Opened) -> LiveVenue:
        """Return a session by FIX, not connected yet."""
        address, spec = address_of(self.spec), self.spec
        machine = "ANOTHER MACHINE" if is_remote(spec) else "this machine"
        where = f"{machine}, {'not encrypted' if spec.tls is None else 'TLS 1.3'}"
        self.tell(f"connecting to {address} ({where}) as {spec.sender}, for {spec.target}")
        return LiveVenue(
            address,
            sender=spec.sender,
            target=spec.target,
            heartbeat_seconds=spec.heartbeat_seconds,
            tag=str(opened.asked["tag"]),
            store=opened.folder.path / STORE,
            symbols=symbols_of(opened.paper),
            tls=peer_of(spec, self.folder),
            rate=rate_of(spec),
            hours=hours_of(spec),
            drop_copy=copies_of(spec, opened.folder.path / COPIES),
        )
