"""Daily value at risk of real futures, held against what the days brought."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.risk.backtests import TrafficLight, Zone, basel_traffic_light, christoffersen, kupiec
from wattbook.risk.filtered import (
    DailyRisk,
    acerbi_szekely,
    daily_filtered_risk,
    daily_historical_risk,
    fitted_decay,
    holm,
)
from wattbook.risk.garch import GarchLaw, fit_garch
from wattbook.risk.rolls import ContractMoves, same_contract_moves
from wattbook.runtime.risk.recorded import CURVES_FILE, read_futures

__all__ = ["CONFIDENCES", "CURVES", "Backtest", "CurveTest", "backtest_futures"]

CURVES = (("CL", 1), ("CL", 6), ("NG", 1), ("NG", 6), ("HO", 1), ("RB", 1))
"""Commodity and place on its curve."""
CONFIDENCES = (0.95, 0.99)
FIRST_DAY = np.datetime64("2010-01-01")
"""What is fitted is fitted before this day."""
LAST_DAY_LEAST = np.datetime64("2011-01-01")
"""A worst year of 250 days needs one."""
WINDOW = 500
YEAR = 250
DECAYS = np.arange(0.90, 0.9951, 0.005)


@dataclass(frozen=True, slots=True)
class CurveTest:
    """One curve at one confidence."""

    name: str
    confidence: float
    dates: NDArray[np.datetime64]
    risk: DailyRisk
    kupiec_p: float
    christoffersen_p: float
    worst_year: TrafficLight
    """Of the 250 days in a row with most exceptions."""
    worst_year_hits: int
    shortfall_z: float
    shortfall_p: float
    expiry_days: int
    expiry_hits: int
    """Exceptions on the days after an expiry."""
    expiry_p: float
    """Probability of so many or more, if exceptions fell on all days alike."""

    @property
    def hits(self) -> int:
        """Days whose loss exceeded the value at risk."""
        return int(self.risk.hits.sum())


@dataclass(frozen=True, slots=True)
class Backtest:
    """All curves at all confidences, as a family."""

    method: str
    decay: float | None
    """Of exponentially weighted volatility, where that is the method."""
    laws: tuple[GarchLaw, ...]
    """By curve, where volatility follows a GARCH."""
    tests: tuple[CurveTest, ...]
    holm: dict[str, NDArray[np.float64]]
    """Adjusted probabilities by test: of coverage and independence together as one family, of
    expiry days as another."""
    left_out: int
    """Days without a trading session or with a price of 0, which were left out."""

    @property
    def is_good(self) -> bool:
        """No test fails as a family, and no year is red."""
        lowest = min(float(values.min()) for values in self.holm.values())
        red = any(test.worst_year.zone is Zone.RED for test in self.tests)
        return lowest > 0.05 and not red

    def frame(self) -> pl.DataFrame:
        """One row a test."""
        half = len(self.tests)
        rows = [
            {
                "curve": test.name,
                "confidence": test.confidence,
                "days": test.risk.pnl.size,
                "exceptions": test.hits,
                "expected": (1.0 - test.confidence) * test.risk.pnl.size,
                "kupiec_p": test.kupiec_p,
                "kupiec_holm": float(self.holm["coverage"][place]),
                "christoffersen_p": test.christoffersen_p,
                "christoffersen_holm": float(self.holm["coverage"][half + place]),
                "worst_year": test.worst_year_hits,
                "zone": test.worst_year.zone.value,
                "shortfall_z": test.shortfall_z,
                "shortfall_p": test.shortfall_p,
                "expiry_exceptions": test.expiry_hits,
                "expiry_days": test.expiry_days,
                "expiry_p": test.expiry_p,
                "expiry_holm": float(self.holm["expiry days"][place]),
            }
            for place, test in enumerate(self.tests)
        ]
        return pl.DataFrame(rows)


def backtest_futures(data: Path, *, plain: bool = False, garch: bool = False) -> Backtest:
    """Back-test a long position in each of `CURVES`, every day from 2010 on.

    Parameters
    ----------
    data : Path
        Folder of recorded market data.
    plain : bool, optional
        Historical simulation of the generic series as they are, rolls and all: what not to do.
    garch : bool, optional
        Filter by a GARCH(1,1) with one shock and persistence for all curves, fitted before 2010,
        where it is exponentially weighted otherwise.

    Raises
    ------
    InputError
        If the files are missing, or hold what `read_futures` refuses.
    """
    names = [f"{commodity}{place:02}" for commodity, place in CURVES]
    curves, left_out = _curves(data, generic=plain)
    if plain and garch:
        message = "plain historical simulation has no volatility: leave out one of both"
        raise InputError(message)
    decay: float | None = None
    laws: tuple[GarchLaw, ...] = ()
    before = [moves.moves[moves.dates < FIRST_DAY] for moves in curves]
    if garch:
        laws = fit_garch(before)
    elif not plain:
        decay = fitted_decay(before, DECAYS)
    filters = laws or (decay,) * len(curves)
    tests = tuple(
        _test(name, moves, law, confidence)
        for name, moves, law in zip(names, curves, filters, strict=True)
        for confidence in CONFIDENCES
    )
    coverage = [test.kupiec_p for test in tests] + [test.christoffersen_p for test in tests]
    return Backtest(
        method="historical simulation, generic series"
        if plain
        else f"filtered by {'GARCH' if garch else 'EWMA'}, same contract",
        decay=decay,
        laws=laws,
        tests=tests,
        holm={
            "coverage": holm(coverage),
            "expiry days": holm([test.expiry_p for test in tests]),
        },
        left_out=left_out,
    )


def _curves(data: Path, *, generic: bool) -> tuple[list[ContractMoves], int]:
    recorded = read_futures(data)
    found, left_out = [], 0
    for commodity, place in CURVES:
        dates, curve = recorded.curve(commodity, range(place, place + 2))
        # A settlement of 0 on a day without a session is a hole of the source, not a price.
        good = np.is_busday(dates) & np.isfinite(curve).all(axis=1) & (curve != 0.0).all(axis=1)
        left_out += int((~good).sum())
        dates, curve = dates[good], curve[good]
        moves = same_contract_moves(dates, curve, recorded.last_trades(commodity))
        if generic:
            moves = ContractMoves(moves.dates, np.diff(curve[:, 0]), moves.after_expiry)
        if int((moves.dates < FIRST_DAY).sum()) < WINDOW or moves.dates[-1] < LAST_DAY_LEAST:
            message = (
                f"{data / 'futures' / CURVES_FILE}: prices of {commodity}{place:02} run from "
                f"{dates[0]} to {dates[-1]}: give {WINDOW} days before {FIRST_DAY} and all up to "
                f"{LAST_DAY_LEAST}, at least"
            )
            raise InputError(message)
        found.append(moves)
    return found, left_out


def _test(
    name: str, moves: ContractMoves, law: float | GarchLaw | None, confidence: float
) -> CurveTest:
    first = max(int(np.searchsorted(moves.dates, FIRST_DAY)) - WINDOW, 0)
    if law is None:
        risk = daily_historical_risk(moves.moves[first:], confidence=confidence, window=WINDOW)
    else:
        # The volatility runs from the first day on; the window begins where 2010 needs it.
        risk = daily_filtered_risk(moves.moves, decay=law, confidence=confidence, window=WINDOW)
        skipped = moves.moves.size - risk.pnl.size
        start = max(int(np.searchsorted(moves.dates, FIRST_DAY)) - skipped, 0)
        risk = DailyRisk(
            first=skipped + start,
            pnl=risk.pnl[start:],
            value_at_risk=risk.value_at_risk[start:],
            expected_shortfall=risk.expected_shortfall[start:],
            scenarios=risk.scenarios[start:],
        )
    count = risk.pnl.size
    dates, after = moves.dates[-count:], moves.after_expiry[-count:]
    hits, level = risk.hits, 1.0 - confidence
    years = np.convolve(hits.astype(int), np.ones(YEAR, dtype=int), mode="valid")
    z, p = acerbi_szekely(risk, confidence)
    expiry_days, expiry_hits = int(after.sum()), int((hits & after).sum())
    return CurveTest(
        name=name,
        confidence=confidence,
        dates=dates,
        risk=risk,
        kupiec_p=kupiec(count, int(hits.sum()), level).p_value,
        christoffersen_p=christoffersen(hits, level).conditional_p_value,
        worst_year=basel_traffic_light(YEAR, int(years.max()), level),
        worst_year_hits=int(years.max()),
        shortfall_z=z,
        shortfall_p=p,
        expiry_days=expiry_days,
        expiry_hits=expiry_hits,
        expiry_p=_so_many(expiry_hits, expiry_days, float(hits.mean())),
    )


def _so_many(count: int, days: int, chance: float) -> float:
    """Probability of `count` or more of `days` independent ones."""
    if count == 0:
        return 1.0
    if chance == 0.0:
        return 0.0
    logs = math.log(chance), math.log1p(-chance)
    terms = [
        math.exp(math.log(math.comb(days, k)) + k * logs[0] + (days - k) * logs[1])
        for k in range(count, days + 1)
    ]
    return min(1.0, math.fsum(terms))
