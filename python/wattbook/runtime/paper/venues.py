"""Where the orders of a run that goes with a clock go: to simulated venues, or outside."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from wattbook.execution import Simulation
from wattbook.runtime.desk.spec import TraderSpec
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.kill_switch import KillSwitch
from wattbook.runtime.order_entry import OrderEntry
from wattbook.runtime.paper.clock import Clock
from wattbook.runtime.paper.pace import Outside
from wattbook.runtime.paper.plan import VIRTUALS, LeftOut, PaperPlan
from wattbook.runtime.paper.simulate import paper_simulation
from wattbook.runtime.run import Stop
from wattbook.runtime.simulate import owner_of, traded

__all__ = ["Opened", "OpenedVenues", "SimulatedHere", "SimulatedVenues", "Venues"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A run whose journal is open and met.

    Parameters
    ----------
    made : Simulation
        The run.
    paper : PaperPlan
        What is traded.
    folder : RunFolder
        Where it lies.
    asked : dict
        What it was asked.
    refused : dict of (int, int) to str
        Why the engine refused commands in earlier lives of the run, by order and instant.
    """

    made: Simulation
    paper: PaperPlan
    folder: RunFolder
    asked: dict[str, object]
    refused: dict[tuple[int, int], str] = field(default_factory=dict)

    @property
    def books(self) -> list[int]:
        """Return the numbers of the venues with continuous books."""
        chain = self.paper.part.chain
        return [] if chain is None else [chain.venue]


class OpenedVenues(Outside, Protocol):
    """Venues of a run that goes on."""

    def resume(self, now: int) -> None:
        """Begin a new session of a resumed run at `now` (ns UTC): take open orders back."""
        ...

    def close(self, clock: Clock) -> tuple[int, int] | None:
        """Let the venues end in order; return inputs and events so far if that added any."""
        ...

    def stop(self) -> None:
        """End what is still open."""
        ...


class Venues(Protocol):
    """What decides where orders go."""

    @property
    def mode(self) -> str:
        """Return the command that makes such runs."""
        ...

    @property
    def kill(self) -> KillSwitch | None:
        """Return what stops and releases order entry, if anything does."""
        ...

    @property
    def are_outside(self) -> bool:
        """Whether market data and reports come from outside and no venue is simulated."""
        ...

    @property
    def without(self) -> LeftOut:
        """Return the kinds of strategies that cannot trade there."""
        ...

    def asked(self, held: dict[str, object]) -> dict[str, object]:
        """Return what the run is asked besides; `held` is what an earlier life was asked."""
        ...

    def simulation(self, paper: PaperPlan, seed: int) -> Simulation:
        """Return the simulation of a plan, ready to be opened."""
        ...

    def open(self, opened: Opened, clock: Clock, stop: Stop, *, resumes: bool) -> OpenedVenues:
        """Open the venues of a run that has met its journal."""
        ...


@dataclass(slots=True)
class SimulatedHere:
    """Simulated venues of a run that goes on: the run itself lets them act."""

    opened: Opened
    entry: OrderEntry | None = None
    kill: KillSwitch | None = None
    tick_seconds: float = 0.05
    state: str = ""
    is_connected: bool = True
    settles_when_asked: bool = True
    _now: int = field(default=0, init=False)

    def receive(self, now: int, speed: float) -> None:  # noqa: ARG002 - the venues are in the run
        """Keep the instant to which the run goes on."""
        self._now = now

    def send(self) -> None:
        """Do what persons have asked for, after everything that was due before; stops first."""
        if self.kill is not None:
            self.kill.look(self.opened.made.core, self._now)
        if self.entry is not None:
            self.entry.look(self.opened.made.core, self._now)

    @property
    def is_asked(self) -> bool:
        """Whether a person waits for an answer."""
        entered = self.entry is not None and self.entry.requests.are_waiting
        return entered or (self.kill is not None and self.kill.requests.are_waiting)

    def on_arrival(self, ring: Callable[[], None]) -> None:
        """Call `ring` when a person has asked for something."""
        for asked in (self.entry, self.kill):
            if asked is not None:
                asked.requests.on_arrival(ring)

    def resume(self, now: int) -> None:
        """Take open orders back."""
        self.opened.made.core.begin_session(now, self.opened.books)

    def close(self, clock: Clock) -> None:  # noqa: ARG002 - nothing is left to happen
        """Leave everything as it is, to be resumed."""
        return

    def stop(self) -> None:
        """End nothing."""


@dataclass(frozen=True, slots=True)
class SimulatedVenues:
    """Venues that are simulated in the process of the run: paper trading.

    Parameters
    ----------
    entry : OrderEntry, optional
        Orders of a person, of the first strategy of kind ``trader``.
    kill : KillSwitch, optional
        What stops and releases order entry.
    """

    entry: OrderEntry | None = None
    kill: KillSwitch | None = None
    mode: ClassVar[str] = "paper"
    are_outside: ClassVar[bool] = False
    without: ClassVar[LeftOut] = VIRTUALS

    def asked(self, held: dict[str, object]) -> dict[str, object]:  # noqa: ARG002
        """Return nothing more."""
        return {}

    def simulation(self, paper: PaperPlan, seed: int) -> Simulation:
        """Return the simulation with its venues."""
        return paper_simulation(paper, seed)

    def open(
        self,
        opened: Opened,
        clock: Clock,  # noqa: ARG002
        stop: Stop,  # noqa: ARG002
        *,
        resumes: bool,  # noqa: ARG002
    ) -> SimulatedHere:
        """Return the venues of the run."""
        desk = opened.paper.plan.desk
        if self.kill is not None:
            self.kill.name_books(tuple(book.name for book in desk.book))
        traders = (
            owner_of(desk, number, spec)
            for number, spec in traded(opened.paper.plan)
            if isinstance(spec, TraderSpec)
        )
        owner = next(traders, None)
        if self.entry is not None and owner is not None:
            self.entry.begin(owner, tuple(limit.name for limit in desk.limit))
            self.entry.resume(opened.made.core, opened.refused)
        return SimulatedHere(opened, self.entry, self.kill)
