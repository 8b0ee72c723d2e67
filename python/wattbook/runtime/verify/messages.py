"""Decoded messages against expected ones, field by field."""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from wattbook.errors import VerifyError
from wattbook.runtime.verify.result import JsonValue, Tally

__all__ = ["check_value", "data_files", "expected_messages", "files_below", "read_json"]

# A float of 32 bits is printed with the digits that tell it from its neighbours.
FLOAT_TOLERANCE = 1e-6


def files_below(path: Path) -> list[Path]:
    """Return `path` itself, or every file below it, sorted."""
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file())


def data_files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files at or below `path` whose name has one of `suffixes` anywhere in it."""
    return [file for file in files_below(path) if set(file.suffixes) & set(suffixes)]


def read_json(file: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return the contents of a JSON file.

    Raises
    ------
    VerifyError
        If it holds no JSON.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        message = f"{file} holds no JSON: {fault}"
        raise VerifyError(message) from fault


def expected_messages(file: Path) -> list[dict[str, Any]] | None:
    """Return what stands in NAME.json beside the data file NAME.*; None if there is none.

    The list is the file itself, or its ``messages``; a single object is one message.
    """
    names = {file.name + ".json", file.with_suffix(".json").name, file.name.split(".")[0] + ".json"}
    for name in sorted(names, key=len, reverse=True):
        stated = file.parent / name
        if stated.is_file() and stated != file:
            found = read_json(stated)
            if isinstance(found, dict):
                found = found.get("messages", [found])
            return list(found)
    return None


def shown(value: Any) -> JsonValue:  # noqa: ANN401 - any JSON
    """Return `value` as something that a difference can hold."""
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return json.dumps(value, ensure_ascii=False)


def number(value: Any) -> Decimal | None:  # noqa: ANN401 - any JSON
    """Return `value` as a number, also from text or from a decimal's two parts; else None."""
    if isinstance(value, dict):
        if set(value) - {"type"} != {"exponent", "mantissa"}:
            return None
        exponent, mantissa = value["exponent"], value["mantissa"]
        if not isinstance(exponent, int) or not isinstance(mantissa, int):
            return None
        return Decimal(mantissa).scaleb(exponent)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def as_bytes(value: Any) -> bytes | None:  # noqa: ANN401 - any JSON
    """Return a list of small integers as bytes; else None."""
    if isinstance(value, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in value):
        return bytes(value)
    return None


def is_same_text(expected: str, got: str) -> bool:
    """Return whether two texts are the same but for padding, or the case of hexadecimal digits."""
    is_hex = all(digit in "0123456789abcdef" for digit in got)
    return expected.rstrip("\0") == got.rstrip("\0") or (is_hex and expected.lower() == got)


def is_same_number(expected: Any, got: Any) -> bool:  # noqa: ANN401 - any JSON
    """Return whether two numbers are the same, however they are written."""
    one, two = number(expected), number(got)
    if one is None or two is None or not one.is_finite() or not two.is_finite():
        return False
    if isinstance(expected, float) or isinstance(got, float):
        return abs(one - two) <= Decimal(FLOAT_TOLERANCE) * max(abs(one), Decimal(1))
    return one == two


def is_same(expected: Any, got: Any) -> bool:  # noqa: ANN401 - any JSON
    """Return whether two values are the same, however a decimal, bytes or padding are written."""
    if isinstance(expected, bool) or isinstance(got, bool):
        return expected is got
    if isinstance(expected, str) and isinstance(got, str) and is_same_text(expected, got):
        return True
    raw = as_bytes(expected)
    if raw is not None and isinstance(got, str):
        return raw in (got.encode(), got.encode("latin-1", "replace")) or raw.hex() == got
    return expected == got or is_same_number(expected, got)


def plain(expected: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return a value without the type that a vector states beside it."""
    if isinstance(expected, dict) and set(expected) == {"type", "value"}:
        return expected["value"]
    return expected


def check_value(
    tally: Tally,
    place: str,
    expected: Any,  # noqa: ANN401
    got: Any,  # noqa: ANN401
    encoded: Any = None,  # noqa: ANN401
) -> None:
    """Count every figure of `got` that agrees with `expected`, and keep those that do not.

    A field that `expected` leaves out has to be absent; a list of names stands for a set of bits.
    `encoded` is the same value with enumerations and sets as they are encoded, which may be meant.
    """
    expected = plain(expected)
    if isinstance(expected, dict) and isinstance(got, dict) and number(expected) is None:
        other = encoded if isinstance(encoded, dict) else {}
        for key in [*expected, *(key for key in got if key not in expected)]:
            check_value(tally, f"{place}.{key}", expected.get(key), got.get(key), other.get(key))
        return
    if isinstance(expected, list) and isinstance(got, dict):
        got = [name for name, is_set in got.items() if is_set is True]
    if isinstance(expected, list) and isinstance(got, list):
        tally.check(f"{place} length", len(expected), len(got))
        others = encoded if isinstance(encoded, list) else [None] * len(got)
        for at, three in enumerate(zip(expected, got, others, strict=False)):
            check_value(tally, f"{place}[{at}]", *three)
        return
    meant = int(expected) if isinstance(expected, bool) else expected
    if is_same(expected, got) or (encoded is not None and is_same(meant, encoded)):
        tally.passed += 1
    else:
        tally.check(place, shown(expected), shown(got))


def by_frame(data: bytes) -> Iterator[tuple[int, bytes]] | None:
    """Return place and bytes of each message if every one stands behind its length; else None.

    A length has four bytes, little or big endian, and the lengths have to add up to the data.
    """
    for order in ("little", "big"):
        places, at = [], 0
        while at + 4 <= len(data):
            length = int.from_bytes(data[at : at + 4], order)
            places.append((at + 4, length))
            at += 4 + length
        if at == len(data) and places:
            return ((begin, data[begin : begin + length]) for begin, length in places)
    return None
