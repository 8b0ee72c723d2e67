"""Dow Jones: articles of Newswires and of the DNA streams, as JSON, and NITF documents.

A stream tells of additions, replacements and deletions of an article; each is a row of ``news``
with its action as ``status``. Codes come in lists or in one text with commas around each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from wattbook.errors import InputError
from wattbook.sources import xml
from wattbook.sources.clock import instant, moment, shown
from wattbook.sources.json import gather, records, text
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request, aside
from wattbook.sources.tables import STORY_COLUMNS
from wattbook.sources.tabular import table, tables_only

__all__ = ["DATASETS"]

SEARCH = "https://api.dowjones.com/content/realtime/search"
MEDIA = "application/vnd.dowjones.dna.content.v_1.0+json"
CODES = ("subject_codes", "industry_codes", "region_codes")

NITF = {
    "message": "head/docdata/doc-id/@id-string",
    "revision": "head/docdata/du-key/@version",
    "issued": "head/docdata/date.issue/@norm",
    "released": "head/docdata/date.release/@norm",
    "urgency": "head/docdata/urgency/@ed-urg",
    "rights": "head/docdata/doc.copyright/@holder",
    "title": "head/title",
    "headline": "body/body.head/hedline/hl1",
    "author": "body/body.head/byline",
    "provider": "body/body.head/distributor",
    "location": "body/body.head/dateline/location",
    "body": "body/body.content",
}


def _articles(payload: Payload) -> Parsed:
    rows, quarantined = gather(records(payload.content, "data"), _article)
    return tables_only({"news": table(STORY_COLUMNS, rows)}, quarantined)


def _article(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an article: attributes of a JSON:API resource, or the members themselves."""
    told = record.get("attributes", record)
    body = [text(told.get(part)) for part in ("snippet", "body")]
    published = _moment(told.get("publication_datetime") or told.get("publication_date"))
    modified = _moment(told.get("modification_datetime") or told.get("modification_date"))
    identifier = text(told.get("an")) or text(record.get("id"))
    if identifier is None:
        message = "an article without accession number (an) and id"
        raise ValueError(message)
    yield {
        "message": identifier,
        "ts_event": modified if modified is not None else published,
        "created": published,
        "modified": modified,
        "kind": text(told.get("document_type")) or text(record.get("type")),
        "status": text(told.get("action")),
        "headline": _headline(told),
        "summary": body[0],
        "body": body[1],
        "language": text(told.get("language_code")),
        "provider": text(told.get("source_name")) or text(told.get("source_code")),
        "author": text(told.get("byline")),
        "subject_code": "\n".join(code for name in CODES for code in _codes(told.get(name)))
        or None,
        "instrument": "\n".join(_codes(told.get("company_codes"))) or None,
        "rights": text(told.get("copyright")),
    }


def _headline(told: dict[str, Any]) -> str | None:
    """Return the headline, which search results nest: ``{"main": {"text": …}}``."""
    found = told.get("title") or told.get("headline")
    while isinstance(found, dict):
        found = found.get("main") or found.get("text")
    return text(found)


def _codes(value: Any) -> list[str]:  # noqa: ANN401 - whatever JSON holds
    parts = value.split(",") if isinstance(value, str) else value or []
    codes = [part.get("code") if isinstance(part, dict) else part for part in parts]
    return [str(code).strip() for code in codes if code and str(code).strip()]


def _moment(value: Any) -> int | None:  # noqa: ANN401 - whatever JSON holds
    """Return a time, ms since 1970 or ISO 8601, as ns UTC."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int) or (isinstance(value, str) and value.isascii() and value.isdigit()):
        count = int(value)
        if not 0 <= count < 2**43:
            message = f"{value!r} are no milliseconds since 1970"
            raise ValueError(message)
        return count * 1_000_000
    return instant(str(value))


def _nitf(payload: Payload) -> Parsed:
    found = xml.rows(payload.content, "/nitf", NITF)
    quarantined = [found.fault] if found.fault is not None else []
    rows = []
    for place, row in enumerate(found.frame.iter_rows(named=True)):
        try:
            rows.append({**_document(row), "place": place})
        except (ValueError, OverflowError) as fault:
            part = aside(payload.content, str(fault), f"document {place}", row["offset"])
            quarantined.append(part)
    return tables_only({"news": table(STORY_COLUMNS, rows)}, quarantined)


def _document(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("message", "author", "provider", "location", "body", "rights")
    digits = [row[name] for name in ("revision", "urgency")]
    if any(found is not None and not re.fullmatch(r"\d{1,9}", found) for found in digits):
        message = f"version {digits[0]!r} or urgency {digits[1]!r} is no whole number"
        raise ValueError(message)
    revision, urgency = (int(found) if found is not None else None for found in digits)
    return {
        **{name: row[name] for name in kept},
        "headline": row["headline"] or row["title"],
        "revision": revision,
        "urgency": urgency,
        "ts_event": moment(row["issued"] or row["released"]),
        "created": moment(row["issued"]),
        "kind": "nitf",
    }


def _is_articles(payload: Payload) -> bool:
    head = payload.content[:8_192]
    is_object = head.lstrip().startswith(b"{") and b'"data"' in head
    return is_object and any(
        mark in head for mark in (b'"publication_datetime"', b'"publication_date"', b'"an"')
    )


def _is_nitf(payload: Payload) -> bool:
    return re.search(rb"<nitf[\s>]", payload.content[:2_048]) is not None


def _requests(query: Query) -> Iterator[Request]:
    if not query.options.get("search"):
        message = "dow_jones needs the option search: words, or codes such as p/pmdm"
        raise InputError(message)
    first, last = (shown(at, "%Y-%m-%d") for at in (query.start, query.end - 1))
    asked = {
        "search_string": [{"mode": "Unified", "value": query.options["search"]}],
        "date": {"days_range": "SpecificDateRange", "custom": {"from": first, "to": last}},
    }
    attributes = {"query": asked, "page_offset": 0, "page_limit": 100}
    resource = {"id": "Search", "type": "content", "attributes": attributes}
    yield Request(
        SEARCH,
        headers={"Accept": MEDIA, "Content-Type": "application/json"},
        credential="DOW_JONES_AUTHORIZATION",
        credential_place="header:Authorization",
        body=json.dumps({"data": resource}).encode(),
    )


DATASETS = (
    Dataset(
        source="dow_jones",
        name="article",
        description="articles as JSON; option search; the variable DOW_JONES_AUTHORIZATION holds "
        "the word Bearer and the token",
        recognises=_is_articles,
        parse=_articles,
        requests=_requests,
        is_recorded=False,
    ),
    Dataset(
        source="dow_jones",
        name="nitf",
        description="documents in NITF, from files",
        recognises=_is_nitf,
        parse=_nitf,
        is_recorded=False,
    ),
)
