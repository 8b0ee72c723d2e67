"""``wattbook history`` prints rates and fit errors by time to gate, and leaves tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from wattbook.cli import main
from wattbook.market.order_history import BUY, BookRates, Grid, simulate
from wattbook.runtime.desk.parse import parse_desk

HOUR = 3_600 * 10**9
ROOT = Path(__file__).parents[3]
RATES = BookRates(
    Grid(minutes=(0, 180)),
    limit=np.full((1, 2, 7), 12.0),
    market=np.full((1, 2), 10.0),
    cancel=np.full((1, 2), 1.5),
    limit_lots=(np.array([10, 20, 30]),),
    market_lots=(np.array([5, 15]),),
)
COLUMNS = (
    "OrderId,InitialId,ParentId,Side,Product,DeliveryStart,DeliveryEnd,UserDefinedBlock,"
    "RevisionNo,ActionCode,TransactionTime,ValidityTime,Price,Currency,Quantity"
)


def exchange_file(folder: Path) -> str:
    lines = ["# made for a test", COLUMNS]
    for day in range(1, 5):
        start = day * 24 * HOUR
        contract = simulate(
            RATES,
            delivery_start=start,
            delivery_end=start + HOUR,
            begin=start - 3 * HOUR,
            bid=4_000,
            ask=4_100,
            seed=day,
        )
        period = ",".join(f"{np.datetime64(at, 'ns')}Z" for at in (start, start + HOUR))
        for revision, row in enumerate(contract.actions.iter_rows()):
            ts, order, _, side, code, price, lots = row
            name = f"{day}-{order}"
            lines.append(
                f"{name},{name},,{'BUY' if side == BUY else 'SELL'},XBID_Hour_Power,{period},N,"
                f"{revision},{code},{np.datetime64(ts, 'ns')}Z,,{price / 100:.2f},EUR,{lots / 10}"
            )
    file = folder / "orders.csv"
    file.write_text("\n".join([*lines, "damaged"]) + "\n", encoding="utf-8")
    return str(file)


def test_a_history_is_told_by_time_to_gate_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ["history", exchange_file(tmp_path), "--out", str(out), "--minutes", "0,60,180"]
    assert main([*asked, "--runs", "2", "--plain"]) == 0
    told = capsys.readouterr().out
    assert "set aside: orders.csv, line" in told
    assert "on 4 contracts; set aside 1, repeated 0, blocks 0" in told
    assert "unknown order 0, added twice 0" in told
    assert "(2 runs of 4 contracts)" in told
    rates, errors, aside = (
        pl.read_parquet(out / f"{name}.parquet") for name in ("rates", "fit_error", "quarantined")
    )
    market = rates.filter(rate="market")
    off = (market["per_hour"] - 10) / market["standard_error"]
    assert np.abs(off.to_numpy()).max() < 4
    assert errors["relative_error"].is_not_nan().all()
    assert aside["raw"].to_list() == [b"damaged"]
    assert pl.read_parquet(out / "books.parquet")["delivery_start"].n_unique() == 4


def test_the_written_section_is_a_book_that_a_desk_takes(tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ["history", exchange_file(tmp_path), "--out", str(out), "--minutes", "0,180"]
    assert main([*asked, "--runs", "1", "--plain"]) == 0
    section = (out / "synthetic_book_0-180.toml").read_text(encoding="utf-8")
    desk = parse_desk(with_book(section))
    book = desk.market[0].synthetic_book
    assert book is not None
    assert book.participants.momentum == 0
    assert f"half_spread = {book.half_spread}" in section


def with_book(section: str) -> str:
    """Return the example's desk with its made-up book replaced by `section`."""
    text = (ROOT / "examples" / "live_desk.toml").read_text(encoding="utf-8")
    before, _, after = text.partition("[market.synthetic_book]")
    rest = after[after.index("\n[") :]
    while rest.startswith("\n[market.synthetic_book"):
        rest = rest[rest.index("\n[", 2) :]
    return before + section + rest


def test_the_recorded_rows_run_end_to_end(
    recorded_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = recorded_data / "sources/epex-orderbook/orderbook_2022-01-02.csv.zip"
    # No contract of these four rows ever has both sides.
    assert main(["history", str(file), "--plain"]) == 1
    told = capsys.readouterr().out
    assert "5 actions on 4 contracts; set aside 0" in told
    assert "unplaced 4" in told
    assert "(4 runs of 0 contracts)" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.csv"], "cannot be read"),
        ([str(ROOT / "README.md")], "the header of no order file"),
        (["none.csv", "--minutes", "60,0"], "make no bins"),
    ],
)
def test_wrong_input_is_named(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", *arguments]) == 2
    assert told in capsys.readouterr().err
