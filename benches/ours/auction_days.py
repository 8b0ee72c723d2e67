"""Days of generated auctions, from the same seed always. Usage: ``auction_days.py SIDE``.

Sides: ``europe`` has 40 zones on a grid of links, 168 periods and 4,000 blocks, and searches for 60
seconds; ``products`` has 7 zones in a ring and a day of 25 hours in which quarter-hours, half-hours
and hours are traded side by side, with 30 blocks, and searches until the best is proved; ``income``
has 2 zones, 24 hours and 40 sellers that ask for a least income, and searches for 60 seconds.
``seconds`` is how long it took by the clock, ``gap_eur`` what a better choice could add at most.
"""

import json
import sys
import time

import numpy as np

from wattbook.market.auction import (
    Auction,
    BlockOrders,
    ComplexOrders,
    Condition,
    HourlyOrders,
    Network,
    clear,
)

LIMITS = (-500.0, 4_000.0)
SECONDS = {"europe": 60.0, "products": 600.0, "income": 60.0}


def hourly(rows):
    """Return orders from columns of each period and zone."""
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    period, zone, is_demand, price, volume = columns
    return HourlyOrders(period, zone, is_demand, price, price, volume)


def blocks(price, legs):
    """Return blocks from their limits and legs."""
    columns = list(zip(*legs, strict=True))
    whole = [np.array(column, np.int64) for column in columns[:3]]
    names = [str(number) for number in range(len(price))]
    return BlockOrders(names, np.array(price), *whole, np.array(columns[3], np.float64))


