"""An ONNX file that is answered in this process."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from wattbook._core import OnnxModel
from wattbook.errors import ForecastError
from wattbook.forecast.serving.graph import onnx_module

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Device", "ServedModel", "onnx_library"]

Device: TypeAlias = Literal["cpu", "cuda", "tensorrt", "auto"]
"""What computes; *auto* takes TensorRT, CUDA or the processor, the first that can be had."""

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
    def load(
        cls, version: str, file: bytes, columns: int, threads: int = 1, device: Device = "cpu"
    ) -> ServedModel:
        """Return the model of an ONNX file.

        A GPU needs the library of the `onnxruntime-gpu` wheel, and pays for large batches only.

        Raises
        ------
        ForecastError
            If ONNX Runtime is not installed, refuses the file or has no such device.
        """
        return cls(version, OnnxModel.load(onnx_library(), file, threads, device), columns)

    @classmethod
    def open(cls, path: Path, threads: int = 1, device: Device = "cpu") -> ServedModel:
        """Return the model of an ONNX file on disk; its version is the hash of the file.

        Raises
        ------
        ForecastError
            If the file cannot be read or is no model, ONNX Runtime is not installed, or it has no
            such device.
        """
        try:
            data = path.read_bytes()
        except OSError as fault:
            message = f"{path} cannot be read ({fault.strerror}); give an ONNX file"
            raise ForecastError(message) from fault
        version = f"{path.stem}@{hashlib.sha256(data).hexdigest()[:12]}"
        return cls.load(version, data, inputs_of(data, path), threads, device)

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


def inputs_of(data: bytes, path: Path) -> int:
    """Return how many inputs the model of a file takes.

    Raises
    ------
    ForecastError
        If it is no model of one table.
    """
    onnx = onnx_module()
    try:
        given = onnx.load_model_from_string(data).graph.input
        (_, columns) = given[0].type.tensor_type.shape.dim
    except (ValueError, IndexError, RuntimeError) as fault:
        message = f"{path} is no ONNX file of one table; export it anew"
        raise ForecastError(message) from fault
    except Exception as fault:
        # protobuf raises a type of its own for bytes that are no message.
        if type(fault).__name__ != "DecodeError":
            raise
        message = f"{path} is no ONNX file; export it anew"
        raise ForecastError(message) from fault
    return int(columns.dim_value)
