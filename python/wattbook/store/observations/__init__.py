"""Time series that remember what was known when: normalized rows in Parquet, never overwritten.

Each row is valid for its delivery period and known from ``ts_known`` on. A later publication is a
further row beside the earlier one, so that `ObservationStore.as_known` can say what anyone could
have known at an instant, and a backtest sees no correction before its time.

On disk: Parquet files by dataset, source and month of delivery, and a catalogue in SQLite that
says which of them count. A file is written whole before one transaction makes a payload's rows and
tables known, all at once; a process that is killed in between leaves a file that nobody reads.
"""

from wattbook.store.observations.catalogue import Arrival
from wattbook.store.observations.rows import KEY, PERIOD, ROW_COLUMNS, as_known
from wattbook.store.observations.store import (
    OBSERVATIONS,
    PROVENANCE,
    Appended,
    Batch,
    ObservationStore,
    Span,
)

__all__ = [
    "KEY",
    "OBSERVATIONS",
    "PERIOD",
    "PROVENANCE",
    "ROW_COLUMNS",
    "Appended",
    "Arrival",
    "Batch",
    "ObservationStore",
    "Span",
    "as_known",
]
