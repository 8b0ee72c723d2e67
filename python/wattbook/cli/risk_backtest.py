"""``wattbook risk backtest``: daily value at risk held against what days brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json

if TYPE_CHECKING:
    import argparse

    from wattbook.runtime.risk.backtest import Backtest

__all__ = ["backtest"]


def backtest(chosen: argparse.Namespace, console: Console) -> int:
    """Test daily value at risk on recorded curves."""
    from wattbook.runtime.risk.backtest import backtest_futures  # noqa: PLC0415 - as above

    found = backtest_futures(chosen.data, plain=chosen.plain, garch=chosen.garch)
    if chosen.report is not None:
        from wattbook.runtime.report.risk import backtest_page  # noqa: PLC0415 - for a report

        chosen.report.write_text(backtest_page(found), encoding="utf-8")
    if chosen.json:
        print_json(
            {
                "method": found.method,
                "decay": found.decay,
                "garch": [[law.constant, law.shock, law.persistence] for law in found.laws],
                "is_good": found.is_good,
                "left_out": found.left_out,
                "tests": found.frame().to_dicts(),
            }
        )
    else:
        show_backtest(console, found)
    return 0 if found.is_good else 1


def show_backtest(console: Console, found: Backtest) -> None:
    """Write the tests."""
    fitted = "" if found.decay is None else f", decay {found.decay:.3f} fitted before 2010"
    if found.laws:
        law = found.laws[0]
        fitted = f", shock {law.shock:.3f} and persistence {law.persistence:.3f} fitted before 2010"
    console.line(f"Daily value at risk of one unit held long: {found.method}{fitted}")
    columns = (
        "curve<", "level", "days", "exceptions", "expected", "Kupiec", "Christoffersen",
        "worst 250", "zone<", "ES test Z", "p", "after expiry", "p, Holm",
    )  # fmt: skip
    rows = [
        [
            row["curve"],
            f"{100 * row['confidence']:g} %",
            str(row["days"]),
            str(row["exceptions"]),
            f"{row['expected']:.1f}",
            f"{row['kupiec_holm']:.3f}",
            f"{row['christoffersen_holm']:.3f}",
            str(row["worst_year"]),
            row["zone"],
            f"{row['shortfall_z']:+.3f}",
            f"{row['shortfall_p']:.3f}",
            f"{row['expiry_exceptions']} of {row['expiry_days']}",
            f"{row['expiry_holm']:.3f}",
        ]
        for row in found.frame().to_dicts()
    ]
    console.table(Table("Probabilities are adjusted for the family (Holm)", columns, rows))
    verdict = "holds" if found.is_good else "fails"
    console.line(
        f"The measure {verdict}: adjusted probabilities above 5 % and no red zone are asked for. "
        f"{found.left_out} days were left out: no session, or a settlement of 0."
    )
