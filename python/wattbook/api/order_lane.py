"""The short way of orders, around the framework's walk over routes and dependencies.

An order that is in order costs a third of what it costs the long way. Whatever is not sure here
goes the long way, which refuses it with the document that its description promises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from pydantic import ValidationError
from starlette.requests import Request

from wattbook.api.access import Permission, User
from wattbook.api.entry import KEY_CHARACTERS_MAX, PATH, OrderAsked, entered
from wattbook.api.problems import Problem, answered
from wattbook.errors import WattbookError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from wattbook.api.desk import Desk
    from wattbook.api.guard import Guard

__all__ = ["OrderLane"]

JSON: Final = (b"content-type", b"application/json")


class Taken(NamedTuple):
    """An order that is in order."""

    user: User
    asked: OrderAsked
    key: str


@dataclass(frozen=True, slots=True)
class Lane:
    """What answers, for those who count answers by their route."""

    path: str = PATH


class OrderLane:
    """Answers orders that are in order; hands everything else on.

    Parameters
    ----------
    app : ASGI application
        The long way.
    desk : Desk
        Whose run takes the orders.
    """

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        messages = await whole(receive)
        body = b"".join(message.get("body", b"") for message in messages)
        taken = self._taken(Request(scope), body)
        if taken is None:
            await self._app(scope, again(messages, receive), send)
            return
        scope["route"] = Lane()
        try:
            number = await entered(self._desk, *taken)
        except (Problem, WattbookError) as fault:
            await answered(fault)(scope, receive, send)
            return
        said = b'{"order_id":"%d"}' % number
        headers = [JSON, (b"content-length", b"%d" % len(said))]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": said})

    def _taken(self, request: Request, body: bytes) -> Taken | None:
        """Return the order of a request; None if anything is not as it should be."""
        guard: Guard = request.scope["app"].state.guard
        headers = request.headers
        key = headers.get("idempotency-key", "")
        if headers.get("content-type") != "application/json" or request.url.query:
            return None
        if not 0 < len(key) <= KEY_CHARACTERS_MAX:
            return None
        user = guard.user(headers, request.cookies)
        if user is None or not user.may(Permission.ORDER):
            return None
        try:
            asked = OrderAsked.model_validate_json(body)
        except ValidationError:
            return None
        # Fields are plain and none of what they may hold has a colon, so there is one a key: more
        # of them than fields is a key that comes twice, without a second reading of the body.
        if body.count(b":") != len(asked.model_fields_set):
            return None
        # Counted last: what goes the long way is counted there.
        return Taken(user, asked, key) if guard.rate.takes(user.name) else None


async def whole(receive: Receive) -> list[Message]:
    """Return the messages of a request until its body is whole or its sender has gone."""
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def again(messages: list[Message], receive: Receive) -> Receive:
    """Return what gives the messages once more, then what comes after them."""
    left = iter(messages)

    async def given() -> Message:
        message = next(left, None)
        return await receive() if message is None else message

    return given
