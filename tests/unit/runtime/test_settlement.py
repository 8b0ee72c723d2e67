"""``wattbook settle`` as its user sees it: files, a seed, a page, and input that does not fit."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import polars as pl
import pytest

from wattbook.cli.main import main
from wattbook.errors import SettlementError
from wattbook.runtime.settlement import load_plan, settle_month

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_a_day_of_files_comes_to_what_its_contract_says(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page, out = tmp_path / "page.html", tmp_path / "out"
    file = EXAMPLES / "settlement_files.toml"
    assert main(["settle", str(file), "--json", "--report", str(page), "--out", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    # Worked out apart from the program: hours with two prices, a band of the larger of five in a
    # hundred and 0.2 MWh at the reference price, the rest at the price of its sign.
    deviations = [0.3, -0.8, 0, 0.4, -0.4, 0.1, 1.5, -1.2, 0.2, 0, -0.3, 0.6] * 2
    schedules = [10] * 6 + [12] * 6 + [14] * 6 + [11] * 6

    def amount(hour: int, off: float) -> float:
        band = max(0.05 * schedules[hour], 0.2)
        within = max(-band, min(band, off))
        price = (90 if off < 0 else 40) + hour
        return (off - within) * price + within * (65 + hour)

    first = sum(amount(hour, 0 if hour == 7 else off) for hour, off in enumerate(deviations))
    final = first + amount(7, deviations[7]) + amount(1, -0.5) - amount(1, -0.8)
    runs = {row["run"]: row for row in told["runs"]}
    assert float(runs["first"]["total"]) == pytest.approx(first, abs=1e-6)
    assert float(runs["final"]["total"]) == pytest.approx(final, abs=1e-6)
    assert [runs[name]["estimated"] for name in ("first", "final")] == [1, 0]
    rest = [row["amount"] for row in told["lines"] if row["line"] == "unexplained"]
    assert rest == ["0.000000"] * 3
    text = page.read_text(encoding="utf-8")
    assert "Why the value moved" in text
    assert "contract, clause 5" in text
    amounts = pl.read_parquet(out / "amounts.parquet")
    assert amounts.height == 26
    assert amounts.schema["amount"] == pl.Int128


@pytest.mark.long
def test_a_seed_gives_the_same_month_again() -> None:
    plan = load_plan(EXAMPLES / "settlement.toml")
    one, two = settle_month(plan), settle_month(plan)
    assert one.settlement.amounts.equals(two.settlement.amounts)
    # 31 days of half-hours less two, for two accounts, first settled on II.
    assert one.settlement.amounts.filter(pl.col("run") == "II").height == 2 * (31 * 48 - 2)
    assert set(one.lines.filter(pl.col("line") == "unexplained")["amount"]) == {0}


MAIN = '[settlement]\nmarket = "DE"\nmonth = "2026-03"\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[settlement", "is no TOML"),
        (MAIN, "give either"),
        (MAIN + "[generated]\n[tables]\nmeters = 'x'\n", "schedules is missing"),
        (MAIN + "[generated]\nseed = -1\n", "seed -1"),
        (MAIN + "[generated]\naccounts = ['a', 'a']\n", "an account stands twice"),
        (MAIN + "[generated]\nmissing = 2\n", "missing 2"),
        (MAIN + "[generated]\ncolour = 2\n", "colour is unknown"),
        (MAIN + "[generated]\nrecorded = 'moon'\n", "recorded 'moon'"),
        ("[settlement]\nmarket = 'XX'\nmonth = '2026-03'\n[generated]\n", "known are DE, GB"),
        ("[settlement]\nmarket = 'DE'\nmonth = '2026-13'\n[generated]\n", "month '2026-13'"),
        ("[settlement]\nmarket = 'DE'\nfirst = 2026-03-01\n[generated]\n", "after None"),
        ("[settlement]\nmonth = '2026-03'\n[generated]\n", "market is missing"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_place(
    tmp_path: Path, text: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "month.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettlementError, match=reason):
        load_plan(path)
    assert main(["settle", str(path)]) == 2
    assert reason.split(maxsplit=1)[0] in capsys.readouterr().err


def test_only_the_last_schedule_before_the_gate_counts(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES / "settlement", tmp_path / "settlement")
    file = tmp_path / "settlement_files.toml"
    text = (EXAMPLES / "settlement_files.toml").read_text()
    file.write_text(text.replace("[settlement]\n", "[settlement]\ngate_minutes = 60\n", 1))
    path = tmp_path / "settlement" / "schedules.csv"
    head, *rows = path.read_text().splitlines()
    made = [f"{head},submitted"]
    for row in rows:
        account, start, mwh = row.split(",")
        made += [
            f"{account},{start},{mwh},2026-03-01T12:00:00+01:00",
            f"{account},{start},99,2026-03-03T12:00:00+01:00",
        ]
    path.write_text("\n".join(made) + "\n")
    plain = settle_month(load_plan(EXAMPLES / "settlement_files.toml"))
    found = settle_month(load_plan(file)).settlement
    assert found.amounts.equals(plain.settlement.amounts)
    # What came too late is told, row by row.
    assert found.quarantined["reason"].to_list() == ["submitted after the gate"] * 24
    assert found.quarantined["row"].to_list() == list(range(1, 48, 2))
    file.write_text(text.replace("[settlement]\n", "[settlement]\ngate_minutes = 0.5\n", 1))
    with pytest.raises(SettlementError, match=r"gate_minutes 0\.5"):
        load_plan(file)


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        ("meters", ("mwh", "energy"), "meters: column 'mwh' is missing"),
        ("prices", ("T00:00:00+01:00", ""), None),
        ("schedules", ("T05:00:00+01:00", "T05:00:00"), "schedules.start, row 5: .* is no instant"),
        ("deals", (",66,", ",dear,"), "deals.price, row 24: 'dear' is no finite number"),
        ("meters", (",9.6\n", ",inf\n"), "meters.mwh, row [0-9]+: inf is no finite number"),
        ("meters", (",9.6\n", ",NaN\n"), "meters.mwh, row [0-9]+: nan is no finite number"),
    ],
)  # fmt: skip
def test_a_table_that_does_not_fit_is_refused_by_column_and_row(
    tmp_path: Path, name: str, change: tuple[str, str], reason: str | None
) -> None:
    shutil.copytree(EXAMPLES / "settlement", tmp_path / "settlement")
    shutil.copy(EXAMPLES / "settlement_files.toml", tmp_path)
    path = tmp_path / "settlement" / f"{name}.csv"
    path.write_text(path.read_text().replace(change[0], change[1], 1))
    plan = load_plan(tmp_path / "settlement_files.toml")
    with pytest.raises(SettlementError, match=reason or "is no instant"):
        settle_month(plan)


def test_a_row_set_aside_and_a_period_without_a_price_are_shown_and_end_in_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(EXAMPLES / "settlement", tmp_path / "settlement")
    shutil.copy(EXAMPLES / "settlement_files.toml", tmp_path)
    prices = tmp_path / "settlement" / "prices.csv"
    lines = prices.read_text().splitlines()
    prices.write_text("\n".join([*lines[:-1], lines[-1].replace("first", "last")]) + "\n")
    page = tmp_path / "page.html"
    file = str(tmp_path / "settlement_files.toml")
    assert main(["settle", file, "--plain", "--report", str(page)]) == 1
    told = capsys.readouterr().out
    assert "set aside: prices, row 23: run last is none of first, final" in told
    assert "1 without a price yet" in told
    assert "run last is none of first, final" in page.read_text()
