"""A desk from Python: its lists as Polars frames or Arrow tables, its stream, orders and stops."""

from wattbook.api.client.desk import DeskClient, Scope, connect
from wattbook.api.client.streaming import Update

__all__ = ["DeskClient", "Scope", "Update", "connect"]
