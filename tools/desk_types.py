"""Writes web/desk/openapi.ts: what the desk's routes take and answer, from its OpenAPI document.

Usage: ``python tools/desk_types.py [--check]``. With ``--check`` nothing is written, and the file
must be what would be.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from wattbook.api.answers.document import DescribedApp
from wattbook.api.app import ROUTERS
from wattbook.api.problems import PROBLEMS

FILE: Final = Path(__file__).parents[1] / "web" / "desk" / "openapi.ts"
HEAD: Final = """\
// What the routes of the desk take and answer, from its OpenAPI document. Written by
// tools/desk_types.py.
"""
PLAIN: Final = {
    "integer": "number", "number": "number", "string": "string", "boolean": "boolean",
    "null": "null",
}  # fmt: skip


def array_of(schema: dict[str, Any]) -> str:
    """Return a schema of an array as a type."""
    if "prefixItems" in schema:
        return f"[{', '.join(type_of(one) for one in schema['prefixItems'])}]"
    rows = type_of(schema.get("items", {}))
    return f"({rows})[]" if " | " in rows else f"{rows}[]"


def object_of(schema: dict[str, Any]) -> str:
    """Return a schema of an object without a name as a type."""
    if "properties" in schema:
        needed = schema.get("required", [])
        fields = (
            f"{key}{'' if key in needed else '?'}: {type_of(one)}"
            for key, one in schema["properties"].items()
        )
        return f"{{ {'; '.join(fields)} }}"
    held = schema.get("additionalProperties", {})
    return f"Record<string, {type_of(held) if isinstance(held, dict) else 'unknown'}>"


def type_of(schema: dict[str, Any]) -> str:
    """Return a JSON schema as a type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(type_of(one) for one in schema["anyOf"]))
    values = [schema["const"]] if "const" in schema else schema.get("enum", [])
    if values:
        return " | ".join(json.dumps(value) for value in values)
    of_kind = {"array": array_of, "object": object_of}.get(str(schema.get("type")))
    return of_kind(schema) if of_kind else PLAIN.get(str(schema.get("type")), "unknown")


def field(name: str, schema: dict[str, Any], *, is_needed: bool) -> str:
    """Return a field with what is said of it."""
    said = schema.get("description")
    comment = "" if said is None else f"  /** {' '.join(str(said).split())} */\n"
    key = name if name.isidentifier() else json.dumps(name)
    return f"{comment}  {key}{'' if is_needed else '?'}: {type_of(schema)};\n"


def declared(name: str, schema: dict[str, Any]) -> str:
    """Return a named schema as a type of that name."""
    if "properties" not in schema:
        return f"export type {name} = {type_of(schema)};\n"
    needed = schema.get("required", [])
    fields = (field(key, one, is_needed=key in needed) for key, one in schema["properties"].items())
    return f"export interface {name} {{\n{''.join(fields)}}}\n"


def operation(method: str, path: str, found: dict[str, Any]) -> str:
    """Return what an operation takes and answers, as a field of all of them."""
    parts = []
    for place in ("path", "query", "header"):
        taken = [one for one in found.get("parameters", ()) if one["in"] == place]
        if taken:
            fields = "; ".join(
                f"{json.dumps(one['name'])}{'' if one.get('required') else '?'}: "
                f"{type_of(one['schema'])}"
                for one in taken
            )
            parts.append(f"{place}: {{ {fields} }}")
    content = found.get("requestBody", {}).get("content", {})
    bodies = [type_of(one["schema"]) for one in content.values()]
    if bodies:
        parts.append(f"body: {' | '.join(bodies)}")
    told = [
        type_of(content["schema"])
        for status, answer in found["responses"].items()
        for content in answer.get("content", {}).values()
        if status.startswith("2")
    ]
    if told:
        parts.append(f"answer: {' | '.join(told)}")
    return f"  {json.dumps(f'{method.upper()} {path}')}: {{ {'; '.join(parts)} }};\n"


def types_text() -> str:
    """Return the file."""
    app = DescribedApp(responses=PROBLEMS)
    for router in ROUTERS:
        app.include_router(router)
    document = app.openapi()
    schemas = document["components"]["schemas"]
    types = [declared(name, schemas[name]) for name in sorted(schemas)]
    operations = [
        operation(method, path, found)
        for path, methods in sorted(document["paths"].items())
        for method, found in sorted(methods.items())
    ]
    every = f"export interface Operations {{\n{''.join(operations)}}}\n"
    return "\n".join([HEAD, *types, every])


def main(arguments: list[str]) -> int:
    """Write the file or, with ``--check``, compare it."""
    made = types_text()
    if "--check" not in arguments:
        FILE.write_text(made, encoding="utf-8")
        return 0
    if FILE.is_file() and FILE.read_text(encoding="utf-8") == made:
        return 0
    print(f"{FILE.name} is not what the routes take: run python tools/desk_types.py")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
