"""A plan as a simulation: venues, instruments, strategies and limits handed to the engine."""

from decimal import Decimal
from itertools import count
from pathlib import Path

import numpy as np

from wattbook.assets import Battery
from wattbook.domain import (
    Instrument,
    Money,
    Owner,
    SetFees,
    SetFxRate,
    SetLimits,
    SetOrderRate,
    SetThreshold,
    Venue,
)
from wattbook.errors import DeskError, InputError
from wattbook.execution import Simulation
from wattbook.runtime.auctions import add_coupled, enter_auctions
from wattbook.runtime.coupled.clearing import CoupledAuctions
from wattbook.runtime.desk.execute import ExecuteSpec
from wattbook.runtime.desk.legs import LegsSpec
from wattbook.runtime.desk.route import RouteSpec
from wattbook.runtime.desk.spec import (
    BatterySpec,
    Desk,
    EmaCrossSpec,
    MeanReversionSpec,
    MomentumSpec,
    PairSpec,
    PythonSpec,
    StrategySpec,
    TraderSpec,
    VirtualSpec,
    VirtualSpreadSpec,
)
from wattbook.runtime.dispatch.trader import DispatchedBattery
from wattbook.runtime.orders import add_legs, add_route
from wattbook.runtime.pairs import pair_trader
from wattbook.runtime.plan import (
    FuturesPlan,
    InstrumentPlan,
    Periods,
    Plan,
    PowerPlan,
    millionths,
)
from wattbook.runtime.risk.limits import limit_references, sensitivities
from wattbook.runtime.risk.scenarios import scenario_sets
from wattbook.runtime.synthetic import add_books, believed, first_call
from wattbook.runtime.user import load_strategy
from wattbook.runtime.virtual_spread import virtual_spread_trader

__all__ = ["simulation", "start_of"]

PERSON = 1_000
"""The engine's client of orders by hand."""
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
    first += [at for part in plan.power if (at := first_call(part)) is not None]
    first += [part.start for part in plan.coupled]
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
    markets |= {part.spec.name for part in plan.coupled}
    return [
        (number, spec)
        for number, spec in enumerate(plan.desk.strategy, start=1)
        if spec.market in markets
        and not (isinstance(spec, VirtualSpreadSpec) and spec.against not in (None, *markets))
    ]


def owner_of(desk: Desk, number: int, spec: StrategySpec) -> Owner:
    """Return whose the orders of a strategy are."""
    books = {book.name: place for place, book in enumerate(desk.book, start=1)}
    return Owner(trading_book=books[spec.book], trader=desk.traders[spec.trader], strategy=number)


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
    add_fees(made, plan)
    for entry in plan.instruments:
        made.add_reference(instrument(entry))
    known, *later = scenario_sets(plan, made.start)
    for event in limit_references(plan, known):
        made.add_reference(event)
    for scenarios in later:
        for change in sensitivities(scenarios):
            made.add_sensitivities(change, scenarios.at)
    rates = {book.name: book.orders_per_second for book in desk.book}
    # Strategies that trade by themselves are clients 1, 2, … in the order of the desk file.
    clients = count(1)
    for number, strategy in traded(plan):
        by_hand = isinstance(strategy, TraderSpec)
        client = PERSON if by_hand else next(clients)
        made.add_reference(SetOrderRate(client=client, orders_per_second=rates[strategy.book]))
        if by_hand:
            # A person answers for the order; no model has to be sure.
            continue
        made.add_reference(
            SetThreshold(strategy=number, confidence_ppm=ppm(threshold(desk, strategy)))
        )


def add_fees(made: Simulation, plan: Plan) -> None:
    """Tell the engine what synthetic books charge for trading, and markets for virtual awards."""
    for part in plan.power:
        if part.virtuals is not None and part.spec.virtual_charge:
            # Awards of physical deliveries pay no fee.
            charge = SetFees(venue=part.venue, maker=0, taker=part.spec.virtual_charge)
            made.add_reference(charge)
    places = [(part.spec.synthetic_book, part.chain) for part in plan.power]
    coupled = [(part.spec.synthetic_book, part.books) for part in plan.coupled]
    for book, place in [*places, *coupled]:
        if book is not None and place is not None:
            fees = SetFees(venue=place.venue, maker=book.maker_fee, taker=book.taker_fee)
            made.add_reference(fees)


def threshold(desk: Desk, strategy: StrategySpec) -> Decimal:
    """Return the confidence that a strategy's signals must be above."""
    own = strategy.confidence_threshold
    return desk.desk.confidence_threshold if own is None else own


def add_power(made: Simulation, part: PowerPlan) -> None:
    """Add a power market's day: its settlement, its synthetic book, its forecasts."""
    add_periods(made, part.periods)
    if part.virtuals is not None:
        add_periods(made, part.virtuals.periods)
    part.forecasts.add_to(made)
    book, calls = part.spec.synthetic_book, first_call(part)
    if book is not None and part.chain is not None and calls is not None:
        add_books(made, believed(part, book, calls), book, part.chain)


