"""Real servers, started once a session on loopback; without them the tests skip and say why."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator

import pytest

import kafka_broker


@pytest.fixture(scope="session")
def kafka() -> Iterator[kafka_broker.Cluster]:
    """Return one running Kafka broker."""
    with cluster(1) as found:
        yield found


def cluster(size: int) -> kafka_broker.Cluster:
    """Return brokers that are still to be started, or skip."""
    if reason := kafka_broker.missing():
        pytest.skip(reason)
    return kafka_broker.Cluster(size)


@pytest.fixture
def three_brokers() -> Iterator[kafka_broker.Cluster]:
    """Return three running brokers of one cluster, of this test alone."""
    with cluster(3) as found:
        yield found


@pytest.fixture
def own_broker() -> Iterator[kafka_broker.Cluster]:
    """Return one running broker of this test alone, to be killed."""
    with cluster(1) as found:
        yield found


NUMBERS = itertools.count()


@pytest.fixture
def topic() -> str:
    """Return a name that no other test of the session has."""
    return f"topic-{os.getpid()}-{next(NUMBERS)}"


@pytest.fixture
def group(topic: str) -> Callable[[str], str]:
    """Return names of groups that no other test of the session has."""
    return lambda name: f"{topic}-{name}"
