"""Delivers alerts by webhook and by mail, again and again until they have arrived."""

from __future__ import annotations

import re
import smtplib
import time
from dataclasses import asdict
from email.message import EmailMessage
from email.utils import formatdate
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

import httpx

from wattbook.runtime.alerts.mail import mail_server
from wattbook.runtime.alerts.rules import Mail, Webhook
from wattbook.runtime.log import HIDDEN, redacted

if TYPE_CHECKING:
    from wattbook.runtime.alerts.store import AlertStore, Delivery

__all__ = ["Deliverer", "deliver", "message_of"]

TIMEOUT_S: Final = 10.0
LOOK_S: Final = 0.5
ADDRESS: Final = re.compile(r"https?://[^\s'\"]+")
LATER: Final = frozenset({408, 429})
"""Refusals that say to come again."""


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
        # What it says besides its status is not read.
        with httpx.stream(
            "POST",
            target.url,
            json=asdict(delivery.alert),
            headers={"Idempotency-Key": str(delivery.delivery)},
            timeout=TIMEOUT_S,
        ) as answer:
            answer.raise_for_status()
        return
    with mail_server(target, TIMEOUT_S) as server:
        server.send_message(message_of(delivery, target))


def words_of(fault: Exception) -> str:
    """Return why an attempt failed, without the address: that of a webhook is a secret."""
    if isinstance(fault, httpx.HTTPStatusError):
        answer = fault.response
        return f"it answered {answer.status_code} {answer.reason_phrase}".rstrip()
    said = redacted(f"{type(fault).__name__}: {fault}")
    return ADDRESS.sub(HIDDEN, said)[:500]


def is_refused(fault: Exception) -> bool:
    """Return whether a target that is well has refused this very delivery."""
    if isinstance(fault, httpx.HTTPStatusError):
        status = fault.response.status_code
        return 400 <= status < 500 and status not in LATER
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return True
    return isinstance(fault, smtplib.SMTPDataError) and fault.smtp_code >= 500


class Deliverer:
    """A thread that delivers what is due to one target, in order.

    A target that is silent or fails keeps what stands behind waiting, so that it is told in order
    once it is well; what it refuses for good holds up nothing.

    Parameters
    ----------
    store : AlertStore
        What is to be delivered.
    target : Webhook or Mail
        Where to.
    """

    def __init__(self, store: AlertStore, target: Webhook | Mail) -> None:
        self._store, self._target = store, target
        self._refused: set[int] = set()
        self._is_over, self._is_due = Event(), Event()
        self._thread = Thread(target=self._work, name=f"alerts to {target.name}", daemon=True)

    def wake(self) -> None:
        """Look at once."""
        self._is_due.set()

    def round(self, wall: float) -> int:
        """Attempt what is due by `wall` (Unix time), oldest first; return how much arrived."""
        arrived = 0
        for delivery in self._store.due(self._target.name, wall):
            if self._is_over.is_set():
                break
            if delivery.delivery in self._refused and delivery.due > wall:
                continue
            try:
                deliver(delivery, self._target)
            except (httpx.HTTPError, OSError, smtplib.SMTPException) as fault:
                said, is_passed = words_of(fault), is_refused(fault)
                self._store.failed(delivery, said, wall, holds=not is_passed)
                if not is_passed:
                    break
                self._refused.add(delivery.delivery)
            else:
                self._store.delivered(delivery, wall)
                arrived += 1
        return arrived

    def _work(self) -> None:
        while not self._is_over.is_set():
            self._is_due.clear()
            self.round(time.time())
            self._is_due.wait(LOOK_S)

    def begin(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def end(self) -> None:
        """Attempt nothing more; what is left stays in the store."""
        self._is_over.set()
        self._is_due.set()

    def join(self) -> None:
        """Wait for the attempt in hand."""
        self._thread.join()
