"""What the issuer decides: who gets a token for what, and whose token it is."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from wattbook.api.access import PERMISSIONS, Role, User
from wattbook.api.oauth.store import Refresh

if TYPE_CHECKING:
    from collections.abc import Callable

    from wattbook.api.oauth.keys import SigningKey
    from wattbook.api.oauth.store import Client, OAuthStore

__all__ = ["ACCESS_SECONDS", "Grant", "Issuer", "Refused"]

ACCESS_SECONDS: Final = 15 * 60
REFRESH_SECONDS: Final = 8 * 3_600
CODE_SECONDS: Final = 60
CODES_MAX: Final = 1_000
AUDIENCE: Final = "wattbook"
CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
"""RFC 7636, section 4.1."""


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """Why there is no token, by a code of RFC 6749, section 5.2, and a sentence."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(detail)
        self.error, self.detail = error, detail


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client gets: an access token and, of a person, one to refresh it."""

    access_token: str
    role: Role
    refresh_token: str | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization that was given and not used yet."""

    client: str
    redirect: str
    challenge: str
    user: User
    expires: float


class Issuer:
    """Issues access tokens signed by the desk's own key.

    Codes follow RFC 6749 with PKCE (RFC 7636, S256 only); a refresh token is good once, and its
    second use revokes the grant (RFC 9700, section 4.14.2).

    Parameters
    ----------
    address : str
        Of the issuer, such as ``http://127.0.0.1:8765``.
    key : SigningKey
        That signs.
    store : OAuthStore
        What outlives a restart.
    clock : callable
        Unix time.
    """

    def __init__(
        self, address: str, key: SigningKey, store: OAuthStore, clock: Callable[[], float]
    ) -> None:
        self.address, self.key, self.store, self._clock = address, key, store, clock
        self._codes: dict[str, Code] = {}
        self._lock = Lock()

    def client(self, name: str, redirect: str) -> Client:
        """Return a registered client that a code may be sent to.

        Raises
        ------
        Refused
            If there is none, or not at that address: nothing may be sent there then.
        """
        found = self.store.client(name)
        if found is None:
            raise Refused("invalid_client", f"there is no client {name!r}; an admin registers them")
        if redirect not in found.redirects:
            raise Refused("invalid_request", f"{name} has not registered this redirect_uri")
        return found

    def check(self, response_type: str, method: str) -> None:
        """Check how a client asks for a code.

        Raises
        ------
        Refused
            If it is another flow than that with a code and PKCE.
        """
        if response_type != "code":
            raise Refused("unsupported_response_type", "only response_type=code")
        if method != "S256":
            raise Refused("invalid_request", "only code_challenge_method=S256")

    def authorize(
        self, client: Client, redirect: str, challenge: str, user: User, scope: str
    ) -> str:
        """Return a code for a client to act as `user` does, with the client's role at most.

        Raises
        ------
        Refused
            If the challenge or the scope is none.
        """
        if not CHALLENGE.fullmatch(challenge):
            raise Refused("invalid_request", "code_challenge is no SHA-256 in base64url (S256)")
        role = _role(scope, user.role, client.role)
        code, now = "wbc_" + secrets.token_urlsafe(32), self._clock()
        with self._lock:
            for old, one in list(self._codes.items()):
                if one.expires <= now or len(self._codes) >= CODES_MAX:
                    del self._codes[old]
            self._codes[code] = Code(
                client.client, redirect, challenge, User(user.name, role), now + CODE_SECONDS
            )
        return code

    def exchange(self, client: Client, code: str, redirect: str, verifier: str) -> Grant:
        """Return tokens for a code, which is good once.

        Raises
        ------
        Refused
            If it is none, expired, another client's, or the verifier is not its own.
        """
        with self._lock:
            found = self._codes.pop(code, None)
        refusal = Refused("invalid_grant", "the code is none, was used or has expired; ask anew")
        if found is None or found.expires <= self._clock() or not VERIFIER.fullmatch(verifier):
            raise refusal
        made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        is_own = hmac.compare_digest(made.rstrip(b"=").decode(), found.challenge)
        if not is_own or found.client != client.client or found.redirect != redirect:
            raise refusal
        return self._grant(client.client, found.user, secrets.token_hex(16))

    def in_own_name(self, client: Client, scope: str) -> Grant:
        """Return an access token for a confidential client itself.

        Raises
        ------
        Refused
            If it has no secret, or may not do what it asks for.
        """
        if not client.is_confidential:
            raise Refused("unauthorized_client", "only a client with a secret acts for itself")
        user = User(client.client, _role(scope, client.role, client.role))
        return Grant(self._access(client.client, user, secrets.token_hex(16)), user.role)

    def refresh(self, client: Client, token: str) -> Grant:
        """Return new tokens for a refresh token, which is good once.

        Raises
        ------
        Refused
            If it is none, expired, or another client's; if it was used before, the whole grant is
            revoked, since somebody else has it.
        """
        refusal = Refused("invalid_grant", "the refresh token is none or has expired; ask anew")
        found = self.store.use(token)
        if found is None:
            raise refusal
        if found.is_used or found.client != client.client:
            self._revoke(found.family)
            raise refusal
        if found.expires <= self._clock():
            raise refusal
        return self._grant(found.client, found.user, found.family, found.expires)

    def revoke(self, client: Client, token: str) -> None:
        """Revoke the grant of an access or refresh token; one that is none changes nothing.

        A client revokes tokens of its own only (RFC 7009, section 2.1).
        """
        claims = self.key.read(token)
        found = self.store.family_of(token) if claims is None else None
        if claims is not None:
            found = str(claims.get("grant")), str(claims.get("client_id"))
        if found is not None and found[1] == client.client:
            self._revoke(found[0])

    def user(self, token: str) -> User | None:
        """Return who holds an access token; None if it is none, has expired or was revoked."""
        claims = self.key.read(token)
        if claims is None or claims.get("iss") != self.address or claims.get("aud") != AUDIENCE:
            return None
        expires, grant = claims.get("exp"), claims.get("grant")
        if not isinstance(expires, int) or expires <= self._clock():
            return None
        if not isinstance(grant, str) or self.store.is_revoked(grant):
            return None
        # A client that was removed has no tokens any more.
        if self.store.client(str(claims.get("client_id"))) is None:
            return None
        return User(str(claims["sub"]), Role(str(claims["role"])))

    def remove(self, client: str) -> bool:
        """Remove a client with all its tokens; return whether there was one."""
        return self.store.remove(client, self._until())

    def _until(self) -> float:
        return self._clock() + max(REFRESH_SECONDS, ACCESS_SECONDS)

    def _revoke(self, family: str) -> None:
        self.store.revoke(family, self._until())

    def _access(self, client: str, user: User, family: str) -> str:
        now = int(self._clock())
        claims: dict[str, Any] = {
            "iss": self.address,
            "aud": AUDIENCE,
            "sub": user.name,
            "role": str(user.role),
            "client_id": client,
            "grant": family,
            "jti": secrets.token_hex(16),
            "iat": now,
            "exp": now + ACCESS_SECONDS,
        }
        return self.key.sign(claims)

    def _grant(self, client: str, user: User, family: str, expires: float | None = None) -> Grant:
        now, refresh = self._clock(), "wbr_" + secrets.token_urlsafe(32)
        # Refreshing does not prolong the grant: a person signs in again after a working day.
        until = now + REFRESH_SECONDS if expires is None else expires
        self.store.keep(refresh, Refresh(family, client, user, until, is_used=False), now)
        return Grant(self._access(client, user, family), user.role, refresh)


def _role(scope: str, *most: Role) -> Role:
    """Return the role that a scope names, or the least of `most`; each of `most` may do its deeds.

    Raises
    ------
    Refused
        If the scope is no role, or may do more.
    """
    if scope and scope not in list(Role):
        raise Refused("invalid_scope", f"{scope!r} is no role; one of {', '.join(Role)}")
    for role in (Role(scope),) if scope else most:
        if all(PERMISSIONS[role] <= PERMISSIONS[one] for one in most):
            return role
    raise Refused("invalid_scope", "a token may not do that much here; ask for a lesser role")
