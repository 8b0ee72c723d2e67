"""Markets of coupled auctions: their orders are cleared, so there are no prices to read."""

import datetime as dt
from pathlib import Path

from wattbook.sources.recorded.raw import RawSeries, Source

__all__ = ["COUPLED", "GME_ITALY"]


def read(_data: Path | None, _seed: int) -> tuple[RawSeries, ...]:
    """Return nothing: prices come of the clearing."""
    return ()


COUPLED = Source(
    name="coupled",
    venue="COUPLED",
    location="NORTH",
    market_model="auction",
    currency="EUR",
    time_zone="Europe/Berlin",
    day_start_hour=0,
    price_limits=(-500.0, 4_000.0),
    description="Four fictional zones made from a seed: coupled auctions, then continuous trading",
    read=read,
    place="DE-LU",
    day_ahead_published=dt.time(12, 57),
    is_recorded=False,
    zones=("NORTH", "WEST", "EAST", "SOUTH"),
)
GME_ITALY = Source(
    name="gme-italy",
    venue="GME",
    location="NORD",
    market_model="auction",
    currency="EUR",
    time_zone="Europe/Rome",
    day_start_hour=0,
    price_limits=(-500.0, 4_000.0),
    description="Italian day-ahead auction, recorded orders cleared with the desk's",
    read=read,
    place="IT-NORD",
    day_ahead_published=dt.time(12, 57),
    zones=("CALA", "CNOR", "CSUD", "NORD", "SARD", "SICI", "SUD"),
)
