"""``wattbook ingest series DATASET``: what counts of all that the sources told."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.ingest.common import add_store, instant, stored_pipeline, when
from wattbook.errors import InputError

if TYPE_CHECKING:
    import polars as pl

    from wattbook.runtime.ingest.pipeline import Pipeline
    from wattbook.store.observations import Span

__all__ = ["add_arguments", "add_span", "execute", "span_of"]

ROWS_SHOWN = 50
EPILOG = """\
Of several sources the one counts that the preferences of the rule file name, unless it is older
than they allow. Values that were filled in (`wattbook ingest fill`) come only with --filled, and
never with --record.

exit status: 0 printed; 2 the input is wrong, or a price of record is missing.
"""


def add_span(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which series."""
    parser.add_argument("dataset", metavar="DATASET", help="what was observed: day_ahead_price")
    parser.add_argument("--location", default="", help="by its one name: DE-LU")
    parser.add_argument("--item", default="", help="what tells apart what shares a location")
    parser.add_argument("--from", dest="first", type=instant, metavar="T", help="first delivery")
    parser.add_argument("--to", dest="last", type=instant, metavar="T", help="end, exclusive")


def span_of(chosen: argparse.Namespace, source: str = "") -> "Span":
    """Return which series were chosen."""
    from wattbook.store.observations import Span  # noqa: PLC0415 - keeps `--help` light

    told = chosen.dataset, chosen.location, chosen.item
    return Span(source, *told, chosen.first, chosen.last)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    add_span(parser)
    add_store(parser)
    parser.add_argument("--source", default="", help="of this source alone")
    parser.add_argument("--at", type=instant, metavar="T", help="as it was known at T")
    parser.add_argument(
        "--filled", action="store_true", help="with the values that were filled in, marked"
    )
    parser.add_argument(
        "--record",
        metavar="KIND",
        default="",
        help="prices of record that the engine settles on instead: day_ahead, settlement, …",
    )
    parser.add_argument("--run", default="final", help="settlement run of --record (%(default)s)")
    parser.add_argument(
        "--instrument", type=int, default=1, help="instrument number of --record (%(default)s)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write .csv or .parquet instead")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")


def execute(chosen: argparse.Namespace) -> int:
    """Print or write the rows that count."""
    if chosen.record and (chosen.filled or chosen.at is not None):
        message = "--record gives what was observed, as known now; leave --filled and --at out"
        raise InputError(message)
    if chosen.out is not None and chosen.out.suffix not in (".csv", ".parquet"):
        message = f"--out {chosen.out} says no format; end the name in .csv or .parquet"
        raise InputError(message)
    with stored_pipeline(chosen) as pipeline:
        return record(chosen, pipeline) if chosen.record else rows(chosen, pipeline)


def record(chosen: argparse.Namespace, pipeline: "Pipeline") -> int:
    """Print prices of record as JSON."""
    from wattbook.runtime.ingest.series import (  # noqa: PLC0415 - keeps `--help` light
        prices_of_record,
    )

    span = span_of(chosen, chosen.source)
    found = prices_of_record(
        pipeline, span, instrument=chosen.instrument, kind=chosen.record, run=chosen.run
    )
    prices = [
        {"delivery_start": start, "instrument": one.instrument, "kind": str(one.kind)}
        | {"run": str(one.run), "price": str(one.price)}
        for start, one in found
    ]
    print_json(prices)
    return 0


def rows(chosen: argparse.Namespace, pipeline: "Pipeline") -> int:
    """Print or write rows."""
    import polars as pl  # noqa: PLC0415 - keeps `--help` light

    from wattbook.runtime.ingest.series import conflated, filled  # noqa: PLC0415

    span = span_of(chosen, chosen.source)
    found = conflated(pipeline, span, chosen.at)
    made = found.rows.with_columns(pl.lit(None, pl.String).alias("method"))
    if chosen.filled:
        more = filled(pipeline, span, chosen.at)
        more = more.select(name for name in made.columns if name in more.columns)
        made = pl.concat([made, more], how="diagonal_relaxed")
    made = made.sort("location", "counterpart", "item", "delivery_start", maintain_order=True)
    if chosen.out is not None:
        write(made, chosen.out)
        Console(plain=True if chosen.plain else None).line(f"wrote {made.height:,} rows")
        return 0
    if chosen.json:
        aside = [{"place": part.place, "reason": part.reason} for part in found.quarantined]
        document = {"rows": made.to_dicts(), "set_aside": aside}
        print_json(document)
        return 0
    show(made, Console(plain=True if chosen.plain else None))
    return 0


def write(made: "pl.DataFrame", path: Path) -> None:
    """Write rows in the format that the file's name says.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    try:
        if path.suffix == ".csv":
            made.write_csv(path)
        else:
            made.write_parquet(path)
    except OSError as fault:
        # What Polars raises has no `strerror`.
        message = f"--out {path} cannot be written ({fault.strerror or fault}); give another file"
        raise InputError(message) from fault


def show(made: "pl.DataFrame", console: Console) -> None:
    """Print the first rows as a table, and how many each source gave."""
    from wattbook.ingest.normalization import Flag  # noqa: PLC0415 - keeps `--help` light

    heads = ["from<", "to<", "location<", "item<", "value", "unit<", "source<", "flags<"]
    table = Table("Series", heads)
    for row in made.head(ROWS_SHOWN).iter_rows(named=True):
        flags = ", ".join(flag.name.lower() for flag in Flag(row["flags"]) if flag.name)
        where = ">".join(part for part in (row["location"], row["counterpart"]) if part)
        value = "–" if row["value"] is None else f"{row['value']:,.6g}"
        period = [when(row["delivery_start"]), when(row["delivery_end"])]
        told = row["source"] if row["method"] is None else f"by {row['method']}"
        table.rows.append([*period, where, row["item"] or "", value, row["unit"], told, flags])
    console.table(table)
    counts = made.group_by("source", maintain_order=True).len().sort("source").iter_rows()
    said = ", ".join(f"{count:,} of {source}" for source, count in counts)
    more = f"; {made.height - ROWS_SHOWN:,} more are not shown" if made.height > ROWS_SHOWN else ""
    console.line(f"{made.height:,} rows: {said}{more}" if said else "no rows")
