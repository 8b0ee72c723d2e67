"""Published parameters of one version, for one margin period of risk."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError

__all__ = ["VERSIONS", "Classed", "Currency", "Parameters", "Rates", "load_parameters"]

VERSIONS = ("2.5", "2.6", "2.7+2412", "2.8+2506")

_PERIODS = {10: "ten_days", 1: "one_day"}

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rates:
    """Interest rates, inflation and cross-currency basis."""

    weights: Array
    """Of the regular, the low and the high volatility currencies, by tenor."""
    inflation: float
    basis: float
    vega: float
    volatility_ratio: float
    tenors: Array
    curve: float
    with_inflation: float
    with_basis: float
    between_currencies: float
    delta_thresholds: Array
    """US dollars: of other, of well traded, of less traded and of low volatility currencies."""
    vega_thresholds: Array


@dataclass(frozen=True, slots=True)
class Classed:
    """A class with buckets: credit, equity or commodity. Place 0 of an array is the residual."""

    weights: Array
    vega: Array
    volatility_ratio: float
    same_name: Array
    other_name: Array
    buckets: Array
    delta_thresholds: Array
    vega_thresholds: Array
    base_correlation: float = 0.0
    index_correlation: float = 0.0


@dataclass(frozen=True, slots=True)
class Currency:
    """Foreign exchange; amounts are in US dollars, whose volatility is regular."""

    weights: Array
    """Of two regular currencies, of a regular and a volatile one, of two volatile ones."""
    vega: float
    volatility_ratio: float
    correlations: Array
    volatile: frozenset[str]
    between_pairs: float
    delta_thresholds: Array
    vega_thresholds: Array
    """By the categories of the pair: 1-1, 1-2, 1-3, 2-2, 2-3, 3-3."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """All numbers of a version."""

    version: str
    days: int
    rates: Rates
    credit_qualifying: Classed
    credit_other: Classed
    equity: Classed
    commodity: Classed
    currency: Currency
    classes: Array
    """Correlations of the risk classes, in the order of `RiskClass`."""


def _square(triangle: list[list[float]]) -> Array:
    size = len(triangle) + 1
    matrix = np.eye(size)
    for row, entries in enumerate(triangle):
        matrix[row, row + 1 :] = entries
        matrix[row + 1 :, row] = entries
    return matrix


def _first_residual(values: list[float]) -> Array:
    return np.array([values[-1], *values[:-1]])


def _millions(values: list[float]) -> Array:
    return 1e6 * np.array(values)


def _rates(given: dict[str, Any], period: dict[str, Any]) -> Rates:
    return Rates(
        weights=np.array([period["regular"], period["low"], period["high"]], dtype=float),
        inflation=period["inflation"],
        basis=period["basis"],
        vega=period["vega"],
        volatility_ratio=period["volatility_ratio"],
        tenors=_square(given["tenor_correlations"]),
        curve=given["curve_correlation"],
        with_inflation=given["inflation_correlation"],
        with_basis=given["basis_correlation"],
        between_currencies=given["currency_correlation"],
        delta_thresholds=_millions(given["delta_thresholds"]),
        vega_thresholds=_millions(given["vega_thresholds"]),
    )


def _credit(given: dict[str, Any], period: dict[str, Any]) -> Classed:
    count = len(period["weights"])
    ones = np.ones(count)

    def by_bucket(residual: str, other: str) -> Array:
        return np.array([given[residual]] + [given[other]] * (count - 1))

    return Classed(
        weights=_first_residual(period["weights"]),
        vega=period["vega"] * ones,
        volatility_ratio=1.0,
        same_name=by_bucket("residual_same_name", "same_name"),
        other_name=by_bucket("residual_other_name", "other_name"),
        buckets=_square(given["bucket_correlations"]),
        delta_thresholds=1e6 * _first_residual(given["delta_thresholds"]),
        vega_thresholds=1e6 * given["vega_thresholds"] * ones,
        base_correlation=period.get("base_correlation", 0.0),
        index_correlation=given.get("index_correlation", 0.0),
    )


def _named(given: dict[str, Any], period: dict[str, Any], *, residual: bool) -> Classed:
    def places(values: list[float]) -> Array:
        return _first_residual(values if residual else [*values, 0.0])

    vega = np.full(places(period["weights"]).size, period["vega"])
    if "vega_of_volatility_indices" in period:
        vega[12] = period["vega_of_volatility_indices"]
    return Classed(
        weights=places(period["weights"]),
        vega=vega,
        volatility_ratio=period["volatility_ratio"],
        same_name=np.ones(vega.size),
        other_name=places(given["name_correlations"]),
        buckets=_square(given["bucket_correlations"]),
        delta_thresholds=1e6 * places(given["delta_thresholds"]),
        vega_thresholds=1e6 * places(given["vega_thresholds"]),
    )


def _currency(given: dict[str, Any], period: dict[str, Any]) -> Currency:
    return Currency(
        weights=np.array(period["weights"]),
        vega=period["vega"],
        volatility_ratio=period["volatility_ratio"],
        correlations=np.array(given["correlations_in_calm"]),
        volatile=frozenset(given["volatile_currencies"]),
        between_pairs=given["pair_correlation"],
        delta_thresholds=_millions(given["delta_thresholds"]),
        vega_thresholds=_millions(given["vega_thresholds"]),
    )


def _without_thresholds(given: dict[str, Any]) -> None:
    """With daily settlement the published tests of the model weigh no concentration."""
    for section in given.values():
        for field in ("delta_thresholds", "vega_thresholds"):
            if isinstance(section, dict) and field in section:
                section[field] = (np.inf * np.array(section[field])).tolist()


@cache
def load_parameters(version: str, days: int = 10) -> Parameters:
    """Parameters of `version` for a margin period of `days`: 10, or 1 for daily settlement.

    Raises
    ------
    InputError
        For a version or period that is not held.

    Examples
    --------
    >>> load_parameters("2.8+2506").commodity.weights[9]
    np.float64(64.0)
    """
    if version not in VERSIONS:
        message = f"SIMM {version!r} is not held: choose {', '.join(VERSIONS)}"
        raise InputError(message)
    file = f"simm_{version.split('+', maxsplit=1)[0].replace('.', '_')}.toml"
    text = resources.files("wattbook.risk.simm").joinpath(file).read_text(encoding="utf-8")
    given = tomllib.loads(text)
    period = _PERIODS.get(days)
    if period is None or period not in given["rates"]:
        message = f"SIMM {version} has no parameters for {days} days here: choose 10"
        raise InputError(message)
    if days == 1:
        _without_thresholds(given)
    return Parameters(
        version=given["version"],
        days=days,
        rates=_rates(given["rates"], given["rates"][period]),
        credit_qualifying=_credit(given["credit_qualifying"], given["credit_qualifying"][period]),
        credit_other=_credit(given["credit_other"], given["credit_other"][period]),
        equity=_named(given["equity"], given["equity"][period], residual=True),
        commodity=_named(given["commodity"], given["commodity"][period], residual=False),
        currency=_currency(given["currency"], given["currency"][period]),
        classes=_square(given["class_correlations"]),
    )
