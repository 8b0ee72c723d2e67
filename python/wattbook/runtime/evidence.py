"""What a run knows besides its journal, kept so that its report can be drawn anew."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import polars as pl

from wattbook.errors import RunError
from wattbook.ingest import DataReport, Gap, QuarantinedRow, RowFault, Stretch
from wattbook.runtime.contributions import FILE as CONTRIBUTIONS
from wattbook.runtime.figures.risk import LimitPeak
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.report import RunFacts

__all__ = ["digests", "facts_of", "quarantine_table", "reports_to_json"]

SCHEMA = {
    "source": pl.String,
    "row": pl.Int64,
    "time": pl.String,
    "price": pl.Float64,
    "reason": pl.String,
}


def quarantine_table(reports: Sequence[DataReport]) -> pl.DataFrame:
    """Return every row that was set aside, with its place and reason, report after report."""
    rows = [row for report in reports for row in report.quarantine]
    return pl.DataFrame(
        {
            "source": [row.source for row in rows],
            "row": [row.row for row in rows],
            "time": [row.time for row in rows],
            "price": [row.price for row in rows],
            "reason": [row.fault.value for row in rows],
        },
        schema=SCHEMA,
    )


def reports_to_json(reports: Sequence[DataReport]) -> list[dict[str, Any]]:
    """Return reports as plain values; the rows set aside stand in ``quarantine.parquet``."""
    return [
        {
            "name": report.name,
            "source": report.source,
            "rows_read": report.rows_read,
            "rows_kept": report.rows_kept,
            "out_of_order": report.out_of_order,
            "gaps": [[gap.start, gap.end, gap.intervals] for gap in report.gaps],
            "set_aside": len(report.quarantine),
            "timeline": [list(astuple(one)) for one in report.timeline],
        }
        for report in reports
    ]


def digests(folder: RunFolder, asked: Any, names: Any) -> dict[str, str]:  # noqa: ANN401
    """Return the SHA-256 of what nothing else of the run repeats.

    Parameters
    ----------
    folder : RunFolder
        For the desk file, the rows set aside, the models of signals and what made forecasts.
    asked, names : JSON values
        Those of ``run.json``.
    """
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
        for path in (folder.desk, folder.quarantine, folder.signals)
    }
    for path in (folder.auctions, folder.auction_periods, folder.path / CONTRIBUTIONS):
        if path.is_file():
            found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    if folder.dispatch.is_dir():
        for path in sorted(folder.dispatch.rglob("*.*")):
            name = path.relative_to(folder.path).as_posix()
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    for key, value in (("asked", asked), ("names", names)):
        text = json.dumps(value, sort_keys=True)
        found[f"run.json {key}"] = hashlib.sha256(text.encode()).hexdigest()
    return found


def reports_of(document: list[dict[str, Any]], set_aside: pl.DataFrame) -> tuple[DataReport, ...]:
    """Return reports from plain values and the rows that were set aside.

    Raises
    ------
    ValueError
        If the rows are not as many as the reports say.
    """
    rows = [
        QuarantinedRow(
            row["source"],
            row["row"],
            row["time"],
            math.nan if row["price"] is None else row["price"],
            RowFault(row["reason"]),
        )
        for row in set_aside.iter_rows(named=True)
    ]
    if sum(entry["set_aside"] for entry in document) != len(rows):
        raise ValueError(f"{len(rows)} rows set aside")
    reports = []
    for entry in document:
        own, rows = rows[: entry["set_aside"]], rows[entry["set_aside"] :]
        reports.append(
            DataReport(
                entry["name"],
                entry["source"],
                entry["rows_read"],
                entry["rows_kept"],
                entry["out_of_order"],
                tuple(Gap(*gap) for gap in entry["gaps"]),
                tuple(own),
                # A run of an earlier version has none.
                tuple(Stretch(*one) for one in entry.get("timeline", [])),
            )
        )
    return tuple(reports)


def fragments_of(path: Path) -> list[tuple[str, str, str]]:
    """Return market, name and fragment of each entry; none where the run has no such file."""
    if not path.is_file():
        return []
    entries = json.loads(path.read_text(encoding="utf-8"))
    return [(str(market), str(name), str(text)) for market, name, text in entries]


def facts_of(document: dict[str, Any], quarantine: Path) -> RunFacts:
    """Return what the report says besides figures, from ``run.json`` and the rows set aside.

    Raises
    ------
    RunError
        If either lacks something or cannot be read.
    """
    try:
        return RunFacts(
            version=document["asked"]["version"],
            state_hash=document["state_hash"],
            sequence=document["inputs"],
            events=document["events"],
            seed=document["asked"]["seed"],
            latency_ns=document["latency_ns"],
            reports=reports_of(document["data"], pl.read_parquet(quarantine)),
            limits=[LimitPeak(*entry) for entry in document.get("limits", ())],
            not_traded=[(market, reason) for market, reason in document["not_traded"]],
            complete=document["state"] == "complete",
            auctions=fragments_of(quarantine.with_name("auctions.json")),
            dispatches=fragments_of(quarantine.parent / "dispatch" / "report.json"),
        )
    except (OSError, KeyError, TypeError, ValueError, pl.exceptions.PolarsError) as fault:
        message = (
            f"{quarantine.parent}: run.json or {quarantine.name} lacks what the report says "
            f"({fault!r}); trade the desk again into another folder"
        )
        raise RunError(message) from fault
