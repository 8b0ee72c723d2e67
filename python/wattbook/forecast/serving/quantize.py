"""Static quantization of an ONNX file's matrix products to 8 bits."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.errors import ForecastError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["quantized"]


class Sample:
    """Rows by which ranges are found, in batches, as ONNX Runtime asks for them."""

    def __init__(self, rows: NDArray[np.float64], batch: int = 64) -> None:
        self.batches = iter([rows[at : at + batch] for at in range(0, rows.shape[0], batch)])

    def get_next(self) -> dict[str, NDArray[np.float64]] | None:
        """Return the next batch by the input's name; None after the last."""
        rows = next(self.batches, None)
        return None if rows is None else {"rows": rows}


def quantized(file: bytes, rows: NDArray[np.float64]) -> bytes:
    """Return a file whose matrix products are of 8-bit numbers.

    Ranges come from `rows`, which the model must not be judged on.

    Parameters
    ----------
    file : bytes
        An ONNX file with products of 32-bit numbers, such as that of networks.
    rows : ndarray of float64, shape (n_rows, n_columns)
        What the model is asked.

    Raises
    ------
    ForecastError
        If `onnxruntime` is not installed, or the file has no product to quantize.
    """
    try:
        from onnxruntime import quantization  # noqa: PLC0415 - an extra, and slow to import
    except ImportError as fault:
        message = "onnxruntime is not installed; pip install 'wattbook[serve]'"
        raise ForecastError(message) from fault

    with tempfile.TemporaryDirectory(prefix="wattbook-") as name:
        given, made = Path(name) / "given.onnx", Path(name) / "made.onnx"
        given.write_bytes(file)
        sample: Any = Sample(rows)
        quantization.quantize_static(
            given,
            made,
            sample,
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=["MatMul", "Gemm"],
            # What a network multiplies by its weights; not attention, whose both sides move.
            extra_options={"MatMulConstBOnly": True},
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
        )
        answer = made.read_bytes()
    if b"DequantizeLinear" not in answer:
        message = "the file has no matrix product to quantize; trees and LSTMs have none"
        raise ForecastError(message)
    return answer
