"""The auctions of a run in its report: prices, merit order, blocks, flows, position and P&L."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from wattbook.market.auction import Status
from wattbook.runtime.coupled.clearing import AuctionCleared
from wattbook.runtime.figures import Ledger, MarketName
from wattbook.runtime.figures.split import PnlSplit, Sold, pnl_split, sold_by_period
from wattbook.runtime.report.auction import (
    blocks,
    flows,
    merit_order,
    prices,
    stepped,
    ticks,
)
from wattbook.runtime.report.auction import rejected as set_aside
from wattbook.runtime.report.markup import amount, cell_time, label, table
from wattbook.runtime.report.svg import Frame, Line, plot
from wattbook.runtime.report.zone_map import zone_map

__all__ = ["auction_fragment", "coupled_section"]

Floats = NDArray[np.float64]


def auction_fragment(cleared: AuctionCleared, currency: str) -> str:
    """Return what the report shows of one auction, as HTML.

    Parameters
    ----------
    cleared : AuctionCleared
        The auction.
    currency : str
        Of prices.
    """
    day, clearing = cleared.day, cleared.clearing
    shown, period = "".join(flows(day, clearing)), chosen_period(cleared)
    taken = blocks(day, clearing, currency) if len(day.auction.blocks) else ""
    return (
        f"<h4>{escape(day.title)}</h4><p>{sentence(cleared, currency)}</p>"
        f'<div class="plots"><div class="panel">{prices(day, clearing, currency)}</div>'
        f'<div class="panel">{impact(cleared, currency)}</div>'
        f"{merit_order(day, clearing, currency, period, cleared.zone)}"
        f"{zone_map(day, clearing, currency, period)}</div>"
        f"{own_rejected(cleared)}"
        f"<details><summary>Blocks and flows between their limits</summary>{taken}"
        f'<div class="plots">{shown}</div></details>{set_aside(day)}'
    )


def chosen_period(cleared: AuctionCleared) -> int:
    """Return the period in which the desk was awarded the most."""
    auction, bids = cleared.day.auction, cleared.bids
    most = np.zeros(auction.network.periods)
    for order, is_block, award in zip(
        bids.order.tolist(), bids.is_block.tolist(), cleared.awards, strict=True
    ):
        if not is_block:
            most[auction.hourly.period[order]] += award
    return int(np.argmax(most))


def moved(cleared: AuctionCleared) -> Floats:
    """Return by how much the desk moved the price of its zone, by period."""
    change: Floats = (cleared.clearing.prices - cleared.without.prices)[:, cleared.zone]
    return change


def sentence(cleared: AuctionCleared, currency: str) -> str:
    """Return what the desk offered, was awarded and moved."""
    change = moved(cleared)
    at = int(np.argmax(np.abs(change)))
    awarded = sum(1 for award in cleared.awards if award)
    statuses = list(cleared.clearing.statuses)
    text = (
        f"{len(cleared.awards):,} offers of the desk among {len(cleared.day.auction.hourly):,} "
        f"orders and {len(statuses):,} blocks; {awarded:,} awarded. "
        f"{statuses.count(Status.ACCEPTED):,} blocks accepted, "
        f"{statuses.count(Status.PARADOXICALLY_REJECTED):,} paradoxically rejected. With the desk "
        f"the price of {cleared.day.auction.network.zones[cleared.zone]} is "
        f"{np.abs(change).mean():,.2f} {currency}/MWh off in the mean, "
        f"{change[at]:+,.2f} at most ({cleared.day.labels()[at]})."
    )
    published = cleared.day.published
    if published.size:
        gap = np.abs(cleared.without.prices[:, cleared.zone] - published[:, cleared.zone])
        text += (
            f" Without it, prices are within {gap.max():,.5f} {currency}/MWh of the published ones."
        )
    return escape(text.replace("-", "−"))


def impact(cleared: AuctionCleared, currency: str) -> str:
    """Return the price of the desk's zone with and without its offers, and as published."""
    zone, day = cleared.zone, cleared.day
    lines = [
        Line("with the desk", *stepped(cleared.clearing.prices[:, zone]), 0),
        Line("without", *stepped(cleared.without.prices[:, zone]), 1),
    ]
    if day.published.size:
        lines.append(Line("published", *stepped(day.published[:, zone]), 2))
    name = day.auction.network.zones[zone]
    frame = Frame(
        f"Price of {name} with and without the desk", "period", f"{currency}/MWh",
        ticks(day.labels()),
    )  # fmt: skip
    return f"<h3>{escape(name)}: what the desk moved</h3>{plot(frame, lines)}"


def own_rejected(cleared: AuctionCleared) -> str:
    """Return the desk's blocks that were paradoxically rejected."""
    names = cleared.day.auction.blocks.names
    own = [names[block] for block in cleared.bids.rejected(cleared.clearing)]
    if not own:
        return ""
    return (
        f"<p>{label('paradoxically rejected')} {escape(', '.join(own))}: they would earn at the "
        "prices, and taking them would move the prices against them, or another block of their "
        "group earns more.</p>"
    )


def coupled_section(ledger: Ledger, market: MarketName, fragments: list[tuple[str, str]]) -> str:
    """Return the auctions of a market: P&L by where it was made, positions, what was cleared.

    Parameters
    ----------
    ledger : Ledger
        The run's events.
    market : MarketName
        The coupled market.
    fragments : list of (str, str)
        Name of each auction and what `auction_fragment` gave.
    """
    split = split_table(ledger, pnl_split(ledger, market), market)
    drawn = "".join(position(sold, market) for sold in sold_by_period(ledger, market))
    told = "".join(
        f"<details{' open' if place == 0 else ''}><summary>{escape(name)}</summary>{text}</details>"
        for place, (name, text) in enumerate(fragments)
    )
    return (
        f'<div class="panel">{split}</div><div class="plots">{drawn}</div>'
        f"<h3>Auctions, cleared with the desk's offers</h3>{told}"
    )


def split_table(ledger: Ledger, found: list[PnlSplit], market: MarketName) -> str:
    """Return P&L by strategy and by where it was made."""
    names = list(found[0].traded) if found else []
    has_reserves = any(one.reserves for one in found)
    rows = [
        [
            escape(one.strategy),
            *(amount(one.traded[name]) for name in names),
            amount(one.imbalance),
            *([amount(one.reserves)] if has_reserves else []),
            amount(-one.fees),
            amount(one.total),
        ]
        for one in found
    ]
    caption = f"P&L of {market.name} by where it was made, {ledger.names.currency}"
    after = ["Imbalance", *(["Reserves"] if has_reserves else []), "Fees", "P&L"]
    return table(caption, ["Strategy", *names, *after], rows)


def position(sold: Sold, market: MarketName) -> str:
    """Return what a strategy had sold after each step, and what it delivered."""
    lines, total = [], np.zeros(sold.starts.size)
    steps = list(sold.sold.items())
    for ink, (name, volume) in enumerate(steps):
        total = total + volume
        if volume.any():
            lines.append(Line(f"sold after {name}", *stepped(total.copy()), ink))
    lines.append(Line("delivered", *stepped(sold.metered), len(steps)))
    labels = [cell_time(int(start), market.time_zone, "%H:%M") for start in sold.starts]
    frame = Frame(
        f"Position of {sold.strategy} from auction to gate", "period", "MW", ticks(labels)
    )
    open_mw = float(np.abs(sold.open).mean()) if sold.starts.size else 0.0
    return (
        f'<div class="panel"><h3>{escape(sold.strategy)}: from auction to gate, '
        f"{open_mw:,.2f} MW left open in the mean</h3>{plot(frame, lines)}</div>"
    )
