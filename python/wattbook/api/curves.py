"""Forward curves of a history: every version of each day, and what a delivery cost day by day."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated, Any, Literal

import polars as pl
import polars.selectors as cs
from fastapi import APIRouter, Depends, Query

from wattbook.api.access import Permission
from wattbook.api.answers.document import answers
from wattbook.api.answers.forecasts import Curve, Curves, ProductPrices
from wattbook.api.beside import Beside, Shelf
from wattbook.api.guard import allowed
from wattbook.api.problems import Problem
from wattbook.errors import CurveError
from wattbook.market.curves import CurveHistory, averages

__all__ = ["router"]

router = APIRouter(prefix="/v1/curves", dependencies=[Depends(allowed(Permission.READ))])
INDEX = "curves.sqlite"
Text = Annotated[str, Query(max_length=100)]


def history(shelf: Beside) -> CurveHistory:
    """Return the history of the desk, opened anew: another process may write to it.

    Raises
    ------
    Problem
        409 if the desk was opened without one, or its folder holds none.
    """
    if shelf.curves is None:
        raise Problem(409, "this desk has no forward curves; open it with --curves DIR")
    if not (shelf.curves / INDEX).is_file():
        message = f"{shelf.curves} holds no curves; `wattbook curve --keep DIR` keeps them"
        raise Problem(409, message)
    return CurveHistory(shelf.curves)


def listed(table: pl.DataFrame) -> list[dict[str, Any]]:
    """Return rows for JSON: days as text, instants as ns UTC."""
    return table.with_columns(
        cs.date().cast(pl.String), cs.datetime().cast(pl.Datetime("ns", "UTC")).cast(pl.Int64)
    ).to_dicts()


@router.get("", summary="Curves that are kept", **answers(Curves))
async def curves(shelf: Shelf) -> dict[str, Any]:
    """Return a row a version of each day of each place, in the order of saving."""

    def find() -> list[dict[str, Any]]:
        kept = history(shelf)
        return [row for place in kept.places() for row in listed(kept.versions(place))]

    return {"curves": await asyncio.to_thread(find)}


@router.get("/{place}/days/{as_of}", summary="One curve", **answers(Curve))
async def curve(
    shelf: Shelf,
    place: str,
    as_of: dt.date,
    version: Annotated[Text | None, Query(description="The latest when left out.")] = None,
    tenor: Annotated[Literal["day", "week", "month", "quarter", "year"], Query()] = "month",
) -> dict[str, Any]:
    """Return base and peak averages of a curve by delivery, and how each quote is met."""

    def find() -> dict[str, Any]:
        try:
            found = history(shelf).load(place, as_of, version=version)
        except CurveError as fault:
            raise Problem(404, str(fault)) from fault
        loads = {}
        for load in ("base", "peak"):
            try:
                loads[load] = listed(averages(found.grid, found.price, tenor, load))
            except CurveError:
                # A place without peak products, such as one of gas, has none.
                loads[load] = []
        return {
            "place": place, "as_of": as_of.isoformat(), "version": found.version,
            "made_ns": found.made_ns, "method": found.method, "shape": found.shape,
            "tenor": tenor, **loads, "quotes": listed(found.fits),
        }  # fmt: skip

    return await asyncio.to_thread(find)


@router.get(
    "/{place}/products", summary="What a delivery cost from day to day", **answers(ProductPrices)
)
async def product_prices(
    shelf: Shelf,
    place: str,
    product: Annotated[str, Query(max_length=100, description="Such as `Q2-27 Base`.")],
) -> dict[str, Any]:
    """Return the price of a delivery by the latest curve of each day that tells it."""
    name = product if product.startswith(f"{place} ") else f"{place} {product}"
    rows = await asyncio.to_thread(lambda: listed(history(shelf).prices(name)))
    return {"place": place, "product": name, "rows": rows}
