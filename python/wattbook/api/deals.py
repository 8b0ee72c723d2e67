"""Bilateral deals of a book: what stands, what waits for a second person, every version."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api.access import DEMO, Permission, User
from wattbook.api.answers.document import answers
from wattbook.api.answers.trading import Booked, ClosedState, DealHistory, Deals, Decided
from wattbook.api.entry import Key
from wattbook.api.guard import allowed
from wattbook.api.problems import Problem
from wattbook.portfolio.book import TradeBook
from wattbook.runtime.book import closed_state, decide_amendment, enter_deal, open_book, waiting

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    import polars as pl

    from wattbook.portfolio.book import DealBook
    from wattbook.runtime.book import BookReference

__all__ = ["Book", "Name", "Trades", "person_of", "router"]

LISTS: Final = (
    "persons", "books", "traders", "counterparties", "currencies", "deals", "structured",
    "pending", "closed", "refused",
)  # fmt: skip
router = APIRouter(prefix="/v1/deals", dependencies=[Depends(allowed(Permission.READ))])
Trades = Annotated[User, Depends(allowed(Permission.ORDER))]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Opened:
    """The book of the desk, opened anew for each request: another process may write to it."""

    def __init__(self, request: Request) -> None:
        self.folder = request.app.state.beside.book

    @property
    def path(self) -> FilePath:
        """Where it stands.

        Raises
        ------
        Problem
            409 if the desk was opened without a book.
        """
        if self.folder is None:
            raise Problem(409, "this desk has no book of deals; open it with --book DIR")
        found: FilePath = self.folder
        return found

    def open(self) -> tuple[DealBook, BookReference]:
        """Return book and reference."""
        return open_book(self.path)


Book = Annotated[Opened, Depends(Opened)]


class DealAsked(BaseModel):
    """A deal as it shall stand."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "deal": "D-2001", "trade_date": "2027-01-05", "book": "procurement",
                    "trader": "ana", "counterparty": "Nordkraft",
                    "product": "DE-LU Cal-28 Base", "side": "buy", "power_mw": "5",
                    "price": "81.20", "currency": "EUR", "person": "ana",
                }
            ]
        },
    )  # fmt: skip

    deal: Name
    trade_date: Name
    book: Name
    trader: Name
    counterparty: Name
    product: Name
    side: Literal["buy", "sell"]
    power_mw: Decimal = Field(gt=0, max_digits=15, decimal_places=6)
    price: Decimal = Field(max_digits=15, decimal_places=6)
    currency: Name
    fee: Decimal = Field(Decimal(0), max_digits=15, decimal_places=6)
    status: Literal["live", "cancelled"] = "live"
    person: Name | None = Field(None, description="Who enters it; only for the user of a machine.")

    def fields(self) -> dict[str, str]:
        """Return the columns of a file of deals."""
        values = self.model_dump(exclude={"person"})
        return {
            name: format(value, "f") if isinstance(value, Decimal) else str(value)
            for name, value in values.items()
        }


class Decision(BaseModel):
    """What a second person says to an amendment."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"approves": True, "person": "ben"}]}
    )

    approves: bool
    comment: str = Field("", max_length=1_000)
    person: Name | None = None


def person_of(user: User, named: str | None) -> str:
    """Return who acts: who is signed in, or whom the password-less user of this machine names.

    Raises
    ------
    Problem
        403 if somebody signed in names another one, 422 if nobody is named.
    """
    if user.name != DEMO:
        if named not in (None, user.name):
            raise Problem(403, f"{user.name} is signed in and does not act as {named}")
        return user.name
    if named is None:
        raise Problem(422, "say who acts in `person`: this machine's user has no name of its own")
    return named


def deal_rows(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return deals as plain numbers: MW, currency a MWh, currency."""
    made = []
    for row in table.iter_rows(named=True):
        power = row["power"]
        made.append(
            {
                **{
                    name: row[name]
                    for name in (
                        "deal", "book", "trader", "counterparty", "product", "currency", "version",
                        "known_ns",
                    )
                },
                "trade_date": str(row["trade_date"]),
                "side": "buy" if power >= 0 else "sell",
                "power_mw": abs(power) / 1e6,
                "price": row["price"] / 1e6,
                "fee": row["fee"] / 1e6,
                "status": "live" if power else "cancelled",
                "entered_by": row.get("entered_by"),
                "approved_by": row.get("approved_by"),
            }
        )  # fmt: skip
    return made


