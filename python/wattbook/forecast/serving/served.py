"""An ONNX file that is answered in this process."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wattbook._core import OnnxModel
from wattbook.errors import ForecastError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ServedModel", "onnx_library"]

LIBRARIES = ("libonnxruntime.so.*", "libonnxruntime*.dylib", "onnxruntime.dll")


def onnx_library() -> Path:
    """Return the path of the ONNX Runtime library inside the installed wheel.

    Raises
    ------
    ForecastError
        If it is not installed.
    """
    # The wheel is only looked for: importing it would cost a tenth of a second.
    spec = find_spec("onnxruntime")
    places = spec.submodule_search_locations if spec is not None else None
    for place in places or ():
        for name in LIBRARIES:
            for path in sorted((Path(place) / "capi").glob(name)):
                return path
    message = "ONNX Runtime is not installed; pip install 'wattbook[serve]'"
    raise ForecastError(message)


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model behind one version of its name.

    Parameters
    ----------
    version : str
        As answers carry it.
    model : OnnxModel
        The session.
    columns : int
        Inputs of a row.
    """

    version: str
    model: OnnxModel
    columns: int

    @classmethod
    def load(cls, version: str, file: bytes, columns: int, threads: int = 1) -> ServedModel:
        """Return the model of an ONNX file.

        Raises
        ------
        ForecastError
            If ONNX Runtime is not installed or refuses the file.
        """
        return cls(version, OnnxModel.load(onnx_library(), file, threads), columns)

    def predict(self, rows: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return answers, shape (n_rows, n_answers), for rows of shape (n_rows, n_columns).

        Raises
        ------
        ForecastError
            If the rows have another width, or an input is infinite: its row is named.
        """
        if rows.ndim != 2 or rows.shape[1] != self.columns or not rows.shape[0]:
            message = f"{self.version} takes rows of {self.columns} inputs, not {rows.shape}"
            raise ForecastError(message)
        if np.isinf(rows).any():
            row, column = np.argwhere(np.isinf(rows))[0]
            message = f"row {row}, column {column} is infinite; leave it missing (NaN)"
            raise ForecastError(message)
        made: NDArray[np.float32] = self.model.predict(np.ascontiguousarray(rows))
        return made.reshape(rows.shape[0], -1)
