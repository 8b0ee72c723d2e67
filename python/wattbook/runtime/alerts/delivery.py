"""Delivers alerts by webhook and by mail, again and again until they have arrived."""

from __future__ import annotations

import smtplib
import ssl
import time
from dataclasses import asdict
from email.message import EmailMessage
from email.utils import formatdate
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Self

import httpx

from wattbook.runtime.alerts.rules import Mail, Webhook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.runtime.alerts.store import AlertStore, Delivery

__all__ = ["Deliverer", "deliver", "message_of"]

TIMEOUT_S: Final = 10.0
LOOK_S: Final = 0.5


def message_of(delivery: Delivery, mail: Mail) -> EmailMessage:
    """Return the mail of an alert."""
    alert = delivery.alert
    made = EmailMessage()
    made["Subject"] = f"[{alert.severity}] {alert.rule}: {alert.subject}"
    made["From"] = mail.sender
    made["To"] = ", ".join(mail.to)
    made["Date"] = formatdate(alert.ts_last / 1e9)
    # The same at every attempt, so that a reader sees a repeated one once.
    made["Message-ID"] = f"<{delivery.delivery}.{alert.alert}.{alert.ts_first}@wattbook>"
    made.set_content(f"{alert.text}.\n\nAlert {alert.alert}, seen {alert.count} times.\n")
    return made


def deliver(delivery: Delivery, target: Webhook | Mail) -> None:
    """Make one attempt.

    Raises
    ------
    httpx.HTTPError, OSError, smtplib.SMTPException
        If it has not arrived.
    """
    if isinstance(target, Webhook):
        answer = httpx.post(
            target.url,
            json=asdict(delivery.alert),
            headers={"Idempotency-Key": str(delivery.delivery)},
            timeout=TIMEOUT_S,
        )
        answer.raise_for_status()
        return
    with smtplib.SMTP(target.host, target.port, timeout=TIMEOUT_S) as server:
        if target.starttls:
            server.starttls(context=ssl.create_default_context())
        server.send_message(message_of(delivery, target))


class Deliverer:
    """A thread that delivers what is due.

    Parameters
    ----------
    store : AlertStore
        What is to be delivered.
    targets : sequence of Webhook or Mail
        Where to.
    """

    def __init__(self, store: AlertStore, targets: Sequence[Webhook | Mail]) -> None:
        self._store = store
        self._targets = {target.name: target for target in targets}
        self._is_over, self._is_due = Event(), Event()
        self._thread = Thread(target=self._work, name="alerts", daemon=True)

    def wake(self) -> None:
        """Look at once."""
        self._is_due.set()

    def round(self, wall: float) -> int:
        """Attempt everything that is due by `wall` (Unix time); return how much arrived."""
        arrived = 0
        for delivery in self._store.due(wall):
            target = self._targets.get(delivery.target)
            if target is None:
                self._store.failed(delivery, "the file of alerts no longer names it", wall)
                continue
            try:
                deliver(delivery, target)
            except (httpx.HTTPError, OSError, smtplib.SMTPException) as fault:
                self._store.failed(delivery, f"{type(fault).__name__}: {fault}"[:500], wall)
            else:
                self._store.delivered(delivery, wall)
                arrived += 1
        return arrived

    def _work(self) -> None:
        while not self._is_over.is_set():
            self._is_due.clear()
            self.round(time.time())
            self._is_due.wait(LOOK_S)

    def __enter__(self) -> Self:
        """Begin to deliver."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop after the attempt in hand; what is left stays in the store."""
        self._is_over.set()
        self._is_due.set()
        self._thread.join()
