"""Requests are counted by the minute, so that a rule of alerts can look back."""

from __future__ import annotations

from wattbook.api.histogram import Requests


def test_minutes_without_requests_are_counted_as_none() -> None:
    now = 0.0
    requests = Requests(wall=lambda: now)
    assert requests.by_minute() == []
    for at, status in ((30.0, 200), (59.0, 500), (60.0, 404), (200.0, 503)):
        now = at
        requests.count("GET", "/v1/run", status, 0.001)
    assert requests.by_minute() == [(1, 1), (0, 0), (1, 0), (2, 1)]
    now = 10 * 24 * 3_600.0
    assert len(requests.by_minute()) == 1_440
    assert not any(answered for answered, _ in requests.by_minute())
