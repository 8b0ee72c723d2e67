"""DBN files against what the format's owner prints for them."""

import json
import re
from pathlib import Path
from typing import Any

from wattbook.errors import DecodeError, VerifyError
from wattbook.ingest import DbnFile
from wattbook.runtime.verify.messages import check_value, data_files, expected_messages
from wattbook.runtime.verify.result import Checked, Tally

__all__ = ["verify_dbn"]

SUFFIXES = (".dbn", ".dbz", ".bin", ".dat")
# Rust's escapes of a character that is not printable, which are not those of JSON.
NOT_JSON = re.compile(r"\\(x[0-9a-fA-F]{2})")


def line(text: str) -> Any:  # noqa: ANN401 - a record as an object
    """Return the object in a line that the format's owner printed."""
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(NOT_JSON.sub(r"\\\\\1", text).replace("\\'", "'"))


def fields_of(record: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
    """Return `record` as `stated` has it: with its header inside, or flat."""
    if "hd" in stated or "hd" not in record:
        return record
    return {**record["hd"], **{key: value for key, value in record.items() if key != "hd"}}


def check_file(tally: Tally, file: Path, place: str) -> None:
    """Compare every field of every record of `file`."""
    try:
        records = [json.loads(text) for text in DbnFile.open(file).json_lines().splitlines()]
    except DecodeError as fault:
        tally.check(place, "every record sound", str(fault))
        return
    printed = file.parent / "expected" / f"{file.name}.jsonl"
    if printed.is_file():
        lines = [line(text) for text in printed.read_text(encoding="utf-8").splitlines()]
    else:
        stated = expected_messages(file)
        if stated is None:
            # Nothing to compare with: each record that is sound counts.
            tally.passed += len(records)
            return
        lines = [entry.get("fields", entry) for entry in stated]
    tally.check(f"{place} records", len(lines), len(records))
    for at, (expected, got) in enumerate(zip(lines, records, strict=False)):
        check_value(tally, f"{place}[{at}]", expected, fields_of(got, expected))


def verify_dbn(path: Path) -> Checked:
    """Return the outcome of decoding each file at or below `path`.

    Raises
    ------
    VerifyError
        If there is none.
    """
    files = [file for file in data_files(path, SUFFIXES) if file.suffix not in (".json", ".jsonl")]
    if not files:
        message = f"{path} holds no file named {', '.join(SUFFIXES)}"
        raise VerifyError(message)
    tally = Tally()
    for file in files:
        check_file(tally, file, file.name)
    return tally.checked("dbn", str(path))
