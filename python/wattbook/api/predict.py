"""Predictions over HTTP: models that are served, by name, with rows that wait answered together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

import wattbook
from wattbook.api.problems import Problem, add_problems
from wattbook.errors import ForecastError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

    from wattbook.forecast.serving import MicroBatches

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


def predict_app(batches: Mapping[str, MicroBatches]) -> FastAPI:
    """Return the application that answers with models.

    It knows no users: bind it to loopback, or put it behind what does.

    Parameters
    ----------
    batches : mapping of str to MicroBatches
        Models by name; whoever holds the slot of one may swap its model at any time.
    """
    app = FastAPI(
        title="Wattbook predictions",
        version=wattbook.__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    add_problems(app)

    @app.get("/v1/models", summary="What is served")
    async def models() -> list[dict[str, Any]]:
        """Return names, versions and widths."""
        return [
            {"model": name, "version": each.slot.model.version, "inputs": each.slot.model.columns}
            for name, each in batches.items()
        ]

    @app.post("/v1/predict", summary="Answers of a model to rows of inputs")
    async def predict(asked: Asked) -> dict[str, Any]:
        """Return one row of answers for each row of inputs, and the version that made them."""
        asks = batches.get(asked.model)
        if asks is None:
            known = ", ".join(batches)
            raise Problem(404, f"there is no model {asked.model!r}; served are {known}")
        try:
            # Rows of several lengths make no table.
            rows = np.array(asked.rows, dtype=np.float64)
            answer = await asyncio.wrap_future(asks.ask(rows))
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
