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
    broken_pairs,
    broken_rules,
    rebid,
    rebid_to,
)
from wattbook.assets.nem_tables import check_tables, read_tables, write_tables
from wattbook.errors import InputError

WRITTEN = dt.datetime(2026, 5, 8)  # noqa: DTZ001 - AEMO's clock has no zone
OFFERED = dt.datetime(2026, 4, 28, 11)  # noqa: DTZ001
TRIPPED = dt.datetime(2026, 4, 29, 14, 7)  # noqa: DTZ001
PRICES = (-1_000.0, -100.0, 0.0, 25.5, 50.0, 75.0, 100.0, 300.0, 5_000.0, 20_300.0)


def planned_first(target: Any, available: float) -> Any:
    """Return volumes with the whole MW of a target in band 1 and the rest in band 10."""
    planned = np.floor(np.broadcast_to(target, PERIODS))
    volumes = np.zeros((PERIODS, BANDS))
    volumes[:, 0], volumes[:, -1] = planned, available - planned
    return volumes


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
        "periods": PeriodOffers(planned_first(target, 100.0), np.full(PERIODS, 100.0)),
        "participant": "WATTBOOK",
    }
    return DayOffer(**(terms | changes))


def rows(text: str) -> list[tuple[str, ...]]:
    return [tuple(line) for line in csv.reader(io.StringIO(text)) if line[0] == "D"]


def test_every_recorded_offer_of_a_whole_day_is_written_as_it_was_read(recorded_data: Path) -> None:
    tables = {table: recorded(recorded_data, table) for table in ("BIDDAYOFFER_D", "BIDPEROFFER_D")}
    found = read_tables(tables)
    offers = found.offers
    assert len(offers) == 32
    assert not [broken for one in offers for broken in broken_rules(one)]
    written = rows(write_tables(offers, WRITTEN))
    theirs = {line for table in tables.values() for line in rows(table.decode())}
    assert len(written) == 32 * (1 + PERIODS)
    assert set(written) <= theirs
    # The record ends at midnight: the trading day that goes on is set aside, none is lost.
    assert found.rows == len(theirs)
    assert check_tables(found) == found.bad
    assert len(found.bad) == 16
    assert found.bad[0].file == "BIDDAYOFFER_D"
    assert "AGLHAL ENERGY GEN has 239 periods, 240 is missing" in found.bad[0].rule
    assert "49 rows from here on of AGLHAL ENERGY GEN of 2026/04/28" in found.bad[8].rule


def test_an_offer_survives_the_tables() -> None:
    corners = np.tile([-100.0, -100.0, 60.0, 100.0], (PERIODS, 1))
    services = PeriodOffers(planned_first(20.0, 40.0), np.full(PERIODS, 40.0), corners)
    raise_reg = offer(bid_type="RAISEREG", prices=tuple(range(BANDS)), periods=services)
    read = read_tables({"bids": write_tables([offer(), raise_reg], WRITTEN).encode()})
    found = read.offers
    assert not check_tables(read)
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
    read = read_tables({"bids": write_tables([after], at).encode()})
    (found,) = read.offers
    assert not check_tables(read)
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
    ("old", "new", "line", "message"),
    [
        ("2026/04/29 00:00:00,BATT1", "29 April,BATT1", 5, "288 rows from here on of BATT1"),
        (",17,1,", ",x,1,", 21, "PERIODID is 'x'; give 1 to 288"),
        (",17,1,", ",16,1,", 21, "period 16 stands twice"),
        (",1,WATTBOOK", ",one,WATTBOOK", 3, "give a whole VERSIONNO"),
        (",17,1,100,", ",17,1,many,", 21, "MAXAVAIL is 'many'; give a number"),
        (",17,1,100,", ",17,1,", 21, "fields under a heading of"),
        (",25.5,50,", ",25.5,cheap,", 3, "PRICEBAND5 is 'cheap'"),
    ],
)
def test_a_damaged_row_is_set_aside_with_line_and_rule(
    old: str, new: str, line: int, message: str
) -> None:
    text = write_tables([offer()], WRITTEN)
    assert old in text
    found = read_tables({"bids.csv": text.replace(old, new, 1).encode()})
    assert found.offers == ()
    told = [bad for bad in found.bad if message in bad.rule]
    assert [(bad.file, bad.line) for bad in told] == [("bids.csv", line)], found.bad


