"""Weather fields as GRIB 1 and 2: message by message, to arrays, points and areas.

ecCodes (extra ``weather``) decodes, in a process of its own. Damaged messages are set aside with
their offset, and the reading goes on at the next one.
"""

from wattbook.sources.grib.accumulate import intervals
from wattbook.sources.grib.centre import Centre
from wattbook.sources.grib.extract import Area, Mean, Nearest, Place, area_mean, bilinear, nearest
from wattbook.sources.grib.field import Field
from wattbook.sources.grib.grid import Grid, grid
from wattbook.sources.grib.reading import PLACES, fields, is_grib, parse, parser

__all__ = [
    "PLACES",
    "Area",
    "Centre",
    "Field",
    "Grid",
    "Mean",
    "Nearest",
    "Place",
    "area_mean",
    "bilinear",
    "fields",
    "grid",
    "intervals",
    "is_grib",
    "nearest",
    "parse",
    "parser",
]
