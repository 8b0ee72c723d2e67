"""ISDA's Standard Initial Margin Model: margin by product, class and measure."""

from wattbook.risk.simm.margin import Margin, Measure, simm_margin
from wattbook.risk.simm.parameters import VERSIONS, Parameters, load_parameters
from wattbook.risk.simm.sensitivities import Product, RiskClass, Sensitivities

__all__ = [
    "VERSIONS",
    "Margin",
    "Measure",
    "Parameters",
    "Product",
    "RiskClass",
    "Sensitivities",
    "load_parameters",
    "simm_margin",
]
