"""What whoever is on shift is told, and how often."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Alarm", "AlarmKind", "Recurring", "Severity"]

ESCALATED_AFTER = 3
"""A fault that recurs at so many steps in a row is critical."""
AlarmKind = Literal[
    "telemetry_lost",
    "telemetry_back",
    "availability_lost",
    "availability_back",
    "write_failed",
    "write_back",
    "setpoint_moved",
    "beat_failed",
    "beat_back",
    "limited",
]
Severity = Literal["warning", "critical"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that whoever is on shift should know.

    Parameters
    ----------
    at : int
        When, ns UTC.
    kind : str
        Which kind.
    text : str
        What, with its values.
    severity : {"warning", "critical"}, optional
        Critical: it lasts, and somebody must act.
    """

    at: int
    kind: AlarmKind
    text: str
    severity: Severity = "warning"


@dataclass(slots=True)
class Recurring:
    """Tells a fault when it comes, once more when it lasts, and then only when it changes.

    Examples
    --------
    >>> fault = Recurring()
    >>> [fault.severity(f"wrote {power} MW, refused") for power in (5, 6, 7, 8)]
    ['warning', None, 'critical', None]
    """

    count: int = field(init=False, default=0)
    _reason: str = field(init=False, default="")

    def severity(self, text: str) -> Severity | None:
        """Return how severe the fault of this step is; None where it was told before."""
        self.count += 1
        # Another value of the same fault is nothing new.
        reason = re.sub(r"[-+]?\d[\d.]*(e[-+]?\d+)?", "", text)
        is_new, self._reason = reason != self._reason, reason
        if self.count == ESCALATED_AFTER:
            return "critical"
        if not is_new:
            return None
        return "critical" if self.count > ESCALATED_AFTER else "warning"

    def end(self) -> int:
        """Note that it is over; return at how many steps it was there."""
        count, self.count, self._reason = self.count, 0, ""
        return count