def europe(periods=168, zones=40, count=4_000, orders=60):
    """Return a day of many zones with links to their neighbours."""
    random = np.random.default_rng(1)
    width = 8
    right = [(zone, zone + 1) for zone in range(zones) if zone % width != width - 1]
    links = sorted(right + [(zone, zone + width) for zone in range(zones - width)])
    capacity = random.uniform(300, 2_500, len(links)) * random.uniform(
        0.7, 1, (periods, len(links))
    )
    base = random.uniform(20, 80, zones)
    rows = []
    sides = np.r_[np.ones(orders, bool), np.zeros(orders, bool), True, False]
    for period in range(periods):
        load = 1 + 0.3 * np.sin(2 * np.pi * period / periods)
        for zone in range(zones):
            bids = random.normal(base[zone] + 30 * load, 40, orders)
            offers = random.normal(base[zone], 40, orders)
            limits = np.round(np.r_[bids, offers], 2).clip(-450, 3_000)
            volume = np.round(random.uniform(1, 100, 2 * orders), 1)
            place = np.full(len(sides), period), np.full(len(sides), zone)
            price = np.r_[limits, LIMITS]
            rows.append((*place, sides, price, np.r_[volume, 9e3, 9e3]))
    prices, legs = [], []
    for block in range(count):
        zone, length = int(random.integers(zones)), int(random.integers(3, periods // 4))
        first = int(random.integers(0, periods - length))
        volume = random.choice([-1, 1]) * round(float(random.uniform(5, 100)), 1)
        prices.append(round(float(base[zone] + 15 + random.normal(0, 25)), 2))
        legs += [(block, period, zone, volume) for period in range(first, first + length)]
    names = [f"Z{zone}" for zone in range(zones)]
    network = Network(
        names,
        [(names[first], names[second]) for first, second in links],
        -capacity,
        capacity,
        np.full(periods, 24 / periods),
    )
    none = np.zeros((periods, zones))
    return Auction(network, hourly(rows), blocks(prices, legs), none, LIMITS)


def products(hours=25, zones=7, count=30, orders=30):
    """Return a day in which products of three lengths are traded."""
    random = np.random.default_rng(3)
    quarters, halves = 4 * hours, 2 * hours
    first_hour = quarters + halves
    periods = first_hour + hours
    covers = {quarters + half: (2 * half, 2 * half + 1) for half in range(halves)}
    covers |= {first_hour + hour: tuple(range(4 * hour, 4 * hour + 4)) for hour in range(hours)}
    lengths = np.repeat([0.25, 0.5, 1.0], [quarters, halves, hours])
    starts = np.concatenate([np.arange(n) / n for n in (quarters, halves, hours)])
    scale = np.repeat([1.0, 0.5, 3.0], [quarters, halves, hours])
    links = [*((zone, zone + 1) for zone in range(zones - 1)), (0, zones - 1)]
    capacity = random.uniform(100, 900, (periods, len(links)))
    capacity[quarters:] = 0.0
    base = random.uniform(30, 70, zones)
    sides = np.repeat([True, False], orders)
    rows = []
    for period in range(periods):
        for zone in range(zones):
            level = base[zone] + 20 * np.sin(2 * np.pi * starts[period])
            level += random.normal(0, 8) if period < quarters else 0.0
            price = np.round(random.normal(level, 25, 2 * orders), 2).clip(-499, 3_999)
            volume = np.round(random.uniform(1, 50, 2 * orders) * scale[period], 1)
            place = np.full(2 * orders, period), np.full(2 * orders, zone)
            rows.append((*place, sides, price, volume))
    prices, legs = [], []
    for block in range(count):
        zone, length = int(random.integers(zones)), int(random.integers(3, 12))
        first = first_hour + int(random.integers(0, hours - length))
        volume = random.choice([-1.0, 1.0]) * round(float(random.uniform(5, 80)), 1)
        prices.append(round(float(base[zone] + random.normal(0, 15)), 2))
        legs += [(block, period, zone, volume) for period in range(first, first + length)]
    names = [f"Z{zone}" for zone in range(zones)]
    network = Network(names, [(names[a], names[b]) for a, b in links], -capacity, capacity, lengths)
    none = np.zeros((periods, zones))
    return Auction(network, hourly(rows), blocks(prices, legs), none, LIMITS, covers)


def income(periods=24, zones=2, count=40, orders=120):
    """Return a day of two zones with many sellers that ask for a least income."""
    random = np.random.default_rng(11)
    rows = []
    sides = np.r_[np.ones(orders, bool), np.zeros(orders, bool), True, False]
    for period in range(periods):
        load = np.sin(2 * np.pi * (period - 7) / periods)
        for zone in range(zones):
            bids = random.normal(75 + 25 * load, 35, orders)
            offers = random.normal(55, 35, orders)
            limits = np.round(np.r_[bids, offers], 2).clip(-450, 3_000)
            volume = np.round(random.uniform(5, 60, 2 * orders), 1)
            place = np.full(len(sides), period), np.full(len(sides), zone)
            rows.append((*place, sides, np.r_[limits, LIMITS], np.r_[volume, 9e3, 9e3]))
    steps = []
    for order in range(count):
        level, size = random.uniform(25, 70), random.uniform(20, 120)
        for period in range(periods):
            for step in range(3):
                price = round(float(level - 15 + 12 * step), 2)
                steps.append((order, period, price, round(float(size / 3), 1)))
    step_order, step_period, price, volume = (np.array(one) for one in zip(*steps, strict=True))
    variable = np.array([price[step_order == order].mean() + 2 for order in range(count)])
    power = np.bincount(step_order, volume) / periods
    fixed = np.round(power * random.uniform(20, 320, count), 2)
    complex_orders = ComplexOrders(
        names=[f"plant {order}" for order in range(count)],
        zone=np.arange(count) % zones,
        is_demand=np.zeros(count, bool),
        condition=[Condition.INCOME] * count,
        fixed_term=fixed,
        step_order=step_order,
        step_period=step_period,
        step_price=price,
        step_volume=volume,
        variable_term=np.round(variable, 2),
    )
    capacity = np.full((periods, zones - 1), 400.0)
    network = Network(["Z0", "Z1"], [("Z0", "Z1")], -capacity, capacity)
    none = np.zeros((periods, zones))
    return Auction(
        network, hourly(rows), BlockOrders.none(), none, LIMITS, complex_orders=complex_orders
    )


def main(side):
    auction = {"europe": europe, "products": products, "income": income}[side]()
    wall, cpu = time.perf_counter(), time.process_time()
    cleared = clear(auction, seconds_max=SECONDS[side])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    periods = auction.network.periods
    line = {
        "rate": periods / cpu,
        "wall_rate": periods / wall,
        "unit": "periods/s",
        "n": periods,
        "seconds": wall,
        "gap_eur": cleared.gap,
        "work": {"orders": len(auction.hourly), "blocks": len(auction.blocks)},
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
