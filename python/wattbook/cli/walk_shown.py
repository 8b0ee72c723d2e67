"""What a walk-forward is told as: the baseline that was named, plain values, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wattbook.cli.console import Console, Table
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wattbook.runtime.research.walk import WalkedChoice
    from wattbook.runtime.walk import SetsPnl

__all__ = ["baseline_of", "document", "show"]

SHOWN = 20


def baseline_of(sets: Sequence[dict[str, object]], texts: Sequence[str]) -> int | None:
    """Return the place of the set that ``--baseline`` names.

    Raises
    ------
    InputError
        If it names none or several.
    """
    from wattbook.runtime.walk import set_text, sets_of  # noqa: PLC0415 - keeps `--help` light

    if not texts:
        return None
    asked = sets_of(texts)
    fits = [
        place
        for place, values in enumerate(sets)
        if all(values.items() >= one.items() for one in asked)
    ]
    if len(asked) != 1 or len(fits) != 1:
        named = ", ".join(set_text(values) for values in sets[:3])
        message = f"--baseline {' '.join(texts)} is {len(fits)} of the sets; name one, like {named}"
        raise InputError(message)
    return fits[0]


def document(
    strategy: str,
    currency: str,
    sets: Sequence[dict[str, object]],
    found: SetsPnl,
    walked: WalkedChoice,
    baseline: int | None,
    unit: str = "days",
) -> dict[str, Any]:
    """Return the judgement as plain values; amounts in currency, after costs."""
    from wattbook.runtime.research.walk import paired  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.walk import set_text  # noqa: PLC0415

    pnl = found.pnl.sum(axis=1).tolist()
    judged = found.pnl[:, walked.days].sum(axis=1).tolist()
    beside = [None] * len(sets) if baseline is None else paired(found.pnl, baseline)
    return {
        "strategy": strategy,
        "currency": currency,
        "unit": unit,
        "days": len(found.dates),
        "sets": [
            {"set": set_text(values), "pnl": whole, "judged": later, "above_baseline": more}
            for values, whole, later, more in zip(sets, pnl, judged, beside, strict=True)
        ],
        "folds": [
            {
                "from": found.dates[fold.first].isoformat(),
                "to": found.dates[fold.last].isoformat(),
                "set": set_text(sets[fold.row]),
                "trained": fold.trained,
                "judged": fold.judged,
            }
            for fold in walked.folds
        ],
        "judged_days": len(walked.days),
        "pnl": float(walked.pnl.sum()),
        "pnl_interval": list(walked.interval),
        "above_baseline": walked.above,
        "above_baseline_interval": walked.above_interval and list(walked.above_interval),
        "best_in_hindsight": set_text(sets[walked.best]),
        "deflated_sharpe": walked.deflated.probability,
        "overfit": walked.overfit,
        "cross_validated_pnl_a_day": walked.cross,
    }


def show(
    console: Console,
    strategy: str,
    currency: str,
    sets: Sequence[dict[str, object]],
    found: SetsPnl,
    walked: WalkedChoice,
    baseline: int | None,
    unit: str = "days",
) -> None:
    """Write the judgement as tables and sentences."""
    from wattbook.runtime.walk import set_text  # noqa: PLC0415 - keeps `--help` light

    told = document(strategy, currency, sets, found, walked, baseline, unit)
    order = sorted(told["sets"], key=lambda one: -one["pnl"])[:SHOWN]
    title = f"{strategy}: sets over {told['days']} {unit}, {currency} after costs"
    more = f", the best {SHOWN} of {len(sets)}" if len(sets) > SHOWN else ""
    beside = [] if baseline is None else [f"above the baseline, all {unit} (95 % interval)"]
    table = Table(title + more, ["set<", f"all {unit}", f"judged {unit}", *beside])
    for one in order:
        row = [one["set"], f"{one['pnl']:,.2f}", f"{one['judged']:,.2f}"]
        if one["above_baseline"] is not None:
            above, low, high = one["above_baseline"]
            row.append(f"{above:,.2f} ({low:,.2f} to {high:,.2f})")
        table.rows.append(row)
    console.table(table)
    console.line()
    table = Table(f"Chosen on the {unit} before", ["from<", "to<", "set<", "chosen on", "judged"])
    table.rows.extend(
        [one["from"], one["to"], one["set"], f"{one['trained']:,.2f}", f"{one['judged']:,.2f}"]
        for one in told["folds"]
    )
    console.table(table)
    low, high = walked.interval
    console.line()
    console.line(
        f"Walk-forward: {told['judged_days']} {unit}, none seen by its choice: P&L "
        f"{told['pnl']:,.2f} {currency} (95 % interval {low:,.2f} to {high:,.2f})"
    )
    if walked.above_interval is not None and baseline is not None:
        low, high = walked.above_interval
        console.line(
            f"  above {set_text(sets[baseline])}: {walked.above:,.2f} (95 % interval {low:,.2f} to "
            f"{high:,.2f})"
        )
    left = told["days"] - int(walked.days[-1]) - 1
    if left:
        console.line(f"  the last {left} {unit} fill no --test and are not judged")
    console.line(
        f"  best in hindsight {told['best_in_hindsight']}: deflated Sharpe "
        f"{walked.deflated.probability:.0%}"
    )
    if walked.overfit is not None:
        console.line(f"  probability of overfitting {walked.overfit:.0%}")
    if walked.cross is not None:
        console.line(
            f"  cross-validated, purged: P&L of a {unit[:-1]} out of sample {walked.cross:,.2f} "
            f"{currency}"
        )
