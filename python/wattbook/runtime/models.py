"""Which model stands behind each signal and order of a run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from wattbook.forecast.registry import Registry, features_hash, parse_version
from wattbook.runtime.plan.power import model_of
from wattbook.sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wattbook.runtime.desk import Desk
    from wattbook.runtime.figures import Ledger

__all__ = ["ModelFacts", "models_of", "signal_table", "versions_asked", "with_versions"]

CERTAIN_PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The model of a market's forecasts.

    Parameters
    ----------
    version : str
        ``NAME@3`` of a registered model; the name of one that the run fits itself.
    features : str
        Hash of the definitions of its inputs.
    """

    version: str
    features: str


def with_versions(desk: Desk, held: Mapping[str, Any] | None) -> Desk:
    """Return the desk with a version in place of each champion's name.

    A promotion while a run goes on must not change what it forecasts with, so the version is
    settled once; a run that goes on keeps those of its first life.

    Parameters
    ----------
    desk : Desk
        As its file says.
    held : mapping or None
        What the first life of a resumed run was asked.

    Raises
    ------
    ForecastError
        If a model is not registered, or has no champion.
    """
    before = (held or {}).get("models", {})
    markets = []
    for market in desk.market:
        wanted = market.forecast.champion
        if wanted is not None:
            name, number = parse_version(wanted)
            registry = Registry(Path(market.forecast.registry))
            settled = before.get(market.name) or f"{name}@{number or registry.champion(name)}"
            market = replace(market, forecast=replace(market.forecast, champion=settled))  # noqa: PLW2901
        markets.append(market)
    return replace(desk, market=tuple(markets))


def versions_asked(desk: Desk) -> dict[str, dict[str, str]]:
    """Return the registered versions by market, as ``run.json`` keeps them; nothing if none."""
    found = {
        market.name: market.forecast.champion
        for market in desk.market
        if market.forecast.champion is not None
    }
    return {"models": found} if found else {}


def models_of(desk: Desk) -> dict[str, ModelFacts]:
    """Return the model of each market's forecasts."""
    found = {}
    for market in desk.market:
        if SOURCES[market.source].market_model == "auction":
            # What bids there knows its own costs; no model forecasts for it.
            continue
        spec = market.forecast
        if spec.champion is not None:
            name, number = parse_version(spec.champion)
            registry = Registry(Path(spec.registry))
            version = registry.version(name, number or registry.champion(name))
            found[market.name] = ModelFacts(version.identity, version.features)
        else:
            model = model_of(spec, spec.horizon)
            found[market.name] = ModelFacts(model.name, features_hash(model))
    return found


def signal_table(
    tables: Mapping[str, pl.DataFrame], ledger: Ledger, models: Mapping[str, ModelFacts]
) -> pl.DataFrame:
    """Return one row for each signal and order that it caused.

    A confidence of certainty is that of a rule, such as closing a position at the end, and names no
    model; every confidence that a model earned is below.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Events of the run.
    ledger : Ledger
        The same with the names of the desk.
    models : mapping of str to ModelFacts
        By market.

    Returns
    -------
    DataFrame
        ``signal``, ``ts_event``, ``strategy``, ``instrument``, ``direction``, ``confidence_ppm``,
        ``model``, ``features`` (null without a model) and ``order_id`` (null without an order).
    """
    names = ["signal", "ts_event", "strategy", "instrument", "direction", "confidence_ppm"]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "signal": pl.UInt64, "ts_event": pl.Datetime("ns", "UTC"), "strategy": pl.UInt16,
        "instrument": pl.UInt32, "direction": pl.String, "confidence_ppm": pl.UInt32,
    }  # fmt: skip
    signals = tables.get("signal_recorded", pl.DataFrame(schema=schema)).select(names)
    market = {entry.strategy: entry.market for entry in ledger.names.strategies}
    known = {number: models[name] for number, name in market.items() if name in models}
    is_earned = pl.col("confidence_ppm") < CERTAIN_PPM

    def fact(values: dict[int, str]) -> pl.Expr:
        named = pl.col("strategy").replace_strict(values, default=None, return_dtype=pl.String)
        return pl.when(is_earned).then(named)

    orders = [
        tables[name].select("order_id", "signal")
        for name in ("submit_order", "submit_offer")
        if name in tables
    ]
    caused = pl.concat(orders) if orders else pl.DataFrame(
        schema={"order_id": pl.UInt64, "signal": pl.UInt64}
    )  # fmt: skip
    return signals.with_columns(
        model=fact({number: each.version for number, each in known.items()}),
        features=fact({number: each.features for number, each in known.items()}),
    ).join(caused, on="signal", how="left", maintain_order="left_right")
