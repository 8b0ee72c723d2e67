"""Hands a coupled market and those who bid in it to a simulation."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from wattbook.assets import StoreLimits
from wattbook.domain import Owner
from wattbook.errors import DeskError
from wattbook.execution import Participants, Simulation
from wattbook.runtime.coupled.clearing import CoupledAuctions
from wattbook.runtime.desk.spec import BatterySpec, PlantSpec, StrategySpec, VirtualSpec, WindSpec
from wattbook.runtime.dispatch.colocated import expected_exports
from wattbook.runtime.dispatch.entry import add_dispatched, limits_of
from wattbook.runtime.dispatch.trader import DispatchedBattery
from wattbook.runtime.plan.coupled import CoupledPlan
from wattbook.runtime.synthetic import latencies_of, participants_of
from wattbook.strategy.bidder import NOMINATES_BEFORE_NS, BlockBidder
from wattbook.strategy.block_battery import BlockBattery, cycles, limit_of
from wattbook.strategy.book_battery import MARGIN_EUR_MWH, BatteryBooks, BookBattery
from wattbook.strategy.plant import PlantTrader
from wattbook.strategy.programmes import Store
from wattbook.strategy.runs import Plant
from wattbook.strategy.wind import Bidding, WindTrader

__all__ = ["add_coupled", "enter_auctions"]

Ints = NDArray[np.int64]
CYCLES = 12
"""So many ways to run a battery are offered as blocks."""
BLOCK_EFFICIENCY = Decimal("0.99")
"""Most that blocks are shaped with, there and back."""
LOT = 100_000


def add_coupled(made: Simulation, part: CoupledPlan, auctions: CoupledAuctions) -> None:
    """Add the continuous contracts, the auctions, the imbalance prices and the forecasts."""
    add_books(made, part)
    made.add_auctions(
        part.venue,
        auctions=[
            (auction.kind, auction.gate, auction.published, part.sold(number))
            for number, auction in enumerate(part.auctions)
        ],
        clear=auctions if part.books is None else auctions.shared,
        shares=None if part.books is None else part.books.venue,
    )
    for instruments, periods in settled(part):
        ends = part.ends[periods]
        made.add_prices(
            "imbalance",
            instrument=instruments,
            ts_event=ends,
            ts_recv=ends,
            price=part.imbalance[periods],
        )
    if part.virtuals is not None:
        # What delivers nothing is settled at the same price, as a financial position.
        count = part.starts.size
        made.add_prices(
            "real_time",
            instrument=part.virtuals + np.arange(count),
            ts_event=part.ends,
            ts_recv=part.ends,
            price=part.imbalance,
        )
    if part.forecasts.published.size:
        part.forecasts.add_to(made)


def settled(part: CoupledPlan) -> list[tuple[Ints, Ints]]:
    """Return the physical instruments of each auction, and of the books, with their periods."""
    pairs = [(auction.instruments, auction.periods) for auction in part.auctions]
    if part.books is not None:
        periods = np.arange(part.starts.size)
        pairs.append((part.books.first_instrument + periods, periods))
    return pairs


def add_books(made: Simulation, part: CoupledPlan) -> None:
    """Add the continuous contracts of all zones with those who trade there."""
    books, book = part.books, part.spec.synthetic_book
    if books is None or book is None:
        return
    made.set_latencies(books.venue, latencies_of(book))
    made.add_intraday(
        books.venue,
        books.day,
        listed=books.listed,
        crowd=crowd_of(participants_of(book), len(books.day.zones)),
        reference_ts=books.ts,
        reference_eur=books.price,
        drift_eur=0.0,
    )
    made.add_alarms(np.array([at for at, _ in books.rolls], dtype=np.int64))


def crowd_of(near: Participants, zones: int) -> dict[float, Participants]:
    """Return the participants of one contract in one zone, by minutes to gate.

    Those of the desk file trade in the last hour, shared out over the zones: where no border is
    full, all of them meet. Before they act more rarely and quote farther out, and nobody follows.
    """

    def share(count: int) -> int:
        return -(-count // zones)

    def slower(by: int, out: int) -> Participants:
        return replace(
            last,
            maker_interval_ns=by * last.maker_interval_ns,
            noise_interval_ns=by * last.noise_interval_ns,
            half_spread=out * last.half_spread,
            level_step=out * last.level_step,
            momentum=0,
        )

    last = replace(
        near,
        makers=share(near.makers),
        noise=share(near.noise),
        momentum=share(near.momentum),
    )
    return {0.0: last, 60.0: slower(20, 2), 360.0: slower(120, 4)}


def biddings(part: CoupledPlan) -> list[Bidding]:
    """Return the auctions as strategies meet them."""
    return [
        Bidding(
            offer_at=auction.offer_at,
            valid_until=auction.gate,
            periods=auction.periods.tolist(),
            instruments=auction.instruments.tolist(),
            limits=auction.limits,
        )
        for auction in part.auctions
    ]


def enter_auctions(
    made: Simulation,
    owner: Owner,
    spec: StrategySpec,
    part: CoupledPlan,
    dispatched: list[DispatchedBattery],
) -> bool:
    """Add a strategy that bids into the auctions; return whether it is one.

    Batteries that are really run join `dispatched`.

    Raises
    ------
    DeskError
        If it cannot bid there.
    """
    if isinstance(spec, WindSpec):
        add_farm(made, owner, spec, part)
    elif isinstance(spec, BatterySpec):
        add_block_battery(made, owner, spec, part, dispatched)
    elif isinstance(spec, VirtualSpec):
        add_virtual(made, owner, spec, part)
    elif isinstance(spec, PlantSpec):
        add_plant(made, owner, spec, part)
    else:
        return False
    return True


def add_farm(made: Simulation, owner: Owner, spec: WindSpec, part: CoupledPlan) -> None:
    """Add a wind or solar farm: what it expects, and what will be metered."""
    expected, actual = part.output_of(spec)
    trader = WindTrader(
        published=part.output_published,
        forecast=expected * float(spec.power),
        delivery_start=part.starts,
        biddings=biddings(part),
        books=[] if part.books is None else part.books.numbers,
        marginal_cost=float(spec.marginal_cost),
        update_share=float(spec.update_share),
    )
    made.add_alarms(trader.alarms)
    available = np.rint(actual * float(spec.power) * 1e6 / LOT).astype(np.int64) * LOT
    made.add_production(owner, instrument=part.auctions[0].instruments, available=available)
    made.add_strategy(owner, trader)


def add_block_battery(
    made: Simulation,
    owner: Owner,
    spec: BatterySpec,
    part: CoupledPlan,
    dispatched: list[DispatchedBattery],
) -> None:
    """Add a battery that offers ways to run as an exclusive group of blocks.

    Raises
    ------
    DeskError
        If the day before is not known, or the limit that its wear asks for is none of the market's.
    """
    check_expected(spec, part)
    hours = np.full(part.starts.size, part.seconds / 3_600)
    # A block states its limit on net energy: where the cells lose nothing, a little stays unsold.
    one_way = float(min(spec.efficiency, BLOCK_EFFICIENCY).sqrt())
    room = min(spec.energy - spec.initial_energy, spec.cycles_per_day * spec.energy)
    power, room_mwh, exports = float(spec.power), float(room), None
    if spec.dispatch is not None:
        exports = expected_exports(spec.dispatch, part.starts, part.source.time_zone)
        # What reserves hold back and the grid does not carry is not traded.
        bounds = limits_of(spec, spec.dispatch)
        power = min(bounds.charge_mw, bounds.discharge_mw)
        room_mwh = min(room_mwh, bounds.ceiling_mwh - float(spec.initial_energy))
    found = cycles(part.expected, hours, power, room_mwh, one_way, CYCLES, exports)
    limits = [round(limit_of(cycle, hours, float(spec.wear_cost)), 2) for cycle in found]
    low, high = part.auctions[0].limits
    if any(not low <= limit <= high for limit in limits):
        message = (
            f"strategy {spec.name!r}: a wear cost of {spec.wear_cost} asks for a block limit "
            f"beyond {low:g} to {high:g}; lower it, or the efficiency"
        )
        raise DeskError(message)
    if spec.dispatch is not None:
        where = battery_books(spec, part) if spec.dispatch.reoptimize else None
        battery = BlockBattery(
            bidder=bidder_of(part, 1 if where is None else None),
            cycles=found,
            limits=limits,
            store=None if where is None else where.store,
            trader=None if where is None else BookBattery(where=where),
        )
        dispatched.append(add_dispatched(made, owner, spec, spec.dispatch, part, battery))
        return
    where = battery_books(spec, part)
    is_rolling = spec.continuous == "rolling" and where is not None
    battery = BlockBattery(
        bidder=bidder_of(part),
        cycles=found,
        limits=limits,
        store=store_of(spec, part),
        trader=None if where is None or is_rolling else BookBattery(where=where),
    )
    made.add_alarms(battery.alarms)
    if where is not None and is_rolling:
        add_rolling(made, owner, battery, where)
    else:
        made.add_strategy(owner, battery)


def add_rolling(made: Simulation, owner: Owner, battery: BlockBattery, where: BatteryBooks) -> None:
    """Add a battery that bids as `battery` does, and trades at every quote."""
    store = where.store
    made.add_rolling_battery(
        owner,
        bidder=battery,
        limits=store.limits,
        initial_mwh=store.energy_mwh,
        cycles=store.cycles_per_day,
        hours=store.hours,
        fee=where.fee + MARGIN_EUR_MWH,
        wear=store.wear_cost / 2,
        books=where.books,
        delivery_start=where.delivery_start,
        trades_until=where.ends,
        nominated_at=where.delivery_start - NOMINATES_BEFORE_NS,
        auctions=battery.bidder.auctions,
    )


def check_expected(spec: StrategySpec, part: CoupledPlan) -> None:
    """Refuse a day without prices of the day before, by which an asset chooses what to offer.

    Raises
    ------
    DeskError
        Naming the day.
    """
    if np.isnan(part.expected).any():
        message = (
            f"strategy {spec.name!r}: {part.source.name} has no prices of the day before "
            f"{part.day.date}, by which a {spec.kind} chooses what to offer; choose a later day"
        )
        raise DeskError(message)


def plant_of(spec: PlantSpec, seconds: int) -> Plant:
    """Return a plant as it is planned with in periods of `seconds`."""
    hours = Decimal(seconds) / 3_600
    return Plant(
        power_min=float(spec.power_min),
        power_max=float(spec.power),
        marginal_cost=float(spec.marginal_cost),
        no_load_cost=float(spec.no_load_cost),
        start_cost=float(spec.start_cost),
        ramp=float(spec.ramp * seconds / 60),
        up_min=math.ceil(spec.hours_on_min / hours),
        down_min=math.ceil(spec.hours_off_min / hours),
        periods_off=int(spec.hours_off / hours),
        hours=float(hours),
    )


def add_plant(made: Simulation, owner: Owner, spec: PlantSpec, part: CoupledPlan) -> None:
    """Add a thermal plant that bids its runs as families of blocks.

    Raises
    ------
    DeskError
        If the day before is not known.
    """
    check_expected(spec, part)
    book, count = part.spec.synthetic_book, part.starts.size
    trader = PlantTrader(
        bidder=bidder_of(part),
        plant=plant_of(spec, part.seconds),
        expected=part.expected,
        gates=np.zeros(count, np.int64) if part.books is None else part.books.gates,
        fee=0.0 if book is None else float(book.taker_fee),
    )
    made.add_alarms(trader.alarms)
    made.add_strategy(owner, trader)


def store_of(spec: BatterySpec, part: CoupledPlan) -> Store:
    """Return a battery as it is planned with; what reserves hold back is left out."""
    one_way = float(spec.efficiency.sqrt())
    limits = StoreLimits(
        charge_mw=float(spec.power),
        discharge_mw=float(spec.power),
        ceiling_mwh=float(spec.energy),
        charge_efficiency=one_way,
        discharge_efficiency=one_way,
    )
    if spec.dispatch is not None:
        kept = limits_of(spec, spec.dispatch)
        limits = replace(
            limits,
            charge_mw=min(kept.charge_mw, kept.import_mw),
            discharge_mw=min(kept.discharge_mw, kept.export_mw),
            floor_mwh=kept.floor_mwh,
            ceiling_mwh=kept.ceiling_mwh,
        )
    return Store(
        limits=limits,
        energy_mwh=float(spec.initial_energy),
        hours=part.seconds / 3_600,
        wear_cost=float(spec.wear_cost),
        cycles_per_day=float(spec.cycles_per_day),
    )


def bidder_of(part: CoupledPlan, auctions: int | None = None) -> BlockBidder:
    """Return what bids blocks into the first `auctions` of a day, or all, and nominates."""
    return BlockBidder(
        biddings=biddings(part)[:auctions],
        delivery_start=part.starts,
        books=[] if part.books is None else part.books.numbers,
    )


def battery_books(spec: BatterySpec, part: CoupledPlan) -> BatteryBooks | None:
    """Return a battery and its continuous contracts; None where there are none."""
    if part.books is None or part.spec.synthetic_book is None:
        return None
    return BatteryBooks(
        store=store_of(spec, part),
        books=part.books.numbers,
        gates=part.books.gates,
        delivery_start=part.starts,
        fee=float(part.spec.synthetic_book.taker_fee),
    )


def add_virtual(made: Simulation, owner: Owner, spec: VirtualSpec, part: CoupledPlan) -> None:
    """Add bids day-ahead against the imbalance price that deliver nothing.

    Raises
    ------
    DeskError
        If the market takes none.
    """
    if part.virtuals is None:
        message = f"strategy {spec.name!r}: {spec.market!r} takes no virtual bids; name another"
        raise DeskError(message)
    periods = np.arange(part.starts.size)
    made.add_virtual(
        owner,
        instrument=part.virtuals + periods,
        day_ahead=part.auctions[0].first_instrument + periods,
        offer_at=np.full(periods.size, part.auctions[0].offer_at, dtype=np.int64),
        volume=Decimal(spec.volume),
    )
