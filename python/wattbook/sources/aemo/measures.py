"""Tables of prices, demand, flows and generation as observations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.sources.aemo.report import Section
from wattbook.sources.clock import MINUTE, SECOND
from wattbook.sources.tabular import Measure, observations

__all__ = ["FIVE_MINUTE_SETTLEMENT", "INTERCONNECTORS", "OBSERVED", "observe"]

FIVE_MINUTE_SETTLEMENT = 1_633_010_400 * SECOND
"""2021-10-01 00:00 of the market's clock, ns UTC: trading intervals that end after it have five
minutes, those before had thirty."""

INTERCONNECTORS: Mapping[str, tuple[str, str]] = {
    "N-Q-MNSP1": ("NSW1", "QLD1"),
    "NSW1-QLD1": ("NSW1", "QLD1"),
    "T-V-MNSP1": ("TAS1", "VIC1"),
    "V-S-MNSP1": ("VIC1", "SA1"),
    "V-SA": ("VIC1", "SA1"),
    "VIC1-NSW1": ("VIC1", "NSW1"),
}
"""Regions that an interconnector joins; its flow counts from the first to the second."""


class Observed(NamedTuple):
    """How a table is read: the column of its place and of its time, and its measures.

    ``minutes`` is the length of the interval that the time ends, 0 where trading intervals decide;
    ``is_start`` says that the values hold for the instant at which the interval begins.
    """

    place: str
    time: str
    minutes: int
    measures: Mapping[str, Measure]
    is_start: bool = False


SERVICES = tuple(
    f"{way}{service}"
    for way in ("RAISE", "LOWER")
    for service in ("1SEC", "6SEC", "60SEC", "5MIN", "REG")
)


def prices(dataset: str) -> dict[str, Measure]:
    """Return the measures of a table of prices: energy and the ancillary services."""
    return {"RRP": Measure(dataset, "energy", "AUD/MWh")} | {
        f"{service}RRP": Measure(dataset, service, "AUD/MWh") for service in SERVICES
    }


REGION = {
    "TOTALDEMAND": Measure("load", "total", "MW"),
    "DEMAND_AND_NONSCHEDGEN": Measure("load", "with non-scheduled", "MW"),
    "DISPATCHABLELOAD": Measure("load", "dispatchable", "MW"),
    "DISPATCHABLEGENERATION": Measure("generation", "dispatchable", "MW"),
    "AVAILABLEGENERATION": Measure("available_generation", "", "MW"),
    "NETINTERCHANGE": Measure("net_position", "", "MW"),
    "UIGF": Measure("generation_forecast", "wind_solar", "MW"),
}
BORDER = {
    "METEREDMWFLOW": Measure("physical_flow", "", "MW"),
    "MWFLOW": Measure("scheduled_exchange", "target", "MW"),
    "MWLOSSES": Measure("losses", "", "MW"),
    # Both bound the flow from the first region to the second: what may be imported is negative.
    "EXPORTLIMIT": Measure("flow_limit", "max", "MW"),
    "IMPORTLIMIT": Measure("flow_limit", "min", "MW"),
}


def of_trading(measures: Mapping[str, Measure]) -> dict[str, Measure]:
    """Return measures of a trading interval, whose item ends in ``trading``.

    Since October 2021 it is as long as a dispatch interval and is told at the same instant, rounded
    to two decimals: without its name it would contradict the dispatch.
    """
    return {
        column: found._replace(item="/".join(part for part in (found.item, "trading") if part))
        for column, found in measures.items()
    }


OBSERVED: Mapping[tuple[str, str], Observed] = {
    ("DISPATCH", "PRICE"): Observed("REGIONID", "SETTLEMENTDATE", 5, prices("real_time_price")),
    ("TRADING", "PRICE"): Observed("REGIONID", "SETTLEMENTDATE", 0, prices("settlement_price")),
    ("DISPATCH", "REGIONSUM"): Observed("REGIONID", "SETTLEMENTDATE", 5, REGION),
    ("TRADING", "REGIONSUM"): Observed("REGIONID", "SETTLEMENTDATE", 0, of_trading(REGION)),
    ("DISPATCH", "INTERCONNECTORRES"): Observed("INTERCONNECTORID", "SETTLEMENTDATE", 5, BORDER),
    ("TRADING", "INTERCONNECTORRES"): Observed(
        "INTERCONNECTORID", "SETTLEMENTDATE", 0, of_trading(BORDER)
    ),
    ("DREGION", ""): Observed(
        "REGIONID",
        "SETTLEMENTDATE",
        5,
        {"RRP": Measure("real_time_price", "energy", "AUD/MWh"), **REGION},
    ),
    ("ROOFTOP", "ACTUAL"): Observed(
        "REGIONID", "INTERVAL_DATETIME", 30, {"POWER": Measure("generation", "solar/rooftop", "MW")}
    ),
    ("DISPATCH", "UNIT_SCADA"): Observed(
        "DUID", "SETTLEMENTDATE", 5, {"SCADAVALUE": Measure("generation", "", "MW")}, is_start=True
    ),
    ("OPERATIONAL_DEMAND", "ACTUAL"): Observed(
        "REGIONID",
        "INTERVAL_DATETIME",
        30,
        {"OPERATIONAL_DEMAND": Measure("load", "operational", "MW")},
    ),
    ("OPERATIONAL_DEMAND", "FORECAST"): Observed(
        "REGIONID",
        "INTERVAL_DATETIME",
        30,
        {
            f"OPERATIONAL_DEMAND_POE{share}": Measure("load_forecast", f"POE{share}", "MW")
            for share in (10, 50, 90)
        },
    ),
}
"""How each table is read that becomes observations; columns that a version lacks are left out."""


def trading_minutes(end: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how long the trading interval is that ends at each of `end` (ns UTC), in minutes."""
    return np.where(end > FIVE_MINUTE_SETTLEMENT, 5, 30)


