"""Blocks beside ramps, regions and products of different length, as by trying them all.

Whether prices support a choice is asked of the dual of its whole linear programme, so that
whatever limits there are take part.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.property.test_auction import (
    INFINITY,
    MONEY,
    Program,
    choices,
    coupled,
    products,
    welfare,
    welfare_program,
)

from wattbook.market.auction import Auction, BlockOrders, clear
from wattbook.market.auction.legs import Legs


def is_supported(auction: Auction, taken: tuple[bool, ...], best: float) -> bool:
    """Return whether prices exist that are optimal and at which no accepted family loses."""
    blocks, network = auction.blocks, auction.network
    program, balances = welfare_program(auction, auction.injections, taken)
    dual = Program()
    # For each row and each column a multiplier of its lower and of its upper bound.
    value: dict[int, float] = {}
    ups, downs = [], []
    at_columns: list[dict[int, float]] = [{} for _ in program.columns]
    for low, high, terms in program.rows:
        up = dual.column(0.0, 0.0, INFINITY if low > -INFINITY else 0.0)
        down = dual.column(0.0, 0.0, INFINITY if high < INFINITY else 0.0)
        value[up], value[down] = max(low, -1e30), -min(high, 1e30)
        ups.append(up)
        downs.append(down)
        for column, factor in terms.items():
            at_columns[column][up] = factor
            at_columns[column][down] = -factor
    for (cost, low, high), terms in zip(program.columns, at_columns, strict=True):
        up = dual.column(0.0, 0.0, INFINITY if low > -INFINITY else 0.0)
        down = dual.column(0.0, 0.0, INFINITY if high < INFINITY else 0.0)
        value[up], value[down] = max(low, -1e30), -min(high, 1e30)
        dual.row(cost, cost, {**terms, up: 1.0, down: -1.0})
    finite = {column: worth for column, worth in value.items() if abs(worth) < 1e29}
    dual.row(-best - MONEY, INFINITY, finite)
    legs = Legs(blocks, network.hours, len(network.zones))
    # The multiplier of a balance is what a MW more costs over its period.
    places = list(np.ndindex(auction.injections.shape))
    for energy, cost in legs.family_rows(np.array(taken, float)):
        terms = {}
        for number, place in enumerate(places):
            row, power = balances[place], energy[number] / network.hours[place[0]]
            terms[ups[row]] = power
            terms[downs[row]] = -power
        dual.row(cost - MONEY, INFINITY, terms)
    return dual.least() is not None


def best_by_trying(auction: Auction) -> float:
    """Return the greatest welfare of all choices that prices support."""
    found = -np.inf
    for taken in choices(auction.blocks):
        most = welfare(auction, auction.injections, taken)
        if most is not None and most > found and is_supported(auction, taken, most):
            found = most
    return found


@st.composite
def blocks(draw: st.DrawFn, periods: list[int], zones: int) -> BlockOrders:
    """Return up to four blocks over some periods: alone, in families, in a group."""
    count = draw(st.integers(1, 4))
    legs, prices, parents, groups = [], [], [], []
    for block in range(count):
        sign = draw(st.sampled_from((-1.0, 1.0)))
        prices.append(float(draw(st.integers(-20, 100))))
        place = draw(st.integers(0, zones - 1))
        first = draw(st.integers(0, len(periods) - 1))
        last = draw(st.integers(first, len(periods) - 1))
        legs += [
            (block, periods[at], place, sign * draw(st.integers(1, 50)))
            for at in range(first, last + 1)
        ]
        parents.append(draw(st.integers(-1, block - 1)))
        groups.append(draw(st.sampled_from((-1, 0))) if parents[-1] < 0 else -1)
    for block, parent in enumerate(parents):
        if parent >= 0 and groups[parent] >= 0:
            parents[block] = -1
    least = [
        1.0 if parents[block] >= 0 or block in parents else draw(st.sampled_from((1.0, 0.6)))
        for block in range(count)
    ]
    columns = list(zip(*legs, strict=True))
    return BlockOrders(
        names=[f"block {block}" for block in range(count)],
        price=np.array(prices),
        leg_block=np.array(columns[0], np.int64),
        leg_period=np.array(columns[1], np.int64),
        leg_zone=np.array(columns[2], np.int64),
        leg_volume=np.array(columns[3], np.float64),
        acceptance_min=np.array(least),
        parent=np.array(parents, np.int64),
        group=np.array(groups, np.int64),
    )


@st.composite
def limited(draw: st.DrawFn) -> Auction:
    """Return zones whose links ramp slowly or lie in one region, with blocks."""
    auction = draw(coupled())
    network = auction.network
    lossless = replace(network, loss=np.zeros_like(network.loss))
    made = draw(blocks(list(range(network.periods)), len(network.zones)))
    return replace(auction, network=lossless, blocks=made)


@st.composite
def mixed(draw: st.DrawFn) -> Auction:
    """Return an hour and its parts, with blocks of the parts."""
    auction = draw(products())
    parts = list(range(1, auction.network.periods))
    return replace(auction, blocks=draw(blocks(parts, len(auction.network.zones))))


def decided_as_by_trying(auction: Auction) -> None:
    """Clear an auction and hold its welfare and its blocks against every choice."""
    best = best_by_trying(auction)
    assume(best > -INFINITY)
    cleared = clear(auction)
    assert cleared.is_complete
    assert cleared.welfare == pytest.approx(best, abs=0.05)
    legs = Legs(auction.blocks, auction.network.hours, len(auction.network.zones))
    family = legs.family_surplus(cleared.acceptance, cleared.surplus)
    assert (family[cleared.acceptance > 0] > -10 * MONEY).all()
    assert tuple(bool(share) for share in cleared.acceptance) in choices(auction.blocks)


@given(limited())
@settings(max_examples=60, deadline=None)
def test_blocks_beside_ramps_and_regions(auction: Auction) -> None:
    decided_as_by_trying(auction)


@given(mixed())
@settings(max_examples=60, deadline=None)
def test_blocks_of_quarter_hours_beside_hours(auction: Auction) -> None:
    decided_as_by_trying(auction)
