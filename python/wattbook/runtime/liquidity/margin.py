"""Margin of a desk's hedges: its tail over the next days, recorded years, dated scenarios."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError
from wattbook.risk.liquidity import (
    LiquidityAtRisk,
    Shortfall,
    first_shortfall,
    horizon_paths,
    liquidity_at_risk,
    margin_needs,
)
from wattbook.risk.stress import load_events
from wattbook.runtime.liquidity.desk import HoldingSpec, LiquidityDesk
from wattbook.runtime.liquidity.series import Daily, recorded

__all__ = ["MarginRisk", "Replayed", "margin_risk"]

Floats = NDArray[np.float64]
Cents = NDArray[np.int64]
EVENTS = Path("stress") / "historical_scenarios.json"


@dataclass(frozen=True, eq=False)
class Replayed:
    """A stretch of days with the positions held from its first on.

    Parameters
    ----------
    name : str
    days : ndarray of datetime64[D], shape (n_days,)
    needs : ndarray of int64, shape (n_accounts, n_days), cents
        Cash called for by each day.
    found : Shortfall
    gained_cents : int
        What the uncleared assets gained by the day of the peak; no cash.
    moved_by : tuple of (str, str)
        Positions and assets, and the series that moved each; empty for one that stood still.
    """

    name: str
    days: NDArray[np.datetime64]
    needs: Cents
    found: Shortfall
    gained_cents: int
    moved_by: tuple[tuple[str, str], ...]

    @property
    def short_on(self) -> dt.date | None:
        """First day on which money runs out."""
        if self.found.day is None:
            return None
        day: dt.date = self.days[self.found.day].item()
        return day


@dataclass(frozen=True, eq=False)
class MarginRisk:
    """What margin may ask of a desk.

    Parameters
    ----------
    at_risk : LiquidityAtRisk
    paths : int
        That it is taken from.
    replays, events : tuple of Replayed
    """

    at_risk: LiquidityAtRisk
    paths: int
    replays: tuple[Replayed, ...]
    events: tuple[Replayed, ...]


def margin_risk(desk: LiquidityDesk, data: Path) -> MarginRisk:
    """Return liquidity at risk as of the desk's day, its replays, and every dated scenario.

    In a dated scenario, positions begin at the prices of the desk's day and move as the recorded
    series did, in proportion; one whose series, and proxies, were not recorded stands still.

    Parameters
    ----------
    desk : LiquidityDesk
    data : Path
        Folder of recorded data.

    Raises
    ------
    InputError
        If a series does not reach the desk's day, or history is too short for initial margin.
    SourceError
        If recorded data cannot be read.
    """
    held = (*desk.positions, *desk.assets)
    series = [recorded(data, one.series) for one in held]
    history = common(series, [one.name for one in held], None, desk.desk.as_of)
    paths = horizon_paths(history[1], desk.desk.horizon_days, decay=float(desk.desk.decay))
    needs = needs_of(desk, paths, history[1][:-1])
    replays = tuple(
        replayed(desk, one.name, *common(series, [h.name for h in held], one.first, one.last))
        for one in desk.replays
    )
    now = history[1][-1]
    events = tuple(
        event_replayed(desk, data, now, name, event.first, event.last)
        for name, event in load_events(data / EVENTS).items()
    )
    found = liquidity_at_risk(needs, float(desk.desk.confidence))
    return MarginRisk(found, len(paths), replays, events)


def common(
    series: Sequence[Daily], names: Sequence[str], first: dt.date | None, last: dt.date
) -> tuple[NDArray[np.datetime64], Floats, int]:
    """Return business days that all series have by `last`, their prices, and the place of `first`.

    Raises
    ------
    InputError
        If a series was not recorded then; names it.
    """
    begin = max(one.days[0] for one in series)
    for name, one in zip(names, series, strict=True):
        if one.days[-1] < np.busday_offset(np.datetime64(last), 0, roll="backward"):
            raise InputError(
                f"prices of {name} end on {one.days[-1]}; give a day by then, not {last}"
            )
    days = np.arange(begin, np.datetime64(last) + 1)
    days = days[np.is_busday(days)]
    place = 0
    if first is not None:
        place = int(np.searchsorted(days, np.datetime64(first)))
        if np.datetime64(first) < begin or place + 1 >= len(days):
            raise InputError(f"prices begin on {begin}; replay later days than {first}")
    prices = np.stack([one.price[np.searchsorted(one.days, days)] for one in series], axis=1)
    return days, prices, place


def needs_of(desk: LiquidityDesk, paths: Floats, history: Floats) -> Cents:
    """Return the cash that each account calls for: accounts, paths, days; cents."""
    made = []
    for account in desk.accounts:
        own = [at for at, one in enumerate(desk.positions) if one.account == account.name]
        quantities = np.array([float(desk.positions[at].quantity) for at in own])
        made.append(
            margin_needs(desk.terms(account), quantities, paths[:, :, own], history[:, own])
        )
    return np.stack(made)


def replayed(
    desk: LiquidityDesk,
    name: str,
    days: NDArray[np.datetime64],
    prices: Floats,
    first: int,
    moved_by: Sequence[str] = (),
) -> Replayed:
    """Return what the days from `first` on call for."""
    needs = needs_of(desk, prices[None, first:], prices[:first])[:, 0]
    found = first_shortfall(needs, desk.available_cents)
    assets = prices[:, len(desk.positions) :]
    quantities = np.array([float(one.quantity) for one in desk.assets])
    gained = (assets[first + found.peak_day] - assets[first]) @ quantities
    held = (*desk.positions, *desk.assets)
    by = moved_by or [one.series for one in held]
    return Replayed(
        name,
        days[first:],
        needs,
        found,
        round(100 * float(gained)),
        tuple((one.name, of) for one, of in zip(held, by, strict=True)),
    )


def event_replayed(
    desk: LiquidityDesk, data: Path, now: Floats, name: str, first: str, last: str
) -> Replayed:
    """Return what a dated scenario calls for at the prices of now."""
    begin, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    days = np.arange(np.datetime64(begin) - 3 * 365, np.datetime64(end) + 1)
    days = days[np.is_busday(days)]
    place = int(np.searchsorted(days, np.datetime64(begin), side="right")) - 1
    columns, moved_by = [], []
    for one, price in zip((*desk.positions, *desk.assets), now.tolist(), strict=True):
        column, series = scaled(data, one, price, days, place)
        columns.append(column)
        moved_by.append(series)
    return replayed(desk, name, days, np.stack(columns, axis=1), place, moved_by)


def scaled(
    data: Path, one: HoldingSpec, price: float, days: NDArray[np.datetime64], place: int
) -> tuple[Floats, str]:
    """Return prices of a holding in a scenario, and the series that moves it.

    They are those of the series times what makes its first one `price`; by differences where that
    first one is not above zero.
    """
    for name in (one.series, *one.proxies):
        found = recorded(data, name)
        at = np.searchsorted(found.days, days, side="right") - 1
        if at[place] < 0 or found.days[-1] < days[-1]:
            continue
        # What lies before the series began stands still at its first price.
        path = found.price[np.maximum(at, 0)]
        if path[place] > 0 and price > 0:
            return path * (price / path[place]), name
        return path + (price - path[place]), name
    return np.full(len(days), price), ""
