"""The file of alerts: rules, whom to tell, and windows in which nobody is told."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, get_args
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from wattbook.runtime.alerts.rules import Alerting, Mail, Rule, Webhook
from wattbook.runtime.alerts.windows import Window
from wattbook.runtime.desk.reader import Reader, text_of, toml_of
from wattbook.runtime.desk.spec.limits import MeasureName

__all__ = ["load_rules"]

ONLY: Final[Mapping[str, tuple[str, ...]]] = {
    "limit": ("position", "order volume", "loss"),
    "breach": get_args(MeasureName),
    "latency": ("engine",),
    "errors": ("desk",),
    "disconnected": ("venue",),
    "margin": ("desk",),
}
"""What `only` of a kind may be, where no run decides it."""
LOOKING_BACK: Final = ("refused", "rejected", "errors")


def load_rules(path: Path | None = None) -> Alerting:
    """Return the rules and targets of a file, or those that come with the package.

    Parameters
    ----------
    path : Path, optional
        TOML with ``[[rule]]``, ``[[webhook]]``, ``[[mail]]`` and ``[[window]]``.

    Raises
    ------
    DeskError
        If a key does not exist or a value does not fit; names file, line and fix.

    Examples
    --------
    >>> [rule.name for rule in load_rules().rules][:2]
    ['limit near', 'limit broken']
    """
    if path is None:
        path = Path("built-in rules.toml")
        text = (files("wattbook.runtime.alerts") / "rules.toml").read_text(encoding="utf-8")
    else:
        text = text_of(path, "a file of alerts")
    top, reader = toml_of(text, path)
    for key in top:
        reader.choice((key,), key, ("rule", "webhook", "mail", "window"), "key here")
    rules = reader.tables("rule", top, Rule)
    for place, rule in enumerate(rules):
        if rule.minutes is not None and rule.kind not in LOOKING_BACK:
            found = f"{rule.kind} looks at how things stand; leave it out"
            raise reader.refuse(("rule", place, "minutes"), found)
        if rule.only is not None and rule.kind in ONLY:
            what = f"{rule.kind} that a rule can look at"
            reader.choice(("rule", place, "only"), rule.only, ONLY[rule.kind], what)
    webhooks = reader.tables("webhook", top, Webhook)
    for place, one in enumerate(webhooks):
        fault = _fault_of(one.url)
        if fault is not None:
            raise reader.refuse(("webhook", place, "url"), f"{one.url!r} {fault}")
    mails = reader.tables("mail", top, Mail)
    for place, mail in enumerate(mails):
        if mail.name in {one.name for one in webhooks}:
            found = f"{mail.name!r} is taken by a [[webhook]]; choose another name"
            raise reader.refuse(("mail", place, "name"), found)
        if not mail.to:
            raise reader.refuse(("mail", place, "to"), "nobody gets it; name an address")
        if not mail.starttls and mail.host not in ("127.0.0.1", "localhost"):
            found = "only a server of this machine goes without; set starttls = true"
            raise reader.refuse(("mail", place, "starttls"), found)
    return Alerting(rules, (*webhooks, *mails), _windows(reader, top, rules))


def _windows(reader: Reader, top: dict[str, Any], rules: tuple[Rule, ...]) -> tuple[Window, ...]:
    found: tuple[Window, ...] = reader.tables("window", top, Window)
    for place, one in enumerate(found):
        if one.rule is not None:
            reader.choice(
                ("window", place, "rule"), one.rule, [each.name for each in rules], "rule"
            )
        reader.choice(("window", place, "zone"), one.zone, available_timezones(), "time zone")
        if not one.days:
            raise reader.refuse(("window", place, "days"), "it never begins; name a day")
    return found


def _fault_of(url: str) -> str | None:
    """Return why alerts cannot be posted to an address; None if they can."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as fault:
        return f"is no address ({fault}); mend it"
    if not host:
        return "names no host; write https://HOST/PATH"
    if parts.scheme == "https" or (parts.scheme == "http" and host in ("127.0.0.1", "localhost")):
        return None
    return "is neither https nor http of this machine; use https"
