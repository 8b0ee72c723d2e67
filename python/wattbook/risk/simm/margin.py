"""The model: ISDA SIMM Methodology, sections A to K, on coded sensitivities.

Each class weighs its sensitivities, adds them within a bucket and the buckets among each other by
published correlations; a risk factor beyond its concentration threshold weighs more. Volatility
counts twice: as vega, and as the curvature of the options that it stands for.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from wattbook.risk.checked import finite_figure, overflow_refused
from wattbook.risk.simm.parameters import Classed, Currency, Parameters, Rates
from wattbook.risk.simm.sensitivities import (
    Product,
    RiskClass,
    RiskType,
    Sensitivities,
)

__all__ = ["Margin", "Measure", "simm_margin"]

Array = NDArray[np.float64]

_Z99 = NormalDist().inv_cdf(0.99)
_TAIL = NormalDist().inv_cdf(0.995) ** 2 - 1.0
_MONTH = 365.0 / 12.0
_DAYS = np.array(
    [
        14.0,
        _MONTH,
        3 * _MONTH,
        6 * _MONTH,
        *(365.0 * years for years in (1, 2, 3, 5, 10, 15, 20, 30)),
    ]
)
"""Calendar days of each tenor."""
_REGULAR = frozenset(
    (
        "USD",
        "EUR",
        "GBP",
        "CHF",
        "AUD",
        "NZD",
        "CAD",
        "SEK",
        "NOK",
        "DKK",
        "HKD",
        "KRW",
        "SGD",
        "TWD",
    )
)
_WELL_TRADED = frozenset(("USD", "EUR", "GBP"))
_MATERIAL = frozenset(["USD", "EUR", "JPY", "GBP", "AUD", "CHF", "CAD"])
_FREQUENT = frozenset(
    ("BRL", "CNY", "HKD", "INR", "KRW", "MXN", "NOK", "NZD", "RUB", "SEK", "SGD", "TRY", "ZAR")
)
_VOLATILITY_INDICES = 12


class Measure(Enum):
    """Which part of the margin."""

    DELTA = "delta"
    VEGA = "vega"
    CURVATURE = "curvature"
    BASE_CORRELATION = "base_correlation"


@dataclass(frozen=True, slots=True)
class Margin:
    """Initial margin, US dollars."""

    total: float
    """Sum of the products."""
    by_product: Mapping[Product, float]
    by_class: Mapping[tuple[Product, RiskClass], float]
    by_measure: Mapping[tuple[Product, RiskClass, Measure], float]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one product and risk type."""

    name: NDArray[np.intp]
    bucket: NDArray[np.intp]
    tenor: NDArray[np.intp]
    label: NDArray[np.intp]
    amount: Array

    def __bool__(self) -> bool:
        return self.amount.size > 0


def simm_margin(
    sensitivities: Sensitivities,
    parameters: Parameters,
    measures: frozenset[Measure] = frozenset(Measure),
) -> Margin:
    """Return the initial margin of a netting set.

    Parameters
    ----------
    sensitivities : Sensitivities
        Delta: US dollars for a basis point (rates, credit) or a per cent (others). Vega: volatility
        times the value of its unit (rates, credit), or the value of a point of volatility (others).
    parameters : Parameters
        Of a version and a margin period.
    measures : frozenset of Measure, optional
        Parts to count; all of them by default.

    Raises
    ------
    InputError
        Naming the part that no number holds, where sensitivities are too large for their squares.

    Examples
    --------
    >>> row = {
    ...     "product": "Commodity", "risk_type": "Risk_Commodity", "qualifier": "EU Power Germany",
    ...     "bucket": "9", "label1": "", "label2": "", "amount_usd": 10_000.0,
    ... }
    >>> from wattbook.risk.simm import Sensitivities, load_parameters
    >>> simm_margin(Sensitivities.from_rows([row]), load_parameters("2.8+2506")).total
    640000.0
    """
    with overflow_refused():
        by_measure = _by_measure(sensitivities, parameters, measures)
    by_class: dict[tuple[Product, RiskClass], float] = {}
    for (product, risk_class, _), value in by_measure.items():
        by_class[product, risk_class] = by_class.get((product, risk_class), 0.0) + value
    by_product = {}
    for product in {product for product, _ in by_class}:
        vector = np.array([by_class.get((product, kind), 0.0) for kind in RiskClass])
        with overflow_refused():
            variance = float(vector @ parameters.classes @ vector)
        finite_figure(f"margin of {product.name}", variance)
        by_product[product] = math.sqrt(variance)
    total = finite_figure("margin", math.fsum(by_product.values()))
    return Margin(total, by_product, by_class, by_measure)


