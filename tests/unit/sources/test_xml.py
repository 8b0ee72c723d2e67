"""XML becomes rows, and what is hostile or broken is set aside with its byte."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import DecodeError, SchemaError
from wattbook.sources import xml

TEXT = b"<r><t>load</t><p n='1'><v>-5.10</v></p>\n<p n='2'><v>7</v></p></r>"


def test_a_row_has_its_fields_and_those_around_it() -> None:
    found = xml.rows(TEXT, "r/p", {"n": "@n", "v": "v", "t": "../t", "none": "x"})
    assert found.fault is None
    assert found.frame.drop("offset", "path").rows() == [
        ("1", "-5.10", "load", None),
        ("2", "7", "load", None),
    ]


def test_expanding_entities_are_refused() -> None:
    laughs = b'<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;">]>\n<a><p>&c;</p></a>'
    found = xml.rows(laughs, "p", {"p": "."})
    assert found.frame.height == 0
    assert found.fault is not None
    assert (found.fault.place, found.fault.offset) == ("line 1", 0)
    assert "document type" in found.fault.reason


def test_a_cut_document_keeps_its_whole_rows() -> None:
    found = xml.rows(TEXT[:-12], "p", {"v": "v"})
    assert found.frame["v"].to_list() == ["-5.10"]
    assert found.fault is not None
    assert found.fault.place == "line 2"


@pytest.mark.long
def test_a_text_around_many_rows_is_kept_once() -> None:
    text = b"<r><t>" + b"x" * 1_000_000 + b"</t>" + b"<p/>" * 100_000 + b"</r>"
    found = xml.rows(text, "p", {"t": "../t"})
    # A copy for each row would be 100 GB.
    assert found.frame["t"].str.len_bytes().unique().to_list() == [1_000_000]


def test_a_path_without_a_meaning_is_refused() -> None:
    with pytest.raises(SchemaError, match="empty step"):
        xml.rows(TEXT, "r//p", {})


@given(st.binary(max_size=60), st.integers(0, len(TEXT)))
def test_no_bytes_raise(part: bytes, at: int) -> None:
    content = TEXT[:at] + part + TEXT[at:]
    found = xml.rows(content, ["p", "/r"], {"v": "v", "t": "../t"})
    assert found.fault is None or 0 <= found.fault.offset <= len(content)


def test_a_tree_has_every_element_with_its_line() -> None:
    root = xml.tree(b"<a>\n <m:b x='1'>t</m:b>\n <b/>\n</a>")
    assert (root.name, root.line, root.text) == ("a", 1, "")
    told = [(one.name, one.line, one.text, one.attributes) for one in root.children]
    assert told == [("b", 2, "t", {"x": "1"}), ("b", 3, "", {})]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "line 1, byte 0: a document type"),
        (b"<a>\n&b;</a>", "line 2, byte 4: entity"),
        (b"<a><b></a>", "line 1, byte 6"),
        (b"", "the document has no element"),
        (b"<a/>" + b" " * 100, "a document of 104 bytes; 64 are allowed"),
        (b"<a><b/><b/><b/></a>", "more than 3 values"),
    ],
)
def test_a_document_that_is_refused_has_no_tree(text: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason):
        xml.tree(text, bytes_max=64, values_max=3)
