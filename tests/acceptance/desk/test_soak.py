"""A desk that is left open holds no more at the end than once it was warm."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from wattbook.runtime.folder import RunFolder

SCRIPT = Path(__file__).parents[3] / "web" / "tests" / "soak.mjs"
CHROMIUM, NODE = shutil.which("chromium"), shutil.which("node")
SECONDS = int(os.environ.get("SOAK_SECONDS", "120"))
BROWSER_GROWTH_MB = 5.0
SERVER_GROWTH_MB = 10.0
"""Of written pages and not of the heap: allocators keep some that nothing uses any more."""


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium; tools/setup-debian installs it")
def test_a_desk_left_open_does_not_grow(folder: RunFolder) -> None:
    done = subprocess.run(
        [str(NODE), SCRIPT, sys.executable, folder.path, str(SECONDS)],
        env={**os.environ, "CHROMIUM": str(CHROMIUM)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS + 300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    print(found)
    assert found["browser_growth_mb"] <= BROWSER_GROWTH_MB, found
    assert found["server_growth_mb"] <= SERVER_GROWTH_MB, found
