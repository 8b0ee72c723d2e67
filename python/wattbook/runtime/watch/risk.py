"""What the desk may lose at an instant: by part, over time, in scenarios, and after one more trade.

Every figure is computed by the functions of ``wattbook risk``, from what had been received.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from wattbook.errors import InputError, RunError
from wattbook.risk.book import Book, Factors
from wattbook.risk.house_margin import scenario_margin
from wattbook.risk.ladder import GREEKS, greeks_ladder
from wattbook.risk.measures import Quantile, Shortfall, expected_shortfall, value_at_risk
from wattbook.risk.portfolio import book_risk
from wattbook.risk.stress import Scenario, stress
from wattbook.runtime.figures.risk import held_at, risk_path, scenario_gains
from wattbook.runtime.risk.breaches import BreachCase, cases
from wattbook.runtime.risk.run_book import LEVELS, run_book

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from wattbook.runtime.figures import Ledger
    from wattbook.runtime.watch.picture import Row
    from wattbook.runtime.watch.tape import Tape

__all__ = ["STRESSES", "risk_rows", "stress_rows", "what_if"]

CONFIDENCE: Final = 0.99
POINTS: Final = 400
STRESSES: Final = (
    Scenario("prices half as high again", moves={"": {"relative": 0.5}}),
    Scenario("prices halved", moves={"": {"relative": -0.5}}),
    Scenario("every price 100 higher", moves={"": {"absolute": 100.0}}),
    Scenario("every price 100 lower", moves={"": {"absolute": -100.0}}),
    Scenario("worst of 2,000 days drawn", draws=2_000),
)
"""An empty name is the beginning of every factor's."""


@dataclass(frozen=True, slots=True)
class _Tail:
    """Losses of one distribution, positive."""

    value_at_risk: float
    expected_shortfall: float
    margin: float


def _tail(pnl: NDArray[np.float64]) -> _Tail:
    return _Tail(
        value_at_risk(pnl, CONFIDENCE, Quantile.INVERTED_CDF),
        expected_shortfall(pnl, CONFIDENCE, Shortfall.EXACT_TAIL),
        scenario_margin(pnl, CONFIDENCE),
    )


def risk_rows(tape: Tape, now: int) -> Row:
    """Return risk at `now` (ns UTC), its history, and the breaches of limits, losses positive.

    ``note`` says why there are no figures, where there are none.
    """
    ledger = tape.ledger(now)
    made: Row = {
        "confidence": CONFIDENCE,
        "currency": ledger.names.currency,
        "note": "",
        "tail": None,
        "scenarios": 0,
        "parts": {level: [] for level in LEVELS},
        "deltas": _greeks(ledger, now),
        "history": _history(ledger),
        "breaches": _breaches(tape, ledger),
    }
    try:
        held = run_book(ledger, now)
    except RunError as fault:
        # What a command is to ask instead is nothing that a desk could do.
        made["note"] = str(fault).partition(": choose another time")[0]
        return made
    found = book_risk(held.book, held.moves, CONFIDENCE, LEVELS)
    made["tail"] = asdict(_tail(found.pnl))
    made["scenarios"] = int(found.pnl.size)
    made["parts"] = {
        level: [
            {
                "name": part.name,
                "holdings": part.holdings,
                "alone": part.alone,
                "component": part.component,
                "shortfall_component": part.shortfall_component,
                "incremental": part.incremental,
            }
            for part in parts
        ]
        for level, parts in found.parts.items()
    }
    return made


def _history(ledger: Ledger) -> Row:
    """Return the tail after each change of a position, at most `POINTS` of them."""
    path = risk_path(ledger)
    if path is None:
        return {"ts": [], "value_at_risk": [], "expected_shortfall": [], "margin": []}
    count = path.ts.size
    places = np.unique(np.linspace(0, count - 1, min(POINTS, count)).astype(np.int64))
    return {
        "ts": path.ts[places].tolist(),
        "value_at_risk": path.value_at_risk[places].tolist(),
        "expected_shortfall": path.expected_shortfall[places].tolist(),
        "margin": path.margin[places].tolist(),
    }


