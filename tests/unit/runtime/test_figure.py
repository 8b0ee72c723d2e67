"""Figures of notebooks have the reports' colours, and a curve is drawn with its quotes."""

from __future__ import annotations

import datetime as dt
import math
import re
from pathlib import Path

import pytest

from wattbook.domain.calendars import DeliveryProduct
from wattbook.market.curves import ForwardQuote, build_curve
from wattbook.runtime.report.curve_plot import month_marks, quotes_plot
from wattbook.runtime.report.figure import INKS, Figure

CSS = Path(__file__).parents[3] / "web" / "report" / "report.css"


def test_inks_are_the_light_ones_of_the_reports() -> None:
    light = CSS.read_text().split(":root")[1]
    assert {name: re.findall(rf"--{name}: (#\w+);", light) for name in INKS} == {
        name: [colour] for name, colour in INKS.items()
    }


def test_a_figure_brings_its_colours_and_styles_nothing_else() -> None:
    shown = Figure("<svg></svg>")._repr_html_()
    assert "--line-1:#0072b2" in shown
    style = re.search(r"<style>(.+)</style>", shown, re.DOTALL)
    assert style is not None
    rules = style[1].strip().splitlines()
    assert all(rule.startswith(".wattbook-figure") for rule in rules)


def heights(drawn: str, dash: str) -> list[float]:
    """Return the heights of the level pieces of the line with a dash pattern."""
    path = re.search(rf'<path d="([^"]+)" fill="none"[^>]+stroke-dasharray="{dash}"/>', drawn)
    assert path is not None
    return [float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)", path[1])]


def test_a_curve_is_drawn_with_prices_and_bands_over_their_deliveries() -> None:
    quotes = [
        ForwardQuote.at("DE-LU Q1-27", 90.0),
        ForwardQuote(DeliveryProduct("DE-LU Q2-27"), 70.0, 71.0),
        ForwardQuote(DeliveryProduct("DE-LU Q3-27"), -math.inf, 80.0),
        ForwardQuote.at("DE-LU Q1-27 Peak", 110.0),
    ]
    curve = build_curve("DE-LU", quotes, as_of=dt.date(2026, 11, 25), step="hour")
    drawn = quotes_plot(curve, "EUR/MWh")
    names = re.findall(r"</svg> ([^<]+)</span>", drawn)
    assert names == ["curve, daily averages", "price", "bid", "ask"]
    (price,), (bid,), asks = (heights(drawn, dash) for dash in ("", "10 3 2 3", "2 3"))
    # Up is less on a page: 90 above the ask of 80, then 71, then the bid of 70.
    assert price < asks[1] < asks[0] < bid
    assert (asks[1] - price) / (bid - asks[0]) == pytest.approx(10.0, rel=0.1)
    peak = re.findall(r"</svg> ([^<]+)</span>", quotes_plot(curve, "EUR/MWh", "peak"))
    assert peak == ["curve, daily averages", "price"]


def test_months_are_marked_in_equal_steps_a_dozen_at_most() -> None:
    assert [name for _, name in month_marks(dt.date(2026, 12, 2), dt.date(2027, 3, 1))] == [
        "Jan 27", "Feb 27",
    ]  # fmt: skip
    marks = month_marks(dt.date(2027, 1, 1), dt.date(2032, 1, 1))
    assert [name for _, name in marks][:3] == ["Jan 27", "Jul 27", "Jan 28"]
    assert len(marks) == 10
    assert marks[0][0] == (dt.date(2027, 1, 1) - dt.date(1970, 1, 1)).days
