"""The coupled market: what is generated, what the desk's orders do in it, what its plan says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from wattbook.errors import DeskError, InputError, RunError, SourceError
from wattbook.execution import Participants
from wattbook.market.auction import Auction, Clearing, Status, accepted_volume, clear
from wattbook.market.auction.day import AuctionDay
from wattbook.runtime.auctions import crowd_of
from wattbook.runtime.backtest import backtest_days
from wattbook.runtime.coupled.bids import Bids, Offer, with_offers
from wattbook.runtime.coupled.clearing import CoupledAuctions
from wattbook.runtime.coupled.intraday import imbalance_offset
from wattbook.runtime.coupled.world import ZONES, World, make_world
from wattbook.runtime.desk.spec import MarketSpec, SyntheticBookSpec
from wattbook.runtime.desk.vary import varied
from wattbook.runtime.plan.coupled import CoupledPlan, plan_coupled
from wattbook.runtime.plan.instrument import Numbers
from wattbook.runtime.run import Stop
from wattbook.sources import SOURCES

DAY = dt.date(2026, 6, 29)
Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(7, DAY)


@pytest.fixture(scope="module")
def planned() -> CoupledPlan:
    spec = MarketSpec(
        name="m", source="coupled", day=DAY, zone="WEST", synthetic_book=SyntheticBookSpec()
    )
    return plan_coupled(Numbers(), spec, SOURCES["coupled"], None, 7, bids_virtual=True)


@pytest.mark.parametrize(
    ("date", "periods"),
    [(DAY, 96), (dt.date(2026, 3, 29), 92), (dt.date(2025, 10, 26), 100)],
)
def test_a_day_has_92_96_or_100_quarter_hours_and_clears(date: dt.date, periods: int) -> None:
    made = make_world(3, date)
    found = clear(made.auction)
    assert found.prices.shape == (periods, len(ZONES))
    assert found.is_complete
    low, high = made.limits
    assert low <= found.prices.min() < found.prices.max() <= high


def test_a_day_follows_from_seed_and_date_alone(world: World) -> None:
    again, other = make_world(7, DAY), make_world(8, DAY)
    assert np.array_equal(world.auction.hourly.volume, again.auction.hourly.volume)
    assert np.array_equal(world.wind.actual, again.wind.actual)
    assert not np.array_equal(world.wind.actual, other.wind.actual)


def test_a_forecast_of_the_wind_never_shows_what_comes_later(world: World) -> None:
    for number, at in enumerate(world.updates.tolist()):
        assert np.array_equal(world.wind.known_at(at), world.wind.share[number])
        assert np.array_equal(world.wind.known_at(at - 1), world.wind.share[max(number - 1, 0)])


def test_the_sun_is_up_by_day_only_and_its_forecast_ends_near_what_comes(world: World) -> None:
    sun = world.sun
    night = (world.hour < 3) | (world.hour >= 23)
    assert not sun.share[..., night].any()
    assert not sun.actual[:, night].any()
    noon = (world.hour >= 12) & (world.hour < 15)
    assert (sun.actual[:, noon] > 0.02).all()
    # The day-ahead auction sells what the first forecast says; the last one is nearer to the meter.
    first, last = (np.abs(sun.share[at] - sun.actual)[:, noon].mean() for at in (0, -1))
    assert last < first / 2


def test_wind_and_sun_that_nobody_expected_are_told_in_megawatts(world: World) -> None:
    assert not world.unforeseen_mw(world.updates[:1]).any()
    found = world.unforeseen_mw(world.updates[-1:])[0, 3]
    moved = 800.0 * (world.wind.share[-1] - world.wind.share[0])[3]
    moved += 11_000.0 * (world.sun.share[-1] - world.sun.share[0])[3]
    assert found == pytest.approx(moved)


def test_a_zone_that_is_short_pays_more_for_its_imbalance(world: World) -> None:
    offsets = imbalance_offset(world, 0, world.starts - 300 * 10**9)
    assert offsets.shape == world.starts.shape
    assert np.isfinite(offsets).all()
    assert offsets.std() > 1.0


def sums(auction: Auction, clearing: Clearing) -> Floats:
    """Return accepted supply less demand by period and zone, order by order and block by block."""
    hourly, blocks = auction.hourly, auction.blocks
    net = auction.injections.copy()
    sign = np.where(hourly.is_demand, -1.0, 1.0)
    taken = sign * accepted_volume(auction, clearing)
    np.add.at(net, (hourly.period, hourly.zone), taken)
    legs = blocks.leg_volume * clearing.acceptance[blocks.leg_block]
    np.add.at(net, (blocks.leg_period, blocks.leg_zone), legs)
    return net


def outflow(auction: Auction, clearing: Clearing) -> Floats:
    """Return what the links take out of each zone."""
    net = np.zeros_like(clearing.net_positions)
    for number, (first, second) in enumerate(auction.network.links):
        net[:, auction.network.zone(first)] += clearing.flows[:, number]
        net[:, auction.network.zone(second)] -= clearing.flows[:, number]
    return net


def offer(instrument: int, *, is_sale: bool, price: float, volume: float) -> Offer:
    return Offer(
        instrument, 1, 1, is_sale, round(price * 1e6), round(volume * 1e6), None, None, None
    )


def own_net(bids: Bids, awards: list[int], place: dict[int, tuple[int, int]]) -> Floats:
    """Return what the desk's awards sell by period and zone, MW."""
    net = np.zeros(bids.auction.injections.shape)
    for one, award in zip(bids.offers, awards, strict=True):
        net[place[one.instrument]] += (1 if one.is_sale else -1) * award / 1e6
    return net


