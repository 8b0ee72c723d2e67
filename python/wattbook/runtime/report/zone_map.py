"""A map of a cleared auction: zones with their prices, links with what flows on them."""

from __future__ import annotations

from html import escape
from math import cos, pi, radians, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.market.auction import Clearing
    from wattbook.market.auction.day import AuctionDay

__all__ = ["zone_map"]

WIDTH, HEIGHT, ROOM = 640, 560, 46
HALO = ' paint-order="stroke" stroke="var(--panel,#fff)" stroke-width="4"'
"""Keeps a text readable where it lies over a line."""
FULL = 1e-6
"""A flow so near to its limit fills the link, MW."""
PLACES = {
    # Compass points, for zones that are made up.
    "NORTH": (10.0, 53.0), "EAST": (14.0, 50.0), "SOUTH": (10.0, 47.0), "WEST": (6.0, 50.0),
    # Zones of the Italian market and the borders it trades over.
    "NORD": (9.7, 45.3), "CNOR": (11.3, 43.7), "CSUD": (13.3, 42.0), "SUD": (15.9, 41.0),
    "CALA": (16.5, 39.0), "SICI": (14.1, 37.5), "SARD": (9.0, 40.1), "COAC": (8.6, 42.2),
    "CORS": (9.2, 41.6), "FRAN": (5.4, 45.2), "SVIZ": (8.2, 47.0), "AUST": (13.2, 47.4),
    "SLOV": (15.2, 46.2), "BSP": (16.3, 46.8), "MONT": (19.2, 42.6), "GREC": (21.0, 39.6),
    "MALT": (14.5, 35.8), "XFRA": (5.4, 46.2), "XAUS": (14.4, 48.1), "XGRE": (22.0, 38.6),
    "COUP": (10.8, 48.6),
    # Bidding zones of the European coupling.
    "AT": (14.2, 47.6), "BE": (4.6, 50.7), "BG": (25.2, 42.7), "CH": (8.2, 46.8),
    "CZ": (15.4, 49.8), "DE-LU": (10.2, 51.1), "DK1": (9.2, 56.1), "DK2": (12.0, 55.5),
    "EE": (25.8, 58.7), "ES": (-3.6, 40.2), "FI": (26.3, 62.8), "FR": (2.4, 46.7),
    "GB": (-1.6, 52.9), "GR": (22.6, 39.2), "HR": (16.4, 45.4), "HU": (19.4, 47.1),
    "IE": (-8.0, 53.2), "IT-NORD": (9.7, 45.3), "LT": (23.9, 55.3), "LV": (24.9, 56.9),
    "NL": (5.5, 52.3), "NO1": (10.8, 60.4), "NO2": (7.6, 58.9), "NO3": (10.4, 63.2),
    "NO4": (18.0, 68.4), "NO5": (6.4, 60.8), "PL": (19.3, 52.1), "PT": (-8.2, 39.7),
    "RO": (25.0, 45.9), "SE1": (20.5, 66.8), "SE2": (16.6, 63.2), "SE3": (15.6, 59.5),
    "SE4": (14.3, 56.5), "SI": (14.8, 46.1), "SK": (19.6, 48.7),
}  # fmt: skip
"""About where zones lie: degrees east and north."""


def zone_map(day: AuctionDay, clearing: Clearing, currency: str, period: int) -> str:
    """Return a map of one period as SVG; the plots of `flows` tell its links over the day.

    Zones that are all known lie about where they are, others on a ring. A link's line is as wide as
    the share of its limit that is used; a full one is dashed and says so.

    Parameters
    ----------
    day : AuctionDay
        What was cleared.
    clearing : Clearing
        How.
    currency : str
        Of prices.
    period : int
        Number of the period, from 0.
    """
    network = day.auction.network
    if not len(network.links):
        return ""
    places = dict(zip(network.zones, on_paper(network.zones), strict=True))
    title = f"Prices and flows, period {day.labels()[period]}"
    links = []
    for number, (first, second) in enumerate(network.links):
        flow = float(clearing.flows[period, number])
        limits = (network.flow_min[period, number], network.flow_max[period, number])
        # An arrow points where power goes.
        ends = (places[first], places[second]) if flow >= 0.0 else (places[second], places[first])
        limit = abs(float(limits[1] if flow >= 0.0 else limits[0]))
        links.append(link(ends, abs(flow), limit))
    zones = [
        zone(name, places[name], float(clearing.prices[period, number]), currency)
        for number, name in enumerate(network.zones)
    ]
    return (
        f'<div class="panel"><h3>{escape(title)}</h3><figure class="plot map">'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{''.join(links)}{''.join(zones)}</svg></figure></div>"
    )


