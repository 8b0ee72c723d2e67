"""Every rule of alerts finds what it is for, one alert stands for one fault, none is lost."""

from __future__ import annotations

import datetime as dt
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import DeskError, InputError
from wattbook.runtime.alerts import (
    Alert,
    AlertBook,
    Alerting,
    Alerts,
    Finding,
    Mail,
    Report,
    Rule,
    Silence,
    Situation,
    Webhook,
    Window,
    findings,
    load_rules,
)
from wattbook.runtime.alerts.delivery import Deliverer
from wattbook.runtime.alerts.store import AlertStore
from wattbook.runtime.watch import Picture, Standing

ROOT = Path(__file__).parents[3]
MINUTE = 60 * 10**9
RULE = Rule(name="limit broken", kind="limit", severity="critical", above=Decimal(1))


def line(name: str, total: float) -> dict[str, Any]:
    return {"name": name, "total": total}


def situation(
    *,
    now: int = 10 * MINUTE,
    share: float = 0.5,
    total: float = 100.0,
    refusals: int = 0,
    rejected: int = 0,
    quote_at: int = 10 * MINUTE,
    phase: str = "continuous",
    latency: int = 1_000,
    shift: float = 0.0,
    error: float = 2.0,
    at_risk: float = 10.0,
    failed: int = 0,
    is_connected: bool = True,
    margin: float | None = None,
    due: int = 10 * MINUTE,
) -> Situation:
    """Return how things stand; the picture is one without a tape, with the same fields."""
    standing = Standing(
        now,
        {"currency": "EUR", "total": line("total", total), "by_strategy": [line("wind", total)]},
        [],
        [
            {
                "trading_book": "intraday",
                "limit": "position",
                "used": share * 40,
                "allowed": 40.0,
                "share": share,
            }
        ],
    )
    orders = {
        number: {
            "state": "rejected" if number < rejected else "filled",
            "reason": "off tick",
            "ts_recv": now - 14 * MINUTE,
        }
        for number in range(5)
    }
    picture = SimpleNamespace(
        now=now,
        quotes={7: (50.0, 51.0, 1.0, 1.0, quote_at, quote_at)},
        markets={7: {"phase": phase}},
        orders=orders,
        refusals={
            number: {"reason": "collar", "text": "too far", "ts_recv": now - 15 * MINUTE}
            for number in range(refusals)
        },
        breaches={
            3: {
                "limit": 3, "measure": "value_at_risk", "severity": "hard",
                "value": at_risk, "level": 10.0,
            }
        },
    )  # fmt: skip
    return Situation(
        cast(Picture, picture),
        standing,
        {7: {"market": "NORTH"}},
        {
            "latency_ns": {"99 %": latency},
            "models": [
                {
                    "model": "day@3",
                    "stability": {"newest": shift},
                    "error": error,
                    "error_before": 2.0,
                }
            ],
        },
        requests=((400, 0), (600, failed), *((0, 0),) * 13, (10, 10)),
        scopes={3: {"limit": "desk tail", "value": at_risk}},
        is_connected=is_connected,
        margin=margin,
        reports=(Report("the close", due, "close it"),),
    )


