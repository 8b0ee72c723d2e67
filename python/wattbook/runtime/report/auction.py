"""The page of a cleared auction: prices, merit orders, blocks and flows, in one HTML document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from wattbook.market.auction import Clearing, Status
from wattbook.market.auction.day import AuctionDay
from wattbook.runtime.report.markup import asset, card, table
from wattbook.runtime.report.svg import Frame, Line, Point, plot
from wattbook.runtime.report.zone_map import zone_map

__all__ = ["auction_page", "blocks", "flows", "merit_order", "prices"]

Floats = NDArray[np.float64]
KNOTS_MAX = 160
WINDOW = (100.0, 150.0)
"""How far below and above the price a merit order is shown, currency per MWh."""
MERIT_ORDERS_MAX = 200
"""More of them would make a page that no browser likes; then three periods stand for all."""
SHAPES = {
    Status.ACCEPTED: "circle",
    Status.REJECTED: "cross",
    Status.PARADOXICALLY_REJECTED: "triangle",
}
STYLE = """
.plot{margin:0 0 1rem}.plot svg{width:100%;height:auto}.plot text{font-size:11px;fill:var(--muted)}
.panel>.plot{max-width:46rem}.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,26rem),1fr));gap:1rem}
.legend{display:flex;flex-wrap:wrap;gap:.3rem 1rem;font-size:.85rem}.legend svg{width:28px}
"""


def auction_page(
    day: AuctionDay, clearing: Clearing, currency: str, periods: Sequence[int] | None = None
) -> str:
    """Return the report of a cleared auction.

    Parameters
    ----------
    day : AuctionDay
        What was cleared.
    clearing : Clearing
        How.
    currency : str
        Of prices, such as ``EUR``.
    periods : sequence of int, optional
        Of which periods merit orders are shown, numbers from 0; all, or those with the least, the
        middle and the greatest mean price where all would be more than `MERIT_ORDERS_MAX` plots.

    Raises
    ------
    RunError
        If the page's style was not built.
    """
    state = "proved best" if clearing.is_complete else f"gap {clearing.gap:,.2f} {currency}"
    cards = "".join(
        (
            card(f"{clearing.welfare / 1e6:,.3f}", f"welfare, million {currency}, {state}"),
            card(counted(clearing.statuses), "blocks accepted of all"),
            card(counted(clearing.complex_statuses), "complex orders accepted of all"),
            card(f"{len(day.rejected):,}", "rows set aside"),
            card(f"{clearing.seconds:,.2f} s", "to clear"),
        )
    )
    chosen = shown_periods(day, clearing) if periods is None else list(periods)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(day.title)} · Wattbook</title>
<style>{asset("report.css")}{STYLE}</style>
</head>
<body>
<header class="top"><h1>{escape(day.title)}</h1></header>
<main>
<div class="cards">{cards}</div>
{"".join(f"<p>{escape(note)}.</p>" for note in day.notes)}
<h2>Prices</h2>
<div class="panel">{prices(day, clearing, currency)}{price_table(day, clearing, currency)}</div>
<h2>Merit orders</h2>
<p>From {WINDOW[0]:g} {currency}/MWh below the price to {WINDOW[1]:g} above it: supply and demand
of hourly orders and of the steps of accepted complex orders; what accepted
blocks and fixed exchanges sell or buy stands first in line. The distance between both points is
what the zone exports, or imports.</p>
{"".join(merit_orders(day, clearing, currency, chosen))}
<h2>Blocks</h2>
{blocks(day, clearing, currency)}
{complex_table(day, clearing, currency)}
<h2>Flows and their limits</h2>
<div class="plots">{"".join(maps(day, clearing, currency))}</div>
<div class="plots">{"".join(flows(day, clearing)) or "<p>No links.</p>"}</div>
{rejected(day)}
</main>
</body>
</html>
"""


def counted(statuses: Sequence[Status]) -> str:
    """Return how many were accepted."""
    return f"{list(statuses).count(Status.ACCEPTED):,} of {len(statuses):,}"


