"""Every route of the desk asks for a permission, or stands in the list of those that ask nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from wattbook.api.access import PERMISSIONS, Permission, Role
from wattbook.api.guard import asks

OPEN: Final = {
    ("GET", "/"),
    ("GET", "/assets/{name}"),
    ("GET", "/v1/health"),
    ("GET", "/.well-known/oauth-authorization-server"),
    ("GET", "/v1/oauth/keys"),
    # It asks for a key.
    ("POST", "/sign-in"),
    # These two ask the client for its secret.
    ("POST", "/v1/oauth/token"),
    ("POST", "/v1/oauth/revoke"),
    # A session is begun by whoever has none, and ended by its cookie.
    ("POST", "/v1/session"),
    ("DELETE", "/v1/session"),
}
COMPUTES: Final = {
    ("POST", "/v1/risk/what-if"),
    ("POST", "/v1/risk/stress"),
    ("POST", "/v1/export/xlsx"),
}
"""What is asked with a body and changes nothing."""
KNOWN_ONLY: Final = {("GET", "/v1/session")}
"""Whoever is known may ask who it is."""


def asked(route: APIRoute) -> tuple[set[Permission], bool]:
    """Return what a route asks for, and whether it asks who it is."""
    permissions, is_asked, left = set(), False, list(route.dependant.dependencies)
    while left:
        one = left.pop()
        left += one.dependencies
        permission = getattr(one.call, "permission", None)
        permissions |= set() if permission is None else {permission}
        is_asked |= one.call is asks
    return permissions, is_asked


def flat(found: Iterable[object]) -> Iterator[APIRoute]:
    """Yield the routes, those of included routers too."""
    for one in found:
        if isinstance(one, APIRoute):
            yield one
        elif (router := getattr(one, "original_router", None)) is not None:
            yield from flat(router.routes)


def routes(client: TestClient) -> list[tuple[str, APIRoute]]:
    found = flat(client.app.routes)  # type: ignore[attr-defined]
    return [(method, route) for route in found for method in sorted(route.methods or ())]


def test_every_route_asks_for_a_permission(client: TestClient) -> None:
    for method, route in routes(client):
        permissions, is_asked = asked(route)
        place = method, route.path
        if place in OPEN:
            assert not is_asked, place
        elif place in KNOWN_ONLY:
            assert is_asked, place
        else:
            assert permissions, f"{place} asks for nothing; give it allowed(Permission.…)"
            # What changes anything asks for more than to read.
            is_reading = method == "GET" or place in COMPUTES
            assert is_reading or permissions != {Permission.READ}, place
    known = {(method, route.path) for method, route in routes(client)}
    assert known >= OPEN | KNOWN_ONLY


@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_only_what_it_may(client: TestClient, role: Role) -> None:
    assert client.post("/v1/session", json={"role": role}).status_code == 200
    for method, route in routes(client):
        permissions, is_asked = asked(route)
        missing = permissions - PERMISSIONS[role]
        if missing:
            path = route.path.replace("{number}", "1").replace("{order_id}", "1")
            answer = client.request(method, path.replace("{name}", "x"))
            assert answer.status_code == 403, (role, method, path)
            assert answer.headers["content-type"] == "application/problem+json"
            assert is_asked
    client.cookies.clear()
    for method, route in routes(client):
        if asked(route)[1]:
            path = route.path.replace("{number}", "1").replace("{order_id}", "1")
            answer = client.request(method, path.replace("{name}", "x"))
            assert answer.status_code == 401, (method, path)


def test_the_document_says_how_each_route_is_asked_and_refuses(client: TestClient) -> None:
    document = client.get("/v1/openapi.json").json()
    assert set(document["components"]["securitySchemes"]) == {"key", "session", "oauth2"}
    for method, route in routes(client):
        operation = document["paths"].get(route.path, {}).get(method.lower())
        if operation is None:
            continue
        permissions, is_asked = asked(route)
        ways = operation["security"]
        assert bool(ways) is is_asked, (method, route.path)
        told = {scope for one in ways for scope in one.get("oauth2", ())}
        assert told == {one for one in Role if is_asked and permissions <= PERMISSIONS[one]}
        refusals = set(operation["responses"])
        assert refusals >= ({"401", "403", "429"} if is_asked else {"403"}), (method, route.path)
    orders = document["paths"]["/v1/orders"]["post"]["responses"]
    assert set(orders) == {
        "202", "401", "403", "404", "409", "411", "413", "415", "422", "429", "500", "503",
    }  # fmt: skip
    answer = client.post("/v1/orders", json={"instrument": -1})
    schema = {
        **document["components"]["schemas"]["Problem"], "components": document["components"],
    }  # fmt: skip
    Draft202012Validator(schema).validate(answer.json())
