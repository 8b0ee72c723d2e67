"""Rules of imbalance settlement as dated data: periods, prices, tolerances, runs."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from wattbook.errors import SettlementError

__all__ = [
    "ImbalanceMarket",
    "ImbalanceRule",
    "RunRule",
    "Tolerance",
    "imbalance_market",
    "imbalance_markets",
    "market_from",
]

Pricing = Literal["single", "dual"]
Unit = Literal["working days", "days", "months"]
PERIODS = (15, 30, 60)
UNITS_OF_TIME = ("working days", "days", "months")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A band around the schedule within which an imbalance is not settled at its own price.

    What lies in the band is settled at the reference price of the period; what goes beyond it at
    the price of imbalances.

    Parameters
    ----------
    share : float
        Of the scheduled energy, 0.05 for five in a hundred.
    mwh : float
        Energy of a period that the band has at least.
    """

    share: float = 0.0
    mwh: float = 0.0


@dataclass(frozen=True, slots=True)
class RunRule:
    """A settlement run and when it is published as a rule.

    Parameters
    ----------
    name : str
        As ``SF``.
    source : str
        Where the rule is written.
    after : int or None
        How long after the day of delivery; none if it is made only when asked for.
    unit : str
        ``working days``, ``days`` or ``months``.
    from_month_end : bool
        Whether it is counted from the end of the month of delivery.
    """

    name: str
    source: str
    after: int | None = None
    unit: Unit = "days"
    from_month_end: bool = False


@dataclass(frozen=True, slots=True)
class ImbalanceRule:
    """How imbalances of a market are settled from a day on.

    Parameters
    ----------
    start : date
        First day of delivery.
    period_minutes : int
        15, 30 or 60.
    pricing : str
        ``single``: one price for both signs; ``dual``: one for each.
    source : str
        Where the rule is written.
    tolerance : Tolerance, optional
        A band that is settled at a reference price.
    fee : int, optional
        Paid for each MWh of imbalance of either sign, 1e-6 currency.
    """

    start: dt.date
    period_minutes: int
    pricing: Pricing
    source: str
    tolerance: Tolerance | None = None
    fee: int = 0


