"""What is wrong with recorded data reaches the reader: printed, in the report, set aside in a file.

The sources are written here as recorded ones, then damaged; nothing is ever put in the place of
what is missing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import polars as pl
import pytest

SOURCE = "rt5/nem_vic1_5min_2024_2025.parquet"
DESK = """
[desk]
name = "damaged"
currency = "AUD"
[[book]]
name = "assets"
order_volume = 50
order_value = 1_000_000
position_volume = 50
loss = 1_000_000
price_collar = 40_000
[[market]]
name = "pool"
source = "nem-vic1"
day = 2024-03-30
[[strategy]]
name = "battery"
kind = "battery"
market = "pool"
book = "assets"
power = 20
energy = 40
"""


class Rows(HTMLParser):
    """Collects the cells of every table row."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


def pool() -> pl.DataFrame:
    """Return 60 generated days as the NEM writes them."""
    from wattbook.sources.recorded.generated import generate

    price = generate(7).real_time[-60:].ravel()
    end = np.datetime64("2024-03-31T04:00", "us")
    stamp = end - np.arange(price.size)[::-1] * np.timedelta64(300, "s")
    return pl.DataFrame(
        {"interval_end_aest": stamp, "rrp_aud_mwh": price, "demand_mw": np.zeros(price.size)}
    )


def damaged(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with every kind of damage.

    Of the traded day, the last 288 rows, the 10th to 13th are gone; of the days before, 7 rows are
    gone, 3 come twice, one comes again with another price, two pairs change places, one has no
    price and one lies off the grid.
    """
    last = frame.height - 288
    keep = np.ones(frame.height, dtype=bool)
    keep[last + 9 : last + 13] = False
    keep[1_000:1_007] = False
    rows = frame.with_row_index("at").filter(pl.Series(keep))
    again = rows.filter(pl.col("at").is_in([50, 51, 52]))
    other = rows.filter(pl.col("at") == 60).with_columns(pl.col("rrp_aud_mwh") + 1.0)
    rows = rows.with_columns(
        pl.when(pl.col("at") == 70).then(None).otherwise("rrp_aud_mwh").alias("rrp_aud_mwh"),
        pl.when(pl.col("at") == 80)
        .then(pl.col("interval_end_aest") + pl.duration(minutes=1))
        .otherwise("interval_end_aest")
        .alias("interval_end_aest"),
        pl.col("at").replace({90: 91, 91: 90, 95: 96, 96: 95}),
    ).sort("at", maintain_order=True)
    return pl.concat([rows.sort("at"), again, other]).drop("at")


def run(folder: Path, frame: pl.DataFrame) -> tuple[subprocess.CompletedProcess[str], Path]:
    (folder / "data" / "rt5").mkdir(parents=True)
    frame.write_parquet(folder / "data" / SOURCE)
    (folder / "desk.toml").write_text(DESK, encoding="utf-8")
    environment = {key: value for key, value in os.environ.items() if key != "WATTBOOK_DATA"}
    command = [sys.executable, "-m", "wattbook", "run", "desk.toml", "--data", "data"]
    done = subprocess.run(
        [*command, "--out", "run"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done, folder / "run"


@pytest.fixture(scope="module")
def whole_and_damaged(
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[subprocess.CompletedProcess[str], Path]]:
    frame = pool()
    found = {}
    for name, rows in (("whole", frame), ("damaged", damaged(frame))):
        found[name] = run(tmp_path_factory.mktemp(name), rows)
        assert found[name][0].returncode == 0, found[name][0].stdout + found[name][0].stderr
    return found


Runs = dict[str, tuple[subprocess.CompletedProcess[str], Path]]


def report_row(out: Path) -> dict[str, str]:
    parser = Rows()
    parser.feed((out / "report.html").read_text(encoding="utf-8"))
    heading = next(row for row in parser.rows if row[:2] == ["Series", "Source"])
    found = next(row for row in parser.rows if row[0] == "nem-vic1")
    return dict(zip(heading, found, strict=True))


def test_every_damage_is_counted_in_what_is_printed(whole_and_damaged: Runs) -> None:
    whole, _ = whole_and_damaged["whole"]
    assert (
        "nem-vic1: 17280 rows read, 17280 kept, 0 missing in 0 gaps, 0 repeated, 0 out of order, "
        "0 set aside" in whole.stdout
    )
    done, _ = whole_and_damaged["damaged"]
    # 4 and 7 rows were taken out, 2 more have no place: one without a price, one off the grid.
    assert (
        "nem-vic1: 17273 rows read, 17267 kept, 13 missing in 4 gaps, 4 repeated, 6 out of order, "
        "6 set aside" in done.stdout
    )
    for line in (
        "3 set aside: the delivery period was there before, with the same price",
        "1 set aside: the delivery period was there before, with another price",
        "1 set aside: the row has no finite price",
        "1 set aside: the time does not begin a delivery period",
    ):
        assert line in done.stdout


def test_the_same_counts_stand_in_the_report(whole_and_damaged: Runs) -> None:
    _, out = whole_and_damaged["damaged"]
    row = report_row(out)
    counts = [row[name] for name in ("Rows", "Kept", "Missing", "Repeated", "Out of order")]
    assert counts == ["17,273", "17,267", "13", "4", "6"]
    assert row["Set aside"] == "6"
    assert "1: the row has no finite price" in row["Why"]
    assert report_row(whole_and_damaged["whole"][1])["Missing"] == "0"


def test_every_row_that_was_set_aside_is_kept_with_its_place(whole_and_damaged: Runs) -> None:
    _, out = whole_and_damaged["damaged"]
    aside = pl.read_parquet(out / "quarantine.parquet")
    assert aside["row"].to_list() == [70, 80, 17269, 17270, 17271, 17272]
    frame = damaged(pool())
    assert frame["rrp_aud_mwh"][17272] == aside["price"][5]


def test_what_is_missing_is_not_traded_and_never_made_up(whole_and_damaged: Runs) -> None:
    published = {}
    for name, (_, out) in whole_and_damaged.items():
        prices = pl.read_parquet(out / "events" / "reference_price.parquet")
        published[name] = dict(prices["ts_event", "price"].rows())
    missing = set(published["whole"]) - set(published["damaged"])
    assert (len(published["whole"]), len(missing)) == (288, 4)
    assert published["damaged"].items() <= published["whole"].items()
