"""A program gets tokens as the RFCs have it, uses them, and loses them."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.acceptance.desk.served import ORIGIN

BACK = "http://127.0.0.1:8899/callback"
VERIFIER = "a" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().strip("=")


def register(desk: TestClient, **asked: object) -> dict[str, str]:
    desk.post("/v1/session", json={"role": "admin"})
    body = {"client": "notebook", "role": "trader", "redirects": [BACK], **asked}
    made = desk.post("/v1/oauth/clients", json=body)
    assert made.status_code == 201, made.text
    desk.post("/v1/session", json={"role": "trader"})
    found: dict[str, str] = made.json()
    return found


def authorize(client: TestClient, **asked: str) -> dict[str, list[str]]:
    params = {
        "client_id": "notebook", "redirect_uri": BACK, "response_type": "code", "state": "x y",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256", **asked,
    }  # fmt: skip
    answer = client.get("/v1/oauth/authorize", params=params, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(BACK + "?")
    return parse_qs(urlsplit(answer.headers["location"]).query)


def test_a_code_becomes_tokens_that_read_the_desk(client: TestClient) -> None:
    register(client)
    told = authorize(client, scope="viewer")
    assert told["state"] == ["x y"]
    assert told["iss"] == [ORIGIN]
    client.cookies.clear()
    form = {
        "grant_type": "authorization_code", "code": told["code"][0], "redirect_uri": BACK,
        "client_id": "notebook", "code_verifier": VERIFIER,
    }  # fmt: skip
    answer = client.post("/v1/oauth/token", data=form)
    assert answer.headers["cache-control"] == "no-store"
    made = answer.json()
    assert (made["token_type"], made["scope"]) == ("Bearer", "viewer")
    keys = KeySet.import_key_set(client.get("/v1/oauth/keys").json())
    claims = jwt.decode(made["access_token"], keys, ["ES256"]).claims
    assert (claims["iss"], claims["sub"]) == (ORIGIN, "demo")

    bearer = {"Authorization": f"Bearer {made['access_token']}"}
    assert client.get("/v1/session", headers=bearer).json()["may"] == ["read", "workspace"]
    assert client.get("/v1/pnl", headers=bearer).status_code == 200
    assert client.patch("/v1/replay", json={}, headers=bearer).status_code == 403

    form = {
        "grant_type": "refresh_token", "client_id": "notebook",
        "refresh_token": made["refresh_token"],
    }  # fmt: skip
    again = client.post("/v1/oauth/token", data=form).json()
    assert client.post("/v1/oauth/token", data=form).json()["error"] == "invalid_grant"
    # The refresh token came twice, so somebody else has it, and the whole grant is void.
    for token in (made["access_token"], again["access_token"]):
        headers = {"Authorization": f"Bearer {token}"}
        assert client.get("/v1/pnl", headers=headers).status_code == 401


def test_a_client_with_a_secret_gets_and_revokes_a_token_of_its_own(client: TestClient) -> None:
    made = register(client, client="batch", redirects=[], is_confidential=True, role="risk")
    secret = made["client_secret"]
    client.cookies.clear()
    asked = {"grant_type": "client_credentials", "scope": "viewer"}
    wrong = client.post("/v1/oauth/token", data=asked, auth=("batch", "wrong"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    token = client.post("/v1/oauth/token", data=asked, auth=("batch", secret)).json()
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    assert client.get("/v1/session", headers=bearer).json()["name"] == "batch"
    revoked = {"token": token["access_token"]}
    assert client.post("/v1/oauth/revoke", data=revoked).status_code == 401
    assert client.post("/v1/oauth/revoke", data=revoked, auth=("batch", secret)).status_code == 200
    assert client.get("/v1/session", headers=bearer).status_code == 401
    client.post("/v1/session", json={"role": "admin"})
    assert secret not in client.get("/v1/oauth/clients").text
    assert client.delete("/v1/oauth/clients/batch").status_code == 204
    assert client.delete("/v1/oauth/clients/batch").status_code == 404


def test_nothing_is_sent_to_an_address_that_was_not_registered(client: TestClient) -> None:
    register(client)
    for asked in ({"redirect_uri": "https://evil.example/"}, {"client_id": "stranger"}):
        params = {"client_id": "notebook", "redirect_uri": BACK, **asked}
        answer = client.get("/v1/oauth/authorize", params=params, follow_redirects=False)
        assert answer.status_code == 400
        assert "location" not in answer.headers
    for asked, error in (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "admin"}, "invalid_scope"),
    ):
        assert authorize(client, **asked)["error"] == [error]


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        ("grant_type=password", None, "unsupported_grant_type"),
        ("grant_type=refresh_token&client_id=nobody", None, "invalid_client"),
        ("grant_type=a&grant_type=b", None, "invalid_request"),
        ("{}", "application/json", "invalid_request"),
        (b"\xff=\xff", None, "invalid_request"),
        ("", None, "unsupported_grant_type"),
    ],
)
def test_what_is_no_request_for_a_token_is_refused(
    client: TestClient, body: str | bytes, kind: str | None, error: str
) -> None:
    headers = {"Content-Type": kind or "application/x-www-form-urlencoded"}
    answer = client.post("/v1/oauth/token", content=body, headers=headers)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error


def test_addresses_of_clients_are_safe(client: TestClient) -> None:
    client.post("/v1/session", json={"role": "admin"})
    for redirect in (
        "http://evil.example/",
        "javascript:alert(1)",
        "https://x/#f",
        "http://[::1",
        "https:///x",
    ):
        body = {"client": "x", "role": "viewer", "redirects": [redirect]}
        answer = client.post("/v1/oauth/clients", json=body)
        assert answer.status_code == 422, redirect
    told = client.get("/.well-known/oauth-authorization-server").json()
    assert told["code_challenge_methods_supported"] == ["S256"]
