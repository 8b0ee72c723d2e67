"""``wattbook curve`` prints how each quote is met, and leaves tables and a page on their own."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import polars as pl
import pytest

from wattbook.cli import main
from wattbook.market.curves import CurveHistory, curve_grid

EXAMPLE = str(Path(__file__).parents[3] / "examples" / "forward_quotes.csv")
NAMED = ["--zone", "DE-LU", "--as-of", "2026-11-25"]


def write(folder: Path, *lines: str) -> str:
    file = folder / "quotes.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)


def test_every_quote_of_the_example_is_met_and_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    asked = ["curve", EXAMPLE, *NAMED, "--out", str(out), "--plot", "--until", "2031-12-31"]
    assert main([*asked, "--tick", "0.01", "--keep", str(tmp_path / "kept")]) == 0
    told = capsys.readouterr().out
    assert "DE-LU Cal-27 Peak" in told
    assert "35,040 periods without a quote; outside, the level" in told
    prices, quotes = (pl.read_parquet(out / f"{name}.parquet") for name in ("prices", "quotes"))
    assert prices.height == len(
        curve_grid("DE-LU", dt.date(2026, 12, 1), dt.date(2032, 1, 1), "quarter_hour")
    )
    assert quotes.height == 20
    assert quotes["outside"].to_numpy().max() <= 1e-9
    summary = json.loads((out / "curve.json").read_text())
    assert summary["version"] in told
    assert summary["periods"]["after the last quote"] == 35_040
    assert pl.read_parquet(out / "months.parquet").height == 61
    kept = CurveHistory(tmp_path / "kept").load("DE-LU", dt.date(2026, 11, 25))
    assert kept.version == summary["version"]
    assert kept.price.tolist() == prices["price"].to_list()


def test_the_page_needs_nothing_else_and_escapes_what_it_was_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quotes = write(tmp_path, "product,price", "Cal-27 Base,80", "<script>alert(1)</script>,5")
    asked = ["curve", quotes, *NAMED, "--out", str(tmp_path), "--plot", "--unit", "</script>EUR"]
    assert main(asked) == 1
    capsys.readouterr()
    page = (tmp_path / "curve.html").read_text(encoding="utf-8")
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", page)
    assert "<script>alert" not in page
    document = page.split('<script type="application/json" id="data">')[1].split("</script>")[0]
    charts = json.loads(document)
    assert [chart["id"] for chart in charts] == ["months", "days", "week-1", "week-7"]
    for chart in charts:
        assert all(len(line["values"]) == len(chart["t"]) for line in chart["lines"])
    assert len(charts[0]["t"]) == 13


def test_contradictions_end_with_one_and_name_quotes_and_band(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quotes = write(
        tmp_path, "product,price,bid,ask", "Cal-27,80,,", "Cal-27 Peak,,110,", "Cal-27 OffPeak,75,,"
    )
    out = tmp_path / "out"
    assert main(["curve", quotes, *NAMED, "--out", str(out)]) == 1
    told = capsys.readouterr().err
    for name in ("Cal-27 Base 80", "Cal-27 Peak 110 to inf", "Cal-27 OffPeak 75"):
        assert name in told
    assert re.search(r"±\d+\.\d+ on each would reconcile them", told)
    assert not out.exists()


@pytest.mark.parametrize(
    ("added", "says"),
    [
        (["--plot"], "add --out DIR"),
        (["--weather-normal"], "add --past FILE"),
        (["--past", "nowhere.parquet"], "nowhere.parquet cannot be read as past prices"),
        (["--from", "2027-02-01"], "leaves the curve"),
        (["--out", "/proc/wattbook"], "/proc/wattbook cannot be written"),
        (["--tick", "-1"], "is no number from 0"),
        (["--as-of", "yesterday"], "no day of the calendar"),
    ],
)
def test_a_mistake_is_answered_with_its_fix(
    added: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quotes = write(tmp_path, "product,price", "Cal-27,80")
    try:
        status = main(["curve", quotes, *NAMED, *added])
    except SystemExit as ended:
        status = int(str(ended.code))
    assert status == 2
    assert says in capsys.readouterr().err


def test_lines_set_aside_are_told_and_the_others_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quotes = write(tmp_path, "product,price", "Cal-27,80", "Cal-27 Peak,dear")
    assert main(["curve", quotes, *NAMED, "--json"]) == 1
    told = capsys.readouterr()
    assert "line 3: price 'dear' is no number" in told.err
    assert json.loads(told.out)["set_aside"] == [
        "line 3: price 'dear' is no number; write it like 81.25"
    ]


@pytest.mark.data
def test_recorded_prices_and_temperatures_make_the_shape(
    recorded_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quotes = write(tmp_path, "product,price", "Cal-26 Base,45", "Cal-26 Peak,55")
    past = recorded_data / "power" / "ercot_hubavg_hourly_da_load_temp_202401_202505.parquet"
    columns = "interval_start_utc,da_price_usd_mwh,temp_c_ercot"
    asked = ["curve", quotes, "--zone", "HB_HUBAVG", "--past", str(past), "--past-columns", columns]
    versions = []
    for added in ([], ["--weather-normal"], ["--shape", "multiplicative"]):
        assert main([*asked, "--as-of", "2025-06-01", "--json", *added]) == 0
        summary = json.loads(capsys.readouterr().out)
        assert summary["outside_max"] <= 1e-10
        versions.append(summary["version"])
    assert len(set(versions)) == 3
