"""Assets behind the trades: batteries."""

from wattbook.assets.battery import Battery
from wattbook.assets.foresight import (
    Schedule,
    StoreLimits,
    TwoSettlement,
    foresight,
    two_settlement_foresight,
)
from wattbook.assets.offer_plan import DayRun, OfferPlan, OfferStep, run_offers

__all__ = [
    "Battery",
    "DayRun",
    "OfferPlan",
    "OfferStep",
    "Schedule",
    "StoreLimits",
    "TwoSettlement",
    "foresight",
    "run_offers",
    "two_settlement_foresight",
]
