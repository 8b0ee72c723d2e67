"""A fetcher is polite, patient, bounded, and tells nobody its key."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopback_server import LoopbackServer, Seen, answer
from wattbook.errors import FetchError, InputError, StoreError
from wattbook.sources.fetch import Bounds, Cache, Fetcher, Pace, Retry, World
from wattbook.sources.fetch.body import Body, TooLarge
from wattbook.sources.fetch.cache import request_key
from wattbook.sources.payload import Dataset, Payload, Request

KEY = "s3cret/with+signs"
SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


@dataclass
class Made:
    """A world that a test owns: sleeping moves its clock and nothing else does."""

    seconds: float = 0.0
    tick: float = 0.0
    chance: float = 0.5
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def monotonic(self) -> float:
        self.seconds += self.tick
        return self.seconds

    @property
    def world(self) -> World:
        now = lambda: START + round(self.seconds * SECOND)  # noqa: E731
        return World(self.monotonic, now, self.sleep, lambda: self.chance)


def dataset(per_minute: float = 6e9, requests: object = None) -> Dataset:
    never = lambda _: False  # noqa: E731
    parse = lambda _: None  # noqa: E731
    return Dataset("made", "up", "", never, parse, requests, 0, per_minute)  # type: ignore[arg-type]


Serve = Callable[[Callable[[Seen], bytes | None]], LoopbackServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a function that starts a server with a script; all are stopped in the end."""
    running: list[LoopbackServer] = []

    def start(script: Callable[[Seen], bytes | None]) -> LoopbackServer:
        server = LoopbackServer(script).__enter__()
        running.append(server)
        return server

    yield start
    for server in running:
        server.__exit__()


def fetcher(folder: Path, made: Made | None = None, **options: object) -> Fetcher:
    world = (made or Made()).world
    return Fetcher(Cache(folder), world, environment={"MADE_KEY": KEY}, **options)  # type: ignore[arg-type]


