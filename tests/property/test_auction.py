"""Blocks of every family are decided as by trying them all, each as a linear program."""

from __future__ import annotations

import itertools
from dataclasses import replace

import highspy
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wattbook.market.auction import (
    Auction,
    BlockOrders,
    Clearing,
    FlowBased,
    HourlyOrders,
    Network,
    Status,
    accepted_volume,
    clear,
)
from wattbook.market.auction.highs import quiet_solver
from wattbook.market.auction.legs import Legs

INFINITY = highspy.kHighsInf
LIMITS = (-500.0, 4_000.0)
MONEY = 1e-3


class Program:
    """A linear program, written down column by column and row by row."""

    def __init__(self) -> None:
        self.solver = quiet_solver()
        self.columns: list[tuple[float, float, float]] = []
        self.rows: list[tuple[float, float, dict[int, float]]] = []

    def column(self, cost: float, low: float = 0.0, high: float = INFINITY) -> int:
        self.solver.addCol(cost, low, high, 0, np.empty(0, np.int32), np.empty(0))
        self.columns.append((cost, low, high))
        return len(self.columns) - 1

    def row(self, low: float, high: float, terms: dict[int, float]) -> None:
        self.rows.append((low, high, dict(terms)))
        columns = np.array(list(terms), np.int32)
        self.solver.addRow(low, high, len(terms), columns, np.array(list(terms.values())))

    def least(self) -> float | None:
        self.solver.run()
        if self.solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return float(self.solver.getInfo().objective_function_value)


Balance = dict[tuple[int, int], dict[int, float]]
Ways = dict[tuple[int, int], bool]


def welfare(
    auction: Auction,
    injections: np.ndarray,
    taken: tuple[bool, ...] = (),
    ways: Ways | None = None,
) -> float | None:
    """Return the most that orders are worth beside injections: orders, flows, balances.

    Blocks that are taken have their best shares. Links go one way where `ways` says so: forth or
    back by period and link.
    """
    program, _ = welfare_program(auction, injections, taken, ways)
    least = program.least()
    return None if least is None else -least


def welfare_program(
    auction: Auction,
    injections: np.ndarray,
    taken: tuple[bool, ...] = (),
    ways: Ways | None = None,
) -> tuple[Program, dict[tuple[int, int], int]]:
    """Return the programme of `welfare`, and the row of each balance."""
    network, orders = auction.network, auction.hourly
    program = Program()
    balance: Balance = {place: {} for place in np.ndindex(injections.shape)}
    for row in range(len(orders)):
        sign = -1.0 if orders.is_demand[row] else 1.0
        cost = sign * orders.price_start[row] * network.hours[orders.period[row]]
        accepted = program.column(cost, 0.0, orders.volume[row])
        balance[int(orders.period[row]), int(orders.zone[row])][accepted] = sign
    add_blocks(program, auction, taken, balance)
    add_links(program, network, balance, ways)
    if auction.flow_based is not None:
        add_region(program, auction.flow_based, balance)
    for longer, parts in auction.covers.items():
        for zone in range(len(network.zones)):
            transfer = program.column(0.0, -INFINITY, INFINITY)
            balance[longer, zone][transfer] = -1.0
            for part in parts:
                balance[part, zone][transfer] = 1.0
    rows = {}
    for place, terms in balance.items():
        rows[place] = len(program.rows)
        program.row(-injections[place], -injections[place], terms)
    return program, rows


def add_blocks(
    program: Program, auction: Auction, taken: tuple[bool, ...], balance: Balance
) -> None:
    blocks = auction.blocks
    cost = Legs(blocks, auction.network.hours, len(auction.network.zones)).cost
    groups: dict[int, dict[int, float]] = {}
    for block in np.flatnonzero(taken):
        share = program.column(float(cost[block]), float(blocks.acceptance_min[block]), 1.0)
        for leg in np.flatnonzero(blocks.leg_block == block):
            place = int(blocks.leg_period[leg]), int(blocks.leg_zone[leg])
            balance[place][share] = float(blocks.leg_volume[leg])
        if blocks.group[block] >= 0:
            groups.setdefault(int(blocks.group[block]), {})[share] = 1.0
    for shares in groups.values():
        program.row(-INFINITY, 1.0, shares)


