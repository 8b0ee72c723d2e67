"""What a counterparty's default costs on average: credit valuation adjustment (CVA)."""

from __future__ import annotations

import numpy as np

from wattbook.errors import InputError
from wattbook.risk.checked import finite_number
from wattbook.risk.credit.exposure import ExposureProfile

__all__ = ["credit_valuation_adjustment"]


def credit_valuation_adjustment(
    profile: ExposureProfile, spread: float, recovery: float, *, rate: float = 0.0
) -> float:
    """Return the CVA of an exposure that moves apart from the default, positive for a cost.

    Between two dates the chance of default is the fall of ``exp(-spread t / (1 - recovery))``, the
    loss the mean of the discounted expected exposures of both, less what is recovered.

    Parameters
    ----------
    profile : ExposureProfile
        From now on: its first date is 0.
    spread : float, a share a year
        Of the counterparty's credit, for all terms.
    recovery : float
        Share that a default leaves, 0 to below 1.
    rate : float, optional
        Of interest, a year, continuously compounded.

    Raises
    ------
    InputError
        If the spread is below zero, the recovery no share, or the profile begins later.

    References
    ----------
    Basel Committee on Banking Supervision (2011), Basel III, paragraph 98: the regulatory formula.

    Examples
    --------
    >>> flat = ExposureProfile(np.array([0.0, 1.0]), np.full(2, 1e6), np.full(2, 1e6), 0.95)
    >>> round(credit_valuation_adjustment(flat, spread=0.012, recovery=0.4), 2)
    11880.8
    """
    if finite_number("spread", spread) < 0.0:
        raise InputError(f"spread is {spread}; give a share a year from 0")
    if not 0.0 <= finite_number("recovery", recovery) < 1.0:
        raise InputError(f"recovery is {recovery}; give a share from 0, below 1")
    if profile.years[0] != 0.0:
        raise InputError(f"exposure begins in {profile.years[0]:g} years; give it from now, 0")
    lost = 1.0 - recovery
    standing = np.exp(-spread * profile.years / lost)
    worth = profile.expected * np.exp(-finite_number("rate", rate) * profile.years)
    fallen = np.maximum(standing[:-1] - standing[1:], 0.0)
    return float(lost * (fallen @ (0.5 * (worth[:-1] + worth[1:]))))
