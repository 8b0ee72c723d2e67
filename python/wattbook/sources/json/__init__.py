"""JSON of any publisher, read safely: flat records as a table, or trees one record at a time.

`rows` reads chosen fields of chosen records into typed columns, in Rust; a text that breaks off is
set aside whole. `records` yields each record as Python values, for those that are trees, and keeps
what stands before a break; `inside` yields the records of a record, `lines` those of JSON lines,
`gather` makes rows of them and sets aside what it cannot. Both refuse a key that stands twice in
its object, half a character and what RFC 8259 does not allow.
"""

from wattbook.sources.json.records import (
    BAD_RECORD,
    BYTES_MAX,
    Gathered,
    Record,
    gather,
    inside,
    lines,
    records,
    refused,
)
from wattbook.sources.json.table import rows
from wattbook.sources.json.values import number, text, whole

__all__ = [
    "BAD_RECORD",
    "BYTES_MAX",
    "Gathered",
    "Record",
    "gather",
    "inside",
    "lines",
    "number",
    "records",
    "refused",
    "rows",
    "text",
    "whole",
]
