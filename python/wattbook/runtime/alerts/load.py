"""The file of alerts: rules, whom to tell, and windows in which nobody is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, get_args
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from wattbook.runtime.alerts.mail import MailError, password_of
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
SECRETS: Final = ("password_variable", "password_file")
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
    taken = {one.name for one in webhooks}
    mails = [
        _mail(reader, place, _beside(path, mail), taken)
        for place, mail in enumerate(reader.tables("mail", top, Mail))
    ]
    return Alerting(rules, (*webhooks, *mails), _windows(reader, top, rules))


def _beside(path: Path, mail: Mail) -> Mail:
    """Return a mail whose file of a password is found from anywhere."""
    if mail.password_file is None:
        return mail
    return replace(mail, password_file=str(path.parent / Path(mail.password_file).expanduser()))


def _mail(reader: Reader, place: int, mail: Mail, taken: set[str]) -> Mail:
    """Return a mail that can be sent.

    Raises
    ------
    DeskError
        If its name is taken, nobody gets it, or it is not encrypted or signed in as it must be.
    """
    secrets = [name for name in SECRETS if getattr(mail, name) is not None]
    faults = (
        ("name", mail.name in taken, f"{mail.name!r} is taken by a [[webhook]]; choose another"),
        ("to", not mail.to, "nobody gets it; name an address"),
        (
            "starttls",
            not (mail.starttls or mail.tls or mail.host in ("127.0.0.1", "localhost")),
            "only a server of this machine goes without; set starttls = true",
        ),
        (
            "user",
            mail.user is not None and not secrets,
            "has no password; name its variable (password_variable) or file (password_file)",
        ),
        (secrets[-1] if secrets else "", len(secrets) > 1, "is one too many; keep one of the two"),
        (
            secrets[0] if secrets else "",
            bool(secrets) and mail.user is None,
            "is of nobody; name the user, or leave it out",
        ),
    )
    for key, is_wrong, found in faults:
        if is_wrong:
            raise reader.refuse(("mail", place, key), found)
    if secrets:
        try:
            password_of(mail)
        except MailError as fault:
            raise reader.refuse(("mail", place, secrets[0]), str(fault)) from None
    return mail


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
