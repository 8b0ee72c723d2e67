"""JSON and comma-separated text become rows, or are set aside with place and reason."""

import json as stdlib_json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.errors import InputError
from wattbook.sources import csv, json, xml

ROWS = st.lists(
    st.fixed_dictionaries(
        {"a/b": st.text(), "~": st.none() | st.floats(allow_nan=False, allow_infinity=False)}
    )
)


@given(ROWS)
def test_what_the_standard_library_writes_is_read(rows: list[dict[str, object]]) -> None:
    content = stdlib_json.dumps({"data": rows}).encode()
    found = json.rows(content, "/data/*", {"a/b": "text", "~": "number?"})
    assert found.quarantined == ()
    assert found.frame["a/b"].to_list() == [row["a/b"] for row in rows]
    assert found.frame["~"].to_list() == [row["~"] for row in rows]


@given(st.binary(max_size=200))
def test_no_bytes_raise(content: bytes) -> None:
    found = json.rows(content, "/*", {"a": "text"})
    assert found.frame.columns == ["place", "offset", "a"]
    table = csv.rows(content, {"a": "number"})
    assert table.frame.columns == ["line", "offset", "a"]


def test_a_text_that_is_cut_is_set_aside_whole_with_its_end() -> None:
    content = b'{"data": [{"a": 1}, {"a"'
    found = json.rows(content, "/data/*", {"a": "number"})
    assert found.frame.height == 0
    (part,) = found.quarantined
    assert part.raw == content
    assert part.reason == "byte 24: the text ends where a colon belongs; it was cut short"


def test_a_kind_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(InputError, match='"float" is no kind of a field; use text, number'):
        json.rows(b"[]", "/*", {"a": "float"})
    with pytest.raises(InputError, match='"float" is no kind of a column'):
        csv.rows(b"a\n", {"a": "float"})


def test_times_are_instants_with_an_offset_and_walls_without() -> None:
    content = b'[{"a": "2025-03-17T00:00:00.000-04:00", "b": "2022-10-31T11"}, {"a": "2025-03-17"}]'
    found = json.rows(content, "/*", {"a": "instant", "b": "wall"})
    assert found.frame.rows() == [(0, 1, 1_742_184_000 * 10**9, 1_667_214_000 * 10**9)]
    assert found.quarantined[0].reason.endswith('"2025-03-17", not a time with its offset')
    table = csv.rows(b"t\n2025-02-19T08:00:00-00:00\n,\n", {"t": "instant"})
    assert table.frame["t"].to_list() == [1_739_952_000 * 10**9]
    assert table.quarantined[0].reason == "2 fields, the header has 1"


def test_a_table_without_the_column_is_set_aside_whole() -> None:
    found = csv.rows(b"a,b\n1,2\n", {"c": "text"})
    (part,) = found.quarantined
    assert part.reason == 'the header has column "c" 0 times, not once; it names a, b'


def test_a_refused_text_gives_the_columns_that_it_would_have_had() -> None:
    names = ['<p class="a"', "two\nlines", '"', "a" * 70_000]
    kinds = dict(zip(names, ("text", "number", "instant", "wall"), strict=True))
    found = csv.rows(b"", kinds)
    sound = csv.rows(b"a,b,c,d\n", dict(zip("abcd", kinds.values(), strict=True)))
    assert found.frame.columns == ["line", "offset", *names]
    assert found.frame.dtypes == sound.frame.dtypes
    assert [(part.place, part.offset) for part in found.quarantined] == [("payload", 0)]


@pytest.mark.parametrize("content", [b"a,b\r1,2\r3,4\r", b"a\r1\r3", b"b,a\r1,2"])
def test_lines_that_end_in_a_bare_carriage_return_are_refused(content: bytes) -> None:
    found = csv.rows(content, {"a": "number"})
    assert found.frame.is_empty()
    (part,) = found.quarantined
    assert part.reason.startswith("its lines end in a bare carriage return")
    assert part.raw == content


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_end_in_lf_or_cr_lf(end: bytes) -> None:
    for content in (b"a,b" + end + b"1,2" + end, b"a,b" + end + b"1,2"):
        found = csv.rows(content, {"a": "number", "b": "number"})
        assert (found.frame.rows(), found.quarantined) == ([(2, 3 + len(end), 1.0, 2.0)], ())
    assert csv.rows(b"a,b" + end, {"a": "number"}).quarantined == ()
    assert csv.rows(b"a,b\r", {"a": "number"}).quarantined == ()


def test_a_column_that_may_be_empty_says_so() -> None:
    content = b"zone,mw,count\nA,,2\n,1.5,3\nB,2,2.5\nC,x,1\nD,4,\n"
    found = csv.rows(content, {"zone": "text", "mw": "number?", "count": "whole"})
    assert found.frame.rows() == [(2, 14, "A", None, 2)]
    assert [(part.place, part.reason) for part in found.quarantined] == [
        ("line 5", 'mw is "x", not a number'),
        ("line 4", "count '2.5' is no whole number"),
        ("line 3", "no zone"),
        ("line 6", "no count"),
    ]
    for part in found.quarantined:
        assert content[part.offset :].startswith(part.raw)
    records = b'[{"a": 1}, {"a": null}, {"b": 2}]'
    rows = json.rows(records, "/*", {"a": "number"})
    assert rows.frame["place"].to_list() == [0]
    assert [part.reason for part in rows.quarantined] == ["no a", "no a"]
    assert json.rows(records, "/*", {"a": "number?"}).quarantined == ()


def test_elements_of_xml_are_of_the_same_kinds() -> None:
    content = b"""<r><p><v> 7 </v><t>2024-05-06T10:00:00+02:00</t></p>
    <p><v>7.5</v><t>2024-05-06T10:00</t></p><p><t>2024-05-06T10:00Z</t></p></r>"""
    found = xml.table(content, "p", {"v": ("v", "whole?"), "t": ("t", "instant")})
    at = 1_714_982_400 * 10**9
    assert found.frame.select("place", "v", "t").rows() == [
        (0, 7, at),
        (2, None, at + 7_200 * 10**9),
    ]
    assert [part.reason for part in found.quarantined] == ["v '7.5' is no whole number"]


def test_lines_above_the_table_and_a_table_without_header_keep_their_numbers() -> None:
    content = b"Prices\n2024-05-06\n\na,b\n1,2\n3\n"
    found = csv.rows(content, {"a": "number"}, begin=content.index(b"a,b"))
    assert found.frame.rows() == [(5, content.index(b"1,2"), 1.0)]
    assert (found.quarantined[0].place, found.quarantined[0].raw) == ("line 6", b"3")
    bare = csv.rows(b"1,x\n2\n", {"a": "number", "b": "text"}, names=b"a,b\n")
    assert bare.frame.rows() == [(1, 0, 1.0, "x")]
    assert [(part.place, part.offset) for part in bare.quarantined] == [("line 2", 4)]


def test_fields_at_fixed_places_may_be_padded() -> None:
    found = csv.fixed_width(
        b"A  12\nB 1.5\nC\nD    \n", {"name": (0, 1, "text"), "n": (1, 5, "number?")}, width=5
    )
    assert found.frame.rows() == [(1, 0, "A", 12.0), (2, 6, "B", 1.5), (4, 14, "D", None)]
    assert found.quarantined[0].reason == "1 characters, a record has 5"
