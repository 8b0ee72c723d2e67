"""NYISO zones: five-minute real-time price, with the day-ahead price of the hour repeated.

The source writes 288 slots of local wall clock for every day, clock changes included. What that
means on two days a year is decided in `wattbook.ingest`: in spring the twelve slots of the hour
that does not exist are set aside; in autumn the one row of a repeated wall time is taken for its
first occurrence, and the second hour counts as missing.
"""

import datetime as dt
from pathlib import Path

import numpy as np

from wattbook.sources.recorded.raw import Clock, IntervalMark, PriceKind, RawSeries, Source, columns

__all__ = ["LONGIL", "NYC"]


def zone_source(zone: str, place: str, file: str, description: str) -> Source:
    """Return the source of a NYISO `zone`, in the calendars `place`, recorded in `file`."""
    name = f"nyiso-{zone.lower()}"

    def series(
        found: dict[str, np.ndarray], column: str, kind: PriceKind, suffix: str
    ) -> RawSeries:
        return RawSeries(
            name=name + suffix,
            location=zone,
            kind=kind,
            currency="USD",
            price_unit="MWh",
            time_zone="America/New_York",
            clock=Clock.WALL,
            mark=IntervalMark.START,
            interval_seconds=300,
            path=file,
            time=found["interval_start_local"].astype("datetime64[ns]"),
            price=found[column].astype(np.float64),
        )

    def read(data: Path | None, _seed: int) -> tuple[RawSeries, ...]:
        found = columns(data, file, ("interval_start_local", "rt_lbmp_usd_mwh", "da_lbmp_usd_mwh"))
        return (
            series(found, "rt_lbmp_usd_mwh", PriceKind.REAL_TIME, ""),
            series(found, "da_lbmp_usd_mwh", PriceKind.DAY_AHEAD, "-day-ahead"),
        )

    return Source(
        name=name,
        venue="NYISO",
        location=zone,
        market_model="two_settlement",
        currency="USD",
        time_zone="America/New_York",
        day_start_hour=0,
        # Bids end at ±1,000 (2,000 when cost-verified); prices may leave that range by congestion.
        price_limits=(-10_000.0, 10_000.0),
        description=description,
        read=read,
        place=place,
        # The tariff's own limit of the recorded years; later years publish by 09:30.
        day_ahead_published=dt.time(11, 0),
    )


NYC = zone_source(
    "NYC",
    "N.Y.C.",
    "rt5/nyiso_nyc_5min_2011h2_2019.parquet",
    "NYISO zone N.Y.C., 5-minute real-time and hourly day-ahead price, recorded",
)
LONGIL = zone_source(
    "LONGIL",
    "LONGIL",
    "rt5/nyiso_longil_5min_2011h2_2019.parquet",
    "NYISO zone LONGIL, 5-minute real-time and hourly day-ahead price, recorded",
)
