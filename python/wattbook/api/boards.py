"""Models against each other: published forecasts, and which line of a model trades."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends
from pydantic import TypeAdapter, ValidationError

from wattbook.api.access import Permission
from wattbook.api.answers.document import answers
from wattbook.api.answers.forecasts import BoardOf, Boards, Contests
from wattbook.api.asked import Shown
from wattbook.api.beside import Shelf
from wattbook.api.guard import allowed
from wattbook.api.problems import Problem

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["router"]

router = APIRouter(prefix="/v1", dependencies=[Depends(allowed(Permission.READ))])
BOARDS: TypeAdapter[list[BoardOf]] = TypeAdapter(list[BoardOf])


def boards_of(path: Path) -> list[dict[str, Any]]:
    """Return what a file of leaderboards holds.

    Raises
    ------
    Problem
        409 if it cannot be read or holds anything else.
    """
    fix = "write it with `wattbook forecast leaderboard --json`"
    try:
        return [one.model_dump() for one in BOARDS.validate_json(path.read_bytes())]
    except OSError as fault:
        raise Problem(409, f"{path} cannot be read ({fault.strerror}); {fix}") from fault
    except ValidationError as fault:
        first = fault.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise Problem(409, f"{path}: {place}: {first['msg']}; {fix}") from fault


@router.get("/leaderboard", summary="Forecasts against published ones", **answers(Boards))
async def leaderboard(shelf: Shelf) -> dict[str, Any]:
    """Return the leaderboards of the file that the desk was opened with, best error first."""
    if shelf.leaderboard is None:
        return {"has_boards": False, "boards": []}
    return {"has_boards": True, "boards": await asyncio.to_thread(boards_of, shelf.leaderboard)}


@router.get("/contests", summary="Champion and challenger of a paper run", **answers(Contests))
async def contests(desk: Shown) -> dict[str, Any]:
    """Return the newest look at the model of a paper run; of a run without one, nothing."""

    def find() -> list[dict[str, Any]]:
        path = desk.tape.folder / "models.json"
        if not path.is_file():
            return []
        try:
            # What is no number is told as null, which JSON has a word for.
            text = path.read_text(encoding="utf-8")
            rows: list[dict[str, Any]] = json.loads(text, parse_constant=lambda _: None)
        except ValueError:
            # The run is writing it just now; the next request finds it whole.
            return []
        return rows

    return {"now": desk.now, "contests": await asyncio.to_thread(find)}
