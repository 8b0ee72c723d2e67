"""No risk of 0 for what stands still, no NaN or infinity for what is too large, no traceback."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from wattbook.errors import InputError
from wattbook.pricing import QuotedSmile, VolatilitySurface
from wattbook.risk import (
    Quantile,
    Shortfall,
    basel_traffic_light,
    ewma_covariance,
    ewma_volatility,
    expected_shortfall,
    filtered_historical_simulation,
    fit_garch,
    kupiec,
    normal_portfolio_risk,
    normal_risk,
    shrunk_covariance,
    student_risk,
    value_at_risk,
)
from wattbook.risk.book import Book, Factors, scenario_pnl
from wattbook.risk.filtered import (
    DailyRisk,
    acerbi_szekely,
    daily_filtered_risk,
    daily_historical_risk,
)
from wattbook.risk.held import HeldBook
from wattbook.risk.house_margin import (
    Collateral,
    MarginModel,
    collateral_value,
    filtered_margin,
    shocked_pnl,
    variation_margin,
)
from wattbook.risk.portfolio import correlated_normals
from wattbook.risk.simm import Sensitivities, load_parameters, simm_margin
from wattbook.risk.stress import Scenario, stress

if TYPE_CHECKING:
    from collections.abc import Callable

NOISE = np.random.default_rng(3).standard_normal(700)
STILL = np.r_[NOISE, np.zeros(20)]
HUGE = 1e200
ANY: Any = None
"""What a caller without a type checker may give."""


def given(value: object) -> Any:
    return value


def margin_of(*rows: tuple[str, float], risk_type: str = "Risk_Commodity") -> float:
    base = {"product": "Commodity", "risk_type": risk_type, "bucket": "9",
            "label1": "1y" if risk_type.endswith("Vol") else "", "label2": ""}  # fmt: skip
    told = [{**base, "qualifier": name, "amount_usd": amount} for name, amount in rows]
    return simm_margin(Sensitivities.from_rows(told), load_parameters("2.8+2506")).total


def model(**changed: object) -> MarginModel:
    one = {name: np.ones((3, 5)) for name in ("filtered", "stressed", "long_run")}
    columns = {"half_spread": np.ones(3), "daily_volume": np.ones(3)}
    return MarginModel(**given({**one, **columns, **changed}))


def long_future() -> Book:
    factors = Factors(given(("CL01", "NG01")), given([70.0, 3.0]), given([True, True]))
    return Book.from_rows(factors, [{"factor": "CL01", "kind": "future", "quantity": 1_000.0}], ())


def drawn(covariance: object) -> object:
    return stress(long_future(), [Scenario("drawn", draws=10)], {}, given(covariance))


def filtered(returns: object, **changed: object) -> object:
    options = {"decay": 0.94, "confidence": 0.99, **changed}
    return filtered_historical_simulation(given(returns), **given(options))


SURFACE = VolatilitySurface(
    [QuotedSmile(0.25, 60.0, np.array([50.0, 60.0, 75.0]), np.array([0.46, 0.42, 0.45]))]
)

STALE: dict[str, tuple[Callable[[], Any], str]] = {
    "filtered": (lambda: filtered(STILL), "has not moved since row 699: it is stale"),
    "filtered, mostly still": (
        lambda: filtered(np.r_[1.0, -1.0, np.zeros(600), 1.0], warm_up=2),
        "moved on 3 of 603 days",
    ),
    "filtered, short memory": (
        lambda: filtered(np.r_[NOISE[:20], np.zeros(2_000), 1.0], decay=0.5),
        "all alike",
    ),
    "each day": (
        lambda: daily_filtered_risk(np.r_[STILL, 1.0], decay=0.95, confidence=0.99, window=500),
        "day 720: the series stood still",
    ),
    "each day, plain": (
        lambda: daily_historical_risk(np.zeros(501), confidence=0.99),
        "day 500: the series stood still",
    ),
    "shortfall test": (
        lambda: acerbi_szekely(
            DailyRisk(0, -np.ones(2), np.zeros(2), np.zeros(2), np.zeros((2, 5))), 0.99
        ),
        "day 0: the series stood still",
    ),
    "normal": (lambda: normal_risk(0.0, 0.0, 0.99), "deviation is 0"),
    "Student": (lambda: student_risk(0.0, 0.0, 4.0, 0.99), "deviation is 0"),
    "portfolio": (
        lambda: normal_portfolio_risk([1.0, 2.0], np.diag([1.0, 0.0]), 0.99),
        "row 1: a position is held of what has no variance",
    ),
    "draws": (lambda: drawn(np.diag([0.0, 1.0])), "CL01 has no variance: it is stale"),
}

ENDLESS: dict[str, tuple[Callable[[], Any], str]] = {
    "quantile": (
        lambda: value_at_risk([-1.7e308, 1.7e308], 0.5, Quantile.LINEAR),
        "value at risk is beyond",
    ),
    "exact tail": (
        lambda: expected_shortfall([-1.7e308] * 10, 0.5, Shortfall.EXACT_TAIL),
        "expected shortfall is beyond",
    ),
    "worst": (
        lambda: expected_shortfall([-1.7e308] * 10, 0.5, Shortfall.WORST_OBSERVATIONS),
        "expected shortfall is beyond",
    ),
    "normal": (lambda: normal_risk(0.0, 1e308, 0.99), "value at risk is beyond"),
    "portfolio": (
        lambda: normal_portfolio_risk([HUGE, -1e10], [[HUGE, 1.0], [1.0, 2.0]], 0.99),
        "variance is beyond",
    ),
    "volatility": (lambda: ewma_volatility([HUGE], 0.9, 0.1), "volatility, row 1"),
    "covariance": (
        lambda: ewma_covariance(np.eye(2), [HUGE, 1.0], 0.9),
        "covariance, row 0",
    ),
    "GARCH": (lambda: fit_garch([HUGE * NOISE]), "variance of series 0"),
    "shrunk": (
        lambda: shrunk_covariance(1e100 * NOISE[:10].reshape(5, 2)),
        "larger units",
    ),
    "margin": (lambda: filtered_margin([1e300] * 3, model()), "liquidity add-on is beyond"),
    "variation": (lambda: variation_margin([HUGE], [0.0], [HUGE]), "variation margin is beyond"),
    "collateral": (
        lambda: collateral_value([Collateral("a", 1e308), Collateral("b", 1e308)]),
        "collateral is beyond",
    ),
    "SIMM, one": (lambda: margin_of(("a", HUGE)), "delta of COMMODITY, COMMODITY is beyond"),
    "SIMM, two": (lambda: margin_of(("a", 1e160), ("b", -1e160)), "delta of COMMODITY"),
    "SIMM, curvature": (
        lambda: margin_of(("a", 1e160), ("b", -1e160), risk_type="Risk_CommodityVol"),
        "is beyond",
    ),
    "held": (lambda: HeldBook([1.0], [[1e300] * 5], 0.99), "scenario|shock"),
}

UNTYPED: dict[str, tuple[Callable[[], Any], str]] = {
    "text": (lambda: value_at_risk([1.0], given("0.99"), Quantile.LINEAR), "confidence is '0.99'"),
    "nothing": (lambda: value_at_risk([1.0], ANY, Quantile.LINEAR), "confidence is None"),
    "array": (
        lambda: expected_shortfall([1.0], given(np.array([0.9])), Shortfall.EXACT_TAIL),
        "confidence is array",
    ),
    "text P&L": (lambda: value_at_risk(given(["a"]), 0.9, Quantile.LINEAR), "give numbers"),
    "complex P&L": (lambda: value_at_risk(given([1j]), 0.9, Quantile.LINEAR), "give numbers"),
    "ragged P&L": (lambda: value_at_risk(given([[1], [1, 2]]), 0.9, Quantile.LINEAR), "numbers"),
    "model": (lambda: model(confidence="x"), "confidence is 'x'"),
    "held confidence": (lambda: HeldBook([1.0], [[1.0]], given("x")), "confidence is 'x'"),
    "held trade": (lambda: HeldBook([1.0], [[-1.0]], 0.5).trade(-1, 1.0), "instrument is -1"),
    "held what-if": (lambda: HeldBook([1.0], [[-1.0]], 0.5).what_if(0, ANY), "quantity is None"),
    "threads": (
        lambda: scenario_pnl(long_future(), [[1.0], [1.0]], threads=-1),
        "threads is -1",
    ),
    "window": (
        lambda: daily_filtered_risk(NOISE, decay=0.95, confidence=0.99, window=0),
        "window is 0",
    ),
    "warm-up": (lambda: filtered(NOISE, warm_up=20.5), "warm_up is 20.5"),
    "seed": (lambda: correlated_normals(np.eye(2), [1.0, 1.0], 10, -1), "seed is -1"),
    "scenarios": (
        lambda: correlated_normals(np.eye(2), [1.0, 1.0], given(2.5), 1),
        "scenarios is 2.5",
    ),
    "days": (lambda: kupiec(given("250"), 1, 0.01), "observations is '250'"),
    "exceptions": (lambda: basel_traffic_light(250, given(5.5)), "exceptions is 5.5"),
    "one dimension": (lambda: shocked_pnl([1.0], given([1.0])), "shocks have shape"),
    "haircut": (lambda: collateral_value([Collateral("a", 1.0, given("x"))]), "haircut of a"),
    "times": (lambda: SURFACE.volatility(given([0.1, 0.2]), 60.0), "one expiry at a time"),
    "strike": (lambda: SURFACE.volatility(0.2, given("at the money")), "strike"),
    "covariance with a gap": (
        lambda: drawn([[math.nan, 0.0], [0.0, 1.0]]),
        "covariance of CL01 has gaps",
    ),
    "covariance of another shape": (lambda: drawn([1.0]), "covariance of 2 factors"),
    "another key": (lambda: Scenario("a", moves={"CL": {"by": 1.0}}), "'by' is not known"),
    "a fall beyond all": (
        lambda: Scenario("a", moves={"CL": {"relative": -2.0}}, loss=1.0),
        "it falls by -2",
    ),
    "true": (lambda: Scenario("a", moves={"CL": {"relative": True}}), "relative is True"),
    "true volatility": (lambda: Scenario("a", volatility=True), "volatility is True"),
    "nothing moves": (lambda: Scenario("a"), "nothing moves"),
    "true quantity": (
        lambda: Book.from_rows(
            long_future().factors, [{"factor": "CL01", "kind": "future", "quantity": True}], ()
        ),
        "row 0: quantity is True",
    ),
}
CASES = {
    f"{kind}: {name}": case
    for kind, cases in (("stale", STALE), ("endless", ENDLESS), ("untyped", UNTYPED))
    for name, case in cases.items()
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_refused_by_name(name: str) -> None:
    act, reason = CASES[name]
    with pytest.raises(InputError, match=reason):
        act()


def test_a_few_days_without_a_move_are_ordinary() -> None:
    quiet = np.r_[NOISE[:600], np.zeros(19)]
    assert filtered_historical_simulation(quiet, decay=0.94, confidence=0.99).value_at_risk > 0.0
    risk = daily_filtered_risk(np.r_[quiet, 1.0], decay=0.95, confidence=0.99)
    assert np.all(risk.value_at_risk > 0.0)


def test_what_is_hedged_or_not_held_has_no_risk_and_that_is_no_fault() -> None:
    assert normal_portfolio_risk([1.0, -1.0], np.ones((2, 2)), 0.99).value_at_risk == 0.0
    assert normal_portfolio_risk([1.0, 0.0], np.diag([1.0, 0.0]), 0.99).components[1] == 0.0


def test_lists_and_whole_numbers_are_shocks_too() -> None:
    shocks = [[1, -3], [2, 2]]
    assert shocked_pnl([2.0, -1.0], given(shocks)).tolist() == [0.0, -8.0]
    whole = {name: given(shocks) for name in ("filtered", "stressed", "long_run")}
    made = MarginModel(**whole, half_spread=given([0, 0]), daily_volume=given([10, 10]))
    assert filtered_margin([2, -1], made).filtered == pytest.approx(8.0)
