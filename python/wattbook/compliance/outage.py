"""Drafts of urgent market messages: the unavailability of a unit, as REMIT asks to disclose it.

Regulation (EU) No 1227/2011 (REMIT), Article 4, asks for the disclosure of inside information
before anybody trades on it. ACER's Manual of Procedures on data reporting names the fields of a
message about the unavailability of an electricity facility. Its answers to questions say how they
are filled: a storage is of the event type "Other unavailability" (III.5.1.4), an update of an event
keeps its identification and counts up its ending (III.5.1.9), capacity stands in intervals
(III.4.1.9). A draft is a file. Nobody but a person publishes it, on an inside information platform.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from wattbook.domain.eic import eic_fault
from wattbook.errors import InputError

__all__ = ["UNIT_KINDS", "OutageMessage", "Participant", "message_id"]

UNIT_KINDS = "WAT"
"""A message about a facility names a resource, a substation or a tie line."""
ACER_CODE = re.compile("[A-Z0-9]{9}[.][A-Z]{2}")
CONTROL = re.compile("[^\\t\\n\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What XML 1.0 has no character for."""
MESSAGE = re.compile("[^\\s]+_[0-9]{3,}")
REASON_MOST = 500
SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Participant:
    """Who discloses, and of which unit.

    Parameters
    ----------
    name : str
        Of the market participant.
    code : str
        Its ACER code, such as ``A00000000.DE``.
    unit : str
        Name of the affected unit.
    unit_eic, zone_eic : str
        Energy Identification Codes: of a resource, substation or tie line, and of the bidding
        zone's area.

    Raises
    ------
    InputError
        If a code is none, or of another kind; a check character that does not belong to the others
        is told.
    """

    name: str
    code: str
    unit: str
    unit_eic: str
    zone_eic: str

    def __post_init__(self) -> None:
        """Check the codes."""
        if not ACER_CODE.fullmatch(self.code):
            raise InputError(f"{self.code!r} is no ACER code; give one such as A00000000.DE")
        for what, code, kinds in (
            ("unit", self.unit_eic, UNIT_KINDS),
            ("bidding zone", self.zone_eic, "Y"),
        ):
            if fault := eic_fault(code, kinds):
                raise InputError(f"{what} {code!r} is no EIC: {fault}")
        for text in (self.name, self.unit):
            if not text.strip() or text != text.strip():
                raise InputError(
                    f"{text!r} as the name of a participant or unit is empty or has space at its "
                    "ends; give a name"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageMessage:
    """A message about capacity that is not available. Times in ns UTC.

    Parameters
    ----------
    message : str
        Identification: of the event, and after ``_`` the number of the version.
    participant : Participant
        Who discloses.
    status : {"Active", "Inactive"}
        Inactive once the event is over.
    start, end : int
        Of the event; the end as it is expected, or as it was.
    published : int
        When the message was drafted: publish it then or as soon after it as possible.
    installed_mw, available_mw : float
        Of the unit.
    reason, remarks : str
        For the reader.

    Raises
    ------
    InputError
        If a field contradicts another.

    Examples
    --------
    >>> unit = Participant("Desk", "A00000000.DE", "Battery", "11W-WATTBOOK---X",
    ...     "10Y1001A1001A82H")
    >>> hour = 3_600 * 10**9
    >>> message = OutageMessage(message="1_001", participant=unit, status="Active", start=hour,
    ...     end=2 * hour, published=hour, installed_mw=20, available_mw=10, reason="Failure")
    >>> message.unavailable_mw
    10
    """

    message: str
    participant: Participant
    status: Literal["Active", "Inactive"]
    start: int
    end: int
    published: int
    installed_mw: float
    available_mw: float
    reason: str
    remarks: str = ""

    def __post_init__(self) -> None:
        """Check that the fields fit each other."""
        if not MESSAGE.fullmatch(self.message):
            raise InputError(
                f"message {self.message!r} does not end in the number of its version; give one "
                "such as event_001"
            )
        if self.status not in {"Active", "Inactive"}:
            raise InputError(
                f"message {self.message}: status {self.status!r}; use Active or Inactive"
            )
        for instant in (self.start, self.end, self.published):
            if instant % SECOND or not 0 <= instant < 2**62:
                raise InputError(
                    f"message {self.message}: {instant} ns is no whole second; round it"
                )
        if self.end <= self.start:
            raise InputError(f"message {self.message}: the event ends before it starts")
        if not 0 <= self.available_mw <= self.installed_mw:
            raise InputError(
                f"message {self.message}: {self.available_mw} of {self.installed_mw} MW are "
                "available; give 0 to all"
            )
        if not 0 < len(self.reason) <= REASON_MOST:
            raise InputError(f"message {self.message}: give a reason of 1 to {REASON_MOST} letters")
        for text in (self.reason, self.remarks):
            if text != text.strip():
                raise InputError(
                    f"message {self.message}: {text[:40]!r} has space at its ends; remove it"
                )
        for text in (self.reason, self.remarks, self.participant.name, self.participant.unit):
            if found := CONTROL.search(text):
                raise InputError(
                    f"message {self.message}: {found[0]!r} cannot stand in XML; remove it"
                )

    @property
    def unavailable_mw(self) -> float:
        """What is missing, MW."""
        return self.installed_mw - self.available_mw


def message_id(event: str, version: int) -> str:
    """Return the identification of a version of an event's message.

    Examples
    --------
    >>> message_id("11W-WATTBOOK---X-20260629T1207", 2)
    '11W-WATTBOOK---X-20260629T1207_002'
    """
    return f"{event}_{version:03d}"
