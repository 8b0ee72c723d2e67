"""Sensitivities as ISDA's common risk interchange format names them, coded as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from wattbook.errors import InputError

__all__ = ["TENORS", "Product", "RiskClass", "RiskType", "Sensitivities"]


class Product(IntEnum):
    """Class of trades whose risks offset each other."""

    RATES_FX = 0
    CREDIT = 1
    EQUITY = 2
    COMMODITY = 3


class RiskClass(IntEnum):
    """Class of risk factors; the order is that of the published correlations."""

    RATES = 0
    CREDIT_QUALIFYING = 1
    CREDIT_OTHER = 2
    EQUITY = 3
    COMMODITY = 4
    CURRENCY = 5


class RiskType(IntEnum):
    """What a sensitivity is to."""

    IR_CURVE = 0
    INFLATION = 1
    BASIS = 2
    CREDIT_Q = 3
    BASE_CORRELATION = 4
    CREDIT_N = 5
    EQUITY = 6
    COMMODITY = 7
    FX = 8
    IR_VOL = 9
    INFLATION_VOL = 10
    CREDIT_VOL_Q = 11
    CREDIT_VOL_N = 12
    EQUITY_VOL = 13
    COMMODITY_VOL = 14
    FX_VOL = 15


TENORS = ("2w", "1m", "3m", "6m", "1y", "2y", "3y", "5y", "10y", "15y", "20y", "30y")

_PRODUCTS = {"RatesFX": 0, "Credit": 1, "Equity": 2, "Commodity": 3}
_TYPES = {
    "Risk_IRCurve": RiskType.IR_CURVE,
    "Risk_Inflation": RiskType.INFLATION,
    "Risk_XCcyBasis": RiskType.BASIS,
    "Risk_CreditQ": RiskType.CREDIT_Q,
    "Risk_BaseCorr": RiskType.BASE_CORRELATION,
    "Risk_CreditNonQ": RiskType.CREDIT_N,
    "Risk_Equity": RiskType.EQUITY,
    "Risk_Commodity": RiskType.COMMODITY,
    "Risk_FX": RiskType.FX,
    "Risk_IRVol": RiskType.IR_VOL,
    "Risk_InflationVol": RiskType.INFLATION_VOL,
    "Risk_CreditVol": RiskType.CREDIT_VOL_Q,
    "Risk_CreditVolNonQ": RiskType.CREDIT_VOL_N,
    "Risk_EquityVol": RiskType.EQUITY_VOL,
    "Risk_CommodityVol": RiskType.COMMODITY_VOL,
    "Risk_FXVol": RiskType.FX_VOL,
}
_BUCKETS = {
    RiskType.CREDIT_Q: 12,
    RiskType.CREDIT_VOL_Q: 12,
    RiskType.CREDIT_N: 2,
    RiskType.CREDIT_VOL_N: 2,
    RiskType.EQUITY: 12,
    RiskType.EQUITY_VOL: 12,
    RiskType.COMMODITY: 17,
    RiskType.COMMODITY_VOL: 17,
}
_WITH_TENOR = {
    RiskType.IR_CURVE,
    RiskType.CREDIT_Q,
    RiskType.CREDIT_N,
    RiskType.IR_VOL,
    RiskType.INFLATION_VOL,
    RiskType.CREDIT_VOL_Q,
    RiskType.CREDIT_VOL_N,
    RiskType.EQUITY_VOL,
    RiskType.COMMODITY_VOL,
    RiskType.FX_VOL,
}
_RESIDUAL = 0


@dataclass(frozen=True, slots=True)
class Sensitivities:
    """One row a sensitivity, as codes; `names` and `labels` give the texts of two of them."""

    product: NDArray[np.intp]
    risk_type: NDArray[np.intp]
    name: NDArray[np.intp]
    bucket: NDArray[np.intp]
    """From 1; 0 is the residual bucket, and where there are no buckets."""
    tenor: NDArray[np.intp]
    """Place in `TENORS`; 0 where there is none."""
    label: NDArray[np.intp]
    """Curve, payment currency or group."""
    amount_usd: NDArray[np.float64]
    names: tuple[str, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        """Rows."""
        return int(self.amount_usd.size)

    @classmethod
    def from_rows(cls, rows: Sequence[Mapping[str, object]]) -> "Sensitivities":
        """Code rows with ``product, risk_type, qualifier, bucket, label1, label2, amount_usd``.

        Raises
        ------
        InputError
            With row, field and remedy, for a field that is missing, a word that the format does
            not know, or an amount that is no number.
        """
        names: dict[str, int] = {}
        labels: dict[str, int] = {}
        codes = np.empty((6, len(rows)), dtype=np.intp)
        amounts = np.empty(len(rows))
        for row, given in enumerate(rows):
            told: object = given
            if not isinstance(told, Mapping):
                message = f"row {row}: it is {told!r:.60}: give its fields by name"
                raise InputError(message)
            kind = _word(row, given, "risk_type", _TYPES)
            product = _word(row, given, "product", _PRODUCTS)
            name = _text(row, given, "qualifier")
            if not name:
                message = f"row {row}: qualifier is empty: name the risk factor"
                raise InputError(message)
            _check_currencies(row, kind, name)
            if kind == RiskType.FX_VOL:
                # A pair of currencies is one risk factor, whichever is written first.
                name = "".join(sorted((name[:3], name[3:])))
            label = _text(row, given, "label2")
            codes[:, row] = (
                product,
                kind,
                names.setdefault(name, len(names)),
                _bucket(row, given, kind),
                _tenor(row, given, kind),
                labels.setdefault(label, len(labels)),
            )
            amounts[row] = _amount(row, given)
        product_codes, kinds, name_codes, buckets, tenors, label_codes = codes
        return cls(
            product_codes,
            kinds,
            name_codes,
            buckets,
            tenors,
            label_codes,
            amounts,
            tuple(names),
            tuple(labels),
        )


_CURRENCIES: dict[int, int] = {RiskType.IR_CURVE: 1, RiskType.FX: 1, RiskType.FX_VOL: 2}
"""How many codes a qualifier holds, of kinds whose risk factor is a currency or a pair."""


def _check_currencies(row: int, kind: int, name: str) -> None:
    """Refuse what is no code of three capitals: another spelling has another risk weight."""
    count = _CURRENCIES.get(kind)
    if count is None:
        return
    if len(name) != 3 * count or not (name.isascii() and name.isalpha() and name.isupper()):
        wanted = "a code such as USD" if count == 1 else "two codes such as EURUSD"
        message = f"row {row}: qualifier is {name!r}: give {wanted}, in capitals"
        raise InputError(message)


def _text(row: int, given: Mapping[str, object], field: str) -> str:
    try:
        return str(given[field])
    except KeyError:
        message = f"row {row}: {field} is missing: give it, empty where it does not apply"
        raise InputError(message) from None


def _word(row: int, given: Mapping[str, object], field: str, words: Mapping[str, int]) -> int:
    word = _text(row, given, field)
    if word not in words:
        message = f"row {row}: {field} is {word!r}: give one of {', '.join(words)}"
        raise InputError(message)
    return words[word]


def _bucket(row: int, given: Mapping[str, object], kind: int) -> int:
    last = _BUCKETS.get(RiskType(kind))
    if last is None:
        return 0
    bucket = _text(row, given, "bucket")
    commodity = kind in (RiskType.COMMODITY, RiskType.COMMODITY_VOL)
    if bucket.lower() == "residual" and not commodity:
        return _RESIDUAL
    if bucket.isdecimal() and 1 <= int(bucket) <= last:
        return int(bucket)
    residual = "" if commodity else " or Residual"
    message = f"row {row}: bucket is {bucket!r}: give 1 to {last}{residual}"
    raise InputError(message)


def _tenor(row: int, given: Mapping[str, object], kind: int) -> int:
    if RiskType(kind) not in _WITH_TENOR:
        return 0
    tenor = _text(row, given, "label1").lower()
    if tenor not in TENORS:
        message = f"row {row}: label1 is {tenor!r}: give one of {', '.join(TENORS)}"
        raise InputError(message)
    return TENORS.index(tenor)


def _amount(row: int, given: Mapping[str, object]) -> float:
    text = given.get("amount_usd")
    try:
        amount = float(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        amount = float("nan")
    if not np.isfinite(amount):
        message = f"row {row}: amount_usd is {text!r}: give a finite number of US dollars"
        raise InputError(message)
    return amount
