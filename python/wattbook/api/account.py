"""Sessions and keys: the password-less user of a desk on loopback, and programs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from wattbook.api.access import DEMO, KEY_NAME, Permission, Role, User
from wattbook.api.answers.document import answers
from wattbook.api.answers.operations import KeyOf, Session, SessionBegun
from wattbook.api.guard import Guard, allowed, asks, cookie_name, forget
from wattbook.api.problems import Problem

__all__ = ["router", "start_session"]

router = APIRouter(prefix="/v1")


class Asked(BaseModel):
    """Which role the user of this machine takes."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"role": "trader"}]})

    role: Role = Role.TRADER


class KeyAsked(BaseModel):
    """A key for a program."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "risk batch", "role": "viewer"}]}
    )

    name: str = Field(pattern=KEY_NAME, description="Lower case, digits, spaces, `_`, `.`, `-`.")
    role: Role


def guard_of(request: Request) -> Guard:
    """Return what decides who may ask."""
    guard: Guard = request.app.state.guard
    return guard


def start_session(request: Request, response: Response, user: User) -> User:
    """Begin a session and give its cookie to a browser."""
    guard = guard_of(request)
    response.set_cookie(
        cookie_name(request.headers),
        guard.sessions.begin(user),
        httponly=True,
        samesite="strict",
        secure=guard.address.is_encrypted,
        path="/",
    )
    return user


@router.post("/session", summary="Begin a session", **answers(SessionBegun))
async def begin(
    asked: Asked,
    request: Request,
    response: Response,
    guard: Annotated[Guard, Depends(guard_of)],
) -> dict[str, Any]:
    """Begin a session: on loopback without a password, elsewhere of whom a key stands for."""
    if not guard.rate.takes("session"):
        raise Problem(429, "too many sessions; wait a second", {"Retry-After": "1"})
    user = User(DEMO, asked.role) if guard.address.is_loopback else holder_of(request)
    start_session(request, response, user)
    return {"name": user.name, "role": user.role}


def holder_of(request: Request) -> User:
    """Return who holds the key that a request brings.

    Raises
    ------
    Problem
        401 if it brings none that is known.
    """
    authorization = {"authorization": request.headers.get("authorization", "")}
    user = guard_of(request).user(authorization, {})
    if user is None:
        raise Problem(
            401,
            "this desk is not on loopback only, so a session needs Authorization: Bearer KEY",
            {"WWW-Authenticate": 'Bearer realm="wattbook"'},
        )
    return user


@router.get("/session", summary="Who asks", **answers(Session))
async def who(user: Annotated[User, Depends(asks)]) -> dict[str, Any]:
    """Return name, role and what it may do."""
    may = sorted(permission for permission in Permission if user.may(permission))
    return {"name": user.name, "role": user.role, "may": may}


@router.delete("/session", summary="End the session", status_code=204)
async def end(request: Request, guard: Annotated[Guard, Depends(guard_of)]) -> Response:
    """End the session of the cookie, if there is one."""
    guard.sessions.end(request.cookies.get(cookie_name(request.headers), ""))
    forget(request)
    response = Response(status_code=204)
    response.delete_cookie(cookie_name(request.headers), path="/")
    return response


@router.get(
    "/keys",
    summary="Keys of programs",
    dependencies=[Depends(allowed(Permission.KEY))],
    **answers(list[KeyOf]),
)
def keys(guard: Annotated[Guard, Depends(guard_of)]) -> list[dict[str, str]]:
    """Return name and role of every key, never the key."""
    return [{"name": name, "role": role} for name, role in guard.keys.rows()]


@router.post(
    "/keys",
    summary="Make a key",
    status_code=201,
    dependencies=[Depends(allowed(Permission.KEY))],
)
def make_key(asked: KeyAsked, guard: Annotated[Guard, Depends(guard_of)]) -> dict[str, str]:
    """Return a new key; it is not shown again."""
    return {
        "name": asked.name,
        "role": asked.role,
        "key": guard.keys.make(asked.name, asked.role),
    }


@router.delete(
    "/keys/{name}",
    summary="Revoke a key",
    status_code=204,
    dependencies=[Depends(allowed(Permission.KEY))],
)
def revoke_key(
    name: Annotated[str, Path(min_length=1, max_length=200)],
    request: Request,
    guard: Annotated[Guard, Depends(guard_of)],
) -> Response:
    """Take a key back; it is refused from now on."""
    if not guard.keys.revoke(name):
        raise Problem(404, f"there is no key {name!r}")
    forget(request)
    return Response(status_code=204)
