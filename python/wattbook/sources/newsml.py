"""NewsML-G2 of the IPTC: news, packages, concepts, events, and messages that carry them.

Each item keeps its ``guid`` and ``version``. News items and packages are rows of ``news``; events
of concept and knowledge items are rows of ``event``; what is said of companies goes to
``company``, who handled an item before to ``hop``. Items of a message without a time of their own
take the time at which the message was sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from wattbook.sources import xml
from wattbook.sources.clock import SECOND, moment
from wattbook.sources.payload import Dataset, Parsed, Payload, Quarantined, aside
from wattbook.sources.tables import EVENT_COLUMNS, STORY_COLUMNS
from wattbook.sources.tabular import table, tables_only

__all__ = ["COMPANY_COLUMNS", "DATASETS", "HOP_COLUMNS"]

COMPANY_COLUMNS: Mapping[str, str] = {
    **dict.fromkeys(("message", "company", "symbol", "market", "market_label", "kind"), "String"),
    "place": "Int64",
}
"""Columns of ``company``: an instrument of a company that the item `message` is about."""

HOP_COLUMNS: Mapping[str, str] = {
    "message": "String",
    "sequence": "Int32",
    "ts_event": "Int64",
    **dict.fromkeys(("party", "action"), "String"),
    "place": "Int64",
}
"""Columns of ``hop``: who did what with the item `message`, and when (ns UTC)."""

ROOTS = ("newsItem", "packageItem", "conceptItem", "knowledgeItem", "planningItem", "newsMessage")
NAMESPACE = b"http://iptc.org/std/nar/2006-10-01/"
SENT = "../../header/sent"

ITEM = {
    "message": "@guid",
    "revision": "@version",
    "kind": "itemMeta/itemClass/@qcode",
    "ts_event": "itemMeta/versionCreated",
    "first": "itemMeta/firstCreated",
    "embargo": "itemMeta/embargoed",
    "status": "itemMeta/pubStatus/@qcode",
    "note": "itemMeta/edNote",
    "link": "itemMeta/link/@href",
    "provider_code": "itemMeta/provider/@qcode",
    "provider_uri": "itemMeta/provider/@uri",
    "provider_name": "itemMeta/provider/name",
    "created": "contentMeta/contentCreated",
    "modified": "contentMeta/contentModified",
    "urgency": "contentMeta/urgency",
    "headline": "contentMeta/headline",
    "slug": "contentMeta/slugline",
    "summary": "contentMeta/description",
    "language": "@lang",
    "content_language": "contentMeta/language/@tag",
    "author": "contentMeta/creator/name",
    "location": "contentMeta/located/name",
    "subject": "contentMeta/subject/name",
    "subject_code": "contentMeta/subject/@qcode",
    "instrument": "assert/organisationDetails/hasInstrument/@symbol",
    "rights": "rightsInfo/copyrightNotice",
    "inline_xml": "contentSet/inlineXML",
    "inline_data": "contentSet/inlineData",
}
CONCEPT = {
    "event": "conceptId/@qcode",
    "event_uri": "conceptId/@uri",
    "created": "conceptId/@created",
    "name": "name",
    "start": "eventDetails/dates/start",
    "end": "eventDetails/dates/end",
    "duration": "eventDetails/dates/duration",
    "location": "eventDetails/location/name",
    "organiser": "eventDetails/organiser/name",
    "part_of": "broader/@qcode",
    "participant": "eventDetails/participant/name",
}
COMPANY = {
    "literal": "../../@literal",
    "symbol": "@symbol",
    "market": "@market",
    "market_label": "@marketlabel",
    "kind": "@type",
}
HOP = {
    "sequence": "@seq",
    "ts_event": "@timestamp",
    "party_code": "party/@qcode",
    "party_name": "party/name",
    "action": "action/@qcode",
}

Row = dict[str, Any]


def recognises(payload: Payload) -> bool:
    """Return whether `payload` is an item or a message of NewsML-G2."""
    head = payload.content[:4_096]
    found = re.search(rb"<(?:[\w.-]+:)?([A-Za-z]+)[\s>]", head)
    return found is not None and found[1].decode() in ROOTS and NAMESPACE in head


def parse(payload: Payload) -> Parsed:
    """Return the items of `payload` as the tables ``news``, ``event``, ``company`` and ``hop``."""
    content = payload.content
    quarantined: list[Quarantined] = []
    news = list(_each(content, list(ROOTS[:5]), {**ITEM, "sent": SENT}, _story, quarantined))
    outer = [("newsItem", ""), ("conceptItem", ""), ("knowledgeItem", "conceptSet/")]
    events = list(
        _each(
            content,
            [f"{item}/{inside}concept" for item, inside in outer[1:]],
            {**CONCEPT, **_around("../"), **{f"set_{k}": v for k, v in _around("../../").items()}},
            _event,
            quarantined,
        )
    )
    companies = list(
        _each(
            content,
            ["newsItem/assert/organisationDetails/hasInstrument"],
            {**COMPANY, "message": "../../../@guid", "name": "../../name"},
            _company,
            quarantined,
        )
    )
    hops = list(
        _each(
            content,
            ["newsItem/hopHistory/hop", "packageItem/hopHistory/hop"],
            {**HOP, "message": "../../@guid"},
            _hop,
            quarantined,
        )
    )
    quarantined.sort(key=lambda part: part.offset)
    return tables_only(
        {
            "news": table(STORY_COLUMNS, news),
            "event": table(EVENT_COLUMNS, events),
            "company": table(COMPANY_COLUMNS, companies),
            "hop": table(HOP_COLUMNS, hops),
        },
        tuple(quarantined),
    )


def _around(up: str) -> dict[str, str]:
    return {
        "message": f"{up}@guid",
        "revision": f"{up}@version",
        "ts_event": f"{up}itemMeta/versionCreated",
    }


def _each(
    content: bytes,
    paths: list[str],
    fields: Mapping[str, str],
    build: Callable[[Row], Row | None],
    quarantined: list[Quarantined],
) -> Iterator[Row]:
    """Yield what `build` makes of the elements at `paths`; what it refuses is set aside."""
    found = xml.rows(content, paths, fields)
    if found.fault is not None and found.fault not in quarantined:
        quarantined.append(found.fault)
    for place, row in enumerate(found.frame.iter_rows(named=True)):
        try:
            built = build(row)
        except (ValueError, OverflowError) as fault:
            offset = row["offset"]
            where = f"element {place} of {paths[0]}"
            quarantined.append(aside(content, str(fault), where, offset))
            continue
        if built is not None:
            yield {**built, "place": place}


def _story(row: Row) -> Row:
    body = "\n".join(text for text in (row["inline_xml"], row["inline_data"]) if text)
    plain = ("status", "kind", "headline", "slug", "summary", "author", "location", "subject")
    more = ("subject_code", "instrument", "note", "rights", "link", "message")
    return {
        **{name: row[name] for name in plain + more},
        "revision": _whole(row["revision"], "version"),
        "ts_event": moment(row["ts_event"] or row["sent"]),
        "created": _whole_moment(row["created"] or row["first"]),
        "modified": _whole_moment(row["modified"]),
        "embargo": moment(row["embargo"]),
        "urgency": _whole(row["urgency"], "urgency"),
        "provider": row["provider_name"] or row["provider_code"] or row["provider_uri"],
        "language": row["content_language"] or row["language"],
        "body": body or None,
    }


def _event(row: Row) -> Row | None:
    if row["start"] is None:
        return None  # A concept that is no event: a person, a place, a subject.
    start = moment(row["start"])
    end = moment(row["end"])
    if end is None and start is not None and row["duration"]:
        end = start + _duration(row["duration"])
    pick = {key: row[key] or row[f"set_{key}"] for key in ("message", "revision", "ts_event")}
    return {
        **{key: row[key] for key in ("name", "location", "organiser", "participant", "part_of")},
        "event": row["event"] or row["event_uri"],
        "message": pick["message"],
        "revision": _whole(pick["revision"], "version"),
        "ts_event": moment(pick["ts_event"]),
        "created": _whole_moment(row["created"]),
        "event_start": start,
        "event_end": end,
    }


def _company(row: Row) -> Row:
    company = row["name"] or row["literal"]
    kept = ("message", "symbol", "market", "market_label", "kind")
    return {**{key: row[key] for key in kept}, "company": company}


def _hop(row: Row) -> Row:
    return {
        "message": row["message"],
        "sequence": _whole(row["sequence"], "seq"),
        "ts_event": moment(row["ts_event"]),
        "party": row["party_name"] or row["party_code"],
        "action": row["action"],
    }


def _whole_moment(text: str | None) -> int | None:
    """Return a time of the content, which NewsML lets be a day, a month or a year: then none."""
    if text is None or re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", text.strip()):
        return None
    return moment(text)


def _whole(text: str | None, what: str) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}", text.strip()):
        message = f"{what} {text.strip()!r} is no whole number"
        raise ValueError(message)
    return int(text)


def _duration(text: str) -> int:
    """Return a duration of ISO 8601 in days and below, ns."""
    found = re.fullmatch(
        r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", text.strip()
    )
    if found is None or not any(found.groups()):
        message = f"{text.strip()!r} is no duration in weeks, days, hours, minutes and seconds"
        raise ValueError(message)
    lengths = (7 * 86_400, 86_400, 3_600, 60, 1)
    return sum(int(n or 0) * s for n, s in zip(found.groups(), lengths, strict=True)) * SECOND


DATASETS = (
    Dataset(
        source="newsml",
        name="item",
        description="NewsML-G2: news, packages, concepts with events, and messages of them",
        recognises=recognises,
        parse=parse,
    ),
)
