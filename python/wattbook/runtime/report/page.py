"""The page: tables in HTML, plots drawn from embedded numbers by an embedded script."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from wattbook.ingest import DataReport
from wattbook.runtime.figures import (
    Ledger,
    Orders,
    PnlLine,
    Step,
    Timeline,
    orders,
    pnl_by_delivery,
    pnl_by_strategy,
    steps,
    timeline,
    total_pnl,
)
from wattbook.runtime.figures.money import decimal_text, money_text
from wattbook.runtime.figures.risk import LimitPeak
from wattbook.runtime.report.auction import STYLE
from wattbook.runtime.report.coupled import coupled_section
from wattbook.runtime.report.data import SYNTHETIC, market_data
from wattbook.runtime.report.explained import explained_section
from wattbook.runtime.report.markup import amount, asset, card, cell_time, label, table
from wattbook.runtime.report.quality import quality_strip
from wattbook.runtime.report.run_risk import risk_section

__all__ = ["RunFacts", "report_page"]

HOUR_NS = 3_600_000_000_000


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run knows besides its events.

    Parameters
    ----------
    version : str
        Of Wattbook.
    state_hash : str
        Of the engine's state after the last input.
    sequence : int
        Number of the last input.
    events : int
        Number of events.
    seed : int
        Of the run.
    latency_ns : dict of str to int
        Share of inputs to the time in the engine that they took at most: ``50 %`` to ``most``.
    reports : sequence of DataReport
        What was wrong with the data.
    not_traded : sequence of (str, str)
        Markets left out, with the reason.
    complete : bool
        Whether the run reached its end.
    auctions : sequence of (str, str, str)
        Market and name of each auction that was cleared, and what the report shows of it.
    dispatches : sequence of (str, str, str)
        Likewise market and strategy of each battery that was really run.
    limits : sequence of LimitPeak
        Limits of scopes, in the order of their numbers from 1, at their highest use.
    """

    version: str
    state_hash: str
    sequence: int
    events: int
    seed: int
    latency_ns: dict[str, int]
    reports: Sequence[DataReport]
    not_traded: Sequence[tuple[str, str]]
    complete: bool
    auctions: Sequence[tuple[str, str, str]] = ()
    dispatches: Sequence[tuple[str, str, str]] = ()
    limits: Sequence[LimitPeak] = ()


def cards(ledger: Ledger, facts: RunFacts, found: Orders, line: PnlLine) -> str:
    """Return the figures at the top."""
    currency = ledger.names.currency
    rate = found.order_fill_rate
    made = [
        card(amount(line.total), f"P&L after fees, {currency}"),
        card(f"{found.fills:,}", "fills and awards"),
        card(f"{rate:.1%}" if rate is not None else "–", "mean fill rate by volume"),
        card(money_text(found.slippage).replace("-", "−"), f"slippage cost, {currency}"),
        card(f"{found.rejected:,}", "rejected orders"),
        card(f"{facts.latency_ns.get('99 %', 0) / 1000:,.1f} µs", "engine, 99 % of inputs within"),
    ]
    return f'<div class="cards">{"".join(made)}</div>'


def flow(found: Sequence[Step]) -> str:
    """Return the eight steps."""
    made = "".join(
        f"<li><b>{step.number}. {escape(step.title)}</b><span>{escape(step.facts)}</span></li>"
        for step in found
    )
    return f'<ol class="steps">{made}</ol>'


def mark(line: PnlLine) -> str:
    """Return the label of a line that a made-up book had a part in."""
    return f" {label(SYNTHETIC)}" if line.is_synthetic else ""


