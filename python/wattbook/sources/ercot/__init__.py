"""ERCOT: recorded series of the hub average, and reports of its market information system."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattbook.sources.ercot.recorded import HUBAVG

if TYPE_CHECKING:
    from wattbook.sources.ercot.reports import DATASETS

__all__ = ["DATASETS", "HUBAVG"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Return the datasets, which load Polars, when they are first asked for."""
    if name == "DATASETS":
        from wattbook.sources.ercot.reports import DATASETS  # noqa: PLC0415

        return DATASETS
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
