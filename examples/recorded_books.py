"""Algorithms and market making in recorded books, which are not of energy: see docs/strategies.md.

``python examples/recorded_books.py ../shared/data`` plays captures of an index future (ESH4) and of
a perpetual (BTCUSDT) back, with orders of ours in their queues, and prints what each cost.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from wattbook.domain import Instrument, Owner, Venue
from wattbook.execution import Latencies, Simulation
from wattbook.execution.tca import transaction_costs
from wattbook.runtime.research.recorded import RecordedRows, binance_rows, mbo_rows
from wattbook.strategy import StrategyContext
from wattbook.strategy.market_maker import MarketMaker, Quoting

SECOND = 10**9
OWNER = Owner(trading_book=1, trader=1, strategy=1)
# Not the iceberg: a recorded book takes no orders with a hidden part.
ALGORITHMS = (
    "twap",
    "participation",
    "implementation_shortfall",
    "arrival_price",
    "peg",
    "sniper",
    "liquidation",
)
DAY = 86_400 * SECOND


@dataclass(frozen=True, slots=True)
class Capture:
    """A recorded book and how it is traded here.

    Parameters
    ----------
    name : str
    rows : RecordedRows
    tick, lot : str
        Steps of price and volume.
    first, length, count : int
        Begin (ns UTC) and length (ns) of the first of so many windows that follow each other.
    volume : str
        Of one order.
    latency : int
        One way, ns.
    """

    name: str
    rows: RecordedRows
    tick: str
    lot: str
    first: int
    length: int
    count: int
    volume: str
    latency: int = 500_000

    def simulation(self, until: int) -> Simulation:
        """Return a simulation of the book up to an instant; an hour of power stands in for it."""
        begins = int(self.rows.ts[0]) // SECOND * SECOND
        made = Simulation(seed=1, desk_currency="USD", start=begins - SECOND)
        made.add_reference(
            Venue(venue=0, name=self.name, market_model="continuous_book", time_zone="UTC",
                  is_synthetic=False)
        )  # fmt: skip
        made.add_reference(
            Instrument(
                instrument=0, symbol=self.name, venue=0, location="DE-LU", commodity="power",
                form="intraday", tenor="hour", load="base", delivery_kind="physical",
                delivery_start=begins + 30 * DAY, delivery_end=begins + 30 * DAY + 3_600 * SECOND,
                delivery_seconds=3_600, gate_closure=begins + 29 * DAY, currency="USD",
                price_unit="megawatt_hour", volume_unit="megawatt", tick=self.tick, lot=self.lot,
                min_price=0, max_price=1_000_000,
            )
        )  # fmt: skip
        one_way = (self.latency, 0)
        made.set_latencies(
            0,
            Latencies(feed=one_way, submit=one_way, amend=one_way, cancel=one_way, report=one_way),
        )
        last = int(np.searchsorted(self.rows.ts, until, "right"))
        columns = self.rows.columns()
        made.add_recorded_book(0, **{name: column[:last] for name, column in columns.items()})
        return made


class AtOnce:
    """Takes all of it at once, at whatever price: what every algorithm is measured against."""

    def __init__(self, side: str, volume: str, starts: int) -> None:
        self.side, self.volume, self.starts = side, volume, starts

    def on_start(self, context: StrategyContext) -> None:
        """Ask for the time."""
        self.context = context
        context.wake_at(self.starts)

    def on_time(self, ts: int) -> None:
        """Take."""
        if ts >= self.starts and self.volume:
            far = 1_000_000 if self.side == "buy" else 0
            self.context.submit(0, self.side, far, self.volume, time_in_force="immediate_or_cancel")
            self.volume = ""


def drained(made: Simulation, until: int) -> dict[str, pl.DataFrame]:
    """Run to an instant and return the events."""
    made.open(keeps_market=True, measures_latency=False)
    while not made.run_until(until).is_done:
        pass
    # The names of event files.
    tables = {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): pl.DataFrame(table)
        for name, table in made.drain().items()
    }
    made.close()
    return tables


def costs(capture: Capture, algorithm: str | None) -> Iterator[tuple[float, float]]:
    """Yield cost in half spreads at arrival and share filled of each window, both sides together.

    What an order was not filled is marked at the end, so that it is not free. A purchase and a sale
    of the same window are averaged, so that the way the market went cancels.
    """
    for window in range(capture.count):
        starts = capture.first + window * capture.length
        ends = starts + capture.length
        found = []
        for side in ("buy", "sell"):
            made = capture.simulation(ends + 5 * SECOND)
            if algorithm is None:
                made.add_strategy(OWNER, AtOnce(side, capture.volume, starts))
            else:
                made.add_execution(
                    OWNER, instrument=0, side=side, volume=capture.volume,
                    algorithm=algorithm, starts=starts, ends=ends,
                )  # fmt: skip
            row = transaction_costs(drained(made, ends + 5 * SECOND)).parents.row(0, named=True)
            cost = (row["against_arrival"] or 0.0) * row["filled"]
            cost += (row["unfilled_markout"] or 0.0) * row["unfilled"]
            found.append((cost / row["volume"] / row["half_spread"], row["fill_rate"]))
        yield (float(np.mean([one for one, _ in found])), float(np.mean([one for _, one in found])))


def interval(values: np.ndarray) -> str:
    """Return the mean with its 95 % interval (Student's t, windows taken as independent)."""
    quantile = {4: 2.776, 5: 2.571, 9: 2.262}.get(len(values) - 1, 2.0)
    half = quantile * float(values.std(ddof=1)) / np.sqrt(len(values))
    return f"{values.mean():7.2f} ({values.mean() - half:.2f} to {values.mean() + half:.2f})"


def maker(capture: Capture, quoting: Quoting, volume: float) -> str:
    """Return what a market maker did over the whole capture."""
    until = int(capture.rows.ts[-1])
    made = capture.simulation(until)
    made.add_strategy(OWNER, MarketMaker(instrument=0, rolls=(), volume=volume, quoting=quoting))
    made.open(keeps_market=False, measures_latency=False)
    while not made.run_until(until).is_done:
        pass
    tables = {name: pl.DataFrame(table) for name, table in made.drain().items()}
    realised, unrealised, fees = made.pnl_by_strategy()[0][1:]
    made.close()
    fills = tables.get("Filled", pl.DataFrame())
    pnl = (realised + unrealised - fees) / 3.6e15
    traded = 0.0 if fills.is_empty() else float(fills["volume"].sum())
    orders = tables["OrderRouted"].height
    return f"{fills.height} fills, {traded:g} traded, {orders} orders, P&L {pnl:.2f}"


def captures(data: Path) -> Iterator[tuple[Capture, Quoting, float]]:
    """Yield each capture with the quoting of the market maker and the volume of a quote."""
    future = mbo_rows(data / "ticks" / "esh4-glbx-mdp3-20231225.mbo.dbn.zst")
    # The hour after the reopening at 23:00 UTC.
    opens = 1_703_545_200 * SECOND
    yield (
        Capture("ESH4", future, "0.25", "1", opens + 300 * SECOND, 600 * SECOND, 5, "60"),
        Quoting(tick=0.25, requote=0.25, volatility=0.1, decay=4.0, risk_aversion=0.02, most=10),
        1.0,
    )
    perpetual = binance_rows(data / "ticks" / "binance_usdm_btcusdt_20240808.jsonl.gz")
    starts = int(perpetual.ts[0]) + 30 * SECOND
    yield (
        Capture("BTCUSDT", perpetual, "0.1", "0.001", starts, 30 * SECOND, 10, "1"),
        Quoting(tick=0.1, requote=0.5, volatility=1.0, decay=0.5, risk_aversion=0.01, most=1,
                messages=600),
        0.01,
    )  # fmt: skip


def main(data: Path) -> None:
    """Print what each algorithm cost, and what market making earned."""
    for capture, quoting, volume in captures(data):
        sys.stdout.write(f"{capture.name}, NOT ENERGY: {len(capture.rows.ts):,} recorded rows\n")
        at_once = np.array(list(costs(capture, None)))
        sys.stdout.write(f"  {'at once':26} {interval(at_once[:, 0])}\n")
        for algorithm in ALGORITHMS:
            found = np.array(list(costs(capture, algorithm)))
            saved = interval(at_once[:, 0] - found[:, 0])
            filled = f"filled {100 * found[:, 1].mean():5.1f} %"
            sys.stdout.write(
                f"  {algorithm:26} {interval(found[:, 0])}  {filled}  better by {saved}\n"
            )
            sys.stdout.flush()
        sys.stdout.write(f"  market making: {maker(capture, quoting, volume)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
