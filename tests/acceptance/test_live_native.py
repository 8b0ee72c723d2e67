"""Live trading with simulated venues that are not spoken to by FIX, each a process."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from tests.acceptance.test_live import (
    Exchange,
    Process,
    events,
    live,
    until_journaled,
    wattbook,
)

from wattbook.errors import DeskError, InputError
from wattbook.runtime.desk import load_desk, parse_desk
from wattbook.runtime.live import is_on_this_machine, session_text
from wattbook.runtime.live.native import rest_address
from wattbook.runtime.live.spool import ask
from wattbook.runtime.replay import replay_run, run_of

EXAMPLES = Path(__file__).parents[2] / "examples"
KINDS = ("m7", "nordpool", "rest")
FRONT = "GEN 2026-06-30T12:00Z synthetic"
NORDPOOL = """kind = "nordpool"
url = "ws://127.0.0.1:5673/user/{server}/{session}/websocket"
token_url = "http://127.0.0.1:5673/connect/token"
areas = [1]
follows_own = true
portfolio = "P"
"""


QUIET = """
class Quiet:
    def __init__(self, **_parameters):
        pass

    def on_start(self, context):
        pass

    def on_event(self, event):
        pass
"""


@pytest.fixture(autouse=True)
def clean_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Log in as somebody, and end what a test has started."""
    monkeypatch.setenv("WATTBOOK_VENUE_USER", "trader")
    monkeypatch.setenv("WATTBOOK_VENUE_PASSWORD", "anything")
    yield
    while Process.started:
        Process.started.pop().clear()


def desk_of(folder: Path, kind: str) -> Path:
    """Return a desk file that trades with a venue of `kind`."""
    if kind == "rest":
        for name in ("live_rest.toml", "rest_session.toml", "quote_market.py"):
            (folder / name).write_bytes((EXAMPLES / name).read_bytes())
        return folder / "live_rest.toml"
    text = (EXAMPLES / "live_m7.toml").read_text(encoding="utf-8")
    session = (EXAMPLES / "m7_session.toml").read_text(encoding="utf-8")
    if kind == "nordpool":
        text = text.replace('kind = "m7"', 'kind = "nordpool"').replace('"DE-LU"', '"1"')
        session = NORDPOOL
    (folder / "m7_session.toml").write_text(session, encoding="utf-8")
    (folder / "quote_market.py").write_bytes((EXAMPLES / "quote_market.py").read_bytes())
    (folder / "desk.toml").write_text(text, encoding="utf-8")
    return folder / "desk.toml"


def trade(folder: Path, kind: str) -> None:
    """Trade a desk file at its venue over a crash, with another desk beside it."""
    file = desk_of(folder, kind)
    venue = Exchange(folder, file)
    out = folder / "run"
    desk = live(out, venue.port, file=file)
    desk.until("exchange: logged on")

    def asked(folder: Path, act: str, **fields: str) -> str:
        answer = ask(folder, {"trader": "anna", "act": act, **fields}, 60.0)
        assert answer.good, answer.lines
        return "\n".join(answer.lines)

    def place(price: str, **more: str) -> str:
        terms = {"contract": FRONT, "side": "buy", "volume": "1", "price": price, "life": "day"}
        return asked(out, "place", **terms, **more)

    # Far from the market it rests, near it it fills.
    assert "1000-1 goes to the exchange" in place("-300")
    assert "1000-2 goes to the exchange" in place("300")
    venue.until_fills(1)
    assert "1000-1" in asked(out, "cancel", order="1000-1")
    assert "1000-4 goes to the exchange" in place("-310")
    # An iceberg is taken as well.
    assert "1000-5 goes to the exchange" in place("-320", display="0.4")
    for number in (4, 5):
        order = (1000 << 48) | number
        until_journaled(out, "OrderStateChanged", order_id=order, state="accepted")
    assert desk.end(signal.SIGKILL) == -signal.SIGKILL
    # Another run is told of the orders that are left, and a person takes one of them back. It
    # trades nothing of its own, which the first would rightly stop at.
    beside = folder / "beside"
    (folder / "quiet.py").write_text(QUIET, encoding="utf-8")
    trading = 'file = "quote_market.py"\nstrategy_class = "QuoteMarket"\n'
    text = file.read_text(encoding="utf-8")
    assert trading in text
    quiet = folder / "quiet.toml"
    quiet.write_text(text.replace(trading, 'file = "quiet.py"\nstrategy_class = "Quiet"\n'))
    other = live(beside, venue.port, file=quiet)
    name = other.until(r"\(\"([0-9a-f]+-1000-4)\"")[1]
    other.until("is frozen: ")
    asked(beside, "cancel-unknown", order=name)
    other.until(f"{name} .*cancelled|set aside: .*unknown-")
    assert other.end(signal.SIGKILL) == -signal.SIGKILL
    # The first goes on: what it missed is told, nothing twice, and what stands is taken back.
    desk = live(out, venue.port, "--resume", file=file)
    desk.until("exchange: logged on")
    assert "1000-6 goes to the exchange" in place("-330")
    assert desk.end(signal.SIGINT) == 130, "".join(desk.lines)
    by_hand = {(1000 << 48) | number: number for number in (1, 2, 4, 5, 6)}
    states = events(out, "order_state_changed").filter(pl.col("order_id").is_in(list(by_hand)))
    last = {by_hand[row["order_id"]]: row["state"] for row in states.to_dicts()}
    assert last == dict.fromkeys((1, 4, 5, 6), "cancelled") | {2: "filled"}
    fills = events(out, "filled").filter(pl.col("order_id") == (1000 << 48) | 2)
    assert float(fills["volume"].sum()) == 1.0
    # Best prices of the venue reached the engine.
    assert events(out, "quote").height > 0
    assert replay_run(run_of(out)).is_same


