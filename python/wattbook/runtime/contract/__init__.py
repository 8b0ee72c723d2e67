"""A contract from its file: terms, prices and production, settled or valued."""

from wattbook.runtime.contract.certificates import Inventory, inventory_of
from wattbook.runtime.contract.futures import FuturesBooks, cascaded
from wattbook.runtime.contract.generated import GeneratedPlant, generated_plant
from wattbook.runtime.contract.holdings import Certificates, Futures
from wattbook.runtime.contract.parse import (
    AnyContract,
    ContractFile,
    CurveContract,
    load_contract,
    parse_contract,
)
from wattbook.runtime.contract.run import Settled, Valued, settle_contract, value_contract
from wattbook.runtime.contract.take_or_pay import SettledTake, settle_take_or_pay
from wattbook.runtime.contract.transport import SettledRight, settle_transport
from wattbook.runtime.contract.worth import Worth, curve_worth

__all__ = [
    "AnyContract",
    "Certificates",
    "ContractFile",
    "CurveContract",
    "Futures",
    "FuturesBooks",
    "GeneratedPlant",
    "Inventory",
    "Settled",
    "SettledRight",
    "SettledTake",
    "Valued",
    "Worth",
    "cascaded",
    "curve_worth",
    "generated_plant",
    "inventory_of",
    "load_contract",
    "parse_contract",
    "settle_contract",
    "settle_take_or_pay",
    "settle_transport",
    "value_contract",
]
