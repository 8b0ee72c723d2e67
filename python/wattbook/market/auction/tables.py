"""A clearing as tables."""

from __future__ import annotations

import numpy as np
import polars as pl

from wattbook.market.auction.day import AuctionDay
from wattbook.market.auction.orders import Auction
from wattbook.market.auction.outcome import Clearing

__all__ = ["block_table", "complex_table", "flow_table", "price_table", "rejected_table"]


def price_table(auction: Auction, clearing: Clearing, periods: pl.Series) -> pl.DataFrame:
    """Return price and net position of each period and zone.

    Parameters
    ----------
    auction, clearing
        What was cleared, and how.
    periods : polars.Series of length n_periods
        What each is called; the series' name becomes that of the column.

    Returns
    -------
    polars.DataFrame
        ``delivery_start`` (ns UTC) or ``period``, ``zone``, ``price``, ``price_min``,
        ``price_max`` (currency per MWh), ``net_position`` (MW).
    """
    zones = auction.network.zones
    return pl.DataFrame(
        {
            periods.name: np.repeat(periods.to_numpy(), len(zones)),
            "zone": list(zones) * len(periods),
            "price": clearing.prices.ravel(),
            "price_min": clearing.prices_min.ravel(),
            "price_max": clearing.prices_max.ravel(),
            "net_position": clearing.net_positions.ravel(),
        }
    )


def flow_table(auction: Auction, clearing: Clearing, periods: pl.Series) -> pl.DataFrame:
    """Return the flow of each period and link with its limits, MW, from the first zone."""
    network = auction.network
    return pl.DataFrame(
        {
            periods.name: np.repeat(periods.to_numpy(), len(network.links)),
            "from_zone": [first for first, _ in network.links] * len(periods),
            "to_zone": [second for _, second in network.links] * len(periods),
            "flow": clearing.flows.ravel(),
            "flow_min": network.flow_min.ravel(),
            "flow_max": network.flow_max.ravel(),
        }
    )


def block_table(auction: Auction, clearing: Clearing) -> pl.DataFrame:
    """Return each block's limit, accepted share, status and what it would earn in full."""
    return pl.DataFrame(
        {
            "block": list(auction.blocks.names),
            "price": auction.blocks.price,
            "acceptance": clearing.acceptance,
            "status": [status.value for status in clearing.statuses],
            "surplus": clearing.surplus,
        },
        schema_overrides={"block": pl.String, "status": pl.String},
    )


def complex_table(auction: Auction, clearing: Clearing) -> pl.DataFrame:
    """Return each complex order's condition, energy (MWh), status and margin (currency)."""
    orders = auction.complex_orders
    return pl.DataFrame(
        {
            "order": list(orders.names),
            "condition": [one.value for one in orders.condition],
            "energy": clearing.complex_power @ auction.network.hours,
            "status": [status.value for status in clearing.complex_statuses],
            "margin": clearing.complex_margin,
        },
        schema_overrides={"order": pl.String, "condition": pl.String, "status": pl.String},
    )


def rejected_table(day: AuctionDay) -> pl.DataFrame:
    """Return the rows that took no part: ``file``, ``place`` and the ``rule`` that each breaks."""
    names = ("file", "place", "rule")
    rows = [[getattr(one, name) for name in names] for one in day.rejected]
    return pl.DataFrame(rows, dict.fromkeys(names, pl.String), orient="row")
