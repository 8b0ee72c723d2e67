"""Run the notebooks of examples/ in a kernel of their own, and write each as a page of docs/.

`python tools/notebooks.py` writes docs/notebooks anew: the text, the code, and what this run
printed and drew. Where recorded data are not there, a page shows what its notebook does then.
`python tools/notebooks.py NOTEBOOK EXPRESSION` prints one as JSON after its run, and what the
expression came to.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

NOTEBOOKS = Path("examples/notebooks")
PAGES = Path("docs/notebooks")
SECONDS_EACH = 600


def executed(
    path: Path, environment: Mapping[str, str] | None = None, ask: str = "None"
) -> tuple[NotebookNode, Any]:
    """Return a notebook after its run, and what an expression comes to at its end.

    Parameters
    ----------
    path : Path
        The notebook; it runs in its folder.
    environment : mapping of str to str, optional
        Variables to set for its kernel.
    ask : str
        A Python expression whose value JSON can say.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails; the text has the cell and its traceback.
    """
    notebook = nbformat.read(path, as_version=4)
    answer = nbformat.v4.new_code_cell(f"import json\nprint(json.dumps({ask}))")
    asked = nbformat.from_dict({**notebook, "cells": [*notebook.cells, answer]})
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            asked,
            # By files instead of ports: nobody else on the machine can listen or be in the way.
            km=AsyncKernelManager(
                kernel_name="python3", transport="ipc", ip=str(Path(folder) / "kernel")
            ),
            timeout=SECONDS_EACH,
            startup_timeout=SECONDS_EACH,
            resources={"metadata": {"path": str(path.parent)}},
        )
        client.execute(env={**os.environ, **(environment or {})})
    last = asked.cells.pop()
    return asked, json.loads(last.outputs[0]["text"])


def page(notebook: NotebookNode) -> str:
    """Return a notebook that was run as Markdown."""
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source.replace("](../../docs/", "](../"))
        else:
            parts.append(f"```python\n{cell.source}\n```")
            parts += shown(cell.outputs)
    return "\n\n".join(parts) + "\n"


def shown(outputs: list[NotebookNode]) -> Iterator[str]:
    """Yield what a cell printed and returned."""
    for output in outputs:
        if output.output_type == "stream":
            yield f"```text\n{output.text.rstrip()}\n```"
        elif "text/html" in output.data:
            # Markdown takes HTML as it stands up to the first empty line.
            lines = (line for line in output.data["text/html"].splitlines() if line.strip())
            yield "<div>\n" + "\n".join(lines) + "\n</div>"
        else:
            yield f"```text\n{output.data['text/plain']}\n```"


def main(arguments: list[str]) -> int:
    """Run one notebook, or write a page for each, so that none outlives its notebook."""
    data = os.environ.get("WATTBOOK_DATA")
    # A notebook runs in its own folder.
    environment = {"WATTBOOK_DATA": str(Path(data).resolve())} if data else {}
    if arguments:
        notebook, told = executed(Path(arguments[0]), environment, arguments[1])
        json.dump({"notebook": notebook, "told": told}, sys.stdout)
        return 0
    shutil.rmtree(PAGES, ignore_errors=True)
    PAGES.mkdir()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook, _ = executed(path, environment)
        (PAGES / f"{path.stem}.md").write_text(page(notebook), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