def _by_measure(
    sensitivities: Sensitivities, parameters: Parameters, measures: frozenset[Measure]
) -> dict[tuple[Product, RiskClass, Measure], float]:
    by_measure: dict[tuple[Product, RiskClass, Measure], float] = {}
    for product in Product:
        mine = sensitivities.product == product
        if not mine.any():
            continue
        rows = {
            kind: _rows(sensitivities, mine & (sensitivities.risk_type == kind))
            for kind in RiskType
        }
        for risk_class in RiskClass:
            for measure, value in _class_margin(
                risk_class, rows, sensitivities, parameters, measures
            ).items():
                part = f"{measure.value} of {product.name}, {risk_class.name}"
                by_measure[product, risk_class, measure] = finite_figure(part, value)
    return by_measure


def _rows(all_rows: Sensitivities, mask: NDArray[np.bool_]) -> _Rows:
    places = np.flatnonzero(mask)
    return _Rows(
        all_rows.name[places],
        all_rows.bucket[places],
        all_rows.tenor[places],
        all_rows.label[places],
        all_rows.amount_usd[places],
    )


def _class_margin(
    risk_class: RiskClass,
    rows: Mapping[RiskType, _Rows],
    texts: Sensitivities,
    parameters: Parameters,
    measures: frozenset[Measure],
) -> dict[Measure, float]:
    days = parameters.days
    names = texts.names
    found: dict[Measure, float] = {}
    if risk_class is RiskClass.RATES:
        rates = _RatesClass(parameters.rates, names)
        yields = rows[RiskType.IR_CURVE], rows[RiskType.INFLATION], rows[RiskType.BASIS]
        volatilities = rows[RiskType.IR_VOL], rows[RiskType.INFLATION_VOL]
        if any(yields):
            found[Measure.DELTA] = rates.delta(*yields, labels=len(texts.labels))
        if any(volatilities):
            found[Measure.VEGA] = rates.vega(*volatilities)
            found[Measure.CURVATURE] = rates.curvature(*volatilities, days)
    elif risk_class is RiskClass.CURRENCY:
        currency = _CurrencyClass(parameters.currency, names)
        if rows[RiskType.FX]:
            found[Measure.DELTA] = currency.delta(rows[RiskType.FX])
        if rows[RiskType.FX_VOL]:
            found[Measure.VEGA] = currency.vega(rows[RiskType.FX_VOL], days)
            found[Measure.CURVATURE] = currency.curvature(rows[RiskType.FX_VOL], days)
    else:
        delta, vega, numbers = {
            RiskClass.CREDIT_QUALIFYING: (
                RiskType.CREDIT_Q,
                RiskType.CREDIT_VOL_Q,
                parameters.credit_qualifying,
            ),
            RiskClass.CREDIT_OTHER: (
                RiskType.CREDIT_N,
                RiskType.CREDIT_VOL_N,
                parameters.credit_other,
            ),
            RiskClass.EQUITY: (RiskType.EQUITY, RiskType.EQUITY_VOL, parameters.equity),
            RiskClass.COMMODITY: (
                RiskType.COMMODITY,
                RiskType.COMMODITY_VOL,
                parameters.commodity,
            ),
        }[risk_class]
        classed = _BucketClass(risk_class, numbers, len(names), len(texts.labels))
        if rows[delta]:
            found[Measure.DELTA] = classed.delta(rows[delta])
        if rows[vega]:
            found[Measure.VEGA] = classed.vega(rows[vega], days)
            found[Measure.CURVATURE] = classed.curvature(rows[vega], days)
        base = rows[RiskType.BASE_CORRELATION]
        if base and risk_class is RiskClass.CREDIT_QUALIFYING:
            found[Measure.BASE_CORRELATION] = _base_correlation(base, numbers, len(names))
    return {measure: value for measure, value in found.items() if measure in measures}


def _sums(keys: NDArray[np.intp], amounts: Array, count: int = 0) -> Array:
    """Add up amounts by key, for at least `count` keys."""
    sums: Array = np.bincount(keys, weights=amounts, minlength=count).astype(np.float64)
    return sums


def _concentration(amounts: Array, thresholds: Array | float) -> Array:
    """How much more a risk factor weighs for its size (section J); 1 up to its threshold."""
    return np.maximum(1.0, np.sqrt(np.abs(amounts) / thresholds))


