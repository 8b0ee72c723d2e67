"""FAST messages against expected ones."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wattbook.errors import DecodeError, SchemaError, VerifyError
from wattbook.ingest import FastDecoder, FastMessage
from wattbook.runtime.verify.messages import (
    by_frame,
    check_value,
    expected_messages,
    files_below,
    read_json,
)
from wattbook.runtime.verify.result import Checked, Tally

__all__ = ["verify_fast"]

DATA = (".dat", ".bin", ".fast")


def templates_for(file: Path) -> str:
    """Return the templates of a data file: by its name, or the only ones in its folder.

    Raises
    ------
    VerifyError
        If none are found.
    """
    stem = file.name.split(".")[0]
    named = [file.parent / f"{stem}{end}" for end in ("_templates.xml", ".xml", "-templates.xml")]
    named.append(file.parent / "templates.xml")
    alone = sorted(file.parent.glob("*.xml"))
    for candidate in [*named, *(alone if len(alone) == 1 else [])]:
        if candidate.is_file():
            return candidate.read_text(encoding="utf-8")
    message = f"{file} has no templates; name them {stem}_templates.xml"
    raise VerifyError(message)


def unframed(decoder: FastDecoder, data: bytes) -> Iterator[tuple[int, FastMessage, int]]:
    """Yield place, message and length of messages that follow each other without a gap."""
    at = 0
    while at < len(data):
        message = decoder.decode(data[at:])
        yield at, message, message.length
        at += message.length


def decoded(decoder: FastDecoder, data: bytes) -> Iterator[tuple[int, FastMessage, int]]:
    """Yield place, message and stated length of each message of `data`."""
    frames = by_frame(data)
    if frames is None:
        yield from unframed(decoder, data)
        return
    for at, message in frames:
        yield at, decoder.decode(message), len(message)


def check_data(tally: Tally, file: Path) -> None:
    """Check every message of a data file, against NAME.json if it is there."""
    expected = expected_messages(file)
    decoder = FastDecoder(templates_for(file))
    count, behind = 0, 0
    try:
        for at, message, length in decoded(decoder, file.read_bytes()):
            behind = at + length
            place = f"{file.name}[{count}]"
            if message.length == length:
                tally.passed += 1
            else:
                tally.check(f"{place} length", length, message.length)
            if expected is not None and count < len(expected):
                check_message(tally, place, expected[count], message)
            count += 1
    except DecodeError as fault:
        tally.check(f"{file.name}[{count}] behind byte {behind}", "a message", str(fault))
    if expected is not None:
        tally.check(f"{file.name} messages", len(expected), count)


def check_message(tally: Tally, place: str, expected: dict[str, Any], got: FastMessage) -> None:
    """Compare one message with what is stated."""
    if "template" in expected:
        tally.check(f"{place} template", expected["template"], got.template)
    fields = expected.get("fields")
    if fields is None:
        # A message of one field, which the vectors of the standard call its value.
        values = list(got.fields.values())
        check_value(tally, f"{place} value", expected.get("value"), values[0] if values else None)
    else:
        check_value(tally, place, fields, got.fields)


def check_cases(tally: Tally, file: Path, document: dict[str, Any]) -> None:
    """Check a file of cases, each with a fresh decoder and its messages in order."""
    templates = (file.parent / document["templates"]).read_text(encoding="utf-8")
    for number, case in enumerate(document["cases"]):
        decoder = FastDecoder(templates)
        for at, expected in enumerate(case["messages"]):
            place = f"case {number} {case['name']}[{at}]"
            data = bytes.fromhex(expected["hex"])
            try:
                got = decoder.decode(data)
            except DecodeError as fault:
                # A case may state the standard's name of an error instead of a value.
                stated = str(expected.get("error", expected.get("value")))
                tally.check(place, stated, stated if stated in str(fault) else str(fault))
                continue
            tally.check(f"{place} length", len(data), got.length)
            check_message(tally, place, expected, got)


def check_templates(tally: Tally, file: Path) -> None:
    """Check that templates compile, or are refused if their name says that they are wrong."""
    is_wrong = any(word in file.name for word in ("error", "invalid"))
    try:
        FastDecoder(file.read_text(encoding="utf-8"))
        outcome = "usable"
    except SchemaError as fault:
        outcome = "refused" if is_wrong else str(fault)
    tally.check(f"{file.name} templates", "refused" if is_wrong else "usable", outcome)


def verify_fast(path: Path) -> Checked:
    """Return the outcome for the cases, data files and templates at or below `path`.

    Raises
    ------
    VerifyError
        If there are none, or data stand without templates.
    """
    tally = Tally()
    for file in files_below(path):
        if file.suffix in DATA:
            check_data(tally, file)
        elif file.suffix == ".xml":
            check_templates(tally, file)
        elif file.suffix == ".json":
            stated = read_json(file)
            if isinstance(stated, dict) and "cases" in stated:
                check_cases(tally, file, stated)
    if not tally.passed and not tally.differences:
        message = f"{path} holds no cases, data or templates of FAST"
        raise VerifyError(message)
    return tally.checked("fast", str(path))
