"""The costs of a run's orders, read from its folder."""

from pathlib import Path

from wattbook.errors import InputError
from wattbook.execution.tca import TransactionCosts, transaction_costs
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.replay import run_of
from wattbook.store import read_tables

__all__ = ["costs_of_run", "horizons_of"]

TABLES = (
    "define_instrument",
    "define_venue",
    "filled",
    "order_accepted",
    "order_cancelled",
    "order_rejected",
    "order_routed",
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
