"""The desk in a real browser; the scenarios stand in web/tests/desk.mjs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wattbook.runtime.folder import RunFolder

ROOT = Path(__file__).parents[3]
SCREENSHOTS = ROOT / ".build" / "reports" / "desk"
CHROMIUM, NODE = shutil.which("chromium"), shutil.which("node")


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium; tools/setup-debian installs it")
@pytest.mark.parametrize(
    "scenario", ["figures", "market", "clock", "stale", "restart", "alerts", "keyboard", "axe"]
)
def test_in_the_browser(scenario: str, folder: RunFolder) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [
            str(NODE),
            ROOT / "web/tests/desk.mjs",
            scenario,
            sys.executable,
            folder.path,
            SCREENSHOTS,
        ],
        env={**os.environ, "CHROMIUM": str(CHROMIUM)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    json.loads(done.stdout.splitlines()[-1])
