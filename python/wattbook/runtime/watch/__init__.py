"""What a desk sees of a run at any instant, from the events that the run wrote."""

from wattbook.runtime.watch.depth import Depths, depth
from wattbook.runtime.watch.market import CONTINUOUS, instruments, price_line, trade_rows
from wattbook.runtime.watch.picture import QUOTE_COLUMNS, Change, Picture, Row
from wattbook.runtime.watch.player import SPEED_MAX, LivePlayer, Playback, Player
from wattbook.runtime.watch.risk import STRESSES, risk_rows, stress_rows, what_if
from wattbook.runtime.watch.standing import Standing, battery_rows, market_lines, standing
from wattbook.runtime.watch.tape import Tape

__all__ = [
    "CONTINUOUS",
    "QUOTE_COLUMNS",
    "SPEED_MAX",
    "STRESSES",
    "Change",
    "Depths",
    "LivePlayer",
    "Picture",
    "Playback",
    "Player",
    "Row",
    "Standing",
    "Tape",
    "battery_rows",
    "depth",
    "instruments",
    "market_lines",
    "price_line",
    "risk_rows",
    "standing",
    "stress_rows",
    "trade_rows",
    "what_if",
]
