"""A market maker as a strategy file: `wattbook run examples/market_making.toml`.

The same file trades in `wattbook backtest`, `wattbook paper` and `wattbook live`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wattbook.strategy.market_maker import MarketMaker, Quoting

QUOTING = Quoting(
    risk_aversion=0.05,
    decay=1.5,
    arrivals=0.05,
    most=10.0,
    widen_seconds=900.0,
    widen=2.0,
    stop_seconds=300.0,
    messages=60,
    requote=0.10,
    follow=0.6,
)


class Maker(MarketMaker):
    """Quotes each hour of the book until five minutes before its gate, then takes its rest off."""

    def __init__(
        self,
        *,
        instrument: int,
        rolls: tuple[tuple[int, int], ...],
        volume: float,
        **parameters: Any,
    ) -> None:
        # [strategy.parameters] of the desk file go before those above.
        quoting = replace(QUOTING, **parameters)
        super().__init__(instrument=instrument, rolls=rolls, volume=volume, quoting=quoting)
