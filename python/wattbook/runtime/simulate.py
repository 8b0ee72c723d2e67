"""A plan as a simulation: venues, instruments, strategies and limits handed to the engine."""

from decimal import Decimal
from pathlib import Path
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from wattbook._core import (
    Battery,
    Instrument,
    Money,
    Owner,
    SetFees,
    SetFxRate,
    SetLimits,
    SetOrderRate,
    SetThreshold,
    Simulation,
    Venue,
)
from wattbook.errors import DeskError
from wattbook.runtime.desk.spec import (
    BatterySpec,
    Desk,
    EmaCrossSpec,
    MeanReversionSpec,
    MomentumSpec,
    PythonSpec,
    StrategySpec,
    SyntheticBookSpec,
    VirtualSpec,
)
from wattbook.runtime.plan import (
    FuturesPlan,
    InstrumentPlan,
    Periods,
    Plan,
    PowerPlan,
    SyntheticChain,
    millionths,
)
from wattbook.runtime.user import load_strategy

__all__ = ["simulation", "start_of"]

NANOS = 1_000_000_000
UNITS = {
    "MWh": "megawatt_hour",
    "MW": "megawatt",
    "bbl": "barrel",
    "MMBtu": "million_btu",
    "gal": "gallon",
}
PPM = 1_000_000


def ppm(share: Decimal) -> int:
    """Return a share in 1e-6."""
    return int(share * PPM)


def whole(values: NDArray[np.generic] | list[int]) -> memoryview:
    """Return values as contiguous int64, without a copy where they are so already."""
    array = np.ascontiguousarray(values, dtype=np.int64)
    return memoryview(array)


def exact(millionths: int) -> Decimal:
    """Return a number of 1e-6 as a decimal."""
    return Decimal(millionths) / PPM


def money(amount: Decimal) -> Money:
    """Return an amount of whole currency, exact."""
    return Money.from_units(millionths(amount) * 3_600_000_000)


def start_of(plan: Plan) -> int:
    """Return the first instant of the run, ns UTC: before every forecast, offer and settlement."""
    first = [int(part.forecasts.published.min()) for part in plan.power]
    first += [int(part.periods.offer_at.min()) for part in plan.power]
    first += [part.day.start for part in plan.power]
    first += [part.start for part in plan.futures]
    return min(first) - 60 * NANOS


def instrument(entry: InstrumentPlan) -> Instrument:
    """Return an instrument of the plan as the engine's."""
    return Instrument(
        instrument=entry.instrument,
        symbol=entry.symbol,
        venue=entry.venue,
        location=entry.location,
        commodity=entry.commodity,
        form=entry.form,
        tenor=entry.tenor,
        load="base",
        delivery_kind=entry.delivery_kind,
        delivery_start=entry.delivery_start,
        delivery_end=entry.delivery_end,
        delivery_seconds=entry.delivery_seconds,
        gate_closure=entry.gate_closure,
        currency=entry.currency,
        price_unit=UNITS[entry.price_unit],
        volume_unit=UNITS[entry.volume_unit],
        tick=exact(entry.tick),
        lot=exact(entry.lot),
        min_price=exact(entry.min_price),
        max_price=exact(entry.max_price),
    )


def traded(plan: Plan) -> list[tuple[int, StrategySpec]]:
    """Return number and spec of the strategies whose market is traded in this run."""
    markets = {part.spec.name for part in plan.power} | {part.spec.name for part in plan.futures}
    return [
        (number, spec)
        for number, spec in enumerate(plan.desk.strategy, start=1)
        if spec.market in markets
    ]


def add_reference(made: Simulation, plan: Plan) -> None:
    """Tell the engine its venues, instruments, rates and limits."""
    desk = plan.desk
    for venue in plan.venues:
        made.add_reference(
            Venue(
                venue=venue.venue,
                name=venue.name,
                market_model=venue.market_model,
                time_zone=venue.time_zone,
                is_synthetic=venue.is_synthetic,
            )
        )
    for code, rate in sorted(desk.fx.items()):
        if code != desk.desk.currency:
            made.add_reference(
                SetFxRate(
                    from_=code, to=desk.desk.currency, rate_billionths=int(rate * 1_000_000_000)
                )
            )
    for number, book in enumerate(desk.book, start=1):
        made.add_reference(
            SetLimits(
                trading_book=number,
                order_volume=book.order_volume,
                order_value=money(book.order_value),
                position_volume=book.position_volume,
                loss=money(book.loss),
                price_collar=book.price_collar,
            )
        )
    for part in plan.power:
        made_up = part.spec.synthetic_book
        if made_up is not None and part.chain is not None:
            fees = SetFees(venue=part.chain.venue, maker=made_up.maker_fee, taker=made_up.taker_fee)
            made.add_reference(fees)
    for entry in plan.instruments:
        made.add_reference(instrument(entry))
    rates = {book.name: book.orders_per_second for book in desk.book}
    for client, (number, strategy) in enumerate(traded(plan), start=1):
        # The strategies that trade are the engine's clients 1, 2, … in the order of the desk file.
        made.add_reference(SetOrderRate(client=client, orders_per_second=rates[strategy.book]))
        made.add_reference(
            SetThreshold(strategy=number, confidence_ppm=ppm(threshold(desk, strategy)))
        )


