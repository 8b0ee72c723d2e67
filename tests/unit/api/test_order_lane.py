"""The short way of orders answers as the long way does, whatever is asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient

from wattbook.api import entry
from wattbook.api.access import ApiKeys, Role, Sessions
from wattbook.api.address import Address
from wattbook.api.asked import check_body
from wattbook.api.guard import Guard, RateLimit
from wattbook.api.order_lane import OrderLane
from wattbook.api.problems import add_problems
from wattbook.domain import Owner
from wattbook.runtime.order_entry import OrderEntry

FIRST = (1_000 << 48) + 1
ORDER = {"instrument": 7, "side": "buy", "price": "50", "volume": "1.5"}


DOUBLED = b'{"instrument": 7, "side": "buy", "price": "50", "volume": "1", "volume": "9"}'


class Core:
    """The run's part that is asked: it refuses volumes above 20."""

    def __init__(self) -> None:
        self.number = FIRST

    def next_by_hand(self) -> int:
        return self.number

    def ask(self, now: int, commands: list[Any]) -> list[list[tuple[str, str, str]]]:
        self.number += len(commands)
        return [
            [("refused", "", "volume above 20")] if float(one.order.volume) > 20 else []
            for one in commands
        ]


@contextmanager
def client_of(folder: Path, *, has_lane: bool) -> Iterator[tuple[TestClient, dict[str, str]]]:
    """Give a client of an application that takes orders, and a key of each role."""
    folder.mkdir()
    orders, ends = OrderEntry(folder), Event()
    orders.begin(Owner(trading_book=1, strategy=3))
    contracts = {7: {"symbol": "H12", "gate_closure": 100}, 8: {"symbol": "H11", "gate_closure": 1}}
    desk: Any = SimpleNamespace(
        by_number=contracts, now=50, player=None, entry=orders, trace_order=lambda *_: None
    )
    keys = ApiKeys(folder / "keys.sqlite")
    secrets = {role: keys.make(role, Role(role)) for role in ("trader", "viewer")}
    app = FastAPI(dependencies=[Depends(check_body)])
    app.state.desk = desk
    app.state.guard = Guard(
        Sessions(time.monotonic), keys, RateLimit(1e6), lambda _: None, Address()
    )
    add_problems(app)
    app.include_router(entry.router)
    if has_lane:
        app.add_middleware(OrderLane, desk=desk)

    def run() -> None:
        core, rung = Core(), Event()
        orders.requests.on_arrival(rung.set)
        while not ends.is_set():
            rung.wait(0.01)
            rung.clear()
            orders.look(core, 5)

    running = Thread(target=run)
    running.start()
    try:
        with TestClient(app) as client:
            yield client, secrets
    finally:
        ends.set()
        running.join()


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"json": {**ORDER, "volume": "21"}},
        {"json": {**ORDER, "volume": 1.5, "time_in_force": "fill_or_kill"}},
        {"json": {**ORDER, "instrument": 9}},
        {"json": {**ORDER, "instrument": 8}},
        {"json": {**ORDER, "price": "50.1234567"}},
        {"json": {**ORDER, "price": "NaN"}},
        {"json": {**ORDER, "volume": "-1"}},
        {"json": {**ORDER, "more": 1}},
        {"json": [ORDER]},
        {"content": b'{"instrument": 7'},
        {"content": b""},
        {"content": DOUBLED},
        {"key": "k" * 101},
        {"key": ""},
        {"key": None},
        {"type": "text/plain"},
        {"type": "application/json; charset=utf-8"},
        {"role": "viewer"},
        {"role": "nobody"},
    ],
)
def test_both_ways_answer_alike(asked: dict[str, Any], tmp_path: Path) -> None:
    found = []
    for has_lane in (False, True):
        with client_of(tmp_path / str(has_lane), has_lane=has_lane) as (client, secrets):
            key, role = asked.get("key", "one"), asked.get("role", "trader")
            headers = {"Content-Type": asked.get("type", "application/json")}
            headers |= {} if key is None else {"Idempotency-Key": key}
            headers |= {"Authorization": f"Bearer {secrets[role]}"} if role in secrets else {}
            body = {"content": asked["content"]} if "content" in asked else {}
            body = body or {"json": asked.get("json", ORDER)}
            # The second time the order is the same one, and a number is not given twice.
            answers = [client.post("/v1/orders", headers=headers, **body) for _ in range(2)]
            found.append(
                [(one.status_code, one.headers["content-type"], one.json()) for one in answers]
            )
    assert found[0] == found[1]
    if not asked:
        assert found[1] == [(202, "application/json", {"order_id": str(FIRST)})] * 2


@pytest.mark.parametrize("has_lane", [False, True])
def test_an_order_of_two_volumes_is_not_sent(has_lane: bool, tmp_path: Path) -> None:
    with client_of(tmp_path / "run", has_lane=has_lane) as (client, secrets):
        headers = {"Authorization": f"Bearer {secrets['trader']}", "Idempotency-Key": "one"}
        headers["Content-Type"] = "application/json"
        for doubled in (
            DOUBLED,
            DOUBLED.replace(b'{"', b'{"vol\\u0075me": "2", "', 1),
            DOUBLED.replace(b'{"', b'{"volume": {"of": "2"}, "', 1),
        ):
            answer = client.post("/v1/orders", headers=headers, content=doubled)
            assert (answer.status_code, answer.json()["detail"]) == (
                422, "body.volume: is given twice; give it once",
            )  # fmt: skip
        # The key and the number are still free.
        sent = client.post("/v1/orders", headers=headers, json=ORDER)
    assert sent.json() == {"order_id": str(FIRST)}


def test_a_key_of_another_order_is_refused_either_way(tmp_path: Path) -> None:
    found = []
    for has_lane in (False, True):
        with client_of(tmp_path / str(has_lane), has_lane=has_lane) as (client, secrets):
            headers = {"Idempotency-Key": "one", "Authorization": f"Bearer {secrets['trader']}"}
            client.post("/v1/orders", headers=headers, json=ORDER)
            other = client.post("/v1/orders", headers=headers, json={**ORDER, "volume": "2"})
            found.append((other.status_code, other.json()["detail"]))
    assert found[0] == found[1]
    assert found[1][0] == 422
    assert "take a new one" in found[1][1]


@pytest.mark.parametrize("has_lane", [False, True])
def test_an_order_that_comes_again_after_its_gate_gets_its_number(
    has_lane: bool, tmp_path: Path
) -> None:
    with client_of(tmp_path / "run", has_lane=has_lane) as (client, secrets):
        headers = {"Authorization": f"Bearer {secrets['trader']}"}
        app: Any = client.app
        asked: dict[str, Any] = {"json": ORDER, "headers": {**headers, "Idempotency-Key": "one"}}
        first = client.post("/v1/orders", **asked)
        app.state.desk.now = 100
        again = client.post("/v1/orders", **asked)
        asked["headers"]["Idempotency-Key"] = "two"
        late = client.post("/v1/orders", **asked)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert first.status_code == 202
    assert (late.status_code, "gate" in late.json()["detail"]) == (409, True)
