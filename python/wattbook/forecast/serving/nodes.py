"""Saved trees as the attributes of an ONNX node."""

from __future__ import annotations

from typing import Any

import numpy as np

from wattbook.forecast.saved_trees import saved_trees
from wattbook.forecast.serving.graph import onnx_module

__all__ = ["tree_nodes"]


def tree_nodes(data: bytes) -> dict[str, Any]:
    """Return the attributes of a ``TreeEnsembleRegressor`` of what `BoostedTrees.save` wrote.

    Raises
    ------
    ForecastError
        If the bytes are of another kind or version.
    """
    found = saved_trees(data)
    places = [
        (tree, place, node)
        for tree, nodes in enumerate(found.trees)
        for place, node in enumerate(nodes)
    ]
    leaves = [(tree, place, node.value) for tree, place, node in places if node.column < 0]
    splits = [node.column >= 0 for _, _, node in places]
    from_array = onnx_module().numpy_helper.from_array
    nodes = [node for _, _, node in places]
    return {
        "nodes_treeids": [tree for tree, _, _ in places],
        "nodes_nodeids": [place for _, place, _ in places],
        "nodes_featureids": [max(node.column, 0) for node in nodes],
        "nodes_modes": ["BRANCH_LEQ" if is_split else "LEAF" for is_split in splits],
        "nodes_truenodeids": [node.left for node in nodes],
        "nodes_falsenodeids": [node.left + 1 if node.column >= 0 else 0 for node in nodes],
        "nodes_values_as_tensor": from_array(np.array([node.threshold for node in nodes])),
        # A missing value goes left at every split.
        "nodes_missing_value_tracks_true": [1] * len(nodes),
        "target_treeids": [tree for tree, _, _ in leaves],
        "target_nodeids": [place for _, place, _ in leaves],
        "target_ids": [0] * len(leaves),
        "target_weights_as_tensor": from_array(np.array([value for _, _, value in leaves])),
        "base_values_as_tensor": from_array(np.array([found.base])),
        "n_targets": 1,
    }
