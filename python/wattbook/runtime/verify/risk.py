"""Known answers of pricing and risk, recomputed.

A file holds ``{"families": {family: [case, …]}}``; a case has ``inputs``, ``expected`` (a number or
a map of numbers), and ``tol``, the absolute distance that is allowed. A family joins by one entry
in `FAMILIES`. One that is not known counts as a difference: nothing passes unseen.
"""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from wattbook.errors import VerifyError, WattbookError
from wattbook.pricing import (
    AmericanMethod,
    Model,
    OptionValues,
    RainbowOn,
    SpreadMethod,
    american,
    basket,
    european,
    rainbow,
    spread,
)
from wattbook.risk import (
    Quantile,
    Shortfall,
    basel_traffic_light,
    christoffersen,
    cornish_fisher_risk,
    ewma_volatility,
    expected_shortfall,
    filtered_historical_simulation,
    garch_step,
    kupiec,
    normal_portfolio_risk,
    normal_risk,
    student_risk,
    value_at_risk,
)
from wattbook.runtime.verify.assets import virtual_plant
from wattbook.runtime.verify.result import Checked, Tally
from wattbook.runtime.verify.risk_averages import AVERAGES
from wattbook.runtime.verify.risk_curve import power_curve
from wattbook.runtime.verify.risk_margin import MARGINS

__all__ = ["FAMILIES", "verify_risk"]

Inputs: TypeAlias = Mapping[str, Any]
Answer: TypeAlias = float | str | bool | list[float]
"""A number, a word, a verdict, or a row of numbers."""
Answers: TypeAlias = Answer | dict[str, Answer]


def black76(case: Inputs) -> float:
    """Value of an option on a future."""
    return float(_black(case, case["forward"]).price)


def _black(case: Inputs, forward: float) -> OptionValues:
    return european(
        Model.BLACK,
        case["type"],
        forward=forward,
        strike=case["strike"],
        time=case["t"],
        volatility=case["vol"],
        rate=case["r"],
    )


def _spot_forward(case: Inputs) -> float:
    return float(case["spot"] * math.exp((case["r"] - case["q"]) * case["t"]))


def on_spot(case: Inputs) -> float:
    """Value of an option on a spot price with a yield: Black's, on its forward."""
    return float(_black(case, _spot_forward(case)).price)


def spot_greeks(case: Inputs) -> float:
    """One Greek by the spot price, which the forward carries to the others."""
    forward, carry = _spot_forward(case), case["r"] - case["q"]
    values = _black(case, forward)
    per_spot = forward / case["spot"]
    greeks = {
        "delta": values.delta * per_spot,
        "gamma": values.gamma * per_spot * per_spot,
        "vega": values.vega,
        "theta": values.theta - values.delta * forward * carry,
        "rho": values.rho + values.delta * forward * case["t"],
        "carry_rho": values.delta * forward * case["t"],
    }
    return float(greeks[case["greek"]])


def _american(case: Inputs, method: AmericanMethod) -> float:
    return float(
        american(
            case["type"],
            underlying=case["spot"] if "spot" in case else case["forward"],
            strike=case["strike"],
            time=case["t"],
            volatility=case["vol"],
            rate=case["r"],
            carry_yield=case["q"],
            method=method,
        )
    )


def exact_american(case: Inputs) -> float:
    """Value of an American option by its exercise boundary."""
    return _american(case, AmericanMethod.EXACT)


def american_by(method: AmericanMethod) -> Callable[[Inputs], float]:
    """Value of an American option by an approximation."""
    return lambda case: _american(case, method)


def on_two_prices(on: RainbowOn) -> Callable[[Inputs], float]:
    """Value of an option on the lesser or the greater of two spot prices with yields."""

    def value(case: Inputs) -> float:
        return rainbow(
            case["type"],
            on,
            forwards=_grown(case),
            volatilities=(case["vol1"], case["vol2"]),
            correlation=case["rho"],
            strike=case["strike"],
            time=case["t"],
            rate=case["r"],
        )

    return value


def american_premium(case: Inputs) -> float:
    """Value that early exercise adds to the European one."""
    return exact_american(case) - on_spot(case)


