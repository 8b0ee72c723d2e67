"""Before every route: who asks, from which page, how often, and what a browser may do."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from starlette.datastructures import Headers

from wattbook.api.access import ApiKeys, Permission, Sessions, User, is_key
from wattbook.api.problems import Problem, problem
from wattbook.runtime.log import LOG
from wattbook.runtime.traces import SERVER, TRACE, Trace, begun

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from wattbook.api.address import Address
    from wattbook.api.histogram import Requests
    from wattbook.api.stream import Front
    from wattbook.runtime.traces import SpanFile

__all__ = [
    "AS_OF_STEP",
    "FORMS",
    "Guard",
    "GuardLayer",
    "RateLimit",
    "allowed",
    "asks",
    "cookie_name",
    "forget",
    "is_welcome",
]

NO_STORE: Final = (b"cache-control", b"no-store")
BODY_BYTES_MAX: Final = 64 * 1024
JSON: Final = "application/json"
EXPORT: Final = "/v1/export/"
EXPORT_BYTES_MAX: Final = 16 * 1024 * 1024
"""What is to be written as a workbook comes from the view, which shows it."""
AS_OF_STEP: Final = "as of step"
"""Tag of routes whose answers to all who may read are one, until the desk's next step."""
TOLD: Final = frozenset({401, 403, 413, 429})
"""Refusals that whoever looks after the desk wants to read of."""
FAILED: Final = (
    "the desk failed at this request, and its log says where; ask `GET /v1/replay` or the list in "
    "question for what holds, and report it"
)
FORMS: Final = frozenset({"/v1/oauth/token", "/v1/oauth/revoke"})
"""RFC 6749, section 3.2: they take a form, and say so themselves."""
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


ALL_HEADERS: Final = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
ENCRYPTED_ONLY: Final = (b"strict-transport-security", b"max-age=31536000")
CROSS: Final = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, traceparent",
    "Access-Control-Max-Age": "600",
}
"""What a page of a named origin may ask; it sends a key, for cookies stay with the desk's own."""


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
    holder : callable
        Who holds an access token of the issuer; None if nobody does.
    address : Address
        Where the desk is served.
    """

    sessions: Sessions
    keys: ApiKeys
    rate: RateLimit
    holder: Callable[[str], User | None]
    address: Address

    def user(self, headers: Mapping[str, str], cookies: Mapping[str, str]) -> User | None:
        """Return who asks by key or by session; None if nobody who is known."""
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            secret = key.strip()
            return self.keys.user(secret) if is_key(secret) else self.holder(secret)
        token = cookies.get(cookie_name(headers))
        return None if token is None else self.sessions.user(token)


def cookie_name(headers: Mapping[str, str]) -> str:
    """Return the name of the session's cookie: browsers send cookies of one port to every other."""
    return f"wattbook_session_{headers.get('host', '').rpartition(':')[2]}"


def is_welcome(headers: Mapping[str, str], address: Address) -> bool:
    """Return whether a request comes from the desk's own page, a named one, or no page at all.

    A page of another site cannot read answers, but it could ask with the cookie of a session, and
    a name of its own may point at loopback; the host and the origin of the request give both away.
    """
    host = headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name.lower() not in address.asked_as:
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == host or origin in address.origins


def forget(request: Request) -> None:
    """Let the front ask anew who may read: somebody may no longer."""
    front: Front | None = request.app.state.front
    if front is not None:
        front.forget()


async def asks(request: Request) -> User:
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


def allowed(permission: Permission) -> Callable[[User], Awaitable[User]]:
    """Return a dependency that lets only users with a permission pass."""

    async def check(user: Annotated[User, Depends(asks)]) -> User:
        if not user.may(permission):
            raise Problem(
                403, f"{user.name} is {user.role} and may not {permission}; ask an admin for a role"
            )
        return user

    # What a route asks for is told to whoever walks over the routes.
    check.permission = permission  # type: ignore[attr-defined]
    return check


