"""Databento Binary Encoding: rows are views of the file, and bad records are counted."""

import struct
from pathlib import Path

import numpy as np
import pytest

from wattbook.errors import DecodeError, InputError
from wattbook.ingest import DbnFile
from wattbook.market import L3Book

TICK = 250_000_000


def order(number: int, price: int, size: int = 1, instrument: int = 7) -> bytes:
    """Return an order entered on the bid, as a record of type ``mbo``."""
    head = struct.pack("<BBHIQ", 14, 0xA0, 1, instrument, 5)
    body = struct.pack("<QqIBBccQiI", number, price, size, 128, 0, b"A", b"B", 6, 0, 9)
    return head + body


def bar(volume: int) -> bytes:
    """Return a bar of a minute."""
    return struct.pack("<BBHIQqqqqQ", 14, 0x21, 1, 7, 5, 1, 2, 3, 4, volume)


def test_rows_are_a_view_of_the_bytes() -> None:
    data = np.frombuffer(b"".join(order(n, n * TICK) for n in range(9)), dtype=np.uint8)
    rows = DbnFile(data).rows("mbo")
    assert np.shares_memory(rows, data)
    assert rows["order_id"].tolist() == list(range(9))
    assert rows["price"][3] == 3 * TICK
    assert [len(batch) for batch in DbnFile(data).batches("mbo", 4)] == [4, 4, 1]
    assert all(np.shares_memory(column, data) for column in DbnFile(data).columns("mbo").values())


def test_records_of_several_types_are_gathered() -> None:
    file = DbnFile(order(1, TICK) + bar(10) + order(2, TICK) + bar(20))
    assert file.counts == {"mbo": 2, "ohlcv": 2}
    assert file.rows("ohlcv")["volume"].tolist() == [10, 20]
    assert file.rows("mbo")["order_id"].tolist() == [1, 2]
    with pytest.raises(InputError, match="0 kinds of record are called 'trades'; the file holds"):
        file.rows("trades")


def test_bad_records_are_counted_with_place_and_reason() -> None:
    unknown = bytes([4, 0x99]) + bytes(14)
    file = DbnFile(order(1, TICK) + unknown + order(2, TICK) + order(3, TICK)[:8])
    assert file.fault_count == 2
    assert [(fault.offset, fault.reason) for fault in file.faults] == [
        (56, "byte 56: record type 0x99 is unknown"),
        (128, "byte 128: 56 bytes belong here, 8 are left; fetch the file again"),
    ]
    assert file.rows("mbo")["order_id"].tolist() == [1, 2]
    with pytest.raises(DecodeError, match="byte 56: record type 0x99"):
        file.json_lines()


def test_what_is_no_dbn_is_refused() -> None:
    with pytest.raises(DecodeError, match=r"byte 0: neither DBN.*50, 4b"):
        DbnFile(b"PK\x03\x04")


@pytest.mark.data
def test_a_recorded_day_of_orders_ends_in_the_known_book(recorded_data: Path) -> None:
    file = DbnFile.open(recorded_data / "ticks" / "esh4-glbx-mdp3-20231225.mbo.dbn.zst")
    rows = file.rows("mbo")
    assert (len(rows), file.fault_count) == (68_792, 0)
    action = np.select(
        [rows["action"] == code for code in (b"A", b"M", b"C", b"R")], [1, 2, 3, 4], default=0
    )
    side = np.where(rows["side"] == b"B", 1, 2)
    messages = np.column_stack(
        [action, rows["order_id"].astype(np.int64), side, rows["price"] // TICK, rows["size"]]
    )
    book = L3Book()
    book.apply(np.ascontiguousarray(messages[action > 0], dtype=np.int64))
    assert not [kind for kind in book.anomalies().counts if "not in the book" in kind]
    assert len(book) == 11_217
    assert [len(book.depth(side, 10_000)) for side in ("buy", "sell")] == [922, 565]
    bid, ask = book.top()
    assert bid is not None
    assert ask is not None
    assert (bid[0] / 4, ask[0] / 4) == (4810.00, 4810.25)
    trades = rows[rows["action"] == b"T"]
    assert (len(trades), int(trades["size"].sum())) == (2973, 9892)
