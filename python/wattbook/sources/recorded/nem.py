"""AEMO's National Electricity Market: five-minute dispatch prices of Victoria.

The market's clock is UTC+10 all year, and a time stamp names the END of its interval: 00:05 is the
interval from 00:00. The trading day runs from 04:00 to 04:00.
"""

from pathlib import Path

import numpy as np

from wattbook.sources.recorded.raw import Clock, IntervalMark, PriceKind, RawSeries, Source, columns

__all__ = ["VIC1"]

FILE = "rt5/nem_vic1_5min_2024_2025.parquet"


def read(data: Path | None, _seed: int) -> tuple[RawSeries, ...]:
    """Return the regional reference price of VIC1, AUD/MWh, with total demand in MW.

    Raises
    ------
    SourceError
        If the file is not under `data`.
    """
    found = columns(data, FILE, ("interval_end_aest", "rrp_aud_mwh", "demand_mw"))
    return (
        RawSeries(
            name="nem-vic1",
            location="VIC1",
            kind=PriceKind.REAL_TIME,
            currency="AUD",
            price_unit="MWh",
            time_zone="Australia/Brisbane",
            clock=Clock.FIXED_OFFSET,
            offset_seconds=10 * 3_600,
            mark=IntervalMark.END,
            interval_seconds=300,
            path=FILE,
            time=found["interval_end_aest"].astype("datetime64[ns]"),
            price=found["rrp_aud_mwh"].astype(np.float64),
            covariates={"demand_mw": found["demand_mw"].astype(np.float64)},
        ),
    )


VIC1 = Source(
    name="nem-vic1",
    venue="NEM",
    location="VIC1",
    market_model="pool",
    currency="AUD",
    # Queensland keeps the market's clock: UTC+10 without summer time.
    time_zone="Australia/Brisbane",
    day_start_hour=4,
    # The cap of 2024-07 to 2025-06 was 17,500 and 20,300 after it; the floor has stayed.
    price_limits=(-1_000.0, 20_300.0),
    description="NEM Victoria, 5-minute pool price, recorded",
    read=read,
    place="VIC1",
)
