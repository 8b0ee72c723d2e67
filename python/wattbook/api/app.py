"""The application: routes, stream, metrics, and the desk's page."""

from __future__ import annotations

import asyncio
import gzip
import time
from contextlib import asynccontextmanager, suppress
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, FastAPI, Query, Request, Response, WebSocket, WebSocketDisconnect

import wattbook
from wattbook.api import account, alerts, entry, kill, risk, routes
from wattbook.api.access import ApiKeys, Permission, Role, Sessions
from wattbook.api.guard import Guard, GuardLayer, RateLimit, allowed, is_own_page
from wattbook.api.metrics import CONTENT, Requests, metrics_text
from wattbook.api.problems import Problem, add_problems
from wattbook.api.stream import WINDOW, Encoder, StreamCounts, serve_reader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from wattbook.api.desk import Desk

__all__ = ["desk_app"]

REQUESTS_PER_SECOND: Final = 10_000.0
TYPES: Final = {
    "index.html": "text/html; charset=utf-8",
    "desk.js": "text/javascript; charset=utf-8",
    "desk.css": "text/css; charset=utf-8",
}
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
    response = Response(
        packed_file(name) if takes_gzip else page_file(name), media_type=TYPES.get(name)
    )
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
    if name not in TYPES or not place.is_file():
        raise Problem(404, f"there is no {name}; run `make build`")
    return place.read_bytes()


def add_page(app: FastAPI) -> None:
    """Serve the desk's page; who opens it on this machine gets a session."""

    @app.get("/", include_in_schema=False)
    async def index(request: Request) -> Response:
        guard: Guard = app.state.guard
        response = page_answer(request, "index.html")
        if guard.user(request.headers, request.cookies) is None:
            account.start_session(request, response, Role.TRADER)
        return response

    @app.get("/assets/{name}", include_in_schema=False)
    async def asset(request: Request, name: str) -> Response:
        return page_answer(request, name)


def add_operations(app: FastAPI, desk: Desk, requests: Requests, counts: StreamCounts) -> None:
    """Serve health and metrics."""

    @app.get("/v1/health", summary="Whether the desk is well")
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
        return Response(metrics_text(desk, requests, counts), media_type=CONTENT)


def add_stream(app: FastAPI, desk: Desk, counts: StreamCounts) -> None:
    """Serve the stream."""
    encoder = Encoder(desk.run)

    @app.websocket("/v1/stream")
    async def stream(
        socket: WebSocket,
        run: Annotated[str | None, Query()] = None,
        after: Annotated[int | None, Query(ge=0)] = None,
    ) -> None:
        guard: Guard = app.state.guard
        user = guard.user(socket.headers, socket.cookies)
        if not is_own_page(socket.headers) or user is None or not user.may(Permission.READ):
            # Before it is accepted, so that the handshake itself is answered with 403.
            await socket.close(1008)
            return
        await socket.accept()
        goes_on = after if run == desk.run else None
        window = asyncio.BoundedSemaphore(WINDOW)
        sending = asyncio.create_task(
            serve_reader(desk, counts, encoder, goes_on, window, socket.send_bytes)
        )
        try:
            while True:
                # Whatever a reader says means that it has taken one more message.
                await socket.receive_text()
                window.release()
        except (WebSocketDisconnect, RuntimeError):
            pass
        except (KeyError, ValueError):
            # It says that it took what it was not sent, or says it in bytes.
            await socket.close(1008)
        finally:
            sending.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await sending


def desk_app(desk: Desk, store: Path) -> FastAPI:
    """Return the application that shows a run.

    Parameters
    ----------
    desk : Desk
        What is shown.
    store : Path
        SQLite file of keys.

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

    app = FastAPI(
        title="Wattbook desk",
        version=wattbook.__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.desk = desk
    app.state.guard = Guard(
        Sessions(time.monotonic), ApiKeys(store), RateLimit(REQUESTS_PER_SECOND)
    )
    requests, counts = Requests(), StreamCounts()
    add_problems(app)
    app.add_middleware(GuardLayer, requests=requests)
    app.include_router(account.router)
    app.include_router(routes.router)
    app.include_router(alerts.router)
    app.include_router(entry.router)
    app.include_router(kill.router)
    app.include_router(risk.router)
    add_operations(app, desk, requests, counts)
    add_stream(app, desk, counts)
    add_page(app)
    return app
