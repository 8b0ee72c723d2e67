"""Targets of alerts do not wait for each other, and each is told in order."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from tests.unit.runtime.test_alerts import ALERT, RULE, mailbox, situation, wait_for, webhook

from wattbook.runtime.alerts import Alerting, Alerts, Webhook
from wattbook.runtime.alerts.delivery import Deliverer
from wattbook.runtime.alerts.rules import Mail
from wattbook.runtime.alerts.store import AlertStore


@contextmanager
def silent() -> Iterator[tuple[str, Event, Event]]:
    """Yield a server that takes a request and says nothing until the last event is set."""
    asked, answers = Event(), Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65_536)
                asked.set()
                answers.wait(60.0)
                connection.sendall(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")

        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", asked, answers
        answers.set()
        thread.join()


def test_a_webhook_that_hangs_delays_no_mail(tmp_path: Path) -> None:
    with silent() as (url, asked, answers), mailbox() as (port, mails):
        mail = Mail(
            name="risk", host="127.0.0.1", port=port, sender="d@example.com",
            to=("r@example.com",), starttls=False,
        )  # fmt: skip
        alerting = Alerting((RULE,), (Webhook(name="chat", url=url), mail))
        with Alerts(alerting, tmp_path / "alerts.sqlite") as alerts:
            alerts.observe(situation(share=1.25))
            assert asked.wait(60.0)
            wait_for(lambda: len(mails) == 1)
            wait_for(lambda: alerts.store.waiting() == 1)
            answers.set()
            wait_for(lambda: alerts.store.waiting() == 0)


def test_a_target_that_fails_is_told_in_order_once_it_is_well(tmp_path: Path) -> None:
    store = AlertStore(tmp_path / "alerts.sqlite")
    alerts = [replace(ALERT, alert=number) for number in (1, 2, 3)]
    with webhook(fail=2) as (url, got):
        deliverer = Deliverer(store, Webhook(name="chat", url=url))
        store.keep(alerts[:2], [(alert, "chat") for alert in alerts[:2]], 100.0)
        assert deliverer.round(100.0) == 0
        store.keep(alerts[2:], [(alerts[2], "chat")], 100.5)
        # What is new lets it be tried at once, the oldest first, and then waits as long.
        assert deliverer.round(100.5) == 0
        assert [key for key, _ in got] == ["1", "1"]
        assert deliverer.round(102.0) == 0
        assert len(got) == 2
        assert deliverer.round(102.5) == 3
    assert [key for key, _ in got] == ["1", "1", "1", "2", "3"]


@pytest.mark.parametrize(("status", "arrives"), [(400, 1), (503, 0), (429, 0)])
def test_what_a_target_refuses_for_good_holds_up_nothing(
    tmp_path: Path, status: int, arrives: int
) -> None:
    store = AlertStore(tmp_path / "alerts.sqlite")
    alerts = [replace(ALERT, alert=number) for number in (1, 2)]
    store.keep(alerts, [(alert, "chat") for alert in alerts], 100.0)
    with webhook(fail=1, status=status) as (url, got):
        deliverer = Deliverer(store, Webhook(name="chat", url=url))
        assert deliverer.round(100.0) == arrives
        assert len(got) == 1 + arrives
        [told] = [str(row["fault"]) for row in store.deliveries() if row["fault"]]
        # The address of a webhook is a secret, and who may only look reads why it failed.
        assert str(status) in told
        assert url not in told
        assert deliverer.round(110.0) == 2 - arrives
    assert store.waiting() == 0


def test_who_is_named_no_longer_is_told_once_named_again(tmp_path: Path) -> None:
    path = tmp_path / "alerts.sqlite"
    AlertStore(path).keep([ALERT], [(ALERT, "chat")], 0.0)
    with Alerts(Alerting((RULE,), ()), path) as alerts:
        assert "no longer names it" in str(alerts.store.deliveries()[0]["fault"])
    with webhook(fail=0) as (url, got):
        with Alerts(Alerting((RULE,), (Webhook(name="chat", url=url),)), path) as alerts:
            wait_for(lambda: alerts.store.waiting() == 0)
        assert len(got) == 1