def add_links(
    program: Program, network: Network, balance: Balance, ways: Ways | None = None
) -> None:
    for link, (first, second) in enumerate(network.links):
        start, end = network.zone(first), network.zone(second)
        kept, ramp = 1.0 - float(network.loss[link]), float(network.ramp[link])
        before: dict[int, float] = {}
        for period in range(network.periods):
            low, high = float(network.flow_min[period, link]), float(network.flow_max[period, link])
            forth = program.column(0.0, max(low, 0.0), max(high, 0.0))
            back = program.column(0.0, max(-high, 0.0), max(-low, 0.0))
            if ways is not None and (period, link) in ways:
                # The other way carries nothing.
                program.row(0.0, 0.0, {back if ways[period, link] else forth: 1.0})
            for flow, source, sink in ((forth, start, end), (back, end, start)):
                balance[period, source][flow] = -1.0
                balance[period, sink][flow] = kept
            if before and not np.isnan(ramp):
                program.row(-ramp, ramp, {forth: 1.0, back: -1.0, **before})
            before = {forth: -1.0, back: 1.0}


def add_region(program: Program, limits: FlowBased, balance: Balance) -> None:
    zones = [int(zone) for zone in np.flatnonzero(np.any(limits.ptdf != 0, axis=0))]
    for period in sorted({int(period) for period in limits.period}):
        exports = {zone: program.column(0.0, -INFINITY, INFINITY) for zone in zones}
        for zone, column in exports.items():
            balance[period, zone][column] = -1.0
        program.row(0.0, 0.0, dict.fromkeys(exports.values(), 1.0))
        for limit in np.flatnonzero(limits.period == period):
            terms = {exports[zone]: float(limits.ptdf[limit, zone]) for zone in zones}
            program.row(float(limits.low[limit]), float(limits.high[limit]), terms)


def dual(auction: Auction, prices: np.ndarray) -> float:
    """Return what orders earn at prices, and the most that carrying power can.

    It is never below the welfare, and equal to it just where the prices are optimal.
    """
    orders, hours = auction.hourly, auction.network.hours
    sign = np.where(orders.is_demand, 1.0, -1.0)
    better = sign * (orders.price_start - prices[orders.period, orders.zone])
    earned = float((np.maximum(better, 0.0) * orders.volume * hours[orders.period]).sum())
    idle = HourlyOrders(
        period=np.repeat(np.arange(len(hours)), 2 * prices.shape[1]),
        zone=np.tile(np.repeat(np.arange(prices.shape[1]), 2), len(hours)),
        is_demand=np.tile([True, False], prices.size),
        price_start=np.repeat(prices.ravel(), 2),
        price_end=np.repeat(prices.ravel(), 2),
        volume=np.full(2 * prices.size, 1e3),
    )
    carrying = Auction(
        auction.network,
        idle,
        BlockOrders.none(),
        np.zeros_like(prices),
        (-1e9, 1e9),
        auction.covers,
        auction.flow_based,
    )
    most = welfare(carrying, carrying.injections)
    assert most is not None
    return earned + most


def is_supported(auction: Auction, taken: tuple[bool, ...], best: float) -> bool:
    """Return whether prices exist that are optimal and at which no accepted family loses."""
    network, orders, blocks = auction.network, auction.hourly, auction.blocks
    legs = Legs(blocks, network.hours, len(network.zones))
    program = Program()
    price = {
        place: program.column(0.0, -INFINITY, INFINITY)
        for place in np.ndindex(auction.injections.shape)
    }
    for row in range(len(orders)):
        volume = orders.volume[row]
        sign = -1.0 if orders.is_demand[row] else 1.0
        earned = program.column(1.0)
        at = price[int(orders.period[row]), int(orders.zone[row])]
        # It earns at least what it would, taken in full.
        limit = -sign * volume * orders.price_start[row]
        program.row(limit, INFINITY, {earned: 1.0, at: -sign * volume})
    for period in range(network.periods):
        for link, (first, second) in enumerate(network.links):
            forth = program.column(network.flow_max[period, link])
            back = program.column(-network.flow_min[period, link])
            start, end = price[period, network.zone(first)], price[period, network.zone(second)]
            program.row(0.0, 0.0, {end: 1.0, start: -1.0, forth: -1.0, back: 1.0})
    groups = {int(group): program.column(1.0) for group in set(blocks.group) if group >= 0}
    for block in np.flatnonzero(taken):
        # What it earns with its best share, between the least and all.
        more, less = program.column(1.0), program.column(-float(blocks.acceptance_min[block]))
        terms = {more: 1.0, less: -1.0}
        if blocks.group[block] >= 0:
            terms[groups[int(blocks.group[block])]] = 1.0
        for leg in np.flatnonzero(blocks.leg_block == block):
            at = price[int(blocks.leg_period[leg]), int(blocks.leg_zone[leg])]
            terms[at] = -float(blocks.leg_volume[leg])
        program.row(-float(legs.cost[block]), INFINITY, terms)
    for energy, cost in legs.family_rows(np.array(taken, float)):
        terms = {price[place]: energy[number] for number, place in enumerate(price)}
        program.row(cost - MONEY, INFINITY, terms)
    found = program.least()
    return found is not None and found <= best + MONEY


