"""Every refusal of the API as a problem document of RFC 9457."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match

from wattbook.errors import InputError, WattbookError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI, Request

__all__ = ["PROBLEMS", "Problem", "add_problems", "answered", "problem"]

CONTENT = "application/problem+json"
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    422: {"description": "What does not fit, and where.", "content": {CONTENT: {}}}
}
"""What every route may answer besides its own, for the OpenAPI document."""


class Problem(Exception):  # noqa: N818 - it is an answer, not a fault
    """An answer that refuses: a status and a sentence that says what to do.

    Parameters
    ----------
    status : int
        Of HTTP.
    detail : str
        What was found and what to do.
    headers : mapping, optional
        To send with it.
    """

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **more: object
) -> JSONResponse:
    """Return a problem document."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    return JSONResponse(document, status, headers=headers, media_type=CONTENT)


def _place(error: Mapping[str, Any]) -> dict[str, str]:
    """Return where a request does not fit, without the value: it may be a secret."""
    reason = str(error["msg"])
    if error.get("type") == "json_invalid":
        # Where it stands is the character of the body.
        reason += f": {error['ctx']['error']}"
    return {"place": ".".join(str(part) for part in error["loc"]), "reason": reason}


def taken_at(request: Request) -> list[str]:
    """Return the methods that the path of a request takes; a route knows its own only."""
    taken = [
        method
        for method in METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in request.app.router.routes
        )
    ]
    return [*taken, "HEAD"] if "GET" in taken else taken


def answered(fault: Problem | WattbookError) -> JSONResponse:
    """Return the problem document of a fault: what was asked is wrong, or cannot be done."""
    if isinstance(fault, Problem):
        return problem(fault.status, fault.detail, fault.headers)
    return problem(422 if isinstance(fault, InputError) else 409, str(fault))


async def _known(_: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, Problem | WattbookError)  # noqa: S101 - registered for them
    return answered(fault)


async def _http(request: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, HTTPException)  # noqa: S101
    path, status = request.url.path, fault.status_code
    if status == 405:
        taken = ", ".join(taken_at(request))
        said = f"{path} does not take {request.method}; it takes {taken}"
        return problem(405, said, {"Allow": taken})
    if status == 400 and request.headers.get("content-length", "0") != "0":
        return problem(422, "body: it cannot be read; send JSON in UTF-8, nested less deeply")
    details = {404: f"there is no {path} here; /v1/openapi.json lists what there is"}
    return problem(status, details.get(status, str(fault.detail)), fault.headers)


async def _invalid(_: Request, fault: Exception) -> JSONResponse:
    assert isinstance(fault, RequestValidationError)  # noqa: S101
    errors = [_place(error) for error in fault.errors()]
    said = "; ".join(f"{one['place']}: {one['reason']}" for one in errors)
    return problem(422, said, errors=errors)


def add_problems(app: FastAPI) -> None:
    """Answer every fault of `app` with a problem document."""
    app.add_exception_handler(Problem, _known)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(WattbookError, _known)
