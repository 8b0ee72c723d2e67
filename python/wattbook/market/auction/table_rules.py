"""Rows of order files, and the rules of an auction that they must keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from wattbook.errors import SourceError
from wattbook.market.auction.day import Rejected
from wattbook.sources.clearing import DATASETS
from wattbook.sources.payload import Payload

__all__ = ["Line", "Rule", "Tables", "has_volume", "profile", "unique", "unknown"]

PRICE_LIMITS = (-500.0, 4_000.0)
"""The harmonized limits of the European day-ahead auction; the layout names none."""
Line = Mapping[str, Any]
Rule = Callable[[Line], str | None]


@dataclass
class Tables:
    """The rows of a folder's files, and what of them takes no part."""

    folder: Path
    zones: list[str] = field(default_factory=list)
    periods: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    limits: tuple[float, float] = PRICE_LIMITS

    def frame(self, name: str) -> pl.DataFrame:
        """Return the table of a file; of a file that is not there an empty one."""
        file = self.folder / f"{name}.csv"
        if not file.is_file():
            return pl.DataFrame()
        dataset = next(one for one in DATASETS if one.name == name)
        payload = Payload(file.name, file.read_bytes(), address=str(file))
        if not dataset.recognises(payload):
            raise SourceError(
                f"{file} has other columns than a table of {name}; see docs/auctions.md"
            )
        parsed = dataset.parse(payload)
        self.rejected += [Rejected(file.name, one.place, one.reason) for one in parsed.quarantined]
        return next(iter(parsed.tables.values()))

    def counts(self, name: str, column: str) -> dict[str, int]:
        """Return how often each text stands in a column of a file, whatever its rows are worth."""
        before = len(self.rejected)
        frame = self.frame(name)
        # Its faults are listed when its rows are read.
        del self.rejected[before:]
        return dict(frame.group_by(column).len().iter_rows()) if frame.width else {}

    def rows(self, name: str, *rules: Rule) -> list[Line]:
        """Return the rows of a file that keep to the rules."""
        kept: list[Line] = []
        for row in self.frame(name).iter_rows(named=True):
            broken = next((why for rule in rules if (why := rule(row)) is not None), None)
            if broken is None:
                kept.append(row)
            else:
                self.reject(name, row, broken)
        return kept

    def reject(self, name: str, row: Line, rule: str) -> None:
        """List a row that takes no part."""
        self.rejected.append(Rejected(f"{name}.csv", f"line {row['line']}", rule))

    def in_zone(self, row: Line) -> str | None:
        """Return what is wrong with the zone of a row."""
        return unknown("zone", row["zone"], self.zones)

    def in_period(self, row: Line) -> str | None:
        """Return what is wrong with the period of a row."""
        return unknown("period", row["period"], self.periods)

    def priced(self, *names: str) -> Rule:
        """Return the rule that prices lie between the limits."""
        low, high = self.limits

        def rule(row: Line) -> str | None:
            wrong = next((one for one in names if not low <= row[one] <= high), None)
            if wrong is None:
                return None
            return f"price {row[wrong]} lies outside of the limits {low} to {high}"

        return rule


def unknown(what: str, found: object, known: Sequence[object]) -> str | None:
    """Return that something is not one of what is known, or nothing if it is."""
    if found in known:
        return None
    return f"{what} {found} is not one of {', '.join(map(str, known))}"


def has_volume(row: Line) -> str | None:
    """Return that a row has no volume."""
    return None if row["volume_mwh"] else "a volume of 0 neither buys nor sells"


def unique(column: str = "id") -> Rule:
    """Return the rule that what a column holds was not given before."""
    seen: set[object] = set()

    def rule(row: Line) -> str | None:
        if row[column] in seen:
            return f"{column} {row[column]} was given before; the first stands"
        seen.add(row[column])
        return None

    return rule


def profile(tables: Tables, row: Line, prefix: str) -> list[float]:
    """Return the values of a row by period; what is not given is 0."""
    return [float(row.get(f"{prefix}{period}") or 0.0) for period in tables.periods]
