"""Our registry, ours by HTTP and a real one by Apicurio keep one contract; foreign clients fit."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import polars as pl
import pytest

from registry_server import RegistryServer, missing
from wattbook.api.schemas import SchemaServer
from wattbook.errors import InputError, SchemaError, TransportError
from wattbook.ingest.transport import Message
from wattbook.ingest.transport.wire import RowReader, RowWriter
from wattbook.store.schemas import (
    ConfluentRegistry,
    Registry,
    RowSchema,
    SqliteRegistry,
    golden_schemas,
    row_schema,
)

ROOT = Path(__file__).parents[2]
NUMBERS = itertools.count()
HUB = '{"name": "hub", "type": "string"}'
PRICE = '{"name": "eur_mwh", "type": "double"}'
NOTE = '{"name": "note", "type": ["null", "string"], "default": null}'


def price(*fields: str) -> RowSchema:
    return row_schema(f'{{"type": "record", "name": "Price", "fields": [{", ".join(fields)}]}}')


@pytest.fixture(scope="session")
def apicurio() -> Iterator[str]:
    if reason := missing():
        pytest.skip(reason)
    with RegistryServer() as server:
        yield server.address


@pytest.fixture(params=["embedded", "served", pytest.param("apicurio", marks=pytest.mark.stack)])
def registry(request: pytest.FixtureRequest) -> Iterator[Registry]:
    if request.param == "embedded":
        with SqliteRegistry(":memory:") as embedded:
            yield embedded
    elif request.param == "served":
        with (
            SqliteRegistry(":memory:") as embedded,
            SchemaServer(embedded) as server,
            ConfluentRegistry(server.address) as remote,
        ):
            yield remote
    else:
        with ConfluentRegistry(request.getfixturevalue("apicurio")) as remote:
            yield remote


@pytest.fixture
def subject() -> str:
    return f"prices of {os.getpid()}/{next(NUMBERS)}-value"


def test_versions_are_found_again(registry: Registry, subject: str) -> None:
    first = registry.register(subject, price(HUB))
    second = registry.register(subject, price(HUB, NOTE))
    assert (first.version, second.version) == (1, 2)
    assert registry.register(subject, price(HUB)).id == first.id
    assert registry.versions(subject) == [1, 2]
    assert registry.version(subject).id == second.id
    assert registry.version(subject, 1).schema.columns == price(HUB).columns
    assert registry.schema(second.id).columns == price(HUB, NOTE).columns
    assert subject in registry.subjects()
    found = registry.find(subject, price(HUB, NOTE))
    assert found is not None
    assert found.version == 2
    assert registry.find(subject, price(NOTE)) is None


def test_an_incompatible_change_is_refused(registry: Registry, subject: str) -> None:
    registry.set_level("BACKWARD", subject)
    assert registry.check(subject, price(HUB)) == []
    registry.register(subject, price(HUB))
    assert registry.check(subject, price(HUB, NOTE)) == []
    assert any("eur_mwh" in fault for fault in registry.check(subject, price(HUB, PRICE)))
    with pytest.raises(SchemaError):
        registry.register(subject, price(HUB, PRICE))
    assert registry.versions(subject) == [1]
    registry.set_level("NONE", subject)
    assert registry.level(subject) == "NONE"
    assert registry.register(subject, price(HUB, PRICE)).version == 2


def test_what_is_not_there_is_said(registry: Registry, subject: str) -> None:
    assert registry.versions(subject) == []
    with pytest.raises(InputError):
        registry.version(subject)
    with pytest.raises(InputError):
        registry.schema(987_654)


def test_the_records_of_the_domain_are_registered(registry: Registry, subject: str) -> None:
    registry.set_level("FULL_TRANSITIVE", subject)
    for name in ("market.Quote", "market.BookDelta", "event.OrderRouted", "reference.Instrument"):
        schema = golden_schemas(ROOT / "schema").get(name)
        if schema is not None:
            found = registry.register(f"{subject}-{name}", schema)
            assert registry.schema(found.id).columns == schema.columns


def test_rows_cross_with_either_registry(registry: Registry, subject: str) -> None:
    table = pl.DataFrame({"hub": ["DE-LU", "FR"], "eur_mwh": [-3.5, 41.0]})
    values = RowWriter(registry.register(subject, price(HUB, PRICE))).values(table)
    found, quarantined = RowReader(registry, price(PRICE, HUB)).read(
        [Message("a", value) for value in values]
    )
    assert quarantined == []
    assert found.equals(table.select("eur_mwh", "hub"))


def test_the_client_of_confluent_works_with_our_server() -> None:
    from confluent_kafka import schema_registry as confluent
    from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
    from confluent_kafka.serialization import MessageField, SerializationContext

    context = SerializationContext("prices", MessageField.VALUE)
    row = {"hub": "DE-LU", "eur_mwh": -3.5}
    with (
        SqliteRegistry(":memory:") as embedded,
        SchemaServer(embedded) as server,
        confluent.SchemaRegistryClient({"url": server.address}) as client,
    ):
        text = price(HUB, PRICE).text
        value = AvroSerializer(client, text)(row, context)
        assert embedded.versions("prices-value") == [1]
        # What their serializer writes, our reader reads; what we write, their deserializer reads.
        found, quarantined = RowReader(embedded, price(HUB, PRICE)).read([Message("a", value)])
        assert quarantined == []
        assert found.to_dicts() == [row]
        [ours] = RowWriter(embedded.version("prices-value")).values(found)
        assert ours == value
        assert AvroDeserializer(client)(ours, context) == row
        wider = confluent.Schema(price(HUB, PRICE, NOTE).text, "AVRO")
        narrower = confluent.Schema(price(HUB, NOTE.replace("note", "other")).text, "AVRO")
        assert client.test_compatibility("prices-value", wider)
        assert client.register_schema("prices-value", wider) == 2
        assert client.get_latest_version("prices-value").version == 2
        client.set_compatibility("prices-value", level="FULL")
        assert client.get_compatibility("prices-value") == "FULL"
        assert not client.test_compatibility("prices-value", narrower)
        with pytest.raises(confluent.SchemaRegistryError) as raised:
            client.register_schema("prices-value", narrower)
        assert raised.value.http_status_code == 409
        assert "eur_mwh: is new and has no default" in str(raised.value)
        with pytest.raises(confluent.SchemaRegistryError) as raised:
            client.get_latest_version("no-such-subject")
        assert raised.value.error_code == 40401


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/nowhere", None, 404, 404),
        ("DELETE", "/subjects/a", None, 404, 404),
        ("GET", "/schemas/ids/x", None, 422, 42201),
        ("GET", "/subjects/a/versions/1", None, 404, 40401),
        ("POST", "/subjects/a/versions", b"{", 422, 42201),
        ("POST", "/subjects/a/versions", b"[]", 422, 42201),
        ("POST", "/subjects/a/versions", b'{"schema": "{}"}', 422, 42201),
        ("POST", "/subjects/a/versions", b'{"schema": "", "schemaType": "JSON"}', 422, 42201),
        ("PUT", "/config", b'{"compatibility": "SOMEHOW"}', 422, 42203),
        ("POST", "/subjects/a", b"x" * 1_100_000, 413, 413),
    ],
)
def test_a_bad_request_gets_an_answer_that_says_so(
    method: str, path: str, body: bytes | None, status: int, code: int
) -> None:
    with SqliteRegistry(":memory:") as embedded, SchemaServer(embedded) as server:
        try:
            answer = httpx.request(method, server.address + path, content=body)
        except httpx.WriteError:
            # The server answers and hangs up before it has read what is too much.
            assert code == 413
            return
        assert answer.status_code == status
        assert answer.json()["error_code"] == code
        assert json.loads(httpx.get(f"{server.address}/subjects").text) == []


def test_a_registry_that_does_not_answer_is_a_transport_error() -> None:
    with SqliteRegistry(":memory:") as embedded, SchemaServer(embedded) as server:
        address = server.address
    with (
        ConfluentRegistry(address, timeout_s=1.0) as remote,
        pytest.raises(TransportError, match="does not answer"),
    ):
        remote.subjects()
