"""What may be lost: value at risk, expected shortfall, volatilities and the tests of both.

Profits are positive in a P&L; a value at risk and an expected shortfall are losses, positive.
"""

from wattbook.risk.backtests import (
    Christoffersen,
    Kupiec,
    TrafficLight,
    Zone,
    basel_traffic_light,
    christoffersen,
    kupiec,
)
from wattbook.risk.covariance import ewma_covariance, shrunk_covariance
from wattbook.risk.garch import GarchLaw, fit_garch
from wattbook.risk.horizons import (
    HorizonShortfall,
    factor_horizons,
    horizon_shortfall,
    mixed_moves,
)
from wattbook.risk.measures import (
    NormalRisk,
    Quantile,
    Shortfall,
    Tail,
    cornish_fisher_risk,
    expected_shortfall,
    normal_portfolio_risk,
    normal_risk,
    value_at_risk,
)
from wattbook.risk.span import (
    InterCommodityCredit,
    MonthSpread,
    ScanPosition,
    ScanRange,
    SpanMargin,
    credits_between,
    risk_array,
    span_margin,
    spread_charge,
)
from wattbook.risk.student import student_quantile, student_risk
from wattbook.risk.volatility import (
    Filtered,
    ewma_volatility,
    filtered_historical_simulation,
    garch_step,
)

__all__ = [
    "Christoffersen",
    "Filtered",
    "GarchLaw",
    "HorizonShortfall",
    "InterCommodityCredit",
    "Kupiec",
    "MonthSpread",
    "NormalRisk",
    "Quantile",
    "ScanPosition",
    "ScanRange",
    "Shortfall",
    "SpanMargin",
    "Tail",
    "TrafficLight",
    "Zone",
    "basel_traffic_light",
    "christoffersen",
    "cornish_fisher_risk",
    "credits_between",
    "ewma_covariance",
    "ewma_volatility",
    "expected_shortfall",
    "factor_horizons",
    "filtered_historical_simulation",
    "fit_garch",
    "garch_step",
    "horizon_shortfall",
    "kupiec",
    "mixed_moves",
    "normal_portfolio_risk",
    "normal_risk",
    "risk_array",
    "shrunk_covariance",
    "span_margin",
    "spread_charge",
    "student_quantile",
    "student_risk",
    "value_at_risk",
]
