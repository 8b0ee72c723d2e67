"""FIX sessions: who speaks to whom, and an acceptor to test counterparties against."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wattbook._core import FixEchoAcceptor
from wattbook.errors import InputError

__all__ = [
    "FixAcceptorConfig", "FixEchoAcceptor", "FixHours", "FixRate", "FixSessionConfig", "FixTls",
    "follow", "load_acceptor",
]  # fmt: skip

VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
EXCESSES = ("decline", "log_out")
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class FixHours:
    """When a session may be connected; numbers begin at 1 with each period of these hours.

    Parameters
    ----------
    zone : str
        Time zone of the hours, such as ``Europe/Berlin``.
    start, end : str
        Times of day, such as ``08:00``; an end that is not later is that of the next day.
    first_day, last_day : str, optional
        ``monday`` to ``sunday``: the hours run once a week, from `start` on the first day to `end`
        on the last.
    """

    zone: str
    start: str
    end: str
    first_day: str | None = None
    last_day: str | None = None


@dataclass(frozen=True, slots=True)
class FixRate:
    """How many application messages an acceptor takes of a session.

    Parameters
    ----------
    messages : int
        At least 1.
    seconds : float
        In any interval of this length.
    excess : str
        ``decline``: one beyond is answered by a Business Message Reject (35=j); ``log_out``: it
        ends the session.
    """

    messages: int
    seconds: float
    excess: str = "decline"


@dataclass(frozen=True, slots=True)
class FixTls:
    """Files for TLS 1.3.

    Parameters
    ----------
    certificate, key : Path, optional
        Our certificate with those up to its issuer, and its private key (PEM). Who listens needs
        them.
    ca : Path, optional
        Certificates (PEM) of the issuers to trust. Who connects trusts those of the system if it is
        left out; who listens then asks for no certificate.
    """

    certificate: Path | None = None
    key: Path | None = None
    ca: Path | None = None

    def files(self) -> tuple[Path | None, Path | None, Path | None]:
        """Return certificate, key and issuers."""
        return (self.certificate, self.key, self.ca)


@dataclass(frozen=True, slots=True)
class FixSessionConfig:
    """One session of an acceptor.

    Parameters
    ----------
    version : str
        ``FIX.4.2``, ``FIX.4.4`` or ``FIX.5.0SP2`` (over FIXT 1.1).
    sender, target : str
        Our CompID and the counterparty's.
    resets_on_logon : bool
        Whether both sides begin at sequence 1 with every logon.
    hours : FixHours, optional
        Always without.
    taken : FixRate, optional
        How many messages it may send us; any number without.
    """

    version: str
    sender: str
    target: str
    resets_on_logon: bool = False
    hours: FixHours | None = None
    taken: FixRate | None = None


@dataclass(frozen=True, slots=True)
class FixAcceptorConfig:
    """A port on loopback and the sessions that may log on through it.

    Parameters
    ----------
    port : int
        On 127.0.0.1; 0 for any free one.
    sessions : tuple of FixSessionConfig
        At least one.
    tls : FixTls, optional
        Speak TLS 1.3, and nothing else; without, the connections are not encrypted.
    """

    port: int
    sessions: tuple[FixSessionConfig, ...]
    tls: FixTls | None = None

    def start(self, log_folder: Path | None = None) -> FixEchoAcceptor:
        """Listen, each session sending back the orders, definitions and e-mails that it is sent.

        Parameters
        ----------
        log_folder : Path, optional
            Where each session keeps a file of its messages; it is made if it is not there.

        Raises
        ------
        InputError
            If the port cannot be had, a session is there twice, its hours are none, or a file of
            `tls` cannot be used.
        """
        if log_folder is not None:
            try:
                log_folder.mkdir(parents=True, exist_ok=True)
            except OSError as fault:
                message = f"{log_folder} cannot be made: {fault}; give another folder for logs"
                raise InputError(message) from fault
        tls = self.tls.files() if self.tls else None
        return FixEchoAcceptor(self.port, [row_of(one) for one in self.sessions], tls, log_folder)


SessionRow = tuple[
    str,
    str,
    str,
    bool,
    tuple[str, str, str, str | None, str | None] | None,
    tuple[int, int, bool] | None,
]


def row_of(session: FixSessionConfig) -> SessionRow:
    """Return a session as the acceptor takes it."""
    hours = session.hours
    return (
        session.version,
        session.sender,
        session.target,
        session.resets_on_logon,
        (hours.zone, hours.start, hours.end, hours.first_day, hours.last_day) if hours else None,
        rate_of(session.taken),
    )


def follow(
    acceptor: FixEchoAcceptor, config: FixAcceptorConfig, wanted: FixAcceptorConfig
) -> list[str]:
    """Let an acceptor that serves `config` serve the sessions of `wanted`; return what changed.

    A session that stays as it is goes on untouched. One that is taken away or changed is logged
    out; a changed one may log on again at once, and its sequence numbers go on.

    Raises
    ------
    InputError
        If `wanted` has a session twice, other files for TLS, or hours that are none. Its port is
        not looked at: the acceptor goes on listening where it does.
    """
    if wanted.tls != config.tls:
        message = "files for TLS are read once; start the acceptor again to change them"
        raise InputError(message)
    old = {(one.version, one.sender, one.target): one for one in config.sessions}
    new = {(one.version, one.sender, one.target): one for one in wanted.sessions}
    if len(new) < len(wanted.sessions):
        message = "a session is there twice; leave one out"
        raise InputError(message)
    # Whatever cannot be had is found before anything changes.
    for name in new.keys() - old.keys() | {name for name in new if new[name] != old.get(name)}:
        FixEchoAcceptor(0, [row_of(new[name])]).stop()
    told = []
    for name, one in old.items():
        if name not in new:
            acceptor.remove(*name)
            told.append(f"{' '.join(name)} was taken away")
        elif one != new[name]:
            acceptor.change(row_of(new[name]))
            told.append(f"{' '.join(name)} was changed")
    for name in [name for name in new if name not in old]:
        acceptor.add(row_of(new[name]))
        told.append(f"{' '.join(name)} was added")
    return told


def rate_of(rate: FixRate | None) -> tuple[int, int, bool] | None:
    """Return messages, nanoseconds, and whether one beyond ends the session."""
    if rate is None:
        return None
    return (rate.messages, round(rate.seconds * 1e9), rate.excess == "log_out")


def wanted(table: dict[str, Any], key: str, kind: type, place: str) -> Any:  # noqa: ANN401 - of `kind`
    """Take `key` out of `table`, which must be of `kind`."""
    if key not in table:
        message = f"{place} has no {key!r}; add it, see examples/fix-acceptance.toml"
        raise InputError(message)
    value = table.pop(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        message = f"{place}: {key} is {value!r}; give a {kind.__name__}"
        raise InputError(message)
    return value


def nothing_left(table: dict[str, Any], place: str) -> None:
    """Refuse keys that nobody reads."""
    if table:
        message = f"{place} has the unknown key {min(table)!r}; take it out or mend its name"
        raise InputError(message)


def hours_of(table: dict[str, Any], place: str) -> FixHours | None:
    """Take the hours out of a session's `table`, if it has some."""
    if "hours" not in table:
        return None
    hours = dict(wanted(table, "hours", dict, place))
    place = f"{place}: hours"
    is_weekly = "first_day" in hours or "last_day" in hours
    found = FixHours(
        zone=wanted(hours, "zone", str, place),
        start=wanted(hours, "start", str, place),
        end=wanted(hours, "end", str, place),
        first_day=wanted(hours, "first_day", str, place) if is_weekly else None,
        last_day=wanted(hours, "last_day", str, place) if is_weekly else None,
    )
    nothing_left(hours, place)
    return found


