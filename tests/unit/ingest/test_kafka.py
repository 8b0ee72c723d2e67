"""A bus on brokers that do not answer says where it asked and what to do."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator

import pytest

from wattbook.errors import TransportError
from wattbook.ingest.transport.kafka import KafkaBus
from wattbook.ingest.transport.kafka_client import ck


@pytest.fixture(params=["closed", "silent"])
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Lend an address at which nobody listens, or somebody who never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if request.param == "silent":
            server.listen()
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    "ask",
    [
        lambda bus: bus.create("prices", 1),
        lambda bus: bus.publisher("prices"),
        lambda bus: bus.consumer("prices", "store"),
        lambda bus: bus.lag("prices", "store"),
        lambda bus: bus._offsets([ck.TopicPartition("prices", 0)], "latest"),
    ],
    ids=["create", "publisher", "consumer", "lag", "offsets"],
)
def test_brokers_that_do_not_answer_are_named_with_the_fix(
    address: str, ask: Callable[[KafkaBus], object]
) -> None:
    said = rf"no broker answers at {re.escape(address)} \(.*\); start one there or give another"
    with pytest.raises(TransportError, match=said):
        ask(KafkaBus(address, timeout_s=0.5))
