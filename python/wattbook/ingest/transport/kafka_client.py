"""The client library of Kafka, an extra, and what every module of the Kafka bus says of it."""

import logging
from typing import Any

from wattbook.errors import TransportError

try:
    import confluent_kafka as ck
    from confluent_kafka import admin as _admin
except ImportError as fault:  # pragma: no cover - the extra is there where tests run
    message = "Kafka needs its client; install it with: pip install 'wattbook[kafka]'"
    raise TransportError(message) from fault

__all__ = ["LOG", "POLL_S", "admin", "ck", "reason"]

admin: Any = _admin
"""The administrator's side, which the library types in part only."""

POLL_S = 0.1
"""How long to wait before asking the client again."""

LOG = logging.getLogger("wattbook.kafka")
"""What librdkafka says: lost connections, elections. What goes wrong for good is raised."""


def reason(fault: ck.KafkaException) -> ck.KafkaError:
    """Return the error that an exception of the client carries."""
    error: ck.KafkaError = fault.args[0]
    return error
