"""What all readers of contract files share: refusals with their place, small tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from wattbook.errors import DeskError, InputError
from wattbook.runtime.contract.data import read_table
from wattbook.runtime.desk.reader import KeyPath, Reader

__all__ = ["columns_of", "fitted"]


def fitted(reader: Reader, key: KeyPath, make: Callable[[], Any]) -> Any:  # noqa: ANN401
    """Return what `make` makes; a refusal of the terms gets the place in the file."""
    try:
        return make()
    except DeskError:
        raise
    except InputError as fault:
        raise reader.refuse(key, str(fault)) from fault


def columns_of(reader: Reader, key: KeyPath, file: Path, *names: str) -> list[tuple[Any, ...]]:
    """Return the rows of a small table, some columns of it."""
    try:
        table = read_table(file)
        return table.select(names).rows()
    except pl.exceptions.PolarsError as fault:
        raise reader.refuse(
            key, f"{file} lacks one of the columns {', '.join(names)}; add it"
        ) from fault
    except InputError as fault:
        raise reader.refuse(key, str(fault)) from fault
