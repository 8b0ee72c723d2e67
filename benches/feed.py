"""Generate the benchmark inputs: the same rows from the same seed, for every side.

Usage: ``python feed.py quotes|deltas|orders|fix ROWS FILE``. A file holds rows of five
little-endian int64; prices are whole ticks, volumes whole lots. ``fix`` holds framed messages.

========  ===================================================================
quotes    time (ns), bid price, ask price, bid volume, ask volume
deltas    action (1 add, 2 modify, 3 delete), order, side (1 buy, 2 sell), price, volume
orders    command (1 limit, 2 cancel, 3 immediate-or-cancel), order, side, price, volume
fix       FIX 4.4: 60 % 35=X of 2 entries, 10 % 35=W of 10, 15 % 35=8, 15 % 35=D; 249 bytes each
========  ===================================================================
"""

import random
import sys
from pathlib import Path

import numpy as np

SEED = 20240607
T0 = 1_700_000_000_000_000_000
MIDDLE = 5000
LIVE_ORDERS = 4000
LEVELS = 200


def quotes(n):
    """Best bid and ask of one future that walks at random, one tick at a time."""
    r = np.random.default_rng(SEED)
    ts = T0 + np.cumsum(r.integers(100_000, 20_000_000, n)).astype(np.int64)
    middle = MIDDLE + np.cumsum(r.choice(np.array([-1, 0, 0, 0, 1]), n))
    middle = np.abs(middle - 1000) + 1000
    half = r.integers(1, 3, n)
    bid_volume = r.integers(1, 50, n)
    ask_volume = r.integers(1, 50, n)
    return np.column_stack([ts, middle - half, middle + half, bid_volume, ask_volume])


def deltas(n):
    """Orders that enter, shrink and leave a book of about 4,000."""
    r = np.random.default_rng(SEED)
    u = r.random(n)
    away = np.minimum(r.geometric(0.05, n), LEVELS)
    side = r.integers(1, 3, n)
    volume = r.integers(2, 50, n)
    pick = r.random(n)
    out = np.empty((n, 5), np.int64)
    ids, orders, following = [], {}, 1
    for i in range(n):
        live = len(ids)
        if live < 100 or u[i] < (0.48 if live < LIVE_ORDERS else 0.42):
            s = int(side[i])
            price = MIDDLE - int(away[i]) if s == 1 else MIDDLE + int(away[i])
            ids.append(following)
            orders[following] = [s, price, int(volume[i])]
            out[i] = (1, following, s, price, volume[i])
            following += 1
            continue
        j = int(pick[i] * live)
        order = ids[j]
        s, price, left = orders[order]
        if u[i] > 0.92 and left > 1:
            left -= 1
            orders[order][2] = left
            out[i] = (2, order, s, price, left)
        else:
            ids[j] = ids[-1]
            ids.pop()
            del orders[order]
            out[i] = (3, order, s, price, left)
    return out


def orders(n):
    """46 % limits, 44 % cancels of an earlier order, filled or not, and 10 % that take."""
    r = np.random.default_rng(SEED + 1)
    u = r.random(n)
    away = np.minimum(r.geometric(0.05, n), LEVELS)
    side = r.integers(1, 3, n)
    volume = r.integers(1, 50, n)
    pick = r.random(n)
    out = np.empty((n, 5), np.int64)
    entered, following = [], 1
    for i in range(n):
        live = len(entered)
        s = int(side[i])
        if live < 100 or u[i] < (0.46 if live < LIVE_ORDERS else 0.40):
            price = MIDDLE - int(away[i]) if s == 1 else MIDDLE + int(away[i])
            out[i] = (1, following, s, price, volume[i])
            entered.append((following, s, price))
            following += 1
        elif u[i] < 0.90:
            j = int(pick[i] * live)
            order, s, price = entered[j]
            entered[j] = entered[-1]
            entered.pop()
            out[i] = (2, order, s, price, 0)
        else:
            price = MIDDLE + 5 if s == 1 else MIDDLE - 5
            out[i] = (3, following, s, price, volume[i])
            following += 1
    return out


MONTHS = ("JAN", "FEB", "MAR", "APR", "JUN", "SEP", "DEC")
CONTRACTS = [f"TTF-{month}{year}" for year in (26, 27) for month in MONTHS]
CONTRACTS += ["DEBQ-2701", "DEPM-2612", "NBPM-2701", "BRNH7", "CLF7"]


def fix_body(r, time):
    """Return type and body fields of one message; the order of draws makes the seed's sequence."""
    x = r.random()

    def price():
        return f"{r.uniform(20, 120):.3f}"

    def volume():
        return str(r.randint(1, 500))

    def number():
        return r.randint(10**9, 10**10)

    contract = r.choice(CONTRACTS)
    if x < 0.60:
        body = [(262, "MD1"), (268, 2)]
        for _ in range(2):
            body += [(279, r.randint(0, 2)), (269, r.randint(0, 1)), (278, r.randint(10**8, 10**9))]
            body += [(55, contract), (270, price()), (271, volume()), (346, r.randint(1, 9))]
        return "X", body
    if x < 0.70:
        body = [(262, "MD1"), (55, contract), (268, 10)]
        for k in range(10):
            body += [(269, k & 1), (270, price()), (271, volume()), (290, k // 2 + 1)]
        return "W", body
    if x < 0.85:
        ordered = r.randint(1, 500)
        done = r.randint(0, ordered)
        body = [(37, f"ORD{number()}"), (11, f"CL{number()}"), (17, f"EX{number()}"), (150, "F")]
        body += [(39, "1" if done < ordered else "2"), (1, "ACC001"), (55, contract)]
        body += [(54, r.randint(1, 2)), (38, ordered), (40, 2), (44, price()), (59, 0)]
        body += [(32, volume()), (31, price()), (151, ordered - done), (14, done), (6, price())]
        return "8", [*body, (60, time)]
    body = [(11, f"CL{number()}"), (1, "ACC001"), (21, 1), (55, contract), (54, r.randint(1, 2))]
    body += [(60, time), (38, volume()), (40, 2), (44, price()), (59, 0)]
    return "D", [*body, (58, "algo=vwap;slice=12")]


def fix(n):
    """Framed messages of market data, executions and orders, back to back, as bytes."""
    r = random.Random(7)  # noqa: S311 - a seeded sequence is what it is for
    out = bytearray()
    for i in range(n):
        us = i * 37
        clock = f"{8 + us // 3_600_000_000 % 10:02d}:{us // 60_000_000 % 60:02d}"
        time = f"20261120-{clock}:{us // 1_000_000 % 60:02d}.{us % 1_000_000:06d}"
        kind, body = fix_body(r, time)
        head = [(35, kind), (49, "EXCH"), (56, "CLIENT1"), (34, i + 1), (52, time)]
        fields = "".join(f"{tag}={value}\x01" for tag, value in head + body)
        frame = f"8=FIX.4.4\x019={len(fields)}\x01{fields}".encode()
        out += frame + b"10=%03d\x01" % (sum(frame) & 255)
    return np.frombuffer(out, np.uint8)


def main(kind, rows, file):
    """Write the rows, under another name first, so that a file is whole or absent."""
    generate = {"quotes": quotes, "deltas": deltas, "orders": orders, "fix": fix}[kind]
    unfinished = Path(f"{file}.new")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    made = generate(int(rows))
    (made if made.dtype == np.uint8 else made.astype("<i8")).tofile(unfinished)
    unfinished.rename(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
