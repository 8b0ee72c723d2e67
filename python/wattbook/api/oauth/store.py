"""Registered clients and refresh tokens, of which only the SHA-256 is kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from wattbook.api.access import Role, User
from wattbook.errors import InputError
from wattbook.store.database import Database

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Client", "OAuthStore", "Refresh", "digest"]

SCHEMA: Final = """
CREATE TABLE client (
  client TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  sha256 TEXT,
  redirects TEXT NOT NULL
);
CREATE TABLE refresh (
  sha256 TEXT PRIMARY KEY,
  family TEXT NOT NULL,
  client TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  expires REAL NOT NULL,
  is_used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE revoked (family TEXT PRIMARY KEY, expires REAL NOT NULL)"""


def digest(secret: str) -> str:
    """Return what is kept of a secret of 256 bits of chance."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Client:
    """A program that asks for tokens.

    Parameters
    ----------
    client : str
        Its name.
    role : Role
        The most that its tokens may do.
    redirects : tuple of str
        Addresses that a code may be sent to; each is compared as a whole.
    is_confidential : bool
        Whether it has a secret; then it may ask in its own name.
    """

    client: str
    role: Role
    redirects: tuple[str, ...] = ()
    is_confidential: bool = False


@dataclass(frozen=True, slots=True)
class Refresh:
    """What a refresh token stands for; the tokens of one grant are a family."""

    family: str
    client: str
    user: User
    expires: float
    is_used: bool


class OAuthStore:
    """Keeps clients, refresh tokens and what was revoked over restarts.

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
        # Every request asks for these, and only this process writes them.
        self._revoked = {str(family) for (family,) in self._base.rows("SELECT family FROM revoked")}
        self._clients = {one.client: one for one in self.clients()}

    def register(self, client: Client, secret: str | None) -> None:
        """Keep a client.

        Raises
        ------
        InputError
            If there is one of that name.
        """
        kept = None if secret is None else digest(secret)
        with self._base.transaction() as base:
            asked = "SELECT 1 FROM client WHERE client = ?"
            if base.execute(asked, (client.client,)).fetchone():
                found = f"there is a client named {client.client!r}; remove it first"
                raise InputError(found)
            row = (client.client, client.role, kept, json.dumps(client.redirects))
            base.execute("INSERT INTO client VALUES (?, ?, ?, ?)", row)
        self._clients[client.client] = client

    def remove(self, client: str, until: float) -> bool:
        """Forget a client and revoke its grants; return whether there was one."""
        with self._base.transaction() as base:
            asked = "SELECT DISTINCT family FROM refresh WHERE client = ?"
            families = [str(family) for (family,) in base.execute(asked, (client,))]
            rows = [(family, until) for family in families]
            base.executemany("INSERT OR REPLACE INTO revoked VALUES (?, ?)", rows)
            base.execute("DELETE FROM refresh WHERE client = ?", (client,))
            found = base.execute("DELETE FROM client WHERE client = ?", (client,)).rowcount
        self._revoked.update(families)
        self._clients.pop(client, None)
        return found > 0

    def client(self, client: str) -> Client | None:
        """Return a client; None if there is none of that name."""
        return self._clients.get(client)

    def clients(self) -> list[Client]:
        """Return every client."""
        rows = self._base.rows("SELECT client, role, sha256, redirects FROM client ORDER BY client")
        return [
            Client(
                str(name), Role(str(role)), tuple(json.loads(str(redirects))), secret is not None
            )
            for name, role, secret, redirects in rows
        ]

    def is_secret(self, client: str, secret: str) -> bool:
        """Return whether a client has that secret."""
        statement = "SELECT 1 FROM client WHERE client = ? AND sha256 = ?"
        return bool(self._base.rows(statement, (client, digest(secret))))

    def keep(self, token: str, refresh: Refresh, now: float) -> None:
        """Keep a refresh token, and forget those that have expired by `now` (Unix time)."""
        user = refresh.user
        with self._base.transaction() as base:
            base.execute("DELETE FROM refresh WHERE expires <= ?", (now,))
            base.execute("DELETE FROM revoked WHERE expires <= ?", (now,))
            row = (
                digest(token), refresh.family, refresh.client, user.name, user.role,
                refresh.expires,
            )  # fmt: skip
            base.execute("INSERT INTO refresh VALUES (?, ?, ?, ?, ?, ?, 0)", row)

    def use(self, token: str) -> Refresh | None:
        """Return what a refresh token stands for, and note its use; None if it is none."""
        with self._base.transaction() as base:
            row = base.execute(
                "SELECT family, client, name, role, expires, is_used FROM refresh WHERE sha256 = ?",
                (digest(token),),
            ).fetchone()
            base.execute("UPDATE refresh SET is_used = 1 WHERE sha256 = ?", (digest(token),))
        if row is None:
            return None
        family, client, name, role, expires, is_used = row
        return Refresh(family, client, User(name, Role(role)), expires, bool(is_used))

    def family_of(self, token: str) -> tuple[str, str] | None:
        """Return family and client of a refresh token; None if it is none."""
        statement = "SELECT family, client FROM refresh WHERE sha256 = ?"
        for family, client in self._base.rows(statement, (digest(token),)):
            return str(family), str(client)
        return None

    def revoke(self, family: str, until: float) -> None:
        """Revoke every token of a grant; `until` (Unix time) the last of them has expired."""
        with self._base.transaction() as base:
            base.execute("INSERT OR REPLACE INTO revoked VALUES (?, ?)", (family, until))
            base.execute("DELETE FROM refresh WHERE family = ?", (family,))
        self._revoked.add(family)

    def is_revoked(self, family: str) -> bool:
        """Return whether a grant was revoked."""
        return family in self._revoked
