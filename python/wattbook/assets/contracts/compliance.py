"""Whether the allowances held will cover what was emitted, by each deadline of the EU ETS.

References
----------
Directive 2003/87/EC as amended by Directive (EU) 2023/959, article 12 (3): allowances for a year's
verified emissions are surrendered by 30 September of the next; until those of 2022, by 30 April.
Article 16 (3) and (4): 100 EUR a tonne that is short, risen with consumer prices since 2013, and
the shortage is surrendered in the following year all the same.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from wattbook.assets.contracts.certificates import CENT, Disposal, Lot, book
from wattbook.assets.contracts.spreads import Fuel
from wattbook.errors import InputError

__all__ = [
    "CompliancePosition",
    "compliance_positions",
    "fuel_emissions_t",
    "surrender_deadline",
]

PENALTY_PER_T = Decimal(100)
FIRST_YEAR = 2008
SEPTEMBER_FROM = 2023


def surrender_deadline(year: int) -> dt.date:
    """Return the last day to surrender allowances for a year's emissions.

    Examples
    --------
    >>> surrender_deadline(2022), surrender_deadline(2023)
    (datetime.date(2023, 4, 30), datetime.date(2024, 9, 30))
    """
    if year < FIRST_YEAR:
        raise InputError(f"emissions of {year}; give a year from {FIRST_YEAR}")
    if year < SEPTEMBER_FROM:
        return dt.date(year + 1, 4, 30)
    return dt.date(year + 1, 9, 30)


def fuel_emissions_t(fuel: Fuel, units: float, *, oxidation: float = 1.0) -> float:
    """Return the CO2 of so many units of a fuel, t.

    Examples
    --------
    >>> from wattbook.assets.contracts import GAS_MWH
    >>> round(fuel_emissions_t(GAS_MWH, 1_000.0), 3)
    181.764
    """
    if not (units >= 0.0 and 0.0 <= oxidation <= 1.0):
        raise InputError(
            f"{units} {fuel.unit} of {fuel.name} at an oxidation of {oxidation}; give amounts from "
            "0, and a share"
        )
    return units * fuel.emission_t_unit * oxidation


@dataclass(frozen=True, slots=True)
class CompliancePosition:
    """A year's emissions against what is there by its deadline, in allowances.

    Parameters
    ----------
    year : int
    deadline : date
    emissions_t : int
        Whole tonnes, rounded up.
    surrendered : int
        So far.
    carried : int
        Short of the years before, owed as well.
    available : int
        That may be surrendered for the year by the deadline, after what earlier years take.
    to_buy : int
        For this deadline, once what earlier years are to buy has been bought: over the years they
        add up to all that is to be bought.
    cost : Decimal
        Of it, at the price.
    penalty : Decimal
        If nothing is bought; the shortage stays owed.
    """

    year: int
    deadline: dt.date
    emissions_t: int
    surrendered: int
    carried: int
    available: int
    to_buy: int
    cost: Decimal
    penalty: Decimal

    @property
    def owed(self) -> int:
        """Allowances still to be surrendered."""
        return self.emissions_t + self.carried - self.surrendered

    @property
    def position(self) -> int:
        """What is available less what is owed: below zero is short."""
        return self.available - self.owed


def compliance_positions(
    emissions_t: Mapping[int, float],
    lots: Sequence[Lot],
    disposals: Sequence[Disposal] = (),
    *,
    price: Decimal,
    penalty_per_t: Decimal = PENALTY_PER_T,
) -> tuple[CompliancePosition, ...]:
    """Return the position of each year, the earliest first.

    Each year takes what it owes from what is held on its deadline and may be surrendered for it,
    the oldest first; free allocation and purchases for delivery are lots with the day on which they
    come. Surrenders among the disposals count for their year.

    Parameters
    ----------
    emissions_t : mapping of year to float, t
        Verified, or expected.
    lots, disposals : sequences of Lot and Disposal
        Also those to come.
    price : Decimal
        Of an allowance, for what is short.
    penalty_per_t : Decimal, optional
        100 EUR, or what it has risen to.

    Raises
    ------
    InputError
        As `book`; or for emissions below zero.

    Examples
    --------
    >>> held = Lot("EUA", "allowance", dt.date(2026, 3, 2), 900, Decimal("63000.00"), 2026)
    >>> (year,) = compliance_positions({2026: 1_000.2}, [held], price=Decimal(75))
    >>> year.deadline, year.position, year.cost, year.penalty
    (datetime.date(2027, 9, 30), -101, Decimal('7575.00'), Decimal('10100.00'))
    """
    made: list[CompliancePosition] = []
    planned: list[Disposal] = list(disposals)
    carried = bought = 0
    for year in sorted(emissions_t):
        if not emissions_t[year] >= 0.0:
            raise InputError(f"emissions of {year} are {emissions_t[year]} t; give tonnes from 0")
        deadline = surrender_deadline(year)
        needed = math.ceil(emissions_t[year] - 1e-9)
        surrendered = sum(
            one.quantity
            for one in disposals
            if one.act == "surrender" and one.emission_year == year and one.day <= deadline
        )
        there = book(lots, planned, as_of=deadline)
        available = sum(lot.quantity for lot in there.held if lot.can("surrender", deadline, year))
        owed = max(needed + carried - surrendered, 0)
        short = max(owed - available, 0)
        # What is short is counted as if nothing had been bought; what was lasts for later years.
        to_buy = max(short - bought, 0)
        bought += to_buy
        made.append(
            CompliancePosition(
                year,
                deadline,
                needed,
                surrendered,
                carried,
                available,
                to_buy,
                (price * to_buy).quantize(CENT, ROUND_HALF_EVEN),
                (penalty_per_t * short).quantize(CENT, ROUND_HALF_EVEN),
            )
        )
        if owed - short:
            planned.append(
                Disposal("allowance", deadline, "surrender", owed - short, emission_year=year)
            )
        carried = short
    return tuple(made)
