"""Rows of a route: filtered, in pages."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from wattbook.api.instants import Instant

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

__all__ = ["After", "Limit", "Page", "above", "newest", "page", "placed"]

Limit = Annotated[int, Query(ge=1, le=5_000, description="Most rows to return.")]
After = Annotated[
    int, Query(ge=0, le=2**64, description="`next` of the page before; 0 for the first.")
]


class Page(BaseModel):
    """Some rows, and where the next page begins."""

    now: Instant = Field(description="As of when, ns UTC.")
    rows: list[dict[str, Any]] = Field(description="Prices and volumes in whole units; ns UTC.")
    next: int | None = Field(description="`after` of the next page; null where there is none.")


def page(
    rows: Iterable[dict[str, Any]],
    now: int,
    *,
    after: int,
    limit: int,
    keep: Callable[[dict[str, Any]], bool] = lambda _: True,
) -> Page:
    """Return the rows that `keep` keeps, from place `after` of those on."""
    found = [row for row in rows if keep(row)]
    part = found[after : after + limit]
    left = after + len(part)
    return Page(now=now, rows=part, next=left if left < len(found) else None)


def above(
    rows: Iterable[tuple[int, dict[str, Any]]],
    now: int,
    *,
    after: int,
    limit: int,
    keep: Callable[[dict[str, Any]], bool] = lambda _: True,
) -> Page:
    """Return the first of the rows whose key is above `after`, so what comes between moves nothing.

    Parameters
    ----------
    rows : iterable of (int, dict)
        With keys above 0, each once, in their order.
    now : int, ns UTC
    after, limit, keep
        As of `page`.

    Examples
    --------
    >>> first = above([(2, {"quote": 1}), (5, {"quote": 4})], 0, after=0, limit=1)
    >>> above([(1, {"quote": 0}), (2, {}), (5, {"quote": 4})], 0, after=first.next, limit=1).rows
    [{'quote': 4}]
    """
    return _first(((key, row) for key, row in rows if key > after and keep(row)), now, limit)


def placed(rows: Collection[dict[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield rows that follow each other for good with their places, newest first.

    Examples
    --------
    >>> list(placed([{"fill": "a"}, {"fill": "b"}]))
    [(2, {'fill': 'b'}), (1, {'fill': 'a'})]
    """
    return zip(range(len(rows), 0, -1), reversed(tuple(rows)), strict=True)


def newest(
    rows: Iterable[tuple[int, dict[str, Any]]],
    now: int,
    *,
    after: int,
    limit: int,
    keep: Callable[[dict[str, Any]], bool] = lambda _: True,
) -> Page:
    """Return the newest of the rows that `keep` keeps, of a list that goes on growing.

    A page goes on below the place that the page before ended with, so what comes meanwhile moves
    nothing.

    Parameters
    ----------
    rows : iterable of (int, dict)
        With places above 0 that stay, newest first.
    now : int, ns UTC
    after, limit, keep
        As of `page`.

    Examples
    --------
    >>> fills = [{"fill": "a"}, {"fill": "b"}, {"fill": "c"}]
    >>> first = newest(placed(fills), 0, after=0, limit=2)
    >>> newest(placed([*fills, {"fill": "d"}]), 0, after=first.next, limit=2).rows
    [{'fill': 'a'}]
    """
    left = ((place, row) for place, row in rows if not after or place < after)
    return _first(((place, row) for place, row in left if keep(row)), now, limit)


def _first(rows: Iterator[tuple[int, dict[str, Any]]], now: int, limit: int) -> Page:
    """Return the first of the rows; the next page goes on behind the key of the last of them."""
    found = list(islice(rows, limit + 1))
    ends = found[limit - 1][0] if len(found) > limit else None
    return Page(now=now, rows=[row for _, row in found[:limit]], next=ends)
