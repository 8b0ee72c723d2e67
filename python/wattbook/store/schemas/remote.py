"""A registry behind Confluent's REST interface: Confluent's own, Apicurio, Karapace, or ours."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from wattbook.errors import InputError, SchemaError, TransportError
from wattbook.store.schemas.parse import row_schema
from wattbook.store.schemas.registry import Registered, refusals, refuse
from wattbook.store.schemas.schema import RowSchema

if TYPE_CHECKING:
    import httpx

__all__ = ["ConfluentRegistry"]

INCOMPATIBLE = 409
INVALID = 422
NOT_FOUND = 404


class ConfluentRegistry:
    """A `Registry` behind Confluent's REST interface.

    A schema is compared here first, because our rules are stricter and name the field, then by the
    server, which decides when several register at once.

    Parameters
    ----------
    address : str
        Such as ``http://127.0.0.1:8081``; for Apicurio with its path ``/apis/ccompat/v7``.
    user, password : str
        Basic authentication; empty for none.
    timeout_s : float
        For each request.

    References
    ----------
    Confluent, Schema Registry API Reference.
    """

    def __init__(
        self, address: str, user: str = "", password: str = "", timeout_s: float = 30.0
    ) -> None:
        self._address = address.rstrip("/")
        self._auth = (user, password) if user else None
        self._timeout_s = timeout_s
        self._schemas: dict[int, RowSchema] = {}

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx  # noqa: PLC0415 - `import wattbook` stays light

        accept = {"Accept": "application/vnd.schemaregistry.v1+json"}
        return httpx.Client(auth=self._auth, timeout=self._timeout_s, headers=accept)

    def register(self, subject: str, schema: RowSchema) -> Registered:
        """Register a schema; see `Registry.register`."""
        if (there := self.find(subject, schema)) is not None:
            return there
        refuse(self, subject, schema)
        path = f"/subjects/{quote(subject, safe='')}/versions"
        number = self._ask("POST", path, subject, {"schema": schema.text})["id"]
        found = self.find(subject, schema)
        version = found.version if found else self.versions(subject)[-1]
        return Registered(subject, version, number, schema)

    def check(self, subject: str, schema: RowSchema, version: int | None = None) -> list[str]:
        """Return why the subject's level refuses `schema`; see `Registry.check`."""
        if not self.versions(subject):
            return []
        if faults := refusals(self, subject, schema, version):
            return faults
        which = f"/{version}" if version is not None else ""
        path = f"/compatibility/subjects/{quote(subject, safe='')}/versions{which}?verbose=true"
        answer = self._ask("POST", path, subject, {"schema": schema.text})
        if answer["is_compatible"]:
            return []
        return list(answer.get("messages") or ["the registry gives no reason"])

    def find(self, subject: str, schema: RowSchema) -> Registered | None:
        """Return the version that has this schema."""
        path = f"/subjects/{quote(subject, safe='')}"
        answer = self._ask("POST", path, subject, {"schema": schema.text}, missing=None)
        return Registered(subject, answer["version"], answer["id"], schema) if answer else None

    def schema(self, schema_id: int) -> RowSchema:
        """Return the schema with this id; asked for once."""
        if schema_id not in self._schemas:
            what = f"schema {schema_id}"
            answer = self._ask("GET", f"/schemas/ids/{schema_id}", what)
            self._schemas[schema_id] = row_schema(answer["schema"])
        return self._schemas[schema_id]

    def subjects(self) -> list[str]:
        """Return all subjects, sorted."""
        return sorted(self._ask("GET", "/subjects", "subjects"))

    def versions(self, subject: str) -> list[int]:
        """Return the versions of a subject, ascending."""
        path = f"/subjects/{quote(subject, safe='')}/versions"
        return sorted(self._ask("GET", path, subject, missing=[]))

    def version(self, subject: str, version: int | None = None) -> Registered:
        """Return a version of a subject; see `Registry.version`."""
        which = "latest" if version is None else version
        path = f"/subjects/{quote(subject, safe='')}/versions/{which}"
        answer = self._ask("GET", path, subject)
        return Registered(subject, answer["version"], answer["id"], row_schema(answer["schema"]))

    def level(self, subject: str = "") -> str:
        """Return the level of a subject, or the one that holds where none was set."""
        if subject:
            path = f"/config/{quote(subject, safe='')}?defaultToGlobal=true"
            answer = self._ask("GET", path, subject, missing=None)
            if answer:
                return str(answer["compatibilityLevel"])
        return str(self._ask("GET", "/config", "config")["compatibilityLevel"])

    def set_level(self, level: str, subject: str = "") -> None:
        """Set the level of a subject, or the one for those without."""
        path = f"/config/{quote(subject, safe='')}" if subject else "/config"
        self._ask("PUT", path, subject or "config", {"compatibility": level})

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        """Return the registry."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _ask(
        self,
        method: str,
        path: str,
        what: str,
        body: object = None,
        missing: object = ...,
    ) -> Any:  # noqa: ANN401 - JSON
        """Return the answer, or `missing` where the registry has no such thing."""
        import httpx  # noqa: PLC0415

        kind = {"Content-Type": "application/vnd.schemaregistry.v1+json"} if body else {}
        content = json.dumps(body) if body is not None else None
        try:
            answer = self._client.request(
                method, self._address + path, content=content, headers=kind
            )
        except httpx.HTTPError as fault:
            message = f"the schema registry at {self._address} does not answer: {fault}"
            raise TransportError(message) from fault
        if answer.is_success:
            return answer.json()
        said = f"{what}: {_message(answer)}"
        if answer.status_code == NOT_FOUND:
            if missing is not ...:
                return missing
            raise InputError(said)
        if answer.status_code in {INCOMPATIBLE, INVALID}:
            raise SchemaError(said)
        raise TransportError(f"{method} {path} ended with {answer.status_code}: {said}")


def _message(answer: httpx.Response) -> str:
    """Return what the registry says, as it stands in its error's document."""
    try:
        document = answer.json()
    except ValueError:
        return answer.text[:500]
    return str(document.get("message") or document.get("title") or document)
