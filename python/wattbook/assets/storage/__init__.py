"""Gas storages, virtual storages and swing contracts: what they may do and what they are worth."""

from wattbook.assets.spot import Factor, SpotModel
from wattbook.assets.storage.storage import Ratchet, Storage, swing
from wattbook.assets.storage.value import (
    Estimate,
    SimulatedValue,
    StorageSchedule,
    intrinsic,
    rolling_intrinsic,
    simulated_value,
    tree_value,
)

__all__ = [
    "Estimate",
    "Factor",
    "Ratchet",
    "SimulatedValue",
    "SpotModel",
    "Storage",
    "StorageSchedule",
    "intrinsic",
    "rolling_intrinsic",
    "simulated_value",
    "swing",
    "tree_value",
]
