"""Predictions over HTTP: models that are served, by name, with rows that wait answered together."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import uvicorn
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field

import wattbook
from wattbook.api.problems import Problem, add_problems
from wattbook.errors import ForecastError
from wattbook.forecast.serving import MicroBatches

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Mapping

    from wattbook.forecast.serving import Slot

__all__ = ["PredictServer", "predict_app"]

ROWS_MAX = 4_096


class Asked(BaseModel):
    """What is asked."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    model: Annotated[str, Field(description="Name of a served model.")]
    rows: Annotated[
        list[list[float | None]],
        Field(min_length=1, max_length=ROWS_MAX, description="Inputs; null where one is missing."),
    ]


@dataclass(frozen=True, slots=True)
class Served:
    """What the application answers with."""

    batches: Mapping[str, MicroBatches]


async def served(request: Request) -> Served:
    """Return what is served."""
    found: Served = request.app.state.served
    return found


def predict_app(slots: Mapping[str, Slot]) -> FastAPI:
    """Return the application that answers with models.

    It knows no users: bind it to loopback, or put it behind what does.

    Parameters
    ----------
    slots : mapping of str to Slot
        Models by name; whoever holds a slot may swap its model at any time.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        batches = {name: MicroBatches(slot) for name, slot in slots.items()}
        app.state.served = Served(batches)
        yield
        for each in batches.values():
            each.close()

    app = FastAPI(
        title="Wattbook predictions",
        version=wattbook.__version__,
        lifespan=lifespan,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    add_problems(app)

    @app.get("/v1/models", summary="What is served")
    async def models(answers: Annotated[Served, Depends(served)]) -> list[dict[str, Any]]:
        """Return names, versions and widths."""
        return [
            {"model": name, "version": each.slot.model.version, "inputs": each.slot.model.columns}
            for name, each in answers.batches.items()
        ]

    @app.post("/v1/predict", summary="Answers of a model to rows of inputs")
    async def predict(asked: Asked, answers: Annotated[Served, Depends(served)]) -> dict[str, Any]:
        """Return one row of answers for each row of inputs, and the version that made them."""
        batches = answers.batches.get(asked.model)
        if batches is None:
            known = ", ".join(answers.batches)
            raise Problem(404, f"there is no model {asked.model!r}; served are {known}")
        try:
            # Rows of several lengths make no table.
            rows = np.array(asked.rows, dtype=np.float64)
            answer = await asyncio.wrap_future(batches.ask(rows))
        except (ForecastError, ValueError) as fault:
            raise Problem(422, str(fault)) from fault
        return {"model": asked.model, "version": answer.version, "answers": answer.rows.tolist()}

    return app


class PredictServer(uvicorn.Server):
    """A server that says when it answers."""

    def __init__(self, config: uvicorn.Config, on_open: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_open = on_open

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        if self.started:
            self._on_open()