def add_periods(made: Simulation, periods: Periods) -> None:
    """Add the delivery periods that a pool or a two-settlement market settles."""
    count = periods.delivery_start.size
    numbers = periods.first_instrument + np.arange(count)
    if periods.day_ahead_price is None or periods.day_ahead_published is None:
        made.add_dispatch(
            instrument=numbers,
            published=periods.real_time_published,
            price=periods.real_time_price,
        )
    else:
        made.add_two_settlement(
            instrument=numbers,
            gate=periods.gate,
            day_ahead_published=periods.day_ahead_published,
            day_ahead=periods.day_ahead_price,
            real_time_published=periods.real_time_published,
            real_time=periods.real_time_price,
        )


def add_futures(made: Simulation, part: FuturesPlan) -> None:
    """Add a product's settlements."""
    made.add_settlements(
        part.venue,
        cost=part.spec.cost,
        instrument=part.instrument,
        published=part.published,
        price=part.price,
    )
    # A roll is decided before the settlement at which it trades.
    made.add_alarms(np.array([at for at, _ in part.rolls], dtype=np.int64))


def add_battery(made: Simulation, owner: Owner, spec: BatterySpec, part: PowerPlan) -> None:
    """Add a battery that offers into a power market's day."""
    periods = part.periods
    count = periods.delivery_start.size
    one_way = ppm(spec.efficiency.sqrt()) / PPM
    battery = Battery(
        power=spec.power,
        capacity=spec.energy,
        initial=spec.initial_energy,
        charge_efficiency=one_way,
        discharge_efficiency=one_way,
        cycles_per_day=float(spec.cycles_per_day),
    )
    day = (np.datetime64(part.day.date) - np.datetime64("1970-01-01")).astype(np.int64)
    low, high = part.source.price_limits
    is_pool = periods.day_ahead_price is None
    made.add_battery(
        owner,
        battery,
        instrument=periods.first_instrument + np.arange(count),
        delivery_start=periods.delivery_start,
        seconds=np.full(count, periods.seconds),
        day=np.full(count, int(day)),
        offer_at=periods.offer_at,
        charge_quantile=float(spec.charge_quantile),
        discharge_quantile=float(spec.discharge_quantile),
        horizon=count if is_pool else None,
        wear_cost=spec.wear_cost,
        price_limits=(Decimal(str(low)), Decimal(str(high))),
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
        instrument=part.virtuals.periods.first_instrument + hours,
        day_ahead=part.periods.first_instrument + hours,
        offer_at=part.periods.offer_at,
        volume=spec.volume,
    )


def add_execution(made: Simulation, owner: Owner, spec: ExecuteSpec, part: PowerPlan) -> None:
    """Add an order that an algorithm works in one hour of a synthetic book.

    Raises
    ------
    DeskError
        If the day has no such hour, or the order would begin after its gate.
    """
    chain = part.chain
    if chain is None or spec.contract > len(chain.instruments):
        count = 0 if chain is None else len(chain.instruments)
        message = f"strategy {spec.name!r}: contract {spec.contract} is none of the {count} hours"
        raise DeskError(f"{message} of {spec.market!r}; name one of them")
    place = spec.contract - 1
    gate = chain.ends[place]
    starts = chain.opens[place] + int(spec.after_minutes * 60 * NANOS)
    ends = min(starts + int(spec.minutes * 60 * NANOS), gate)
    if spec.algorithm == "close":
        # The closing auction clears at the gate; its fills come after it.
        ends = gate + 60 * NANOS
    if starts >= gate:
        message = f"strategy {spec.name!r}: after_minutes {spec.after_minutes} is after the gate"
        raise DeskError(f"{message} of contract {spec.contract}; begin earlier")
    made.add_execution(
        owner,
        instrument=chain.instruments[place],
        side=spec.side,
        volume=spec.volume,
        algorithm=spec.algorithm,
        starts=starts,
        ends=ends,
        limit=spec.limit,
        parameters=spec.parameters.given(),
    )


def add_order(
    made: Simulation,
    owner: Owner,
    spec: ExecuteSpec | LegsSpec | RouteSpec,
    power: dict[str, PowerPlan],
) -> None:
    """Add one order: worked by an algorithm in one market, routed over several, or of several legs.

    Raises
    ------
    DeskError
        If a market does not trade its hour then.
    """
    if isinstance(spec, ExecuteSpec):
        add_execution(made, owner, spec, power[spec.market])
    elif isinstance(spec, LegsSpec):
        add_legs(made, owner, spec, power)
    else:
        add_route(made, owner, spec, power)


