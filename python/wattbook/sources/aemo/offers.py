"""Offers of units and market interconnectors: table ``offer``."""

from __future__ import annotations

import polars as pl

from wattbook.sources.aemo.report import Section
from wattbook.sources.clock import HOUR

__all__ = ["OFFERS", "offers"]

OFFERS = frozenset(
    {
        ("BID", "BIDDAYOFFER_D"),
        ("BID", "BIDPEROFFER_D"),
        ("BIDS", "BIDDAYOFFER"),
        ("BIDS", "BIDOFFERPERIOD"),
        ("OFFER", "MNSP_DAYOFFER"),
        ("OFFER", "MNSP_PEROFFER"),
        ("BIDS", "MNSP_DAYOFFER"),
        ("BIDS", "MNSP_PEROFFER"),
        ("BIDS", "MNSP_OFFERTRK"),
    }
)
"""Tables that are offers."""


def offers(section: Section) -> pl.DataFrame | None:
    """Return the rows of `section` with ``kind``, place and times in front of AEMO's own columns.

    ``kind`` is ``day`` for the price bands of a trading day (04:00 to 04:00 of the market's clock)
    and ``period`` for the volumes of an interval. ``ts_event`` is when it was offered, ns UTC.
    None if the table has no unit or day.
    """
    frame = section.frame
    unit = next((name for name in ("DUID", "LINKID") if name in frame.columns), None)
    if unit is None or "SETTLEMENTDATE" not in frame.columns:
        return None
    day = pl.col("SETTLEMENTDATE") + 4 * HOUR
    start, end = day, day + 24 * HOUR
    is_period = "PERIODID" in frame.columns
    if is_period and "INTERVAL_DATETIME" in frame.columns:
        # The end of the n-th interval of the day says how long they are: 30 minutes, later five.
        end = pl.col("INTERVAL_DATETIME")
        start = end - ((end - day) / pl.col("PERIODID")).round().cast(pl.Int64, strict=False)
    elif is_period:
        end = day + (pl.col("PERIODID") * (HOUR // 2)).cast(pl.Int64, strict=False)
        start = end - HOUR // 2
    offered = next((name for name in ("OFFERDATE", "LASTCHANGED") if name in frame.columns), None)
    columns = [
        pl.lit("period" if is_period else "day").alias("kind"),
        pl.col(unit).alias("location"),
        (pl.lit(None, pl.Int64) if offered is None else pl.col(offered)).alias("ts_event"),
        start.alias("delivery_start"),
        end.alias("delivery_end"),
        pl.col("line").alias("place"),
    ]
    return frame.select(*columns, pl.exclude("line", "offset", unit))
