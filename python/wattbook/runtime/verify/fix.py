"""FIX messages against known fields: files with answers beside them, and session scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from wattbook.errors import VerifyError
from wattbook.ingest import fix
from wattbook.runtime.verify.fix_dictionary import verify_dictionary
from wattbook.runtime.verify.result import Checked, Tally

__all__ = ["verify_fix"]

SOH = b"\x01"
RAW = (".fix", ".bin", ".dat")
# A step of a session script that sends or expects a message, perhaps on a further connection.
STEP = re.compile(rb"([IE])(?:\d+,)?(8=.*)", re.DOTALL)
TIME = re.compile(rb"<TIME(?:[+-]\d+)?>")
A_TIME = b"20261120-08:00:00"

# Fields of the frame, which answers may leave out.
FRAME = {8, 9, 35, 10}
TAG = re.compile(rb"[1-9][0-9]{0,7}")
# Reasons of SessionRejectReason (373) that follow from one message alone.
OF_DICTIONARY = {0, 1, 2, 3, 4, 5, 6, 11, 13, 14, 15, 16, 17}

Flat = list[tuple[int, str]]
Fields = Any  # JSON: [[tag, value], ...] or {tag: value}; a value may be a list of such entries


def framed(line: bytes, *, as_sent: bool) -> bytes:
    """Return the message of a script's line, with BodyLength and CheckSum where it has none.

    Expected messages hold figures for other times than ours, so both are always computed for them.
    """
    fields = [field for field in TIME.sub(A_TIME, line).split(SOH) if field]
    begin, *rest = fields
    stated = {field.partition(b"=")[0]: field for field in rest}
    body = [field for field in rest if not field.startswith((b"9=", b"10="))]
    text = b"".join(field + SOH for field in body)
    length = stated.get(b"9", b"") if as_sent else b""
    head = begin + SOH + (length or b"9=%d" % len(text)) + SOH + text
    check = stated.get(b"10", b"") if as_sent else b""
    return head + (check or b"10=%03d" % (sum(head) & 255)) + SOH


def is_sound(frame: bytes) -> bool:
    """Return whether the first three fields, length and checksum of a script's message hold."""
    head = re.match(rb"8=FIX[^\x01]+\x019=(\d+)\x01(?=35=)", frame)
    body, _, check = frame[:-1].rpartition(b"\x0110=")
    if head is None or len(check) != 3:
        return False
    right = len(body) + 1 - head.end() == int(head[1])
    return right and int(check) == sum(body + SOH) & 255


def flat(message: fix.Message) -> Flat:
    """Return tags and values in order, text as one character a byte."""
    return [(tag, value.decode("latin-1")) for tag, value in message.fields]


def steps(path: Path) -> Iterator[tuple[str, str, bytes]]:
    """Yield place, letter and frame of each message of a session script."""
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        step = STEP.fullmatch(line.rstrip(b"\r"))
        if step is not None:
            frame = framed(step[2], as_sent=step[1] == b"I")
            yield f"{path.name}:{number}", step[1].decode(), frame


def verify_script(tally: Tally, path: Path) -> None:
    """Check a session script: every message is read field by field, or skipped.

    A message that is answered with Reject (35=3) must be refused by the dictionary for the same tag
    and reason, where a dictionary can know it; one that gets an ordinary answer must be valid.
    """
    script = list(steps(path))
    for at, (place, letter, frame) in enumerate(script):
        found = fix.messages(frame)
        if not is_sound(frame):
            tally.check(f"{place} garbled", 0, len(found))
            continue
        tally.check(f"{place} messages", 1, len(found))
        split = [field.partition(b"=") for field in frame.split(SOH)[:-1]]
        expected = [
            (int(tag), value.decode("latin-1")) for tag, _, value in split if TAG.fullmatch(tag)
        ]
        for message in found:
            tally.check(place, json.dumps(expected), json.dumps(flat(message)))
        if letter == "I" and at + 1 < len(script) and script[at + 1][1] == "E":
            verify_rejection(tally, place, frame, script[at + 1][2])


def verify_rejection(tally: Tally, place: str, frame: bytes, answer: bytes) -> None:
    """Check what the dictionary says of a message that was sent against the answer to it.

    A Logout says nothing of it: it may be for the session's own rules.
    """
    rejected = [(row.reason, row.tag) for row in fix.rejections(frame)]
    (sent,), (answered,) = fix.messages(frame), fix.messages(answer)
    reason, tag = (int(answered.get(name) or -1) for name in (373, 371))
    if answered.msg_type != "3" and answered.msg_type not in "5j":
        tally.check(f"{place} rejected", "[]", repr(rejected))
    elif reason in OF_DICTIONARY and answered.get(45) == sent.get(34):
        tally.check(f"{place} reason", repr([reason]), repr([found for found, _ in rejected]))
        if tag > 0:
            tally.check(f"{place} tag", repr([tag]), repr([found for _, found in rejected]))


