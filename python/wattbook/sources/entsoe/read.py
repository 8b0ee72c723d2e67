"""Market documents to rows."""

from __future__ import annotations

import polars as pl

from wattbook import _core
from wattbook.sources import xml
from wattbook.sources.packed import parse_members
from wattbook.sources.payload import Parsed, Payload, aside
from wattbook.sources.tables import outages as to_outages
from wattbook.sources.vocabulary import FUELS

__all__ = ["parse"]

UNAVAILABILITY = {"A53": "Planned", "A54": "Unplanned"}
STATUS = {"A05": "Active", "A09": "Cancelled", "A13": "Withdrawn"}
UNIT_FIELDS = {
    "series": "mRID",
    "business_type": "businessType",
    "implemented": "implementation_DateAndOrTime.date",
    "location": "biddingZone_Domain.mRID",
    "control_area": "ControlArea_Domain/mRID",
    "provider": "Provider_MarketParticipant/mRID",
    "resource": "registeredResource.mRID",
    "resource_name": "registeredResource.name",
    "site": "registeredResource.location.name",
    "psr_type": "MktPSRType/psrType",
    "nominal": "MktPSRType/nominalIP_PowerSystemResources.nominalP",
    "nominal_unit": "MktPSRType/nominalIP_PowerSystemResources.nominalP/@unit",
    "voltage": "MktPSRType/production_PowerSystemResources.highVoltageLimit",
    "voltage_unit": "MktPSRType/production_PowerSystemResources.highVoltageLimit/@unit",
    "generators": "MktPSRType/GeneratingUnit_PowerSystemResources/mRID",
    "generators_nominal": "MktPSRType/GeneratingUnit_PowerSystemResources/nominalP",
    "mrid": "../mRID",
    "created": "../createdDateTime",
}


def parse(payload: Payload) -> Parsed:
    """Return the rows of a market document, or of a zip archive of them.

    Tables beside the observations: ``outage`` (`wattbook.sources.tables`), ``unit``
    (master data as text), ``acknowledgement`` (why there is no data) and ``reason`` (what other
    documents give as one, by their series).
    """
    return parse_members(payload, parse_document)


def parse_document(payload: Payload) -> Parsed:
    """Return the rows of one market document."""
    kind, observations, outages, reasons, faults = _core.iec62325_decode(payload.content)
    quarantined = tuple(
        aside(payload.content, reason, place, offset, end) for place, offset, end, reason in faults
    )
    tables: dict[str, pl.DataFrame] = {}
    if len(outages):
        tables["outage"] = outage_table(pl.DataFrame(outages), pl.DataFrame(reasons))
    if kind == "Acknowledgement":
        tables["acknowledgement"] = pl.DataFrame(reasons)
    elif len(reasons):
        tables["reason"] = pl.DataFrame(reasons)
    if kind == "Configuration":
        # A fault of the document is among those above already.
        units = xml.rows(payload.content, "/Configuration_MarketDocument/TimeSeries", UNIT_FIELDS)
        tables["unit"] = units.frame.drop("path")
    return Parsed(pl.DataFrame(observations), tables, quarantined)


def outage_table(found: pl.DataFrame, reasons: pl.DataFrame) -> pl.DataFrame:
    """Return outages in the columns that all publishers share.

    A piece is a span with one available power. The location of a link is ``FROM>TO``; reasons of
    the document and of the series stand together.
    """
    told: dict[str | None, list[tuple[str | None, str | None]]] = {}
    for series, code, text in reasons.select("series", "code", "text").iter_rows():
        told.setdefault(series, []).append((code, text))

    def joined(part: int) -> list[str | None]:
        each = [
            [one[part] for one in (*told.get(None, ()), *told.get(series, ())) if one[part]]
            for series in found["series"]
        ]
        return ["; ".join(str(one) for one in ones) or None for ones in each]

    border = pl.concat_str("location", "counterpart", separator=">")
    frame = found.select(
        pl.col("mrid").alias("message"),
        pl.col("revision", "ts_event"),
        pl.col("status").replace(STATUS),
        pl.col("document_type").alias("message_type"),
        pl.col("business_type").replace(UNAVAILABILITY).alias("unavailability"),
        pl.col("resource_name").alias("asset"),
        pl.col("psr_type").alias("asset_type"),
        pl.when(pl.col("psr_type").is_in(list(FUELS))).then("psr_type").alias("fuel"),
        pl.coalesce("unit_resource", "resource").alias("unit_eic"),
        pl.coalesce(border, "location").alias("location"),
        pl.col("event_start", "event_end"),
        pl.col("delivery_start").alias("capacity_start"),
        pl.col("delivery_end").alias("capacity_end"),
        pl.col("nominal").alias("normal"),
        pl.col("available"),
        pl.col("unit").alias("capacity_unit"),
        pl.lit(0).alias("place"),
        pl.int_range(pl.len()).alias("step"),
    )
    texts = (
        pl.Series(name, joined(part), pl.String) for part, name in enumerate(("cause", "remarks"))
    )
    return to_outages(frame.with_columns(*texts))
