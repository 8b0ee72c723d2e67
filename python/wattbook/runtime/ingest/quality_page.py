"""The report of data quality: one HTML file that needs nothing else."""

import datetime as dt
import json
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from wattbook.runtime.ingest.quality import (
    NANOS,
    DatasetQuality,
    Disagreement,
    Quality,
    gap_key,
)
from wattbook.runtime.report.markup import asset, card, cell_time, label, table

__all__ = ["quality_page"]

LINES_MAX = 6
DAYS_SHOWN = 14
GAPS_SHOWN = 50
CHARTS_MAX = 8
REASONS_SHOWN = 60


def percent(share: float | None) -> str:
    """Return a share in percent; never 100 % while something is missing.

    Examples
    --------
    >>> percent(0.99999), percent(1.0), percent(None)
    ('99.99 %', '100 %', '–')
    """
    if share is None:
        return "–"
    if share >= 1.0:
        return "100 %"
    return f"{int(share * 10_000) / 100:.2f} %"


def span_text(seconds: float) -> str:
    """Return a duration in the unit that suits it.

    Examples
    --------
    >>> span_text(0.25), span_text(95), span_text(5_400), span_text(200_000), span_text(-90)
    ('0.25 s', '95 s', '90 min', '55.6 h', '−90 s')
    """
    sign, size = ("−" if seconds < 0 else ""), abs(seconds)
    if size < 600:
        return f"{sign}{size:,.3g} s"
    if size < 3 * 3_600:
        return f"{sign}{size / 60:,.0f} min"
    if size < 4 * 86_400:
        return f"{sign}{size / 3_600:,.1f} h"
    return f"{sign}{size / 86_400:,.0f} days"


def instant(ns: int, zone: str) -> str:
    """Return an instant on the local clock and in UTC.

    Examples
    --------
    >>> instant(1743289200000000000, "Europe/Berlin")
    '30 Mar 2025 00:00 · 29 Mar 23:00 UTC'
    """
    if zone == "UTC":
        return f"{cell_time(ns, 'UTC', '%d %b %Y %H:%M')} UTC"
    return f"{cell_time(ns, zone, '%d %b %Y %H:%M')} · {cell_time(ns, 'UTC')} UTC"


def dataset_table(found: Quality) -> str:
    """Return one row a dataset."""
    rows = []
    for own in found.datasets:
        mark = f" {label('gaps')}" if own.gaps else ""
        rows.append(
            [
                escape(own.source),
                escape(own.dataset),
                f"{own.series:,}",
                f"{own.rows:,}",
                f"{own.versions:,}",
                percent(own.completeness) + mark,
                f"{own.missing:,.0f}",
                f"{own.values_missing:,}",
                span_text((found.at - own.last_recv) / NANOS),
                escape(instant(own.last, own.zone)),
                escape(own.zone),
            ]
        )
    heads = ["source", "dataset", "series", "rows", "versions", "complete", "periods missing"]
    heads += ["no value", "last received before", "delivery until", "local zone"]
    return table("Datasets", heads, rows, text=2, tall=len(rows) > 15)


def day_table(found: Quality) -> str:
    """Return completeness of the last days: one row a dataset, one column a day."""
    dates = sorted(
        {day.date for own in found.datasets for day in own.days if day.expected > day.missing}
    )
    shown = dates[-DAYS_SHOWN:]
    hours: dict[dt.date, set[int]] = {date: set() for date in shown}
    rows = []
    for own in found.datasets:
        days = {day.date: day for day in own.days if day.date in hours and day.expected > 0}
        if not days:
            continue
        cells = [escape(own.source), escape(own.dataset)]
        for date in shown:
            share = days[date].completeness if date in days else None
            if date in days:
                hours[date].add(round(days[date].hours))
            shade = "" if share is None else f' style="--share:{share:.3f}"'
            cells.append(f'<span class="heat"{shade}>{percent(share)}</span>')
        rows.append(cells)
    heads = [f"{date:%d %b %Y}{odd_hours(hours[date])}" for date in shown]
    return table(
        f"Share of the expected delivery periods there are, last {len(shown)} days with any",
        ["source", "dataset", *heads],
        rows,
        text=2,
        tall=len(rows) > 12,
    )


def odd_hours(hours: set[int]) -> str:
    """Return the length of a day that has not 24 hours, in brackets.

    Examples
    --------
    >>> odd_hours({24}), odd_hours({23, 24})
    ('', ' (23 h)')
    """
    odd = " and ".join(f"{count} h" for count in sorted(hours - {24}))
    return f" ({odd})" if odd else ""


