"""A run as its user sees it: started, stopped, killed, resumed, replayed and verified."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

COMMAND = [sys.executable, "-m", "wattbook"]
BOOKS = """
[[book]]
name = "intraday"
order_volume = 20
order_value = 400_000
position_volume = 40
loss = 250_000
price_collar = 20_000
[[book]]
name = "assets"
order_volume = 50
order_value = 1_000_000
position_volume = 50
loss = 1_000_000
price_collar = 40_000
"""


def wattbook(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "WATTBOOK_DATA"}
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def facts(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return document


def long_desk(folder: Path) -> Path:
    """Return a desk of several generated days: long enough to be stopped on its way."""
    parts = ['[desk]\nname = "long"\ncurrency = "EUR"\n', BOOKS]
    for day in range(24, 31):
        name = f"day {day}"
        parts.append(
            f'[[market]]\nname = "{name}"\nsource = "generated"\nday = 2026-06-{day}\n'
            "[market.synthetic_book]\nhalf_spread = 0.40\n"
            f'[[strategy]]\nname = "momentum {day}"\nkind = "momentum"\nmarket = "{name}"\n'
            'book = "intraday"\nvolume = 5\nwindow = 9\n'
            f'[[strategy]]\nname = "battery {day}"\nkind = "battery"\nmarket = "{name}"\n'
            'book = "assets"\npower = 20\nenergy = 40\n'
        )
    path = folder / "long.toml"
    path.write_text("\n".join(parts), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the folder and the output of one run of the built-in generated day."""
    folder = tmp_path_factory.mktemp("generated")
    done = wattbook("run", "--out", folder / "run", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "run", done.stdout


def test_the_eight_steps_are_printed_as_they_happen_and_at_the_end(
    generated: tuple[Path, str],
) -> None:
    _, output = generated
    titles = [
        "Market data", "Signals", "Risk validation", "Order generation", "Routing",
        "Execution monitoring", "Position update", "P&L",
    ]  # fmt: skip
    happened, totals = output.split("The whole run:")
    for number, title in enumerate(titles, start=1):
        assert f"{number}. {title}: " in happened
        assert f"{number}. {title}: " in totals
    for word in (
        "P&L by strategy",
        "P&L by delivery period",
        "fill rate",
        "slippage",
        "State hash",
    ):
        assert word in totals


def test_two_processes_give_the_same_hash_and_the_same_events(
    generated: tuple[Path, str], tmp_path: Path
) -> None:
    first, _ = generated
    again = wattbook("run", "--out", tmp_path / "again", cwd=tmp_path)
    assert again.returncode == 0
    assert facts(first)["state_hash"] == facts(tmp_path / "again")["state_hash"]
    assert facts(first)["figures"] == facts(tmp_path / "again")["figures"]
    for path in sorted((first / "events").glob("*.parquet")):
        other = tmp_path / "again" / "events" / path.name
        assert pl.read_parquet(path).equals(pl.read_parquet(other)), path.name


def test_another_seed_gives_another_hash(generated: tuple[Path, str], tmp_path: Path) -> None:
    done = wattbook("run", "--out", tmp_path / "other", "--seed", "8", cwd=tmp_path)
    assert done.returncode == 0
    assert facts(generated[0])["state_hash"] != facts(tmp_path / "other")["state_hash"]


def test_a_replay_in_two_more_processes_gives_the_same_hash(generated: tuple[Path, str]) -> None:
    folder, _ = generated
    outputs = [wattbook("replay", folder, cwd=folder) for _ in range(2)]
    for done in outputs:
        assert done.returncode == 0, done.stdout + done.stderr
        assert facts(folder)["state_hash"] in done.stdout


def test_journal_and_run_verify(generated: tuple[Path, str]) -> None:
    folder, _ = generated
    for kind in ("journal", "run"):
        done = wattbook("verify", kind, folder, "--json", cwd=folder)
        outcome = json.loads(done.stdout)
        assert (done.returncode, outcome["failed"]) == (0, 0), done.stdout
        assert outcome["passed"] > 10


def test_the_report_stands_alone_and_labels_what_is_made_up(generated: tuple[Path, str]) -> None:
    folder, _ = generated
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "synthetic book" in page
    assert facts(folder)["state_hash"] in page
    assert 'src="' not in page
    assert "@import" not in page
    start = page.index('id="data">') + len('id="data">')
    drawn = json.loads(page[start : page.index("</script>", start)])
    market, coupled = drawn["markets"]
    events = folder / "events"
    fills = len(market["fills"]) + len(coupled["fills"])
    assert fills == pl.read_parquet(events / "filled.parquet").height
    total = int(facts(folder)["figures"]["pnl_units"]) / 3.6e15
    assert market["total"][-1] + coupled["total"][-1] == pytest.approx(total, abs=0.02)
    assert min(market["drawdown"]) <= 0.0
    assert market["charges"][0]["values"][-1] == pytest.approx(0.0, abs=2.0)
    assert len(market["book"]) > 200


def test_prices_are_exact_decimals_in_the_event_files(generated: tuple[Path, str]) -> None:
    folder, _ = generated
    for path in (folder / "events").glob("*.parquet"):
        schema = pl.read_parquet_schema(path)
        for name in ("price", "bid_price", "ask_price"):
            if name in schema:
                assert schema[name] == pl.Decimal(19, 6), path.name


def test_a_changed_byte_in_the_journal_is_reported_with_its_place(
    generated: tuple[Path, str], tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(generated[0]), str(folder)], check=True)  # noqa: S607
    segment = max((folder / "journal").iterdir(), key=lambda path: path.stat().st_size)
    content = bytearray(segment.read_bytes())
    # Space beyond the last record is laid out in advance, so the middle of the file says nothing.
    content[500_000] ^= 0xFF
    segment.write_bytes(content)
    done = wattbook("verify", "journal", folder, cwd=tmp_path)
    assert done.returncode == 1
    assert "corrupt at byte" in done.stdout


