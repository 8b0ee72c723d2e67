"""Which instant of a recorded day is shown: play, pause, speed, jump."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING

from wattbook.errors import InputError, RunError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SPEED_MAX", "LivePlayer", "Playback", "Player"]

SPEED_MAX = 100_000.0
NANOS = 1_000_000_000
SILENT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Playback:
    """How the shown instant follows from the clock on the wall.

    Parameters
    ----------
    at : int
        The instant shown at `wall`, ns UTC.
    wall : float
        Seconds of a clock that never falls.
    speed : float
        Seconds of the day a second.
    is_playing : bool
        Whether it moves.
    jumps : int
        How often it was moved by hand; a reader that saw another count starts anew.
    """

    at: int
    wall: float
    speed: float
    is_playing: bool
    jumps: int = 0

    def instant(self, wall: float, end: int) -> int:
        """Return the instant shown at `wall`, at most `end` (ns UTC)."""
        if not self.is_playing:
            return min(self.at, end)
        passed = round((wall - self.wall) * self.speed * NANOS)
        return min(self.at + max(passed, 0), end)


class Player:
    """A recorded day that is played; may be asked from several threads.

    Parameters
    ----------
    first, end : int
        The instants between which it moves, ns UTC.
    at : int
        Where it begins.
    speed : float
        Seconds of the day a second.
    wall : callable
        Seconds of a clock that never falls.

    Examples
    --------
    >>> wall = [100.0]
    >>> player = Player(0, 3_600 * NANOS, at=0, speed=60.0, wall=lambda: wall[0])
    >>> player.play()
    >>> wall[0] += 10.0
    >>> player.now() // NANOS
    600
    >>> player.pause()
    >>> wall[0] += 10.0
    >>> player.now() // NANOS
    600
    """

    is_live = False

    def __init__(
        self, first: int, end: int, *, at: int, speed: float, wall: Callable[[], float]
    ) -> None:
        self.first, self.end = first, end
        self._wall = wall
        self._lock = Lock()
        self._state = Playback(min(max(at, first), end), wall(), speed, is_playing=False)

    @property
    def state(self) -> Playback:
        """How it moves."""
        return self._state

    def now(self) -> int:
        """Return the instant shown, ns UTC."""
        return self._state.instant(self._wall(), self.end)

    def _change(self, *, is_playing: bool | None = None, speed: float | None = None) -> None:
        with self._lock:
            state, wall = self._state, self._wall()
            self._state = replace(
                state,
                at=state.instant(wall, self.end),
                wall=wall,
                speed=state.speed if speed is None else speed,
                is_playing=state.is_playing if is_playing is None else is_playing,
            )

    def play(self) -> None:
        """Let time go on."""
        self._change(is_playing=True)

    def pause(self) -> None:
        """Stop time."""
        self._change(is_playing=False)

    def set_speed(self, speed: float) -> None:
        """Let time go `speed` times as fast as it was.

        Raises
        ------
        InputError
            If it is not above 0 and at most `SPEED_MAX`.
        """
        if not 0.0 < speed <= SPEED_MAX:
            message = f"speed {speed} is none; give one above 0 and at most {SPEED_MAX:,.0f}"
            raise InputError(message)
        self._change(speed=speed)

    def jump(self, at: int) -> None:
        """Show another instant (ns UTC), held to the day's bounds."""
        with self._lock:
            at = min(max(at, self.first), self.end)
            self._state = replace(
                self._state, at=at, wall=self._wall(), jumps=self._state.jumps + 1
            )


class LivePlayer:
    """The clock of a run that goes on: it shows what the run has reached, and obeys nobody.

    Parameters
    ----------
    first : int
        Where the run began, ns UTC.
    speed : float
        Of its clock.
    wall : callable
        Seconds of a clock that never falls.
    """

    is_live = True

    def __init__(self, first: int, speed: float, wall: Callable[[], float]) -> None:
        self.first = first
        self._wall = wall
        self._state = Playback(first, wall(), speed, is_playing=True)
        self._is_price_stale = False
        self.is_connected = True

    def tell(self, now: int, *, is_price_stale: bool, is_connected: bool = True) -> None:
        """Take over how far the run is (ns UTC), if its prices are old, and if venues are there."""
        self._is_price_stale, self.is_connected = is_price_stale, is_connected
        self._state = replace(self._state, at=now, wall=self._wall())

    @property
    def state(self) -> Playback:
        """How it moves."""
        return self._state

    @property
    def end(self) -> int:
        """How far the run is."""
        return self._state.at

    def now(self) -> int:
        """Return how far the run is, ns UTC."""
        return self._state.at

    @property
    def fault(self) -> str | None:
        """Why nobody should order on what is shown; None if nothing speaks against it."""
        silent = self._wall() - self._state.wall
        if silent > SILENT_SECONDS:
            return f"the run has said nothing for {silent:.0f} s"
        return "no price came for two intervals" if self._is_price_stale else None

    def _refuse(self) -> RunError:
        return RunError("this run goes on with its own clock; a run that has ended can be replayed")

    def play(self) -> None:
        """Refuse.

        Raises
        ------
        RunError
            Always.
        """
        raise self._refuse()

    pause = play

    def set_speed(self, speed: float) -> None:  # noqa: ARG002 - as a player's
        """Refuse.

        Raises
        ------
        RunError
            Always.
        """
        raise self._refuse()

    def jump(self, at: int) -> None:  # noqa: ARG002 - as a player's
        """Refuse.

        Raises
        ------
        RunError
            Always.
        """
        raise self._refuse()
