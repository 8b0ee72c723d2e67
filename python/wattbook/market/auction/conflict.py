"""Why an auction cannot be balanced: a smallest set of zones and limits that contradict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import highspy
import numpy as np

from wattbook.market.auction.highs import quiet_solver
from wattbook.market.auction.orders import Auction

__all__ = ["Conflict", "find_conflict"]

INFINITY = highspy.kHighsInf
Part = tuple[str, int]
"""A zone, link or flow-based limit by its number."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Parts of an auction that contradict; without any one of them they would not.

    Parameters
    ----------
    period : int
        When.
    parts : tuple of Part
        Zones whose balance, and links and flow-based limits whose bounds, take part.
    """

    period: int
    parts: tuple[Part, ...]

    def sentence(self, auction: Auction) -> str:
        """Return the parts with their figures, for a person."""
        network, hourly = auction.network, auction.hourly
        told = []
        for kind, number in self.parts:
            if kind == "zone":
                own = (hourly.period == self.period) & (hourly.zone == number)
                bought = float(hourly.volume[own & hourly.is_demand].sum())
                sold = float(hourly.volume[own & ~hourly.is_demand].sum())
                injected = float(auction.injections[self.period, number])
                told.append(
                    f"zone {network.zones[number]} (injection {injected:g} MW, orders buy "
                    f"{bought:g} and sell {sold:g} MW at most)"
                )
            elif kind == "link":
                low, high = (
                    float(side[self.period, number])
                    for side in (network.flow_min, network.flow_max)
                )
                ends = "–".join(network.links[number])
                told.append(f"link {ends} ({low:g} to {high:g} MW)")
            elif auction.flow_based is not None:
                limits = auction.flow_based
                low, high = float(limits.low[number]), float(limits.high[number])
                told.append(f"flow-based limit {number} ({low:g} to {high:g} MW)")
        return (
            f"period {self.period} cannot be balanced: {'; '.join(told)} contradict; offer "
            "curtailable volume, change an injection or widen a limit"
        )


def find_conflict(auction: Auction) -> Conflict | None:
    """Return a smallest conflict of the first period that cannot be balanced, or none.

    Blocks and complex orders are left out, and what ties periods together counts as open, so that
    none may be found where only that contradicts.
    """
    for period in range(auction.network.periods):
        parts = [("zone", zone) for zone in range(len(auction.network.zones))]
        parts += [("link", link) for link in range(len(auction.network.links))]
        limits = auction.flow_based
        if limits is not None:
            parts += [("limit", int(row)) for row in np.flatnonzero(limits.period == period)]
        if is_feasible(auction, period, set(parts)):
            continue
        kept = set(parts)
        # What can go while the rest still contradicts does not belong to the conflict.
        for part in parts:
            if not is_feasible(auction, period, kept - {part}):
                kept.remove(part)
        return Conflict(period, tuple(part for part in parts if part in kept))
    return None


def is_feasible(auction: Auction, period: int, parts: set[Part]) -> bool:
    """Return whether the balances of the zones and the limits among `parts` can be kept."""
    network, hourly = auction.network, auction.hourly
    solver = quiet_solver()
    balance: list[dict[int, float]] = [{} for _ in network.zones]
    count = 0

    def column(low: float, high: float, terms: Mapping[int, float]) -> None:
        nonlocal count
        solver.addCol(0.0, low, high, 0, np.empty(0, np.int32), np.empty(0))
        for zone, value in terms.items():
            balance[zone][count] = value
        count += 1

    for zone in range(len(network.zones)):
        own = (hourly.period == period) & (hourly.zone == zone)
        bought = float(hourly.volume[own & hourly.is_demand].sum())
        sold = float(hourly.volume[own & ~hourly.is_demand].sum())
        column(-bought, sold, {zone: 1.0})
        is_tied = period in auction.covers or any(period in one for one in auction.covers.values())
        if is_tied:
            column(-INFINITY, INFINITY, {zone: 1.0})
    for link, ends in enumerate(network.links):
        first, second = (network.zone(name) for name in ends)
        low, high = float(network.flow_min[period, link]), float(network.flow_max[period, link])
        if ("link", link) not in parts:
            low, high = -INFINITY, INFINITY
        kept = 1.0 - float(network.loss[link])
        column(max(low, 0.0), max(high, 0.0), {first: -1.0, second: kept})
        column(max(-high, 0.0), max(-low, 0.0), {first: kept, second: -1.0})
    add_region(solver, auction, period, parts, column, balance)
    for zone, terms in enumerate(balance):
        if ("zone", zone) in parts:
            due = -float(auction.injections[period, zone])
            add_row(solver, due, due, terms)
    solver.run()
    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def add_region(
    solver: highspy.Highs,
    auction: Auction,
    period: int,
    parts: set[Part],
    column: Callable[[float, float, Mapping[int, float]], None],
    balance: Sequence[Mapping[int, float]],
) -> None:
    """Add exports into a flow-based region and those of its limits that are among `parts`."""
    limits = auction.flow_based
    if limits is None or not (limits.period == period).any():
        return
    zones = np.flatnonzero(np.any(limits.ptdf != 0, axis=0))
    exports = {}
    for zone in zones:
        column(-INFINITY, INFINITY, {int(zone): -1.0})
        exports[int(zone)] = max(balance[int(zone)])
    add_row(solver, 0.0, 0.0, dict.fromkeys(exports.values(), 1.0))
    for row in np.flatnonzero(limits.period == period):
        if ("limit", int(row)) in parts:
            terms = {exports[int(zone)]: float(limits.ptdf[row, zone]) for zone in zones}
            add_row(solver, float(limits.low[row]), float(limits.high[row]), terms)


def add_row(solver: highspy.Highs, low: float, high: float, terms: Mapping[int, float]) -> None:
    """Add a row to a linear program."""
    columns = np.array(list(terms), np.int32)
    solver.addRow(low, high, len(terms), columns, np.array(list(terms.values())))