def threshold(desk: Desk, strategy: StrategySpec) -> Decimal:
    """Return the confidence that a strategy's signals must be above."""
    own = strategy.confidence_threshold
    return desk.desk.confidence_threshold if own is None else own


def add_power(made: Simulation, part: PowerPlan) -> None:
    """Add a power market's day: its settlement, its synthetic book, its forecasts."""
    add_periods(made, part.periods)
    if part.virtuals is not None:
        add_periods(made, part.virtuals.periods)
    rows = part.forecasts
    made.add_forecasts(
        instrument=whole(rows.instrument),
        ts=whole(rows.published),
        valid_until=whole(rows.valid_until),
        price=whole(rows.price),
        confidence_ppm=whole(rows.confidence_ppm),
    )
    if part.spec.synthetic_book is not None and part.chain is not None:
        add_books(made, part, part.spec.synthetic_book, part.chain)


def add_periods(made: Simulation, periods: Periods) -> None:
    """Add the delivery periods that a pool or a two-settlement market settles."""
    count = periods.delivery_start.size
    numbers = whole(periods.first_instrument + np.arange(count))
    if periods.day_ahead_price is None or periods.day_ahead_published is None:
        made.add_dispatch(
            instrument=numbers,
            published=whole(periods.real_time_published),
            price=whole(periods.real_time_price),
        )
    else:
        made.add_two_settlement(
            instrument=numbers,
            gate=whole(periods.gate),
            day_ahead_published=whole(periods.day_ahead_published),
            day_ahead=whole(periods.day_ahead_price),
            real_time_published=whole(periods.real_time_published),
            real_time=whole(periods.real_time_price),
        )


