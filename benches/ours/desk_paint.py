"""A desk of 1,000 books that change ten times a second, in a browser: ``desk_paint.py SCRATCH``.

The desk is the real one, in a process of its own: only what it plays is made up here. The browser
is driven by ``web/tests/paint.mjs``, which measures; ``desk_paint.py serve`` is the desk.
"""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from wattbook.api.address import Address
from wattbook.api.desk import Desk
from wattbook.api.serve import bound, server_of
from wattbook.runtime.alerts import Alerts, load_rules
from wattbook.runtime.folder import RunFolder
from wattbook.runtime.watch import Player, Tape

BOOKS = 1_000
UPDATES_PER_SECOND = 10
SECONDS = 90
LEVELS = 8
FIRST = 10_000
QUARTER = 900 * 10**9
ROOT = Path(__file__).parents[2]


def traded(scratch):
    folder = scratch / "desk-run"
    if not (folder / "run.json").is_file():
        command = [sys.executable, "-m", "wattbook", "run", "--out", str(folder), "--plain"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def contracts(tape, start):
    """Return quarter-hours of one continuous book, the first of which begins in an hour."""
    books = tape.tables["define_venue"].filter(pl.col("market_model") == "continuous_book")
    defined = tape.tables["define_instrument"].filter(pl.col("venue") == books["venue"][0])
    place = pl.int_range(BOOKS, dtype=pl.Int64)
    begin = start + 4 * QUARTER + place * QUARTER
    return pl.concat([defined.head(1)] * BOOKS).with_columns(
        instrument=(FIRST + place).cast(pl.UInt32),
        symbol=pl.format("BENCH {}", place),
        delivery_start=begin,
        delivery_end=begin + QUARTER,
        gate_closure=begin - QUARTER,
        ts_event=pl.lit(start),
        ts_recv=pl.lit(start),
    )


def quotes(start, rng):
    """Return a new best price of every book ten times a second, spread over each tenth."""
    ticks = SECONDS * UPDATES_PER_SECOND
    rows = ticks * BOOKS
    at = start + np.arange(rows, dtype=np.int64) * (10**9 // (UPDATES_PER_SECOND * BOOKS))
    moves = rng.integers(-3, 4, size=(ticks, BOOKS))
    middle = (5_000 + np.cumsum(moves, axis=0) + np.arange(BOOKS)).ravel() * 10_000
    volume = rng.integers(1, 99, size=(2, rows)) * 100_000
    return pl.DataFrame(
        {
            "sequence": np.arange(rows, dtype=np.uint64) + 10_000,
            "ts_event": at,
            "ts_recv": at,
            "instrument": np.tile(np.arange(BOOKS, dtype=np.uint32) + FIRST, ticks),
            "bid_price": middle - 10_000,
            "ask_price": middle + 10_000,
            "bid_volume": volume[0],
            "ask_volume": volume[1],
        }
    )


def pictures(start, rng):
    """Return one picture of each book's depth before its prices begin to move."""
    rows = []
    for book in range(BOOKS):
        middle = (5_000 + book) * 10_000
        rows += [
            (FIRST + book, side, middle + sign * (level + 1) * 10_000, int(volume) * 100_000)
            for side, sign in (("buy", -1), ("sell", 1))
            for level, volume in enumerate(rng.integers(1, 99, size=LEVELS))
        ]
    columns = ["instrument", "side", "price", "volume"]
    made = pl.DataFrame(rows, schema=columns, orient="row")
    return made.with_columns(
        pl.col("instrument").cast(pl.UInt32),
        ts_event=pl.lit(start),
        ts_recv=pl.lit(start),
        action=pl.lit("add"),
        venue_order=pl.lit(0, dtype=pl.UInt64),
        sequence=pl.lit(9_999, dtype=pl.UInt64),
    )


def serve(scratch):
    """Serve the desk until it is killed; print its address."""
    folder = RunFolder(traded(scratch))
    whole = Tape.load(folder)
    start, rng = whole.delivery_start, np.random.default_rng(7)
    tables = {
        "define_venue": whole.tables["define_venue"],
        "define_instrument": contracts(whole, start),
        "book_delta": pictures(start, rng),
        "quote": quotes(start, rng),
    }
    tape = Tape(tables, whole.names, whole.facts, folder.path)
    player = Player(tape.first, tape.end, at=start, speed=1.0, wall=time.monotonic)
    player.play()
    place = RunFolder(scratch / "desk-paint")
    place.path.mkdir(exist_ok=True)
    desk = Desk(tape, player, Alerts(load_rules(), place.path / "alerts.sqlite"))
    own = Address()
    server_of(desk, place, bound(own, 0), own, lambda address: print(address, flush=True)).run()


def main(kind, *more):
    if kind == "serve":
        serve(Path(more[0]))
        return
    scratch = Path(kind)
    traded(scratch)
    desk = subprocess.Popen(
        [sys.executable, __file__, "serve", str(scratch)], stdout=subprocess.PIPE, text=True
    )
    try:
        address = desk.stdout.readline().strip()
        command = ["node", str(ROOT / "web" / "tests" / "paint.mjs"), address, str(FIRST)]
        subprocess.run(command, check=True)
    finally:
        desk.kill()
        desk.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
