"""The coupled books of a day, fed in batches or order by order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from wattbook import _core
from wattbook.errors import InputError
from wattbook.market.intraday.rows import COLUMNS, LIFETIMES, NONE, SIDES, WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from wattbook.domain import Side
    from wattbook.market.intraday.day import IntradayDay
    from wattbook.market.intraday.rows import ArrowTable

__all__ = ["BasketLeg", "BorderState", "IntradayBooks", "RefusedRows", "ViewLevel"]

MILLION = 1_000_000
LARGEST = 1_000_000_000

Lifetime = Literal["gate", "immediate", "fill_or_kill"]


class ViewLevel(NamedTuple):
    """A price of a local view: EUR/MWh, MW, and how many orders stand behind it."""

    price_eur: float
    volume_mw: float
    orders: int


class BasketLeg(NamedTuple):
    """An order of a basket: where, what, its number, ``buy`` or ``sell``, EUR/MWh, MW."""

    zone: str
    contract: str
    order: int
    side: str
    price_eur: float
    volume_mw: float


class BorderState(NamedTuple):
    """A border in one quarter-hour, MW: capacities, net flow from the first zone, what can flow."""

    capacity_mw: float
    capacity_back_mw: float
    flow_mw: float
    room_mw: float
    room_back_mw: float


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """Rows that broke a rule; they changed nothing.

    Parameters
    ----------
    row : ndarray of uint64
        Which, from 0 within the batch.
    rule : list of str
        The name of the rule, such as ``gate closed``, ``off tick``, ``too large``.
    reason : list of str
        What was found and what to do.
    """

    row: NDArray[np.uint64]
    rule: list[str]
    reason: list[str]

    def __len__(self) -> int:
        return len(self.rule)


class IntradayBooks:
    """The books of all contracts of a day in all zones, coupled by shared capacity.

    They have a clock: contracts open and close and borders open, pause and close by themselves as
    the times of commands pass. Commands come in order of time. One set of books may be used from
    several threads; a batch releases the interpreter.

    Parameters
    ----------
    day : IntradayDay
        Contracts, zones, borders and their times.

    Examples
    --------
    >>> import datetime as dt
    >>> from wattbook.market.intraday import Border, intraday_day
    >>> day = intraday_day(dt.date(2026, 7, 16), ["DE-LU", "FR"], [Border("DE-LU", "FR", 6)])
    >>> books = IntradayBooks(day)
    >>> ts = day.contracts[12].delivery_start - 3 * 3_600 * 10**9
    >>> books.submit(ts, "DE-LU", "2026-07-16 H13", 1, "sell", -5.0, 10.0)
    >>> books.view("FR", "2026-07-16 H13", "sell", levels=1)
    [ViewLevel(price_eur=-5.0, volume_mw=6.0, orders=1)]
    >>> books.submit(ts, "FR", "2026-07-16 H13", 2, "buy", 0.0, 4.0)
    >>> books.border_states("2026-07-16 QH50")[0].room_mw
    2.0
    """

    def __init__(self, day: IntradayDay) -> None:
        self.day = day
        self._core = _core.IntradayBooks(day.core())

    def submit(
        self,
        ts: int,
        zone: str,
        contract: str,
        order: int,
        side: Side | str,
        price_eur: float,
        volume_mw: float,
        *,
        count: int = 1,
        lifetime: Lifetime = "gate",
        display_mw: float = 0.0,
        all_or_none: bool = False,
    ) -> None:
        """Send a limit order.

        Parameters
        ----------
        ts : int
            When it comes, ns UTC.
        zone, contract : str
            Where and what; the first contract of a block.
        order : int
            Number that no other live order has.
        side : {"buy", "sell"}
            Which.
        price_eur, volume_mw : float
            Limit in EUR/MWh, of any sign, and power.
        count : int, optional
            Contracts of one length from `contract` on: above 1 a block.
        lifetime : {"gate", "immediate", "fill_or_kill"}, optional
            How long.
        display_mw : float, optional
            What others see of an iceberg; 0 for all.
        all_or_none : bool, optional
            Whether it trades in whole only.

        Raises
        ------
        InputError
            If it breaks a rule; the text begins with the rule's name.
        """
        self._one(
            ts=ts,
            action=0,
            zone=self.day.zone(zone),
            contract=self.day.place(contract),
            count=count,
            order=order,
            side=number_of(str(side), SIDES, "side"),
            price=millionths(price_eur),
            volume=millionths(volume_mw),
            lifetime=number_of(lifetime, LIFETIMES, "lifetime"),
            display=millionths(display_mw),
            all_or_none=int(all_or_none),
        )

    def submit_basket(self, ts: int, legs: Sequence[BasketLeg]) -> None:
        """Send orders for different contracts that are filled all in whole, or killed.

        Each looks for its volume after what those before it take of the borders.

        Parameters
        ----------
        ts : int
            When they come, ns UTC.
        legs : sequence of BasketLeg
            2 to 100 orders, in any zones.

        Raises
        ------
        InputError
            If one of them breaks a rule, or they make no basket; nothing was done then.
        """
        rows = [
            row_of(
                ts=ts,
                action=0,
                zone=self.day.zone(leg.zone),
                contract=self.day.place(leg.contract),
                count=1,
                order=leg.order,
                side=number_of(leg.side, SIDES, "side"),
                price=millionths(leg.price_eur),
                volume=millionths(leg.volume_mw),
                lifetime=number_of("fill_or_kill", LIFETIMES, "lifetime"),
            )
            for leg in legs
        ]
        self._core.basket(np.array(rows, dtype=np.int64).reshape(-1, WIDTH))

    def amend(
        self,
        ts: int,
        order: int,
        *,
        price_eur: float | None = None,
        volume_mw: float | None = None,
    ) -> None:
        """Change price or total volume of a live order; raises as `submit`."""
        price = NONE if price_eur is None else millionths(price_eur)
        volume = NONE if volume_mw is None else millionths(volume_mw)
        self._one(ts=ts, action=1, order=order, price=price, volume=volume)

    def cancel(self, ts: int, order: int) -> None:
        """Take back a live order; raises as `submit`."""
        self._one(ts=ts, action=2, order=order)

    def set_capacity(
        self, ts: int, from_zone: str, to_zone: str, contract: str, capacity_mw: float
    ) -> None:
        """Set what a border carries one way in the quarter-hours of `contract`, use included."""
        self._border(3, ts, from_zone, to_zone, contract, millionths(capacity_mw))

    def halt(self, ts: int, from_zone: str, to_zone: str, contract: str) -> None:
        """Halt a border for `contract` as its operators do, on top of the pauses of the day."""
        self._border(4, ts, from_zone, to_zone, contract, 0)

    def resume(self, ts: int, from_zone: str, to_zone: str, contract: str) -> None:
        """Let a halted border go on."""
        self._border(5, ts, from_zone, to_zone, contract, 0)

    def _border(
        self, action: int, ts: int, from_zone: str, to_zone: str, contract: str, volume: int
    ) -> None:
        self._one(
            ts=ts,
            action=action,
            zone=self.day.zone(from_zone),
            to_zone=self.day.zone(to_zone),
            contract=self.day.place(contract),
            volume=volume,
        )

    def _one(self, **numbers: int) -> None:
        refused = self.apply(np.array([row_of(**numbers)], dtype=np.int64))
        if len(refused):
            raise InputError(refused.reason[0])

    def apply(self, rows: NDArray[np.int64]) -> RefusedRows:
        """Carry out a batch of commands, in order of time.

        Parameters
        ----------
        rows : int64 array of shape (n, 13), in C order
            Time (ns UTC), action (0 submit, 1 amend, 2 cancel, 3 capacity, 4 halt, 5 resume), zone,
            the other zone of a border, contract, how many contracts, order number, side (1 buy,
            2 sell), price and volume (1e-6; the least int64 leaves that of an amended order),
            lifetime (0 gate, 1 immediate or cancel, 2 fill or kill), displayed volume (1e-6; 0 for
            all), all or none. Zones and contracts are named by their places in the day. Read
            without a copy.

        Returns
        -------
        RefusedRows
            What broke a rule.

        Raises
        ------
        InputError
            If `rows` is not such an array.
        """
        try:
            return RefusedRows(*self._core.apply(rows))
        except TypeError as error:
            message = (
                f"rows are no int64 array of shape (n, {WIDTH}) in C order; "
                "use np.ascontiguousarray(rows, dtype=np.int64)"
            )
            raise InputError(message) from error

    def replay(self, table: ArrowTable) -> RefusedRows:
        """Carry out a table of commands, in order of time.

        Parameters
        ----------
        table : Arrow table of any library
            Columns ``ts`` (timestamp or int64, ns UTC), ``action`` (text: submit, amend, cancel,
            capacity, halt, resume), ``order``, ``zone``, ``contract`` (names), ``side`` (text),
            ``price`` and ``volume`` (EUR/MWh and MW; null leaves that of an amended order), and
            where needed ``to_zone``, ``count``, ``lifetime`` (text), ``display`` (MW) and
            ``all_or_none``.

        Returns
        -------
        RefusedRows
            What broke a rule; a name that is unknown breaks one.

        Raises
        ------
        InputError
            If a column is missing or of another type.
        """
        from wattbook.market.intraday.tables import command_rows  # noqa: PLC0415 - loads polars

        return self.apply(command_rows(table, self.day))

    def advance(self, now: int) -> None:
        """Let everything happen that is due by `now`, ns UTC.

        Raises
        ------
        InputError
            If a command came later than that.
        """
        self._core.advance(now)

    def events(self) -> _core.Table:
        """Return what happened since the last call, for any library that reads Arrow.

        One row an event: ``ts``, ``kind``, ``contract`` with ``first`` and ``count`` of a block,
        ``zone`` and ``to_zone`` (of the older and the younger order of a trade, of a flow, of a
        border), ``order``, ``taker``, ``side``, ``price``, ``volume``, ``trade``, ``reason``. Of a
        capacity, ``first`` and ``count`` are quarter-hours of the day.
        """
        return self._core.drain()

    def view(
        self, zone: str, contract: str, side: Side | str, *, levels: int = 10, count: int = 1
    ) -> list[ViewLevel]:
        """Return what an order in `zone` could reach of `side`, best first: its local view."""
        first = self.day.place(contract)
        found = self._core.depth(self.day.zone(zone), first, count, side, levels)
        return [ViewLevel(price / MILLION, volume / MILLION, n) for price, volume, n in found]

    def border_states(self, contract: str) -> list[BorderState]:
        """Return every border in the first quarter-hour of `contract`."""
        period = self.day.contracts[self.day.place(contract)].first
        rows = self._core.borders(period)
        return [BorderState(*(each / MILLION for each in row)) for row in rows]

    def is_allocating(self, contract: str, border: int) -> bool:
        """Return whether capacity of a border, by its place, goes to `contract` now."""
        return self._core.is_allocating(self.day.place(contract), border)

    @property
    def now(self) -> int:
        """Time of the last command, ns UTC."""
        return self._core.now()


def number_of(name: str, names: Sequence[str], what: str) -> int:
    """Return the number that stands for a name."""
    if name not in names[names[0] == "" :]:
        message = f"unknown {what}: {name!r}; use one of {', '.join(filter(None, names))}"
        raise InputError(message)
    return names.index(name)


def row_of(**numbers: int) -> list[int]:
    """Return a command as a row of `COLUMNS`; what is not given is 0."""
    return [numbers.get(name, 0) for name in COLUMNS]


def millionths(value: float) -> int:
    """Return a price or volume in 1e-6, to the nearest.

    Raises
    ------
    InputError
        If it is no number, or one beyond all prices and volumes.
    """
    if not abs(value) <= LARGEST:
        raise InputError(f"{value} is no price or volume; give a number within ±{LARGEST:,}")
    return round(value * MILLION)
