"""Parent orders, why they were routed as they were, and what orders cost."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter, Depends

from wattbook.api.access import Permission
from wattbook.api.answers.document import answers, listed
from wattbook.api.answers.trading import Costs, Parent, RoutingDecision
from wattbook.api.asked import Shown
from wattbook.api.guard import allowed
from wattbook.api.pages import After, Limit, Page, newest, placed
from wattbook.runtime.watch import cost_rows, decision_rows, parent_rows

__all__ = ["router"]

router = APIRouter(prefix="/v1/execution", dependencies=[Depends(allowed(Permission.READ))])


@router.get(
    "/parents",
    summary="Orders that an algorithm works, and how far each has come",
    **listed(Parent),
)
async def parents(desk: Shown, limit: Limit = 200, after: After = 0) -> Page:
    """Return parent orders, newest first, with what an even pace would have filled by now."""
    rows = await asyncio.to_thread(parent_rows, desk.tape, desk.now)
    return newest(placed(rows[::-1]), desk.now, after=after, limit=limit)


@router.get("/decisions", summary="Why orders were placed as they were", **listed(RoutingDecision))
async def decisions(desk: Shown, limit: Limit = 200, after: After = 0) -> Page:
    """Return what the router and the algorithms said of their orders, newest first."""
    rows = await asyncio.to_thread(decision_rows, desk.tape, desk.now)
    return newest(placed(rows[::-1]), desk.now, after=after, limit=limit)


@router.get("/costs", summary="What orders cost", **answers(Costs))
async def costs(desk: Shown) -> dict[str, Any]:
    """Return costs of parents and of venues, as `wattbook tca` reckons them; a cost is positive."""
    return await desk.once("costs", cost_rows)