def refusal(
    method: str, path: str, headers: Mapping[str, str], address: Address
) -> Response | None:
    """Return why a request is not even looked at; None if it is."""
    length = headers.get("content-length", "0")
    most = EXPORT_BYTES_MAX if path.startswith(EXPORT) else BODY_BYTES_MAX
    if not is_welcome(headers, address):
        return problem(
            403,
            "this desk answers to its own names and pages only; --name and --origin add others",
        )
    if method == "OPTIONS" and "access-control-request-method" in headers:
        return Response(status_code=204, headers=CROSS)
    if not length.isdecimal() or int(length) > most:
        return problem(413, f"a body has at most {most} bytes and says how many")
    if method not in SAFE and "transfer-encoding" in headers:
        return problem(411, "a body says how many bytes it has")
    takes_json = path.startswith("/v1/") and path not in FORMS
    if takes_json and method not in SAFE and int(length) and not is_json(headers):
        return problem(
            415, "a body is JSON; send it as Content-Type: application/json", {"Accept": JSON}
        )
    return None


def is_json(headers: Mapping[str, str]) -> bool:
    """Return whether a request says that its body is JSON."""
    return headers.get("content-type", "").partition(";")[0].strip().lower() == JSON


def as_of_step(scope: Scope, status: int) -> list[tuple[bytes, bytes]]:
    """Return the header that lets the front keep an answer until the desk's next step."""
    route = scope.get("route")
    if (
        (b"origin" in dict(scope["headers"]))
        or status != 200
        or scope["method"] != "GET"
        or AS_OF_STEP not in getattr(route, "tags", ())
    ):
        return []
    return [(b"x-wattbook-as-of-step", str(getattr(route, "path", "")).encode())]


class GuardLayer:
    """Refuses requests of other pages and large bodies, and sends the headers of a careful server.

    Parameters
    ----------
    app : ASGI application
        What it stands before.
    requests : Requests
        Where answers are counted by their route.
    spans : SpanFile or None
        Where requests that change anything are traced.
    """

    def __init__(self, app: ASGIApp, requests: Requests, spans: SpanFile | None) -> None:
        self._app, self._requests, self._spans = app, requests, spans

    def _trace(self, trace: Trace, name: str, status: int, seconds: float) -> None:
        if self._spans is not None:
            end = time.time_ns()
            said = {"http.response.status_code": str(status)}
            self._spans.write(name, trace, (end - int(seconds * 1e9), end), said, kind=SERVER)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; a stream guards itself."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, has_begun = time.perf_counter(), 500, False

        # RFC 9110, section 9.3.2: as GET, without the body.
        is_head = scope["method"] == "HEAD"
        asked = {**scope, "method": "GET"} if is_head else scope

        async def answer(message: Message) -> None:
            nonlocal status, has_begun
            has_begun = True
            if is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            if message["type"] == "http.response.start":
                status = message["status"]
                told = {name for name, _ in message["headers"]}
                missing = [one for one in ALL_HEADERS if one[0] not in told]
                if scope["path"].startswith("/v1/") and NO_STORE[0] not in told:
                    missing.append(NO_STORE)
                missing += [*as_of_step(scope, status), *more]
                message = {**message, "headers": [*message["headers"], *missing]}
            await send(message)

        headers = Headers(scope=scope)
        # What only reads causes nothing further.
        trace = None if scope["method"] in SAFE else begun(headers.get("traceparent", ""))
        TRACE.set(trace)
        guard: Guard = scope["app"].state.guard
        address = guard.address
        more = [ENCRYPTED_ONLY] if address.is_encrypted else []
        if trace is not None:
            more.append((b"traceparent", trace.header.encode()))
        origin = headers.get("origin", "")
        if origin in address.origins:
            more += [
                (b"access-control-allow-origin", origin.encode()),
                (b"access-control-expose-headers", b"traceparent, Retry-After"),
                (b"vary", b"Origin"),
            ]
        app = refusal(scope["method"], scope["path"], headers, address) or self._app
        try:
            await app(asked, receive, answer)
        except Exception:
            LOG.exception("%s %s failed", scope["method"], scope["path"])
            if has_begun:
                # The server breaks the answer off.
                raise
            await problem(500, FAILED)(scope, receive, answer)
        finally:
            route = getattr(asked.get("route"), "path", "none")
            seconds = time.perf_counter() - began
            self._requests.count(scope["method"], route, status, seconds)
            if trace is not None:
                self._trace(trace, f"{scope['method']} {route}", status, seconds)
            if status in TOLD:
                fields = {"method": scope["method"], "route": route, "status": status}
                LOG.warning("a request was refused", extra=fields)