@settings(max_examples=15)
@given(
    seed=st.integers(0, 50),
    zone=st.integers(0, 3),
    bids=st.lists(
        st.tuples(
            st.integers(0, 95),
            st.booleans(),
            st.sampled_from([-60.0, -15.0, 0.0, 2.5, 40.0, 70.0, 250.0]),
            st.integers(1, 8_000),
        ),
        min_size=1,
        max_size=40,
    ),
)
def test_awards_and_all_other_orders_balance_every_zone_with_its_flows(
    seed: int, zone: int, bids: list[tuple[int, bool, float, int]]
) -> None:
    day = make_world(seed, DAY)
    offers = [
        offer(period, is_sale=is_sale, price=price, volume=lots / 10)
        for period, is_sale, price, lots in bids
    ]
    place = {period: (period, zone) for period in range(96)}
    made = with_offers(day.auction, offers, place, {1: "desk"})
    found = clear(made.auction)
    net = sums(made.auction, found)
    assert np.abs(net - found.net_positions).max() < 1e-6
    assert np.abs(outflow(made.auction, found) - net).max() < 1e-6
    # The others and the desk together: leaving the desk out leaves just its awards missing.
    awards = made.awards(found)
    taken = accepted_volume(made.auction, found)[len(day.auction.hourly) :]
    for one, award, volume in zip(offers, awards, taken.tolist(), strict=True):
        # Rounded down to a lot of 0.1 MW, never up.
        assert -1 <= volume * 1e6 - award < 100_000 + 10
        price = found.prices[place[one.instrument]]
        way = 1 if one.is_sale else -1
        if way * (price - one.price / 1e6) > 1e-6:
            assert award == one.volume
        elif way * (price - one.price / 1e6) < -1e-6:
            assert award == 0
    assert (
        np.abs(own_net(made, awards, place)).sum() <= sum(one.volume for one in offers) / 1e6 + 1e-6
    )


def block(number: int, legs: list[tuple[int, float]], price: float, group: int) -> list[Offer]:
    return [
        Offer(
            period, 2, 2, mw > 0, round(price * 1e6), round(abs(mw) * 1e6), number, None, group
        )
        for period, mw in legs
    ]  # fmt: skip


def test_of_an_exclusive_group_one_block_is_taken_whole_and_the_best_one(world: World) -> None:
    base = clear(world.auction).prices[:, 0]
    low, high = int(np.argmin(base[:60])), 60 + int(np.argmax(base[60:]))
    offers = [
        *block(1, [(low, -10.0), (high, 8.0)], 0.0, 5),
        *block(2, [(0, -10.0), (high, 8.0)], 0.0, 5),
    ]
    place = {period: (period, 0) for period in range(96)}
    made = with_offers(world.auction, offers, place, {2: "battery"})
    found = clear(made.auction)
    assert made.awards(found) == [10_000_000, 8_000_000, 0, 0]
    assert made.auction.blocks.names[-2:] == ("battery 1", "battery 2")
    assert list(found.statuses[-2:]) == [Status.ACCEPTED, Status.PARADOXICALLY_REJECTED]
    assert made.rejected(found) == [len(world.auction.blocks) + 1]


