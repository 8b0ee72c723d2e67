"""A contract from its file: terms, prices and production, settled or valued."""

from wattbook.runtime.contract.generated import GeneratedPlant, generated_plant
from wattbook.runtime.contract.parse import ContractFile, load_contract, parse_contract
from wattbook.runtime.contract.run import Settled, Valued, settle_contract, value_contract

__all__ = [
    "ContractFile",
    "GeneratedPlant",
    "Settled",
    "Valued",
    "generated_plant",
    "load_contract",
    "parse_contract",
    "settle_contract",
    "value_contract",
]
