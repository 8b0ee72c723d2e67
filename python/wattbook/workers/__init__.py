"""Where independent tasks are carried out: this process, several, or a Ray cluster."""

from wattbook.workers.session import ray_session
from wattbook.workers.tasks import Workers, cores, in_order, mapped, shares, unchanged

__all__ = [
    "Workers",
    "cores",
    "in_order",
    "mapped",
    "ray_session",
    "shares",
    "unchanged",
]