def expected_fields(fields: Fields) -> Iterator[tuple[int, str]]:
    """Yield tag and value of stated fields in order; a group is a list of entries under its count.

    Raises
    ------
    VerifyError
        If they are no list of [tag, value] and no object of tag to value.
    """
    pairs = fields.items() if isinstance(fields, dict) else fields
    for pair in pairs:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise VerifyError(f"{pair!r} is no [tag, value]; see docs/verify.md")
        tag, value = int(pair[0]), pair[1]
        if isinstance(value, list):
            yield tag, str(len(value))
            for entry in value:
                yield from expected_fields(entry)
        else:
            yield tag, str(value)


def stated_shape(fields: Fields) -> list[Any]:
    """Return tags in order, those of groups with the shapes of their entries."""
    pairs = fields.items() if isinstance(fields, dict) else fields
    return [
        [int(tag), [stated_shape(entry) for entry in value]]
        if isinstance(value, list)
        else int(tag)
        for tag, value in pairs
    ]


def found_shape(fields: Sequence[fix.Nested]) -> list[Any]:
    """Return the shape of fields as read."""
    return [
        tag if isinstance(value, bytes) else [tag, [found_shape(entry) for entry in value]]
        for tag, value in fields
    ]


def compare(tally: Tally, place: str, stated: dict[str, Any], message: fix.Message) -> None:
    """Compare one message with what is stated of it."""
    if "template" in stated:
        tally.check(f"{place} template", str(stated["template"]), message.msg_type)
    expected = list(expected_fields(stated["fields"]))
    tags = {tag for tag, _ in expected}
    got = [entry for entry in flat(message) if entry[0] in tags or entry[0] not in FRAME]
    tally.check(f"{place} fields", len(expected), len(got))
    for at, (one, other) in enumerate(zip(expected, got, strict=False)):
        tally.check(f"{place} field {at}", f"{one[0]}={one[1]}", f"{other[0]}={other[1]}")
    shape = stated_shape(stated["fields"])
    if any(isinstance(part, list) for part in shape):
        nested = [part for part in message.nested() if part[0] in tags or part[0] not in FRAME]
        tally.check(f"{place} groups", json.dumps(shape), json.dumps(found_shape(nested)))


def verify_pair(tally: Tally, raw: Path, answers: Path) -> None:
    """Check every message of `raw` against `answers`.

    Raises
    ------
    VerifyError
        If the answers are no list of ``{"template", "fields"}``.
    """
    data = raw.read_bytes()
    if SOH not in data:
        data = data.replace(b"|", SOH)
    try:
        stated = json.loads(answers.read_text(encoding="utf-8"))
        entries = [entry for entry in stated if "fields" in entry]
        skipped = [entry["skipped"] for entry in stated if "skipped" in entry]
    except (ValueError, TypeError) as fault:
        message = f"{answers} is no list of {{template, fields}} ({fault}); see docs/verify.md"
        raise VerifyError(message) from fault
    found = fix.messages(data)
    tally.check(f"{raw.name} messages", len(entries), len(found))
    for number, (entry, got) in enumerate(zip(entries, found, strict=False)):
        compare(tally, f"{raw.name}[{number}]", entry, got)
    for number, offset in enumerate(skipped):
        place = found.skipped[number].offset if number < len(found.skipped) else None
        tally.check(f"{raw.name} skipped {number}", offset, place)


def verify_fix(path: Path) -> Checked:
    """Return the outcome for a file with answers, a session script, or a folder of them.

    Raises
    ------
    VerifyError
        If there is none of them.
    """
    tally = Tally()
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    known = False
    for file in files:
        answers = file.with_suffix(".json")
        if file.suffix == ".xml":
            verify_dictionary(tally, file)
        elif file.suffix == ".def":
            verify_script(tally, file)
        elif file.suffix in RAW and answers.is_file():
            verify_pair(tally, file, answers)
        else:
            continue
        known = True
    if not known:
        what = "no NAME.fix with NAME.json, no NAME.def and no dictionary"
        message = f"{path} is {what}; see docs/verify.md"
        raise VerifyError(message)
    return tally.checked("fix", str(path))
