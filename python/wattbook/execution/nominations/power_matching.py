"""What a confirmation or anomaly report differs in from the schedule that was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from wattbook.errors import NominationError
from wattbook.execution.nominations.power import PowerReport, PowerSchedule, PowerSeries

__all__ = ["power_mismatches"]

ROW: Mapping[str, Any] = {
    "series": pl.String, "start": pl.Int64, "scheduled": pl.Decimal(38, 6),
    "reported": pl.Decimal(38, 6), "difference": pl.Decimal(38, 6), "status": pl.String,
    "reason": pl.String,
}  # fmt: skip


def power_mismatches(schedule: PowerSchedule, report: PowerReport) -> pl.DataFrame:
    """Return each series and period in which a report differs from the schedule.

    Returns
    -------
    polars.DataFrame
        ``series``, ``start``, ``scheduled``, ``reported`` (MW; null where one has none),
        ``difference`` (reported less scheduled), ``status`` (``confirmed``, ``imposed``,
        ``anomaly`` or ``not reported``) and ``reason``. A confirmation reports every series; an
        anomaly report those that differ from a counterparty's, which it holds beside ours.

    Raises
    ------
    NominationError
        If the report is about another document.
    """
    about = (report.identification, report.revision)
    if report.identification and about != (schedule.identification, schedule.revision):
        message = (
            f"the report is about {report.identification} revision {report.revision}, not "
            f"{schedule.identification} revision {schedule.revision}"
        )
        raise NominationError(message)
    ours = {one.name: one for one in schedule.series}
    rows: list[tuple[Any, ...]] = []
    seen: set[str] = set()
    for status, series in (
        ("confirmed", report.confirmed),
        ("imposed", report.imposed),
        ("anomaly", report.anomalies),
    ):
        for one in series:
            own = counterpart_of(one, ours, schedule.series)
            seen.add(own.name if own else one.name)
            rows += differences(one, own, status)
    if report.kind == "confirmation":
        for name, one in ours.items():
            if name not in seen:
                missing = PowerSeries(
                    name, None, None, one.business, one.start, one.minutes, (), report.reasons
                )
                rows += differences(missing, one, "not reported")
    return pl.DataFrame(rows, schema=ROW, orient="row").sort("series", "start", "status")


def counterpart_of(
    reported: PowerSeries, ours: Mapping[str, PowerSeries], series: Iterable[PowerSeries]
) -> PowerSeries | None:
    """Return our series that a reported one is about: the same parties, else the same name."""
    same = [
        one for one in series
        if reported.buyer is not None
        and (one.buyer, one.seller) == (reported.buyer, reported.seller)
    ]  # fmt: skip
    return same[0] if same else ours.get(reported.name)


def differences(
    reported: PowerSeries, own: PowerSeries | None, status: str
) -> list[tuple[Any, ...]]:
    """Return the periods in which two series differ."""
    theirs = reported.by_start()
    mine = own.by_start() if own else {}
    name = own.name if own else reported.name
    if own and theirs and reported.minutes != own.minutes:
        message = (
            f"series {name}: reported in {reported.minutes} minutes, scheduled in {own.minutes}"
        )
        raise NominationError(message)
    rows = []
    for start in sorted({*theirs, *mine}):
        one, two = mine.get(start), theirs.get(start)
        if one != two:
            gap = (two or Decimal(0)) - (one or Decimal(0))
            rows.append((name, start, one, two, gap, status, ", ".join(reported.reasons)))
    return rows