@dataclass(frozen=True, slots=True)
class ImbalanceMarket:
    """A market with its dated rules and its runs in order.

    Parameters
    ----------
    key : str
        As ``GB``.
    name, time_zone, currency : str
        For people, of its days, of its prices.
    rules : tuple of ImbalanceRule
        In order of their days.
    runs : tuple of RunRule
        In order: a later one replaces an earlier one.
    holidays, subdivision : str
        Whose holidays are no working days, as in the package ``holidays``; none if empty.
    """

    key: str
    name: str
    time_zone: str
    currency: str
    rules: tuple[ImbalanceRule, ...]
    runs: tuple[RunRule, ...]
    holidays: str = ""
    subdivision: str = ""
    order: Mapping[str, int] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Give each run its place."""
        order = {run.name: place for place, run in enumerate(self.runs)}
        object.__setattr__(self, "order", order)

    def rule(self, day: dt.date) -> ImbalanceRule:
        """Return the rule that holds for deliveries of a local day.

        Raises
        ------
        SettlementError
            If the day lies before the first rule.

        Examples
        --------
        >>> market = imbalance_market("GB")
        >>> market.rule(dt.date(2015, 11, 4)).pricing, market.rule(dt.date(2015, 11, 5)).pricing
        ('dual', 'single')
        """
        held = [rule for rule in self.rules if rule.start <= day]
        if not held:
            message = (
                f"{self.key}: no rule for {day}; the first one begins on {self.rules[0].start}"
            )
            raise SettlementError(message)
        return held[-1]


def imbalance_market(key: str) -> ImbalanceMarket:
    """Return a market whose rules come with the package.

    Raises
    ------
    SettlementError
        If there is none of that key.

    Examples
    --------
    >>> [run.name for run in imbalance_market("GB").runs]
    ['II', 'SF', 'R1', 'R2', 'R3', 'RF', 'DF']
    """
    known = imbalance_markets()
    if key not in known:
        message = f"no imbalance rules for {key!r}; known are {', '.join(known)}"
        raise SettlementError(message)
    return known[key]


@cache
def imbalance_markets() -> dict[str, ImbalanceMarket]:
    """Return the markets whose rules come with the package, by key."""
    text = (files("wattbook.portfolio.settlement") / "rules.toml").read_text(encoding="utf-8")
    return {
        key: market_from(key, entry, f"rules.toml, markets.{key}")
        for key, entry in tomllib.loads(text)["markets"].items()
    }


def market_from(key: str, entry: Mapping[str, Any], place: str) -> ImbalanceMarket:
    """Return a market from plain values, as TOML gives them.

    Parameters
    ----------
    key : str
        What to call it.
    entry : mapping
        As in ``rules.toml``.
    place : str
        Where it stands, for errors.

    Raises
    ------
    SettlementError
        If a key is missing, unknown, or its value does not fit.
    """
    known = {"name", "time_zone", "currency", "holidays", "subdivision", "runs", "rules"}
    refuse_unknown(entry, known, place)
    runs = tuple(
        run_from(one, f"{place}.runs[{number}]")
        for number, one in enumerate(listed(entry, "runs", place))
    )
    rules = tuple(
        rule_from(one, f"{place}.rules[{number}]")
        for number, one in enumerate(listed(entry, "rules", place))
    )
    names = [run.name for run in runs]
    if len(set(names)) != len(names):
        message = f"{place}.runs: a name stands twice in {names}; give each run its own"
        raise SettlementError(message)
    zone = text_of(entry, "time_zone", place)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as fault:
        message = f"{place}.time_zone: {zone!r} is unknown; use an IANA name such as Europe/Berlin"
        raise SettlementError(message) from fault
    return ImbalanceMarket(
        key=key,
        name=text_of(entry, "name", place),
        time_zone=zone,
        currency=text_of(entry, "currency", place),
        rules=tuple(sorted(rules, key=lambda rule: rule.start)),
        runs=runs,
        holidays=str(entry.get("holidays", "")),
        subdivision=str(entry.get("subdivision", "")),
    )


def run_from(entry: Mapping[str, Any], place: str) -> RunRule:
    """Return a run from plain values."""
    refuse_unknown(entry, {"name", "source", "after", "unit", "from_month_end"}, place)
    after, unit = entry.get("after"), entry.get("unit", "days")
    if unit not in UNITS_OF_TIME:
        message = f"{place}.unit: {unit!r}; use one of {', '.join(UNITS_OF_TIME)}"
        raise SettlementError(message)
    if after is not None and (type(after) is not int or not 0 <= after <= 2_000):
        message = f"{place}.after: {after!r}; give a whole number from 0 to 2,000, or leave it out"
        raise SettlementError(message)
    return RunRule(
        name=text_of(entry, "name", place),
        source=text_of(entry, "source", place),
        after=after,
        unit=unit,
        from_month_end=bool(entry.get("from_month_end", False)),
    )


def rule_from(entry: Mapping[str, Any], place: str) -> ImbalanceRule:
    """Return a rule from plain values."""
    known = {"start", "period_minutes", "pricing", "source", "tolerance", "fee"}
    refuse_unknown(entry, known, place)
    start, minutes, pricing = (entry.get(name) for name in ("start", "period_minutes", "pricing"))
    if not isinstance(start, dt.date) or isinstance(start, dt.datetime):
        message = f"{place}.start: {start!r} is no day; write it as 2026-01-31"
        raise SettlementError(message)
    if minutes not in PERIODS:
        message = f"{place}.period_minutes: {minutes!r}; use 15, 30 or 60"
        raise SettlementError(message)
    if pricing not in ("single", "dual"):
        message = f"{place}.pricing: {pricing!r}; use single or dual"
        raise SettlementError(message)
    band = entry.get("tolerance")
    if band is not None:
        refuse_unknown(band, {"share", "mwh"}, f"{place}.tolerance")
    return ImbalanceRule(
        start=start,
        period_minutes=minutes,
        pricing=pricing,
        source=text_of(entry, "source", place),
        tolerance=None
        if band is None
        else Tolerance(*(amount_of(band, name, f"{place}.tolerance") for name in ("share", "mwh"))),
        fee=round(amount_of(entry, "fee", place) * 1_000_000),
    )


def listed(entry: Mapping[str, Any], name: str, place: str) -> list[Mapping[str, Any]]:
    """Return a list of tables that has at least one."""
    found = entry.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(one, dict) for one in found):
        message = f"{place}.{name}: missing; give at least one [[{name}]]"
        raise SettlementError(message)
    return found


def text_of(entry: Mapping[str, Any], name: str, place: str) -> str:
    """Return a text that has to be there."""
    found = entry.get(name)
    if not isinstance(found, str) or not found:
        message = f"{place}.{name}: {found!r} is no text; give one"
        raise SettlementError(message)
    return found


def amount_of(entry: Mapping[str, Any], name: str, place: str) -> float:
    """Return a number of zero or above; zero if it is left out."""
    found = entry.get(name, 0)
    if type(found) not in (int, float) or not 0 <= found < 1e6:
        message = f"{place}.{name}: {found!r}; give a number from 0 to 1,000,000"
        raise SettlementError(message)
    return float(found)


def refuse_unknown(entry: Mapping[str, Any], known: set[str], place: str) -> None:
    """Refuse a table with a key that has no meaning."""
    if not isinstance(entry, dict):
        message = f"{place}: {entry!r} is no table"
        raise SettlementError(message)
    unknown = sorted(set(entry) - known)
    if unknown:
        message = f"{place}.{unknown[0]}: unknown; known are {', '.join(sorted(known))}"
        raise SettlementError(message)
