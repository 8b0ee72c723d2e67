"""Take or pay over several years, with make-up and carry-forward.

Within a year the best way to take so much is that of a swing contract, on the lattice of
`wattbook.assets.storage`. Over the years a dynamic programme chooses what each takes, with what the
banks of make-up and carry-forward hold.

References
----------
Edoli, Fiorenzani, Ravelli and Vargiolu (2013), Modeling and valuing make-up clauses in gas swing
contracts, Energy Economics 35, 58-73. Dong and Kang (2019), Analysis of a multiple year gas sales
agreement with make-up, carry-forward and indexation, Energy Economics 79, 76-96.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.assets.storage import intrinsic, swing
from wattbook.errors import InputError

__all__ = ["ContractYear", "TakeOrPay", "TakeOrPayValue", "take_or_pay_value"]

Floats: TypeAlias = NDArray[np.float64]
NEAR = 1e-6
LEVELS_MAX = 200


@dataclass(frozen=True, slots=True)
class TakeOrPay:
    """The terms of a take-or-pay contract, the same in every contract year.

    Parameters
    ----------
    step_mwh : float, MWh
        Every volume is a multiple of it.
    day_mwh : (float, float), MWh
        Least and most of a day.
    year_mwh : (float, float), MWh
        Least that must be taken and most that may be (annual contract quantity) in a year.
    pay_mwh : float, MWh
        The minimum bill: what is paid for in a year whether taken or not.
    deficiency_share : float, optional
        Share of the price that is paid at the year's end for what was not taken of it.
    make_up_share : float, optional
        Share of the price that is paid when paid volume is taken in a later year, above that year's
        bill. What is never taken is lost.
    carry_from_mwh : float, MWh, optional
        What is taken above it in a year, and is no make-up, lowers later bills; never by default.
    carry_most_mwh : float, MWh, optional
        By how much a year's bill may be lowered.

    Raises
    ------
    InputError
        If a volume is off the step or out of order.
    """

    step_mwh: float
    day_mwh: tuple[float, float]
    year_mwh: tuple[float, float]
    pay_mwh: float
    deficiency_share: float = 1.0
    make_up_share: float = 0.0
    carry_from_mwh: float = math.inf
    carry_most_mwh: float = 0.0

    def __post_init__(self) -> None:
        if not (self.step_mwh > 0.0 and math.isfinite(self.step_mwh)):
            raise InputError(f"take or pay step_mwh {self.step_mwh}; give MWh above 0")
        least, most = self.year_mwh
        if not 0.0 <= least <= most or not 0.0 <= self.pay_mwh <= most:
            raise InputError(
                f"take or pay of {self.year_mwh} MWh a year with a bill for {self.pay_mwh} MWh; "
                "give the least first, and a bill within the most"
            )
        if not 0.0 <= self.make_up_share <= 1.0 or not self.deficiency_share >= 0.0:
            raise InputError(
                f"take or pay shares {self.deficiency_share} and {self.make_up_share}; give a "
                "deficiency_share from 0 and a make_up_share from 0 to 1"
            )
        for name in ("pay_mwh", "carry_from_mwh", "carry_most_mwh"):
            if math.isfinite(getattr(self, name)):
                self.steps(name, getattr(self, name))
        if self.steps("year_mwh", most) > LEVELS_MAX:
            raise InputError(
                f"take or pay has {most / self.step_mwh:.0f} steps a year; give a step of at least "
                f"{most / LEVELS_MAX:g} MWh"
            )
        for volume in (*self.day_mwh, least):
            self.steps("day_mwh or year_mwh", volume)

    def steps(self, name: str, volume: float) -> int:
        """Return a volume in steps."""
        count = volume / self.step_mwh
        if not 0.0 <= count < math.inf or abs(count - round(count)) > NEAR:
            raise InputError(
                f"take or pay {name} of {volume} MWh is no multiple of the step of {self.step_mwh} "
                "MWh; give a multiple from zero"
            )
        return round(count)

    @property
    def has_carry(self) -> bool:
        """Whether anything is ever carried forward."""
        return self.carry_most_mwh > 0.0 and math.isfinite(self.carry_from_mwh)

    @property
    def carry_start(self) -> int:
        """From how many steps on volume is carried forward; the most of a year if it never is."""
        most = self.steps("year_mwh", self.year_mwh[1])
        return (
            min(self.steps("carry_from_mwh", self.carry_from_mwh), most) if self.has_carry else most
        )

    @property
    def carry_steps(self) -> int:
        """By how many steps a bill may be lowered."""
        return self.steps("carry_most_mwh", self.carry_most_mwh) if self.has_carry else 0


@dataclass(frozen=True, slots=True, eq=False)
class ContractYear:
    """Prices of a contract year.

    Parameters
    ----------
    price : float, money a MWh
        Of the contract.
    spot : ndarray of shape (days,), money a MWh
        Of the market, on each day.
    discounts : ndarray of shape (days,), optional
        What money of each day is worth today; the bill is paid on the last.
    """

    price: float
    spot: Floats
    discounts: Floats | None = None

    @property
    def factors(self) -> Floats:
        """Discount factors; ones by default."""
        return np.ones(len(self.spot)) if self.discounts is None else self.discounts


@dataclass(frozen=True, slots=True, eq=False)
class TakeOrPayValue:
    """The best plan at known prices.

    Parameters
    ----------
    value : float
        Discounted money: volumes at market prices less what is paid for them.
    years : polars.DataFrame
        ``year`` (from 1), ``taken_mwh``, ``bill_mwh`` (after carry-forward), ``deficiency_mwh``,
        ``make_up_mwh``, ``carry_used_mwh``, ``make_up_bank_mwh`` and ``carry_bank_mwh`` after it,
        ``value``.
    taken_mwh : tuple of ndarray
        By day of each year.
    """

    value: float
    years: pl.DataFrame
    taken_mwh: tuple[Floats, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a year takes: in steps."""

    taken: int
    make_up: int
    carry: int


