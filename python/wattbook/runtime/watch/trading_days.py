"""What contracts opened with on a trading day, and closed with on the one before."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from wattbook.runtime.watch.tape import Tape

__all__ = ["TradingDays"]

MILLIONTHS = 1e6


class TradingDays:
    """The first trade of each contract's newest trading day, and the last one before that day.

    A trading day lasts from midnight to midnight on the clock of the contract's market, so it has
    23 or 25 hours where clocks change.

    Parameters
    ----------
    tape : Tape
        The run's events, which say whose clock a contract trades on.
    """

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._zones: dict[int, str] = {}
        self._ends: dict[int, int] = {}

    def take(self, trades: pl.DataFrame, row_of: Callable[[int], dict[str, Any]]) -> None:
        """Take over `trades` in the order of their coming.

        Parameters
        ----------
        trades : DataFrame
            With instrument, price (1e-6) and ts_event (ns UTC).
        row_of : callable
            Gives the row of an instrument, whose ``last_price`` is still that of the trade before.
            It gets ``day_open``, ``day_end`` (ns UTC) and ``previous_close``.
        """
        newest = trades.group_by("instrument").agg(pl.col("ts_event").max())
        begun = [number for number, event in newest.iter_rows() if event >= self._end(number)]
        if not begun:
            return
        for zone, numbers in self._by_zone(begun).items():
            clock = pl.from_epoch("ts_event", time_unit="ns").dt.replace_time_zone("UTC")
            days = (
                trades.filter(pl.col("instrument").is_in(numbers))
                .with_columns(clock.dt.convert_time_zone(zone).dt.date().alias("day"))
                .group_by("instrument", "day", maintain_order=True)
                .agg(pl.col("price").first().alias("first"), pl.col("price").last().alias("last"))
            )
            closes: dict[int, float] = {}
            for number, day, first, last in days.iter_rows():
                end = midnight_after(day, zone)
                row = row_of(number)
                if end > self._end(number):
                    close = closes.get(number, row.get("last_price"))
                    self._ends[number] = end
                    row.update(day_open=first / MILLIONTHS, day_end=end)
                    if close is not None:
                        row["previous_close"] = close
                closes[number] = last / MILLIONTHS

    def _end(self, number: int) -> int:
        return self._ends.get(number, 0)

    def _by_zone(self, numbers: Iterable[int]) -> dict[str, list[int]]:
        if not all(number in self._zones for number in numbers):
            markets = self._tape.names.markets
            zones = {one.venue: one.time_zone for one in markets}
            zones |= {one.book_venue: one.time_zone for one in markets if one.book_venue}
            table = self._tape.table("define_instrument", self._tape.end)
            for number, venue in table.select("instrument", "venue").iter_rows():
                self._zones[number] = zones.get(venue, "UTC")
        found: dict[str, list[int]] = {}
        for number in numbers:
            found.setdefault(self._zones.get(number, "UTC"), []).append(number)
        return found


def midnight_after(day: dt.date, zone: str) -> int:
    """Return when a day ends on a clock, ns UTC."""
    end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(zone))
    return int(end.timestamp()) * 10**9
