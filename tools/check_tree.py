"""Check what no other linter does: names of places, and sizes, over every file git would keep.

No file names a package registry's host (locks hold hashes, settings belong to the machine) or a
path of one machine; no file is heavier than `MAX_BYTES`; few functions and files are long.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_BYTES = 600_000
LONG_FUNCTION_LINES = 70
LONG_FUNCTION_SHARE = 0.01
LONG_FILE_LINES = 500
LONG_FILE_SHARE = 0.04
SLOW_TESTS = Path("crates/sim/tests")

# Spelled in pieces, so that this file passes its own check.
REGISTRIES = re.compile(
    r"\b(pypi|pythonhosted|npmjs|crates|maven|apache\.maven)" + r"\.(org|io|com|dev)\b"
    r"|\bproxy" + r"\.golang\.org\b|\bdeb" + r"\.debian\.org\b",
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.\-/])/(?:work|tmp|root|farm|home)" + r"(?:/|\b)")
# Cargo writes the registry of each crate itself.
GENERATED = "Cargo.lock"

RUST_FUNCTION = re.compile(
    r"^(\s*)(?:pub(?:\([^)]*\))? )?(?:default |const |async |unsafe |extern \"[^\"]*\" )*fn (\w+)"
)


def places(name: str, text: str) -> Iterator[str]:
    """Yield one sentence for each registry or machine path that `text` names."""
    if name.endswith(GENERATED):
        return
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in (("registry", REGISTRIES), ("machine path", MACHINE_PATHS)):
            if match := pattern.search(line):
                yield f"{name}:{number}: names the {what} {match[0]!r}; leave it out"


def python_functions(text: str) -> Iterator[tuple[str, int]]:
    """Yield name and length in lines, docstring left out, of each function in Python `text`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            if ast.get_docstring(node) is None or first.end_lineno is None:
                start = node.lineno
            else:
                start = first.end_lineno
            yield node.name, (node.end_lineno or node.lineno) - start + 1


def rust_functions(text: str) -> Iterator[tuple[str, int]]:
    """Yield name and length in lines of each function with a body in rustfmt's `text`."""
    lines = text.splitlines()
    for start, line in enumerate(lines):
        if match := RUST_FUNCTION.match(line):
            # rustfmt puts the end of a declaration or a body under its beginning.
            end_line = re.compile(re.escape(match[1]) + r"\S.*[;}]$|" + re.escape(match[1]) + "}$")
            for end in range(start, len(lines)):
                if end_line.match(lines[end]):
                    if lines[end].endswith("}"):
                        yield match[2], end - start + 1
                    break


def sizes(files: dict[str, str]) -> Iterator[str]:
    """Yield one sentence for each bound that the source `files`, text by name, exceed."""
    functions = [
        (lines, f"{name}: {function}")
        for name, text in files.items()
        for function, lines in (
            python_functions(text) if name.endswith(".py") else rust_functions(text)
        )
    ]
    long_functions = sorted(entry for entry in functions if entry[0] > LONG_FUNCTION_LINES)
    if functions and len(long_functions) >= LONG_FUNCTION_SHARE * len(functions):
        yield (
            f"{len(long_functions)} of {len(functions)} functions exceed {LONG_FUNCTION_LINES} "
            f"lines, not below {LONG_FUNCTION_SHARE:.0%}; move straight-line work into helpers:"
        )
        yield from (f"  {lines} lines, {where}" for lines, where in long_functions)
    lengths = sorted((text.count("\n"), name) for name, text in files.items())
    long_files = [entry for entry in lengths if entry[0] > LONG_FILE_LINES]
    if len(long_files) > LONG_FILE_SHARE * len(files):
        yield (
            f"{len(long_files)} of {len(files)} files exceed {LONG_FILE_LINES} lines, more than "
            f"{LONG_FILE_SHARE:.0%}; a long file usually holds two nouns:"
        )
        yield from (f"  {lines} lines, {name}" for lines, name in long_files)


def unnamed_slow_tests(makefile: str, files: dict[str, str]) -> Iterator[str]:
    """Yield one sentence for each Rust file of `files` whose ignored tests no target would run."""
    named = re.search(r"^SLOW_RUST := (.*)$", makefile, re.MULTILINE)
    slow = set(named[1].split()) if named else set()
    for name, text in files.items():
        if name.endswith(".rs") and re.search(r"^\s*#\[ignore\b", text, re.MULTILINE):
            path = Path(name)
            if path.parent != SLOW_TESTS or path.stem not in slow:
                yield (
                    f"{name}: no target runs its ignored tests; keep them in {SLOW_TESTS} and name "
                    "the file in SLOW_RUST of the Makefile"
                )


def main() -> int:
    """Print every finding; return 1 if there is one."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    names = [name for name in listing.split("\0") if name and Path(name).is_file()]
    found = [
        f"{name}: {size} bytes, more than {MAX_BYTES}; generate it, or keep it outside"
        for name in names
        if (size := Path(name).stat().st_size) > MAX_BYTES
    ]
    sources = {}
    for name in names:
        try:
            text = Path(name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += places(name, text)
        if name.endswith((".py", ".rs")):
            sources[name] = text
    found += sizes(sources)
    found += unnamed_slow_tests(Path("Makefile").read_text(encoding="utf-8"), sources)
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
