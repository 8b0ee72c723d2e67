"""The alerts of a desk that is served: rules, book, store and delivery together."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Self

from wattbook.runtime.alerts.book import Alert, AlertBook, Silence, is_at_least
from wattbook.runtime.alerts.delivery import Deliverer
from wattbook.runtime.alerts.rules import findings
from wattbook.runtime.alerts.store import AlertStore

if TYPE_CHECKING:
    from pathlib import Path

    from wattbook.runtime.alerts.rules import Alerting, Situation

__all__ = ["Alerts"]


class Alerts:
    """What a desk alerts of; may be asked from several threads.

    Parameters
    ----------
    alerting : Alerting
        Rules and targets.
    path : Path
        Of its store.

    Raises
    ------
    StoreError
        If the store cannot be used.
    """

    def __init__(self, alerting: Alerting, path: Path) -> None:
        self.alerting = alerting
        self.store = AlertStore(path)
        self.book = AlertBook(self.store.alerts(), self.store.silences(), alerting.windows)
        # One each, so that nobody waits for a target that is silent but who stands behind it.
        self._deliverers = [Deliverer(self.store, target) for target in alerting.targets]
        self._lock = Lock()

    def observe(self, situation: Situation) -> list[Alert]:
        """Look at a situation; return what changed, kept and on its way to the targets."""
        found = findings(self.alerting.rules, situation)
        with self._lock:
            changed, told = self.book.observe(situation.picture.now, found)
            if changed:
                sent = [
                    (alert, target.name)
                    for alert in told
                    for target in self.alerting.targets
                    if is_at_least(alert.severity, target.least)
                ]
                self.store.keep(changed, sent, time.time())
                for deliverer in self._deliverers:
                    deliverer.wake()
        return changed

    def acknowledge(self, number: int, by: str) -> Alert:
        """Let `by` take an alert over.

        Raises
        ------
        InputError
            If there is none of that number.
        """
        with self._lock:
            alert = self.book.acknowledge(number, by)
            self.store.keep([alert], [], time.time())
        return alert

    def silence(self, silence: Silence, now: int) -> int:
        """Tell nobody of some alerts for a while; return the number of the silence.

        Raises
        ------
        InputError
            If at `now` (ns UTC) it silences nothing, or for too long.
        """
        with self._lock:
            self.book.check(silence, now, self.alerting.rules)
            number = self.store.silence(silence)
            self.book.silences[number] = silence
        return number

    def lift(self, number: int, by: str) -> Silence:
        """End a silence before its time.

        Raises
        ------
        InputError
            If there is none of that number.
        """
        with self._lock:
            silence = self.book.lifted(number, by)
            self.store.silence(silence, number)
            self.book.silences[number] = silence
        return silence

    def __enter__(self) -> Self:
        """Begin to deliver."""
        names = [target.name for target in self.alerting.targets]
        self.store.unnamed(names, "the file of alerts no longer names it")
        for deliverer in self._deliverers:
            deliverer.begin()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; what is not delivered is delivered by the next desk of the run."""
        for deliverer in self._deliverers:
            deliverer.end()
        for deliverer in self._deliverers:
            deliverer.join()