HOURS = """
[live.hours]
zone = "Europe/Berlin"
start = "14:01:38"
end = "14:01:30"
"""


def keep_hours(folder: Path, kind: str) -> None:
    """Place orders before, outside and after the hours of a session."""
    file = desk_of(folder, kind)
    file.write_text(file.read_text(encoding="utf-8") + HOURS, encoding="utf-8")
    venue = Exchange(folder, file)
    out = folder / "run"
    # Noon and thirty seconds, 14:00:30 in Berlin.
    desk = live(out, venue.port, file=file)
    desk.until("exchange: logged on")

    def place(price: str) -> tuple[bool, str]:
        terms = {"contract": FRONT, "side": "buy", "volume": "1", "price": price, "life": "day"}
        answer = ask(out, {"trader": "anna", "act": "place", **terms}, 60.0)
        return answer.good, "\n".join(answer.lines)

    assert place("-300") == (True, "order 1000-1 goes to the exchange")
    first, third = ((1000 << 48) | number for number in (1, 3))
    until_journaled(out, "OrderStateChanged", order_id=first, state="accepted")
    desk.until(r"outside the session's hours; they begin again at 2026-06-30T12:01:38Z")
    said = len(desk.lines)
    outside = r"order 1000-2 is refused and was not sent: no line .*outside the session's hours"
    good, told = place("-310")
    assert not good
    assert re.match(outside, told), told
    desk.until("exchange: logged on", said)
    # The order that stood meanwhile is known on both sides; what was asked meanwhile never left.
    assert place("-320") == (True, "order 1000-3 goes to the exchange")
    until_journaled(out, "OrderStateChanged", order_id=third, state="accepted")
    answer = ask(out, {"trader": "anna", "act": "cancel", "order": "1000-1"}, 60.0)
    assert answer.good, answer.lines
    until_journaled(out, "OrderStateChanged", order_id=first, state="cancelled")
    assert desk.end(signal.SIGINT) == 130, "".join(desk.lines)
    assert not desk.seen("is frozen: ")
    states = events(out, "order_state_changed").sort("sequence")
    second = states.filter(pl.col("order_id") == first + 1)["state"].to_list()
    assert second[-1] == "rejected", second
    assert not desk.seen("may still be open")
    assert replay_run(run_of(out)).is_same


# Most of the time of these is waiting, so the venues are waited for together.
@pytest.mark.long
@pytest.mark.parametrize("act", [trade, keep_hours])
def test_every_kind_of_venue(act: Callable[[Path, str], None], tmp_path: Path) -> None:
    folders = [tmp_path / kind for kind in KINDS]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(len(KINDS)) as together:
        list(together.map(act, folders, KINDS))


def test_a_session_by_rest_that_does_not_fit_is_named() -> None:
    for text, match in (
        ("kind = 'rest'\nurl = 'http://192.0.2.1:80'", "another machine"),
        ("kind = 'rest'\nurl = 'https://127.0.0.1:80'", "write http"),
        ("kind = 'rest'", "write http"),
        ("kind = 'rest'\nurl = 'http://127.0.0.1:99999'", "write http"),
        ("kind = 'rest'\nuser = 'a'", "'user' is no key"),
    ):
        with pytest.raises(InputError, match=match):
            rest_address(text, "rest_session.toml")


def test_what_does_not_fit_is_named(tmp_path: Path) -> None:
    file = desk_of(tmp_path, "m7")
    text = file.read_text(encoding="utf-8")
    spec = load_desk(file).venue[0]
    assert is_on_this_machine(session_text(spec, tmp_path))
    moved = session_text(spec, tmp_path, "192.0.2.1:5671")
    assert "amqp://192.0.2.1:5671/" in moved
    assert not is_on_this_machine(moved)
    with pytest.raises(DeskError, match="generated day"):
        parse_desk(text.replace('market = "generated day"', 'market = "generated"', 1))
    other = parse_desk(text.replace('kind = "m7"', 'kind = "nordpool"')).venue[0]
    with pytest.raises(InputError, match="let both say the same"):
        session_text(other, tmp_path)
    file.write_text(text + '\n[live.drop_copy]\nsender = "COPY"\n', encoding="utf-8")
    refused = wattbook("live", file, cwd=tmp_path)
    assert (refused.returncode, "[live.drop_copy] is of FIX" in refused.stderr) == (2, True)
    file.write_text(text.replace('area = "DE-LU"\n', ""), encoding="utf-8")
    with pytest.raises(DeskError, match="lacks area"):
        session_text(load_desk(file).venue[0], tmp_path)
    without = text[: text.index("[[venue]]")] + text[text.index("[[live.trader]]") :]
    with pytest.raises(DeskError, match="sender or target"):
        parse_desk(without)