def choices(blocks: BlockOrders) -> list[tuple[bool, ...]]:
    """Return every choice that keeps to families and groups."""
    allowed = []
    for taken in itertools.product((False, True), repeat=len(blocks)):
        has_parents = all(
            not taken[block] or parent < 0 or taken[parent]
            for block, parent in enumerate(blocks.parent)
        )
        least = np.where(taken, blocks.acceptance_min, 0.0)
        shares = [least[blocks.group == group].sum() for group in set(blocks.group) if group >= 0]
        if has_parents and all(share <= 1.0 for share in shares):
            allowed.append(taken)
    return allowed


def best_by_trying(auction: Auction) -> float:
    """Return the greatest welfare of all choices that prices support."""
    found = -np.inf
    for taken in choices(auction.blocks):
        most = welfare(auction, auction.injections, taken)
        if most is not None and most > found and is_supported(auction, taken, most):
            found = most
    return found


@st.composite
def auctions(draw: st.DrawFn) -> Auction:
    periods, zones = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    rows = []
    for at, place in np.ndindex(periods, zones):
        for _ in range(draw(st.integers(0, 4))):
            level, amount = draw(st.integers(-20, 100)), draw(st.integers(1, 60))
            rows.append((at, place, draw(st.booleans()), float(level), float(amount)))
        # What no order takes can go at the limits, so that every choice balances.
        rows += [(at, place, True, LIMITS[0], 999.0), (at, place, False, LIMITS[1], 999.0)]
    period, zone, is_demand, price, volume = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    capacity = float(draw(st.integers(0, 40)))
    links = [("A", "B")] if zones == 2 else []
    limits = np.full((periods, len(links)), capacity)
    count = draw(st.integers(0, 5))
    legs, prices, parents, groups = [], [], [], []
    for block in range(count):
        sign = draw(st.sampled_from((-1.0, 1.0)))
        prices.append(float(draw(st.integers(-20, 100))))
        place = draw(st.integers(0, zones - 1))
        first = draw(st.integers(0, periods - 1))
        last = draw(st.integers(first, periods - 1))
        legs += [
            (block, at, place, sign * draw(st.integers(1, 50))) for at in range(first, last + 1)
        ]
        parents.append(draw(st.integers(-1, block - 1)))
        # A family of an exclusive group's member would need more than the group's rule says.
        groups.append(draw(st.sampled_from((-1, 0))) if parents[-1] < 0 else -1)
    for block, parent in enumerate(parents):
        if parent >= 0 and groups[parent] >= 0:
            parents[block] = -1
    least = [
        1.0 if parents[block] >= 0 or block in parents else draw(st.sampled_from((1.0, 0.7, 0.4)))
        for block in range(count)
    ]
    columns = list(zip(*legs, strict=True)) or [(), (), (), ()]
    return Auction(
        network=Network("AB"[:zones], links, -limits, limits),
        hourly=HourlyOrders(
            np.array(period),
            np.array(zone),
            np.array(is_demand),
            *map(np.array, (price, price, volume)),
        ),
        blocks=BlockOrders(
            names=[f"block {block}" for block in range(count)],
            price=np.array(prices),
            leg_block=np.array(columns[0], np.int64),
            leg_period=np.array(columns[1], np.int64),
            leg_zone=np.array(columns[2], np.int64),
            leg_volume=np.array(columns[3], np.float64),
            acceptance_min=np.array(least),
            parent=np.array(parents, np.int64),
            group=np.array(groups, np.int64),
        ),
        injections=np.zeros((periods, zones)),
        price_limits=LIMITS,
    )


