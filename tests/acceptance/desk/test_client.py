"""`wattbook.connect`: lists with types, a stream without a gap, orders, stops, what it refuses."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import polars as pl
import pytest
from tests.acceptance.desk.served import Served, serving

import wattbook
from wattbook.errors import FetchError, InputError
from wattbook.runtime.folder import RunFolder

EXAMPLE = Path(__file__).parents[3] / "examples" / "desk_client.py"
INSTANT = pl.Datetime("ns", "UTC")
WITHIN = 60.0


@pytest.fixture(scope="module")
def served(folder: RunFolder) -> Iterator[Served]:
    with serving(folder.path, "--speed", "3600") as made:
        yield made


def test_every_list_has_its_columns_and_instants(served: Served) -> None:
    with wattbook.connect(served.address, role="admin") as desk:
        document = desk.get("openapi.json")
        empty, read = 0, 0
        for path in sorted(document["paths"]):
            if "get" not in document["paths"][path] or "{" in path or not path.startswith("/v1/"):
                continue
            # What is no list by itself says so, as does what the desk was opened without.
            with suppress(InputError, FetchError):
                table = desk.table(path.removeprefix("/v1/"))
                read, empty = read + 1, empty + table.is_empty()
                assert table.columns, path
                for name, kind in table.schema.items():
                    if name.startswith("ts_") or name in {
                        "delivery_start",
                        "valid_until",
                        "started",
                    }:
                        assert kind == INSTANT, (path, name)
        assert read > 20
        assert empty > 2
        frame = desk.table("instruments", market="coupled day", segment="continuous")
        assert frame.height == 96
        assert desk.table("orders", limit=3).height == 3
        assert desk.table("pnl", "by_strategy").schema["total"] == pl.Float64
        assert desk.arrow("refusals").num_columns == desk.table("refusals").width
        parts = desk.table("markets/generated day/contributions").schema["parts"]
        assert parts == pl.List(pl.Struct({"name": pl.String(), "value": pl.Float64()}))
        assert set(desk.book(int(frame["instrument"][95])).columns) == {"side", "price", "volume"}
        assert desk.lines("coupled day")["market"] == "coupled day"


@pytest.mark.parametrize(
    ("path", "part", "says"),
    [
        ("nothing", None, "no 'nothing'; there are .*orders"),
        ("deals", None, "part='deals', 'structured'"),
        ("deals", "opened", "no 'opened'"),
        ("replay", None, r"read it with get\(\)"),
    ],
)
def test_what_is_no_list_is_said(served: Served, path: str, part: str | None, says: str) -> None:
    with wattbook.connect(served.address) as desk, pytest.raises(InputError, match=says):
        desk.table(path, part)


def test_a_desk_that_refuses_is_told_in_its_words(served: Served) -> None:
    with wattbook.connect(served.address) as desk:
        with pytest.raises(FetchError, match=r"403.*viewer"):
            desk.submit(470, "buy", "1", "1")
        with pytest.raises(FetchError, match=r"422.*query.stratgey"):
            desk.table("orders", stratgey="battery")
    with wattbook.connect(served.address, role="trader") as desk:
        for act in (
            lambda: desk.submit(470, "buy", 1, 1),
            lambda: desk.cancel_all(key="k"),
            lambda: desk.stop(strategy="battery"),
        ):
            with pytest.raises(FetchError, match=r"409.*(takes no orders|has ended)"):
                act()
    with pytest.raises(FetchError, match="401"):
        wattbook.connect(served.address, "wb_wrong")


class Page(BaseHTTPRequestHandler):
    """A server that is no desk."""

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>hello</html>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_an_address_that_is_no_desk_is_named() -> None:
    with pytest.raises(FetchError, match="is the desk open"):
        wattbook.connect("http://127.0.0.1:1")
    with pytest.raises(InputError, match="write it as http://127"):
        wattbook.connect("127.0.0.1:8765")
    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        with pytest.raises(FetchError, match="no JSON; is a desk at"):
            wattbook.connect(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


@pytest.mark.long
def test_a_stream_goes_on_over_a_restart_of_the_desk(folder: RunFolder) -> None:
    with serving(folder.path, "--speed", "3600") as made:
        desk = wattbook.connect(made.address)
        updates = desk.stream(["quotes", "fills"], patience_seconds=WITHIN)
        first = next(updates)
        assert (first.kind, first.first) == ("snapshot", 1)
        last, quotes = first, 0
        while not quotes:
            update = next(updates)
            assert (update.kind, update.first) == ("delta", last.last + 1)
            assert set(update.tables) <= {"quotes", "fills"}
            quotes += update.tables["quotes"].height if "quotes" in update.tables else 0
            last = update
        resumed = next(desk.stream(after=last))
        assert (resumed.kind, resumed.first) == ("delta", last.last + 1)
        # Ctrl-C ends it cleanly.
        assert made.end() == 0
    # The session of before is known to nobody: the client begins another one.
    with serving(folder.path, port=made.port):
        update = next(updates)
        while update.run == first.run:
            update = next(updates)
        assert update.kind == "snapshot"
        assert update.tables.get("quotes", desk.table("quotes")).schema["ts_recv"] == INSTANT
        desk.close()


@contextmanager
def trading(folder: RunFolder) -> Iterator[str]:
    """Go on with a paper run beside its desk; yield the desk's address."""
    command = [sys.executable, "-m", "wattbook", "paper", "--out", str(folder.path), "--resume"]
    command += [str(folder.path / "desk.toml"), "--market", "generated day", "--replay-speed", "60"]
    with subprocess.Popen(
        [*command, "--serve", "--port", "0", "--plain"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        opened = (re.match(r"Desk (\S+)/", line) for line in process.stdout)
        address = next(found[1] for found in opened if found)
        # What it prints is read, so that it never waits for its reader.
        reader = Thread(target=process.stdout.read, daemon=True)
        reader.start()
        try:
            yield address
        finally:
            process.kill()
            reader.join(WITHIN)


@pytest.mark.long
def test_the_example_trades_and_stops(
    paper_folder: RunFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATTBOOK_DATA", raising=False)
    with trading(paper_folder) as address:
        with wattbook.connect(address) as desk:
            for update in desk.stream(["quotes"]):
                if "quotes" in update.tables and update.tables["quotes"]["bid_price"].count():
                    break
        runpy.run_path(str(EXAMPLE))["main"](address)
        told = capsys.readouterr().out
        assert re.search(r"order \d+ rests: True", told), told
        assert "with 2 MW it rests: True" in told
        assert "cancelled, it rests: False" in told
        assert "stopped: trader" in told
        with wattbook.connect(address, role="risk") as desk:
            assert desk.release(strategy="trader")["allowed"]
            (worked,) = desk.table("orders", strategy="trader").iter_rows(named=True)
            assert (worked["state"], worked["volume"]) == ("cancelled", 2.0)
        with wattbook.connect(address, role="trader") as desk:
            asked = (worked["instrument"], "buy", worked["price"], 1)
            assert desk.submit(*asked, key="once") == desk.submit(*asked, key="once")
