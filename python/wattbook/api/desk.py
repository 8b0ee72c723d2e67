"""The desk of one run: its player, what is shown now, and the deltas that tell of it."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from wattbook.api.histogram import Requests, Stages
from wattbook.api.reports import unsigned_close
from wattbook.api.stream import Stream, Topics
from wattbook.runtime.alerts import Alert, Alerts, Situation
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.kill_switch import KillSwitch
from wattbook.runtime.log import LOG
from wattbook.runtime.order_entry import Entered, OrderEntry
from wattbook.runtime.risk.limits import run_collateral
from wattbook.runtime.traces import SpanFile, Trace
from wattbook.runtime.watch import (
    REQUESTED,
    Change,
    Depths,
    LivePlayer,
    Picture,
    Player,
    ScopeLimits,
    Standing,
    Tape,
    instruments,
    risk_rows,
    standing,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Desk"]

TICK_SECONDS: Final = 0.1
STANDING_SECONDS: Final = 1.0
NANOS: Final = 1_000_000_000


def topics_of(change: Change) -> Topics:
    """Return what changed by topic; topics without a change are left out."""
    parts: dict[str, dict[int, Any]] = {
        "quotes": change.quotes,
        "markets": change.markets,
        "orders": change.orders,
        "fills": change.fills,
        "trades": change.trades,
        "refusals": change.refusals,
    }
    # Rows of a picture change in place; a delta keeps them as they are now.
    return {
        topic: {key: dict(row) if isinstance(row, dict) else row for key, row in rows.items()}
        for topic, rows in parts.items()
        if rows
    }


class Desk:
    """One run, as it is shown.

    It lives in one event loop; only `Player` may be moved from elsewhere.

    Parameters
    ----------
    tape : Tape
        The run's events.
    player : Player
        Which instant is shown.
    alerts : Alerts
        What it alerts of.
    entry : OrderEntry, optional
        Where orders go; a run that has ended takes none.
    kill : KillSwitch, optional
        What stops and releases order entry; a run that has ended has none.
    wall : callable
        Seconds of a clock that never falls.
    spans : SpanFile, optional
        Where what a request causes is traced.
    book : Path, optional
        Of bilateral deals, whose closes it looks after.
    """

    def __init__(
        self,
        tape: Tape,
        player: Player | LivePlayer,
        alerts: Alerts,
        entry: OrderEntry | None = None,
        kill: KillSwitch | None = None,
        wall: Callable[[], float] = time.monotonic,
        spans: SpanFile | None = None,
        book: Path | None = None,
    ) -> None:
        self.tape, self.player, self.alerts, self.book = tape, player, alerts, book
        self.entry, self.kill = entry, kill
        self.run = secrets.token_hex(8)
        self.instruments = instruments(tape)
        self.by_number = {row["instrument"]: row for row in self.instruments}
        self.picture = Picture(tape)
        self.depths = Depths(tape)
        self.collateral = run_collateral(tape.folder)
        self.limits = ScopeLimits(RunFolder(tape.folder), tape.names.currency)
        self.stream = Stream(self.run)
        self.stages = Stages()
        self.requests = Requests()
        self.spans = spans
        self._traced: dict[int, tuple[Trace, int]] = {}
        self.standing: Standing = standing(tape, self.picture.now)
        self._wall = wall
        self._jumps = player.state.jumps
        self._standing_at = self._observed_at = -STANDING_SECONDS
        self._is_standing_due = True
        self._stepping = asyncio.Lock()
        self.saying = asyncio.Lock()
        self._answers: tuple[Standing, dict[str, bytes]] = self.standing, {}
        self._found: tuple[Standing, dict[str, asyncio.Future[dict[str, Any]]]] = self.standing, {}

    @property
    def now(self) -> int:
        """The instant shown, ns UTC."""
        return self.picture.now

    def answer(self, name: str) -> bytes:
        """Return ``pnl`` or ``risk`` as JSON, made once for as long as the desk stands so."""
        if self._answers[0] is not self.standing:
            self._answers = self.standing, {}
        made = self._answers[1]
        if name not in made:
            found = self.standing
            parts = {"pnl": found.pnl, "risk": {"limits": found.limits}}
            made[name] = json.dumps({"now": found.now, **parts[name]}).encode()
        return made[name]

    async def once(self, name: str, find: Callable[[Tape, int], dict[str, Any]]) -> dict[str, Any]:
        """Return what `find` finds where the desk stands; however many ask, it is found once."""
        if self._found[0] is not self.standing:
            self._found = self.standing, {}
        standing_, found = self._found
        if name not in found:
            found[name] = asyncio.ensure_future(asyncio.to_thread(find, self.tape, standing_.now))
        return {"now": standing_.now, **await asyncio.shield(found[name])}

    def forget(self, name: str) -> None:
        """Find something anew when it is asked for next: a person changed it since this step."""
        self._found[1].pop(name, None)

    def clock(self) -> dict[str, Any]:
        """Return how time goes on."""
        state = self.player.state
        return {
            "now": max(self.picture.now, self.player.first),
            "speed": state.speed,
            "is_playing": state.is_playing
            and (self.player.is_live or self.picture.now < self.player.end),
            "is_live": self.player.is_live,
            "first": self.player.first,
            "start": self.tape.start,
            "end": self.player.end,
            "jumps": state.jumps,
        }

    async def step(self) -> None:
        """Go on to the instant that the player shows, and tell every reader what changed."""
        async with self._stepping:
            await self._step()

    async def _step(self) -> None:
        state = self.player.state
        now = self.player.now()
        is_new = state.jumps != self._jumps or now < self.picture.now
        if is_new:
            self._jumps = state.jumps
            self.picture = Picture(self.tape)
        with self.stages.timed("picture"):
            change = self.picture.advance(now)
            topics = topics_of(change)
        if self._traced:
            self.trace_venue(change)
        if is_new:
            # Trades of the whole day are not shown again.
            topics["trades"] = {row["sequence"]: row for row in self.picture.trades}
        self._is_standing_due |= is_new or change.has_position or bool(change.quotes)
        wall = self._wall()
        is_new |= self.stream.last == 0
        if is_new or (self._is_standing_due and wall - self._standing_at >= STANDING_SECONDS):
            with self.stages.timed("standing"):
                self.standing = await asyncio.to_thread(standing, self.tape, now)
            self._standing_at, self._is_standing_due = wall, False
            topics["standing"] = {"standing": asdict(self.standing)}
        # What happens is looked at as it does, and what does not happen every second.
        if is_new or change.is_alerting or wall - self._observed_at >= STANDING_SECONDS:
            self._observed_at = wall
            with self.stages.timed("alerts"):
                changed = await asyncio.to_thread(self._observe)
            # A reader that starts anew gets those of before as well.
            told = self.alerts.book.alerts.values() if is_new else changed
            if told:
                topics["alerts"] = {alert.alert: asdict(alert) for alert in told}
        topics["clock"] = {"clock": self.clock()}
        with self.stages.timed("stream"):
            self.stream.push(topics, is_snapshot=is_new)

    def trace_order(self, entered: Entered, trace: Trace, began: int) -> None:
        """Trace what the engine took from `began` (ns, Unix time), and what the venue will take."""
        if self.spans is None:
            return
        part, now = trace.part(), time.time_ns()
        order = str(entered.order_id)
        self.spans.write("engine", part, (began, now), {"order_id": order})
        if entered.refused is None and entered.order_id:
            self._traced[entered.order_id] = part, now

    def trace_venue(self, change: Change) -> None:
        """Trace until a venue's first word on an order is shown."""
        for number in self._traced.keys() & change.orders.keys():
            state = str(change.orders[number]["state"])
            if self.spans is not None and state not in REQUESTED:
                trace, began = self._traced.pop(number)
                said = {"order_id": str(number), "state": state}
                self.spans.write("venue", trace.part(), (began, time.time_ns()), said)
                LOG.info("a venue answered an order", extra={"trace": trace.trace, **said})

    def _observe(self) -> list[Alert]:
        """Look at how things stand; what only some rules ask for is found out for them alone."""
        player, asks = self.player, self.alerts.alerting.asks
        tail = risk_rows(self.tape, self.standing.now)["tail"] if asks("margin") else None
        is_passed = bool(self.picture.breaches) and asks("breach")
        scopes = self.limits.by_number(self.standing.now) if is_passed else {}
        close = unsigned_close(self.book) if self.book and asks("overdue") else None
        return self.alerts.observe(
            Situation(
                self.picture,
                self.standing,
                self.by_number,
                self.tape.facts,
                requests=self.requests.by_minute(),
                scopes=scopes,
                is_connected=not isinstance(player, LivePlayer) or player.is_connected,
                margin=None if tail is None else tail["margin"],
                reports=() if close is None else (close,),
            )
        )

    async def acknowledge(self, number: int, by: str) -> Alert:
        """Let `by` take an alert over, and tell every reader.

        Raises
        ------
        InputError
            If there is none of that number.
        """
        async with self._stepping:
            alert = await asyncio.to_thread(self.alerts.acknowledge, number, by)
            self.stream.push({"alerts": {number: asdict(alert)}})
        return alert

    async def live(self) -> None:
        """Step for as long as the task lives."""
        while True:
            began = self._wall()
            await self.step()
            await asyncio.sleep(max(TICK_SECONDS - (self._wall() - began), 0.01))
