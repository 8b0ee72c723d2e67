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
from wattbook.assets.rolling_intrinsic import (
    ContinuousOrders,
    IntrinsicRules,
    IntrinsicRun,
    rolling_intrinsic,
)

__all__ = [
    "Battery",
    "ContinuousOrders",
    "DayRun",
    "IntrinsicRules",
    "IntrinsicRun",
    "OfferPlan",
    "OfferStep",
    "Schedule",
    "StoreLimits",
    "TwoSettlement",
    "foresight",
    "rolling_intrinsic",
    "run_offers",
    "two_settlement_foresight",
]
