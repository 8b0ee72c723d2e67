"""Alerts, silences and what is still to be delivered, in one SQLite file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from wattbook.runtime.alerts.book import Alert, Silence
from wattbook.store.database import Database

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["AlertStore", "Delivery"]

SCHEMA: Final = """
CREATE TABLE alert (alert INTEGER PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE silence (silence INTEGER PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE delivery (
  delivery INTEGER PRIMARY KEY,
  alert INTEGER NOT NULL,
  target TEXT NOT NULL,
  document TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  due REAL NOT NULL,
  done REAL,
  fault TEXT
)"""
BACKOFF_S: Final = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An alert on its way to a target.

    Parameters
    ----------
    delivery : int
        Its number; the same at every attempt.
    target : str
        Name of the webhook or mail.
    alert : Alert
        As it was when it was to be told.
    attempts : int
        So far.
    due : float
        When it is to be attempted next, Unix time.
    """

    delivery: int
    target: str
    alert: Alert
    attempts: int
    due: float


class AlertStore:
    """Keeps alerts over restarts; what is to be delivered is written with the alert, or not at all.

    Parameters
    ----------
    path : Path
        Of the file; made if it is not there.

    Raises
    ------
    StoreError
        If it cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._base = Database(path, SCHEMA)

    def keep(
        self, changed: Iterable[Alert], told: Iterable[tuple[Alert, str]], wall: float
    ) -> None:
        """Keep alerts, and who is to be told of which from `wall` (Unix time) on."""
        with self._base.transaction() as base:
            base.executemany(
                "INSERT OR REPLACE INTO alert VALUES (?, ?)",
                [(alert.alert, json.dumps(asdict(alert))) for alert in changed],
            )
            base.executemany(
                "INSERT INTO delivery (alert, target, document, due) VALUES (?, ?, ?, ?)",
                [(alert.alert, target, json.dumps(asdict(alert)), wall) for alert, target in told],
            )

    def silence(self, silence: Silence, number: int | None = None) -> int:
        """Keep a silence, anew under its number or as a new one; return its number."""
        with self._base.transaction() as base:
            kept = base.execute(
                "INSERT OR REPLACE INTO silence VALUES (?, ?)",
                (number, json.dumps(asdict(silence))),
            )
            return int(kept.lastrowid or 0)

    def alerts(self) -> list[Alert]:
        """Return every alert, oldest first."""
        rows = self._base.rows("SELECT document FROM alert ORDER BY alert")
        return [Alert(**json.loads(str(document))) for (document,) in rows]

    def silences(self) -> dict[int, Silence]:
        """Return every silence by its number, oldest first."""
        rows = self._base.rows("SELECT silence, document FROM silence ORDER BY silence")
        return {int(str(number)): Silence(**json.loads(str(text))) for number, text in rows}

    def due(self, target: str, wall: float) -> list[Delivery]:
        """Return what waits for a target, oldest first, once any of it is due by `wall`.

        What is not due itself waits for nothing else than what stands before it.
        """
        rows = self._base.rows(
            "SELECT delivery, target, document, attempts, due FROM delivery "
            "WHERE done IS NULL AND target = ? ORDER BY delivery LIMIT 1000",
            (target,),
        )
        found = [
            Delivery(
                int(str(number)), str(name), Alert(**json.loads(str(text))), int(str(tries)),
                float(str(due)),
            )
            for number, name, text, tries, due in rows
        ]  # fmt: skip
        return found if any(one.due <= wall for one in found) else []

    def unnamed(self, targets: Iterable[str], fault: str) -> None:
        """Note on what waits for anybody but `targets` why it does."""
        names = list(targets)
        marks = ", ".join("?" * len(names))
        with self._base.transaction() as base:
            base.execute(
                f"UPDATE delivery SET fault = ? WHERE done IS NULL AND target NOT IN ({marks})",  # noqa: S608 - marks alone
                (fault, *names),
            )

    def delivered(self, delivery: Delivery, wall: float) -> None:
        """Note that a delivery has arrived."""
        with self._base.transaction() as base:
            base.execute(
                "UPDATE delivery SET done = ?, attempts = attempts + 1, fault = NULL "
                "WHERE delivery = ?",
                (wall, delivery.delivery),
            )

    def failed(self, delivery: Delivery, fault: str, wall: float, *, holds: bool) -> None:
        """Note that an attempt failed; the next one waits longer, and there always is one.

        Where it `holds`, everything behind it for the same target waits as long.
        """
        due = wall + BACKOFF_S[min(delivery.attempts, len(BACKOFF_S) - 1)]
        with self._base.transaction() as base:
            base.execute(
                "UPDATE delivery SET attempts = attempts + 1, due = ?, fault = ? "
                "WHERE delivery = ?",
                (due, fault, delivery.delivery),
            )
            if holds:
                base.execute(
                    "UPDATE delivery SET due = max(due, ?) "
                    "WHERE done IS NULL AND target = ? AND delivery > ?",
                    (due, delivery.target, delivery.delivery),
                )

    def waiting(self) -> int:
        """Return how many deliveries have not arrived yet."""
        return int(str(self._base.rows("SELECT count(*) FROM delivery WHERE done IS NULL")[0][0]))

    def deliveries(self) -> list[dict[str, object]]:
        """Return what was and is to be delivered, newest first."""
        names = ("delivery", "alert", "target", "attempts", "done", "fault")
        rows = self._base.rows(
            f"SELECT {', '.join(names)} FROM delivery ORDER BY delivery DESC LIMIT 1000"  # noqa: S608 - names of ours
        )
        return [dict(zip(names, row, strict=True)) for row in rows]
