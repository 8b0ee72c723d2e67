"""A book of 100,000 deals: booked from CSV, closed, closed the next day, made again.

Usage: ``book.py SCRATCH``.
"""

import csv
import datetime as dt
import json
import random
import shutil
import sys
import time
from pathlib import Path

from wattbook.market.curves import CurveHistory, build_curve, read_quotes
from wattbook.runtime.book import check_close, close_day, import_deals, make_book

DEALS = 100_000
PRODUCTS = [
    "Jan-27 Base", "Feb-27 Base", "Mar-27 Peak", "Q1-27 Base", "Q2-27 Base", "Q3-27 Peak",
    "Q4-27 OffPeak", "Cal-27 Base", *(f"2027-01-{day:02d} Base" for day in range(6, 28)),
]  # fmt: skip
REFERENCE = """
[desk]
name = "bench"
currency = "EUR"
persons = ["ana"]
[[book]]
name = "a"
[[book]]
name = "b"
[[trader]]
name = "ana"
[[counterparty]]
name = "Nordkraft"
[fx]
GBP = 1.17
"""
QUOTES = "product,price\nCal-27 Base,80\nQ1-27 Base,88\nQ1-27 Peak,104\n"
HEADER = "deal,trade_date,book,trader,counterparty,product,side,power_mw,price,currency,fee"


def write_deals(file):
    draw = random.Random(1)  # noqa: S311 - made-up deals
    with file.open("w", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(HEADER.split(","))
        for number in range(DEALS):
            writer.writerow(
                [
                    f"M-{number}", f"2027-01-0{draw.randint(1, 4)}", draw.choice("ab"), "ana",
                    "Nordkraft", f"DE-LU {draw.choice(PRODUCTS)}", draw.choice(("buy", "sell")),
                    draw.randint(1, 50) / 2, draw.randint(4_000, 12_000) / 100,
                    draw.choice(("EUR", "GBP")), draw.randint(0, 500) / 100,
                ]
            )  # fmt: skip


def keep_curve(history, scratch, day, price):
    file = scratch / "quotes.csv"
    file.write_text(QUOTES.replace("Cal-27 Base,80", f"Cal-27 Base,{price}"))
    quotes, _ = read_quotes(file, "DE-LU")
    curve = build_curve(
        "DE-LU", quotes, first=dt.date(2027, 1, 1), after=dt.date(2028, 1, 1), step="hour",
        as_of=day,
    )  # fmt: skip
    history.save(curve, 1)


def main(scratch):
    place = Path(scratch) / "book"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    write_deals(place / "deals.csv")
    (place / "reference.toml").write_text(REFERENCE)
    history = CurveHistory(place / "curves")
    days = [dt.date(2027, 1, 4), dt.date(2027, 1, 5)]
    for day, price in zip(days, (80, 79), strict=True):
        keep_curve(history, place, day, price)
    wall, cpu = time.perf_counter(), time.process_time()
    book, reference = make_book(place / "own", place / "reference.toml")
    told = import_deals(book, reference, place / "deals.csv", person="ana")
    booked = time.perf_counter() - wall
    closed = []
    for day in days:
        before = time.perf_counter()
        found = close_day(book, reference, history, day)
        closed.append(time.perf_counter() - before)
    kept, again = check_close(book, days[-1])
    line = {
        "rate": DEALS / (time.process_time() - cpu),
        "wall_rate": DEALS / (time.perf_counter() - wall),
        "unit": "deals/s",
        "n": DEALS,
        "book_seconds": booked,
        "close_seconds": max(closed),
        "is_same": int(kept == again),
        "work": {"deals": told.new, "digest": int(found.close.digest[:12], 16)},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(sys.argv[1])
