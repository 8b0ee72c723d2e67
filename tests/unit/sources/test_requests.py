"""Every dataset that can be fetched asks in a way that the fetcher can carry out."""

from __future__ import annotations

import re
from itertools import islice
from urllib.parse import urlsplit

import pytest

from wattbook.errors import InputError
from wattbook.sources.catalogue import datasets
from wattbook.sources.fetch import windows
from wattbook.sources.fetch.cache import request_key
from wattbook.sources.payload import Dataset, Query, Request

DAY = 86_400_000_000_000
START = 1_743_292_800_000_000_000  # 2025-03-30T00:00Z
LOCATIONS = {
    "entsoe": "10Y1001A1001A82H",
    "entsoe transmission_network": "10YFR-RTE------C>10YBE----------2",
    "rss": "https://news.example.org/feed",
}
"""What a source cannot be asked without."""
FETCHED = [dataset for dataset in datasets() if dataset.requests is not None]


@pytest.mark.parametrize("dataset", FETCHED, ids=lambda found: f"{found.source}-{found.name}")
def test_its_requests_are_whole_and_hold_no_key(dataset: Dataset) -> None:
    assert dataset.requests is not None
    series = re.search(r"option series: (\w+)", dataset.description)
    options = {"series": series[1]} if series else {}
    location = LOCATIONS.get(f"{dataset.source} {dataset.name}", LOCATIONS.get(dataset.source, ""))
    query = Query(START, START + DAY, location, options)
    found: list[Request] = []
    refusal = ""
    try:
        for window in islice(windows(query, dataset.window_seconds), 3):
            found += islice(dataset.requests(window), 20)
    except InputError as fault:
        refusal = str(fault)
    # A source that cannot be asked so says what it needs.
    assert found or re.search("location|option|give", refusal), refusal or "nothing is requested"
    for request in found:
        parts = urlsplit(request.url)
        assert (parts.scheme, parts.query, parts.username) == ("https", "", None), request.url
        kind, _, name = request.credential_place.partition(":")
        assert bool(request.credential) == bool(request.credential_place)
        if request.credential:
            assert kind in ("query", "header")
            assert name not in request.parameters
            assert name not in request.headers
            assert request.credential.isupper()
    keys = [request_key(request) for request in found]
    assert len(keys) == len(set(keys)), "the same request twice"


def test_names_within_a_source_are_its_own() -> None:
    names = [(dataset.source, dataset.name) for dataset in datasets()]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("dataset", datasets(), ids=lambda found: f"{found.source}-{found.name}")
def test_it_says_what_it_is_and_how_often_it_may_be_asked(dataset: Dataset) -> None:
    assert dataset.description
    assert dataset.requests_per_minute > 0
    assert dataset.window_seconds >= 0
