"""A run traded again: its strategies act anew on what came from outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from wattbook.errors import RunError
from wattbook.execution import Simulation
from wattbook.runtime.desk import Desk
from wattbook.runtime.desk.spec import LiveSpec
from wattbook.runtime.dispatch.keep import closing_all
from wattbook.runtime.dispatch.trader import DispatchedBattery
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.live import LiveVenues
from wattbook.runtime.models import with_versions
from wattbook.runtime.paper import SimulatedVenues
from wattbook.runtime.paper.edge import Edge
from wattbook.runtime.paper.plan import plan_paper
from wattbook.runtime.paper.venues import Venues
from wattbook.runtime.plan import plan
from wattbook.runtime.replay import Replayed
from wattbook.runtime.simulate import simulation
from wattbook.store import frames

__all__ = ["Rerun", "run_again"]


@dataclass(frozen=True, slots=True)
class Rerun:
    """What a run gave when it was traded again.

    Parameters
    ----------
    inputs : int
        How many inputs it had.
    state_hash : str
        Of the engine after the last one.
    tables : dict of str to polars.DataFrame
        Inputs and events, as the event files hold them.
    """

    inputs: int
    state_hash: str
    tables: dict[str, pl.DataFrame]


def venues_of(mode: str) -> Venues:
    """Return where the orders of a run went; nothing is connected."""
    if mode == "live":
        return LiveVenues(LiveSpec(), Path(), lambda _: None)
    return SimulatedVenues()


def followed(desk: Desk, asked: dict[str, Any], journal: Path, data: Path | None) -> Simulation:
    """Return a run that went with a clock, opened upon what it received."""
    venues = venues_of(asked["mode"])
    day = date.fromisoformat(asked["date"]) if asked["date"] else None
    paper = plan_paper(
        desk,
        asked["market"],
        data,
        asked["seed"],
        start=asked["start"],
        date=day,
        without=venues.without,
    )
    made = venues.simulation(paper, asked["seed"])
    made.core.open(
        journal=journal,
        keeps_market=True,
        measures_latency=False,
        receives_prices=True,
        trades_outside=venues.are_outside,
        compares=True,
    )
    Edge(paper, made.core, "the journal").remember(made.core.remembered_prices())
    return made


def last_of(table: pl.DataFrame) -> int:
    """Return the last instant of a table, ns UTC; 0 if it is empty."""
    last = table["ts_recv"].cast(pl.Int64).max()
    return last if isinstance(last, int) else 0


def run_again(
    desk: Desk,
    folder: RunFolder,
    data: Path | None,
    replayed: Replayed,
    journaled: Mapping[str, pl.DataFrame],
) -> Rerun:
    """Return what a run gives when the strategies of `desk` act again on what came from outside.

    Prices of record, what persons asked for and, of a live run, every quote and report come again
    as the journal holds them; simulated venues and the strategies act anew. Nothing is written.

    Parameters
    ----------
    desk : Desk
        As its file says now.
    folder : RunFolder
        The run.
    data : Path or None
        The folder of recorded data; that of the run by default.
    replayed : Replayed
        What a replay of its journal gave.
    journaled : mapping of str to polars.DataFrame
        The inputs and events of that replay.

    Raises
    ------
    WattbookError
        If the desk cannot be traded, or the journal not be read.
    """
    asked = folder.load()["asked"]
    if data is None and asked.get("data") is not None:
        data = Path(asked["data"])
    desk = with_versions(desk, asked)
    dispatched: list[DispatchedBattery] = []
    with closing_all(dispatched):
        if "mode" in asked:
            if asked["market"] not in {market.name for market in desk.market}:
                message = (
                    f"the run traded {asked['market']!r}, which {desk.path} does not have; give "
                    "the desk file of the run"
                )
                raise RunError(message)
            made = followed(desk, asked, folder.journal, data)
        else:
            made = simulation(plan(desk, data, asked["seed"]), asked["seed"], {}, dispatched)
            made.core.open(
                journal=folder.journal, keeps_market=True, measures_latency=False, compares=True
            )
        last = max((last_of(table) for table in journaled.values()), default=0)
        reached = made.run_until(last, max_inputs=replayed.inputs)
        if made.state_hash() != replayed.state_hash:
            # It has gone its own way: to the instant at which the run ended, whatever it takes.
            reached = made.run_until(last)
        found = Rerun(reached.inputs, made.state_hash(), frames(made.core.drain()))
        made.close()
    return found
