"""Nominations: gas by EDIG@S 6.1, power by the ENTSO-E schedule document, and what came back.

`nominate_gas` and `schedule_power` make documents from positions by delivery period; `read_gas` and
`read_power` read them and their responses; `gas_mismatches` and `power_mismatches` tell what was
not confirmed, and why.
"""

from wattbook.execution.nominations.gas import (
    GasFlow,
    GasNomination,
    GasParties,
    GasResponse,
    nominate_gas,
    read_gas,
    renominate_gas,
)
from wattbook.execution.nominations.gas_matching import (
    gas_mismatches,
    lesser,
    match_gas,
    response_document,
)
from wattbook.execution.nominations.gates import GateRule, gate_from, gate_rule
from wattbook.execution.nominations.power import (
    PowerParties,
    PowerReport,
    PowerSchedule,
    PowerSeries,
    read_power,
    schedule_power,
)
from wattbook.execution.nominations.power_gates import (
    PowerGate,
    power_gate,
    power_gates_from,
    within_gates,
)
from wattbook.execution.nominations.power_matching import power_mismatches
from wattbook.execution.nominations.rounding import rounded
from wattbook.execution.nominations.schema import Coded

__all__ = [
    "Coded",
    "GasFlow",
    "GasNomination",
    "GasParties",
    "GasResponse",
    "GateRule",
    "PowerGate",
    "PowerParties",
    "PowerReport",
    "PowerSchedule",
    "PowerSeries",
    "gas_mismatches",
    "gate_from",
    "gate_rule",
    "lesser",
    "match_gas",
    "nominate_gas",
    "power_gate",
    "power_gates_from",
    "power_mismatches",
    "read_gas",
    "read_power",
    "renominate_gas",
    "response_document",
    "rounded",
    "schedule_power",
    "within_gates",
]
