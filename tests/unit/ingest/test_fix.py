"""FIX messages come in columns, and what is no message is listed with place and reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.ingest import fix

SOH = "\x01"


def frame(*fields: tuple[int, str], begin: str = "FIX.4.4") -> bytes:
    """Return a sound frame, made by the plainest means."""
    body = "".join(f"{tag}={value}{SOH}" for tag, value in fields)
    head = f"8={begin}{SOH}9={len(body)}{SOH}{body}".encode("latin-1")
    return head + b"10=%03d\x01" % (sum(head) & 255)


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1)
FIELDS = st.lists(st.tuples(st.integers(1, 89), TEXT), max_size=20)


@given(st.lists(FIELDS, max_size=5))
def test_every_field_comes_back(bodies: list[list[tuple[int, str]]]) -> None:
    data = b"".join(frame((35, "0"), *body) for body in bodies)
    found = fix.messages(data)
    assert len(found) == len(bodies)
    assert found.skipped == ()
    for message, body in zip(found, bodies, strict=True):
        expected = tuple((tag, value.encode()) for tag, value in body)
        assert message.fields[3:-1] == expected
        assert message.msg_type == "0"


@given(st.sampled_from(["FIX.4.2", "FIX.4.4", "FIXT.1.1"]), FIELDS)
def test_what_is_encoded_is_the_plainest_frame(begin: str, body: list[tuple[int, str]]) -> None:
    # The encoder writes 8, 9, 10 and 35 itself, and the length before a field of bytes such as 89.
    body = [(tag, value) for tag, value in body if tag not in {8, 9, 10, 35, 89}]
    assert fix.encode(begin, "0", body) == frame((35, "0"), *body, begin=begin)


def test_columns_point_into_the_bytes() -> None:
    data = b"noise" + frame((35, "0"), (112, "one")) + frame((35, "1"), (112, "two"))
    found = fix.messages(data)
    assert found.message_start[0] == 5
    assert found.message_end[1] == len(data)
    rows = np.flatnonzero(found.tag == 112)
    values = [data[found.value_start[row] : found.value_end[row]] for row in rows]
    assert values == [b"one", b"two"]
    assert [len(found[place].raw) for place in (0, -1)] == [len(found[0].raw), len(found[1].raw)]
    assert [message.get(112) for message in found[0:2]] == [b"one", b"two"]
    assert found[0].get(58) is None
    with pytest.raises(IndexError):
        found[2]


def test_a_changed_byte_is_listed_with_its_place_and_the_next_message_is_read() -> None:
    bad = frame((35, "0"), (112, "one")).replace(b"one", b"onf")
    found = fix.messages(bad + frame((35, "0"), (112, "two")))
    assert [message.get(112) for message in found] == [b"two"]
    ((offset, length, reason),) = found.skipped
    assert (offset, length) == (0, len(bad))
    assert "they were changed on their way" in reason


def test_a_field_without_a_tag_is_listed_and_the_others_are_read() -> None:
    body = f"35=0{SOH}broken{SOH}58=x{SOH}"
    head = f"8=FIX.4.4{SOH}9={len(body)}{SOH}{body}".encode()
    found = fix.messages(head + b"10=%03d\x01" % (sum(head) & 255))
    assert found[0].get(58) == b"x"
    ((message, reason),) = found.faults
    assert message == 0
    assert "has no tag number" in reason


HEADER = ((49, "EXCH"), (56, "US"), (34, "1"), (52, "20261120-08:00:00.000"))


def test_groups_nest_under_the_fields_that_count_them() -> None:
    parties = ((453, "2"), (448, "A"), (447, "D"), (802, "2"), (523, "x"), (523, "y"), (448, "B"))
    (message,) = fix.messages(frame((35, "D"), *HEADER, (11, "1"), *parties, (55, "TTF")))
    expected = (
        453,
        (
            ((448, b"A"), (447, b"D"), (802, (((523, b"x"),), ((523, b"y"),)))),
            ((448, b"B"),),
        ),
    )
    assert message.nested()[-4:-2] == ((11, b"1"), expected)
    assert message.nested()[-2:] == ((55, b"TTF"), message.fields[-1])


def test_groups_are_encoded_as_they_are_nested() -> None:
    parties = ((453, "2"), (448, "A"), (447, "D"), (802, "2"), (523, "x"), (523, "y"), (448, "B"))
    data = frame((35, "D"), *HEADER, (11, "1"), *parties, (95, "3"), (96, "a\x01b"), (55, "TTF"))
    (message,) = fix.messages(data)
    assert fix.encode("FIX.4.4", "D", message.nested()[3:-1]) == data


def test_values_are_written_as_their_types_are() -> None:
    values: list[fix.Writable] = [
        (38, 5),
        (44, Decimal("-37.6300")),
        (43, True),
        (97, False),
        (96, b"\x01\xff"),
    ]
    (message,) = fix.messages(fix.encode("FIX.4.4", "D", values))
    texts = [b"5", b"-37.6300", b"Y", b"N", b"2", b"\x01\xff"]
    assert [value for _, value in message.fields[3:-1]] == texts


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ((44, 1.5), r"tag 44: 1\.5 is no bytes"),
        ((44, Decimal("NaN")), r"tag 44: Decimal\('NaN'\) is no bytes"),
        ((58, "é"), r"tag 58: 'é' is no bytes"),
        ((58, ""), "tag 58 is empty"),
        ((58, "a\x01b"), "tag 58 holds an SOH"),
        ((0, "x"), "tag 0 lies outside 1 to 99,999,999"),
        ((-1, "x"), "tag -1 lies outside"),
        ((9, "5"), "tag 9 is written by the encoder"),
        ((453, [[(448, "")]]), "tag 448 is empty"),
    ],
)
def test_a_wrong_value_is_refused_with_its_tag(field: Any, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        fix.encode("FIX.4.4", "D", [(11, "1"), field])


def test_market_data_becomes_exact_book_entries() -> None:
    first = ((279, "0"), (269, "0"), (55, "TTF-JAN26"), (270, "-37.63"), (271, "5.5"))
    fields = ((262, "1"), (268, "2"), *first, (279, "2"), (278, "9"))
    data = frame((35, "0")) + frame((35, "X"), *HEADER, *fields)
    entries = fix.book_entries(data)
    assert entries.message.tolist() == [1, 1]
    assert entries.price.tolist() == [-37_630_000, fix.NONE]
    assert entries.volume.tolist() == [5_500_000, fix.NONE]
    assert (entries.action.tolist(), entries.kind.tolist()) == ([0, 2], [ord("0"), 0])
    assert [entries.symbol(0), entries.symbol(1)] == [b"TTF-JAN26", b""]
    assert entries.faults == ()
    (fault,) = fix.book_entries(frame((35, "W"), (268, "1"))).faults
    assert fault == (0, "NoMDEntries (268) is 1, but 0 entries follow")


def test_a_dictionary_names_tag_and_reason() -> None:
    heartbeat = frame((35, "0"), *HEADER)
    wrong = frame((35, "0"), *HEADER, (55, "TTF"))
    mine = frame((35, "0"), *HEADER, (6000, "x"))
    found = fix.rejections(heartbeat + wrong + mine)
    assert [row[:3] for row in found] == [(1, 55, 2), (2, 6000, 0)]
    assert len(fix.rejections(mine, allows_user_defined=True)) == 0
    assert fix.rejections(frame((35, "0"), *HEADER, begin="FIX.4.3"))[0][:3] == (0, 8, 5)
    assert fix.rejections(heartbeat, "FIX.4.2") == []
    with pytest.raises(InputError, match=r"use one of FIX\.4\.2, FIX\.4\.4, FIX\.5\.0SP2"):
        fix.rejections(heartbeat, "FIX.4.3")


def test_a_fixt_body_is_held_against_the_version_that_it_says() -> None:
    order = [(11, "1"), (21, "1"), (55, "TTF"), (54, "1"), (60, "20261120-08:00:00"), (40, "1")]
    data = [
        fix.encode("FIXT.1.1", "D", [(1128, version), *HEADER, *order, (47, "A")])
        for version in ("4", "6", "7")
    ]
    found = fix.rejections(b"".join(data))
    assert [row[:3] for row in found] == [(1, 47, 0), (2, 1128, 18)]
    assert found[1].text == "invalid or unsupported application version; use 4, 6 or 9"
