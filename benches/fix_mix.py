"""FIX 4.4 messages for `feed.py`: market data, executions and orders, always the same."""

import random

import numpy as np

MONTHS = ("JAN", "FEB", "MAR", "APR", "JUN", "SEP", "DEC")
CONTRACTS = [f"TTF-{month}{year}" for year in (26, 27) for month in MONTHS]
CONTRACTS += ["DEBQ-2701", "DEPM-2612", "NBPM-2701", "BRNH7", "CLF7"]


def message(r, time):
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


def frames(n):
    """Framed messages of market data, executions and orders, back to back, as bytes."""
    r = random.Random(7)  # noqa: S311 - a seeded sequence is what it is for
    out = bytearray()
    for i in range(n):
        us = i * 37
        clock = f"{8 + us // 3_600_000_000 % 10:02d}:{us // 60_000_000 % 60:02d}"
        time = f"20261120-{clock}:{us // 1_000_000 % 60:02d}.{us % 1_000_000:06d}"
        kind, body = message(r, time)
        head = [(35, kind), (49, "EXCH"), (56, "CLIENT1"), (34, i + 1), (52, time)]
        fields = "".join(f"{tag}={value}\x01" for tag, value in head + body)
        frame = f"8=FIX.4.4\x019={len(fields)}\x01{fields}".encode()
        out += frame + b"10=%03d\x01" % (sum(frame) & 255)
    return np.frombuffer(out, np.uint8)
