"""The model that answers now, and how another takes its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from wattbook.errors import ForecastError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Predicts", "Slot"]


class Predicts(Protocol):
    """What is served."""

    @property
    def version(self) -> str:
        """As answers carry it."""
        ...

    @property
    def columns(self) -> int:
        """Inputs of a row."""
        ...

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return answers for rows."""
        ...


class Slot:
    """The model that answers now.

    Whoever takes the model keeps it until its answer is made, so a swap neither waits for nor
    disturbs an answer on its way.

    Parameters
    ----------
    model : Predicts
        The first.
    """

    def __init__(self, model: Predicts) -> None:
        self.model = model

    def swap(self, model: Predicts) -> Predicts:
        """Let `model` answer from now on; return the one before.

        Raises
        ------
        ForecastError
            If it takes rows of another width: requests on their way would fail.
        """
        before = self.model
        if model.columns != before.columns:
            message = (
                f"{model.version} takes {model.columns} inputs where {before.version} takes "
                f"{before.columns}; serve it under another name"
            )
            raise ForecastError(message)
        self.model = model
        return before
