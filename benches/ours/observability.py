"""What metrics and traces cost the engine. Usage: ``observability.py PAIRS FOLDER``.

The generated day's continuous market is run again and again with its journal, in turns bare and
observed: inputs timed as every run times them, a span and a count in a histogram for each step.
Time is the processor's, of the thread that runs the engine; what answering a Prometheus scrape
each second takes is added.
"""

import asyncio
import json
import shutil
import statistics
import sys
import time
from pathlib import Path

from desk import traded

from wattbook.api.desk import Desk
from wattbook.api.histogram import Stages
from wattbook.api.metrics import metrics_text
from wattbook.runtime.alerts import Alerts, load_rules
from wattbook.runtime.desk import parse_desk
from wattbook.runtime.desk.builtin import builtin_text
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.plan import plan
from wattbook.runtime.simulate import simulation
from wattbook.runtime.traces import SpanFile, begun
from wattbook.runtime.watch import Player, Tape

CHUNK = 10_000
SEED = 7
FOREVER = 2**63 - 1
SCRAPES = 20


def ran(desk, journal, spans):
    """Return inputs, the engine's seconds of processor time, and the hash of the state."""
    made = simulation(plan(desk, None, SEED), SEED, {}, [])
    made.open(journal=journal, measures_latency=spans is not None)
    stages, seconds = Stages(), 0.0
    while True:
        began, at = time.thread_time(), time.time_ns()
        if spans is None:
            progress = made.run_until(FOREVER, max_inputs=CHUNK)
        else:
            with stages.timed("engine"):
                progress = made.run_until(FOREVER, max_inputs=CHUNK)
            spans.write("engine", begun(""), (at, time.time_ns()), {"inputs": str(progress.inputs)})
        seconds += time.thread_time() - began
        made.drain()
        if progress.is_done:
            return progress.inputs, seconds, made.state_hash()


def shown(folder, place):
    """Return the desk of a run at its end, whose metrics are scraped."""
    tape = Tape.load(RunFolder(folder))
    player = Player(tape.first, tape.end, at=tape.end, speed=1.0, wall=time.monotonic)
    desk = Desk(tape, player, Alerts(load_rules(), place / "alerts.sqlite"))

    async def step():
        with desk.alerts:
            await desk.step()

    asyncio.run(step())
    return desk


def scraped(desk):
    """Return the seconds of processor time that one answer to Prometheus takes."""
    taken = []
    for _ in range(SCRAPES):
        began = time.thread_time()
        metrics_text(desk, desk.requests, None)
        taken.append(time.thread_time() - began)
    return statistics.median(taken)


def main(pairs, scratch):
    text = builtin_text("generated").partition("# --- Four coupled zones")[0]
    desk = parse_desk(text)
    place = Path(scratch) / f"observability-{time.time_ns()}"
    place.mkdir(parents=True)
    spans = SpanFile(place / "spans.jsonl")
    bare, observed, hashes = [], [], set()
    for pair in range(2 * int(pairs)):
        is_bare = pair % 2 == pair // 2 % 2
        journal = place / f"journal-{pair}"
        if is_bare:
            inputs, seconds, state = ran(desk, journal, None)
            bare.append(seconds)
        else:
            inputs, seconds, state = ran(desk, journal, spans)
            observed.append(seconds)
        shutil.rmtree(journal)
        hashes.add(state)
    assert len(hashes) == 1, "the state depends on whether it is observed"
    spans.close()
    scrape = scraped(shown(traded(scratch), place))
    # The two of a pair run one after the other: what else the machine does is much the same.
    ratio = statistics.median(seen / alone for seen, alone in zip(observed, bare, strict=True))
    # A scrape each second takes as much of each second, though not of the engine's thread.
    overhead = ratio - 1 + scrape
    line = {
        "rate": inputs / statistics.median(observed),
        "unit": "inputs/s",
        "n": inputs,
        "overhead": overhead,
        "bare_rate": inputs / statistics.median(bare),
        "scrape_ms": scrape * 1e3,
        "work": {"inputs": inputs},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
