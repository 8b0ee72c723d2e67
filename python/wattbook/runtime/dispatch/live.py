"""Runs a real device by a position file, as time passes; new plans are proposed, not traded."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.dispatch import Delivery, Device, Dispatcher, Memory, Step
from wattbook.assets.dispatch.replan import Outlook, energy_after, replan, runnable
from wattbook.errors import InputError
from wattbook.runtime.dispatch.config import DispatchConfig, load_memory, open_device, save_memory
from wattbook.runtime.dispatch.position import Position, load_position
from wattbook.runtime.dispatch.proposals import Standing, differs, last_proposal, proposal_of

__all__ = ["LiveDispatch", "Turn"]

NANOS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Turn:
    """One step and what was told besides.

    Parameters
    ----------
    step : Step
        Of the loop.
    proposal : dict or None
        A new plan, as it was added to the proposals.
    faults : tuple of str
        Of the position file, where the position before stays, and of files that are written.
    """

    step: Step
    proposal: dict[str, Any] | None
    faults: tuple[str, ...]


class LiveDispatch:
    """Runs the device of a config; call `turn` once a step and `close` in the end.

    Parameters
    ----------
    config : DispatchConfig
        What is run.
    device : Device, optional
        In place of the one that the config names.

    Raises
    ------
    InputError
        If a file that it names does not fit.
    """

    def __init__(self, config: DispatchConfig, device: Device | None = None) -> None:
        self.config = config
        self._path = config.path(config.position)
        self.position: Position = load_position(self._path)
        self._read_at = self._stamp()
        self._fault = ""
        memory = load_memory(config.path(config.state))
        opened, step = open_device(config.path(config.device)) if device is None else (device, 0.0)
        self.device = opened
        limits = config.limits
        if step > limits.step_mw:
            # A setpoint between two steps of the device would be rounded by it, maybe outwards.
            limits = replace(limits, step_mw=step)
        self.dispatcher = Dispatcher(
            self.device,
            limits,
            stale_seconds=config.stale_seconds,
            hold_seconds=config.hold_seconds,
            memory=memory,
            keep=self._keep,
            name=config.name,
        )
        self._standing = last_proposal(config.path(config.proposals))
        self._unkept: tuple[str, ...] = ()

    def turn(self, now: int) -> Turn:
        """Run one step at `now`, ns UTC."""
        faults, self._unkept = self._reload(), ()
        delivery = self.position.at(now)
        step = self.dispatcher.step(now, delivery)
        proposal = None
        if step.telemetry is not None and not step.is_held:
            proposal, fault = self._propose(now, step)
            faults += fault
        return Turn(step, proposal, faults + self._unkept)

    def close(self) -> None:
        """End the connection."""
        self.device.close()

    def _keep(self, memory: Memory) -> None:
        """Write what a restart needs; a disk that refuses it stops no battery, and is told."""
        try:
            save_memory(self.config.path(self.config.state), memory)
        except OSError as fault:
            self._unkept = (f"the state cannot be written ({fault}); a restart counts from then",)

    def _stamp(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size

    def _reload(self) -> tuple[str, ...]:
        """Read the position anew if its file has changed; a damaged one changes nothing."""
        stamp = self._stamp()
        if stamp == self._read_at:
            return ()
        self._read_at = stamp
        try:
            self.position = load_position(self._path)
        except InputError as fault:
            return (f"position: {fault}; the position before stays",)
        return ()

    def _propose(self, now: int, step: Step) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
        """Plan anew what cannot be run as sold, and propose what to trade about it."""
        share = self._share(step)
        try:
            outlook = self.position.outlook(now, share)
            wanted, how, seconds = self._wanted(now, step, share, outlook)
            later = self.position.after(now)
            trades = dict(zip((one.start for one in later), wanted.tolist(), strict=True))
            if not differs(self._standing, trades, self.config.lot_mw):
                return None, ()
            # What is not written is not proposed: the next step tries again.
            proposal = self._write(now, how, seconds, wanted)
        except InputError as fault:
            return None, self._once(f"position: {fault}")
        except OSError as fault:
            return None, self._once(f"a proposal cannot be written ({fault})")
        return proposal, ()

    def _share(self, step: Step) -> float:
        """Return the share of the power that is available, the lesser of both ways."""
        known, limits = step.telemetry, self.dispatcher.limits
        pairs = [] if known is None else [
            (known.charge_available, limits.charge_mw),
            (known.discharge_available, limits.discharge_mw),
        ]  # fmt: skip
        return min([available / most for available, most in pairs if most] + [1.0])

    def _wanted(
        self, now: int, step: Step, share: float, outlook: Outlook | None
    ) -> tuple[NDArray[np.float64], str, float]:
        """Return what to trade of each period, MW, and how it was found; zeros where all runs."""
        known, limits = step.telemetry, self.dispatcher.limits
        if known is None or outlook is None:
            return np.empty(0), "", 0.0
        delivery, energy = self.position.at(now), known.energy
        if delivery is not None:
            hours = (delivery.end - now) / NANOS / 3_600
            energy = energy_after(limits, energy, step.setpoint.wanted_mw, hours, share)
        short = runnable(limits, energy, outlook) - outlook.sold_mw
        lot = self.config.lot_mw
        # A lot begins a proposal and half a lot ends it: what lies between changes nothing.
        least = lot / 2 if any(self._standing.trade_mw.values()) else lot
        if (np.abs(short) < least).all():
            return np.zeros(short.size), "what is sold can be run: nothing is left to trade", 0.0
        trades, seconds, how = short, 0.0, "what cannot be run: no prices for a better plan"
        if np.isfinite(outlook.bid).all() and np.isfinite(outlook.ask).all():
            found = replan(
                limits, energy, outlook, terminal_price=self.config.terminal_price,
                wear_cost=self.config.wear_cost, lot_mw=lot,
            )  # fmt: skip
            trades, seconds, how = found.trade_mw, found.seconds, "the plan that earns most"
        return trades, how, seconds

    def _once(self, fault: str) -> tuple[str, ...]:
        is_new, self._fault = fault != self._fault, fault
        return (fault,) if is_new else ()

    def _write(
        self, now: int, how: str, seconds: float, wanted: NDArray[np.float64]
    ) -> dict[str, Any]:
        """Add a proposal to the file, in whole lots; it replaces the one before."""
        lot = self.config.lot_mw
        volumes = (np.round(wanted / lot) * lot + 0.0).tolist()
        later = [Delivery(one.start, one.end, one.sold_mw) for one in self.position.after(now)]
        rounded = dict(zip(later, volumes, strict=True))
        proposal = proposal_of(now, self.config.name, self._standing, rounded) | {
            "plan": how,
            "solve_seconds": round(seconds, 6),
        }
        path = self.config.path(self.config.proposals)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(proposal) + "\n")
        trades = {one.start: volume for one, volume in rounded.items()}
        self._standing = Standing(proposal["id"], trades)
        return proposal
