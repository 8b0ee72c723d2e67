"""From rows and bytes as a source has them to series and records, and what was wrong with them."""

from wattbook.ingest.columns import Column
from wattbook.ingest.daily import Daily, normalize_daily
from wattbook.ingest.dbn import DbnFault, DbnFile, DbnMetadata
from wattbook.ingest.fast import FastDecoder, FastMessage, framed
from wattbook.ingest.fixed import FixedLayout, FixedMessage
from wattbook.ingest.report import DataReport, Gap, QuarantinedRow, RowFault, Stretch
from wattbook.ingest.sbe import SbeMessage, SbeSchema
from wattbook.ingest.series import NANOS_PER_SECOND, Series, normalize

__all__ = [
    "NANOS_PER_SECOND",
    "Column",
    "Daily",
    "DataReport",
    "DbnFault",
    "DbnFile",
    "DbnMetadata",
    "FastDecoder",
    "FastMessage",
    "FixedLayout",
    "FixedMessage",
    "Gap",
    "QuarantinedRow",
    "RowFault",
    "SbeMessage",
    "SbeSchema",
    "Series",
    "Stretch",
    "framed",
    "normalize",
    "normalize_daily",
]
