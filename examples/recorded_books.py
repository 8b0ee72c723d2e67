"""Algorithms and market making in recorded books, which are not of energy: see docs/strategies.md.

``python examples/recorded_books.py ../shared/data`` plays captures of an index future (ESH4) and of
a perpetual (BTCUSDT) back, with orders of ours in their queues, and prints what each cost.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from wattbook.domain import Owner
from wattbook.execution import Simulation
from wattbook.execution.windows import (
    Measured,
    Window,
    block_interval,
    measure,
    risk_adjusted,
    tape,
)
from wattbook.runtime.research.recorded import RecordedRows, binance_rows, mbo_rows
from wattbook.runtime.research.recorded_maker import recorded_simulation
from wattbook.strategy.market_maker import MarketMaker, Quoting

SECOND = 10**9
OWNER = Owner(trading_book=1, trader=1, strategy=1)
RATE = 0.1


@dataclass(frozen=True, slots=True)
class Worked:
    """How an order is worked: an algorithm, with what differs from its usual parameters."""

    algorithm: str
    parameters: dict[str, float] = field(default_factory=dict)


# All of it as it begins, through as many prices as it takes.
AT_ONCE = Worked("twap", {"finish": 1.0, "reach": 10_000.0})
# Each with what it is measured by. Not the iceberg, since a recorded book takes no orders with a
# hidden part; not the close, since no call was recorded; not vwap, since no day before was.
ALGORITHMS = (
    (Worked("twap"), "mean_price"),
    (Worked("participation", {"rate": RATE}), "off_rate"),
    (Worked("implementation_shortfall"), "risk_adjusted"),
    (Worked("arrival_price"), "risk_adjusted"),
    (Worked("peg"), "middle"),
    # Beside the even schedule, of which a recorded book must show all.
    (Worked("sniper", {"lead": 0.05, "edge": 0.0, "shows": 1e6}), "mean_price"),
    (Worked("liquidation"), "mean_price"),
)
SIDES: tuple[tuple[int, Literal["buy", "sell"]], ...] = ((1, "buy"), (-1, "sell"))
Pairs = list[tuple[Measured, Measured]]


@dataclass(frozen=True, slots=True)
class Capture:
    """A recorded book and how it is traded here.

    Parameters
    ----------
    name : str
    rows : RecordedRows
    tick, lot : str
        Steps of price and volume.
    first, length : int
        Begin (ns UTC) and length (ns) of the first window; others follow to the end of the capture.
    shifts : int
        Windows that begin within the length of one: they overlap.
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
    shifts: int
    volume: str
    latency: int = 500_000

    def simulation(self, until: int) -> Simulation:
        """Return a simulation of the book up to an instant."""
        return recorded_simulation(
            self.rows, until, name=self.name, steps=(self.tick, self.lot), latency_ns=self.latency
        )


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


def played(capture: Capture, how: Worked, rate: float) -> list[tuple[Measured, Measured]]:
    """Return what came of a purchase and a sale in each window, by time of their starts.

    Windows that do not overlap share a playback: recorded orders do not react to ours.
    """
    found: dict[tuple[int, int], Measured] = {}
    for shift in range(capture.shifts):
        first = capture.first + shift * capture.length // capture.shifts
        count = (int(capture.rows.ts[-1]) - 5 * SECOND - first) // capture.length
        starts = [first + window * capture.length for window in range(count)]
        for sign, side in SIDES:
            until = starts[-1] + capture.length + 5 * SECOND
            made = capture.simulation(until)
            for start in starts:
                made.add_execution(
                    OWNER, instrument=0, side=side, volume=capture.volume, algorithm=how.algorithm,
                    starts=start, ends=start + capture.length, parameters=how.parameters,
                )  # fmt: skip
            events = drained(made, until)
            market = tape(events["quote"], events["trade"])
            parents = events["order_routed"].select("order_id", "parent")
            fills = events["filled"].join(parents, on="order_id").sort("ts_recv")
            begun = events["parent_opened"].sort("starts")["parent"].to_list()
            for start, parent in zip(starts, begun, strict=True):
                own = fills.filter(pl.col("parent") == parent)
                window = Window(start, start + capture.length, sign, float(capture.volume))
                ts = own["ts_recv"].cast(pl.Int64).to_numpy()
                price, volume = (
                    own[name].cast(pl.Float64).to_numpy() for name in ("price", "volume")
                )
                found[start, sign] = measure(market, window, ts, price, volume, rate=rate)
    return [(found[start, 1], found[start, -1]) for start, sign in sorted(found) if sign == 1]


def benchmark(pairs: Pairs, name: str, even: Pairs) -> np.ndarray:
    """Return what an algorithm is measured by, both sides of each window averaged."""
    if name == "risk_adjusted":
        by_side = [
            risk_adjusted(column(pairs, side, "arrival"), column(even, side, "arrival"))
            for side in (0, 1)
        ]
    else:
        by_side = [column(pairs, side, name) for side in (0, 1)]
    return (by_side[0] + by_side[1]) / 2.0


def column(pairs: Pairs, side: int, name: str) -> np.ndarray:
    """Return a figure of one side by window."""
    return np.array([getattr(pair[side], name) for pair in pairs])


def told(found: tuple[float, float, float], decimals: int = 2) -> str:
    """Return a mean with its interval, as text."""
    mean, low, high = (f"{value:.{decimals}f}" for value in found)
    return f"{mean} ({low} to {high})"


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
        Capture("ESH4", future, "0.25", "1", opens + 300 * SECOND, 600 * SECOND, 4, "100"),
        Quoting(tick=0.25, requote=0.25, volatility=0.1, decay=4.0, risk_aversion=0.02, most=10),
        1.0,
    )
    perpetual = binance_rows(data / "ticks" / "binance_usdm_btcusdt_20240808.jsonl.gz")
    starts = int(perpetual.ts[0]) + 30 * SECOND
    yield (
        Capture("BTCUSDT", perpetual, "0.1", "0.001", starts, 60 * SECOND, 4, "20"),
        Quoting(tick=0.1, requote=0.5, volatility=1.0, decay=0.5, risk_aversion=0.01, most=1,
                messages=600),
        0.01,
    )  # fmt: skip


def main(data: Path) -> None:
    """Print what each algorithm cost, and what market making earned."""
    for capture, quoting, volume in captures(data):
        sys.stdout.write(f"{capture.name}, NOT ENERGY: {len(capture.rows.ts):,} recorded rows\n")
        at_once = played(capture, AT_ONCE, RATE)
        even = played(capture, Worked("twap"), RATE)
        cost = block_interval(benchmark(at_once, "arrival", even), capture.shifts)
        sys.stdout.write(f"  {len(even)} windows, at once against arrival {told(cost)}\n")
        for how, own in ALGORITHMS:
            found = even if how.algorithm == "twap" else played(capture, how, RATE)
            cost = block_interval(benchmark(found, "arrival", even), capture.shifts)
            filled = 50.0 * sum(column(found, side, "fill_rate").mean() for side in (0, 1))
            rest = benchmark(found, "unfilled_markout", even).mean()
            mine = benchmark(found, own, even)
            better = [
                told(block_interval(benchmark(other, own, even) - mine, capture.shifts), 3)
                for other in (at_once, even)
            ]
            sys.stdout.write(
                f"  {how.algorithm:26} {told(cost)}  filled {filled:.2f} %, rest cost {rest:.2f}  "
                f"{own}: better than at once by {better[0]}, than even by {better[1]}\n"
            )
            sys.stdout.flush()
        sys.stdout.write(f"  market making: {maker(capture, quoting, volume)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
