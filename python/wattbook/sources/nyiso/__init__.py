"""NYISO: recorded series of two zones, and the files of its public site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattbook.sources.nyiso.recorded import LONGIL, NYC

if TYPE_CHECKING:
    from wattbook.sources.nyiso.reports import DATASETS

__all__ = ["DATASETS", "LONGIL", "NYC"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the name stands for
    """Return the datasets, which load Polars, when they are first asked for."""
    if name == "DATASETS":
        from wattbook.sources.nyiso.reports import DATASETS  # noqa: PLC0415

        return DATASETS
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
