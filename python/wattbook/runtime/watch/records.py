"""The audit trail of a run by text, and what was set aside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import polars as pl

from wattbook.runtime.refusals import refusal_words

if TYPE_CHECKING:
    from collections.abc import Iterator

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
TIMES: Final = frozenset({"sequence", "ts_event", "ts_recv"})


def audit_rows(tape: Tape, now: int, text: str, limit: int) -> list[Row]:
    """Return the newest `limit` records received by `now` (ns UTC) that hold `text`.

    `text` is looked for in the name of the record, the contract's symbol, the strategy and every
    field as the journal has it (prices and volumes in 1e-6), without regard to case.
    """
    wanted = text.strip().lower()
    symbols = {
        row[0]: row[1]
        for row in tape.table("define_instrument", tape.end)
        .select("instrument", "symbol")
        .iter_rows()
    }
    found: list[Row] = []
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
        plain = [column for column, kind in table.schema.items() if not kind.is_nested()]
        fields = [pl.col(column).cast(pl.String) for column in plain if column != "refusal"]
        said = pl.concat_str([*words, *fields], separator=" ", ignore_nulls=True)
        kept = table.filter(said.str.to_lowercase().str.contains(wanted, literal=True))
        for row in kept.tail(limit).iter_rows(named=True):
            told = {
                field: value
                for field, value in row.items()
                if value is not None and field not in TIMES
            }
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
    found.sort(key=lambda one: -one["sequence"])
    return found[:limit]


def quarantine_rows(tape: Tape, now: int) -> list[Row]:
    """Return what was set aside by `now` (ns UTC): where it came from, why, and as it came.

    Rows of files were set aside before the run began.
    """
    return [*_of_files(tape), *_of_lines(tape, now)]


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
