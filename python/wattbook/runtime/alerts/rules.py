"""What to alert of, as data, and what each kind of rule looks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from wattbook.runtime.alerts.windows import Window
from wattbook.runtime.desk.spec import Bounds
from wattbook.runtime.figures.money import decimal_text
from wattbook.runtime.watch import Picture, Row, Standing

__all__ = [
    "Alerting",
    "Finding",
    "Mail",
    "Report",
    "Rule",
    "Situation",
    "Webhook",
    "findings",
]

Severity = Literal["info", "warning", "critical"]
NANOS: Final = 1_000_000_000
MINUTES_KEPT: Final = 1_440
LOOKS_BACK_MINUTES: Final = 15
SEVERITIES: Final = ("info", "warning", "critical")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What to alert of.

    Parameters
    ----------
    name : str
        Of the rule.
    kind : str
        ``limit`` looks at used shares of limits, ``loss`` at losses after fees in the desk's
        currency, ``refused`` and ``rejected`` at how many orders the gate and venues did not take
        in the last `minutes`,
        ``quiet`` at seconds without a best price in a market that trades, ``latency`` at the ns
        within which the engine took 99 % of its inputs, ``drift`` at how far an input of a model
        has shifted (population stability index), ``model_error`` at errors of its forecasts by
        those when it was fitted, ``breach`` at what a limit of a scope holds (value at risk,
        stop-loss, drawdown, …) over its level, ``errors`` at the share of requests that the desk
        failed in the last `minutes`, ``disconnected`` at a venue that is not connected, ``margin``
        at the initial margin in the desk's currency, where `above` is what is posted as collateral,
        ``overdue`` at minutes since something was to be told.
    severity : str
        ``info``, ``warning`` or ``critical``.
    above : Decimal
        It alerts of what is greater.
    only : str, optional
        Of one limit (``position``), measure (``value_at_risk``), strategy, reason, market or
        model; of any by default.
    escalate_minutes : int, optional
        After how long without an acknowledgement it grows one step more severe and is delivered
        again.
    minutes : int, optional
        How far ``refused``, ``rejected`` and ``errors`` look back; 15 by default.
    """

    name: str
    kind: Literal[
        "limit", "loss", "refused", "rejected", "quiet", "latency", "drift", "model_error",
        "breach", "errors", "disconnected", "margin", "overdue",
    ]  # fmt: skip
    severity: Severity
    above: Annotated[Decimal, Bounds(least=0)]
    only: str | None = None
    escalate_minutes: Annotated[int, Bounds(least=1)] | None = None
    minutes: Annotated[int, Bounds(least=1, most=MINUTES_KEPT)] | None = None

    @property
    def looks_back(self) -> int:
        """Minutes that it looks back."""
        return self.minutes or LOOKS_BACK_MINUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that alerts are posted to as JSON.

    Parameters
    ----------
    name : str
        Of the target.
    url : str
        ``https://…``, or ``http://`` of this machine.
    least : str
        The least severity that it gets.
    """

    name: str
    url: str
    least: Severity = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """People who get alerts by e-mail.

    Parameters
    ----------
    name : str
        Of the target.
    host : str
        SMTP server.
    port : int
        Of it.
    sender : str
        Address of the desk.
    to : tuple of str
        Addresses.
    starttls : bool
        Whether to encrypt; only a server of this machine goes without.
    tls : bool
        Whether encryption begins at once (often port 465), in place of STARTTLS.
    user : str, optional
        To sign in as.
    password_variable : str, optional
        Environment variable that holds the password.
    password_file : str, optional
        File that holds it, in place of a variable; beside the file of alerts unless it says where.
    least : str
        The least severity that they get.
    """

    name: str
    host: str
    port: Annotated[int, Bounds(least=1, most=65_535)]
    sender: str
    to: tuple[str, ...]
    starttls: bool = True
    tls: bool = False
    user: str | None = None
    password_variable: str | None = None
    password_file: str | None = None
    least: Severity = "critical"


@dataclass(frozen=True, slots=True)
class Alerting:
    """What to alert of, whom to tell besides the desk, and when nobody is told."""

    rules: tuple[Rule, ...]
    targets: tuple[Webhook | Mail, ...] = ()
    windows: tuple[Window, ...] = ()

    def asks(self, kind: str) -> bool:
        """Return whether any rule looks at a kind, which then has to be found out."""
        return any(rule.kind == kind for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Report:
    """What has not been told yet.

    Parameters
    ----------
    name : str
        What it is.
    due_ns : int
        By when it was to be told, ns UTC.
    remedy : str
        What tells it.
    """

    name: str
    due_ns: int
    remedy: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What rules look at: how things stand at an instant.

    Parameters
    ----------
    picture : Picture
        The market and the orders.
    standing : Standing
        P&L, positions, limits.
    instruments : mapping of int to dict
        What is traded.
    facts : mapping
        What ``run.json`` holds.
    requests : sequence of (int, int)
        What the desk answered in each minute, and of these with a fault of its own, newest first.
    scopes : mapping of int to dict
        How much of the limits of scopes is used now, by number; empty if none is passed.
    is_connected : bool
        Whether the venue of a run that goes on is.
    margin : float or None
        Initial margin of what is held; None where no rule asks or there are no moves to tell it by.
    reports : tuple of Report
        What has not been told yet.
    """

    picture: Picture
    standing: Standing
    instruments: Mapping[int, Row]
    facts: Mapping[str, Any]
    requests: Sequence[tuple[int, int]] = ()
    scopes: Mapping[int, Row] = field(default_factory=dict)
    is_connected: bool = True
    margin: float | None = None
    reports: tuple[Report, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule has found.

    Parameters
    ----------
    subject : str
        What it is about; a rule has one open alert a subject.
    text : str
        A sentence with value and bound.
    size : float, optional
        How much it is; whoever was told is told again when it has doubled.
    """

    subject: str
    text: str
    size: float | None = None


def share_text(share: float) -> str:
    """Return a share in percent."""
    return f"{100 * share:.4g} %"


def _limits(rule: Rule, found: Situation) -> Iterator[Finding]:
    for row in found.standing.limits:
        if rule.only in (None, row["limit"]) and row["share"] > rule.above:
            yield Finding(
                f"{row['trading_book']}, {row['limit']}",
                f"{row['trading_book']} uses {share_text(row['share'])} of its {row['limit']} limit"
                f" ({row['used']:,.6g} of {row['allowed']:,.6g})",
            )


def _losses(rule: Rule, found: Situation) -> Iterator[Finding]:
    pnl = found.standing.pnl
    lines = {"all strategies": pnl["total"]["total"]}
    lines.update({row["name"]: row["total"] for row in pnl["by_strategy"]})
    wanted = rule.only or "all strategies"
    total = lines.get(wanted)
    if total is not None and -total > rule.above:
        currency = pnl["currency"]
        yield Finding(
            wanted,
            f"{wanted} lost {-total:,.2f} {currency}, more than {decimal_text(_units(rule))}",
        )


def _units(rule: Rule) -> int:
    return int(rule.above * 1_000_000)


def _is_recent(rule: Rule, found: Situation, row: Row) -> bool:
    return bool(found.picture.now - row["ts_recv"] <= rule.looks_back * 60 * NANOS)


def _refused(rule: Rule, found: Situation) -> Iterator[Finding]:
    rows = [row for row in found.picture.refusals.values() if _is_recent(rule, found, row)]
    examples = {row["reason"]: row["text"] for row in rows}
    for reason, count in sorted(Counter(row["reason"] for row in rows).items()):
        if rule.only in (None, reason) and count > rule.above:
            text = f"the gate refused {count:,} orders in {rule.looks_back} minutes"
            yield Finding(reason, f"{text}: {examples[reason]}", count)


def _rejected(rule: Rule, found: Situation) -> Iterator[Finding]:
    counts = Counter(
        row["reason"] or "no reason"
        for row in found.picture.orders.values()
        if row["state"] == "rejected" and _is_recent(rule, found, row)
    )
    for reason, count in sorted(counts.items()):
        if rule.only in (None, reason) and count > rule.above:
            text = f"venues rejected {count:,} orders in {rule.looks_back} minutes: {reason}"
            yield Finding(reason, text, count)


def _quiet(rule: Rule, found: Situation) -> Iterator[Finding]:
    newest: dict[str, int] = {}
    for number, quote in found.picture.quotes.items():
        row = found.picture.markets.get(number, {})
        if row.get("phase") != "continuous" or row.get("is_closed"):
            continue
        market = found.instruments[number]["market"]
        newest[market] = max(newest.get(market, 0), quote[-1])
    for market, received in sorted(newest.items()):
        seconds = (found.picture.now - received) / NANOS
        if rule.only in (None, market) and seconds > rule.above:
            yield Finding(market, f"no best price of {market} came for {seconds:,.0f} s")


def _latency(rule: Rule, found: Situation) -> Iterator[Finding]:
    taken = (found.facts.get("latency_ns") or {}).get("99 %", 0)
    if rule.only in (None, "engine") and taken > rule.above:
        yield Finding("engine", f"the engine took {taken:,} ns for its slowest 1 % of inputs")


def _drift(rule: Rule, found: Situation) -> Iterator[Finding]:
    for seen in found.facts.get("models", ()):
        for name, value in seen["stability"].items():
            if rule.only in (None, seen["model"]) and value > rule.above:
                yield Finding(
                    f"{seen['model']}, {name}",
                    f"{name} of {seen['model']} has shifted (population stability {value:.2f}); "
                    "fit the model anew on newer days",
                )


def _model_errors(rule: Rule, found: Situation) -> Iterator[Finding]:
    for seen in found.facts.get("models", ()):
        error, before = seen["error"], seen["error_before"]
        if rule.only not in (None, seen["model"]) or not before:
            continue
        if error / before > rule.above:
            yield Finding(
                seen["model"],
                f"forecasts of {seen['model']} err by {error:,.2f}, by {before:,.2f} when it was "
                "fitted; fit it anew or roll it back",
            )


def _breaches(rule: Rule, found: Situation) -> Iterator[Finding]:
    for row in found.picture.breaches.values():
        measure, passed, level = row["measure"], row["value"], row["level"]
        scope = found.scopes.get(row["limit"], {})
        # Without an engine that follows the journal the value is that of when it was passed.
        value = passed if scope.get("value") is None else scope["value"]
        if rule.only in (None, measure) and value > float(rule.above) * level:
            name = scope.get("limit", f"limit {row['limit']}")
            what = measure.replace("_", " ")
            yield Finding(
                f"{name}, {measure}",
                f"{what} is {value:,.6g} ({passed:,.6g} when the limit was passed), the "
                f"{row['severity']} limit {name} allows {level:,.6g}",
            )


def _errors(rule: Rule, found: Situation) -> Iterator[Finding]:
    recent = found.requests[: rule.looks_back]
    answered, failed = (sum(one[place] for one in recent) for place in (0, 1))
    if rule.only in (None, "desk") and failed > rule.above * answered:
        text = f"the desk failed {failed:,} of {answered:,} requests in {rule.looks_back} minutes"
        yield Finding("desk", text, failed)


def _disconnected(rule: Rule, found: Situation) -> Iterator[Finding]:
    if rule.only in (None, "venue") and not found.is_connected:
        yield Finding("venue", "the venue is not connected; orders are refused, cancels wait")


def _margin(rule: Rule, found: Situation) -> Iterator[Finding]:
    needed, posted = found.margin, float(rule.above)
    if needed is not None and rule.only in (None, "desk") and needed > posted:
        currency = found.standing.pnl["currency"]
        yield Finding(
            "desk",
            f"what is held needs a margin of {needed:,.2f} {currency} where {posted:,.2f} is "
            f"posted; a call of {needed - posted:,.2f} is to be met",
        )


def _overdue(rule: Rule, found: Situation) -> Iterator[Finding]:
    for report in found.reports:
        minutes = (found.picture.now - report.due_ns) / (60 * NANOS)
        if rule.only in (None, report.name) and minutes > rule.above:
            yield Finding(
                report.name,
                f"{report.name} was due {minutes:,.0f} minutes ago; {report.remedy}",
            )


KINDS: Final[dict[str, Callable[[Rule, Situation], Iterator[Finding]]]] = {
    "limit": _limits,
    "loss": _losses,
    "refused": _refused,
    "rejected": _rejected,
    "quiet": _quiet,
    "latency": _latency,
    "drift": _drift,
    "model_error": _model_errors,
    "breach": _breaches,
    "errors": _errors,
    "disconnected": _disconnected,
    "margin": _margin,
    "overdue": _overdue,
}


def findings(rules: tuple[Rule, ...], found: Situation) -> list[tuple[Rule, Finding]]:
    """Return what each rule finds now."""
    return [(rule, one) for rule in rules for one in KINDS[rule.kind](rule, found)]
