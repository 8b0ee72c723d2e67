"""Who we are to a venue; asked for when a session opens, and kept by nobody else."""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wattbook.errors import InputError

__all__ = ["PASSWORD", "USER", "Secrets", "environment_secrets", "needed"]

USER = "WATTBOOK_VENUE_USER"
PASSWORD = "WATTBOOK_VENUE_PASSWORD"  # noqa: S105 - the name of a variable

Secrets = Callable[[], tuple[str, str]]
"""Gives user and password; empty for one that the venue does not ask for."""


@dataclass(frozen=True, slots=True)
class EnvironmentSecrets:
    """Secrets out of environment variables; see `environment_secrets`."""

    user: str
    password: str
    environment: Mapping[str, str] | None = field(repr=False)

    def __call__(self) -> tuple[str, str]:
        """Return user and password, as the variables are now."""
        known = os.environ if self.environment is None else self.environment
        return known.get(self.user, ""), known.get(self.password, "")


def environment_secrets(
    user: str = USER, password: str = PASSWORD, environment: Mapping[str, str] | None = None
) -> EnvironmentSecrets:
    """Return secrets out of environment variables.

    Parameters
    ----------
    user, password : str, optional
        Names of the variables.
    environment : mapping of str to str, optional
        In place of the process's own.

    Examples
    --------
    >>> environment_secrets(environment={"WATTBOOK_VENUE_USER": "trader"})()
    ('trader', '')
    """
    return EnvironmentSecrets(user, password, environment)


def needed(text: str, where: str, secrets: Secrets) -> tuple[str, str]:
    """Return the secrets that the venue's file `text` needs.

    Raises
    ------
    InputError
        If it needs a user or a password and none is given; its value is told to nobody.
    """
    try:
        file = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        # The session names line and fault.
        return "", ""
    kind = file.get("kind")
    is_external = file.get("is_external") is True
    wants_user = kind in ("m7", "nordpool") or "{user}" in text
    wants_password = kind == "nordpool" or (kind == "m7" and not is_external)
    user, password = secrets()
    fix = "give secrets that have it"
    if isinstance(secrets, EnvironmentSecrets):
        fix = f"set {secrets.user} and {secrets.password}, or give secrets"
    for what, value, is_wanted in (
        ("user", user, wants_user),
        ("password", password, wants_password or "{password}" in text),
    ):
        if is_wanted and not value:
            message = f"{where} needs a {what}; {fix}"
            raise InputError(message)
    return user, password