@pytest.mark.parametrize(
    ("kind", "above", "quiet", "loud", "subject", "says"),
    [
        ("limit", 1, {"share": 1.0}, {"share": 1.25}, "intraday, position", "125 %"),
        ("loss", 500, {"total": -500.0}, {"total": -500.5}, "all strategies", "500.50 EUR"),
        (
            "refused",
            2,
            {"refusals": 2},
            {"refusals": 3},
            "collar",
            "3 orders in 15 minutes: too far",
        ),
        ("rejected", 0, {"rejected": 0}, {"rejected": 2}, "off tick", "2 orders"),
        ("quiet", 60, {"quote_at": 9 * MINUTE}, {"quote_at": 8 * MINUTE}, "NORTH", "120 s"),
        ("latency", 5_000, {"latency": 5_000}, {"latency": 5_001}, "engine", "5,001 ns"),
        ("drift", 1, {"shift": 1.0}, {"shift": 1.5}, "day@3, newest", "stability 1.50"),
        ("model_error", 2, {"error": 4.0}, {"error": 5.0}, "day@3", "err by 5.00, by 2.00"),
        ("breach", 1, {}, {"at_risk": 12.0}, "desk tail, value_at_risk", "risk is 12 (12 when"),
        ("errors", Decimal("0.001"), {"failed": 1}, {"failed": 2}, "desk", "2 of 1,000"),
        ("disconnected", 0, {}, {"is_connected": False}, "venue", "not connected"),
        ("margin", 900, {"margin": 900.0}, {"margin": 950.5}, "desk", "a call of 50.50"),
        ("overdue", 3, {"due": 7 * MINUTE}, {"due": 6 * MINUTE}, "the close", "4 minutes ago"),
    ],
)
def test_a_rule_finds_what_is_above_its_bound(
    kind: Any,
    above: int | Decimal,
    quiet: dict[str, Any],
    loud: dict[str, Any],
    subject: str,
    says: str,
) -> None:
    rule = Rule(name=kind, kind=kind, severity="warning", above=Decimal(above))
    assert findings((rule,), situation(**quiet)) == []
    ((found, finding),) = findings((rule,), situation(**loud))
    assert (found, finding.subject) == (rule, subject)
    assert says in finding.text
    other = Rule(name=kind, kind=kind, severity="warning", above=Decimal(above), only="other")
    assert findings((other,), situation(**loud)) == []


def test_what_was_refused_long_ago_is_no_trouble_now() -> None:
    rule = Rule(name="r", kind="refused", severity="warning", above=Decimal(0), minutes=14)
    assert findings((rule,), situation(refusals=3)) == []


def test_errors_are_counted_over_the_minutes_of_the_rule() -> None:
    """A burst after many good requests is seen; one that is over is not."""
    long, short = (
        Rule(name="e", kind="errors", severity="warning", above=Decimal("0.5"), minutes=minutes)
        for minutes in (60, 15)
    )
    burst = replace(situation(), requests=((10, 9), *((0, 0),) * 14, *((1_000, 0),) * 45))
    assert findings((long,), burst) == []
    ((_, finding),) = findings((short,), burst)
    assert "9 of 10 requests in 15 minutes" in finding.text


def test_trouble_that_doubles_is_told_again() -> None:
    rule = Rule(name="refused", kind="refused", severity="warning", above=Decimal(0))
    book, told_at = AlertBook(), []
    for minute, count in enumerate((1, 1, 2, 3, 4, 7, 8)):
        _, told = book.observe(minute * MINUTE, [(rule, Finding("collar", f"{count}", count))])
        told_at += [count for _ in told]
    assert told_at == [1, 2, 4, 8]
    assert len(book.alerts) == 1


def test_a_market_that_does_not_trade_may_be_quiet() -> None:
    rule = Rule(name="no price", kind="quiet", severity="critical", above=Decimal(60))
    assert findings((rule,), situation(quote_at=0, phase="closed")) == []


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=30))
def test_a_rule_and_subject_have_one_open_alert(steps: list[tuple[int, bool]]) -> None:
    book, now, told_of = AlertBook(), 0, 0
    for minutes, is_found in steps:
        now += minutes * MINUTE
        found = [(RULE, Finding("intraday", "125 %"))] if is_found else []
        _, told = book.observe(now, found)
        told_of += len(told)
        alerts = [alert for alert in book.alerts.values() if not alert.is_over]
        assert len(alerts) == int(is_found)
    # Nothing is told of twice: each alert once, when it is new.
    assert told_of == len(book.alerts)


def test_what_comes_back_soon_is_the_same_alert() -> None:
    book, found = AlertBook(), [(RULE, Finding("intraday", "125 %"))]
    book.observe(0, found)
    book.observe(1 * MINUTE, [])
    changed, told = book.observe(2 * MINUTE, found)
    assert told == []
    assert [(one.alert, one.count, one.is_over) for one in changed] == [(1, 2, False)]
    book.observe(3 * MINUTE, [])
    _, told = book.observe(60 * MINUTE, found)
    assert [one.alert for one in told] == [2]


