"""A folder of fitted models: numbered versions, one of them the champion of its name.

A version never changes once it is there, so a run that names it can be repeated. The champion is a
matter of a log to which promotions and rollbacks are only added.
"""

from wattbook.forecast.registry.champion import Champion
from wattbook.forecast.registry.saved import SCHEMA_VERSION, fitted_of, saved
from wattbook.forecast.registry.store import Registry
from wattbook.forecast.registry.version import Version, parse_version

__all__ = [
    "SCHEMA_VERSION",
    "Champion",
    "Registry",
    "Version",
    "fitted_of",
    "parse_version",
    "saved",
]
