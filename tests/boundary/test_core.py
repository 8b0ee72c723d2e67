"""The compiled module stays behind typed wrappers, and what it hands out cannot be changed."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import wattbook
from wattbook import _core

ROOT = Path(__file__).parents[2]
PACKAGE = Path(wattbook.__file__).parent
EXPORTS: tuple[str, ...] = tuple(_core.__all__)

# Rust's #[pyclass], #[pyclass(frozen, eq)] and #[pyo3::pyclass], also inside cfg_attr.
PYCLASS = re.compile(r"#\[[^\]]*?\bpyclass\b\s*(?:\((?P<options>[^)]*)\))?[^\]]*\]")


def core_names(tree: ast.AST) -> Iterator[str]:
    """Yield the exports of `_core` that a module takes, by `from` import or by attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "wattbook._core":
            yield from (alias.name for alias in node.names)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "_core"
        ):
            yield node.attr


def wrappers() -> dict[str, list[str]]:
    """Return, for each export of `_core`, the modules of the package that take it."""
    taken: dict[str, list[str]] = {name: [] for name in EXPORTS}
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for name in set(core_names(ast.parse(path.read_text(encoding="utf-8")))):
            taken.setdefault(name, []).append(module.removesuffix(".__init__"))
    return taken


WRAPPERS = wrappers()


def public_objects() -> Iterator[tuple[str, object]]:
    """Yield the full name and value of whatever the modules that take from `_core` offer."""
    for module_name in sorted({name for names in WRAPPERS.values() for name in names}):
        module = importlib.import_module(module_name)
        for name in module.__all__:
            yield f"{module_name}.{name}", getattr(module, name)


@pytest.mark.parametrize("export", EXPORTS)
def test_every_export_has_a_public_wrapper(export: str) -> None:
    assert WRAPPERS[export], f"no module of wattbook takes _core.{export}; wrap it or remove it"


@pytest.mark.parametrize("export", sorted(WRAPPERS))
def test_wrappers_take_only_what_the_module_exports(export: str) -> None:
    assert export in EXPORTS


def test_every_public_function_of_a_wrapper_is_typed_and_documented() -> None:
    for name, item in public_objects():
        assert not inspect.isbuiltin(item), f"{name} is the bare compiled function"
        if inspect.isfunction(item):
            signature = inspect.signature(item)
            untyped = [
                parameter.name
                for parameter in signature.parameters.values()
                if parameter.annotation is inspect.Parameter.empty
            ]
            assert not untyped, f"{name}: {untyped} have no type"
            assert signature.return_annotation is not inspect.Signature.empty
            assert item.__doc__, f"{name} has no docstring"


def rust_classes() -> list[tuple[str, str]]:
    """Return place and options of each Python class that the crates define."""
    return [
        (f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}", options)
        for path in sorted((ROOT / "crates").rglob("*.rs"))
        for text in [path.read_text(encoding="utf-8")]
        for match in PYCLASS.finditer(text)
        for options in [match["options"] or ""]
    ]


def is_frozen(options: str) -> bool:
    return "frozen" in re.split(r"[\s,]+", options)


def test_every_compiled_class_is_frozen() -> None:
    thawed = [place for place, options in rust_classes() if not is_frozen(options)]
    assert thawed == []


@pytest.mark.parametrize(
    ("attribute", "frozen"),
    [
        ("#[pyclass]", False),
        ("#[pyclass(eq)]", False),
        ("#[pyo3::pyclass(eq)]", False),
        ('#[cfg_attr(feature = "python", pyclass(eq))]', False),
        ("#[pyclass(eq, frozen)]", True),
        ('#[pyclass(frozen, module = "wattbook.domain")]', True),
    ],
)
def test_the_search_for_classes_reads_every_form(attribute: str, frozen: bool) -> None:
    match = PYCLASS.search(attribute)
    assert match is not None
    assert is_frozen(match["options"] or "") is frozen
