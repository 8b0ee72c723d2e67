"""The eight steps of the trading flow, with what each of them did in a run."""

from dataclasses import dataclass

import polars as pl

from wattbook.runtime.figures.ledger import Ledger
from wattbook.runtime.figures.money import money_text
from wattbook.runtime.figures.orders import orders
from wattbook.runtime.figures.pnl import total_pnl

__all__ = ["TITLES", "Step", "steps"]

TITLES = (
    "Market data",
    "Signals",
    "Risk validation",
    "Order generation",
    "Routing",
    "Execution monitoring",
    "Position update",
    "P&L",
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Parameters
    ----------
    number : int
        From 1 to 8.
    title : str
        Its name.
    facts : str
        What it did, in one line.
    """

    number: int
    title: str
    facts: str


def plural(count: int, noun: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> plural(1, "fill"), plural(1200, "fill")
    ('1 fill', '1,200 fills')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def signal_facts(ledger: Ledger) -> str:
    """Return how many signals were recorded, which way, and how sure they were."""
    table = ledger.table("signal_recorded")
    if not table.height:
        return "no signal was sure enough to be recorded"
    ways = table["direction"].value_counts(sort=True).rows()
    words = {"rise": "up", "fall": "down", "flat": "flat"}
    split = ", ".join(f"{count:,} {words.get(way, way)}" for way, count in ways)
    low = table["confidence_ppm"].min()
    return (
        f"{plural(table.height, 'signal')} recorded ({split}), the least sure "
        f"{int(low) / 1e6:.3f}"  # type: ignore[arg-type]
    )


def steps(ledger: Ledger) -> tuple[Step, ...]:
    """Return the eight steps of the run so far, computed from its events."""
    found, line = orders(ledger), total_pnl(ledger)
    gate = sum(entry.count for entry in found.rejections if entry.by == "gate")
    venue = sum(entry.count for entry in found.rejections if entry.by == "venue")
    routed, offers = ledger.count("order_routed"), ledger.count("offer_routed")
    states = ledger.table("order_state_changed")
    ended = (
        {str(state): count for state, count in states["state"].value_counts().rows()}
        if states.height
        else {}
    )
    positions = ledger.table("position_changed")
    held = (
        positions.select(pl.struct("instrument", "strategy").n_unique()).item()
        if positions.height
        else 0
    )
    rate = found.order_fill_rate
    currency = ledger.names.currency
    facts = (
        (
            f"{plural(ledger.count('quote'), 'quote')}, {plural(ledger.count('trade'), 'trade')}, "
            f"{plural(ledger.count('reference_price'), 'price')} of record, "
            f"{plural(len(ledger.instruments), 'instrument')}"
        ),
        signal_facts(ledger),
        f"{routed + offers:,} passed the gate, {gate:,} refused",
        f"{plural(routed, 'order')}, {plural(offers, 'offer')}",
        (
            f"{routed + offers + ledger.count('cancel_routed') + ledger.count('amend_routed'):,} "
            f"messages sent, {plural(ledger.count('schedule_routed'), 'schedule')}, "
            f"{venue:,} refused by a venue"
        ),
        f"{plural(found.fills, 'fill')} and awards"
        + (f", fill rate {rate:.1%}" if rate is not None else "")
        + f"; {ended.get('cancelled', 0):,} cancelled, {ended.get('expired', 0):,} expired",
        (
            f"{plural(held, 'position')} in {positions.height:,} changes, "
            f"{plural(ledger.count('settled'), 'settlement')}"
        ),
        (
            f"{money_text(line.total)} {currency}: realised {money_text(line.realised)}, open "
            f"{money_text(line.unrealised)}, fees {money_text(line.fees)}"
        ),
    )
    return tuple(
        Step(number, title, text)
        for number, (title, text) in enumerate(zip(TITLES, facts, strict=True), start=1)
    )