def add_books(
    made: Simulation, part: PowerPlan, book: SyntheticBookSpec, chain: SyntheticChain
) -> None:
    """Add the made-up book: each hour's contract trades around the recorded price of its time."""
    travel = (book.latency_ms * 800_000, book.latency_ms * 400_000)
    made.set_latencies(
        chain.venue, feed=travel, submit=travel, amend=travel, cancel=travel, report=travel
    )
    half_spread = max(1, round(book.half_spread / book.tick))
    lots = max(1, round(book.level_volume / book.lot))
    participants: dict[str, SupportsIndex] = {
        "makers": 4,
        "maker_interval_ns": 20 * NANOS,
        "half_spread": half_spread,
        "levels": 4,
        "level_step": max(1, half_spread // 2),
        "maker_lots": lots,
        "wander": max(1, half_spread // 2),
        "noise": 6,
        "noise_interval_ns": 60 * NANOS,
        "noise_lots": max(1, lots // 2),
        "momentum": 2,
        "momentum_interval_ns": 60 * NANOS,
        "momentum_ticks": 6 * half_spread,
        "momentum_lots": max(1, lots // 2),
    }
    for number, opens in zip(chain.instruments, chain.opens, strict=True):
        made.add_book(
            number,
            opens=opens,
            ts=whole(part.series.delivery_start),
            price=whole(part.series.price_millionths),
            participants=participants,
        )
    made.add_alarms(whole([at for at, _ in chain.rolls]))
    # What is still open when the hour has been delivered settles at the market's own price.
    known = np.isfinite(chain.settlement)
    ends = whole(np.array(chain.ends)[known])
    made.add_prices(
        "real_time",
        instrument=whole(np.array(chain.instruments)[known]),
        ts_event=ends,
        ts_recv=ends,
        price=whole(np.rint(chain.settlement[known] * 1e6)),
    )


def add_futures(made: Simulation, part: FuturesPlan) -> None:
    """Add a product's settlements."""
    made.add_settlements(
        part.venue,
        cost=part.spec.cost,
        instrument=whole(part.instrument),
        published=whole(part.published),
        price=whole(part.price),
    )
    # A roll is decided before the settlement at which it trades.
    made.add_alarms(whole([at for at, _ in part.rolls]))


def add_battery(made: Simulation, owner: Owner, spec: BatterySpec, part: PowerPlan) -> None:
    """Add a battery that offers into a power market's day."""
    periods = part.periods
    count = periods.delivery_start.size
    one_way = ppm(spec.efficiency.sqrt())
    battery = Battery(
        power=spec.power,
        lot=exact(100_000),
        capacity=spec.energy,
        floor=0,
        ceiling=spec.energy,
        initial=spec.initial_energy,
        charge_efficiency_ppm=one_way,
        discharge_efficiency_ppm=one_way,
        cycles_per_day_ppm=ppm(spec.cycles_per_day),
    )
    day = (np.datetime64(part.day.date) - np.datetime64("1970-01-01")).astype(np.int64)
    low, high = part.source.price_limits
    is_pool = periods.day_ahead_price is None
    made.add_battery(
        owner,
        battery=battery,
        charge_quantile_ppm=ppm(spec.charge_quantile),
        discharge_quantile_ppm=ppm(spec.discharge_quantile),
        cost=spec.wear_cost,
        slots=[
            whole(periods.first_instrument + np.arange(count)),
            whole(periods.delivery_start),
            whole(np.full(count, periods.seconds)),
            whole(np.full(count, int(day))),
            whole(periods.offer_at),
        ],
        horizon=count if is_pool else None,
        min_price=Decimal(str(low)),
        max_price=Decimal(str(high)),
        lead_ns=0 if is_pool else 300 * NANOS,
    )


def add_virtual(made: Simulation, owner: Owner, spec: VirtualSpec, part: PowerPlan) -> None:
    """Add virtual bids for the hours of a two-settlement day.

    Raises
    ------
    DeskError
        If the market's hours were not planned for them.
    """
    if part.virtuals is None:
        message = f"strategy {spec.name!r}: {spec.market!r} has no virtual hours; name another"
        raise DeskError(message)
    hours = np.arange(part.periods.delivery_start.size)
    made.add_virtual(
        owner,
        volume=spec.volume,
        slots=[
            whole(part.virtuals.periods.first_instrument + hours),
            whole(part.periods.first_instrument + hours),
            whole(part.periods.offer_at),
        ],
    )


def add_strategy(made: Simulation, plan: Plan, owner: Owner, spec: StrategySpec) -> None:
    """Add one strategy of the desk.

    Raises
    ------
    DeskError
        If its market is not traded in this run, or its Python file cannot be used.
    """
    power = {part.spec.name: part for part in plan.power}
    futures = {part.spec.name: part for part in plan.futures}
    if isinstance(spec, BatterySpec):
        add_battery(made, owner, spec, power[spec.market])
        return
    if isinstance(spec, VirtualSpec):
        add_virtual(made, owner, spec, power[spec.market])
        return
    if spec.market in power:
        chain = power[spec.market].chain
        if chain is None:
            message = f"strategy {spec.name!r}: market {spec.market!r} has no book; add one"
            raise DeskError(message)
        front, rolls = chain.instruments[0], chain.rolls
    else:
        front, rolls = futures[spec.market].first_instrument, futures[spec.market].rolls
    if isinstance(spec, PythonSpec):
        made.add_strategy(owner, load_strategy(Path(plan.desk.path).parent, spec, front, rolls))
    elif isinstance(spec, EmaCrossSpec):
        made.add_ema_cross(
            owner,
            instrument=front,
            fast=spec.fast,
            slow=spec.slow,
            volume=spec.volume,
            rolls=list(rolls),
        )
    elif isinstance(spec, MomentumSpec):
        made.add_window_strategy(
            owner,
            reverts=isinstance(spec, MeanReversionSpec),
            instrument=front,
            window=spec.window,
            volume=spec.volume,
            horizon_ns=spec.horizon_seconds * NANOS,
            step_ns=spec.step_seconds * NANOS if spec.market in power else None,
            rolls=list(rolls),
        )


def simulation(plan: Plan, seed: int) -> Simulation:
    """Return the simulation of a plan, ready to be opened.

    A strategy whose market is not traded in this run is left out; its number stays its own.

    Raises
    ------
    DeskError
        If a strategy cannot be used.
    """
    desk = plan.desk
    made = Simulation(seed=seed, desk_currency=desk.desk.currency, start=start_of(plan))
    add_reference(made, plan)
    for part in plan.power:
        add_power(made, part)
    for chain in plan.futures:
        add_futures(made, chain)
    books = {book.name: number for number, book in enumerate(desk.book, start=1)}
    for number, spec in traded(plan):
        owner = Owner(trading_book=books[spec.book], trader=1, strategy=number)
        add_strategy(made, plan, owner, spec)
    return made