def test_a_changed_event_file_is_found(generated: tuple[Path, str], tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(generated[0]), str(folder)], check=True)  # noqa: S607
    path = folder / "events" / "position_changed.parquet"
    table = pl.read_parquet(path)
    table.with_columns(pl.col("realised_units") + 1).write_parquet(path)
    done = wattbook("verify", "run", folder, cwd=tmp_path)
    assert done.returncode == 1
    assert "position_changed.parquet row 0 realised_units: expected" in done.stdout


def write_pool(folder: Path, change: float) -> None:
    """Write generated prices as recorded ones of the NEM, one price changed."""
    from wattbook.sources.recorded.generated import generate

    price = generate(7).real_time[-60:].ravel().copy()
    price[-200] += change
    end = np.datetime64("2024-03-31T04:00", "us")
    stamp = end - np.arange(price.size)[::-1] * np.timedelta64(300, "s")
    (folder / "rt5").mkdir(parents=True)
    frame = pl.DataFrame(
        {"interval_end_aest": stamp, "rrp_aud_mwh": price, "demand_mw": np.zeros(price.size)}
    )
    frame.write_parquet(folder / "rt5" / "nem_vic1_5min_2024_2025.parquet")


def test_one_changed_input_price_changes_hash_fills_and_pnl(tmp_path: Path) -> None:
    desk = tmp_path / "pool.toml"
    desk.write_text(
        '[desk]\nname = "pool"\ncurrency = "AUD"\n'
        + BOOKS
        + '[[market]]\nname = "pool"\nsource = "nem-vic1"\nday = 2024-03-30\n'
        "[market.synthetic_book]\nhalf_spread = 0.40\n"
        '[[strategy]]\nname = "reversion"\nkind = "mean_reversion"\nmarket = "pool"\n'
        'book = "intraday"\nvolume = 5\nwindow = 24\n'
        '[[strategy]]\nname = "battery"\nkind = "battery"\nmarket = "pool"\n'
        'book = "assets"\npower = 20\nenergy = 40\n',
        encoding="utf-8",
    )
    found = []
    for name, change in (("as it was", 0.0), ("changed", 40.0)):
        write_pool(tmp_path / name, change)
        out = tmp_path / f"run {name}"
        done = wattbook("run", desk, "--data", tmp_path / name, "--out", out, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        fills = pl.read_parquet(out / "events" / "filled.parquet").drop("sequence")
        found.append((facts(out), fills))
    (one, one_fills), (two, two_fills) = found
    assert one["state_hash"] != two["state_hash"]
    assert one["figures"]["pnl_units"] != two["figures"]["pnl_units"]
    assert not one_fills.equals(two_fills)


def test_virtual_bids_earn_the_spread_of_their_awards_and_deliver_nothing(tmp_path: Path) -> None:
    text = (
        '[desk]\nname = "virtual"\ncurrency = "EUR"\n'
        + BOOKS
        + '[[market]]\nname = "hours"\nsource = "generated"\nday = 2026-06-30\n'
        '[[strategy]]\nname = "spread"\nkind = "virtual"\nmarket = "hours"\nbook = "assets"\n'
        "volume = 10\nconfidence_threshold = "
    )
    outs = []
    for threshold in ("0.4", "0.95"):
        desk = tmp_path / f"{threshold}.toml"
        desk.write_text(text + threshold, encoding="utf-8")
        outs.append(tmp_path / threshold)
        done = wattbook("run", desk, "--out", outs[-1], cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
    bold, shy = (facts(out)["figures"] for out in outs)
    assert (shy["orders"], shy["fills"]) == (0, 0)
    assert 0 < bold["fills"] <= bold["orders"] <= 24
    events = outs[0] / "events"
    signals = pl.read_parquet(events / "signal_recorded.parquet")
    assert all(sure > 400_000 for sure in signals["confidence_ppm"].to_list())
    prices = pl.read_parquet(events / "reference_price.parquet")
    day_ahead, real_time = (
        {row[0]: float(row[1]) for row in prices.filter(kind=kind)["instrument", "price"].rows()}
        for kind in ("day_ahead", "real_time")
    )
    offers = pl.read_parquet(events / "offer_routed.parquet")
    sides = {row[0]: row[1] for row in offers["instrument", "side"].rows()}
    earned = 0.0
    awards = pl.read_parquet(events / "offer_awarded.parquet")
    for order, volume in awards["order_id", "volume"].rows():
        number = offers.filter(order_id=order)["instrument"][0]
        sold = 1.0 if sides[number] == "sell" else -1.0
        earned += sold * float(volume) * (day_ahead[number] - real_time[number])
    assert int(bold["pnl_units"]) / 3.6e15 == pytest.approx(earned, abs=0.005)
    assert set(pl.read_parquet(events / "meter_read.parquet")["volume"].to_list()) == {0}
    page = (outs[0] / "report.html").read_text(encoding="utf-8")
    assert "spread, sold day-ahead" in page


def test_an_ema_cross_trades_the_front_contract_and_leaves_it_before_delivery_ends(
    tmp_path: Path,
) -> None:
    desk = tmp_path / "cross.toml"
    desk.write_text(
        '[desk]\nname = "cross"\ncurrency = "EUR"\n'
        + BOOKS
        + '[[market]]\nname = "hours"\nsource = "generated"\nday = 2026-06-30\n'
        "[market.synthetic_book]\nhalf_spread = 0.40\n"
        '[[strategy]]\nname = "cross"\nkind = "ema_cross"\nmarket = "hours"\n'
        'book = "intraday"\nvolume = 2\nfast = 100\nslow = 400\n',
        encoding="utf-8",
    )
    done = wattbook("run", desk, "--out", tmp_path / "run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    fills = pl.read_parquet(tmp_path / "run" / "events" / "filled.parquet")
    # It goes on over the rolls of the hourly contracts, one position at a time.
    assert fills["instrument"].n_unique() > 12
    assert facts(tmp_path / "run")["figures"]["rejected"] == {}
    held = pl.read_parquet(tmp_path / "run" / "events" / "position_changed.parquet")
    assert max(abs(float(volume)) for volume in held["volume"]) <= 2.0


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return the desk and the hash of a long run that nothing stopped."""
    folder = tmp_path_factory.mktemp("long")
    desk = long_desk(folder)
    done = wattbook("run", desk, "--out", folder / "run", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return desk, facts(folder / "run")["state_hash"]


def stopped_by(number: int, desk: Path, out: Path) -> int:
    """Start a run, send it a signal once it trades, return its exit status."""
    with subprocess.Popen(
        [*COMMAND, "run", str(desk), "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "6. Execution monitoring" in line:
                process.send_signal(number)
                break
        process.stdout.read()
        return process.wait(timeout=120)


def test_ctrl_c_ends_cleanly_and_resume_gives_the_hash_of_an_uninterrupted_run(
    uninterrupted: tuple[Path, str], tmp_path: Path
) -> None:
    desk, state_hash = uninterrupted
    out = tmp_path / "run"
    assert stopped_by(signal.SIGINT, desk, out) == 130
    stopped = facts(out)
    assert stopped["state"] == "stopped"
    assert "stopped before its end" in (out / "report.html").read_text(encoding="utf-8")
    for kind in ("journal", "run"):
        assert wattbook("verify", kind, out, cwd=tmp_path).returncode == 0
    resumed = wattbook("run", desk, "--out", out, "--resume", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert facts(out)["inputs"] > stopped["inputs"]
    assert facts(out)["state_hash"] == state_hash


def test_kill_9_loses_nothing_that_resume_cannot_make_again(
    uninterrupted: tuple[Path, str], tmp_path: Path
) -> None:
    desk, state_hash = uninterrupted
    out = tmp_path / "run"
    assert stopped_by(signal.SIGKILL, desk, out) == -signal.SIGKILL
    assert facts(out)["state"] == "running"
    assert wattbook("replay", out, cwd=tmp_path).returncode == 1
    resumed = wattbook("run", desk, "--out", out, "--resume", cwd=tmp_path)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert facts(out)["state_hash"] == state_hash
    assert wattbook("verify", "journal", out, cwd=tmp_path).returncode == 0


@pytest.mark.slow
def test_ten_kills_on_the_way_change_nothing(
    uninterrupted: tuple[Path, str], tmp_path: Path
) -> None:
    desk, state_hash = uninterrupted
    out = tmp_path / "run"
    kills = 0
    while kills < 10:
        command = [*COMMAND, "run", str(desk), "--out", str(out), *["--resume"][: min(kills, 1)]]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            assert process.stdout is not None
            # Each life is killed some lines later than the one before it.
            for _ in range(9 + kills):
                process.stdout.readline()
            process.kill()
            process.stdout.read()
        assert process.returncode == -signal.SIGKILL
        kills += 1
    done = wattbook("run", desk, "--out", out, "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert facts(out)["state_hash"] == state_hash


def test_a_run_is_never_written_over_and_another_is_never_resumed(
    generated: tuple[Path, str],
) -> None:
    folder, _ = generated
    again = wattbook("run", "--out", folder, cwd=folder)
    assert (again.returncode, "--resume" in again.stderr) == (2, True)
    other = wattbook("run", "--out", folder, "--resume", "--seed", "8", cwd=folder)
    assert (other.returncode, "seed 7, not 8" in other.stderr) == (2, True)


def test_a_market_without_data_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    desk = tmp_path / "desk.toml"
    desk.write_text(
        '[desk]\nname = "two"\ncurrency = "EUR"\n[fx]\nAUD = 0.6\n'
        + BOOKS
        + '[[market]]\nname = "here"\nsource = "generated"\n'
        '[[market]]\nname = "not here"\nsource = "nem-vic1"\nday = "calm"\n'
        '[[strategy]]\nname = "far battery"\nkind = "battery"\nmarket = "not here"\n'
        'book = "assets"\npower = 20\nenergy = 40\n'
        '[[strategy]]\nname = "battery"\nkind = "battery"\nmarket = "here"\n'
        'book = "assets"\npower = 20\nenergy = 40\n',
        encoding="utf-8",
    )
    done = wattbook("run", desk, "--data", tmp_path, "--out", tmp_path / "run", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "not traded: not here" in done.stdout
    assert facts(tmp_path / "run")["figures"]["fills"] > 0


def test_a_mistake_in_the_desk_file_is_refused_with_line_key_value_and_fix(tmp_path: Path) -> None:
    desk = tmp_path / "desk.toml"
    desk.write_text('[desk]\nname = "x"\ncurency = "EUR"\n', encoding="utf-8")
    done = wattbook("run", desk, cwd=tmp_path)
    assert done.returncode == 2
    assert "line 3, desk.curency: 'curency' is no key here; did you mean 'currency'?" in done.stderr
    assert not (tmp_path / "runs").exists()


def test_a_backtest_shows_progress_and_sums_its_days(tmp_path: Path) -> None:
    done = wattbook(
        "backtest", "--from", "2026-06-28", "--to", "2026-06-30", "--out", tmp_path, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert "3/3 2026-06-30" in done.stdout
    assert "ETA 0:00:00" in done.stdout
    assert "inputs/s" in done.stdout
    days = json.loads((tmp_path / "backtest.json").read_text(encoding="utf-8"))
    assert [day["date"] for day in days] == ["2026-06-28", "2026-06-29", "2026-06-30"]
    for day in days:
        parts = sum(int(units) for units in day["pnl_units_by_strategy"].values())
        assert parts == int(day["pnl_units"])


def write_futures(folder: Path) -> None:
    """Write a made-up curve of crude oil that crosses zero, and when its months expire."""
    days = np.arange(np.datetime64("2019-12-02"), np.datetime64("2020-07-01"))
    days = days[np.is_busday(days)]
    draws = np.random.default_rng(3)
    front = 40.0 + np.cumsum(draws.normal(-0.3, 1.5, days.size))
    second = front + 1.5 + draws.normal(0.0, 0.2, days.size)
    third = second + 1.0 + draws.normal(0.0, 0.2, days.size)
    (folder / "futures").mkdir(parents=True)
    pl.DataFrame(
        {
            "date": np.concatenate([days, days, days]),
            "series": np.repeat(["CL01", "CL02", "CL03"], days.size),
            "value": np.round(np.concatenate([front, second, third]), 2),
        }
    ).write_parquet(folder / "futures" / "us_energy_futures_curves_2007_2023.parquet")
    months = np.arange(np.datetime64("2020-01"), np.datetime64("2020-10"))
    first = months.astype("datetime64[D]")
    pl.DataFrame(
        {
            "cmdty": ["cmewti"] * months.size,
            "last_trade": np.busday_offset(first - 12, 0, roll="backward"),
            "first_delivery": first,
            "last_delivery": (months + 1).astype("datetime64[D]") - 1,
            "year": first.astype("datetime64[Y]").astype(int) + 1970,
            "month_letter": list("FGHJKMNQU"),
        }
    ).write_parquet(folder / "futures" / "expiry_table.parquet")


def test_futures_backtest_over_a_range_as_one_run_with_its_rolls(tmp_path: Path) -> None:
    write_futures(tmp_path / "data")
    desk = tmp_path / "oil.toml"
    desk.write_text(
        '[desk]\nname = "oil"\ncurrency = "USD"\n[[book]]\nname = "futures"\n'
        "order_volume = 20_000\norder_value = 3_000_000\nposition_volume = 20_000\n"
        "loss = 2_000_000\nprice_collar = 100\n"
        '[[futures]]\nname = "oil"\nproduct = "CL"\nfirst_day = 2020-02-03\n'
        "last_day = 2020-05-29\n"
        '[[strategy]]\nname = "momentum"\nkind = "momentum"\nmarket = "oil"\n'
        'book = "futures"\nvolume = 10_000\nwindow = 5\nhorizon_seconds = 172_800\n'
        '[[strategy]]\nname = "reversion"\nkind = "mean_reversion"\nmarket = "oil"\n'
        'book = "futures"\nvolume = 10_000\nwindow = 10\nhorizon_seconds = 172_800\n',
        encoding="utf-8",
    )
    data = ("--data", tmp_path / "data")
    run = wattbook("run", desk, *data, "--out", tmp_path / "run", cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    span = ("--from", "2020-02-01", "--to", "2020-05-29")
    done = wattbook("backtest", desk, *data, *span, "--out", tmp_path, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1/119 2020-02-01 nothing traded" in done.stdout
    assert "119/119 2020-05-29 P&L" in done.stdout
    assert "ETA 0:00:00" in done.stdout
    days = json.loads((tmp_path / "backtest.json").read_text(encoding="utf-8"))
    held = facts(tmp_path / "run")
    fills = pl.read_parquet(tmp_path / "run" / "events" / "filled.parquet")
    # Positions roll on through the contracts as they do in one run of the same days.
    assert fills["instrument"].n_unique() >= 3
    assert sum(day["fills"] for day in days) == fills.height
    for name, units in held["figures"]["pnl_units_by_strategy"].items():
        assert sum(int(day["pnl_units_by_strategy"][name]) for day in days) == int(units)
    assert len({day["futures_state_hash"] for day in days}) == len(days)
    # What filled the windows before the first day belongs to no day.
    assert 0 < sum(day["inputs"] for day in days) < held["inputs"]


@pytest.mark.data
def test_the_recorded_days_trade(recorded_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    done = wattbook("run", "--data", recorded_data, "--out", out, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    held = facts(out)
    assert not held["not_traded"]
    names = [market["name"] for market in held["names"]["markets"]]
    assert len(names) == 5
    page = (out / "report.html").read_text(encoding="utf-8")
    assert all(name.replace("'", "&#x27;") in page for name in names)
    assert "2024-02-13" in done.stdout
    assert "96 set aside: the local time does not exist" in done.stdout
    for kind in ("journal", "run"):
        assert wattbook("verify", kind, out, cwd=tmp_path).returncode == 0
    price = pl.read_parquet(out / "events" / "reference_price.parquet")["price"]
    assert float(price.min()) < -37.0  # type: ignore[arg-type]
    assert float(price.max()) == 16_600.0  # type: ignore[arg-type]
