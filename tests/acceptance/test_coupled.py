"""The trading day of a coupled market as its user sees it: from auction bids to the imbalance."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tests.acceptance.runs import COMMAND, EXAMPLES, facts, ledger_of, traded_in, wattbook

from wattbook.runtime.evidence import facts_of
from wattbook.runtime.figures import Ledger, pnl_by_strategy
from wattbook.runtime.figures.split import pnl_split, sold_by_period
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.settlement import settle_trading_day

DESK = EXAMPLES / "coupled.toml"


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one run of the example."""
    return traded_in(tmp_path_factory.mktemp("coupled"), DESK)


@pytest.fixture(scope="module")
def ledger(traded: Path) -> Ledger:
    """Return its events."""
    return ledger_of(traded)


def test_bids_are_journaled_before_the_gate_and_awards_after_it(ledger: Ledger) -> None:
    (market,) = ledger.names.markets
    offers, fills = ledger.table("offer_routed"), ledger.table("filled")
    gates = {row["instrument"]: row["gate_closure"]
             for row in ledger.table("define_instrument").iter_rows(named=True)}  # fmt: skip
    assert offers.height > 200
    assert all(row["ts_recv"] < gates[row["instrument"]] for row in offers.iter_rows(named=True))
    sold = {name.name: set(name.instruments) for name in market.auctions}
    for name in ("day-ahead", "IDA1", "IDA2", "IDA3"):
        awards = fills.filter(pl.col("instrument").is_in(list(sold[name])))
        assert awards.height > 10, name
        assert all(row["ts_recv"] > gates[row["instrument"]] for row in awards.to_dicts())
    books = set(ledger.instruments) - set().union(*sold.values())
    assert fills.filter(pl.col("instrument").is_in(list(books))).height > 10


def test_an_award_is_paid_the_price_of_its_period_and_never_worse_than_its_limit(
    ledger: Ledger,
) -> None:
    prices = {
        row["instrument"]: row["price"]
        for row in ledger.table("reference_price").iter_rows(named=True)
        if row["kind"] in ("day_ahead", "intraday_auction")
    }
    offers = {row["order_id"]: row for row in ledger.table("offer_routed").iter_rows(named=True)}
    awards = [row for row in ledger.table("filled").to_dicts() if row["order_id"] in offers]
    for award in awards:
        offer = offers[award["order_id"]]
        assert award["price"] == prices[award["instrument"]]
        if offer["block"] is None:
            assert (award["price"] - offer["price"]) * (1 if offer["side"] == "sell" else -1) >= 0


def test_one_block_of_the_battery_is_taken_whole_in_an_auction_and_delivered(
    ledger: Ledger,
) -> None:
    offers = ledger.table("offer_routed").filter(pl.col("block").is_not_null())
    legs = offers.group_by("block").agg(pl.len(), pl.col("block_legs").first())
    assert (legs["len"] == legs["block_legs"]).all()
    taken = offers.join(ledger.table("filled").select("order_id"), on="order_id")
    groups = dict(taken.group_by("exclusive_group").agg(pl.col("block").unique()).iter_rows())
    # Day-ahead it is sold; a later auction has taken another programme around that position.
    assert 1 in groups
    assert len(groups) > 1
    for blocks in groups.values():
        (block,) = blocks
        whole = int(offers.filter(pl.col("block") == block)["block_legs"][0])
        assert taken.filter(pl.col("block") == block).height == whole
    battery = next(one for one in ledger.names.strategies if one.kind == "battery")
    (sold,) = [one for one in sold_by_period(ledger, ledger.names.markets[0])
               if one.strategy == battery.name]  # fmt: skip
    assert abs(sold.open).max() < 1e-9
    assert sold.metered.min() < 0 < sold.metered.max()
    assert np.abs(sold.metered).max() <= 20.0 + 1e-9
    one_way = float(np.sqrt(0.86))
    into = np.where(sold.metered < 0, one_way, 1 / one_way)
    energy = -np.cumsum(sold.metered * into) / 4
    assert energy.min() > -1e-6
    assert energy.max() < 40.0 + 1e-6
    assert np.maximum(sold.metered, 0.0).sum() / 4 / one_way <= 1.5 * 40 + 1e-6


