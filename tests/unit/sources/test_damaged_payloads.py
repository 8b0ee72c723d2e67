"""Recorded payloads, cut and damaged anywhere, are read or set aside and never raise."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wattbook.sources.catalogue import datasets
from wattbook.sources.packed import unpack
from wattbook.sources.payload import OBSERVATION_COLUMNS, Dataset, Payload

ISLANDS = (
    "aemo", "caiso", "eia", "elexon", "ercot", "ieso", "isone", "miso", "nyiso", "pjm", "spp",
)  # fmt: skip
FOLDERS = ("aemo", "aemo-dispatch-reference", "us-iso", "eia", "gb-elexon")
KEPT_BYTES = 20_000


class Recorded(list[tuple[Dataset, Payload, bytes]]):
    """Payloads that a report of a failure does not print."""

    def __repr__(self) -> str:
        return f"{len(self)} payloads"


@pytest.fixture(scope="module")
def recorded(recorded_data: Path) -> Recorded:
    """Every payload with its dataset and the beginning of what is in it, so that many are quick."""
    known = [dataset for island in ISLANDS for dataset in datasets(island)]
    found = Recorded()
    for path in sorted(
        path for name in FOLDERS for path in (recorded_data / "sources" / name).iterdir()
    ):
        payload = Payload(path.name, path.read_bytes())
        dataset = next(dataset for dataset in known if dataset.recognises(payload))
        found.append((dataset, payload, unpack(payload).members[0].content[:KEPT_BYTES]))
    return found


def damaged(content: bytes, cut: float, flips: list[tuple[float, int]]) -> bytes:
    kept = bytearray(content[: round(len(content) * cut)])
    for where, value in flips:
        if kept:
            kept[min(int(where * len(kept)), len(kept) - 1)] = value
    return bytes(kept)


WHICH = st.integers(0, 10_000)
CUT = st.just(1.0) | st.floats(0, 1)
FLIPS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8)
QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]


@pytest.mark.data
@settings(max_examples=40, deadline=None, suppress_health_check=QUIET)
@given(which=WHICH, cut=CUT, flips=FLIPS)
def test_a_damaged_payload_never_raises(
    recorded: Recorded, which: int, cut: float, flips: list[tuple[float, int]]
) -> None:
    dataset, payload, _ = recorded[which % len(recorded)]
    check(dataset, payload.name, damaged(payload.content, cut, flips))


@pytest.mark.data
@settings(max_examples=150, deadline=None, suppress_health_check=QUIET)
@given(which=WHICH, cut=CUT, flips=FLIPS)
def test_what_is_damaged_inside_an_archive_never_raises(
    recorded: Recorded, which: int, cut: float, flips: list[tuple[float, int]]
) -> None:
    dataset, payload, beginning = recorded[which % len(recorded)]
    text = damaged(beginning, cut, flips)
    if not payload.content.startswith(b"PK"):
        check(dataset, payload.name, text)
        return
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("member.csv", text)
    check(dataset, payload.name, target.getvalue())


def check(dataset: Dataset, name: str, content: bytes) -> None:
    payload = Payload(name, content)
    dataset.recognises(payload)
    found = dataset.parse(payload)
    assert found.observations.columns == list(OBSERVATION_COLUMNS)
    for part in found.quarantined:
        assert part.reason
        assert part.offset >= 0
        assert len(part.raw) <= 64 * 1024


@pytest.mark.data
def test_an_empty_payload_of_any_kind_has_no_rows(recorded: Recorded) -> None:
    for dataset, payload, _ in recorded:
        assert dataset.parse(Payload(payload.name, b"")).rows == 0


@pytest.mark.long
@pytest.mark.data
def test_a_bomb_in_a_zip_is_set_aside(recorded: Recorded) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("a.csv", bytes(520 << 20))
    dataset = recorded[0][0]
    assert dataset.source == "aemo"
    found = dataset.parse(Payload("PUBLIC_DVD_DISPATCHPRICE_201804010000.zip", target.getvalue()))
    assert found.rows == 0
    assert "come out of the archive" in found.quarantined[0].reason
