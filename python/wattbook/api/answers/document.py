"""How a route says what it answers with."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, create_model

from wattbook.api.answers.refusals import add_refusals
from wattbook.api.pages import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EXAMPLES", "Answer", "DescribedApp", "Severity", "Side", "answers", "listed"]

EXAMPLES: Final = "examples.json"
JSON: Final = "application/json"
Side = Literal["buy", "sell"]
Severity = Literal["info", "warning", "critical"]


class Answer(BaseModel):
    """A document that holds its fields and nothing else.

    Documents are made by what computes them and are not made anew here, which would cost every
    request; a test holds what each route answers against its description.
    """

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


def answers(kind: object, status: int = 200) -> dict[str, Any]:
    """Return what a route's decorator takes to describe its answer.

    Examples
    --------
    >>> answers(Page)
    {'responses': {200: {'model': <class 'wattbook.api.pages.Page'>}}}
    """
    return {"responses": {status: {"model": kind}}}


def listed(row: type[BaseModel]) -> dict[str, Any]:
    """Return what a route's decorator takes that answers with pages of such rows."""
    about = f"Some rows of {row.__name__}, and where the next page begins."
    rows: Any = list[row]  # type: ignore[valid-type]
    return answers(
        create_model(f"{row.__name__}Page", __base__=Page, __doc__=about, rows=(rows, ...))
    )


class DescribedApp(FastAPI):
    """An application whose document has answers, with examples, and refusals of every route."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        if self.openapi_schema is None:
            document = super().openapi()
            for place, found in _answered(document):
                schema = found["schema"]
                # The framework adds what it knows of the route to what the route says.
                if "$ref" in schema:
                    found["schema"] = {"$ref": schema["$ref"]}
                if place in _examples():
                    found["example"] = _examples()[place]
            add_refusals(document, self.routes)
            _drop_unnamed(document)
        return super().openapi()


def _answered(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the JSON of each good answer with its route, such as ``GET /v1/run``."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {})
                if status.startswith("2") and JSON in content:
                    yield f"{method.upper()} {path}", content[JSON]


def _drop_unnamed(document: dict[str, Any]) -> None:
    """Drop schemas that no route names any more, such as a page of rows of any kind."""
    schemas = document["components"]["schemas"]
    text = json.dumps(document)
    for name in [name for name in schemas if f'"#/components/schemas/{name}"' not in text]:
        del schemas[name]


@cache
def _examples() -> dict[str, Any]:
    """Return an answer of each route on the generated day, as tools/desk_examples.py wrote it."""
    text = (files("wattbook.api.answers") / EXAMPLES).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
