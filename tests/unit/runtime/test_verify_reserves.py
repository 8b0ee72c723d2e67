"""What a battery was paid for reserves is worked out again, and a wrong figure is found."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from wattbook.cli import main
from wattbook.runtime.desk import load_desk
from wattbook.runtime.desk.spec import BatterySpec
from wattbook.runtime.figures import Ledger
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.replay import ledger_of
from wattbook.runtime.verify.reserves import check_reserves
from wattbook.runtime.verify.result import Tally

DESK = Path(__file__).parents[3] / "examples" / "reserves_day.toml"
ZONE = "Europe/Berlin"


def worked_out(folder: RunFolder, ledger: Ledger) -> Tally:
    """Return what the check finds of the only battery."""
    (spec,) = load_desk(DESK).strategy
    assert isinstance(spec, BatterySpec)
    tally = Tally()
    steps = pl.read_parquet(folder.dispatch / "battery.parquet")
    check_reserves(tally, folder, ledger, spec, steps, ZONE)
    return tally


def changed(path: Path, **columns: pl.Expr) -> bytes:
    """Write a table anew with some columns changed; return what it was."""
    before = path.read_bytes()
    pl.read_parquet(path).with_columns(**columns).write_parquet(path)
    return before


@pytest.mark.long
def test_reserves_are_worked_out_again_and_what_is_wrong_is_named(tmp_path: Path) -> None:
    assert main(["run", str(DESK), "--out", str(tmp_path / "run"), "--plain"]) == 0
    folder = RunFolder(tmp_path / "run")
    ledger = ledger_of(folder)
    good = worked_out(folder, ledger)
    assert good.differences == []
    # Seven figures of 160 rows, and two of each of 96 periods.
    assert good.passed >= 160 * 7 + 96 * 2
    table = folder.dispatch / "battery-reserves.parquet"
    called = pl.col("called") > 0
    for column, change, said in (
        ("delivered", pl.when(called).then(pl.col("delivered") // 2).otherwise(0), "delivered"),
        ("available", pl.col("available") - 1_000, "available"),
        ("price", pl.col("price") + 100, "price"),
        ("energy_price", pl.col("energy_price") * 2, "energy_price"),
    ):
        before = changed(table, **{column: change})
        found = worked_out(folder, ledger).differences
        assert any(one.place.endswith(f" {said}") for one in found)
        # Payments in the journal are no longer those of the rows.
        assert any(one.place.startswith("reserves_settled ") for one in found)
        table.write_bytes(before)
    lines = folder.dispatch / "battery-reserve-amounts.parquet"
    changed(lines, amount=pl.col("amount") + 1)
    found = worked_out(folder, ledger).differences
    assert {one.place.partition(" ")[0] for one in found} == {f"dispatch/{lines.name}"}
