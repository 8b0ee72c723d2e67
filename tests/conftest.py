"""What every test shares: recorded data, reproducible properties, and no skip unseen."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

ROOT = Path(__file__).parent.parent
FAIL_ON_SKIP = os.environ.get("WATTBOOK_FAIL_ON_SKIP") == "1"

settings.register_profile("explore", deadline=None)
# A build that failed must fail again: its cases follow from the test, not from the clock.
settings.register_profile("reproducible", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("reproducible" if FAIL_ON_SKIP else "explore")


@pytest.fixture(scope="session")
def recorded_data() -> Path:
    """Return the folder of recorded market data; skip where a clone has none."""
    folder = Path(os.environ.get("WATTBOOK_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no recorded data in {folder}; set WATTBOOK_DATA")
    return folder


@pytest.fixture(scope="session")
def ray_here() -> Iterator[Any]:
    """One Ray for all tests: two workers on loopback, of which nothing is left."""
    # Not `importorskip`: it would import Ray before its settings are made.
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed")
    import psutil

    from wattbook.workers import ray_session

    # Those of other tests, such as a broker's, go on.
    others = psutil.Process().children(recursive=True)
    with ray_session("local", 2) as ray:
        folder = Path(ray._private.worker.global_worker.node.get_session_dir_path()).parent
        assert folder.is_dir()
        children = psutil.Process().children(recursive=True)
        began = [one for one in children if one not in others]
        yield ray
    _, alive = psutil.wait_procs(began, timeout=60)
    assert not alive
    assert not folder.exists()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run for any skipped test when WATTBOOK_FAIL_ON_SKIP=1."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if FAIL_ON_SKIP and reporter is not None and reporter.stats.get("skipped"):
        reporter.write_line("a test was skipped, and WATTBOOK_FAIL_ON_SKIP=1 allows none", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
