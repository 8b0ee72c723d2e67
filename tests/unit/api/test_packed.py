"""Messages survive their own bytes, and what is none is refused by its offset."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wattbook.api.packed import pack, unpack
from wattbook.errors import DecodeError

HEADERS = st.dictionaries(st.text(max_size=5).map("x{}".format), st.integers() | st.text())


@given(HEADERS, st.integers(0, 20), st.data())
def test_a_message_survives_its_bytes(
    header: dict[str, object], rows: int, data: st.DataObject
) -> None:
    floats = data.draw(st.lists(st.floats(width=64), min_size=rows, max_size=rows))
    whole = data.draw(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=rows, max_size=rows))
    columns = {"f": np.array(floats, dtype=np.float64), "i": np.array(whole, dtype=np.int64)}
    read, found = unpack(pack(header, columns))
    assert {name: read[name] for name in header} == header
    assert found["f"].tobytes() == columns["f"].tobytes()
    assert found["i"].tolist() == whole


@given(st.binary(max_size=200))
def test_bytes_that_are_no_message_are_refused(message: bytes) -> None:
    with pytest.raises(DecodeError):
        unpack(message)


@given(st.integers(0, 200))
def test_a_message_that_is_cut_is_refused(length: int) -> None:
    whole = pack({"kind": "delta"}, {"price": np.arange(9.0)})
    with pytest.raises(DecodeError):
        unpack(whole[: min(length, len(whole) - 1)])


def test_a_header_that_names_no_columns_is_refused() -> None:
    text = json.dumps({"rows": 1, "columns": [["a", "u9"]]}).encode()
    with pytest.raises(DecodeError, match="offset 4"):
        unpack(len(text).to_bytes(4, "little") + text)
