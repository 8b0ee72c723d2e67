"""A process that turns GRIB messages into headers and values with ecCodes.

It runs apart because ecCodes ends the process on some damaged messages: an assertion, a stray
pointer or an endless loop then costs one message and not the program. It is run by path and imports
nothing of Wattbook. When ready it writes `READY`; then requests and answers go through its standard
streams::

    request   kind (F field, G grid), length u32, message
    answer    length of head u32, length of body u64, head (JSON), body (float64)
"""

import json
import os
import resource
import struct
import sys
from typing import Any

READY = b"ready"
MEMORY_BYTES_MAX = 4 << 30
MISSING = -1.0e100
"""Stands for a missing value; the default of ecCodes, 9999, is also a value of real fields."""

WHOLE_NUMBERS = (
    "dataDate dataTime second number perturbationNumber jPointsAreConsecutive "
    "alternativeRowScanning Ni Nj numberOfPoints"
)
KEYS = {
    **dict.fromkeys(WHOLE_NUMBERS.split(), int),
    **dict.fromkeys(["typeOfLevel", "stepType", "gridType", "centre"], str),
    **dict.fromkeys(("level", "topLevel", "bottomLevel"), float),
}
NUMBERS = {
    1: ("table2Version", "indicatorOfParameter"),
    2: ("discipline", "parameterCategory", "parameterNumber"),
}
"""What numbers a parameter, by edition."""

NAMES: dict[tuple[object, ...], dict[str, int | float | str | None]] = {}
"""Short name, name and unit by parameter and who numbers it: ecCodes searches long for each."""


def read(key: str, kind: type, handle: int) -> int | float | str | None:
    """Return `key` of the message, or none where it has no such key."""
    try:
        found: int | float | str = eccodes.codes_get(handle, key, kind)
    except eccodes.CodesInternalError:
        return None
    return found


def named(handle: int) -> dict[str, int | float | str | None]:
    """Return the parameter's short name, name and unit."""
    number = read("paramId", int, handle)
    key = (number, read("centre", str, handle), read("edition", int, handle))
    if not number or key not in NAMES:
        found = {name: read(name, str, handle) for name in ("shortName", "name", "units")}
        if not number:
            edition = 1 if read("edition", int, handle) == 1 else 2
            found["numbers"] = "_".join(str(read(n, int, handle)) for n in NUMBERS[edition])
            return found
        NAMES[key] = found
    return NAMES[key]


def field(handle: int) -> tuple[dict[str, Any], bytes]:
    """Return the header of a field and its values, missing ones NaN, in the message's order."""
    head: dict[str, Any] = {key: read(key, kind, handle) for key, kind in KEYS.items()}
    head.update(named(handle))
    eccodes.codes_set(handle, "stepUnits", "s")
    head["step_start"] = read("startStep", int, handle)
    head["step_end"] = read("endStep", int, handle)
    eccodes.codes_set(handle, "missingValue", MISSING)
    values = eccodes.codes_get_array(handle, "values")
    if head["gridType"] != "sh":
        values[values == MISSING] = float("nan")
    return head, values.tobytes()


def grid(handle: int) -> tuple[dict[str, Any], bytes]:
    """Return the latitudes and longitudes of a grid, and how many points each row has."""
    head: dict[str, Any] = {}
    if read("PLPresent", int, handle):
        head["row_points"] = [int(count) for count in eccodes.codes_get_array(handle, "pl")]
    latitudes = eccodes.codes_get_array(handle, "latitudes")
    longitudes = eccodes.codes_get_array(handle, "longitudes")
    return head, latitudes.tobytes() + longitudes.tobytes()


def answer(kind: bytes, message: bytes) -> tuple[dict[str, Any], bytes]:
    """Return head and body for a request."""
    handle = None
    try:
        handle = eccodes.codes_new_from_message(message)
        return (field if kind == b"F" else grid)(handle)
    except (eccodes.CodesInternalError, ValueError, MemoryError) as fault:
        return {"fault": f"ecCodes: {fault}"}, b""
    finally:
        if handle is not None:
            eccodes.codes_release(handle)


def main() -> None:
    """Answer requests until the standard input ends."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(asked := requests.read(5)) == 5:
        kind, length = asked[:1], struct.unpack("<I", asked[1:])[0]
        head, body = answer(kind, requests.read(length))
        text = json.dumps(head).encode()
        answers.write(struct.pack("<IQ", len(text), len(body)) + text)
        answers.write(body)
        answers.flush()


if __name__ == "__main__":
    import eccodes

    eccodes.codes_context_set_logging(open(os.devnull, "wb"))  # noqa: PTH123, SIM115
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > MEMORY_BYTES_MAX:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    main()
