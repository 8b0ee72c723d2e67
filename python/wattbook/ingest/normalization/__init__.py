"""Rows of every source in one form: one name a place, one unit a dataset, faults set aside.

`Normalizer` takes what a source parsed, converts codes, units, currencies and delivery periods, and
puts every row through rules that are data. What cannot be trusted is set aside with place and
reason; what was changed or looks odd is flagged, and nothing is lost silently.
"""

from wattbook.ingest.normalization.fill import METHODS, fill
from wattbook.ingest.normalization.flag import Flag
from wattbook.ingest.normalization.normalizer import Conflated, Correction, Normalized, Normalizer
from wattbook.ingest.normalization.reference import REFUSED_FLAGS, reference_prices
from wattbook.ingest.normalization.tables import ROW_COLUMNS, Symbology, default_table

__all__ = [
    "METHODS",
    "REFUSED_FLAGS",
    "ROW_COLUMNS",
    "Conflated",
    "Correction",
    "Flag",
    "Normalized",
    "Normalizer",
    "Symbology",
    "default_table",
    "fill",
    "reference_prices",
]