def add_without_front(
    made: Simulation,
    owner: Owner,
    spec: StrategySpec,
    power: dict[str, PowerPlan],
    futures: dict[str, FuturesPlan],
) -> bool:
    """Add a strategy that does more than follow one contract in front; false if it is none.

    Raises
    ------
    DeskError
        If what it trades is not traded in this run.
    """
    if isinstance(spec, BatterySpec):
        add_battery(made, owner, spec, power[spec.market])
    elif isinstance(spec, VirtualSpreadSpec):
        trader = virtual_spread_trader(spec, power)
        made.add_alarms(trader.alarms)
        made.add_strategy(owner, trader)
    elif isinstance(spec, VirtualSpec):
        add_virtual(made, owner, spec, power[spec.market])
    elif isinstance(spec, ExecuteSpec | LegsSpec | RouteSpec):
        add_order(made, owner, spec, power)
    elif isinstance(spec, PairSpec):
        made.add_strategy(owner, pair_trader(spec, futures))
    else:
        return False
    return True


def add_strategy(
    made: Simulation,
    plan: Plan,
    owner: Owner,
    spec: StrategySpec,
    dispatched: list[DispatchedBattery] | None = None,
) -> None:
    """Add one strategy of the desk.

    Raises
    ------
    DeskError
        If its market is not traded in this run, its Python file cannot be used, or a figure of it
        does not fit the contracts, such as a volume off the lot.
    """
    try:
        add_kind(made, plan, owner, spec, dispatched)
    except DeskError:
        raise
    except InputError as fault:
        message = f"{plan.desk.path}: strategy {spec.name!r}: {fault}"
        raise DeskError(message) from fault


def add_kind(
    made: Simulation,
    plan: Plan,
    owner: Owner,
    spec: StrategySpec,
    dispatched: list[DispatchedBattery] | None,
) -> None:
    """Add one strategy of the desk, by its kind.

    Raises
    ------
    InputError
        If it does not fit what is traded.
    """
    power = {part.spec.name: part for part in plan.power}
    futures = {part.spec.name: part for part in plan.futures}
    coupled = {part.spec.name: part for part in plan.coupled}
    if spec.market in coupled and enter_auctions(
        made, owner, spec, coupled[spec.market], [] if dispatched is None else dispatched
    ):
        return
    if add_without_front(made, owner, spec, power, futures):
        return
    if spec.market in power:
        chain = power[spec.market].chain
        if chain is None:
            message = f"strategy {spec.name!r}: market {spec.market!r} has no book; add one"
            raise DeskError(message)
        front, rolls = chain.instruments[0], chain.rolls
    elif spec.market in coupled:
        books = coupled[spec.market].books
        if books is None:
            message = f"strategy {spec.name!r}: market {spec.market!r} has no book; add one"
            raise DeskError(message)
        front, rolls = books.first_instrument, books.rolls
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
            rolls=rolls,
        )
    elif isinstance(spec, MomentumSpec):
        made.add_momentum(
            owner,
            reverts=isinstance(spec, MeanReversionSpec),
            instrument=front,
            window=spec.window,
            volume=spec.volume,
            horizon_ns=spec.horizon_seconds * NANOS,
            step_ns=None if spec.market in futures else spec.step_seconds * NANOS,
            rolls=rolls,
        )


def add_netting(made: Simulation, plan: Plan) -> None:
    """Let opposite orders cross within the desk, where it has ``[netting]``."""
    netting = plan.desk.netting
    if netting is None:
        return
    named = netting.strategies or tuple(spec.name for spec in plan.desk.strategy)
    numbers = [number for number, spec in traded(plan) if spec.name in named]
    made.net(numbers, wait_ns=int(netting.wait_seconds * NANOS))


def simulation(
    plan: Plan,
    seed: int,
    cleared: dict[str, CoupledAuctions] | None = None,
    dispatched: list[DispatchedBattery] | None = None,
) -> Simulation:
    """Return the simulation of a plan, ready to be opened.

    A strategy whose market is not traded in this run is left out; its number stays its own.

    Parameters
    ----------
    plan : Plan
        What the run will meet.
    seed : int
        Of everything random.
    cleared : dict, optional
        Takes what clears the auctions of each coupled market, by the market's name.
    dispatched : list, optional
        Takes the batteries that are really run.

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
    names = {number: spec.name for number, spec in enumerate(desk.strategy, start=1)}
    for market in plan.coupled:
        auctions = market.clearing(names)
        add_coupled(made, market, auctions)
        if cleared is not None:
            cleared[market.spec.name] = auctions
    add_netting(made, plan)
    for number, spec in traded(plan):
        # Nobody enters the orders of a trader when a day is traded again.
        if not isinstance(spec, TraderSpec):
            add_strategy(made, plan, owner_of(desk, number, spec), spec, dispatched)
    return made