def strategy_table(ledger: Ledger, found: Orders, line: PnlLine) -> str:
    """Return P&L, orders and slippage by strategy."""
    rows = []
    for pnl, order in zip(pnl_by_strategy(ledger), found.strategies, strict=True):
        rate = order.fill_rate
        rows.append(
            [
                escape(pnl.key) + mark(pnl),
                escape(pnl.market),
                amount(pnl.realised),
                amount(pnl.unrealised),
                money_text(pnl.fees).replace("-", "−"),
                amount(pnl.total),
                f"{order.routed:,}",
                f"{order.fills:,}",
                f"{rate:.1%}" if rate is not None else "–",
                "–"
                if order.known_slippage is None
                else money_text(order.known_slippage).replace("-", "−"),
            ]
        )
    rate = found.order_fill_rate
    rows.append(
        [
            "all strategies" + mark(line),
            "",
            amount(line.realised),
            amount(line.unrealised),
            money_text(line.fees).replace("-", "−"),
            amount(line.total),
            f"{found.routed:,}",
            f"{found.fills:,}",
            f"{rate:.1%}" if rate is not None else "–",
            money_text(found.slippage).replace("-", "−"),
        ]
    )
    headings = [
        "Strategy", "Market", "Realised", "Open", "Fees", "P&L", "Orders", "Fills", "Fill rate",
        "Slippage",
    ]  # fmt: skip
    caption = (
        f"P&L by strategy, {ledger.names.currency}; slippage is cost against the middle when routed"
    )
    return table(caption, headings, rows, text=2, total=True)


def delivery_table(ledger: Ledger, market: str, zone: str) -> str:
    """Return P&L by delivery period of one market."""
    rows = []
    for start, end, line in pnl_by_delivery(ledger):
        if line.market != market:
            continue
        is_long = end - start > 25 * HOUR_NS
        pattern = "%d %b %Y" if is_long else "%d %b %H:%M"
        until = cell_time(end, zone, "%d %b" if is_long else "%H:%M")
        rows.append(
            [
                f"{cell_time(start, zone, pattern)} – {until}",
                cell_time(start, "UTC", "%d %b %H:%M"),
                escape(line.key) + mark(line),
                amount(line.realised),
                amount(line.unrealised),
                amount(line.total),
            ]
        )
    if not rows:
        return '<p class="muted">No position in this market.</p>'
    headings = ["Delivery, local", "Start, UTC", "", "Realised", "Open", "P&L"]
    caption = f"P&L by delivery period, {ledger.names.currency}; local time is {zone}"
    return table(caption, headings, rows, text=3, tall=True)


def rejection_table(found: Orders) -> str:
    """Return what was refused and why."""
    if not found.rejections:
        return '<p class="muted">No order was refused.</p>'
    rows = [
        [escape(entry.by), escape(entry.reason), f"{entry.count:,}", escape(entry.example)]
        for entry in found.rejections
    ]
    caption = "Rejected orders by reason"
    return table(caption, ["By", "Reason", "Orders", "First one"], rows, text=2)


def latency_table(facts: RunFacts) -> str:
    """Return percentiles of an input's time in the engine."""
    rows = [[escape(name), f"{value:,}"] for name, value in facts.latency_ns.items()]
    return table("Time of an input in the engine", ["Share of inputs", "ns"], rows)


def data_table(facts: RunFacts) -> str:
    """Return what was read and what was wrong with it."""
    rows = [
        [
            escape(report.name),
            escape(report.source),
            f"{report.rows_read:,}",
            f"{report.rows_kept:,}",
            f"{report.missing:,}",
            f"{report.repeated:,}",
            f"{report.out_of_order:,}",
            f"{len(report.quarantine):,}",
            quality_strip(report),
            escape("; ".join(f"{count}: {why}" for why, count in report.faults().items())) or "–",
        ]
        for report in facts.reports
    ]
    headings = [
        "Series", "Source", "Rows", "Kept", "Missing", "Repeated", "Out of order", "Set aside",
        "Over time", "Why",
    ]  # fmt: skip
    caption = "Rows of the sources; nothing was interpolated"
    left_out = "".join(
        f"<p>{label('not traded')} {escape(name)}: {escape(reason)}</p>"
        for name, reason in facts.not_traded
    )
    return table(caption, headings, rows, text=2) + left_out


