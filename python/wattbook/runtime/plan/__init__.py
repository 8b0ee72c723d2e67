"""What a run will meet: instruments, prices and forecasts of every market of a desk."""

from wattbook.runtime.plan.coupled import CoupledPlan
from wattbook.runtime.plan.futures import FuturesPlan, plan_futures
from wattbook.runtime.plan.instrument import InstrumentPlan, VenuePlan, millionths
from wattbook.runtime.plan.periods import Periods
from wattbook.runtime.plan.plan import Loaded, NotTraded, Plan, plan, plan_markets
from wattbook.runtime.plan.power import PowerPlan, SyntheticChain, plan_power
from wattbook.runtime.plan.virtual import VirtualPlan

__all__ = [
    "CoupledPlan",
    "FuturesPlan",
    "InstrumentPlan",
    "Loaded",
    "NotTraded",
    "Periods",
    "Plan",
    "PowerPlan",
    "SyntheticChain",
    "VenuePlan",
    "VirtualPlan",
    "millionths",
    "plan",
    "plan_futures",
    "plan_markets",
    "plan_power",
]
