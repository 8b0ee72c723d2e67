"""Time and memory of one import. Usage: ``import_package.py MODULE``."""

import importlib
import json
import sys
import time
from pathlib import Path

start, cpu = time.perf_counter(), time.process_time()
importlib.import_module(sys.argv[1])
wall, cpu = time.perf_counter() - start, time.process_time() - cpu
status = Path("/proc/self/status").read_text()
(peak,) = (int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
print(
    json.dumps(
        {
            "rate": 1 / cpu,
            "wall_rate": 1 / wall,
            "unit": "imports/s",
            "n": 1,
            "milliseconds": wall * 1e3,
            "rss_bytes": peak * 1024,
        }
    )
)
