"""Write docs/reference: one page for each public module, to be filled from its docstrings."""

from __future__ import annotations

import ast
import shutil
import sys
from pathlib import Path

PACKAGE = Path("python/wattbook")
REFERENCE = Path("docs/reference")


def public_modules(package: Path) -> dict[str, str]:
    """Return the first docstring line of every public module under `package`, by dotted name."""
    found = {}
    for path in package.rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        if parts[-1] == "__init__":
            parts = parts[:-1]
        if not any(part.startswith("_") for part in parts):
            docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
            found[".".join(parts)] = docstring.partition("\n")[0]
    return dict(sorted(found.items()))


def main() -> int:
    """Write the pages anew, so that none outlives its module."""
    modules = public_modules(PACKAGE)
    shutil.rmtree(REFERENCE, ignore_errors=True)
    REFERENCE.mkdir()
    rows = "".join(f"| [`{name}`]({name}.md) | {line} |\n" for name, line in modules.items())
    (REFERENCE / "index.md").write_text(
        f"# Reference\n\n| Module | |\n|---|---|\n{rows}", encoding="utf-8"
    )
    for name in modules:
        (REFERENCE / f"{name}.md").write_text(f"# {name}\n\n::: {name}\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
