"""Joint Allocation Office: explicit auctions of cross-border capacity, and flow-based domains.

The auction API tells hours on the clock of Central Europe: a day of 23 hours lacks 02:00-03:00, one
of 25 has it twice, the second with an asterisk. The publication tool is in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wattbook.errors import InputError
from wattbook.sources.clock import DAY, shown
from wattbook.sources.jao.read import parse_auctions, parse_borders, parse_message
from wattbook.sources.packed import head
from wattbook.sources.payload import Dataset, Payload, Query, Request

__all__ = ["DATASETS"]

AUCTIONS = "https://api.jao.eu/OWSMP/getauctions"
PUBLICATION = "https://publicationtool.jao.eu/{region}/api/data/{series}"


def is_auctions(payload: Payload) -> bool:
    """Return whether `payload` holds auctions."""
    found = head(payload.content)
    return b'"corridorCode"' in found and b'"identification"' in found


def is_borders(payload: Payload) -> bool:
    """Return whether `payload` holds values by border and time."""
    found = head(payload.content)
    return b'"dateTimeUtc"' in found and re.search(rb'"border_\w+"', found) is not None


def is_message(payload: Payload) -> bool:
    """Return whether `payload` says why there is no data."""
    found = head(payload.content, 512)
    return found.lstrip().startswith(b"{") and b'"status"' in found and b"No Data found" in found


def ask_auctions(query: Query) -> Iterator[Request]:
    """Return the requests for the auctions of a corridor.

    The API picks auctions by the begin of their local day, which lies before midnight in UTC; ask
    from there on. Option ``horizon`` is ``Daily`` unless given.

    Raises
    ------
    InputError
        If no corridor is given.
    """
    if not query.location:
        message = "auctions are of one corridor; give it as location, such as IF1-FR-GB"
        raise InputError(message)
    form = "%Y-%m-%d-%H:%M:%S"
    step = 31 * DAY
    for start in range(query.start, query.end, step):
        parameters = {
            "corridor": query.location,
            "horizon": query.options.get("horizon", "Daily"),
            "fromdate": shown(start, form),
            "todate": shown(min(start + step, query.end), form),
            "shadow": query.options.get("shadow", "0"),
        }
        yield Request(
            AUCTIONS,
            parameters,
            credential="JAO_API_KEY",
            credential_place="header:AUTH_API_KEY",
        )


def ask_borders(query: Query) -> Iterator[Request]:
    """Return the requests for a series of the publication tool.

    Options: ``series`` (``maxExchanges``, ``shadowAuctionATC``, ``atc``, ``scheduledExchanges``,
    ``maxBorderFlow``) and ``region`` (``core`` unless given, or ``nordic``).

    Raises
    ------
    InputError
        If no series is given.
    """
    series = query.options.get("series", "")
    if not series:
        message = "set option series, such as maxExchanges, shadowAuctionATC or atc"
        raise InputError(message)
    address = PUBLICATION.format(region=query.options.get("region", "core"), series=series)
    form = "%Y-%m-%dT%H:%M:%S.000Z"
    step = 2 * DAY
    for start in range(query.start, query.end, step):
        end = min(start + step, query.end)
        yield Request(address, {"FromUtc": shown(start, form), "ToUtc": shown(end, form)})


DATASETS = (
    Dataset(
        "jao",
        "auction",
        "Explicit auctions of a corridor; options horizon and shadow",
        is_auctions,
        parse_auctions,
        ask_auctions,
        window_seconds=31 * 86_400,
    ),
    Dataset(
        "jao",
        "borders",
        "Flow-based domains by border; options series and region",
        is_borders,
        parse_borders,
        ask_borders,
        window_seconds=2 * 86_400,
    ),
    Dataset("jao", "message", "Why there is no data", is_message, parse_message),
)
"""Auctions need a key of JAO; the publication tool is open."""
