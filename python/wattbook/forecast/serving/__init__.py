"""Fitted models as ONNX files, answered in this process by ONNX Runtime.

Needs ``wattbook[serve]``: `onnx` to write files, and the library inside the `onnxruntime` wheel.
"""

from wattbook.forecast.serving.batches import MicroBatches
from wattbook.forecast.serving.files import (
    lear_file,
    linear_file,
    network_file,
    trees_file,
)
from wattbook.forecast.serving.quantize import quantized
from wattbook.forecast.serving.served import ServedModel, onnx_library
from wattbook.forecast.serving.slot import Slot

__all__ = [
    "MicroBatches",
    "ServedModel",
    "Slot",
    "lear_file",
    "linear_file",
    "network_file",
    "onnx_library",
    "quantized",
    "trees_file",
]