def observe(section: Section, published: int | None) -> pl.DataFrame | None:
    """Return the rows of `section` as observations, column by column; none if none is observed.

    The item of prices is ``energy`` or the service; that of what a trading interval had
    ends in ``trading``. Behind a slash stands what tells rows of one place and time apart:
    ``intervention`` of a run with the operator's intervention, the method of rooftop power, the
    interconnector's name.
    """
    table = OBSERVED[section.name, section.table]
    frame = section.frame
    end = frame[table.time].to_numpy()
    minutes = trading_minutes(end) if table.minutes == 0 else np.int64(table.minutes)
    start = end - minutes * MINUTE
    found = []
    for column, measure in table.measures.items():
        if column not in frame.columns:
            continue
        found.append(
            observations(
                {
                    "dataset": measure.dataset,
                    "unit": measure.unit,
                    "item": items(frame, measure.item),
                    "delivery_start": start,
                    "delivery_end": start if table.is_start else end,
                    "value": frame[column],
                    "ts_event": stamps(frame, published),
                    "place": frame["line"],
                    "offset": frame["offset"],
                    **places(frame[table.place], is_border=table.place == "INTERCONNECTORID"),
                },
                frame.height,
            )
        )
    return pl.concat(found) if found else None


def items(frame: pl.DataFrame, item: str) -> pl.Series:
    """Return the item of each row."""
    parts = [pl.lit(item)]
    if "INTERCONNECTORID" in frame.columns:
        parts.append(pl.col("INTERCONNECTORID"))
    if "TYPE" in frame.columns:
        parts.append(pl.col("TYPE"))
    if "INTERVENTION" in frame.columns:
        parts.append(
            pl.when(pl.col("INTERVENTION").fill_null(0.0) != 0.0)
            .then(pl.lit("intervention"))
            .otherwise(None)
        )
    joined = pl.concat_str(parts, separator="/", ignore_nulls=True).str.strip_chars_start("/")
    named = pl.when(joined != "").then(joined).otherwise(None)
    return frame.with_columns(named.alias("item"))["item"]


def places(found: pl.Series, *, is_border: bool) -> dict[str, pl.Series | None]:
    """Return location and counterpart; an interconnector that is not known is its own location."""
    if not is_border:
        return {"location": found, "counterpart": None}
    sides = [
        found.replace_strict(
            {name: ends[side] for name, ends in INTERCONNECTORS.items()},
            default=found if side == 0 else None,
            return_dtype=pl.String,
        )
        for side in (0, 1)
    ]
    return {"location": sides[0], "counterpart": sides[1]}


def stamps(frame: pl.DataFrame, published: int | None) -> pl.Series | int | None:
    """Return when each row was written, ns UTC; where it does not say, when the report was made."""
    for column in ("LOAD_DATE", "LASTCHANGED"):
        if column in frame.columns:
            return frame[column]
    return published
