"""An exchange that a run trades with over FIX 4.4, and a simulated one to trade with."""

from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Self

from wattbook._core import FixExchange, NativeExchange
from wattbook._core import LiveVenue as CoreVenue
from wattbook._core import NativeVenue as CoreNative
from wattbook.execution.fix import FixHours, FixTls
from wattbook.execution.simulation import Simulation

__all__ = ["FixExchange", "LiveStatus", "LiveVenue", "NativeExchange", "NativeVenue"]


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """Where the connection to an exchange stands.

    Parameters
    ----------
    is_logged_on : bool
        Whether both sides are logged on.
    open_orders : int
        Orders that have not ended, as far as the exchange has told.
    sent, waiting : int
        Requests sent by this process, and those that wait for their turn or for a logon.
    reports : int
        Reports taken over by this process.
    repeated : int
        Reports that were told before, and dropped.
    set_aside : int
        Messages that could not be booked.
    logons : int
        So far.
    last_end : str or None
        How the last connection ended, or why there was none.
    has_ended : bool
        Whether there will be no other connection.
    copies : tuple of (bool, int, int) or None
        Of the drop copy: whether both sides are logged on, reports that came by it, and fills that
        only one side has told so far.
    """

    is_logged_on: bool
    open_orders: int
    sent: int
    waiting: int
    reports: int
    repeated: int
    set_aside: int
    logons: int
    last_end: str | None
    has_ended: bool
    copies: tuple[bool, int, int] | None

    def sentence(self) -> str:
        """Return it for a status line."""
        if self.has_ended:
            return f"exchange: ENDED ({self.last_end})"
        if not self.is_logged_on:
            return f"exchange: NOT CONNECTED ({self.last_end or 'connecting'})"
        waiting = f" ({self.waiting:,} waiting)" if self.waiting else ""
        return (
            f"exchange: logged on, {self.open_orders} orders open, "
            f"{self.sent:,} requests{waiting}, {self.reports:,} reports, "
            f"{self.set_aside:,} set aside{self.copy_words()}"
        )

    def copy_words(self) -> str:
        """Return what a status line says of the drop copy."""
        if self.copies is None:
            return ""
        is_on, count, unmatched = self.copies
        if not is_on:
            return "; drop copy: NOT CONNECTED"
        waits = f", {unmatched:,} fills not matched" if unmatched else ""
        return f"; drop copy: {count:,} reports{waits}"


class LiveVenue:
    """A FIX 4.4 session with an exchange, between it and a simulation that trades outside.

    An order goes out once its input is durable; while nobody is logged on it is refused, and the
    engine is told so, but a cancel waits for the next logon. What the exchange answers comes in as
    inputs with the time of receipt.

    Parameters
    ----------
    address : str
        IP:PORT of the exchange.
    sender, target : str
        Our CompID and the exchange's.
    heartbeat_seconds : int
        Interval of heartbeats.
    tag : str
        Begins each ClOrdID; no other run of the day may have it.
    store : Path
        File of sequence numbers and sent messages.
    symbols : list of (int, str)
        Instruments and the exchange's names of them.
    tls : tuple of (str, FixTls), optional
        Speak TLS 1.3 with whom has a certificate for this name.
    rate : tuple of (int, int), optional
        How many messages go out in how many ns at most; the rest waits, cancels first.
    hours : FixHours, optional
        When the session may be connected; always without.
    drop_copy : tuple of (str, str, str, Path, int), optional
        Where copies of reports are served (IP:PORT), our CompID there and the server's, the file
        of that session, and how many ns one side may lack what the other tells.

    Raises
    ------
    InputError
        If `address` is none, a file of `tls` cannot be used, or `hours` are none.
    JournalError
        If the store cannot be opened or is damaged.
    """

    def __init__(
        self,
        address: str,
        *,
        sender: str,
        target: str,
        heartbeat_seconds: int,
        tag: str,
        store: Path,
        symbols: list[tuple[int, str]],
        tls: tuple[str, FixTls] | None = None,
        rate: tuple[int, int] | None = None,
        hours: FixHours | None = None,
        drop_copy: tuple[str, str, str, Path, int] | None = None,
    ) -> None:
        self._core = CoreVenue(
            address,
            sender=sender,
            target=target,
            heartbeat_seconds=heartbeat_seconds,
            tag=tag,
            store=store,
            symbols=symbols,
            tls=None if tls is None else (tls[0], tls[1].files()),
            rate=rate,
            hours=None if hours is None else astuple(hours),
            drop_copy=drop_copy,
        )

    def resume(self, run: Simulation, now: int) -> None:
        """Take over what `run` met of its journal; what never left is refused at `now` (ns UTC).

        Raises
        ------
        JournalError
            If the store is gone, but not the orders of the journal.
        """
        self._core.resume(run.core, now)

    def connect(self) -> None:
        """Connect, and again whenever the connection is lost."""
        self._core.connect()

    def receive(self, run: Simulation, now: int, speed: float) -> list[tuple[str, str]]:
        """Hand what has come to `run`; return what was set aside as (reason, message).

        Parameters
        ----------
        run : Simulation
            Opened with ``trades_outside``.
        now : int
            Its clock, ns UTC.
        speed : float
            Nanoseconds of that clock in one of the wall clock.
        """
        return self._core.receive(run.core, now, speed)

    def send(self, run: Simulation) -> None:
        """Send what `run` has routed and committed.

        Raises
        ------
        JournalError
            If the store cannot be written, or the session has ended for good.
        """
        self._core.send(run.core)

    def cancel_foreign(self, order: str, now: int) -> bool:
        """Ask the exchange to take back an order of its own `ClOrdID` that this run does not work.

        Parameters
        ----------
        order : str
            Its ClOrdID (11), as the exchange told it.
        now : int
            The run's clock, ns UTC.

        Returns
        -------
        bool
            Whether the exchange has told of such an open order.
        """
        return self._core.cancel_foreign(order, now)

    def is_quiet(self) -> bool:
        """Return whether everything was sent and answered, and no order is open."""
        return self._core.is_quiet()

    @property
    def status(self) -> LiveStatus:
        """Where the connection stands."""
        return LiveStatus(*self._core.status())

    def stop(self) -> None:
        """Log out and wait until the connection has ended."""
        self._core.stop()


