"""What a request asks about: parameters that its route has, names and numbers that the run has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args, get_origin

from fastapi import Depends, Query, Request
from fastapi.exceptions import RequestValidationError

from wattbook.api.body import doubled_key
from wattbook.api.desk import Desk
from wattbook.api.guard import is_json
from wattbook.api.problems import Problem

if TYPE_CHECKING:
    from fastapi.dependencies.models import Dependant

__all__ = [
    "Instrument",
    "Market",
    "Segment",
    "Shown",
    "Strategy",
    "check_body",
    "check_instruments",
    "check_parameters",
    "instrument_of",
]

API: Final = "/v1/"
OPEN: Final = frozenset({"/v1/oauth/authorize", "/v1/oauth/token", "/v1/oauth/revoke"})
"""Routes that are to pass over parameters that they do not know (RFC 6749, 3.1 and 3.2)."""
NUMBER_MAX: Final = 2**32 - 1


async def shown(request: Request) -> Desk:
    """Return the desk that is served."""
    desk: Desk = request.app.state.desk
    return desk


Shown = Annotated[Desk, Depends(shown)]


def instrument_of(desk: Desk, number: int) -> dict[str, Any]:
    """Return an instrument.

    Raises
    ------
    Problem
        404 if there is none of that number.
    """
    found = desk.by_number.get(number)
    if found is None:
        raise Problem(404, f"there is no instrument {number}; /v1/instruments lists them")
    return found


def fault_of(parameter: str, said: str) -> dict[str, Any]:
    """Return what is wrong with a parameter of the query."""
    return {"type": "value_error", "loc": ("query", parameter), "msg": said}


def one_of(parameter: str, name: str | None, known: Iterable[str]) -> str | None:
    """Return a name that there is, or None for none.

    Raises
    ------
    RequestValidationError
        If there is none of that name; it says which there are.
    """
    names = list(dict.fromkeys(known))
    if name is not None and name not in names:
        there = ", ".join(names) or "none"
        said = f"there is no {parameter} {name!r}; there are {there}"
        raise RequestValidationError([fault_of(parameter, said)])
    return name


async def strategy_asked(
    desk: Shown,
    strategy: Annotated[str | None, Query(description="Name of a strategy.")] = None,
) -> str | None:
    """Return the strategy that a list is narrowed to."""
    return one_of("strategy", strategy, (one.name for one in desk.tape.names.strategies))


async def market_asked(
    desk: Shown, market: Annotated[str | None, Query(description="Name of a market.")] = None
) -> str | None:
    """Return the market that a list is narrowed to."""
    return one_of("market", market, (one.name for one in desk.tape.names.markets))


async def segment_asked(
    desk: Shown,
    segment: Annotated[str | None, Query(description="An auction, or `continuous`.")] = None,
) -> str | None:
    """Return the segment that a list is narrowed to."""
    return one_of("segment", segment, (row["segment"] for row in desk.instruments))


async def instrument_asked(
    desk: Shown,
    instrument: Annotated[
        int | None, Query(ge=0, le=NUMBER_MAX, description="Number of an instrument.")
    ] = None,
) -> int | None:
    """Return the instrument that a list is narrowed to."""
    check_instruments(desk, () if instrument is None else (instrument,))
    return instrument


Strategy = Annotated[str | None, Depends(strategy_asked)]
Market = Annotated[str | None, Depends(market_asked)]
Segment = Annotated[str | None, Depends(segment_asked)]
Instrument = Annotated[int | None, Depends(instrument_asked)]


async def check_body(request: Request) -> None:
    """Refuse a JSON body that gives a key twice: of two volumes, the second would be sent.

    Raises
    ------
    RequestValidationError
        If a key is given twice; it names the key.
    """
    key = doubled_key(await request.body()) if is_json(request.headers) else None
    if key is not None:
        fault = {"type": "value_error", "loc": ("body", key), "msg": "is given twice; give it once"}
        raise RequestValidationError([fault])


def check_instruments(desk: Desk, numbers: Iterable[int]) -> None:
    """Refuse numbers of a query that no instrument has.

    Raises
    ------
    RequestValidationError
        If there are such.
    """
    strange = ", ".join(str(number) for number in numbers if number not in desk.by_number)
    if strange:
        said = f"there is no instrument {strange}; /v1/instruments lists them"
        raise RequestValidationError([fault_of("instrument", said)])


def is_list(annotation: object) -> bool:
    """Return whether a parameter of a type may come repeatedly."""
    return any(get_origin(one) is list for one in (annotation, *get_args(annotation)))


def parameters_of(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    """Yield the parameters of a query that a route takes, and whether each may come repeatedly."""
    for field in dependant.query_params:
        yield field.alias, is_list(field.field_info.annotation)
    for one in dependant.dependencies:
        yield from parameters_of(one)


async def check_parameters(request: Request) -> None:
    """Refuse a query with parameters that the route does not have, or twice the same.

    Raises
    ------
    RequestValidationError
        With every one of them, and the parameters that there are.
    """
    given, route = request.query_params, request.scope["route"]
    if not given or not route.path.startswith(API) or route.path in OPEN:
        return
    known = dict(parameters_of(route.dependant))
    there = ", ".join(sorted(known)) or "none"
    errors = []
    for name in given:
        if name not in known:
            errors.append(fault_of(name, f"there is no such parameter; there are {there}"))
        elif len(given.getlist(name)) > 1 and not known[name]:
            errors.append(fault_of(name, "it is given more than once; give it once"))
    if errors:
        raise RequestValidationError(errors)
