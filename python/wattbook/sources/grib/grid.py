"""Where the points of a field lie, and how much of the Earth each stands for."""

import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.sources.grib.decoder import DecodeFault, shared
from wattbook.sources.grib.field import Field, as_rows

__all__ = ["EARTH_RADIUS_M", "Grid", "grid"]

EARTH_RADIUS_M = 6_371_229.0
"""The sphere that NCEP and ECMWF compute on."""

KEPT = 16
CLOSE_DEGREES = 1e-6

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Grid:
    """Points of a grid, in the shape of `Field.array`.

    Parameters
    ----------
    latitude, longitude : ndarray of float64, shape (n_rows, n_columns)
        Degrees; longitudes as the message has them, 0 to 360 or -180 to 180. One row of all points
        where the rows differ in length.
    row_points : tuple of int
        Points of each row where they differ (reduced grids), else empty.
    """

    latitude: Floats
    longitude: Floats
    row_points: tuple[int, ...] = ()

    @cached_property
    def is_separable(self) -> bool:
        """Whether rows follow parallels and columns follow meridians."""
        return not self.row_points and bool(
            np.ptp(self.latitude, axis=1).max() < CLOSE_DEGREES
            and np.ptp(self.longitude, axis=0).max() < CLOSE_DEGREES
        )

    @cached_property
    def unit_vectors(self) -> Floats:
        """The points on a sphere of radius 1, shape (n_rows, n_columns, 3)."""
        return unit_vector(self.latitude, self.longitude)

    @cached_property
    def row_starts(self) -> NDArray[np.int64]:
        """Where each row of a reduced grid begins, and where the last one ends."""
        return np.concatenate(([0], np.cumsum(self.row_points))).astype(np.int64)

    @cached_property
    def cell_area(self) -> Floats:
        """What each point stands for, in steradians, in the shape of `latitude`.

        Cell edges lie half way between neighbours, the outermost as far out as in, and no further
        than the pole, which rows around the Earth next to it reach. Rows along parallels: width in
        longitude times the difference of the sines of the edges; other grids: the area that half
        steps to both sides span on the sphere.
        """
        if self.row_points:
            heights = _heights(self.latitude[0, self.row_starts[:-1]], closed=True)
            counts = np.asarray(self.row_points)
            return np.repeat(heights * 2.0 * np.pi / counts, counts).reshape(1, -1)
        if self.is_separable:
            edges = _edges(np.unwrap(self.longitude[0], period=360.0))
            closed = abs(abs(edges[-1] - edges[0]) - 360.0) < 1e-3
            widths = np.abs(np.radians(np.diff(edges)))
            return np.outer(_heights(self.latitude[:, 0], closed=closed), widths)
        along = [_derivative(self.unit_vectors, axis) for axis in (0, 1)]
        return np.asarray(np.linalg.norm(np.cross(along[0], along[1]), axis=2))


def unit_vector(latitude: Floats | float, longitude: Floats | float) -> Floats:
    """Return the points at `latitude` and `longitude`, degrees, on a sphere of radius 1."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)


def _edges(centres: Floats) -> Floats:
    """Return the edges of cells around `centres`: one more than there are cells."""
    if centres.size < 2:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middle = (centres[1:] + centres[:-1]) / 2.0
    return np.concatenate(([2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]))


def _heights(latitudes: Floats, *, closed: bool) -> Floats:
    """Return how much of the sine of latitude each row covers.

    Rows `closed` around the Earth and less than a row from a pole reach it: those of Gaussian
    grids stand a little more than half a row off.
    """
    edges = np.clip(_edges(latitudes), -90.0, 90.0)
    for end, inner in ((0, 1), (-1, -2)) if closed and latitudes.size > 1 else ():
        pole = math.copysign(90.0, latitudes[end])
        if abs(pole - latitudes[end]) < abs(latitudes[end] - latitudes[inner]):
            edges[end] = pole
    return np.abs(np.diff(np.sin(np.radians(edges))))


def _derivative(points: Floats, axis: int) -> Floats:
    if points.shape[axis] < 2:
        message = "a grid of one row or column has no cells; take its nearest points"
        raise InputError(message)
    return np.asarray(np.gradient(points, axis=axis))


_GRIDS: OrderedDict[bytes, Grid | InputError] = OrderedDict()


def grid(of: Field) -> Grid:
    """Return where the points of the field `of` lie; the last grids asked for are kept.

    Raises
    ------
    InputError
        If they are coefficients of spherical harmonics, or ecCodes knows no coordinates of them.
    """
    if of.is_spectral:
        message = (
            f"{of.short_name} at byte {of.frame.offset} holds coefficients of spherical harmonics, "
            "not points; ask its centre for the field on a grid"
        )
        raise InputError(message)
    key = of.frame.grid_key
    if key not in _GRIDS:
        try:
            _GRIDS[key] = _located(of)
        except InputError as refusal:
            _GRIDS[key] = refusal  # Kept as well: a grid may end the worker, or cost it seconds.
        if len(_GRIDS) > KEPT:
            _GRIDS.popitem(last=False)
    _GRIDS.move_to_end(key)
    found = _GRIDS[key]
    if isinstance(found, InputError):
        raise InputError(str(found))
    return found


def _located(of: Field) -> Grid:
    refusal = f"the points of a grid of type {of.grid_type} cannot be had ({{}}); take whole arrays"
    try:
        answer = shared().ask(b"G", of.frame.message)
    except DecodeFault as fault:
        raise InputError(refusal.format(fault)) from None
    latitude, longitude = answer.body.reshape(2, -1)
    row_points = tuple(count for count in answer.head.get("row_points", ()) if count > 0)
    if latitude.size != of.values.size or (row_points and sum(row_points) != latitude.size):
        raise InputError(refusal.format(f"{latitude.size} for {of.values.size} values"))
    if not (np.isfinite(latitude).all() and np.isfinite(longitude).all()):
        raise InputError(refusal.format("some have infinite coordinates"))
    if np.abs(latitude).max() > 90.0 + CLOSE_DEGREES:
        raise InputError(refusal.format(f"latitudes up to {np.abs(latitude).max():g}"))
    return Grid(as_rows(of, latitude), as_rows(of, longitude), row_points)