def _spread(case: Inputs, forwards: tuple[float, float], method: SpreadMethod) -> float:
    value = spread(
        case["type"],
        first=forwards[0],
        second=forwards[1],
        strike=case["strike"],
        time=case["t"],
        first_volatility=case["vol1"],
        second_volatility=case["vol2"],
        correlation=case["rho"],
        rate=case["r"],
        method=method,
    )
    return float(value)


def exact_spread(case: Inputs) -> float:
    """Value of an option on the difference of two spot prices with yields."""
    return _spread(case, _grown(case), SpreadMethod.EXACT)


def _grown(case: Inputs) -> tuple[float, float]:
    time, rate = case["t"], case["r"]
    first = case["S1"] * math.exp((rate - case["q1"]) * time)
    return float(first), float(case["S2"] * math.exp((rate - case["q2"]) * time))


def kirk(case: Inputs) -> float:
    """Kirk's approximation on two futures."""
    return _spread(case, (case["F1"], case["F2"]), SpreadMethod.KIRK)


def kirk_on_spot(case: Inputs) -> dict[str, Answer]:
    """Kirk's approximation, and its corrected one, on two spot prices without yields."""
    growth = math.exp(case["r"] * case["t"])
    forwards = (case["S1"] * growth, case["S2"] * growth)
    return {
        "kirk": _spread(case, forwards, SpreadMethod.KIRK),
        "operator_splitting_2": _spread(case, forwards, SpreadMethod.OPERATOR_SPLITTING),
    }


def exact_basket(case: Inputs) -> float:
    """Value of an option on a weighted sum of spot prices with yields."""
    time, rate = case["t"], case["r"]
    count = len(case["S"])
    if "corr" in case:
        correlations = np.asarray(case["corr"], dtype=np.float64)
    else:
        correlations = np.full((count, count), float(case["rho_all"]))
        np.fill_diagonal(correlations, 1.0)
    return basket(
        case["type"],
        weights=case["weights"],
        forwards=np.asarray(case["S"]) * np.exp((rate - np.asarray(case["q"])) * time),
        volatilities=case["vols"],
        correlations=correlations,
        strike=case["strike"],
        time=time,
        rate=rate,
    )


def basket_to_a_date(case: Inputs) -> float:
    """Value as `exact_basket`, the time in whole days of 365.

    The cases come from options that end on a date and round their time: 0.25 for 91 days. At 91
    days of 365 their values agree to 1e-11; at 0.25 ours and QuantLib's are 0.2 % higher.
    """
    return exact_basket({**case, "t": round(case["t"] * 365.0) / 365.0})


def parametric_normal(case: Inputs) -> dict[str, Answer]:
    """Value at risk and shortfall of a position with normal returns."""
    tail = normal_risk(case["mu"], case["sigma"], case["confidence"])
    return {
        "VaR": case["position"] * tail.value_at_risk,
        "ES": case["position"] * tail.expected_shortfall,
    }


def parametric_student(case: Inputs) -> dict[str, Answer]:
    """Value at risk and shortfall of a position whose returns are Student's."""
    tail = student_risk(0.0, case["sigma"], case["nu"], case["confidence"])
    return {
        "VaR": case["position"] * tail.value_at_risk,
        "ES": case["position"] * tail.expected_shortfall,
    }


def delta_normal(case: Inputs) -> dict[str, Answer]:
    """Value at risk of two positions, its components and its ten days."""
    deviations = np.asarray(case["sigmas"])
    correlation = np.array([[1.0, case["rho"]], [case["rho"], 1.0]])
    covariance = correlation * np.outer(deviations, deviations)
    days = case["horizon_days"]
    risk = normal_portfolio_risk(case["positions"], covariance, case["confidence"], days)
    ten = normal_portfolio_risk(case["positions"], covariance, case["confidence"], 10 * days)
    return {
        "VaR": risk.value_at_risk,
        "component": risk.components.tolist(),
        "undiversified": risk.undiversified,
        "ten_day_sqrt": ten.value_at_risk,
    }


def cornish_fisher(case: Inputs) -> float:
    """Value at risk by four moments."""
    return cornish_fisher_risk(
        case["mu"], case["sigma"], case["skew"], case["excess_kurtosis"], case["confidence"]
    )


