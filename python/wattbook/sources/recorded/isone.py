"""Zones of ISO New England: hourly real-time and day-ahead price of four months of 2017.

The source writes the hours 1 to 24 of every local day, each by its end. So an hour is read by its
begin: in spring the one that does not exist is set aside, like a slot of New York's.
"""

import datetime as dt
from pathlib import Path

import numpy as np

from wattbook.sources.recorded.raw import Clock, IntervalMark, PriceKind, RawSeries, Source, columns

__all__ = ["ZONES"]

FILE = "load_weather/isone_smd_hourly_2017_jan_apr.parquet"
NAMES = {
    "ME": "Maine",
    "NH": "New Hampshire",
    "VT": "Vermont",
    "RI": "Rhode Island",
    "WCMASS": "western and central Massachusetts",
    "NEMASSBOST": "north-eastern Massachusetts and Boston",
}


def zone_source(zone: str) -> Source:
    """Return the source of a `zone`."""
    name = f"isone-{zone.lower()}"

    def series(
        found: dict[str, np.ndarray], column: str, kind: PriceKind, suffix: str
    ) -> RawSeries:
        own = found["zone"] == zone
        begins = (found["hour"][own].astype(np.int64) - 1) * np.timedelta64(1, "h")
        return RawSeries(
            name=name + suffix,
            location=zone,
            kind=kind,
            currency="USD",
            price_unit="MWh",
            time_zone="America/New_York",
            clock=Clock.WALL,
            mark=IntervalMark.START,
            interval_seconds=3_600,
            path=FILE,
            time=found["date"][own].astype("datetime64[ns]") + begins,
            price=found[column][own].astype(np.float64),
        )

    def read(data: Path | None, _seed: int) -> tuple[RawSeries, ...]:
        found = columns(data, FILE, ("zone", "date", "hour", "rt_lmp", "da_lmp"))
        return (
            series(found, "rt_lmp", PriceKind.REAL_TIME, ""),
            series(found, "da_lmp", PriceKind.DAY_AHEAD, "-day-ahead"),
        )

    return Source(
        name=name,
        venue="ISO-NE",
        location=zone,
        market_model="two_settlement",
        currency="USD",
        time_zone="America/New_York",
        day_start_hour=0,
        # Bids end at ±1,000 (2,000 when cost-verified); prices may leave that range by congestion.
        price_limits=(-10_000.0, 10_000.0),
        description=f"ISO-NE zone {zone} ({NAMES[zone]}), hourly real-time and day-ahead, recorded",
        read=read,
        # Every zone of the operator has its gates.
        place="ISO-NE",
        # Market Rule 1 of the recorded year: results by 13:30.
        day_ahead_published=dt.time(13, 30),
    )


ZONES = tuple(zone_source(zone) for zone in NAMES)
"""All zones but the two that the file lacks, Connecticut and south-eastern Massachusetts."""
