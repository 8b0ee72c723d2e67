"""Limits of a desk file as the engine's, and how much of them is used."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain import (
    LimitScope,
    RaiseLimit,
    SetClearing,
    SetScopeLimit,
    SetSensitivities,
)
from wattbook.errors import DeskError, InputError
from wattbook.execution import Simulation
from wattbook.risk.house_margin import scenario_margin
from wattbook.risk.measures import Quantile, Shortfall, expected_shortfall, value_at_risk
from wattbook.runtime.desk import parse_desk
from wattbook.runtime.desk.spec import Desk, LimitSpec
from wattbook.runtime.figures.risk import LimitPeak
from wattbook.runtime.plan import Plan, millionths
from wattbook.runtime.risk.scenarios import ScenarioSet, unknown_markets

__all__ = [
    "CONFIDENCE",
    "LimitNow",
    "RiskNow",
    "breach_sentences",
    "limit_peaks",
    "limit_references",
    "risk_now",
    "run_collateral",
    "run_limits",
    "scope_words",
    "sensitivities",
]

CONFIDENCE = 0.99
WATCHED = 0
"""Number of the limit of the whole desk's value at risk that never refuses: the engine holds the
gains of all scenarios for it. Those of the desk file count from 1."""
PPM = 1_000_000
SECONDS_PER_DAY = 86_400
MOST = 2**63 - 1
NAMES = ("", "soft", "hard")
PARTS = (
    "book", "trader", "strategy", "market", "counterparty", "member", "commodity", "currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LimitNow:
    """How much of a limit is used."""

    name: str
    measure: str
    value: float | None
    """In the measure's own unit; None where it cannot be told."""
    soft: float
    hard: float
    """The level now, raises included."""
    highest: float
    """Of the run so far."""
    severity: str
    """``soft`` or ``hard`` when it is passed, else empty."""

    @property
    def use(self) -> float | None:
        """Share of the hard level that is used."""
        if self.value is None or self.hard <= 0.0:
            return None
        return self.value / self.hard


@dataclass(frozen=True, slots=True)
class RiskNow:
    """What a desk may lose at one time of its run, in its currency; losses are positive."""

    value_at_risk: float | None
    expected_shortfall: float | None
    """None where prices before the run are not known."""
    margin: float | None
    limits: tuple[LimitNow, ...]


def nanos(day: dt.date | None) -> int | None:
    """Return the first instant of a day, ns UTC."""
    if day is None:
        return None
    return int(np.datetime64(day, "ns").astype(np.int64))


def venues_of(plan: Plan) -> dict[str, tuple[int, ...]]:
    """Return the venues of each market of a run; the one that a limit of the market looks at first.

    Where a market of one zone has a book of its own, that is what is traded in it.
    """
    found: dict[str, tuple[int, ...]] = {}
    for part in plan.power:
        own = () if part.chain is None else (part.chain.venue,)
        found[part.spec.name] = (*own, part.venue)
    found |= {product.spec.name: (product.venue,) for product in plan.futures}
    for day in plan.coupled:
        own = () if day.books is None else (day.books.venue,)
        found[day.spec.name] = (day.venue, *own)
    return found


def scope_of(plan: Plan, limit: LimitSpec) -> LimitScope:
    """Return the engine's scope of a limit.

    Raises
    ------
    DeskError
        If its market is not traded in this run.
    """
    desk = plan.desk
    venue = None
    if limit.market is not None:
        venues = venues_of(plan).get(limit.market)
        if venues is None:
            message = f"{desk.path}: limit {limit.name!r}: market {limit.market!r} is not traded"
            raise DeskError(f"{message}; leave the limit out")
        venue = venues[0]
    books = {book.name: number for number, book in enumerate(desk.book, start=1)}
    parties = desk.counterparties
    strategies = {one.name: number for number, one in enumerate(desk.strategy, start=1)}
    return LimitScope(
        venue=venue,
        trading_book=None if limit.book is None else books[limit.book],
        trader=None if limit.trader is None else desk.traders[limit.trader],
        strategy=None if limit.strategy is None else strategies[limit.strategy],
        commodity=limit.commodity,
        delivery_start=nanos(limit.delivery_start),
        delivery_end=nanos(limit.delivery_end),
        currency=limit.currency,
        counterparty=None if limit.counterparty is None else parties[limit.counterparty],
        member=None if limit.member is None else parties[limit.member],
    )


