"""A municipal utility's day, from the load forecast to the signed management report.

python examples/municipal_utility.py out/utility

The load, the prices and the deals are made up from one seed. The steps are those of the desk:

1. forecast tomorrow's load, and what each month to come will need;
2. work out which whole lots of base and peak bring the hedge to the share that is due;
3. book the deals, have an amendment approved by a second person, and one row refused;
4. close the day against a second source of prices, watch credit, liquidity and the corridor;
5. leave the report as page, workbook and PDF, make the close again, and sign it.
"""

import datetime as dt
import json
import sys
import time
from pathlib import Path

import numpy as np

from wattbook.domain import PriceKind
from wattbook.domain.calendars import DeliveryProduct
from wattbook.forecast.seasonal import SeasonalRegression
from wattbook.ingest import Series
from wattbook.market.curves import CurveHistory, build_curve, curve_grid, read_quotes
from wattbook.runtime.book import check_close, close_day, import_deals, make_book
from wattbook.runtime.report.management_files import report_bytes
from wattbook.runtime.tranches import BlockLoad, expected, months_of
from wattbook.strategy.hedge_path import block_hedge, residual_of

PLACE, TODAY = "DE-LU", dt.date(2027, 1, 4)
HISTORY, LAST = dt.date(2024, 1, 1), dt.date(2027, 7, 1)
BEGIN_DAYS, END_DAYS, WIDTH = 365, 15, 0.15
QUOTES = {"Jan-27": 92.4, "Feb-27": 84.1, "Mar-27": 79.4, "Q2-27": 61.2, "Q3-27": 68.0}
PEAKS = {"Feb-27": 98.5, "Mar-27": 88.0, "Q2-27": 58.0}
PRODUCTS = [f"{name} {load}" for name in ("Feb-27", "Mar-27", "Q2-27") for load in ("Base", "Peak")]
HEADER = "deal,trade_date,book,trader,counterparty,product,side,power_mw,price,currency,fee\n"


def made_up_load(grid, seed=7):
    """Return the hourly load of a town of 60,000: seasons, days of the week, weather, growth."""
    random = np.random.default_rng(seed)
    hour = (np.arange(len(grid)) - grid.day_start[np.searchsorted(
        grid.day_start, np.arange(len(grid)), side="right") - 1])  # fmt: skip
    days = np.repeat(grid.days, np.diff(grid.day_start))
    of_year = (days - days.astype("datetime64[Y]")).astype(int) / 365.0
    weather = np.zeros(len(grid.days))
    for at in range(1, len(weather)):
        weather[at] = 0.8 * weather[at - 1] + random.normal(0, 0.02)
    daily = np.where((hour >= 7) & (hour < 21), 1.15, 0.82) + 0.1 * np.sin((hour - 6) * np.pi / 12)
    weekly = np.where((days.astype("datetime64[D]").astype(int) + 3) % 7 >= 5, 0.88, 1.0)
    growth = 1.0 + 0.02 * np.arange(len(grid)) / 8_766
    season = 1.0 + 0.16 * np.cos(2 * np.pi * of_year)
    level = (
        40.0
        * growth
        * season
        * daily
        * weekly
        * (1.0 + np.repeat(weather, np.diff(grid.day_start)))
    )
    clock = days.astype("datetime64[h]") + hour
    return BlockLoad(clock, days.astype("datetime64[M]"), level, grid.is_peak)


def tomorrow(load, grid):
    """Return the forecast of tomorrow's hours by what is known this morning, and what came."""
    known = np.arange(len(grid)) < grid.day_start[(TODAY - HISTORY).days]
    # The model takes any series; here its "price" is MW.
    series = Series(
        "load",
        PLACE,
        PriceKind.DAY_AHEAD,
        "EUR",
        "MW",
        "Europe/Berlin",
        3_600,
        grid.start[:-1][known],
        load.load_mw[known],
        {},
    )
    model = SeasonalRegression(horizon=48)
    first, after = grid.day_start[(TODAY - HISTORY).days + 1 : (TODAY - HISTORY).days + 3]
    hours = slice(int(first), int(after))
    until = int(grid.start[grid.day_start[(TODAY - HISTORY).days]])
    made = model.fit(series, until).predict(series, grid.start[:-1][hours])
    return made.price, load.load_mw[hours]


def delivered(grid, name):
    """Return 1 in each hour of a product."""
    product = DeliveryProduct(f"{PLACE} {name}")
    inside = (grid.start[:-1] >= product.delivery_start) & (grid.start[1:] <= product.delivery_end)
    return np.where(inside & ((product.load != "peak") | grid.is_peak), 1.0, 0.0)


def hedge(load, grid, held):
    """Return what each month will need, and the lots to trade today."""
    inside = (load.month >= np.datetime64("2027-02")) & (load.month < np.datetime64("2027-07"))
    need = expected(load, months_of(cut(load)), inside, np.datetime64("2027-01"))
    months = load.month[inside]
    first = months.astype("datetime64[D]")
    days = (first - np.datetime64(TODAY)).astype(int)
    due = np.clip((BEGIN_DAYS - days) / (BEGIN_DAYS - END_DAYS), 0.0, 1.0)
    shape = np.stack([delivered(grid, name)[inside] for name in PRODUCTS], axis=1)
    bought = sum(power * delivered(grid, name)[inside] for name, power in held.items())
    lots = block_hedge(due * need - bought, shape, 1.0)
    left = residual_of(due * need, bought + shape @ lots, shape)
    demand = {str(month): float(need[months == month].sum()) for month in np.unique(months)}
    return demand, dict(zip(PRODUCTS, lots.tolist(), strict=True)), left