def test_an_alert_that_nobody_takes_over_grows() -> None:
    rule = Rule(name="near", kind="limit", severity="info", above=Decimal(1), escalate_minutes=10)
    book, found = AlertBook(), [(rule, Finding("intraday", "125 %"))]
    severities = []
    for minutes in (0, 5, 10, 15, 20, 90):
        _, told = book.observe(minutes * MINUTE, found)
        severities += [one.severity for one in told]
    assert severities == ["info", "warning", "critical"]
    taken = AlertBook()
    taken.observe(0, found)
    taken.acknowledge(1, "Ada")
    _, told = taken.observe(90 * MINUTE, found)
    assert told == []
    assert taken.acknowledge(1, "Bob").acknowledged_by == "Ada"
    with pytest.raises(InputError, match="no alert 9"):
        taken.acknowledge(9, "Ada")


def test_a_silence_keeps_quiet_until_it_ends() -> None:
    book, found = AlertBook(), [(RULE, Finding("intraday", "125 %"))]
    book.silences[1] = Silence("limit broken", 0, 10 * MINUTE, "maintenance", "Ada")
    changed, told = book.observe(5 * MINUTE, found)
    assert (len(changed), told) == (1, [])
    _, told = book.observe(10 * MINUTE, found)
    assert [one.alert for one in told] == [1]


