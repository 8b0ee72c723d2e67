"""News and outage messages as inputs of forecasts, each as it was known at an instant."""

from wattbook.forecast.news.counts import NewsInputs, news_inputs
from wattbook.forecast.news.events import NewsEvent, news_events
from wattbook.forecast.news.outages import capacity_at_risk
from wattbook.forecast.news.sentiment import price_pressure

__all__ = [
    "NewsEvent",
    "NewsInputs",
    "capacity_at_risk",
    "news_events",
    "news_inputs",
    "price_pressure",
]
