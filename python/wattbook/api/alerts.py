"""Alerts: what is wrong, who has taken it over, of what nobody is told."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api.access import Permission, User
from wattbook.api.answers.document import answers, listed
from wattbook.api.answers.operations import Alert, AlertRules, Delivery, Silenced
from wattbook.api.asked import Shown
from wattbook.api.guard import AS_OF_STEP, allowed
from wattbook.api.pages import After, Limit, Page, newest, placed
from wattbook.runtime.alerts import Silence
from wattbook.runtime.log import LOG

__all__ = ["router"]

router = APIRouter(prefix="/v1/alerts")
Reads = Depends(allowed(Permission.READ))
Acts = Annotated[User, Depends(allowed(Permission.ALERT))]
INSTANT_MAX = 2**63 - 1


class SilenceAsked(BaseModel):
    """Of what nobody is to be told, from when until when, 31 days at most."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"rule": "no price", "start": 1_782_720_000_000_000_000,
                 "end": 1_782_723_600_000_000_000, "reason": "the venue changes its gateway"}
            ]
        },
    )  # fmt: skip

    rule: str | None = Field(None, max_length=200, description="Name of a rule; null for all.")
    start: int = Field(ge=0, le=INSTANT_MAX, description="Of the time shown, ns UTC.")
    end: int = Field(ge=0, le=INSTANT_MAX)
    reason: str = Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")


@router.get("", summary="Alerts", tags=[AS_OF_STEP], dependencies=[Reads], **listed(Alert))
async def alerts(
    desk: Shown,
    severity: Annotated[Literal["info", "warning", "critical"] | None, Query()] = None,
    is_over: Annotated[bool | None, Query(description="Whether they have gone.")] = None,
    limit: Limit = 200,
    after: After = 0,
) -> Page:
    """Return alerts, newest first."""
    rows = [asdict(alert) for alert in desk.alerts.book.alerts.values()]
    return newest(
        placed(rows), desk.now, after=after, limit=limit,
        keep=lambda row: severity in (None, row["severity"]) and is_over in (None, row["is_over"]),
    )  # fmt: skip


@router.get("/rules", summary="What is alerted of", dependencies=[Reads], **answers(AlertRules))
async def rules(desk: Shown) -> dict[str, Any]:
    """Return rules, names and least severities of whom is told, no address, and windows."""
    alerting = desk.alerts.alerting
    targets = [{"name": one.name, "least": one.least} for one in alerting.targets]
    return {
        "rules": [{**asdict(rule), "above": float(rule.above)} for rule in alerting.rules],
        "targets": targets,
        "windows": [
            {**asdict(one), "start": one.start.isoformat(), "end": one.end.isoformat()}
            for one in alerting.windows
        ],
    }


@router.get("/deliveries", summary="Who was told of what", dependencies=[Reads], **listed(Delivery))
async def deliveries(desk: Shown, limit: Limit = 200, after: After = 0) -> Page:
    """Return deliveries with attempts and faults, newest first; `done` is null until it arrived."""
    rows = await asyncio.to_thread(desk.alerts.store.deliveries)
    found = ((int(str(row["delivery"])), row) for row in rows)
    return newest(found, desk.now, after=after, limit=limit)


@router.post("/{number}/acknowledge", summary="Take an alert over", **answers(Alert))
async def acknowledge(
    desk: Shown, user: Acts, number: Annotated[int, Path(ge=1, le=2**53)]
) -> dict[str, Any]:
    """Take an alert over; who took it first stays, so a repeated request changes nothing."""
    return asdict(await desk.acknowledge(number, user.name))


@router.post(
    "/silences", summary="Tell nobody for a while", status_code=201, **answers(Silenced, 201)
)
async def silence(desk: Shown, user: Acts, asked: SilenceAsked) -> dict[str, Any]:
    """Tell nobody of a rule's alerts between two instants; they stand in the desk nevertheless."""
    made = Silence(asked.rule, asked.start, asked.end, asked.reason, user.name)
    number = await asyncio.to_thread(desk.alerts.silence, made, desk.now)
    row = silence_row(number, made, desk.now)
    LOG.info("alerts were silenced", extra=row)
    return row


def silence_row(number: int, silence: Silence, now: int) -> dict[str, Any]:
    """Return a silence as it is at `now` (ns UTC)."""
    is_active = silence.lifted_by is None and silence.start <= now < silence.end
    return {"silence": number, **asdict(silence), "is_active": is_active}


@router.get("/silences", summary="What nobody is told of", dependencies=[Reads], **listed(Silenced))
async def silences(desk: Shown, limit: Limit = 200, after: After = 0) -> Page:
    """Return silences, also those that are over or lifted, newest first."""
    now = desk.now
    rows = [silence_row(*one, now) for one in desk.alerts.book.silences.items()]
    return newest(placed(rows), now, after=after, limit=limit)


@router.delete("/silences/{number}", summary="Lift a silence", **answers(Silenced))
async def lift(
    desk: Shown, user: Acts, number: Annotated[int, Path(ge=1, le=2**53)]
) -> dict[str, Any]:
    """End a silence; what it covered and still holds is told now. Once more changes nothing."""
    row = silence_row(
        number, await asyncio.to_thread(desk.alerts.lift, number, user.name), desk.now
    )
    LOG.info("a silence was lifted", extra=row)
    return row