@pytest.mark.parametrize(
    ("rule", "start", "end", "says"),
    [
        (None, 50, 50, "ends before it begins"),
        (None, 0, 20, "over already"),
        ("limit brokn", 0, 60, "there is no rule 'limit brokn'; there are limit broken"),
        (None, 0, 32 * 24 * 60 * MINUTE, "31 days at most"),
    ],
)
def test_a_silence_that_silences_nothing_or_for_too_long_is_refused(
    rule: str | None, start: int, end: int, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        AlertBook().check(Silence(rule, start, end, "why", "Ada"), 30, (RULE,))


def test_a_silence_that_is_lifted_is_over_also_after_a_restart(tmp_path: Path) -> None:
    path, alerting = tmp_path / "alerts.sqlite", Alerting((RULE,), (HOOK,))
    alerts = Alerts(alerting, path)
    made = Silence(None, 0, 60 * MINUTE, "the venue restarts", "Ada")
    number = alerts.silence(made, 10 * MINUTE)
    alerts.observe(situation(share=1.25))
    assert alerts.store.waiting() == 0
    assert alerts.lift(number, "Bob").lifted_by == "Bob"
    assert alerts.lift(number, "Cleo").lifted_by == "Bob"
    again = Alerts(alerting, path)
    assert again.book.silences == {number: replace(made, lifted_by="Bob")}
    again.observe(situation(share=1.25, now=11 * MINUTE))
    assert again.store.waiting() == 1
    with pytest.raises(InputError, match="no silence 9"):
        again.lift(9, "Ada")


def ns(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("at", "is_covered"),
    [
        ("2026-10-24T22:59:00+02:00", False),
        ("2026-10-24T23:00:00+02:00", True),
        # On the 25-hour day the clock shows 02:30 twice, and both belong to Saturday's window.
        ("2026-10-25T02:30:00+02:00", True),
        ("2026-10-25T02:30:00+01:00", True),
        ("2026-10-25T03:00:00+01:00", False),
        ("2026-10-25T23:30:00+01:00", False),
        ("2026-10-26T02:30:00+01:00", False),
    ],
)
def test_a_window_over_midnight_is_silent_on_its_own_clock(at: str, is_covered: bool) -> None:
    window = Window(
        name="restart", start=dt.time(23), end=dt.time(3), zone="Europe/Berlin",
        days=("saturday",), rule="limit broken",
    )  # fmt: skip
    assert window.covers("limit broken", ns(at)) is is_covered
    assert not window.covers("limit near", ns(at))
    book = AlertBook(windows=(window,))
    _, told = book.observe(ns(at), [(RULE, Finding("intraday", "125 %"))])
    assert bool(told) is not is_covered


def test_windows_stand_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text(WINDOW, encoding="utf-8")
    (window,) = load_rules(path).windows
    assert (window.end, window.days, window.zone) == (dt.time(4), ("sunday",), "UTC")


@contextmanager
def webhook(fail: int, status: int = 503) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Yield a server that refuses the first `fail` requests, and what it got."""
    got: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["Idempotency-Key"], body))
            self.send_response(status if len(got) <= fail else 204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", got
        server.shutdown()
        thread.join()


WINDOW = """
[[window]]
name = "gateway"
start = 02:00:00
end = 04:00:00
days = ["sunday"]
"""
TWICE = """[[webhook]]
name = "a"
url = "https://x/"
[[mail]]
name = "a"
host = "h"
port = 25
sender = "a@b.c"
to = ["d@e.f"]
"""
ONLY = """[[rule]]
name = "a"
kind = "{kind}"
severity = "info"
above = 1
only = "{only}"
"""
HOOK = Webhook(name="chat", url="http://127.0.0.1:9/")
ALERT = Alert(1, "limit broken", "intraday", "uses 125 %", "critical", 1, 0, 0)


def test_a_delivery_is_tried_until_it_arrives_also_by_another_process(tmp_path: Path) -> None:
    path = tmp_path / "alerts.sqlite"
    with webhook(fail=2) as (url, got):
        hook = Webhook(name="desk chat", url=url)
        AlertStore(path).keep([ALERT], [(ALERT, "desk chat")], 100.0)
        assert Deliverer(AlertStore(path), hook).round(100.0) == 0
        # It waits before it tries again, and a new process knows that.
        again = Deliverer(AlertStore(path), hook)
        assert again.round(100.5) == 0
        assert len(got) == 1
        assert again.round(101.0) == 0
        assert again.round(110.0) == 1
        assert again.round(10_000.0) == 0
    assert [key for key, _ in got] == ["1", "1", "1"]
    assert b"uses 125 %" in got[0][1]
    (row,) = AlertStore(path).deliveries()
    assert (row["attempts"], row["done"], row["fault"]) == (3, 110.0, None)
    assert AlertStore(path).alerts() == [ALERT]


@contextmanager
def mailbox() -> Iterator[tuple[int, list[str]]]:
    """Yield the port of a small SMTP server (RFC 5321), and the mails that it got."""
    mails: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            for command in self.rfile:
                verb = command.split()[0].upper()
                if verb == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    lines = iter(self.rfile.readline, b".\r\n")
                    mails.append(b"".join(lines).decode())
                self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 good\r\n")
                if verb == b"QUIT":
                    return

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_address[1], mails
        server.shutdown()
        thread.join()


def test_a_mail_says_what_is_wrong(tmp_path: Path) -> None:
    store = AlertStore(tmp_path / "alerts.sqlite")
    with mailbox() as (port, mails):
        mail = Mail(
            name="risk", host="127.0.0.1", port=port, sender="desk@example.com",
            to=("risk@example.com", "ada@example.com"), starttls=False,
        )  # fmt: skip
        store.keep([ALERT], [(ALERT, "risk")], 0.0)
        assert Deliverer(store, mail).round(0.0) == 1
    (text,) = mails
    assert "Subject: [critical] limit broken: intraday" in text
    assert "To: risk@example.com, ada@example.com" in text
    assert "uses 125 %." in text


def test_a_mail_server_that_is_not_there_is_tried_again(tmp_path: Path) -> None:
    store = AlertStore(tmp_path / "alerts.sqlite")
    with mailbox() as (port, _):
        pass
    mail = Mail(
        name="risk", host="127.0.0.1", port=port, sender="d@example.com", to=("r@example.com",),
        starttls=False,
    )  # fmt: skip
    store.keep([ALERT], [(ALERT, "risk")], 0.0)
    assert Deliverer(store, mail).round(0.0) == 0
    (row,) = store.deliveries()
    assert row["done"] is None
    assert "refused" in str(row["fault"])


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.unit.runtime.test_alerts import RULE, situation
from wattbook.runtime.alerts import Alerting, Alerts, Webhook

alerts = Alerts(Alerting((RULE,), (Webhook(name="chat", url=sys.argv[2]),)), Path(sys.argv[1]))
alerts.observe(situation(share=1.25))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.long
def test_what_was_to_be_told_is_told_after_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "alerts.sqlite"
    with webhook(fail=0) as (url, got):
        command = [sys.executable, "-c", KILLED, str(path), url]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == -signal.SIGKILL
        assert got == []
        with Alerts(Alerting((RULE,), (Webhook(name="chat", url=url),)), path) as again:
            wait_for(lambda: again.store.waiting() == 0)
    assert [b"uses 125 %" in body for _, body in got] == [True]


def wait_for(is_so: Callable[[], bool], within: float = 60.0) -> None:
    """Wait until something is so."""
    last = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < last
        time.sleep(0.01)


def test_a_desk_tells_once_and_remembers_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "alerts.sqlite"
    with webhook(fail=0) as (url, got):
        alerting = Alerting((RULE,), (Webhook(name="chat", url=url),))
        first = Alerts(alerting, path)
        first.observe(situation(share=1.25))
        first.observe(situation(share=1.25, now=11 * MINUTE))
        first.acknowledge(1, "Ada")
        again = Alerts(alerting, path)
        again.observe(situation(share=1.25, now=12 * MINUTE))
        assert [one.acknowledged_by for one in again.book.alerts.values()] == ["Ada"]
        assert Deliverer(again.store, alerting.targets[0]).round(1e12) == 1
        assert len(got) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[rule]]\nname = "a"', r"line 1, rule\[0\]: key 'kind' is missing"),
        (
            '[[rule]]\nname = "a"\nkind = "limits"\nseverity = "info"\nabove = 1',
            "did you mean 'limit'",
        ),
        ('[[rule]]\nname = "a"\nkind = "limit"\nseverity = "bad"\nabove = 1', "line 4"),
        ('[[rule]]\nname = "a"\nkind = "limit"\nseverity = "info"\nabove = -1', "below 0"),
        ("[[rules]]", "did you mean 'rule'"),
        ('[[webhook]]\nname = "a"\nurl = "http://example.com/"', "use https"),
        (
            '[[mail]]\nname = "a"\nhost = "h"\nport = 1\nsender="a"\nto = ["d"]\nstarttls=false',
            "line 7.*starttls = true",
        ),
        (
            TWICE,
            "line 5.*taken by a .*webhook",
        ),
        ('[[webhook]]\nname = "a"\nurl = "https://"', "line 3.*names no host"),
        ('[[webhook]]\nname = "a"\nurl = "https://a:99999/"', "line 3.*out of range"),
        (WINDOW + 'rule = "limit"', "line 7.*no rule"),
        (WINDOW + 'zone = "Europe/Berln"', "did you mean 'Europe/Berlin'"),
        (WINDOW.replace("sunday", "sonday"), "did you mean 'sunday'"),
        (ONLY.format(kind="loss", only="wind") + "minutes = 5", "line 7.*leave it out"),
        (ONLY.format(kind="limit", only="positon"), "line 6.*did you mean 'position'"),
        (ONLY.format(kind="breach", only="value_at_rsk"), "did you mean 'value_at_risk'"),
        (ONLY.format(kind="latency", only="gate"), "use one of engine"),
        ('[[mail]]\nname = "a"\nhost = "h"\nport = 25\nsender = "a@b.c"\nto = []', "nobody"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_its_line(
    tmp_path: Path, text: str, says: str
) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DeskError, match=says):
        load_rules(path)