def structured_rows(folder: FilePath) -> list[dict[str, Any]]:
    """Return the last version of each structured deal."""
    return [
        {**row, **{name: str(row[name]) for name in ("trade_date", "first", "last")}}
        for row in TradeBook(folder).table().drop("file").iter_rows(named=True)
    ]


def listed(opened: Opened) -> dict[str, Any]:
    """Return everything that the deals view shows."""
    book, reference = opened.open()
    names = reference.names
    return {
        "desk": reference.desk.name,
        "persons": sorted(reference.desk.persons),
        "books": sorted(names.books),
        "traders": sorted(names.traders),
        "counterparties": sorted(names.counterparties),
        "currencies": sorted(names.currencies),
        "deals": deal_rows(book.deals(book.last_number())),
        "structured": structured_rows(opened.path),
        "pending": [
            {
                "number": one.number, "reason": one.reason, "entered_by": one.entered_by,
                "deal": one.deal or None,
                "power_mw": None if one.power is None else one.power / 1e6,
                "price": None if one.price is None else one.price / 1e6,
            }
            for one in waiting(opened.path)
        ],
        "closed": [
            {"day": str(one.day), "digest": one.digest, "signed_by": one.signed_by}
            for one in book.closed()
        ],
        "refused": book.refused().to_dicts(),
    }  # fmt: skip


@router.get("", summary="Deals, amendments that wait, closed days, refused rows", **answers(Deals))
async def deals(book: Book) -> dict[str, Any]:
    """Return the book of the desk; ``has_book`` is false where it was opened without one."""
    if book.folder is None:
        return {"has_book": False, "desk": "", **{name: [] for name in LISTS}}
    return {"has_book": True, **await asyncio.to_thread(listed, book)}


@router.get("/closes/{day}", summary="The end-of-day state of a day", **answers(ClosedState))
async def close(book: Book, day: dt.date) -> dict[str, Any]:
    """Return value, P&L by line and what options earned at a close, as they were kept."""
    return await asyncio.to_thread(lambda: closed_state(book.open()[0], day))


@router.get("/{deal}/history", summary="Every version of a deal", **answers(DealHistory))
async def history(book: Book, deal: Annotated[str, Path(max_length=200)]) -> dict[str, Any]:
    """Return every version with who entered and who approved it, oldest first."""
    rows = await asyncio.to_thread(lambda: deal_rows(book.open()[0].history(deal)))
    return {"deal": deal, "versions": rows}


@router.post("", summary="Enter, amend or cancel a deal", status_code=201, **answers(Booked, 201))
async def enter(book: Book, user: Trades, asked: DealAsked, key: Key) -> dict[str, Any]:
    """Book a new deal; a change of one that stands waits for a second person."""
    person = person_of(user, asked.person)

    def act() -> dict[str, Any]:
        found = enter_deal(
            *book.open(), asked.fields(), person=person, key=key, known_ns=time.time_ns()
        )
        return {"new": found.new, "unchanged": found.unchanged, "waits": found.queued}

    return await asyncio.to_thread(act)


@router.post("/amendments/{number}", summary="Approve or reject an amendment", **answers(Decided))
async def decide(
    book: Book,
    user: Trades,
    number: Annotated[str, Path(pattern=r"^[TR]?[0-9]{1,15}$", examples=["1", "T1", "R1"])],
    asked: Decision,
) -> dict[str, Any]:
    """Let an amendment stand or fall; who entered it does not decide.

    ``T1`` is one of a structured deal, ``R1`` one of the book's reference.
    """
    await asyncio.to_thread(
        decide_amendment,
        book.path,
        number,
        person=person_of(user, asked.person),
        approves=asked.approves,
        comment=asked.comment,
    )
    return {"number": number, "state": "approved" if asked.approves else "rejected"}
