"""Payloads of GRIB to fields, and to the rows that all sources share."""

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError, SourceError
from wattbook.sources.grib.decoder import DecodeFault, shared
from wattbook.sources.grib.extract import Area, Place, area_mean, bilinear
from wattbook.sources.grib.field import Field, field
from wattbook.sources.grib.framing import MAGIC, frames
from wattbook.sources.payload import (
    OBSERVATION_COLUMNS,
    RAW_BYTES_MAX,
    Parsed,
    Payload,
    Quarantined,
    aside,
)
from wattbook.sources.tabular import table

__all__ = ["FIELD_COLUMNS", "PLACES", "fields", "is_grib", "parse", "parser"]

FIELD_COLUMNS: Mapping[str, str] = {
    "parameter": "String",
    "short_name": "String",
    "unit": "String",
    "level_type": "String",
    "level": "Float64",
    "level_bottom": "Float64",
    "step_type": "String",
    "reference": "Int64",
    "valid_start": "Int64",
    "valid_end": "Int64",
    "member": "Int64",
    "centre": "String",
    "grid_type": "String",
    "rows": "Int64",
    "columns": "Int64",
    "points": "Int64",
    "missing": "Int64",
    "value_min": "Float64",
    "value_mean": "Float64",
    "value_max": "Float64",
    "offset": "Int64",
    "place": "Int64",
}
"""Name and Polars type of each column of the table ``field``: one row a field.

Times are ns UTC, ``valid_start`` and ``valid_end`` half-open, equal for an instant. ``value_mean``
is of the points that are not missing, unweighted; all three are null for spherical harmonics.
``offset`` is the first byte of the message, ``place`` its number in the payload.
"""

PLACES: Mapping[str, Place] = {
    "Frankfurt": Place(50.11, 8.68),
    "Houston": Place(29.76, -95.37),
    "London": Place(51.51, -0.13),
    "Melbourne": Place(-37.81, 144.96),
    "New York": Place(40.71, -74.01),
    "Paris": Place(48.86, 2.35),
    "Stockholm": Place(59.33, 18.07),
}
"""Where observations are taken unless told otherwise: centres of load of the large markets."""

Row = dict[str, Any]


def is_grib(payload: Payload) -> bool:
    """Return whether `payload` begins with GRIB, a bulletin's heading before it or not."""
    begin = payload.content.find(MAGIC, 0, 256)
    return begin >= 0 and payload.content[begin + 7 : begin + 8] in {b"\x01", b"\x02"}


def fields(content: bytes) -> Iterator[Field | Quarantined]:
    """Yield every field of `content`, GRIB of either edition, and every part that is none.

    One field is held at a time, so memory does not grow with the payload.

    Raises
    ------
    SourceError
        If ecCodes is not installed.
    """
    decoder = shared()
    for found in frames(content):
        if isinstance(found, Quarantined):
            yield found
            continue
        try:
            yield field(found, decoder.ask(b"F", found.message))
        except DecodeFault as fault:
            place = f"message {found.number} at byte {found.offset}"
            if found.part:
                place += f", field {found.part}"
            yield Quarantined(place, found.offset, str(fault), found.message[:RAW_BYTES_MAX])


def parser(
    places: Mapping[str, Place] = PLACES, areas: Mapping[str, Area] | None = None
) -> Callable[[Payload], Parsed]:
    """Return a reader of GRIB payloads that observes `places` (bilinear) and `areas` (means)."""
    return partial(parse, places=places, areas=areas or {})


def parse(
    payload: Payload,
    places: Mapping[str, Place] = PLACES,
    areas: Mapping[str, Area] | None = None,
) -> Parsed:
    """Return a row of the table ``field`` for each field, and observations at places and areas.

    An observation's ``dataset`` is the parameter (``2_metre_temperature``), its ``item`` the level
    and, where there are several, the member (``heightAboveGround 2``, ``surface 0, member 3``), its
    ``ts_event`` the start of the forecast. Places outside a field's grid have no row of it.
    """
    rows: list[Row] = []
    observed: list[Row] = []
    quarantined: list[Quarantined] = []
    try:
        for found in fields(payload.content):
            if isinstance(found, Quarantined):
                quarantined.append(found)
            else:
                rows.append(_row(found))
                observed += _observed(found, places, areas or {})
    except SourceError as fault:
        quarantined.append(aside(payload.content, str(fault)))
    return Parsed(
        table(OBSERVATION_COLUMNS, observed),
        {"field": table(FIELD_COLUMNS, rows)},
        tuple(quarantined),
    )


def _row(of: Field) -> Row:
    there = of.values[~np.isnan(of.values)] if not of.is_spectral else np.empty(0)
    some = there.size > 0
    return {
        **{name: getattr(of, name) for name in FIELD_COLUMNS if name in Field.__slots__},
        "points": 0 if of.is_spectral else of.values.size,
        "missing": 0 if of.is_spectral else of.missing,
        "value_min": float(there.min()) if some else None,
        "value_mean": _mean(there) if some else None,
        "value_max": float(there.max()) if some else None,
        "offset": of.frame.offset,
        "place": of.frame.number,
    }


def _mean(values: NDArray[np.float64]) -> float | None:
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(values.mean())
    return mean if math.isfinite(mean) else None  # Damage can make values whose sum overflows.


def _observed(of: Field, places: Mapping[str, Place], areas: Mapping[str, Area]) -> Iterator[Row]:
    if of.is_spectral:
        return
    item = of.level_type if of.level is None else f"{of.level_type} {of.level:g}"
    if of.level_bottom is not None:
        item += f" to {of.level_bottom:g}"
    if of.member is not None:
        item += f", member {of.member}"
    looks: list[tuple[str, Callable[[], float]]] = [
        *((name, partial(bilinear, of, place)) for name, place in places.items()),
        *((name, lambda area=area: area_mean(of, area).value) for name, area in areas.items()),
    ]
    for location, look in looks:
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                value = look()
        except (
            InputError
        ):  # Outside this grid, or a grid without coordinates: the docstring says so.
            continue
        yield {
            "dataset": of.parameter,
            "location": location,
            "item": item,
            "delivery_start": of.valid_start,
            "delivery_end": of.valid_end,
            "value": value if math.isfinite(value) else None,
            "unit": of.unit,
            "ts_event": of.reference,
            "place": of.frame.number,
            "offset": of.frame.offset,
        }
