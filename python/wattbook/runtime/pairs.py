"""Pairs of daily futures: a desk file's lines as a strategy."""

from collections.abc import Mapping

from wattbook.errors import DeskError
from wattbook.runtime.desk.spec import PairSpec
from wattbook.runtime.plan import FuturesPlan
from wattbook.sources.recorded.futures import PRODUCTS
from wattbook.strategy.pair_trader import PairLeg, PairTrader

__all__ = ["pair_trader"]


def leg_of(part: FuturesPlan, month: int) -> PairLeg:
    """Return a leg that holds the contract `month` places behind the one in front."""
    return PairLeg(
        front=part.first_instrument + month,
        rolls=tuple((at, number + month) for at, number in part.rolls),
        lot=PRODUCTS[part.spec.product].contract_size,
    )


def pair_trader(spec: PairSpec, futures: Mapping[str, FuturesPlan]) -> PairTrader:
    """Return the strategy of a ``kind = "pair"``.

    Raises
    ------
    DeskError
        If one of its futures is not traded in this run.
    """
    other = spec.market if spec.against is None else spec.against
    if other not in futures:
        message = f"strategy {spec.name!r}: {other!r} is not traded in this run; choose other days"
        raise DeskError(message)
    return PairTrader(
        first=leg_of(futures[spec.market], 0),
        second=leg_of(futures[other], 1 if spec.against is None else 0),
        contracts=spec.contracts,
        entry=float(spec.entry),
        leave=float(spec.leave),
        window=spec.window,
    )
