"""Records as Arrow tables, and Arrow tables as records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wattbook._core import Table
from wattbook._core import input_tables as _input_tables
from wattbook._core import inputs_from_tables as _inputs_from_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wattbook._core import Sequenced

__all__ = ["ArrowTable", "Table", "input_tables", "inputs_from_tables"]


class ArrowTable(Protocol):
    """A table of any library with the Arrow PyCapsule interface: polars, pyarrow, duckdb, ours."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the table as a stream of batches, in a PyCapsule."""


def input_tables(inputs: Sequence[Sequenced]) -> dict[str, Table]:
    """Return one table for each kind of record among the inputs of a journal.

    A table is handed over without a copy to any library that reads Arrow, such as
    ``polars.DataFrame(table)``. Its columns are those that ``schema/`` lists, behind ``sequence``,
    ``ts_event`` and ``ts_recv`` (UTC).

    Parameters
    ----------
    inputs : sequence of Sequenced
        Inputs in the order of their rows.

    Returns
    -------
    dict of str to Table
        By the name of the record, such as ``"Quote"``; advances of time have no table.

    Raises
    ------
    InputError
        If an amount of money has more than 38 digits of 1 / 3.6e15 currency.

    Examples
    --------
    >>> from wattbook.domain import Quote, Sequenced
    >>> quote = Quote(instrument=0, bid_price="-5.5", ask_price=4, bid_volume=1, ask_volume=2)
    >>> stamped = Sequenced(sequence=1, ts_event=0, ts_recv=0, input=quote)
    >>> input_tables([stamped])["Quote"].columns[3:5]
    ['instrument', 'bid_price']
    """
    return _input_tables(list(inputs))


def inputs_from_tables(tables: Mapping[str, ArrowTable]) -> list[Sequenced]:
    """Return the inputs that stand in tables: the way back of `input_tables`.

    A table has the columns that ``schema/`` lists for its record, in any order, behind
    ``sequence``, ``ts_event`` and ``ts_recv``. Whole numbers may have any width and text any
    encoding; prices and volumes may be decimals, floats (rounded to the nearest 0.000001) or whole
    numbers; instants need a time zone or are int64 ns UTC; columns of optional fields may be left
    out.

    Parameters
    ----------
    tables : mapping of str to table
        By the name of the record: market data such as ``"Quote"``, ``"Trade"``, ``"BookDelta"`` and
        ``"ReferencePrice"``, venue reports, reference data, ``"Deal"``. Commands are not read,
        because their tables do not name the clients.

    Returns
    -------
    list of Sequenced
        In the order of their sequence.

    Raises
    ------
    InputError
        If a column is missing, unknown or of another type, a row is no record, or two rows have one
        sequence; the text names table, row and column.

    Examples
    --------
    >>> import polars as pl
    >>> quotes = pl.DataFrame({
    ...     "sequence": [1], "ts_event": [0], "ts_recv": [5], "instrument": [0],
    ...     "bid_price": [-5.5], "ask_price": [4.0], "bid_volume": [1.0], "ask_volume": [2.5],
    ... })
    >>> inputs_from_tables({"Quote": quotes})[0].input.bid_price
    Price('-5.5')
    """
    return _inputs_from_tables(dict(tables))
