"""The routes of the issuer: authorize, token, revoke, keys, metadata, clients."""

from __future__ import annotations

import asyncio
import base64
import binascii
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api.access import Permission, Role, User
from wattbook.api.answers.document import answers
from wattbook.api.answers.operations import (
    ClientMade,
    ClientOf,
    IssuerMetadata,
    KeySet,
    Revoked,
    Token,
)
from wattbook.api.guard import allowed, forget
from wattbook.api.oauth.issuer import ACCESS_SECONDS, Grant, Issuer, Refused
from wattbook.api.oauth.store import Client
from wattbook.api.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["refusal", "router"]

router = APIRouter()
Keys = Depends(allowed(Permission.KEY))
NAME: Final = r"^[a-z0-9][a-z0-9 _.-]{0,63}$"
FORM: Final = "application/x-www-form-urlencoded"
LOCAL: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


def form_of(*fields: str) -> dict[str, Any]:
    """Return how the OpenAPI describes a form."""
    properties = {name: {"type": "string"} for name in fields}
    schema = {"type": "object", "properties": properties}
    return {"requestBody": {"content": {FORM: {"schema": schema}}}}


def issuer_of(request: Request) -> Issuer:
    """Return the desk's issuer."""
    issuer: Issuer = request.app.state.issuer
    return issuer


Issues = Annotated[Issuer, Depends(issuer_of)]


async def form(request: Request) -> dict[str, str]:
    """Return the fields of a form, each given once.

    Raises
    ------
    Refused
        If the body is no form, or a field comes twice (RFC 6749, section 3.2).
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise Refused("invalid_request", f"send a body of type {FORM}")
    try:
        pairs = parse_qsl(
            (await request.body()).decode(), keep_blank_values=True, max_num_fields=20
        )
    except ValueError as fault:
        raise Refused("invalid_request", "the body is no form in UTF-8") from fault
    if len({name for name, _ in pairs}) != len(pairs):
        raise Refused("invalid_request", "a field comes twice")
    return dict(pairs)


def authenticated(issuer: Issuer, request: Request, fields: dict[str, str]) -> Client:
    """Return the client that asks; a confidential one proves it by its secret.

    Raises
    ------
    Refused
        If it is none, or its secret is not its own.
    """
    name, secret = fields.get("client_id", ""), fields.get("client_secret")
    scheme, _, told = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            text = base64.b64decode(told, validate=True).decode()
        except (binascii.Error, ValueError) as fault:
            raise Refused("invalid_client", "the Authorization header is no Basic") from fault
        name, _, secret = (unquote_plus(part) for part in text.partition(":"))
    client = issuer.store.client(name)
    is_proved = client is not None and (
        not client.is_confidential or (secret is not None and issuer.store.is_secret(name, secret))
    )
    if client is None or not is_proved:
        raise Refused("invalid_client", "no such client, or not its secret")
    return client


async def refusal(_: Request, fault: Exception) -> JSONResponse:
    """Return a refusal as RFC 6749, section 5.2, has it."""
    assert isinstance(fault, Refused)  # noqa: S101 - registered for it
    is_unknown = fault.error == "invalid_client"
    headers = {"WWW-Authenticate": 'Basic realm="wattbook"'} if is_unknown else {}
    body = {"error": fault.error, "error_description": fault.detail}
    return JSONResponse(body, 401 if is_unknown else 400, headers=headers)


def granted(grant: Grant) -> JSONResponse:
    """Return tokens as RFC 6749, section 5.1, has them."""
    body: dict[str, Any] = {
        "access_token": grant.access_token,
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
        "scope": grant.role,
    }
    if grant.refresh_token is not None:
        body["refresh_token"] = grant.refresh_token
    return JSONResponse(body, headers={"Pragma": "no-cache"})


GRANTS: Final[dict[str, Callable[[Issuer, Client, dict[str, str]], Grant]]] = {
    "authorization_code": lambda issuer, client, fields: issuer.exchange(
        client,
        fields.get("code", ""),
        fields.get("redirect_uri", ""),
        fields.get("code_verifier", ""),
    ),
    "client_credentials": lambda issuer, client, fields: issuer.in_own_name(
        client, fields.get("scope", "")
    ),
    "refresh_token": lambda issuer, client, fields: issuer.refresh(
        client, fields.get("refresh_token", "")
    ),
}


@router.get(
    "/.well-known/oauth-authorization-server",
    summary="What the issuer can do",
    **answers(IssuerMetadata),
)
async def metadata(issuer: Issues) -> dict[str, Any]:
    """Return the metadata of RFC 8414."""
    address = issuer.address
    return {
        "issuer": address,
        "authorization_endpoint": f"{address}/v1/oauth/authorize",
        "token_endpoint": f"{address}/v1/oauth/token",
        "revocation_endpoint": f"{address}/v1/oauth/revoke",
        "jwks_uri": f"{address}/v1/oauth/keys",
        "scopes_supported": list(Role),
        "response_types_supported": ["code"],
        "grant_types_supported": list(GRANTS),
        "token_endpoint_auth_methods_supported": [
            "client_secret_basic", "client_secret_post", "none",
        ],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }  # fmt: skip


@router.get("/v1/oauth/keys", summary="Keys that sign access tokens", **answers(KeySet))
async def keys(issuer: Issues) -> dict[str, Any]:
    """Return the public key as a JSON Web Key Set."""
    return {"keys": [issuer.key.public()]}


@router.get("/v1/oauth/authorize", summary="Let a client act for whoever asks", status_code=303)
async def authorize(
    issuer: Issues,
    user: Annotated[User, Depends(allowed(Permission.READ))],
    client_id: Annotated[str, Query(max_length=64)],
    redirect_uri: Annotated[str, Query(max_length=2_000)],
    response_type: str = "code",
    code_challenge: str = "",
    code_challenge_method: str = "S256",
    scope: str = "",
    state: Annotated[str, Query(max_length=2_000)] = "",
) -> RedirectResponse:
    """Send the browser back to a registered address with a code, or with why there is none.

    Whoever registers a client consents for the desk, so nobody is asked again.
    """
    try:
        client = issuer.client(client_id, redirect_uri)
    except Refused as fault:
        # Nothing is sent to an address that is not the client's.
        raise Problem(400, fault.detail) from fault
    told = {"iss": issuer.address} | ({"state": state} if state else {})
    try:
        issuer.check(response_type, code_challenge_method)
        told["code"] = issuer.authorize(client, redirect_uri, code_challenge, user, scope)
    except Refused as fault:
        told |= {"error": fault.error, "error_description": fault.detail}
    mark = "&" if urlsplit(redirect_uri).query else "?"
    return RedirectResponse(f"{redirect_uri}{mark}{urlencode(told)}", 303)


@router.post(
    "/v1/oauth/token",
    summary="Tokens for a code, a secret or a refresh token",
    openapi_extra=form_of(
        "grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope",
        "client_id", "client_secret",
    ),
    **answers(Token),
)  # fmt: skip
async def token(issuer: Issues, request: Request) -> JSONResponse:
    """Return tokens; a refusal is as RFC 6749 has it."""
    if not request.app.state.guard.rate.takes("oauth"):
        raise Problem(429, "too many requests for tokens; wait a second", {"Retry-After": "1"})
    fields = await form(request)
    grant = GRANTS.get(fields.get("grant_type", ""))
    if grant is None:
        raise Refused("unsupported_grant_type", f"grant_type is one of {', '.join(GRANTS)}")
    client = authenticated(issuer, request, fields)
    return granted(await asyncio.to_thread(grant, issuer, client, fields))


@router.post(
    "/v1/oauth/revoke",
    summary="Revoke a token",
    openapi_extra=form_of("token", "token_type_hint", "client_id", "client_secret"),
    **answers(Revoked),
)
async def revoke(issuer: Issues, request: Request) -> JSONResponse:
    """Revoke the grant of an access or refresh token; one that is none is no fault (RFC 7009)."""
    fields = await form(request)
    client = authenticated(issuer, request, fields)
    await asyncio.to_thread(issuer.revoke, client, fields.get("token", ""))
    forget(request)
    return JSONResponse({})


class ClientAsked(BaseModel):
    """A program that may ask for tokens."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"client": "notebook", "role": "trader",
                 "redirects": ["http://127.0.0.1:8899/callback"], "is_confidential": False}
            ]
        },
    )  # fmt: skip

    client: str = Field(pattern=NAME)
    role: Role = Field(description="The most that its tokens may do.")
    redirects: list[Annotated[str, Field(max_length=2_000)]] = Field([], max_length=20)
    is_confidential: bool = Field(default=False, description="Whether it keeps a secret.")


