"""Those who trade in a simulated book."""

from dataclasses import dataclass

__all__ = ["Participants"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Participants:
    """Seeded participants of a simulated book: makers around a reference price, and takers.

    Waiting times are exponential; prices are in ticks, volumes in lots, times in ns.

    Parameters
    ----------
    makers : int, optional
        Market makers, who quote around the reference price.
    maker_interval_ns : int, optional
        Mean time between two quotes of a maker.
    half_spread : int, optional
        Distance of a maker's best price from what it believes in.
    levels, level_step : int, optional
        Prices quoted on each side and the ticks between two of them.
    maker_lots : int, optional
        Largest volume of a maker's order.
    wander : int, optional
        How far a maker's belief strays from the reference.
    noise, noise_interval_ns, noise_lots : int, optional
        Takers that trade at random: how many, how often, how much at most.
    momentum, momentum_interval_ns, momentum_ticks, momentum_lots : int, optional
        Takers that follow a move: how many, how often they look, from which move on, how much.
    """

    makers: int = 5
    maker_interval_ns: int = 1_000_000_000
    half_spread: int = 4
    levels: int = 3
    level_step: int = 3
    maker_lots: int = 50
    wander: int = 12
    noise: int = 8
    noise_interval_ns: int = 6_000_000_000
    noise_lots: int = 20
    momentum: int = 2
    momentum_interval_ns: int = 10_000_000_000
    momentum_ticks: int = 20
    momentum_lots: int = 30
