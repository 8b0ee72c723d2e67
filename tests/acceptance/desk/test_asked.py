"""A query asks for what a route takes and the run has; anything else is refused and named."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from fastapi.testclient import TestClient

from wattbook.api.answers.trading import OrderStateName
from wattbook.domain import OrderState


def test_a_query_asks_for_nothing_that_a_route_does_not_know(client: TestClient) -> None:
    oauth = {f"/v1/oauth/{name}" for name in ("authorize", "token", "revoke")}
    paths = client.get("/v1/openapi.json").json()["paths"]
    places = [(path, method) for path, methods in paths.items() for method in methods]
    assert len(places) > 80
    for path, method in places:
        answer = client.request(method, re.sub(r"{\w+}", "1", path), params={"colour": "red"})
        named = [error["place"] for error in answer.json().get("errors", ())]
        # An issuer passes over what it does not know (RFC 6749, 3.1).
        is_named = answer.status_code == 422 and "query.colour" in named
        assert is_named == (path not in oauth and path.startswith("/v1/")), (path, method)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("orders?state=bogus", "query.state: .*'filled'"),
        ("orders?strategy=nobody", "query.strategy: .*'nobody'; there are momentum"),
        ("orders?limit=1&limit=2", "query.limit: .*more than once"),
        ("signals?strategy=nobody", "query.strategy"),
        ("instruments?market=nobody", "query.market: .*'nobody'; there are generated day"),
        ("instruments?segment=nothing", "query.segment: .*continuous"),
        ("fills?instrument=99999", "query.instrument: .*99999"),
        ("quotes?instrument=1&instrument=99999", "query.instrument: .*99999"),
    ],
)
def test_a_list_is_narrowed_to_what_there_is(client: TestClient, query: str, says: str) -> None:
    answer = client.get(f"/v1/{query}")
    assert answer.status_code == 422
    assert re.search(says, answer.json()["detail"])


def test_states_of_orders_are_those_of_the_engine() -> None:
    assert {*map(str, OrderState.values()), "offered"} == set(get_args(OrderStateName))
