"""Each period of an auction, for the desk: prices, merit order with clearing point, zone map."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from wattbook.runtime.report.auction import merit_order
from wattbook.runtime.report.coupled import chosen_period
from wattbook.runtime.report.zone_map import zone_map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from wattbook.runtime.coupled.clearing import AuctionCleared

__all__ = ["keep_auction_periods"]

DECIMALS: Final = 4


def keep_auction_periods(
    path: Path, cleared: Mapping[str, Sequence[AuctionCleared]], currencies: Mapping[str, str]
) -> None:
    """Write what the desk shows of each period of the auctions of a run; nothing without any.

    Parameters
    ----------
    path : Path
        Of the file, JSON: market, auction and periods of each.
    cleared : mapping of str to sequence of AuctionCleared
        By market.
    currencies : mapping of str to str
        Of each market's prices.
    """
    made = [
        [market, one.name, auction_periods(one, currencies[market])]
        for market, auctions in cleared.items()
        for one in auctions
        if one.day.time_zone
    ]
    if made:
        path.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")


def auction_periods(cleared: AuctionCleared, currency: str) -> dict[str, Any]:
    """Return the periods of an auction, plain values for JSON.

    Pictures name their period by its number from 1, for the desk shows times on any clock.
    """
    day, clearing = cleared.day, cleared.clearing
    count = len(clearing.prices)
    numbered = replace(day, periods=pl.Series("period", range(1, count + 1)), time_zone="")
    names = day.auction.network.zones[: day.zones]
    return {
        "starts": day.periods.to_list(),
        "unit": f"{currency}/MWh",
        "zone": names[cleared.zone],
        "most_awarded": chosen_period(cleared),
        "prices": {
            name: clearing.prices[:, number].round(DECIMALS).tolist()
            for number, name in enumerate(names)
        },
        "without": cleared.without.prices[:, cleared.zone].round(DECIMALS).tolist(),
        "pictures": [
            merit_order(numbered, clearing, currency, period, cleared.zone)
            + zone_map(numbered, clearing, currency, period)
            for period in range(count)
        ],
    }
