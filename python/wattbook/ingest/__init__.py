"""From rows as a source has them to a series in UTC, with an account of what was wrong."""

from wattbook.ingest.daily import Daily, normalise_daily
from wattbook.ingest.normalise import NANOS_PER_SECOND, Series, normalise
from wattbook.ingest.report import DataReport, Gap, QuarantinedRow, RowFault

__all__ = [
    "NANOS_PER_SECOND",
    "Daily",
    "DataReport",
    "Gap",
    "QuarantinedRow",
    "RowFault",
    "Series",
    "normalise",
    "normalise_daily",
]
