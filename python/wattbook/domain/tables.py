"""Records as Arrow tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattbook._core import Table
from wattbook._core import input_tables as _input_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook._core import Sequenced

__all__ = ["Table", "input_tables"]


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