def test_auctions_intraday_imbalance_and_fees_make_the_whole_pnl(ledger: Ledger) -> None:
    lines = {line.key: line for line in pnl_by_strategy(ledger)}
    split = pnl_split(ledger, ledger.names.markets[0])
    assert len(split) == len(lines) == 3
    for one in split:
        assert one.total == lines[one.strategy].total
    wind = split[0]
    assert wind.traded["day-ahead"] > 0
    assert wind.imbalance != 0
    financial = split[2]
    assert set(financial.traded) == {"day-ahead", "IDA1", "IDA2", "IDA3", "intraday"}
    assert financial.imbalance != 0


def test_the_engine_and_the_settlement_have_one_definition_of_the_imbalance(ledger: Ledger) -> None:
    (market,) = ledger.names.markets
    found = settle_trading_day(ledger, market)
    assert found.quarantined.height == found.unpriced.height == 0
    ours = {
        (account, start): int(units)
        for account, start, units in found.amounts.select("account", "start", "amount").iter_rows()
        if units
    }
    engines: dict[tuple[str, int], int] = {}
    for row in ledger.table("settled").to_dicts():
        start = ledger.instruments[row["instrument"]].delivery_start
        key = (ledger.names.strategy(row["strategy"]), start)
        engines[key] = engines.get(key, 0) + int(row["amount"])
    assert len(ours) > 90
    assert ours == {key: units for key, units in engines.items() if units}
    # In the currency of the market, so without a rate.
    split = {one.strategy: one.imbalance for one in pnl_split(ledger, market)}
    for name, imbalance in split.items():
        assert sum(units for (account, _), units in ours.items() if account == name) == imbalance


def test_the_farm_sells_close_to_what_comes(ledger: Ledger) -> None:
    (wind,) = [one for one in sold_by_period(ledger, ledger.names.markets[0])
               if one.strategy == "wind farm"]  # fmt: skip
    after_auction = wind.metered - wind.sold["day-ahead"]
    assert abs(wind.open).mean() < 0.5 * abs(after_auction).mean()


def test_the_report_shows_auctions_positions_and_where_the_pnl_was_made(traded: Path) -> None:
    page = (traded / "report.html").read_text(encoding="utf-8")
    for text in (
        "P&amp;L of coupled day by where it was made",
        "wind farm: from auction to gate",
        "Generated zones 2026-06-29, day-ahead",
        "Generated zones 2026-06-29, IDA3",
        "NORTH: what the desk moved",
        "Supply and demand of NORTH",
        "Flow NORTH → WEST and its limits by period",
        "paradoxically rejected",
    ):
        assert text in page or text.replace("&amp;", "&") in page, text
    assert 'src="' not in page
    assert re.search(r"\d+ offers of the desk among [\d,]+ orders", page)
    assert len(facts_of(facts(traded), RunFolder(traded).quarantine).auctions) == 4


