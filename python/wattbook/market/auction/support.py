"""Other optimal prices, at which no accepted block loses."""

from __future__ import annotations

import highspy
import numpy as np

from wattbook.market.auction.highs import quiet_solver
from wattbook.market.auction.hourly import ConvexResult
from wattbook.market.auction.legs import Legs
from wattbook.market.auction.orders import Auction, Floats, Numbers
from wattbook.market.auction.products import Units

__all__ = ["supporting_prices"]

PRICE_EPSILON = 1e-6
FLOW_EPSILON = 1e-6
MONEY_EPSILON = 1e-6


def supporting_prices(
    auction: Auction, units: Units, legs: Legs, share: Floats, result: ConvexResult
) -> Floats | None:
    """Return optimal prices at which no accepted family of blocks loses, or none if none exist.

    A longer period's price is the mean of those that it covers, weighted by their lengths.

    Of all such prices those are taken that lie closest to the middle, their distances added up.
    Prices are optimal if each lies between its zone's least and greatest and no link that has room
    leads to a higher one.

    Returns
    -------
    ndarray of shape (n_periods, n_zones), currency per MWh, or None
    """
    is_open = result.prices_max - result.prices_min > PRICE_EPSILON
    if not is_open.any():
        return None
    solver = quiet_solver()
    columns = np.full(is_open.shape, -1, np.int64)
    columns[is_open] = np.arange(int(is_open.sum()))
    empty = (np.empty(0, np.int32), np.empty(0))
    for low, high in zip(result.prices_min[is_open], result.prices_max[is_open], strict=True):
        solver.addCol(0.0, low, high, 0, *empty)
    # How far each lies above and below the middle.
    count = int(is_open.sum())
    for number, middle in enumerate(result.prices[is_open]):
        solver.addCol(1.0, 0.0, highspy.kHighsInf, 0, *empty)
        row = np.array([number, count + number], np.int32)
        solver.addRow(-highspy.kHighsInf, middle, 2, row, np.array([1.0, -1.0]))
        solver.addRow(middle, highspy.kHighsInf, 2, row, np.array([1.0, 1.0]))
    add_links(auction, result, columns, solver)
    known = np.where(is_open, 0.0, result.prices).ravel()
    # What a transfer is paid does not depend on how much it carries: nothing.
    is_block = np.arange(len(share)) < units.blocks
    for number, weights, least in legs.family_rows(np.where(is_block, share, 1.0)):
        free = np.flatnonzero((weights != 0) & is_open.ravel())
        settled = float(weights @ known)
        if not len(free):
            continue
        solver.addRow(
            least - settled - MONEY_EPSILON,
            highspy.kHighsInf if is_block[number] else least - settled + MONEY_EPSILON,
            len(free),
            columns.ravel()[free].astype(np.int32),
            weights[free],
        )
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    prices = result.prices.copy()
    prices[is_open] = np.array(solver.getSolution().col_value)[:count]
    return prices


def add_links(
    auction: Auction, result: ConvexResult, columns: Numbers, solver: highspy.Highs
) -> None:
    """Add that a price at the end of a link with room is not above that at its beginning."""
    network = auction.network
    for link, (first, second) in enumerate(network.links):
        start, end = network.zone(first), network.zone(second)
        for period in range(network.periods):
            flow = result.flows[period, link]
            forth = flow < network.flow_max[period, link] - FLOW_EPSILON
            back = flow > network.flow_min[period, link] + FLOW_EPSILON
            places = [(start, 1.0), (end, -1.0)]
            free = [
                (columns[period, zone], sign) for zone, sign in places if columns[period, zone] >= 0
            ]
            if not free or not (forth or back):
                continue
            settled = sum(
                sign * result.prices[period, zone]
                for zone, sign in places
                if columns[period, zone] < 0
            )
            solver.addRow(
                -settled if forth else -highspy.kHighsInf,
                -settled if back else highspy.kHighsInf,
                len(free),
                np.array([column for column, _ in free], np.int32),
                np.array([sign for _, sign in free]),
            )
