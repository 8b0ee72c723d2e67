"""Stories of any feed as events: tagged, linked to commodities and zones, each told once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wattbook.forecast.news.sentiment import price_pressure, words_of
from wattbook.forecast.news.words import COMMODITIES, PLACES, TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

__all__ = ["NewsEvent", "news_events"]

HOUR_NS = 3_600 * 10**9
NEAR_HOURS = 36
ALIKE = 0.7
"""Share of words in common from which two headlines tell of one event."""


@dataclass(frozen=True, slots=True)
class NewsEvent:
    """Something that news told of.

    Parameters
    ----------
    message : str
        Identifier of the first story of it.
    known_at : int
        When that story was published, ns UTC: what follows from the event was not known before.
    headline : str
        Of that story.
    commodities, places, topics : tuple of str
        What it is about; places are zones and markets.
    pressure : float
        In (-1, 1): whether it speaks for higher or lower prices.
    told_at : tuple of int
        When each story of it was published, ns UTC, rising.
    """

    message: str
    known_at: int
    headline: str
    commodities: tuple[str, ...]
    places: tuple[str, ...]
    topics: tuple[str, ...]
    pressure: float
    told_at: tuple[int, ...]


def linked(text: str, names: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the names whose words stand in a text, which is made of whole words."""
    return tuple(
        name for name, words in names.items() if any(f" {word} " in text for word in words)
    )


def news_events(news: pl.DataFrame) -> list[NewsEvent]:
    """Return the events of stories, in the order in which they became known.

    A story without a time is left out, for nobody can say when it was known. A later revision of a
    story, and another's story whose headline shares 70 % of its words within 36 hours, tell of the
    event again; tags and pressure are those of the first, so that an event never learns from later
    stories.

    Parameters
    ----------
    news : DataFrame
        As the sources ``rss``, ``newsml`` and others give it: see
        `wattbook.sources.tables.STORY_COLUMNS`.
    """
    known = news.drop_nulls("ts_event").sort("ts_event", maintain_order=True)
    found: list[NewsEvent] = []
    words_by_event: list[frozenset[str]] = []
    told: list[list[int]] = []
    by_message: dict[str, int] = {}
    for row in known.iter_rows(named=True):
        headline, at = row["headline"] or "", int(row["ts_event"])
        words = frozenset(words_of(headline))
        message = row["message"] or f"untitled {at}"
        place = by_message.get(message)
        if place is None:
            place = same_event(words, at, words_by_event, told)
        if place is not None:
            told[place].append(at)
            by_message.setdefault(message, place)
            continue
        parts = (headline, row.get("summary"), row.get("subject"))
        whole = " ".join(part for part in parts if part)
        text = f" {' '.join(words_of(whole))} "
        by_message[message] = len(found)
        words_by_event.append(words)
        told.append([at])
        goods, places, topics = (linked(text, names) for names in (COMMODITIES, PLACES, TOPICS))
        pressure = price_pressure(whole)
        found.append(NewsEvent(message, at, headline, goods, places, topics, pressure, ()))
    return [replace(each, told_at=tuple(times)) for each, times in zip(found, told, strict=True)]


def same_event(
    words: frozenset[str], at: int, before: list[frozenset[str]], told: list[list[int]]
) -> int | None:
    """Return the place of the newest event that a headline tells of again; None if it is new."""
    for place in range(len(before) - 1, -1, -1):
        if at - told[place][-1] > NEAR_HOURS * HOUR_NS:
            continue
        union = words | before[place]
        if union and len(words & before[place]) / len(union) >= ALIKE:
            return place
    return None