def _other_pairs(weighted: Array, concentration: Array) -> float:
    """Sum products of pairs of factors, times the smaller concentration over the larger.

    In order of concentration one pass is enough.
    """
    order = np.argsort(concentration, kind="stable")
    values, sizes = weighted[order], concentration[order]
    before = np.cumsum(sizes * values) - sizes * values
    return 2.0 * float(np.sum(values / sizes * before))


def _scaling(days: int) -> Array:
    """From vega to curvature, by tenor (paragraph 11); the period is 14 days for 10 of business."""
    return 0.5 * np.minimum(1.0, 1.4 * days / _DAYS)


def _implied(days: int) -> float:
    """From a risk weight to the volatility that it stands for (paragraph 10)."""
    return math.sqrt(365.0 / (1.4 * days)) / _Z99


def _tail(total: float, size: float, spread: float) -> float:
    """Curvature margin of the sum, of the absolute sum and of the root of the variance."""
    theta = min(total / size, 0.0) if size > 0.0 else 0.0
    # The larger of 0 and NaN is 0.
    return max(0.0, finite_figure("curvature", total + (_TAIL * (1.0 + theta) - theta) * spread))


class _BucketClass:
    """Credit, equity and commodity: names in buckets, and a residual bucket that stands alone."""

    def __init__(self, risk_class: RiskClass, numbers: Classed, names: int, labels: int) -> None:
        self.numbers = numbers
        self.names = names
        self.labels = labels
        self.is_credit = risk_class in (RiskClass.CREDIT_QUALIFYING, RiskClass.CREDIT_OTHER)
        self.is_equity = risk_class is RiskClass.EQUITY

    def _net(self, rows: _Rows, amounts: Array) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
        """Bucket, name and sum of each risk factor; credit keeps its tenors apart."""
        key = rows.bucket * self.names + rows.name
        width = 1
        if self.is_credit:
            width = _DAYS.size * self.labels
            key = (key * _DAYS.size + rows.tenor) * self.labels + rows.label
        if key.size and int(key.max()) < 64 * key.size + 1_000_000:
            sums = _sums(key, amounts)
            found = np.flatnonzero(np.bincount(key))
            sums = sums[found]
        else:
            found, places = np.unique(key, return_inverse=True)
            sums = _sums(places, amounts)
        factor = found // width
        return factor // self.names, factor, sums

    def _within(
        self, bucket: int, factor: NDArray[np.intp], weighted: Array, sizes: Array, power: int
    ) -> float:
        """Variance of one bucket."""
        same = float(self.numbers.same_name[bucket]) ** power
        other = float(self.numbers.other_name[bucket]) ** power
        squares = float(weighted @ weighted)
        if not self.is_credit:
            return squares + other * _other_pairs(weighted, sizes)
        _, first, places = np.unique(factor, return_index=True, return_inverse=True)
        by_name = _sums(places, weighted)
        together = float(by_name @ by_name)
        apart = _other_pairs(by_name, sizes[first])
        return squares + same * (together - squares) + other * apart

    def _across(
        self,
        bucket: NDArray[np.intp],
        factor: NDArray[np.intp],
        weighted: Array,
        sizes: Array,
        power: int = 1,
    ) -> tuple[float, float]:
        """Root of the variance of all buckets but the residual, and of that one."""
        count = self.numbers.buckets.shape[0]
        variances, sums = np.zeros(count + 1), np.zeros(count + 1)
        for number in np.unique(bucket):
            rows = bucket == number
            variance = self._within(number, factor[rows], weighted[rows], sizes[rows], power)
            variances[number] = max(variance, 0.0)
            spread = math.sqrt(variances[number])
            sums[number] = min(max(float(weighted[rows].sum()), -spread), spread)
        between = self.numbers.buckets**power
        shared = float(sums[1:] @ between @ sums[1:]) - float(sums[1:] @ sums[1:])
        return math.sqrt(max(float(variances[1:].sum()) + shared, 0.0)), math.sqrt(variances[0])

    def _sizes(
        self, bucket: NDArray[np.intp], factor: NDArray[np.intp], sums: Array, thresholds: Array
    ) -> Array:
        """Concentration of each factor: that of its name, over all of its tenors."""
        if not self.is_credit:
            return _concentration(sums, thresholds[bucket])
        _, places = np.unique(factor, return_inverse=True)
        return _concentration(_sums(places, sums)[places], thresholds[bucket])

    def delta(self, rows: _Rows) -> float:
        bucket, factor, sums = self._net(rows, rows.amount)
        sizes = self._sizes(bucket, factor, sums, self.numbers.delta_thresholds)
        weighted = self.numbers.weights[bucket] * sums * sizes
        return math.fsum(self._across(bucket, factor, weighted, sizes))

    def _volatility(self, bucket: NDArray[np.intp], days: int) -> Array:
        if self.is_credit:
            return np.ones(bucket.size)
        return self.numbers.weights[bucket] * _implied(days)

    def vega(self, rows: _Rows, days: int) -> float:
        amounts = self.numbers.volatility_ratio * self._volatility(rows.bucket, days) * rows.amount
        bucket, factor, sums = self._net(rows, amounts)
        sizes = self._sizes(bucket, factor, sums, self.numbers.vega_thresholds)
        weighted = self.numbers.vega[bucket] * sums * sizes
        return math.fsum(self._across(bucket, factor, weighted, sizes))

    def curvature(self, rows: _Rows, days: int) -> float:
        amounts = _scaling(days)[rows.tenor] * self._volatility(rows.bucket, days) * rows.amount
        bucket, factor, sums = self._net(rows, amounts)
        if self.is_equity:
            sums = np.where(bucket == _VOLATILITY_INDICES, 0.0, sums)
        spreads = self._across(bucket, factor, sums, np.ones(sums.size), power=2)
        margin = 0.0
        for is_residual, spread in zip((False, True), spreads, strict=True):
            part = sums[(bucket == 0) == is_residual]
            margin += _tail(float(part.sum()), float(np.abs(part).sum()), spread)
        return margin


