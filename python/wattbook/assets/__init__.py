"""Assets behind the trades: batteries."""

from wattbook.assets.battery import Battery

__all__ = ["Battery"]
