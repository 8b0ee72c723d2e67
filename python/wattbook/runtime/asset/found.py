"""What a schedule came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Found", "Plot"]

Floats: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True)
class Plot:
    """Lines by delivery period.

    Parameters
    ----------
    heading, unit : str
    lines : dict of str to ndarray of shape (n_periods,)
    """

    heading: str
    unit: str
    lines: dict[str, Floats]


@dataclass(frozen=True)
class Found:
    """What a schedule came to.

    Parameters
    ----------
    figures : dict of str to float
        What it earns first, by name; money in the currency of the asset.
    columns : dict of str to ndarray of shape (n_periods,)
        By delivery period; names end in their unit.
    plots : tuple of Plot
    notes : tuple of str, optional
        What a reader should know, a sentence each.
    """

    figures: dict[str, float]
    columns: dict[str, Floats]
    plots: tuple[Plot, ...]
    notes: tuple[str, ...] = field(default=())