def gap_table(found: Quality) -> str:
    """Return the longest gaps."""
    zones = {(own.source, own.dataset): own.zone for own in found.datasets}
    rows = []
    for row in found.gaps.head(GAPS_SHOWN).iter_rows(named=True):
        zone = zones[row["source"], row["dataset"]]
        cells = (instant(row["start"], zone), instant(row["end"], zone))
        texts = map(escape, (*cells, zone))
        rows.append([escape(gap_key(row)), *texts, f"{row['periods']:,}"])
    return table(
        f"Longest gaps, {len(rows)} of {sum(own.gaps for own in found.datasets):,}",
        ["series", "from", "to", "local zone", "periods missing"],
        rows,
        text=4,
        tall=len(rows) > 12,
    )


def disagreement_table(found: Quality) -> str:
    """Return where sources overlap and how far they are apart."""
    rows = [
        [
            escape(own.dataset),
            escape(", ".join(own.sources)),
            f"{own.compared:,}",
            f"{own.different:,}" + (f" {label('differs')}" if own.different else ""),
            f"{own.difference_max:,.6g} {escape(own.unit)}",
            escape(own.worst),
        ]
        for own in found.disagreements
    ]
    heads = ["dataset", "sources", "periods compared", "different", "largest difference", "where"]
    return table("Several sources on the same delivery periods", heads, rows, text=2)


def counting_tables(found: Quality) -> str:
    """Return which sources count, what was filled and what a rule changed."""
    made = (
        ("Sources that count", ["dataset", "source", "periods"], found.counting),
        ("Filled because nobody told", ["dataset", "method", "periods"], found.filled),
        ("Changed by a rule", ["source", "rule", "values"], found.corrections),
    )
    return "".join(
        table(title, heads, [[escape(a), escape(b), f"{n:,}"] for a, b, n in told], text=2)
        for title, heads, told in made
        if told
    )


def message_table(found: Quality) -> str:
    """Return the rows that are no observations, by source, dataset and kind."""
    rows = [
        [
            escape(own.source),
            escape(own.dataset),
            escape(own.kind),
            f"{own.rows:,}",
            span_text((found.at - own.last_recv) / NANOS),
        ]
        for own in found.tables
    ]
    heads = ["source", "dataset", "kind", "rows", "heard before"]
    return table("Rows that are no observations", heads, rows, text=3, tall=len(rows) > 12)


def quarantine_table(found: Quality) -> str:
    """Return parts set aside by source, state and reason."""
    most = max((entry[4] for entry in found.quarantine), default=1)
    rows = [
        [
            escape(source),
            escape(dataset),
            escape(state),
            escape(reason),
            f'<span class="share" style="--share:{count / most:.3f}">{count:,}</span>',
        ]
        for source, dataset, state, reason, count in found.quarantine[:REASONS_SHOWN]
    ]
    return table(
        f"Set aside, {len(rows)} of {len(found.quarantine):,} reasons",
        ["source", "dataset", "state", "reason", "parts"],
        rows,
        text=4,
        tall=len(rows) > 12,
    )


def completeness_charts(found: Quality) -> list[dict[str, Any]]:
    """Return completeness by day, one chart for each zone, the least complete datasets first."""
    made = []
    for zone in sorted({own.zone for own in found.datasets}):
        own = [entry for entry in found.datasets if entry.zone == zone and entry.expected > 0]
        own.sort(key=lambda entry: entry.completeness or 0.0)
        if not own:
            continue
        shares = {
            f"{entry.source} {entry.dataset}": {day.date: day.completeness for day in entry.days}
            for entry in own[:LINES_MAX]
        }
        days = sorted({date for line in shares.values() for date in line})
        # The last day's line reaches to its end.
        end = days[-1] + dt.timedelta(days=1)
        made.append(
            {
                "title": f"Completeness by day of delivery ({zone})",
                "label": "Complete, %",
                "unit": "%",
                "zone": zone,
                "stepped": True,
                "t": [midnight(date, zone) for date in (*days, end)],
                "lines": [
                    {
                        "name": name,
                        "values": [in_percent(line.get(date)) for date in (*days, days[-1])],
                    }
                    for name, line in shares.items()
                ],
            }
        )
    return made


def in_percent(share: float | None) -> float | None:
    """Return a share in percent, for a plot."""
    return None if share is None else round(100 * share, 3)


def midnight(date: dt.date, zone: str) -> float:
    """Return the beginning of a local day, s UTC."""
    return dt.datetime.combine(date, dt.time(), ZoneInfo(zone)).timestamp()


def latency_chart(own: DatasetQuality) -> dict[str, Any]:
    """Return latency by day of reception."""
    days = own.latency.by_day
    return {
        "title": f"Latency of {own.source} {own.dataset}, by day of reception",
        "label": "From publication to reception, s",
        "unit": "s",
        "zone": "UTC",
        "stepped": False,
        "t": [midnight(day, "UTC") for day, _, _ in days],
        "lines": [
            {"name": "half of the rows within", "values": [half for _, half, _ in days]},
            {"name": "99 % of the rows within", "values": [most for _, _, most in days]},
        ],
    }


