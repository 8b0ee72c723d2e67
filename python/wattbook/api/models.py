"""Signals, forecasts and auctions, as they were known at the instant shown."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path

from wattbook.api.access import Permission
from wattbook.api.answers.document import answers, listed
from wattbook.api.answers.forecasts import (
    AuctionPage,
    AuctionPicture,
    Auctions,
    ContributionsOf,
    Forecast,
    Scores,
    Signal,
)
from wattbook.api.asked import Shown, Strategy
from wattbook.api.guard import allowed
from wattbook.api.pages import After, Limit, Page, newest, placed
from wattbook.api.problems import Problem
from wattbook.runtime.contributions import kept_contributions
from wattbook.runtime.watch import (
    auction_page,
    auction_periods,
    auction_picture,
    auction_rows,
    forecast_rows,
    score_rows,
    signal_rows,
)

if TYPE_CHECKING:
    from wattbook.api.desk import Desk
    from wattbook.runtime.watch import Tape

__all__ = ["router"]

router = APIRouter(prefix="/v1", dependencies=[Depends(allowed(Permission.READ))])


@router.get("/signals", summary="Signals and the orders they led to", **listed(Signal))
async def signals(
    desk: Shown,
    strategy: Strategy,
    limit: Limit = 200,
    after: After = 0,
) -> Page:
    """Return signals, newest first."""
    rows = await asyncio.to_thread(signal_rows, desk.tape, desk.now)
    return newest(
        placed(rows), desk.now, after=after, limit=limit,
        keep=lambda row: strategy in (None, row["strategy"]),
    )  # fmt: skip


@router.get(
    "/strategies/{name}/forecast",
    summary="Newest forecasts with bands, and reliability",
    **answers(Forecast),
)
async def forecast(desk: Shown, name: str) -> dict[str, Any]:
    """Return the newest forecast of each delivery period, and how far earlier ones were off."""
    found = next((one for one in desk.tape.names.strategies if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in desk.tape.names.strategies)
        raise Problem(404, f"there is no strategy {name!r}; there are {known}")
    now = desk.now
    rows = await asyncio.to_thread(forecast_rows, desk.tape, found.strategy, now)
    return {"now": now, "strategy": name, "market": found.market, **rows}


@router.get(
    "/markets/{name}/contributions",
    summary="What each input added to the forecasts of a market",
    **listed(ContributionsOf),
)
async def contributions(desk: Shown, name: str, limit: Limit = 200, after: After = 0) -> Page:
    """Return forecasts of models that tell what made them, newest first."""
    if name not in {market.name for market in desk.tape.names.markets}:
        known = ", ".join(market.name for market in desk.tape.names.markets)
        raise Problem(404, f"there is no market {name!r}; there are {known}")
    now = desk.now
    rows = await asyncio.to_thread(kept_contributions, desk.tape.folder, name, now)
    return newest(placed(rows[::-1]), now, after=after, limit=limit)


@router.get(
    "/scores",
    summary="How far forecasts were off, and what their strategies earned",
    **answers(Scores),
)
async def scores(desk: Shown) -> dict[str, Any]:
    """Return strategies with forecasts of delivery periods that are over, least error first."""

    def find(tape: Tape, now: int) -> dict[str, Any]:
        return {"scores": score_rows(tape, now)}

    return await desk.once("scores", find)


@router.get("/auctions", summary="Auctions whose prices are published", **answers(Auctions))
async def auctions(desk: Shown) -> dict[str, Any]:
    """Return auctions in order of their markets."""
    now = desk.now
    return {"now": now, "auctions": await asyncio.to_thread(auction_rows, desk.tape, now)}


async def published(desk: Desk, market: str, auction: str) -> int:
    """Return the instant shown, at which the auction's prices are known.

    Raises
    ------
    Problem
        With status 404 before its prices are published.
    """
    now = desk.now
    rows = await asyncio.to_thread(auction_rows, desk.tape, now)
    if not any((row["market"], row["auction"]) == (market, auction) for row in rows):
        raise Problem(404, f"no prices of {auction!r} of {market!r} are published yet")
    return now


@router.get(
    "/auctions/{market}/{auction}",
    summary="Prices, blocks and flows of an auction",
    **answers(AuctionPage),
)
async def auction(desk: Shown, market: str, auction: str) -> dict[str, Any]:
    """Return the report's account of an auction as HTML, once its prices are published."""
    now = await published(desk, market, auction)
    page = await asyncio.to_thread(auction_page, desk.tape, market, auction)
    periods = await asyncio.to_thread(auction_periods, desk.tape, market, auction)
    return {"now": now, "market": market, "auction": auction, "page": page, "periods": periods}


@router.get(
    "/auctions/{market}/{auction}/periods/{period}",
    summary="Merit order and flows of a period of an auction",
    **answers(AuctionPicture),
)
async def auction_period(
    desk: Shown, market: str, auction: str, period: Annotated[int, Path(ge=0, le=1_000)]
) -> dict[str, Any]:
    """Return a period's merit order with its clearing point and the map of zones, as HTML."""
    now = await published(desk, market, auction)
    page = await asyncio.to_thread(auction_picture, desk.tape, market, auction, period)
    if page is None:
        raise Problem(404, f"the run keeps no period {period} of {auction!r} of {market!r}")
    return {"now": now, "period": period, "page": page}