def on_paper(zones: Sequence[str]) -> list[tuple[float, float]]:
    """Return where zones are drawn, in pixels from the upper left.

    Examples
    --------
    >>> [(round(x), round(y)) for x, y in on_paper(["NORTH", "SOUTH"])]
    [(320, 46), (320, 514)]
    >>> [(round(x), round(y)) for x, y in on_paper(["A", "B"])]
    [(320, 46), (320, 514)]
    """
    if all(name in PLACES for name in zones):
        middle = sum(PLACES[name][1] for name in zones) / len(zones)
        raw = [(PLACES[name][0] * cos(radians(middle)), -PLACES[name][1]) for name in zones]
    else:
        turns = [2.0 * pi * at / len(zones) for at in range(len(zones))]
        raw = [(sin(turn), -cos(turn)) for turn in turns]
    lows, highs = map(min, zip(*raw, strict=True)), map(max, zip(*raw, strict=True))
    (left, top), (right, bottom) = lows, highs
    width, height = WIDTH - 2 * ROOM, HEIGHT - 2 * ROOM
    scale = min(width / max(right - left, 1e-9), height / max(bottom - top, 1e-9))
    return [
        (
            WIDTH / 2 + (x - (left + right) / 2) * scale,
            HEIGHT / 2 + (y - (top + bottom) / 2) * scale,
        )
        for x, y in raw
    ]


def link(ends: tuple[tuple[float, float], tuple[float, float]], flow: float, limit: float) -> str:
    """Return a link with its flow, MW, between the edges of two zones."""
    (x1, y1), (x2, y2) = ends
    length = max(((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5, 1e-9)
    dx, dy, apart = (x2 - x1) / length, (y2 - y1) / length, min(20.0, 0.4 * length)
    x3, y3 = x2 - apart * dx, y2 - apart * dy
    line = f"M{x1 + apart * dx:.1f} {y1 + apart * dy:.1f}L{x3:.1f} {y3:.1f}"
    if flow < FULL:
        return f'<path d="{line}" stroke="var(--grid)"><title>0 of {limit:,.0f} MW</title></path>'
    is_full = limit > 0.0 and flow > limit - FULL
    share = min(flow / limit, 1.0) if limit > 0.0 else 0.0
    said = f"{flow:,.0f} MW{' full' if is_full else ''}"
    dash = ' stroke-dasharray="6 3"' if is_full else ""
    head = (
        f"M{x3 + 4 * dx:.1f} {y3 + 4 * dy:.1f}"
        f"L{x3 - 5 * dx - 4 * dy:.1f} {y3 - 5 * dy + 4 * dx:.1f}"
        f"L{x3 - 5 * dx + 4 * dy:.1f} {y3 - 5 * dy - 4 * dx:.1f}z"
    )
    return (
        f'<path d="{line}" stroke="var(--line-1)" stroke-width="{1.0 + 3.0 * share:.1f}"{dash}>'
        f"<title>{said} of {limit:,.0f} MW</title></path>"
        f'<path class="head" d="{head}" fill="var(--line-1)"/>'
        f'<text{HALO} x="{(x1 + x2) / 2 + 4:.1f}" y="{(y1 + y2) / 2 - 4:.1f}">{said}</text>'
    )


def zone(name: str, place: tuple[float, float], price: float, currency: str) -> str:
    """Return a zone with its price."""
    x, y = place
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="var(--line-0)">'
        f"<title>{escape(name)}: {price:,.2f} {escape(currency)}/MWh</title></circle>"
        f'<text{HALO} x="{x + 8:.1f}" y="{y + 4:.1f}">'
        f'<tspan font-weight="600">{escape(name)}</tspan> {price:,.2f}</text>'
    )
