"""What ``wattbook contract`` leaves in a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.errors import InputError

if TYPE_CHECKING:
    import polars as pl

__all__ = ["leave"]


def leave(
    out: Path | None,
    name: str,
    tables: dict[str, pl.DataFrame],
    told: dict[str, object],
    page: Callable[[], str],
) -> None:
    """Write tables, a summary and a page.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    if out is None:
        return
    text = page()
    try:
        out.mkdir(parents=True, exist_ok=True)
        for table, rows in tables.items():
            rows.write_parquet(out / f"{table}.parquet", compression="zstd")
        (out / f"{name}.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
        (out / f"{name}.html").write_text(text, encoding="utf-8")
    except OSError as fault:
        raise InputError(
            f"{out} cannot be written ({fault.strerror or fault}); give another folder with --out"
        ) from fault