def test_a_second_process_gives_the_same_hash_and_everything_verifies(
    traded: Path, tmp_path: Path
) -> None:
    again = wattbook("run", DESK, "--out", tmp_path / "again", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert facts(tmp_path / "again")["state_hash"] == facts(traded)["state_hash"]
    assert (tmp_path / "again" / "auctions.json").read_bytes() == (
        traded / "auctions.json"
    ).read_bytes()
    replayed = wattbook("replay", traded, cwd=tmp_path)
    assert facts(traded)["state_hash"] in replayed.stdout
    done = wattbook("verify", "run", traded, "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["failed"] == 0, done.stdout


def test_a_changed_auction_page_is_found(traded: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(traded), str(folder)], check=True)  # noqa: S607
    path = folder / "auctions.json"
    path.write_text(path.read_text(encoding="utf-8").replace("offers of", "offer of", 1))
    done = wattbook("verify", "run", folder, cwd=tmp_path)
    assert done.returncode == 1
    assert "auctions.json SHA-256" in done.stdout


def test_kill_9_after_the_auction_loses_nothing_that_resume_cannot_make_again(
    traded: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    with subprocess.Popen(
        [*COMMAND, "run", str(DESK), "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "7. Position update" in line:
                process.send_signal(signal.SIGKILL)
                break
        process.stdout.read()
        assert process.wait(timeout=300) == -signal.SIGKILL
    assert facts(out)["state"] == "running"
    resumed = wattbook("run", DESK, "--out", out, "--resume", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert facts(out)["state_hash"] == facts(traded)["state_hash"]


@pytest.mark.parametrize(("day", "periods"), [("2026-03-29", 92), ("2025-10-26", 100)])
def test_the_days_of_the_clock_changes_are_traded(day: str, periods: int, tmp_path: Path) -> None:
    desk = tmp_path / "desk.toml"
    text = DESK.read_text(encoding="utf-8").replace("day = 2026-06-29", f"day = {day}")
    book = text.index("[market.synthetic_book]")
    wind = text.index("[[strategy]]")
    desk.write_text(text[:book] + text[wind:], encoding="utf-8")
    done = wattbook("run", desk, "--out", tmp_path / "run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{periods} periods" in done.stdout
    prices = pl.read_parquet(tmp_path / "run" / "events" / "reference_price.parquet")
    day_ahead = prices.filter(pl.col("kind") == "day_ahead")
    # Physical and virtual instruments share each price.
    assert day_ahead.height == 2 * periods
    assert facts(tmp_path / "run")["figures"]["fills"] > 50


def test_the_gate_refuses_a_bid_beyond_its_limits_and_the_block_is_left_out(tmp_path: Path) -> None:
    desk = tmp_path / "desk.toml"
    text = DESK.read_text(encoding="utf-8").replace("position_volume = 110", "position_volume = 15")
    book = text.index("[market.synthetic_book]")
    wind = text.index("[[strategy]]")
    desk.write_text(text[:book] + text[wind:], encoding="utf-8")
    done = wattbook("run", desk, "--out", tmp_path / "run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    events = tmp_path / "run" / "events"
    refused = pl.read_parquet(events / "refused.parquet")
    assert refused.height > 0
    ended = pl.read_parquet(events / "order_state_changed.parquet")
    broken = ended.filter(pl.col("reason") == "linked_unfilled")
    assert broken.height > 0
    limits = pl.read_parquet(events / "position_changed.parquet")["volume"].cast(float)
    assert float(limits.abs().max() or 0.0) <= 15.0  # type: ignore[arg-type]


def test_the_desk_bids_into_the_recorded_italian_day(tmp_path: Path, recorded_data: Path) -> None:
    desk = DESK.with_name("italy.toml")
    done = wattbook("run", desk, "--data", recorded_data, "--out", tmp_path / "run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Without it, prices are within 0.00000 EUR/MWh of the published ones." in page
    assert "NORD: what the desk moved" in page
    assert facts(tmp_path / "run")["figures"]["fills"] >= 24
    verified = wattbook("verify", "run", tmp_path / "run", cwd=tmp_path)
    assert verified.returncode == 0, verified.stdout


def test_a_backtest_trades_coupled_days(tmp_path: Path) -> None:
    desk = tmp_path / "desk.toml"
    text = DESK.read_text(encoding="utf-8")
    book = text.index("[market.synthetic_book]")
    desk.write_text(text[:book] + text[text.index("[[strategy]]") :], encoding="utf-8")
    span = ("--from", "2026-06-29", "--to", "2026-06-30")
    done = wattbook("backtest", desk, *span, "--out", tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    days = json.loads((tmp_path / "backtest.json").read_text(encoding="utf-8"))
    assert [day["date"] for day in days] == ["2026-06-29", "2026-06-30"]
    assert all(day["fills"] > 50 for day in days)
    assert days[0]["state_hash"] != days[1]["state_hash"]