def test_members_of_a_group_that_share_it_at_known_prices_are_supported() -> None:
    """Two of a group are taken in part; hourly orders leave each price one value."""
    price = np.array([12, 23, 86, -500, 4000, 90, 50, 60, 51, -500, 4000], float)
    auction = Auction(
        network=Network("AB", [("A", "B")], np.array([[-15.0]]), np.array([[15.0]])),
        hourly=HourlyOrders(
            np.zeros(11, np.int64),
            np.repeat((0, 1), (5, 6)),
            np.array([1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0], np.bool_),
            price,
            price,
            np.array([47, 49, 31, 999, 999, 14, 28, 42, 15, 999, 999], float),
        ),
        blocks=BlockOrders(
            names=[f"block {number}" for number in range(5)],
            price=np.array([91.0, -14.0, 63.0, 32.0, 44.0]),
            leg_block=np.arange(5),
            leg_period=np.zeros(5, np.int64),
            leg_zone=np.array([1, 0, 0, 0, 1]),
            leg_volume=np.array([-41.0, 32.0, -29.0, -12.0, -16.0]),
            acceptance_min=np.array([1.0, 0.4, 0.4, 1.0, 0.4]),
            parent=np.full(5, -1),
            group=np.array([-1, 0, 0, -1, -1]),
        ),
        injections=np.zeros((1, 2)),
        price_limits=LIMITS,
    )
    cleared = clear(auction)
    np.testing.assert_allclose(cleared.acceptance, [1.0, 0.6, 0.4, 1.0, 0.0], atol=1e-6)
    assert cleared.welfare == pytest.approx(best_by_trying(auction), abs=0.05) == 3916.4


@given(auctions())
@settings(max_examples=150)
def test_blocks_are_decided_as_by_trying_them_all(auction: Auction) -> None:
    cleared = clear(auction)
    assert cleared.is_complete
    assert cleared.welfare == pytest.approx(best_by_trying(auction), abs=0.05)
    legs = Legs(auction.blocks, auction.network.hours, len(auction.network.zones))
    family = legs.family_surplus(cleared.acceptance, cleared.surplus)
    assert (family[cleared.acceptance > 0] > -MONEY).all()
    taken = tuple(bool(share) for share in cleared.acceptance)
    assert taken in choices(auction.blocks)
    is_part = (cleared.acceptance > 0) & (cleared.acceptance < 1) & ~auction.blocks.is_tied
    assert (np.abs(cleared.surplus[is_part]) < 10 * MONEY).all()
    for share, surplus, status in zip(
        cleared.acceptance, cleared.surplus, cleared.statuses, strict=True
    ):
        assert (status is Status.ACCEPTED) == (share > 0)
        if status is Status.REJECTED:
            assert surplus < MONEY


@given(auctions())
@settings(max_examples=50)
def test_a_clearing_without_blocks_is_the_linear_program(auction: Auction) -> None:
    bare = Auction(auction.network, auction.hourly, BlockOrders.none(), auction.injections, LIMITS)
    assert clear(bare).welfare == pytest.approx(welfare(bare, bare.injections), abs=1e-3)


@st.composite
def products(draw: st.DrawFn) -> Auction:
    """Two half-hours or four quarters beside the hour that they make up, in one or two zones."""
    parts, zones = draw(st.sampled_from((2, 4))), draw(st.integers(1, 2))
    rows = []
    for at, place in np.ndindex(parts + 1, zones):
        for _ in range(draw(st.integers(0, 4))):
            level, amount = draw(st.integers(-20, 100)), draw(st.integers(1, 60))
            rows.append((at, place, draw(st.booleans()), float(level), float(amount)))
        rows += [(at, place, True, LIMITS[0], 99.0), (at, place, False, LIMITS[1], 99.0)]
    columns = list(zip(*rows, strict=True))
    prices = np.array(columns[3])
    links = [("A", "B")] if zones == 2 else []
    limits = np.full((parts + 1, len(links)), float(draw(st.integers(0, 40))))
    limits[0] = 0.0
    hours = np.array([1.0, *[1 / parts] * parts])
    return Auction(
        network=Network("AB"[:zones], links, -limits, limits, hours),
        hourly=HourlyOrders(
            np.array(columns[0]), np.array(columns[1]), np.array(columns[2]), prices, prices,
            np.array(columns[4]),
        ),
        blocks=BlockOrders.none(),
        injections=np.zeros((parts + 1, zones)),
        price_limits=LIMITS,
        covers={0: range(1, parts + 1)},
    )  # fmt: skip