def clearing_of(plan: Plan) -> list[SetClearing]:
    """Return whom trades are made with at each venue that is traded in this run."""
    desk, venues = plan.desk, venues_of(plan)
    parties = desk.counterparties
    books = {book.name: number for number, book in enumerate(desk.book, start=1)}
    return [
        SetClearing(
            venue=venue,
            trading_book=None if one.book is None else books[one.book],
            counterparty=parties[one.counterparty],
            member=None if one.member is None else parties[one.member],
        )
        for one in desk.clearing
        for venue in venues.get(one.market, ())
    ]


def persons(desk: Desk) -> dict[str, int]:
    """Return a number for everyone whom a desk file names, traders first."""
    names = dict(desk.traders)
    for limit in desk.limit:
        if limit.raised is not None:
            for name in (limit.raised.asked_by, limit.raised.approved_by):
                names.setdefault(name, len(names) + 1)
    return names


def raise_of(limit: LimitSpec, number: int, known: dict[str, int]) -> RaiseLimit | None:
    """Return the raise of a limit, if it has one."""
    raised = limit.raised
    if raised is None:
        return None
    return RaiseLimit(
        limit=number,
        hard_millionths=millionths(raised.hard),
        until=raised.until,
        asked_by=known[raised.asked_by],
        approved_by=known[raised.approved_by],
    )


def check_known(plan: Plan, known: ScenarioSet) -> None:
    """Refuse a limit of value at risk where prices before the run are not known.

    Raises
    ------
    DeskError
        Naming the limit and the market.
    """
    unknown = unknown_markets(plan, known)
    for limit in plan.desk.limit:
        if limit.measure != "value_at_risk" or limit.market not in (None, *unknown):
            continue
        if unknown:
            message = (
                f"{plan.desk.path}: limit {limit.name!r}: prices of {unknown[0]!r} before the run "
                "are not known, so its value at risk cannot be told; name another market, or hold "
                "volume or notional instead"
            )
            raise DeskError(message)


def sensitivities(scenarios: ScenarioSet) -> list[SetSensitivities]:
    """Return scenarios as what tells the engine."""
    return [
        SetSensitivities(
            instrument=number,
            delta_millionths=PPM,
            vega=0,
            shocks_millionths=np.rint(moves * 1e6).astype(np.int64).tolist(),
        )
        for number, moves in scenarios.moves.items()
    ]


def limit_references(
    plan: Plan, known: ScenarioSet
) -> list[SetClearing | SetSensitivities | SetScopeLimit | RaiseLimit]:
    """Return what tells the engine clearing, scenarios and limits, in the order that it needs.

    Parameters
    ----------
    plan : Plan
        What the run will meet.
    known : ScenarioSet
        Scenarios at its start.

    Raises
    ------
    DeskError
        For a limit that cannot be held in this run.
    """
    check_known(plan, known)
    made: list[SetClearing | SetSensitivities | SetScopeLimit | RaiseLimit] = [*clearing_of(plan)]
    told = sensitivities(known)
    made += told
    if told and not unknown_markets(plan, known):
        made.append(
            SetScopeLimit(
                limit=WATCHED,
                scope=LimitScope(),
                measure="value_at_risk",
                soft_millionths=MOST,
                hard_millionths=MOST,
                confidence_ppm=round(CONFIDENCE * PPM),
                floor_millionths=0,
                payment_seconds=0,
            )
        )
    people = persons(plan.desk)
    for number, limit in enumerate(plan.desk.limit, start=1):
        made.append(
            SetScopeLimit(
                limit=number,
                scope=scope_of(plan, limit),
                measure=limit.measure,
                soft_millionths=millionths(limit.soft),
                hard_millionths=millionths(limit.hard),
                confidence_ppm=int(limit.confidence * PPM),
                floor_millionths=millionths(limit.floor),
                payment_seconds=int(limit.payment_days * SECONDS_PER_DAY),
            )
        )
        if (raised := raise_of(limit, number, people)) is not None:
            made.append(raised)
    return made


