"""How routes ask who it is, and what they refuse with, for the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from fastapi.routing import APIRoute

from wattbook.api.access import PERMISSIONS, Permission, Role
from wattbook.api.guard import FORMS, asks

__all__ = ["add_refusals"]

PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "A refusal (RFC 9457); nothing was changed.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What was found and what to do."},
        "errors": {
            "type": "array",
            "description": "Where a request does not fit (422).",
            "items": {
                "type": "object",
                "required": ["place", "reason"],
                "properties": {"place": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
REFUSALS: Final = {
    401: "No session, key or token that is known.",
    403: "The role may not, or the request comes from a page that is not welcome.",
    404: "What the path names is not there.",
    409: "It cannot be done now, or not at this desk.",
    411: "A body says how many bytes it has.",
    413: "The body is too long.",
    415: "The body is not sent as JSON.",
    422: "What does not fit, and where.",
    429: "Too many requests; `Retry-After` says how long to wait.",
    500: "The desk failed; its log says where.",
    503: "The run did not answer in time; ask again under the same key.",
}
SCOPES: Final = {role.value: f"What the role {role.value} may do." for role in Role}
CODE: Final = {
    "authorizationUrl": "/v1/oauth/authorize",
    "tokenUrl": "/v1/oauth/token",
    "refreshUrl": "/v1/oauth/token",
    "scopes": SCOPES,
}
SCHEMES: Final = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key that `POST /v1/keys` or `wattbook desk RUN --new-key` made.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "wattbook_session_8765",
        "description": "Begun by `POST /v1/session`; the name ends with the desk's port.",
    },
    "oauth2": {
        "type": "oauth2",
        "description": "An access token of this desk; a code needs PKCE (S256).",
        "flows": {
            "authorizationCode": CODE,
            "clientCredentials": {"tokenUrl": "/v1/oauth/token", "scopes": SCOPES},
        },
    },
}
TO_THE_RUN: Final = ("/v1/orders", "/v1/kill-switch")
"""What hands commands to a run, which may not answer in time."""


def add_refusals(document: dict[str, Any], routes: Iterable[object]) -> None:
    """Add to an OpenAPI document how each operation is asked and what it refuses with."""
    parts = document.setdefault("components", {})
    parts["securitySchemes"] = SCHEMES
    parts.setdefault("schemas", {})["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    parts["responses"] = {
        str(status): {"description": said, "content": content} for status, said in REFUSALS.items()
    }
    for route in _flat(routes):
        permissions, is_asked = _asked(route)
        for method in route.methods or ():
            operation = document["paths"].get(route.path, {}).get(method.lower())
            if operation is None:
                continue
            operation["security"] = list(_ways(permissions)) if is_asked else []
            for status in _statuses(method, route.path, is_asked=is_asked):
                operation["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}


def _flat(found: Iterable[object]) -> Iterator[APIRoute]:
    """Yield the routes, those of included routers too."""
    for one in found:
        if isinstance(one, APIRoute):
            yield one
        elif (router := getattr(one, "original_router", None)) is not None:
            yield from _flat(router.routes)


def _asked(route: APIRoute) -> tuple[set[Permission], bool]:
    """Return what a route asks for, and whether it asks who it is."""
    permissions: set[Permission] = set()
    is_asked, left = False, list(route.dependant.dependencies)
    while left:
        one = left.pop()
        left += one.dependencies
        permission = getattr(one.call, "permission", None)
        permissions |= set() if permission is None else {permission}
        is_asked |= one.call is asks
    return permissions, is_asked


def _ways(permissions: set[Permission]) -> Iterator[dict[str, list[str]]]:
    """Yield the ways to ask; of tokens one for each role that may."""
    yield {"key": []}
    yield {"session": []}
    for role in Role:
        if permissions <= PERMISSIONS[role]:
            yield {"oauth2": [role.value]}


def _statuses(method: str, path: str, *, is_asked: bool) -> Iterator[int]:
    yield from (403, 422, 500)
    if is_asked:
        yield from (401, 429)
    if "{" in path:
        yield 404
    if method != "GET":
        yield from (409, 411, 413)
        if path not in FORMS:
            yield 415
    if path.startswith(TO_THE_RUN) and method != "GET":
        yield from (404, 503)
