"""Refuses what a desk file says that does not fit together."""

from decimal import Decimal
from typing import TYPE_CHECKING

from wattbook.domain.eic import eic_fault
from wattbook.runtime.desk.execute import ExecuteSpec
from wattbook.runtime.desk.legs import LegsSpec
from wattbook.runtime.desk.limits import check_clearing, check_limit
from wattbook.runtime.desk.reader import KeyPath, Reader
from wattbook.runtime.desk.reserves import check_colocated, check_reserves
from wattbook.runtime.desk.route import RouteSpec
from wattbook.runtime.desk.spec import (
    BatterySpec,
    Desk,
    DispatchSpec,
    EmaCrossSpec,
    LiveSpec,
    MarketSpec,
    PairSpec,
    PlantSpec,
    StrategySpec,
    VirtualSpec,
    VirtualSpreadSpec,
    WindSpec,
)

if TYPE_CHECKING:
    from wattbook.sources import Source

__all__ = ["check"]


def check(reader: Reader, desk: Desk) -> None:
    """Refuse names that lead nowhere and currencies without a rate.

    Raises
    ------
    DeskError
        With the nearest name that exists.
    """
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    reader.currency(("desk", "currency"), desk.desk.currency)
    needed: list[tuple[KeyPath, str]] = []
    for place, market in enumerate(desk.market):
        key: KeyPath = ("market", place, "source")
        source = SOURCES[reader.choice(key, market.source, SOURCES, "source")]
        needed.append((key, source.currency))
        check_book(reader, place, market)
        check_zone(reader, place, market, source)
    needed += [(("futures", place, "product"), "USD") for place in range(len(desk.futures))]
    for key, code in needed:
        if code != desk.desk.currency and code not in desk.fx:
            message = (
                f"its currency {code} has no rate; add {code} = … under [fx], the worth of one "
                f"{code} in {desk.desk.currency}"
            )
            raise reader.refuse(key, message)
    for place, futures in enumerate(desk.futures):
        if futures.last_day < futures.first_day:
            message = f"{futures.last_day} is before first_day {futures.first_day}; swap them"
            raise reader.refuse(("futures", place, "last_day"), message)
    if desk.live is not None:
        check_live(reader, desk, desk.live)
    markets = [market.name for market in desk.market]
    markets += [futures.name for futures in desk.futures]
    books = [book.name for book in desk.book]
    for place, strategy in enumerate(desk.strategy):
        reader.choice(("strategy", place, "market"), strategy.market, markets, "market or futures")
        reader.choice(("strategy", place, "book"), strategy.book, books, "book")
        check_strategy(reader, desk, place, strategy)
        check_orders(reader, desk, place, strategy)
    for place in range(len(desk.clearing)):
        check_clearing(reader, desk, place, markets, books)
    for place in range(len(desk.limit)):
        check_limit(reader, desk, place, markets, books)
    check_names(reader, desk)
    if not desk.strategy:
        raise reader.refuse((), "no [[strategy]] trades; add one")


def check_orders(reader: Reader, desk: Desk, place: int, strategy: StrategySpec) -> None:
    """Refuse an order, a route or legs that cannot be worked.

    Raises
    ------
    DeskError
        Naming the key.
    """
    if isinstance(strategy, ExecuteSpec):
        check_execution(reader, desk, place, strategy)
    if isinstance(strategy, RouteSpec):
        check_route(reader, desk, place, strategy)
    if isinstance(strategy, LegsSpec):
        check_legs(reader, desk, place, strategy)


def check_names(reader: Reader, desk: Desk) -> None:
    """Refuse netting of a strategy, or a venue of a market, that the desk does not have.

    Raises
    ------
    DeskError
        With the nearest name that exists.
    """
    strategies = [strategy.name for strategy in desk.strategy]
    for place, name in enumerate(desk.netting.strategies if desk.netting is not None else ()):
        reader.choice(("netting", "strategies", place), name, strategies, "strategy")
    markets = [market.name for market in desk.market]
    for place, venue in enumerate(desk.venue):
        reader.choice(("venue", place, "market"), venue.market, markets, "market")