def scripted(*answers: bytes | None) -> Callable[[Seen], bytes | None]:
    """Return a script that gives one answer after the other, the last one for ever."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def test_an_answer_is_kept_with_its_provenance(serve: Serve, tmp_path: Path) -> None:
    server = serve(scripted(answer(body=b"1,2,3", headers={"Content-Type": "text/csv"})))
    request = Request(f"{server.origin}/day/prices.csv", {"zone": "FR", "day": "2025-03-30"})
    with fetcher(tmp_path) as under_test:
        received = under_test.fetch(dataset(), request)
        payload = under_test.payload(received)
    assert payload == Payload(
        "prices.csv", b"1,2,3", START, f"{server.origin}/day/prices.csv?zone=FR&day=2025-03-30"
    )
    (held,) = Cache(tmp_path).receptions("made", "up")
    assert held.to_json() == received.to_json()
    assert held.headers["content-type"] == "text/csv"
    assert list(Cache(tmp_path).receptions("other")) == []


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_fault_that_passes_is_waited_out(status: int, serve: Serve, tmp_path: Path) -> None:
    server = serve(scripted(answer(status), answer(status), answer(body=b"x")))
    made = Made()
    with fetcher(tmp_path, made) as under_test:
        assert under_test.fetch(dataset(), Request(server.origin)).size == 1
    # Full jitter at a chance of one half: half of 1 s, half of 2 s.
    assert made.slept == pytest.approx([0.5, 1.0], abs=1e-6)
    assert len(server.seen) == 3


def test_retry_after_is_honoured_and_holds_up_the_whole_source(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(scripted(answer(429, headers={"Retry-After": "30"}), answer(body=b"x")))
    made = Made()
    with fetcher(tmp_path, made) as under_test:
        under_test.fetch(dataset(), Request(server.origin))
    assert made.slept == pytest.approx([30.0], abs=1e-6)


def test_a_retry_after_of_hours_ends_the_attempts(serve: Serve, tmp_path: Path) -> None:
    server = serve(scripted(answer(503, headers={"Retry-After": "7200"})))
    with (
        fetcher(tmp_path) as under_test,
        pytest.raises(FetchError, match=r"HTTP 503, which asks to come again in 7,200 s"),
    ):
        under_test.fetch(dataset(), Request(server.origin))
    assert len(server.seen) == 1


TRUNCATED = answer(body=b"half", headers={"Content-Length": "8"})
TORN_CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal"
TORN_GZIP = answer(body=b"\x1f\x8b\x08\0torn", headers={"Content-Encoding": "gzip"})
CUT_GZIP = answer(body=gzip.compress(b"whole" * 99)[:-9], headers={"Content-Encoding": "gzip"})


@pytest.mark.parametrize(
    "torn", [TRUNCATED, TORN_CHUNKS, TORN_GZIP, CUT_GZIP, b"", b"HTTP/9 what\r\n\r\n"]
)
def test_an_answer_that_breaks_off_is_asked_for_again(
    torn: bytes, serve: Serve, tmp_path: Path
) -> None:
    server = serve(scripted(torn, answer(body=b"whole")))
    with fetcher(tmp_path) as under_test:
        received = under_test.fetch(dataset(), Request(server.origin))
        assert under_test.payload(received).content == b"whole"
    assert len(list(Cache(tmp_path).receptions())) == 1


def test_a_length_in_digits_of_another_script_is_none(tmp_path: Path) -> None:
    told = httpx.Response(
        200, headers=[(b"Content-Length", b"\xb2")], stream=httpx.ByteStream(b"whole")
    )
    with fetcher(tmp_path) as under_test:
        assert under_test.read(told, "").content == b"whole"


def test_silence_is_a_timeout_that_says_so(serve: Serve, tmp_path: Path) -> None:
    server = serve(scripted(None))
    bounds, retry = Bounds(read_seconds=0.05), Retry(attempts=2)
    with (
        fetcher(tmp_path, bounds=bounds, retry=retry) as under_test,
        pytest.raises(FetchError, match=r"ReadTimeout.*ask again later"),
    ):
        under_test.fetch(dataset(), Request(server.origin))
    assert len(server.seen) == 2


def test_a_body_that_drips_is_given_up(serve: Serve, tmp_path: Path) -> None:
    server = serve(scripted(answer(body=b"slow")))
    made, bounds = Made(tick=400.0), Bounds(total_seconds=300.0)
    with (
        fetcher(tmp_path, made, retry=Retry(attempts=1), bounds=bounds) as under_test,
        pytest.raises(FetchError, match=r"only 4 bytes came within 300 s"),
    ):
        under_test.fetch(dataset(), Request(server.origin))


@pytest.mark.parametrize(
    "large",
    [
        answer(body=b"x" * 2_000),
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 2_000,
        answer(body=gzip.compress(b"x" * 100_000), headers={"Content-Encoding": "gzip"}),
    ],
)
def test_an_answer_above_the_bound_is_refused_once(
    large: bytes, serve: Serve, tmp_path: Path
) -> None:
    server = serve(scripted(large))
    with (
        fetcher(tmp_path, bounds=Bounds(bytes_max=1_000)) as under_test,
        pytest.raises(FetchError, match=r"above the bound of 1,000; ask for a shorter span"),
    ):
        under_test.fetch(dataset(), Request(server.origin))
    assert len(server.seen) == 1
    assert list(Cache(tmp_path).receptions()) == []


def test_validators_are_sent_and_an_unchanged_answer_is_not_new(
    serve: Serve, tmp_path: Path
) -> None:
    marks = {"ETag": '"7"', "Last-Modified": "Sun, 30 Mar 2025 01:00:00 GMT"}

    def script(seen: Seen) -> bytes:
        if seen.headers.get("if-none-match") == '"7"':
            return answer(304)
        return answer(body=b"once", headers=marks)

    server = serve(script)
    with fetcher(tmp_path) as under_test:
        first = under_test.fetch(dataset(), Request(server.origin))
        second = under_test.fetch(dataset(), Request(server.origin))
    assert (first.is_new, second.is_new) == (True, False)
    assert first.to_json() == second.to_json()
    assert server.seen[1].headers["if-modified-since"] == marks["Last-Modified"]


def test_the_same_bytes_again_are_one_reception_and_other_bytes_another(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(scripted(*(answer(body=body) for body in (b"a", b"a", b"b", b"a"))))
    made = Made(tick=0.001)
    with fetcher(tmp_path, made) as under_test:
        flags = [under_test.fetch(dataset(), Request(server.origin)).is_new for _ in range(4)]
    assert flags == [True, False, True, True]
    held = [entry.sha256 for entry in Cache(tmp_path).receptions()]
    assert len(held) == 3
    assert held[0] == held[2] != held[1]


def test_an_answer_that_is_young_enough_is_not_asked_for(serve: Serve, tmp_path: Path) -> None:
    server = serve(scripted(answer(body=b"x")))
    with fetcher(tmp_path) as under_test:
        under_test.fetch(dataset(), Request(server.origin))
        under_test.fetch(dataset(), Request(server.origin), not_before=START)
        assert len(server.seen) == 1
        under_test.fetch(dataset(), Request(server.origin), not_before=START + 1)
    assert len(server.seen) == 2


@pytest.mark.parametrize("place", ["query:securityToken", "header:X-API-Key"])
def test_a_key_reaches_the_server_and_nothing_else(
    place: str,
    serve: Serve,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def script(seen: Seen) -> bytes:
        # A server that echoes the key in everything that it says.
        if seen.path == "/refuse":
            return answer(401, f"bad key {KEY}".encode())
        return answer(body=b"x", headers={"ETag": f'"{KEY}"'})

    server = serve(script)
    caplog.set_level(logging.DEBUG)
    with fetcher(tmp_path) as under_test:
        good = Request(f"{server.origin}/good", {"a": "b"}, {}, "MADE_KEY", place)
        under_test.fetch(dataset(), good)
        bad_request = Request(f"{server.origin}/refuse", {}, {}, "MADE_KEY", place)
        with pytest.raises(FetchError, match=r"HTTP 401.*\*\*\*.*check the key in MADE_KEY") as bad:
            under_test.fetch(dataset(), bad_request)
    name = place.split(":")[1]
    sent = server.seen[0]
    assert (sent.query if place.startswith("query") else sent.headers).get(
        name if place.startswith("query") else name.lower()
    ) == KEY
    chain = repr(bad.value) + repr(bad.value.__cause__) + repr(bad.value.__context__)
    texts = [chain, repr(bad.value.body), good.url]
    texts += [str(path) for path in tmp_path.rglob("*")]
    texts += [path.read_text() for path in tmp_path.rglob("*") if path.is_file()]
    # Response headers are logged at DEBUG by the library; the echoed one is the server's own leak.
    texts += [
        record.getMessage()
        for record in caplog.records
        if "receive_response_headers" not in record.getMessage()
    ]
    quoted = KEY.replace("/", "%2F").replace("+", "%2B")
    assert [text for text in texts if KEY in text or quoted in text] == []
    assert "HTTP Request: GET" in caplog.text


def test_a_key_does_not_follow_to_another_host(serve: Serve, tmp_path: Path) -> None:
    other = serve(scripted(answer(body=b"moved")))
    server = serve(scripted(answer(302, headers={"Location": f"{other.origin}/x"})))
    with fetcher(tmp_path) as under_test:
        request = Request(server.origin, {}, {}, "MADE_KEY", "header:X-API-Key")
        received = under_test.fetch(dataset(), request)
        assert under_test.payload(received).content == b"moved"
    assert server.seen[0].headers["x-api-key"] == KEY
    assert "x-api-key" not in other.seen[0].headers


def test_a_circle_of_redirects_ends(serve: Serve, tmp_path: Path) -> None:
    server = serve(lambda _: answer(302, headers={"Location": "/again"}))
    with (
        fetcher(tmp_path, retry=Retry(attempts=1)) as under_test,
        pytest.raises(FetchError, match="leads on more than 5 times"),
    ):
        under_test.fetch(dataset(), Request(server.origin))


@pytest.mark.parametrize("value", [{}, {"MADE_KEY": " "}, {"MADE_KEY": "a\r\nb"}])
def test_a_key_that_is_not_there_is_named(value: dict[str, str], tmp_path: Path) -> None:
    request = Request("http://127.0.0.1:1", {}, {}, "MADE_KEY", "query:k")
    with (
        Fetcher(Cache(tmp_path), Made().world, environment=value) as under_test,
        pytest.raises(InputError, match="environment variable MADE_KEY"),
    ):
        under_test.fetch(dataset(), request)


@pytest.mark.parametrize("is_served", [True, False])
def test_a_byte_range_gives_those_bytes_whether_or_not_the_server_knows_ranges(
    is_served: bool, serve: Serve, tmp_path: Path
) -> None:
    whole = bytes(range(100))

    def script(seen: Seen) -> bytes:
        assert seen.headers["range"] == "bytes=10-19"
        if is_served:
            return answer(206, whole[10:20], {"Content-Range": "bytes 10-19/100"})
        return answer(200, whole)

    server = serve(script)
    with fetcher(tmp_path) as under_test:
        request = Request(server.origin, headers={"Range": "bytes=10-19"})
        received = under_test.fetch(dataset(), request)
        assert under_test.payload(received).content == whole[10:20]


def test_another_range_than_asked_for_is_no_answer(serve: Serve, tmp_path: Path) -> None:
    server = serve(scripted(answer(206, b"xx", {"Content-Range": "bytes 0-1/100"})))
    with (
        fetcher(tmp_path, retry=Retry(attempts=1)) as under_test,
        pytest.raises(FetchError, match="sent the range 'bytes 0-1/100'"),
    ):
        under_test.fetch(dataset(), Request(server.origin, headers={"Range": "bytes=10-19"}))


def test_a_mirror_stands_in_and_provenance_keeps_the_publisher(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(scripted(answer(body=b"x")))
    request = Request("https://data.example.org/api", {"q": "1"}, body=b"{}")
    with fetcher(tmp_path, origins={"https://data.example.org": server.origin}) as under_test:
        received = under_test.fetch(dataset(), request)
    assert received.address == "https://data.example.org/api?q=1"
    assert (server.seen[0].method, server.seen[0].body) == ("POST", b"{}")


@pytest.mark.long
@given(
    per_minute=st.floats(0.5, 6_000),
    burst=st.integers(1, 5),
    gaps=st.lists(st.floats(0, 100), min_size=2, max_size=40),
)
def test_no_window_holds_more_requests_than_rate_and_burst_allow(
    per_minute: float, burst: int, gaps: list[float]
) -> None:
    made = Made()
    pace = Pace(made.world, burst)
    times = []
    for gap in gaps:
        made.seconds += gap
        pace.take("one", per_minute)
        times.append(made.seconds)
    interval = 60 / per_minute
    for first in range(len(times)):
        for last in range(first + burst, len(times)):
            span = times[last] - times[first]
            assert span >= (last - first - burst + 1) * interval * (1 - 1e-9) - 1e-9


def test_sources_do_not_wait_for_each_other() -> None:
    made = Made()
    pace = Pace(made.world)
    assert [pace.take(source, 60) for source in ("a", "b", "a")] == [0.0, 0.0, 1.0]


@given(attempt=st.integers(0, 10_000), chance=st.floats(0, 1, exclude_max=True))
def test_jitter_stays_below_its_cap(attempt: int, chance: float) -> None:
    assert 0 <= Retry().wait(attempt, chance) < 60.0


@given(
    parts=st.lists(st.binary(max_size=300), min_size=1, max_size=4),
    cut=st.integers(1, 50),
    bytes_max=st.integers(1, 1_500),
)
def test_a_packed_body_is_unpacked_within_its_bound(
    parts: list[bytes], cut: int, bytes_max: int
) -> None:
    packed = b"".join(gzip.compress(part) for part in parts)
    body = Body("gzip", bytes_max)
    whole = b"".join(parts)
    try:
        for at in range(0, len(packed), cut):
            body.add(packed[at : at + cut])
    except TooLarge:
        assert len(whole) > bytes_max
        assert body.size <= bytes_max + 1
    else:
        assert body.whole() == whole


def test_a_damaged_object_is_told_from_a_sound_one(serve: Serve, tmp_path: Path) -> None:
    server = serve(scripted(answer(body=b"sound")))
    with fetcher(tmp_path) as under_test:
        received = under_test.fetch(dataset(), Request(server.origin))
        under_test.cache.object_path(received.sha256).write_bytes(b"other")
        with pytest.raises(StoreError, match="no longer has the hash"):
            under_test.payload(received)
        path = next(under_test.cache.folder(request_key(Request(server.origin))).iterdir())
        path.write_text(json.dumps({"sha256": 1}))
        with pytest.raises(StoreError, match="no record of a reception"):
            under_test.fetch(dataset(), Request(server.origin))
