"""Columns to observations."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from wattbook.sources.payload import OBSERVATION_COLUMNS

__all__ = ["OBSERVATION_SCHEMA", "observations"]

OBSERVATION_SCHEMA: Mapping[str, pl.DataType] = {
    name: getattr(pl, kind)() for name, kind in OBSERVATION_COLUMNS.items()
}
"""Polars type by column of observations."""


def observations(columns: Mapping[str, Sequence[Any] | Any], rows: int) -> pl.DataFrame:
    """Return `rows` observations with every column; one not given is null.

    Parameters
    ----------
    columns : mapping of str to sequence or scalar
        By name of `OBSERVATION_COLUMNS`; a scalar, text or none stands in every row.
    rows : int
        How many.

    Examples
    --------
    >>> found = observations({"dataset": "load", "value": [1.0, None], "unit": "MW"}, 2)
    >>> found.select("dataset", "value", "location").rows()
    [('load', 1.0, None), ('load', None, None)]
    """
    taken = []
    for name, kind in OBSERVATION_SCHEMA.items():
        values = columns.get(name)
        if values is None or isinstance(values, str | int | float):
            taken.append(pl.repeat(values, rows, dtype=kind, eager=True).alias(name))
        else:
            taken.append(pl.Series(name, values, dtype=kind))
    return pl.DataFrame(taken)
