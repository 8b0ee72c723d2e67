from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from check_crate_layers import violations

ROOT = Path(__file__).parents[3]


def workspace(**edges: list[tuple[str, str | None]]) -> dict[str, Any]:
    """Build metadata of crates over three layers, each with its dependencies and their kinds."""
    return {
        "metadata": {
            "layers": [["domain"], ["book", "journal"], ["engine"]],
            "exempt": ["testkit"],
        },
        "packages": [
            {
                "name": f"wattbook-{name}",
                "dependencies": [
                    {"name": f"wattbook-{used}", "kind": kind} for used, kind in edges.get(name, [])
                ],
            }
            for name in ("domain", "book", "journal", "engine", "testkit")
        ],
    }


def test_a_crate_may_depend_on_any_lower_layer() -> None:
    assert violations(workspace(engine=[("book", None), ("domain", None)])) == []


def test_a_dependency_upwards_is_a_violation() -> None:
    found = violations(workspace(domain=[("engine", None)]))
    assert found == ["crate domain depends on engine, which is not below it"]


@pytest.mark.parametrize("kind", [None, "build"])
def test_crates_of_one_layer_know_nothing_of_each_other(kind: str | None) -> None:
    found = violations(workspace(book=[("journal", kind)]))
    assert found == ["crate book depends on journal, which is not below it"]


def test_a_test_may_stand_on_anything() -> None:
    assert violations(workspace(domain=[("testkit", "dev"), ("engine", "dev")])) == []


def test_only_a_test_may_stand_on_the_testkit() -> None:
    found = violations(workspace(engine=[("testkit", None)]))
    assert found == ["crate engine depends on testkit, which is not below it"]


def test_the_testkit_may_depend_on_any_crate() -> None:
    assert violations(workspace(testkit=[("engine", None)])) == []


def test_a_crate_without_a_layer_is_a_violation() -> None:
    metadata = workspace()
    metadata["metadata"]["layers"].pop()
    assert violations(metadata) == [
        "crate engine has no layer; name it in [workspace.metadata] layers"
    ]


def test_a_layer_without_a_crate_is_a_violation() -> None:
    metadata = workspace()
    metadata["metadata"]["layers"].append(["stream"])
    assert violations(metadata) == ["layers name stream, which is no crate of this workspace"]


def test_this_workspace_keeps_its_layers() -> None:
    done = subprocess.run(
        [sys.executable, "tools/check_crate_layers.py"],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