def cut(load):
    """Return what is known of a load at the start of the year."""
    known = load.month < np.datetime64("2027-01")
    return BlockLoad(load.hour[known], load.month[known], load.load_mw[known], load.is_peak[known])


def reference(demand):
    """Return the reference of the book, with the corridor of what is expected."""
    text = (Path(__file__).parent / "book" / "reference.toml").read_text(encoding="utf-8")
    start = text.index("[[corridor]]")
    rows = [f'    {{ month = "{month}", demand_mwh = {energy:.1f} }},'
            for month, energy in demand.items()]  # fmt: skip
    corridor = (
        f'[[corridor]]\nname = "town"\nbook = "procurement"\nplace = "{PLACE}"\n'
        f"begin_days = {BEGIN_DAYS}\nend_days = {END_DAYS}\nwidth = {WIDTH}\nmonths = [\n"
        + "\n".join(rows)
        + "\n]\n\n"
    )
    return text[:start] + corridor + text[text.index("[credit]", start) :]


def quote_of(name):
    """Return the price of a product."""
    period, load = name.split()
    return (PEAKS if load == "Peak" else QUOTES)[period]


def deals(held, lots):
    """Return the files of deals: those of last year, and today's with a bad row and a change."""
    old = [
        f"H-{at},2026-11-{10 + at},procurement,ana,Nordkraft,{PLACE} {name},buy,{power:g},"
        f"{quote_of(name) - 1.5:.2f},EUR,20"
        for at, (name, power) in enumerate(held.items())
    ]
    new = [
        f"T-{at},{TODAY},procurement,ben,EEX via ClearBank,{PLACE} {name},"
        f"{'buy' if power > 0 else 'sell'},{abs(power):g},{quote_of(name):.2f},EUR,10"
        for at, (name, power) in enumerate(lots.items())
        if power
    ]
    # A typing error, found by a second look at the confirmation.
    changed = old[0].replace(f",{quote_of(next(iter(held))) - 1.5:.2f},", ",81.95,")
    wrong = new[0].replace("T-", "X-").replace("EEX via ClearBank", "Südkraft")
    return [HEADER + "\n".join(rows) + "\n" for rows in (old, [*new, changed, wrong])]


def prices(folder):
    """Keep today's curve, and leave a second source of prices."""
    quotes = folder / "quotes.csv"
    lines = [f"{name} Base,{price}" for name, price in QUOTES.items()]
    lines += [f"{name} Peak,{price}" for name, price in PEAKS.items()]
    quotes.write_text("product,price\n" + "\n".join(lines) + "\n", encoding="utf-8")
    found, _ = read_quotes(quotes, PLACE)
    days = {"first": dt.date(2027, 1, 1), "after": dt.date(2027, 10, 1)}
    curve = build_curve(PLACE, found, step="hour", as_of=TODAY, **days)
    history = CurveHistory(folder / "curves")
    history.save(curve, 1)
    second = folder / "second.csv"
    lines = [f"{PLACE} {name} Base,{price + 0.2:.2f}" for name, price in QUOTES.items()
             if name != "Jan-27"]  # fmt: skip
    second.write_text("product,price\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return history, second


def main(folder):
    """Do the day and print what came of it."""
    folder.mkdir(parents=True, exist_ok=True)
    grid = curve_grid(PLACE, HISTORY, LAST, "hour")
    load = made_up_load(grid)
    forecast, came = tomorrow(load, grid)
    held = {"Feb-27 Base": 20.0, "Mar-27 Base": 18.0, "Q2-27 Base": 15.0}
    demand, lots, left = hedge(load, grid, held)

    (folder / "reference.toml").write_text(reference(demand), encoding="utf-8")
    book, rules = make_book(folder / "book", folder / "reference.toml")
    for name, text in zip(("held.csv", "today.csv"), deals(held, lots), strict=True):
        (folder / name).write_text(text, encoding="utf-8")
        booked = import_deals(book, rules, folder / name, person="ana")
    for one in book.pending():
        book.decide(one.number, person="ben", approves=True, known_ns=time.time_ns())

    history, second = prices(folder)
    closed = close_day(book, rules, history, TODAY, second=second)
    for kind in (".html", ".xlsx", ".pdf"):
        (folder / f"report{kind}").write_bytes(report_bytes(kind, closed, rules))
    kept, again = check_close(book, TODAY)
    book.sign(TODAY, person="cleo", known_ns=time.time_ns())
    told = {
        "load_error": float(np.abs(forecast / came - 1.0).mean()),
        "tomorrow_mwh": float(forecast.sum()),
        "demand_mwh": demand,
        "lots": lots,
        "left_mw": {"total": left.total, "volume": left.volume, "shape": left.shape},
        "refused": [one.field for one in booked.refused],
        "hedged": {one.month: one.share for one in closed.figures.corridor},
        "inside": all(one.is_inside for one in closed.figures.corridor),
        "value": closed.close.value,
        "exposure": {
            one.counterparty.name: one.profile.peak for one in closed.figures.credit.counterparties
        },
        "cash_may_be_called": closed.figures.cash.at_risk.peak_cents / 100,
        "marked": list(closed.marked),
        "made_again_the_same": kept == again,
    }
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/utility"))
