"""Values at points and means over areas.

Nearest takes the grid point at the smallest great-circle distance. Bilinear weighs the corners of
the cell that a point lies in: linear in latitude and longitude where rows follow parallels, along
the two neighbouring rows of a reduced grid, and in the cell's own coordinates, seen from the point,
on other grids. A missing corner that would count makes the value missing. A point outside the grid
is refused. Longitudes may run from 0 to 360 or from -180 to 180, on either side.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.sources.grib.field import Field
from wattbook.sources.grib.grid import EARTH_RADIUS_M, Grid, grid, unit_vector

__all__ = ["Area", "Mean", "Nearest", "Place", "area_mean", "bilinear", "nearest"]

LONE_POINT_M = 1_000.0
TINY = 1e-9
"""Slack in degrees, and in cells: coordinates are stored in steps of 1e-6 degrees."""

Floats = NDArray[np.float64]
Corners = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A point on Earth: latitude and longitude in degrees, north and east positive."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        """Refuse what is no place."""
        if not (-90.0 <= self.latitude <= 90.0 and -360.0 <= self.longitude <= 360.0):
            message = f"{self} is no place on Earth; latitude -90 to 90, longitude -360 to 360"
            raise InputError(message)


@dataclass(frozen=True, slots=True)
class Area:
    """A box along parallels and meridians, degrees; `west` may be greater than `east`."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class Nearest:
    """The value of the nearest grid point (NaN if missing), where it lies, and how far off."""

    value: float
    latitude: float
    longitude: float
    distance_m: float


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean weighted by cell area, how many points it is of, and the share not missing."""

    value: float
    points: int
    covered: float


def nearest(of: Field, at: Place) -> Nearest:
    """Return the value of the grid point nearest to `at`.

    Raises
    ------
    InputError
        If `at` lies further from it than its neighbours do, so outside the grid.
    """
    where = grid(of)
    index, distance_m = _closest(where, at)
    return Nearest(
        float(of.array().flat[index]),
        float(where.latitude.flat[index]),
        (float(where.longitude.flat[index]) + 180.0) % 360.0 - 180.0,
        distance_m,
    )


def bilinear(of: Field, at: Place) -> float:
    """Return the value at `at`, weighed from the corners of its cell; NaN if one is missing.

    Raises
    ------
    InputError
        If `at` lies outside the grid.
    """
    values = of.array().reshape(-1)
    return float(sum(weight * values[index] for index, weight in _corners(grid(of), at)))


def area_mean(of: Field, over: Area) -> Mean:
    """Return the mean over the grid points within `over`, weighted by the area of their cells.

    Missing points are left out; `Mean.covered` says what share of the area the others stand for.

    Raises
    ------
    InputError
        If no grid point lies within.
    """
    where = grid(of)
    width = (over.east - over.west) % 360.0 if over.east - over.west != 360.0 else 360.0
    inside = (
        (where.latitude >= over.south - TINY)
        & (where.latitude <= over.north + TINY)
        & ((where.longitude - over.west + TINY) % 360.0 <= width + 2 * TINY)
    )
    if not inside.any():
        message = f"no point of the {of.grid_type} grid lies within {over}; widen it"
        raise InputError(message)
    weights = where.cell_area[inside]
    values = of.array()[inside]
    there = ~np.isnan(values)
    weight = float(weights[there].sum())
    value = float((weights[there] * values[there]).sum() / weight) if weight else float("nan")
    return Mean(value, int(inside.sum()), weight / float(weights.sum()))


def _outside(where: Grid, at: Place) -> InputError:
    south, north = where.latitude.min(), where.latitude.max()
    west, east = where.longitude.min(), where.longitude.max()
    return InputError(
        f"{at} lies outside the grid, which spans latitudes {south:g} to {north:g} and longitudes "
        f"{west:g} to {east:g}"
    )


@lru_cache(maxsize=4_096)
def _closest(where: Grid, at: Place) -> tuple[int, float]:
    """Return the place of the nearest point in the grid and its distance in metres."""
    here = unit_vector(at.latitude, at.longitude)
    index = int(np.argmax(where.unit_vectors @ here))
    points = where.unit_vectors.reshape(-1, 3)
    distance_m = _distance_m(points[index], here)
    reach = max(
        (_distance_m(points[index], points[other]) for other in _neighbours(where, index)),
        default=LONE_POINT_M,
    )
    if distance_m > reach:
        raise _outside(where, at)
    return index, distance_m


def _distance_m(one: Floats, other: Floats) -> float:
    return EARTH_RADIUS_M * float(
        np.arctan2(np.linalg.norm(np.cross(one, other)), float(np.dot(one, other)))
    )


def _neighbours(where: Grid, index: int) -> list[int]:
    if where.row_points:
        row = int(np.searchsorted(where.row_starts, index, side="right")) - 1
        rows = (r for r in (row - 1, row + 1) if 0 <= r < len(where.row_points))
        return [int(where.row_starts[r]) + _step(where, r, index) for r in rows]
    rows, columns = where.latitude.shape
    row, column = divmod(index, columns)
    found = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
    return [r * columns + c for r, c in found if 0 <= r < rows and 0 <= c < columns]


def _step(where: Grid, row: int, index: int) -> int:
    """Return the point of `row` whose longitude is about that of the point `index`."""
    share = (where.longitude.flat[index] % 360.0) / 360.0
    return int(share * where.row_points[row]) % where.row_points[row]


@lru_cache(maxsize=4_096)
def _corners(where: Grid, at: Place) -> Corners:
    """Return which points count for `at`, and with which weights; weights of 0 are left out."""
    if where.row_points:
        starts = where.row_starts
        rows = [where.longitude[0, begin:end] for begin, end in pairwise(starts)]
        found = _between_rows(where.latitude[0, starts[:-1]], rows, starts[:-1], at)
    elif where.is_separable:
        count, columns = where.latitude.shape
        rows = [where.longitude[0]] * count
        starts = np.arange(count) * columns
        found = _between_rows(where.latitude[:, 0], rows, starts, at)
    else:
        found = _within_cell(where, at)
    if found is None:
        raise _outside(where, at)
    return tuple((index, weight) for index, weight in found.items() if weight > TINY)


def _between_rows(
    latitudes: Floats, rows: list[Floats], starts: NDArray[np.int64], at: Place
) -> Mapping[int, float] | None:
    """Return weights from the two rows around `at`, or none if it lies beyond them."""
    bracket = _bracket(latitudes, at.latitude)
    if bracket is None:
        return None
    found: dict[int, float] = {}
    for row, share in bracket:
        if share <= TINY:
            continue
        columns = _bracket(*_along(rows[row], at.longitude))
        if columns is None:
            return None
        for column, weight in columns:
            index = int(starts[row]) + column % rows[row].size
            found[index] = found.get(index, 0.0) + share * weight
    return found


def _along(longitudes: Floats, longitude: float) -> tuple[Floats, float]:
    """Return the points of a row and `longitude` as degrees from the row's first point."""
    eastward = longitudes.size < 2 or (longitudes[1] - longitudes[0]) % 360.0 < 180.0
    sign = 1.0 if eastward else -1.0
    at = sign * (longitudes - longitudes[0]) % 360.0
    wanted = sign * (longitude - longitudes[0]) % 360.0
    if wanted > 360.0 - 1e-6:
        wanted = 0.0
    if longitudes.size > 1 and 360.0 - at[-1] < 1.5 * (at[1] - at[0]):
        at = np.append(at, 360.0)  # The row closes around the Earth.
    return at, wanted


