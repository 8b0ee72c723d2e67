"""Exposure at dates on paths: deals netted, secured by collateral, or each by itself."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wattbook import _core
from wattbook.errors import InputError
from wattbook.risk.checked import finite_number, share
from wattbook.risk.credit.moves import SimulatedMoves

__all__ = ["CollateralTerms", "DealLoadings", "ExposureProfile", "exposures", "profile_of"]

Floats: TypeAlias = NDArray[np.float64]
Numbers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CollateralTerms:
    """A credit support agreement (CSA): cash against the value of a netting set.

    Parameters
    ----------
    threshold, threshold_own : float, money
        What the counterparty, or we, may owe without collateral.
    minimum_transfer : float, money
        Below this nothing moves.
    independent : float, money
        Held besides, whatever the value; posted below zero.
    held : float, money
        Held now; posted below zero.
    margin_days : int
        Margin period of risk: from the last call that is met to the end of a close-out, days.

    Raises
    ------
    InputError
        If an amount is no number, or one that cannot be is below zero.
    """

    threshold: float = 0.0
    threshold_own: float = 0.0
    minimum_transfer: float = 0.0
    independent: float = 0.0
    held: float = 0.0
    margin_days: int = 10

    def __post_init__(self) -> None:
        """Refuse amounts that are none."""
        for name in ("threshold", "threshold_own", "minimum_transfer", "margin_days"):
            if finite_number(name, getattr(self, name)) < 0.0:
                raise InputError(f"{name} is {getattr(self, name)}; give a number from 0")
        finite_number("independent", self.independent)
        finite_number("held", self.held)

    def secured(self, value: float) -> float:
        """Return what stays open of a value now: above what is held, from 0."""
        return max(value - self.held, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class DealLoadings:
    """Values of deals at simulated times: ``base`` and a sum of loadings times factors.

    Parameters
    ----------
    base : ndarray of shape (n_deals, n_times), money
        Value without any move.
    factor : ndarray of int64, shape (n_deals, n_each)
        Which factors move the deal.
    loading : ndarray of shape (n_deals, n_each, n_times), money a unit of factor
    """

    base: Floats
    factor: Numbers
    loading: Floats

    def netted(self) -> DealLoadings:
        """Return all deals as one, exactly as values add up."""
        factors, place = np.unique(self.factor, return_inverse=True)
        times = self.base.shape[1]
        loading = np.zeros((len(factors), times))
        np.add.at(loading, place.ravel(), self.loading.reshape(-1, times))
        base = self.base.sum(axis=0, keepdims=True)
        return DealLoadings(base, factors[None, :], loading[None])


@dataclass(frozen=True, slots=True, eq=False)
class ExposureProfile:
    """Exposure over time.

    Parameters
    ----------
    years : ndarray of shape (n_dates,)
    expected : ndarray of shape (n_dates,), money
        Mean exposure.
    potential : ndarray of shape (n_dates,), money
        Potential future exposure: the quantile at the confidence.
    confidence : float
    """

    years: Floats
    expected: Floats
    potential: Floats
    confidence: float

    @property
    def peak(self) -> float:
        """Largest potential future exposure."""
        return float(self.potential.max())

    @property
    def expected_positive(self) -> float:
        """Mean of the expected exposure over time, by trapezoids."""
        span = float(self.years[-1] - self.years[0])
        if not span > 0.0:
            return float(self.expected[0])
        return float(np.trapezoid(self.expected, self.years)) / span

    @property
    def effective_expected_positive(self) -> float:
        """The same of the largest expected exposure so far (Basel, CRE50), over all dates."""
        rising = np.maximum.accumulate(self.expected)
        span = float(self.years[-1] - self.years[0])
        if not span > 0.0:
            return float(rising[0])
        return float(np.trapezoid(rising, self.years)) / span


def exposures(
    deals: DealLoadings,
    simulated: SimulatedMoves,
    dates: ArrayLike,
    *,
    is_netted: bool,
    collateral: CollateralTerms | None = None,
    at_calls: DealLoadings | None = None,
    threads: int | None = None,
) -> Floats:
    """Return what is exposed at dates on every path, the same bits with any number of threads.

    With collateral, the exposure of a date is the value above what calls up to `margin_days`
    before it have brought in: no call is met between them. The simulated times must hold both.

    Parameters
    ----------
    deals : DealLoadings
    simulated : SimulatedMoves
    dates : array_like of float, shape (n_dates,), years
        Simulated times at which exposure is wanted, rising.
    is_netted : bool
        Whether deals are set off against each other; without it each one counts if it is owed.
    collateral : CollateralTerms, optional
        Only with netting.
    at_calls : DealLoadings, optional
        The same deals as calls see them, where that differs from what a close-out finds: payments
        that fall into the margin period are not made then. As `deals` by default.
    threads : int, optional

    Returns
    -------
    ndarray of shape (n_dates, n_paths), money
        At least 0.

    Raises
    ------
    InputError
        If a date, or its margin period before, is not simulated, or shapes do not fit.
    """
    wanted = np.asarray(dates, np.float64)
    if collateral is not None and not is_netted:
        raise InputError("collateral is of deals that are netted; set is_netted")
    fitting(deals, simulated)
    net = deals.netted() if is_netted else deals
    factors = simulated.factors
    times = len(simulated.years)
    called = np.full(len(wanted), -1, np.int64)
    if collateral is not None:
        looked = wanted - collateral.margin_days / 365.0
        is_after = looked >= -1e-12
        called[is_after] = places_of(simulated.years, looked[is_after])
    if at_calls is not None:
        fitting(at_calls, simulated)
        seen = at_calls.netted()
        if (seen.factor != net.factor).any():
            raise InputError("at_calls moves with other factors than deals; give the same deals")
        net = DealLoadings(
            np.concatenate([net.base, seen.base], axis=1),
            net.factor,
            np.concatenate([net.loading, seen.loading], axis=2),
        )
        factors = np.concatenate([factors, factors], axis=1)
        called[called >= 0] += times
        times *= 2
    each = net.factor.shape[1]
    terms = None if collateral is None else (
        collateral.threshold,
        collateral.threshold_own,
        collateral.minimum_transfer,
        collateral.independent,
        collateral.held,
    )  # fmt: skip
    found: Floats = _core.credit_exposures(
        base=np.ascontiguousarray(net.base),
        first=np.arange(len(net.base) + 1) * each,
        factor=np.ascontiguousarray(net.factor.ravel(), np.int64),
        loading=np.ascontiguousarray(net.loading.reshape(-1, times)),
        moves=np.ascontiguousarray(factors),
        dates=places_of(simulated.years, wanted),
        called=called,
        terms=terms,
        is_netted=is_netted,
        threads=(os.cpu_count() or 1) if threads is None else threads,
    )
    return found


def fitting(deals: DealLoadings, simulated: SimulatedMoves) -> None:
    """Refuse loadings that do not fit the simulated times.

    Raises
    ------
    InputError
        Naming the shapes.
    """
    count, times = deals.base.shape
    fits = deals.factor.shape == deals.loading.shape[:2] and len(deals.factor) == count
    if not count or not fits or deals.loading.shape[2] != times or times != len(simulated.years):
        raise InputError(
            f"base has shape {deals.base.shape}, factor {deals.factor.shape} and loading "
            f"{deals.loading.shape} for {len(simulated.years)} times; give a row a deal and a "
            "column a time"
        )


def places_of(years: Floats, wanted: Floats) -> Numbers:
    """Return where times stand among the simulated ones.

    Raises
    ------
    InputError
        If one is missing.
    """
    place = np.minimum(np.searchsorted(years, wanted - 1e-9), len(years) - 1)
    lacking = np.flatnonzero(np.abs(years[place] - wanted) > 1e-9)
    if len(lacking):
        raise InputError(
            f"{wanted[lacking[0]]:.6f} years is not simulated; simulate each date, and the time "
            "that lies a margin period before it"
        )
    return place.astype(np.int64)


def profile_of(found: Floats, dates: ArrayLike, confidence: float) -> ExposureProfile:
    """Return mean and quantile of exposures over paths.

    Parameters
    ----------
    found : ndarray of shape (n_dates, n_paths), money
    dates : array_like of shape (n_dates,), years
    confidence : float
        The quantile is the least exposure that at least this share of paths do not exceed.

    Raises
    ------
    InputError
        If the confidence is no share.
    """
    level = share("confidence", confidence)
    potential = np.quantile(found, level, axis=1, method="inverted_cdf")
    return ExposureProfile(np.asarray(dates, np.float64), found.mean(axis=1), potential, level)
