"""``[live]``: the exchange that takes orders, and how it is reached."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from wattbook.runtime.desk.spec.bounds import Bounds, Positive

__all__ = [
    "LiveDropCopySpec",
    "LiveFourEyesSpec",
    "LiveHoursSpec",
    "LiveRateSpec",
    "LiveSpec",
    "LiveTlsSpec",
    "LiveTraderSpec",
    "VenueSpec",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTlsSpec:
    """``[live.tls]`` or ``[live.exchange_tls]``: files for TLS 1.3, relative to the desk file.

    Parameters
    ----------
    ca : str, optional
        Certificates (PEM) of the issuers to trust; the system's if left out. Who listens demands a
        certificate of these issuers from whoever connects, and none if it is left out.
    certificate, key : str, optional
        Our own certificate with those up to its issuer, and its private key (PEM). Who listens
        needs them.
    server_name : str, optional
        The name that the exchange's certificate must be for; the address if left out.
    """

    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    server_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRateSpec:
    """``[live.rate]``: how many messages of ours the exchange takes; the rest waits its turn.

    Parameters
    ----------
    messages : int
        Orders, amendments, cancels and questions.
    seconds : Decimal, optional
        In any interval of this length.
    """

    messages: Annotated[int, Bounds(least=1, most=1_000_000)]
    seconds: Annotated[Decimal, Bounds(above=0, most=86_400)] = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveHoursSpec:
    """``[live.hours]``: when the session may be connected; by FIX each period begins at number 1.

    Parameters
    ----------
    zone : str
        Time zone of the hours, such as ``Europe/Berlin``.
    start, end : str
        Times of day, such as ``08:00``; an end that is not later is that of the next day.
    first_day, last_day : str, optional
        ``monday`` to ``sunday``, both or none: the hours run once a week.
    """

    zone: str
    start: str
    end: str
    first_day: str | None = None
    last_day: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveDropCopySpec:
    """``[live.drop_copy]``: copies of our reports by a session of their own, held against ours.

    Parameters
    ----------
    sender : str
        Our CompID in that session.
    target : str, optional
        The server's; the exchange's if left out.
    host : str, optional
        Address of the server; the exchange's if left out.
    port : int, optional
        Its port; the exchange's if left out.
    patience_seconds : Decimal, optional
        How long one side may lack what the other tells.
    """

    sender: str
    target: str | None = None
    host: str | None = None
    port: Annotated[int, Bounds(least=0, most=65_535)] | None = None
    patience_seconds: Annotated[Decimal, Bounds(above=0, most=600)] = Decimal(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveFourEyesSpec:
    """``[live.four_eyes]``: orders above it wait for a second person.

    Parameters
    ----------
    order_volume : Decimal
        Largest order that passes alone, in the instrument's volume unit.
    order_value : Decimal
        Largest absolute order value that passes alone, in the desk's currency.
    """

    order_volume: Positive
    order_value: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTraderSpec:
    """``[[live.trader]]``: who may ask a live run for something.

    Parameters
    ----------
    name : str
        As ``wattbook order --trader`` names them.
    user : str, optional
        The system's user who alone may ask as this trader; anybody who can write to the run's
        folder if left out.
    """

    name: str
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSpec:
    """``[live]``: the exchange that `wattbook live` sends orders to, by FIX 4.4, and who may ask.

    Parameters
    ----------
    sender, target : str, optional
        The desk's CompID and the exchange's; needed unless a ``[[venue]]`` takes the orders.
    host : str, optional
        Address of the exchange.
    port : int, optional
        Its port.
    heartbeat_seconds : int, optional
        After so long without a message one is sent to show that the line works.
    allow_remote : bool, optional
        Whether `host` may be another machine.
    tls : LiveTlsSpec, optional
        Speak TLS 1.3; the connection is not encrypted if left out.
    exchange_tls : LiveTlsSpec, optional
        What the simulated exchange shows, with its `certificate` and `key`.
    rate : LiveRateSpec, optional
        How many messages the exchange takes; any number if left out.
    hours : LiveHoursSpec, optional
        When the session may be connected; always if left out.
    drop_copy : LiveDropCopySpec, optional
        Where copies of our reports come from; none if left out.
    four_eyes : LiveFourEyesSpec, optional
        Up to which size an order passes without a second person; any size if left out.
    trader : tuple of LiveTraderSpec, optional
        Who may ask a run for orders by hand, approvals, mass cancels and the kill switch.
    cancel_on_disconnect : bool, optional
        Whether open orders are taken back as soon as a lost connection is there again. While it is
        lost nothing reaches the exchange; only an exchange of its own can cancel then.
    closing_call_seconds : int, optional
        How long before each gate the exchange's closing call begins, where algorithms are to end
        before it; 0 for no call.
    """

    sender: str = ""
    target: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Bounds(least=0, most=65_535)] = 9880
    heartbeat_seconds: Annotated[int, Bounds(least=1, most=600)] = 30
    allow_remote: bool = False
    tls: LiveTlsSpec | None = None
    exchange_tls: LiveTlsSpec | None = None
    rate: LiveRateSpec | None = None
    hours: LiveHoursSpec | None = None
    drop_copy: LiveDropCopySpec | None = None
    four_eyes: LiveFourEyesSpec | None = None
    trader: tuple[LiveTraderSpec, ...] = ()
    cancel_on_disconnect: bool = False
    closing_call_seconds: Annotated[int, Bounds(least=0, most=86_400)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueSpec:
    """``[[venue]]``: a venue that takes the orders of a market over its own session, not by FIX.

    Parameters
    ----------
    name : str
        As messages name it.
    market : str
        Whose contracts are traded there.
    kind : str
        ``m7`` or ``nordpool``: in whose manner; ``rest``: by REST and WebSocket.
    session : str
        File of the session, relative to the desk file; see the page on venues.
    area : str, optional
        The venue's code of the delivery area; not of a venue by REST, which names contracts as the
        desk does.
    """

    name: str
    market: str
    kind: Literal["m7", "nordpool", "rest"]
    session: str
    area: str | None = None