def check_live(reader: Reader, desk: Desk, live: LiveSpec) -> None:
    """Refuse a session without names, half of weekly hours, a trader twice, four eyes of one.

    Raises
    ------
    DeskError
        Naming what is missing.
    """
    if not desk.venue and not (live.sender and live.target):
        message = "sender or target is missing; give both, or a [[venue]] that takes the orders"
        raise reader.refuse(("live",), message)
    hours = live.hours
    if hours is not None and (hours.first_day is None) != (hours.last_day is None):
        message = "weekly hours need first_day and last_day; give both or none"
        raise reader.refuse(("live", "hours"), message)
    for place, trader in enumerate(live.trader):
        if trader.name in [other.name for other in live.trader[:place]]:
            message = f"{trader.name!r} is taken by an earlier trader; choose another name"
            raise reader.refuse(("live", "trader", place, "name"), message)
    if live.four_eyes is not None and len(live.trader) < 2:
        message = "an order that waits for a second person needs two [[live.trader]]; add them"
        raise reader.refuse(("live", "four_eyes"), message)


def check_book(reader: Reader, place: int, market: MarketSpec) -> None:
    """Refuse a halt without a collar, and prices and volumes finer than the book's own steps.

    Raises
    ------
    DeskError
        Naming what is missing.
    """
    book = market.synthetic_book
    if book is None:
        return
    key: KeyPath = ("market", place, "synthetic_book")
    session = book.session
    if session.halt_seconds and not session.collar:
        message = f"{session.halt_seconds} s of halt need a collar above 0; add one"
        raise reader.refuse((*key, "session", "halt_seconds"), message)
    steps = {"tick": ("level_step", "wander", "momentum_move"), "lot": ("noise_volume",)}
    steps["lot"] += ("momentum_volume",)
    for step, names in steps.items():
        for name in names:
            value = getattr(book.participants, name)
            if value and value < getattr(book, step):
                message = f"{value} is below the book's {step} {getattr(book, step)}; give more"
                raise reader.refuse((*key, "participants", name), message)
    if 0 < session.collar < book.tick:
        message = f"{session.collar} is below the book's tick {book.tick}; give more"
        raise reader.refuse((*key, "session", "collar"), message)


def check_zone(reader: Reader, place: int, market: MarketSpec, source: "Source") -> None:
    """Refuse a zone that the market does not have, and a day that a coupled market cannot find.

    Raises
    ------
    DeskError
        Naming the zones.
    """
    key: KeyPath = ("market", place)
    if market.virtual_charge and source.market_model != "two_settlement":
        message = (
            f"{market.virtual_charge}: source {source.name!r} does not settle twice; leave it out"
        )
        raise reader.refuse((*key, "virtual_charge"), message)
    if market.borders is not None and not (source.zones and source.is_recorded):
        message = f"{market.borders!r}: source {source.name!r} has no borders; leave it out"
        raise reader.refuse((*key, "borders"), message)
    if not source.zones:
        if market.zone is not None:
            message = f"{market.zone!r}: source {source.name!r} has one zone only; leave it out"
            raise reader.refuse((*key, "zone"), message)
        return
    if market.zone is not None:
        reader.choice((*key, "zone"), market.zone, source.zones, f"zone of {source.name!r}")
    if isinstance(market.day, str):
        message = f"{market.day!r}: a coupled market has no prices to choose a day by; give a date"
        raise reader.refuse((*key, "day"), message)
    if market.synthetic_book is not None and source.is_recorded:
        message = (
            f"nothing is recorded of {source.name!r} after its auction to make a book up around; "
            "leave the section out"
        )
        raise reader.refuse((*key, "synthetic_book"), message)


def check_coupled(reader: Reader, place: int, strategy: StrategySpec, market: MarketSpec) -> None:
    """Refuse what cannot be offered into an auction.

    Raises
    ------
    DeskError
        Naming the key.
    """
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    source = SOURCES[market.source]
    if isinstance(strategy, BatterySpec) and strategy.dispatch is not None:
        check_dispatch(reader, place, strategy.dispatch, market)
    if source.market_model != "auction":
        return
    low, high = source.price_limits
    if isinstance(strategy, WindSpec | PlantSpec) and not low <= strategy.marginal_cost <= high:
        message = (
            f"{strategy.marginal_cost} is outside of the day-ahead price limits {low:,.0f} to "
            f"{high:,.0f}; give a cost between them"
        )
        raise reader.refuse(("strategy", place, "marginal_cost"), message)


