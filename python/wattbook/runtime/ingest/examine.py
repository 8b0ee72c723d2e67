"""What reading a payload came to, in figures and reasons, without its rows."""

from dataclasses import dataclass
from enum import Enum

from wattbook.runtime.ingest.reading import NO_ROW, UNKNOWN, Read, holds_nothing

__all__ = ["Examined", "Fault", "Outcome", "examined"]

FAULTS_KEPT = 1_000


class Outcome(Enum):
    """What became of a payload."""

    PARSED = "parsed"
    """Rows, and perhaps parts set aside."""
    QUARANTINED = "quarantined"
    """No row; all of it set aside with place and reason."""
    UNRECOGNISED = "unrecognised"
    """No source knows it; set aside as a whole."""
    RAISED = "raised"
    """Its reader raised, hung, died, ate all memory or broke the contract: a bug of ours."""
    DOCUMENTATION = "documentation"
    """A text about the data, not data."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A part that was set aside, without its bytes.

    Parameters
    ----------
    place : str
        Where in the payload.
    offset : int
        First byte of the part in the unpacked payload.
    reason : str
        What was found and what was expected.
    """

    place: str
    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What a payload turned out to hold.

    Parameters
    ----------
    name : str
        File, relative to where the walk began.
    outcome : Outcome
        What became of it.
    source, dataset : str
        Who recognised it; empty if nobody.
    rows : dict of str to int
        Rows by table; ``observations`` is one.
    quarantined : int
        Parts set aside.
    faults : tuple of Fault
        The first thousand of them.
    reason : str
        Why, in one line, where it was not simply parsed.
    trace : str
        Of the exception, if one was raised.
    """

    name: str
    outcome: Outcome
    source: str = ""
    dataset: str = ""
    rows: dict[str, int] | None = None
    quarantined: int = 0
    faults: tuple[Fault, ...] = ()
    reason: str = ""
    trace: str = ""

    @property
    def row_count(self) -> int:
        """Rows of all tables."""
        return sum((self.rows or {}).values())

    @property
    def is_good(self) -> bool:
        """Whether it was parsed or set aside by a source that knows it, or is documentation."""
        return self.outcome not in (Outcome.RAISED, Outcome.UNRECOGNISED)


def examined(name: str, found: Read) -> Examined:
    """Return what a payload called `name` turned out to hold."""
    source, dataset, parsed = found.source, found.dataset, found.parsed
    if parsed is None:
        outcome = Outcome.UNRECOGNISED if found.reason == UNKNOWN else Outcome.QUARANTINED
        if found.is_bug:
            return Examined(
                name, Outcome.RAISED, source, dataset, reason=found.reason, trace=found.trace
            )
        whole = (Fault("payload", 0, found.reason),)
        return Examined(name, outcome, source, dataset, None, 1, whole, found.reason)
    rows = {"observations": parsed.observations.height} if parsed.observations.height else {}
    rows |= {kind: table.height for kind, table in parsed.tables.items() if table.height}
    faults = tuple(Fault(part.place, part.offset, part.reason) for part in parsed.quarantined)
    if holds_nothing(parsed):
        faults = (Fault("payload", 0, NO_ROW),)
    return Examined(
        name,
        Outcome.PARSED if rows else Outcome.QUARANTINED,
        source,
        dataset,
        rows,
        len(faults),
        faults[:FAULTS_KEPT],
        faults[0].reason if faults else "",
    )
