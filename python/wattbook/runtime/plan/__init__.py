"""What a run will meet: instruments, prices and forecasts of every market of a desk."""

from wattbook.runtime.plan.futures import FuturesPlan, plan_futures
from wattbook.runtime.plan.instrument import InstrumentPlan, VenuePlan, millionths
from wattbook.runtime.plan.plan import NotTraded, Plan, plan
from wattbook.runtime.plan.power import PowerPlan, SyntheticChain, plan_power

__all__ = [
    "FuturesPlan",
    "InstrumentPlan",
    "NotTraded",
    "Plan",
    "PowerPlan",
    "SyntheticChain",
    "VenuePlan",
    "millionths",
    "plan",
    "plan_futures",
    "plan_power",
]
