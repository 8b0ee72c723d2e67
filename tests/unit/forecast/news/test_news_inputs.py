"""News become events once, and no input knows what was published later."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.errors import ForecastError
from wattbook.forecast.news import capacity_at_risk, news_events, news_inputs, price_pressure
from wattbook.sources import rss
from wattbook.sources.payload import Payload
from wattbook.sources.tables import outages

HOUR = 3_600 * 10**9
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Grid</title>
<item><guid>a</guid><title>French nuclear reactor tripped, power prices jump</title>
<pubDate>Mon, 01 Jan 2024 06:00:00 GMT</pubDate></item>
<item><guid>b</guid><title>Nuclear reactor tripped: French power prices jump</title>
<pubDate>Mon, 01 Jan 2024 07:00:00 GMT</pubDate></item>
<item><guid>c</guid><title>Mild and windy week eases German gas demand</title>
<pubDate>Mon, 01 Jan 2024 08:00:00 GMT</pubDate></item>
<item><guid>a</guid><title>Reactor back: a quite different headline</title>
<pubDate>Mon, 01 Jan 2024 09:00:00 GMT</pubDate></item>
</channel></rss>"""


def instant(text: str) -> int:
    return int(np.datetime64(text, "ns").astype(np.int64))


def stories() -> pl.DataFrame:
    return rss.DATASETS[0].parse(Payload("feed.xml", FEED.encode())).tables["news"]


def test_a_feed_becomes_events_that_are_tagged_linked_and_told_once() -> None:
    first, second = news_events(stories())
    assert (first.message, second.message) == ("a", "c")
    assert len(first.told_at) == 3
    assert first.places == ("FR",)
    assert {"power", "nuclear"} <= set(first.commodities)
    assert "outage" in first.topics
    assert first.pressure > 0.5
    assert second.places == ("DE-LU",)
    assert second.pressure < -0.5


@given(cut=st.integers(0, 40), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_later_news_change_no_input(cut: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    heads = np.array(["Strike at gas field", "Mild week", "Reactor restart", "Cold snap", "Glut"])

    def table(numbers: np.ndarray) -> pl.DataFrame:
        return pl.DataFrame(
            {
                "message": [f"m{number}" for number in range(40)],
                "ts_event": np.arange(40) * HOUR,
                "headline": heads[numbers].tolist(),
                "summary": [None] * 40,
                "subject": [None] * 40,
            }
        )

    numbers = rng.integers(0, 5, 40)
    other = numbers.copy()
    other[cut:] = rng.permutation(other[cut:])
    as_of = np.arange(cut) * HOUR
    one, two = (news_inputs(news_events(table(each)), as_of) for each in (numbers, other))
    assert np.array_equal(one.events, two.events)
    assert np.array_equal(one.stories, two.stories)
    assert np.array_equal(one.pressure, two.pressure)


def test_inputs_count_what_is_asked_for() -> None:
    events = news_events(stories())
    as_of = np.array([instant("2024-01-01T05:00"), instant("2024-01-01T08:30")])
    assert news_inputs(events, as_of).events.tolist() == [0.0, 2.0]
    assert news_inputs(events, as_of, place="FR").stories.tolist() == [0.0, 2.0]
    assert news_inputs(events, as_of, commodity="gas", hours=0.1).events.tolist() == [0.0, 0.0]
    with pytest.raises(ForecastError, match="length above zero"):
        news_inputs(events, as_of, hours=0.0)


def test_a_negation_turns_a_text_round() -> None:
    assert price_pressure("no shortage of gas") < 0.0 < price_pressure("shortage of gas")
    assert price_pressure("") == 0.0


def test_capacity_at_risk_follows_revisions_as_they_became_known() -> None:
    table = outages(
        pl.DataFrame(
            {
                "message": ["x", "x", "y", "z", "x"],
                "revision": [1, 2, 1, 1, 3],
                "ts_event": [1 * HOUR, 3 * HOUR, 2 * HOUR, 2 * HOUR, 9 * HOUR],
                "status": ["Active", "Active", "Active", "Active", "Dismissed"],
                "location": ["FR", "FR", "DE-LU", "FR", "FR"],
                "event_start": [5 * HOUR] * 5,
                "event_end": [8 * HOUR, 8 * HOUR, 8 * HOUR, None, 8 * HOUR],
                "unavailable": [400.0, 250.0, 100.0, None, 250.0],
                "capacity_unit": ["MW", "MW", "MAW", "MW", "MW"],
            }
        )
    )
    start = np.array([4, 5, 7, 8]) * HOUR

    def at(hour: int, location: str | None = None) -> list[float]:
        made = capacity_at_risk(table, start, hour * HOUR, location=location)
        return [float(each) for each in made]

    assert at(0) == [0.0, 0.0, 0.0, 0.0]
    assert at(1) == [0.0, 400.0, 400.0, 0.0]
    assert at(3) == [0.0, 350.0, 350.0, 0.0]
    assert at(3, "FR") == [0.0, 250.0, 250.0, 0.0]
    assert at(9, "FR") == [0.0, 0.0, 0.0, 0.0]
