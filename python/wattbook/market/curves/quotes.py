"""What the market asks and bids for deliveries: products with bands, read from a file."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import polars as pl

from wattbook.domain.calendars import PLACES, DeliveryProduct
from wattbook.errors import CurveError, InputError, SourceError

__all__ = ["ForwardQuote", "SetAside", "read_quotes"]

COLUMNS = ("product", "price", "bid", "ask", "age_hours")


@dataclass(frozen=True, slots=True)
class ForwardQuote:
    """The price of a delivery product, or the band that it lies in.

    Parameters
    ----------
    product : DeliveryProduct
        What is delivered.
    bid, ask : float
        In the place's currency per MWh (Henry Hub: per MMBtu). Equal for a price; minus and plus
        infinity for a side that nobody quotes.
    age_hours : float
        Since the quote was made.

    Raises
    ------
    CurveError
        If bid lies above ask, a value is no number, or neither side is there.

    Examples
    --------
    >>> ForwardQuote.at("DE-LU Cal-27 Base", 81.25).mid
    81.25
    >>> ForwardQuote(DeliveryProduct("DE-LU Q1-27 Peak"), 99.0, 98.5)
    Traceback (most recent call last):
    wattbook.errors.CurveError: DE-LU Q1-27 Peak: bid 99.0 lies above ask 98.5; ...
    """

    product: DeliveryProduct
    bid: float
    ask: float
    age_hours: float = 0.0

    def __post_init__(self) -> None:
        for side in ("bid", "ask", "age_hours"):
            object.__setattr__(self, side, float(getattr(self, side)))
        name = str(self.product)
        if math.isnan(self.bid) or math.isnan(self.ask):
            raise CurveError(
                f"{name}: bid {self.bid}, ask {self.ask} is no band; leave the quote out"
            )
        if self.bid > self.ask:
            raise CurveError(
                f"{name}: bid {self.bid} lies above ask {self.ask}; the quote is crossed, "
                "leave it out or mend it"
            )
        if self.bid == math.inf or self.ask == -math.inf:
            raise CurveError(f"{name}: no finite price; leave the quote out")
        if self.bid == -math.inf and self.ask == math.inf:
            raise CurveError(f"{name}: neither bid nor ask; leave the quote out")
        if not self.age_hours >= 0:
            raise CurveError(f"{name}: age of {self.age_hours} hours; give one from 0")

    @classmethod
    def at(
        cls, product: DeliveryProduct | str, price: float, age_hours: float = 0.0
    ) -> ForwardQuote:
        """Return the quote of one price."""
        named = DeliveryProduct(product) if isinstance(product, str) else product
        return cls(named, float(price), float(price), age_hours)

    @property
    def width(self) -> float:
        """Ask less bid."""
        return self.ask - self.bid

    @property
    def is_price(self) -> bool:
        """Whether the band is one price."""
        return self.bid == self.ask

    @property
    def mid(self) -> float:
        """Middle of the band; of a band with one side, that side."""
        if math.isinf(self.bid):
            return self.ask
        return self.bid if math.isinf(self.ask) else self.bid + 0.5 * self.width

    def rounded(self, tick: float) -> ForwardQuote:
        """Return the band of prices that round to this one, if it is one price.

        A settlement price on a tick of 0.01 stands for every price within half a tick: the year's
        is seldom the mean of its quarters' to the last digit.
        """
        if not self.is_price or tick == 0.0:
            return self
        return ForwardQuote(self.product, self.bid - tick / 2, self.ask + tick / 2, self.age_hours)

    def band_text(self) -> str:
        """Return the product with its price or band, for a person."""
        if self.is_price:
            return f"{self.product} {self.bid:.10g}"
        return f"{self.product} {self.bid:.10g} to {self.ask:.10g}"


@dataclass(frozen=True, slots=True)
class SetAside:
    """A line that takes no part: where it stands, and why."""

    place: str
    reason: str


def number(text: str | None, name: str) -> float | None:
    """Return a cell as a finite number; None where it is empty."""
    if text is None or not text.strip():
        return None
    try:
        value = float(text)
    except ValueError as fault:
        raise CurveError(f"{name} {text!r} is no number; write it like 81.25") from fault
    if not math.isfinite(value):
        raise CurveError(f"{name} {text!r} is not finite; leave the cell empty")
    return value


def quote_of(row: dict[str, str | None], place: str) -> ForwardQuote:
    """Return the quote of a line.

    Raises
    ------
    InputError
        If it breaks a rule; the text says which.
    """
    text = (row["product"] or "").strip()
    if not text:
        raise CurveError("no product; name one, such as Cal-27 Base")
    is_placed = text.split(" ", 1)[0] in PLACES
    product = DeliveryProduct(text if is_placed else f"{place} {text}")
    if product.place != place:
        raise CurveError(f"{product} delivers at {product.place}, not at {place}")
    price, bid, ask = (number(row.get(name), name) for name in ("price", "bid", "ask"))
    if price is not None and (bid is not None or ask is not None):
        raise CurveError(f"{product} has a price and a band; give the one or the other")
    age = number(row.get("age_hours"), "age_hours") or 0.0
    if price is not None:
        return ForwardQuote.at(product, price, age)
    return ForwardQuote(
        product,
        -math.inf if bid is None else bid,
        math.inf if ask is None else ask,
        age,
    )


def read_quotes(file: Path, place: str) -> tuple[list[ForwardQuote], list[SetAside]]:
    """Read quotes from a CSV or Parquet file.

    Columns: ``product`` (``Cal-27 Base``, with or without the place), then ``price`` or ``bid``
    and ``ask``, and optionally ``age_hours``. A line that cannot be used is set aside with its
    number in the file; so is one with more cells than columns. Empty lines and those that begin
    with ``#`` are no rows.

    Raises
    ------
    SourceError
        If the file is not there, is none, or lacks or doubles a column.
    """
    try:
        names, rows = read_parquet(file) if file.suffix == ".parquet" else read_lines(file)
    except (OSError, UnicodeDecodeError, csv.Error, pl.exceptions.PolarsError) as fault:
        raise SourceError(
            f"{file} cannot be read as a table of quotes ({fault}); give a CSV file with the "
            f"columns {', '.join(COLUMNS)}"
        ) from fault
    if "product" not in names or not {"price", "bid", "ask"} & set(names):
        raise SourceError(
            f"{file} has the columns {', '.join(names)}; it needs product, and price or bid and ask"
        )
    doubled = {name for name in names if names.count(name) > 1 and name in COLUMNS}
    if doubled:
        raise SourceError(f"{file} has {', '.join(sorted(doubled))} twice; name each column once")
    return sorted_out(names, rows, place)


Row = tuple[str, list[str | None]]
"""Where a row stands, and its cells."""


def read_parquet(file: Path) -> tuple[list[str], list[Row]]:
    """Return the columns and rows of a Parquet file, every cell as text."""
    table = pl.read_parquet(file).with_columns(pl.all().cast(pl.String))
    return table.columns, [
        (f"row {number}", list(row)) for number, row in enumerate(table.iter_rows(), start=1)
    ]


def read_lines(file: Path) -> tuple[list[str], list[Row]]:
    """Return the columns and lines of a CSV file."""
    # Spreadsheets put a mark before the first name.
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text)
        rows: list[Row] = [
            (f"line {reader.line_num}", list(cells))
            for cells in reader
            if cells and not cells[0].startswith("#")
        ]
    if not rows:
        raise csv.Error("it is empty")
    return [(name or "").strip() for name in rows[0][1]], rows[1:]


def sorted_out(
    names: Sequence[str], rows: Sequence[Row], place: str
) -> tuple[list[ForwardQuote], list[SetAside]]:
    """Return the quotes of rows, and the rows that are none; a product counts once."""
    quotes: list[ForwardQuote] = []
    aside: list[SetAside] = []
    seen: dict[DeliveryProduct, str] = {}
    for where, cells in rows:
        try:
            if len(cells) > len(names):
                raise CurveError(
                    f"{len(cells)} cells for {len(names)} columns; write numbers without a comma"
                )
            quote = quote_of(dict(zip_longest(names, cells)), place)
        except InputError as fault:
            aside.append(SetAside(where, str(fault)))
            continue
        if quote.product in seen:
            aside.append(
                SetAside(where, f"{quote.product} stands in {seen[quote.product]} already")
            )
            continue
        seen[quote.product] = where
        quotes.append(quote)
    return quotes, aside
