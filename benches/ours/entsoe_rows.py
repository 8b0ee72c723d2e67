"""A market document of ENTSO-E to rows. Usage: ``entsoe_rows.py FILE``."""

import json
import statistics
import sys
import time
from pathlib import Path

from wattbook.sources.entsoe import DATASETS
from wattbook.sources.payload import Payload

REPEATS = 9


def timed(payload):
    wall, cpu = time.perf_counter(), time.process_time()
    (dataset,) = [one for one in DATASETS if one.recognises(payload)]
    parsed = dataset.parse(payload)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert parsed.quarantined == ()
    return parsed.observations, wall, cpu


def main(file):
    payload = Payload("generation.xml", Path(file).read_bytes())
    timed(payload)
    runs = [timed(payload) for _ in range(REPEATS)]
    rows = runs[-1][0]
    line = {
        "rate": rows.height / max(statistics.median(cpu for _, _, cpu in runs), 1e-9),
        "wall_rate": rows.height / statistics.median(wall for _, wall, _ in runs),
        "unit": "rows/s",
        "n": rows.height,
        "work": {"rows": rows.height, "tenths": int((rows["value"] * 10).round().sum())},
        "bytes": len(payload.content),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1])
