"""The costs of a run's orders, read from its folder."""

from pathlib import Path

from wattbook.errors import InputError
from wattbook.execution.tca import TransactionCosts, transaction_costs
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.replay import run_of
from wattbook.store import read_tables

__all__ = ["TABLES", "costs_of_run", "decisions_of_run", "horizons_of", "order_text"]

TABLES = (
    "define_instrument",
    "define_venue",
    "filled",
    "order_accepted",
    "order_amended",
    "order_cancelled",
    "order_rejected",
    "order_routed",
    "orders_netted",
    "parent_ended",
    "parent_opened",
    "quote",
    "refused",
    "trade",
)


def horizons_of(text: str) -> tuple[float, ...]:
    """Return seconds from a list such as ``1,10,60``.

    Raises
    ------
    InputError
        If one is no number above zero.

    Examples
    --------
    >>> horizons_of("1,10")
    (1.0, 10.0)
    """
    found = []
    for word in text.split(","):
        try:
            seconds = float(word)
        except ValueError:
            seconds = 0.0
        if not 0.0 < seconds <= 86_400.0:
            message = f"{word!r} is no number of seconds; give some up to a day, such as 1,10,60"
            raise InputError(message)
        found.append(seconds)
    return tuple(dict.fromkeys(found))


def costs_of_run(path: Path, horizons: tuple[float, ...]) -> TransactionCosts:
    """Return what the orders of the run in `path` cost.

    Raises
    ------
    RunError
        If it holds no run.
    SourceError
        If the run has left no event files.
    InputError
        If it traded no book.
    """
    folder: RunFolder = run_of(path)
    return transaction_costs(read_tables(folder.events, TABLES), horizons)


def decisions_of_run(path: Path) -> list[tuple[str, str, str, str]]:
    """Return what the run in `path` says of its orders: why each was placed as it was.

    Returns
    -------
    list of (str, str, str, str)
        When (UTC), order and parent as `CLIENT-NUMBER`, and the reason, in their order.

    Raises
    ------
    RunError
        If it holds no run.
    SourceError
        If the run has left no event files.
    """
    folder: RunFolder = run_of(path)
    table = read_tables(folder.events, ("order_explained",)).get("order_explained")
    if table is None or table.is_empty():
        return []
    rows = table.sort("sequence").select("ts_recv", "order_id", "parent", "text").iter_rows()
    return [
        (moment_of(at), order_text(order), order_text(parent), why)
        for at, order, parent, why in rows
    ]


def moment_of(at: object) -> str:
    """Return an instant of an event file as text, to the millisecond."""
    return str(at)[:23]


def order_text(number: int | None) -> str:
    """Return the number of an order as ``CLIENT-NUMBER``, a dash for none.

    Examples
    --------
    >>> order_text((1000 << 48) | 7)
    '1000-7'
    """
    return "-" if number is None else f"{number >> 48}-{number & (1 << 48) - 1}"
