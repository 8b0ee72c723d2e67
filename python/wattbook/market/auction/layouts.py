"""Which layout a folder with an auction has."""

from __future__ import annotations

import enum
from pathlib import Path

from wattbook.errors import SourceError
from wattbook.market.auction.iberian import days_of
from wattbook.sources.gme.auction import TABLES

__all__ = ["Layout", "layout_of"]


class Layout(enum.Enum):
    """How the files of a folder hold an auction."""

    ITALIAN = "bid-curves.csv.gz and the other tables of a collected Italian auction"
    TABLES = "zones.csv, periods.csv and tables of orders"
    OMIE = "files CAB_YYYYMMDD and DET_YYYYMMDD of OMIE"


def layout_of(folder: Path) -> Layout:
    """Return the layout of a folder, by its files.

    Raises
    ------
    SourceError
        If it is no folder, or has the files of no layout.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder} is no folder; name one that holds an auction")
    if any((folder / f"{name}.csv.gz").is_file() for name in TABLES):
        return Layout.ITALIAN
    if (folder / "zones.csv").is_file() or (folder / "step_orders.csv").is_file():
        return Layout.TABLES
    if days_of(folder):
        return Layout.OMIE
    known = "; or ".join(layout.value for layout in Layout)
    raise SourceError(f"{folder} holds no auction: it has none of {known}")
