"""Every island speaks the words of the vocabulary, and normalization knows them."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from wattbook.ingest.normalization import Flag, Normalizer, default_table
from wattbook.sources import entsog, gie, isone, vocabulary, weather_company
from wattbook.sources.aemo.measures import OBSERVED
from wattbook.sources.catalogue import ISLANDS, datasets, recognise
from wattbook.sources.eex import MEASURES
from wattbook.sources.eia import TYPES
from wattbook.sources.elexon import insights
from wattbook.sources.entsoe.ask import SERIES
from wattbook.sources.payload import Parsed, Payload
from wattbook.sources.tabular import observations
from wattbook.sources.vocabulary import (
    AREAS,
    COMPONENT_CODES,
    COMPONENTS,
    DATASETS,
    FUEL_CODES,
    FUELS,
    SCOPES,
    TABLES,
    UNITS,
    is_dataset,
)

OWN_TABLES = {"aemo", "clearing"}
ENTSOE_ONLY = {
    "configuration", "unit", "redispatch", "countertrading", "network_expansion", "congestion_cost",
    "flow_based", "generation_unit", "wind_solar_forecast",
}  # fmt: skip
"""Series that are asked for by another name than they come under, or come as tables."""


@cache
def recorded(folder: Path) -> dict[str, tuple[str, Parsed]]:
    """What every recorded payload holds, with its island."""
    found = {}
    for path in sorted((folder / "sources").rglob("*")):
        if not path.is_file() or path.parent.name == "grib":
            continue
        payload = Payload(path.name, path.read_bytes(), address=str(path))
        dataset = recognise(payload)
        if dataset is not None:
            found[str(path)] = (dataset.source, dataset.parse(payload))
    return found


@pytest.mark.long
@pytest.mark.data
def test_what_recorded_payloads_hold_is_said_in_the_vocabulary(recorded_data: Path) -> None:
    seen = set()
    for path, (source, parsed) in recorded(recorded_data).items():
        seen.add(source)
        names = parsed.observations["dataset"].unique().to_list()
        assert [name for name in names if not is_dataset(name)] == [], path
        if source not in OWN_TABLES:
            assert set(parsed.tables) <= set(TABLES), path
    assert len(seen) >= 18


@pytest.mark.data
def test_what_was_tried_on_recorded_payloads_is_told_from_what_was_not(recorded_data: Path) -> None:
    folder = recorded_data / "sources"
    payloads = (
        Payload(path.name, path.read_bytes(), address=str(path))
        for path in folder.rglob("*")
        if path.is_file()
    )
    seen = {(found.source, found.name) for found in map(recognise, payloads) if found is not None}
    # Days of the archive are read as any other report.
    seen.add(("aemo", "daily_archive"))
    told = {(one.source, one.name): one.is_recorded for one in datasets()}
    assert {name for name, is_recorded in told.items() if is_recorded} == seen
    for one in datasets():
        assert one.is_recorded != ("documented examples only" in one.description)


@pytest.mark.data
def test_items_of_recorded_payloads_begin_with_a_fuel_or_a_component(recorded_data: Path) -> None:
    known = {"fuel": {*FUELS, *SCOPES}, "component": {*COMPONENTS}}
    services = re.compile(r"(RAISE|LOWER)(1SEC|6SEC|60SEC|5MIN|REG)")
    for path, (_, parsed) in recorded(recorded_data).items():
        pairs = parsed.observations.select("dataset", "item").unique().drop_nulls()
        for dataset, item in pairs.iter_rows():
            by = DATASETS[dataset].by
            first = item.split("/")[0]
            if by == "component" and services.fullmatch(first):
                continue
            if by == "component" and "/auction_" in item:
                continue  # An explicit auction that ENTSO-E tells as a day-ahead price.
            assert not by or first in known[by] or item == "daily", (path, dataset, item)


def declared() -> dict[str, set[str]]:
    """Datasets by island, as their tables of what they read name them."""
    return {
        "aemo": {m.dataset for table in OBSERVED.values() for m in table.measures.values()},
        "eex": {measure.dataset for measure in MEASURES.values()},
        "eia": set(TYPES.values()),
        "elexon": {measure.dataset for measure in insights.PRICES.values()},
        "entsoe": set(SERIES) - ENTSOE_ONLY - {n for n in SERIES if n.endswith("_outage")},
        "entsog": {dataset for dataset, _ in entsog.INDICATORS.values()},
        "gie": {d for d, _ in (*gie.STOCKS.values(), *gie.RATES.values(), *gie.LNG_RATES.values())}
        | set(gie.LNG_STOCKS.values()),
        "isone": {m.dataset for one in isone.LOADS.values() for m in one.measures.values()},
        "weather_company": {dataset for dataset, _ in weather_company.VARIABLES.values()},
    }


@pytest.mark.parametrize("island", declared())
def test_what_an_island_may_read_is_in_the_vocabulary(island: str) -> None:
    names = declared()[island]
    assert names
    assert sorted(names - set(DATASETS)) == []


@pytest.mark.parametrize("publisher", FUEL_CODES)
def test_every_code_of_a_fuel_means_one_of_the_fuels(publisher: str) -> None:
    for code, item in FUEL_CODES[publisher].items():
        assert item.split("/")[0] in FUELS, code


def test_every_code_of_a_component_means_one_of_the_components() -> None:
    assert set(COMPONENT_CODES.values()) <= set(COMPONENTS)


def test_a_code_that_no_table_has_stays_as_it_is_published() -> None:
    head = "Time Stamp,Time Zone,Fuel Category,Gen MW\n"
    text = head + "11/02/2025 01:30:00,EDT,Fusion,7\n11/02/2025 01:30:00,EDT,Wind,7\n"
    found = datasets("nyiso")[0].parse(Payload("f.csv", text.encode()))
    assert found.observations["item"].to_list() == ["Fusion", "wind"]


@pytest.mark.parametrize("name", [*DATASETS, *FUELS, *TABLES])
def test_names_are_small_words_with_underscores(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", name)


@pytest.mark.parametrize("island", ISLANDS)
def test_names_of_an_island_need_no_quotes(island: str) -> None:
    for dataset in datasets(island):
        assert dataset.source == island
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", dataset.name)


def test_every_unit_is_known_to_normalization() -> None:
    normalizer = Normalizer.default()
    day = 1_750_000_000_000_000_000
    known = UNITS - {"1000 m3 LNG"}  # Kept as it is, and flagged.
    frame = observations(
        {
            "dataset": [f"made_up_{place}" for place in range(len(known))],
            "location": "FR",
            "delivery_start": day,
            "delivery_end": day + 3_600 * 10**9,
            "value": 1.0,
            "unit": sorted(known),
            "place": list(range(len(known))),
        },
        len(known),
    )
    found = normalizer.apply(frame, source="test", ts_recv=day)
    assert found.quarantined == ()
    unknown = found.rows.filter((pl.col("flags") & Flag.UNKNOWN_UNIT) != 0)
    assert unknown["unit"].to_list() == []


def test_every_area_is_a_place_of_normalization() -> None:
    names = {line.split(",")[0] for line in default_table("locations.csv").splitlines()}
    assert names >= AREAS


@pytest.mark.parametrize(
    ("short_name", "unit", "value", "kept", "kept_unit"),
    [
        ("orography", "m", 812.0, 812.0, "m"),
        ("significant_height_of_wind_waves", "m", 2.5, 2.5, "m"),
        ("total_precipitation", "m", 0.002, 2.0, "mm"),
        ("total_precipitation", "kg m**-2", 2.0, 2.0, "mm"),
        ("snowfall", "cm", 3.0, 30.0, "mm"),
        ("visibility", "km", 12.0, 12_000.0, "m"),
    ],
)
def test_heights_are_kept_in_metres_and_rain_in_millimetres(
    short_name: str, unit: str, value: float, kept: float, kept_unit: str
) -> None:
    start = 1_750_000_000_000_000_000
    frame = observations(
        {
            "dataset": short_name,
            "location": "Frankfurt",
            "delivery_start": start,
            "delivery_end": start,
            "value": value,
            "unit": unit,
            "place": 0,
        },
        1,
    )
    found = Normalizer.default().apply(frame, source="ecmwf", ts_recv=start)
    assert found.quarantined == ()
    row = found.rows.row(0, named=True)
    assert (row["unit"], row["value"]) == (kept_unit, pytest.approx(kept))


def test_a_gas_indicator_that_is_not_known_is_set_aside() -> None:
    row = {
        "indicator": "Phase of the moon",
        "periodFrom": "2026-05-06T06:00:00+02:00",
        "periodTo": "2026-05-07T06:00:00+02:00",
        "operatorKey": "A",
        "pointKey": "P",
        "directionKey": "exit",
        "unit": "kWh/d",
        "value": 1,
    }
    found = entsog.DATASETS[0].parse(
        Payload("x", json.dumps({"operationalData": [row, {**row, "indicator": "GCV"}]}).encode())
    )
    assert found.observations["dataset"].to_list() == ["gas_calorific_value"]
    assert "indicator 'Phase of the moon' is none of Physical Flow" in found.quarantined[0].reason


def test_the_pages_list_every_dataset_and_fuel() -> None:
    docs = Path(__file__).parents[3] / "docs"
    page = (docs / "vocabulary.md").read_text(encoding="utf-8")
    missing = [
        name for name in (*DATASETS, *FUELS, *COMPONENTS, *TABLES) if f"`{name}`" not in page
    ]
    assert missing == []
    assert vocabulary.__doc__
