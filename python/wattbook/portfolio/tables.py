"""Checks of tables that come from outside: columns, types, and rows set aside with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from wattbook.errors import SettlementError

__all__ = ["ASIDE", "checked", "first_true", "set_aside"]

ASIDE: Mapping[str, Any] = {
    "table": pl.String, "row": pl.Int64, "reason": pl.String, "values": pl.String
}  # fmt: skip
"""Columns of rows that were set aside: the table's name, the row from 0, why, and its values."""


def checked(table: pl.DataFrame, name: str, schema: Mapping[str, Any]) -> pl.DataFrame:
    """Return the columns of `schema` in its order and types.

    Raises
    ------
    SettlementError
        If a column is missing or a value cannot be of its type; names table, column and fix.

    Examples
    --------
    >>> checked(pl.DataFrame({"start": [1], "x": [2]}), "meters", {"start": pl.Int64}).columns
    ['start']
    """
    missing = [column for column in schema if column not in table.columns]
    if missing:
        message = (
            f"{name}: column {missing[0]!r} is missing; it has {', '.join(table.columns)}, "
            f"and needs {', '.join(schema)}"
        )
        raise SettlementError(message)
    made = []
    for column, kind in schema.items():
        found = table[column]
        if found.dtype.is_float() and pl.Series(dtype=kind).dtype.is_integer():
            message = (
                f"{name}.{column}: numbers with a point where whole ones are kept; convert them "
                "with wattbook.portfolio.money first"
            )
            raise SettlementError(message)
        try:
            made.append(found.cast(kind))
        except pl.exceptions.PolarsError as fault:
            message = f"{name}.{column}: {str(fault).splitlines()[0]}; give {kind}"
            raise SettlementError(message) from fault
    return pl.DataFrame(made) if made else table.select([])


def first_true(mask: pl.Series) -> int | None:
    """Return the first row of which `mask` is true, or none.

    Examples
    --------
    >>> first_true(pl.Series([False, True, True])), first_true(pl.Series([False]))
    (1, None)
    """
    return mask.arg_max() if mask.any() else None


def set_aside(
    table: pl.DataFrame, name: str, reasons: pl.Expr
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows without a reason, and those with one as rows of `ASIDE`.

    Parameters
    ----------
    table : polars.DataFrame
        What came in; its column ``row``, if it has one, is the number of each row.
    name : str
        What to call it.
    reasons : polars.Expr
        Text of the reason, null for a good row.
    """
    numbered = table if "row" in table.columns else table.with_row_index("row")
    judged = numbered.with_columns(reason=reasons)
    bad = judged.filter(pl.col("reason").is_not_null())
    values = [
        ", ".join(f"{key}={value}" for key, value in row.items())
        for row in bad.drop("row", "reason").to_dicts()
    ]
    aside = pl.DataFrame(
        {
            "table": [name] * bad.height,
            "row": bad["row"].cast(pl.Int64),
            "reason": bad["reason"],
            "values": values,
        },
        schema=ASIDE,
    )
    good = judged.filter(pl.col("reason").is_null()).drop("reason")
    return good if "row" in table.columns else good.drop("row"), aside
