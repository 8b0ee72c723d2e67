"""The schema registry: which rows a subject carries, in which versions, and what may change.

Schemas are Avro, restricted to what fits Arrow rows. `SqliteRegistry` is the default and needs no
server; `ConfluentRegistry` speaks to a registry with Confluent's REST interface. A change that
would leave old or new rows unreadable is refused with the field named.
"""

from wattbook.store.schemas.compatibility import Incompatibility, incompatibilities
from wattbook.store.schemas.frame import table_schema
from wattbook.store.schemas.golden import golden_schemas
from wattbook.store.schemas.parse import row_schema
from wattbook.store.schemas.registry import (
    LEVELS,
    Registered,
    Registry,
    SqliteRegistry,
)
from wattbook.store.schemas.remote import ConfluentRegistry
from wattbook.store.schemas.schema import Column, Kind, RowSchema

__all__ = [
    "LEVELS",
    "Column",
    "ConfluentRegistry",
    "Incompatibility",
    "Kind",
    "Registered",
    "Registry",
    "RowSchema",
    "SqliteRegistry",
    "golden_schemas",
    "incompatibilities",
    "row_schema",
    "table_schema",
]
