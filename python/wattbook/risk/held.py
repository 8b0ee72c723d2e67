"""A book's tail after each trade, from held P&L vectors."""

import numpy as np
from numpy.typing import ArrayLike

from wattbook import _core
from wattbook.risk.checked import (
    finite_array,
    finite_number,
    overflow_refused,
    share,
    shock_table,
    whole,
)

__all__ = ["HeldBook"]


def _refuse(instrument: object, quantity: object) -> None:
    """Name what the core could not take: checked only then, for a trade has two microseconds."""
    whole("instrument", instrument)
    finite_number("quantity", quantity)


class HeldBook:
    """P&L of a book in all scenarios, moved with each trade.

    Parameters
    ----------
    quantities : array, shape (instruments,)
        What is held at first.
    shocks : array of float32, shape (instruments, scenarios)
        Money that one unit gains in each scenario; wider numbers are rounded to 4 bytes.
    confidence : float
        Such as 0.99.

    Raises
    ------
    InputError
        For shapes that do not fit, numbers that are none, and a confidence that is no share.

    Examples
    --------
    >>> shocks = np.array([[-5.0, 3.0, -2.0, 1.0]], dtype=np.float32)
    >>> book = HeldBook([1.0], shocks, 0.75)
    >>> book.tail(), book.trade(0, 1.0)
    ((2.0, 5.0), (4.0, 10.0))
    """

    def __init__(self, quantities: ArrayLike, shocks: ArrayLike, confidence: float) -> None:
        held = finite_array("quantities", quantities)
        # What 4 bytes do not hold is refused by the core, with its place.
        with overflow_refused():
            gains = np.ascontiguousarray(shock_table("shocks", shocks), dtype=np.float32)
        level = share("confidence", confidence)
        self._book = _core.HeldBook(np.ascontiguousarray(held), gains, level)

    def trade(self, instrument: int, quantity: float) -> tuple[float, float]:
        """Take in a trade; return value at risk and expected shortfall after it.

        Raises
        ------
        InputError
            For an instrument that the book does not have and a quantity that is no number.
        """
        try:
            return self._book.trade(instrument, quantity)
        except (OverflowError, TypeError):
            _refuse(instrument, quantity)
            raise

    def what_if(self, instrument: int, quantity: float) -> tuple[float, float]:
        """Return the same as if the trade had been taken in.

        Raises
        ------
        InputError
            As `trade`.
        """
        try:
            return self._book.what_if(instrument, quantity)
        except (OverflowError, TypeError):
            _refuse(instrument, quantity)
            raise

    def tail(self) -> tuple[float, float]:
        """Return value at risk and expected shortfall now."""
        return self._book.tail()
