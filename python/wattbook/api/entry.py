"""Orders into a run that goes on: submit, amend, cancel, cancel all."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Header, Path
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api.access import Permission, User
from wattbook.api.answers.document import answers
from wattbook.api.answers.trading import AllCancelled, OrderNumber
from wattbook.api.asked import Shown, instrument_of
from wattbook.api.desk import Desk
from wattbook.api.guard import allowed
from wattbook.api.problems import Problem
from wattbook.runtime.log import LOG
from wattbook.runtime.order_entry import Command
from wattbook.runtime.traces import TRACE
from wattbook.runtime.watch import LivePlayer

__all__ = ["KEY_CHARACTERS_MAX", "PATH", "OrderAsked", "entered", "router"]

PATH: Final = "/v1/orders"
KEY_CHARACTERS_MAX: Final = 100
router = APIRouter(prefix=PATH)
Orders = Annotated[User, Depends(allowed(Permission.ORDER))]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=KEY_CHARACTERS_MAX,
        description="Of your own; a request that comes again under its key is the same one.",
    ),
]  # fmt: skip
Number = Annotated[int, Path(ge=1, le=2**64 - 1, description="Number of the order.")]
WITHIN_SECONDS: Final = 5.0


Price = Annotated[
    Decimal,
    Field(max_digits=15, decimal_places=6, description="Never worse; currency per price unit."),
]
# Where volumes could no longer be summed the engine would name its own bound, not a limit.
Volume = Annotated[
    Decimal,
    Field(gt=0, le=100_000_000, max_digits=15, decimal_places=6, description="In volume units."),
]


class OrderAsked(BaseModel):
    """A limit order."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"instrument": 47, "side": "buy", "price": "52.1", "volume": "1.5"}]
        },
    )

    instrument: int = Field(ge=0, le=2**32 - 1)
    side: Literal["buy", "sell"]
    price: Price
    volume: Volume
    time_in_force: Literal["good_for_session", "immediate_or_cancel", "fill_or_kill"] = (
        "good_for_session"
    )


class AmendAsked(BaseModel):
    """What an open order is to be from now on."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"price": "52.3", "volume": "2"}]}
    )

    price: Price
    volume: Volume = Field(description="In all, with what was filled.")


async def _enter(desk: Desk, command: Command) -> int:
    """Hand a command to the run; return the number of its order once the engine has taken it.

    Raises
    ------
    Problem
        409 if the run takes no orders, 422 if the engine refuses, 503 if it does not answer in
        time.
    """
    if desk.entry is None:
        raise Problem(
            409,
            "this run takes no orders; `wattbook paper DESK --serve` does, with a strategy of kind "
            "trader",
        )
    trace, began = TRACE.get(), time.time_ns()
    if trace is not None:
        command = replace(command, trace=trace.trace)
    answer = asyncio.wrap_future(desk.entry.enter(command))
    # A command that was handed in is not taken back; its key asks for its answer again.
    done, _ = await asyncio.wait([answer], timeout=WITHIN_SECONDS)
    if not done:
        detail = f"the run did not answer within {WITHIN_SECONDS:.0f} s; ask again with the key"
        raise Problem(503, detail, {"Retry-After": "1"})
    made = answer.result()
    if trace is not None:
        desk.trace_order(made, trace, began)
    if made.refused is not None:
        raise Problem(422, f"the gate refused it: {made.refused}")
    return made.order_id


def _check_open(desk: Desk, instrument: dict[str, Any]) -> None:
    player = desk.player
    fault = player.fault if isinstance(player, LivePlayer) else None
    if fault is not None:
        raise Problem(409, f"{fault}, so no order is taken; cancels are")
    if desk.entry is not None and desk.now >= instrument["gate_closure"]:
        raise Problem(409, f"the gate of {instrument['symbol']} has closed; take a later contract")


async def entered(desk: Desk, user: User, asked: OrderAsked, key: str) -> int:
    """Hand an order to the run; return its number once it has passed the gate.

    Raises
    ------
    Problem
        404 if there is no such instrument, 409 if its gate has closed or what is shown is old, and
        as `_enter`.
    InputError
        If the key is that of another request.
    """
    instrument = instrument_of(desk, asked.instrument)
    # What comes again gets the first one's answer, whatever has changed since.
    if desk.entry is None or not desk.entry.requests.knows(user.name, key):
        _check_open(desk, instrument)
    price, volume = format(asked.price, "f"), format(asked.volume, "f")
    number = await _enter(
        desk,
        Command(
            kind="submit",
            by=user.name,
            instrument=asked.instrument,
            side=asked.side,
            price=price,
            volume=volume,
            time_in_force=asked.time_in_force,
            key=key,
        ),
    )
    fields = {
        "by": user.name,
        "order_id": str(number),
        "instrument": asked.instrument,
        "side": asked.side,
        "price": price,
        "volume": volume,
        "time_in_force": asked.time_in_force,
    }
    LOG.info("an order was entered", extra=fields)
    return number


@router.post("", summary="Submit an order", status_code=202, **answers(OrderNumber, 202))
async def submit(desk: Shown, user: Orders, asked: OrderAsked, key: Key) -> dict[str, Any]:
    """Hand an order to the gate and answer once it has passed; the stream tells what it got."""
    return {"order_id": str(await entered(desk, user, asked, key))}


def _order_of(desk: Desk, order_id: int) -> dict[str, Any]:
    """Return an order.

    Raises
    ------
    Problem
        404 if there is none of that number.
    """
    found = desk.picture.orders.get(order_id)
    if found is None:
        raise Problem(404, f"there is no order {order_id}; /v1/orders lists them")
    return found


@router.patch("/{order_id}", summary="Amend an order", status_code=202, **answers(OrderNumber, 202))
async def amend(
    desk: Shown, user: Orders, order_id: Number, asked: AmendAsked, key: Key
) -> dict[str, Any]:
    """Hand a new price and volume of an order of the desk's trader to the gate.

    The stream tells once the venue has taken it; until then the order stands as it was.
    """
    if desk.entry is not None and not desk.entry.requests.knows(user.name, key):
        _check_open(desk, instrument_of(desk, _order_of(desk, order_id)["instrument"]))
    price, volume = format(asked.price, "f"), format(asked.volume, "f")
    await _enter(
        desk,
        Command(kind="amend", by=user.name, order_id=order_id, price=price, volume=volume, key=key),
    )
    fields = {"by": user.name, "order_id": str(order_id), "price": price, "volume": volume}
    LOG.info("an order was amended", extra=fields)
    return {"order_id": str(order_id)}


@router.delete(
    "/{order_id}", summary="Cancel an order", status_code=202, **answers(OrderNumber, 202)
)
async def cancel(desk: Shown, user: Orders, order_id: Number, key: Key) -> dict[str, Any]:
    """Ask for an order of the desk's trader to be taken back."""
    if desk.entry is not None:
        _order_of(desk, order_id)
    await _enter(desk, Command(kind="cancel", by=user.name, order_id=order_id, key=key))
    return {"order_id": str(order_id)}


@router.post(
    "/cancel-all",
    summary="Cancel every order of the trader",
    status_code=202,
    **answers(AllCancelled, 202),
)
async def cancel_all(desk: Shown, user: Orders, key: Key) -> dict[str, Any]:
    """Ask for every open order of the desk's trader to be taken back."""
    await _enter(desk, Command(kind="cancel_all", by=user.name, key=key))
    return {"cancelled": "all"}
