"""A made-up month of a small desk: deals, curves, delivered prices, a second source."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from wattbook.domain.calendars import DeliveryProduct
from wattbook.market.curves import CurveHistory, build_curve, read_quotes

__all__ = ["MadeUpMonth", "Row"]

Row: TypeAlias = dict[str, str]
PLACE = "DE-LU"
PRODUCTS = {"Feb-27": 84.0, "Mar-27": 79.0, "Q2-27": 61.0, "Q3-27": 68.0, "Q4-27": 87.0}
"""Base prices on the first day; January is quoted as the first of them."""
DEALS_A_DAY = 12
COLUMNS = (
    "deal", "trade_date", "book", "trader", "counterparty", "product", "side", "power_mw", "price",
    "currency", "fee", "status",
)  # fmt: skip
REFERENCE = """\
[desk]
name = "made up"
currency = "EUR"
persons = ["ana", "ben", "cleo"]
[[book]]
name = "procurement"
[[book]]
name = "wind"
[[trader]]
name = "ana"
[[counterparty]]
name = "Nordkraft"
[[counterparty]]
name = "Westkraft"
[fx]
GBP = 1.17
[[limit]]
name = "month of procurement"
book = "procurement"
kind = "month_mwh"
most = 200000
[verification]
tolerance = 0.5
deal_tolerance = 25
"""


@dataclass(frozen=True, eq=False)
class MadeUpMonth:
    """A month whose every number follows from its seed.

    Parameters
    ----------
    days : tuple of date
        Business days from the first Monday of January 2027.
    seed : int
    prices : dict of date to dict of str to float
        Base price of each product on each day.
    """

    days: tuple[dt.date, ...]
    seed: int
    prices: dict[dt.date, dict[str, float]]
    reference: str = REFERENCE

    @classmethod
    def drawn(cls, days: int, seed: int) -> MadeUpMonth:
        """Return a month of so many business days."""
        first = np.datetime64("2027-01-04")
        made: list[dt.date] = np.busday_offset(first, np.arange(days)).tolist()
        random = np.random.default_rng([seed, 1])
        walk = np.cumsum(random.normal(0.0, 0.6, (days, len(PRODUCTS))), axis=0)
        prices = {
            day: {
                name: round(base + float(move), 2)
                for (name, base), move in zip(PRODUCTS.items(), moves, strict=True)
            }
            for day, moves in zip(made, walk, strict=True)
        }
        return cls(tuple(made), seed, prices)

    def number(self, day: dt.date, what: object) -> str:
        """Return the number of a deal."""
        return f"{day:%m%d}-{what}"

    def amended(self, day: dt.date, which: int) -> str:
        """Return the deal of the first day that an amendment of `day` is about."""
        return self.number(self.days[0], f"{(2 * day.day + which) % DEALS_A_DAY}")

    def row(self, day: dt.date, what: object, random: np.random.Generator) -> Row:
        """Return a good deal, near the market."""
        name = str(random.choice(list(PRODUCTS)))
        price = self.prices[day][name] + float(random.normal(0.0, 1.0))
        return {
            "deal": self.number(day, what),
            "trade_date": day.isoformat(),
            "book": str(random.choice(["procurement", "wind"])),
            "trader": "ana",
            "counterparty": str(random.choice(["Nordkraft", "Westkraft"])),
            "product": f"{PLACE} {name} Base",
            "side": str(random.choice(["buy", "sell"])),
            "power_mw": f"{int(random.integers(1, 12)) / 2}",
            "price": f"{price:.2f}",
            "currency": "EUR",
            "fee": f"{int(random.integers(0, 500)) / 100}",
            "status": "live",
        }

    def good_rows(self, day: dt.date) -> list[Row]:
        """Return the deals of a day."""
        random = np.random.default_rng([self.seed, day.toordinal()])
        return [self.row(day, at, random) for at in range(DEALS_A_DAY)]

    def spoilt(self, day: dt.date, kind: str, name: str, value: str) -> Row:
        """Return a deal with one bad field."""
        random = np.random.default_rng([self.seed, day.toordinal(), 5])
        return {**self.row(day, kind.replace(" ", "-"), random), name: value}

    def planted(self, day: dt.date, kind: str) -> list[Row]:
        """Return what an error in deals adds to a day's file, if it is one."""
        random = np.random.default_rng([self.seed, day.toordinal(), 6])
        first = {row["deal"]: row for row in self.good_rows(self.days[0])}
        match kind:
            case "amendment of a closed day" | "own amendment approved":
                which = 0 if kind == "amendment of a closed day" else 1
                old = first[self.amended(day, which)]
                return [{**old, "price": f"{float(old['price']) + 1.25:.2f}"}]
            case "late deal":
                late = self.row(day, "late", random)
                return [{**late, "trade_date": self.days[0].isoformat()}]
            case "price far from the curve":
                far = self.row(day, "far", random)
                return [{**far, "price": f"{10 * float(far['price']):.2f}"}]
            case "limit broken":
                return [self.large(day)]
            case _:
                return []

    def large(self, day: dt.date) -> Row:
        """Return a deal beyond the limit of its book."""
        random = np.random.default_rng([self.seed, day.toordinal(), 7])
        made = self.row(day, "large", random)
        return {**made, "book": "procurement", "side": "buy", "power_mw": "900"}

    def mended(self, day: dt.date) -> Row:
        """Return the cancellation of the deal of `day` that is beyond its limit."""
        return {**self.large(day), "status": "cancelled"}

    def text(self, rows: Sequence[Row]) -> str:
        """Return rows as CSV."""
        target = io.StringIO()
        writer = csv.DictWriter(target, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return target.getvalue()

    def keep_curve(self, curves: CurveHistory, folder: Path, day: dt.date) -> None:
        """Keep the curve of a day."""
        lines = ["product,price", f"Jan-27 Base,{self.prices[day]['Feb-27'] + 8:.2f}"]
        lines += [f"{name} Base,{price:.2f}" for name, price in self.prices[day].items()]
        file = folder / f"quotes_{day}.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        quotes, _ = read_quotes(file, PLACE)
        curve = build_curve(
            PLACE, quotes, first=dt.date(2027, 1, 1), after=dt.date(2028, 1, 1), step="hour",
            as_of=day,
        )  # fmt: skip
        curves.save(curve, 1)

    def second_file(self, folder: Path, day: dt.date, off: float) -> Path:
        """Leave a second source of the prices of a day, from whose third quarter ours is `off`."""
        lines = [
            f"{PLACE} {name} Base,{price + 0.1 - (off if name == 'Q3-27' else 0.0):.2f}"
            for name, price in self.prices[day].items()
        ]
        file = folder / f"second_{day}.csv"
        file.write_text("\n".join(["product,price", *lines]) + "\n", encoding="utf-8")
        return file

    def spot_file(self, folder: Path, day: dt.date, *, lacks_hour: bool) -> Path:
        """Leave the published prices of all days so far; the 8th hour of `day` may lack one."""
        begin = DeliveryProduct(f"{PLACE} {self.days[0]} Base").delivery_start
        end = DeliveryProduct(f"{PLACE} {day} Base").delivery_end
        starts = np.arange(begin, end, 3_600_000_000_000)
        random = np.random.default_rng([self.seed, 8])
        price = 88.0 + random.normal(0.0, 15.0, 2_000)[: len(starts)]
        gone = len(starts) - 24 + 7 if lacks_hour else -1
        lines = [
            f"{PLACE},{np.datetime64(int(start), 'ns').astype('datetime64[s]')}Z,{one:.2f}"
            for at, (start, one) in enumerate(zip(starts.tolist(), price.tolist(), strict=True))
            if at != gone
        ]
        file = folder / f"spot_{day}.csv"
        text = "\n".join(["place,delivery_start,price", *lines]) + "\n"
        file.write_text(text, encoding="utf-8")
        return file
