"""Hedge paths of a recorded load, walk-forward, against linear tranching."""

from wattbook.runtime.tranches.forecast import expected, months_of
from wattbook.runtime.tranches.load import BlockLoad, aep_load
from wattbook.runtime.tranches.walk import PathTest, TestedQuarter, walk_forward

__all__ = [
    "BlockLoad",
    "PathTest",
    "TestedQuarter",
    "aep_load",
    "expected",
    "months_of",
    "walk_forward",
]
