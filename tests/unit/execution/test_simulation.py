"""A simulation is one deterministic run, in chunks, resumed or not."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from wattbook._core import Owner
from wattbook.assets import Battery
from wattbook.domain import Instrument, Money, SetLimits, SetThreshold, Venue
from wattbook.errors import InputError, RunError
from wattbook.execution import Latencies, Participants, Session, Simulation
from wattbook.market import L3Book

SECOND = 10**9
HOUR = 3_600 * SECOND
OWNER = Owner(trading_book=1, trader=1, strategy=1)


def instrument(**changes: Any) -> Any:
    terms: dict[str, Any] = {
        "instrument": 0,
        "symbol": "H3",
        "venue": 0,
        "location": "DE-LU",
        "commodity": "power",
        "form": "intraday",
        "tenor": "hour",
        "load": "base",
        "delivery_kind": "physical",
        "delivery_start": 2 * HOUR,
        "delivery_end": 3 * HOUR,
        "delivery_seconds": 3_600,
        "gate_closure": HOUR,
        "currency": "EUR",
        "price_unit": "megawatt_hour",
        "volume_unit": "megawatt",
        "tick": "0.01",
        "lot": "0.1",
        "min_price": -500,
        "max_price": 4000,
    }
    return Instrument(**(terms | changes))


def simulation(
    seed: int = 1, first_price: int = -20_000_000, market_model: str = "continuous_book"
) -> Any:
    sim = Simulation(seed=seed, desk_currency="EUR", start=0)
    sim.add_reference(
        Venue(
            venue=0,
            name="made up",
            market_model=market_model,
            time_zone="Europe/Berlin",
            is_synthetic=True,
        )
    )
    plenty = Money.from_units(10**24)
    sim.add_reference(
        SetLimits(
            trading_book=1,
            order_volume=100,
            order_value=plenty,
            position_volume=200,
            loss=plenty,
            price_collar=5_000,
        )
    )
    sim.add_reference(SetThreshold(strategy=1, confidence_ppm=800_000))
    if market_model == "continuous_book":
        sim.add_reference(instrument())
        ts = np.arange(0, HOUR, 10 * SECOND)
        price = first_price + 200_000 * np.abs(ts // SECOND % 1_200 - 600) // 10
        sim.add_book(0, opens=0, ts=ts, price=price, participants=Participants(makers=3))
        sim.set_latencies(0, Latencies(feed=(10**6, 10**5), submit=(10**6, 10**5)))
        sim.add_momentum(
            OWNER, instrument=0, window=12, volume=5, step_ns=15 * SECOND, horizon_ns=60 * SECOND
        )
    return sim


def run(sim: Simulation, journal: Path | None = None, chunk: int = 1 << 40) -> Any:
    sim.open(journal)
    while not sim.run_until(3 * HOUR, max_inputs=chunk).is_done:
        pass
    return sim.state_hash(), {name: pl.DataFrame(table) for name, table in sim.drain().items()}


def test_the_same_seed_gives_the_same_fills_and_hash_in_any_chunks() -> None:
    one, tables = run(simulation())
    other, others = run(simulation(), chunk=997)
    assert one == other
    assert tables["Filled"].height > 3
    assert tables["Filled"].equals(others["Filled"])


def test_another_seed_or_one_changed_price_changes_the_fills_and_the_hash() -> None:
    one, tables = run(simulation())
    for sim in (simulation(seed=2), simulation(first_price=-19_000_000)):
        other, others = run(sim)
        assert one != other
        assert not tables["Filled"].equals(others["Filled"])


def test_a_run_that_was_ended_resumes_to_the_same_hash(tmp_path: Path) -> None:
    whole, _ = run(simulation())
    first = simulation()
    assert first.open(tmp_path / "journal") == 0
    assert not first.run_until(3 * HOUR, max_inputs=2_000).is_done
    first.close()
    second = simulation()
    assert second.open(tmp_path / "journal") == 2_000
    assert second.run_until(3 * HOUR, max_inputs=500).is_replaying
    assert second.run_until(3 * HOUR).is_done
    assert second.state_hash() == whole


def test_a_run_with_other_data_does_not_resume(tmp_path: Path) -> None:
    first = simulation()
    first.open(tmp_path / "journal")
    first.run_until(3 * HOUR, max_inputs=2_000)
    first.close()
    other = simulation(first_price=-19_000_000)
    other.open(tmp_path / "journal")
    with pytest.raises(RunError, match="differs from the journaled one"):
        other.run_until(3 * HOUR)


def test_a_two_settlement_hour_settles_award_and_deviation() -> None:
    sim = simulation(market_model="two_settlement")
    sim.add_reference(instrument(form="auction"))
    at = {name: np.array([value]) for name, value in {"gate": HOUR, "first": HOUR + SECOND}.items()}
    sim.add_two_settlement(
        instrument=np.array([0]),
        gate=at["gate"],
        day_ahead_published=at["first"],
        day_ahead=np.array([50_000_000]),
        real_time_published=np.array([3 * HOUR]),
        real_time=np.array([80_000_000]),
    )

    class Seller:
        def on_start(self, context: Any) -> None:
            signal = context.record_signal(0, "rise", 0.9, 60, 4 * HOUR)
            context.submit_offer(0, "sell", 20, 10, signal=signal)
            context.submit_schedule(0, 8)

    sim.add_strategy(OWNER, Seller())
    _, tables = run(sim)
    # 10 MW × 50 − 2 MW × 80.
    amounts = tables["Settled"]["amount_units"].cast(pl.Float64) / 3.6e15
    assert amounts.to_list() == pytest.approx([500.0, -160.0])


def test_arrays_of_different_length_and_unknown_parameters_are_refused() -> None:
    sim = simulation()
    with pytest.raises(InputError, match="differ in length"):
        sim.add_dispatch(instrument=np.arange(2), published=np.arange(2), price=np.arange(3))
    with pytest.raises(InputError, match="instrument 7 is unknown"):
        sim.add_book(7, opens=0, ts=np.array([0]), price=np.array([0]))
    with pytest.raises(InputError, match="not after the row before"):
        sim.add_book(0, opens=0, ts=np.array([1, 1]), price=np.array([0, 0]))


def test_an_open_simulation_is_not_configured_and_a_closed_one_not_run() -> None:
    sim = simulation()
    with pytest.raises(RunError, match="not open"):
        sim.run_until(HOUR)
    sim.open()
    with pytest.raises(RunError, match="before `open`"):
        sim.add_alarms(np.array([0]))
    sim.close()
    with pytest.raises(RunError, match="closed"):
        sim.run_until(HOUR)


def test_a_pool_battery_charges_in_the_trough_and_sells_the_spike() -> None:
    sim = simulation(market_model="pool")
    count, minutes = 12, 300 * SECOND
    start = 2 * HOUR + np.arange(count) * minutes
    price = np.where(np.arange(count) < 6, -30_000_000, 15_000_000_000)
    for number, first in enumerate(start.tolist()):
        sim.add_reference(
            instrument(
                instrument=number,
                symbol=f"P{number}",
                form="auction",
                tenor="five_minutes",
                delivery_start=first,
                delivery_end=first + minutes,
                delivery_seconds=300,
                gate_closure=first,
                min_price=-1_000,
                max_price=17_500,
            )
        )
    numbers = np.arange(count)
    sim.add_dispatch(instrument=numbers, published=start + minutes, price=price)
    sim.add_forecasts(
        instrument=numbers,
        ts=np.zeros(count, dtype=np.int64),
        valid_until=start,
        price=price,
        confidence_ppm=np.full(count, 900_000),
    )
    sim.add_battery(
        OWNER,
        Battery(power=12, capacity=6, initial=0, charge_efficiency=0.9, cycles_per_day=2),
        instrument=numbers,
        delivery_start=start,
        seconds=np.full(count, 300),
        day=np.zeros(count, dtype=np.int64),
        offer_at=start - 60 * SECOND,
        charge_quantile=0.25,
        discharge_quantile=0.75,
        horizon=count,
    )
    _, tables = run(sim)
    metered = tables["MeterRead"].filter(pl.col("volume") != 0)
    volume = metered["volume"].cast(pl.Float64).to_list()
    # Charging 1 MWh an interval at 90 % fills six intervals; then it sells 12 MW at a time.
    assert volume[:6] == [-12.0] * 6
    assert all(power > 0 for power in volume[6:])
    assert sum(volume[6:]) / 12 == pytest.approx(5.4, abs=0.01)
    assert tables["Settled"]["amount_units"].cast(pl.Float64).sum() > 0


def book_simulation(**changes: Any) -> Simulation:
    sim = Simulation(seed=3, desk_currency="EUR", start=-HOUR)
    sim.add_reference(
        Venue(
            venue=0,
            name="made up",
            market_model="continuous_book",
            time_zone="Europe/Berlin",
            is_synthetic=True,
        )
    )
    sim.add_reference(instrument())
    sim.add_book(
        0, opens=0, ts=np.array([0]), price=np.array([50_000_000]), **({"feed": "l3"} | changes)
    )
    return sim


def market_data(sim: Simulation, until: int) -> dict[str, pl.DataFrame]:
    sim.open(keeps_market=True)
    assert sim.run_until(until).is_done
    return {name: pl.DataFrame(table) for name, table in sim.drain().items()}


def rows_of(deltas: pl.DataFrame) -> Any:
    deltas = deltas.sort("sequence")
    actions = deltas["action"].cast(pl.String).replace_strict({"add": 1, "modify": 2, "delete": 3})
    sides = deltas["side"].cast(pl.String).replace_strict({"buy": 1, "sell": 2})
    prices = (deltas["price"] * 1_000_000).cast(pl.Int64)
    volumes = (deltas["volume"] * 1_000_000).cast(pl.Int64)
    orders = deltas["venue_order"].reinterpret(signed=True)
    return np.column_stack([actions, orders, sides, prices, volumes]).astype(np.int64)


def test_a_book_opens_with_an_auction_and_closes_with_one() -> None:
    minute = 60 * SECOND
    session = Session(opening_call_ns=5 * minute, closing_call_ns=2 * minute)
    tables = market_data(book_simulation(session=session), 2 * HOUR)
    phases = tables["SessionPhase"]
    assert phases["ts_event"].cast(pl.Int64).to_list() == [-5 * minute, 0, HOUR - 2 * minute, HOUR]
    assert phases["phase"].cast(pl.String).to_list() == [
        "opening_call",
        "continuous",
        "closing_call",
        "closed",
    ]
    times = tables["Trade"]["ts_event"].cast(pl.Int64)
    assert (times == 0).sum() > 3
    assert (times == HOUR).sum() > 3
    assert not times.is_between(HOUR - 2 * minute, HOUR, closed="left").any()


def test_a_reader_of_single_orders_has_the_venues_book() -> None:
    sim = book_simulation()
    book = L3Book()
    assert book.apply(rows_of(market_data(sim, HOUR // 2)["BookDelta"])).total == 0
    depth = sim.depth(0, levels=5)
    assert depth is not None
    for side, levels in zip(("buy", "sell"), depth, strict=True):
        assert len(levels) == 5
        assert [(level.price, level.volume) for level in book.depth(side, 5)] == levels


class Bidder:
    """Joins the queue of the third quote's bid."""

    def __init__(self) -> None:
        self.quotes = 0
        self.order = 0

    def on_start(self, context: Any) -> None:
        self.context = context

    def on_quote(
        self, ts: int, bid: float, ask: float, bid_volume: float, ask_volume: float
    ) -> None:
        self.quotes += 1
        if self.quotes == 3:
            signal = self.context.record_signal(0, "rise", 0.9, bid, HOUR)
            self.order = self.context.submit(0, "buy", bid, 2, signal=signal)


def test_our_own_order_stands_in_the_feed_with_its_place_in_the_queue() -> None:
    # Nobody but makers, who stay for minutes: the order is still there at the end.
    quiet = Participants(noise=0, momentum=0, maker_interval_ns=60 * SECOND)
    sim = book_simulation(participants=quiet)
    sim.add_reference(SetThreshold(strategy=1, confidence_ppm=800_000))
    bidder = Bidder()
    sim.add_strategy(OWNER, bidder)
    book = L3Book()
    book.apply(rows_of(market_data(sim, 300 * SECOND)["BookDelta"]))
    ahead = book.volume_ahead(bidder.order)
    assert ahead is not None
    assert sim.volume_ahead(0, bidder.order) == ahead
    assert sim.volume_ahead(0, bidder.order + 1) is None


def test_a_session_that_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match="no feed of a simulated book"):
        book_simulation(feed="l2")
    with pytest.raises(InputError, match=r"halt_ns is -1; give 0 or more"):
        book_simulation(session=Session(halt_ns=-1))
    with pytest.raises(InputError, match="before the book opens"):
        book_simulation(session=Session(closing_call_ns=2 * HOUR))
