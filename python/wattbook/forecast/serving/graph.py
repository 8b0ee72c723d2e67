"""A small writer of ONNX graphs over `onnx.helper`."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from wattbook.errors import ForecastError

__all__ = ["STEEP", "Graph", "onnx_module"]

OPERATORS: Final = 17
TREES: Final = 3
FORMAT: Final = 8
STEEP: Final = 1e30
"""Takes any number that counts beyond one, where a clip then leaves its sign."""


def onnx_module() -> Any:  # noqa: ANN401 - a module that ships partial types
    """Return the module `onnx`.

    Raises
    ------
    ForecastError
        If it is not installed.
    """
    try:
        import onnx  # noqa: PLC0415 - an extra
    except ImportError as fault:
        message = "onnx is not installed; pip install 'wattbook[serve]'"
        raise ForecastError(message) from fault
    return onnx


class Graph:
    """Nodes in the order of computation; the input is ``rows``, of 64-bit numbers.

    Parameters
    ----------
    inputs : int
        Columns of a row.
    """

    float32: Final = 1
    float64: Final = 11

    def __init__(self, inputs: int) -> None:
        self.onnx = onnx_module()
        self.inputs = inputs
        self.nodes: list[Any] = []
        self.values: list[Any] = []

    def held(self, value: np.ndarray[Any, Any] | np.generic) -> str:
        """Keep a constant; return its name."""
        name = f"held_{len(self.values)}"
        array = np.ascontiguousarray(value) if np.ndim(value) else np.asarray(value)
        self.values.append(self.onnx.numpy_helper.from_array(array, name))
        return name

    def node(
        self,
        operator: str,
        given: list[str],
        made: str,
        domain: str = "",
        **settings: Any,  # noqa: ANN401 - what ONNX takes
    ) -> str:
        """Add a node with one answer; return the answer's name."""
        node = self.onnx.helper.make_node(operator, given, [made], domain=domain, **settings)
        self.nodes.append(node)
        return made

    def columns(self, table: str, first: int, end: int) -> str:
        """Add a choice of columns; return its name."""
        bounds = [self.held(np.array([value], np.int64)) for value in (first, end, 1)]
        return self.node("Slice", [table, *bounds], f"{table}_{first}_{end}")

    def file(self, answer: str, answers: int) -> bytes:
        """Return the file whose answer of `answers` columns is of 32-bit numbers."""
        helper = self.onnx.helper
        graph = helper.make_graph(
            self.nodes,
            "wattbook",
            [helper.make_tensor_value_info("rows", self.float64, ["n", self.inputs])],
            [helper.make_tensor_value_info(answer, self.float32, ["n", answers])],
            self.values,
        )
        imports = [
            helper.make_opsetid("", OPERATORS),
            helper.make_opsetid("ai.onnx.ml", TREES),
        ]
        model = helper.make_model(
            graph, opset_imports=imports, ir_version=FORMAT, producer_name="wattbook"
        )
        self.onnx.checker.check_model(model)
        data: bytes = model.SerializeToString()
        return data
