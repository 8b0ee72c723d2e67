"""Examples on recorded data that stand by themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


def printed(name: str, data: Path) -> str:
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), str(data)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.long
def test_virtual_bids_on_paths_are_walked_forward(recorded_data: Path) -> None:
    lines = printed("path_congestion.py", recorded_data).splitlines()
    assert len(lines) == 16
    # Of four months the first thirty days choose only.
    assert lines[-1].startswith("all paths: 90 days")
    assert "95 % interval" in lines[-1]


@pytest.mark.slow
def test_algorithms_trade_in_recorded_books(recorded_data: Path) -> None:
    text = printed("recorded_books.py", recorded_data)
    assert text.count("NOT ENERGY") == 2
    assert text.count("better than at once by") == 14
    assert text.count("market making") == 2
