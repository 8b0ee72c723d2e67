"""How long the engine of a paper run takes for an input, with and without readers of its desk.

Usage: ``desk_engine.py alone|readers FOLDER RUST``. The generated day is played on paper 3,600
times as fast and its desk is served; 500 readers, which the program RUST holds, listen for ten
seconds of it or nobody does.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import httpx
from desk import stream


def main(side, scratch, rust):
    folder = Path(scratch) / f"desk-engine-{time.time_ns()}"
    command = [sys.executable, "-m", "wattbook", "paper", "--out", str(folder), "--serve"]
    command += ["--replay-speed", "3600", "--port", "0", "--plain"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        said = (re.search(r"http://\S+", line) for line in process.stdout)
        address = next(found for found in said if found)[0]
        if side == "readers":
            answer = httpx.post(f"{address}v1/session", json={"role": "viewer"})
            cookie = answer.headers["set-cookie"].split(";")[0]
            stream(answer.url.host, answer.url.port, cookie, process, scratch, rust)
        process.stdout.read()
    run = json.loads((folder / "run.json").read_text())
    taken = run["latency_ns"]
    line = {
        "rate": 1e9 / taken["99 %"],
        "unit": "inputs/s at p99",
        "n": run["inputs"],
        "latency_ns": {"p50": taken["50 %"], "p99": taken["99 %"], "p999": taken["99.9 %"]},
        "work": {},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
