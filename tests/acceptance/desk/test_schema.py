"""Requests made from the OpenAPI document itself, good and bad, are answered and never with 500."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case
from schemathesis.core import NOT_SET
from schemathesis.core.result import Ok

EXAMPLES = 2
ENDS_SESSIONS = {("DELETE", "/v1/session"), ("POST", "/v1/session")}
"""Asked last, for what follows is asked by nobody then."""


def body_of(case: Case[Any]) -> dict[str, Any]:
    """Return the body as the client takes it; what is no JSON goes as it is."""
    if case.body is NOT_SET:
        return {}
    if isinstance(case.body, bytes):
        return {"content": case.body}
    is_form = case.media_type == "application/x-www-form-urlencoded"
    return {"data" if is_form and isinstance(case.body, dict) else "json": case.body}


@pytest.mark.long
def test_no_request_of_the_document_is_answered_with_500(client: TestClient) -> None:
    assert client.post("/v1/session", json={"role": "admin"}).status_code == 200
    document = client.get("/v1/openapi.json").json()
    # Made-up keys would be refused before anything is looked at; the client has a session.
    del document["components"]["securitySchemes"]
    for methods in document["paths"].values():
        for operation in methods.values():
            operation.pop("security")
    schema = schemathesis.openapi.from_dict(document)
    found = list(schema.get_all_operations())
    operations = [one.ok() for one in found if isinstance(one, Ok)]
    assert len(operations) == len(found)
    operations.sort(key=lambda one: (one.method.upper(), one.path) in ENDS_SESSIONS)
    asked, statuses = 0, set()
    for operation in operations:

        def ask(case: Case[Any]) -> None:
            nonlocal asked
            answer = client.request(
                case.method,
                case.formatted_path,
                params=case.query or None,
                headers={name: str(value) for name, value in (case.headers or {}).items()},
                **body_of(case),
            )
            asked += 1
            statuses.add(answer.status_code)
            place = case.method, case.formatted_path, case.query, case.body, answer.text[:500]
            assert answer.status_code < 500, place
            if answer.status_code >= 400 and not case.path.startswith("/v1/oauth/"):
                # OAuth2 has refusals of its own (RFC 6749, section 5.2).
                assert answer.headers["content-type"] == "application/problem+json", place

        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            drawn = operation.as_strategy(generation_mode=mode)
            bounded = settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            # An operation that takes nothing cannot be asked wrongly.
            with suppress(Unsatisfiable):
                bounded(given(drawn)(ask))()
    assert asked > len(operations) * EXAMPLES
    assert statuses >= {200, 404, 422}
