"""The application: routes, stream, metrics, and the desk's page."""

from __future__ import annotations

import asyncio
import gzip
import time
from contextlib import asynccontextmanager, suppress
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import parse_qs

from fastapi import Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

import wattbook
from wattbook.api import (
    account,
    alerts,
    boards,
    curves,
    deals,
    entry,
    execution,
    export,
    kill,
    latencies,
    models,
    quarantine,
    records,
    risk,
    routes,
    structured,
    workspaces,
)
from wattbook.api.access import DEMO, ApiKeys, Permission, Role, Sessions, User
from wattbook.api.address import Address
from wattbook.api.answers.document import DescribedApp, answers, listed
from wattbook.api.answers.operations import Health, LogLine
from wattbook.api.asked import check_body, check_parameters
from wattbook.api.beside import Beside
from wattbook.api.guard import Guard, GuardLayer, RateLimit, allowed
from wattbook.api.metrics import CONTENT, metrics_text
from wattbook.api.oauth import Issuer, OAuthStore, Refused, SigningKey
from wattbook.api.oauth import routes as oauth
from wattbook.api.order_lane import OrderLane
from wattbook.api.pages import After, Limit, Page, newest
from wattbook.api.problems import PROBLEMS, Problem, add_problems
from wattbook.runtime.log import NewestLines, found_lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fastapi import FastAPI

    from wattbook.api.desk import Desk
    from wattbook.api.stream import Front

__all__ = ["ROUTERS", "desk_app"]

REQUESTS_PER_SECOND: Final = 10_000.0
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
ROUTERS: Final = (
    # They are tried in this order, and orders are in a hurry.
    entry.router,
    account.router,
    oauth.router,
    routes.router,
    alerts.router,
    boards.router,
    curves.router,
    deals.router,
    execution.router,
    export.router,
    kill.router,
    latencies.router,
    models.router,
    quarantine.router,
    records.router,
    risk.router,
    structured.router,
    workspaces.router,
)
SIGN_IN: Final = """\
<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Wattbook desk: sign in</title></head>
<body><main><h1>Wattbook desk</h1>
<form method="post" action="/sign-in">
<p><label>Key <input name="key" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></p><p role="alert">{said}</p>
</form></main></body>
</html>
"""
DESCRIPTION: Final = """\
What Wattbook's desk shows of a run, as of the instant that its replay has reached. Times are
integers of nanoseconds UTC, prices and volumes plain numbers in the instrument's units; the exact
decimals stand in the run's Parquet files. A refusal is a problem document (RFC 9457).
"""


@cache
def packed_file(name: str) -> bytes:
    """Return a built file of the desk's page, compressed once."""
    return gzip.compress(page_file(name), compresslevel=9, mtime=0)


def page_answer(request: Request, name: str) -> Response:
    """Return a built file of the desk's page as the browser takes it.

    Raises
    ------
    Problem
        404 if there is none of that name, or the page was not built.
    """
    takes_gzip = "gzip" in request.headers.get("accept-encoding", "")
    body = packed_file(name) if takes_gzip else page_file(name)
    response = Response(body, media_type=TYPES[PurePath(name).suffix])
    response.headers.update({"Cache-Control": "no-cache", "Vary": "Accept-Encoding"})
    if takes_gzip:
        response.headers["Content-Encoding"] = "gzip"
    return response


def page_file(name: str) -> bytes:
    """Return a built file of the desk's page.

    Raises
    ------
    Problem
        404 if there is none of that name, or the page was not built.
    """
    place = files("wattbook.api") / "assets" / name
    if PurePath(name).suffix not in TYPES or not place.is_file():
        raise Problem(404, f"there is no {name}; run `make build`")
    return place.read_bytes()


def sign_in_page(said: str = "", status: int = 200) -> Response:
    """Return the page that asks for a key, where the desk is not on loopback only."""
    policy = {"Content-Security-Policy": "default-src 'none'; form-action 'self'; "
              "base-uri 'none'; frame-ancestors 'none'"}  # fmt: skip
    return HTMLResponse(SIGN_IN.format(said=said), status, headers=policy)


def add_page(app: FastAPI) -> None:
    """Serve the desk's page; who opens it on this machine gets a session, others need a key."""

    @app.get("/", include_in_schema=False)
    async def index(request: Request) -> Response:
        guard: Guard = app.state.guard
        response = page_answer(request, "index.html")
        if guard.user(request.headers, request.cookies) is None:
            if not guard.address.is_loopback:
                return sign_in_page()
            account.start_session(request, response, User(DEMO, Role.TRADER))
        return response

    @app.post("/sign-in", include_in_schema=False)
    async def sign_in(request: Request) -> Response:
        guard: Guard = app.state.guard
        if not guard.rate.takes("session"):
            raise Problem(429, "too many sessions; wait a second", {"Retry-After": "1"})
        fields = parse_qs((await request.body()).decode("utf-8", "replace"))
        user = guard.user({"authorization": f"Bearer {fields.get('key', [''])[0]}"}, {})
        if user is None:
            return sign_in_page("That key is not known here.", 401)
        response = RedirectResponse("/", 303)
        account.start_session(request, response, user)
        return response

    @app.get("/assets/{name}", include_in_schema=False)
    async def asset(request: Request, name: str) -> Response:
        return page_answer(request, name)


