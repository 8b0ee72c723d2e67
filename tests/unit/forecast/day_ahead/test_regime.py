"""Inputs that come late count as missing, and a day unlike all before is told and trusted less."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from wattbook.forecast.day_ahead import LearMember, Market, design, lear_inputs
from wattbook.forecast.day_ahead.regime import unseen_inputs

DAY = 500


def test_a_feature_that_arrives_after_the_gate_is_done_without(market: Market) -> None:
    day = market.first_day + DAY
    wind = market.history.versions("wind_mw")
    late = wind.known_at.copy()
    # An hour after the gate: by delivery it is there, for the auction it is not.
    late[0, DAY * 24 : DAY * 24 + 24] = market.gate(np.array([day]))[0] + 3_600 * 10**9
    quantities = {
        **market.history.quantities,
        "wind_mw": dataclasses.replace(wind, known_at=late),
    }
    history = dataclasses.replace(market.history, quantities=quantities)
    lagging = dataclasses.replace(market, history=history)
    made = design(lagging, lear_inputs(lagging), market.first_day + 7, day + 1)
    found = LearMember(84).forecast(lagging, made, np.array([day]))[0]
    assert found.fallback == "without wind_mw of 0 days before"
    assert np.isfinite(found.price).all()


def test_a_regime_never_seen_is_told_by_its_inputs(
    market: Market, changed: Callable[..., Market]
) -> None:
    first = market.first_day + 7

    def seen(one: Market) -> tuple[tuple[str, ...], np.ndarray]:
        table = design(one, lear_inputs(one), first, market.first_day + DAY + 2)
        return table.names, unseen_inputs(table)

    names, usual = seen(market)
    assert not usual[-2].any()
    storm = changed("wind_mw", np.s_[0, DAY * 24 : DAY * 24 + 24], 400.0)
    _, found = seen(storm)
    told = [name for name, is_new in zip(names, found[-2], strict=True) if is_new]
    assert told == ["wind_mw of 0 days before"]
    # Nothing before it changed, and what is missing is not new.
    np.testing.assert_array_equal(found[:-2], usual[:-2])
    _, holed = seen(changed("wind_mw", np.s_[0, DAY * 24 : DAY * 24 + 24], np.nan))
    assert not holed[-2].any()
