"""Exact numbers of the trading path, one by one and in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattbook._core import Money, Price, Volume
from wattbook._core import millionths as _millionths

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Money", "Price", "Volume", "millionths"]


def millionths(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return prices or volumes as whole 1e-6, the exact form of the trading path.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Prices in currency per price unit, or volumes in volume units.

    Returns
    -------
    ndarray of int64, shape (n,)
        Each value in 1e-6, rounded to the nearest, ties to even.

    Raises
    ------
    InputError
        If a value is not finite or beyond ±9,223,372,036,854; the text names its row.

    Examples
    --------
    >>> import numpy as np
    >>> millionths(np.array([-37.63, 0.0, 4000.0])).tolist()
    [-37630000, 0, 4000000000]
    """
    import numpy as np  # noqa: PLC0415 - `import wattbook.domain` stays light

    exact: NDArray[np.int64] = _millionths(np.ascontiguousarray(values, dtype=np.float64))
    return exact
