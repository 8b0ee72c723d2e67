"""A live run against an exchange that sends what no exchange should, over a socket."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.acceptance.fix_peer import SOH, Peer, framed, now
from tests.acceptance.test_live import (
    Process,
    encrypted_desk,
    events,
    live,
    until_journaled,
    wattbook,
)

from wattbook.runtime.live.spool import Answer, ask

TRADERS = """
heartbeat_seconds = {heartbeat}

[[live.trader]]
name = "anna"

[[live.trader]]
name = "ben"
"""
Message = dict[str, str]


def contract(hour: int) -> str:
    return f"GEN 2026-06-30T{hour:02d}:00Z synthetic"


class Bench:
    """A desk, and the exchange that it trades with."""

    def __init__(self, folder: Path, more: str = "", heartbeat: int = 30) -> None:
        self.file = encrypted_desk(folder, TRADERS.format(heartbeat=heartbeat) + more)
        self.out = folder / "run"
        self.peer = Peer()
        self.desk = live(self.out, self.peer.port, file=self.file)

    def log_on(self) -> Bench:
        self.peer.log_on()
        self.desk.until("exchange: logged on")
        return self

    def log_on_again(self) -> None:
        """Take the next connection, whose numbers go on."""
        said = len(self.desk.lines)
        self.peer.log_on()
        self.desk.until("exchange: logged on", said)

    def ask(self, act: str, trader: str = "anna", **fields: str) -> Answer:
        return ask(self.out, {"act": act, "trader": trader, **fields}, 60.0)

    def try_to_place(self, hour: int, volume: int = 1) -> Answer:
        return self.ask(
            "place", contract=contract(hour), side="buy", volume=str(volume), price="-300"
        )

    def place(self, hour: int, volume: int = 1) -> Message:
        """Place an order by hand; return what reaches the exchange."""
        answer = self.try_to_place(hour, volume)
        assert answer.good, answer
        return self.peer.until("D", tag_55=contract(hour))

    def is_frozen(self, hour: int) -> bool:
        answer = self.try_to_place(hour)
        if answer.good:
            self.peer.until("D", tag_55=contract(hour))
        return not answer.good and "frozen" in " ".join(answer.lines).lower()

    def aside(self) -> list[str]:
        """Return why messages were set aside so far."""
        path = self.out / "exchange_quarantine.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        return [json.loads(line)["reason"] for line in lines]

    def until_aside(self, pattern: str) -> None:
        self.desk.until(rf"set aside: .*{pattern}")

    def end(self) -> None:
        """End the run, whose open orders are taken back."""
        self.desk.process.send_signal(signal.SIGINT)
        # It closes once it is answered; what is sent to it then has nowhere to go.
        with contextlib.suppress(AssertionError, ConnectionError):
            while True:
                message = self.peer.next()
                if message["35"] == "F":
                    gone = {"tag_11": message["11"], "tag_41": message["41"]}
                    self.peer.report(message | {"44": ""}, f"end{message['11']}", "4", **gone)
                elif message["35"] == "5":
                    self.peer.send("5", "58=bye")
        self.desk.until(r"\(ended\)")


@pytest.fixture(autouse=True)
def clean_up() -> Iterator[None]:
    """End what a test has started."""
    yield
    while Process.started:
        Process.started.pop().clear()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made.log_on()
    made.peer.close()


Report = tuple[str, str, dict[str, str]]
# What is told of an order of 3 MW, and what is then said of it; each in a contract of its own.
FREEZING: dict[str, tuple[list[Report], str]] = {
    "a fill of nothing": (
        [("F", "a", {"tag_32": "0", "tag_14": "0", "tag_151": "3", "tag_39": "0"})],
        "trade in words that cannot be read",
    ),
    "a fill on the other side": ([("F", "b", {"tag_54": "2"})], "told on the other side"),
    "an overfill": ([("F", "c", {"tag_32": "5", "tag_14": "5"})], "more than is open here"),
    "a fill after the cancel": ([("4", "d", {}), ("F", "d2", {})], "more than is open here"),
    "another fill under the same ExecID": (
        [
            ("F", "e", {"tag_32": "1", "tag_14": "1", "tag_151": "2", "tag_39": "1"}),
            ("F", "e", {"tag_32": "1", "tag_31": "-310", "tag_14": "2", "tag_151": "1"}),
        ],
        "stood for something else",
    ),
    "a trade taken back": (
        [("F", "f", {}), ("H", "f2", {"tag_39": "0", "tag_19": "f"})],
        "corrects or cancels a trade",
    ),
    "a trade corrected": (
        [("F", "g", {}), ("G", "g2", {"tag_39": "2", "tag_19": "g", "tag_31": "-299"})],
        "corrects or cancels a trade",
    ),
    "a fill beyond the limit": ([("F", "h", {"tag_31": "-100"})], "beyond its limit"),
}


@pytest.mark.long
def test_reports_that_cannot_hold_freeze_their_contract_and_no_other(bench: Bench) -> None:
    for hour, (name, (reports, words)) in enumerate(FREEZING.items(), start=13):
        order = bench.place(hour, 3)
        for kind, execution, more in reports:
            bench.peer.report(order, execution, kind, **more)
        assert bench.peer.is_alive(name.replace(" ", "-"))
        bench.until_aside(rf"{re.escape(contract(hour))} .* is frozen: .*{words}")
        assert bench.is_frozen(hour), name
    # The session goes on, and so does a contract of which nothing was told.
    last = bench.place(21)
    bench.peer.report(last, "z0", "0")
    bench.peer.report(last, "z1", "F")
    bench.peer.report(last, "z1", "F")
    assert bench.peer.is_alive("end")
    bench.end()
    booked = events(bench.out, "filled")
    symbols = dict(events(bench.out, "define_instrument").select("instrument", "symbol").rows())
    held = {symbols[number] for number in booked["instrument"]}
    # What stood where it was told is booked, once; what could not be is not.
    hours = dict(zip(FREEZING, range(13, 21), strict=True))
    wanted = ("another fill under the same ExecID", "a trade taken back", "a trade corrected")
    sure = {contract(hours[name]) for name in (*wanted, "a fill beyond the limit")}
    assert held == sure | {contract(21)}
    assert booked.height == len(held)
    replayed = wattbook("replay", bench.out, cwd=bench.out.parent)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr


def test_what_is_unknown_is_set_aside_and_asked_after(bench: Bench) -> None:
    peer = bench.peer
    order = bench.place(13, 3)
    peer.report(order, "k0", "0")
    peer.report(order, "k1", "0")
    # An order of nobody here, in a contract of the day and in one that is not traded.
    peer.report(order | {"11": "OTHER-1-7", "55": contract(14)}, "k2", "0")
    bench.until_aside(rf"{contract(14)} .* is frozen: 3 of order XOTHER-1-7")
    peer.report(order | {"11": "OTHER-1-8", "55": "NO SUCH"}, "k3", "F")
    bench.until_aside('\'?"?OTHER-1-8"? is none of this run')
    # A refusal of a cancel that nobody asked for, and of a message that nobody sent.
    peer.send("9", f"37=X|11={order['11']}|41={order['11']}|39=0|434=1|102=1")
    bench.until_aside("waits for no answer")
    peer.send("9", "37=X|11=OTHER-1-9|41=OTHER-1-9|39=8|434=1|102=1")
    bench.until_aside("OTHER-1-9.* is none of this run")
    peer.send("3", "45=4711|58=no such message")
    bench.until_aside("refused our message 4711: no such message")
    # A status of an order that was never sent.
    peer.report(order | {"11": "OTHER-1-10", "55": contract(15)}, "k4", "I")
    bench.until_aside(rf"{contract(15)} .* is frozen")
    # The exchange counts a fill that it never told: it is asked, and its answer freezes.
    part = {"tag_32": "1", "tag_14": "2", "tag_151": "1", "tag_39": "1"}
    peer.report(order, "k5", "F", **part)
    asked = peer.until("H", tag_11=order["11"])
    stands = {"tag_14": "2", "tag_151": "1", "tag_39": "1"}
    peer.report(order | {"11": asked["11"]}, "k6", "I", **stands)
    bench.until_aside(rf"{contract(13)} .* is frozen: the exchange has filled 2 .*, this run 1")
    # Quotes of what was not asked for, and of nothing.
    peer.send("W", "55=NO SUCH|268=1|269=0|270=1|271=1")
    bench.until_aside("NO SUCH.* was not asked for")
    # A message of another kind is declined, and the session goes on.
    peer.send("B", "148=news|33=1|58=line")
    assert peer.until("j")["372"] == "B"
    assert peer.is_alive("end")
    bench.end()
    assert events(bench.out, "filled").height == 1


def garbage(peer: Peer) -> Iterator[bytes]:
    """Bytes that are no message, none of which takes a number."""
    sound = peer.message("0", "112=x", 999, now(), "")
    yield sound[:-4] + b"000\x01"
    yield sound[: len(sound) // 2] + b"\x0110=000\x01"
    yield b"8=FIX.4.4\x019=99999999\x0135=0\x01"
    yield b"8=FIX.4.4\x019=-1\x0135=0\x0110=000\x01"
    yield b"8=FIX.4.4\x019=\x0135=0\x0110=000\x01"
    yield b"GET / HTTP/1.1\r\nHost: exchange\r\n\r\n"
    yield bytes(range(256)) * 64
    yield SOH * 5_000
    yield b"8=FIX" * 2_000


def test_garbled_bytes_are_passed_over_and_the_session_goes_on(bench: Bench) -> None:
    peer = bench.peer
    for number, junk in enumerate(garbage(peer)):
        peer.raw(junk)
        assert peer.is_alive(f"after-{number}"), junk[:40]
    # A length that is a hundred bytes too long: the whole messages within count all the same.
    peer.raw(peer.message("0", "112=x", 999, now(), "").replace(b"\x019=", b"\x019=1"))
    for word in ("L0", "L1", "L2"):
        peer.send("1", f"112={word}")
    assert [peer.until("0")["112"] for _ in range(3)] == ["L0", "L1", "L2"]
    # Several in one packet, then one in as many packets as it has bytes.
    peer.raw(b"".join(peer.message("1", f"112=P{i}", peer.sequence + i, now(), "") for i in (0, 1)))
    peer.sequence += 2
    assert [peer.until("0")["112"] for _ in range(2)] == ["P0", "P1"]
    for byte in peer.message("1", "112=bytes", peer.sequence, now(), ""):
        peer.raw(bytes([byte]))
    peer.sequence += 1
    peer.until("0", tag_112="bytes")
    # A separator within data (95, 96), and one message of very many fields.
    peer.send("1", "112=data", header="90=7|91=a|10=00|")
    peer.until("0", tag_112="data")
    many = framed(
        f"35=0\x0134={peer.sequence}\x0149=EXCHANGE\x0152={now()}\x0156=DESK\x01".encode()
        + b"9999=1\x01" * 140_000
    )
    peer.raw(many)
    peer.sequence += 1
    assert peer.until("3")["371"] == "9999"
    for number in range(300):
        peer.raw(peer.message("1", f"112=S{number}", peer.sequence + number, now(), ""))
    peer.sequence += 300
    assert [peer.until("0")["112"] for _ in range(300)] == [f"S{number}" for number in range(300)]
    order = bench.place(13)
    peer.report(order, "x", "F")
    assert peer.is_alive("end")
    bench.end()
    assert events(bench.out, "filled").height == 1


def fill(order: Message, execution: str, filled: int) -> str:
    """Return the fields of a fill of 1 MW of an order of 9 MW, the `filled`-th."""
    sent = {"37": "X", "11": order["11"], "17": execution, "150": "F", "39": "1"}
    sent |= {"55": order["55"], "54": "1", "38": order["38"], "44": order["44"]}
    sent |= {"32": "1", "31": order["44"], "151": str(9 - filled), "14": str(filled), "6": "0"}
    return "|".join(f"{tag}={value}" for tag, value in sent.items())


def again() -> str:
    """Return the header of what is sent again."""
    return f"43=Y|122={now(-5)}|"


def test_numbers_that_are_wrong_end_as_the_standard_says(bench: Bench) -> None:
    peer = bench.peer
    order = bench.place(13, 9)
    peer.report(order, "s0", "0")
    # A gap: the fill behind it waits until what is missing has come, and is asked for once.
    missing = peer.sequence
    peer.sequence += 2
    peer.send("8", fill(order, "s2", 2))
    peer.send("1", "112=behind")
    asked = peer.until("2")
    assert (asked["7"], asked["16"]) == (str(missing), "0")
    peer.send("4", f"36={missing + 1}|123=Y", sequence=missing, header=again())
    peer.send("8", fill(order, "s1", 1), sequence=missing + 1, header=again())
    assert peer.next()["112"] == "behind"
    # What was taken is dropped when it comes again; without OrigSendingTime (122) it is refused.
    peer.send("8", fill(order, "s1", 1), sequence=missing + 1, header=again())
    peer.send("8", fill(order, "s1", 1), sequence=missing + 1, header="43=Y|")
    assert (peer.until("3")["371"], peer.is_alive("no-122")) == ("122", True)
    # Requests for what was sent: backwards, from 0, far beyond the end, again and again.
    for first, last in ((5, 3), (0, 0), (1, 999_999_999), (1, 0), (1, 0), (999_999, 0)):
        peer.send("2", f"7={first}|16={last}")
    said = len(peer.seen)
    assert peer.is_alive("resent")
    orders = [one for one in peer.seen[said:] if one["35"] == "D"]
    assert [(one["43"], one["11"]) for one in orders] == [("Y", order["11"])] * 4
    # A gap fill and a reset that go backwards are refused; neither takes the number back.
    peer.send("4", f"36={peer.sequence - 2}|123=Y")
    assert peer.until("3")["372"] == "4"
    peer.send("4", f"36={peer.sequence}|123=N", sequence=1)
    assert peer.is_alive("reset")
    peer.send("4", "36=1|123=N", sequence=peer.sequence)
    assert peer.until("3")["372"] == "4"
    assert peer.is_alive("refused")
    # A number that was seen ends the session, and the next logon goes on.
    peer.send("0", "", sequence=1)
    assert peer.until("5")["58"].startswith("MsgSeqNum too low, expecting")
    bench.desk.until(r"exchange: connection lost \(MsgSeqNum too low")
    bench.log_on_again()
    assert peer.is_alive("again")
    bench.end()
    assert events(bench.out, "filled").height == 2


LOGONS: dict[str, tuple[bytes, str]] = {
    "of an hour ago": (b"35=A|34={n}|49=EXCHANGE|52={old}|56=DESK|98=0|108=30|", "SendingTime"),
    "of another": (b"35=A|34={n}|49=WRONG|52={now}|56=DESK|98=0|108=30|", "CompID problem"),
    "to another": (b"35=A|34={n}|49=EXCHANGE|52={now}|56=WRONG|98=0|108=30|", "CompID problem"),
    "encrypted": (b"35=A|34={n}|49=EXCHANGE|52={now}|56=DESK|98=1|108=30|", "EncryptMethod"),
    "without a pulse": (b"35=A|34={n}|49=EXCHANGE|52={now}|56=DESK|98=0|108=x|", "HeartBtInt"),
    "with a number that was": (
        b"35=A|34=1|49=EXCHANGE|52={now}|56=DESK|98=0|108=30|", "MsgSeqNum too low, expecting"
    ),
    "refused": (b"35=5|34={n}|49=EXCHANGE|52={now}|56=DESK|58=go away|", "logged out: go away"),
    "left out": (b"35=1|34={n}|49=EXCHANGE|52={now}|56=DESK|112=x|", "is not allowed before logon"),
}  # fmt: skip


def test_a_logon_that_cannot_be_taken_is_told_and_tried_again(bench: Bench) -> None:
    peer = bench.peer
    for name, (body, words) in LOGONS.items():
        peer.close_line()
        assert peer.accept()["35"] == "A", name
        text = body.decode().format(n=peer.sequence, now=now(), old=now(-3_600))
        said = len(bench.desk.lines)
        peer.raw(framed(text.replace("|", "\x01").encode()))
        assert all(one["35"] == "5" for one in peer.until_closed()), name
        bench.desk.until(rf"exchange: NOT CONNECTED.*{words}", said)
        # A logout counts, also in place of a logon.
        peer.sequence += name == "refused"
        bench.log_on_again()
    # Of another version, and cut.
    other = peer.message("A", "98=0|108=30", peer.sequence, now(), "")
    for sent in (other.replace(b"FIX.4.4", b"FIX.4.2"), other[:40]):
        peer.close_line()
        assert peer.accept()["35"] == "A"
        peer.raw(sent)
        peer.close_line()
        bench.log_on_again()
    assert peer.is_alive("end")
    bench.end()


def test_a_fill_that_is_cut_at_any_byte_is_booked_once(bench: Bench) -> None:
    peer = bench.peer
    order = bench.place(13, 9)
    peer.report(order, "c0", "0")
    length = len(peer.message("8", fill(order, "c1", 1), peer.sequence, now(), ""))
    cuts = (0, 1, 9, 14, 21, length // 2, length - 8, length - 1, length)
    for number, cut in enumerate(cuts, start=1):
        sequence, fields = peer.sequence, fill(order, f"c{number}", number)
        peer.raw(peer.message("8", fields, sequence, now(), "")[:cut])
        peer.sequence += 1
        peer.close_line()
        logon = peer.accept()
        assert logon["35"] == "A"
        peer.send("A", f"98=0|108={logon['108']}")
        # Also a whole one is lost where the line breaks before it is read.
        asked = [peer.next()]
        while asked[-1]["35"] != "AF":
            asked.append(peer.next())
        gaps = [one["7"] for one in asked if one["35"] == "2"]
        assert gaps == [str(sequence)] or (cut == length and not gaps), (cut, gaps)
        if gaps:
            peer.send("8", fields, sequence=sequence, header=again())
            peer.send("4", f"36={peer.sequence}|123=Y", sequence=sequence + 1, header=again())
        assert peer.is_alive(f"cut-{cut}")
    bench.end()
    assert events(bench.out, "filled").height == len(cuts)
    assert not [reason for reason in bench.aside() if "frozen" in reason]


def test_an_exchange_that_falls_silent_is_asked_and_left(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    bench = Bench(tmp_path, heartbeat=1)
    request.addfinalizer(bench.peer.close)
    peer = bench.log_on().peer
    began = time.monotonic()
    while peer.next()["35"] != "1":
        assert time.monotonic() - began < 10.0
    # Half open: it takes what is sent and says nothing.
    peer.until_closed()
    assert time.monotonic() - began < 10.0
    bench.desk.until(r"connection lost \(no heartbeat came in time\)")
    # Nothing is kept back for a line that may not come: the order is refused, and freezes nothing.
    bench.try_to_place(13)
    bench.log_on_again()
    assert peer.is_alive("again")
    assert not [one for one in peer.seen if one["35"] == "D"]
    until_journaled(bench.out, "OrderRejected", reason="not_trading")
    assert not bench.desk.seen("frozen")
    bench.desk.end(signal.SIGKILL)


@pytest.mark.long
def test_an_order_that_is_never_acknowledged_freezes_and_a_throttled_one_does_not(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    rate = "\n[live.rate]\nmessages = 3\nseconds = 14\n"
    bench = Bench(tmp_path, rate)
    request.addfinalizer(bench.peer.close)
    peer = bench.log_on().peer
    # The subscription and the question are two of three messages.
    silent = bench.place(13)
    assert bench.try_to_place(14).good
    bench.until_aside("requests have waited for the exchange's limit of messages .*, 1 now")
    # The question after the silent order goes before the new one.
    asked = peer.until("H")
    assert asked["11"] == silent["11"]
    late = peer.until("D", tag_55=contract(14))
    peer.report(late, "t0", "0")
    bench.until_aside(rf"{contract(13)} .* is frozen: the exchange has answered neither order")
    frozen = [reason for reason in bench.aside() if "is frozen" in reason]
    assert len(frozen) == 1, frozen
    # The answer comes after all, and the contract stays frozen until somebody has looked.
    peer.report(silent, "t1", "0")
    assert peer.is_alive("late")
    refused = bench.try_to_place(13)
    assert (refused.good, "frozen" in " ".join(refused.lines).lower()) == (False, True)
    bench.desk.end(signal.SIGKILL)


def test_a_drop_copy_that_tells_of_another_fill_freezes_its_instrument(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    copies = Peer(target="DESK-COPY")
    request.addfinalizer(copies.close)
    more = f'\n[live.drop_copy]\nsender = "DESK-COPY"\npatience_seconds = 1\nport = {copies.port}\n'
    bench = Bench(tmp_path, more)
    request.addfinalizer(bench.peer.close)
    bench.log_on()
    logon = copies.accept()
    copies.send("A", f"98=0|108={logon['108']}|141=Y")
    peer = bench.peer
    same, other, unknown = (bench.place(hour) for hour in (13, 14, 15))
    for name, order in (("p", same), ("q", other)):
        text = peer.report(order, name, "F")
        copies.send("8", text if name == "p" else text.replace("|31=-300", "|31=-290"))
    told = {"tag_17": "r", "tag_55": unknown["55"]}
    copies.report(unknown, "r", "F", **told)
    bench.until_aside(
        rf"{contract(14)} .* is frozen: trade .* at -300 here and .* at -290 in the drop"
    )
    bench.until_aside(
        rf"{contract(15)} .* is frozen: trade .* is in the drop copy and not booked here"
    )
    # A copy that is no report, and one of what is not traded here, freeze nothing.
    copies.send("8", "37=X|11=Y|17=s|150=F|39=2|55=NO SUCH|54=1|32=1|31=1|151=0|14=1|6=1")
    bench.until_aside("which this run does not trade")
    assert copies.is_alive("copies")
    assert not bench.is_frozen(13)
    assert bench.is_frozen(14)
    assert bench.is_frozen(15)
    bench.desk.end(signal.SIGKILL)


FOUR_EYES = "\n[live.four_eyes]\norder_volume = 3\norder_value = 100000\n"


def test_an_approval_while_a_run_resumes_is_refused_and_nothing_leaves(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    bench = Bench(tmp_path, FOUR_EYES)
    request.addfinalizer(bench.peer.close)
    peer = bench.log_on().peer
    held = bench.try_to_place(13, 5)
    assert (held.good, "1000-1 is held" in held.lines[0]) == (True, True), held
    assert bench.desk.end(signal.SIGKILL) == -signal.SIGKILL
    bench.desk = live(bench.out, peer.port, "--resume", file=bench.file)
    logon = peer.accept()
    # The run has not logged on yet: what is asked waits, and is then of an order that is gone.
    answers: list[Answer] = []
    waiting = threading.Thread(
        target=lambda: answers.append(bench.ask("approve", "ben", order="1000-1"))
    )
    waiting.start()
    bench.desk.until("no price yet|resumed")
    assert not answers
    peer.send("A", f"98=0|108={logon['108']}")
    peer.no_orders(peer.until("AF"))
    waiting.join(60.0)
    (answer,) = answers
    assert (answer.good, len(answer.lines)) == (False, 1), answer
    assert "1000-1 is unknown or has ended" in answer.lines[0], answer
    # Neither it nor anything else of the earlier life leaves; what is placed again does.
    second = bench.try_to_place(13, 5)
    number = re.search(r"order (1000-\d+) is held", second.lines[0])
    assert number, second
    approved = bench.ask("approve", "ben", order=number[1])
    assert approved.good, approved
    assert peer.until("D")["11"].endswith(number[1])
    assert [one["11"] for one in peer.seen if one["35"] == "D"] == [peer.seen[-1]["11"]]
    bench.end()
    states = events(bench.out, "order_state_changed").filter(pl.col("order_id") == (1000 << 48) | 1)
    assert states["state"].to_list()[-1] == "cancelled", states