def _greeks(ledger: Ledger, now: int) -> list[Row]:
    """Return by delivery period what is held and its Greeks, as `greeks_ladder` has them.

    Contracts of a run are linear in their price: its value does not enter, and gamma, vega and
    theta are nought.
    """
    rows: list[dict[str, object]] = []
    energy: dict[str, float] = {}
    for row in held_at(ledger, now).iter_rows(named=True):
        one = ledger.instruments[row["instrument"]]
        volume = row["volume"] / 1e6 * one.delivery_seconds / 3_600
        period = f"{one.delivery_start} {one.delivery_end}"
        energy[period] = energy.get(period, 0.0) + volume
        quantity = volume * ledger.rates[one.currency] / 1e9
        rows.append(
            {"factor": one.symbol, "kind": "future", "quantity": quantity, "delivery": period}
        )
    if not rows:
        return []
    symbols = tuple(sorted({str(row["factor"]) for row in rows}))
    factors = Factors(symbols, np.zeros(len(symbols)), np.ones(len(symbols), dtype=np.bool_))
    ladder = greeks_ladder(Book.from_rows(factors, rows, ("delivery",)), ("delivery",))
    return [
        {
            "delivery_start": int(rung.labels[0].split()[0]),
            "delivery_end": int(rung.labels[0].split()[1]),
            "volume": energy[rung.labels[0]],
            **{name: rung.greek(name) for name in GREEKS},
        }
        for rung in ladder.rungs
    ]


def _breaches(tape: Tape, ledger: Ledger) -> list[Row]:
    """Return the limits of scopes that were passed, with what was said of each."""
    today = dt.datetime.now(dt.UTC).date()
    return [breach_row(case, today) for case in cases(tape.folder, ledger)]


def breach_row(case: BreachCase, today: dt.date) -> Row:
    """Return a breach with its limit and what was said of it."""
    line = case.line
    return {
        "breach": case.number,
        "ts": line.ts,
        "limit": case.name,
        "scope": case.scope,
        "measure": line.measure,
        "severity": line.severity,
        "value": line.value,
        "level": line.level,
        "by": "an order" if line.is_active else "the market",
        "owner": case.owner,
        "reason": case.said.reason,
        "approved_by": case.said.approved_by,
        "cure_by": case.said.cure_by,
        "status": case.status(today),
        "cured": case.cured,
    }


def stress_rows(tape: Tape, now: int, scenarios: tuple[Scenario, ...] = STRESSES) -> list[Row]:
    """Return what each scenario makes of what is held at `now`, whole and by every level.

    Raises
    ------
    RunError
        If nothing is held, or the run knew no prices before it.
    InputError
        If a scenario cannot be valued.
    """
    held = run_book(tape.ledger(now), now)
    covariance = np.atleast_2d(np.cov(held.moves))
    return [
        {
            "scenario": found.name,
            "total": found.total_cents / 100,
            "by": {
                level: {name: cents / 100 for name, cents in found.by(held.book, level).items()}
                for level in LEVELS
            },
        }
        for found in stress(held.book, scenarios, {}, covariance)
    ]


def what_if(tape: Tape, now: int, instrument: int, volume: float) -> Row:
    """Return the desk's tail at `now` before and after a trade of `volume`, sold below zero.

    Raises
    ------
    InputError
        If the run has no scenarios for the instrument.
    """
    ledger = tape.ledger(now)
    gains = scenario_gains(ledger, now)
    if instrument not in gains:
        message = f"the run has no scenarios for instrument {instrument}; choose another one"
        raise InputError(message)
    pnl = np.zeros(gains[instrument].size)
    for row in held_at(ledger, now).iter_rows(named=True):
        if row["instrument"] not in gains:
            name = ledger.instruments[row["instrument"]].symbol
            message = f"the run has no scenarios for {name}, which is held"
            raise InputError(message)
        pnl += row["volume"] / 1e6 * gains[row["instrument"]]
    after = pnl + volume * gains[instrument]
    return {"before": asdict(_tail(pnl)), "after": asdict(_tail(after))}
