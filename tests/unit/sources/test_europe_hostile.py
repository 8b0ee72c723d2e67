"""No cut, no changed byte and no hostile part of a recorded European payload raises."""

import gzip
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wattbook.sources.catalogue import datasets, recognise
from wattbook.sources.packed import unpack
from wattbook.sources.payload import Dataset, Payload
from wattbook.sources.tabular import OBSERVATION_SCHEMA

ISLANDS = ("entsoe", "jao", "nordpool", "omie", "gme", "clearing", "epex")
FOLDERS = (
    "clearing-test_3node",
    "clearing-test_3node_lowcap",
    "entsoe",
    "entsoe-documents",
    "epex-orderbook",
    "gme",
    "gme-italy-2025-04",
    "jao",
    "nordpool",
    "omie",
)
HOSTILE = (
    b"",
    b"\x00",
    b"\xff\xfe",
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"&b;",
    b"<a>" * 100,
    b'"',
    b"[" * 5_000,
    b'"\\ud800"',
    b"1e999",
    b"9" * 5_000,
    b"-",
    b",,,",
    b"\n\n",
    b"9999-12-31",
    b"0001-01-01T00:00:00Z",
    b"2147483648",
    b"null",
)


def payloads(data: Path) -> Iterator[Payload]:
    for folder in FOLDERS:
        for path in sorted((data / "sources" / folder).iterdir()):
            if path.name != "README.md":
                yield Payload(path.name, path.read_bytes(), address=f"{folder}/{path.name}")


def known(payload: Payload) -> list[Dataset]:
    found = [one for island in ISLANDS for one in datasets(island)]
    return [one for one in found if one.recognises(payload)]


def changed(content: bytes, numbers: random.Random) -> bytes:
    at = numbers.randrange(len(content) + 1)
    match numbers.randrange(4):
        case 0:
            return content[:at]
        case 1:
            flipped = bytearray(content)
            for _ in range(numbers.randrange(1, 6)):
                flipped[numbers.randrange(len(content))] = numbers.randrange(256)
            return bytes(flipped)
        case 2:
            end = min(len(content), at + numbers.randrange(1, 12))
            return content[:at] + numbers.choice(HOSTILE) + content[end:]
        case _:
            return content[:at] + numbers.choice(HOSTILE) + content[at:]


def assert_sound(dataset: Dataset, payload: Payload) -> None:
    dataset.recognises(payload)
    parsed = dataset.parse(payload)
    assert parsed.observations.schema == OBSERVATION_SCHEMA
    values = parsed.observations["value"].drop_nulls()
    assert values.is_finite().all()
    assert (parsed.observations["delivery_start"] <= parsed.observations["delivery_end"]).all()
    for part in parsed.quarantined:
        assert part.offset >= 0
        assert part.reason
        assert len(part.raw) <= 64 * 1024


@pytest.mark.data
def test_every_payload_is_known_to_one_dataset_and_parsed_in_full(recorded_data: Path) -> None:
    found = list(payloads(recorded_data))
    assert len(found) == 16 + 10 + 8 + 8 + 3 + 2 + 8 + 12 + 12 + 1
    for payload in found:
        (dataset,) = known(payload)
        assert recognise(payload) is dataset, payload.name
        parsed = dataset.parse(payload)
        assert parsed.rows or parsed.tables or parsed.quarantined, payload.name
        assert_sound(dataset, payload)


@pytest.mark.long
@pytest.mark.data
def test_no_damage_to_a_recorded_payload_raises(recorded_data: Path) -> None:
    for payload in payloads(recorded_data):
        (dataset,) = known(payload)
        numbers = random.Random(payload.address)  # noqa: S311
        for _ in range(10 if len(payload.content) > 50_000 else 25):
            content = changed(payload.content, numbers)
            assert_sound(dataset, replace(payload, content=content))


@pytest.mark.data
def test_no_damage_inside_a_recorded_archive_raises(recorded_data: Path) -> None:
    for payload in payloads(recorded_data):
        if not payload.name.endswith((".gz", ".zip")):
            continue
        (dataset,) = known(payload)
        numbers = random.Random(payload.address)  # noqa: S311
        content = b"\n".join(unpack(payload).members[0].content.split(b"\n")[:40])
        for _ in range(40):
            packed = gzip.compress(changed(content, numbers), 1)
            assert_sound(dataset, replace(payload, content=packed))
