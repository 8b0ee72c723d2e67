"""The kill switch: what is stopped, who stopped it, what that did; stop and release."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api.access import Permission, User
from wattbook.api.answers.document import answers
from wattbook.api.answers.trading import StopDone, StopState
from wattbook.api.asked import Shown, instrument_of
from wattbook.api.desk import Desk
from wattbook.api.entry import Key
from wattbook.api.guard import allowed
from wattbook.api.problems import Problem
from wattbook.runtime.kill_switch import KillSwitch, StopAct, StopAsked, StopScope, in_force

__all__ = ["router"]

router = APIRouter(prefix="/v1/kill-switch")
Stops = Annotated[User, Depends(allowed(Permission.STOP))]
Releases = Annotated[User, Depends(allowed(Permission.RELEASE))]
WITHIN_SECONDS: Final = 5.0
ACTS_SHOWN: Final = 20


class ScopeAsked(BaseModel):
    """What a stop or a release covers; what is left out narrows nothing, so nothing means all."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"trading_book": "intraday"}]}
    )

    venue: str | None = Field(None, max_length=200, description="As `scopes` of the answer has it.")
    trading_book: str | None = Field(None, max_length=200)
    strategy: str | None = Field(None, max_length=200)
    counterparty: str | None = Field(None, max_length=200)
    member: str | None = Field(None, max_length=200, description="Clears through it.")
    instrument: int | None = Field(None, ge=0, le=2**32 - 1, description="A delivery period.")


def venues_of(desk: Desk) -> dict[str, int]:
    """Return the venues of the run by name: a market's own, and its continuous book."""
    found: dict[str, int] = {}
    for market in desk.tape.names.markets:
        found[market.name] = market.venue
        if market.book_venue is not None:
            found[f"{market.name}, continuous"] = market.book_venue
    return found


def books_of(desk: Desk) -> dict[str, int]:
    """Return the trading books of the run by name."""
    books = () if desk.kill is None else desk.kill.books
    return {name: number for number, name in enumerate(books, start=1)}


def strategies_of(desk: Desk) -> dict[str, int]:
    """Return the strategies of the run by name."""
    return {one.name: one.strategy for one in desk.tape.names.strategies}


def parties_of(desk: Desk, part: str) -> dict[str, int]:
    """Return each ``counterparty`` of the run by name, or each clearing ``member``."""
    names = desk.tape.names
    known = {getattr(one, part) for one in names.clearing}
    return {name: n for n, name in enumerate(names.counterparties, start=1) if name in known}


def number_of(known: dict[str, int], name: str | None, what: str) -> int | None:
    """Return the number of a name.

    Raises
    ------
    Problem
        422 if there is none of that name.
    """
    if name is None:
        return None
    if name not in known:
        raise Problem(422, f"there is no {what} {name!r}; there are {', '.join(known) or 'none'}")
    return known[name]


def scope_of(desk: Desk, asked: ScopeAsked) -> StopScope:
    """Return a scope in the engine's numbers."""
    if asked.instrument is not None:
        instrument_of(desk, asked.instrument)
    return StopScope(
        instrument=asked.instrument,
        venue=number_of(venues_of(desk), asked.venue, "venue"),
        trading_book=number_of(books_of(desk), asked.trading_book, "trading book"),
        strategy=number_of(strategies_of(desk), asked.strategy, "strategy"),
        counterparty=number_of(
            parties_of(desk, "counterparty"), asked.counterparty, "counterparty"
        ),
        member=number_of(parties_of(desk, "member"), asked.member, "clearing member"),
    )


def names_of(desk: Desk, scope: StopScope) -> dict[str, Any]:
    """Return a scope in names; a number without one is named by itself."""

    def name(known: dict[str, int], number: int | None) -> str | None:
        found = (name for name, one in known.items() if one == number)
        return None if number is None else next(found, f"#{number}")

    return {
        "venue": name(venues_of(desk), scope.venue),
        "trading_book": name(books_of(desk), scope.trading_book),
        "strategy": name(strategies_of(desk), scope.strategy),
        "instrument": scope.instrument,
        "trader": scope.trader,
        "counterparty": name(parties_of(desk, "counterparty"), scope.counterparty),
        "member": name(parties_of(desk, "member"), scope.member),
    }


def act_row(desk: Desk, act: StopAct) -> dict[str, Any]:
    """Return an act with what has become of the orders that it takes back."""
    states = Counter(
        str(desk.picture.orders.get(number, {}).get("state", "pending_cancel"))
        for number in act.orders
    )
    ends = ("cancelled", "filled", "expired", "rejected", "done_for_day")
    ended = sum(states[state] for state in ends)
    return {
        "at": act.at,
        "by": act.by,
        "allowed": act.allowed,
        "scope": names_of(desk, act.scope),
        "orders": len(act.orders),
        "cancelled": states["cancelled"],
        "ended_otherwise": ended - states["cancelled"],
        "open": len(act.orders) - ended,
        "refused": list(act.refused),
    }


@router.get(
    "",
    summary="What is stopped",
    dependencies=[Depends(allowed(Permission.READ))],
    **answers(StopState),
)
async def switch(desk: Shown) -> dict[str, Any]:
    """Return the stops in force, the newest acts with what they did, and what can be stopped."""
    acts = [] if desk.kill is None else desk.kill.acts
    rules = in_force(acts)
    return {
        "now": desk.now,
        "takes_stops": desk.kill is not None,
        "is_stopped": any(not rule.allowed for rule in rules),
        "in_force": [act_row(desk, rule) for rule in rules],
        "acts": [act_row(desk, act) for act in reversed(acts[-ACTS_SHOWN:])],
        "scopes": {
            "venues": list(venues_of(desk)),
            "trading_books": list(books_of(desk)),
            "strategies": list(strategies_of(desk)),
            "counterparties": list(parties_of(desk, "counterparty")),
            "members": list(parties_of(desk, "member")),
        },
    }


async def _enter(
    desk: Desk, user: User, asked: ScopeAsked, key: str, *, is_release: bool
) -> dict[str, Any]:
    kill: KillSwitch | None = desk.kill
    if kill is None:
        raise Problem(409, "this run has ended; only a run that goes on can be stopped or released")
    request = StopAsked(by=user.name, scope=scope_of(desk, asked), allowed=is_release, key=key)
    answer = asyncio.wrap_future(kill.enter(request))
    try:
        act = await asyncio.wait_for(asyncio.shield(answer), WITHIN_SECONDS)
    except TimeoutError as fault:
        detail = f"the run did not answer within {WITHIN_SECONDS:.0f} s; ask again with the key"
        raise Problem(503, detail, {"Retry-After": "1"}) from fault
    return act_row(desk, act)


@router.post("/stop", summary="Stop order entry and take open orders back", **answers(StopDone))
async def stop(desk: Shown, user: Stops, asked: ScopeAsked, key: Key) -> dict[str, Any]:
    """Let no new order pass in a scope, and take back every open one; works on stale prices too."""
    return await _enter(desk, user, asked, key, is_release=False)


@router.post("/release", summary="Let orders pass again", **answers(StopDone))
async def release(desk: Shown, user: Releases, asked: ScopeAsked, key: Key) -> dict[str, Any]:
    """Let new orders pass in a scope again; those that were taken back stay so."""
    return await _enter(desk, user, asked, key, is_release=True)