def ewma_step(case: Inputs) -> float:
    """Volatility after one return."""
    return float(ewma_volatility([case["ret"]], case["lam"], case["sigma_prev"] ** 2)[-1])


def ewma_series(case: Inputs) -> float:
    """Volatility after a series whose first square is the first variance."""
    first, *others = case["returns"]
    return float(ewma_volatility(others, case["lam"], first * first)[-1])


def garch(case: Inputs) -> dict[str, Answer]:
    """Volatility after one return, and in the long run."""
    volatility, long_run = garch_step(
        case["sigma_prev"],
        case["ret"],
        constant=case["omega"],
        shock=case["alpha"],
        persistence=case["beta"],
    )
    return {"sigma": volatility, "long_run": long_run}


def historical(case: Inputs) -> dict[str, Answer]:
    """Every convention of one sample's tail."""
    pnl, confidence = case["pnl"], case["confidence"]
    answers: dict[str, Answer] = {
        quantile.value: value_at_risk(pnl, confidence, quantile) for quantile in Quantile
    }
    for name, kind in (
        ("ES_mean_of_worst_ceil", Shortfall.WORST_OBSERVATIONS),
        ("ES_acerbi_tasche", Shortfall.EXACT_TAIL),
    ):
        answers[name] = expected_shortfall(pnl, confidence, kind)
    return answers


def historical_levels(case: Inputs) -> dict[str, Answer]:
    """Quantiles and shortfalls by level, as profits: losses are negative."""
    answers: dict[str, Answer] = {}
    for level in (0.01, 0.05, 0.95, 0.99):
        confidence = 1.0 - level
        answers[f"Quantile_{level:.6f}"] = -value_at_risk(
            case["pnl"], confidence, Quantile.INVERTED_CDF
        )
        answers[f"ExpectedShortfall_{level:.6f}"] = -expected_shortfall(
            case["pnl"], confidence, Shortfall.WORST_OBSERVATIONS
        )
    return answers


def kupiec_test(case: Inputs) -> dict[str, Answer]:
    """Ratio, its probability, and the verdict at 95 %."""
    found = kupiec(case["observations"], case["exceptions"], case["p"])
    return {
        "LR_uc": found.likelihood_ratio,
        "p_value": found.p_value,
        "reject_95": found.p_value < 0.05,
    }


def christoffersen_test(case: Inputs) -> dict[str, Answer]:
    """Transitions, ratios and their probabilities."""
    hits = np.zeros(case["T"], dtype=np.bool_)
    hits[case["hit_indices"]] = True
    found = christoffersen(hits, case["p"])
    (n00, n01), (n10, n11) = found.transitions
    return {
        "n00": n00,
        "n01": n01,
        "n10": n10,
        "n11": n11,
        "LR_ind": found.independence_ratio,
        "LR_uc": found.coverage_ratio,
        "LR_cc": found.conditional_ratio,
        "p_value_ind": found.independence_p_value,
        "p_value_cc": found.conditional_p_value,
    }


def traffic_light(case: Inputs) -> dict[str, Answer]:
    """Zone and add-on."""
    found = basel_traffic_light(case["observations"], case["exceptions"], case["p"])
    return {
        "cumulative": found.cumulative,
        "zone": found.zone.value,
        "multiplier_add_on": found.multiplier_add_on,
    }


def filtered(case: Inputs) -> dict[str, Answer]:
    """Tail of historical moves at tomorrow's volatility."""
    found = filtered_historical_simulation(
        case["returns"],
        decay=case["lam"],
        confidence=case["confidence"],
        horizon_days=case["horizon_days"],
    )
    return {
        "sigma_next": found.next_volatility,
        "VaR": found.value_at_risk,
        "ES": found.expected_shortfall,
    }


def commodity_flow(case: Inputs) -> float:
    """Present value of one floating cash flow."""
    return float(case["forward_price"] * case["quantity"] * case["discount_factor"])


def commodity_forward(case: Inputs) -> float:
    """Present value of a forward."""
    gain = case["signed_quantity"] * (case["forward"] - case["strike"])
    return float(gain * case["discount_factor"])


