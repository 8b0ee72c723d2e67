"""The page of a commitment: every plot shows something, and every unit that runs has its strip."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from wattbook.assets.commitment import Commitment, Fleet, commit
from wattbook.assets.unit import PointCurve, Startup, Unit
from wattbook.runtime.report.commitment import commitment_page, mark_step, spans

PLOTS = [
    "Power by period",
    "Price of a MW more by period",
    "Reserve by period",
    "Units on by period",
]


@pytest.fixture(scope="module")
def found() -> Commitment:
    base = Unit("base & <co>", PointCurve(((10.0, 300.0), (40.0, 900.0))), periods_on=5, power=20.0)
    peak = Unit(
        "peak", PointCurve(((5.0, 400.0), (30.0, 1_800.0))), (Startup(1, 50.0),), periods_on=-3
    )
    idle = replace(peak, name="idle", curve=PointCurve(((5.0, 4e4), (30.0, 1.8e5))))
    demand = np.array([20.0, 60.0, 30.0, 62.0, 20.0, 20.0])
    reserve, free = np.full(6, 2.0), np.full(6, 3.0)
    fleet = Fleet("three", (base, peak, idle), demand, reserve, 0 * free, free)
    return commit(fleet, seconds=60.0, gap=1e-6)


def pictures(page: str) -> list[ET.Element]:
    """Return the pictures of a page, each of which is well formed."""
    found = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    return [ET.fromstring(one) for one in found]  # noqa: S314 - our own page


def test_every_plot_has_lines_within_its_frame(found: Commitment) -> None:
    page = commitment_page(found)
    plots = [one for one in pictures(page) if one.get("aria-label") in PLOTS]
    assert [one.get("aria-label") for one in plots] == PLOTS
    for one in plots:
        left, top, right, bottom = (float(edge) for edge in one.attrib["viewBox"].split())
        lines = [path for path in one.iter("path") if path.get("fill") == "none"]
        assert lines, one.get("aria-label")
        for line in lines:
            points = re.findall(r"[ML]([\d.]+) ([\d.]+)", line.attrib["d"])
            # Two ends a period.
            assert len(points) == 12
            assert all(left <= float(x) <= right and top <= float(y) <= bottom for x, y in points)
        texts = [text.text for text in one.iter("text")]
        assert "period" in texts
        assert {"0", "6"} <= set(texts)


def test_units_that_run_have_a_strip_and_others_are_counted(found: Commitment) -> None:
    page = commitment_page(found)
    labels = [one.get("aria-label") or "" for one in pictures(page)]
    strips = [label for label in labels if label.startswith("on in periods")]
    assert strips == ["on in periods 0 to 5", "on in periods 1, 3"]
    assert "1 of 3 are never on" in page
    assert "base &amp; &lt;co&gt;" in page
    assert f"{found.cost:,.0f}" in page
    assert "gap reached" in page
    short = commitment_page(replace(found, is_complete=False))
    assert "time ran out" in short


def test_lines_that_would_lie_on_each_other_are_one(found: Commitment) -> None:
    fleet = replace(found.fleet, renewable_max=np.zeros(6))
    alone = commit(fleet, seconds=60.0, gap=1e-6)
    page = commitment_page(alone)
    assert "demand, met by thermal units" in page
    assert "sun, wind and water</span>" not in page
    assert "sun, wind and water</span>" in commitment_page(found)


def test_marks_fall_on_parts_of_a_day() -> None:
    assert [mark_step(periods) for periods in (6, 24, 48, 168, 8_760)] == [1, 3, 6, 24, 974]
    assert spans(np.array([True, False, True, True])) == "on in periods 0, 2 to 3"
