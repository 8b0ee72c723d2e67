"""Fitted models written as ONNX files: one table of 64-bit inputs, one of 32-bit answers.

ONNX operators set 17 (https://onnx.ai/onnx/operators) and ``ai.onnx.ml`` set 3, whose tree nodes
may hold 64-bit thresholds, so that a row falls on the same side as in `BoostedTrees`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from wattbook._core import lear_fit
from wattbook.errors import ForecastError
from wattbook.forecast.day_ahead.network import LEAK
from wattbook.forecast.day_ahead.tame import EVEN, TAME_LIMIT
from wattbook.forecast.serving.graph import STEEP, Graph
from wattbook.forecast.serving.nodes import tree_nodes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook._core import BoostedTrees
    from wattbook.forecast.day_ahead.network import FittedNetwork

__all__ = ["lear_file", "linear_file", "network_file", "trees_file"]


def trees_file(trees: BoostedTrees) -> bytes:
    """Return boosted trees as an ONNX file; a missing input (NaN) goes where it went.

    Raises
    ------
    ForecastError
        If `onnx` is not installed.
    """
    nodes = tree_nodes(trees.save())
    graph = Graph(trees.columns)
    graph.node("TreeEnsembleRegressor", ["rows"], "forecast", domain="ai.onnx.ml", **nodes)
    return graph.file("forecast", 1)


def linear_file(coefficients: NDArray[np.float64], intercept: NDArray[np.float64]) -> bytes:
    """Return a linear model as an ONNX file.

    Parameters
    ----------
    coefficients : ndarray of float64, shape (n_inputs, n_answers)
        By input.
    intercept : ndarray of float64, shape (n_answers,)
        What is said of a row of zeros.
    """
    graph = Graph(coefficients.shape[0])
    product = graph.node("MatMul", ["rows", graph.held(coefficients)], "product")
    total = graph.node("Add", [product, graph.held(intercept)], "total")
    graph.node("Cast", [total], "forecast", to=graph.float32)
    return graph.file("forecast", intercept.size)


def lear_file(
    inputs: NDArray[np.float64],
    targets: NDArray[np.float64],
    plain_columns: int,
    penalty: str = "published",
) -> bytes:
    """Return a LEAR that is fitted on whole rows as an ONNX file.

    Parameters
    ----------
    inputs : ndarray of float64, shape (n_days, n_inputs)
        As `lear_forecast` takes them.
    targets : ndarray of float64, shape (n_days, n_answers)
        Prices.
    plain_columns : int
        Columns at the end that are not tamed.
    penalty : str, optional
        As in `LearMember`.

    Raises
    ------
    ForecastError
        If the rows are too few, or a value is not finite.
    """
    found, scales = lear_fit(inputs, targets, plain_columns, penalty)
    # By input: median, width, tame mean, coefficients; by answer: median, width, tame mean.
    table, goal = found.reshape(inputs.shape[1], -1), scales.reshape(-1, 3)
    graph = Graph(table.shape[0])
    split = table.shape[0] - plain_columns
    tame = tamed(graph, "rows", table[:split, 0], table[:split, 1], fill=False)
    plain = graph.node("Cast", [graph.columns("rows", split, table.shape[0])], "plain", to=1)
    whole = graph.node("Concat", [tame, plain], "whole", axis=1) if plain_columns else tame
    wide = graph.node("Cast", [whole], "wide", to=graph.float64)
    # (x - m) B + c in 64 bits, as B can hold large coefficients of opposite sign.
    slopes, means = table[:, 3:], table[:, 2]
    product = graph.node("MatMul", [wide, graph.held(slopes)], "product")
    total = graph.node("Add", [product, graph.held(goal[:, 2] - means @ slopes)], "total")
    prices(graph, total, goal[:, 0], goal[:, 1], "forecast", limit=None)
    return graph.file("forecast", goal.shape[0])


def network_file(fitted: FittedNetwork) -> bytes:
    """Return a ridge regression with its networks as an ONNX file.

    Raises
    ------
    ForecastError
        If the networks do not have one hidden layer.
    """
    weights, biases = fitted.stack.weights, fitted.stack.biases
    if len(weights) != 2:
        message = f"networks of {len(weights) - 1} hidden layers; the export knows one"
        raise ForecastError(message)
    count, _, hidden = weights[0].shape
    inputs = fitted.straight.centre.size
    split = fitted.scale.middle.size
    graph = Graph(inputs)
    tame = tamed(graph, "rows", fitted.scale.middle, fitted.scale.width, fill=True)
    even = graph.node("Mul", [tame, graph.held(np.float32(EVEN))], "even")
    weekday = graph.node("Cast", [graph.columns("rows", split, inputs)], "weekday", to=1)
    ahead = graph.node("Concat", [even, weekday], "ahead", axis=1)
    straight = fitted.straight
    # The regression in 32 bits: tame values are near one, so little is lost.
    offset = (straight.level - straight.centre @ straight.slopes).astype(np.float32)
    sloped = graph.node("MatMul", [ahead, graph.held(straight.slopes.astype(np.float32))], "sloped")
    base = graph.node("Add", [sloped, graph.held(offset)], "base")
    shown = graph.node("Concat", [ahead, base], "shown", axis=1)
    # The first layers side by side are one product.
    first = np.concatenate(list(weights[0]), axis=1)
    sums = graph.node("MatMul", [shown, graph.held(first)], "first_product")
    moved = graph.node("Add", [sums, graph.held(biases[0].reshape(-1))], "first_sum")
    active = graph.node("LeakyRelu", [moved], "active", alpha=float(LEAK))
    parts = []
    for number in range(count):
        own = graph.columns(active, number * hidden, (number + 1) * hidden)
        product = graph.node("MatMul", [own, graph.held(weights[1][number])], f"product_{number}")
        held = graph.held(biases[1][number].reshape(-1))
        said = graph.node("Sum", [product, held, base], f"said_{number}")
        goal = fitted.goal
        name = f"price_{number}"
        parts.append(prices(graph, said, goal.middle, goal.width, name, limit=TAME_LIMIT))
    graph.node("Mean", parts, "forecast")
    return graph.file("forecast", fitted.goal.middle.size)


def tamed(
    graph: Graph,
    rows: str,
    middle: NDArray[np.float64],
    width: NDArray[np.float64],
    *,
    fill: bool,
) -> str:
    """Add the inverse hyperbolic sine around medians of the first columns; return its name.

    With `fill` a missing value (NaN) becomes that of the median, zero.
    """
    first = graph.columns(rows, 0, middle.size)
    away = graph.node("Sub", [first, graph.held(middle)], "away")
    away_32 = graph.node("Cast", [away], "away_32", to=graph.float32)
    small = graph.node("Mul", [away_32, graph.held((1.0 / width).astype(np.float32))], "share")
    if fill:
        lost = graph.node("IsNaN", [small], "lost")
        small = graph.node("Where", [lost, graph.held(np.float32(0.0)), small], "filled")
    return inverse_sine(graph, small)


def inverse_sine(graph: Graph, value: str) -> str:
    """Add the inverse hyperbolic sine as sign(x) log(|x| + sqrt(x² + 1)); return its name.

    ONNX Runtime computes logarithms, roots and clips on vectors of numbers, its own Asinh and Sign
    one by one.
    """
    size = graph.node("Abs", [value], "size")
    square = graph.node("Mul", [size, size], "square")
    more = graph.node("Add", [square, graph.held(np.float32(1.0))], "square_more")
    root = graph.node("Sqrt", [more], "root")
    total = graph.node("Add", [size, root], "size_and_root")
    log = graph.node("Log", [total], "log")
    steep = graph.node("Mul", [value, graph.held(np.float32(STEEP))], "steep")
    ends = [graph.held(np.float32(-1.0)), graph.held(np.float32(1.0))]
    return graph.node("Mul", [log, graph.node("Clip", [steep, *ends], "sign")], "tame")


def prices(
    graph: Graph,
    tame: str,
    middle: NDArray[np.float64],
    width: NDArray[np.float64],
    name: str,
    *,
    limit: float | None,
) -> str:
    """Add the way back from tame values, held within `limit`, to prices; return its name."""
    small = graph.node("Cast", [tame], f"{name}_tame", to=graph.float32)
    if limit is not None:
        ends = [graph.held(np.float32(-limit)), graph.held(np.float32(limit))]
        small = graph.node("Clip", [small, *ends], f"{name}_kept")
    # (exp(x) - exp(-x)) / 2, for the same reason as in `inverse_sine`.
    up = graph.node("Exp", [small], f"{name}_up")
    down = graph.node("Exp", [graph.node("Neg", [small], f"{name}_neg")], f"{name}_down")
    twice = graph.node("Sub", [up, down], f"{name}_twice")
    sine = graph.node("Mul", [twice, graph.held(np.float32(0.5))], f"{name}_sine")
    wide = graph.node("Mul", [sine, graph.held(width.astype(np.float32))], f"{name}_wide")
    return graph.node("Add", [wide, graph.held(middle.astype(np.float32))], name)