FAMILIES: dict[str, Callable[[Inputs], Answers]] = {
    "black76_futures": black76,
    "generalised_bsm": on_spot,
    "bsm_greeks": spot_greeks,
    "american_futures_BAW": american_by(AmericanMethod.BARONE_ADESI_WHALEY),
    "american_Ju_quadratic": american_by(AmericanMethod.JU_ZHONG),
    "american_BjerksundStensland": american_by(AmericanMethod.BJERKSUND_STENSLAND),
    "american_QDplus_cached": american_by(AmericanMethod.QD_PLUS),
    "rainbow_min": on_two_prices(RainbowOn.LESSER),
    "rainbow_max": on_two_prices(RainbowOn.GREATER),
    "american_edge_high_precision": exact_american,
    "american_premium_high_precision": american_premium,
    "spread_exact": exact_spread,
    "spread_Kirk_futures": kirk,
    "spread_Kirk_precise": kirk_on_spot,
    "basket_exact": exact_basket,
    "basket_exact_3asset_spread": basket_to_a_date,
    "parametric_normal_var_es": parametric_normal,
    "parametric_student_var_es": parametric_student,
    "delta_normal_portfolio_var": delta_normal,
    "cornish_fisher_var": cornish_fisher,
    "ewma_update": ewma_step,
    "ewma_series": ewma_series,
    "garch11_update": garch,
    "historical_var_es": historical,
    "ore_historical_var_es": historical_levels,
    "kupiec_pof": kupiec_test,
    "christoffersen": christoffersen_test,
    "basel_traffic_light": traffic_light,
    "filtered_historical_simulation": filtered,
    "ore_commodity_flow_pv": commodity_flow,
    "ore_commodity_forward_npv": commodity_forward,
    "ore_power_curve": power_curve,
    **AVERAGES,
    **MARGINS,
    "vpp_intrinsic_milp": virtual_plant,
}
"""From a case's inputs to what its ``expected`` holds, by family."""


def _check(
    tally: Tally, place: str, expected: Answers, got: Answers | None, tolerance: float
) -> None:
    if isinstance(expected, dict):
        for key, value in expected.items():
            found = got.get(key) if isinstance(got, dict) else None
            _check(tally, f"{place}.{key}", value, found, tolerance)
    elif isinstance(expected, list):
        if not isinstance(got, list) or len(got) != len(expected):
            tally.check(place, str(expected), str(got))
            return
        for row, (value, found) in enumerate(zip(expected, got, strict=True)):
            tally.close(f"{place}[{row}]", value, found, tolerance)
    elif isinstance(got, dict | list):
        tally.check(place, expected, str(got))
    elif isinstance(expected, bool | str) or isinstance(got, bool | str):
        tally.check(place, expected, got)
    else:
        tally.close(place, expected, got, tolerance)


def _families(path: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        families = json.loads(path.read_text(encoding="utf-8"))["families"]
        for cases in families.values():
            for case in cases:
                case["inputs"], case["expected"], case["tol"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        message = (
            f"{path}: {fault}: give a file of cases: "
            '{"families": {NAME: [{"inputs", "expected", "tol"}]}}'
        )
        raise VerifyError(message) from None
    return dict(families)


def verify_risk(path: Path) -> Checked:
    """Return the outcome for a file of cases, or for all files ``*.json`` of a folder.

    Raises
    ------
    VerifyError
        If a file holds no cases.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    if not files:
        message = f"{path} holds no .json file; give a file of cases or a folder of them"
        raise VerifyError(message)
    tally = Tally()
    for file in files:
        for family, cases in _families(file).items():
            answer = FAMILIES.get(family)
            for number, case in enumerate(cases):
                place = f"{file.name} {family}[{number}]"
                if answer is None:
                    tally.check(place, "an answer", "a family that is not known")
                    continue
                try:
                    got = answer(case["inputs"])
                except (WattbookError, KeyError, TypeError, ValueError) as fault:
                    tally.check(place, str(case["expected"]), f"{type(fault).__name__}: {fault}")
                    continue
                _check(tally, place, case["expected"], got, case["tol"])
    return tally.checked("risk", str(path))