def run_limits(folder: Path) -> tuple[LimitSpec, ...]:
    """Return the limits of the desk file that a run kept; the first one is number 1."""
    path = folder / "desk.toml"
    return parse_desk(path.read_text(encoding="utf-8")).limit if path.is_file() else ()


def run_collateral(folder: Path) -> float | None:
    """Return what the desk file that a run kept says is posted; None if it says nothing."""
    path = folder / "desk.toml"
    if not path.is_file():
        return None
    posted = parse_desk(path.read_text(encoding="utf-8")).desk.collateral
    return None if posted is None else float(posted)


def scope_words(limit: LimitSpec) -> str:
    """Return words for what a limit looks at."""
    named = [f"{part} {name}" for part in PARTS if (name := getattr(limit, part)) is not None]
    if limit.delivery_start is not None:
        named.append(f"delivery from {limit.delivery_start}")
    if limit.delivery_end is not None:
        named.append(f"delivery before {limit.delivery_end}")
    return ", ".join(named) or "desk"


def limit_peaks(made: Simulation, desk: Desk) -> list[LimitPeak]:
    """Return the limits of a desk file at their highest use, in their order."""
    used = {row.limit: row for row in made.limit_use()}
    return [
        LimitPeak(
            name=limit.name,
            scope=scope_words(limit),
            measure=limit.measure,
            soft=float(limit.soft),
            hard=float(limit.hard),
            highest=used[number].peak / PPM,
            owner=limit.owner,
        )
        for number, limit in enumerate(desk.limit, start=1)
    ]


def breach_sentences(desk: Desk, chunk: Mapping[str, pl.DataFrame]) -> tuple[str, ...]:
    """Return a sentence for each limit that was passed in a part of a run."""
    table = chunk.get("limit_breached")
    if table is None:
        return ()
    found = []
    for row in table.iter_rows(named=True):
        if not 0 < row["limit"] <= len(desk.limit):
            continue
        limit = desk.limit[row["limit"] - 1]
        made_by = "an order" if row["order_id"] else "the market"
        tell = f"; tell {limit.owner}" if limit.owner else ""
        measure = limit.measure.replace("_", " ")
        found.append(
            f"{limit.name} ({scope_words(limit)}): {made_by} brought {measure} to "
            f"{row['value_millionths'] / PPM:,.2f}, beyond the {row['severity']} level "
            f"{row['level_millionths'] / PPM:,.2f}{tell}"
        )
    return tuple(found)


def tail(pnl: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return value at risk, expected shortfall and margin of gains by scenario."""
    return (
        value_at_risk(pnl, CONFIDENCE, Quantile.INVERTED_CDF),
        expected_shortfall(pnl, CONFIDENCE, Shortfall.EXACT_TAIL),
        scenario_margin(pnl, CONFIDENCE),
    )


def risk_now(made: Simulation, desk: Desk) -> RiskNow:
    """Return what the desk may lose now, and how much of its limits is used."""
    names = dict(enumerate(desk.limit, start=1))
    limits = tuple(
        LimitNow(
            name=names[row.limit].name,
            measure=names[row.limit].measure,
            value=None if row.value is None else row.value / PPM,
            soft=row.soft / PPM,
            hard=row.hard / PPM,
            highest=row.peak / PPM,
            severity=NAMES[row.severity],
        )
        for row in made.limit_use()
        if row.limit in names
    )
    pnl = made.limit_pnl(WATCHED)
    if pnl is None or not pnl.size:
        return RiskNow(None, None, None, limits)
    try:
        return RiskNow(*tail(pnl), limits)
    except InputError:
        # A sum that is no number is no figure.
        return RiskNow(None, None, None, limits)
