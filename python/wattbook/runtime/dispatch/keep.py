"""Writes what dispatched batteries did into the folder of their run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict

import polars as pl

from wattbook.compliance import outage_xml
from wattbook.runtime.dispatch.record import DispatchRecord, StepRow
from wattbook.runtime.dispatch.reserve import reserve_amounts, reserve_table
from wattbook.runtime.dispatch.trader import DispatchedBattery
from wattbook.runtime.folder import RunFolder, slug

__all__ = ["closing_all", "keep_dispatches"]


@contextmanager
def closing_all(dispatched: Sequence[DispatchedBattery]) -> Iterator[None]:
    """End the connections of all batteries, whatever happens."""
    try:
        yield
    finally:
        for one in dispatched:
            one.close()


def keep_dispatches(
    folder: RunFolder,
    records: Sequence[DispatchRecord],
    fragments: Sequence[tuple[str, str, str]],
) -> None:
    """Write steps, alarms, plans and messages of batteries, and what the report shows of assets."""
    if not fragments:
        return
    folder.dispatch.mkdir(parents=True, exist_ok=True)
    text = json.dumps([list(entry) for entry in fragments], ensure_ascii=False)
    (folder.dispatch / "report.json").write_text(text, encoding="utf-8")
    for record in records:
        name = slug(record.strategy)
        steps_table(record.steps).write_parquet(folder.dispatch / f"{name}.parquet")
        if record.reserves:
            reserve_table(record).write_parquet(folder.dispatch / f"{name}-reserves.parquet")
            amounts = reserve_amounts(record)
            amounts.write_parquet(folder.dispatch / f"{name}-reserve-amounts.parquet")
        document = json.dumps(record.document(), indent=1, ensure_ascii=False) + "\n"
        (folder.dispatch / f"{name}.json").write_text(document, encoding="utf-8")
        if record.messages:
            outages = folder.dispatch / "outages"
            outages.mkdir(exist_ok=True)
            for message in record.messages:
                path = outages / f"{message.message}.xml"
                path.write_text(outage_xml(message), encoding="utf-8")


def steps_table(steps: Sequence[StepRow]) -> pl.DataFrame:
    """Return steps as a table, one row a step; times in ns UTC, powers in MW, energies in MWh."""
    schema = dict.fromkeys(StepRow.__dataclass_fields__, pl.Float64)
    kinds: dict[str, type[pl.DataType]] = {
        **schema, "at": pl.Int64, "reasons": pl.String, "is_held": pl.Boolean,
    }  # fmt: skip
    return pl.DataFrame([asdict(step) for step in steps], schema=kinds)
