"""Every kind of thing that can be verified."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wattbook.errors import VerifyError
from wattbook.runtime.verify.result import Checked

__all__ = ["KINDS", "Kind", "verify"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of known answers or records.

    Parameters
    ----------
    name : str
        As the command line names it.
    summary : str
        One line.
    path : str
        What the path must be.
    run : callable
        From that path to the outcome.
    """

    name: str
    summary: str
    path: str
    run: Callable[[Path], Checked]


def fix(path: Path) -> Checked:
    """Verify FIX messages against the fields that stand beside them."""
    from wattbook.runtime.verify.fix import verify_fix  # noqa: PLC0415 - only when asked

    return verify_fix(path)


def journal(path: Path) -> Checked:
    """Verify a journal: checksums, sequence, replay, hash."""
    from wattbook.runtime.verify.run import verify_journal  # noqa: PLC0415 - only when asked

    return verify_journal(path)


def run(path: Path) -> Checked:
    """Verify every file of a run against its journal."""
    from wattbook.runtime.verify.run import verify_run  # noqa: PLC0415 - only when asked

    return verify_run(path)


def stress(path: Path) -> Checked:
    """Verify stress scenarios against the price files beside them."""
    from wattbook.runtime.verify.stress import verify_stress  # noqa: PLC0415 - only when asked

    return verify_stress(path)


def dbn(path: Path) -> Checked:
    """Verify DBN files against what the format's owner prints for them."""
    from wattbook.runtime.verify.dbn import verify_dbn  # noqa: PLC0415 - only when asked

    return verify_dbn(path)


def fast(path: Path) -> Checked:
    """Verify FAST messages against expected ones."""
    from wattbook.runtime.verify.fast import verify_fast  # noqa: PLC0415 - only when asked

    return verify_fast(path)


def sbe(path: Path) -> Checked:
    """Verify SBE schemas and messages."""
    from wattbook.runtime.verify.sbe import verify_sbe  # noqa: PLC0415 - only when asked

    return verify_sbe(path)


def risk(path: Path) -> Checked:
    """Verify known answers of pricing and risk."""
    from wattbook.runtime.verify.risk import verify_risk  # noqa: PLC0415 - only when asked

    return verify_risk(path)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "fix",
            "every message's fields, and what is refused and why, against the answers beside it",
            "NAME.fix with NAME.json, a script NAME.def, a dictionary NAME.xml, or a folder",
            fix,
        ),
        Kind(
            "journal",
            "checksums of every record, sequence without gaps, state hash after replay",
            "a run folder, or the journal folder in it",
            journal,
        ),
        Kind(
            "run",
            "every event file, figure and the report of a run, made again from its journal",
            "a run folder",
            run,
        ),
        Kind(
            "stress",
            "levels, moves and extremes of dated scenarios, recomputed from the price files",
            "stress/historical_scenarios.json in a data folder",
            stress,
        ),
        Kind(
            "dbn",
            "every field of every record, against what the format's owner prints",
            "a DBN file, or a folder of them with expected/NAME.jsonl",
            dbn,
        ),
        Kind(
            "fast",
            "every field of every message, against stated values; templates compile",
            "a file of cases, NAME.dat with NAME_templates.xml, or a folder of them",
            fast,
        ),
        Kind(
            "sbe",
            "every field of every message, against stated values; wrong schemas are refused",
            "a schema, NAME.sbe or NAME.bin with a schema beside it, or a folder of them",
            sbe,
        ),
        Kind(
            "risk",
            "values, measures and tests of risk, against stated answers within their tolerance",
            "a file of cases, or a folder of them",
            risk,
        ),
    )
}
"""What ``wattbook verify`` knows, by name."""


def verify(kind: str, path: Path) -> Checked:
    """Return the outcome of verifying `path` as `kind`.

    Raises
    ------
    VerifyError
        If the kind is unknown, or the path is not of that kind.
    """
    if kind not in KINDS:
        message = f"{kind!r} is no kind that can be verified; use one of {', '.join(KINDS)}"
        raise VerifyError(message)
    if not path.exists():
        message = f"{path} is not there; give {KINDS[kind].path}"
        raise VerifyError(message)
    return KINDS[kind].run(path)
