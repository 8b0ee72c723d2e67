"""Names of a plan's numbers, for figures and reports."""

from decimal import Decimal

from wattbook.runtime.desk.spec import BatterySpec
from wattbook.runtime.figures import (
    AuctionName,
    ClearingName,
    MarketName,
    Names,
    StrategyName,
)
from wattbook.runtime.plan import Plan
from wattbook.sources.recorded.futures import PRODUCTS

__all__ = ["BY_HAND", "names_of"]

BY_HAND = "by hand"
"""What the strategy of orders is called that persons enter into a live run; its number is the next
after those of the desk file."""

NANOS = 1_000_000_000
HOUR_NS = 3_600 * NANOS
RULES = {
    "calm": "the calm day: smallest standard deviation of prices",
    "extreme": "the extreme day: largest standard deviation of prices",
}


def battery_of(spec: BatterySpec) -> dict[str, float]:
    """Return what the state of charge is computed with, as the engine rounds it."""
    one_way = int(spec.efficiency.sqrt() * 1_000_000) / 1e6
    return {
        "power_mw": float(spec.power),
        "energy_mwh": float(spec.energy),
        "initial_mwh": float(spec.initial_energy),
        "charge_efficiency": one_way,
        "discharge_efficiency": one_way,
    }


def by_hand(plan: Plan) -> StrategyName:
    """Return what the desk calls orders that persons enter; they are told apart by their trader."""
    return StrategyName(
        strategy=len(plan.desk.strategy) + 1,
        name=BY_HAND,
        kind="by_hand",
        market=plan.power[0].spec.name,
        book=plan.desk.book[0].name,
        battery=None,
    )


def names_of(plan: Plan) -> Names:
    """Return what the desk calls the numbers of the plan."""
    markets = []
    for part in plan.power:
        rule = RULES.get(part.day.rule, "")
        detail = f" ({rule})" if rule else ""
        markets.append(
            MarketName(
                name=part.spec.name,
                description=(
                    f"{part.source.description}. {part.day.date}{detail}, {part.day.hours} h."
                ),
                venue=part.venue,
                book_venue=part.chain.venue if part.chain is not None else None,
                time_zone=part.source.time_zone,
                currency=part.source.currency,
                price_unit="MWh",
                volume_unit="MW",
                start=part.day.start,
                end=part.day.end,
                interval_seconds=part.series.interval_seconds,
            )
        )
    for coupled in plan.coupled:
        afterwards = "" if coupled.books is None else ", continuous trading"
        markets.append(
            MarketName(
                name=coupled.spec.name,
                description=(
                    f"{coupled.source.description}. Zone {coupled.zone}, {coupled.day.date}, "
                    f"{coupled.starts.size} periods; "
                    f"{', '.join(auction.name for auction in coupled.auctions)}{afterwards}."
                ),
                venue=coupled.venue,
                book_venue=coupled.books.venue if coupled.books is not None else None,
                time_zone=coupled.source.time_zone,
                currency=coupled.source.currency,
                price_unit="MWh",
                volume_unit="MW",
                start=coupled.auctions[0].gate - HOUR_NS,
                end=int(coupled.ends[-1]),
                interval_seconds=900,
                auctions=tuple(
                    AuctionName(auction.name, tuple(coupled.sold(number)))
                    for number, auction in enumerate(coupled.auctions)
                ),
            )
        )
    for chain in plan.futures:
        product = PRODUCTS[chain.spec.product]
        cost = chain.spec.cost.normalize() if chain.spec.cost else Decimal(0)
        markets.append(
            MarketName(
                name=chain.spec.name,
                description=(
                    f"{product.name} futures, recorded daily settlements, traded at settlement "
                    f"plus {cost} USD/{product.price_unit}; {chain.spec.first_day} to "
                    f"{chain.spec.last_day}."
                ),
                venue=chain.venue,
                book_venue=None,
                time_zone="America/New_York",
                currency="USD",
                price_unit=product.price_unit,
                volume_unit=product.price_unit,
                start=chain.start,
                end=chain.end,
                interval_seconds=0,
            )
        )
    strategies = tuple(
        StrategyName(
            strategy=number,
            name=spec.name,
            kind=spec.kind,
            market=spec.market,
            book=spec.book,
            battery=battery_of(spec) if isinstance(spec, BatterySpec) else None,
            trader=spec.trader,
        )
        for number, spec in enumerate(plan.desk.strategy, start=1)
    )
    if plan.desk.live is not None and plan.desk.live.trader:
        strategies = (*strategies, by_hand(plan))
    return Names(
        title=plan.desk.desk.name,
        currency=plan.desk.desk.currency,
        strategies=strategies,
        markets=tuple(markets),
        counterparties=tuple(plan.desk.counterparties),
        clearing=tuple(
            ClearingName(one.market, one.counterparty, one.member, one.book)
            for one in plan.desk.clearing
        ),
        limits=tuple(one.name for one in plan.desk.limit),
    )
