"""What to trade so that a book of the last close risks least, by the changes of closes before.

Scenarios are those of the close's value at risk: each change from close to close moves the price of
every period that was open in both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import InputError
from wattbook.portfolio.book import CloseInputs, DealBook, running_power
from wattbook.risk import Shortfall, expected_shortfall
from wattbook.runtime.book.frozen import read_prices
from wattbook.runtime.book.kept import frozen_folder, inputs_of
from wattbook.runtime.book.risk import CONFIDENCE, SCENARIOS_MIN, scenario_pnl
from wattbook.strategy.exposure_hedge import hedge_exposure
from wattbook.strategy.hedging import CvarHedge, in_lots

__all__ = ["BookHedge", "ProfileHedge", "hedge_book", "hedge_profile"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BookHedge:
    """A proposal.

    Parameters
    ----------
    products : tuple of str
    power_mw : ndarray of shape (n_products,), MW
        To buy, to sell below zero, in whole lots.
    price : ndarray of shape (n_products,), money a MWh
        Of the close.
    cvar_before, cvar_after : float
        Conditional value at risk of a day, 95 %, money of the desk.
    cost : float
        Of trading, by the cost a MWh that was given.
    scenarios : int
    """

    products: tuple[str, ...]
    power_mw: Floats
    price: Floats
    cvar_before: float
    cvar_after: float
    cost: float
    scenarios: int


def hedge_book(
    book: DealBook,
    name: str,
    products: tuple[str, ...],
    *,
    lot_mw: float = 1.0,
    most_mw: float = 1_000.0,
    cost: float = 0.0,
) -> BookHedge:
    """Return what to trade in some products so that one book's conditional value at risk is least.

    Parameters
    ----------
    book : DealBook
    name : str
        Of the book.
    products : tuple of str
        As `DeliveryProduct` reads them; none that has begun.
    lot_mw, most_mw : float, optional
        Smallest step, and most of each product either way.
    cost : float, optional, money of the desk
        Of each MWh that is traded.

    Raises
    ------
    InputError
        If there are too few closes, the book holds nothing, or a product cannot be priced.
    """
    closed = book.closed()
    if len(closed) <= SCENARIOS_MIN:
        raise InputError(
            f"{len(closed)} days are closed; a hedge needs the changes between more than "
            f"{SCENARIOS_MIN} of them"
        )
    if not products or not lot_mw > 0 or not most_mw > 0 or not cost >= 0:
        raise InputError("give products, a lot and a most above zero, and a cost from zero")
    now = inputs_of(book, closed[-1])
    history = [*(read_prices(frozen_folder(book, one)) for one in closed[:-1]), now.prices]
    held = {place: power for (own, place), power in running_power(now.deals, now.prices).items()
            if own == name}  # fmt: skip
    if not held:
        raise InputError(f"book {name!r} holds nothing at the close of {closed[-1].day}")
    units = [unit_of(now, product) for product in products]
    exposure = scenario_pnl(now, history, held)
    pnl = np.column_stack([scenario_pnl(now, history, {place: power}) for place, power in units])
    hours = np.array([now.prices[place].hours @ power for place, power in units])
    found = CvarHedge(
        exposure,
        pnl,
        lower=-most_mw,
        upper=most_mw,
        cost=cost * hours,
        confidence=CONFIDENCE,
    ).solve()
    power = in_lots(found.position, np.full(len(products), lot_mw))
    return BookHedge(
        products,
        power,
        np.array(
            [
                (one.hours * power) @ one.price / (one.hours @ power)
                for one, power in ((now.prices[place], power) for place, power in units)
            ]
        ),
        shortfall(exposure),
        shortfall(exposure + pnl @ power),
        float(cost * hours @ np.abs(power)),
        len(exposure),
    )


@dataclass(frozen=True)
class ProfileHedge:
    """What squares a book's delivery profile best.

    Parameters
    ----------
    products : tuple of str
    power_mw : ndarray of shape (n_products,), MW
        To buy, to sell below zero, in whole lots.
    before_mwh, after_mwh : float
        Energy that is open either way, period by period, without the hedge and with it.
    cost : float
        Of trading, money of the desk.
    """

    products: tuple[str, ...]
    power_mw: Floats
    before_mwh: float
    after_mwh: float
    cost: float


def hedge_profile(
    book: DealBook,
    name: str,
    products: tuple[str, ...],
    *,
    lot_mw: float = 1.0,
    most_mw: float = 1_000.0,
    cost: float = 0.0,
    worth: float = 1.0,
) -> ProfileHedge:
    """Return what to trade in some products so that least energy of a book stays open.

    Volume and shape alike: each period of the curve counts by itself, bought and sold energy do
    not make up for each other.

    Parameters
    ----------
    book, name, products, lot_mw, most_mw, cost
        As for `hedge_book`.
    worth : float, optional, money of the desk
        What a MWh that stays open is worth avoiding; a product is traded where it saves more than
        it costs.

    Raises
    ------
    InputError
        If no day is closed, the book holds nothing open, or a product cannot be priced.
    """
    if not worth > 0:
        raise InputError(f"a MWh that stays open is worth {worth:g}; give --worth above zero")
    if len(set(products)) < len(products):
        raise InputError("a product is named twice; name each once")
    closed = book.closed()
    if not closed:
        raise InputError(f"no day of {book.folder} is closed; close one with `wattbook close`")
    now = inputs_of(book, closed[-1])
    held = {place: power for (own, place), power in running_power(now.deals, now.prices).items()
            if own == name}  # fmt: skip
    if not products or not held:
        raise InputError(f"give products, and a book that holds something, which {name!r} must")
    units = [unit_of(now, product) for product in products]
    places = sorted({*held, *(place for place, _ in units)})
    energy, shapes = [], []
    for place in places:
        there = now.prices[place]
        is_open = there.start[:-1] >= there.open_from
        hours = there.hours[is_open]
        power = held.get(place)
        energy.append(np.zeros(hours.size) if power is None else power[is_open] * hours)
        columns = [
            one[is_open] * hours if where == place else np.zeros(hours.size) for where, one in units
        ]
        shapes.append(np.column_stack(columns))
    shape = np.vstack(shapes)
    found = hedge_exposure(
        np.concatenate(energy),
        shape,
        weight=worth,
        lot=lot_mw,
        most=most_mw,
        cost=cost * shape.sum(axis=0),
    )
    return ProfileHedge(
        products, found.position, found.before / worth, found.after / worth, found.cost
    )


def unit_of(now: CloseInputs, name: str) -> tuple[str, Floats]:
    """Return the place of a product, and 1 MW of it in each period of that place.

    Raises
    ------
    InputError
        If its place has no prices, it has begun, or the curve does not hold it.
    """
    product = DeliveryProduct(name)
    there = now.prices.get(product.place)
    if there is None:
        raise InputError(f"{name}: the close has no prices of {product.place}; name another place")
    if product.delivery_start < there.open_from or product.delivery_end > there.start[-1]:
        raise InputError(f"{name} has begun, or the curve ends before it; name another product")
    inside = (there.start[:-1] >= product.delivery_start) & (
        there.start[1:] <= product.delivery_end
    )
    return product.place, np.where(inside, there.delivers(product.load), 0.0)


def shortfall(pnl: Floats) -> float:
    """Return the mean of the worst share of losses, the last of them in part."""
    return float(expected_shortfall(pnl, CONFIDENCE, Shortfall.EXACT_TAIL))
