"""How long the stages of the desk's step take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Depends

from wattbook.api.access import Permission
from wattbook.api.answers.document import answers
from wattbook.api.answers.operations import Latencies
from wattbook.api.asked import Shown
from wattbook.api.guard import allowed
from wattbook.api.histogram import BOUNDS

if TYPE_CHECKING:
    from wattbook.api.histogram import Histogram

__all__ = ["router"]

router = APIRouter(prefix="/v1/latencies", dependencies=[Depends(allowed(Permission.READ))])


def row_of(stage: str, found: Histogram) -> dict[str, Any]:
    """Return how many runs of a stage took at most each bound, and how long it took in the mean.

    Examples
    --------
    >>> from wattbook.api.histogram import Histogram
    >>> found = Histogram()
    >>> found.count(0.003)
    >>> row_of("picture", found)["counts"][:4]
    [0, 0, 1, 0]
    """
    within = [*found.within, found.total]
    counts = [one - before for one, before in zip(within, [0, *within[:-1]], strict=True)]
    mean = found.seconds / found.total if found.total else None
    return {"stage": stage, "total": found.total, "mean_seconds": mean, "counts": counts}


@router.get("", summary="Histograms of the desk's stages", **answers(Latencies))
async def latencies(desk: Shown) -> dict[str, Any]:
    """Return counts between each bound and the one before; the last ones are above all bounds."""
    rows = [row_of(stage, found) for stage, found in desk.stages.by_name.items()]
    return {"now": desk.now, "bounds_seconds": list(BOUNDS), "rows": rows}
