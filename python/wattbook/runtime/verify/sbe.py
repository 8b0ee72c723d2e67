"""SBE messages against expected ones, and schemas against the standard's rules."""

from pathlib import Path
from typing import Any

from wattbook.errors import DecodeError, SchemaError, VerifyError
from wattbook.ingest import SbeMessage, SbeSchema
from wattbook.runtime.verify.messages import (
    by_frame,
    check_value,
    expected_messages,
    files_below,
)
from wattbook.runtime.verify.result import Checked, Tally

__all__ = ["verify_sbe"]

DATA = (".sbe", ".bin", ".dat")
WRONG = ("error-handler", "invalid")
# What these were filed for differs: some are rules of a generator, not of the standard.
EITHER = ("issue",)
NOT_AT_HAND = "is to be included"


def is_schema(file: Path) -> bool:
    """Return whether an XML file holds a schema, rather than types to be included."""
    return file.suffix == ".xml" and "messageSchema" in file.read_text(encoding="utf-8")


def check_schema(tally: Tally, file: Path) -> None:
    """Check that a schema compiles, or is refused if its name says that it is wrong."""
    is_wrong = any(word in file.name for word in WRONG)
    try:
        SbeSchema.load(file)
        outcome = "usable"
    except SchemaError as fault:
        if NOT_AT_HAND in str(fault):
            # The folder lacks a part, so nothing can be said.
            return
        is_expected = is_wrong or file.name.startswith(EITHER)
        outcome = "refused" if is_expected else str(fault)
    if file.name.startswith(EITHER) and not is_wrong:
        tally.passed += 1
    else:
        tally.check(f"{file.name} schema", "refused" if is_wrong else "usable", outcome)


def messages_of(schema: SbeSchema, data: bytes) -> list[tuple[SbeMessage, SbeMessage]]:
    """Return the messages of `data`, each behind its length or directly behind the one before.

    Each comes with enumerations and sets by name, and as they are encoded.

    Raises
    ------
    DecodeError
        If they are none of `schema`, or bytes are left.
    """
    frames = by_frame(data)
    if frames is not None:
        parts = [frame for _, frame in frames]
    else:
        parts, at = [], 0
        for message in schema.decode_all(data):
            parts.append(data[at : at + message.length])
            at += message.length
    return [(schema.decode(part), schema.decode(part, is_encoded=True)) for part in parts]


def decoded(file: Path) -> list[tuple[SbeMessage, SbeMessage]]:
    """Return the messages of a data file by the schema of its name, or by the first that fits.

    Raises
    ------
    VerifyError
        If there is no schema at all.
    DecodeError
        If no schema fits; the text is that of the last one tried.
    """
    stem = file.name.split(".")[0]
    schemas = sorted(
        (other for other in file.parent.glob("*.xml") if is_schema(other)),
        key=lambda other: (not other.name.startswith(stem), other.name),
    )
    data = file.read_bytes()
    fault: DecodeError | None = None
    for other in schemas:
        try:
            return messages_of(SbeSchema.load(other), data)
        except SchemaError:
            continue
        except DecodeError as error:
            fault = error
    if fault is not None:
        raise fault
    message = f"{file} has no schema in its folder; name it {stem}.xml"
    raise VerifyError(message)


def check_data(tally: Tally, file: Path) -> None:
    """Check every message of a data file, against NAME.json if it is there."""
    expected = expected_messages(file)
    try:
        messages = decoded(file)
    except DecodeError as fault:
        tally.check(file.name, "messages", str(fault))
        return
    if expected is None:
        tally.passed += len(messages)
        return
    tally.check(f"{file.name} messages", len(expected), len(messages))
    for at, (stated, got) in enumerate(zip(expected, messages, strict=False)):
        check_message(tally, f"{file.name}[{at}]", stated, got)


def check_message(
    tally: Tally, place: str, expected: dict[str, Any], found: tuple[SbeMessage, SbeMessage]
) -> None:
    """Compare one message with what is stated."""
    got, encoded = found
    if "template" in expected:
        tally.check(f"{place} template", expected["template"], got.template)
    check_value(tally, place, expected.get("fields", expected), got.fields, encoded.fields)


def verify_sbe(path: Path) -> Checked:
    """Return the outcome for the schemas and data files at or below `path`.

    Raises
    ------
    VerifyError
        If there are none, or data stand without a schema.
    """
    tally = Tally()
    for file in files_below(path):
        if file.suffix in DATA:
            check_data(tally, file)
        elif is_schema(file):
            check_schema(tally, file)
    if not tally.passed and not tally.differences:
        message = f"{path} holds no schema and no data of SBE"
        raise VerifyError(message)
    return tally.checked("sbe", str(path))
