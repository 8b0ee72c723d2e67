"""Known answers and recorded runs, recomputed: what ``wattbook verify`` does.

A kind joins by one entry in `KINDS`: a name, a sentence, and a function from a path to a `Checked`.
"""

from wattbook.runtime.verify.registry import KINDS, Kind, verify
from wattbook.runtime.verify.result import Checked, Difference

__all__ = ["KINDS", "Checked", "Difference", "Kind", "verify"]