def _checked(redirect: str) -> str:
    """Return an address that a code may be sent to.

    Raises
    ------
    Problem
        422 if it is neither https nor http of this machine, or has a fragment.
    """
    try:
        parts = urlsplit(redirect)
        name = parts.netloc.rpartition(":")[0] if parts.port else parts.netloc
    except ValueError as fault:
        raise Problem(422, f"body.redirects: {redirect!r} is no address") from fault
    is_local = parts.scheme == "http" and name in LOCAL
    is_safe = is_local or (parts.scheme == "https" and name)
    if not is_safe or "#" in redirect or not redirect.isascii():
        detail = f"body.redirects: {redirect!r} is neither https nor http of this machine, or has #"
        raise Problem(422, detail)
    return redirect


@router.get("/v1/oauth/clients", summary="Clients", dependencies=[Keys], **answers(list[ClientOf]))
def clients(issuer: Issues) -> list[dict[str, Any]]:
    """Return every client, never a secret."""
    return [
        {"client": one.client, "role": one.role, "redirects": list(one.redirects),
         "is_confidential": one.is_confidential}
        for one in issuer.store.clients()
    ]  # fmt: skip


@router.post(
    "/v1/oauth/clients",
    summary="Register a client",
    status_code=201,
    dependencies=[Keys],
    **answers(ClientMade, 201),
)
def register(asked: ClientAsked, issuer: Issues) -> dict[str, Any]:
    """Register a client; its secret, if it keeps one, is not shown again."""
    redirects = tuple(_checked(redirect) for redirect in asked.redirects)
    secret = "wbx_" + secrets.token_urlsafe(32) if asked.is_confidential else None
    made = Client(asked.client, asked.role, redirects, asked.is_confidential)
    issuer.store.register(made, secret)
    return {"client_id": asked.client, "role": asked.role, "client_secret": secret}


@router.delete(
    "/v1/oauth/clients/{name}", summary="Remove a client", status_code=204, dependencies=[Keys]
)
def remove(name: Annotated[str, Path(pattern=NAME)], request: Request, issuer: Issues) -> None:
    """Remove a client; its tokens are refused from now on."""
    if not issuer.remove(name):
        raise Problem(404, f"there is no client {name!r}")
    forget(request)
