"""Anonymous memory of a long replay from Python. Usage: ``memory.py FILE``.

Replays the long quote file that the Rust side of ``memory`` has written beside FILE, through the
crossing of averages in Rust, with the journal on disk.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from quotes import LATENCY_NS, OWNER, references

from wattbook.execution import replay_ema_cross

status = Path("/proc/self/status")


def anonymous_bytes():
    (kibibytes,) = (
        int(line.split()[1]) for line in status.read_text().splitlines() if line[:8] == "RssAnon:"
    )
    return kibibytes * 1024


def main(file):
    path = Path(file).with_suffix(".long.wbq")
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        wall, cpu = time.perf_counter(), time.process_time()
        done = replay_ema_cross(
            path,
            fast=10,
            slow=20,
            volume="0.1",
            owner=OWNER,
            references=references(),
            desk_currency="EUR",
            latency_ns=LATENCY_NS,
            journal=Path(folder) / "journal",
        )
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(
        json.dumps(
            {
                "rate": done.quotes / cpu,
                "wall_rate": done.quotes / wall,
                "unit": "quotes/s",
                "n": done.quotes,
                "work": {"quotes": done.quotes, "orders": done.orders},
                "anonymous_bytes": anonymous_bytes(),
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
