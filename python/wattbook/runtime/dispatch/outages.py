"""The messages of one unit: drafted when capacity goes, updated, ended when it is back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from wattbook.compliance import OutageMessage, Participant, message_id

__all__ = ["Outages"]

NANOS = 1_000_000_000
HAIR_MW = 1e-6


@dataclass(slots=True, kw_only=True)
class Outages:
    """Follows the available power of a unit.

    Parameters
    ----------
    participant : Participant
        Who discloses.
    installed_mw : float
        Of the unit.
    repair_ns : int
        How long an outage is expected to last.
    published_after_ns : int
        How long after its draft a message is published.
    """

    participant: Participant
    installed_mw: float
    repair_ns: int
    published_after_ns: int
    messages: list[OutageMessage] = field(default_factory=list)
    _event: str = ""
    _start: int = 0
    _end: int = 0
    _available: float = 0.0
    _version: int = 0

    @property
    def is_out(self) -> bool:
        """Whether capacity is missing."""
        return bool(self._event)

    @property
    def expected_end(self) -> int:
        """When the capacity that is missing is expected back, ns UTC."""
        return self._end

    def is_published(self, now: int) -> bool:
        """Return whether the public knows what we know."""
        if not self._event:
            return True
        return now >= self.messages[-1].published + self.published_after_ns

    def see(self, now: int, available_mw: float) -> None:
        """Draft a message if what is available, or until when it is missing, has changed."""
        missing = self.installed_mw - available_mw
        if not self._event:
            if missing > HAIR_MW:
                moment = dt.datetime.fromtimestamp(now // NANOS, dt.UTC)
                self._event = f"{self.participant.unit_eic}-{moment:%Y%m%dT%H%M%S}"
                self._start, self._end, self._version = now, now + self.repair_ns, 0
                self._draft(now, available_mw, "Active", "")
            return
        if missing <= HAIR_MW:
            self._end = now
            self._draft(now, self._available, "Inactive", "The unit is back.")
            self._event = ""
        elif abs(available_mw - self._available) > HAIR_MW:
            self._draft(now, available_mw, "Active", "The available capacity has changed.")
        elif now >= self._end:
            self._end += self.repair_ns
            self._draft(now, available_mw, "Active", "The outage lasts longer than expected.")

    def _draft(self, now: int, available_mw: float, status: str, remarks: str) -> None:
        self._available = available_mw
        self._version += 1
        self.messages.append(
            OutageMessage(
                message=message_id(self._event, self._version),
                participant=self.participant,
                status="Inactive" if status == "Inactive" else "Active",
                start=self._start,
                end=self._end,
                published=now,
                installed_mw=self.installed_mw,
                available_mw=available_mw,
                reason="Failure of an inverter",
                remarks=remarks,
            )
        )