def add_operations(app: FastAPI, desk: Desk, kept: NewestLines) -> None:
    """Serve health, metrics and the log."""

    @app.get("/v1/health", summary="Whether the desk is well", **answers(Health))
    async def health() -> dict[str, Any]:
        """Return ``ok`` while the shown instant is kept up with; asks nobody who they are."""
        return {"status": "ok", "version": wattbook.__version__, "run": desk.run, "now": desk.now}

    @app.get(
        "/v1/metrics",
        summary="Metrics for Prometheus",
        dependencies=[Depends(allowed(Permission.READ))],
        response_class=Response,
    )
    async def metrics() -> Response:
        """Return every metric as text."""
        front: Front | None = app.state.front
        tail = (await risk.tails_of(desk))["tail"]
        return Response(metrics_text(desk, desk.requests, front, tail), media_type=CONTENT)

    @app.get(
        "/v1/log",
        summary="The desk's log, newest lines first",
        dependencies=[Depends(allowed(Permission.ALERT))],
        **listed(LogLine),
    )
    async def log(
        least: Annotated[Literal["INFO", "WARNING", "ERROR"], Query()] = "INFO",
        text: Annotated[str, Query(max_length=200, description="In any field.")] = "",
        limit: Limit = 200,
        after: After = 0,
    ) -> Page:
        """Return lines of at least a level that hold a text; secrets are in none of them."""
        rows = found_lines(kept.lines(), least=least, text=text)
        found = ((row["line"], row) for row in rows)
        return newest(found, desk.now, after=after, limit=limit)


def add_stream(app: FastAPI) -> None:
    """Say who may read the stream, which the front of the desk serves."""

    @app.get(
        "/v1/stream",
        summary="The stream, by WebSocket",
        status_code=204,
        dependencies=[Depends(allowed(Permission.READ))],
    )
    async def stream(
        _run: Annotated[str | None, Query(alias="run", description="Whose `after` it is.")] = None,
        _after: Annotated[
            int | None, Query(alias="after", ge=0, description="Number to go on after.")
        ] = None,
        _topics: Annotated[
            str | None, Query(alias="topics", description="Only these, with commas.")
        ] = None,
        _instruments: Annotated[
            str | None, Query(alias="instruments", description="Only of these, with commas.")
        ] = None,
    ) -> Response:
        """Answer that the stream may be read; ask by WebSocket, with this query, for what it tells.

        Whoever comes by WebSocket is answered by the front of the desk, which reads the query.
        """
        return Response(status_code=204)


def desk_app(
    desk: Desk,
    store: Path,
    url: str,
    newest: NewestLines | None = None,
    beside: Beside | None = None,
    address: Address | None = None,
) -> FastAPI:
    """Return the application that shows a run.

    Parameters
    ----------
    desk : Desk
        What is shown.
    store : Path
        SQLite file of keys; the issuer's stand beside it.
    url : str
        Where it is served, without a slash at the end.
    newest : NewestLines, optional
        The lines of the log that it shows.
    beside : Beside, optional
        Folders that are shown beside the run.
    address : Address, optional
        Where it is served; on loopback by default.

    Raises
    ------
    StoreError
        If the file cannot be opened.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with desk.alerts:
            await desk.step()
            living = asyncio.create_task(desk.live())
            yield
            living.cancel()
            with suppress(asyncio.CancelledError):
                await living

    app = DescribedApp(
        title="Wattbook desk",
        version=wattbook.__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=PROBLEMS,
        dependencies=[Depends(check_parameters), Depends(check_body)],
        # Our own metrics and traces count every request already.
        telemetry={"metrics": False, "tracing": False},
    )
    tokens = OAuthStore(store.with_name("oauth.sqlite"))
    issuer = Issuer(url, SigningKey(store.with_name("oauth-key.pem")), tokens, time.time)
    app.state.desk = desk
    app.state.beside = beside or Beside()
    app.state.issuer = issuer
    app.state.front = None
    app.state.workspaces = workspaces.Workspaces(store.with_name("workspaces.sqlite"))
    app.state.guard = Guard(
        Sessions(time.monotonic),
        ApiKeys(store),
        RateLimit(REQUESTS_PER_SECOND),
        issuer.user,
        address or Address(),
    )
    add_problems(app)
    app.add_exception_handler(Refused, oauth.refusal)
    app.add_middleware(OrderLane, desk=desk)
    # What is added last stands first.
    app.add_middleware(GuardLayer, requests=desk.requests, spans=desk.spans)
    for router in ROUTERS:
        app.include_router(router)
    add_operations(app, desk, newest or NewestLines())
    add_stream(app)
    add_page(app)
    return app
