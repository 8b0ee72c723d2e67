"""Execution algorithms in the simulated venue, from Rust and from Python."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from wattbook._core import Owner
from wattbook.domain import Instrument, Money, SetFees, SetLimits, SetThreshold, Venue
from wattbook.errors import InputError
from wattbook.execution import Latencies, Simulation
from wattbook.store import frames

SECOND = 10**9
GATE = 1_200 * SECOND
OWNER = Owner(trading_book=1, trader=1, strategy=1)
NAMES = (
    "twap", "vwap", "participation", "implementation_shortfall", "arrival_price", "iceberg", "peg",
    "sniper", "liquidation",
)  # fmt: skip


def market(seed: int = 3, *, calls: bool = False) -> Any:
    """Return a simulation of one book that moves a little."""
    from wattbook.execution import Session

    sim = Simulation(seed=seed, desk_currency="EUR", start=0)
    sim.add_reference(
        Venue(venue=0, name="made up", market_model="continuous_book", time_zone="Europe/Berlin",
              is_synthetic=True)
    )  # fmt: skip
    plenty = Money.from_units(10**24)
    sim.add_reference(
        SetLimits(trading_book=1, order_volume=500, order_value=plenty, position_volume=500,
                  loss=plenty, price_collar=1_000)
    )  # fmt: skip
    sim.add_reference(SetThreshold(strategy=1, confidence_ppm=800_000))
    sim.add_reference(
        Instrument(
            instrument=0, symbol="H", venue=0, location="DE-LU", commodity="power", form="intraday",
            tenor="hour", load="base", delivery_kind="physical", delivery_start=2 * GATE,
            delivery_end=2 * GATE + 3_600 * SECOND, delivery_seconds=3_600, gate_closure=GATE,
            currency="EUR", price_unit="megawatt_hour", volume_unit="megawatt", tick="0.01",
            lot="0.1", min_price=-500, max_price=4000,
        )
    )  # fmt: skip
    sim.set_latencies(0, Latencies(submit=(2_000_000, 500_000)))
    rng = np.random.default_rng(seed)
    ts = np.arange(0, 1_200, 10) * SECOND
    price = -5 + np.cumsum(rng.normal(0, 0.02, ts.size))
    session = Session(closing_call_ns=60 * SECOND) if calls else Session()
    sim.add_book(0, opens=0, ts=ts, price=np.rint(price * 1e6), session=session)
    return sim


def events(sim: Any, until: int = GATE + 60 * SECOND) -> dict[str, pl.DataFrame]:
    """Run it and return what happened."""
    sim.open(keeps_market=True)
    sim.run_until(until)
    return frames(sim.drain())


def order(name: str, **changes: Any) -> dict[str, Any]:
    """Return the terms of an order of ten minutes."""
    terms: dict[str, Any] = {
        "instrument": 0, "side": "sell", "volume": 20, "algorithm": name,
        "starts": 300 * SECOND, "ends": 900 * SECOND,
    }  # fmt: skip
    return terms | changes


@pytest.mark.parametrize("algorithm", NAMES)
def test_an_order_is_filled_by_its_end_and_its_children_name_it(algorithm: str) -> None:
    sim = market()
    sim.add_execution(OWNER, **order(algorithm))
    found = events(sim)
    opened, ended = (
        found["parent_opened"].row(0, named=True),
        found["parent_ended"].row(0, named=True),
    )
    assert opened["algorithm"] == algorithm
    assert (ended["parent"], ended["reason"]) == (opened["parent"], "filled")
    assert (float(ended["filled"]), float(ended["unfilled"])) == (20.0, 0.0)
    assert set(found["order_routed"]["parent"]) == {opened["parent"]}
    assert opened["forecast_price"] < opened["arrival_price"], "a sale is expected to cost"
    fills = found["filled"]
    assert float(fills["volume"].sum()) == 20.0
    assert fills["ts_recv"].cast(pl.Int64).is_between(300 * SECOND, 900 * SECOND).all()


@pytest.mark.parametrize(("maker", "taker"), [("0.04", "0.04"), ("-0.02", "0.05")])
def test_fees_are_forecast_before_an_order_begins_and_then_paid(maker: str, taker: str) -> None:
    sim = market()
    sim.add_reference(SetFees(venue=0, maker=maker, taker=taker))
    sim.add_execution(OWNER, **order("twap"))
    found = events(sim)
    opened, fills = found["parent_opened"].row(0, named=True), found["filled"]
    paid = float(fills["fee"].sum())
    # Half is reckoned to take; how much did decides what is paid.
    half = (float(maker) + float(taker)) / 2
    assert float(opened["forecast_fee"]) == pytest.approx(half)
    rests = float(fills.filter("is_maker")["volume"].sum())
    assert paid == pytest.approx(rests * float(maker) + (20 - rests) * float(taker))
    if maker == taker:
        assert paid == pytest.approx(20 * float(opened["forecast_fee"]))


def test_a_venue_without_fees_is_forecast_to_charge_none() -> None:
    sim = market()
    sim.add_execution(OWNER, **order("twap"))
    assert float(events(sim)["parent_opened"].row(0, named=True)["forecast_fee"]) == 0.0


def test_no_child_is_worse_than_the_limit_and_the_rest_is_told() -> None:
    sim = market()
    sim.add_execution(OWNER, **order("twap", side="buy", limit=-60))
    found = events(sim)
    ended = found["parent_ended"].row(0, named=True)
    assert ended["reason"] == "time_over"
    assert (float(ended["filled"]), float(ended["unfilled"])) == (0.0, 20.0)
    assert float(found["order_routed"]["price"].max()) <= -60.0  # type: ignore[arg-type]
    # Nothing is left in the book.
    last = found["order_state_changed"].group_by("order_id").agg(pl.col("state").last())
    assert set(last["state"]) == {"cancelled"}


def test_the_closing_auction_fills_what_waits_for_it() -> None:
    sim = market(calls=True)
    sim.add_execution(OWNER, **order("close", volume=3, ends=GATE + 30 * SECOND))
    found = events(sim)
    assert set(found["order_routed"]["time_in_force"]) == {"at_close"}
    assert float(found["filled"]["volume"].sum()) == 3.0
    assert found["filled"]["price"].n_unique() == 1


def test_without_market_data_it_stops_and_says_so() -> None:
    sim = market()
    # The book has closed: its gate is past, nothing is told any more.
    late = order("twap", starts=GATE + 10 * SECOND, ends=GATE + 600 * SECOND)
    sim.add_execution(OWNER, **late, parameters={"stale_seconds": 30})
    ended = events(sim, GATE + 700 * SECOND)["parent_ended"].row(0, named=True)
    assert ended["reason"] in {"gate_closed", "no_market_data"}
    assert float(ended["unfilled"]) == 20.0


class Seller:
    """Sells by an algorithm and looks at how far it is."""

    def __init__(self) -> None:
        self.parent = 0
        self.half: Any = None
        self.end: Any = None

    def on_start(self, context: Any) -> None:
        self.context = context
        context.wake_at(300 * SECOND)
        context.wake_at(600 * SECOND)
        context.wake_at(950 * SECOND)

    def on_time(self, ts: int) -> None:
        if ts == 300 * SECOND:
            signal = self.context.record_signal(0, "fall", 1.0, -5, 900 * SECOND)
            self.parent = self.context.execute(
                0, "sell", 20, algorithm="implementation_shortfall", ends=900 * SECOND,
                parameters={"urgency": 2.0}, signal=signal,
            )  # fmt: skip
        elif ts == 600 * SECOND:
            self.half = self.context.parent(self.parent)
        elif ts == 950 * SECOND:
            self.end = self.context.parent(self.parent)


def test_a_python_strategy_gives_an_order_and_sees_its_progress() -> None:
    sim, seller = market(), Seller()
    sim.add_strategy(OWNER, seller)
    events(sim)
    assert 10.0 < seller.half.filled < 20.0, "ahead of the even schedule"
    assert seller.half.ended is None
    assert seller.half.forecast_cost > 0
    assert seller.half.forecast_fee == 0.0
    assert seller.end.filled == 20.0
    assert str(seller.end.ended) in {"filled", "ParentEndReason.filled"}


class Stopper(Seller):
    """Stops its order half-way."""

    def on_time(self, ts: int) -> None:
        super().on_time(ts)
        if ts == 600 * SECOND:
            self.context.stop_parent(self.parent)


def test_a_python_strategy_stops_its_order() -> None:
    sim = market()
    sim.add_strategy(OWNER, Stopper())
    ended = events(sim)["parent_ended"].row(0, named=True)
    assert ended["reason"] == "requested"
    assert 0 < float(ended["unfilled"]) < 20


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"algorithm": "tvap"}, "'tvap' is no algorithm|\"tvap\" is no algorithm"),
        ({"parameters": {"rate": 0.1}}, "twap has no parameter"),
        ({"volume": "0.15"}, "on the lot"),
        ({"ends": 0}, "give it time"),
        ({"instrument": 9}, "instrument 9"),
        ({"history": np.array([[1.0, -1.0]])}, "a volume"),
    ],
)
def test_terms_that_do_not_fit_are_refused(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(InputError, match=text):
        market().add_execution(OWNER, **order("twap", **changes))


def test_the_same_seed_gives_the_same_run() -> None:
    hashes = set()
    for _ in range(2):
        sim = market()
        sim.add_execution(OWNER, **order("arrival_price"))
        events(sim)
        hashes.add(sim.state_hash())
    assert len(hashes) == 1