def test_a_child_goes_where_its_parent_goes(world: World) -> None:
    parent = block(1, [(3, 10.0)], 3_900.0, 1)
    child = [
        Offer(4, 2, 2, True, -400_000_000, 5_000_000, 2, 1, None),
    ]
    place = {period: (period, 0) for period in range(96)}
    made = with_offers(world.auction, parent + child, place, {})
    assert made.awards(clear(made.auction)) == [0, 0]


def test_a_child_whose_parent_is_not_offered_is_refused(world: World) -> None:
    child = [Offer(4, 2, 2, True, 0, 5_000_000, 2, 1, None)]
    with pytest.raises(InputError, match="block 2: its parent 1 is not offered"):
        with_offers(world.auction, child, {4: (4, 0)}, {})


def test_a_block_delivers_in_all_its_periods(world: World) -> None:
    legs = block(1, [(3, 10.0), (4, 10.0)], 0.0, 1)
    place = {period: (period, 0) for period in range(96)}
    with pytest.raises(InputError, match="block 1: instrument 4 delivers nothing"):
        with_offers(world.auction, legs, place, {}, frozenset({4}))


def test_a_clearing_without_proof_ends_the_run(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = clear(world.auction)
    stopped = replace(found, is_complete=False, bound=found.welfare + 5.0)
    monkeypatch.setattr("wattbook.runtime.coupled.clearing.clear", lambda *_, **__: stopped)
    day = AuctionDay("day", world.auction, pl.Series("period", range(96)), 4)
    auctions = CoupledAuctions(
        others=lambda _number, _before, _traded: (day, None),
        names=["day-ahead"],
        instruments=[range(96)],
        place={period: (period, 0) for period in range(96)},
        strategies={},
        decimals=2,
    )
    with pytest.raises(RunError, match=r"day-ahead: no proof .*gap 5\.00.* offer fewer blocks"):
        auctions(0, [])


def test_gates_and_publications_are_those_of_the_coupled_auctions(planned: CoupledPlan) -> None:
    def local(at: int) -> str:
        stamp = dt.datetime.fromtimestamp(at // 10**9, dt.UTC) + dt.timedelta(hours=2)
        return f"{(stamp.date() - DAY).days:+d} {stamp:%H:%M}"

    gates = {auction.name: local(auction.gate) for auction in planned.auctions}
    assert gates == {
        "day-ahead": "-1 12:00",
        "IDA1": "-1 15:00",
        "IDA2": "-1 22:00",
        "IDA3": "+0 10:00",
    }
    assert local(planned.auctions[0].published) == "-1 12:57"
    for auction in planned.auctions:
        assert auction.offer_at < auction.gate < auction.published
    assert planned.auctions[3].periods.tolist() == list(range(48, 96))
    assert planned.auctions[0].limits == (-500.0, 4_000.0)
    assert planned.auctions[1].limits == (-9_999.0, 9_999.0)


def test_every_instrument_is_sold_in_one_place_and_settled(planned: CoupledPlan) -> None:
    numbers = [number for number, _ in planned.instruments]
    assert len(numbers) == len(set(numbers)) == 96 * 4 + 48
    assert planned.virtuals is not None
    assert planned.sold(0)[96:] == list(range(planned.virtuals, planned.virtuals + 96))
    books = planned.books
    assert books is not None
    assert (books.gates == planned.starts - 300 * 10**9).all()
    assert (books.opens < books.gates).all()


def test_expected_prices_are_those_of_the_day_before(planned: CoupledPlan) -> None:
    before = clear(make_world(7, DAY - dt.timedelta(days=1)).auction)
    assert np.array_equal(planned.expected, np.round(before.prices[:, 1], 2))


def test_the_italian_day_without_the_desk_has_the_published_prices(recorded_data: Path) -> None:
    spec = MarketSpec(name="m", source="gme-italy", day=dt.date(2025, 4, 1), zone="SICI")
    made = plan_coupled(Numbers(), spec, SOURCES["gme-italy"], recorded_data, 7, bids_virtual=False)
    auctions = made.clearing({})
    prices, awards = auctions(0, [])
    at = auctions.cleared[0].zone
    published = auctions.cleared[0].day.published[:, at]
    assert prices == [round(float(price) * 1e6) for price in np.round(published, 5)]
    assert awards == []
    # A desk that sells 2,000 MW at any price pushes the price of its zone down, never up.
    rows = [(number, 1, 1, True, -500_000_000, 2_000_000_000, None, None, None)
            for number in made.sold(0)]  # fmt: skip
    moved, awards = made.clearing({})(0, rows)
    assert all(now <= then for now, then in zip(moved, prices, strict=True))
    assert sum(now < then for now, then in zip(moved, prices, strict=True)) > 12
    assert awards == [2_000_000_000] * 24


@pytest.mark.parametrize(
    ("spec", "data", "fault", "text"),
    [
        (MarketSpec(name="m", source="gme-italy"), None, SourceError, "--data DIR"),
        (MarketSpec(name="m", source="coupled", day="calm"), None, DeskError, "give a date"),
        (
            MarketSpec(name="m", source="coupled", day=dt.date(1999, 1, 1)),
            None,
            SourceError,
            "choose another day",
        ),
    ],
)
def test_a_day_that_cannot_be_had_says_why(
    spec: MarketSpec, data: Path | None, fault: type[Exception], text: str
) -> None:
    with pytest.raises(fault, match=text):
        plan_coupled(Numbers(), spec, SOURCES[spec.source], data, 7, bids_virtual=False)


def test_books_hold_the_contracts_of_every_zone_and_list_the_desks(
    planned: CoupledPlan,
) -> None:
    books = planned.books
    assert books is not None
    day = books.day
    assert (day.zones, len(day.contracts), len(day.borders)) == (ZONES, 168, 5)
    assert books.price.shape == (books.ts.size, 168, 4)
    quarters = {name for name, _ in books.listed.values()}
    assert len(quarters) == 96
    assert {zone for _, zone in books.listed.values()} == {"WEST"}
    # An hour is worth the mean of its quarter-hours.
    first, parts = day.place("2026-06-29 H01"), [day.place(f"2026-06-29 QH0{n}") for n in "1234"]
    assert np.allclose(books.price[:, first], books.price[:, parts].mean(axis=1))


def test_auctions_leave_the_rest_of_every_border_both_ways(planned: CoupledPlan) -> None:
    auctions = planned.clearing({})
    network = planned.network
    assert network is not None
    shape = network.flow_max.shape
    assert np.allclose(auctions.left().sum(axis=2), network.flow_max - network.flow_min)
    none = [0] * (shape[0] * shape[1])
    _, awards, left = auctions.shared(0, [], none)
    assert awards == []
    flows = auctions.cleared[0].clearing.flows
    rooms = np.array(left, np.float64).reshape(*shape, 2) / 1e6
    assert (rooms >= 0).all()
    assert np.allclose(rooms[:, :, 0], np.maximum(network.flow_max - flows, 0), atol=1e-6)
    assert np.allclose(rooms[:, :, 1], np.maximum(flows - network.flow_min, 0), atol=1e-6)
    # The next auction keeps within what is left when continuous trades fill it.
    full = np.rint(rooms[:, :, 0] * 1e6).astype(np.int64).reshape(-1).tolist()
    auctions.shared(1, [], full)
    assert (auctions.cleared[1].clearing.flows <= 1e-6).all()


def test_participants_of_the_desk_file_are_shared_out_over_the_zones() -> None:
    crowd = crowd_of(Participants(makers=5, noise=8, momentum=1, maker_interval_ns=10), 4)
    assert list(crowd) == [0.0, 60.0, 360.0]
    assert (crowd[0.0].makers, crowd[0.0].noise, crowd[0.0].momentum) == (2, 2, 1)
    assert [each.maker_interval_ns for each in crowd.values()] == [10, 200, 1_200]
    assert crowd[60.0].momentum == 0


def test_coupled_books_show_no_single_orders_and_wait_for_no_price() -> None:
    for book, match in (
        (SyntheticBookSpec(feed="l3"), "not single orders"),
        (SyntheticBookSpec(price_known="end"), "leave `price_known` out"),
    ):
        spec = MarketSpec(name="m", source="coupled", day=DAY, zone="WEST", synthetic_book=book)
        with pytest.raises(DeskError, match=match):
            plan_coupled(Numbers(), spec, SOURCES["coupled"], None, 7, bids_virtual=False)


@pytest.mark.long
def test_a_solar_farm_trades_what_its_forecast_changes_by() -> None:
    path = Path("examples/renewable_updates.toml")
    traded = {}
    for share in (0, 1):
        desk = varied(path.read_text(), str(path), "solar farm", {"update_share": share})
        days = backtest_days(desk, DAY, DAY, data=None, seed=7, stop=Stop())
        traded[share] = next(days)
    assert all(day.pnl_by_strategy["solar farm"] > 0 for day in traded.values())
    # Without its updates it is in the day-ahead auction alone.
    assert traded[1].fills > traded[0].fills > 0
    assert traded[1].turnover > traded[0].turnover
