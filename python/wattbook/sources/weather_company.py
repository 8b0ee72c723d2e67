"""The Weather Company: hourly forecasts of its REST interface v3.

An answer has an array for each variable, all as long as ``validTimeUtc``. Units are metric
(``units=m``), which the request asks for; the place is not in the answer but in its address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from wattbook.errors import InputError
from wattbook.sources.clock import HOUR, SECOND
from wattbook.sources.json import gather, number, records
from wattbook.sources.payload import OBSERVATION_COLUMNS, Dataset, Parsed, Payload, Query, Request
from wattbook.sources.tabular import table

__all__ = ["DATASETS", "VARIABLES"]

ROOT = "https://api.weather.com/v3/wx/forecast/hourly"

VARIABLES = {
    "temperature": ("2_metre_temperature", "degC"),
    "temperatureDewPoint": ("2_metre_dewpoint_temperature", "degC"),
    "temperatureFeelsLike": ("apparent_temperature", "degC"),
    "relativeHumidity": ("2_metre_relative_humidity", "%"),
    "cloudCover": ("total_cloud_cover", "%"),
    "windSpeed": ("10_metre_wind_speed", "km/h"),
    "windGust": ("10_metre_wind_gust", "km/h"),
    "windDirection": ("10_metre_wind_direction", "deg"),
    "precipChance": ("precipitation_probability", "%"),
    "qpf": ("total_precipitation", "mm"),
    "qpfSnow": ("snowfall", "cm"),
    "uvIndex": ("uv_index", "1"),
    "pressureMeanSeaLevel": ("mean_sea_level_pressure", "hPa"),
    "visibility": ("visibility", "km"),
}
"""Dataset and unit by the name of an array; of rain and snow the hour's sum, else the hour's
beginning."""
SUMS = frozenset({"total_precipitation", "snowfall", "precipitation_probability"})


def _parse(payload: Payload) -> Parsed:
    place = re.search(r"(?:geocode|icaoCode|placeid)=([^&]+)", payload.address)
    location = unquote(place[1]) if place else payload.name.rsplit(".", 1)[0]

    def build(record: dict[str, Any]) -> Iterator[dict[str, Any]]:
        times = [_time(value) for value in record["validTimeUtc"]]
        for key, (dataset, unit) in VARIABLES.items():
            if key not in record:
                continue
            values = record[key]
            if len(values) != len(times):
                message = f"{key} has {len(values)} values for {len(times)} hours"
                raise ValueError(message)
            for start, value in zip(times, values, strict=True):
                yield {
                    "dataset": dataset,
                    "location": location,
                    "delivery_start": start,
                    "delivery_end": start + HOUR if dataset in SUMS else start,
                    "value": number(value),
                    "unit": unit,
                }

    rows, aside = gather(records(payload.content), build)
    return Parsed(table(OBSERVATION_COLUMNS, rows), {}, tuple(aside))


def _time(value: Any) -> int:  # noqa: ANN401 - whatever JSON holds
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**33:
        message = f"{value!r} are no seconds since 1970"
        raise ValueError(message)
    return value * SECOND


def _recognises(payload: Payload) -> bool:
    head = payload.content[:65_536].lstrip()
    return head.startswith(b"{") and b'"validTimeUtc"' in payload.content


def _requests(query: Query) -> Iterator[Request]:
    if not re.fullmatch(r"-?\d+(\.\d+)?,-?\d+(\.\d+)?", query.location):
        message = f"location {query.location!r} is no latitude,longitude such as 50.11,8.68"
        raise InputError(message)
    yield Request(
        f"{ROOT}/{query.options.get('days', '15')}day",
        {"geocode": query.location, "format": "json", "units": "m", "language": "en-US"},
        credential="WEATHER_COMPANY_API_KEY",
        credential_place="query:apiKey",
    )


DATASETS = (
    Dataset(
        source="weather_company",
        name="hourly",
        description="hourly forecast; location is latitude,longitude; option days (2 or 15)",
        recognises=_recognises,
        parse=_parse,
        requests=_requests,
        is_recorded=False,
    ),
)
