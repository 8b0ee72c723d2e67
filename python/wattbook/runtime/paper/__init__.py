"""Paper trading: the engine goes with a clock, prices arrive, the venues are simulated.

A feed hands over lines with the instant at which each arrived; the edge turns them into journaled
inputs and forecasts; a pacing loop tells the run how late it is. Inside, nothing reads a clock.
"""

from wattbook.runtime.paper.clock import Clock, ScaledClock, WallClock
from wattbook.runtime.paper.edge import Edge
from wattbook.runtime.paper.feed import (
    Feed,
    LineFeed,
    ReplayFeed,
    StampedLine,
    lines_left,
    listen,
    read_input,
)
from wattbook.runtime.paper.line import LineFault, PriceLine, parse_line
from wattbook.runtime.paper.plan import PaperPlan, plan_paper
from wattbook.runtime.paper.session import PaperRequest, Status, paper_desk
from wattbook.runtime.paper.simulate import paper_simulation
from wattbook.runtime.paper.venues import SimulatedVenues

__all__ = [
    "Clock",
    "Edge",
    "Feed",
    "LineFault",
    "LineFeed",
    "PaperPlan",
    "PaperRequest",
    "PriceLine",
    "ReplayFeed",
    "ScaledClock",
    "SimulatedVenues",
    "StampedLine",
    "Status",
    "WallClock",
    "lines_left",
    "listen",
    "paper_desk",
    "paper_simulation",
    "parse_line",
    "plan_paper",
    "read_input",
]
