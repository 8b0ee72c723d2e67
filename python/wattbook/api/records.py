"""The audit trail by text, what was set aside, and long work."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from wattbook.api.access import Permission
from wattbook.api.answers.document import answers, listed
from wattbook.api.answers.operations import AsideRow, Audit, JobOf
from wattbook.api.asked import Shown
from wattbook.api.beside import Shelf
from wattbook.api.guard import allowed
from wattbook.api.pages import After, Limit, Page, newest, page, placed
from wattbook.runtime.jobs import jobs
from wattbook.runtime.watch import audit_rows, quarantine_rows

__all__ = ["router"]

router = APIRouter(prefix="/v1", dependencies=[Depends(allowed(Permission.READ))])


@router.get("/audit", summary="Search the audit trail", **answers(Audit))
async def audit(
    desk: Shown,
    text: Annotated[str, Query(max_length=200, description="In any field, any case.")] = "",
    limit: Limit = 200,
    after: After = 0,
) -> Page:
    """Return orders, fills, refusals, signals and breaches that hold the text, newest first."""
    now = desk.now
    rows = await asyncio.to_thread(audit_rows, desk.tape, now, text, limit + 1, after)
    return newest(rows, now, after=after, limit=limit)


@router.get("/jobs", summary="Long work: runs, refits, closes, verifications", **listed(JobOf))
async def job_rows(desk: Shown, shelf: Shelf, limit: Limit = 200, after: After = 0) -> Page:
    """Return jobs on the run and on its book of deals, newest first."""
    folders = [desk.tape.folder, *([] if shelf.book is None else [shelf.book])]
    found = await asyncio.to_thread(lambda: [one for each in folders for one in jobs(each)])
    found.sort(key=lambda one: one.started)
    return newest(placed(list(map(asdict, found))), desk.now, after=after, limit=limit)


@router.get("/quarantine", summary="What was set aside, and why", **listed(AsideRow))
async def quarantine(desk: Shown, limit: Limit = 200, after: After = 0) -> Page:
    """Return rows of files and lines of feeds that were not used."""
    rows = await asyncio.to_thread(quarantine_rows, desk.tape, desk.now)
    return page(rows, desk.now, after=after, limit=limit)
