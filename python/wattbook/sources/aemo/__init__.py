"""AEMO, operator of the Australian market NEM: NEMWEB and the archive of its data model.

Files are zips of reports, archives are zips of such zips. A report holds several tables: an I line
heads each, with the version of its columns, D lines are its rows, and the last C line counts all
lines. The market's clock is UTC+10 all year; a time names the END of its interval; trading
intervals had 30 minutes up to 2021-10-01 and have five since. The trading day begins at 04:00.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import polars as pl

from wattbook.sources.aemo.files import DAILY_ARCHIVES, archive_requests, table_requests
from wattbook.sources.aemo.measures import OBSERVED, observe
from wattbook.sources.aemo.offers import OFFERS, offers
from wattbook.sources.aemo.reference import is_prices, is_variables, prices, variables
from wattbook.sources.aemo.report import Section, read_report
from wattbook.sources.packed import first_bytes, is_packed, unpack
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, aside
from wattbook.sources.tabular import gathered, set_aside

__all__ = ["DATASETS", "parse"]


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is a report of AEMO, or an archive of some."""
    if is_packed(payload.content):
        return unquote(payload.name).upper().startswith("PUBLIC_")
    return payload.content.startswith(b"C,") and b",AEMO," in payload.content[:300]


def parse(payload: Payload) -> Parsed:
    """Return the rows of every report in `payload`.

    Prices, demand, flows, generation and forecasts are observations; offers of units and market
    interconnectors are the table ``offer``; every other table comes with its own columns and times
    in ns UTC, named by its type and subtype in small letters: ``dispatch_constraint``. A report
    whose last line counts other lines than there are keeps its rows, and the fault is told.
    """
    unpacked = unpack(payload)
    observed: list[pl.DataFrame] = []
    tables: dict[str, list[pl.DataFrame]] = {}
    quarantined = list(unpacked.quarantined)
    several = len(unpacked.members) > 1
    starts = first_bytes(unpacked.members)
    for member, start in zip(unpacked.members, starts, strict=True):
        report = read_report(member.content)
        found = list(report.quarantined)
        for section in report.sections:
            sound, bad = keyed(section, member.content)
            found += bad
            if sound is None:
                continue
            if (section.name, section.table) in OBSERVED:
                rows = observe(sound, report.published)
                if rows is not None:
                    observed.append(rows.with_columns(pl.col("offset") + start))
            elif (section.name, section.table) in OFFERS:
                rows = offers(sound)
                if rows is not None:
                    tables.setdefault("offer", []).append(rows)
            else:
                own = sound.frame.drop("offset").rename({"line": "place"}, strict=False)
                tables.setdefault(table_name(section), []).append(own)
        quarantined += [named(part, member.name) for part in found] if several else found
    joined = {
        name: pl.concat(parts, how="diagonal_relaxed") if len(parts) > 1 else parts[0]
        for name, parts in tables.items()
    }
    return Parsed(gathered(observed), joined, tuple(quarantined))


def keyed(section: Section, content: bytes) -> tuple[Section | None, tuple[Quarantined, ...]]:
    """Return `section` without the rows that lack place or time, and those rows.

    None for a table that has no such column: all of it is set aside.
    """
    observed = OBSERVED.get((section.name, section.table))
    needed: tuple[str, ...] = ()
    if observed is not None:
        needed = (observed.place, observed.time)
    elif (section.name, section.table) in OFFERS:
        needed = ("DUID" if "DUID" in section.frame.columns else "LINKID", "SETTLEMENTDATE")
    missing = [name for name in needed if name not in section.frame.columns]
    if missing:
        head = f"{section.name},{section.table},{section.version}"
        reason = f"table {head} has no column {missing[0]}; its rows have no place or time"
        start = int(section.frame["offset"][0]) if section.frame.height else 0
        return None, (aside(content, reason, f"table at line {section.line}", start),)
    if not needed:
        return section, ()
    lacks = section.frame.select(pl.any_horizontal(pl.col(*needed).is_null())).to_series()
    reason = f"a row without {' or '.join(needed)}"
    frame, refused = set_aside(section.frame, lacks, reason, content)
    return section._replace(frame=frame), refused


def named(part: Quarantined, member: str) -> Quarantined:
    """Return `part` with the name of the file that it is in."""
    return replace(part, place=f"{member}: {part.place}")


def table_name(section: Section) -> str:
    """Return the name of a table that is neither observed nor an offer."""
    return "_".join(part for part in (section.name, section.table) if part).lower()


DATASETS = (
    Dataset(
        "aemo",
        "report",
        "NEM tables by month (option table, part), also any report of NEMWEB",
        recognises,
        parse,
        table_requests,
        window_seconds=31 * 86_400,
        requests_per_minute=20.0,
    ),
    Dataset(
        "aemo",
        "daily_archive",
        f"NEMWEB archives by day (option folder: {', '.join(DAILY_ARCHIVES)})",
        recognises,
        parse,
        archive_requests,
        window_seconds=86_400,
        requests_per_minute=20.0,
    ),
    Dataset("aemo", "recalculated_prices", "dispatch prices, calculated again", is_prices, prices),
    Dataset(
        "aemo", "causer_pays_variables", "names of frequency variables", is_variables, variables
    ),
)
"""What can be read of AEMO."""
