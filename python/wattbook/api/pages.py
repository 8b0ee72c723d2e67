"""Rows of a route: filtered, in pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["After", "Limit", "Page", "page"]

Limit = Annotated[int, Query(ge=1, le=5_000, description="Most rows to return.")]
After = Annotated[int, Query(ge=0, description="`next` of the page before; 0 for the first.")]


class Page(BaseModel):
    """Some rows, and where the next page begins."""

    now: int = Field(description="As of when, ns UTC.")
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
