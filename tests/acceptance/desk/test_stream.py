"""The stream of a real server: snapshot, numbered deltas, resuming, one that reads slowly."""

from __future__ import annotations

import socket as sockets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.acceptance.desk.served import Served, serving
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.sync.connection import Connection

from wattbook.api.packed import unpack
from wattbook.runtime.folder import RunFolder

WITHIN = 30.0


@pytest.fixture(scope="module")
def served(folder: RunFolder) -> Iterator[Served]:
    with serving(folder.path, "--speed", "3600") as made:
        yield made


@pytest.fixture
def cookie(served: Served) -> str:
    answer = httpx.post(f"{served.address}v1/session", json={"role": "trader"})
    return answer.headers["set-cookie"].split(";")[0]


def stream(served: Served, cookie: str, query: str = "") -> ClientConnection:
    address = served.address.replace("http", "ws")
    headers = {"Cookie": cookie}
    return connect(f"{address}v1/stream{query}", additional_headers=headers, max_size=None)


def read(socket: Connection) -> tuple[dict[str, Any], dict[str, Any]]:
    message = socket.recv(timeout=WITHIN)
    assert isinstance(message, bytes)
    socket.send("taken")
    return unpack(message)


def test_deltas_follow_a_snapshot_without_a_gap(served: Served, cookie: str) -> None:
    with stream(served, cookie) as socket:
        header, columns = read(socket)
        assert header["kind"] == "snapshot"
        held = {int(number) for number in columns["instrument"]}
        last, now = header["last"], header["clock"]["now"]
        for _ in range(20):
            header, columns = read(socket)
            assert header["kind"] == "delta"
            assert header["first"] == last + 1
            assert header["clock"]["now"] > now
            last, now = header["last"], header["clock"]["now"]
            assert (columns["ts_recv"] <= now).all()
            held |= {int(number) for number in columns["instrument"]}
        assert held


def test_a_reader_that_comes_back_gets_what_it_lacks(served: Served, cookie: str) -> None:
    with stream(served, cookie) as socket:
        header, _ = read(socket)
        for _ in range(3):
            header, _ = read(socket)
    run, last = header["run"], header["last"]
    with stream(served, cookie, f"?run={run}&after={last}") as socket:
        header, _ = read(socket)
        assert (header["kind"], header["first"]) == ("delta", last + 1)
    for query in (f"?run=other&after={last}", f"?run={run}&after={last + 10**9}"):
        with stream(served, cookie, query) as socket:
            assert read(socket)[0]["kind"] == "snapshot"


def test_a_jump_is_a_snapshot_of_the_new_instant(served: Served, cookie: str) -> None:
    with stream(served, cookie) as socket:
        first = read(socket)[0]["clock"]["first"]
        httpx.patch(
            f"{served.address}v1/replay", json={"at": first}, headers={"Cookie": cookie}
        ).raise_for_status()
        kinds: list[str] = []
        while not kinds or kinds[-1] == "delta":
            header, columns = read(socket)
            kinds.append(header["kind"])
        assert header["clock"]["jumps"] >= 1
        assert header.get("fills", []) == []
        assert columns["instrument"].size == 0


def test_nobody_unknown_reads_the_stream(served: Served, cookie: str) -> None:
    for headers, status in (
        ({}, 401),
        ({"Cookie": cookie.partition("=")[0] + "=made-up"}, 401),
        ({"Cookie": cookie, "Origin": "http://evil.example"}, 403),
    ):
        address = served.address.replace("http", "ws")
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(f"{address}v1/stream", additional_headers=headers),
        ):
            pass
        assert refused.value.response.status_code == status
        assert refused.value.response.headers["content-type"] == "application/problem+json"


def test_a_port_that_is_taken_is_named(served: Served, folder: RunFolder) -> None:
    from wattbook.api.serve import serve_run
    from wattbook.errors import RunError

    with pytest.raises(RunError, match=f"port {served.port}.*--port"):
        serve_run(folder, port=served.port, on_open=lambda _: None)


@pytest.mark.parametrize("line", [b"FOO /v1/health", "GET /v1/\u00e4".encode()])
def test_what_is_no_request_gets_a_problem_document(served: Served, line: bytes) -> None:
    host = f" HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nConnection: close\r\n\r\n"
    with sockets.create_connection(("127.0.0.1", served.port), WITHIN) as socket:
        socket.sendall(line + host.encode())
        answer = b"".join(iter(lambda: socket.recv(65_536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json" in head
    assert b"x-content-type-options: nosniff" in head
    assert b"Mend its method or its address" in body
