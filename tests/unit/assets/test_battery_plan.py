"""A battery in energy and reserves: known answers, limits, and conflicts by name."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.assets.battery_plan import Committed, ReserveOffer, Site, Wear, plan_battery
from wattbook.assets.foresight import StoreLimits, foresight
from wattbook.assets.reserves import (
    AFRR_ENERGY_DOWN,
    AFRR_ENERGY_UP,
    AFRR_UP,
    ERCOT,
    FCAS,
    FCR,
    Direction,
    Trapezium,
)
from wattbook.errors import InputError

BATTERY = StoreLimits.symmetric(1.0, 2.0, round_trip=0.81)


@settings(max_examples=20)
@given(st.lists(st.floats(-80, 300), min_size=1, max_size=40), st.floats(0, 90))
def test_without_reserves_the_programme_equals_exact_foresight(
    prices: Any, terminal: float
) -> None:
    plan = plan_battery(BATTERY, prices, hours=0.5, terminal_price=terminal, initial_mwh=1.0)
    best = foresight(BATTERY, prices, hours=0.5, terminal_price=terminal, initial_mwh=1.0)
    assert plan.value == pytest.approx(best.value, abs=1e-6)


def test_fcr_is_one_volume_in_each_block_of_four_hours_and_holds_energy_both_ways() -> None:
    offer = ReserveOffer(FCR, np.full(24, 12.0), max_mw=5.0)
    plan = plan_battery(BATTERY, np.zeros(24), hours=1.0, reserves=(offer,), initial_mwh=1.0)
    volume = plan.reserves_mw["FCR"]
    assert (volume.reshape(6, 4) == volume[::4, None]).all()
    # Power binds: the volume and a quarter of it on top.
    assert volume.max() == pytest.approx(0.8)
    assert plan.value == pytest.approx(24 * 12 * 0.8)
    held = FCR.sustain_hours * volume / 0.9
    assert (plan.energy_mwh >= held - 1e-9).all()
    assert (plan.energy_mwh <= 2.0 - FCR.sustain_hours * volume * 0.9 + 1e-9).all()


@pytest.mark.parametrize(("skipped", "lengths"), [(2, [3, 4, 4, 4, 4, 4]), (None, [4] * 6)])
def test_fcr_blocks_follow_the_clock(skipped: int | None, lengths: list[int]) -> None:
    clock = [hour for hour in range(24) if hour != skipped]
    prices = np.repeat([1.0, 12.0, 2.0, 11.0, 3.0, 10.0], lengths)
    offer = ReserveOffer(FCR, prices, max_mw=5.0)
    energy = np.random.default_rng(1).normal(50.0, 30.0, len(clock))
    plan = plan_battery(
        BATTERY, energy, hours=1.0, reserves=(offer,), initial_mwh=1.0, clock_hours=clock
    )
    starts = np.cumsum([0, *lengths])
    volume = plan.reserves_mw["FCR"]
    for low, high in pairwise(starts):
        assert (volume[low:high] == volume[low]).all()
    # Volumes do differ from block to block, so that the blocks are told apart.
    assert len(set(volume.round(6))) > 1


def test_the_longer_day_has_six_blocks_too() -> None:
    clock = [0, 1, 2, 2, *range(3, 24)]
    offer = ReserveOffer(FCR, np.full(25, 12.0), max_mw=5.0)
    plan = plan_battery(
        BATTERY, np.zeros(25), hours=1.0, reserves=(offer,), initial_mwh=1.0, clock_hours=clock
    )
    assert plan.value == pytest.approx(25 * 12 * 0.8)


def test_energy_that_is_called_wears_the_cells() -> None:
    up = ReserveOffer(AFRR_UP, np.full(4, 30.0), 1.0, called_share=0.1)
    asked = {"hours": 1.0, "reserves": (up,), "initial_mwh": 2.0}
    free = plan_battery(BATTERY, np.zeros(4), **asked)  # type: ignore[arg-type]
    called = 0.1 * free.reserves_mw[AFRR_UP.name].sum() / 0.9
    assert called > 0.1
    by_use, by_depth = Wear(throughput_cost=5.0), Wear(depth_costs=(5.0,))
    for wear in (by_use, by_depth):
        worn = plan_battery(BATTERY, np.zeros(4), wear=wear, **asked)  # type: ignore[arg-type]
        assert worn.value == pytest.approx(free.value - 5.0 * called)
    few = plan_battery(BATTERY, np.zeros(4), wear=Wear(cycles=called / 4.0), **asked)  # type: ignore[arg-type]
    assert few.reserves_mw[AFRR_UP.name].sum() == pytest.approx(
        free.reserves_mw[AFRR_UP.name].sum() / 2.0
    )


def test_generation_below_zero_is_refused() -> None:
    with pytest.raises(InputError, match="generation is below zero or no number"):
        plan_battery(BATTERY, [1.0], hours=1.0, site=Site(generation_mw=[-5.0]))


def test_fcr_of_empty_cells_earns_nothing_before_they_are_charged() -> None:
    offer = ReserveOffer(FCR, np.full(8, 12.0), max_mw=5.0)
    plan = plan_battery(BATTERY, np.full(8, 1.0), hours=1.0, reserves=(offer,))
    assert plan.reserves_mw["FCR"][:4] == pytest.approx(0.0)
    assert plan.reserves_mw["FCR"][4:] == pytest.approx(0.8)


def test_ercot_services_share_the_power_and_hold_their_durations() -> None:
    prices = {name: np.full(4, price) for name, price in zip(ERCOT, (5, 4, 6, 9, 11), strict=True)}
    offers = tuple(ReserveOffer(ERCOT[name], prices[name], 1.0) for name in ERCOT)
    plan = plan_battery(BATTERY, np.zeros(4), hours=1.0, reserves=offers, initial_mwh=2.0)
    up = sum(plan.reserves_mw[name] for name in ("Reg-Up", "RRS", "ECRS", "Non-Spin"))
    net = plan.discharge_mw - plan.charge_mw
    assert (up + net <= 1.0 + 1e-9).all()
    assert (plan.reserves_mw["Reg-Down"] - net <= 1.0 + 1e-9).all()
    before = np.concatenate([[2.0], plan.energy_mwh[:-1]])
    held = sum(plan.reserves_mw[n] * ERCOT[n].sustain_hours for n in ERCOT if n != "Reg-Down") / 0.9
    assert (np.minimum(before, plan.energy_mwh) >= held - 1e-9).all()
    # A full MW of four hours does not fit into two MWh; a mix of dear and long does.
    assert 0 < plan.reserves_mw["Non-Spin"].max() < 1.0


def test_called_energy_leaves_the_cells_and_is_paid_at_its_own_price() -> None:
    offer = ReserveOffer(
        AFRR_UP, np.zeros(4), 1.0, called_share=0.1, called_prices=np.full(4, 200.0)
    )
    plan = plan_battery(BATTERY, np.full(4, 50.0), hours=1.0, reserves=(offer,), initial_mwh=2.0)
    called = 0.1 * plan.reserves_mw["aFRR up"].sum()
    sold = plan.discharge_mw.sum() - plan.charge_mw.sum()
    assert called > 0
    assert plan.value == pytest.approx(200 * called + 50 * sold)


def test_wear_limits_cycles_and_prefers_shallow_ones() -> None:
    prices = [10.0, 90.0] * 4
    day = np.arange(8) // 4
    free = plan_battery(BATTERY, prices, hours=1.0)
    worn = plan_battery(BATTERY, prices, hours=1.0, wear=Wear(cycles_per_day=0.6), day=day)
    use = worn.discharge_mw / 0.9
    assert use[:4].sum() == pytest.approx(1.2)
    assert use[4:].sum() == pytest.approx(1.2)
    assert worn.value < free.value
    total = plan_battery(BATTERY, prices, hours=1.0, wear=Wear(cycles=0.5))
    assert total.discharge_mw.sum() / 0.9 == pytest.approx(1.0)
    # The second MWh of depth costs more than it earns.
    shallow = plan_battery(
        BATTERY, [10.0, 10.0, 90.0, 90.0], hours=1.0, wear=Wear(depth_costs=(1, 200))
    )
    assert shallow.energy_mwh.max() == pytest.approx(1.0)


def test_the_site_limits_what_the_battery_and_the_sun_give_together() -> None:
    site = Site(export_mw=0.5, import_fee=5.0, auxiliary_mw=0.1, generation_mw=[1.0, 0.0])
    plan = plan_battery(BATTERY, [20.0, 100.0], hours=1.0, site=site)
    assert (plan.export_mw <= 0.5 + 1e-9).all()
    net = plan.export_mw - plan.import_mw
    made = plan.generation_mw + plan.discharge_mw - plan.charge_mw - 0.1
    assert net == pytest.approx(made)
    # The sun charges what the grid does not take: no fee is paid.
    assert plan.import_mw == pytest.approx(0.0)
    assert plan.value == pytest.approx(20 * net[0] + 100 * net[1])


def test_reserves_fit_through_the_connection_with_all_of_them_called() -> None:
    battery = StoreLimits.symmetric(10.0, 20.0)
    fcr = (ReserveOffer(FCR, np.full(8, 10.0), 10.0),)
    flat = np.full(8, 50.0)
    for most in (0.0, 5.0):
        plan = plan_battery(
            battery,
            flat,
            hours=1.0,
            reserves=fcr,
            initial_mwh=10.0,
            terminal_price=50.0,
            site=Site(most, most),
        )
        # A quarter is held on top of the volume; flat prices move nothing.
        assert plan.reserves_mw["FCR"] == pytest.approx(most / 1.25)
    up = ReserveOffer(AFRR_UP, np.full(8, 10.0), 10.0, called_share=0.5, called_prices=flat * 6)
    full = plan_battery(
        battery, flat, hours=1.0, reserves=(up,), initial_mwh=20.0, site=Site(export_mw=0.0)
    )
    assert full.value == pytest.approx(0.0)
    # The wind that runs leaves no room for what is called.
    wind = Site(export_mw=6.0, generation_mw=np.full(8, 6.0))
    windy = plan_battery(
        battery, flat, hours=1.0, reserves=fcr, initial_mwh=10.0, terminal_price=50.0, site=wind
    )
    net = windy.export_mw - windy.import_mw
    assert (net + 1.25 * windy.reserves_mw["FCR"] <= 6.0 + 1e-9).all()


def test_contingency_services_share_the_connection_as_they_share_the_power() -> None:
    battery = StoreLimits.symmetric(10.0, 20.0)
    offers = tuple(
        ReserveOffer(FCAS[name], np.full(4, 5.0), 10.0)
        for name in ("RAISE6SEC", "RAISE5MIN", "RAISEREG")
    )
    plan = plan_battery(
        battery,
        np.full(4, 50.0),
        hours=1.0,
        reserves=offers,
        initial_mwh=10.0,
        terminal_price=50.0,
        site=Site(export_mw=4.0, import_mw=0.0),
    )
    regulation = plan.reserves_mw["RAISEREG"]
    net = plan.export_mw - plan.import_mw
    for name in ("RAISE6SEC", "RAISE5MIN"):
        assert (net + regulation + plan.reserves_mw[name] <= 4.0 + 1e-9).all()
    assert sum(one.sum() for one in plan.reserves_mw.values()) == pytest.approx(32.0)


def test_a_battery_that_may_not_run_gives_no_reserves() -> None:
    battery = StoreLimits.symmetric(10.0, 20.0)
    offers = (ReserveOffer(FCR, np.full(8, 10.0), 10.0),)
    share = np.array([1.0] * 4 + [0.0] * 4)
    plan = plan_battery(
        battery,
        np.full(8, 50.0),
        hours=1.0,
        reserves=offers,
        initial_mwh=10.0,
        terminal_price=50.0,
        available=share,
    )
    assert plan.reserves_mw["FCR"][4:] == pytest.approx(0.0)
    assert plan.reserves_mw["FCR"][:4] == pytest.approx(8.0)


def test_energy_that_is_bid_is_called_where_the_price_clears_it_and_earns_that_price() -> None:
    battery = StoreLimits.symmetric(1.0, 4.0)
    paid = np.array([40.0, 120.0, 90.0, 300.0])
    up = ReserveOffer(
        AFRR_ENERGY_UP, np.zeros(4), 1.0, called_share=0.5, called_prices=paid, bid=100.0
    )
    plan = plan_battery(
        battery, np.full(4, 50.0), hours=0.25, reserves=(up,), initial_mwh=2.0, terminal_price=50.0
    )
    # Half a MW for a quarter of an hour at 120 and at 300; what stays is worth 50.
    assert plan.value == pytest.approx(0.125 * (120.0 + 300.0) + 50.0 * (2.0 - 0.25))
    down = ReserveOffer(
        AFRR_ENERGY_DOWN, np.zeros(4), 1.0, called_share=[1.0, 0.0, 1.0, 1.0],
        called_prices=[-20.0, -90.0, 10.0, 60.0], bid=20.0,
    )  # fmt: skip
    plan = plan_battery(
        battery, np.full(4, 50.0), hours=0.25, reserves=(down,), initial_mwh=2.0,
        terminal_price=50.0,
    )  # fmt: skip
    # Called at -20 and at 10; the second is never called, the last asks too much.
    assert plan.value == pytest.approx(0.25 * (20.0 - 10.0) + 50.0 * 2.5)


@settings(max_examples=25)
@given(st.lists(st.floats(-80, 300), min_size=2, max_size=24), st.floats(0, 1), st.floats(-50, 250))
def test_what_is_bid_and_called_never_leaves_the_cells(
    paid: list[float], share: float, bid: float
) -> None:
    battery = StoreLimits.symmetric(2.0, 1.0, round_trip=0.81)
    count = len(paid)
    offers = tuple(
        ReserveOffer(one, np.zeros(count), 2.0, called_share=share, called_prices=paid, bid=bid)
        for one in (AFRR_ENERGY_UP, AFRR_ENERGY_DOWN)
    )
    more = plan_battery(
        battery, np.full(count, 40.0), hours=0.25, reserves=offers, initial_mwh=0.5,
        site=Site(import_mw=1.5, export_mw=1.5),
    )  # fmt: skip
    less = plan_battery(battery, np.full(count, 40.0), hours=0.25, initial_mwh=0.5,
                        site=Site(import_mw=1.5, export_mw=1.5))  # fmt: skip
    assert more.value >= less.value - 1e-6
    assert (more.energy_mwh >= -1e-9).all()
    assert (more.energy_mwh <= 1.0 + 1e-9).all()
    net = more.export_mw - more.import_mw
    for name, sign in (("aFRR energy up", 1.0), ("aFRR energy down", -1.0)):
        assert (sign * net + more.reserves_mw[name] <= 1.5 + 1e-7).all()


def test_ramps_bind_from_one_interval_to_the_next() -> None:
    plan = plan_battery(BATTERY, [10.0, 90.0, 10.0, 90.0], hours=1.0, ramp_mw=0.5)
    net = plan.discharge_mw - plan.charge_mw
    assert np.abs(np.diff(net)).max() == pytest.approx(0.5)


def test_limits_in_conflict_are_named_and_no_others() -> None:
    site = Site(import_mw=0.0, auxiliary_mw=0.1)
    with pytest.raises(InputError) as caught:
        plan_battery(BATTERY, [10.0, 90.0], hours=1.0, site=site, ramp_mw=0.5)
    assert "grid import" in str(caught.value)
    assert "meter" in str(caught.value)
    assert "ramp" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: Trapezium(0, 5, 4, 9, 3), "corners of a trapezium fall"),
        (lambda: plan_battery(BATTERY, [1.0], hours=1.0, initial_mwh=3.0), "3.0 MWh at the start"),
        (lambda: plan_battery(BATTERY, [np.nan, 1.0], hours=1.0), "interval 0 is nan"),
        (lambda: plan_battery(BATTERY, [], hours=1.0), "0 prices"),
        (lambda: plan_battery(BATTERY, [1.0], hours=-1.0), "prices of -1.0 h"),
        (lambda: plan_battery(BATTERY, [1.0], hours=1.0, ramp_mw=-5.0), "a ramp of -5.0 MW"),
        (lambda: plan_battery(BATTERY, [1.0], hours=1.0, site=Site(-5.0)), "import_mw of the site"),
        (
            lambda: plan_battery(BATTERY, [1.0], hours=1.0, wear=Wear(throughput_cost=-5.0)),
            "throughput_cost is -5.0",
        ),
        (
            lambda: plan_battery(
                BATTERY, [1.0], hours=1.0, reserves=(ReserveOffer(FCR, [1.0], -10.0),)
            ),
            "FCR: -10.0 MW at most",
        ),
        (
            lambda: plan_battery(
                BATTERY, [1.0, 2.0], hours=1.0, reserves=(ReserveOffer(FCR, [1.0], 1.0),)
            ),
            "1 prices of FCR for 2 intervals",
        ),
        (
            lambda: plan_battery(BATTERY, [2.0], hours=1.0, wear=Wear(depth_costs=(3, 1))),
            "costs by depth fall",
        ),
    ],
)
def test_input_that_does_not_fit_is_refused_with_its_value(make: Any, text: str) -> None:
    with pytest.raises(InputError, match=text):
        make()


def test_a_battery_gives_up_energy_for_a_service_at_its_trapezium() -> None:
    up = Trapezium.of_battery(10.0, 10.0, 4.0, Direction.UP)
    assert (up.high_breakpoint, up.enablement_max, up.upper_slope) == (6.0, 10.0, 1.0)
    down = Trapezium.of_battery(10.0, 10.0, 4.0, Direction.DOWN)
    assert (down.enablement_min, down.low_breakpoint, down.lower_slope) == (-10.0, -6.0, 1.0)


@settings(max_examples=20)
@given(st.lists(st.floats(-80, 300), min_size=1, max_size=30), st.floats(0, 1))
def test_what_is_sold_already_changes_trades_and_not_what_runs(prices: Any, sold: float) -> None:
    """At one price to buy and sell, the best plan is the same wherever one starts from."""
    count = len(prices)
    plain = plan_battery(BATTERY, prices, hours=0.5, initial_mwh=1.0)
    committed = Committed(np.full(count, sold), prices, prices)
    moved = plan_battery(BATTERY, prices, hours=0.5, initial_mwh=1.0, committed=committed)
    assert moved.value == pytest.approx(plain.value - 0.5 * sold * sum(prices), abs=1e-6)


def test_a_spread_that_a_change_does_not_earn_leaves_what_is_sold() -> None:
    sold, middle = np.array([-1.0, 0.0, 1.0 * 0.81]), np.array([10.0, 20.0, 30.0])
    for half, trades in ((6.0, False), (0.0, True)):
        committed = Committed(sold, middle - half, middle + half)
        plan = plan_battery(BATTERY, middle, hours=1.0, committed=committed)
        net = plan.discharge_mw - plan.charge_mw
        assert (np.abs(net - sold).max() > 0.01) == trades


def test_availability_limits_every_interval_on_its_own() -> None:
    share = [0.5, 1.0, 0.0, 0.25]
    plan = plan_battery(BATTERY, [0.0, 0.0, 500.0, 400.0], hours=1.0, available=share)
    assert (plan.charge_mw + plan.discharge_mw <= np.array(share) + 1e-9).all()
    assert plan.discharge_mw[2] == 0.0
    with pytest.raises(InputError, match="availability -1 to 1; give shares"):
        plan_battery(BATTERY, [1.0, 1.0], hours=1.0, available=[-1.0, 1.0])
    with pytest.raises(InputError, match="1 sold power for 2 intervals"):
        plan_battery(BATTERY, [1.0, 1.0], hours=1.0, committed=Committed([1.0], [1, 1], [1, 1]))