def disagreement_chart(own: Disagreement, zone: str) -> dict[str, Any]:
    """Return the values of the series on which sources differ most."""
    return {
        "title": f"{own.dataset} {own.worst}: {' and '.join(own.sources)}",
        "label": f"{own.dataset}, {own.unit}",
        "unit": own.unit,
        "zone": zone,
        "stepped": True,
        "t": own.t,
        "lines": [{"name": source, "values": line} for source, line in own.values.items()],
    }


def charts(found: Quality) -> dict[str, list[dict[str, Any]]]:
    """Return every chart by the section that it stands in, each with its own identity."""
    zones = {(own.source, own.dataset): own.zone for own in found.datasets}
    # One day is a point, and stands in the table.
    told = [own for own in found.datasets if len(own.latency.by_day) > 1]
    apart = [own for own in found.disagreements if own.different]
    made = {
        "completeness": completeness_charts(found),
        "latency": [latency_chart(own) for own in told],
        "disagreement": [
            disagreement_chart(own, zones[own.sources[0], own.dataset]) for own in apart
        ],
    }
    return {
        section: [
            entry | {"id": f"{section}-{place}"} for place, entry in enumerate(own[:CHARTS_MAX])
        ]
        for section, own in made.items()
    }


def section(title: str, entries: list[dict[str, Any]], tables: str) -> str:
    """Return a part of the page: its charts, then its tables."""
    drawn = "".join(f'<div class="panel" id="{entry["id"]}"></div>' for entry in entries)
    return f'<h2>{escape(title)}</h2>{drawn}<div class="panel">{tables}</div>'


def quality_page(found: Quality, version: str) -> str:
    """Return the report as one HTML document.

    Parameters
    ----------
    found : Quality
        What was measured.
    version : str
        Of Wattbook.

    Raises
    ------
    RunError
        If the page's script was not built.
    """
    drawn = charts(found)
    document = json.dumps(
        [entry for own in drawn.values() for entry in own], separators=(",", ":"), allow_nan=False
    )
    # A name that came with the data must not end the block or begin another.
    document = document.replace("<", r"\u003c")
    expected = sum(own.expected for own in found.datasets)
    missing = sum(own.missing for own in found.datasets)
    held = sum(entry[4] for entry in found.quarantine if entry[2] == "held")
    cards = "".join(
        [
            card(f"{sum(found.payloads.values()):,}", "payloads"),
            card(f"{sum(own.rows for own in found.datasets):,}", "delivery periods"),
            card(percent(1 - missing / expected if expected else None), "complete"),
            card(f"{sum(own.gaps for own in found.datasets):,}", "gaps"),
            card(f"{sum(own.different for own in found.disagreements):,}", "periods in dispute"),
            card(f"{held:,}", "parts in quarantine"),
        ]
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data quality · Wattbook</title>
<style>{asset("report.css")}</style>
</head>
<body>
<header class="top">
<h1>Data quality</h1>
<div class="controls">
<button type="button" id="clock" aria-pressed="false">Charts in local market time</button>
<button type="button" id="theme">Light or dark</button>
</div>
</header>
<main>
<p>As of {escape(instant(found.at, "UTC"))}.</p>
<div class="cards">{cards}</div>
<div class="panel">{dataset_table(found)}</div>
{section("Completeness", drawn["completeness"], day_table(found) + gap_table(found))}
{section("Latency", drawn["latency"], latency_table(found))}
{section("Agreement", drawn["disagreement"], disagreement_table(found) + counting_tables(found))}
{section("Agreement", drawn["disagreement"], disagreement_table(found))}
{section("Messages", [], message_table(found))}
{section("Quarantine", [], quarantine_table(found))}
</main>
<footer>
<p>A period counts as missing when no row covers it between the first and the last row of its
series; latency runs from <code>ts_event</code> to <code>ts_recv</code>. Figures and quotations are
left out of reasons, so that like counts as like; <code>wattbook ingest quarantine list</code> shows
each part.</p>
<p>Wattbook {escape(version)}. Charts: uPlot (MIT licence).</p>
</footer>
<script type="application/json" id="data">{document}</script>
<script>{asset("quality.js")}</script>
</body>
</html>
"""


def latency_table(found: Quality) -> str:
    """Return quantiles of latency by dataset."""
    rows = [
        [
            escape(own.source),
            escape(own.dataset),
            f"{own.latency.rows:,}",
            *(span_text(seconds) for seconds in own.latency.quantiles.values()),
        ]
        for own in found.datasets
        if own.latency.rows
    ]
    heads = ["source", "dataset", "rows", "50 %", "90 %", "99 %", "longest"]
    return table("From publication to reception", heads, rows, text=2)
