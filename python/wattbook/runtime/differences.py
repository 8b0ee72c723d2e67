"""What two tellings of a run differ in: every row of every table, field by field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import polars as pl

from wattbook.errors import InputError, RunError
from wattbook.runtime.folder import writable

__all__ = [
    "SCHEMA",
    "Aligned",
    "Compared",
    "compared",
    "kept_tables",
    "symbols_of",
    "together",
    "write_differences",
]

Aligned = Literal["input", "order"]

SCHEMA: Final = {
    "table": pl.String,
    "kind": pl.String,
    "input": pl.UInt64,
    "order": pl.String,
    "instrument": pl.String,
    "field": pl.String,
    "was": pl.String,
    "now": pl.String,
}
"""Columns of a table of differences, one for each field of a row that is ``changed``; a row that is
``missing`` or ``added`` has no field, and what it says in `was` or `now`."""
NOW: Final = " now"
PLACE: Final = " place"
SAID: Final = ("side", "price", "volume", "state", "reason", "bid_price", "ask_price")
"""Fields of a row that only one side has, as far as it has them."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a comparison found.

    Parameters
    ----------
    rows, tables : int
        How many rows, and tables, were compared.
    differences : polars.DataFrame
        Columns as in `SCHEMA`, in the order of the inputs.
    """

    rows: int
    tables: int
    differences: pl.DataFrame

    def counts(self) -> dict[str, int]:
        """Return how many differences each table has, tables without any left out."""
        counted = self.differences.group_by("table").len().sort("table")
        return {str(name): int(count) for name, count in counted.iter_rows()}


def texts(schema: Mapping[str, pl.DataType]) -> list[pl.Expr]:
    """Return the columns as text: instants in UTC with all their digits, lists between spaces."""
    made = []
    for name, kind in schema.items():
        column = pl.col(name)
        if isinstance(kind, pl.Datetime):
            made.append(column.dt.strftime("%Y-%m-%dT%H:%M:%S%.9fZ"))
        elif isinstance(kind, pl.List):
            made.append(column.cast(pl.List(pl.String)).list.join(" "))
        elif isinstance(kind, pl.Decimal) and kind.scale:
            made.append(column.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end("."))
        else:
            made.append(column.cast(pl.String))
    return made


def keys_of(columns: Sequence[str], aligned: Aligned) -> list[str]:
    """Return the columns that say which row of one side is which of the other."""
    if aligned == "input":
        return ["sequence"]
    if "order_id" in columns:
        return ["order_id"]
    return [name for name in ("instrument", "strategy", "limit") if name in columns]


def placed(table: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return a table with how many rows of the same keys came before each."""
    count = pl.int_range(pl.len(), dtype=pl.UInt32)
    return table.with_columns((count.over(keys) if keys else count).alias(PLACE))


def order_of(column: str) -> pl.Expr:
    """Return numbers of orders as ``CLIENT-NUMBER``."""
    client, number = pl.col(column) // (1 << 48), pl.col(column) % (1 << 48)
    return pl.concat_str(client.cast(pl.String), pl.lit("-"), number.cast(pl.String))


def found_rows(
    rows: pl.DataFrame,
    table: str,
    kind: str,
    side: str,
    symbols: Mapping[int, str],
    **said: pl.Expr,
) -> pl.DataFrame:
    """Return rows of a joined table as differences; `side` ends the names of their columns."""
    has_order, has_instrument = f"order_id{side}" in rows, f"instrument{side}" in rows
    named = pl.col(f"instrument{side}").cast(pl.UInt64)
    nothing = pl.lit(None, dtype=pl.String)
    return rows.select(
        table=pl.lit(table),
        kind=pl.lit(kind),
        input=pl.col(f"sequence{side}").cast(pl.UInt64),
        order=order_of(f"order_id{side}") if has_order else nothing,
        instrument=named.replace_strict(symbols, default=named.cast(pl.String))
        if has_instrument
        else nothing,
        field=said.get("field", nothing),
        was=said.get("was", nothing),
        now=said.get("now", nothing),
    ).cast(SCHEMA)  # type: ignore[arg-type]


