"""A fit of an order file becomes a day of trading: two commands in a row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.cli import main
from wattbook.market.order_history import BUY, BookRates, Grid, simulate

HOUR = 3_600 * 10**9
COLUMNS = (
    "OrderId,InitialId,ParentId,Side,Product,DeliveryStart,DeliveryEnd,UserDefinedBlock,"
    "RevisionNo,ActionCode,TransactionTime,ValidityTime,Price,Currency,Quantity"
)
# Orders an hour and side for each distance, market orders, cancellations an order: busy near the
# gate, quiet before.
BUSY = (120.0, 60.0, 2.0)
QUIET = (20.0, 4.0, 0.5)


def order_file(folder: Path, lots: int) -> str:
    """Write four contracts in the exchange's columns; volumes about `lots` tenths of a MW."""
    rates = BookRates(
        Grid(minutes=(0, 60, 240), ticks=(0, 20, 100)),
        limit=np.array([np.full((2, 2), each[0]) for each in (BUSY, QUIET)]),
        market=np.array([np.full(2, each[1]) for each in (BUSY, QUIET)]),
        cancel=np.array([np.full(2, each[2]) for each in (BUSY, QUIET)]),
        limit_lots=(np.array([lots, 2 * lots]),) * 2,
        market_lots=(np.array([lots]),) * 2,
    )
    lines = ["# made for a test", COLUMNS]
    for day in range(1, 5):
        start = day * 24 * HOUR
        contract = simulate(
            rates,
            delivery_start=start,
            delivery_end=start + HOUR,
            begin=start - 4 * HOUR,
            bid=4_950,
            ask=5_050,
            seed=day,
        )
        period = ",".join(f"{np.datetime64(at, 'ns')}Z" for at in (start, start + HOUR))
        for revision, row in enumerate(contract.actions.iter_rows()):
            ts, order, _, side, code, price, volume = row
            name = f"{day}-{order}"
            lines.append(
                f"{name},{name},,{'BUY' if side == BUY else 'SELL'},XBID_Hour_Power,{period},N,"
                f"{revision},{code},{np.datetime64(ts, 'ns')}Z,,{price / 100:.2f},EUR,{volume / 10}"
            )
    folder.mkdir()
    file = folder / "orders.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


def simulated(fit: Path, report: Path, *more: str) -> pl.DataFrame:
    """Return the day that the command trades by `fit`, one row a contract."""
    asked = ["intraday", "simulate", "--fit", str(fit), "--zones", "DE-LU", "--lengths", "hour"]
    assert main([*asked, "--plain", "--report", str(report), *more]) == 0
    return pl.read_parquet(report)


def test_a_fit_of_an_order_file_trades_a_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    days = {}
    for name, lots in (("small", 10), ("large", 100)):
        out = tmp_path / name / "out"
        asked = ["history", order_file(tmp_path / name, lots), "--out", str(out), "--runs", "1"]
        assert main([*asked, "--minutes", "0,60,240,480", "--plain"]) == 0
        sections = sorted(path.name for path in out.glob("*.toml"))
        # Nobody traded more than four hours before the gate.
        assert sections == ["synthetic_book_0-60.toml", "synthetic_book_60-240.toml"]
        days[name] = simulated(out, tmp_path / f"{name}.parquet")
    shown = capsys.readouterr().out
    assert "more than 240 minutes to gate as 60-240: the fit ends there" in shown
    small, large = days["small"], days["large"]
    assert small.height == large.height == 24
    assert (small["trades"] > 0).all()
    # Ten times the volume an order is traded in about ten times the energy.
    ratio = float(large["volume_mwh"].sum()) / float(small["volume_mwh"].sum())
    assert 5 < ratio < 20
    # The same fit and seed give the same day.
    again = simulated(tmp_path / "small" / "out", tmp_path / "again.parquet")
    assert again.equals(small)


def test_a_later_fit_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    file, out = order_file(tmp_path / "file", 10), tmp_path / "out"
    for minutes in ("0,30,60,240", "0,0.5,240,1000000"):
        asked = ["history", file, "--out", str(out), "--runs", "1", "--plain"]
        assert main([*asked, "--minutes", minutes]) == 0
    sections = {path.name for path in out.glob("*.toml")}
    assert sections <= {
        "synthetic_book_0-0.5.toml",
        "synthetic_book_0.5-240.toml",
        "synthetic_book_240-1000000.toml",
    }
    assert "synthetic_book_0.5-240.toml" in sections
    assert (simulated(out, tmp_path / "day.parquet", "--events", "5000")["orders"] > 0).all()
