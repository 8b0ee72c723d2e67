"""The quarantine of ingestion: inspect a part, vouch for it, drop it, read its payload again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api.access import Permission, User
from wattbook.api.answers.document import answers
from wattbook.api.answers.operations import Corrected, Dropped, HeldDetail, HeldParts, Released
from wattbook.api.beside import Beside, Shelf
from wattbook.api.guard import allowed
from wattbook.api.pages import After, Limit
from wattbook.api.problems import Problem
from wattbook.errors import InputError
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.store.quarantine import QuarantineStore, State

if TYPE_CHECKING:
    from wattbook.store.quarantine import Entry

__all__ = ["router"]

router = APIRouter(prefix="/v1/ingest/quarantine", dependencies=[Depends(allowed(Permission.READ))])
Decides = Annotated[User, Depends(allowed(Permission.RELEASE))]
NUMBER_MAX: Final = 2**53
Number = Annotated[int, Path(ge=1, le=NUMBER_MAX, description="Number of the part.")]
INDEX: Final = "quarantine.sqlite"
RAW_SHOWN: Final = 4_000


class Why(BaseModel):
    """The reason of a decision, for whoever asks later."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"why": "the operator confirmed it"}]}
    )

    why: str = Field(min_length=3, max_length=500, pattern=r"\S")


def store(shelf: Beside) -> QuarantineStore:
    """Return the quarantine of the desk.

    Raises
    ------
    Problem
        409 if the desk was opened without one, or the folder holds none.
    """
    if shelf.ingest is None:
        raise Problem(409, "this desk has no stores of ingestion; open it with --ingest DIR")
    if not (shelf.ingest / INDEX).is_file():
        raise Problem(409, f"{shelf.ingest} has no {INDEX}; give the folder that ingestion filled")
    return QuarantineStore(shelf.ingest / INDEX)


def row_of(entry: Entry) -> dict[str, Any]:
    """Return a part without its bytes."""
    part = entry.part
    return {
        "number": entry.number, "state": entry.state.value, "source": part.source,
        "dataset": part.dataset, "name": part.name, "ts_recv": part.ts_recv, "place": part.place,
        "offset": part.offset, "reason": part.reason, "is_row": part.is_row,
    }  # fmt: skip


def entry_of(found: QuarantineStore, number: int) -> Entry:
    """Return a part.

    Raises
    ------
    Problem
        404 if there is none of that number.
    """
    try:
        return found.entry(number)
    except InputError as fault:
        raise Problem(404, str(fault)) from fault


@router.get("", summary="What ingestion set aside", **answers(HeldParts))
async def parts(
    shelf: Shelf,
    state: Annotated[State, Query(description="Only parts of this state.")] = State.HELD,
    limit: Limit = 200,
    after: After = 0,
) -> dict[str, Any]:
    """Return parts in the order in which they came, and how many there are of each state."""

    def find() -> dict[str, Any]:
        found = store(shelf)
        counts: dict[str, int] = {}
        for _, _, held, _, count in found.counts():
            counts[held] = counts.get(held, 0) + count
        above = min(after, NUMBER_MAX)
        rows = [row_of(entry) for entry in found.entries(state, limit=limit + 1, above=above)]
        more = rows[limit - 1]["number"] if len(rows) > limit else None
        return {"rows": rows[:limit], "counts": counts, "next": more}

    return await asyncio.to_thread(find)


@router.get("/{number}", summary="One part, its bytes and its history", **answers(HeldDetail))
async def part(shelf: Shelf, number: Number) -> dict[str, Any]:
    """Return a part as it came, where it came from, and who decided what about it."""

    def find() -> dict[str, Any]:
        found = store(shelf)
        entry = entry_of(found, number)
        raw = entry.part.raw[:RAW_SHOWN].decode("utf-8", "backslashreplace")
        steps = [
            {"at": one.at, "state": one.state.value, "who": one.who, "why": one.why}
            for one in found.history(number)
        ]
        more = {
            "address": entry.part.address,
            "payload": entry.part.payload,
            "row": entry.part.row,
            "raw": raw,
            "history": steps,
        }
        return row_of(entry) | more

    return await asyncio.to_thread(find)


def by(user: User) -> str:
    """Return who decides, for the history of a part."""
    return f"{user.name} ({user.role.value})"


@router.post(
    "/{number}/release", summary="Vouch for a row that a rule refused", **answers(Released)
)
async def release(shelf: Shelf, number: Number, asked: Why, user: Decides) -> dict[str, Any]:
    """Let a row count from now on; its payload is read again by the rules of now."""

    def act() -> int:
        entry_of(store(shelf), number)
        assert shelf.ingest is not None  # noqa: S101 - `store` refuses it
        with Pipeline(shelf.ingest, shelf.islands) as pipeline:
            return pipeline.release(number, by(user), asked.why).rows

    return {"number": number, "state": State.RELEASED.value, "rows": await asyncio.to_thread(act)}


@router.post("/{number}/drop", summary="Say that a part is worth nothing", **answers(Dropped))
async def drop(shelf: Shelf, number: Number, asked: Why, user: Decides) -> dict[str, Any]:
    """Drop a part that is held; it stays in the store with this decision."""

    def act() -> None:
        found = store(shelf)
        entry_of(found, number)
        assert shelf.ingest is not None  # noqa: S101
        with Pipeline(shelf.ingest, shelf.islands) as pipeline:
            found.decide(number, State.DROPPED, pipeline.now(), by(user), asked.why)

    await asyncio.to_thread(act)
    return {"number": number, "state": State.DROPPED.value}


@router.post("/{number}/correct", summary="Read the payload of a part again", **answers(Corrected))
async def correct(shelf: Shelf, number: Number, asked: Why, user: Decides) -> dict[str, Any]:
    """Read a payload again by the readers and rules of now; parts they take are corrected."""

    def act() -> dict[str, Any]:
        entry = entry_of(store(shelf), number)
        assert shelf.ingest is not None  # noqa: S101
        with Pipeline(shelf.ingest, shelf.islands) as pipeline:
            if not pipeline.cache.object_path(entry.part.payload).exists():
                raise Problem(409, f"the payload of part {number} was too large to be kept")
            why = f"{asked.why} ({by(user)})"
            found, mended = pipeline.take_again(pipeline.reception(entry), why)
            if found.raised:
                raise Problem(422, f"the reader still raises: {found.raised}")
            return {"rows": found.rows, "corrected": [one.number for one in mended]}

    return {"number": number, **await asyncio.to_thread(act)}