class NativeVenue:
    """A venue that is not spoken to by FIX, between it and a run that trades outside.

    It is in the manner of M7 or of Nord Pool, and its contracts become those of the run by their
    delivery period; or it takes orders by REST (`by_rest`).

    Parameters
    ----------
    session : str
        The session's file as text, see the page on venues.
    folder : Path
        To which its paths are relative.
    secrets : (str, str)
        User and password.
    seed : int
        Of the waits between two attempts to connect.
    tag : str
        Begins each name of an order; no other run of the day may have it.
    area : str
        The venue's code of the delivery area.
    periods : list of (int, int, int)
        First and one past the last instant of delivery, ns UTC, and the instrument.
    codes : Path
        File that keeps the venue's codes of orders, for a run that is resumed.
    rate : (int, int), optional
        How many messages the venue takes in how many ns; what is beyond waits, cancels first.
    hours : FixHours, optional
        When it is connected, by the run's clock; always without.

    Raises
    ------
    InputError
        If the session's file does not fit, or `hours` are none.
    """

    def __init__(
        self,
        session: str,
        *,
        folder: Path,
        secrets: tuple[str, str],
        seed: int,
        tag: str,
        area: str,
        periods: list[tuple[int, int, int]],
        codes: Path,
        rate: tuple[int, int] | None = None,
        hours: FixHours | None = None,
    ) -> None:
        self._core = CoreNative(
            session,
            folder=folder,
            secrets=secrets,
            seed=seed,
            tag=tag,
            area=area,
            periods=periods,
            codes=codes,
            rate=rate,
            hours=None if hours is None else astuple(hours),
        )

    @classmethod
    def by_rest(
        cls,
        address: str,
        *,
        key: str,
        tag: str,
        symbols: list[tuple[int, str]],
        place: Path,
        rate: tuple[int, int] | None = None,
        hours: FixHours | None = None,
    ) -> Self:
        """Return a venue that takes orders by REST and answers over a WebSocket.

        Parameters
        ----------
        address : str
            IP:PORT of the venue, on this machine.
        key : str
            By which the venue knows us.
        tag, rate, hours
            As of a session.
        symbols : list of (int, str)
            Instruments and the venue's names of them.
        place : Path
            File that keeps how far the venue's answers were taken; a resumed run goes on there.

        Raises
        ------
        InputError
            If `address` is none, or `hours` are none.
        JournalError
            If `place` cannot be read.
        """
        made = cls.__new__(cls)
        made._core = CoreNative.by_rest(  # noqa: SLF001 - of our own making
            address,
            key=key,
            tag=tag,
            symbols=symbols,
            place=place,
            rate=rate,
            hours=None if hours is None else astuple(hours),
        )
        return made

    def resume(self, run: Simulation, _now: int) -> None:
        """Take over what a resumed `run` has met of its journal, before it connects.

        Raises
        ------
        JournalError
            If the venue's codes of orders cannot be read.
        """
        self._core.resume(run.core)

    def connect(self) -> None:
        """Connect, and again whenever the connection is lost."""
        self._core.connect()

    def receive(self, run: Simulation, now: int, _speed: float) -> list[tuple[str, str]]:
        """Hand what has come to `run`, as `LiveVenue.receive` does."""
        return self._core.receive(run.core, now)

    def send(self, run: Simulation) -> None:
        """Send what `run` has routed and committed.

        Raises
        ------
        JournalError
            If it cannot be kept how far the venue's answers were taken.
        """
        self._core.send(run.core)

    def cancel_foreign(self, order: str, now: int) -> bool:
        """Ask for the end of an order that the venue told of and the run does not work.

        Returns
        -------
        bool
            Whether the venue told of it.
        """
        return self._core.cancel_foreign(order, now)

    def is_quiet(self) -> bool:
        """Return whether no order is open."""
        return self._core.is_quiet()

    @property
    def status(self) -> LiveStatus:
        """Where the connection stands."""
        return LiveStatus(*self._core.status())

    def stop(self) -> None:
        """Log out."""
        self._core.stop()