def take_or_pay_value(terms: TakeOrPay, years: Sequence[ContractYear]) -> TakeOrPayValue:
    """Return the best plan of a take-or-pay contract at known prices, exactly.

    A year that takes less than its bill may lower the bill by carry-forward and pays for the rest,
    which goes into the make-up bank; one that takes more may call what it takes above its bill
    make-up, which was paid before.

    Parameters
    ----------
    terms : TakeOrPay
    years : sequence of ContractYear

    Raises
    ------
    InputError
        If there is no year, or its days cannot take what must be.

    Examples
    --------
    A cheap year and a dear one: it is better to pay twice 10 now and take both volumes later.

    >>> terms = TakeOrPay(1.0, (0.0, 1.0), (0.0, 4.0), 2.0)
    >>> cheap, dear = ContractYear(10.0, np.full(4, 2.0)), ContractYear(10.0, np.full(4, 30.0))
    >>> found = take_or_pay_value(terms, [cheap, dear])
    >>> found.value, found.years["taken_mwh"].to_list(), found.years["make_up_mwh"].to_list()
    (80.0, [0.0, 4.0], [0.0, 2.0])
    """
    if not years:
        raise InputError("take or pay has no contract year; give one")
    worth = [year_values(terms, number, year) for number, year in enumerate(years, start=1)]
    bill, most = terms.steps("pay_mwh", terms.pay_mwh), terms.steps("year_mwh", terms.year_mwh[1])
    make_up_most = bill * (len(years) - 1)
    carry_from = terms.carry_start
    carry_most = (most - carry_from) * (len(years) - 1)
    after = np.zeros((make_up_most + 1, carry_most + 1))
    tables: list[tuple[Floats, NDArray[np.int64]]] = []
    choices = year_choices(terms, bill, most)
    for number in range(len(years) - 1, -1, -1):
        best = np.full(after.shape, -np.inf)
        chosen = np.zeros(after.shape, np.int64)
        for at, one in enumerate(choices):
            if not np.isfinite(worth[number][one.taken]):
                continue
            gained = worth[number][one.taken] - owed(terms, years[number], bill, one)
            later = moved(after, bill, carry_from, one)
            value = gained + later
            is_better = value > best
            best[is_better], chosen[is_better] = value[is_better], at
        tables.append((best, chosen))
        after = best
    if not np.isfinite(after[0, 0]):
        raise InputError(
            f"take or pay: no days of {terms.day_mwh} MWh take {terms.year_mwh} MWh in every year; "
            "widen one of them"
        )
    picked = path([one[1] for one in reversed(tables)], choices, bill, carry_from)
    return told(terms, years, worth, picked, float(after[0, 0]))


def year_values(terms: TakeOrPay, number: int, year: ContractYear) -> Floats:
    """Return what taking so many steps in a year earns at best, at the market's prices alone.

    Minus infinity where the days cannot take so much.
    """
    most = terms.steps("year_mwh", terms.year_mwh[1])
    least = terms.steps("year_mwh", terms.year_mwh[0])
    days = len(year.spot)
    bounds = [terms.steps("day_mwh", one) * days for one in terms.day_mwh]
    if not days or bounds[0] > most or bounds[1] < least:
        raise InputError(
            f"take or pay year {number}: {days} days of {terms.day_mwh} MWh take "
            f"{bounds[0] * terms.step_mwh:g} to {bounds[1] * terms.step_mwh:g} MWh, the year asks "
            f"for {terms.year_mwh}; change one of them"
        )
    worth = np.full(most + 1, -np.inf)
    for taken in range(max(least, bounds[0]), min(most, bounds[1]) + 1):
        worth[taken] = plan(terms, year, taken)[0]
    return worth


