"""Complex orders are decided as by trying every choice, each as linear programs written out."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.property.test_auction import INFINITY, LIMITS, MONEY, Program

from wattbook.errors import InputError
from wattbook.market.auction import (
    Auction,
    BlockOrders,
    ComplexOrders,
    Condition,
    HourlyOrders,
    Network,
    Status,
    clear,
)
from wattbook.market.auction.legs import Legs

Taken = tuple[bool, ...]


def stays(orders: ComplexOrders, step: int) -> bool:
    """Return whether a step stays by the scheduled stop of an order that is not taken."""
    order, period = int(orders.step_order[step]), int(orders.step_period[step])
    there = np.flatnonzero((orders.step_order == order) & (orders.step_period == period))
    cheapest = there[np.argmin(orders.step_price[there])]
    return bool(period < orders.stop_periods[order] and step == cheapest)


def steps_of(orders: ComplexOrders, on: Taken) -> list[int]:
    """Return the steps that take part."""
    return [
        step
        for step in range(len(orders.step_order))
        if on[int(orders.step_order[step])] or stays(orders, step)
    ]


def primal(auction: Auction, injections: np.ndarray, on: Taken) -> tuple[float, np.ndarray] | None:
    """Return the greatest welfare without fixed terms, and what each complex order delivers."""
    network, hourly, orders = auction.network, auction.hourly, auction.complex_orders
    program = Program()
    balance: dict[tuple[int, int], dict[int, float]] = {
        place: {} for place in np.ndindex(injections.shape)
    }
    for row in range(len(hourly)):
        sign = -1.0 if hourly.is_demand[row] else 1.0
        taken = program.column(sign * hourly.price_start[row], 0.0, hourly.volume[row])
        balance[int(hourly.period[row]), int(hourly.zone[row])][taken] = sign
    for link, (first, second) in enumerate(network.links):
        for period in range(network.periods):
            flow = program.column(
                0.0, float(network.flow_min[period, link]), float(network.flow_max[period, link])
            )
            balance[period, network.zone(first)][flow] = -1.0
            balance[period, network.zone(second)][flow] = 1.0
    delivered: dict[tuple[int, int], list[int]] = {
        place: [] for place in np.ndindex(len(orders), network.periods)
    }
    for step in steps_of(orders, on):
        order, period = int(orders.step_order[step]), int(orders.step_period[step])
        side = orders.side(order)
        taken = program.column(side * orders.step_price[step], 0.0, float(orders.step_volume[step]))
        balance[period, int(orders.zone[order])][taken] = side
        delivered[order, period].append(taken)
    add_rules(program, orders, on, delivered)
    for place, terms in balance.items():
        program.row(-injections[place], -injections[place], terms)
    least = program.least()
    if least is None:
        return None
    values = np.array(program.solver.getSolution().col_value)
    power = np.zeros((len(orders), network.periods))
    for place, columns in delivered.items():
        power[place] = orders.side(place[0]) * values[columns].sum()
    return -least, power


def add_rules(
    program: Program,
    orders: ComplexOrders,
    on: Taken,
    delivered: dict[tuple[int, int], list[int]],
) -> None:
    """Add minimum powers and gradients of the orders that are taken."""
    for (order, period), columns in delivered.items():
        if not on[order]:
            continue
        now = dict.fromkeys(columns, 1.0)
        if now and (least := orders.least_power(order, period)):
            program.row(least, INFINITY, now)
        before = dict.fromkeys(delivered.get((order, period - 1), []), -1.0)
        up, down = float(orders.gradient_up[order]), float(orders.gradient_down[order])
        if period and {**now, **before}:
            program.row(
                -INFINITY if np.isnan(down) else -down,
                INFINITY if np.isnan(up) else up,
                {**now, **before},
            )


def demanded(auction: Auction, on: Taken, power: np.ndarray) -> list[tuple[int, float]]:
    """Return what each order that is taken must earn with its power."""
    orders, found = auction.complex_orders, []
    for order, kind in enumerate(orders.condition):
        side = orders.side(order)
        if kind is Condition.NONE or not on[order]:
            continue
        least = side * float(orders.fixed_term[order])
        for period in range(auction.network.periods):
            amount = abs(float(power[order, period]))
            if kind is Condition.INCOME:
                least += side * float(orders.variable_term[order]) * amount
                continue
            for step in orders.steps(order, period):
                price, volume = orders.step_price[step], orders.step_volume[step]
                least += side * float(price) * min(amount, float(volume))
                amount = max(amount - float(volume), 0.0)
        found.append((int(order), least))
    return found


def dual(
    auction: Auction,
    injections: np.ndarray,
    taken: Taken,
    on: Taken,
    power: np.ndarray,
    prices: np.ndarray | None = None,
) -> float | None:
    """Return the least dual value of prices at which nobody loses, or of the prices given."""
    network, hourly, orders = auction.network, auction.hourly, auction.complex_orders
    program = Program()
    price = {
        place: program.column(
            float(injections[place]),
            *((-INFINITY, INFINITY) if prices is None else (prices[place], prices[place])),
        )
        for place in np.ndindex(injections.shape)
    }
    for row in range(len(hourly)):
        sign = -1.0 if hourly.is_demand[row] else 1.0
        volume = float(hourly.volume[row])
        at = price[int(hourly.period[row]), int(hourly.zone[row])]
        limit = -sign * volume * float(hourly.price_start[row])
        program.row(limit, INFINITY, {program.column(1.0): 1.0, at: -sign * volume})
    for period, link in np.ndindex(network.flow_min.shape):
        first, second = network.links[link]
        forth = program.column(float(network.flow_max[period, link]))
        back = program.column(-float(network.flow_min[period, link]))
        start, end = price[period, network.zone(first)], price[period, network.zone(second)]
        program.row(0.0, 0.0, {end: 1.0, start: -1.0, forth: -1.0, back: 1.0})
    up: dict[tuple[int, int], int] = {}
    down: dict[tuple[int, int], int] = {}
    least: dict[tuple[int, int], int] = {}
    for order, period in np.ndindex(len(orders), network.periods):
        if not on[order]:
            continue
        least[order, period] = program.column(-orders.least_power(order, period))
        for columns, gradients in ((up, orders.gradient_up), (down, orders.gradient_down)):
            if period and not np.isnan(gradients[order]):
                columns[order, period] = program.column(float(gradients[order]))
    for step in steps_of(orders, on):
        order, period = int(orders.step_order[step]), int(orders.step_period[step])
        side = orders.side(order)
        at = price[period, int(orders.zone[order])]
        terms = {program.column(float(orders.step_volume[step])): 1.0, at: -side}
        for columns, value, when in (
            (least, -1.0, period),
            (up, 1.0, period),
            (up, -1.0, period + 1),
            (down, -1.0, period),
            (down, 1.0, period + 1),
        ):
            if (order, when) in columns:
                terms[columns[order, when]] = value
        program.row(-side * float(orders.step_price[step]), INFINITY, terms)
    legs = Legs(auction.blocks, network.hours, len(network.zones))
    for energy, cost in legs.family_rows(np.array(taken, float)):
        program.row(
            cost - MONEY, INFINITY, {price[place]: energy[at] for at, place in enumerate(price)}
        )
    for order, money in demanded(auction, on, power):
        terms = {
            price[period, int(orders.zone[order])]: float(power[order, period])
            for period in range(network.periods)
        }
        program.row(money - 5 * MONEY, INFINITY, terms)
    return program.least()


def fixed_cost(orders: ComplexOrders, on: Taken) -> float:
    return sum(
        orders.side(order) * float(orders.fixed_term[order])
        for order in range(len(orders))
        if on[order] and orders.condition[order] is Condition.SURPLUS
    )


def best_by_trying(auction: Auction) -> float:
    """Return the greatest welfare of all choices that prices support."""
    blocks, orders = auction.blocks, auction.complex_orders
    legs = Legs(blocks, auction.network.hours, len(auction.network.zones))
    found = -np.inf
    for both in itertools.product((False, True), repeat=len(blocks) + len(orders)):
        taken, on = both[: len(blocks)], both[len(blocks) :]
        share = np.array(taken, float)
        injections = legs.injections(share)
        asks = [kind is not Condition.NONE for kind in orders.condition]
        cleared = primal(auction, injections, on)
        # An order that asks for nothing is always there.
        if cleared is None or not all(np.logical_or(on, asks)):
            continue
        convex, power = cleared
        whole = convex - legs.cost_of(share) - fixed_cost(orders, on)
        if whole <= found:
            continue
        value = dual(auction, injections, taken, on, power)
        if value is not None and value <= convex + 5 * MONEY:
            found = whole
    return found


@st.composite
def complex_auctions(draw: st.DrawFn) -> Auction:
    """Up to three complex orders of any kind and a block or two; no two limits are equal."""
    periods, zones = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    count = itertools.count(1)

    def limit(low: int, high: int) -> float:
        return draw(st.integers(low, high)) + next(count) / 128.0

    rows = []
    for at, place in np.ndindex(periods, zones):
        rows += [
            (at, place, draw(st.booleans()), limit(-20, 100), draw(st.integers(1, 60)))
            for _ in range(draw(st.integers(0, 4)))
        ]
        rows += [(at, place, True, LIMITS[0], 999), (at, place, False, LIMITS[1], 999)]
    period, zone, is_demand, price, volume = (
        np.array(column) for column in zip(*rows, strict=True)
    )
    capacity = np.full((periods, zones - 1), float(draw(st.integers(0, 40))))
    network = Network("AB"[:zones], [("A", "B")][: zones - 1], -capacity, capacity)
    hourly = HourlyOrders(period, zone, is_demand, price, price, volume.astype(float))
    orders = draw(complex_orders(periods, zones, limit))
    blocks = draw(st.integers(0, 1))
    leg = np.zeros(blocks * periods, np.int64)
    return Auction(
        network,
        hourly,
        BlockOrders(
            [f"block {number}" for number in range(blocks)],
            np.array([limit(-20, 100) for _ in range(blocks)]),
            leg,
            np.tile(np.arange(periods), blocks),
            leg,
            np.full(len(leg), draw(st.sampled_from((-30.0, 30.0)))),
        ),
        np.zeros((periods, zones)),
        LIMITS,
        complex_orders=orders,
    )


@st.composite
def complex_orders(draw: st.DrawFn, periods: int, zones: int, limit: object) -> ComplexOrders:
    count = draw(st.integers(1, 3))
    is_demand = np.array([draw(st.booleans()) and draw(st.booleans()) for _ in range(count)])
    kinds = [draw(st.sampled_from(list(Condition))) for _ in range(count)]
    steps = []
    for order, at in np.ndindex(count, periods):
        for _ in range(draw(st.integers(0 if at else 1, 2))):
            low, high = (20, 110) if is_demand[order] else (-20, 70)
            steps.append((order, at, limit(low, high), float(draw(st.integers(5, 50)))))  # type: ignore[operator]
    columns = list(zip(*steps, strict=True))
    step_order, step_period = (np.array(one, np.int64) for one in columns[:2])
    step_price, step_volume = (np.array(one, np.float64) for one in columns[2:])
    power_min = np.zeros((count, periods))
    np.add.at(power_min, (step_order, step_period), step_volume)
    for order, kind in enumerate(kinds):
        share = draw(st.sampled_from((0.0, 0.3, 1.0))) if kind is Condition.SURPLUS else 0.0
        power_min[order] *= share
    gradients = [
        np.array([draw(st.sampled_from((np.nan, np.nan, 5.0, 20.0))) for _ in range(count)])
        for _ in range(2)
    ]
    # A minimum that rises faster than the gradient allows could never be taken.
    is_classic = np.array([kind is Condition.INCOME for kind in kinds])
    asks = np.array([kind is not Condition.NONE for kind in kinds])
    return ComplexOrders(
        names=[f"order {order}" for order in range(count)],
        zone=np.array([draw(st.integers(0, zones - 1)) for _ in range(count)], np.int64),
        is_demand=is_demand,
        condition=kinds,
        fixed_term=np.array([float(draw(st.integers(0, 1_500))) for _ in range(count)]) * asks,
        step_order=step_order,
        step_period=step_period,
        step_price=step_price,
        step_volume=step_volume,
        variable_term=np.array([float(draw(st.integers(0, 90))) for _ in range(count)])
        * is_classic,
        gradient_up=gradients[0],
        gradient_down=gradients[1],
        power_min=power_min,
        stop_periods=np.where(
            is_classic & ~is_demand, [draw(st.sampled_from((0, 0, 1, 2))) for _ in range(count)], 0
        ),
    )


@given(complex_auctions())
@settings(max_examples=200)
def test_complex_orders_are_decided_as_by_trying_them_all(auction: Auction) -> None:
    cleared = clear(auction, seconds_max=20.0)
    assert cleared.is_complete
    assert cleared.welfare == pytest.approx(best_by_trying(auction), abs=0.05)
    taken = tuple(bool(share) for share in cleared.acceptance)
    on = tuple(status is Status.ACCEPTED for status in cleared.complex_statuses)
    injections = Legs(auction.blocks, auction.network.hours, len(auction.network.zones)).injections(
        cleared.acceptance
    )
    found = primal(auction, injections, on)
    assert found is not None
    value = dual(auction, injections, taken, on, cleared.complex_power, cleared.prices)
    assert value == pytest.approx(found[0], abs=0.05)


def plants(count: int, seed: int) -> Auction:
    """Two zones, three hours, and sellers whose fixed terms need more than is there for all."""
    random = np.random.default_rng(seed)
    rows = [
        (at, place, is_demand, random.integers(20, 90) + number / 64.0, random.integers(10, 60))
        for at, place in np.ndindex(3, 2)
        for number, is_demand in enumerate((True,) * 6 + (False,) * 6)
    ]
    for place in np.ndindex(3, 2):
        rows += [(*place, True, LIMITS[0], 2_000), (*place, False, LIMITS[1], 2_000)]
    period, zone, is_demand, price, volume = (np.array(one) for one in zip(*rows, strict=True))
    order, at = np.repeat(np.arange(count), 3), np.tile(np.arange(3), count)
    step = np.repeat(random.integers(5, 50, count), 3) + np.arange(3 * count) / 128.0
    size = np.repeat(random.integers(5, 30, count), 3).astype(float)
    capacity = np.full((3, 1), 25.0)
    return Auction(
        Network("AB", [("A", "B")], -capacity, capacity),
        HourlyOrders(period, zone, is_demand, price, price, volume.astype(float)),
        BlockOrders.none(),
        np.zeros((3, 2)),
        LIMITS,
        complex_orders=ComplexOrders(
            names=[f"plant {number}" for number in range(count)],
            zone=np.arange(count) % 2,
            is_demand=np.zeros(count, np.bool_),
            condition=[Condition.INCOME] * count,
            fixed_term=random.integers(0, 1_500, count).astype(float),
            step_order=order,
            step_period=at,
            step_price=step,
            step_volume=size,
            variable_term=step[::3] + random.integers(0, 15, count),
        ),
    )


@pytest.mark.parametrize(("count", "seed"), [(6, 1), (8, 2), (10, 3)])
def test_many_classic_orders_are_proved_as_by_trying_them_all(count: int, seed: int) -> None:
    auction = plants(count, seed)
    cleared = clear(auction, seconds_max=120.0)
    assert cleared.is_complete
    taken = [status is Status.ACCEPTED for status in cleared.complex_statuses]
    assert 0 < sum(taken) < count
    assert cleared.welfare == pytest.approx(best_by_trying(auction), abs=0.05)


@given(complex_auctions())
@settings(max_examples=100)
def test_what_complex_orders_deliver_keeps_to_their_limits(auction: Auction) -> None:
    cleared, orders = clear(auction, seconds_max=20.0), auction.complex_orders
    for order, status in enumerate(cleared.complex_statuses):
        power = np.abs(cleared.complex_power[order])
        assert (np.sign(cleared.complex_power[order]) * orders.side(order) >= 0).all()
        if status is not Status.ACCEPTED:
            stop = int(orders.stop_periods[order])
            assert power[stop:] == pytest.approx(0.0, abs=1e-6)
            continue
        assert (power >= orders.power_min[order] - 1e-6).all()
        assert not (np.diff(power) > orders.gradient_up[order] + 1e-6).any()
        assert not (-np.diff(power) > orders.gradient_down[order] + 1e-6).any()
        assert cleared.complex_margin[order] > -2 * MONEY


def test_a_classic_order_is_left_out_while_its_income_is_too_small() -> None:
    def cleared(fixed: float) -> tuple[Status, float]:
        one = np.array([0])
        orders = ComplexOrders(
            ["plant"], one, np.array([False]), [Condition.INCOME], np.array([fixed]),
            one, one, np.array([10.0]), np.array([50.0]), variable_term=np.array([20.0]),
        )  # fmt: skip
        empty = np.empty((1, 0))
        sides, prices = np.array([True, False]), np.array([60.0, 40.0])
        hourly = HourlyOrders(one.repeat(2), one.repeat(2), sides, prices, prices, np.full(2, 80.0))
        found = clear(
            Auction(
                Network("A", [], empty, empty), hourly, BlockOrders.none(), np.zeros((1, 1)),
                LIMITS, complex_orders=orders,
            )
        )  # fmt: skip
        return found.complex_statuses[0], float(found.prices[0, 0])

    # At 40 it earns 2,000, which covers 20 a MWh and 1,000, but no more; without it it would be 50.
    assert cleared(1_000.0) == (Status.ACCEPTED, 40.0)
    assert cleared(1_001.0) == (Status.PARADOXICALLY_REJECTED, 50.0)
    assert cleared(1_501.0) == (Status.REJECTED, 50.0)


def test_a_choice_that_rounding_brings_back_is_decided() -> None:
    # The search once learned the same from it for ever: HiGHS keeps to rows by a millionth only.
    none = np.empty((1, 0))
    price = np.array([65.0078125, 81.015625, 74.0234375, -500.0, 4_000.0])
    sides = np.array([False, False, False, True, False])
    zone, one = np.zeros(5, np.int64), np.array([0])
    orders = ComplexOrders(
        ["buyer", "classic", "scalable"],
        np.zeros(3, np.int64),
        np.array([True, False, False]),
        [Condition.SURPLUS, Condition.INCOME, Condition.SURPLUS],
        np.array([378.0, 1.0, 668.0]),
        np.array([0, 0, 1, 2]),
        np.zeros(4, np.int64),
        np.array([69.03125, 71.0390625, -3.953125, 28.0546875]),
        np.array([5.0, 34.0, 36.0, 22.0]),
        variable_term=np.array([0.0, 78.0, 0.0]),
        power_min=np.array([[39.0], [0.0], [0.0]]),
    )
    auction = Auction(
        Network("A", [], none, none),
        HourlyOrders(zone, zone, sides, price, price, np.array([34.0, 29.0, 34.0, 999.0, 999.0])),
        BlockOrders(["block"], np.array([21.0625]), one, one, one, np.array([30.0])),
        np.zeros((1, 1)),
        LIMITS,
        complex_orders=orders,
    )
    cleared = clear(auction, seconds_max=20.0)
    assert cleared.is_complete
    assert cleared.welfare == pytest.approx(best_by_trying(auction), abs=0.01)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"step_order": np.array([0]), "names": ["a", "b"]}, "zone given for 2 names"),
        ({"step_volume": np.array([-1.0])}, "negative volume"),
        ({"fixed_term": np.array([5.0]), "condition": [Condition.NONE]}, "fixed term"),
        ({"variable_term": np.array([5.0]), "condition": [Condition.SURPLUS]}, "variable term"),
        ({"power_min": np.array([[5.0]])}, "on surplus only"),
        ({"power_min": np.array([[11.0]]), "condition": [Condition.SURPLUS]}, "steps have 10.0"),
        ({"stop_periods": np.array([1]), "is_demand": np.array([True])}, "for sellers"),
        ({"gradient_up": np.array([-1.0])}, "load gradient"),
        ({"step_order": np.empty(0, np.int64)}, "different lengths"),
    ],
)
def test_complex_orders_that_make_no_sense_are_named(changes: dict[str, object], says: str) -> None:
    one = np.array([0])
    good = {
        "names": ["order"], "zone": one, "is_demand": np.array([False]),
        "condition": [Condition.INCOME], "fixed_term": np.array([0.0]), "step_order": one,
        "step_period": one, "step_price": np.array([20.0]), "step_volume": np.array([10.0]),
    }  # fmt: skip
    assert len(ComplexOrders(**good)) == 1  # type: ignore[arg-type]
    with pytest.raises(InputError, match=says):
        ComplexOrders(**{**good, **changes})  # type: ignore[arg-type]