def check_dispatch(reader: Reader, place: int, spec: DispatchSpec, market: MarketSpec) -> None:
    """Refuse to run a battery where nothing can be traded again, or by steps that do not fit.

    Raises
    ------
    DeskError
        Naming the key.
    """
    from wattbook.compliance import UNIT_KINDS  # noqa: PLC0415 - brings XML
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    key: KeyPath = ("strategy", place, "dispatch")
    if SOURCES[market.source].market_model != "auction" or market.synthetic_book is None:
        message = (
            f"market {market.name!r} has no continuous book of delivery periods to trade a "
            'deviation in; name one with source "coupled" and [market.synthetic_book]'
        )
        raise reader.refuse(key, message)
    if 900 % spec.step_seconds:
        message = f"{spec.step_seconds} s do not divide a quarter-hour; give 10, 60 or the like"
        raise reader.refuse((*key, "step_seconds"), message)
    for name, code, kinds in (
        ("unit_eic", spec.unit_eic, UNIT_KINDS),
        ("zone_eic", spec.zone_eic, "Y"),
    ):
        if wrong := eic_fault(code, kinds):
            raise reader.refuse((*key, name), f"{code!r} is no EIC: {wrong}")
    check_reserves(reader, key, spec.reserve)
    check_colocated(reader, key, spec)
    for number, fault in enumerate(spec.fault):
        if fault.until is not None and fault.until <= fault.at:
            message = f"{fault.until} is not after {fault.at}; give a later time of the day"
            raise reader.refuse((*key, "fault", number, "until"), message)
        if fault.inverters > spec.inverters:
            message = f"{fault.inverters} of {spec.inverters} inverters cannot trip; give less"
            raise reader.refuse((*key, "fault", number, "inverters"), message)


def check_strategy(reader: Reader, desk: Desk, place: int, strategy: StrategySpec) -> None:
    """Refuse a strategy that its market cannot carry.

    Raises
    ------
    DeskError
        Naming what is missing.
    """
    power = {market.name: market for market in desk.market}
    key: KeyPath = ("strategy", place, "market")
    if isinstance(strategy, BatterySpec):
        check_battery(reader, place, strategy, is_power=strategy.market in power)
    elif isinstance(strategy, VirtualSpec):
        check_virtual(reader, power.get(strategy.market), key, strategy)
        if isinstance(strategy, VirtualSpreadSpec) and strategy.against is not None:
            check_against(reader, power, place, strategy)
    elif isinstance(strategy, WindSpec | PlantSpec):
        check_auctioned(reader, power.get(strategy.market), key, strategy.kind)
        if isinstance(strategy, PlantSpec):
            check_plant(reader, place, strategy)
    elif isinstance(strategy, PairSpec):
        check_pair(reader, desk, place, strategy)
    elif strategy.market in power and power[strategy.market].synthetic_book is None:
        message = (
            f"market {strategy.market!r} has no continuous book for a {strategy.kind} strategy; "
            "add [market.synthetic_book] to it"
        )
        raise reader.refuse(key, message)
    if strategy.market in power and isinstance(strategy, BatterySpec | WindSpec | PlantSpec):
        check_coupled(reader, place, strategy, power[strategy.market])
    if isinstance(strategy, EmaCrossSpec):
        if strategy.market not in power:
            message = (
                f"futures {strategy.market!r} settle once a day and have no quotes to average; "
                "use momentum or name a [[market]]"
            )
            raise reader.refuse(key, message)
        if strategy.fast >= strategy.slow:
            message = f"{strategy.fast} is not below slow {strategy.slow}; lower it"
            raise reader.refuse(("strategy", place, "fast"), message)