def plan(terms: TakeOrPay, year: ContractYear, taken: int) -> tuple[float, Floats]:
    """Return what taking so many steps earns at the market's prices, and the days that do."""
    # What every day must take is taken; a swing contract chooses the days of the rest.
    least, most = terms.day_mwh
    rest = taken * terms.step_mwh - least * len(year.spot)
    always = np.full(len(year.spot), least)
    earned = float(always @ (year.spot * year.factors))
    if rest < NEAR * terms.step_mwh:
        return earned, always
    right = swing(
        strike=0.0, step_mwh=terms.step_mwh, day_mwh=(0.0, most - least), period_mwh=(rest, rest)
    )
    found = intrinsic(right, year.spot, year.factors)
    return earned + found.value, always - found.change_mwh


def year_choices(terms: TakeOrPay, bill: int, most: int) -> list[Choice]:
    """Return what a year may do: below its bill it uses carry-forward, above it make-up."""
    made = []
    lowered = terms.carry_steps
    for taken in range(most + 1):
        make_ups = range(max(taken - bill, 0) + 1)
        carries = range(min(max(bill - taken, 0), lowered) + 1)
        made += [Choice(taken, *both) for both in product(make_ups, carries)]
    return made


def owed(terms: TakeOrPay, year: ContractYear, bill: int, one: Choice) -> float:
    """Return what a year pays, discounted: all of it on its last day."""
    short = max(bill - one.carry - one.taken, 0)
    units = (
        one.taken - one.make_up + terms.make_up_share * one.make_up + terms.deficiency_share * short
    )
    return units * terms.step_mwh * year.price * float(year.factors[-1])


def moved(after: Floats, bill: int, carry_from: int, one: Choice) -> Floats:
    """Return the value of the years to come by what the banks hold now; minus infinity if short."""
    make_up_most, carry_most = (length - 1 for length in after.shape)
    short = max(bill - one.carry - one.taken, 0)
    earned = max(one.taken - one.make_up - carry_from, 0)
    banks = np.arange(make_up_most + 1) - one.make_up
    carried = np.arange(carry_most + 1) - one.carry
    # What a bank can no longer give back in the years left does not count.
    value = after[
        np.clip(banks + short, 0, make_up_most)[:, None],
        np.clip(carried + earned, 0, carry_most)[None, :],
    ]
    made: Floats = np.where((banks >= 0)[:, None] & (carried >= 0)[None, :], value, -np.inf)
    return made


def path(
    tables: Sequence[NDArray[np.int64]], choices: Sequence[Choice], bill: int, carry_from: int
) -> list[tuple[Choice, int, int]]:
    """Return what each year does, with the banks of make-up and carry-forward after it."""
    make_up, carry = 0, 0
    made = []
    for table in tables:
        most = [length - 1 for length in table.shape]
        one = choices[int(table[min(make_up, most[0]), min(carry, most[1])])]
        make_up += max(bill - one.carry - one.taken, 0) - one.make_up
        carry += max(one.taken - one.make_up - carry_from, 0) - one.carry
        made.append((one, make_up, carry))
    return made


def told(
    terms: TakeOrPay,
    years: Sequence[ContractYear],
    worth: Sequence[Floats],
    picked: Sequence[tuple[Choice, int, int]],
    value: float,
) -> TakeOrPayValue:
    """Return a plan year by year."""
    step, bill = terms.step_mwh, terms.steps("pay_mwh", terms.pay_mwh)
    rows, days = [], []
    for number, (one, make_up, carry) in enumerate(picked):
        short = max(bill - one.carry - one.taken, 0)
        gained = worth[number][one.taken] - owed(terms, years[number], bill, one)
        rows.append(
            {
                "year": number + 1,
                "taken_mwh": step * one.taken,
                "bill_mwh": step * (bill - one.carry),
                "deficiency_mwh": step * short,
                "make_up_mwh": step * one.make_up,
                "carry_used_mwh": step * one.carry,
                "make_up_bank_mwh": step * make_up,
                "carry_bank_mwh": step * carry,
                "value": float(gained),
            }
        )
        days.append(plan(terms, years[number], one.taken)[1])
    return TakeOrPayValue(value, pl.DataFrame(rows), tuple(days))
