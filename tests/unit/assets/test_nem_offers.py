"""Ten-band offers: rules, rebids, and the tables of AEMO as they were recorded."""

import csv
import datetime as dt
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wattbook.assets.nem_offers import (
    BANDS,
    PERIODS,
    DayOffer,
    PeriodOffers,
    bands_of,
    broken_rules,
    read_tables,
    rebid,
    write_tables,
)
from wattbook.errors import InputError

WRITTEN = dt.datetime(2026, 5, 8)  # noqa: DTZ001 - AEMO's clock has no zone
OFFERED = dt.datetime(2026, 4, 28, 11)  # noqa: DTZ001
TRIPPED = dt.datetime(2026, 4, 29, 14, 7)  # noqa: DTZ001
PRICES = (-1_000.0, -100.0, 0.0, 25.5, 50.0, 75.0, 100.0, 300.0, 5_000.0, 20_300.0)


def recorded(data: Path, table: str) -> bytes:
    name = f"PUBLIC_ARCHIVE%23{table}%23FILE01%23202604010000.zip"
    with zipfile.ZipFile(data / "sources" / "aemo" / name) as archive:
        return archive.read(archive.namelist()[0])


def offer(**changes: Any) -> DayOffer:
    target = np.where(np.arange(PERIODS) < 100, 0.0, 40.7)
    terms: dict[str, Any] = {
        "duid": "BATT1",
        "bid_type": "ENERGY",
        "direction": "GEN",
        "day": dt.date(2026, 4, 29),
        "offered": OFFERED,
        "version": 1,
        "prices": PRICES,
        "periods": PeriodOffers(bands_of(target, 100.0, PRICES), np.full(PERIODS, 100.0)),
        "participant": "WATTBOOK",
    }
    return DayOffer(**(terms | changes))


def rows(text: str) -> list[tuple[str, ...]]:
    return [tuple(line) for line in csv.reader(io.StringIO(text)) if line[0] == "D"]


def test_every_recorded_offer_of_a_whole_day_is_written_as_it_was_read(recorded_data: Path) -> None:
    tables = [recorded(recorded_data, table) for table in ("BIDDAYOFFER_D", "BIDPEROFFER_D")]
    offers, set_aside = read_tables(*tables)
    assert len(offers) == 32
    assert not [broken for one in offers for broken in broken_rules(one)]
    written = rows(write_tables(offers, WRITTEN))
    theirs = {line for table in tables for line in rows(table.decode())}
    assert len(written) == 32 * (1 + PERIODS)
    assert set(written) <= theirs
    # The record ends at midnight: the trading day that goes on is set aside, none is lost.
    assert {text.split(": ")[0].split(" has ")[0] for text in set_aside} == {
        f"{unit} {kind} of {day} 00:00:00"
        for unit, kind in {(one.duid, one.bid_type) for one in offers}
        for day in ("2026/04/03", "2026/04/28")
    }


def test_an_offer_survives_the_tables() -> None:
    corners = np.tile([-100.0, -100.0, 60.0, 100.0], (PERIODS, 1))
    services = PeriodOffers(
        bands_of(np.full(PERIODS, 20.0), 40.0, PRICES), np.full(PERIODS, 40.0), corners
    )
    raise_reg = offer(bid_type="RAISEREG", prices=tuple(range(BANDS)), periods=services)
    found, set_aside = read_tables(write_tables([offer(), raise_reg], WRITTEN).encode())
    assert not set_aside
    for mine, theirs in zip((offer(), raise_reg), found, strict=True):
        assert mine.key == theirs.key
        assert mine.prices == theirs.prices
        assert (mine.periods.band_mw == theirs.periods.band_mw).all()
        assert (mine.periods.max_avail_mw == theirs.periods.max_avail_mw).all()
    assert found[1].periods.trapezium_mw is not None
    assert (found[1].periods.trapezium_mw == corners).all()