def taken_of(table: dict[str, Any], place: str) -> FixRate | None:
    """Take the limit of messages out of a session's `table`, if it has one."""
    if "taken" not in table:
        return None
    taken = dict(wanted(table, "taken", dict, place))
    place = f"{place}: taken"
    taken.setdefault("excess", "decline")
    if isinstance(taken.get("seconds"), int):
        taken["seconds"] = float(taken["seconds"])
    found = FixRate(
        messages=wanted(taken, "messages", int, place),
        seconds=wanted(taken, "seconds", float, place),
        excess=wanted(taken, "excess", str, place),
    )
    nothing_left(taken, place)
    if found.messages < 1 or not 0 < found.seconds <= DAY_SECONDS:
        message = f"{place}: give at least 1 message, and more than 0 to {DAY_SECONDS} seconds"
        raise InputError(message)
    if found.excess not in EXCESSES:
        message = f"{place}: excess {found.excess!r} is none of {', '.join(EXCESSES)}"
        raise InputError(message)
    return found


def tls_of(document: dict[str, Any], path: Path) -> FixTls | None:
    """Take the files for TLS out of `document`, if it has some; they lie relative to its file."""
    if "tls" not in document:
        return None
    place = f"{path}: tls"
    table = dict(wanted(document, "tls", dict, str(path)))
    certificate = path.parent / wanted(table, "certificate", str, place)
    key = path.parent / wanted(table, "key", str, place)
    ca = path.parent / wanted(table, "ca", str, place) if "ca" in table else None
    nothing_left(table, place)
    return FixTls(certificate=certificate, key=key, ca=ca)


def load_acceptor(path: Path) -> FixAcceptorConfig:
    """Return what the TOML file at `path` describes.

    Raises
    ------
    InputError
        If the file cannot be read, or a key is missing, unknown or of another type.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        message = f"{path} cannot be read as TOML: {fault}"
        raise InputError(message) from fault
    port = wanted(document, "port", int, str(path))
    if not 0 <= port < 65_536:
        message = f"{path}: port {port} is outside 0 to 65535"
        raise InputError(message)
    sessions = []
    for number, table in enumerate(wanted(document, "session", list, str(path)), start=1):
        place = f"{path}: session {number}"
        version = wanted(table, "version", str, place)
        if version not in VERSIONS:
            message = f"{place}: version {version!r} is none of {', '.join(VERSIONS)}"
            raise InputError(message)
        sessions.append(
            FixSessionConfig(
                version=version,
                sender=wanted(table, "sender", str, place),
                target=wanted(table, "target", str, place),
                resets_on_logon=wanted(table, "resets_on_logon", bool, place),
                hours=hours_of(table, place),
                taken=taken_of(table, place),
            )
        )
        nothing_left(table, place)
    tls = tls_of(document, path)
    nothing_left(document, str(path))
    return FixAcceptorConfig(port=port, sessions=tuple(sessions), tls=tls)
