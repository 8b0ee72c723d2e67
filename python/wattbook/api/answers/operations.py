"""What the routes of alerts, records, ingestion and access answer with."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from wattbook.api.access import Permission, Role
from wattbook.api.answers.document import Answer, Severity
from wattbook.api.instants import Instant
from wattbook.runtime.jobs import JobState
from wattbook.store.quarantine import State

__all__ = [
    "Alert",
    "AlertRules",
    "AsideRow",
    "ClientMade",
    "ClientOf",
    "Corrected",
    "Delivery",
    "Dropped",
    "Health",
    "HeldDetail",
    "HeldParts",
    "IssuerMetadata",
    "JobOf",
    "KeyMade",
    "KeyOf",
    "KeySet",
    "Latencies",
    "LogLine",
    "Released",
    "Revoked",
    "Session",
    "SessionBegun",
    "Silenced",
    "Token",
]  # fmt: skip


class Alert(Answer):
    """An alert."""

    alert: int
    rule: str
    severity: Severity
    subject: str
    text: str
    count: int
    """How often it came back."""
    ts_first: Instant
    ts_last: Instant
    acknowledged_by: str | None
    is_over: bool
    is_silenced: bool
    size: float | None
    """How much it was when it was last told of, where it can grow."""
    escalations: int
    """How often it was made more severe because nobody took it over."""


class AlertRule(Answer):
    """A rule of alerts."""

    name: str
    kind: str
    severity: Severity
    above: float
    only: str | None
    escalate_minutes: float | None
    minutes: int | None
    """How far it looks back, where it does; null for 15."""


class AlertTarget(Answer):
    """Whom alerts of a severity and above are told; no address."""

    name: str
    least: Severity


class AlertWindow(Answer):
    """A time of day in which nobody is told."""

    name: str
    rule: str | None
    """Null for every rule."""
    start: str
    """On the clock of the zone, such as 23:00:00; it ends on the next day where that is later."""
    end: str
    zone: str
    days: list[str]
    """On which it begins."""


class AlertRules(Answer):
    """What is alerted of, whom, and when nobody."""

    rules: list[AlertRule]
    targets: list[AlertTarget]
    windows: list[AlertWindow]


class Delivery(Answer):
    """That somebody is told of an alert."""

    delivery: int
    alert: int
    target: str
    attempts: int
    done: float | None
    """When it arrived, Unix time in seconds; null until then."""
    fault: str | None
    """Of the last attempt."""


class Silenced(Answer):
    """That nobody is told between two instants."""

    silence: int
    rule: str | None
    """Null for every rule."""
    start: Instant
    end: Instant
    reason: str
    by: str
    lifted_by: str | None
    """Who ended it before its time."""
    is_active: bool
    """Whether it silences now."""


class AuditRecord(Answer):
    """A record of the run."""

    sequence: int
    ts_event: Instant
    ts_recv: Instant
    record: str
    symbol: str
    strategy: str
    text: str
    """Its fields."""


class Audit(Answer):
    """Records that hold a text, newest first."""

    now: Instant
    rows: list[AuditRecord]
    next: int | None
    """`after` of the next page; null where there is none."""


class AsideRow(Answer):
    """A row of a file, or a line of a feed, that was not used."""

    source: str
    row: int | None
    at: Instant | None
    reason: str
    text: str


class JobOf(Answer):
    """Long work on the folder of the run or of its book, at times of the wall clock."""

    job: str
    kind: str
    subject: str
    state: JobState
    started: Instant
    """Unix time, ns."""
    ended: Instant | None
    share: float | None
    """Done so far; null where nobody knows."""
    note: str
    error: str | None


class Stage(Answer):
    """How long a stage of the desk's step takes."""

    stage: str
    total: int
    mean_seconds: float | None
    counts: list[int]
    """Between each bound and the one before; the last above all bounds."""


class Latencies(Answer):
    """Histograms of the desk's stages."""

    now: Instant
    bounds_seconds: list[float]
    rows: list[Stage]


class LogLine(Answer):
    """A line of the desk's log, with whatever else it says."""

    model_config = ConfigDict(extra="allow")

    line: int
    ts: Instant
    level: str
    logger: str
    text: str
    trace: str | None = None
    """Of the request that it was written for."""


class Health(Answer):
    """That the desk is well."""

    status: Literal["ok"]
    version: str
    run: str
    now: Instant


class HeldPart(Answer):
    """A part of a payload that ingestion set aside."""

    number: int
    state: State
    source: str
    dataset: str
    name: str
    ts_recv: Instant
    place: str
    offset: int | None
    reason: str
    is_row: bool


class HeldParts(Answer):
    """What ingestion set aside."""

    rows: list[HeldPart]
    counts: dict[str, int]
    """By state."""
    next: int | None
    """`after` of the next page; null where there is none."""


class HeldAct(Answer):
    """A decision about a part."""

    at: Instant
    state: State
    who: str
    why: str


class HeldDetail(HeldPart):
    """A part with its bytes and its history."""

    address: str
    payload: str
    row: str | None
    raw: str
    history: list[HeldAct]


class Released(Answer):
    """That a row was vouched for."""

    number: int
    state: State
    rows: int


class Dropped(Answer):
    """That a part is worth nothing."""

    number: int
    state: State


class Corrected(Answer):
    """What reading a payload again came to."""

    number: int
    rows: int
    corrected: list[int]
    """Parts that are mended by it."""


class SessionBegun(Answer):
    """Whose session it is."""

    name: str
    role: Role


class Session(SessionBegun):
    """Who asks, and what they may."""

    may: list[Permission]


class KeyOf(Answer):
    """A key of a program; not the key itself."""

    name: str
    role: Role


class KeyMade(KeyOf):
    """A new key, which is told once."""

    key: str


class ClientOf(Answer):
    """A program that may ask for tokens."""

    client: str
    role: Role
    redirects: list[str]
    is_confidential: bool


class ClientMade(Answer):
    """A registered program; its secret is told once."""

    client_id: str
    role: Role
    client_secret: str | None = None


class Token(Answer):
    """An access token (RFC 6749, section 5.1)."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    scope: str
    refresh_token: str | None = None


class Revoked(Answer):
    """That a token is good for nothing; it says no more (RFC 7009, section 2.2)."""


class PublicKey(Answer):
    """A key that signatures are checked with (RFC 7517)."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    use: str
    alg: str


class KeySet(Answer):
    """The issuer's public keys."""

    keys: list[PublicKey]


class IssuerMetadata(Answer):
    """What the issuer can do (RFC 8414)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    code_challenge_methods_supported: list[str]
    authorization_response_iss_parameter_supported: bool