def test_a_rebid_moves_volume_of_intervals_to_come_and_keeps_the_bands() -> None:
    before = offer()
    volumes = before.periods.band_mw.copy()
    volumes[200:, 0], volumes[200:, -1] = 0.0, 100.0
    at = TRIPPED
    after = rebid(before, volumes, before.periods.max_avail_mw, at=at, reason="1407 inverter trip")
    assert (after.version, after.entry, after.prices) == (2, "REBID", before.prices)
    (found,), set_aside = read_tables(write_tables([after], at).encode())
    assert not set_aside
    assert found.periods.other is not None
    # 14:07 is in the 122nd interval from 04:00: it keeps the stamp of the first offer.
    stamps = found.periods.other["OFFERDATE"]
    assert stamps[:122] == ("2026/04/28 11:00:00",) * 122
    assert stamps[122:] == ("2026/04/29 14:07:00",) * (PERIODS - 122)
    begun = before.periods.band_mw.copy()
    begun[121, 0] += 1
    with pytest.raises(InputError, match="period 122 had begun"):
        rebid(before, begun, before.periods.max_avail_mw, at=at, reason="late")
    with pytest.raises(InputError, match="without a reason"):
        rebid(before, volumes, before.periods.max_avail_mw, at=at, reason=" ")


@pytest.mark.parametrize(
    ("changes", "place", "text"),
    [
        ({"prices": PRICES[:9]}, "day", "9 price bands"),
        ({"prices": (*PRICES[:8], 300.0, 400.0)}, "day", "do not rise"),
        ({"prices": (-1_001.0, *PRICES[1:])}, "day", "price band 1 is -1001.0"),
        (
            {"bid_type": "RAISEREG", "prices": tuple(range(BANDS))},
            "period 1",
            "without a trapezium",
        ),
        ({"entry": "REBID"}, "day", "without a reason"),
    ],
)
def test_a_broken_rule_is_told_with_its_place(changes: Any, place: str, text: str) -> None:
    found = next(iter(broken_rules(offer(**changes))))
    assert found.place == place
    assert text in found.rule


def test_what_is_no_number_breaks_a_rule() -> None:
    periods = offer().periods
    for name, place in (("band_mw", (3, 2)), ("max_avail_mw", (3,))):
        for value in (np.nan, np.inf):
            changed = getattr(periods, name).copy()
            changed[place] = value
            found = next(iter(broken_rules(offer(periods=replace(periods, **{name: changed})))))
            assert found.place == "period 4"
    corners = np.tile([0.0, 1.0, 2.0, 3.0], (PERIODS, 1))
    corners[3, 1] = np.nan
    service = {"bid_type": "RAISEREG", "prices": tuple(float(band) for band in range(BANDS))}
    (broken,) = broken_rules(offer(periods=replace(periods, trapezium_mw=corners), **service))
    assert (broken.place, "give rising numbers" in broken.rule) == ("period 4", True)
    dear = next(iter(broken_rules(offer(prices=(*PRICES[:9], float("nan"))))))
    assert dear.place == "day"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2026/04/29 00:00:00,BATT1", "29 April,BATT1", "periods without the row of their day"),
        (",17,1,", ",x,1,", "give 1 to 288, each once"),
        (",1,WATTBOOK", ",one,WATTBOOK", "give numbers and times"),
    ],
)
def test_a_damaged_day_is_set_aside_with_its_reason(old: str, new: str, message: str) -> None:
    text = write_tables([offer()], WRITTEN)
    assert old in text
    offers, aside = read_tables(text.replace(old, new, 1).encode())
    assert offers == ()
    assert any(message in one for one in aside), aside


def test_a_report_that_is_none_is_refused_by_place() -> None:
    text = write_tables([offer()], WRITTEN)
    with pytest.raises(InputError, match="line 5: BIDPEROFFER_D lacks PERIODID; add them"):
        read_tables(text.replace("PERIODID", "PERIOD", 1).encode())
    with pytest.raises(InputError, match="byte 0 of a report is no UTF-8"):
        read_tables(b"\xff" + text.encode())


def test_a_fraction_of_a_megawatt_is_told_with_its_row_and_never_written() -> None:
    volumes = offer().periods.band_mw.copy()
    volumes[16, 2] = 0.5
    bad = offer(periods=replace(offer().periods, band_mw=volumes))
    (found,) = broken_rules(bad)
    assert (found.place, found.rule.split(";")[0]) == ("period 17", "band 3 holds 0.5 MW")
    with pytest.raises(InputError, match="BATT1 ENERGY period 17"):
        write_tables([bad], WRITTEN)