def shown_periods(day: AuctionDay, clearing: Clearing) -> list[int]:
    """Return the periods whose merit orders are shown."""
    count = len(clearing.prices)
    if count * day.zones <= MERIT_ORDERS_MAX:
        return list(range(count))
    return by_price(day, clearing)


def by_price(day: AuctionDay, clearing: Clearing) -> list[int]:
    """Return the periods with the least, the middle and the greatest mean price."""
    order = np.argsort(clearing.prices[:, : day.zones].mean(axis=1), kind="stable")
    return sorted({int(order[0]), int(order[len(order) // 2]), int(order[-1])})


def ticks(labels: Sequence[str]) -> list[tuple[float, str]]:
    """Return marks for periods, a dozen at most."""
    every = max(-(-len(labels) // 12), 1)
    return [(at + 0.5, labels[at]) for at in range(0, len(labels), every)]


def stepped(values: Floats) -> tuple[Floats, Floats]:
    """Return the points of a line that is level within each period."""
    edges = np.repeat(np.arange(len(values) + 1.0), 2)[1:-1]
    return edges, np.repeat(values, 2)


def prices(day: AuctionDay, clearing: Clearing, currency: str) -> str:
    """Return prices over the day, a line a zone."""
    zones = day.auction.network.zones[: day.zones]
    # Zones with the same prices all day share a line, which would hide the others.
    names: dict[bytes, list[int]] = {}
    for number in range(len(zones)):
        names.setdefault(np.round(clearing.prices[:, number], 4).tobytes(), []).append(number)
    lines = [
        Line(", ".join(zones[one] for one in same), *stepped(clearing.prices[:, same[0]]), ink)
        for ink, same in enumerate(names.values())
    ]
    frame = Frame(
        f"Prices of {len(zones)} zones by period", "period", f"{currency}/MWh", ticks(day.labels())
    )
    return plot(frame, lines)


def price_table(day: AuctionDay, clearing: Clearing, currency: str) -> str:
    """Return the same prices as a table."""
    rows = [
        [escape(label), *(f"{price:,.2f}".replace("-", "−") for price in row[: day.zones])]
        for label, row in zip(day.labels(), clearing.prices, strict=True)
    ]
    headings = ["Period", *day.auction.network.zones[: day.zones]]
    return table(f"Prices, {currency}/MWh", headings, rows, tall=True)


def merit_orders(
    day: AuctionDay, clearing: Clearing, currency: str, periods: Sequence[int]
) -> Iterator[str]:
    """Yield a section for each period with the merit order of each zone."""
    labels = day.labels()
    for place, period in enumerate(periods):
        plots = "".join(
            merit_order(day, clearing, currency, period, zone) for zone in range(day.zones)
        )
        is_open = " open" if place == 0 else ""
        yield (
            f"<details{is_open}><summary>Period {escape(labels[period])}</summary>"
            f'<div class="plots">{plots}</div></details>'
        )


def merit_order(day: AuctionDay, clearing: Clearing, currency: str, period: int, zone: int) -> str:
    """Return supply and demand of a zone and period with the clearing point."""
    name, price = day.auction.network.zones[zone], float(clearing.prices[period, zone])
    sides = [curve(day, clearing, period, zone, is_demand=is_demand) for is_demand in (False, True)]
    ranges = [at_price(*side, price, is_demand=bool(at)) for at, side in enumerate(sides)]
    exported = float(clearing.net_positions[period, zone])
    # The most is traded at the price.
    demand = min(ranges[1][1], ranges[0][1] - exported)
    supply = demand + exported
    lines = [
        Line(text, *shown(*side, price), ink)
        for text, side, ink in zip(("supply", "demand"), sides, (1, 2), strict=True)
    ]
    points = [
        Point(volume, price, shape, f"{text}: {volume:,.1f} MW at {price:,.2f}", ink)
        for text, volume, shape, ink in (
            ("sold", supply, "circle", 1),
            ("bought", demand, "triangle", 2),
        )
    ]
    frame = Frame(
        f"Supply and demand of {name}, period {day.labels()[period]}: price {price:,.2f}",
        "MW", f"{currency}/MWh",
    )  # fmt: skip
    net = f"{'exports' if exported >= 0 else 'imports'} {abs(exported):,.1f} MW"
    return (
        f'<div class="panel"><h3>{escape(name)}: {price:,.2f} {escape(currency)}/MWh, {net}</h3>'
        f"{plot(frame, lines, points)}</div>"
    )


def curve(
    day: AuctionDay, clearing: Clearing, period: int, zone: int, *, is_demand: bool
) -> tuple[Floats, Floats]:
    """Return volume and price along the orders of one side, the first in line first."""
    auction = day.auction
    hourly, blocks, orders = auction.hourly, auction.blocks, auction.complex_orders
    own = (hourly.period == period) & (hourly.zone == zone) & (hourly.is_demand == is_demand)
    taken = np.array([one is Status.ACCEPTED for one in clearing.complex_statuses], np.bool_)
    steps = (
        (orders.step_period == period)
        & (orders.zone[orders.step_order] == zone)
        & (orders.is_demand[orders.step_order] == is_demand)
        & taken[orders.step_order]
    )
    start = np.append(hourly.price_start[own], orders.step_price[steps])
    end = np.append(hourly.price_end[own], orders.step_price[steps])
    volume = np.append(hourly.volume[own], orders.step_volume[steps])
    order = np.argsort(-start if is_demand else start, kind="stable")
    legs = (blocks.leg_period == period) & (blocks.leg_zone == zone)
    side = -1.0 if is_demand else 1.0
    sold = side * blocks.leg_volume[legs] * clearing.acceptance[blocks.leg_block[legs]]
    first = float(np.maximum(sold, 0.0).sum())
    first += max(side * float(auction.injections[period, zone]), 0.0)
    reached = first + np.cumsum(volume[order])
    before = reached - volume[order]
    # Both ends go on to the price limits: what is there at any price, and that there is no more.
    low, high = auction.price_limits
    ends = (high, low) if is_demand else (low, high)
    last = reached[-1] if len(reached) else first
    x = np.concatenate([[0.0, first], np.column_stack([before, reached]).ravel(), [last]])
    y = np.column_stack([start[order], end[order]]).ravel()
    return x, np.concatenate([[ends[0], ends[0]], y, [ends[1]]])


def at_price(x: Floats, y: Floats, price: float, *, is_demand: bool) -> tuple[float, float]:
    """Return between what volumes a side lies at a price."""
    side = -1.0 if is_demand else 1.0
    beyond = side * (price - y)
    surely, maybe = x[beyond > 1e-6], x[beyond >= -1e-6]
    return (float(surely.max(initial=0.0)), float(maybe.max(initial=0.0)))


def shown(x: Floats, y: Floats, price: float) -> tuple[Floats, Floats]:
    """Return a curve cut off far from the price, with no more points than a plot can show."""
    low, high = price - WINDOW[0], price + WINDOW[1]
    inside = np.flatnonzero((low <= y) & (y <= high))
    if not len(inside):
        return x, np.clip(y, low, high)
    # One point beyond each end tells where the curve goes.
    part = slice(max(inside[0] - 1, 0), inside[-1] + 2)
    x, y = x[part], np.clip(y[part], low, high)
    if len(x) > 2 * KNOTS_MAX:
        kept = np.unique(np.linspace(0, len(x) - 1, 2 * KNOTS_MAX).astype(np.int64))
        x, y = x[kept], y[kept]
    return x, y


def blocks(day: AuctionDay, clearing: Clearing, currency: str) -> str:
    """Return each block's limit against the mean price that it would get or pay."""
    orders, hours = day.auction.blocks, day.auction.network.hours
    if not len(orders):
        return "<p>No blocks.</p>"
    energy = np.bincount(
        orders.leg_block, orders.leg_volume * hours[orders.leg_period], minlength=len(orders)
    )
    mean = orders.price + np.divide(
        clearing.surplus, energy, out=np.zeros(len(orders)), where=energy != 0
    )
    points, rows = [], []
    for number, status in enumerate(clearing.statuses):
        text = status.value.replace("_", " ")
        side = "sells" if energy[number] > 0 else "buys"
        limit = f"{orders.price[number]:,.2f}"
        told = f"{orders.names[number]} {side} at {limit}, mean {mean[number]:,.2f}: {text}"
        ink = list(Status).index(status)
        points.append(Point(orders.price[number], mean[number], SHAPES[status], told, ink))
        rows.append(
            [escape(orders.names[number]), text, side, f"{abs(energy[number]):,.1f}",
             f"{orders.price[number]:,.2f}", f"{mean[number]:,.2f}",
             f"{clearing.acceptance[number]:.3f}", f"{clearing.surplus[number]:,.2f}"]
        )  # fmt: skip
    ends = np.array([*orders.price, *mean])
    even = np.array([ends.min(), ends.max()])
    frame = Frame(
        "Limit of each block against its mean price", f"limit, {currency}/MWh",
        f"mean price, {currency}/MWh",
    )  # fmt: skip
    drawn = plot(frame, [Line("limit = mean price", even, even, 3)], points)
    headings = ["Block", "Status", "Side", "MWh", "Limit", "Mean price", "Share", "Surplus"]
    return (
        "<p>● accepted, × rejected, △ paradoxically rejected: it would earn at the prices, but "
        "taking it would move them against it. Sellers earn above the line, buyers below.</p>"
        f'<div class="columns"><div class="panel">{drawn}</div><div class="panel">'
        f"{table(f'Blocks; prices in {currency}/MWh', headings, rows, text=3, tall=True)}"
        "</div></div>"
    )


def complex_table(day: AuctionDay, clearing: Clearing, currency: str) -> str:
    """Return what became of complex orders."""
    orders = day.auction.complex_orders
    if not len(orders):
        return ""
    energy = clearing.complex_power @ day.auction.network.hours
    rows = [
        [
            escape(name),
            condition.value,
            status.value.replace("_", " "),
            f"{amount:,.1f}",
            f"{margin:,.2f}" if np.isfinite(margin) else "–",
        ]
        for name, condition, status, amount, margin in zip(
            orders.names, orders.condition, clearing.complex_statuses, energy,
            clearing.complex_margin, strict=True,
        )
    ]  # fmt: skip
    headings = ["Complex order", "Condition", "Status", "Sold, MWh", f"Margin, {currency}"]
    return f'<div class="panel">{table("Complex orders", headings, rows, text=3, tall=True)}</div>'


def maps(day: AuctionDay, clearing: Clearing, currency: str) -> Iterator[str]:
    """Yield a map of the periods with the least, the middle and the greatest mean price."""
    for period in by_price(day, clearing):
        yield zone_map(day, clearing, currency, period)


def flows(day: AuctionDay, clearing: Clearing) -> Iterator[str]:
    """Yield the flow of each link between its limits."""
    network, labels = day.auction.network, ticks(day.labels())
    for number, (first, second) in enumerate(network.links):
        name = f"{first} → {second}"
        limits = (network.flow_min[:, number], network.flow_max[:, number])
        flow = clearing.flows[:, number]
        lines = [
            Line("flow", *stepped(flow), 0),
            Line("limits", *stepped(limits[1]), 2),
            Line("", *stepped(limits[0]), 2),
        ]
        full = int(((flow > limits[1] - 1e-6) | (flow < limits[0] + 1e-6)).sum())
        frame = Frame(f"Flow {name} and its limits by period", "period", "MW", labels)
        yield (
            f'<div class="panel"><h3>{escape(name)}: full in {full} of {len(flow)}</h3>'
            f"{plot(frame, lines)}</div>"
        )


def rejected(day: AuctionDay) -> str:
    """Return the rows that take no part."""
    if not day.rejected:
        return ""
    rows = [[escape(one.file), escape(one.place), escape(one.rule)] for one in day.rejected]
    shown = table("Rows set aside", ["File", "Place", "Rule"], rows, text=3)
    return f'<div class="panel">{shown}</div>'
