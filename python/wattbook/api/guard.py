"""Before every route: who asks, from which page, how often, and what a browser may do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request

from wattbook.api.access import ApiKeys, Permission, Sessions, User
from wattbook.api.problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from fastapi import FastAPI, Response

__all__ = ["Guard", "RateLimit", "add_guard", "allowed", "asks", "cookie_name", "is_own_page"]

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
BODY_BYTES_MAX: Final = 64 * 1024
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class RateLimit:
    """At most so many requests a second of each asker, in bursts of as many.

    Parameters
    ----------
    per_second : float
        How many.
    wall : callable
        Seconds of a clock that never falls.

    Examples
    --------
    >>> limit = RateLimit(2.0, wall=lambda: 0.0)
    >>> limit.takes("a"), limit.takes("a"), limit.takes("a"), limit.takes("b")
    (True, True, False, True)
    """

    def __init__(self, per_second: float, wall: Callable[[], float] = time.monotonic) -> None:
        self._per_second, self._wall = per_second, wall
        self._left: dict[str, tuple[float, float]] = {}

    def takes(self, asker: str) -> bool:
        """Return whether one more request of `asker` is taken, and count it."""
        now = self._wall()
        left, then = self._left.get(asker, (self._per_second, now))
        left = min(self._per_second, left + (now - then) * self._per_second)
        if len(self._left) > 10_000:
            self._left.clear()
        self._left[asker] = (left - 1.0 if left >= 1.0 else left), now
        return left >= 1.0


@dataclass(frozen=True, slots=True)
class Guard:
    """What decides who may ask.

    Parameters
    ----------
    sessions : Sessions
        Of people.
    keys : ApiKeys
        Of programs.
    rate : RateLimit
        Of each user.
    """

    sessions: Sessions
    keys: ApiKeys
    rate: RateLimit

    def user(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> User | None:
        """Return who asks by key or by session; None if nobody who is known."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self.keys.user(key.strip())
        token = cookies.get(cookie_name(headers))
        return None if token is None else self.sessions.user(token)


def cookie_name(headers: Mapping[str, str]) -> str:
    """Return the name of the session's cookie: browsers send cookies of one port to every other."""
    return f"wattbook_session_{headers.get('host', '').rpartition(':')[2]}"


def is_own_page(headers: Mapping[str, str]) -> bool:
    """Return whether a request comes from the desk's own page, or from no page at all.

    A page of another site cannot read answers, but it could ask with the cookie of a session, and
    a name of its own may point at loopback; the host and the origin of the request give both away.
    """
    host = headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name not in LOOPBACK:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host


def asks(request: Request) -> User:
    """Return who asks.

    Raises
    ------
    Problem
        401 if nobody who is known, 429 if too often.
    """
    guard: Guard = request.app.state.guard
    user = guard.user(request.headers, request.cookies)
    if user is None:
        raise Problem(
            401,
            "no session and no key; open the desk in a browser, or send Authorization: Bearer KEY",
            {"WWW-Authenticate": 'Bearer realm="wattbook"'},
        )
    if not guard.rate.takes(user.name):
        raise Problem(429, "too many requests; wait a second", {"Retry-After": "1"})
    return user


def allowed(permission: Permission) -> Callable[[User], User]:
    """Return a dependency that lets only users with a permission pass."""

    def check(user: Annotated[User, Depends(asks)]) -> User:
        if not user.may(permission):
            raise Problem(
                403, f"{user.name} is {user.role} and may not {permission}; ask an admin for a role"
            )
        return user

    return check


def add_guard(app: FastAPI) -> None:
    """Refuse requests of other pages and large bodies, and send the headers of a careful server."""

    @app.middleware("http")
    async def guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        length = request.headers.get("content-length", "0")
        response: Response
        if not is_own_page(request.headers):
            response = problem(403, "this desk answers its own page on loopback only")
        elif not length.isdecimal() or int(length) > BODY_BYTES_MAX:
            response = problem(413, f"a body has at most {BODY_BYTES_MAX} bytes and says how many")
        elif request.method not in SAFE and "transfer-encoding" in request.headers:
            response = problem(411, "a body says how many bytes it has")
        else:
            response = await answer(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.url.path.startswith("/v1/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response
