"""Simulated venues, the simulation that trades on them, and quote files."""

from wattbook._core import ParentStatus
from wattbook.execution.intraday import IntradayProgress, IntradaySimulation, made_up_prices
from wattbook.execution.participants import Participants
from wattbook.execution.progress import LatencyReport, Progress
from wattbook.execution.quotes import (
    QuoteFile,
    QuoteReplay,
    check_quotes,
    replay_ema_cross,
    replay_quotes,
    write_quotes,
)
from wattbook.execution.session import Latencies, Session
from wattbook.execution.simulation import Simulation

__all__ = [
    "IntradayProgress",
    "IntradaySimulation",
    "Latencies",
    "LatencyReport",
    "ParentStatus",
    "Participants",
    "Progress",
    "QuoteFile",
    "QuoteReplay",
    "Session",
    "Simulation",
    "check_quotes",
    "made_up_prices",
    "replay_ema_cross",
    "replay_quotes",
    "write_quotes",
]
