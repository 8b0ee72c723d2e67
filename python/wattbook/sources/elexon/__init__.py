"""Great Britain: Elexon's Insights and NESO's data portal.

Insights writes times in UTC. The portal writes ``Datetime_GMT`` and ``DATETIME`` in UTC, where a
half-hour begins; demand forecasts name it by its local day and settlement period.
"""

from __future__ import annotations

from wattbook.sources.elexon.insights import (
    acceptance_requests,
    acceptances,
    by_fuel,
    fuel_requests,
    is_acceptances,
    is_fuel,
    is_prices,
    price_requests,
    prices,
)
from wattbook.sources.elexon.messages import is_messages, message_requests, parse_messages
from wattbook.sources.elexon.portal import is_record, portal_requests, records
from wattbook.sources.payload import Dataset

__all__ = ["DATASETS"]

DATASETS = (
    Dataset(
        "elexon",
        "acceptances",
        "bid-offer acceptances (BOALF), to table acceptance; location is a balancing unit",
        is_acceptances,
        acceptances,
        acceptance_requests,
        window_seconds=7 * 86_400,
        requests_per_minute=60.0,
    ),
    Dataset(
        "elexon",
        "message",
        "urgent market messages, to table outage; the window is that of publication",
        is_messages,
        parse_messages,
        message_requests,
        window_seconds=86_400,
        requests_per_minute=60.0,
        is_recorded=False,
    ),
    Dataset(
        "elexon",
        "fuel",
        "half-hourly generation by fuel (FUELHH)",
        is_fuel,
        by_fuel,
        fuel_requests,
        window_seconds=7 * 86_400,
        requests_per_minute=60.0,
        is_recorded=False,
    ),
    Dataset(
        "elexon",
        "system_prices",
        "imbalance prices and volumes by half-hour",
        is_prices,
        prices,
        price_requests,
        window_seconds=7 * 86_400,
        requests_per_minute=60.0,
        is_recorded=False,
    ),
    Dataset(
        "elexon",
        "neso_portal",
        "demand and wind forecasts, generation mix (option resource)",
        is_record,
        records,
        portal_requests,
        window_seconds=31 * 86_400,
        requests_per_minute=2.0,
    ),
)
"""What can be read of Elexon and NESO."""
