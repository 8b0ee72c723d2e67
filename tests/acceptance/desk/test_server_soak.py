"""A server that is asked and read for long holds no more than once it was warm."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

import pytest
from tests.acceptance.desk.served import Served, serving

import wattbook
from wattbook.runtime.folder import RunFolder

GROWTH_MB = 10.0
"""Of written pages: allocators keep some that nothing uses any more."""
ROUNDS_WARM, ROUNDS = 30, 150
LIGHT_A_ROUND = 6
LIGHT = (
    "/v1/run", "/v1/replay", "/v1/quotes", "/v1/trades", "/v1/orders", "/v1/fills", "/v1/refusals",
    "/v1/positions", "/v1/pnl", "/v1/risk", "/v1/alerts", "/v1/alerts/rules",
    "/v1/alerts/deliveries", "/v1/alerts/silences", "/v1/kill-switch", "/v1/latencies",
    "/v1/execution/parents", "/v1/execution/decisions", "/v1/scores", "/v1/contests", "/v1/jobs",
    "/v1/log", "/v1/workspaces", "/v1/health", "/v1/session",
)  # fmt: skip
"""Every round asks each of them a few times."""
IN_VAIN = {"/v1/nothing": 404, "/v1/orders?limit=0": 422, "/v1/instruments/0/prices?x=1": 422}
HEAVY = (
    "/v1/instruments?limit=100", "/v1/audit?limit=50", "/v1/signals?limit=50", "/v1/batteries",
    "/v1/plants", "/v1/risk/tails", "/v1/execution/costs", "/v1/auctions", "/v1/metrics",
    f"/v1/markets/{quote('generated day')}/lines",
)  # fmt: skip
"""Those that take a hundredth of a second and more: each round asks one of them."""
QUIET_SECONDS, LOOKS = 4.0, 40


class Asker:
    """Asks over one connection, as a page of the desk's own does.

    The front keeps no answer for a request that names its page, so each of them is answered anew.
    """

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port)
        self.headers = {"Origin": f"http://127.0.0.1:{port}"}
        self.asked = 0
        headers = self.headers | {"Content-Type": "application/json"}
        self.connection.request("POST", "/v1/session", json.dumps({"role": "admin"}), headers)
        answer = self.connection.getresponse()
        answer.read()
        assert answer.status < 300
        self.headers["Cookie"] = str(answer.getheader("set-cookie")).partition(";")[0]

    def get(self, path: str) -> int:
        self.connection.request("GET", path, headers=self.headers)
        answer = self.connection.getresponse()
        answer.read()
        self.asked += 1
        return answer.status

    def rounds(self, count: int) -> None:
        for number in range(count):
            for path in (*LIGHT * LIGHT_A_ROUND, HEAVY[number % len(HEAVY)]):
                assert self.get(path) == 200, path
            for path, status in IN_VAIN.items():
                assert self.get(path) == status, path


def held_mb(served: Served) -> float:
    """Return what the server holds: the least of many looks, for an answer in hand takes 20 MB."""
    found = []
    for _ in range(LOOKS):
        status = Path(f"/proc/{served.process.pid}/smaps_rollup").read_text(encoding="ascii")
        [dirty] = re.findall(r"Private_Dirty:\s+(\d+) kB", status)
        found.append(int(dirty) / 1e3)
        time.sleep(QUIET_SECONDS / LOOKS)
    return min(found)


@pytest.fixture
def read(folder: RunFolder) -> Iterator[Served]:
    """Return a desk whose stream is read all the time, at a pace that does not end its day."""
    with serving(folder.path, "--speed", "40") as served:
        stop = Event()

        def follow() -> None:
            with wattbook.connect(served.address, role="viewer") as desk:
                for _ in desk.stream():
                    if stop.is_set():
                        return

        reader = Thread(target=follow, daemon=True)
        reader.start()
        yield served
        stop.set()
        reader.join(10.0)


@pytest.mark.slow
def test_a_server_that_is_asked_does_not_grow(read: Served) -> None:
    asker = Asker(read.port)
    with closing(asker.connection):
        asker.rounds(ROUNDS_WARM)
        warm, before = held_mb(read), asker.asked
        asker.rounds(ROUNDS)
        grown, asked = held_mb(read) - warm, asker.asked - before
    found = {"server_mb": round(warm, 1), "server_growth_mb": round(grown, 1), "requests": asked}
    print(found)
    # A kilobyte that each request leaves behind is more than twice the bound.
    assert asked > 2 * GROWTH_MB * 1_000, found
    assert grown <= GROWTH_MB, found
