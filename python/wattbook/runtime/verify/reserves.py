"""What a dispatched battery was paid for its reserves, worked out again.

Written from the rules of docs/dispatch.md and the desk file, not from the code that paid: blocks
sold, capacity that the steps leave free, energy called and delivered, and money, each held against
the tables of the run and against the payments in its journal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from wattbook.runtime.desk.spec import BatterySpec, DispatchReserveSpec
from wattbook.runtime.figures import Ledger
from wattbook.runtime.folder import RunFolder, slug
from wattbook.runtime.verify.result import Tally

__all__ = ["check_reserves"]

Row = dict[str, Any]
Range = tuple[float, float]
HOUR_NS = 3_600 * 10**9
MICRO = 1e6
METER_MWH = 0.002
"""Two readings of a meter that tells whole kWh."""
LAST_DIGIT = 2
"""Of a mean in 1e-6 MW, by floats that were added in another order."""
KWH = 3_600 * 10**3
"""One kWh, in 1e-6 MW and seconds."""


@dataclass(frozen=True, slots=True)
class Period:
    """A delivery period: its instants in ns UTC, and its steps, the one behind it last."""

    start: int
    end: int
    steps: Sequence[Row]
    after: Row | None

    @property
    def seconds(self) -> int:
        """Return its length."""
        return (self.end - self.start) // 10**9


def check_reserves(
    tally: Tally, folder: RunFolder, ledger: Ledger, spec: BatterySpec, steps: pl.DataFrame,
    time_zone: str,
) -> None:  # fmt: skip
    """Hold what the run says of a battery's reserves against what desk file and steps make of it.

    - A block of four hours is sold where it pays what was asked for, and all of it at that price.
    - Available is what the steps leave free of power and connection, and what the cells bear.
    - Delivered is what the meter counted beyond the schedule, as far as it was called. The meter
      follows from the readings of the steps, to what may have run since the last one.
    - Paid is the capacity, less what was missing and its penalty, and the energy delivered. The
      journal has the same for each period.

    Parameters
    ----------
    steps : polars.DataFrame
        As `wattbook.runtime.dispatch.record.StepRow`.
    """
    assert spec.dispatch is not None, "only batteries that are run have steps"  # noqa: S101
    # One that no block takes is no reserve of the day.
    reserves = tuple(
        one
        for one in spec.dispatch.reserve
        if any(block_of(one, block) is not None for block in range(6))
    )
    if not reserves or not steps.height:
        return
    place = f"dispatch/{slug(spec.name)}-reserves.parquet"
    table = pl.read_parquet(folder.path / place)
    held = {(row["product"], row["start"]): row for row in table.iter_rows(named=True)}
    number = next(one.strategy for one in ledger.names.strategies if one.name == spec.name)
    paid, meters = journaled(ledger, number)
    money: dict[tuple[str, str], int] = {}
    for period in periods(ledger, number, steps.sort("at").to_dicts()):
        rows = {}
        for reserve in reserves:
            price = block_price(reserve, period.start, time_zone)
            row = held.pop((reserve.product, period.start), None)
            if (price is None) != (row is None):
                got = "nothing" if row is None else "sold"
                expected = "nothing" if price is None else f"sold at {price:g}"
                tally.check(f"{place} {reserve.product} {utc(period.start)}", expected, got)
            if price is not None and row is not None:
                rows[reserve.product] = row
                check_row(tally, place, row, terms(spec, reserve, price, period, time_zone))
        check_delivered(tally, place, period, reserves, rows, meters.get(period.start), time_zone)
        lines = [(row["product"], *line) for row in rows.values() for line in payments(row)]
        for product, line, units in lines:
            money[product, line] = money.get((product, line), 0) + units
        due = sum(units for _, _, units in lines)
        entered = paid.get(period.start, 0)
        tally.check(f"reserves_settled {utc(period.start)}", str(due), str(entered))
    for product, start in sorted(held):
        tally.check(f"{place} {product} {utc(start)}", "no such row", "a row")
    check_lines(tally, folder, spec, money)


def utc(at: int) -> str:
    """Return an instant as text."""
    return f"{dt.datetime.fromtimestamp(at // 10**9, dt.UTC):%Y-%m-%dT%H:%MZ}"


def journaled(ledger: Ledger, strategy: int) -> tuple[dict[int, int], dict[int, int]]:
    """Return what was paid, 1 / 3.6e15 currency, and the mean metered, 1e-6 MW, by start."""
    found: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for one, name, column in (
        (found[0], "reserves_settled", "amount"),
        (found[1], "meter_read", "volume"),
    ):
        for row in ledger.table(name).iter_rows(named=True):
            if row["strategy"] == strategy:
                one[ledger.instruments[row["instrument"]].delivery_start] = int(row[column])
    return found


def periods(ledger: Ledger, strategy: int, rows: Sequence[Row]) -> Iterator[Period]:
    """Yield each delivery period that was metered and has a step."""
    metered = {
        ledger.instruments[row["instrument"]].delivery_start: row["instrument"]
        for row in ledger.table("meter_read").iter_rows(named=True)
        if row["strategy"] == strategy
    }
    for start in sorted(metered):
        end = start + ledger.instruments[metered[start]].delivery_seconds * 10**9
        inside = [row for row in rows if start <= row["at"] < end]
        after = next((row for row in rows if row["at"] >= end), None)
        if inside:
            yield Period(start, end, inside, after)


def block_price(reserve: DispatchReserveSpec, at: int, time_zone: str) -> float | None:
    """Return what the block of an instant pays; None where it takes nothing of ours."""
    return block_of(reserve, dt.datetime.fromtimestamp(at // 10**9, ZoneInfo(time_zone)).hour // 4)


def block_of(reserve: DispatchReserveSpec, block: int) -> float | None:
    """Return what a block pays; of an auction, where cheaper offers leave room for all of ours."""
    if reserve.auction is None:
        if reserve.block_prices is None:
            return float(reserve.price)
        price = reserve.block_prices[block]
        return float(price) if price >= reserve.price else None
    offers, left = reserve.auction.offers, reserve.auction.demand[block] - reserve.power
    if sum(power for price, power in offers if price <= reserve.price) > left:
        return None
    # The dearest of the others that is needed beside ours.
    needed = [
        price
        for price, _ in offers
        if sum(power for other, power in offers if other < price) < left
    ]
    return float(max([reserve.price, *needed]))


def called_mwh(reserve: DispatchReserveSpec, period: Period, time_zone: str) -> float:
    """Return the energy called in a period, MWh; less delivery is below zero."""
    zone, total = ZoneInfo(time_zone), 0.0
    day = dt.datetime.fromtimestamp(period.start // 10**9, zone).date()
    for call in reserve.call:
        first, last = (
            int(dt.datetime.combine(day, at, zone).timestamp()) * 10**9
            for at in (call.at, call.until)
        )
        total += float(call.power) * max(0, min(last, period.end) - max(first, period.start))
    return total / HOUR_NS


def free_power(spec: BatterySpec, reserve: DispatchReserveSpec, step: Row) -> float:
    """Return what a step leaves free of a reserve, MW."""
    if step["is_held"] or step["setpoint_low"] != step["setpoint_high"]:
        return 0.0
    assert spec.dispatch is not None, "only batteries that are run have steps"  # noqa: S101
    one_way, hours = float(spec.efficiency) ** 0.5, reserve.minutes / 60
    ways = {
        "up": (1.0, spec.dispatch.grid_export, step["energy"] * one_way),
        "down": (-1.0, spec.dispatch.grid_import, (float(spec.energy) - step["energy"]) / one_way),
    }
    found: list[float] = []
    for way, (sign, connection, energy) in ways.items():
        if reserve.direction in (way, "both"):
            most = min(float(spec.power), step["available"])
            most = most if connection is None else min(most, float(connection))
            free = max(0.0, min(most - sign * step["setpoint"], energy / hours))
            found.append(min(float(reserve.power), free + max(0.0, sign * step["called"])))
    return min(found)


def terms(
    spec: BatterySpec, reserve: DispatchReserveSpec, price: float, period: Period, time_zone: str
) -> dict[str, float]:
    """Return what a row should say: in 1e-6 of MW and price, called energy in 1e-6 MW and s."""
    free = [free_power(spec, reserve, step) for step in period.steps]
    called = called_mwh(reserve, period, time_zone)
    return {
        "seconds": period.seconds,
        "awarded": float(reserve.power) * MICRO,
        "available": sum(free) / len(free) * MICRO,
        "price": price * MICRO,
        "mean_price": float(reserve.penalty) * MICRO,
        "called": abs(called) * 3_600 * MICRO,
        "energy_price": float(reserve.energy_price) * MICRO * (-1 if called < 0 else 1),
    }


def check_row(tally: Tally, place: str, row: Row, expected: dict[str, float]) -> None:
    """Hold a row against what it should say."""
    for name, value in expected.items():
        is_same = abs(row[name] - value) <= LAST_DIGIT
        where = f"{place} {row['product']} {utc(row['start'])} {name}"
        tally.check(where, row[name] if is_same else round(value), row[name])


def metered(period: Period) -> Range | None:
    """Return between which energies, MWh, the meter must have counted; None where nobody knows."""
    last = period.steps[-1]
    if last["is_held"]:
        return None
    powers = [last["power"], last["setpoint_low"], last["setpoint_high"]]
    if period.after is not None and not period.after["is_held"]:
        powers.append(period.after["power"])
    hours = (period.end - last["at"]) / HOUR_NS
    return (
        last["delivered"] + min(powers) * hours - METER_MWH,
        last["delivered"] + max(powers) * hours + METER_MWH,
    )


def check_delivered(
    tally: Tally,
    place: str,
    period: Period,
    reserves: Sequence[DispatchReserveSpec],
    rows: dict[str, Row],
    meter: int | None,
    time_zone: str,
) -> None:
    """Hold energy delivered of what was called, and the meter less it, against the readings."""
    counted = metered(period)
    if counted is None or meter is None:
        return
    asked = {one.product: called_mwh(one, period, time_zone) for one in reserves}
    up = sum(max(0.0, one) for one in asked.values())
    down = sum(max(0.0, -one) for one in asked.values())
    sold = period.steps[-1]["sold"] * period.seconds / 3_600
    taken = 0.0
    for product, called in asked.items():
        if not called or product not in rows:
            continue
        # What the meter counted beyond the schedule, less what was called the other way.
        beyond = [(one - sold + down if called > 0 else sold + up - one) for one in counted]
        most = up if called > 0 else down
        low, high = sorted(abs(called) * min(max(one, 0.0), most) / most for one in beyond)
        got = rows[product]["delivered"] / KWH / 1e3
        taken += got if called > 0 else -got
        where = f"{place} {product} {utc(period.start)} delivered"
        check_range(tally, where, (low, high), got)
    left = (counted[0] - taken, counted[1] - taken)
    got = meter / MICRO * period.seconds / 3_600
    check_range(tally, f"meter_read {utc(period.start)}, MWh", left, got)


def check_range(tally: Tally, place: str, expected: Range, got: float) -> None:
    """Hold a value against a range, to its last digit."""
    low, high = expected
    if low - 1e-6 <= got <= high + 1e-6:
        tally.passed += 1
    else:
        tally.check(place, f"{low:.4f} to {high:.4f}", f"{got:.4f}")


def payments(row: Row) -> Iterator[tuple[str, int]]:
    """Yield the lines of a row that are not zero: what each is called and pays."""
    missing = max(0, row["awarded"] - row["available"]) * row["seconds"]
    lines = {
        "capacity": row["awarded"] * row["seconds"] * row["price"],
        "capacity withheld": -missing * row["price"],
        "availability penalty": -missing * max(0, row["mean_price"]),
        "energy": min(row["called"], row["delivered"]) * row["energy_price"],
    }
    yield from ((name, units) for name, units in lines.items() if units)


def check_lines(
    tally: Tally, folder: RunFolder, spec: BatterySpec, money: dict[tuple[str, str], int]
) -> None:
    """Hold the sums of the run's own lines against those of the rows."""
    place = f"dispatch/{slug(spec.name)}-reserve-amounts.parquet"
    stated: dict[tuple[str, str], int] = {}
    for row in pl.read_parquet(folder.path / place).iter_rows(named=True):
        key = (row["product"], row["line"])
        stated[key] = stated.get(key, 0) + int(row["amount"])
    for key in sorted({*stated, *money}):
        where = f"{place} {key[0]}, {key[1]}"
        tally.check(where, str(money.get(key, 0)), str(stated.get(key, 0)))
