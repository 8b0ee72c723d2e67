"""Feeds in RSS 0.9 to 2.0, RDF and Atom as the table ``news``.

feedparser reads them, after a look at the XML: a feed that declares entities, nests more deeply
than any feed does, or comes in an encoding that could hide either is refused before it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from typing import Any

from wattbook.sources.clock import SECOND, within
from wattbook.sources.payload import Parsed, Payload, Quarantined, aside
from wattbook.sources.tables import STORY_COLUMNS
from wattbook.sources.tabular import table, tables_only

__all__ = ["BYTES_MAX", "hostile", "is_feed", "parse"]

BYTES_MAX = 16 << 20
DEPTH_MAX = 64
ROOT = re.compile(rb"<(?:rss|feed|rdf:RDF|RDF)[\s>]")
DECLARED = re.compile(rb"<!\s*(?:ENTITY|ELEMENT|ATTLIST|NOTATION)|<!DOCTYPE[^>]*\[", re.IGNORECASE)
ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
PLAIN_ENCODINGS = re.compile(r"utf-?8|us-ascii|ascii|iso-8859-\d+|windows-125\d|latin-?1")
TAG = re.compile(
    rb"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<(/?)[A-Za-z_][^>]*?(/?)>", re.DOTALL
)


def is_feed(payload: Payload) -> bool:
    """Return whether `payload` begins as a feed does."""
    return ROOT.search(payload.content[:4_096]) is not None


def hostile(content: bytes) -> Quarantined | None:
    """Return why `content` must not be read, with the place, or none."""
    fault: tuple[int, str] | None = None
    encoding = ENCODING.search(content, 0, 512)
    if len(content) > BYTES_MAX:
        fault = (BYTES_MAX, f"{len(content)} bytes, more than the {BYTES_MAX} of any feed")
    elif (nul := content.find(b"\0")) >= 0:
        fault = (nul, "a zero byte: no encoding in which the feed can be looked at before")
    elif encoding and not PLAIN_ENCODINGS.fullmatch(encoding[1].decode("latin-1").lower()):
        fault = (encoding.start(1), f"encoding {encoding[1].decode('latin-1')!r} is not read")
    elif found := DECLARED.search(content):
        fault = (
            found.start(),
            f"{found[0].decode('latin-1')!r}: a feed declares no types",
        )
    else:
        fault = _too_deep(content)
    if fault is None:
        return None
    line = content.count(b"\n", 0, fault[0]) + 1
    return aside(content, fault[1], f"line {line}", fault[0])


def _too_deep(content: bytes) -> tuple[int, str] | None:
    depth = 0
    for tag in TAG.finditer(content):
        if tag[1] is None or tag[2]:
            continue
        depth += -1 if tag[1] else 1
        if depth > DEPTH_MAX:
            return tag.start(), f"elements more than {DEPTH_MAX} deep in each other"
    return None


def parse(payload: Payload) -> Parsed:
    """Return the entries of a feed as the table ``news``."""
    refusal = hostile(payload.content)
    quarantined = [refusal] if refusal is not None else []
    rows: list[dict[str, Any]] = []
    if refusal is None:
        import feedparser  # noqa: PLC0415 - slow to load

        try:
            feed = feedparser.parse(payload.content)
        except Exception as fault:  # noqa: BLE001 - whatever a feed makes a parser do is its fault
            reason = f"feedparser: {type(fault).__name__}: {fault}"
            quarantined.append(aside(payload.content, reason))
        else:
            rows = [_row(feed, entry, place) for place, entry in enumerate(feed.entries)]
            quarantined += _faults(feed, payload.content, rows)
    return tables_only({"news": table(STORY_COLUMNS, rows)}, quarantined)


def _faults(
    feed: Any,  # noqa: ANN401 - feedparser has no types
    content: bytes,
    rows: list[dict[str, Any]],
) -> Iterator[Quarantined]:
    """Yield what feedparser found wrong, and the entries whose time it could not read."""
    if feed.get("bozo"):
        fault = feed.get("bozo_exception")
        line = getattr(fault, "getLineNumber", lambda: 1)() or 1
        offset = len(b"".join(content.splitlines(keepends=True)[: line - 1]))
        reason = f"no sound XML from here on, read as far as it goes: {fault}"
        yield aside(content, reason, f"line {line}", offset)
    for row, entry in zip(rows, feed.entries, strict=True):
        said = dict.get(entry, "updated") or dict.get(entry, "published")
        if said and row["ts_event"] is None:
            place = f"entry {row['place']}"
            yield Quarantined(place, 0, f"{said!r} is no time", str(dict(entry)).encode()[:4096])


def _row(feed: Any, entry: Any, place: int) -> dict[str, Any]:  # noqa: ANN401 - untyped
    published = _time(entry.get("published_parsed"))
    # Of the dictionary itself: feedparser's own look-up takes one time for the other.
    updated = _time(dict.get(entry, "updated_parsed"))
    tags = entry.get("tags") or []
    contents = entry.get("content") or []
    return {
        "message": entry.get("id") or entry.get("link"),
        "ts_event": updated if updated is not None else published,
        "created": published,
        "modified": updated,
        "kind": feed.get("version") or None,
        "headline": entry.get("title"),
        "summary": entry.get("summary"),
        "body": "\n".join(part.get("value") or "" for part in contents) or None,
        "language": feed.feed.get("language"),
        "provider": feed.feed.get("title"),
        "author": entry.get("author"),
        "subject": "\n".join(tag.get("label") or tag.get("term") or "" for tag in tags) or None,
        "rights": entry.get("rights") or feed.feed.get("rights"),
        "link": entry.get("link"),
        "place": place,
    }


def _time(parsed: Any) -> int | None:  # noqa: ANN401 - a struct_time or none
    """Return a time of feedparser, which is UTC, as ns."""
    try:
        return within(calendar.timegm(parsed) * SECOND) if parsed is not None else None
    except (ValueError, OverflowError, TypeError):
        return None
