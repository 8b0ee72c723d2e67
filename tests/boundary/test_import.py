"""`import wattbook` stays light: a desk's tools start in a blink."""

from __future__ import annotations

import json
import subprocess
import sys

HEAVY = {"numpy", "pandas", "polars", "pyarrow"}

PROBE = """
import json, pathlib, sys, time
start = time.perf_counter()
import wattbook
seconds = time.perf_counter() - start
status = pathlib.Path("/proc/self/status").read_text()
# The peak of this process alone; getrusage would count what it was forked from.
(peak,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
print(json.dumps({"modules": sorted(sys.modules), "seconds": seconds, "kib": int(peak)}))
"""


def probe() -> dict[str, object]:
    done = subprocess.run([sys.executable, "-c", PROBE], check=True, capture_output=True, text=True)
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_import_loads_no_data_library() -> None:
    modules = probe()["modules"]
    assert isinstance(modules, list)
    assert HEAVY.isdisjoint(modules)
    assert "wattbook" in modules


def test_import_takes_less_than_40_mb() -> None:
    kib = probe()["kib"]
    assert isinstance(kib, int)
    assert kib < 40_000


def test_import_takes_less_than_150_ms() -> None:
    # The fastest of five, because what else the machine does is not ours to count.
    assert min(float(str(probe()["seconds"])) for _ in range(5)) < 0.150
