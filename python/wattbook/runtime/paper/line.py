"""The one form in which prices arrive: a JSON object a line."""

import datetime as dt
import json
import math
from dataclasses import dataclass

from wattbook.ingest import RowFault

__all__ = ["LineFault", "PriceLine", "format_line", "parse_line"]

KEYS = {"market", "delivery_start", "price", "day_ahead"}
NANOS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class PriceLine:
    """A price as it arrived.

    Parameters
    ----------
    market : str
        Name of the market in the desk file.
    delivery_start : int
        First instant of the delivery period, ns UTC.
    price : float
        Currency of the market per MWh, finite, of either sign.
    day_ahead : bool
        Whether it is the day-ahead price of an hour; else the real-time or dispatch price.
    """

    market: str
    delivery_start: int
    price: float
    day_ahead: bool


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line that was set aside.

    Parameters
    ----------
    line : int
        Its number in the feed, from 1.
    fault : RowFault
        Why.
    text : str
        The line, at most its first 200 characters.
    """

    line: int
    fault: RowFault
    text: str

    def sentence(self) -> str:
        """Return it in one line of plain text."""
        return f"line {self.line} set aside: {self.fault.value}: {self.text}"


def instant_of(text: object) -> int | None:
    """Return an ISO 8601 instant with its offset in ns UTC; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    since = at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return (since // dt.timedelta(microseconds=1)) * 1_000


def number_of(value: object) -> float | None:
    """Return a JSON number as a finite float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def parse_line(text: str) -> PriceLine | RowFault:
    """Return the price of a line, or why it holds none.

    Examples
    --------
    >>> parse_line('{"market": "VIC1", "delivery_start": "2024-02-13T00:00:00Z", "price": -50}')
    PriceLine(market='VIC1', delivery_start=1707782400000000000, price=-50.0, day_ahead=False)
    >>> parse_line("price 50")
    <RowFault.MALFORMED: 'the line is no JSON object with market, delivery_start and price'>
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return RowFault.MALFORMED
    if not isinstance(found, dict) or not KEYS >= found.keys() >= KEYS - {"day_ahead"}:
        return RowFault.MALFORMED
    market, price, day_ahead = found["market"], found["price"], found.get("day_ahead", False)
    if not isinstance(market, str) or not isinstance(day_ahead, bool):
        return RowFault.MALFORMED
    start, value = instant_of(found["delivery_start"]), number_of(price)
    if start is None:
        return RowFault.NO_TIME
    return RowFault.NO_PRICE if value is None else PriceLine(market, start, value, day_ahead)


def format_line(line: PriceLine) -> str:
    """Return a price as a line of the feed.

    Examples
    --------
    >>> format_line(PriceLine("VIC1", 1707782400000000000, -50.0, False))
    '{"market": "VIC1", "delivery_start": "2024-02-13T00:00:00Z", "price": -50.0}'
    """
    at = dt.datetime.fromtimestamp(line.delivery_start // NANOS, dt.UTC)
    fields: dict[str, object] = {
        "market": line.market,
        "delivery_start": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "price": line.price,
    }
    if line.day_ahead:
        fields["day_ahead"] = True
    return json.dumps(fields, ensure_ascii=False)
