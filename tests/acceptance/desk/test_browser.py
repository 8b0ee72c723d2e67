"""The desk in a real browser; the scenarios stand in web/tests/desk.mjs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wattbook.runtime.folder import RunFolder

ROOT = Path(__file__).parents[3]
SCREENSHOTS = ROOT / ".build" / "screenshots"
CHROMIUM, NODE = shutil.which("chromium"), shutil.which("node")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium; tools/setup-debian installs it"
)


def test_every_picture_of_the_tour_is_taken_here() -> None:
    tour = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
    scripts = "".join(path.read_text() for path in (ROOT / "web" / "tests").glob("*.mjs"))
    pictures = re.findall(r"images/desk-(\w+)\.png", tour)
    assert len(pictures) >= 8
    for name in pictures:
        assert f"/desk-{name}.png" in scripts or f'"{name.capitalize()}"' in scripts, name
        assert (ROOT / "docs" / "images" / f"desk-{name}.png").is_file(), name


def test_no_two_times_or_periods_have_one_label_on_any_day() -> None:
    script = ROOT / "web" / "tests" / "periods.mjs"
    done = subprocess.run([str(NODE), script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def play(scenario: str, folder: Path, *shelf: Path) -> None:
    """Play a scenario on the desk of a run, with what a shelf holds; it says what went wrong."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    script = ROOT / "web" / "tests" / "desk.mjs"
    # The generated day needs no recorded data, and a resumed run is refused other data than it had.
    around = {name: value for name, value in os.environ.items() if name != "WATTBOOK_DATA"}
    done = subprocess.run(
        [str(NODE), script, scenario, sys.executable, folder, SCREENSHOTS, *shelf],
        env={**around, "CHROMIUM": str(CHROMIUM)},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("scenario", ["market", "restart", "alerts", "keyboard"])
def test_in_the_browser(scenario: str, folder: RunFolder) -> None:
    play(scenario, folder.path)


@pytest.mark.parametrize("scenario", ["figures", "axe", "panels"])
def test_with_deals_curves_and_quarantine(
    scenario: str, folder: RunFolder, shelves: Path, tmp_path: Path
) -> None:
    shelf = tmp_path / "shelf"
    shutil.copytree(shelves, shelf)
    play(scenario, folder.path, shelf)


def test_execution(worked_folder: RunFolder) -> None:
    play("execution", worked_folder.path)


def test_an_order_by_keyboard(paper_folder: RunFolder) -> None:
    play("orders", paper_folder.path)