def _bracket(points: Floats, wanted: float) -> tuple[tuple[int, float], tuple[int, float]] | None:
    """Return the two points around `wanted` with their shares, or none if it lies beyond."""
    rising = points if points[0] <= points[-1] else -points
    value = wanted if points[0] <= points[-1] else -wanted
    if not rising[0] - 1e-6 <= value <= rising[-1] + 1e-6:
        return None
    if rising.size == 1:
        return (0, 1.0), (0, 0.0)
    low = int(np.clip(np.searchsorted(rising, value, side="right") - 1, 0, rising.size - 2))
    share = float(np.clip((value - rising[low]) / (rising[low + 1] - rising[low]), 0.0, 1.0))
    return (low, 1.0 - share), (low + 1, share)


def _within_cell(where: Grid, at: Place) -> Mapping[int, float] | None:
    """Return weights of the corners of the cell around `at` on a grid of any shape."""
    rows, columns = where.latitude.shape
    row, column = divmod(_closest(where, at)[0], columns)
    for top in (row - 1, row):
        for left in (column - 1, column):
            if not (0 <= top < rows - 1 and 0 <= left < columns - 1):
                continue
            cell = [(top, left), (top, left + 1), (top + 1, left), (top + 1, left + 1)]
            corners = np.array([where.unit_vectors[r, c] for r, c in cell])
            shares = _inverse_bilinear(_seen_from(at, corners))
            if shares is not None:
                x, y = shares
                weights = ((1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y)
                return {
                    r * columns + c: weight for (r, c), weight in zip(cell, weights, strict=True)
                }
    return None


def _seen_from(at: Place, points: Floats) -> Floats:
    """Return `points` on the plane that touches the sphere at `at`: east, north."""
    phi, lam = np.radians(at.latitude), np.radians(at.longitude)
    east = np.array([-np.sin(lam), np.cos(lam), 0.0])
    north = np.array([-np.sin(phi) * np.cos(lam), -np.sin(phi) * np.sin(lam), np.cos(phi)])
    depth = points @ unit_vector(at.latitude, at.longitude)
    return np.stack([points @ east, points @ north], axis=-1) / depth[:, None]


def _inverse_bilinear(corners: Floats) -> tuple[float, float] | None:
    """Return where in the cell the origin lies, both shares from 0 to 1, by Newton's method."""
    first, along_x, along_y = corners[0], corners[1] - corners[0], corners[2] - corners[0]
    twist = corners[3] - corners[2] - along_x
    x = y = 0.5
    for _ in range(20):
        gap = first + x * along_x + y * along_y + x * y * twist
        slope = np.stack([along_x + y * twist, along_y + x * twist], axis=1)
        if abs(np.linalg.det(slope)) < 1e-30:
            return None
        dx, dy = np.linalg.solve(slope, -gap)
        x, y = x + dx, y + dy
        if abs(dx) + abs(dy) < 1e-13:
            break
    slack = 1e-6
    if -slack <= x <= 1 + slack and -slack <= y <= 1 + slack:
        return min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)
    return None
