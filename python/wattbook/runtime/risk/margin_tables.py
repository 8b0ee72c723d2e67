"""Tables of margin, for the terminal and the page."""

from __future__ import annotations

from wattbook.runtime.risk.margin import MarginReport

__all__ = ["margin_tables"]

Shown = tuple[str, list[str], list[list[str]], bool]
"""Title, headings, cells, and whether the last row is a sum."""


def margin_tables(found: MarginReport) -> list[Shown]:
    """Return a table for each part that the file has."""
    made: list[Shown] = []
    if found.simm:
        rows = [[name, money(value)] for name, value in found.simm.items()]
        made.append(("ISDA SIMM, USD", ["product and class of risk", "margin"], rows, True))
    if found.span:
        rows = [
            [
                name,
                money(one.scan_risk),
                str(one.worst_scenario),
                money(one.month_charge),
                money(-one.commodity_credit),
                money(one.short_option_minimum),
                money(one.total),
            ]
            for name, one in found.span.items()
        ]
        rows.append(["together", *[""] * 5, money(found.totals["span"])])
        headings = ["commodity", "scan risk", "worst scenario", "between months",
                    "credit", "short options' minimum", "margin"]  # fmt: skip
        made.append(("SPAN", headings, rows, True))
    if found.filtered is not None:
        one = found.filtered
        headings = ["of", "filtered", "stressed", "blended", "floor", "liquidity",
                    "concentration", "margin"]  # fmt: skip
        values = (one.filtered, one.stressed, one.blended, one.floor, one.liquidity,
                  one.concentration, one.total)  # fmt: skip
        row = ["the book", *(money(value) for value in values)]
        made.append(("Filtered historical margin", headings, [row], False))
    if found.collateral:
        rows = [[name, money(value)] for name, value in found.collateral.items()]
        rows.append(["together", money(sum(found.collateral.values()))])
        made.append(("Collateral after haircuts and caps", ["lodged", "counts for"], rows, True))
    if found.call is not None:
        call = found.call
        word = "to pay in" if call.amount > 0.0 else "to be returned"
        rows = [
            ["initial margin", money(found.required)],
            ["needed, with variation and threshold", money(call.required)],
            ["held", money(call.held)],
            [word if call.amount else "nothing moves", money(abs(call.amount))],
        ]
        made.append(("Margin call", ["line", "money"], rows, True))
    return made


def money(value: float) -> str:
    """Return an amount as text, in hundredths."""
    return f"{value + 0.0:,.2f}"
