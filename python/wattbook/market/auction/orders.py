"""What an auction is given: hourly orders and blocks on a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.market.auction.complex_orders import ComplexOrders
from wattbook.market.auction.network import Floats, FlowBased, Network, Numbers

__all__ = ["Auction", "BlockOrders", "HourlyOrders"]

NONE = -1
"""The number of a parent or group that a block does not have."""


@dataclass(frozen=True, slots=True)
class HourlyOrders:
    """Orders of one period and zone each, taken in any share.

    Parameters
    ----------
    period, zone : ndarray of int64, shape (n,)
        Numbers from 0.
    is_demand : ndarray of bool, shape (n,)
        Whether it buys.
    price_start : ndarray of float64, shape (n,), currency per MWh
        Price at which the first share is taken.
    price_end : ndarray of float64, shape (n,), currency per MWh
        Price at which all is taken; the same as `price_start` for a step.
    volume : ndarray of float64, shape (n,), MW
        Not negative.
    is_virtual : ndarray of bool, shape (n,), optional
        Whether it delivers nothing and is settled at the real-time price; by default none does.

    Raises
    ------
    InputError
        If the columns have different lengths.
    """

    period: Numbers
    zone: Numbers
    is_demand: NDArray[np.bool_]
    price_start: Floats
    price_end: Floats
    volume: Floats
    is_virtual: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))

    def __post_init__(self) -> None:
        """Fill in what was left out and check the lengths."""
        count = len(self.period)
        if not len(self.is_virtual):
            object.__setattr__(self, "is_virtual", np.zeros(count, np.bool_))
        for name in ("zone", "is_demand", "price_start", "price_end", "volume", "is_virtual"):
            if len(getattr(self, name)) != count:
                raise InputError(
                    f"hourly orders: {len(getattr(self, name))} of {name} given for {count} periods"
                )

    def __len__(self) -> int:
        return len(self.period)


@dataclass(frozen=True, slots=True)
class BlockOrders:
    """Orders over several periods and zones that are taken together, at one limit price.

    Parameters
    ----------
    names : sequence of str
        One a block.
    price : ndarray of float64, shape (n_blocks,), currency per MWh
        Limit: the mean price, weighted by volume, that it must at least earn or at most pay.
    leg_block, leg_period, leg_zone : ndarray of int64, shape (n_legs,)
        Whose leg it is, and where and when it delivers.
    leg_volume : ndarray of float64, shape (n_legs,), MW
        Above zero sells, below zero buys; a profile block has different ones.
    acceptance_min : ndarray of float64, shape (n_blocks,), optional
        Least share that may be taken, in (0, 1]; 1, the default, is all or nothing.
    parent : ndarray of int64, shape (n_blocks,), optional
        The block without which this one is not taken (linked family), or -1.
    group : ndarray of int64, shape (n_blocks,), optional
        Of blocks of one exclusive group the shares add up to 1 at most; or -1. A flexible order
        is such a group: one block for each period in which it may run.

    Raises
    ------
    InputError
        If a leg names no block, a parent is none or its own descendant, or a share is out of range.
    """

    names: Sequence[str]
    price: Floats
    leg_block: Numbers
    leg_period: Numbers
    leg_zone: Numbers
    leg_volume: Floats
    acceptance_min: Floats = field(default_factory=lambda: np.empty(0))
    parent: Numbers = field(default_factory=lambda: np.empty(0, np.int64))
    group: Numbers = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self) -> None:
        """Fill in what was left out and check the rest."""
        count = len(self.names)
        if not len(self.acceptance_min):
            object.__setattr__(self, "acceptance_min", np.ones(count))
        for name in ("parent", "group"):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.full(count, NONE, np.int64))
        for name in ("price", "acceptance_min", "parent", "group"):
            if len(getattr(self, name)) != count:
                found = len(getattr(self, name))
                raise InputError(f"blocks: {found} of {name} given for {count} names")
        legs = len(self.leg_block)
        if not legs == len(self.leg_period) == len(self.leg_zone) == len(self.leg_volume):
            raise InputError("blocks: the columns of the legs have different lengths")
        if legs and not 0 <= self.leg_block.min() <= self.leg_block.max() < count:
            raise InputError(f"blocks: a leg names a block that is none of the {count}")
        for number, share in enumerate(self.acceptance_min):
            if not 0 < share <= 1:
                raise InputError(
                    f"block {self.names[number]!r}: a least share of {share}; give one in (0, 1]"
                )
        self._check_families()

    def _check_families(self) -> None:
        for number, name in enumerate(self.names):
            seen = {number}
            above = int(self.parent[number])
            while above != NONE:
                if not 0 <= above < len(self.names):
                    raise InputError(f"block {name!r}: its parent {above} is no block")
                if above in seen:
                    raise InputError(f"block {name!r} is its own ancestor; break the circle")
                seen.add(above)
                above = int(self.parent[above])

    def __len__(self) -> int:
        return len(self.names)

    @property
    def is_tied(self) -> NDArray[np.bool_]:
        """Which blocks share a limit with others: those of families and exclusive groups."""
        tied: NDArray[np.bool_] = (self.group != NONE) | (self.parent != NONE)
        tied[self.parent[self.parent != NONE]] = True
        return tied

    @classmethod
    def none(cls) -> BlockOrders:
        """Return no blocks."""
        whole, part = np.empty(0, np.int64), np.empty(0)
        return cls((), part, whole, whole, whole, part)


@dataclass(frozen=True, slots=True)
class Auction:
    """All that is cleared together.

    Parameters
    ----------
    network : Network
        Zones and links.
    hourly : HourlyOrders
        Orders of one period.
    blocks : BlockOrders
        Orders of several.
    injections : ndarray of shape (n_periods, n_zones), MW
        Supply less demand that is there at any price, such as exchanges with the outside.
    price_limits : pair of float, currency per MWh
        The venue's harmonized least and greatest price.
    covers : mapping of int to sequence of int, optional
        Products of different length: the shorter periods that a longer one consists of. What is
        traded in the longer one is delivered evenly in all of them, and its price is their mean.
        Links carry power in the shorter ones only.
    flow_based : FlowBased, optional
        Limits of a region, beside the links.
    complex_orders : ComplexOrders, optional
        Orders of many steps under one condition.
    allows_virtual : bool
        Whether hourly orders may be virtual, as in markets that settle twice.

    Raises
    ------
    InputError
        If an order lies outside of the periods, the zones or the price limits, or a longer period
        is not just its shorter ones.
    """

    network: Network
    hourly: HourlyOrders
    blocks: BlockOrders
    injections: Floats
    price_limits: tuple[float, float]
    covers: Mapping[int, Sequence[int]] = field(default_factory=dict)
    flow_based: FlowBased | None = None
    complex_orders: ComplexOrders = field(default_factory=ComplexOrders.none)
    allows_virtual: bool = False

    def __post_init__(self) -> None:
        """Check what the parts say of each other."""
        self._check_covers()
        flow_based = self.flow_based
        if flow_based is not None and flow_based.ptdf.shape[1] != len(self.network.zones):
            raise InputError(
                f"flow-based limits know {flow_based.ptdf.shape[1]} zones, the network has "
                f"{len(self.network.zones)}"
            )
        periods, zones = self.network.periods, len(self.network.zones)
        if self.injections.shape != (periods, zones):
            raise InputError(
                f"injections have shape {self.injections.shape}; give ({periods}, {zones})"
            )
        missing = np.argwhere(~np.isfinite(self.injections))
        if len(missing):
            period, zone = (int(number) for number in missing[0])
            raise InputError(
                f"injection of zone {self.network.zones[zone]!r} in period {period} is "
                f"{self.injections[period, zone]}; give a finite number of MW"
            )
        self._check_hourly(periods, zones)
        self._check_blocks(periods, zones)
        self.complex_orders.check_within(periods, zones, self.price_limits)

    def _check_hourly(self, periods: int, zones: int) -> None:
        hourly = self.hourly
        rows = np.flatnonzero(hourly.is_virtual)
        if len(rows) and not self.allows_virtual:
            raise InputError(
                f"hourly order {rows[0]} is virtual, and this auction takes no orders that deliver "
                f"nothing; {len(rows)} orders are: leave them out"
            )
        rows = np.flatnonzero(
            (hourly.period < 0)
            | (hourly.period >= periods)
            | (hourly.zone < 0)
            | (hourly.zone >= zones)
        )
        if len(rows):
            row = int(rows[0])
            raise InputError(
                f"hourly order {row}: period {hourly.period[row]} and zone {hourly.zone[row]} must "
                f"lie below {periods} and {zones}"
            )
        low, high = self.price_limits
        for name, prices in (
            ("price_start", hourly.price_start),
            ("price_end", hourly.price_end),
        ):
            rows = np.flatnonzero(~((low <= prices) & (prices <= high)))
            if len(rows):
                raise InputError(
                    f"hourly order {rows[0]}: {name} {prices[rows[0]]} lies outside of the price "
                    f"limits {low} to {high}; {len(rows)} orders do"
                )

    def _check_blocks(self, periods: int, zones: int) -> None:
        blocks = self.blocks
        low, high = self.price_limits
        for name, price in zip(blocks.names, blocks.price, strict=True):
            if not low <= price <= high:
                raise InputError(
                    f"block {name!r}: price {price} lies outside of the limits {low} to {high}"
                )
        outside = (
            (blocks.leg_period < 0)
            | (blocks.leg_period >= periods)
            | (blocks.leg_zone < 0)
            | (blocks.leg_zone >= zones)
        )
        for leg in np.flatnonzero(outside):
            name = blocks.names[int(blocks.leg_block[leg])]
            raise InputError(
                f"block {name!r}: period {blocks.leg_period[leg]} and zone {blocks.leg_zone[leg]} "
                f"must lie below {periods} and {zones}"
            )

    def _check_covers(self) -> None:
        network = self.network
        for period, parts in self.covers.items():
            if not 0 <= period < network.periods or any(part in self.covers for part in parts):
                raise InputError(f"period {period} covers {list(parts)}: name the shortest periods")
            if not all(0 <= part < network.periods for part in parts):
                raise InputError(f"period {period} covers {list(parts)}, not all of them periods")
            hours = float(network.hours[list(parts)].sum())
            if abs(hours - network.hours[period]) > 1e-9:
                raise InputError(
                    f"period {period} lasts {network.hours[period]} h, what it covers {hours} h"
                )
            if np.any(network.flow_min[period]) or np.any(network.flow_max[period]):
                raise InputError(
                    f"period {period} covers others: give links their limits there, and 0 here"
                )
