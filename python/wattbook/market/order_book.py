"""Order books rebuilt from market data, fed in batches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wattbook import _core
from wattbook.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wattbook.domain import Side

__all__ = ["Anomalies", "DepthLevel", "L3Book"]


class DepthLevel(NamedTuple):
    """A price of a book: price in ticks, volume in lots, and how many orders it holds."""

    price: int
    volume: int
    orders: int


@dataclass(frozen=True, slots=True)
class Anomalies:
    """Messages that did not fit the book: how many of each kind, and the first of all.

    A message that does not fit has no effect, but for one that makes the bid reach the ask.
    """

    counts: dict[str, int]
    first: tuple[int, str] | None

    @property
    def total(self) -> int:
        """How many there were."""
        return sum(self.counts.values())


class L3Book:
    """Every order of a feed that tells single orders, in price-time priority.

    Prices are whole ticks of any sign, volumes whole lots. Applying releases the interpreter, and
    one book may be fed and read from several threads.

    Examples
    --------
    >>> import numpy as np
    >>> book = L3Book()
    >>> rows = np.array([[1, 7, 1, -50, 10], [1, 8, 1, -50, 5], [1, 9, 2, -48, 4], [3, 6, 1, 0, 0]])
    >>> book.apply(rows).first
    (3, 'change of an order or level that is not in the book; a message was lost before it')
    >>> book.top()
    ((-50, 15), (-48, 4))
    >>> book.volume_ahead(8)
    10
    >>> book.depth("buy", levels=1)
    [DepthLevel(price=-50, volume=15, orders=2)]
    """

    def __init__(self) -> None:
        self._book = _core.L3Book()

    def apply(self, rows: NDArray[np.int64]) -> Anomalies:
        """Take over a batch of messages in order.

        Parameters
        ----------
        rows : int64 array of shape (n, 5), in C order
            Action (1 add, 2 modify, 3 delete, 4 clear), order number of the venue, side (1 buy,
            2 sell), price in ticks, volume in lots from now on. Read without a copy.

        Returns
        -------
        Anomalies
            What did not fit, rows counted from 0 within the batch.

        Raises
        ------
        InputError
            If `rows` is not such an array.
        """
        try:
            return Anomalies(*self._book.apply(rows))
        except TypeError as error:
            message = (
                "rows are no int64 array of shape (n, 5) in C order; "
                "use np.ascontiguousarray(rows, dtype=np.int64)"
            )
            raise InputError(message) from error

    def top(self) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
        """Return best bid and ask as (ticks, lots); None for a side without orders."""
        return self._book.top()

    def depth(self, side: Side | str, levels: int) -> list[DepthLevel]:
        """Return the best `levels` prices of `side`, best first."""
        return [DepthLevel(*level) for level in self._book.depth(side, levels)]

    def volume_ahead(self, order: int) -> int | None:
        """Return the lots in front of `order` at its price; None if it is not in the book."""
        return self._book.volume_ahead(order)

    def anomalies(self) -> Anomalies:
        """Return what did not fit since the book was made, rows counted over all batches."""
        return Anomalies(*self._book.anomalies())

    def __len__(self) -> int:
        """Return how many orders are in the book."""
        return len(self._book)
