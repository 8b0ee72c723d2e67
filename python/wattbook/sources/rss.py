"""News feeds of any publisher, in RSS or Atom."""

from __future__ import annotations

from collections.abc import Iterator

from wattbook.errors import InputError
from wattbook.sources.feeds import is_feed, parse
from wattbook.sources.payload import Dataset, Query, Request

__all__ = ["DATASETS"]


def _requests(query: Query) -> Iterator[Request]:
    if not query.location.startswith(("https://", "http://")):
        message = f"location {query.location!r} is no address of a feed; give it with https://"
        raise InputError(message)
    yield Request(query.location)


DATASETS = (
    Dataset(
        source="rss",
        name="feed",
        description="news feeds in RSS or Atom; location is the feed's address",
        recognises=is_feed,
        parse=parse,
        requests=_requests,
        is_recorded=False,
    ),
)