def check_pair(reader: Reader, desk: Desk, place: int, strategy: PairSpec) -> None:
    """Refuse a pair that is not of two futures, or that would end where it begins.

    Raises
    ------
    DeskError
        Naming the key.
    """
    key: KeyPath = ("strategy", place)
    futures = [product.name for product in desk.futures]
    reader.choice((*key, "market"), strategy.market, futures, "futures of a pair")
    if strategy.against is not None:
        reader.choice((*key, "against"), strategy.against, futures, "futures of a pair")
        if strategy.against == strategy.market:
            message = f"{strategy.against!r} is its market too; leave it out for the next month"
            raise reader.refuse((*key, "against"), message)
    if strategy.leave >= strategy.entry:
        message = f"{strategy.leave} is not below entry {strategy.entry}; lower it"
        raise reader.refuse((*key, "leave"), message)


def check_battery(reader: Reader, place: int, strategy: BatterySpec, *, is_power: bool) -> None:
    """Refuse a battery in futures, or one whose own figures do not fit.

    Raises
    ------
    DeskError
        Naming the key.
    """
    key: KeyPath = ("strategy", place)
    if not is_power:
        message = f"a battery cannot deliver into futures {strategy.market!r}; name a [[market]]"
        raise reader.refuse((*key, "market"), message)
    if strategy.initial_energy > strategy.energy:
        message = f"{strategy.initial_energy} MWh is above energy {strategy.energy}; give less"
        raise reader.refuse((*key, "initial_energy"), message)
    if strategy.charge_quantile >= strategy.discharge_quantile:
        message = (
            f"{strategy.charge_quantile} is not below discharge_quantile "
            f"{strategy.discharge_quantile}; lower it"
        )
        raise reader.refuse((*key, "charge_quantile"), message)


def check_execution(reader: Reader, desk: Desk, place: int, strategy: ExecuteSpec) -> None:
    """Refuse an order where no hour of a synthetic book can be named.

    Raises
    ------
    DeskError
        Naming what is missing.
    """
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    market = next((one for one in desk.market if one.name == strategy.market), None)
    if market is None or SOURCES[market.source].market_model == "auction":
        message = (
            "an order is executed in an hour of a synthetic book; name a [[market]] with one that "
            "is not coupled"
        )
        raise reader.refuse(("strategy", place, "market"), message)


def check_route(reader: Reader, desk: Desk, place: int, strategy: RouteSpec) -> None:
    """Refuse an order off the steps of its markets, over one of them twice or without a book.

    Raises
    ------
    DeskError
        Naming what is missing.
    """
    books = [market.name for market in desk.market if market.synthetic_book is not None]
    reader.choice(("strategy", place, "market"), strategy.market, books, "market with a book")
    for nth, other in enumerate(strategy.others):
        key: KeyPath = ("strategy", place, "others")
        reader.choice(key, other, books, "market with a [market.synthetic_book]")
        if other in strategy.markets[: nth + 1]:
            raise reader.refuse(key, f"{other!r} is named twice; name each market once")
    if not strategy.others:
        message = "an order is routed over several markets; name at least one more"
        raise reader.refuse(("strategy", place, "others"), message)
    if strategy.capacities and len(strategy.capacities) != len(strategy.others):
        message = f"{len(strategy.capacities)} for {len(strategy.others)} others; give one each"
        raise reader.refuse(("strategy", place, "capacities"), message)
    named = [market for market in desk.market if market.name in strategy.markets]
    steps = [market.synthetic_book for market in named if market.synthetic_book is not None]
    for name, value, step in (
        ("volume", strategy.volume, min(book.lot for book in steps)),
        ("limit", strategy.limit, min(book.tick for book in steps)),
    ):
        if value % step:
            message = f"{value} is no multiple of {step}, the finest step of its markets; round it"
            raise reader.refuse(("strategy", place, name), message)


