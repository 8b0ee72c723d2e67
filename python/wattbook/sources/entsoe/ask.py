"""Requests of the Transparency Platform's REST API.

A request covers at most one year, and 400 a minute are allowed. Outages come by the 200: where
an answer holds 200 documents, ask again with option ``offset`` 200, 400, … up to 4,800.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from wattbook.errors import InputError
from wattbook.sources.clock import SECOND, shown
from wattbook.sources.payload import Query, Request

__all__ = ["SECONDS_MAX", "SERIES", "Series", "requests"]

MINUTE = "%Y%m%d%H%M"
"""An instant as the API takes it, UTC."""
ADDRESS = "https://web-api.tp.entsoe.eu/api"
CREDENTIAL = "ENTSOE_SECURITY_TOKEN"
SECONDS_MAX = 365 * 86_400
ZONE = ("in_Domain", "out_Domain")
LOAD = ("outBiddingZone_Domain",)
AREA = ("in_Domain",)
BIDDING = ("biddingZone_Domain",)
CONTROL = ("controlArea_Domain",)


@dataclass(frozen=True, slots=True)
class Series:
    """What can be asked for.

    Parameters
    ----------
    kind : str
        The dataset that answers.
    document : str
        Code of the document type.
    domains : tuple of str
        Parameters that take the location; empty for a border, whose location is ``FROM>TO``.
    process : str
        Code of the process type; empty for none.
    more : mapping of str to str
        Further parameters; a query's options of the same name replace them.
    """

    kind: str
    document: str
    domains: tuple[str, ...] = ()
    process: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


DAILY = {"contract_MarketAgreement.Type": "A01"}
SERIES: Mapping[str, Series] = {
    "day_ahead_price": Series("publication", "A44", ZONE, more=DAILY),
    "scheduled_exchange": Series("publication", "A09", more=DAILY),
    "physical_flow": Series("publication", "A11"),
    "transfer_capacity": Series("publication", "A61", more=DAILY),
    "offered_capacity": Series("publication", "A31", more={**DAILY, "auction.Type": "A01"}),
    "allocated_capacity": Series("publication", "A25", more={**DAILY, "businessType": "B05"}),
    "load": Series("generation_load", "A65", LOAD, "A16"),
    "load_forecast": Series("generation_load", "A65", LOAD, "A01"),
    "load_forecast_margin": Series("generation_load", "A70", LOAD, "A33"),
    "generation": Series("generation_load", "A75", AREA, "A16"),
    "generation_unit": Series("generation_load", "A73", AREA, "A16"),
    "generation_forecast": Series("generation_load", "A71", AREA, "A01"),
    "wind_solar_forecast": Series("generation_load", "A69", AREA, "A01"),
    "installed_capacity": Series("generation_load", "A68", AREA, "A33"),
    "reservoir_filling": Series("generation_load", "A72", AREA, "A16"),
    "imbalance_price": Series("balancing", "A85", CONTROL),
    "imbalance_volume": Series("balancing", "A86", CONTROL),
    "activated_balancing_price": Series("balancing", "A84", CONTROL, "A16"),
    "unit": Series("configuration", "A95", ("BiddingZone_Domain",), more={"businessType": "B11"}),
    "flow_based": Series("critical_network_element", "B11", ZONE, "A01"),
    "redispatch": Series("transmission_network", "A63", more={"businessType": "A85"}),
    "countertrading": Series("transmission_network", "A91"),
    "network_expansion": Series("transmission_network", "A90"),
    "congestion_cost": Series("transmission_network", "A92", ZONE),
    "generation_outage": Series("unavailability", "A80", BIDDING),
    "production_outage": Series("unavailability", "A77", BIDDING),
    "consumption_outage": Series("unavailability", "A76", BIDDING),
    "transmission_outage": Series("unavailability", "A78"),
}
"""By the value of option ``series``."""


def requests(kind: str, query: Query) -> Iterator[Request]:
    """Return the requests for a series of documents of `kind`.

    Options: ``series`` (of `SERIES`) and any parameter of the API under its own name, such as
    ``processType``, ``psrType`` or ``offset``. The location is an EIC, for borders ``FROM>TO``.

    Raises
    ------
    InputError
        If the series is unknown, or the location does not fit.
    """
    options = dict(query.options)
    name = options.pop("series", "")
    series = SERIES.get(name)
    if series is None or series.kind != kind:
        known = ", ".join(each for each, one in SERIES.items() if one.kind == kind)
        message = f"{kind} has no series {name!r}; set option series to one of {known}"
        raise InputError(message)
    parameters = {"documentType": series.document}
    if series.process:
        parameters["processType"] = series.process
    parameters |= places(name, series, query.location) | dict(series.more) | options
    step = SECONDS_MAX * SECOND
    for start in range(query.start, query.end, step):
        end = min(start + step, query.end)
        yield Request(
            ADDRESS,
            parameters | {"periodStart": shown(start, MINUTE), "periodEnd": shown(end, MINUTE)},
            credential=CREDENTIAL,
            credential_place="query:securityToken",
        )


def places(name: str, series: Series, location: str) -> dict[str, str]:
    """Return the parameters that say where."""
    if series.domains:
        if not location or ">" in location:
            message = f"{name} is of one area; give its EIC as location, not {location!r}"
            raise InputError(message)
        return dict.fromkeys(series.domains, location)
    exporting, _, importing = location.partition(">")
    if not exporting or not importing:
        message = f"{name} is of a border; give its EICs as location FROM>TO, not {location!r}"
        raise InputError(message)
    return {"out_Domain": exporting, "in_Domain": importing}
