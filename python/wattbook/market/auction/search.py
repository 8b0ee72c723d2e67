"""The search for what to take: clear, learn, choose, until welfare and its bound meet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from wattbook.market.auction.choice import PERIOD_EPSILON, Choice, Master
from wattbook.market.auction.complex_orders import Condition
from wattbook.market.auction.conditions import Conditions
from wattbook.market.auction.direction import BothWays
from wattbook.market.auction.hourly import Convex, ConvexResult
from wattbook.market.auction.legs import Legs
from wattbook.market.auction.merged import Merged, dual_surplus
from wattbook.market.auction.network import FLOW_EPSILON, Floats
from wattbook.market.auction.orders import Auction
from wattbook.market.auction.support import Support
from wattbook.market.auction.units import units

__all__ = ["MONEY_EPSILON", "Search", "Trial"]

MONEY_EPSILON = 1e-4
"""A block that loses less than this, in currency per h, loses nothing."""
CALM = 1.0
"""A bound this close to the welfare, in currency, needs no calming."""
LATE = 0.05
"""Share of the time that is kept for it."""
STEP = 0.4
"""How far clearings go from the best shares so far towards those that look best."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A choice with its clearing.

    Parameters
    ----------
    share, taken
        As in `Choice`.
    result : ConvexResult
        What hourly orders do beside it.
    welfare : float, currency
        Of the whole.
    prices : ndarray of shape (n_periods, n_zones), currency per MWh
        At which as little as can be loses.
    surplus : ndarray of shape (n_units,), currency
        What each unit would earn at the prices, taken in full.
    losing : ndarray of bool, shape (n_decided,)
        Which blocks and complex orders are taken though they lose, or miss their condition, or
        are taken in part though more would earn.
    """

    share: Floats
    taken: Floats
    result: ConvexResult
    welfare: float
    prices: Floats
    surplus: Floats
    losing: NDArray[np.bool_]


class Search:
    """The search for the best blocks and complex orders."""

    def __init__(self, auction: Auction) -> None:
        self.best: Trial | None = None
        self.bound = np.inf
        self.beyond: tuple[int, int] | None = None
        """Period and zone where even the best choice needs a price beyond the limits."""
        self._followed: Choice | None = None
        self._auction = auction
        self._units = units(auction)
        self._convex = Convex(auction, curtails=bool(len(self._units.orders)))
        network = auction.network
        self._legs = Legs(self._units.orders, network.hours, len(network.zones))
        self._hours = network.hours
        self.conditions = Conditions(auction, self._units)
        self._support = Support(auction, self._units, self._legs, self.conditions)
        self._master = Master(
            self._units,
            self._legs,
            self.conditions.fixed_cost,
            self.conditions.is_free,
            network.periods,
        )
        # Where carriers are nothing but steps of complex orders, conditions on income make rows.
        self._is_held = Condition.INCOME in auction.complex_orders.condition and all(
            one.order is not None for one in self._units.carriers
        )
        if self._is_held:
            self._master.hold_income(auction, self.conditions)
        self._merged = Merged(auction, self._units) if len(auction.complex_orders) else None
        blocks = auction.blocks
        is_whole = blocks.acceptance_min == 1
        self._is_settled_at_once = not len(self._units.carriers) and bool(is_whole.all())
        self._is_tied = blocks.is_tied
        # Whoever takes a block more may have to take less of one that shares a limit with it, and
        # an order that is off may ramp as it likes until its scheduled stop.
        self._cuts_alone = bool(
            (self._is_tied & ~is_whole).any() or (auction.complex_orders.stop_periods > 0).any()
        )

    def run(self, until: float, watch: Callable[[float, float], None]) -> bool:
        """Search until the best choice is proved; return whether it was, by `until`."""
        count, blocks = len(self._units.orders), self._units.blocks
        taken = np.zeros(len(self._units.complex_orders))
        if not count:
            self._keep(self._priced(self._try(np.empty(0), taken)))
            return True
        share = np.where(np.arange(count) < blocks, 0.5, 0.0)
        self._learn(self._try(share, taken))
        start = self._started(share, np.ones(len(taken)))
        relaxed = self._relax(until, start=start)
        if relaxed is not None and self._is_held:
            relaxed = self._relax_held(relaxed, until)
        if relaxed is None:
            return False
        # What follows a choice takes its time, and HiGHS ends a little after its limit.
        late, slowest = LATE * (until - time.perf_counter()), 0.0
        while time.perf_counter() < until - slowest - late:
            least = -np.inf if self.best is None else self.best.welfare - CALM
            choice = self._master.best_choice(until - slowest - late, least)
            if choice is None:
                self._bound_by_search()
                return self._master.is_exhausted and self.best is not None
            self.bound = min(self.bound, choice.bound)
            # What each period may earn beyond its bound adds up.
            enough = MONEY_EPSILON + 2 * PERIOD_EPSILON * len(self._hours)
            if self.best is not None and self.best.welfare >= self.bound - enough:
                return True
            begun = time.perf_counter()
            self._follow(choice, until)
            slowest = max(slowest, time.perf_counter() - begun)
            if self.beyond is not None:
                return False
            watch(self.best.welfare if self.best else -np.inf, self.bound)
        return False

    def _bound_by_search(self) -> None:
        """Keep what a search that found no choice in time says about all others."""
        # What is worse than the best so far was left out of it.
        best = -np.inf if self.best is None else self.best.welfare
        self.bound = min(self.bound, max(self._master.bound, best))

    def take_none(self, until: float) -> None:
        """Keep, where the search found nothing in time, the choice that takes no block or order.

        Nothing is lost by it, and what was learned bounds how much better another could be.
        """
        count, free = len(self._units.orders), self.conditions.is_free.astype(np.float64)
        trial = self._try(np.zeros(count), free)
        self._learn(trial)
        self._keep(self._repaired(self._settled(trial, until), until))
        choice = self._master.relaxed_choice()
        if choice is not None:
            self.bound = min(self.bound, choice.bound)

    def _relax_held(self, relaxed: Trial, until: float) -> Trial | None:
        """Learn from conditions on income, after some choice that holds is known."""
        share, blocks = relaxed.share.copy(), self._units.blocks
        share[:blocks] = self._legs.with_parents_only(np.where(share > 0.999, 1.0, 0.0))[:blocks]
        all_taken = replace(relaxed, share=share, taken=np.ones(len(relaxed.taken)))
        self._keep(self._repaired(self._settled(all_taken, until), until))
        return self._relax(until, is_held=True)

    def carried(self, share: Floats) -> Floats:
        """Return what carriers other than complex orders inject, MW, (n_periods, n_zones)."""
        is_counted = np.zeros(len(share), np.bool_)
        is_counted[self._units.blocks :] = [one.order is None for one in self._units.carriers]
        return self._legs.injections(np.where(is_counted, share, 0.0))

    def exports(self, share: Floats) -> Floats:
        """Return what zones export into a flow-based region, MW, shape (n_periods, n_zones)."""
        is_export = np.zeros(len(share), np.bool_)
        is_export[self._units.blocks :] = [one.is_export for one in self._units.carriers]
        return -self._legs.injections(np.where(is_export, share, 0.0))

    def carried_flows(self, share: Floats) -> Floats:
        """Return the flows of links that carriers stand for, MW, shape (n_periods, n_links)."""
        network = self._auction.network
        flows = np.zeros(network.flow_min.shape)
        for number, carrier in enumerate(self._units.carriers):
            if carrier.link is not None:
                period, link = carrier.link
                start = (period, network.zone(network.links[link][0]))
                sign = 1.0 if carrier.legs[start] < 0 else -1.0
                flows[period, link] += sign * share[self._units.blocks + number]
        return flows

    def both_ways(self, share: Floats) -> tuple[BothWays, ...]:
        """Return where links that lose power carry it both ways, with what flowed before."""
        network = self._auction.network
        ways: dict[tuple[int, int], list[float]] = {}
        for number, carrier in enumerate(self._units.carriers):
            if carrier.link is None or not network.loss[carrier.link[1]]:
                continue
            before = float(network.flow_before[carrier.link])
            sent = ways.setdefault(carrier.link, [max(before, 0.0), max(-before, 0.0)])
            start = (carrier.link[0], self._start(carrier.link[1]))
            is_forth = carrier.legs[start] < 0
            sent[0 if is_forth else 1] += float(share[self._units.blocks + number])
        return tuple(
            BothWays(period, link, forth, back)
            for (period, link), (forth, back) in ways.items()
            if min(forth, back) > FLOW_EPSILON
        )

    def _start(self, link: int) -> int:
        """Return the zone from which a link's flow counts."""
        network = self._auction.network
        return network.zone(network.links[link][0])

    def _started(self, share: Floats, taken: Floats) -> Trial | None:
        """Learn from what complex orders would deliver as hourly orders; none without any."""
        if self._merged is None:
            return None
        blocks = self._units.blocks
        others = share.copy()
        others[blocks:][[one.order is not None for one in self._units.carriers]] = 0.0
        carried, prices = self._merged.start(taken, self._legs.injections(others))
        surplus = dual_surplus(self._auction, prices) * self._hours
        self._master.learn(np.zeros(len(share)), prices, surplus)
        others[blocks:] += carried
        trial = self._try(others, taken)
        self._learn(trial)
        return trial if self._units.keeps_rows(others, taken) else None

    def _relax(
        self,
        until: float,
        decided: NDArray[np.bool_] | None = None,
        start: Trial | None = None,
        *,
        is_held: bool = False,
    ) -> Trial | None:
        """Learn from choices in which all is divisible, or just `decided`, which are quick.

        Clearing just what looks best makes shares jump from end to end; clearing on the way there
        from the best so far calms them (Ben-Ameur and Neto 2007, *Acceleration of cutting-plane and
        column generation algorithms*). Returns the last trial, the best, or none if time ran out.
        """
        best, before = start, None
        while time.perf_counter() < until:
            choice = self._master.relaxed_choice(decided, until, is_held=is_held)
            if choice is None:
                return None
            if decided is None:
                self.bound = min(self.bound, choice.bound)
            is_new = is_held and self._master.learn_profits(choice)
            if start is not None and start.welfare >= choice.bound - MONEY_EPSILON:
                return start
            if best is not None and choice.bound - best.welfare > CALM:
                trial = self._try(*between(best, choice))
                best = better(best, trial)
                if self._learn(trial, choice):
                    continue
            trial = self._try(choice.share, choice.taken)
            # One that comes again after all was learned from it differs by rounding only.
            is_new |= self._learn(trial, choice)
            if not is_new or (choice.is_same(before) and not is_held):
                return trial
            best, before = better(best, trial), choice
        return None

    def _follow(self, choice: Choice, until: float) -> None:
        """Clear a choice: learn its welfare, or that it loses, and keep the best."""
        trial = self._try(choice.share, choice.taken)
        if self._is_held:
            self._learn(trial, choice)
            self._master.learn_profits(choice)
            self._settle_once(trial, until)
            return
        is_new, self._followed = not choice.is_same(self._followed), choice
        # One that comes again after all was learned from it differs by rounding only.
        if self._learn(trial, choice) and is_new:
            self._keep(self._repaired(self._settled(trial, until), until))
            return
        trial = self._priced(trial)
        if trial.losing.any():
            self._master.cut_off(self._decided(trial), is_alone=self._cuts_alone)
        self._keep(self._repaired(trial, until))

    def _settle_once(self, trial: Trial, until: float) -> None:
        """Find out all about a choice, and cut it off: it need not come again."""
        found = self._settled(trial, until)
        if found is None:
            return
        # Whoever takes more would have been better still, if this is as good as the bound.
        is_best = found.welfare >= self.bound - MONEY_EPSILON
        is_alone = self._cuts_alone or not found.losing.any() or not is_best
        self._master.cut_off(self._decided(found), is_alone=is_alone)
        self._keep(self._repaired(found, until))

    def _decided(self, trial: Trial) -> NDArray[np.bool_]:
        return np.append(trial.share[: self._units.blocks] > 0, trial.taken > 0.5)

    def _keep(self, trial: Trial | None) -> None:
        if trial is None or (self.best is not None and trial.welfare <= self.best.welfare):
            return
        low, high = self._auction.price_limits
        wrong = np.argwhere((trial.prices < low) | (trial.prices > high))
        if not len(wrong):
            self.best = trial
        elif self.best is None and trial.welfare >= self.bound - MONEY_EPSILON:
            self.beyond = (int(wrong[0][0]), int(wrong[0][1]))

    def _repaired(self, found: Trial | None, until: float) -> Trial | None:
        """Reject what loses until nothing does: a choice that holds, if not the best."""
        while found is not None and found.losing.any():
            if time.perf_counter() > until:
                return None
            blocks = self._units.blocks
            losing = found.losing.copy()
            if losing[blocks:].any():
                # One complex order fewer may move prices so that the others hold.
                margin = self.conditions.margin(found.taken, found.share, found.prices)
                worst = int(np.nanargmin(margin))
                losing[blocks:] = False
                losing[blocks + worst] = True
            share = found.share.copy()
            share[:blocks][losing[:blocks]] = 0.0
            taken = np.where(losing[blocks:], 0.0, found.taken)
            share = self._legs.with_parents_only(share)
            found = self._settled(replace(found, share=share, taken=taken), until)
        return found

    def _settled(self, trial: Trial, until: float) -> Trial | None:
        """Give the blocks of a trial their best shares, and its carriers what they carry."""
        if not self._is_settled_at_once:
            start = self._started(trial.share, trial.taken)
            found = self._relax(until, self._decided(trial), start)
            return None if found is None else self._priced(found)
        return self._priced(self._try(trial.share, trial.taken))

    def _learn(self, trial: Trial, choice: Choice | None = None) -> bool:
        """Tell the master what it does not know; return whether there was anything."""
        surplus = trial.result.surplus * self._hours
        return self._master.learn(trial.share, trial.result.prices, surplus, choice)

    def _try(self, share: Floats, taken: Floats) -> Trial:
        """Clear with a choice."""
        result = self._convex.clear(self._legs.injections(share))
        cost = self._legs.cost_of(share) + float(self.conditions.fixed_cost @ taken)
        welfare = float(result.surplus @ self._hours) - cost
        none = np.zeros(self._units.decided, np.bool_)
        return Trial(share, taken, result, welfare, result.prices, np.empty(0), none)

    def _priced(self, trial: Trial) -> Trial:
        """Find prices for a trial at which as little as can be loses."""
        found = self._with_prices(trial, trial.result.prices)
        share = trial.share[: self._units.blocks]
        is_held = (share > 0) & (share < 1) & self._is_tied
        if found.losing.any() or is_held.any() or len(self._units.carriers):
            prices = self._support.prices(trial.share, trial.taken, trial.result)
            if prices is not None:
                return self._with_prices(trial, prices)
            if is_held.any():
                found.losing[: self._units.blocks] |= is_held
        return found

    def _with_prices(self, trial: Trial, prices: Floats) -> Trial:
        surplus = self._legs.surplus(prices)
        family = self._legs.family_surplus(trial.share, surplus)
        is_block = slice(self._units.blocks)
        share = trial.share[is_block]
        blocks = (share > 0) & (family[is_block] < -MONEY_EPSILON)
        # What is taken in part is just at the money, unless a limit that it shares holds it.
        is_part = (share > 0) & (share < 1) & ~self._is_tied
        blocks |= is_part & (surplus[is_block] > MONEY_EPSILON)
        losing = self.conditions.is_losing(trial.taken, trial.share, prices)
        return replace(trial, prices=prices, surplus=surplus, losing=np.append(blocks, losing))


def between(best: Trial, choice: Choice) -> tuple[Floats, Floats]:
    """Return what lies on the way from the best so far to what looks best."""
    share = best.share + STEP * (choice.share - best.share)
    return share, best.taken + STEP * (choice.taken - best.taken)


def better(best: Trial | None, trial: Trial) -> Trial:
    """Return the one with the greater welfare."""
    return trial if best is None or trial.welfare > best.welfare else best
