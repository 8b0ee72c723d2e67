"""A contract from its file: terms, prices and production, settled or valued."""

from wattbook.runtime.contract.generated import GeneratedPlant, generated_plant
from wattbook.runtime.contract.parse import (
    ContractFile,
    CurveContract,
    load_contract,
    parse_contract,
)
from wattbook.runtime.contract.run import Settled, Valued, settle_contract, value_contract
from wattbook.runtime.contract.worth import Worth, curve_worth

__all__ = [
    "ContractFile",
    "CurveContract",
    "GeneratedPlant",
    "Settled",
    "Valued",
    "Worth",
    "curve_worth",
    "generated_plant",
    "load_contract",
    "parse_contract",
    "settle_contract",
    "value_contract",
]