@given(products())
@settings(max_examples=150)
def test_products_of_different_length_clear_as_one_linear_program(auction: Auction) -> None:
    cleared = clear(auction)
    assert cleared.is_complete
    assert cleared.welfare == pytest.approx(welfare(auction, auction.injections), abs=1e-2)
    assert dual(auction, cleared.prices) == pytest.approx(cleared.welfare, abs=0.1)
    mean = cleared.prices[1:].mean(axis=0)
    assert cleared.prices[0] == pytest.approx(mean, abs=1e-4)


@st.composite
def coupled(draw: st.DrawFn, lowest: int = 0) -> Auction:
    """Up to three zones in a row whose links lose power or ramp slowly, or in one region."""
    periods, zones = draw(st.integers(1, 3)), draw(st.integers(2, 3))
    rows = []
    for at, place in np.ndindex(periods, zones):
        for _ in range(draw(st.integers(0, 4))):
            level, amount = draw(st.integers(lowest, 100)), draw(st.integers(1, 60))
            rows.append((at, place, draw(st.booleans()), float(level), float(amount)))
        rows += [(at, place, True, LIMITS[0], 999.0), (at, place, False, LIMITS[1], 999.0)]
    columns = list(zip(*rows, strict=True))
    prices = np.array(columns[3])
    names = "ABC"[:zones]
    links = [(names[0], names[1])] + ([(names[1], names[2])] if zones == 3 else [])
    most = np.array([[float(draw(st.integers(0, 60))) for _ in links] for _ in range(periods)])
    loss = [draw(st.sampled_from((0.0, 0.0, 0.05, 0.2))) for _ in links]
    ramp = [draw(st.sampled_from((np.nan, 10.0, 25.0))) for _ in links]
    count = draw(st.integers(0, 3))
    flow_based = FlowBased(
        period=np.repeat(np.arange(periods), count),
        ptdf=np.array(
            [[draw(st.integers(-4, 4)) / 4 for _ in names] for _ in range(count * periods)]
        ).reshape(-1, zones),
        low=np.full(count * periods, -INFINITY),
        high=np.array([float(draw(st.integers(5, 60))) for _ in range(count * periods)]),
    )
    return Auction(
        network=Network(names, links, -most, most, loss=np.array(loss), ramp=np.array(ramp)),
        hourly=HourlyOrders(
            np.array(columns[0]), np.array(columns[1]), np.array(columns[2]), prices, prices,
            np.array(columns[4]),
        ),
        blocks=BlockOrders.none(),
        injections=np.zeros((periods, zones)),
        price_limits=LIMITS,
        flow_based=flow_based if count else None,
    )  # fmt: skip


@given(coupled())
@settings(max_examples=150)
def test_losses_ramps_and_regions_clear_as_one_linear_program(auction: Auction) -> None:
    cleared = clear(auction)
    assert cleared.is_complete
    relaxed = welfare(auction, auction.injections)
    assert relaxed is not None
    if cleared.welfare < relaxed - 1e-2:
        # The programme burns power on a link with losses, both ways at once.
        assert cleared.welfare == pytest.approx(best_of_all_ways(auction), abs=1e-2)
    else:
        assert dual(auction, cleared.prices) == pytest.approx(cleared.welfare, abs=0.1)
    network = auction.network
    assert (cleared.flows <= network.flow_max + 1e-6).all()
    steps = np.abs(np.diff(cleared.flows, axis=0))
    assert not (steps > network.ramp + 1e-6).any()
    if (limits := auction.flow_based) is not None:
        arrived = np.zeros_like(cleared.net_positions)
        for link, (first, second) in enumerate(network.links):
            flow, kept = cleared.flows[:, link], 1 - network.loss[link]
            arrived[:, network.zone(first)] -= np.where(flow > 0, flow, flow * kept)
            arrived[:, network.zone(second)] += np.where(flow > 0, flow * kept, flow)
        exports = cleared.net_positions + arrived
        assert cleared.exports == pytest.approx(exports, abs=1e-5)
        used = (limits.ptdf * exports[limits.period]).sum(axis=1)
        assert (used <= limits.high + 1e-5).all()


def best_of_all_ways(auction: Auction) -> float:
    """Return the greatest welfare of all ways that links with losses can carry power."""
    network = auction.network
    lossy = [
        (period, int(link))
        for period in range(network.periods)
        for link in np.flatnonzero(network.loss > 0)
    ]
    found = [
        welfare(auction, auction.injections, ways=dict(zip(lossy, way, strict=True)))
        for way in itertools.product((True, False), repeat=len(lossy))
    ]
    return max(one for one in found if one is not None)


