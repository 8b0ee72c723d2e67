"""Write what the adapters of commercial sources may rely on: signatures of the real clients.

Usage: ``python tools/client_signatures.py SITE_PACKAGES FILE``. SITE_PACKAGES is where lseg-data,
refinitiv-data and blpapi-stubs are installed; only their text is read. Tests hold the adapters'
protocols against FILE.
"""

from __future__ import annotations

import ast
import json
import sys
from importlib.metadata import distributions
from pathlib import Path

CLIENTS = {
    "lseg-data": ("lseg/data/_access_layer/get_history_func.py", {"": ["get_history"]}),
    "refinitiv-data": ("refinitiv/data/_access_layer/get_history_func.py", {"": ["get_history"]}),
    "blpapi-stubs": (
        "blpapi",
        {
            "session.Session": ["nextEvent", "sendRequest"],
            "abstractsession.AbstractSession": ["openService", "getService"],
            "service.Service": ["createRequest"],
            "request.Request": ["append", "set"],
            "event.Event": ["eventType", "__iter__"],
            "message.Message": ["toPy"],
        },
    ),
}


def parameters(function: ast.FunctionDef) -> list[str]:
    """Return the names of the parameters of `function`, those with a default in brackets."""
    spec = function.args
    positional = [*spec.posonlyargs, *spec.args]
    without = len(positional) - len(spec.defaults)
    found = [
        argument.arg if place < without else f"[{argument.arg}]"
        for place, argument in enumerate(positional)
    ]
    for argument, default in zip(spec.kwonlyargs, spec.kw_defaults, strict=True):
        found.append(argument.arg if default is None else f"[{argument.arg}]")
    return [name for name in found if name != "self"]


def functions(file: Path, owner: str) -> dict[str, list[str]]:
    """Return the parameters of each function of `owner`, a class or an empty text, in `file`."""
    body = ast.parse(file.read_text(encoding="utf-8")).body
    if owner:
        body = next(n.body for n in body if isinstance(n, ast.ClassDef) and n.name == owner)
    return {node.name: parameters(node) for node in body if isinstance(node, ast.FunctionDef)}


def main(site_packages: Path, output: Path) -> None:
    """Write the signatures of every client to `output`."""
    versions = {
        found.metadata["Name"]: found.version for found in distributions(path=[str(site_packages)])
    }
    document = {}
    for client, (place, wanted) in CLIENTS.items():
        known: dict[str, list[str]] = {}
        for owner, names in wanted.items():
            module, _, kind = owner.rpartition(".")
            file = site_packages / place / f"{module}.pyi" if owner else site_packages / place
            found = functions(file, kind)
            known |= {f"{kind}.{name}".lstrip("."): found[name] for name in names}
        document[client] = {"version": versions[client], "functions": known}
    output.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
