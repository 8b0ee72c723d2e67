"""A day of continuous trading with simulated participants."""

import datetime as dt
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from wattbook.domain import Instrument, Venue
from wattbook.errors import InputError
from wattbook.execution import IntradaySimulation, Participants, Simulation, made_up_prices
from wattbook.market.intraday import Border, IntradayDay, intraday_day

ZONES = ["DE-LU", "FR"]
EVENTS = 30_000


@pytest.fixture(scope="module")
def day() -> IntradayDay:
    return intraday_day(dt.date(2026, 7, 16), ZONES, [Border(*ZONES, 200)])


def table(simulation: IntradaySimulation) -> pl.DataFrame:
    return pl.DataFrame(simulation.statistics())


def test_a_seed_gives_one_day_whole_or_in_chunks(day: IntradayDay) -> None:
    whole, chunked, other = (
        IntradaySimulation(day, seed=seed, order_events=EVENTS) for seed in (3, 3, 4)
    )
    at = whole.run()
    assert at.is_done
    assert abs(at.order_events / EVENTS - 1) < 0.2
    until = day.opens
    while not chunked.run(until, max_events=500).is_done:
        until += 600 * 10**9
    other.run()
    assert_frame_equal(table(whole), table(chunked))
    assert not table(whole).equals(table(other))


def test_the_table_agrees_with_the_events(day: IntradayDay) -> None:
    simulation = IntradaySimulation(day, seed=3, order_events=EVENTS, keeps_events=True)
    simulation.run()
    fills = pl.DataFrame(simulation.events()).filter(pl.col("kind") == "filled")
    price, volume = pl.col("price").cast(pl.Float64), pl.col("volume").cast(pl.Float64)
    expected = (
        fills.group_by("contract")
        .agg(
            ((price * volume).sum() / volume.sum()).alias("vwap"),
            pl.len().cast(pl.UInt64).alias("trades"),
            price.sort_by(pl.arange(pl.len())).first().alias("open"),
            price.max().alias("high"),
        )
        .sort("contract")
    )
    found = table(simulation).filter(pl.col("trades") > 0).sort("contract")
    assert_frame_equal(found.select(expected.columns), expected)
    delivery = {each.name: each for each in day.contracts}
    name = fills["contract"][0]
    within = fills.filter(pl.col("contract") == name).with_columns(pl.col("ts").cast(pl.Int64))
    start = delivery[name].delivery_start
    minute = 60 * 10**9
    index = within.filter(
        (pl.col("ts") >= start - 180 * minute) & (pl.col("ts") < start - 30 * minute)
    )
    shown = table(simulation).filter(pl.col("contract") == name)
    wanted = index.select((price * volume).sum() / volume.sum()).item()
    assert shown["index"].item() == pytest.approx(wanted, nan_ok=True)


def test_every_zone_trades_and_energy_crosses_the_border(day: IntradayDay) -> None:
    simulation = IntradaySimulation(day, seed=3, order_events=EVENTS)
    simulation.run()
    found = table(simulation)
    assert found.height == len(day.contracts)
    assert found["trades"].sum() > 100
    assert 0 < found["cross_volume_mwh"].sum() < found["volume_mwh"].sum()


def test_views_stand_between_gates(day: IntradayDay) -> None:
    simulation = IntradaySimulation(day, seed=3, order_events=EVENTS)
    contract = day.contracts[20]
    simulation.run(contract.zones[0][1] - 60 * 10**9)
    bids = simulation.view("DE-LU", contract.name, "buy", levels=3)
    asks = simulation.view("DE-LU", contract.name, "sell", levels=3)
    assert bids[0].price_eur < asks[0].price_eur
    simulation.run(contract.zones[0][1])
    assert simulation.view("DE-LU", contract.name, "buy") == []
    with pytest.raises(InputError, match="time backwards"):
        simulation.run(day.opens)


def test_a_simulation_trades_in_the_coupled_books(day: IntradayDay) -> None:
    contract = day.contracts[12]
    opens, gate = contract.zones[0]
    sim = Simulation(seed=5, desk_currency="EUR", start=opens - 10**9)
    sim.add_reference(
        Venue(
            venue=0,
            name="made up",
            market_model="continuous_book",
            time_zone="Europe/Berlin",
            is_synthetic=True,
        )
    )
    sim.add_reference(
        Instrument(
            instrument=0,
            symbol="H13",
            venue=0,
            location="DE-LU",
            commodity="power",
            form="intraday",
            tenor="hour",
            load="base",
            delivery_kind="physical",
            delivery_start=contract.delivery_start,
            delivery_end=contract.delivery_end,
            delivery_seconds=3_600,
            gate_closure=gate,
            currency="EUR",
            price_unit="megawatt_hour",
            volume_unit="megawatt",
            tick="0.01",
            lot="0.1",
            min_price=-9_999,
            max_price=9_999,
        )
    )
    listed = {0: (contract.name, "DE-LU")}
    with pytest.raises(InputError, match="'H13' is no contract"):
        sim.add_intraday(0, day, listed={0: ("H13", "DE-LU")})
    sim.add_intraday(0, day, listed=listed, order_events=EVENTS)
    sim.open()
    while not sim.run_until(gate - 10**9, max_inputs=5_000).is_done:
        pass
    bids, asks = sim.depth(0, 3)
    assert bids[0][0] < asks[0][0]
    tables = sim.drain()
    assert {"Quote", "Trade", "SessionPhase"} <= set(tables)
    alone = IntradaySimulation(day, seed=5, order_events=EVENTS)
    alone.run(gate - 10**9)
    best = alone.view("DE-LU", contract.name, "buy", levels=1)[0]
    assert bids[0][0] == round(best.price_eur * 1e6)


def test_what_does_not_fit_is_refused(day: IntradayDay) -> None:
    with pytest.raises(InputError, match="reference prices of shape"):
        IntradaySimulation(day, seed=1, reference_eur=np.zeros((2, 2)))
    prices = made_up_prices(day, 1)
    prices[0, 0] = np.nan
    with pytest.raises(InputError, match="reference price is missing"):
        IntradaySimulation(day, seed=1, reference_eur=prices)
    with pytest.raises(InputError, match="time to gate of a bin"):
        IntradaySimulation(day, seed=1, crowd={5.0: Participants()})
    with pytest.raises(InputError, match="participant parameter is 0"):
        IntradaySimulation(day, seed=1, crowd={0.0: replace(Participants(), half_spread=0)})
    nobody = replace(Participants(), makers=0, noise=0, momentum=0)
    with pytest.raises(InputError, match="order events"):
        IntradaySimulation(day, seed=1, crowd={0.0: nobody}, order_events=10)
