"""Persons ask a live run: orders by hand, four eyes, mass cancel, kill switch, a lost line."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.acceptance.test_live import (
    Cable,
    Exchange,
    Process,
    encrypted_desk,
    events,
    live,
    wattbook,
)

FRONT = "GEN 2026-06-30T12:00Z synthetic"
# Order 1000-1 as the journal numbers it.
BY_HAND = (1000 << 48) | 1
TRADERS = """
[live.four_eyes]
order_volume = 3
order_value = 100000

[[live.trader]]
name = "anna"

[[live.trader]]
name = "ben"
"""


@pytest.fixture(autouse=True)
def clean_up() -> Iterator[None]:
    """End what a test has started."""
    yield
    while Process.started:
        Process.started.pop().clear()


def ask(out: Path, trader: str, *act: str) -> subprocess.CompletedProcess[str]:
    return wattbook("order", out, "--trader", trader, "--wait", "60", *act, cwd=out.parent)


def test_an_order_by_hand_goes_out_and_a_large_one_needs_two_persons(tmp_path: Path) -> None:
    file = encrypted_desk(tmp_path, TRADERS)
    exchange = Exchange(tmp_path, file)
    out = tmp_path / "run"
    desk = live(out, exchange.port, file=file)
    desk.until("exchange: logged on")
    # Far from the market: it rests.
    small = ask(out, "anna", "place", FRONT, "buy", "1", "-300")
    assert (small.returncode, small.stdout) == (0, "order 1000-1 goes to the exchange\n"), small
    large = ask(out, "anna", "place", FRONT, "buy", "5", "-300")
    assert (large.returncode, "1000-2 is held" in large.stdout) == (0, True), large
    alone = ask(out, "anna", "approve", "1000-2")
    assert (alone.returncode, alone.stdout.startswith("refused: ")) == (1, True), alone
    second = ask(out, "ben", "approve", "1000-2")
    assert second.stdout == ("order 1000-2 is approved\norder 1000-2 goes to the exchange\n"), (
        second
    )
    cancelled = ask(out, "anna", "cancel", "1000-1")
    assert (cancelled.returncode, "1000-1" in cancelled.stdout) == (0, True), cancelled
    stopped = ask(out, "ben", "stop", "--contract", FRONT)
    assert stopped.returncode == 0, stopped
    refused = ask(out, "anna", "place", FRONT, "buy", "1", "-300")
    assert refused.returncode == 1, refused
    allowed = ask(out, "ben", "allow", "--contract", FRONT)
    assert allowed.returncode == 0, allowed
    everything = ask(out, "ben", "cancel-all", "--of", "anna")
    assert "order 1000-2" in everything.stdout, everything
    unknown = ask(out, "carl", "stop")
    assert (unknown.returncode, "no trader" in unknown.stdout) == (1, True), unknown
    desk.until(r"exchange: anna asks: place .*1000-2 is held")
    # What persons asked is in the journal: the next life has it too, and asks for nothing again.
    assert desk.end(signal.SIGKILL) == -signal.SIGKILL
    again = live(out, exchange.port, "--resume", file=file)
    again.until(r"resumed: [\d,]+ inputs of the journal met")
    again.until("exchange: logged on")
    later = ask(out, "anna", "place", FRONT, "buy", "1", "-300")
    assert re.match(r"order 1000-\d+ goes to the exchange", later.stdout), later
    assert again.end(signal.SIGINT) == 130
    assert events(out, "order_held").height == 1
    replayed = wattbook("replay", out, cwd=tmp_path)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    exchange.close()


def test_open_orders_are_taken_back_when_the_line_was_lost(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    file = encrypted_desk(tmp_path, "cancel_on_disconnect = true\n" + TRADERS)
    exchange = Exchange(tmp_path, file)
    cable = Cable(exchange.port)
    request.addfinalizer(cable.close)
    out = tmp_path / "run"
    desk = live(out, cable.port, file=file)
    desk.until("exchange: logged on")
    placed = ask(out, "anna", "place", FRONT, "buy", "1", "-300")
    assert placed.returncode == 0, placed
    cable.cut()
    desk.until("every open order is taken back when it is there again")
    refused = ask(out, "anna", "place", FRONT, "buy", "1", "-310")
    told = r"order 1000-\d+ is refused and was not sent: no line to the exchange \(.+\)\n"
    assert refused.returncode == 1, refused
    assert re.fullmatch(told, refused.stdout), refused
    said = len(desk.lines)
    cable.mend()
    desk.until("exchange: logged on", said)
    assert desk.end(signal.SIGINT) == 130
    states = events(out, "order_state_changed").filter(pl.col("order_id") == BY_HAND)
    assert states["state"].to_list()[-1] == "cancelled", states
    assert events(out, "cancel_all").height >= 2
    exchange.close()
