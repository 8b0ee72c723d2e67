"""Nord Pool's data API, its data portal, and its platform of urgent market messages.

All instants are UTC; a delivery date is a day of Central Europe. The data API needs a bearer token
of a subscription, the portal none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from wattbook.errors import InputError
from wattbook.sources.clock import days
from wattbook.sources.nordpool.messages import is_messages, message_requests, parse_messages
from wattbook.sources.nordpool.read import (
    parse_capacities,
    parse_delivery_period,
    parse_exchanges,
    parse_prices,
    parse_statistics,
)
from wattbook.sources.packed import head
from wattbook.sources.payload import Dataset, Parsed, Payload, Query, Request

__all__ = ["DATASETS"]

API = "https://data-api.nordpoolgroup.com/api/v2/"
PORTAL = "https://dataportal-api.nordpoolgroup.com/api/DayAheadPrices"
ZONE = "Europe/Oslo"


def holds(names: tuple[bytes, ...], payload: Payload) -> bool:
    """Return whether the first bytes of `payload` name all of `names`."""
    found = head(payload.content)
    return found.lstrip()[:1] in {b"{", b"["} and all(b'"' + name + b'"' in found for name in names)


def ask(path: str, options: tuple[str, ...], query: Query) -> Iterator[Request]:
    """Return the requests for areas, one a delivery date.

    Raises
    ------
    InputError
        If no area is given.
    """
    if not query.location:
        message = "give an area as location, such as SE3, or several with commas"
        raise InputError(message)
    more = {"market": "DayAhead", "currency": "EUR"}
    for day in days(query.start, query.end, ZONE):
        parameters = {"areas": query.location, "date": day.isoformat()}
        parameters |= {name: query.options.get(name, more[name]) for name in options}
        yield Request(
            API + path,
            parameters,
            credential="NORDPOOL_AUTHORIZATION",
            credential_place="header:Authorization",
        )


def ask_portal(query: Query) -> Iterator[Request]:
    """Return the requests of the open portal, one a delivery date; options market and currency."""
    for request in ask("", ("market", "currency"), query):
        parameters = dict(request.parameters)
        parameters["deliveryArea"] = parameters.pop("areas")
        yield Request(PORTAL, parameters)


def dataset(
    name: str,
    description: str,
    names: tuple[bytes, ...],
    parse: Callable[[Payload], Parsed],
    requests: Callable[[Query], Iterator[Request]],
) -> Dataset:
    """Return a dataset that is known by the fields at its beginning."""
    return Dataset(
        "nordpool", name, description, partial(holds, names), parse, requests, 25 * 3_600, 60.0
    )


DATASETS = (
    dataset(
        "prices",
        "Day-ahead prices of areas with their blocks; options market and currency",
        (b"deliveryArea", b"prices"),
        parse_prices,
        partial(ask, "Auction/Prices/ByAreas", ("market", "currency")),
    ),
    dataset(
        "delivery_period",
        "Day-ahead prices of the open portal; options market and currency",
        (b"multiAreaEntries",),
        parse_delivery_period,
        ask_portal,
    ),
    dataset(
        "exchange",
        "Flows between areas, as measured",
        (b"deliveryArea", b"exchanges"),
        parse_exchanges,
        partial(ask, "PowerSystem/Exchanges/ByAreas", ()),
    ),
    dataset(
        "capacity",
        "Capacities offered to an auction; option market",
        (b"deliveryArea", b"capacities"),
        parse_capacities,
        partial(ask, "Auction/Capacities/ByAreas", ("market",)),
    ),
    dataset(
        "intraday_statistics",
        "Prices and volumes of intraday contracts",
        (b"contracts", b"contractId"),
        parse_statistics,
        partial(ask, "Intraday/ContractStatistics/ByAreas", ()),
    ),
    Dataset(
        "nordpool",
        "message",
        "urgent market messages, to table outage; location is an area's EIC",
        is_messages,
        parse_messages,
        message_requests,
        window_seconds=7 * 86_400,
        requests_per_minute=30.0,
        is_recorded=False,
    ),
)
"""By what a payload lists; the credential is the whole header, ``Bearer`` and the token."""
