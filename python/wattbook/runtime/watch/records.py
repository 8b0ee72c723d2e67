"""The audit trail of a run by text, and what was set aside."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Final

import polars as pl

from wattbook.runtime.order_entry import FILE as ASKED
from wattbook.runtime.refusals import refusal_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from wattbook.runtime.watch.picture import Row
    from wattbook.runtime.watch.tape import Tape

__all__ = ["audit_rows", "quarantine_rows"]

RECORDS: Final = (
    "submit_order", "submit_offer", "submit_schedule", "order_routed", "offer_routed",
    "cancel_routed", "amend_routed", "order_state_changed", "order_held", "order_approved",
    "offer_awarded", "filled", "refused", "signal_recorded", "limit_breached", "limit_cured",
    "instrument_frozen", "settled",
)  # fmt: skip
"""What was decided and what came of it; market data is no audit trail."""
PARQUET: Final = "quarantine.parquet"
LINES: Final = {"feed_quarantine.jsonl": "feed", "exchange_quarantine.jsonl": "exchange"}
ASKED_COLUMNS: Final = {
    "at": pl.Int64, "number": pl.Int64, "kind": pl.String, "order_id": pl.Int64, "by": pl.String,
    "trace": pl.String,
}  # fmt: skip
KEY_BITS: Final = 20
"""Of a key, for the place among the records of one input; browsers count exactly up to 2^53."""
KEY_MAX: Final = 2**33
TIMES: Final = frozenset({"sequence", "ts_event", "ts_recv"})


def audit_rows(
    tape: Tape, now: int, text: str, limit: int, before: int = 0
) -> list[tuple[int, Row]]:
    """Return the newest records received by `now` (ns UTC) that hold `text`, each with its key.

    At least `limit` of those whose keys are below `before`, if there are as many; 0 is above all.
    A key is of the input that the record belongs to and its place among those of this input, so
    what comes later has a larger one.

    `text` is looked for in the name of the record, the contract's symbol, the strategy and every
    field as the journal has it (prices and volumes in 1e-6), without regard to case; of an order by
    hand also in who asked for it and under which trace.
    """
    wanted = text.strip().lower()
    asked = asked_words(tape.folder, now)
    symbols = {
        row[0]: row[1]
        for row in tape.table("define_instrument", tape.end)
        .select("instrument", "symbol")
        .iter_rows()
    }
    found: list[Row] = []
    upmost = before >> KEY_BITS if before else KEY_MAX
    for name in RECORDS:
        table = tape.table(name, now)
        if not table.height:
            continue
        words = [pl.lit(name.replace("_", " "))]
        if "instrument" in table.columns:
            words.append(pl.col("instrument").replace_strict(symbols, default="").cast(pl.String))
        if "strategy" in table.columns:
            owners = {one.strategy: one.name for one in tape.names.strategies}
            words.append(pl.col("strategy").replace_strict(owners, default="").cast(pl.String))
        if asked and "order_id" in table.columns:
            words.append(
                pl.col("order_id").replace_strict(asked, default="", return_dtype=pl.String)
            )
        plain = [column for column, kind in table.schema.items() if not kind.is_nested()]
        fields = [pl.col(column).cast(pl.String) for column in plain if column != "refusal"]
        said = pl.concat_str([*words, *fields], separator=" ", ignore_nulls=True)
        kept = table.filter(said.str.to_lowercase().str.contains(wanted, literal=True))
        for row in newest_inputs(kept, upmost, limit).iter_rows(named=True):
            told = {
                field: value
                for field, value in row.items()
                if value is not None and field not in TIMES
            }
            if row.get("order_id") in asked:
                told["asked"] = asked[row["order_id"]]
            if name == "refused":
                told["refusal"] = refusal_words(row["refusal"], tape.names.limits)
            found.append(
                {
                    "sequence": row["sequence"],
                    "ts_event": row["ts_event"],
                    "ts_recv": row["ts_recv"],
                    "record": name,
                    "symbol": symbols.get(row.get("instrument"), ""),
                    "strategy": tape.names.strategy(row["strategy"]) if "strategy" in row else "",
                    "text": ", ".join(f"{field} {value}" for field, value in told.items()),
                }
            )
    # Records of one input keep the order of `RECORDS`.
    found.sort(key=lambda one: one["sequence"])
    keyed: list[tuple[int, Row]] = []
    for _, rows in groupby(found, key=lambda one: one["sequence"]):
        keyed += [((row["sequence"] << KEY_BITS) + place, row) for place, row in enumerate(rows, 1)]
    return keyed[::-1]


def asked_words(folder: Path, now: int) -> dict[int, str]:
    """Return who has asked by `now` (ns UTC) for what of each order by hand, with the traces."""
    path = folder / ASKED
    if not path.is_file():
        return {}
    # A line that is being written has no end yet.
    whole = path.read_bytes().rpartition(b"\n")[0]
    if not whole:
        return {}
    rows = (
        pl.read_ndjson(whole, schema=ASKED_COLUMNS)
        .filter(pl.col("at") <= now, pl.col("kind") != "cancel_all")
        .select(
            # A command that submits an order has the order's number.
            pl.coalesce("order_id", "number").alias("order_id"),
            words=pl.format("{} by {}", "kind", "by")
            + pl.format(", trace {}", "trace").fill_null(""),
        )
    )
    told = rows.group_by("order_id", maintain_order=True).agg(pl.col("words").str.join("; "))
    return dict(told.iter_rows())


def newest_inputs(table: pl.DataFrame, upmost: int, limit: int) -> pl.DataFrame:
    """Return all rows of the newest inputs up to `upmost`, at least `limit` of those below it."""
    kept = table.filter(pl.col("sequence") <= upmost)
    below = kept.filter(pl.col("sequence") < upmost)
    if below.height <= limit:
        return kept
    return kept.filter(pl.col("sequence") >= below["sequence"][-limit])


def quarantine_rows(tape: Tape, now: int) -> list[Row]:
    """Return what was set aside by `now` (ns UTC): where it came from, why, and as it came.

    Rows of files were set aside before the run began.
    """
    # In the order in which they were set aside, so that what comes later stands behind.
    return [*_of_files(tape), *sorted(_of_lines(tape, now), key=lambda row: row["at"])]


def _of_files(tape: Tape) -> Iterator[Row]:
    path = tape.folder / PARQUET
    if not path.is_file():
        return
    for row in pl.read_parquet(path).iter_rows(named=True):
        yield {
            "source": row["source"],
            "row": row["row"],
            "at": None,
            "reason": row["reason"],
            "text": f"{row['time']} {row['price']}",
        }


def _of_lines(tape: Tape, now: int) -> Iterator[Row]:
    for name, source in LINES.items():
        path = tape.folder / name
        if not path.is_file():
            continue
        # A line that is being written has no end yet.
        whole, _, _ = path.read_text(encoding="utf-8").rpartition("\n")
        for line in whole.splitlines():
            entry = json.loads(line)
            if entry["at"] <= now:
                yield {
                    "source": source,
                    "row": entry.get("line"),
                    "at": entry["at"],
                    "reason": entry["reason"],
                    "text": str(entry.get("text", entry.get("message", ""))),
                }
