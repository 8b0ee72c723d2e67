"""What the page's script draws, as plain numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattbook.runtime.figures import Ledger, MarketName, Timeline
from wattbook.runtime.report.depth import moments

__all__ = ["SYNTHETIC", "market_data"]

SYNTHETIC = "synthetic book"
"""The label of everything that a made-up book had a part in."""


def values(line: NDArray[np.float64]) -> list[float | None]:
    """Return a line for JSON: six significant digits are more than a plot shows."""
    return [None if not np.isfinite(value) else float(f"{value:.9g}") for value in line.tolist()]


def lines(named: dict[str, NDArray[np.float64]]) -> list[dict[str, Any]]:
    """Return named lines for JSON."""
    return [{"name": name, "values": values(line)} for name, line in named.items()]


def fills(ledger: Ledger, market: MarketName) -> list[dict[str, Any]]:
    """Return the fills of a market's contracts."""
    venues = (market.venue, market.book_venue)
    return [
        {
            "t": row["ts_event"] / 1e9,
            "price": row["price"] / 1e6,
            "side": row["side"],
            "volume": row["volume"] / 1e6,
            "strategy": ledger.names.strategy(row["strategy"]),
        }
        for row in ledger.table("filled").iter_rows(named=True)
        if ledger.instruments[row["instrument"]].venue in venues
    ]


def market_data(ledger: Ledger, found: Timeline, identity: str) -> dict[str, Any]:
    """Return everything that the script draws of one market."""
    market = found.market
    return {
        "id": identity,
        "name": market.name,
        "zone": market.time_zone,
        "priceUnit": f"{market.currency}/{market.price_unit}",
        "volumeUnit": market.volume_unit,
        "currency": market.currency,
        "synthetic": SYNTHETIC if market.book_venue is not None else "",
        "t": [instant / 1e9 for instant in found.at.tolist()],
        "prices": lines(found.prices),
        "positions": lines(found.positions),
        "charges": lines(found.charges),
        "pnl": lines(found.pnl),
        "total": values(found.total),
        "drawdown": values(found.drawdown),
        "fills": fills(ledger, market),
        "book": moments(ledger, market),
    }
