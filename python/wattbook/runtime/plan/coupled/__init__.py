"""One trading day of a coupled market: auctions, continuous contracts, wind, imbalance."""

from __future__ import annotations

from pathlib import Path

from wattbook.errors import DeskError
from wattbook.runtime.desk.spec import MarketSpec
from wattbook.runtime.plan.coupled.continuous import BooksPlan
from wattbook.runtime.plan.coupled.day import AuctionPlan, CoupledPlan
from wattbook.runtime.plan.coupled.generated import plan_generated
from wattbook.runtime.plan.coupled.recorded import plan_recorded
from wattbook.runtime.plan.instrument import Numbers
from wattbook.sources import Source

__all__ = ["AuctionPlan", "BooksPlan", "CoupledPlan", "plan_coupled"]


def plan_coupled(
    numbers: Numbers, spec: MarketSpec, source: Source, data: Path | None, seed: int,
    *, bids_virtual: bool,
) -> CoupledPlan:  # fmt: skip
    """Return the plan of a coupled market's day; its venues and instruments join `numbers`.

    Parameters
    ----------
    numbers : Numbers
        Of the run.
    spec : MarketSpec
        What the desk file says.
    source : Source
        ``coupled`` or ``gme-italy``.
    data : Path or None
        The data folder, for a recorded market.
    seed : int
        For what is generated.
    bids_virtual : bool
        Whether a strategy bids without delivering.

    Raises
    ------
    SourceError
        If the day cannot be had.
    """
    if isinstance(spec.day, str):
        raise DeskError(f"{spec.name}: {spec.day!r} is no day of a coupled market; give a date")
    if source.is_recorded:
        return plan_recorded(numbers, spec, source, data, seed)
    return plan_generated(numbers, spec, source, seed, bids_virtual=bids_virtual)
