"""Archives give their members within bounds, and damage is set aside."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.sources.packed import Bounds, head, is_packed, unpack
from wattbook.sources.payload import Payload


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_archives_in_each_other_give_their_files_in_order() -> None:
    inner = zipped({"b.csv": b"2", "c.csv.gz": gzip.compress(b"3")})
    found = unpack(Payload("all.zip", zipped({"a.csv": b"1", "in.zip": inner})))
    assert found.quarantined == ()
    assert [tuple(member) for member in found.members] == [
        ("all.zip/a.csv", b"1"),
        ("all.zip/in.zip/b.csv", b"2"),
        ("all.zip/in.zip/c.csv", b"3"),
    ]


def test_what_is_not_packed_is_its_own_member() -> None:
    assert unpack(Payload("a.csv", b"1")).members[0].content == b"1"
    assert not is_packed(b"1")
    assert is_packed(gzip.compress(b""))


def test_gzip_files_behind_each_other_are_one_and_garbage_is_told() -> None:
    two = gzip.compress(b"1") + gzip.compress(b"2")
    assert unpack(Payload("a.gz", two)).members[0].content == b"12"
    garbage = unpack(Payload("a.gz", two + b"rest"))
    assert garbage.members[0].content == b"12"
    assert (garbage.quarantined[0].offset, garbage.quarantined[0].raw) == (len(two), b"rest")


@pytest.mark.parametrize(
    "content", [gzip.compress(b"1" * 1_000, mtime=0), zipped({"a": b"1" * 1_000})]
)
def test_damage_is_set_aside(content: bytes) -> None:
    for end in range(4, len(content)):
        found = unpack(Payload("a.zip", content[:end]))
        assert found.quarantined, end
        assert not found.members
    flipped = bytearray(content)
    # The checksum of either format's first file.
    flipped[-8 if content.startswith(b"\x1f") else content.index(b"PK\x01\x02") + 16] ^= 0x40
    assert unpack(Payload("a", bytes(flipped))).quarantined


def test_a_bomb_is_left_packed() -> None:
    bomb = zipped({"ok.csv": b"1", "a": bytes(50 << 20), "b": bytes(50 << 20)})
    found = unpack(Payload("bomb.zip", bomb), Bounds(bytes_max=60 << 20))
    assert [member.name for member in found.members] == ["bomb.zip/ok.csv", "bomb.zip/a"]
    (aside,) = found.quarantined
    assert aside.offset > 0
    assert str(60 << 20) in aside.reason
    deep = b"1"
    for _ in range(5):
        deep = zipped({"in.zip": deep})
    assert "deep" in unpack(Payload("deep.zip", deep)).quarantined[0].reason
    many = zipped({str(number): b"" for number in range(20)})
    assert (
        "more than 10 members"
        in unpack(Payload("many.zip", many), Bounds(members_max=10)).quarantined[0].reason
    )


def test_a_member_that_is_not_what_its_header_says_is_set_aside() -> None:
    content = bytearray(zipped({"a": b"1" * 100, "b": b"2"}))
    # The size that the directory tells of the first member.
    at = content.index(b"PK\x01\x02") + 24
    content[at] += 1
    found = unpack(Payload("a.zip", bytes(content)))
    assert [member.name for member in found.members if member.name.endswith("b")] == ["a.zip/b"]


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        (11_999, "more than the stated 11999 bytes come out"),
        (12_001, "less than the stated 12001 bytes come out"),
        (1 << 28, "bytes cannot hold the stated 268435456"),
        (0, "more than the stated 0 bytes come out"),
    ],
)
def test_a_member_of_another_size_than_stated_is_set_aside(stated: int, reason: str) -> None:
    content = bytearray(zipped({"a": b"5012.34567,," * 1_000, "b": b"2"}))
    at = content.index(b"PK\x01\x02") + 24
    content[at : at + 4] = stated.to_bytes(4, "little")
    found = unpack(Payload("a.zip", bytes(content)))
    assert [member.name for member in found.members] == ["a.zip/b"]
    assert reason in found.quarantined[0].reason
    assert found.quarantined[0].place == "member a.zip/a"


def test_a_member_may_have_no_name() -> None:
    # `zipfile.ZipInfo.is_dir` of Python 3.11 raises IndexError for it.
    content = zipped({"a": b"1"}).replace(b"a", b"\0")
    assert zipfile.ZipFile(io.BytesIO(content)).namelist() == [""]
    found = unpack(Payload("a.zip", content))
    assert len(found.members) + len(found.quarantined) == 1
    head(content)


def test_damaged_members_are_work_that_the_bounds_count() -> None:
    content = bytearray(zipped({name: bytes(3 << 20) for name in "abcd"}))
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 16] ^= 1
        at += 4
    found = unpack(Payload("a.zip", bytes(content)), Bounds(bytes_max=7 << 20))
    assert not found.members
    first, second, third = (part.reason for part in found.quarantined)
    assert "CRC-32" in first
    assert "CRC-32" in second
    assert "the rest is left packed" in third


def test_an_archive_whose_end_hides_its_members_is_set_aside() -> None:
    packed = bytearray(zipped({"a": b"1,2"}))
    # The size of the directory in its end record (APPNOTE 6.3.10, 4.3.16).
    packed[-10:-6] = bytes(4)
    found = unpack(Payload("a.zip", bytes(packed)))
    assert found.members == ()
    assert "lists members" in found.quarantined[0].reason


@given(st.binary(max_size=200), st.integers(0, 10_000), st.integers(0, 255))
def test_no_archive_raises(content: bytes, at: int, byte: int) -> None:
    for packed in (
        zipped({"a": content, "b.gz": gzip.compress(content, mtime=0)}),
        gzip.compress(content, mtime=0),
    ):
        changed = bytearray(packed)
        changed[at % len(changed)] = byte
        found = unpack(Payload("a", bytes(changed)))
        assert found.members or found.quarantined or not content


@pytest.mark.data
def test_a_recorded_archive_is_unpacked(recorded_data: Path) -> None:
    path = recorded_data / "sources" / "epex-orderbook" / "orderbook_2022-01-02.csv.zip"
    (member,) = unpack(Payload(path.name, path.read_bytes())).members
    assert member.content.count(b"\n") == 4
