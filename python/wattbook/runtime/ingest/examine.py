"""One payload examined: recognised, parsed, and held against the contract of all sources."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from wattbook.sources.payload import OBSERVATION_COLUMNS, Dataset, Parsed, Payload

__all__ = [
    "NO_ROW",
    "PAYLOAD_BYTES_MAX",
    "Examined",
    "Fault",
    "Outcome",
    "examine",
    "holds_nothing",
    "too_large",
]

PAYLOAD_BYTES_MAX = 1 << 30
"""Bytes of the largest payload that is read."""

NO_ROW = "it holds no row"
"""Why a payload is set aside that was read without a fault and gave nothing."""

RAW_BYTES_MAX = 64 * 1024
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
    """Its reader raised, hung, died or broke the contract: a bug of ours."""
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


def broken_promise(parsed: Parsed) -> str:
    """Return how `parsed` breaks the contract of `wattbook.sources.payload`; empty if it holds."""
    found = {name: str(kind) for name, kind in parsed.observations.schema.items()}
    if found != dict(OBSERVATION_COLUMNS):
        return f"its observations have the columns {found}, not those of OBSERVATION_COLUMNS"
    rows = parsed.observations
    if (backwards := rows.filter(rows["delivery_end"] < rows["delivery_start"])).height:
        return f"row {backwards['place'][0]} ends before it begins"
    for name in ("dataset", "delivery_start", "delivery_end", "unit", "place"):
        if missing := rows[name].null_count():
            return f"{missing} of its observations have no {name}"
    for part in parsed.quarantined:
        if not part.place or not part.reason:
            return f"it set aside {part.place or 'a part'!r} without saying where or why"
        if part.offset < 0 or len(part.raw) > RAW_BYTES_MAX:
            return f"it set aside {part.place!r} at byte {part.offset} with {len(part.raw)} bytes"
    return ""


def holds_nothing(parsed: Parsed) -> bool:
    """Return whether a payload gave neither a row of any table nor a part set aside.

    Such a payload would vanish without a word: it is set aside as a whole, for `NO_ROW`. A table
    without rows counts for nothing.
    """
    return not parsed.rows and not parsed.quarantined


def too_large(size: int) -> str:
    """Return why a payload of `size` bytes is set aside unread; empty if it is not."""
    if size <= PAYLOAD_BYTES_MAX:
        return ""
    return f"{size:,} bytes are more than {PAYLOAD_BYTES_MAX:,}"


def examine(payload: Payload, recognise: Callable[[Payload], Dataset | None]) -> Examined:
    """Return what `payload` holds; raises nothing, whatever its reader does.

    Parameters
    ----------
    payload : Payload
        Bytes as they came.
    recognise : callable
        Gives the dataset that knows a payload, or none.
    """
    source = name = ""
    try:
        dataset = recognise(payload)
        if dataset is None:
            whole = Fault("payload", 0, "no source recognises it")
            return Examined(
                payload.name,
                Outcome.UNRECOGNISED,
                quarantined=1,
                faults=(whole,),
                reason=whole.reason,
            )
        source, name = dataset.source, dataset.name
        parsed = dataset.parse(payload)
        promise = broken_promise(parsed)
    except BaseException as fault:
        # A reader that raises is a bug to be shown, not a reason to leave the rest unread. A
        # panic in Rust arrives as a BaseException of its own.
        if isinstance(fault, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        reason = f"{type(fault).__name__}: {fault}".split("\n", 1)[0]
        trace = "".join(traceback.format_exception(fault))
        return Examined(payload.name, Outcome.RAISED, source, name, reason=reason, trace=trace)
    if promise:
        return Examined(payload.name, Outcome.RAISED, source, name, reason=promise)
    rows = {"observations": parsed.observations.height} if parsed.observations.height else {}
    rows |= {kind: table.height for kind, table in parsed.tables.items() if table.height}
    faults = tuple(Fault(part.place, part.offset, part.reason) for part in parsed.quarantined)
    if holds_nothing(parsed):
        faults = (Fault("payload", 0, NO_ROW),)
    outcome = Outcome.PARSED if rows else Outcome.QUARANTINED
    return Examined(
        payload.name,
        outcome,
        source,
        name,
        rows,
        len(faults),
        faults[:FAULTS_KEPT],
        faults[0].reason if faults else "",
    )
