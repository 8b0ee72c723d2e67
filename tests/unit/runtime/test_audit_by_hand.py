"""The audit trail finds orders by hand by who asked for them and by the trace of the request."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import polars as pl

from wattbook.runtime.order_entry import Command, fields_of
from wattbook.runtime.watch import Tape, audit_rows

FIRST = 1 << 62
ASKED = (
    (1, FIRST, Command(kind="submit", by="ada", trace="aa11")),
    (2, FIRST + 1, Command(kind="amend", by="ada", order_id=FIRST, trace="bb22")),
    (3, FIRST + 2, Command(kind="cancel_all", by="bo", trace="cc33")),
    (4, FIRST + 2, Command(kind="submit", by="bo")),
    (9, FIRST + 3, Command(kind="cancel", by="bo", order_id=FIRST, trace="dd44")),
)


def tape_in(folder: Path) -> Tape:
    """Return two orders by hand and one of a strategy, with who asked beside them."""
    lines = [
        json.dumps({"at": at, "number": number, **fields_of(command)})
        for at, number, command in ASKED
    ]
    # The last one is being written.
    (folder / "order_entry.jsonl").write_text("\n".join(lines) + '\n{"at": 9, "nu', "utf-8")
    times = {name: [1, 4, 5] for name in ("sequence", "ts_event", "ts_recv")}
    orders = {"order_id": [FIRST, FIRST + 2, 7], "instrument": [1, 1, 1]}
    tables = {
        "define_instrument": pl.DataFrame({"ts_recv": [0], "instrument": [1], "symbol": ["H12"]}),
        "submit_order": pl.DataFrame({**times, **orders}),
    }
    return Tape(tables, cast("Any", SimpleNamespace(strategies=(), limits=())), {}, folder)


def found(tape: Tape, text: str, now: int) -> list[str]:
    return [str(row["text"]) for _, row in audit_rows(tape, now, text, 10)]


def test_an_order_by_hand_is_found_by_its_sender_and_its_trace(tmp_path: Path) -> None:
    tape = tape_in(tmp_path)
    (one,) = found(tape, "AA11", 5)
    assert f"order_id {FIRST}, " in one
    assert one.endswith("asked submit by ada, trace aa11; amend by ada, trace bb22")
    assert found(tape, "bb22", 5) == [one]
    assert [text.partition("asked ")[2] for text in found(tape, "by bo", 5)] == ["submit by bo"]
    # What is asked later is not known yet.
    assert found(tape, "dd44", 5) == []
    assert len(found(tape, "dd44", 9)) == 1
    # An order of a strategy was asked for by nobody.
    assert ["asked" in text for text in found(tape, "", 5)] == [False, True, True]
