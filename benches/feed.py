"""Generate the benchmark inputs: the same rows from the same seed, for every side.

Usage: ``python feed.py KIND ROWS FILE``. A file holds rows of five little-endian
int64, of `hours` six; prices are whole ticks, volumes whole lots. ``fix`` holds framed messages.

========  ===================================================================
quotes    time (ns), bid price, ask price, bid volume, ask volume
deltas    action (1 add, 2 modify, 3 delete), order, side (1 buy, 2 sell), price, volume
orders    command (1 limit, 2 cancel, 3 immediate-or-cancel), order, side, price, volume
hours     time, valid until, delivery (ms), side (1 buy, 2 sell), price (0.01), volume (0.1 MW)
fix       FIX 4.4: 60 % 35=X of 2 entries, 10 % 35=W of 10, 15 % 35=8, 15 % 35=D; 249 bytes each
========  ===================================================================

Some kinds are bytes of a market's own format, which `messages` writes: ``depth`` and ``trades``
are FAST by ``templates/depth.xml``, ``mbo`` is `deltas` as records of Databento, ``generation`` a
document of ENTSO-E, ``aemo`` a zipped table of AEMO, of whose columns half are empty, ``prices`` a
document of Nord Pool.
"""

import sys
from pathlib import Path

import fix_mix
import messages
import numpy as np

SEED = 20240607
T0 = 1_700_000_000_000_000_000
MIDDLE = 5000
LIVE_ORDERS = 4000
LEVELS = 200
TICK = 250_000_000


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


def hours(n):
    """Orders of the 24 hours of a local day from the gate's opening on: whole MW, wide ones first.

    Wide orders keep each book deep on both sides, as BitePy asks for.
    """
    r = np.random.default_rng(SEED + 2)
    hour, day = 3_600_000, 86_400_000
    start = T0 // 1_000_000 // day * day - hour
    opens = start - 9 * hour
    out = []
    for product in range(24):
        gate = start + product * hour
        out += [
            (opens, gate, gate, side, price, 200) for side, price in ((1, -300_000), (2, 300_000))
        ]
    middle = 6000 + 3000 * np.sin(2 * np.pi * (np.arange(24) - 8) / 12)
    times = np.sort(r.integers(opens + hour, start + 23 * hour, n))
    for at in times:
        first = max(0, int((at - start + hour // 2) // hour) + 1)
        if first > 23:
            continue
        product = int(r.integers(first, 24))
        middle[product] += r.normal(0, 60)
        side = int(r.integers(1, 3))
        away = r.exponential(400) - 70
        price = round(middle[product] + (away if side == 2 else -away))
        delivery = start + product * hour
        until = min(delivery, int(at) + int(r.exponential(1_200_000)) + 1000)
        out.append((int(at), until, delivery, side, price, 10 * int(r.integers(1, 13))))
    return np.array(out, np.int64)


def main(kind, rows, file):
    """Write the rows, under another name first, so that a file is whole or absent."""
    generate = {"quotes": quotes, "deltas": deltas, "orders": orders, "hours": hours}
    generate |= {
        "fix": fix_mix.frames,
        "depth": lambda n: messages.framed(messages.depth(n, SEED)),
        "trades": lambda n: messages.framed(messages.trades(n, SEED)),
        "generation": lambda n: messages.generation(n, SEED),
        "mbo": lambda n: messages.mbo(deltas(n), TICK).view(np.uint8),
        "aemo": lambda n: messages.aemo(n, SEED),
        "prices": lambda n: messages.prices(n, SEED),
    }
    unfinished = Path(f"{file}.new")
    unfinished.parent.mkdir(parents=True, exist_ok=True)
    made = generate[kind](int(rows))
    (made if made.dtype == np.uint8 else made.astype("<i8")).tofile(unfinished)
    unfinished.rename(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
