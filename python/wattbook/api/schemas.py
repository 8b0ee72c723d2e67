"""The schema registry by HTTP, with Confluent's REST interface, for clients in any language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from wattbook.errors import InputError, SchemaError
from wattbook.store.schemas import LEVELS, Registered, Registry, RowSchema, row_schema

__all__ = ["SchemaServer"]

BODY_BYTES_MAX = 1 << 20
CONTENT = "application/vnd.schemaregistry.v1+json"
IDLE_S = 30.0

Answer = Callable[[Registry, tuple[str, ...], Any], Any]


class Refused(Exception):  # noqa: N818 - it is an answer, not a fault
    """An answer with an error code of Confluent's interface, such as 40401."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def _schema(body: Any) -> RowSchema:  # noqa: ANN401 - JSON
    """Return the schema of a request's body."""
    text = body.get("schema") if isinstance(body, dict) else None
    if not isinstance(text, str):
        raise Refused(42201, "the body needs `schema`, an Avro schema as text")
    if body.get("schemaType", "AVRO") != "AVRO":
        raise Refused(42201, f"schemas are AVRO here, not {body['schemaType']}")
    if body.get("references"):
        raise Refused(42201, "references are not known here; write the types into the schema")
    return row_schema(text)


def _found(registry: Registry, subject: str, version: str) -> Registered:
    """Return a version that a path names: a number, ``latest`` or ``-1``."""
    if not registry.versions(subject):
        raise Refused(40401, f"Subject '{subject}' not found.")
    if version not in {"latest", "-1"} and not version.isdecimal():
        raise Refused(42202, f"{version!r} is no version; use a number from 1, or latest")
    number = int(version) if version.isdecimal() else None
    try:
        return registry.version(subject, number)
    except InputError as fault:
        raise Refused(40402, f"Version {version} not found: {fault}") from fault


def _version(found: Registered) -> dict[str, Any]:
    head = {"subject": found.subject, "version": found.version, "id": found.id}
    return {**head, "schema": found.schema.text}


def _subjects(registry: Registry, _: tuple[str, ...], __: object) -> Any:  # noqa: ANN401
    return registry.subjects()


def _versions(registry: Registry, path: tuple[str, ...], _: object) -> Any:  # noqa: ANN401
    return registry.versions(path[0]) or _found(registry, path[0], "latest")


def _one_version(registry: Registry, path: tuple[str, ...], _: object) -> Any:  # noqa: ANN401
    return _version(_found(registry, *path))


def _one_text(registry: Registry, path: tuple[str, ...], _: object) -> Any:  # noqa: ANN401
    return _found(registry, *path).schema.avro()


def _register(registry: Registry, path: tuple[str, ...], body: object) -> Any:  # noqa: ANN401
    schema = _schema(body)
    try:
        return _version(registry.register(path[0], schema))
    except SchemaError as fault:
        raise Refused(409, str(fault)) from fault


def _look_up(registry: Registry, path: tuple[str, ...], body: object) -> Any:  # noqa: ANN401
    found = registry.find(path[0], _schema(body))
    if found is None:
        known = registry.versions(path[0])
        raise Refused(40403 if known else 40401, f"Schema not found in subject '{path[0]}'.")
    return _version(found)


def _by_id(registry: Registry, path: tuple[str, ...], _: object) -> Any:  # noqa: ANN401
    try:
        return {"schema": registry.schema(int(path[0])).text}
    except InputError as fault:
        raise Refused(40403, str(fault)) from fault


def _compatible(registry: Registry, path: tuple[str, ...], body: object) -> Any:  # noqa: ANN401
    schema = _schema(body)
    version = _found(registry, *path).version if len(path) > 1 else None
    faults = registry.check(path[0], schema, version)
    return {"is_compatible": not faults, "messages": faults}


def _level(registry: Registry, path: tuple[str, ...], _: object) -> Any:  # noqa: ANN401
    return {"compatibilityLevel": registry.level(path[0] if path else "")}


def _set_level(registry: Registry, path: tuple[str, ...], body: object) -> Any:  # noqa: ANN401
    level = body.get("compatibility") if isinstance(body, dict) else None
    if level not in LEVELS:
        raise Refused(42203, f"{level!r} is no level of compatibility; use one of {LEVELS}")
    registry.set_level(level, path[0] if path else "")
    return {"compatibility": level}


ROUTES: tuple[tuple[str, re.Pattern[str], Answer], ...] = tuple(
    (method, re.compile(path.replace("*", "([^/]+)")), answer)
    for method, path, answer in (
        ("GET", "/subjects", _subjects),
        ("POST", "/subjects/*", _look_up),
        ("GET", "/subjects/*/versions", _versions),
        ("POST", "/subjects/*/versions", _register),
        ("GET", "/subjects/*/versions/*", _one_version),
        ("GET", "/subjects/*/versions/*/schema", _one_text),
        ("GET", "/schemas/ids/*", _by_id),
        ("POST", "/compatibility/subjects/*/versions", _compatible),
        ("POST", "/compatibility/subjects/*/versions/*", _compatible),
        ("GET", "/config", _level),
        ("GET", "/config/*", _level),
        ("PUT", "/config", _set_level),
        ("PUT", "/config/*", _set_level),
    )
)


def _answer(registry: Registry, method: str, target: str, body: bytes) -> tuple[int, Any]:
    """Return status and document of an answer."""
    path = urlsplit(target).path.rstrip("/")
    for verb, pattern, answer in ROUTES:
        match = pattern.fullmatch(path)
        if match is None or verb != method:
            continue
        try:
            document = json.loads(body) if body else None
            names = tuple(unquote(part) for part in match.groups())
            return HTTPStatus.OK, answer(registry, names, document)
        except Refused as fault:
            status = fault.code if fault.code < 1000 else fault.code // 100
            return status, {"error_code": fault.code, "message": str(fault)}
        except (SchemaError, ValueError) as fault:
            return 422, {"error_code": 42201, "message": str(fault)}
    return 404, {"error_code": 404, "message": f"there is no {method} {path} here"}


class SchemaServer:
    """A registry served on one address, from threads of its own.

    It speaks plain HTTP and asks nobody who they are: serve it on loopback, or behind a proxy that
    does. Subjects and versions are never deleted, since messages refer to them.

    Parameters
    ----------
    registry : Registry
        What it serves.
    host : str
        Where it listens.
    port : int
        0 for any that is free.

    References
    ----------
    Confluent, Schema Registry API Reference.

    Examples
    --------
    ::

        with SchemaServer(SqliteRegistry("schemas.sqlite"), port=8081) as server:
            print(server.address)
    """

    def __init__(self, registry: Registry, host: str = "127.0.0.1", port: int = 0) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = IDLE_S

            def answer(self) -> None:
                length = self.headers.get("Content-Length", "0")
                if not length.isdecimal() or int(length) > BODY_BYTES_MAX:
                    self.close_connection = True
                    said = f"a body has at most {BODY_BYTES_MAX} bytes and says how many"
                    self.write(413, {"error_code": 413, "message": said})
                    return
                body = self.rfile.read(int(length))
                self.write(*_answer(registry, self.command, self.path, body))

            do_GET = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the library's names

            def write(self, status: int, document: object) -> None:
                content = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", CONTENT)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Say nothing: what goes wrong stands in the answer."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it serves, such as ``http://127.0.0.1:8081``."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def close(self) -> None:
        """Stop serving; the registry stays open."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        """Return the server."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
