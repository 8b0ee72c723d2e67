"""``kind = "execute"``: one order that an execution algorithm works."""

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Annotated, Literal

from wattbook.runtime.desk.spec import StrategySpec
from wattbook.runtime.desk.spec.bounds import Bounds, NotNegative, Positive, Share

__all__ = ["AlgorithmSpec", "ExecuteSpec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgorithmSpec:
    """``[strategy.parameters]``: those of the algorithm; what is left out has its usual value.

    Parameters
    ----------
    ahead, patience, finish : Decimal in [0, 1], optional
        How far ahead of the schedule a child may rest, how late one may fill before the rest is
        taken, and the last part in which everything is taken, as shares of the order's time.
    reach, improve : int, optional
        Ticks beyond the market that the last takes reach, and the spread in ticks from which on
        a child improves the best price.
    stale_seconds, reprice_seconds : Decimal, optional
        After so long without market data it stops; a resting child is not moved before.
    child_volume : Decimal, optional
        The largest child, in volume units.
    refusals : int, optional
        After so many refusals in a row it stops.
    rate : Decimal in (0, 1], optional
        Of `participation`: own share of the market's volume.
    urgency, risk_aversion : Decimal, optional
        Of `implementation_shortfall` and `arrival_price`: κT, or the λ from which it follows.
    scale, slack : Decimal, optional
        Of `arrival_price`: ticks by which a better price counts in full, and how far it moves the
        schedule, as a share of the volume.
    display : Decimal, optional
        Of `iceberg`: what is shown at a time, in volume units.
    offset : int, optional
        Of `peg`: ticks behind the best price.
    edge : Decimal, optional
        Of `sniper`: what an offer must at least be better than the middle, in ticks; below zero
        pays for the spread.
    memory, reversion, imbalance, capture : Decimal, optional
        Of `sniper`: the memory of the mean that the middle is compared with, as a share of the
        order's time; the share of the way back to it that is expected; what a one-sided book is
        worth in half spreads; the share of cheap offers that is expected to be got.
    lead : Decimal in [0, 1], optional
        Of `sniper`: how far ahead of the even schedule it takes, as a share of the order's time; 1
        for no schedule and nothing shown.
    shows : int, optional
        Of `sniper` with a schedule: the lots that its resting children show.
    auction, works_from, works_until : Decimal in [0, 1], optional
        Of `close`: the share that is kept for the closing auction, and between which shares of the
        order's time the other part is worked.
    bend : Decimal, optional
        Of `liquidation`: 1 is even, above it later.
    completes : int in {0, 1}, optional
        Whether what is left at the end is taken.
    """

    ahead: Share | None = None
    patience: Share | None = None
    finish: Share | None = None
    reach: Annotated[int, Bounds(least=0, most=1_000_000)] | None = None
    improve: Annotated[int, Bounds(least=1, most=1_000_000)] | None = None
    stale_seconds: Positive | None = None
    reprice_seconds: NotNegative | None = None
    child_volume: Positive | None = None
    refusals: Annotated[int, Bounds(least=1, most=1_000_000)] | None = None
    rate: Annotated[Decimal, Bounds(above=0, most=1)] | None = None
    urgency: NotNegative | None = None
    risk_aversion: NotNegative | None = None
    scale: Positive | None = None
    slack: Share | None = None
    display: Positive | None = None
    offset: Annotated[int, Bounds(least=-1_000_000, most=1_000_000)] | None = None
    edge: Decimal | None = None
    memory: Positive | None = None
    reversion: Share | None = None
    imbalance: Share | None = None
    capture: Annotated[Decimal, Bounds(above=0, most=1)] | None = None
    lead: Share | None = None
    shows: Annotated[int, Bounds(least=0, most=1_000_000)] | None = None
    auction: Share | None = None
    works_from: Share | None = None
    works_until: Share | None = None
    bend: Positive | None = None
    completes: Annotated[int, Bounds(least=0, most=1)] | None = None

    def given(self) -> dict[str, float]:
        """Return those that were given, by name."""
        return {name: float(value) for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteSpec(StrategySpec):
    """``kind = "execute"``: one order in an hour of a synthetic book, worked by an algorithm.

    Parameters
    ----------
    side : {"buy", "sell"}
        Which way.
    volume : Decimal
        How much, MW.
    algorithm : str
        Which algorithm works it.
    contract : int, optional
        In which hour of the day, from 1.
    after_minutes : Decimal, optional
        From when on, minutes after the contract opened.
    minutes : Decimal, optional
        For how long; until the gate if it would last longer.
    limit : Decimal, optional
        No child is worse, currency per MWh.
    parameters : AlgorithmSpec, optional
        Those of the algorithm.
    """

    side: Literal["buy", "sell"]
    volume: Positive
    algorithm: Literal[
        "twap", "vwap", "participation", "implementation_shortfall", "arrival_price", "iceberg",
        "peg", "sniper", "close", "liquidation",
    ]  # fmt: skip
    contract: Annotated[int, Bounds(least=1, most=25)] = 1
    after_minutes: NotNegative = Decimal(15)
    minutes: Positive = Decimal(30)
    limit: Decimal | None = None
    parameters: AlgorithmSpec = field(default_factory=AlgorithmSpec)