def table_differences(
    name: str, was: pl.DataFrame, now: pl.DataFrame, aligned: Aligned, symbols: Mapping[int, str]
) -> list[pl.DataFrame]:
    """Return what two tables of one name differ in."""
    if was.schema != now.schema:
        told = pl.DataFrame({"sequence": [0]}, schema={"sequence": pl.UInt64})
        columns = (
            ", ".join(f"{one} {kind}" for one, kind in each.schema.items()) for each in (was, now)
        )
        before, after = (pl.lit(text) for text in columns)
        return [
            found_rows(
                told, name, "changed", "", {}, field=pl.lit("columns"), was=before, now=after
            )
        ]
    if was.equals(now, null_equal=True):
        return []
    keys = keys_of(was.columns, aligned)
    # Keys stay beside their texts, as what is joined on.
    one, two = (
        placed(each, keys).with_columns([pl.col(key).alias(f" {key}") for key in keys])
        for each in (was, now)
    )
    one = one.with_columns(texts(was.schema))
    two = two.with_columns(texts(now.schema)).rename(
        {column: column + NOW for column in was.columns}
    )
    on = [f" {key}" for key in keys] + [PLACE]
    joined = one.join(two, on=on, how="full", coalesce=True)
    numbers = [column for column in ("sequence", "order_id", "instrument") if column in was.columns]
    joined = joined.with_columns(
        pl.col(column + side).cast(pl.UInt64) for column in numbers for side in ("", NOW)
    )
    is_missing, is_added = pl.col("sequence" + NOW).is_null(), pl.col("sequence").is_null()
    said = [column for column in SAID if column in was.columns]

    def row_text(side: str) -> pl.Expr:
        parts = [pl.lit(f"{column} ") + pl.col(column + side) for column in said]
        return pl.concat_str(parts, separator=", ", ignore_nulls=True) if parts else pl.lit("")

    both = joined.filter(~is_missing & ~is_added)
    found = [
        found_rows(joined.filter(is_missing), name, "missing", "", symbols, was=row_text("")),
        found_rows(joined.filter(is_added), name, "added", NOW, symbols, now=row_text(NOW)),
    ]
    for column in was.columns:
        # An input that one side has besides moves the numbers of all that follow.
        if column == "sequence" and aligned == "order":
            continue
        other = both.filter(pl.col(column).ne_missing(pl.col(column + NOW)))
        texts_of = {"was": pl.col(column), "now": pl.col(column + NOW)}
        found.append(
            found_rows(other, name, "changed", "", symbols, field=pl.lit(column), **texts_of)
        )
    return [each for each in found if each.height]


def compared(
    names: Sequence[str],
    was: Callable[[str], pl.DataFrame | None],
    now: Callable[[str], pl.DataFrame | None],
    *,
    aligned: Aligned,
    symbols: Mapping[int, str],
) -> Compared:
    """Return how the tables `names` of two tellings of a run differ; one is held at a time.

    Parameters
    ----------
    names : sequence of str
        Of the tables.
    was, now : callable
        Give a table of each side, or None where it has none.
    aligned : {"input", "order"}
        What says which row is which: the number of its input, or its order (else its instrument and
        strategy) and the place among those of the same; then numbers of inputs do not count.
    symbols : mapping of int to str
        Names of the instruments.
    """
    found, rows = [pl.DataFrame(schema=SCHEMA)], 0
    for name in names:
        one, two = was(name), now(name)
        empty = one if one is not None else two
        if empty is None:
            continue
        one, two = (empty.clear() if each is None else each for each in (one, two))
        rows += max(one.height, two.height)
        found.extend(table_differences(name, one, two, aligned, symbols))
    together = pl.concat(found).sort("input", "table", maintain_order=True)
    return Compared(rows, len(names), together)


def kept_tables(folder: Path) -> Callable[[str], pl.DataFrame | None]:
    """Return what reads a table of the events that a run kept in `folder`; None where it has none.

    Raises
    ------
    RunError
        By what is returned, if a file is no Parquet file.
    """

    def table(name: str) -> pl.DataFrame | None:
        path = folder / f"{name}.parquet"
        try:
            return pl.read_parquet(path) if path.is_file() else None
        except (OSError, pl.exceptions.PolarsError) as fault:
            message = f"{path} is damaged ({fault}); put back a copy of it"
            raise RunError(message) from fault

    return table


def symbols_of(tables: Mapping[str, pl.DataFrame]) -> dict[int, str]:
    """Return the names of the instruments that a run has defined, by number."""
    defined = tables.get("define_instrument")
    if defined is None:
        return {}
    return {
        int(number): str(name) for number, name in defined.select("instrument", "symbol").rows()
    }


def together(found: Mapping[str, Compared]) -> pl.DataFrame:
    """Return the differences of several comparisons in one table; `compared` names which."""
    parts = [
        each.differences.select(pl.lit(name).alias("compared"), pl.all())
        for name, each in found.items()
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema={"compared": pl.String, **SCHEMA})


def write_differences(path: Path, found: pl.DataFrame) -> None:
    """Write all differences to a file, CSV or Parquet by its name.

    Raises
    ------
    InputError
        If its name ends in neither.
    RunError
        If it cannot be written.
    """
    if path.suffix not in (".csv", ".parquet"):
        message = f"{path} is no name for the differences; end it in .csv or .parquet"
        raise InputError(message)
    with writable(path, "give another file with --out"):
        if path.suffix == ".csv":
            found.write_csv(path)
        else:
            found.write_parquet(path)
