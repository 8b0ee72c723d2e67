"""Feeds from Python: lines to columns, captures and back."""

from __future__ import annotations

import dataclasses
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wattbook.errors import FeedError, InputError
from wattbook.ingest.feed import (
    EVENT_KINDS,
    Feed,
    FeedConfig,
    FeedLine,
    capture,
    capture_summary,
    replay,
)

LOCAL = FeedLine("127.0.0.1", 0)
SECONDS = 20.0


def order(number: int, action: bytes = b"A") -> bytes:
    """Return one order entered, as a record of DBN (mbo)."""
    head = bytes([14, 0xA0, 1, 0]) + struct.pack("<IQQqI", 7, 99, number, -number * 10**9, 3)
    return head + bytes([0x80, 0]) + action + b"B" + bytes(16)


def packet(sequence: int, *messages: bytes) -> bytes:
    """Return a packet of MoldUDP64."""
    framed = b"".join(struct.pack(">H", len(message)) + message for message in messages)
    return b"0123456789" + struct.pack(">QH", sequence, len(messages)) + framed


def send(port: int, *packets: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for one in packets:
            sender.sendto(one, ("127.0.0.1", port))


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds, or fail."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, "it never held"
        time.sleep(0.001)


PACKETS = tuple(packet(sequence, order(sequence)) for sequence in range(1, 101))


def test_two_lines_make_one_stream() -> None:
    with Feed.live(FeedConfig(), LOCAL, LOCAL) as feed:
        a, b = feed.ports
        # The first packet comes over both; then each line loses every second one.
        send(a, PACKETS[0], *PACKETS[1::2])
        eventually(lambda: feed.statistics.lines[0].packets == 51)
        send(b, *PACKETS[::2])
        eventually(lambda: feed.statistics.messages == 100)
        batch = feed.take()
    assert batch.venue_order.tolist() == list(range(1, 101))
    assert batch.price.tolist() == [-number * 10**6 for number in range(1, 101)]
    assert {EVENT_KINDS[kind] for kind in batch.kind.tolist()} == {"add"}
    assert (batch.ts_event == 99).all()
    statistics = feed.statistics
    assert (statistics.units_lost, statistics.anomalies, statistics.instruments) == (0, 0, 1)
    assert statistics.lines[1].duplicates == 1
    assert statistics.is_live
    assert statistics.is_trusted
    assert batch.table().height == len(batch) == 100
    with pytest.raises(dataclasses.FrozenInstanceError):
        statistics.gaps = 5  # type: ignore[misc]


def test_what_was_captured_replays_to_the_same_events(tmp_path: Path) -> None:
    config = FeedConfig(retransmission_attempts=0, snapshot_attempts=0)
    folder = tmp_path / "capture"
    with Feed.live(config, LOCAL, capture=folder, zstd_level=1) as feed:
        # One is lost for good: time alone decides that the rest goes on.
        send(feed.ports[0], *PACKETS[:50], *PACKETS[51:])
        eventually(lambda: feed.statistics.next_sequence == 101)
    live = feed.statistics
    assert live.units_lost == 1
    assert not live.is_trusted
    for speed in (0.0, 1_000.0):
        with Feed.replay(folder, config, speed=speed) as again:
            events = sum(len(batch) for batch in again.batches(7))
        assert events == live.events == 100
        assert (again.statistics.hash, again.statistics.events) == (live.hash, live.events)
    assert capture_summary(folder).format == "moldudp64"
    kinds = [kind for batch in replay(folder, config) for kind in batch.kind.tolist()]
    assert kinds.count(7) == 1, "the loss is told"


def test_a_capture_keeps_packets_unread(tmp_path: Path) -> None:
    def began(ports: tuple[int, ...]) -> None:
        send(ports[0], b"no packet at all", PACKETS[0])

    end = time.monotonic() + SECONDS
    kept, dropped = capture(
        tmp_path,
        (LOCAL,),
        "moldudp64",
        is_over=lambda count: count == 2 or time.monotonic() > end,
        began=began,
    )
    assert (kept, dropped) == (2, 0)
    summary = capture_summary(tmp_path)
    assert (summary.entries, summary.bytes) == (2, 16 + len(PACKETS[0]))
    assert 0 < summary.first <= summary.last
    with Feed.replay(tmp_path, FeedConfig()) as feed:
        (batch,) = feed.batches()
    assert batch.venue_order.tolist() == [1]
    (aside,) = feed.quarantined
    assert aside.raw == b"no packet at all"
    assert "header of 20 bytes" in aside.reason
    assert feed.statistics.quarantined == 1


def test_a_reader_may_be_slow(tmp_path: Path) -> None:
    config = FeedConfig(ring_events=2, spill_directory=tmp_path)
    with Feed.live(config, LOCAL) as feed:
        send(feed.ports[0], *PACKETS)
        eventually(lambda: feed.statistics.messages == 100)
        assert feed.statistics.spilled == 98
        assert feed.statistics.waiting == 100
    taken = [number for batch in feed.batches(13) for number in batch.venue_order.tolist()]
    assert taken == list(range(1, 101))


def test_what_cannot_be_is_refused_with_its_name(tmp_path: Path) -> None:
    for config, named in (
        (FeedConfig(format="pigeon"), "pigeon"),
        (FeedConfig(decoder="tea-leaves"), "tea-leaves"),
        (FeedConfig(decoder="sbe", schema="<x/>"), "x"),
    ):
        with pytest.raises(InputError, match=named):
            Feed.live(config, LOCAL)
    with pytest.raises(InputError, match="nowhere"):
        Feed.live(FeedConfig(), FeedLine("nowhere", 1))
    with pytest.raises(FeedError, match="missing"):
        Feed.replay(tmp_path / "missing", FeedConfig())
    with pytest.raises(FeedError, match="no capture"):
        list(replay(tmp_path, FeedConfig()))
    with pytest.raises(FeedError, match="no capture"):
        capture_summary(tmp_path)
