"""A paper plan as a simulation whose prices are still to come."""

from collections.abc import Callable

import numpy as np

from wattbook.execution import Simulation
from wattbook.runtime.desk.spec import TraderSpec
from wattbook.runtime.paper.plan import PaperPlan
from wattbook.runtime.simulate import add_netting, add_reference, add_strategy, owner_of, traded
from wattbook.runtime.synthetic import add_books

__all__ = ["desk_simulation", "paper_simulation"]


def paper_simulation(paper: PaperPlan, seed: int) -> Simulation:
    """Return the simulation of a paper plan, ready to be opened with ``receives_prices``.

    It is built from the parts of a backtest; in place of recorded prices its venues await them.

    Raises
    ------
    DeskError
        If a strategy cannot be used.
    """

    def add_venues(made: Simulation) -> None:
        part = paper.part
        periods = part.periods
        count = periods.delivery_start.size
        numbers = periods.first_instrument + np.arange(count, dtype=np.int64)
        if periods.day_ahead_price is None:
            made.core.await_dispatch(instrument=memoryview(numbers))
        else:
            made.core.await_two_settlement(instrument=memoryview(numbers))
        if part.spec.synthetic_book is not None and part.chain is not None:
            add_books(made, part.series, part.spec.synthetic_book, part.chain)

    return desk_simulation(paper, seed, add_venues)


def desk_simulation(
    paper: PaperPlan, seed: int, add_venues: Callable[[Simulation], None]
) -> Simulation:
    """Return the desk of a paper plan, its forecasts and strategies.

    Parameters
    ----------
    paper : PaperPlan
        The plan.
    seed : int
        Of everything random.
    add_venues : callable
        Adds what is known of the venues. The strategies come after it: algorithms ask when the
        closing calls begin.

    Raises
    ------
    DeskError
        If a strategy cannot be used.
    """
    desk, part = paper.plan.desk, paper.part
    made = Simulation(seed=seed, desk_currency=desk.desk.currency, start=paper.start)
    add_reference(made, paper.plan)
    add_venues(made)
    part.forecasts.add_to(made)
    add_netting(made, paper.plan)
    for number, spec in traded(paper.plan):
        # The orders of a trader come from outside.
        if not isinstance(spec, TraderSpec):
            add_strategy(made, paper.plan, owner_of(desk, number, spec), spec)
    return made
