"""A report of AEMO: its tables as typed columns, and what cannot be trusted in it."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from wattbook import _core
from wattbook.errors import DecodeError
from wattbook.sources.clock import HOUR
from wattbook.sources.csv import lines_aside
from wattbook.sources.payload import Quarantined, aside

__all__ = ["NEM_AHEAD_NS", "Report", "Section", "read_report"]

NEM_AHEAD_NS = 10 * HOUR
"""How far the market's clock is ahead of UTC, all year."""

# Columns that this island reads by name; others are what their fields are.
KINDS = {
    **dict.fromkeys(
        (
            "SETTLEMENTDATE", "INTERVAL_DATETIME", "LASTCHANGED", "OFFERDATE", "LOAD_DATE",
            "BIDSETTLEMENTDATE",
        ),
        "wall",
    ),
    **dict.fromkeys(
        (
            "RRP", "TOTALDEMAND", "AVAILABLEGENERATION", "DISPATCHABLEGENERATION",
            "DISPATCHABLELOAD", "NETINTERCHANGE", "INITIALSUPPLY", "CLEAREDSUPPLY", "UIGF",
            "DEMAND_AND_NONSCHEDGEN", "METEREDMWFLOW", "MWFLOW", "MWLOSSES", "EXPORTLIMIT",
            "IMPORTLIMIT", "POWER", "SCADAVALUE", "OPERATIONAL_DEMAND",
            "OPERATIONAL_DEMAND_POE10", "OPERATIONAL_DEMAND_POE50", "OPERATIONAL_DEMAND_POE90",
            "PERIODID", "INTERVENTION", "VERSIONNO", "MAXAVAIL",
            *(f"{way}{service}RRP" for way in ("RAISE", "LOWER")
              for service in ("1SEC", "6SEC", "60SEC", "5MIN", "REG")),
            *(f"{band}{number}" for band in ("PRICEBAND", "BANDAVAIL") for number in range(1, 11)),
        ),
        "number",
    ),
    **dict.fromkeys(
        ("DUID", "REGIONID", "INTERCONNECTORID", "LINKID", "TYPE", "BIDTYPE", "DIRECTION"), "text"
    ),
}  # fmt: skip

OWN_NAMES = frozenset(
    {"line", "offset", "place", "kind", "location", "ts_event", "delivery_start", "delivery_end"}
)
"""Names that rows get here; AEMO's own are in capitals."""


class Section(NamedTuple):
    """A table of a report: ``DISPATCH``, ``PRICE``, ``5``, the line that heads it, its rows.

    The frame has ``line`` and ``offset`` and the columns in AEMO's own names; times are ns UTC.
    """

    name: str
    table: str
    version: str
    line: int
    frame: pl.DataFrame


class Report(NamedTuple):
    """Tables of a report in their order, and what is set aside.

    ``published`` is when AEMO made it by its first line, ns UTC, or none.
    """

    sections: tuple[Section, ...]
    published: int | None
    quarantined: tuple[Quarantined, ...]


def read_report(content: bytes) -> Report:
    r"""Return the tables of `content`, a text of C, I and D lines.

    The last line must count all lines: a file that was cut, or from which rows were taken, keeps
    the rows that it has, and the fault is told.

    Parameters
    ----------
    content : bytes
        Unpacked.

    Examples
    --------
    >>> text = b"C,A\nI,ROOFTOP,ACTUAL,2,REGIONID,POWER\nD,ROOFTOP,ACTUAL,2,SA1,7.5\n"
    >>> report = read_report(text + b'C,"END OF REPORT",4\n')
    >>> report.sections[0].frame.select("REGIONID", "POWER").rows(), report.quarantined
    ([('SA1', 7.5)], ())
    """
    try:
        comment, sections, trailer, lines, faults, more = _core.aemo_report(content, KINDS)
    except DecodeError as fault:
        return Report((), None, (aside(content, str(fault)),))
    bad_lines = list(lines_aside(content, faults, more))
    if trailer is None:
        reason = f"no END OF REPORT after {lines} lines; the file was cut short"
        bad_lines.append(Quarantined("end", len(content), reason))
    elif trailer[3] != lines:
        line, start, end, count = trailer
        reason = f"END OF REPORT counts {count} lines, there are {lines}; rows are missing"
        bad_lines.append(Quarantined(f"line {line}", start, reason, content[start:end]))
    found = []
    for name, table, version, line, rows in sections:
        own = rows.columns[2:]
        bad = [name for name in own if name in OWN_NAMES or not name.isprintable()]
        if not bad:
            found.append(Section(name, table, version, line, in_utc(pl.DataFrame(rows))))
            continue
        reason = f"table {name},{table} has columns that no table of AEMO has: {bad}"
        bad_lines.append(Quarantined(f"table at line {line}", 0, reason))
    return Report(tuple(found), published(comment), tuple(bad_lines))


def in_utc(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with its times, which are its whole numbers, as ns UTC."""
    times = pl.selectors.by_dtype(pl.Int64) - pl.selectors.by_name("line", "offset")
    return frame.with_columns(times - NEM_AHEAD_NS)


def published(comment: list[str]) -> int | None:
    """Return the instant that a report's first line names, ns UTC."""
    stamp = " ".join(comment[4:6])
    shown = pl.Series([stamp]).str.to_datetime("%Y/%m/%d %H:%M:%S", time_unit="ns", strict=False)
    wall = shown.cast(pl.Int64)[0]
    return None if wall is None else wall - NEM_AHEAD_NS