@given(coupled(lowest=-90))
@settings(max_examples=150)
def test_links_with_losses_carry_power_one_way_as_by_trying_both(auction: Auction) -> None:
    cleared = clear(auction)
    assert cleared.is_complete
    assert cleared.welfare == pytest.approx(best_of_all_ways(auction), abs=1e-2)
    network, limits = auction.network, auction.flow_based
    arrived = np.zeros_like(cleared.net_positions)
    for link, (first, second) in enumerate(network.links):
        flow, kept = cleared.flows[:, link], 1 - network.loss[link]
        arrived[:, network.zone(first)] -= np.where(flow > 0, flow, flow * kept)
        arrived[:, network.zone(second)] += np.where(flow > 0, flow * kept, flow)
    exports = np.zeros_like(arrived) if limits is None else cleared.exports
    # What leaves a zone and what arrives is one flow's, so nothing is lost by going both ways.
    assert cleared.net_positions == pytest.approx(exports - arrived, abs=2e-3)


@given(coupled(), st.data())
@settings(max_examples=60)
def test_a_region_with_links_leaves_what_both_auctions_keep_to(
    auction: Auction, data: st.DataObject
) -> None:
    network, limits, orders = auction.network, auction.flow_based, auction.hourly
    assume(limits is not None)
    assert limits is not None
    first = clear(auction)
    left, margins = network.after(first.flows), limits.after(first.exports)
    flipped = data.draw(st.lists(st.booleans(), min_size=len(orders), max_size=len(orders)))
    again = replace(orders, is_demand=orders.is_demand ^ np.array(flipped))
    # What must balance stays curtailable at the limits.
    is_bound = np.isin(orders.price_start, LIMITS)
    again = replace(again, is_demand=np.where(is_bound, orders.is_demand, again.is_demand))
    second = clear(replace(auction, network=left, hourly=again, flow_based=margins))
    flows, exports = first.flows + second.flows, first.exports + second.exports
    assert (flows <= network.flow_max + 1e-4).all()
    assert (flows >= network.flow_min - 1e-4).all()
    assert not (np.abs(np.diff(flows, axis=0)) > network.ramp + 1e-3).any()
    used = (limits.ptdf * exports[limits.period]).sum(axis=1)
    assert (used <= limits.high + 1e-4).all()
    # With nothing new to trade nothing is: the first auction took the best.
    none = clear(replace(auction, network=left, hourly=rest_of(auction, first), flow_based=margins))
    assert none.welfare == pytest.approx(0.0, abs=0.1)


def rest_of(auction: Auction, cleared: Clearing) -> HourlyOrders:
    """Return the orders of a cleared auction less what was taken, and offers to undo that."""
    orders, taken = auction.hourly, accepted_volume(auction, cleared)
    return HourlyOrders(
        period=np.tile(orders.period, 2),
        zone=np.tile(orders.zone, 2),
        is_demand=np.append(orders.is_demand, ~orders.is_demand),
        price_start=np.tile(orders.price_start, 2),
        price_end=np.tile(orders.price_end, 2),
        volume=np.append(np.maximum(orders.volume - taken, 0.0), np.maximum(taken, 0.0)),
    )


def test_prices_that_support_a_block_are_found_beside_the_middle() -> None:
    rows = HourlyOrders(
        period=np.zeros(2, np.int64),
        zone=np.zeros(2, np.int64),
        is_demand=np.array([False, True]),
        price_start=np.array([10.0, 90.0]),
        price_end=np.array([10.0, 90.0]),
        volume=np.array([40.0, 100.0]),
    )
    empty = np.empty((1, 0))
    blocks = BlockOrders(
        names=["block"],
        price=np.array([80.0]),
        leg_block=np.array([0]),
        leg_period=np.array([0]),
        leg_zone=np.array([0]),
        leg_volume=np.array([60.0]),
    )
    auction = Auction(Network("A", [], empty, empty), rows, blocks, np.zeros((1, 1)), LIMITS)
    cleared = clear(auction)
    # Any price from 10 to 90 is optimal; the middle, 50, would make the block lose.
    assert cleared.statuses == (Status.ACCEPTED,)
    assert cleared.prices[0, 0] == pytest.approx(80.0)
