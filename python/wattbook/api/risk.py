"""What the desk may lose: tails by part and over time, stress, one more trade."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api.access import Permission, User
from wattbook.api.answers.document import answers
from wattbook.api.answers.portfolio import Breach, Stressed, Tails, Trial
from wattbook.api.asked import Shown, instrument_of
from wattbook.api.guard import allowed
from wattbook.api.problems import Problem
from wattbook.errors import InputError, RunError
from wattbook.risk.stress import Scenario
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.risk.breaches import Statement, cases, state
from wattbook.runtime.watch import STRESSES, breach_row, risk_rows, stress_rows, what_if
from wattbook.runtime.watch.order_trial import trial_order

if TYPE_CHECKING:
    from wattbook.api.desk import Desk
    from wattbook.runtime.watch import Tape

__all__ = ["router", "tails_of"]

router = APIRouter(prefix="/v1/risk", dependencies=[Depends(allowed(Permission.READ))])
Acts = Annotated[User, Depends(allowed(Permission.ALERT))]


class TradeAsked(BaseModel):
    """One more trade."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"instrument": 47, "volume": -5}]}
    )

    instrument: int = Field(ge=0, le=2**32 - 1)
    volume: float = Field(
        ge=-1e6, le=1e6, allow_inf_nan=False, description="In volume units; sold below zero."
    )


class BreachSaid(BaseModel):
    """What is said of a breach; what is left out stays as it is known."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"owner": "Ana", "reason": "late fill"}]},
    )

    owner: str = Field("", max_length=200, description="Who has to cure it.")
    reason: str = Field("", max_length=500, description="Why it happened.")
    cure_by: str = Field("", max_length=10, description="Until which day, such as 2026-07-01.")
    approve: bool = Field(
        default=False, description="Accept it, as the person who asks; needs the role risk."
    )


class StressAsked(BaseModel):
    """A move of every price; each that is given is a scenario of its own."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"absolute": -150}]})

    relative: float | None = Field(None, gt=-1, le=100, allow_inf_nan=False)
    absolute: float | None = Field(None, ge=-1e5, le=1e5, allow_inf_nan=False)

    def scenarios(self) -> tuple[Scenario, ...]:
        """Return what is asked for, or what the desk shows by itself."""
        made = []
        if self.relative is not None:
            name = f"every price by {100 * self.relative:+g} %"
            made.append(Scenario(name, moves={"": {"relative": self.relative}}))
        if self.absolute is not None:
            name = f"every price by {self.absolute:+g}"
            made.append(Scenario(name, moves={"": {"absolute": self.absolute}}))
        return tuple(made) or STRESSES


@router.get(
    "/tails", summary="Value at risk, shortfall, margin, deltas, breaches", **answers(Tails)
)
async def tails(desk: Shown) -> dict[str, Any]:
    """Return the tail now, by strategy, book, market and delivery, and over time."""
    return await tails_of(desk)


async def tails_of(desk: Desk) -> dict[str, Any]:
    """Return the tails where the desk stands, found once for all who ask."""

    def find(tape: Tape, now: int) -> dict[str, Any]:
        posted = [float(rule.above) for rule in desk.alerts.alerting.rules if rule.kind == "margin"]
        return {
            **risk_rows(tape, now),
            "limits": desk.limits.rows(now),
            "collateral": min(posted, default=desk.collateral),
        }

    return await desk.once("tails", find)


@router.post("/stress", summary="What scenarios make of what is held", **answers(Stressed))
async def stressed(desk: Shown, asked: StressAsked) -> dict[str, Any]:
    """Return gains by scenario, whole and by part; the desk's own scenarios if none is given."""
    now = desk.standing.now
    try:
        rows = await asyncio.to_thread(stress_rows, desk.tape, now, asked.scenarios())
    except RunError as fault:
        return {"now": now, "note": str(fault), "rows": []}
    return {"now": now, "note": "", "rows": rows}


@router.post("/what-if", summary="The tail before and after one more trade", **answers(Trial))
async def trial(desk: Shown, asked: TradeAsked) -> dict[str, Any]:
    """Return value at risk, shortfall and margin before and after, and what the gate would say.

    The order is one of the first strategy of the contract's market, at the last price of record.
    Nothing is traded.
    """
    instrument_of(desk, asked.instrument)
    now = desk.standing.now

    def find() -> dict[str, Any]:
        found = what_if(desk.tape, now, asked.instrument, asked.volume)
        folder, ledger = RunFolder(desk.tape.folder), desk.tape.ledger(now)
        try:
            order = trial_order(folder, ledger, now, asked.instrument, asked.volume)
        except InputError:
            # Nothing is ordered, or no price is known to order at.
            return {"now": now, **found, "gate": None}
        return {"now": now, **found, "gate": asdict(desk.limits.what_if(now, order))}

    return await asyncio.to_thread(find)


@router.post("/breaches/{number}", summary="Say something of a breach", **answers(Breach))
async def say(desk: Shown, user: Acts, number: int, asked: BreachSaid) -> dict[str, Any]:
    """Keep owner, reason, cure date or approval of a breach, numbered from 1 in time order.

    Nothing that was said before is changed. Whoever approves is another person than the owner and
    than whoever gave the reason.
    """
    if asked.approve and not user.may(Permission.RELEASE):
        raise Problem(403, f"{user.name} is {user.role} and may not approve; ask a risk manager")
    now = desk.standing.now
    said = Statement(
        number=number,
        at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        by=user.name,
        owner=asked.owner,
        reason=asked.reason,
        cure_by=asked.cure_by,
        approved_by=user.name if asked.approve else "",
    )

    def keep() -> dict[str, Any]:
        folder, ledger = desk.tape.folder, desk.tape.ledger(now)
        state(folder, cases(folder, ledger), said)
        return breach_row(cases(folder, ledger)[number - 1], dt.datetime.now(dt.UTC).date())

    async with desk.saying:
        try:
            made = await asyncio.to_thread(keep)
        except RunError as fault:
            raise Problem(422, str(fault)) from fault
    desk.forget("tails")
    return made
