"""Known answers of margins: SPAN arrays and every version of SIMM."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from wattbook.risk import ScanPosition, ScanRange, span_margin
from wattbook.risk.simm import (
    VERSIONS,
    Measure,
    Sensitivities,
    load_parameters,
    simm_margin,
)

__all__ = ["MARGINS"]

Answer: TypeAlias = float | str | bool | list[float]

_MEASURES = {
    "Delta": frozenset({Measure.DELTA, Measure.BASE_CORRELATION}),
    "Vega & Curvature": frozenset({Measure.VEGA, Measure.CURVATURE}),
}


def simm(version: str, days: int) -> Callable[[Mapping[str, Any]], float]:
    """Return the initial margin of a case under a version, for a margin period."""

    def value(case: Mapping[str, Any]) -> float:
        sensitivities = Sensitivities.from_rows(case["crif"])
        measures = _MEASURES.get(case["measure"], frozenset(Measure))
        return simm_margin(sensitivities, load_parameters(version, days), measures).total

    return value


def scan(case: Mapping[str, Any]) -> dict[str, Answer]:
    """Losses in sixteen scenarios, the largest and its number."""
    positions = [
        ScanPosition(
            kind=given["kind"],
            quantity=given["qty"],
            multiplier=given["multiplier"],
            futures_price=case["futures_price"],
            strike=given.get("strike", 0.0),
            time=given.get("t", 0.0),
            volatility=given.get("vol", 0.0),
            rate=given.get("r", 0.0),
        )
        for given in case["positions"]
    ]
    ranges = ScanRange(
        price=case["price_scan_range"],
        volatility=case["vol_scan_range"],
        extreme_multiplier=case["extreme_multiplier"],
        extreme_cover=case["extreme_cover"],
    )
    margin = span_margin(positions, ranges)
    return {
        "risk_array_losses": margin.losses.tolist(),
        "scan_risk": margin.scan_risk,
        "worst_scenario": margin.worst_scenario,
    }


MARGINS: dict[str, Callable[[Mapping[str, Any]], Answer | dict[str, Answer]]] = {
    "span_style_scan_risk": scan,
    **{
        f"isda_simm_{version}_mpor{days}": simm(version, days)
        for version in VERSIONS
        for days in (1, 10)
    },
}
