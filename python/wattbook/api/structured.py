"""Structured deals of a book: documents of FpML come in, cancellations wait, versions are told."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api.access import Permission
from wattbook.api.answers.document import answers
from wattbook.api.answers.trading import StructuredBooked, StructuredHistory
from wattbook.api.deals import Book, Name, Trades, person_of
from wattbook.api.guard import allowed
from wattbook.errors import InputError
from wattbook.portfolio.book import TradeBook
from wattbook.runtime.book import import_trades

__all__ = ["router"]

router = APIRouter(prefix="/v1/structured-deals", dependencies=[Depends(allowed(Permission.READ))])
Deal = Annotated[str, Path(max_length=200)]


class DocumentAsked(BaseModel):
    """A document of structured deals."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "swap.xml", "document": "<requestConfirmation …/>", "person": "ana"}
            ]
        },
    )

    name: Annotated[str, Field(pattern=r"^[\w. -]{1,96}\.xml$")]
    document: Annotated[str, Field(min_length=1)]
    person: Name | None = Field(None, description="Who brings it; only for the user of a machine.")


class CancelAsked(BaseModel):
    """That a structured deal is to be cancelled."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"person": "ana"}]})

    person: Name | None = None


@router.post(
    "", summary="Book a document of FpML", status_code=201, **answers(StructuredBooked, 201)
)
async def enter(book: Book, user: Trades, asked: DocumentAsked) -> dict[str, Any]:
    """Book its deals; a change or the cancellation of one that stands waits for a second person.

    A document that comes again changes nothing.
    """
    person = person_of(user, asked.person)

    def act() -> dict[str, Any]:
        _, reference = book.open()
        with TemporaryDirectory() as folder:
            path = FilePath(folder) / asked.name
            path.write_text(asked.document, encoding="utf-8")
            try:
                found, notes = import_trades(TradeBook(book.path), reference, path, person=person)
            except InputError as fault:
                # Named as whoever sent it knows it.
                raise InputError(str(fault).replace(f"{path}", asked.name)) from fault
        counts = {"new": found.new, "unchanged": found.unchanged, "waits": found.queued}
        return {**counts, "overtaken": found.older, "notes": list(notes)}

    return await asyncio.to_thread(act)


@router.post(
    "/{deal}/cancel", summary="Ask to cancel a structured deal", **answers(StructuredBooked)
)
async def cancel(book: Book, user: Trades, deal: Deal, asked: CancelAsked) -> dict[str, Any]:
    """Let its cancellation wait for a second person; asked again, it changes nothing."""
    person = person_of(user, asked.person)

    def act() -> dict[str, Any]:
        _, reference = book.open()
        found = TradeBook(book.path).cancel(
            [deal], file="", person=reference.person(person), known_ns=time.time_ns()
        )
        counts = {"new": found.new, "unchanged": found.unchanged, "waits": found.queued}
        return {**counts, "overtaken": found.older, "notes": []}

    return await asyncio.to_thread(act)


@router.get(
    "/{deal}/history", summary="Every version of a structured deal", **answers(StructuredHistory)
)
async def history(book: Book, deal: Deal) -> dict[str, Any]:
    """Return every version with what it changed, and all terms of the one that stands."""

    def find() -> dict[str, Any]:
        trades = TradeBook(book.path)
        rows = trades.history(deal).drop("decided_ns").to_dicts()
        terms = trades.terms(deal) if any(row["state"] == "booked" for row in rows) else ()
        return {"deal": deal, "versions": rows, "terms": [list(one) for one in terms]}

    return await asyncio.to_thread(find)
