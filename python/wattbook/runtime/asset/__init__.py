"""An asset from its file: what it can do and the prices it meets, scheduled or valued."""

from wattbook.runtime.asset.found import Found, Plot
from wattbook.runtime.asset.owner import Owned, OwnerFile, load_owner, owned
from wattbook.runtime.asset.parse import AssetFile, load_asset, parse_asset
from wattbook.runtime.asset.schedule import Scheduled, scheduled

__all__ = [
    "AssetFile",
    "Found",
    "Owned",
    "OwnerFile",
    "Plot",
    "Scheduled",
    "load_asset",
    "load_owner",
    "owned",
    "parse_asset",
    "scheduled",
]
