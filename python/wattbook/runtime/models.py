"""Which model stands behind each signal and order of a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from wattbook.forecast.registry import Registry, parse_version

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wattbook.forecast.facts import ModelFacts
    from wattbook.runtime.desk import Desk

__all__ = ["signal_table", "versions_asked", "with_versions"]


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


def signal_table(tables: Mapping[str, pl.DataFrame], models: Iterable[ModelFacts]) -> pl.DataFrame:
    """Return one row for each signal and order that it caused.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Events of the run.
    models : iterable of ModelFacts
        All that forecast in the run: the journal holds digests of their names.

    Returns
    -------
    DataFrame
        ``signal``, ``ts_event``, ``strategy``, ``instrument``, ``direction``, ``confidence_ppm``,
        ``model``, ``features`` (both null where a rule decided, such as closing a position at the
        end) and ``order_id`` (null without an order).
    """
    names = ["signal", "ts_event", "strategy", "instrument", "direction", "confidence_ppm"]
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "signal": pl.UInt64, "ts_event": pl.Datetime("ns", "UTC"), "strategy": pl.UInt16,
        "instrument": pl.UInt32, "direction": pl.String, "confidence_ppm": pl.UInt32,
        "model_version": pl.UInt64, "features_hash": pl.UInt64,
    }  # fmt: skip
    signals = tables.get("signal_recorded", pl.DataFrame(schema=schema))
    version = {each.digests().model_version: each.version for each in models}
    features = pl.col("features_hash").map_elements("{:016x}".format, return_dtype=pl.String)
    orders = [
        tables[name].select("order_id", "signal")
        for name in ("submit_order", "submit_offer")
        if name in tables
    ]
    caused = pl.concat(orders) if orders else pl.DataFrame(
        schema={"order_id": pl.UInt64, "signal": pl.UInt64}
    )  # fmt: skip
    return signals.select(
        *names,
        model=pl.col("model_version").replace_strict(version, default=None, return_dtype=pl.String),
        features=pl.when(pl.col("model_version") != 0).then(features),
    ).join(caused, on="signal", how="left", maintain_order="left_right")
