"""``wattbook risk ladder``: Greeks by delivery period and commodity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table

if TYPE_CHECKING:
    from wattbook.risk.ladder import GreeksLadder, Rung

__all__ = ["ladder_document", "show_ladder"]


def ladder_document(found: GreeksLadder) -> dict[str, object]:
    """Return a ladder for JSON; Greeks in whole millionths of money, which sum exactly."""

    def greeks(rung: Rung) -> dict[str, int]:
        return {
            "holdings": rung.holdings,
            "delta_millionths": rung.delta_millionths,
            "gamma_millionths": rung.gamma_millionths,
            "vega_millionths": rung.vega_millionths,
            "theta_millionths": rung.theta_millionths,
        }

    return {
        "levels": list(found.levels),
        "rungs": [
            {**dict(zip(found.levels, rung.labels, strict=True)), **greeks(rung)}
            for rung in found.rungs
        ],
        "total": greeks(found.total),
    }


def show_ladder(console: Console, found: GreeksLadder) -> None:
    """Write Greeks by rung and their sum."""
    rows = [
        [
            *(rung.labels or ("sum", *[""] * (len(found.levels) - 1))),
            f"{rung.holdings:,}",
            f"{rung.greek('delta'):,.2f}",
            f"{rung.greek('gamma'):,.4f}",
            f"{rung.greek('vega'):,.2f}",
            f"{rung.greek('theta'):,.2f}",
        ]
        for rung in (*found.rungs, found.total)
    ]
    columns = (
        *(f"{level}<" for level in found.levels),
        "holdings",
        "delta",
        "gamma",
        "vega",
        "theta",
    )
    title = "Greeks: delta and gamma per 1 of price, vega per point of volatility, theta per day"
    console.table(Table(title, columns, rows, total=True))
