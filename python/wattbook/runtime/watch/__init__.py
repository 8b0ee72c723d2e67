"""What a desk sees of a run at any instant, from the events that the run wrote."""

from wattbook.runtime.watch.auctions import (
    auction_page,
    auction_periods,
    auction_picture,
    auction_rows,
)
from wattbook.runtime.watch.depth import Depths, depth
from wattbook.runtime.watch.execution import cost_rows, decision_rows, parent_rows
from wattbook.runtime.watch.limits import GateAnswer, ScopeLimits
from wattbook.runtime.watch.market import (
    CONTINUOUS,
    instruments,
    price_line,
    trade_rows,
    traded_at_prices,
)
from wattbook.runtime.watch.models import forecast_rows, score_rows, signal_rows
from wattbook.runtime.watch.picture import QUOTE_COLUMNS, REQUESTED, Change, Picture, Row
from wattbook.runtime.watch.player import SPEED_MAX, LivePlayer, Playback, Player
from wattbook.runtime.watch.records import audit_rows, quarantine_rows
from wattbook.runtime.watch.risk import STRESSES, breach_row, risk_rows, stress_rows, what_if
from wattbook.runtime.watch.standing import (
    Standing,
    battery_rows,
    market_lines,
    plant_rows,
    standing,
)
from wattbook.runtime.watch.tape import Tape

__all__ = [
    "CONTINUOUS",
    "QUOTE_COLUMNS",
    "REQUESTED",
    "SPEED_MAX",
    "STRESSES",
    "Change",
    "Depths",
    "GateAnswer",
    "LivePlayer",
    "Picture",
    "Playback",
    "Player",
    "Row",
    "ScopeLimits",
    "Standing",
    "Tape",
    "auction_page",
    "auction_periods",
    "auction_picture",
    "auction_rows",
    "audit_rows",
    "battery_rows",
    "breach_row",
    "cost_rows",
    "decision_rows",
    "depth",
    "forecast_rows",
    "instruments",
    "market_lines",
    "parent_rows",
    "plant_rows",
    "price_line",
    "quarantine_rows",
    "risk_rows",
    "score_rows",
    "signal_rows",
    "standing",
    "stress_rows",
    "trade_rows",
    "traded_at_prices",
    "what_if",
]
