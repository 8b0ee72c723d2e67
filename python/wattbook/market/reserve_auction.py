"""The auction of reserve capacity: merit order, one price for all that is taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

__all__ = ["CapacityClearing", "CapacityOffer", "clear_capacity"]


@dataclass(frozen=True, slots=True)
class CapacityOffer:
    """Capacity that is offered for a block.

    Parameters
    ----------
    price : Decimal, currency per MW and hour
    power : Decimal, MW
    is_divisible : bool, optional
        Whether a part of it may be taken.
    """

    price: Decimal
    power: Decimal
    is_divisible: bool = True


@dataclass(frozen=True, slots=True)
class CapacityClearing:
    """What an auction took.

    Parameters
    ----------
    price : Decimal or None, currency per MW and hour
        That of the dearest offer taken, paid to all of them; None where none is.
    awarded : tuple of Decimal, MW
        Of each offer.
    missing : Decimal, MW
        Demand that no offer covers.
    """

    price: Decimal | None
    awarded: tuple[Decimal, ...]
    missing: Decimal


def clear_capacity(demand: Decimal, offers: Sequence[CapacityOffer]) -> CapacityClearing:
    """Return what covers a demand at the lowest prices.

    Offers are taken by rising price, of equal ones the earlier first. One that cannot be divided is
    left where it no longer fits whole; a divisible one below the price is never left. All that is
    taken is paid the price of the dearest (pay as cleared, as the FCR cooperation has it since July
    2020).

    Examples
    --------
    >>> offers = [CapacityOffer(Decimal(9), Decimal(30)), CapacityOffer(Decimal(12), Decimal(30))]
    >>> found = clear_capacity(Decimal(40), offers)
    >>> str(found.price), [int(one) for one in found.awarded], int(found.missing)
    ('12', [30, 10], 0)
    """
    awarded, left = [Decimal(0)] * len(offers), demand
    price: Decimal | None = None
    for place in sorted(range(len(offers)), key=lambda place: offers[place].price):
        offer = offers[place]
        taken = min(offer.power, left)
        if taken and (offer.is_divisible or taken == offer.power):
            awarded[place], price = taken, offer.price
            left -= taken
    return CapacityClearing(price, tuple(awarded), left)
