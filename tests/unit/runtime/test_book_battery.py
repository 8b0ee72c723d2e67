"""A battery on order files: hours of a day, from when until when orders rest, and what it earns."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.assets.foresight import StoreLimits
from wattbook.cli import main
from wattbook.errors import InputError
from wattbook.market.order_history import load_history
from wattbook.market.order_history.lifetimes import lifetimes
from wattbook.runtime.book_battery import BookDay, run_on_orders

HEADER = ",initial,side,start,transaction,validity,price,quantity"
BATTERY = StoreLimits.symmetric(10.0, 10.0)


def run_of(
    file: Path, *, gate: int = 5, zone: str = "Europe/Berlin"
) -> tuple[tuple[BookDay, ...], int]:
    """Run the battery on a file without costs."""
    return run_on_orders(
        [file], BATTERY, time_zone=zone, fee=0.0, wear=0.0, gate_minutes=gate, states=11
    )


def order_file(folder: Path, *rows: str, name: str = "orders.csv") -> Path:
    """Write orders in BitePy's layout: side, delivery hour, from, until, price, MW."""
    lines = [HEADER]
    # An hour is traded while both sides of its book are there: far orders see to that.
    hours = sorted({row.split()[1] for row in rows})
    ends = (("BUY", "-400.00"), ("SELL", "4000.00"))
    far = [f"{side} {hour} 06:00 - {price} 1.0" for hour in hours for side, price in ends]
    for number, row in enumerate([*far, *rows], 1):
        side, hour, begin, end, price, power = row.split()
        day = "2026-07-16T"
        until = "" if end == "-" else f"{day}{end}:00.000Z"
        lines.append(
            f"{number},{number},{side},{day}{hour}:00:00Z,{day}{begin}:00.000Z,{until},{price},{power}"
        )
    file = folder / name
    file.write_text("\n".join(lines) + "\n")
    return file


def test_it_buys_the_cheap_hour_and_sells_the_dear_one(tmp_path: Path) -> None:
    file = order_file(
        tmp_path,
        "SELL 12 08:00 - 10.00 10.0",
        "BUY 18 09:00 - 90.00 10.0",
        # Better, but gone before anything could be bought for it.
        "BUY 18 07:00 07:30 500.00 10.0",
    )
    (day,), aside = run_of(file)
    assert (day.orders, day.contracts, aside) == (7, 2, 0)
    assert day.run.profit == pytest.approx(800.0)
    assert day.run.position_mw[[0, -1]].tolist() == [10.0, -10.0]


def test_a_gate_ends_trading(tmp_path: Path) -> None:
    file = order_file(tmp_path, "SELL 12 08:00 - 10.00 10.0", "BUY 13 11:50 - 90.00 10.0")
    for minutes, profit in ((5, 800.0), (15, 0.0)):
        (day,), _ = run_of(file, gate=minutes)
        assert day.run.profit == pytest.approx(profit)


def test_days_are_those_of_the_zone_and_each_begins_empty(tmp_path: Path) -> None:
    """22:00 UTC is midnight in Berlin: what is bought on one day is not sold on the next."""
    file = order_file(tmp_path, "SELL 21 08:00 - 10.00 10.0", "BUY 22 09:00 - 90.00 10.0")
    days, _ = run_of(file)
    assert [one.day.isoformat() for one in days] == ["2026-07-16", "2026-07-17"]
    assert [one.run.profit for one in days] == [0.0, 0.0]
    (day,), _ = run_of(file, zone="UTC")
    assert day.run.profit == pytest.approx(800.0)


def test_lifetimes_end_with_the_order_or_with_delivery(tmp_path: Path) -> None:
    file = order_file(tmp_path, "SELL 12 08:00 09:00 10.00 10.0", "BUY 12 08:30 - 5.00 2.0")
    (contract,) = load_history([file]).contracts
    found = lifetimes(contract)
    hour = np.int64(3_600_000_000_000)
    lasted = ((found["ts_end"] - found["ts_event"]) / hour).to_list()
    assert lasted == [6.0, 6.0, 1.0, 3.5]
    assert found["side"].to_list() == [1, 2, 2, 1]
    assert (found["price"] / 100).to_list() == [-400.0, 4_000.0, 10.0, 5.0]


def test_the_command_tells_each_day_and_leaves_the_fills(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = order_file(tmp_path, "SELL 12 08:00 - 10.00 5.0", "BUY 18 09:00 - 90.00 5.0")
    asked = ["battery", "book", str(file), "--fee", "0", "--round-trip", "1"]
    assert main([*asked, "--minutes", "15"]) == 2
    assert "no file has a contract of 15 minutes; there are some of 60" in capsys.readouterr().err
    assert main([*asked, "--json", "--out", str(tmp_path / "out")]) == 0
    ((told,), aside) = json.loads(capsys.readouterr().out).values()
    assert (told["day"], told["fills"], aside) == ("2026-07-16", 2, 0)
    assert told["profit_eur"] == pytest.approx(400.0)
    fills = pl.read_parquet(tmp_path / "out" / "fills.parquet")
    assert fills["cash"].sum() == pytest.approx(400.0)
    assert main([*asked, "--plain"]) == 0
    assert "400.00" in capsys.readouterr().out
    assert main([*asked, "--zone", "Mars/Base"]) == 2
    assert "time zone 'Mars/Base' is unknown" in capsys.readouterr().err


def test_files_without_hours_are_refused() -> None:
    with pytest.raises(InputError, match="no file; name at least one"):
        run_on_orders([], BATTERY, time_zone="UTC", fee=0.0, wear=0.0, gate_minutes=5, states=11)


def test_quarter_hours_are_traded_where_they_are_asked_for(tmp_path: Path) -> None:
    lines = [
        "# made for a test",
        (
            "OrderId,InitialId,ParentId,Side,Product,DeliveryStart,DeliveryEnd,UserDefinedBlock,"
            "RevisionNo,ActionCode,TransactionTime,ValidityTime,Price,Currency,Quantity"
        ),
    ]
    quarters = [("12:00", "12:15", 9.0, 10.0), ("18:00", "18:15", 90.0, 91.0)]
    number = 0
    for begin, end, bid, ask in quarters:
        for side, price in (("BUY", bid), ("SELL", ask)):
            number += 1
            lines.append(
                f"{number},{number},,{side},Quarter,2026-07-16T{begin}:00Z,2026-07-16T{end}:00Z,N,"
                f"1,A,2026-07-16T08:00:00.000Z,2026-07-16T{begin}:00.000Z,{price},EUR,10.0"
            )
    file = tmp_path / "quarters.csv"
    file.write_text("\n".join(lines) + "\n")
    (day,), aside = run_on_orders(
        [file], BATTERY, time_zone="UTC", fee=0.0, wear=0.0, gate_minutes=5, states=11, minutes=15
    )
    assert (day.contracts, aside) == (2, 0)
    # 10 MW of a quarter-hour are 2.5 MWh.
    assert day.run.profit == pytest.approx(2.5 * 80.0)
