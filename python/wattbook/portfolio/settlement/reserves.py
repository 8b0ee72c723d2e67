"""Reserves settled: what was sold is paid, what was not there is taken off and penalised.

Every line is its own row, in whole units of money (`wattbook.portfolio.money`), so that a payment
never hides a penalty. Rules are data (``reserves.toml``).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import polars as pl

from wattbook.errors import SettlementError
from wattbook.portfolio.money import MONEY
from wattbook.portfolio.settlement.rules import amount_of, refuse_unknown, text_of
from wattbook.portfolio.tables import checked, first_true

__all__ = [
    "RESERVES",
    "RESERVE_LINES",
    "ReserveRule",
    "reserve_rule",
    "reserve_rule_from",
    "settle_reserves",
]

RESERVES: Mapping[str, Any] = {
    "account": pl.String, "product": pl.String, "start": pl.Int64, "seconds": pl.Int64,
    "awarded": pl.Int64, "available": pl.Int64, "price": pl.Int64, "mean_price": pl.Int64,
    "index_price": pl.Int64, "is_repeated": pl.Boolean, "called": pl.Int64, "delivered": pl.Int64,
    "energy_price": pl.Int64, "marginal_price": pl.Int64,
}  # fmt: skip
"""Columns of reserves, a row an account, product and period: power that was awarded and that was
available in the mean (1e-6 MW), its price and the product's mean price (1e-6 a MW and hour), the
index price (1e-6 per MWh), energy called and delivered (1e-6 MW s, both zero or above), its price
and the marginal price (1e-6 per MWh)."""
RESERVE_LINES = (
    "capacity", "capacity withheld", "availability penalty", "energy", "delivery penalty"
)  # fmt: skip
"""What a reserve comes to, in this order; above zero is received."""
POWER_MAX, SECONDS_MAX, PRICE_MAX = 10**11, 31_622_400, 10**12
PENALTIES = ("never", "repeated", "always")


@dataclass(frozen=True, slots=True)
class ReserveRule:
    """What a reserve that is not there costs.

    Parameters
    ----------
    source : str
        Where it is written.
    availability_penalty : {"never", "repeated", "always"}
        When missing power is penalised beyond the payment that it loses.
    surcharge : int
        On the index price, 1e-6 per MWh.
    delivery_penalty : bool
        Whether energy that was called and not delivered is paid for at the marginal price.
    """

    source: str
    availability_penalty: Literal["never", "repeated", "always"] = "never"
    surcharge: int = 0
    delivery_penalty: bool = False


@cache
def rules() -> dict[str, ReserveRule]:
    """Return the rules that come with the package."""
    place = files("wattbook.portfolio.settlement") / "reserves.toml"
    found = tomllib.loads(place.read_text(encoding="utf-8"))["reserves"]
    return {key: reserve_rule_from(entry, f"reserves.{key}") for key, entry in found.items()}


def reserve_rule(key: str) -> ReserveRule:
    """Return a rule that comes with the package.

    Raises
    ------
    SettlementError
        If there is none of that key.
    """
    known = rules()
    if key not in known:
        message = f"no rule of reserves for {key!r}; known are {', '.join(known)}"
        raise SettlementError(message)
    return known[key]


def reserve_rule_from(entry: Mapping[str, Any], place: str) -> ReserveRule:
    """Return a rule from plain values, in the layout of ``reserves.toml``.

    Raises
    ------
    SettlementError
        If a key is missing, unknown or does not fit.
    """
    known = {"source", "availability_penalty", "surcharge", "delivery_penalty"}
    refuse_unknown(entry, known, place)
    penalty = entry.get("availability_penalty", "never")
    if penalty not in PENALTIES:
        message = f"{place}.availability_penalty: {penalty!r}; use one of {', '.join(PENALTIES)}"
        raise SettlementError(message)
    is_paid = entry.get("delivery_penalty", False)
    if type(is_paid) is not bool:
        message = f"{place}.delivery_penalty: {is_paid!r}; write true or false"
        raise SettlementError(message)
    surcharge = round(amount_of(entry, "surcharge", place) * 1_000_000)
    return ReserveRule(text_of(entry, "source", place), penalty, surcharge, is_paid)


def settle_reserves(reserves: pl.DataFrame, rule: ReserveRule) -> pl.DataFrame:
    """Return what reserves come to, a row for each line of each account, product and period.

    Parameters
    ----------
    reserves : polars.DataFrame
        As `RESERVES`.
    rule : ReserveRule

    Returns
    -------
    polars.DataFrame
        ``account``, ``product``, ``start``, ``line`` (`RESERVE_LINES`; those of nothing are left
        out), ``amount`` (1 / 3.6e15 currency, above zero is received); sorted.

    Raises
    ------
    SettlementError
        If a column or value is missing, a power, energy or length is below zero or beyond what
        exact sums have room for, or a key stands twice.

    Examples
    --------
    >>> row = dict.fromkeys(RESERVES, 0) | {"account": "battery", "product": "up",
    ...     "seconds": 3_600, "awarded": 4_000_000, "available": 3_000_000, "price": 12_000_000,
    ...     "is_repeated": False}
    >>> found = settle_reserves(pl.DataFrame([row]), reserve_rule("DE"))
    >>> [(line, units // 3_600_000_000_000_000) for line, units in
    ...     found.select("line", "amount").rows()]
    [('capacity', 48), ('capacity withheld', -12)]
    """
    frame = checked(reserves, "reserves", RESERVES)
    refuse_rows(frame)
    awarded, seconds = pl.col("awarded").cast(MONEY), pl.col("seconds").cast(MONEY)
    missing = (awarded - pl.col("available").cast(MONEY)).clip(lower_bound=0)
    index = pl.col("index_price").cast(MONEY) + rule.surcharge
    dearer = pl.max_horizontal(pl.col("mean_price").cast(MONEY), index).clip(lower_bound=0)
    penalised = {
        "never": pl.lit(value=False),
        "repeated": pl.col("is_repeated"),
        "always": pl.lit(value=True),
    }[rule.availability_penalty]
    delivered = pl.min_horizontal("delivered", "called").cast(MONEY)
    short = pl.col("called").cast(MONEY) - delivered
    marginal = pl.col("marginal_price").cast(MONEY).clip(lower_bound=0)
    zero = pl.lit(0, MONEY)
    lines = (
        awarded * pl.col("price").cast(MONEY) * seconds,
        zero - missing * pl.col("price").cast(MONEY) * seconds,
        pl.when(penalised).then(zero - missing * dearer * seconds).otherwise(zero),
        delivered * pl.col("energy_price").cast(MONEY),
        zero - short * marginal if rule.delivery_penalty else zero,
    )
    keys = ["account", "product", "start"]
    parts = [
        frame.select(*keys, line=pl.lit(name), amount=amount)
        for name, amount in zip(RESERVE_LINES, lines, strict=True)
    ]
    order = {name: place for place, name in enumerate(RESERVE_LINES)}
    return (
        pl.concat(parts)
        .filter(pl.col("amount") != 0)
        .sort(*keys, pl.col("line").replace_strict(order, return_dtype=pl.Int64))
    )


def refuse_rows(frame: pl.DataFrame) -> None:
    """Refuse rows that mean nothing, or that exact sums have no room for."""
    for column in RESERVES:
        row = first_true(frame[column].is_null())
        if row is not None:
            message = f"reserves, row {row}: no {column}; give one"
            raise SettlementError(message)
    energy = POWER_MAX * 3_600
    bounds = {
        "seconds": (1, SECONDS_MAX), "awarded": (0, POWER_MAX), "available": (0, POWER_MAX),
        "price": (0, PRICE_MAX), "mean_price": (0, PRICE_MAX),
        "index_price": (-PRICE_MAX, PRICE_MAX), "called": (0, energy), "delivered": (0, energy),
        "energy_price": (-PRICE_MAX, PRICE_MAX), "marginal_price": (-PRICE_MAX, PRICE_MAX),
    }  # fmt: skip
    for column, (least, most) in bounds.items():
        row = first_true(~frame[column].is_between(least, most))
        if row is not None:
            message = (
                f"reserves, row {row}: {column} {frame[column][row]} is not from {least} to {most};"
                " mend the table"
            )
            raise SettlementError(message)
    row = first_true(frame.select("account", "product", "start").is_duplicated())
    if row is not None:
        message = (
            f"reserves, row {row}: {frame['product'][row]} of {frame['account'][row]} stands twice "
            f"at {frame['start'][row]}; give one row a period"
        )
        raise SettlementError(message)
