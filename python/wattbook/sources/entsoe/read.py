"""Market documents to rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattbook import _core
from wattbook.sources import xml
from wattbook.sources.packed import parse_members
from wattbook.sources.payload import Parsed, Payload, Quarantined

if TYPE_CHECKING:
    import polars as pl

__all__ = ["parse"]

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

    Tables beside the observations: ``outage`` (a span with one available power a row), ``unit``
    (master data as text), ``acknowledgement`` (why there is no data) and ``reason`` (what other
    documents give as one, by their series).
    """
    return parse_members(payload, parse_document)


def parse_document(payload: Payload) -> Parsed:
    """Return the rows of one market document."""
    import polars as pl  # noqa: PLC0415 - islands are listed without it

    kind, observations, outages, reasons, faults = _core.iec62325_decode(payload.content)
    quarantined = tuple(
        Quarantined(
            place, offset, reason, payload.content[offset : min(end, offset + xml.RAW_BYTES_MAX)]
        )
        for place, offset, end, reason in faults
    )
    tables: dict[str, pl.DataFrame] = {}
    if len(outages):
        tables["outage"] = pl.DataFrame(outages)
    if kind == "Acknowledgement":
        tables["acknowledgement"] = pl.DataFrame(reasons)
    elif len(reasons):
        tables["reason"] = pl.DataFrame(reasons)
    if kind == "Configuration":
        # A fault of the document is among those above already.
        units = xml.rows(payload.content, "/Configuration_MarketDocument/TimeSeries", UNIT_FIELDS)
        tables["unit"] = units.frame.drop("path")
    return Parsed(pl.DataFrame(observations), tables, quarantined)
