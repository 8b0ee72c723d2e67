"""Who may do what: roles, sessions of the password-less user on loopback, and API keys."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import TYPE_CHECKING, Final

from wattbook.errors import InputError
from wattbook.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = [
    "DEMO",
    "KEY_NAME",
    "PERMISSIONS",
    "ApiKeys",
    "Permission",
    "Role",
    "Sessions",
    "User",
    "is_key",
]

DEMO: Final = "demo"
IDLE_SECONDS: Final = 8 * 3_600.0
SESSIONS_MAX: Final = 10_000
PREFIX: Final = "wb_"
KEY_NAME: Final = r"^[a-z0-9][a-z0-9 _.-]{0,63}$"
SCHEMA: Final = (
    "CREATE TABLE api_key (name TEXT PRIMARY KEY, role TEXT NOT NULL, sha256 TEXT NOT NULL UNIQUE)"
)


class Role(StrEnum):
    """What a person does at the desk."""

    VIEWER = "viewer"
    TRADER = "trader"
    RISK = "risk"
    COMPLIANCE = "compliance"
    ADMIN = "admin"


class Permission(StrEnum):
    """What a route asks for."""

    READ = "read"
    ORDER = "order"
    STOP = "stop"
    RELEASE = "release"
    REPLAY = "replay"
    ALERT = "alert"
    KEY = "key"
    WORKSPACE = "workspace"


PERMISSIONS: Final = {
    Role.VIEWER: frozenset({Permission.READ, Permission.WORKSPACE}),
    Role.TRADER: frozenset(
        {
            Permission.READ,
            Permission.ORDER,
            Permission.STOP,
            Permission.REPLAY,
            Permission.ALERT,
            Permission.WORKSPACE,
        }
    ),
    Role.RISK: frozenset(
        {
            Permission.READ,
            Permission.STOP,
            Permission.RELEASE,
            Permission.REPLAY,
            Permission.ALERT,
            Permission.WORKSPACE,
        }
    ),
    Role.COMPLIANCE: frozenset({Permission.READ, Permission.REPLAY, Permission.WORKSPACE}),
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class User:
    """Who asks.

    Parameters
    ----------
    name : str
        Of the person or the key.
    role : Role
        What it does.
    """

    name: str
    role: Role

    def may(self, permission: Permission) -> bool:
        """Return whether the role has a permission."""
        return permission in PERMISSIONS[self.role]


class Sessions:
    """Sessions that end when nothing was asked for a while.

    Parameters
    ----------
    wall : callable
        Seconds of a clock that never falls.
    idle_seconds : float
        After how long without a request one ends.
    """

    def __init__(self, wall: Callable[[], float], idle_seconds: float = IDLE_SECONDS) -> None:
        self._wall, self._idle = wall, idle_seconds
        self._open: dict[str, tuple[User, float]] = {}
        self._lock = Lock()

    def begin(self, user: User) -> str:
        """Return the token of a new session; the oldest ends where there are too many."""
        token = "wbs_" + secrets.token_urlsafe(32)
        with self._lock:
            now = self._wall()
            for old, (_, used) in list(self._open.items()):
                if now - used > self._idle or len(self._open) >= SESSIONS_MAX:
                    del self._open[old]
            self._open[token] = user, now
        return token

    def user(self, token: str) -> User | None:
        """Return whose session it is; None if it has ended."""
        with self._lock:
            found = self._open.pop(token, None)
            now = self._wall()
            if found is None or now - found[1] > self._idle:
                return None
            # Back at the end: the first ones are those not used for longest.
            self._open[token] = found[0], now
            return found[0]

    def end(self, token: str) -> None:
        """End a session."""
        with self._lock:
            self._open.pop(token, None)


class ApiKeys:
    """Keys of programs, of which only the SHA-256 is kept: each is 256 bits of chance.

    Parameters
    ----------
    path : Path
        Of the SQLite file.

    Raises
    ------
    StoreError
        If it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self._base = Database(path, SCHEMA)

    def make(self, name: str, role: Role) -> str:
        """Return a new key, the only time that it is seen.

        Raises
        ------
        InputError
            If there is a key of that name, or the name is none of a key or that of the
            password-less user.
        """
        if re.fullmatch(KEY_NAME, name) is None or name == DEMO:
            message = (
                f"{name!r} is no name of a key; take 1 to 64 lower-case letters, digits, spaces, "
                f"_, . or -, beginning with a letter or digit, and not {DEMO}"
            )
            raise InputError(message)
        key = PREFIX + secrets.token_urlsafe(32)
        with self._base.transaction() as base:
            if base.execute("SELECT 1 FROM api_key WHERE name = ?", (name,)).fetchone():
                message = f"there is a key named {name!r}; revoke it first or take another name"
                raise InputError(message)
            base.execute("INSERT INTO api_key VALUES (?, ?, ?)", (name, role, _digest(key)))
        return key

    def revoke(self, name: str) -> bool:
        """Take a key back; return whether there was one."""
        with self._base.transaction() as base:
            return base.execute("DELETE FROM api_key WHERE name = ?", (name,)).rowcount > 0

    def rows(self) -> list[tuple[str, str]]:
        """Return name and role of every key."""
        found = self._base.rows("SELECT name, role FROM api_key ORDER BY name")
        return [(str(name), str(role)) for name, role in found]

    def user(self, key: str) -> User | None:
        """Return who holds a key; None if nobody does."""
        statement = "SELECT name, role FROM api_key WHERE sha256 = ?"
        for name, role in self._base.rows(statement, (_digest(key),)):
            return User(str(name), Role(str(role)))
        return None


def is_key(secret: str) -> bool:
    """Return whether a secret is an API key, or else an access token."""
    return secret.startswith(PREFIX)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
