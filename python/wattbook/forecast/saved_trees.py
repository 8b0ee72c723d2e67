"""The trees of a saved `BoostedTrees`, node by node, for whoever writes or explains them.

The layout stands in ``crates/model/src/saved.rs``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from wattbook.errors import ForecastError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Node", "SavedTrees", "saved_trees"]

MARK: Final = b"WBTR"
VERSION: Final = 1
MOST: Final = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a tree.

    Parameters
    ----------
    column : int
        Whose value decides; -1 for a leaf.
    threshold : float
        Up to which value a row goes left; a missing value goes left always.
    left : int
        Place of the left child; the right one follows it.
    value : float
        Of a leaf.
    """

    column: int
    threshold: float
    left: int
    value: float


@dataclass(frozen=True, slots=True)
class SavedTrees:
    """What is added up: a base and one leaf of each tree.

    Parameters
    ----------
    base : float
        Where the sum begins.
    columns : int
        Inputs of a row.
    trees : tuple of tuple of Node
        The root first.
    """

    base: float
    columns: int
    trees: tuple[tuple[Node, ...], ...]


class Reader:
    """Reads values one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, form: str) -> tuple[Any, ...]:
        """Return the next values."""
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values

    def count(self) -> int:
        """Return the next count."""
        return int(self.take("I")[0])


def saved_trees(data: bytes) -> SavedTrees:
    """Return the trees that `BoostedTrees.save` wrote.

    Raises
    ------
    ForecastError
        If the bytes are of another kind or version, or cut short.
    """
    reader = Reader(data)
    try:
        mark, version = reader.take("4sI")
        if mark != MARK or version != VERSION:
            message = "bytes of another kind or schema version; fit the trees anew"
            raise ForecastError(message)
        (base,) = reader.take("d")
        cuts = [reader.take(f"{reader.count()}d") for _ in range(reader.count())]
        trees = tuple(
            tuple(node(reader, cuts) for _ in range(reader.count())) for _ in range(reader.count())
        )
    except (struct.error, IndexError) as fault:
        message = f"no whole trees ({fault}); fit them anew"
        raise ForecastError(message) from fault
    return SavedTrees(base, len(cuts), trees)


def node(reader: Reader, cuts: list[tuple[Any, ...]]) -> Node:
    """Return the next node."""
    (kind,) = reader.take("B")
    if kind == 0:
        return Node(-1, 0.0, 0, float(reader.take("d")[0]))
    bin_, column, left = reader.take("BII")
    return Node(column, threshold(cuts[column], bin_), left, 0.0)


def threshold(cuts: Sequence[float], bin_: int) -> float:
    """Return up to which value a row goes left: the end of `bin_`; bin 0 holds what is missing."""
    if bin_ == 0:
        return -MOST
    return cuts[bin_ - 1] if bin_ <= len(cuts) else MOST
