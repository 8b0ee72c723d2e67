"""What is paid under take or pay for volumes that were taken, by the day and at each year's end.

A day owes its volume at the year's price. At the end of a contract year that took less than its
bill, carry-forward lowers the bill as far as there is some, and the rest is paid for and goes into
the make-up bank; a year that took more draws from that bank, at the share of the price that the
terms say. Rules as in `wattbook.assets.contracts.take_or_pay`; here nothing is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wattbook.assets.contracts.take_or_pay import TakeOrPay
from wattbook.errors import InputError

__all__ = ["YearBill", "year_bills"]

Floats: TypeAlias = NDArray[np.float64]
NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class YearBill:
    """A contract year's end; volumes in MWh, amounts in money to pay above zero.

    Parameters
    ----------
    year : int
        From 1.
    taken, bill, carry_used, deficiency, make_up : float
        What was taken; the minimum bill after carry-forward; what lowered it; what is paid for and
        was not taken; what was paid for before and is taken now.
    make_up_bank, carry_bank : float
        After the year.
    deficiency_amount, make_up_amount : float
        Paid for what was not taken; given back for what had been paid, below zero.
    """

    year: int
    taken: float
    bill: float
    carry_used: float
    deficiency: float
    make_up: float
    make_up_bank: float
    carry_bank: float
    deficiency_amount: float
    make_up_amount: float


def year_bills(
    terms: TakeOrPay, prices: Sequence[float], taken: Sequence[Floats]
) -> tuple[YearBill, ...]:
    """Return what each whole contract year comes to at its end.

    Parameters
    ----------
    terms : TakeOrPay
    prices : sequence of float, money a MWh
        Of each year.
    taken : sequence of ndarray, MWh
        By day of each year.

    Raises
    ------
    InputError
        If a day or a year takes less than the least or more than the most; names it.

    Examples
    --------
    >>> terms = TakeOrPay(1.0, (0.0, 5.0), (0.0, 20.0), 10.0, make_up_share=0.1)
    >>> first, second = year_bills(terms, [20.0, 21.0], [np.full(4, 2.0), np.full(4, 3.0)])
    >>> first.deficiency, first.deficiency_amount
    (2.0, 40.0)
    >>> second.make_up, round(second.make_up_amount, 9)
    (2.0, -37.8)
    """
    make_up_bank = carry_bank = 0.0
    made = []
    for number, (price, days) in enumerate(zip(prices, taken, strict=True), start=1):
        check_days(terms, number, days)
        volume = float(days.sum())
        least, most = terms.year_mwh
        if not least - NEAR <= volume <= most + NEAR:
            raise InputError(
                f"take or pay year {number} takes {volume:g} MWh, outside {least:g} to {most:g}; "
                "correct the volumes or the terms"
            )
        short = max(terms.pay_mwh - volume, 0.0)
        used = min(short, carry_bank, terms.carry_most_mwh if terms.has_carry else 0.0)
        deficiency = short - used
        make_up = min(max(volume - terms.pay_mwh, 0.0), make_up_bank)
        carried = 0.0
        if terms.has_carry:
            carried = max(volume - make_up - terms.carry_from_mwh, 0.0)
        make_up_bank += deficiency - make_up
        carry_bank += carried - used
        made.append(
            YearBill(
                number,
                volume,
                terms.pay_mwh - used,
                used,
                deficiency,
                make_up,
                make_up_bank,
                carry_bank,
                deficiency * terms.deficiency_share * price,
                -make_up * (1.0 - terms.make_up_share) * price,
            )
        )
    return tuple(made)


def check_days(terms: TakeOrPay, number: int, days: Floats) -> None:
    """Refuse a day that takes what the terms do not allow."""
    least, most = terms.day_mwh
    wrong = np.flatnonzero(~((days >= least - NEAR) & (days <= most + NEAR)))
    if len(wrong):
        day = int(wrong[0])
        raise InputError(
            f"take or pay year {number}, day {day + 1}: {days[day]:g} MWh are outside {least:g} to "
            f"{most:g}; correct the volume or the terms"
        )
