"""The alerts of a desk: one a rule and subject, until it is over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from wattbook.errors import InputError
from wattbook.runtime.alerts.rules import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wattbook.runtime.alerts.rules import Finding, Rule
    from wattbook.runtime.alerts.windows import Window

__all__ = ["Alert", "AlertBook", "Silence", "is_at_least"]

AGAIN_NS: Final = 15 * 60 * 1_000_000_000
"""What comes back within this time is the same alert again: it flaps."""
MINUTE_NS: Final = 60_000_000_000
SILENCE_DAYS_MAX: Final = 31
"""What is to be silent for longer belongs into the file of rules."""


def is_at_least(severity: str, least: str) -> bool:
    """Return whether a severity is `least` or more."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(least)


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that went wrong.

    Parameters
    ----------
    alert : int
        Its number.
    rule, subject, text : str
        Of the rule, what it is about, and what was found last.
    severity : str
        Of the rule, or more where it was escalated.
    count : int
        How often it came.
    ts_first, ts_last : int
        When it came first and was seen last, ns UTC.
    acknowledged_by : str or None
        Who has taken it over.
    is_over : bool
        Whether it has gone.
    is_silenced : bool
        Whether nobody is told of it.
    escalations : int
        How often it grew more severe.
    size : float or None
        How much it was when it was last told of, where it can grow.
    """

    alert: int
    rule: str
    subject: str
    text: str
    severity: str
    count: int
    ts_first: int
    ts_last: int
    acknowledged_by: str | None = None
    is_over: bool = False
    is_silenced: bool = False
    escalations: int = 0
    size: float | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """Alerts of which nobody is told for a while, because of a fault that is known.

    Parameters
    ----------
    rule : str or None
        Of which rule; None for every one.
    start, end : int
        From when until when, ns UTC.
    reason, by : str
        Why, and who said so.
    lifted_by : str or None
        Who has ended it before its time.
    """

    rule: str | None
    start: int
    end: int
    reason: str
    by: str
    lifted_by: str | None = None

    def covers(self, rule: str, now: int) -> bool:
        """Return whether it silences a rule at `now` (ns UTC)."""
        is_meant = self.lifted_by is None and self.rule in (None, rule)
        return is_meant and self.start <= now < self.end


class AlertBook:
    """Which alerts there are; told what the rules find, it says which to tell of.

    Parameters
    ----------
    alerts : iterable of Alert
        Of an earlier life of the desk.
    silences : mapping of int to Silence
        Likewise, by number.
    windows : sequence of Window
        When rules are silent again and again.
    """

    def __init__(
        self,
        alerts: Iterable[Alert] = (),
        silences: Mapping[int, Silence] | None = None,
        windows: Sequence[Window] = (),
    ) -> None:
        self.alerts = {alert.alert: alert for alert in alerts}
        self.silences = dict(silences or {})
        self._windows = windows
        self._newest = {(one.rule, one.subject): one.alert for one in self.alerts.values()}

    def observe(
        self, now: int, found: Sequence[tuple[Rule, Finding]]
    ) -> tuple[list[Alert], list[Alert]]:
        """Take over what the rules find at `now` (ns UTC).

        Returns
        -------
        changed : list of Alert
            New, come again, escalated or over.
        told : list of Alert
            Those of them that somebody is to be told of: new, escalated or doubled, and not
            silenced.
        """
        changed: list[Alert] = []
        told: list[Alert] = []
        seen: set[int] = set()
        for rule, finding in found:
            before = self._open(rule.name, finding.subject, now)
            alert, is_told = self._seen(rule, finding, before, now)
            seen.add(alert.alert)
            if before is None or replace(alert, ts_last=before.ts_last) != before:
                self._keep(alert, changed)
            else:
                self.alerts[alert.alert] = alert
            if is_told and not alert.is_silenced:
                told.append(alert)
        for alert in list(self.alerts.values()):
            if alert.alert not in seen and not alert.is_over:
                self._keep(replace(alert, is_over=True), changed)
        return changed, told

    def _open(self, rule: str, subject: str, now: int) -> Alert | None:
        number = self._newest.get((rule, subject))
        if number is None:
            return None
        alert = self.alerts[number]
        # An instant before the last one is shown anew, so what comes then is no repetition.
        is_same = not alert.is_over or 0 <= now - alert.ts_last <= AGAIN_NS
        return alert if is_same else None

    def _seen(
        self, rule: Rule, finding: Finding, before: Alert | None, now: int
    ) -> tuple[Alert, bool]:
        is_silenced = any(one.covers(rule.name, now) for one in self.silences.values()) or any(
            one.covers(rule.name, now) for one in self._windows
        )
        if before is None:
            number = max(self.alerts, default=0) + 1
            made = Alert(
                number, rule.name, finding.subject, finding.text, rule.severity, 1, now, now,
                is_silenced=is_silenced, size=finding.size,
            )  # fmt: skip
            return made, True
        alert = replace(
            before,
            text=finding.text,
            ts_last=now,
            is_over=False,
            is_silenced=is_silenced,
            count=before.count + before.is_over,
        )
        is_grown = False
        if finding.size is not None:
            is_grown = alert.size is not None and finding.size >= 2 * alert.size
            if is_grown or before.is_over:
                alert = replace(alert, size=finding.size)
        minutes = rule.escalate_minutes
        is_late = (
            minutes is not None
            and alert.acknowledged_by is None
            and alert.severity != SEVERITIES[-1]
            and now - alert.ts_first >= minutes * MINUTE_NS * (alert.escalations + 1)
        )
        if is_late:
            severity = SEVERITIES[SEVERITIES.index(alert.severity) + 1]
            alert = replace(alert, severity=severity, escalations=alert.escalations + 1)
        # What was silenced and goes on after the silence is told of then.
        return alert, is_late or is_grown or (before.is_silenced and not is_silenced)

    def _keep(self, alert: Alert, changed: list[Alert]) -> None:
        self.alerts[alert.alert] = alert
        self._newest[alert.rule, alert.subject] = alert.alert
        changed.append(alert)

    def acknowledge(self, number: int, by: str) -> Alert:
        """Let `by` take an alert over; who took it first stays.

        Raises
        ------
        InputError
            If there is none of that number.
        """
        alert = self.alerts.get(number)
        if alert is None:
            raise InputError(f"there is no alert {number}; /v1/alerts lists them")
        if alert.acknowledged_by is None:
            alert = self.alerts[number] = replace(alert, acknowledged_by=by)
        return alert

    def check(self, silence: Silence, now: int, rules: Sequence[Rule]) -> None:
        """Refuse a silence that silences nothing, or for too long.

        Raises
        ------
        InputError
            If there is no such rule, it ends before it begins or before `now` (ns UTC), or it lasts
            longer than `SILENCE_DAYS_MAX` days.
        """
        names = [rule.name for rule in rules]
        if silence.rule is not None and silence.rule not in names:
            known = ", ".join(names)
            raise InputError(f"there is no rule {silence.rule!r}; there are {known}")
        if silence.end <= silence.start:
            raise InputError("the silence ends before it begins; give a later end")
        if silence.end <= now:
            raise InputError("the silence is over already; give a later end")
        if silence.end - silence.start > SILENCE_DAYS_MAX * 24 * 60 * MINUTE_NS:
            raise InputError(
                f"a silence lasts {SILENCE_DAYS_MAX} days at most; give an earlier end, or write a "
                "[[window]] into the file of alerts"
            )

    def lifted(self, number: int, by: str) -> Silence:
        """Return a silence as `by` ends it before its time; who lifted it first stays.

        Raises
        ------
        InputError
            If there is none of that number.
        """
        silence = self.silences.get(number)
        if silence is None:
            raise InputError(f"there is no silence {number}; /v1/alerts/silences lists them")
        return silence if silence.lifted_by else replace(silence, lifted_by=by)
