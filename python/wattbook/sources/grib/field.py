"""A field: what it is, when it holds, where its points lie, and its values."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattbook.sources.clock import SECOND, wall
from wattbook.sources.grib.decoder import Answer, DecodeFault
from wattbook.sources.grib.framing import Frame

__all__ = ["Field", "as_rows", "field"]

SPECTRAL = "sh"


@dataclass(frozen=True, slots=True)
class Field:
    """One decoded field.

    Parameters
    ----------
    short_name, name, unit : str
        Parameter as ecCodes names it; ``unknown`` where its tables do not have it.
    parameter : str
        `name` in lower case with underscores: ``2_metre_temperature``; where it is not known, the
        numbers of the parameter: ``unknown_0_3_200``.
    level_type : str
        ``heightAboveGround``, ``isobaricInhPa``, …
    level : float or None
        In the unit of `level_type`; the top of a layer.
    level_bottom : float or None
        The bottom of a layer.
    step_type : str
        ``instant``, or how the values of the interval were put together: ``accum``, ``avg``, …
    reference : int
        Start of the forecast, ns UTC.
    valid_start, valid_end : int
        Half-open interval that the value holds for, ns UTC; equal for an instant.
    member : int or None
        Ensemble member.
    centre : str
        Who made it: ``kwbc`` (NCEP), ``ecmf``.
    grid_type : str
        ``regular_ll``, ``reduced_gg``, ``lambert``, ``sh`` (spherical harmonics), …
    rows, columns : int
        Of the grid; 0 where it has none (reduced grids, spherical harmonics).
    by_column : bool
        Whether the values follow one another along a column.
    alternates : bool
        Whether every other row runs backwards.
    values : ndarray of float64, shape (n_points,)
        In the message's order, missing ones NaN; coefficients for spherical harmonics.
    frame : Frame
        Where it came from.
    """

    short_name: str
    name: str
    unit: str
    parameter: str
    level_type: str
    level: float | None
    level_bottom: float | None
    step_type: str
    reference: int
    valid_start: int
    valid_end: int
    member: int | None
    centre: str
    grid_type: str
    rows: int
    columns: int
    by_column: bool
    alternates: bool
    values: NDArray[np.float64]
    frame: Frame

    @property
    def is_spectral(self) -> bool:
        """Whether the values are coefficients of spherical harmonics and not points."""
        return self.grid_type == SPECTRAL

    @property
    def missing(self) -> int:
        """Number of missing points."""
        return int(np.count_nonzero(np.isnan(self.values)))

    def array(self) -> NDArray[np.float64]:
        """Return the values as rows and columns, or in one row where the grid has neither.

        Rows are lines along which the message's i direction runs, in the order in which the
        message scans them; every row runs the same way, also where the message alternates.
        """
        lines = as_rows(self, self.values)
        if self.alternates and lines.shape[0] > 1:
            lines = lines.copy()
            lines[1::2] = lines[1::2, ::-1]
        return lines


def as_rows(of: Field, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `points`, one after the other along rows or columns, as rows and columns."""
    if of.rows == 0 or of.rows * of.columns != points.size:
        return points.reshape(1, -1)
    if of.by_column:
        return points.reshape(of.columns, of.rows).T
    return points.reshape(of.rows, of.columns)


def field(frame: Frame, answer: Answer) -> Field:
    """Return the field that the worker found in `frame`.

    Raises
    ------
    DecodeFault
        If its date is none, or it has not as many values as points.
    """
    head = answer.head
    reference = _reference(head)
    start, end = head["step_start"], head["step_end"]
    if start is None or end is None:
        raise DecodeFault("it does not say for which step of the forecast it holds")
    step_type = str(head["stepType"] or "instant")
    valid_end = reference + end * SECOND
    valid_start = reference + start * SECOND
    if max(abs(valid_start), abs(valid_end)) >= 2**63:
        raise DecodeFault(f"its steps of {start} and {end} s lie beyond the calendar")
    points = head["numberOfPoints"]
    is_spectral = head["gridType"] == SPECTRAL
    if not is_spectral and points is not None and points != answer.body.size:
        raise DecodeFault(f"{answer.body.size} values for {points} grid points")
    if np.isinf(answer.body).any():
        raise DecodeFault("it holds infinite values")
    # Reduced grids have no number of columns.
    columns = (head["Ni"] or 0) if not is_spectral else 0
    rows = (head["Nj"] or 0) if columns > 0 else 0
    name = str(head["name"] or "unknown")
    is_layer = "Layer" in str(head["typeOfLevel"]) and head["topLevel"] is not None
    level = head["topLevel"] if is_layer else head["level"]
    member = head["number"] if head["number"] is not None else head["perturbationNumber"]
    return Field(
        short_name=str(head["shortName"] or "unknown"),
        name=name,
        unit=str(head["units"] or ""),
        parameter=_parameter(name, head),
        level_type=str(head["typeOfLevel"] or "unknown"),
        level=level,
        level_bottom=head["bottomLevel"] if is_layer else None,
        step_type=step_type,
        reference=reference,
        valid_start=valid_start,
        valid_end=valid_end,
        member=member,
        centre=str(head["centre"] or ""),
        grid_type=str(head["gridType"] or "unknown"),
        rows=rows if rows * columns == answer.body.size else 0,
        columns=columns if rows * columns == answer.body.size else 0,
        by_column=bool(head["jPointsAreConsecutive"]),
        alternates=bool(head["alternativeRowScanning"]),
        values=answer.body,
        frame=frame,
    )


def _parameter(name: str, head: dict[str, Any]) -> str:
    """Return the parameter in one word; those without a name are told apart by their numbers."""
    numbers = head.get("numbers")
    return f"unknown_{numbers}" if numbers else name.lower().replace(" ", "_")


def _reference(head: dict[str, Any]) -> int:
    """Return the start of the forecast, ns UTC."""
    date, clock = head["dataDate"], head["dataTime"]
    try:
        day = dt.datetime(date // 10_000, date // 100 % 100, date % 100, tzinfo=dt.UTC)
        time = dt.timedelta(hours=clock // 100, minutes=clock % 100, seconds=head["second"] or 0)
        return wall(day + time)
    except (TypeError, ValueError, OverflowError) as fault:
        raise DecodeFault(f"its date {date} with time {clock} is none") from fault
