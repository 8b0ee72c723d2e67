"""Urgent market messages by REMIT, as Elexon delivers them.

The pair of ``mrid`` and ``revisionNumber`` is not unique, and a lower revision may be published
after a higher one: nothing is dropped, and rows stand in the order of publication. An answer spans
one day of publication at most.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from wattbook.sources.elexon.insights import ADDRESS, row_path, written
from wattbook.sources.json import rows
from wattbook.sources.payload import Parsed, Payload, Quarantined, Query, Request
from wattbook.sources.tables import outages
from wattbook.sources.tabular import Rows, tables_only
from wattbook.sources.vocabulary import FUEL_CODES

__all__ = ["is_messages", "message_requests", "parse_messages"]

TEXTS = {
    "mrid": "message",
    "eventStatus": "status",
    "messageType": "message_type",
    "eventType": "event_type",
    "unavailabilityType": "unavailability",
    "participantId": "participant",
    "assetId": "asset",
    "assetType": "asset_type",
    "affectedUnit": "unit",
    "affectedUnitEIC": "unit_eic",
    "biddingZone": "location",
    "cause": "cause",
}
"""Columns of outages by the field that is taken as it is."""
TIMES = {
    "publishTime": "ts_event",
    "createdTime": "created",
    "eventStartTime": "event_start",
    "eventEndTime": "event_end",
}
NUMBERS = {
    "normalCapacity": "normal",
    "availableCapacity": "available",
    "unavailableCapacity": "unavailable",
}
STEP = {
    "startTime": "instant?",
    "endTime": "instant?",
    "capacity": "number or text?",
}


def is_messages(payload: Payload) -> bool:
    """Return whether `payload` holds urgent market messages."""
    start = payload.content[:8_000]
    return b'"mrid"' in start and b'"revisionNumber"' in start and b'"eventStatus"' in start


def parse_messages(payload: Payload) -> Parsed:
    """Return messages as table ``outage``, one row for each step of a message's profile.

    In a step ``available`` is the profile's capacity and ``unavailable`` what is missing from the
    normal one; without a profile the message's own capacities hold for the whole event. ``remarks``
    joins heading and related information. Capacities are MW.
    """
    content = payload.content
    read = messages(content)
    profile, wrong = steps(content, read)
    joined = read.frame.join(profile, on="offset", how="left", maintain_order="left_right")
    has_step = pl.col("step").is_not_null()
    columns = joined.select(
        *(pl.col(field).alias(name) for field, name in (TEXTS | TIMES).items()),
        pl.col("revisionNumber").cast(pl.Int32, strict=False).alias("revision"),
        pl.coalesce("startTime", "eventStartTime").alias("capacity_start"),
        pl.coalesce("endTime", "eventEndTime").alias("capacity_end"),
        pl.col("normalCapacity").alias("normal"),
        pl.when(has_step).then("capacity").otherwise("availableCapacity").alias("available"),
        pl.when(has_step)
        .then(pl.col("normalCapacity") - pl.col("capacity"))
        .otherwise("unavailableCapacity")
        .alias("unavailable"),
        pl.concat_str("messageHeading", "relatedInformation", separator="\n", ignore_nulls=True)
        .replace("", None)
        .alias("remarks"),
        pl.lit("MW").alias("capacity_unit"),
        pl.col("fuelType").replace(FUEL_CODES["remit"]).alias("fuel"),
        "place",
        "step",
    )
    return tables_only({"outage": outages(columns)}, (*read.quarantined, *wrong))


def messages(content: bytes) -> Rows:
    """Return the messages of an answer, one row each."""
    texts = (*TEXTS, "fuelType", "messageHeading", "relatedInformation")
    fields = dict.fromkeys(texts, "text?") | dict.fromkeys(TIMES, "instant?")
    fields |= dict.fromkeys(NUMBERS, "number or text?") | {"revisionNumber": "whole?"}
    fields |= {"mrid": "text", "publishTime": "instant"}
    return rows(content, row_path(content), fields)


def steps(content: bytes, read: Rows) -> tuple[pl.DataFrame, tuple[Quarantined, ...]]:
    """Return the steps of all profiles with their message's ``offset``, and those set aside."""
    found = rows(content, f"{row_path(content)}/outageProfile/*", STEP)
    # A step belongs to the last message that begins before it, be that one sound or not.
    begins = np.sort([*read.frame["offset"].to_list(), *(part.offset for part in read.quarantined)])
    owner = np.searchsorted(begins, found.frame["offset"].to_numpy(), side="right") - 1
    offsets = begins[owner] if owner.size else np.zeros(0, np.int64)
    frame = found.frame.select(*STEP, pl.Series("offset", offsets, dtype=pl.Int64)).with_columns(
        (pl.col("offset").cum_count().over("offset") - 1).cast(pl.Int32).alias("step")
    )
    wrong = tuple(
        part
        for part in found.quarantined
        if part.place != "payload" and not part.reason.startswith("there is no ")
    )
    return frame, wrong


def message_requests(query: Query) -> Iterator[Request]:
    """Yield the request for the messages that were published in the window, one day at most."""
    yield Request(
        f"{ADDRESS}/datasets/REMIT",
        {
            "publishDateTimeFrom": written(query.start),
            "publishDateTimeTo": written(query.end),
            "format": "json",
        },
    )