def test_a_row_that_breaks_a_rule_is_told_with_file_and_line() -> None:
    text = write_tables([offer()], WRITTEN).replace(",17,1,100,", ",17,1,120,", 1)
    (bad,) = check_tables(read_tables({"bids.csv": text.encode()}))
    assert (bad.file, bad.line) == ("bids.csv", 21)
    assert "bands hold 100 MW, 120 MW are available" in bad.rule


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("VERSIONNO", "1.5", "VERSIONNO is '1.5', the row of its day has 1"),
        ("VERSIONNO", "7", "VERSIONNO is '7', the row of its day has 1"),
        ("VERSIONNO", "0", "VERSIONNO is '0'"),
        ("ROCUP", "-3", "ROCUP is '-3'; give a whole number of MW a minute"),
        ("ROCDOWN", "fast", "ROCDOWN is 'fast'"),
        ("FIXEDLOAD", "-1", "FIXEDLOAD is '-1'; give a number, zero or more"),
        ("PASAAVAILABILITY", "inf", "PASAAVAILABILITY is 'inf'"),
        ("ENABLEMENTMIN", "5", "ENABLEMENTMIN is '5' in an energy offer; leave it empty"),
    ],
)
def test_a_column_of_a_period_that_breaks_a_rule_is_told_with_its_row(
    column: str, value: str, text: str
) -> None:
    table = list(csv.reader(io.StringIO(write_tables([offer()], WRITTEN))))
    heading = next(line for line in table if line[:1] == ["I"] and line[2] == "BIDPEROFFER_D")
    table[20][heading.index(column)] = value
    out = io.StringIO()
    csv.writer(out).writerows(table)
    (bad,) = check_tables(read_tables({"bids.csv": out.getvalue().encode()}))
    assert (bad.file, bad.line) == ("bids.csv", 21)
    assert text in bad.rule


def test_energy_is_never_bought_at_a_price_at_which_it_is_sold() -> None:
    load = offer(direction="LOAD")
    (generation, broken), *rest = broken_pairs([load, offer()])
    assert generation.direction == "GEN"
    assert broken.period == 1
    assert "bought at 20300 AUD/MWh and sold at" in broken.rule
    assert len(rest) == PERIODS - 1
    with pytest.raises(InputError, match="period 1: energy is bought at"):
        write_tables([load, offer()], WRITTEN)
    idle = offer(periods=replace(offer().periods, max_avail_mw=np.zeros(PERIODS)))
    assert not list(broken_pairs([load, idle]))


def test_a_rebid_that_changes_a_price_is_refused_by_name() -> None:
    dearer = offer(prices=(*PRICES[:4], 51.0, *PRICES[5:]))
    with pytest.raises(InputError, match="GEN of 2026-04-29: price band 5 is 51 AUD/MWh, offered"):
        rebid_to(offer(), dearer, at=TRIPPED, reason="1407 inverter trip")
    half = offer(periods=PeriodOffers(planned_first(20.0, 50.0), np.full(PERIODS, 50.0)))
    after = rebid_to(offer(), half, at=TRIPPED, reason="1407 inverter trip")
    assert (after.periods.band_mw[:122] == offer().periods.band_mw[:122]).all()
    assert (after.periods.band_mw[122:] == half.periods.band_mw[122:]).all()
    assert (after.periods.max_avail_mw[[121, 122]] == [100.0, 50.0]).all()


def test_a_rebid_of_a_day_that_is_over_is_refused() -> None:
    late = TRIPPED + dt.timedelta(days=9)
    with pytest.raises(InputError, match="GEN of 2026-04-29: its last interval had begun by"):
        rebid_to(offer(), offer(), at=late, reason="1407 inverter trip")


def test_a_report_that_is_none_is_refused_by_place() -> None:
    text = write_tables([offer()], WRITTEN)
    with pytest.raises(InputError, match="bids, line 4: BIDPEROFFER_D lacks PERIODID; add them"):
        read_tables({"bids": text.replace("PERIODID", "PERIOD", 1).encode()})
    with pytest.raises(InputError, match="bids: byte 0 is no UTF-8"):
        read_tables({"bids": b"\xff" + text.encode()})


def test_a_fraction_of_a_megawatt_is_told_with_its_row_and_never_written() -> None:
    volumes = offer().periods.band_mw.copy()
    volumes[16, 2] = 0.5
    bad = offer(periods=replace(offer().periods, band_mw=volumes))
    (found,) = broken_rules(bad)
    assert (found.place, found.rule.split(";")[0]) == ("period 17", "band 3 holds 0.5 MW")
    with pytest.raises(InputError, match="BATT1 ENERGY period 17"):
        write_tables([bad], WRITTEN)
