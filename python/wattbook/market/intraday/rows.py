"""Commands on intraday books as rows of whole numbers."""

from __future__ import annotations

from typing import Protocol

__all__ = ["ACTIONS", "COLUMNS", "LIFETIMES", "NONE", "SIDES", "WIDTH", "ArrowTable"]

NONE = -(2**63)
ACTIONS = ("submit", "amend", "cancel", "capacity", "halt", "resume")
LIFETIMES = ("gate", "immediate", "fill_or_kill")
SIDES = ("", "buy", "sell")
WIDTH = 13
COLUMNS = (
    *("ts", "action", "zone", "to_zone", "contract", "count", "order", "side", "price", "volume"),
    *("lifetime", "display", "all_or_none"),
)


class ArrowTable(Protocol):
    """A table of any library with the Arrow PyCapsule interface, such as polars or pyarrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
