"""A clearing as tables."""

from __future__ import annotations

import numpy as np
import polars as pl

from wattbook.market.auction.clearing import Clearing
from wattbook.market.auction.orders import Auction, Numbers

__all__ = ["block_table", "flow_table", "price_table"]


def price_table(auction: Auction, clearing: Clearing, starts: Numbers) -> pl.DataFrame:
    """Return price and net position of each period and zone.

    Parameters
    ----------
    auction, clearing
        What was cleared, and how.
    starts : ndarray of int64, shape (n_periods,)
        First instant of each period, ns UTC.

    Returns
    -------
    polars.DataFrame
        ``delivery_start`` (ns UTC), ``zone``, ``price``, ``price_min``, ``price_max`` (currency per
        MWh), ``net_position`` (MW).
    """
    zones = auction.network.zones
    return pl.DataFrame(
        {
            "delivery_start": np.repeat(starts, len(zones)),
            "zone": list(zones) * len(starts),
            "price": clearing.prices.ravel(),
            "price_min": clearing.prices_min.ravel(),
            "price_max": clearing.prices_max.ravel(),
            "net_position": clearing.net_positions.ravel(),
        }
    )


def flow_table(auction: Auction, clearing: Clearing, starts: Numbers) -> pl.DataFrame:
    """Return the flow of each period and link with its limits, MW, from the first zone."""
    network = auction.network
    return pl.DataFrame(
        {
            "delivery_start": np.repeat(starts, len(network.links)),
            "from_zone": [first for first, _ in network.links] * len(starts),
            "to_zone": [second for _, second in network.links] * len(starts),
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
