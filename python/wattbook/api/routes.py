"""The routes of the desk: what is traded, where the desk stands, which instant is shown."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api import asked
from wattbook.api.access import Permission
from wattbook.api.answers.document import answers, listed
from wattbook.api.answers.market import (
    Book,
    Clock,
    Instrument,
    MarketLines,
    PriceLine,
    Quote,
    Run,
    Trade,
)
from wattbook.api.answers.portfolio import Batteries, Limits, Plants, Pnl, Position
from wattbook.api.answers.trading import Fill, Order, OrderStateName, Refusal
from wattbook.api.asked import Shown, instrument_of
from wattbook.api.guard import AS_OF_STEP, allowed
from wattbook.api.pages import After, Limit, Page, above, newest, page, placed
from wattbook.api.problems import Problem
from wattbook.runtime.watch import (
    QUOTE_COLUMNS,
    SPEED_MAX,
    battery_rows,
    market_lines,
    plant_rows,
    price_line,
    trade_rows,
    traded_at_prices,
)

__all__ = ["router"]

router = APIRouter(
    prefix="/v1", tags=[AS_OF_STEP], dependencies=[Depends(allowed(Permission.READ))]
)
Number = Annotated[int, Path(ge=0, le=2**32 - 1, description="Number of the instrument.")]


@router.get("/run", summary="What is shown: the run, its markets and strategies", **answers(Run))
async def run(desk: Shown) -> dict[str, Any]:
    """Return names, facts and the clock of the run."""
    facts = desk.tape.facts
    names = desk.tape.names
    return {
        "run": desk.run,
        "title": names.title,
        "currency": names.currency,
        "state": facts["state"],
        "state_hash": facts["state_hash"],
        "inputs": facts["inputs"],
        "version": facts["asked"]["version"],
        "latency_ns": facts.get("latency_ns", {}),
        # A run of an earlier version kept no timeline.
        "data": [{"timeline": [], **series} for series in facts.get("data", [])],
        "markets": [asdict(market) for market in names.markets],
        "strategies": [asdict(strategy) for strategy in names.strategies],
        "takes_orders": desk.entry is not None,
        "clock": desk.clock(),
    }


@router.get("/instruments", summary="What is traded", **listed(Instrument))
async def instruments(
    desk: Shown,
    market: asked.Market,
    segment: asked.Segment,
    limit: Limit = 1_000,
    after: After = 0,
) -> Page:
    """Return instruments in the order of their delivery."""
    return page(
        desk.instruments, desk.now, after=after, limit=limit,
        keep=lambda row: market in (None, row["market"]) and segment in (None, row["segment"]),
    )  # fmt: skip


@router.get("/quotes", summary="Best prices", **listed(Quote))
async def quotes(
    desk: Shown,
    instrument: Annotated[list[int] | None, Query(description="Only of these.")] = None,
    limit: Limit = 1_000,
    after: After = 0,
) -> Page:
    """Return the last best prices of every instrument that has a book."""
    wanted = None if instrument is None else set(instrument)
    asked.check_instruments(desk, wanted or ())
    rows = (
        (number + 1, {"instrument": number, **dict(zip(QUOTE_COLUMNS, quote, strict=True))})
        for number, quote in sorted(desk.picture.quotes.items())
        if wanted is None or number in wanted
    )
    return above(rows, desk.now, after=after, limit=limit)


@router.get("/instruments/{number}/book", summary="Depth of a book", **answers(Book))
async def book(desk: Shown, number: Number) -> dict[str, Any]:
    """Return bids and asks, best first, and of our orders in it the volume ahead of each.

    Queues are known where the venue publishes single orders.
    """
    instrument_of(desk, number)
    picture = desk.picture
    own = [
        int(row["order_id"])
        for row in picture.orders.values()
        if row.get("instrument") == number and row["kind"] == "order" and row["open"] > 0
    ]
    found = desk.depths.at(number, desk.now, picture.quotes.get(number), own)
    empty = {
        "instrument": number, "bids": [], "asks": [], "queues": [], "ts_event": None,
        "ts_recv": None,
    }  # fmt: skip
    traded = traded_at_prices(desk.tape, number, desk.now)
    return {"now": desk.now, **(found or empty), "traded": traded}


@router.get("/instruments/{number}/prices", summary="What a price did", **answers(PriceLine))
async def prices(desk: Shown, number: Number) -> dict[str, Any]:
    """Return the middle of bid and ask over time, and our own fills."""
    instrument_of(desk, number)
    return {"now": desk.now, **price_line(desk.tape, number, desk.now)}


@router.get("/trades", summary="Newest trades of others", **listed(Trade))
async def trades(
    desk: Shown,
    instrument: asked.Instrument,
    limit: Limit = 200,
    after: After = 0,
) -> Page:
    """Return trades, newest first: of one instrument all, of the whole run the newest."""
    rows = (
        desk.picture.trades if instrument is None else trade_rows(desk.tape, instrument, desk.now)
    )
    found = ((row["sequence"], row) for row in reversed(rows))
    return newest(found, desk.now, after=after, limit=limit)


@router.get("/orders", summary="Orders and offers", **listed(Order))
async def orders(
    desk: Shown,
    strategy: asked.Strategy,
    instrument: asked.Instrument,
    state: Annotated[OrderStateName | None, Query(description="Where they stand.")] = None,
    limit: Limit = 200,
    after: After = 0,
) -> Page:
    """Return orders, newest first."""
    return newest(
        placed(desk.picture.orders.values()), desk.now, after=after, limit=limit,
        keep=lambda row: strategy in (None, row["strategy"]) and state in (None, row["state"])
        and instrument in (None, row["instrument"]),
    )  # fmt: skip


@router.get("/fills", summary="What our orders got", **listed(Fill))
async def fills(
    desk: Shown,
    strategy: asked.Strategy,
    instrument: asked.Instrument,
    limit: Limit = 200,
    after: After = 0,
) -> Page:
    """Return fills, newest first."""
    return newest(
        placed(desk.picture.fills.values()), desk.now, after=after, limit=limit,
        keep=lambda row: strategy in (None, row["strategy"])
        and instrument in (None, row["instrument"]),
    )  # fmt: skip


@router.get("/refusals", summary="What the gate refused", **listed(Refusal))
async def refusals(desk: Shown, limit: Limit = 200, after: After = 0) -> Page:
    """Return refusals with their reasons, newest first."""
    rows = placed(desk.picture.refusals.values())
    return newest(rows, desk.now, after=after, limit=limit)


@router.get("/positions", summary="Positions by delivery period", **listed(Position))
async def positions(
    desk: Shown,
    strategy: asked.Strategy,
    limit: Limit = 1_000,
    after: After = 0,
) -> Page:
    """Return open positions in the order of their delivery."""
    found = desk.standing
    places = {row["instrument"]: place for place, row in enumerate(desk.instruments)}
    owners = {one.name: place for place, one in enumerate(desk.tape.names.strategies, start=1)}

    def key(row: dict[str, Any]) -> int:
        return places[row["instrument"]] * (len(owners) + 1) + owners.get(row["strategy"], 0) + 1

    rows = sorted(((key(row), row) for row in found.positions), key=lambda one: one[0])
    return above(
        rows, found.now, after=after, limit=limit,
        keep=lambda row: strategy in (None, row["strategy"]),
    )  # fmt: skip


@router.get("/pnl", summary="P&L by strategy and by delivery period", **answers(Pnl))
async def pnl(desk: Shown) -> Response:
    """Return P&L as the report computes it."""
    return Response(desk.answer("pnl"), media_type="application/json")


@router.get("/risk", summary="Use of limits", **answers(Limits))
async def risk(desk: Shown) -> Response:
    """Return what of each limit of each trading book is used."""
    return Response(desk.answer("risk"), media_type="application/json")


@router.get("/batteries", summary="Plan and meter of batteries", **answers(Batteries))
async def batteries(desk: Shown) -> dict[str, Any]:
    """Return power and stored energy by delivery period, planned and metered."""
    now = desk.now
    return {"now": now, "batteries": await asyncio.to_thread(battery_rows, desk.tape, now)}


@router.get("/plants", summary="Schedule and meter of plants and wind farms", **answers(Plants))
async def plants(desk: Shown) -> dict[str, Any]:
    """Return power by delivery period, scheduled and metered, and what the meter was worth."""
    now = desk.now
    return {"now": now, "plants": await asyncio.to_thread(plant_rows, desk.tape, now)}


@router.get("/markets/{name}/lines", summary="A market over its time", **answers(MarketLines))
async def lines(desk: Shown, name: str) -> dict[str, Any]:
    """Return prices, positions, charge and P&L of a market on one grid of instants."""
    found = next((one for one in desk.tape.names.markets if one.name == name), None)
    if found is None:
        known = ", ".join(one.name for one in desk.tape.names.markets)
        raise Problem(404, f"there is no market {name!r}; there are {known}")
    now = desk.now
    return {"now": now, **await asyncio.to_thread(market_lines, desk.tape, found, now)}


class Playing(BaseModel):
    """How time is to go on; what is left out stays as it is."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"is_playing": True, "speed": 600}]}
    )

    is_playing: bool | None = Field(None, description="Whether time goes on.")
    speed: float | None = Field(
        None, gt=0, le=SPEED_MAX, allow_inf_nan=False, description="Times as fast as it was."
    )
    at: int | None = Field(
        None, ge=0, le=2**63 - 1, description="Instant to show, ns UTC; held to the day's bounds."
    )


@router.get("/replay", summary="Which instant is shown", **answers(Clock))
async def replay(desk: Shown) -> dict[str, Any]:
    """Return how time goes on."""
    return desk.clock()


@router.patch(
    "/replay",
    summary="Play, pause, speed, jump",
    dependencies=[Depends(allowed(Permission.REPLAY))],
    **answers(Clock),
)
async def change_replay(desk: Shown, playing: Playing) -> dict[str, Any]:
    """Change which instant is shown, for everybody who looks at this desk."""
    player = desk.player
    if playing.speed is not None:
        player.set_speed(playing.speed)
    if playing.at is not None:
        player.jump(playing.at)
    if playing.is_playing is not None:
        (player.play if playing.is_playing else player.pause)()
    await desk.step()
    return desk.clock()
