"""The event bus: messages by instrument, in process or through Kafka, each landed exactly once.

`RingBus` is the default and needs no server. `KafkaBus` (extra ``kafka``) takes over when one
process is not enough. Both are a `Bus`, pass the same tests and put an instrument into the same
partition.
"""

from typing import TYPE_CHECKING

from wattbook.ingest.transport.bus import (
    Batch,
    Bus,
    Consumer,
    Message,
    Publisher,
    partition_of,
)
from wattbook.ingest.transport.landing import Landed, Lander
from wattbook.ingest.transport.metrics import lag_metrics
from wattbook.ingest.transport.ring import RingBus

if TYPE_CHECKING:
    from wattbook.ingest.transport.kafka import KafkaBus

__all__ = [
    "Batch",
    "Bus",
    "Consumer",
    "KafkaBus",
    "Landed",
    "Lander",
    "Message",
    "Publisher",
    "RingBus",
    "lag_metrics",
    "partition_of",
]


def __getattr__(name: str) -> object:
    """Load the Kafka bus when it is asked for: its client is an extra."""
    if name == "KafkaBus":
        from wattbook.ingest.transport import kafka  # noqa: PLC0415

        return kafka.KafkaBus
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
