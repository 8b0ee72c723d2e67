"""Tables of records: exact decimals on disk, whole numbers in memory.

On disk a price is a decimal of six places, a time a UTC time stamp. An amount of money is a decimal
of six places to read and, in a column that ends in ``_units``, the exact whole number of 1 / 3.6e15
currency. In memory, for computing, a price is a whole number of 1e-6, an amount its units, a time
ns UTC.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import polars as pl

from wattbook._core import Table
from wattbook.errors import SourceError

__all__ = ["frames", "read_tables", "whole_numbers", "write_tables"]

UNITS = "_units"
"""What the name of an exact amount ends in on disk."""


def snake(name: str) -> str:
    """Return a record's name as a file name.

    Examples
    --------
    >>> snake("PositionChanged")
    'position_changed'
    """
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip(
        "_"
    )


def frames(tables: Mapping[str, Table]) -> dict[str, pl.DataFrame]:
    """Return the engine's tables by file name, as they stand on disk; names of choices as text.

    Parameters
    ----------
    tables : dict of str to Table
        By the name of the record: what a simulation or a replay gave out.
    """
    made = {}
    for name, table in tables.items():
        frame = pl.DataFrame(table)
        texts = [
            pl.col(column).cast(pl.String)
            for column, kind in frame.schema.items()
            if isinstance(kind, pl.Categorical | pl.Enum)
        ]
        made[snake(name)] = frame.with_columns(texts)
    return made


def whole_numbers(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table of the disk's form in whole numbers; names of choices become text.

    Examples
    --------
    >>> from decimal import Decimal
    >>> table = pl.DataFrame(
    ...     {"price": [Decimal("-37.63")], "fee": [Decimal("0.5")], "fee_units": [Decimal(18)]},
    ...     schema={"price": pl.Decimal(19, 6), "fee": pl.Decimal(38, 6),
    ...             "fee_units": pl.Decimal(38, 0)},
    ... )
    >>> whole_numbers(table).to_dict(as_series=False)
    {'price': [-37630000], 'fee': [18]}
    """
    columns = []
    for name, kind in table.schema.items():
        column = pl.col(name)
        if name + UNITS in table.schema:
            continue
        if name.endswith(UNITS):
            column = column.cast(pl.Int128).alias(name.removesuffix(UNITS))
        elif isinstance(kind, pl.Decimal):
            column = (column.cast(pl.Decimal(38, 6)) * 1_000_000).cast(pl.Int64)
        elif isinstance(kind, pl.Datetime):
            column = column.cast(pl.Int64)
        elif isinstance(kind, pl.Categorical | pl.Enum):
            column = column.cast(pl.String)
        columns.append(column)
    return table.select(columns)


def write_tables(folder: Path, tables: Mapping[str, pl.DataFrame]) -> None:
    """Write each table to ``<name>.parquet`` in `folder`, in place of what was there."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.parquet"):
        stale.unlink()
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet", compression="zstd")


def read_tables(folder: Path, names: Iterable[str] | None = None) -> dict[str, pl.DataFrame]:
    """Return tables of `folder` by name, as they stand on disk.

    Parameters
    ----------
    folder : Path
        Where `write_tables` wrote.
    names : iterable of str, optional
        Which tables; those that are not there are left out. All by default.

    Raises
    ------
    SourceError
        If the folder holds none.
    """
    paths = {path.stem: path for path in sorted(folder.glob("*.parquet"))}
    if not paths:
        message = f"{folder} holds no Parquet file; give the folder of a run that has ended"
        raise SourceError(message)
    wanted = paths if names is None else [name for name in names if name in paths]
    return {name: pl.read_parquet(paths[name]) for name in wanted}
