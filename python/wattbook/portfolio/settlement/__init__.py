"""Settlement of imbalances: rules as dated data, runs as versions, what re-runs changed.

`settle` takes final schedules, meters and prices, each by settlement run, and gives the amount of
each account, delivery period and run; `known_at` tells which was known when.
"""

from wattbook.portfolio.settlement.amounts import (
    METERS,
    PRICES,
    SCHEDULES,
    Settlement,
    imbalance_amount,
    prices_from,
    settle,
)
from wattbook.portfolio.settlement.meters import ESTIMATED
from wattbook.portfolio.settlement.periods import (
    nominal_publication,
    period_starts,
    publications,
)
from wattbook.portfolio.settlement.reserves import (
    RESERVE_LINES,
    RESERVES,
    ReserveRule,
    reserve_rule,
    reserve_rule_from,
    settle_reserves,
)
from wattbook.portfolio.settlement.rules import (
    ImbalanceMarket,
    ImbalanceRule,
    RunRule,
    Tolerance,
    imbalance_market,
    imbalance_markets,
    market_from,
)
from wattbook.portfolio.settlement.schedules import SUBMISSIONS, final_schedules
from wattbook.portfolio.settlement.versions import changes, known_at, run_totals

__all__ = [
    "ESTIMATED",
    "METERS",
    "PRICES",
    "RESERVES",
    "RESERVE_LINES",
    "SCHEDULES",
    "SUBMISSIONS",
    "ImbalanceMarket",
    "ImbalanceRule",
    "ReserveRule",
    "RunRule",
    "Settlement",
    "Tolerance",
    "changes",
    "final_schedules",
    "imbalance_amount",
    "imbalance_market",
    "imbalance_markets",
    "known_at",
    "market_from",
    "nominal_publication",
    "period_starts",
    "prices_from",
    "publications",
    "reserve_rule",
    "reserve_rule_from",
    "run_totals",
    "settle",
    "settle_reserves",
]
