"""The page of a forward curve: how each quote is met, the curve in months, days and hours."""

import json
import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import polars as pl

from wattbook.domain.calendars import PLACES
from wattbook.market.curves import ForwardCurve, SetAside, averages
from wattbook.runtime.report.markup import asset, card, label, table

__all__ = ["curve_page"]

NANOS = 1_000_000_000
WEEK_MINUTES = 7 * 24 * 60


def number(value: float | None, digits: int = 2) -> str:
    """Return a price for a person; a dash where there is none."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:,.{digits}f}".replace("-", "−")


def fit_table(curve: ForwardCurve) -> str:
    """Return how each quote is met."""
    rows = [
        [
            escape(row["product"]),
            escape(row["met"]),
            number(row["bid"], 3),
            number(row["ask"], 3),
            number(row["average"], 6),
            "–" if row["outside"] is None else f"{row['outside']:.1e}",
            number(row["age_hours"], 1),
        ]
        for row in curve.fits().iter_rows(named=True)
    ]
    headings = ["Quote", "Met", "Bid", "Ask", "Curve", "Outside", "Age, h"]
    return table("Quotes, and the curve's averages over their deliveries", headings, rows, text=2)


def months_chart(curve: ForwardCurve) -> dict[str, Any]:
    """Return the monthly averages of base, peak and off-peak, over each other."""
    base = averages(curve.grid, curve.price, "month")
    loads = ("peak", "off_peak") if curve.grid.is_peak.any() else ()
    found = {"base": base} | {
        load: averages(curve.grid, curve.price, "month", load) for load in loads
    }
    # The last step needs its end as well.
    edges = pl.concat([base["delivery_start"], base["delivery_end"].tail(1)])
    return {
        "id": "months",
        "title": "Months",
        "stepped": True,
        "t": (edges.dt.epoch("ns") / NANOS).to_list(),
        "lines": [
            {
                "name": load.replace("_", "-"),
                "values": pl.concat([own["price"], own["price"].tail(1)]).to_list(),
            }
            for load, own in found.items()
        ],
    }


def days_chart(curve: ForwardCurve) -> dict[str, Any]:
    """Return the daily averages, told from extrapolated ones."""
    grid = curve.grid
    first = grid.day_start[:-1]
    daily = np.add.reduceat(curve.price * grid.hours, first) / np.add.reduceat(grid.hours, first)
    basis = curve.basis[first]
    lines = []
    for name, kinds in (("quoted", (0,)), ("between quotes", (1,)), ("extrapolated", (2, 3))):
        own = np.isin(basis, kinds)
        if own.any():
            lines.append({"name": name, "values": np.where(own, daily, np.nan).tolist()})
    return {
        "id": "days",
        "title": "Days",
        "stepped": False,
        "t": (grid.start[first] / NANOS).tolist(),
        "lines": lines,
    }


def week_charts(curve: ForwardCurve) -> list[dict[str, Any]]:
    """Return the first week of a winter and of a summer month in full; none of a curve of days."""
    grid = curve.grid
    if grid.step == "day":
        return []
    made = []
    for month, name in ((1, "January"), (7, "July")):
        is_month = grid.days.astype("datetime64[M]").astype(np.int64) % 12 + 1 == month
        found = np.flatnonzero(is_month)
        if not len(found):
            continue
        low = int(grid.day_start[found[0]])
        high = min(low + WEEK_MINUTES // grid.minutes, len(grid))
        made.append(
            {
                "id": f"week-{month}",
                "title": f"A week of {name} {grid.days[found[0]].astype('datetime64[Y]')}",
                "stepped": True,
                "t": (grid.start[low : high + 1] / NANOS).tolist(),
                "lines": [
                    {
                        "name": f"price a {grid.step.replace('_', '-')}",
                        "values": [*curve.price[low:high].tolist(), float(curve.price[high - 1])],
                    }
                ],
            }
        )
    return made


def drawable(chart: dict[str, Any], zone: str, unit: str) -> dict[str, Any]:
    """Return a chart as the page's script takes it: six significant digits, gaps as null."""
    lines = [
        {
            "name": line["name"],
            "values": [
                float(f"{value:.9g}") if value is not None and math.isfinite(value) else None
                for value in line["values"]
            ],
        }
        for line in chart["lines"]
    ]
    return chart | {"lines": lines, "zone": zone, "unit": unit, "label": f"Price, {unit}"}


def notes(curve: ForwardCurve, aside: Sequence[SetAside]) -> str:
    """Return where the curve is extrapolated, and which lines were set aside."""
    start, end = (np.datetime64(at // NANOS, "s").astype("datetime64[m]") for at in curve.quoted)
    shape = escape(f"{curve.shape.source}, {curve.shape.kind.value}")
    quoted = f"<p>Quoted from {start} to {end} UTC. Outside, the level of the first and the last"
    told = [f"{quoted} quoted day goes on, with the shape: {shape}.</p>"]
    outside = float((curve.basis != 0).mean())
    if outside:
        told.append(f"<p>{label('extrapolated')} {outside:.1%} of the periods have no quote.</p>")
    told += [
        f"<p>{label('set aside')} {escape(one.place)}: {escape(one.reason)}</p>" for one in aside
    ]
    return "".join(told)


def curve_page(curve: ForwardCurve, aside: Sequence[SetAside], unit: str, version: str) -> str:
    """Return a curve as one HTML document that needs nothing else.

    Parameters
    ----------
    curve : ForwardCurve
        What to show.
    aside : sequence of SetAside
        Lines of the quotes' file that take no part.
    unit : str
        Of prices, such as ``EUR/MWh``.
    version : str
        Of Wattbook.

    Raises
    ------
    RunError
        If the page's script was not built.
    """
    zone = PLACES[curve.place].time_zone
    drawn = [
        drawable(chart, zone, unit)
        for chart in (months_chart(curve), days_chart(curve), *week_charts(curve))
        if len(chart["t"]) > 1
    ]
    document = json.dumps(drawn, separators=(",", ":"), allow_nan=False)
    # A name that came with the quotes must not end the block or begin another.
    document = document.replace("<", r"\u003c")
    panels = "".join(f'<div class="panel" id="{chart["id"]}"></div>' for chart in drawn)
    cards = "".join(
        [
            card(f"{len(curve.price):,}", f"{curve.grid.step.replace('_', '-')}s"),
            card(f"{len(curve.quotes):,}", "quotes"),
            card(number(float(curve.price.min())), f"lowest, {unit}"),
            card(number(float(curve.price.max())), f"highest, {unit}"),
            card(f"{len(curve.stale) + len(aside):,}", "quotes left out"),
        ]
    )
    title = f"{curve.place}, as of {curve.as_of}"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} · Wattbook</title>
<style>{asset("report.css")}</style>
</head>
<body>
<header class="top">
<h1>{escape(title)}</h1>
<div class="controls">
<button type="button" id="clock" aria-pressed="false">Charts in local market time</button>
<button type="button" id="theme">Light or dark</button>
</div>
</header>
<main>
<div class="cards">{cards}</div>
{notes(curve, aside)}
{panels}
<div class="panel">{fit_table(curve)}</div>
</main>
<footer>
<p>Version <code>{escape(curve.version)}</code>. Wattbook {escape(version)}. Charts: uPlot (MIT
licence).</p>
</footer>
<script type="application/json" id="data">{document}</script>
<script>{asset("quality.js")}</script>
</body>
</html>
"""
