"""Where power can flow: zones, links, and regions whose limits are flow-based."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError

__all__ = ["Floats", "FlowBased", "Network", "Numbers"]

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

FLOW_EPSILON = 1e-3
"""By how much a flow may exceed its limits, MW: sums of carriers have no more digits."""


@dataclass(frozen=True, slots=True)
class Network:
    """Zones and the links between them.

    Parameters
    ----------
    zones : sequence of str
        Names, each once.
    links : sequence of pairs of str
        Zones that each link joins; a flow counts from the first to the second.
    flow_min, flow_max : ndarray of shape (n_periods, n_links), MW
        Between what each link's flow must lie.
    hours : ndarray of shape (n_periods,), h, optional
        How long each period is; one hour, if left out.
    loss : ndarray of shape (n_links,), optional
        Share of a flow that is lost on the way, in [0, 1).
    ramp : ndarray of shape (n_links,), MW, optional
        By how much a flow may change from a period to the next of the same length; NaN: by any.
    flow_before : ndarray of shape (n_periods, n_links), MW, optional
        What flows already, by auctions before this one. All other flows and their limits are beside
        it; ramps and losses are those of both together.

    Raises
    ------
    InputError
        If a link names no zone or the limits have another shape.
    """

    zones: Sequence[str]
    links: Sequence[tuple[str, str]]
    flow_min: Floats
    flow_max: Floats
    hours: Floats = field(default_factory=lambda: np.empty(0))
    loss: Floats = field(default_factory=lambda: np.empty(0))
    ramp: Floats = field(default_factory=lambda: np.empty(0))
    flow_before: Floats = field(default_factory=lambda: np.empty((0, 0)))

    def __post_init__(self) -> None:
        """Fill in what was left out and check the rest."""
        if not self.flow_before.size:
            object.__setattr__(self, "flow_before", np.zeros(self.flow_min.shape))
        for name, length, value in (
            ("hours", len(self.flow_min), 1.0),
            ("loss", len(self.links), 0.0),
            ("ramp", len(self.links), np.nan),
        ):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.full(length, value))
            if len(getattr(self, name)) != length:
                raise InputError(f"{name}: {len(getattr(self, name))} given, {length} needed")
        if not (self.hours > 0).all():
            raise InputError(f"hours {self.hours}: give one above zero for each period")
        self._check_zones()
        self._check_links()

    def _check_zones(self) -> None:
        known = set(self.zones)
        if len(known) != len(self.zones):
            raise InputError(f"zones {list(self.zones)}: each may be named once")
        for ends in self.links:
            for zone in ends:
                if zone not in known:
                    raise InputError(f"link {ends[0]}–{ends[1]}: {zone!r} is no zone; add it")

    def _check_links(self) -> None:
        for name in ("flow_min", "flow_max", "flow_before"):
            limits = getattr(self, name)
            if limits.ndim != 2 or limits.shape[1] != len(self.links):
                raise InputError(
                    f"{name} has shape {limits.shape}; {len(self.links)} links need "
                    f"(periods, {len(self.links)})"
                )
        if not self.flow_min.shape == self.flow_max.shape == self.flow_before.shape:
            raise InputError("flow_min, flow_max and flow_before have different numbers of periods")
        for link, (loss, ramp) in enumerate(zip(self.loss, self.ramp, strict=True)):
            if not 0 <= loss < 1 or ramp < 0:
                raise InputError(
                    f"link {'–'.join(self.links[link])}: loss {loss} and ramp {ramp}; give a share "
                    "in [0, 1) and no negative ramp"
                )
        wrong = np.argwhere(~(self.flow_min <= self.flow_max))
        if len(wrong):
            period, link = (int(number) for number in wrong[0])
            raise InputError(
                f"link {'–'.join(self.links[link])}, period {period}: its flow must lie between "
                f"{self.flow_min[period, link]} and {self.flow_max[period, link]} MW, which "
                "leaves nothing"
            )

    @property
    def periods(self) -> int:
        """How many delivery periods the auction has."""
        return int(self.flow_min.shape[0])

    def zone(self, name: str) -> int:
        """Return the number of a zone.

        Raises
        ------
        InputError
            If there is none of that name.
        """
        try:
            return list(self.zones).index(name)
        except ValueError:
            known = ", ".join(self.zones)
            raise InputError(f"zone {name!r} is not one of {known}") from None

    def after(self, flows: Floats, first: int = 0) -> Network:
        """Return what an auction leaves to the next one, such as an intraday auction.

        Parameters
        ----------
        flows : ndarray of shape (n_periods, n_links), MW
            What it sent, as `Clearing.flows` says.
        first : int
            First period that is traded again. A ramp from the one before holds from its flow on.

        Raises
        ------
        InputError
            If the flows have another shape or exceed the limits.
        """
        if flows.shape != self.flow_min.shape or not 0 <= first < self.periods:
            raise InputError(
                f"flows of shape {flows.shape} from period {first}: the network has "
                f"{self.flow_min.shape}"
            )
        wrong = np.argwhere(
            ~((self.flow_min - FLOW_EPSILON <= flows) & (flows <= self.flow_max + FLOW_EPSILON))
        )
        if len(wrong):
            period, link = (int(number) for number in wrong[0])
            raise InputError(
                f"link {'–'.join(self.links[link])}, period {period}: a flow of "
                f"{flows[period, link]} MW lies outside of {self.flow_min[period, link]} to "
                f"{self.flow_max[period, link]} MW"
            )
        low, high = np.minimum(self.flow_min - flows, 0.0), np.maximum(self.flow_max - flows, 0.0)
        before = self.flow_before + flows
        for period in range(first, self.periods):
            last = np.flatnonzero(self.hours[:period] == self.hours[period])
            # What ramps from a period that is not traded again is a limit on the flow alone.
            if len(last) and last[-1] < first:
                risen = before[period] - before[last[-1]]
                low[period] = np.fmax(low[period], -self.ramp - risen)
                high[period] = np.fmin(high[period], self.ramp - risen)
        kept = slice(first, None)
        return replace(
            self,
            flow_min=low[kept],
            flow_max=high[kept],
            hours=self.hours[kept],
            flow_before=before[kept],
        )


@dataclass(frozen=True, slots=True)
class FlowBased:
    """Limits on critical network elements, in a region whose zones export to each other.

    Parameters
    ----------
    period : ndarray of int64, shape (n_limits,)
        When each limit holds.
    ptdf : ndarray of shape (n_limits, n_zones)
        Flow on the element per MW that a zone exports into the region. Zones without any are not
        part of the region.
    low, high : ndarray of shape (n_limits,), MW
        Between what the flow must lie: remaining available margins; infinite for none.

    Raises
    ------
    InputError
        If lengths differ or a limit leaves no flow.
    """

    period: Numbers
    ptdf: Floats
    low: Floats
    high: Floats

    def __post_init__(self) -> None:
        """Check the lengths and limits."""
        count = len(self.period)
        if not count == len(self.ptdf) == len(self.low) == len(self.high):
            raise InputError("flow-based limits: the columns have different lengths")
        for number in np.flatnonzero(~(self.low <= self.high)):
            raise InputError(
                f"flow-based limit {number}: between {self.low[number]} and {self.high[number]} MW "
                "there is no flow"
            )

    @classmethod
    def none(cls, zones: int) -> FlowBased:
        """Return no limits on no region."""
        return cls(np.empty(0, np.int64), np.empty((0, zones)), np.empty(0), np.empty(0))

    def after(self, exports: Floats, first: int = 0) -> FlowBased:
        """Return what an auction leaves to the next one.

        Parameters
        ----------
        exports : ndarray of shape (n_periods, n_zones), MW
            What each zone exported into the region, as `Clearing.exports` says.
        first : int
            First period that is traded again; it becomes period 0.

        Raises
        ------
        InputError
            If the exports have another shape or exceed the limits.
        """
        if (
            exports.ndim != 2
            or exports.shape[1] != self.ptdf.shape[1]
            or len(exports) <= max(int(self.period.max(initial=0)), first)
        ):
            raise InputError(
                f"exports of shape {exports.shape} from period {first}: the limits know "
                f"{self.ptdf.shape[1]} zones and {int(self.period.max(initial=-1)) + 1} periods"
            )
        kept = np.flatnonzero(self.period >= first)
        period, ptdf = self.period[kept], self.ptdf[kept]
        used = (ptdf * exports[period]).sum(axis=1)
        wrong = (used < self.low[kept] - FLOW_EPSILON) | (used > self.high[kept] + FLOW_EPSILON)
        for number in np.flatnonzero(wrong):
            raise InputError(
                f"flow-based limit {kept[number]}: a flow of {used[number]} MW lies outside of "
                f"{self.low[kept][number]} to {self.high[kept][number]} MW"
            )
        low = np.minimum(self.low[kept] - used, 0.0)
        return FlowBased(period - first, ptdf, low, np.maximum(self.high[kept] - used, 0.0))
