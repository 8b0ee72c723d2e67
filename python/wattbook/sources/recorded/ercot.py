"""ERCOT hub average: 15-minute real-time settlement and hourly day-ahead prices, UTC."""

import datetime as dt
from functools import partial
from pathlib import Path

import numpy as np

from wattbook.sources.recorded.raw import Clock, IntervalMark, PriceKind, RawSeries, Source, columns

__all__ = ["HUBAVG"]

REAL_TIME = "power/ercot_hubavg_rt15_202401_202505.parquet"
DAY_AHEAD = "power/ercot_hubavg_hourly_da_load_temp_202401_202505.parquet"


def read(data: Path | None, _seed: int) -> tuple[RawSeries, ...]:
    """Return the real-time and the day-ahead price of HB_HUBAVG, USD/MWh.

    The day-ahead series carries the demand forecast (MW) that was known before its gate.

    Raises
    ------
    SourceError
        If a file is not under `data`.
    """
    time = "interval_start_utc"
    real_time = columns(data, REAL_TIME, (time, "rt_price_usd_mwh"))
    day_ahead = columns(data, DAY_AHEAD, (time, "da_price_usd_mwh", "da_demand_forecast_mw"))
    demand = day_ahead["da_demand_forecast_mw"].astype(np.float64)
    hub = partial(
        RawSeries,
        location="HB_HUBAVG",
        currency="USD",
        price_unit="MWh",
        time_zone="America/Chicago",
        clock=Clock.UTC,
        mark=IntervalMark.START,
    )
    return (
        hub(
            name="ercot-hubavg",
            kind=PriceKind.REAL_TIME,
            interval_seconds=900,
            path=REAL_TIME,
            time=real_time[time].astype("datetime64[ns]"),
            price=real_time["rt_price_usd_mwh"].astype(np.float64),
        ),
        hub(
            name="ercot-hubavg-day-ahead",
            kind=PriceKind.DAY_AHEAD,
            interval_seconds=3_600,
            path=DAY_AHEAD,
            time=day_ahead[time].astype("datetime64[ns]"),
            price=day_ahead["da_price_usd_mwh"].astype(np.float64),
            covariates={"demand_forecast_mw": demand},
        ),
    )


HUBAVG = Source(
    name="ercot-hubavg",
    venue="ERCOT",
    location="HB_HUBAVG",
    market_model="two_settlement",
    currency="USD",
    time_zone="America/Chicago",
    day_start_hour=0,
    price_limits=(-251.0, 5_000.0),
    description="ERCOT hub average, 15-minute real-time and hourly day-ahead price, recorded",
    read=read,
    place="HB_HUBAVG",
    # Nodal Protocols, section 4.5.3: results are posted by 13:30.
    day_ahead_published=dt.time(13, 30),
)
