"""What is shown is what was known at that instant, and the report's own figures."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wattbook.api.desk import Desk
from wattbook.errors import InputError, RunError
from wattbook.runtime.alerts import Alert, Alerts, Situation, load_rules
from wattbook.runtime.doctor import diagnoses
from wattbook.runtime.figures import orders, timeline, total_pnl
from wattbook.runtime.figures.money import to_float
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.watch import (
    Depths,
    Picture,
    Player,
    Tape,
    battery_rows,
    depth,
    instruments,
    plant_rows,
    price_line,
    standing,
    trade_rows,
)


def shown(picture: Picture) -> tuple[object, ...]:
    return (
        picture.quotes, picture.markets, picture.orders, picture.fills, list(picture.trades),
        picture.breaches,
    )  # fmt: skip


@settings(max_examples=15)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_small_steps_show_what_one_step_shows(tape: Tape, shares: list[float]) -> None:
    instants = sorted(tape.first + int(share * (tape.end - tape.first)) for share in shares)
    small, one = Picture(tape), Picture(tape)
    for instant in instants:
        small.advance(instant)
    one.advance(instants[-1])
    assert shown(small) == shown(one)


@settings(max_examples=10)
@given(st.floats(0, 1))
def test_nothing_is_shown_before_it_was_received(tape: Tape, share: float) -> None:
    now = tape.first + int(share * (tape.end - tape.first))
    picture = Picture(tape)
    picture.advance(now)
    received = [quote[-1] for quote in picture.quotes.values()]
    received += [row["ts_recv"] for row in (*picture.orders.values(), *picture.trades)]
    received += [row["ts_recv"] for row in picture.fills.values()]
    assert all(at <= now for at in received)
    for number in (400, 470):
        book = depth(tape, number, now)
        assert book is None or book["ts_recv"] <= now
        assert all(row["ts_recv"] <= now for row in trade_rows(tape, number, now))
        assert all(at <= now for at in price_line(tape, number, now)["ts_event"])


@settings(max_examples=15)
@given(st.floats(0, 1))
def test_depth_starts_at_the_newest_best_prices_and_never_crosses(tape: Tape, share: float) -> None:
    now = tape.delivery_start - 10**12 + int(share * (tape.end - tape.delivery_start))
    picture, depths = Picture(tape), Depths(tape)
    picture.advance(now)
    for number, quote in list(picture.quotes.items())[-40:]:
        book = depths.at(number, now, quote)
        if book is None or book["ts_event"] > quote[4]:
            continue
        assert [level["price"] for level in book["bids"][:1]] == [
            one for one in quote[:1] if one is not None
        ]
        prices = [level["price"] for level in (*book["bids"][::-1], *book["asks"])]
        assert prices == sorted(set(prices))


def test_a_book_of_single_orders_goes_on_from_the_last_look_and_knows_queues() -> None:
    rows = [
        (1, "add", 11, "buy", 50, 2), (2, "add", 12, "buy", 50, 3), (3, "add", 13, "sell", -1, 1),
        (4, "delete", 13, "sell", -1, 0), (5, "add", 14, "sell", 52, 4),
        (6, "modify", 11, "buy", 50, 1),
    ]  # fmt: skip
    names = ("ts_recv", "action", "venue_order", "side", "price", "volume")
    kinds = (pl.Int64, pl.String, pl.UInt64, pl.String, pl.Int64, pl.Int64)
    table = pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")
    table = table.with_columns(
        pl.col("price", "volume") * 1_000_000, ts_event=pl.col("ts_recv"), instrument=pl.lit(7)
    )
    tape = Tape({"book_delta": table}, cast("Any", None), {}, Path())
    depths = Depths(tape)
    assert depths.at(7, 0) is None
    for now in (*range(1, 7), 2, 6):
        found, anew = depths.at(7, now, own=[12]), Depths(tape).at(7, now, own=[12])
        assert found == anew
    assert found is not None
    assert found["bids"] == [{"price": 50.0, "volume": 4.0}]
    assert found["asks"] == [{"price": 52.0, "volume": 4.0}]
    assert found["queues"] == [{"order_id": "12", "ahead": 1.0}]


@settings(max_examples=10)
@given(st.floats(0, 1))
def test_a_contract_opens_and_closes_by_its_markets_midnight(tape: Tape, share: float) -> None:
    now = tape.first + int(share * (tape.end - tape.first))
    picture, berlin = Picture(tape), ZoneInfo("Europe/Berlin")
    picture.advance(now)
    for number in (400, 430, 470):
        days: dict[dt.date, list[float]] = {}
        for trade in trade_rows(tape, number, now):
            day = dt.datetime.fromtimestamp(trade["ts_event"] // 10**9, berlin).date()
            days.setdefault(day, []).append(trade["price"])
        row = picture.markets.get(number, {})
        prices = [days[day] for day in sorted(days)]
        assert row.get("day_open") == (prices[-1][0] if prices else None)
        assert row.get("previous_close") == (prices[-2][-1] if len(prices) > 1 else None)
        if prices:
            midnight = dt.datetime.fromtimestamp(row["day_end"] // 10**9, berlin)
            assert midnight.time() == dt.time()
            assert midnight.date() == max(days) + dt.timedelta(days=1)


def test_the_end_of_the_day_shows_the_figures_of_the_report(tape: Tape) -> None:
    ledger = tape.ledger(tape.end)
    found, counted = standing(tape, tape.end), orders(ledger)
    assert found.pnl["total"]["total"] == to_float(total_pnl(ledger).total)
    assert found.pnl["total"]["total"] == pytest.approx(36135.44, abs=0.01)
    assert [line["fills"] for line in found.pnl["by_strategy"]] == [
        line.fills for line in counted.strategies
    ]
    assert found.positions == []
    picture = Picture(tape)
    picture.advance(tape.end)
    assert len(picture.orders) == counted.routed
    assert len(picture.fills) == tape.tables["filled"].height


def test_positions_and_limits_follow_the_events_within_the_day(tape: Tape) -> None:
    noon = tape.delivery_start + 12 * 3_600 * 10**9
    found = standing(tape, noon)
    assert found.positions
    largest = max(abs(row["volume"]) for row in found.positions if row["strategy"] == "wind farm")
    used = {(row["trading_book"], row["limit"]): row for row in found.limits}
    assert used["coupled", "position"]["used"] >= largest
    assert used["coupled", "position"]["allowed"] == 250.0
    assert all(0.0 <= row["share"] <= 1.0 for row in found.limits)


def test_a_battery_that_follows_its_plan_holds_what_the_report_draws(tape: Tape) -> None:
    rows = {row["strategy"]: row for row in battery_rows(tape, tape.end)}
    market = next(one for one in tape.names.markets if one.name == "coupled day")
    drawn = timeline(tape.ledger(tape.end), market).charges["block battery"]
    assert rows["block battery"]["bound"] > 0.0
    periods = rows["block battery"]["periods"]
    assert len(periods) == 96
    assert periods[-1]["metered_mwh"] == pytest.approx(drawn[-1], abs=1e-9)
    for one in periods:
        assert one["planned_mw"] == one["metered_mw"]
        assert one["planned_mwh"] == pytest.approx(one["metered_mwh"])
        assert -1e-6 <= one["metered_mwh"] <= rows["block battery"]["energy_mwh"] + 1e-6


def test_a_wind_farm_is_metered_as_its_meter_was_read(tape: Tape) -> None:
    noon = tape.delivery_start + 12 * 3_600 * 10**9
    (early,), (late,) = plant_rows(tape, noon), plant_rows(tape, tape.end)
    assert early["strategy"] == late["strategy"] == "wind farm"
    starts = [one["delivery_start"] for one in late["periods"]]
    assert starts == sorted(set(starts))
    owner = next(one.strategy for one in tape.names.strategies if one.name == "wind farm")
    reads = tape.tables["meter_read"].filter(pl.col("strategy") == owner)
    hours = [(one["delivery_end"] - one["delivery_start"]) / 3.6e12 for one in late["periods"]]
    metered = [one["metered_mw"] or 0.0 for one in late["periods"]]
    assert reads.height == sum(one["metered_mw"] is not None for one in late["periods"])
    assert sum(metered) == pytest.approx(int(reads["volume"].sum()) / 1e6)
    assert late["metered_value"] is not None
    assert abs(late["metered_value"]) < 4_000 * sum(
        mw * share for mw, share in zip(metered, hours, strict=True)
    )
    unknown = [one for one in early["periods"] if one["delivery_start"] > noon]
    assert unknown
    assert all(one["metered_mw"] is None for one in unknown)


def test_instruments_name_their_auction_or_book(tape: Tape) -> None:
    segments: dict[tuple[str, str], int] = {}
    for row in instruments(tape):
        key = row["market"], row["segment"]
        segments[key] = segments.get(key, 0) + 1
    assert segments == {
        ("generated day", "two_settlement"): 24,
        ("generated day", "continuous"): 24,
        ("coupled day", "day-ahead"): 96,
        ("coupled day", "IDA1"): 96,
        ("coupled day", "IDA2"): 96,
        ("coupled day", "IDA3"): 48,
        ("coupled day", "continuous"): 96,
    }


def drop_journal(run: RunFolder) -> None:
    shutil.rmtree(run.journal)


def flip_a_byte(run: RunFolder) -> None:
    segment = max(run.journal.iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(segment.read_bytes())
    content[1_000] ^= 1
    segment.write_bytes(content)


def drop_events(run: RunFolder) -> None:
    (run.events / "filled.parquet").unlink()
    run.signals.unlink()


@pytest.mark.long
def test_the_doctor_finds_what_a_run_lacks(
    folder: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATTBOOK_DATA", raising=False)
    run = RunFolder(tmp_path / "runs" / "whole")
    shutil.copytree(folder.path, run.path)

    def bad() -> list[str]:
        return [one.text for one in diagnoses(run.path) if one.state == "bad"]

    assert bad() == []
    drop_events(run)
    assert ["lacks filled" in one or "signals.parquet is missing" in one for one in bad()] == [
        True, True,
    ]  # fmt: skip
    for damage, says in ((flip_a_byte, "corrupt at byte"), (drop_journal, "lacks its journal")):
        damage(run)
        (text,) = bad()
        assert says in text


def test_a_run_that_has_not_ended_cannot_be_shown(tmp_path: Path) -> None:
    begun = RunFolder(tmp_path / "begun")
    begun.begin({"title": "begun"}, "")
    with pytest.raises(RunError, match="--resume"):
        Tape.load(begun)


def test_the_player_is_held_to_the_day() -> None:
    wall = [0.0]
    player = Player(100, 10**12, at=0, speed=2.0, wall=lambda: wall[0])
    assert player.now() == 100
    player.play()
    wall[0] = 5.0
    assert player.now() == 100 + 10 * 10**9
    player.set_speed(1.0)
    wall[0] = 6.0
    assert player.now() == 100 + 11 * 10**9
    player.jump(2**62)
    assert player.now() == 10**12
    player.jump(-5)
    assert player.now() == 100
    for speed in (0.0, -1.0, float("nan"), 1e9):
        with pytest.raises(InputError, match="speed"):
            player.set_speed(speed)


def test_rules_look_at_what_happens_as_it_does(tape: Tape, tmp_path: Path) -> None:
    """No second passes on the desk's own clock, so only events make the rules look."""
    wall = [0.0]
    at = int(tape.tables["filled"]["ts_recv"][0]) - 1
    player = Player(tape.first, tape.end, at=at, speed=1.0, wall=lambda: wall[0])
    player.play()
    looked: list[int] = []

    class Looked(Alerts):
        def observe(self, situation: Situation) -> list[Alert]:
            looked.append(len(situation.picture.fills))
            return super().observe(situation)

    desk = Desk(tape, player, Looked(load_rules(), tmp_path / "alerts.sqlite"), wall=lambda: 0.0)
    asyncio.run(desk.step())
    assert looked == [0]
    wall[0] = 1e-6
    asyncio.run(desk.step())
    assert len(looked) == 2
    assert looked[1] > 0
