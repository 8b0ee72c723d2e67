"""The audit trail by text, and what was set aside."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from wattbook.api.access import Permission
from wattbook.api.answers.document import answers, listed
from wattbook.api.answers.operations import AsideRow, Audit
from wattbook.api.guard import allowed
from wattbook.api.pages import After, Limit, Page, page
from wattbook.api.routes import Shown
from wattbook.runtime.watch import audit_rows, quarantine_rows

__all__ = ["router"]

router = APIRouter(prefix="/v1", dependencies=[Depends(allowed(Permission.READ))])


@router.get("/audit", summary="Search the audit trail", **answers(Audit))
async def audit(
    desk: Shown,
    text: Annotated[str, Query(max_length=200, description="In any field, any case.")] = "",
    limit: Limit = 200,
) -> dict[str, Any]:
    """Return the newest records that hold the text: orders, fills, refusals, signals, breaches."""
    now = desk.now
    rows = await asyncio.to_thread(audit_rows, desk.tape, now, text, limit)
    return {"now": now, "rows": rows}


@router.get("/quarantine", summary="What was set aside, and why", **listed(AsideRow))
async def quarantine(desk: Shown, limit: Limit = 200, after: After = 0) -> Page:
    """Return rows of files and lines of feeds that were not used."""
    rows = await asyncio.to_thread(quarantine_rows, desk.tape, desk.now)
    return page(rows, desk.now, after=after, limit=limit)