def _base_correlation(rows: _Rows, numbers: Classed, names: int) -> float:
    weighted = numbers.base_correlation * _sums(rows.name, rows.amount, names)
    squares, total = float(weighted @ weighted), float(weighted.sum())
    shared = numbers.index_correlation
    return math.sqrt(max((1.0 - shared) * squares + shared * total * total, 0.0))


class _RatesClass:
    """Interest rates: a bucket is a currency."""

    def __init__(self, numbers: Rates, names: tuple[str, ...]) -> None:
        self.numbers = numbers
        self.count = len(names)
        group = [0 if name in _REGULAR else 1 if name == "JPY" else 2 for name in names]
        self.group = np.array(group, dtype=np.intp)
        traded = [
            1 if name in _WELL_TRADED else 2 if name in _REGULAR else 3 if name == "JPY" else 0
            for name in names
        ]
        self.traded = np.array(traded, dtype=np.intp)

    def _by_tenor(self, rows: _Rows, amounts: Array) -> Array:
        key = rows.name * _DAYS.size + rows.tenor
        sums = _sums(key, amounts, self.count * _DAYS.size)
        return sums.reshape(self.count, _DAYS.size)

    def _by_name(self, rows: _Rows) -> Array:
        return _sums(rows.name, rows.amount, self.count)

    def _across(self, variance: Array, sums: Array, sizes: Array, power: int = 1) -> float:
        spread = np.sqrt(np.maximum(variance, 0.0))
        sums = np.clip(sums, -spread, spread)
        used = np.flatnonzero(spread)
        between = self.numbers.between_currencies**power
        total = float(spread @ spread) + between * _other_pairs(sums[used], sizes[used])
        return math.sqrt(max(total, 0.0))

    def delta(self, curve: _Rows, inflation: _Rows, basis: _Rows, labels: int) -> float:
        numbers = self.numbers
        by_name = self._by_name(inflation)
        size = _concentration(self._by_name(curve) + by_name, numbers.delta_thresholds[self.traded])
        weight = numbers.weights[self.group[curve.name], curve.tenor]
        key = (curve.name * labels + curve.label) * _DAYS.size + curve.tenor
        found, places = np.unique(key // _DAYS.size, return_inverse=True)
        curves = np.zeros((found.size, _DAYS.size))
        np.add.at(curves, (places, curve.tenor), weight * curve.amount * size[curve.name])
        owner = found // labels
        tenors = np.zeros((self.count, _DAYS.size))
        np.add.at(tenors, owner, curves)
        alone = np.zeros(self.count)
        np.add.at(alone, owner, np.einsum("ci,ij,cj->c", curves, numbers.tenors, curves))
        together = np.einsum("ci,ij,cj->c", tenors, numbers.tenors, tenors)
        prices = numbers.inflation * by_name * size
        swaps = numbers.basis * self._by_name(basis)
        yields = tenors.sum(axis=1)
        variance = (
            numbers.curve * together
            + (1.0 - numbers.curve) * alone
            + prices**2
            + 2.0 * numbers.with_inflation * prices * yields
            + swaps**2
            + 2.0 * numbers.with_basis * swaps * (yields + prices)
        )
        return self._across(variance, yields + prices + swaps, size)

    def _volatilities(self, tenors: Array, prices: Array, power: int) -> tuple[Array, Array]:
        together = np.einsum("ci,ij,cj->c", tenors, self.numbers.tenors**power, tenors)
        yields = tenors.sum(axis=1)
        shared = self.numbers.with_inflation**power
        return together + prices**2 + 2.0 * shared * prices * yields, yields + prices

    def vega(self, volatility: _Rows, inflation: _Rows) -> float:
        tenors, prices = self._by_tenor(volatility, volatility.amount), self._by_name(inflation)
        thresholds = self.numbers.vega_thresholds[self.traded]
        size = _concentration(tenors.sum(axis=1) + prices, thresholds)
        weight = self.numbers.vega * size
        variance, sums = self._volatilities(tenors * weight[:, None], prices * weight, 1)
        return self._across(variance, sums, size)

    def curvature(self, volatility: _Rows, inflation: _Rows, days: int) -> float:
        scale = _scaling(days)
        tenors = self._by_tenor(volatility, volatility.amount * scale[volatility.tenor])
        scaled = inflation.amount * scale[inflation.tenor]
        prices = _sums(inflation.name, scaled, self.count)
        variance, sums = self._volatilities(tenors, prices, 2)
        spread = self._across(variance, sums, np.ones(self.count), 2)
        size = float(np.abs(tenors).sum() + np.abs(prices).sum())
        margin = _tail(float(sums.sum()), size, spread)
        return margin / self.numbers.volatility_ratio**2


class _CurrencyClass:
    """Foreign exchange: one bucket."""

    def __init__(self, numbers: Currency, names: tuple[str, ...]) -> None:
        self.numbers = numbers
        self.names = names

    def _category(self, currency: str) -> int:
        return 1 if currency in _MATERIAL else 2 if currency in _FREQUENT else 3

    def delta(self, rows: _Rows) -> float:
        sums = _sums(rows.name, rows.amount, len(self.names))
        # Amounts are in US dollars: against itself that currency has no risk.
        used = [place for place in np.unique(rows.name) if self.names[place] != "USD"]
        currencies = [self.names[place] for place in used]
        amounts = sums[used]
        volatile = np.array([name in self.numbers.volatile for name in currencies], dtype=np.intp)
        category = np.array([self._category(name) - 1 for name in currencies], dtype=np.intp)
        sizes = _concentration(amounts, self.numbers.delta_thresholds[category])
        weighted = self.numbers.weights[volatile] * amounts * sizes
        correlation = self.numbers.correlations[volatile[:, None] + volatile[None, :]]
        ratio = np.minimum.outer(sizes, sizes) / np.maximum.outer(sizes, sizes)
        matrix = correlation * ratio
        np.fill_diagonal(matrix, 1.0)
        return math.sqrt(max(float(weighted @ matrix @ weighted), 0.0))

    def _pairs(self, rows: _Rows, amounts: Array) -> tuple[Array, Array, NDArray[np.intp]]:
        """Add up each pair of currencies; its risk weight and the place of its threshold."""
        used = np.unique(rows.name)
        pairs = [(self.names[place][:3], self.names[place][3:]) for place in used]
        sums = _sums(rows.name, amounts, len(self.names))[used]
        volatile = [
            (one in self.numbers.volatile) + (other in self.numbers.volatile)
            for one, other in pairs
        ]
        places = []
        for one, other in pairs:
            low, high = sorted((self._category(one), self._category(other)))
            places.append({1: 0, 2: 3, 3: 5}[low] + high - low)
        return sums, self.numbers.weights[volatile], np.array(places, dtype=np.intp)

    def vega(self, rows: _Rows, days: int) -> float:
        sums, weights, places = self._pairs(rows, rows.amount)
        amounts = self.numbers.volatility_ratio * weights * _implied(days) * sums
        sizes = _concentration(amounts, self.numbers.vega_thresholds[places])
        weighted = self.numbers.vega * amounts * sizes
        shared = self.numbers.between_pairs * _other_pairs(weighted, sizes)
        return math.sqrt(max(float(weighted @ weighted) + shared, 0.0))

    def curvature(self, rows: _Rows, days: int) -> float:
        sums, weights, _ = self._pairs(rows, rows.amount * _scaling(days)[rows.tenor])
        amounts = weights * _implied(days) * sums
        shared = self.numbers.between_pairs**2 * _other_pairs(amounts, np.ones(amounts.size))
        spread = math.sqrt(max(float(amounts @ amounts) + shared, 0.0))
        return _tail(float(amounts.sum()), float(np.abs(amounts).sum()), spread)
