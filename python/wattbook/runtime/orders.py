"""Orders of a desk file that go over several books: routed, or of several legs."""

from wattbook.domain import Owner
from wattbook.errors import DeskError
from wattbook.execution import Simulation
from wattbook.runtime.desk.legs import LegsSpec
from wattbook.runtime.desk.route import RouteSpec
from wattbook.runtime.plan import PowerPlan

__all__ = ["add_legs", "add_route"]

NANOS = 1_000_000_000


def book_of(
    power: dict[str, PowerPlan], name: str, contract: int, strategy: str
) -> tuple[int, int, int, PowerPlan]:
    """Return instrument, opening and gate (ns UTC) of an hour of a synthetic book, and its market.

    Raises
    ------
    DeskError
        If the market is not traded in this run, has no book, or no such hour.
    """
    part = power.get(name)
    chain = None if part is None else part.chain
    if part is None or chain is None or contract > len(chain.instruments):
        message = f"strategy {strategy!r}: {name!r} trades no contract {contract} here"
        raise DeskError(f"{message}; name another market or contract")
    place = contract - 1
    return chain.instruments[place], chain.opens[place], chain.ends[place], part


def add_route(made: Simulation, owner: Owner, spec: RouteSpec, power: dict[str, PowerPlan]) -> None:
    """Add an order that is spread over the books of several markets.

    Raises
    ------
    DeskError
        If one of them is not traded in this run, has no such hour, or trades another one then.
    """
    found = [book_of(power, name, spec.contract, spec.name) for name in spec.markets]
    hours = {end for _, _, end, _ in found}
    at = max(begin for _, begin, _, _ in found) + int(spec.after_minutes * 60 * NANOS)
    if len(hours) > 1:
        message = f"strategy {spec.name!r}: contract {spec.contract} is another hour in each of "
        raise DeskError(f"{message}{', '.join(spec.markets)}; name markets of one day")
    if at >= min(hours):
        message = f"strategy {spec.name!r}: after_minutes {spec.after_minutes} is after the gate"
        raise DeskError(f"{message} of contract {spec.contract}; route it earlier")
    places = []
    for instrument, _, _, part in found:
        book = part.spec.synthetic_book
        if book is not None:
            places.append((instrument, book.taker_fee, book.maker_fee))
    made.add_route(
        owner,
        places=places,
        side=spec.side,
        volume=spec.volume,
        limit=spec.limit,
        at=at,
        rests=spec.rests,
        capacities={
            instrument: capacity
            for (instrument, *_), capacity in zip(found[1:], spec.capacities, strict=False)
        },
    )


def closing_call(part: PowerPlan) -> int:
    """Return how long orders of a market gather before its gate, ns."""
    book = part.spec.synthetic_book
    return 0 if book is None else book.session.closing_call_seconds * NANOS


def add_legs(made: Simulation, owner: Owner, spec: LegsSpec, power: dict[str, PowerPlan]) -> None:
    """Add an order of several legs.

    Raises
    ------
    DeskError
        If a leg's market has no such hour, or the contracts are not open together for long enough.
    """
    found = [book_of(power, leg.market or spec.market, leg.contract, spec.name) for leg in spec.leg]
    starts = max(begin for _, begin, _, _ in found) + int(spec.after_minutes * 60 * NANOS)
    # Legs take at once: nothing of them matches in a closing call.
    gate = min(end - closing_call(part) for _, _, end, part in found)
    ends = min(starts + int(spec.minutes * 60 * NANOS), gate)
    if ends - starts <= int(spec.hang_seconds * NANOS):
        message = f"strategy {spec.name!r}: its contracts are not open together for longer than "
        raise DeskError(f"{message}hang_seconds {spec.hang_seconds}; name others, or begin earlier")
    made.add_legs(
        owner,
        legs=[
            (instrument, leg.side, leg.volume, leg.limit)
            for (instrument, *_), leg in zip(found, spec.leg, strict=True)
        ],
        units=spec.units,
        unit_limit=spec.unit_limit,
        pace=spec.pace,
        starts=starts,
        ends=ends,
        leg_risk=spec.leg_risk,
        hang_seconds=float(spec.hang_seconds),
        reach_ticks=spec.reach,
    )
