"""Refinitiv, now LSEG Data and Analytics: price histories and headlines.

Two ways lead to the same rows: the REST interface of the data platform, and a client of LSEG's
package ``lseg-data`` (or its forerunner ``refinitiv-data``), which the caller opens and hands in;
any object with the methods of `Client` will do. A day is the exchange's, as if it were UTC.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from wattbook.errors import InputError
from wattbook.sources.clock import DAY, shown, wall
from wattbook.sources.json import gather, number, records
from wattbook.sources.payload import OBSERVATION_COLUMNS, Dataset, Parsed, Payload, Query, Request
from wattbook.sources.tabular import table

__all__ = ["DATASETS", "Client", "Frame", "history"]

ROOT = "https://api.refinitiv.com/data/historical-pricing/v1/views/interday-summaries"


class Frame(Protocol):
    """What a frame of pandas is asked for."""

    def to_json(self, *, orient: str, date_format: str) -> Any:  # noqa: ANN401 - a text
        """Return the frame as JSON."""


class Client(Protocol):
    """What the module ``lseg.data`` is asked for, its session open."""

    def get_history(
        self,
        universe: str,
        fields: list[str],
        interval: str,
        start: str,
        end: str,
    ) -> Any:  # noqa: ANN401 - a `Frame`
        """Return a frame with a row a day and a column a field."""


def history(client: Client, instrument: str, fields: Sequence[str], query: Query) -> Payload:
    """Return the daily history of `instrument`, by ``get_history``.

    Parameters
    ----------
    client : Client
        The module ``lseg.data`` with a session open.
    instrument : str
        RIC.
    fields : sequence of str
        ``TRDPRC_1``, ``SETTLE``, …
    query : Query
        Its span gives first and last day.

    Returns
    -------
    Payload
        The frame as JSON, named by the instrument.
    """
    found: Frame = client.get_history(
        universe=instrument,
        fields=list(fields),
        interval="daily",
        start=shown(query.start, "%Y-%m-%d"),
        end=shown(query.end - 1, "%Y-%m-%d"),
    )
    frame = json.loads(found.to_json(orient="split", date_format="iso"))
    content = json.dumps({"lsegHistory": {"universe": {"ric": instrument}, **frame}}).encode()
    return Payload(f"{instrument}.json", content, address=f"lseg.data:{instrument}")


def _parse(payload: Payload) -> Parsed:
    keys = ("lsegHistory",) if b'"lsegHistory"' in payload.content[:64] else ()
    rows, aside = gather(records(payload.content, *keys), _rows)
    return Parsed(table(OBSERVATION_COLUMNS, rows), {}, tuple(aside))


def _rows(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the values of one instrument, from either form of answer."""
    status = record.get("status")
    if isinstance(status, dict) and "data" not in record:
        message = f"{status.get('code')}: {status.get('message')}"
        raise ValueError(message)
    instrument = str(record["universe"]["ric"])
    if "headers" in record:
        names = [str(header["name"]) for header in record["headers"]]
        dates = [str(row[names.index("DATE")]) for row in record["data"]]
    else:
        names = [str(name) for name in record["columns"]]
        dates = [str(date) for date in record["index"]]
    for date, row in zip(dates, record["data"], strict=True):
        day = dt.date.fromisoformat(date[:10])
        start = wall(day)
        for name, value in zip(names, row, strict=True):
            if name != "DATE":
                yield {
                    "dataset": "vendor_field",
                    "item": name,
                    "location": instrument,
                    "delivery_start": start,
                    "delivery_end": start + DAY,
                    "value": number(value),
                }


def _recognises(payload: Payload) -> bool:
    head = payload.content[:2_048]
    return b'"lsegHistory"' in head[:64] or (
        b'"universe"' in head and b'"ric"' in head and b'"headers"' in head
    )


def _requests(query: Query) -> Iterator[Request]:
    if not query.location:
        message = "refinitiv needs a location: the RIC of an instrument"
        raise InputError(message)
    span = {
        "start": shown(query.start, "%Y-%m-%d"),
        "end": shown(query.end - 1, "%Y-%m-%d"),
        "interval": "P1D",
    }
    fields = {"fields": query.options["fields"]} if "fields" in query.options else {}
    yield Request(
        f"{ROOT}/{query.location}",
        {**span, **fields},
        credential="LSEG_AUTHORIZATION",
        credential_place="header:Authorization",
    )


DATASETS = (
    Dataset(
        source="refinitiv",
        name="history",
        description="daily values; location is a RIC, option fields; the variable "
        "LSEG_AUTHORIZATION holds the word Bearer and the token",
        recognises=_recognises,
        parse=_parse,
        requests=_requests,
        requests_per_minute=120.0,
        is_recorded=False,
    ),
)
