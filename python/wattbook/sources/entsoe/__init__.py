"""ENTSO-E Transparency Platform: market documents of IEC 62325.

Instants are UTC as published; days, weeks, months and years count on the area's own calendar.
Values that curve type A03 leaves out are filled, because by that curve type they are data.
Energy flows from the out domain (``location``) to the in domain (``counterpart``).
"""

from __future__ import annotations

import re
from functools import partial

from wattbook.sources.entsoe.ask import SECONDS_MAX, SERIES, requests
from wattbook.sources.entsoe.read import parse
from wattbook.sources.packed import head
from wattbook.sources.payload import Dataset, Payload

__all__ = ["DATASETS"]

ROOT = re.compile(rb"<(?:[\w.-]+:)?(\w+)_MarketDocument[\s>/]")
KINDS = {
    "publication": ("Publication", "Prices, exchanges and capacities"),
    "generation_load": ("GL", "Load, generation, their forecasts and installed capacity"),
    "balancing": ("Balancing", "Imbalance prices and volumes, reserves, balancing energy"),
    "configuration": ("Configuration", "Production and generation units, to table unit"),
    "critical_network_element": ("CriticalNetworkElement", "Flow-based margins and PTDFs"),
    "transmission_network": ("TransmissionNetwork", "Expansion, redispatch, countertrading"),
    "unavailability": ("Unavailability", "Outages, to table outage"),
    "acknowledgement": ("Acknowledgement", "Why there is no data, to table acknowledgement"),
}


def is_kind(root: str, payload: Payload) -> bool:
    """Return whether `payload`, or the first document in it, has the root element `root`."""
    found = ROOT.search(head(payload.content))
    return found is not None and found[1].decode() == root


def is_other(payload: Payload) -> bool:
    """Return whether `payload` is a market document that is not read."""
    found = ROOT.search(head(payload.content))
    return found is not None and found[1].decode() not in {root for root, _ in KINDS.values()}


def described(kind: str, text: str) -> str:
    """Return the description of a dataset with the series that can be asked for."""
    names = ", ".join(name for name, series in SERIES.items() if series.kind == kind)
    return f"{text}; option series: {names}" if names else text


DATASETS = (
    *(
        Dataset(
            source="entsoe",
            name=kind,
            description=described(kind, text),
            recognises=partial(is_kind, root),
            parse=parse,
            requests=partial(requests, kind) if kind != "acknowledgement" else None,
            window_seconds=SECONDS_MAX,
            requests_per_minute=400.0,
        )
        for kind, (root, text) in KINDS.items()
    ),
    Dataset("entsoe", "other", "Market documents that are set aside", is_other, parse),
)
"""By kind of document; all read plain XML and zip archives of it."""
