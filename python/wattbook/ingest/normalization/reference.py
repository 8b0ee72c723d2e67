"""From normalized rows to prices of record that the engine settles and marks on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattbook.domain import PriceKind, ReferencePrice, SettlementRun
from wattbook.errors import InputError
from wattbook.ingest.normalization.flag import Flag

if TYPE_CHECKING:
    import polars as pl

__all__ = ["REFUSED_FLAGS", "reference_prices"]

REFUSED_FLAGS = Flag.FILLED | Flag.SUPERSEDED | Flag.MISSING
"""Marks of rows that are no price of record: made up, replaced by a later one, without a value."""


def reference_prices(
    rows: pl.DataFrame, *, instrument: int, kind: PriceKind | str, run: SettlementRun | str
) -> list[ReferencePrice]:
    """Return the prices of record of `rows`, which the engine settles and marks on.

    This is the one way from normalized rows into the engine. A value that was filled in was never
    observed, so nobody is paid by it: such a row is refused and not left out, because a settlement
    that lacks periods unseen would be as wrong.

    Parameters
    ----------
    rows : polars.DataFrame
        With `ROW_COLUMNS`: prices of one instrument.
    instrument : int
        Its number.
    kind : PriceKind
        Which price of record.
    run : SettlementRun
        Which settlement run published it.

    Raises
    ------
    InputError
        If a row is filled, superseded or without a value; names the first and how many there are.
    """
    import polars as pl  # noqa: PLC0415 - heavy; loaded when first used

    refused = rows.filter(
        (pl.col("flags") & int(REFUSED_FLAGS) != 0)
        | ~pl.col("value").is_finite().fill_null(value=False)
    )
    if refused.height:
        first = refused.row(0, named=True)
        marks = Flag(first["flags"]) & REFUSED_FLAGS
        names = " and ".join(mark.name.lower() for mark in marks if mark.name) or "without a value"
        message = (
            f"{refused.height} of {rows.height} rows are no prices of record: delivery start "
            f"{first['delivery_start']} of {first['location']} is {names}; settle and mark on "
            "observed values only"
        )
        raise InputError(message)
    return [
        ReferencePrice(instrument=instrument, kind=kind, run=run, price=value)
        for value in rows["value"].to_list()
    ]
