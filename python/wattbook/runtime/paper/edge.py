"""The edge of a paper run: price lines in, journaled inputs and forecasts out.

Everything here follows from the lines and the instants at which they arrived, and nothing else: the
same lines at the same instants make the same inputs, in a live run, in a replay, after a kill.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Literal, Protocol

import numpy as np

from wattbook._core import PriceKind, SignalModel
from wattbook.forecast import Forecast
from wattbook.forecast.facts import ModelFacts
from wattbook.forecast.refit import Decision, Refits
from wattbook.ingest import NANOS_PER_SECOND, DataReport, QuarantinedRow, RowFault, Series
from wattbook.ingest.series import gaps_of
from wattbook.ingest.timeline import timeline
from wattbook.runtime.paper.feed import StampedLine
from wattbook.runtime.paper.line import LineFault, PriceLine, parse_line
from wattbook.runtime.paper.plan import PaperPlan
from wattbook.runtime.plan.instrument import ForecastRows
from wattbook.runtime.plan.power import HOUR_NS, model_of

__all__ = ["Edge", "Remembered"]

MINUTE_NS = 60 * NANOS_PER_SECOND

Kind = Literal["day_ahead", "real_time", "imbalance", "settlement", "mark"]
Remembered = tuple[int, PriceKind, int, int, int]
"""Instrument, kind, delivery start, instant of receipt, price in 1e-6: as the journal holds it."""


class Receiver(Protocol):
    """What the edge speaks to: the running simulation."""

    def receive_price(
        self, instrument: int, kind: Kind, *, ts_event: int, ts_recv: int, price: int
    ) -> int:
        """Take a price; return the instant it is stamped with."""
        ...

    def receive_forecast(
        self,
        instrument: int,
        *,
        ts: int,
        valid_until: int,
        price: int,
        confidence_ppm: int,
        model: SignalModel,
        half_life_ns: int,
    ) -> None:
        """Take a forecast and the model that made it."""
        ...


class Edge:
    """Checks lines, hands their prices to the run and forecasts from what has come.

    Parameters
    ----------
    paper : PaperPlan
        What is traded.
    run : Receiver
        Where to.
    source : str
        The feed's name, for messages.
    """

    def __init__(self, paper: PaperPlan, run: Receiver, source: str) -> None:
        self.part = paper.part
        self.run = run
        self.source = source
        self.series = paper.history
        self.interval = paper.history.interval_seconds * NANOS_PER_SECOND
        self.refits: Refits | None = None
        self.models: dict[ModelFacts, None] = dict.fromkeys(paper.part.forecasts.models)
        self.on_decision: Callable[[Decision], None] = lambda _: None
        self.around_refit: Callable[[str], AbstractContextManager[object]] = nullcontext
        self.on_forecast: Callable[[Forecast], None] = lambda _: None
        self.day_ahead: dict[int, float] = {}
        self.received: dict[int, float] = {}
        self.faults: list[LineFault] = []
        self.lines = 0
        self.last_at: int | None = None
        self.last_price: float | None = None
        self.given: set[tuple[int, str]] = set()

    def line(self, stamped: StampedLine) -> LineFault | None:
        """Take a line; return why it was set aside, if it was."""
        self.lines += 1
        found = parse_line(stamped.text)
        if isinstance(found, PriceLine):
            # As the engine and the journal hold it, so that a resumed run computes with the same.
            found = replace(found, price=round(found.price * 1e6) / 1e6)
        fault = found if isinstance(found, RowFault) else self.fault(found, stamped.at)
        if fault is not None:
            aside = LineFault(stamped.number, fault, stamped.text[:200])
            self.faults.append(aside)
            return aside
        if isinstance(found, PriceLine):
            self.take(found, stamped.at)
        return None

    def fault(self, line: PriceLine, at: int) -> RowFault | None:
        """Return what is wrong with a price that came at `at` (ns UTC)."""
        low, high = self.part.source.price_limits
        if line.market != self.part.spec.name:
            return RowFault.UNKNOWN_MARKET
        if not low <= line.price <= high:
            return RowFault.OUT_OF_LIMITS
        return (self.fault_day_ahead if line.day_ahead else self.fault_real_time)(line, at)

    def fault_day_ahead(self, line: PriceLine, at: int) -> RowFault | None:
        """Return what is wrong with a day-ahead price."""
        periods, start = self.part.periods, line.delivery_start
        place = int(np.searchsorted(periods.delivery_start, start))
        is_hour = place < periods.delivery_start.size and periods.delivery_start[place] == start
        if periods.day_ahead_price is None or not is_hour:
            return RowFault.OUTSIDE_THE_DAY
        if start in self.day_ahead:
            same = self.day_ahead[start] == line.price
            return RowFault.REPEATED if same else RowFault.CONTRADICTED
        if at <= int(periods.gate[place]):
            return RowFault.TOO_EARLY
        return RowFault.TOO_LATE if at >= start else None

    def fault_real_time(self, line: PriceLine, at: int) -> RowFault | None:
        """Return what is wrong with a price that settles delivery."""
        start = line.delivery_start
        if start % self.interval != 0:
            return RowFault.OFF_GRID
        if start >= self.part.day.end:
            return RowFault.OUTSIDE_THE_DAY
        if at < start:
            return RowFault.TOO_EARLY
        known = self.series.delivery_start
        place = int(np.searchsorted(known, start))
        if place < known.size and known[place] == start:
            same = float(self.series.price[place]) == line.price
            return RowFault.REPEATED if same else RowFault.CONTRADICTED
        return RowFault.OUT_OF_ORDER if place < known.size else None

    def take(self, line: PriceLine, at: int) -> None:
        """Hand a sound price to the run, with what follows from it."""
        millionths = round(line.price * 1e6)
        if line.day_ahead:
            self.give(self.period_of(line.delivery_start), "day_ahead", line, at, millionths)
            self.day_ahead[line.delivery_start] = line.price
            return
        stamped = self.give(self.front(line, at), "mark", line, at, millionths)
        self.know(line.delivery_start, line.price, stamped)
        self.settle(line.delivery_start, stamped)

    def know(self, start: int, price: float, at: int) -> None:
        """Add a price to what is known, and forecast from it."""
        self.last_at, self.last_price = at, price
        self.received[start] = price
        if self.refits is not None and (decision := self.refits.told(start, price, at)) is not None:
            self.on_decision(decision)
        self.series = extended(self.series, start, price)
        self.forecast(start, at)

    def give(self, instrument: int, kind: Kind, line: PriceLine, at: int, price: int) -> int:
        """Hand one price of record over; return its stamp."""
        self.given.add((instrument, kind))
        return self.run.receive_price(
            instrument, kind, ts_event=line.delivery_start, ts_recv=at, price=price
        )

    def front(self, line: PriceLine, at: int) -> int:
        """Return the instrument that a real-time price marks: the contract or period in front."""
        chain = self.part.chain
        if chain is not None:
            return int(chain.contract_at(np.array([at], dtype=np.int64))[0])
        return self.period_of(line.delivery_start)

    def period_of(self, start: int) -> int:
        """Return the market's period that holds an instant; before the day, its first one."""
        periods = self.part.periods
        place = int(np.searchsorted(periods.delivery_start, start, side="right")) - 1
        return periods.first_instrument + max(place, 0)

    def settle(self, start: int, at: int) -> None:
        """Settle what this price completes: its dispatch interval, its hour."""
        day, periods = self.part.day, self.part.periods
        if start < day.start:
            return
        if periods.day_ahead_price is None:
            self.settle_at(self.period_of(start), start, at, self.received[start])
        hour = start - (start - day.start) % HOUR_NS
        known = self.series.between(hour, hour + HOUR_NS)
        if known.price.size != HOUR_NS // self.interval:
            return
        mean = float(known.price.sum() / known.price.size)
        if periods.day_ahead_price is not None:
            self.settle_at(self.period_of(hour), hour, at, mean)
        chain = self.part.chain
        if chain is not None and hour + HOUR_NS in chain.ends:
            contract = chain.instruments[chain.ends.index(hour + HOUR_NS)]
            self.settle_at(contract, hour, at, mean)

    def settle_at(self, instrument: int, start: int, at: int, price: float) -> None:
        """Publish the price at which an instrument settles, once."""
        if (instrument, "real_time") not in self.given:
            line = PriceLine(self.part.spec.name, start, price, day_ahead=False)
            self.give(instrument, "real_time", line, at, round(price * 1e6))

    def forecast(self, start: int, at: int) -> None:
        """Tell the strategies what the price that came at `at` says of the periods ahead."""
        day, chain = self.part.day, self.part.chain
        spec = self.part.spec.forecast
        target = start + self.interval * spec.horizon
        if chain is None or start + self.interval < day.start or target >= day.end:
            return
        if self.refits is None:
            # Once, when the day begins, on the prices known by then.
            fitted = model_of(spec, spec.horizon).fit(self.series, day.start)
            name = spec.champion or spec.model
            self.refits = Refits(fitted, name, spec.refit_minutes * MINUTE_NS)
            self.refits.around = self.around_refit
        made = self.refits.forecast(self.series, target, at)
        about = chain.contract_at(np.array([at], dtype=np.int64))
        valid = np.array([at + spec.horizon * self.interval], dtype=np.int64)
        told = ForecastRows.of(made, about, valid)
        if told.price.size:
            (facts,) = told.models
            self.models[facts] = None
            self.on_forecast(made)
            self.run.receive_forecast(
                int(told.instrument[0]),
                ts=at,
                valid_until=int(told.valid_until[0]),
                price=int(told.price[0]),
                confidence_ppm=int(told.confidence_ppm[0]),
                model=facts.digests(),
                half_life_ns=made.half_life_ns,
            )

    def remember(self, held: Iterable[Remembered]) -> None:
        """Take over what an earlier life of the run received; its inputs are in the journal.

        The forecasts are made again, from the same prices at the same instants.
        """
        for instrument, kind, start, at, millionths in held:
            self.given.add((instrument, str(kind)))
            # One line makes one of these; the prices that settle follow from them.
            self.lines += str(kind) in ("mark", "day_ahead")
            if str(kind) == "mark":
                self.know(start, millionths / 1e6, at)
            elif str(kind) == "day_ahead":
                self.day_ahead[start] = millionths / 1e6

    def recall(self, faults: Iterable[LineFault]) -> None:
        """Take over the lines that an earlier life of the run set aside."""
        before = len(self.faults)
        self.faults.extend(faults)
        self.lines += len(self.faults) - before

    def complete(self, at: int) -> None:
        """Settle at `at` what is complete and an earlier life did not get to journal."""
        for start in sorted(self.received):
            self.settle(start, at)

    @property
    def is_complete(self) -> bool:
        """Whether the last price of the day has come."""
        return self.part.day.end - self.interval in self.received

    def report(self) -> DataReport:
        """Return what came by the feed and what was wrong with it."""
        starts = np.array(sorted(self.received), dtype=np.int64)
        gaps = gaps_of(starts, self.interval)
        quarantine = tuple(
            QuarantinedRow(self.source, fault.line - 1, fault.text, float("nan"), fault.fault)
            for fault in self.faults
        )
        return DataReport(
            name=f"{self.part.spec.name}, live",
            source=self.source,
            rows_read=self.lines,
            rows_kept=self.lines - len(self.faults),
            out_of_order=sum(fault.fault is RowFault.OUT_OF_ORDER for fault in self.faults),
            gaps=gaps,
            quarantine=quarantine,
            timeline=timeline(starts, starts[:0], starts[:0], gaps, self.interval),
        )


def extended(series: Series, start: int, price: float) -> Series:
    """Return a series with one more price, later than all others."""
    return replace(
        series,
        delivery_start=np.append(series.delivery_start, start),
        price=np.append(series.price, price),
        covariates={},
    )
