"""Which units run when: unit commitment of a fleet.

`commit` decides on, start and stop of each unit and period by a tight mixed-integer programme on
HiGHS, with a search of our own beside it, and gives a bound with the answer. `broken_rules` checks
an answer without knowing how it was found.
"""

from wattbook.assets.commitment.check import broken_rules
from wattbook.assets.commitment.conflict import conflict
from wattbook.assets.commitment.fleet import Fleet
from wattbook.assets.commitment.kazarlis import ten_units
from wattbook.assets.commitment.layouts import instance_files, load_fleet
from wattbook.assets.commitment.result import Commitment
from wattbook.assets.commitment.search import commit

__all__ = [
    "Commitment",
    "Fleet",
    "broken_rules",
    "commit",
    "conflict",
    "instance_files",
    "load_fleet",
    "ten_units",
]