def check_legs(reader: Reader, desk: Desk, place: int, strategy: LegsSpec) -> None:
    """Refuse legs without a synthetic book or off its lot, fewer than two, and one of them twice.

    Raises
    ------
    DeskError
        Naming what is missing.
    """
    books = [market.name for market in desk.market if market.synthetic_book is not None]
    if len(strategy.leg) < 2:
        message = f"{len(strategy.leg)} legs; give two or more [[strategy.leg]]"
        raise reader.refuse(("strategy", place), message)
    seen: set[tuple[str, int]] = set()
    for nth, leg in enumerate(strategy.leg):
        key: KeyPath = ("strategy", place, "leg", nth)
        market = leg.market or strategy.market
        reader.choice((*key, "market"), market, books, "market with a [market.synthetic_book]")
        if (market, leg.contract) in seen:
            message = f"contract {leg.contract} of {market!r} is a leg already; name another"
            raise reader.refuse((*key, "contract"), message)
        seen.add((market, leg.contract))
        lots = [one.synthetic_book for one in desk.market if one.name == market]
        lot = lots[0].lot if lots and lots[0] is not None else leg.volume
        if leg.volume % lot:
            message = f"{leg.volume} is no multiple of the lot {lot} of {market!r}; round it"
            raise reader.refuse((*key, "volume"), message)


def check_against(
    reader: Reader, power: dict[str, MarketSpec], place: int, strategy: VirtualSpreadSpec
) -> None:
    """Refuse a path whose source is no market of two settlements, or its sink, or bids elsewhen.

    Raises
    ------
    DeskError
        Naming the key.
    """
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    key: KeyPath = ("strategy", place, "against")
    other = power[reader.choice(key, strategy.against, power, "[[market]]")]
    check_virtual(reader, other, key, strategy)
    if strategy.against == strategy.market:
        message = f"{strategy.against!r} is its market too; leave it out for one place"
        raise reader.refuse(key, message)
    own = SOURCES[power[strategy.market].source]
    if SOURCES[other.source].time_zone != own.time_zone:
        message = f"{strategy.against!r} is no place of the same market; name one that bids with it"
        raise reader.refuse(key, message)


def check_virtual(
    reader: Reader, market: MarketSpec | None, key: KeyPath, strategy: VirtualSpec
) -> None:
    """Refuse virtual bids into a market that does not settle twice.

    Raises
    ------
    DeskError
        Naming the sources that do.
    """
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    fitting = [name for name, one in SOURCES.items() if one.market_model == "two_settlement"]
    # The generated coupled market allows financial bids; the recorded one has no imbalance price.
    if not isinstance(strategy, VirtualSpreadSpec):
        fitting.append("coupled")
    if market is None or market.source not in fitting:
        message = (
            "virtual bids need a day-ahead and a real-time settlement; name a [[market]] whose "
            f"source is one of {', '.join(fitting)}"
        )
        raise reader.refuse(key, message)


def check_auctioned(reader: Reader, market: MarketSpec | None, key: KeyPath, kind: str) -> None:
    """Refuse a wind farm or plant in a market without auctions to clear.

    Raises
    ------
    DeskError
        Naming the sources that have some.
    """
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    fitting = [name for name, one in SOURCES.items() if one.market_model == "auction"]
    if market is None or market.source not in fitting:
        message = (
            f"a {kind} strategy bids into a coupled auction; name a [[market]] whose source is one "
            f"of {', '.join(fitting)}"
        )
        raise reader.refuse(key, message)


LOT = Decimal("0.1")


def check_plant(reader: Reader, place: int, plant: PlantSpec) -> None:
    """Refuse a plant whose powers cannot be sold in whole lots, or whose range is none.

    Raises
    ------
    DeskError
        Naming the key.
    """
    key: KeyPath = ("strategy", place)
    if plant.power_min >= plant.power:
        message = f"{plant.power_min} is not below power {plant.power}; lower it"
        raise reader.refuse((*key, "power_min"), message)
    for name, step in (("power", LOT), ("power_min", LOT), ("ramp", LOT / 5)):
        value: Decimal = getattr(plant, name)
        if value % step:
            message = f"{value} MW is no whole multiple of {step} MW; round it"
            raise reader.refuse((*key, name), message)
    for name in ("hours_on_min", "hours_off_min", "hours_off"):
        value = getattr(plant, name)
        if value % Decimal("0.25"):
            message = f"{value} h are no whole quarter-hours; round it"
            raise reader.refuse((*key, name), message)
