"""Every notebook runs in a kernel of its own, and comes to what is known otherwise."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import nbformat
import polars as pl
import pytest
from nbformat import NotebookNode

from notebooks import NOTEBOOKS, page

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / NOTEBOOKS
PATHS = sorted(FOLDER.glob("*.ipynb"))


def run(path: Path, ask: str, data: Path | None = None) -> tuple[NotebookNode, Any]:
    """Return a notebook after its run, and what an expression comes to at its end."""
    environment = dict(os.environ)
    if data is not None:
        environment["WATTBOOK_DATA"] = str(data.resolve())
    # In a process of its own: the client leaves sockets open, which pytest tells as warnings.
    ended = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "notebooks.py"), str(path), ask],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    made = json.loads(ended.stdout)
    return nbformat.from_dict(made["notebook"]), made["told"]


def figures(notebook: NotebookNode) -> list[str]:
    """Return what each figure says it shows."""
    html = (
        output.data.get("text/html", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "execute_result"
    )
    return [title for text in html for title in re.findall(r'aria-label="([^"]+)"', text)]


def test_notebooks_are_stored_without_outputs_and_have_pages() -> None:
    assert len(PATHS) >= 4
    navigation = (ROOT / "mkdocs.yml").read_text()
    named = sorted(re.findall(r": notebooks/(\w+)\.md$", navigation, re.MULTILINE))
    assert [path.stem for path in PATHS] == named
    overview = (ROOT / "docs" / "notebooks.md").read_text()
    for path in PATHS:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(not cell.outputs and cell.execution_count is None for cell in code), path.name
        assert f": notebooks/{path.stem}.md" in navigation
        assert f"(notebooks/{path.stem}.md)" in overview


AUCTION = """dict(
    prices=cleared.convex.prices[:, : day.zones].tolist() if is_recorded else [],
    zones=list(zones),
    counts=[check.prices, check.prices_equal, check.blocks, check.blocks_equal, check.paradoxical,
            check.paradoxical_found] if check else [],
    flow_error=check.flow_error_mwh_mean if check else None,
    statuses=[status.value for status in clearing.statuses],
    names=list(orders.names),
    least=float(earned[accepted].min()),
    cleared=clearing.prices[:, : day.zones].tolist(),
)"""


@pytest.mark.data
def test_the_recorded_auction_comes_out_as_published(recorded_data: Path) -> None:
    notebook, told = run(FOLDER / "italian_auction.ipynb", AUCTION, recorded_data)
    folder = recorded_data / "sources" / "gme-italy-2025-04"
    published = pl.read_csv(gzip.decompress((folder / "published-prices.csv.gz").read_bytes()))
    published = published.filter(pl.col("delivery_day") == "2025-04-01")
    known = {(row["period"], row["zone"]): row["price_eur_per_mwh"] for row in published.to_dicts()}
    for period, row in enumerate(told["prices"], start=1):
        for zone, price in zip(told["zones"], row, strict=True):
            assert round(price, 5) == round(known[period, zone], 5), (period, zone)
    assert len(told["prices"]) * len(told["zones"]) == 168
    blocks = pl.read_csv(gzip.decompress((folder / "block-orders.csv.gz").read_bytes()))
    blocks = blocks.filter(pl.col("delivery_day") == "2025-04-01")
    statuses = dict(zip(blocks["block_id"], blocks["published_status"], strict=True))
    short = {"accepted": "ACC", "rejected": "REJ", "paradoxically_rejected": "PREJ"}
    found = {
        name: short[status] for name, status in zip(told["names"], told["statuses"], strict=True)
    }
    assert found == statuses
    assert set(short.values()) == set(found.values())
    assert told["counts"][::2] == told["counts"][1::2]
    assert told["flow_error"] <= 0.0012
    assert told["least"] >= -1e-6
    shown = figures(notebook)
    assert shown[0] == "Prices of 7 zones by period"
    assert shown[1].startswith("Supply and demand of ")
    assert shown[2] == "Limit of each block against its mean price"
    assert len(shown) == 3 + 6


def test_without_recorded_data_the_auction_says_so_and_clears_another(tmp_path: Path) -> None:
    notebook, told = run(FOLDER / "italian_auction.ipynb", AUCTION, tmp_path)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert "set WATTBOOK_DATA to the recorded data" in first.outputs[0].text
    assert dict(zip(told["names"], told["statuses"], strict=True)) == {
        "small": "accepted",
        "large": "paradoxically_rejected",
        "dear": "rejected",
    }
    assert told["cleared"] == [[10.0, 50.0]] * 4
    # Ten megawatts over four hours, twenty above the limit.
    assert told["least"] == pytest.approx(800.0)
    assert len(figures(notebook)) == 4


CURVE = """dict(
    outside=outside,
    quotes=len(quotes), used=len(curve.quotes), stale=[str(one.product) for one in curve.stale],
    met=[is_met(conflict.band * 1.000001), is_met(conflict.band * 0.999)],
    named=[str(quote.product) for quote in conflict.quotes], band=conflict.band,
    lengths=list(lengths.values()), days=[day.isoformat() for day in lengths],
    basis=basis.tolist(), periods=len(curve.price),
    gas=[gas.average(str(quote.product)) for quote in gas_quotes],
    gas_hours=sorted(set(gas.grid.hours.tolist())),
    cost=cost["price"].to_list(), versions=versions.height,
)"""


def test_the_curve_averages_back_and_names_its_contradiction() -> None:
    notebook, told = run(FOLDER / "forward_curve.ipynb", CURVE)
    assert (told["quotes"], told["used"]) == (20, 19)
    assert told["stale"] == ["DE-LU Cal-30 Base"]
    assert told["outside"] <= 1e-10
    assert told["met"] == [True, False]
    assert told["named"] == ["DE-LU Cal-27 Base", *(f"DE-LU Q{n}-27 Base" for n in range(1, 5))]
    # Hours of the quarters of 2027 in Germany: a clock goes forward in the first, back in the last.
    hours, prices = (2_159, 2_184, 2_208, 2_209), (92.0, 70.2, 76.7, 90.8)
    mean = sum(hour * price for hour, price in zip(hours, prices, strict=True)) / 8_760
    assert told["band"] == pytest.approx((mean - 80.0) / 2, abs=1e-9)
    of_day = dict(zip(told["days"], told["lengths"], strict=True))
    assert [of_day[day] for day in ("2027-03-28", "2027-10-31", "2027-05-01")] == [92, 100, 96]
    assert sum(told["basis"]) == told["periods"]
    # Nothing is quoted after 2029.
    assert told["basis"][3] == sum(4 * 24 for day in told["days"] if day >= "2030")
    assert told["gas"][:3] == pytest.approx([29.4, 30.1, 27.9], abs=1e-10)
    assert 30.8 - 1e-10 <= told["gas"][3] <= 31.2 + 1e-10
    assert told["gas_hours"] == [23.0, 24.0, 25.0]
    assert told["cost"] == pytest.approx([81.4, 81.65])
    assert told["versions"] == 3
    shown = figures(notebook)
    assert [title.split(",")[1].strip() for title in shown] == ["base", "peak"]


INTRADAY = """dict(
    contracts=len(day.contracts), gates=table.drop("contract", "delivers", "pauses").rows(),
    pauses=table["pauses"].to_list(), before=before, after=after, reach=reach.rows(),
    refused=refused, sidc=sidc["kind"].to_list(),
    implied=[[str(row[0]), row[1], float(row[4])] for row in implied.rows()],
    distance=float(distance.max()), relative=np.abs(held.relative).max(),
    anomalies=sum(sum(book.anomalies.values()) for book in rebuilt),
    last=max(float(book.path["ts_event"][-1]) - grid.gate(book.delivery_start) for book in rebuilt),
)"""


def test_the_intraday_day_keeps_its_gates_and_shares_its_borders() -> None:
    notebook, told = run(FOLDER / "intraday_day.ipynb", INTRADAY)
    assert told["contracts"] == 23 + 46 + 92
    # Opens, closes; the same over the border: 5 and 30 minutes before delivery, on a short day.
    assert told["gates"] == [
        ["28 Mar 15:00", "29 Mar 00:55", "28 Mar 15:00", "29 Mar 00:30"],
        ["28 Mar 15:00", "29 Mar 01:55", "28 Mar 15:00", "29 Mar 01:30"],
        ["28 Mar 15:00", "29 Mar 13:55", "28 Mar 15:00", "29 Mar 13:30"],
        ["28 Mar 16:00", "29 Mar 13:55", "28 Mar 15:00", "29 Mar 13:30"],
    ]
    assert [text.count(" to ") for text in told["pauses"]] == [2, 2, 3, 3]
    assert told["before"] == {"DE-LU": 80.0, "FR": 50.0, "NL": 20.0}
    assert told["after"] == 20.0
    assert [(time[7:], here, across) for time, here, across in told["reach"]] == [
        ("09:39", 50.0, 20.0),
        ("09:41", 50.0, 0.0),
        ("10:19", 50.0, 0.0),
        ("10:21", 50.0, 20.0),
        ("13:29", 50.0, 20.0),
        ("13:31", 50.0, 0.0),
        ("13:54", 50.0, 0.0),
        ("13:56", 0.0, 0.0),
    ]
    assert told["refused"].startswith("gate closed: 2026-03-29 H15")
    assert told["sidc"] == ["cancelled"]
    fills = [row[1:] for row in told["implied"] if row[0] == "filled"]
    assert {order: sum(mw for one, mw in fills if one == order) for order in (1, 2)} == {
        1: 6.0,
        2: 6.0,
    }
    assert told["distance"] < 4
    assert told["relative"] < 0.5
    assert told["anomalies"] == 0
    assert told["last"] <= 0
    assert figures(notebook) == ["Best bid and ask until the gate"]


SETTLEMENT = """dict(
    known=known, largest=largest, quarter_hours=quarter_hours, recorded=recorded,
    periods=int(amounts.filter(pl.col("order") == 0).height),
    lines=sorted(set(month.lines["line"])),
)"""


@pytest.mark.data
def test_a_month_of_recorded_prices_is_settled_in_three_runs(recorded_data: Path) -> None:
    notebook, told = run(FOLDER / "imbalance_settlement.ipynb", SETTLEMENT, recorded_data)
    assert told["recorded"] == "ercot"
    # Two accounts, 31 days of quarter-hours less the hour that March loses.
    assert told["periods"] == 2 * 2_972
    assert told["quarter_hours"] == 92
    assert told["largest"] == 0
    assert len(set(told["known"])) == 3
    assert {"imbalance", "re-settlement", "unexplained"} <= set(told["lines"])
    assert figures(notebook) == [
        "Running total of imbalance amounts after each run",
        "Imbalance by day of delivery",
    ]


def test_without_recorded_prices_the_month_is_settled_on_others(tmp_path: Path) -> None:
    notebook, told = run(FOLDER / "imbalance_settlement.ipynb", SETTLEMENT, tmp_path)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert "set WATTBOOK_DATA to the recorded data" in first.outputs[0].text
    assert (told["recorded"], told["periods"], told["largest"]) == ("", 2 * 2_972, 0)


PPA = """dict(
    recorded=is_recorded,
    hours=invoices["hours"].to_list(), unpaid=invoices["suspended_hours"].to_list(),
    invoices=[str(amount) for amount in invoices["amount"]],
    rows=[str(settled.table["amount_exact"].sum()), str(settled.table["amount"].sum())],
    amounts={name: str(one.amount) for name, one in settlements.items()},
    rates=years.select(pl.col("capture_price") / pl.col("base_price")).to_series().to_list(),
    slope=[line.slope, line.slope_error], more=more["capture_rate"].to_list(),
    fair=list(fair.values()), base=base_2017,
    centred=float(np.abs(drawn.spot.mean(axis=0) - curve.price).max()),
    left=max(
        float(np.abs(risk.values - risk.at_means - sum(risk.parts.values())).max())
        for risk in risks.values()
    ),
    seller={name: {row[0]: row[2] for row in risk.table().rows()} for name, risk in risks.items()},
)"""


@pytest.mark.data
def test_the_recorded_ppa_is_settled_as_its_formulas_say(recorded_data: Path) -> None:
    notebook, told = run(FOLDER / "ppa.ipynb", PPA, recorded_data)
    assert told["recorded"]
    check_ppa(told)
    # Straight from the file, day by day and hour by hour, the clock's two changes by hand.
    rows = pl.read_parquet(recorded_data / "epf" / "DE.parquet").sort("ts_local")
    most = rows["pv_wind_forecast_mw"].max()
    assert isinstance(most, float)
    year = rows.filter(pl.col("ts_local").dt.year() == 2017)
    hours = [
        {(3, 26, 2): 0, (10, 29, 2): 2}.get((at.month, at.day, at.hour), 1)
        for at in year["ts_local"]
    ]
    made = [
        count * 40.0 * power / most
        for count, power in zip(hours, year["pv_wind_forecast_mw"], strict=True)
    ]
    paid = sum(30.0 * one for one in made)
    assert float(told["amounts"]["without the clause"]) == pytest.approx(paid, abs=0.02)
    spot = year["price"].to_list()
    gain = sum((30.0 - price) * one for price, one in zip(spot, made, strict=True))
    assert float(told["amounts"]["difference"]) == pytest.approx(gain, abs=0.02)
    collared = sum(min(max(price, 25.0), 35.0) * one for price, one in zip(spot, made, strict=True))
    assert float(told["amounts"]["collar 25 to 35"]) == pytest.approx(collared, abs=0.02)
    captured = sum(price * one for price, one in zip(spot, made, strict=True)) / sum(made)
    base = sum(price * count for price, count in zip(spot, hours, strict=True)) / sum(hours)
    assert told["rates"][-1] == pytest.approx(captured / base)
    assert told["rates"][0] > told["rates"][-1]
    assert told["more"] == sorted(told["more"], reverse=True)
    assert told["slope"][0] < -2 * told["slope"][1]
    # What moves together costs the producer more than ten per cent of the base price.
    assert told["fair"][2] < 0.9 * told["fair"][0]
    assert len(figures(notebook)) == 3


def test_without_recorded_data_the_ppa_says_so_and_settles_another(tmp_path: Path) -> None:
    notebook, told = run(FOLDER / "ppa.ipynb", PPA, tmp_path)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert "set WATTBOOK_DATA to the recorded data" in first.outputs[0].text
    assert not told["recorded"]
    check_ppa(told)


def check_ppa(told: Any) -> None:
    """Hold what must be so whatever the data."""
    assert told["hours"] == [744, 672, 743, 720, 744, 720, 744, 744, 720, 745, 720, 744]
    assert all(hours == 0 or hours >= 6 for hours in told["unpaid"])
    exact, cents = (Decimal(text) for text in told["rows"])
    assert sum(Decimal(text) for text in told["invoices"]) == cents
    assert abs(exact - cents) <= Decimal("0.06")
    assert Decimal(told["amounts"]["baseload 8 MW"]) == 8 * 32 * 8_760
    assert told["fair"][0] == pytest.approx(told["base"])
    assert told["centred"] < 1e-9
    assert told["left"] < 1e-6
    produced, base = told["seller"]["as produced"], told["seller"]["baseload"]
    assert produced["volume"] == pytest.approx(produced["together"])
    assert produced["shape"] < 1e-6 < base["shape"]


STORAGE = """dict(
    is_recorded=is_recorded, curve=curve.tolist(), days=len(changes), farthest=farthest,
    explained=fitted.explained, speeds=[one.mean_reversion for one in fitted.factors],
    values=values["usd"].to_list(), errors=values["standard_error"].to_list(), gap=found.gap,
    level=known.level_mwh.tolist(), lows=[one.lower.mean for one in bounds],
)"""


def hold_storage(notebook: NotebookNode, told: Any) -> None:
    """Hold a run against what is true of any curve."""
    assert told["farthest"] < 5
    assert told["explained"] > 0.95
    assert told["speeds"][0] > told["speeds"][1]
    known, rolling, lower, upper = told["values"]
    _, rolling_error, lower_error, upper_error = told["errors"]
    assert 0 < known < rolling + 3 * rolling_error
    assert rolling < upper + 3 * (rolling_error + upper_error)
    assert known < lower + 3 * lower_error
    assert told["gap"] < 0.02 + 3 * (lower_error + upper_error) / upper
    assert max(told["level"]) == 60_000.0
    assert told["level"][-1] == 0.0
    assert told["lows"] == sorted(told["lows"])
    assert figures(notebook) == [
        "Curve and simulated spot",
        "Level of the intrinsic schedule",
        "Value by volatility",
    ]


@pytest.mark.data
def test_a_gas_storage_is_valued_on_recorded_futures(recorded_data: Path) -> None:
    notebook, told = run(FOLDER / "gas_storage.ipynb", STORAGE, recorded_data)
    assert told["is_recorded"]
    # NG01 and NG12 of 4 April 2022, USD/MMBtu, in MWh.
    assert told["curve"][0] == pytest.approx(5.712 * 3.412142)
    assert told["curve"][11] == pytest.approx(4.17 * 3.412142)
    assert 440 < told["days"] < 490
    hold_storage(notebook, told)


def test_a_gas_storage_without_recorded_data_is_valued_on_a_made_up_curve(tmp_path: Path) -> None:
    notebook, told = run(FOLDER / "gas_storage.ipynb", STORAGE, tmp_path)
    assert not told["is_recorded"]
    hold_storage(notebook, told)
    # The factors that made the changes.
    assert told["speeds"] == pytest.approx([0.012, 0.0004], rel=0.3)


def test_a_page_shows_what_a_run_printed_and_drew(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("# Title\n\n[rules](../../docs/curves.md)"),
            nbformat.v4.new_code_cell("print(6 * 7)\nNone"),
            nbformat.v4.new_code_cell(
                "class Drawn:\n    def _repr_html_(self):\n        return '<b>\\n\\n1</b>'\nDrawn()"
            ),
        ]
    )
    path = tmp_path / "small.ipynb"
    nbformat.write(notebook, path)
    ran, told = run(path, "6 * 7")
    assert told == 42
    text = page(ran)
    assert text.startswith("# Title\n\n[rules](../curves.md)\n\n```python\nprint(6 * 7)")
    assert "```text\n42\n```" in text
    assert text.endswith("<div>\n<b>\n1</b>\n</div>\n")


BATTERY = """dict(
    recorded=is_recorded, days=len(hub.days),
    totals={policy: found.total(policy) for policy in POLICIES},
    shares=[value for share in shares.values() for value in share.tolist()],
    energy=[float(stored.min()), float(stored.max()), float(np.abs(power).max())],
    settled=[float(power @ prices) * hours, float(found.by_policy["offers"][number])],
)"""
BATTERY_FIGURES = 5


@pytest.mark.data
def test_the_battery_earns_what_foresight_is_known_to_earn(recorded_data: Path) -> None:
    notebook, told = run(FOLDER / "ercot_battery.ipynb", BATTERY, recorded_data)
    assert told["recorded"]
    assert told["days"] == 513
    totals = told["totals"]
    assert totals["real_time_apart"] == pytest.approx(93_098, abs=1)
    assert totals["leader"] > totals["day_ahead_schedule"] > totals["yesterday"]
    least, most, power = told["energy"]
    assert least >= -1e-6
    assert most <= 2 + 1e-6
    assert power <= 1 + 1e-9
    assert told["settled"][0] == pytest.approx(told["settled"][1])
    assert len(figures(notebook)) == BATTERY_FIGURES


def test_without_recorded_data_the_battery_runs_on_made_up_days(tmp_path: Path) -> None:
    notebook, told = run(FOLDER / "ercot_battery.ipynb", BATTERY, tmp_path)
    assert not told["recorded"]
    assert told["days"] == 40
    assert told["totals"]["real_time_apart"] >= told["totals"]["leader"]
    assert max(told["shares"]) <= 1 + 1e-9
    assert len(figures(notebook)) == BATTERY_FIGURES