def market_section(ledger: Ledger, found: Timeline, identity: str, facts: RunFacts) -> str:
    """Return the plots and tables of one market."""
    market = found.market
    cleared = ""
    if market.auctions:
        told = [(name, text) for of, name, text in facts.auctions if of == market.name]
        cleared = coupled_section(ledger, market, told)
    cleared += "".join(text for of, _, text in facts.dispatches if of == market.name)
    tag = f" {label(SYNTHETIC)}" if market.book_venue is not None else ""
    note = (
        "<p class='note'>The continuous book of this market does not exist: participants were "
        "simulated around the market's own price. What its strategies earned is synthetic; the "
        "settlements of batteries and virtual bids are not.</p>"
        if market.book_venue is not None
        else ""
    )
    charge = f'<div class="panel" id="{identity}-charge"></div>' if found.charges else ""
    book = (
        f'<div class="panel" id="{identity}-book"></div>' if market.book_venue is not None else ""
    )
    return (
        f'<section id="{identity}"><h2>{escape(market.name)}{tag}</h2>'
        f"<p>{escape(market.description)}</p>{note}"
        f'<div class="panel" id="{identity}-prices"></div>{charge}'
        f'<div class="columns"><div class="panel" id="{identity}-pnl"></div>'
        f'<div class="panel" id="{identity}-drawdown"></div></div>'
        f'<div class="columns wide-right">{book}'
        f'<div class="panel">{delivery_table(ledger, market.name, market.time_zone)}</div></div>'
        f"{cleared}</section>"
    )


def report_page(ledger: Ledger, facts: RunFacts) -> str:
    """Return the report of a run as one HTML document.

    Parameters
    ----------
    ledger : Ledger
        The run's events; every figure comes from them.
    facts : RunFacts
        What the run knows besides.

    Raises
    ------
    RunError
        If the page's script was not built.
    """
    names = ledger.names
    found, line = orders(ledger), total_pnl(ledger)
    views = [timeline(ledger, market) for market in names.markets]
    sections, drawn = [], []
    for place, view in enumerate(views):
        identity = f"market-{place}"
        sections.append(market_section(ledger, view, identity, facts))
        drawn.append(market_data(ledger, view, identity))
    links = "".join(
        f'<a href="#market-{place}">{escape(market.name)}</a>'
        for place, market in enumerate(names.markets)
    )
    document = json.dumps(
        {"currency": names.currency, "markets": drawn}, separators=(",", ":"), allow_nan=False
    )
    # A name with "</script>" in it must not end the block.
    document = document.replace("</", r"<\/")
    state = "" if facts.complete else f"<p>{label('stopped before its end')}</p>"
    rates = ", ".join(
        f"1 {code} = {decimal_text(rate // 1000)} {names.currency}"
        for code, rate in sorted(ledger.rates.items())
        if code != names.currency
    )
    drawings = STYLE if any(market.auctions for market in names.markets) else ""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(names.title)} · Wattbook</title>
<style>{asset("report.css")}{drawings}</style>
</head>
<body>
<header class="top">
<h1>{escape(names.title)}</h1>
<div class="controls">
<button type="button" id="clock" aria-pressed="false">Charts in local market time</button>
<button type="button" id="theme">Light or dark</button>
</div>
</header>
<main>
{state}
{cards(ledger, facts, found, line)}
<nav class="markets" aria-label="Markets">{links}</nav>
<div class="panel">{strategy_table(ledger, found, line)}</div>
<h2>The trading flow</h2>
{flow(steps(ledger))}
{explained_section(ledger)}
{risk_section(ledger, facts.limits)}
{"".join(sections)}
<h2>Refusals, latency, data</h2>
<div class="columns">
<div class="panel">{rejection_table(found)}</div>
<div class="panel">{latency_table(facts)}</div>
</div>
<div class="panel">{data_table(facts)}</div>
</main>
<footer>
<p>State hash <code>{escape(facts.state_hash)}</code> after input {facts.sequence:,}
({facts.events:,} events), seed {facts.seed}. Every figure is computed from the journaled events
beside this page; <code>wattbook verify run</code> recomputes them and <code>wattbook replay</code>
replays the journal. {escape(rates)}</p>
<p>Wattbook {escape(facts.version)}. Charts: uPlot (MIT licence).</p>
</footer>
<script type="application/json" id="data">{document}</script>
<script>{asset("report.js")}</script>
</body>
</html>
"""
