"""Take or pay over several years at prices that move, with make-up and carry-forward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.contracts.take_or_pay import (
    ContractYear,
    Floats,
    TakeOrPay,
    owed,
    take_or_pay_value,
    year_choices,
)
from wattbook.assets.least_squares import simulated_bounds
from wattbook.assets.spot import SpotModel
from wattbook.assets.storage.value import SimulatedValue
from wattbook.errors import InputError

__all__ = ["TakeOrPayPaths", "simulated_take_or_pay"]

Numbers = NDArray[np.int64]
CELLS_MAX = 20_000_000
"""States times paths: a table of them is held for a day and the next."""
SAME = 1e-6


@dataclass(frozen=True, slots=True)
class TakeOrPayPaths:
    """A take-or-pay contract at prices that move, in discounted money.

    Parameters
    ----------
    intrinsic : float
        Of the best plan at forward prices.
    value : SimulatedValue
        What a policy earns, and no policy more than.
    """

    intrinsic: float
    value: SimulatedValue

    @property
    def extrinsic(self) -> float:
        """What the policy earns more than the plan."""
        return self.value.lower.mean - self.intrinsic


def simulated_take_or_pay(
    terms: TakeOrPay,
    years: Sequence[ContractYear],
    model: SpotModel,
    *,
    paths: int = 2_000,
    seed: int = 1,
) -> TakeOrPayPaths:
    """Return the value of a take-or-pay contract by least-squares Monte Carlo, from both sides.

    Each day's volume is decided at its price; at the end of a year the price of the next is not
    known yet, and what is called make-up or carried forward is decided then. The state is what was
    taken in the year and what both banks hold. A day may be any period, as a week.

    Parameters
    ----------
    terms : TakeOrPay
    years : sequence of ContractYear
        With forward prices for `spot`.
    model : SpotModel
        How prices move over all days of all years; its forward prices are those of the years.
    paths, seed : int, optional

    Raises
    ------
    InputError
        If curves differ, there are too many states, or what `take_or_pay_value` refuses.

    References
    ----------
    Edoli, Fiorenzani, Ravelli and Vargiolu (2013), Modeling and valuing make-up clauses in gas
    swing contracts, Energy Economics 35, 58-73.

    Examples
    --------
    >>> from wattbook.assets.spot import Factor
    >>> terms = TakeOrPay(1.0, (0.0, 1.0), (0.0, 4.0), 2.0)
    >>> years = [ContractYear(20.0, np.full(4, 20.0))] * 2
    >>> model = SpotModel(np.full(8, 20.0), (Factor(0.1, 0.1),))
    >>> found = simulated_take_or_pay(terms, years, model)
    >>> found.intrinsic, found.extrinsic > 0.0
    (0.0, True)
    """
    known = take_or_pay_value(terms, years)
    forward = np.concatenate([year.spot for year in years])
    given = np.asarray(model.forward, np.float64)
    if len(given) != len(forward):
        raise InputError(
            f"take or pay: prices move over {len(given)} days, the years have {len(forward)}; "
            "give the same days"
        )
    is_off = np.abs(given - forward) > SAME * np.maximum(np.abs(forward), 1.0)
    if is_off.any():
        at = int(np.argmax(is_off))
        raise InputError(
            f"take or pay: day {at + 1} is {forward[at]:g} in its year and {given[at]:g} in the "
            "forward of the model; give one price"
        )
    contract = ContractDays(terms, years, model)
    widest = max(int(np.prod(contract.shape(day))) for day in range(model.days + 1))
    if widest * paths > CELLS_MAX:
        raise InputError(
            f"take or pay has {widest} states of volume and banks on {paths} paths; give fewer "
            f"paths, or a larger step over longer periods, until their product is {CELLS_MAX}"
        )
    found = simulated_bounds(contract, (model,), model.correlations(), paths=paths, seed=seed)
    return TakeOrPayPaths(known.value, found)


class ContractDays:
    """A contract, day by day; its states are steps taken in the year, of make-up, and carried."""

    def __init__(self, terms: TakeOrPay, years: Sequence[ContractYear], model: SpotModel) -> None:
        self.terms, self.years, self.model = terms, years, model
        self.least, self.most = (terms.steps("year_mwh", one) for one in terms.year_mwh)
        self.day_least, self.day_most = (terms.steps("day_mwh", one) for one in terms.day_mwh)
        self.bill = terms.steps("pay_mwh", terms.pay_mwh)
        self.carry_from = terms.carry_start
        self.choices = year_choices(terms, self.bill, self.most)
        self.firsts = np.cumsum([0, *(len(year.spot) for year in years)])
        self.forward = np.concatenate([year.spot for year in years])
        self.factors = np.concatenate([year.factors for year in years])

    def banks(self, number: int) -> tuple[int, int]:
        """Return the most that both banks hold in a year, that later years can still use."""
        left = len(self.years) - number
        lowered = self.terms.carry_steps
        return (
            min(self.bill * number, (self.most - self.bill) * left),
            min((self.most - self.carry_from) * number, lowered * left),
        )

    def shape(self, day: int) -> tuple[int, int, int]:
        """Return how many levels of each state there are before a day."""
        number = int(np.searchsorted(self.firsts, day, side="right")) - 1
        if number == len(self.years):
            return 1, 1, 1
        taken = min((day - int(self.firsts[number])) * self.day_most, self.most)
        make_up, carry = self.banks(number)
        return taken + 1, make_up + 1, carry + 1

    def terminal(self) -> Floats:
        """Return nothing: what the banks hold in the end is lost."""
        return np.zeros(1)

    def start(self, values: Floats) -> int:
        """Return the only state before the first day."""
        return len(values) - 1

    def money(self, day: int, moved: Floats) -> Floats:
        """Return what a step is worth on a day, path by path."""
        spot = self.model.price(self.forward[day], moved[0])
        made: Floats = spot * self.factors[day] * self.terms.step_mwh
        return made

    def settled(self, day: int, after: Floats) -> tuple[Floats, Numbers | None]:
        """Return values after a day's volume, before the year is settled if it ends, and by what.

        The shape is (paths, taken, make-up, carry); the choice is a place in `choices`.
        """
        later = after.reshape(len(after), *self.shape(day + 1))
        if day + 1 not in self.firsts:
            return later, None
        number = int(np.searchsorted(self.firsts, day, side="right")) - 1
        year, (make_up, carry) = self.years[number], self.banks(number)
        taken = min(len(year.spot) * self.day_most, self.most)
        values = np.full((len(after), taken + 1, make_up + 1, carry + 1), -np.inf)
        chosen = np.zeros(values.shape, np.int64)
        last = [length - 1 for length in later.shape[2:]]
        for at, one in enumerate(self.choices):
            if not self.least <= one.taken <= taken or one.make_up > make_up or one.carry > carry:
                continue
            short = max(self.bill - one.carry - one.taken, 0)
            earned = max(one.taken - one.make_up - self.carry_from, 0)
            banks = np.arange(make_up + 1 - one.make_up) + short
            carried = np.arange(carry + 1 - one.carry) + earned
            places = np.ix_(np.minimum(banks, last[0]), np.minimum(carried, last[1]))
            gained = later[:, 0][:, places[0], places[1]] - owed(self.terms, year, self.bill, one)
            own = values[:, one.taken, one.make_up :, one.carry :]
            is_better = gained > own
            own[is_better] = gained[is_better]
            chosen[:, one.taken, one.make_up :, one.carry :][is_better] = at
        return values, chosen

    def best(self, day: int, moved: Floats, after: Floats) -> Floats:
        """Return what each state is worth before a day."""
        later, _ = self.settled(day, after)
        pay = self.money(day, moved)[:, None, None, None]
        values = np.full((len(after), *self.shape(day)), -np.inf)
        for volume in range(self.day_least, self.day_most + 1):
            count = min(values.shape[1], later.shape[1] - volume)
            if count > 0:
                own = values[:, :count]
                np.maximum(own, volume * pay + later[:, volume : volume + count], out=own)
        return values.reshape(len(after), -1)

    def follow(
        self, day: int, moved: Floats, after: Floats, state: Numbers
    ) -> tuple[Numbers, Floats]:
        """Return each path's state after a day, and what the day earned."""
        later, chosen = self.settled(day, after)
        pay, path = self.money(day, moved), np.arange(len(after))
        taken, make_up, carry = np.unravel_index(state, self.shape(day))
        best, volume = np.full(len(after), -np.inf), np.zeros(len(after), np.int64)
        for one in range(self.day_least, self.day_most + 1):
            reached = np.minimum(taken + one, later.shape[1] - 1)
            value = one * pay + later[path, reached, make_up, carry]
            is_better = (taken + one < later.shape[1]) & (value > best)
            best[is_better], volume[is_better] = value[is_better], one
        earned, taken = volume * pay, taken + volume
        if chosen is not None:
            number = int(np.searchsorted(self.firsts, day, side="right")) - 1
            picked = chosen[path, taken, make_up, carry]
            paid = np.array(
                [owed(self.terms, self.years[number], self.bill, one) for one in self.choices]
            )
            table = np.array([(one.taken, one.make_up, one.carry) for one in self.choices])
            _, used, lowered = table[picked].T
            earned = earned - paid[picked]
            short = np.maximum(self.bill - lowered - taken, 0)
            added = np.maximum(taken - used - self.carry_from, 0)
            most = [length - 1 for length in self.shape(day + 1)[1:]]
            make_up = np.minimum(make_up - used + short, most[0])
            carry = np.minimum(carry - lowered + added, most[1])
            taken = np.zeros_like(taken)
        return np.ravel_multi_index((taken, make_up, carry), self.shape(day + 1)), earned
