"""``wattbook forecast live``: five-minute forecasts refitted each quarter of an hour."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.cli.console import Console, print_json
from wattbook.cli.options import whole

if TYPE_CHECKING:
    import argparse

__all__ = ["add_live_act", "execute_live"]


def add_live_act(acts: Any) -> None:  # noqa: ANN401 - argparse keeps the type to itself
    """Add the arguments of the act."""
    live = acts.add_parser("live", help="the last intervals as if they came, refitted on the way")
    live.add_argument("--market", metavar="NAME", required=True, help="VIC1, N.Y.C. or LONGIL")
    live.add_argument("--data", metavar="DIR", type=Path, required=True)
    live.add_argument(
        "--intervals",
        metavar="N",
        type=lambda text: whole(text, 4, 105_120),
        default=288,
        help="of five minutes; default: %(default)s, a day",
    )
    live.add_argument("--json", action="store_true", help="print JSON instead")
    live.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute_live(chosen: argparse.Namespace) -> int:
    """Forecast, refit, swap; say whether anything was missed and how long it took."""
    import numpy as np  # noqa: PLC0415 - keeps `--help` light

    from wattbook.forecast.five_minute import (  # noqa: PLC0415
        FiveMinuteBacktest,
        load_five_minute,
    )
    from wattbook.forecast.five_minute.live import forecast_live  # noqa: PLC0415

    market = load_five_minute(chosen.data, chosen.market)
    found = forecast_live(market, FiveMinuteBacktest(), chosen.intervals)
    told = found.drift.sentences() if found.drift is not None else []
    document = {
        "market": chosen.market,
        "asked": found.asked,
        "answered": found.answered,
        "answered_while_refitting": found.between,
        "refits": found.refits,
        "base_fits": found.base_fits,
        "refit_and_swap_s_max": max(found.refit_seconds),
        "swap_us_max": 1e6 * max(found.swap_seconds),
        "answer_ms_p50": 1e3 * float(np.median(found.answer_seconds)),
        "answer_ms_p99": 1e3 * float(np.quantile(found.answer_seconds, 0.99)),
        "mae": float(np.mean(found.errors)),
        "persistence_mae": float(np.mean(found.persistence)),
        "promotions": found.promotions,
        "drops": found.drops,
        "drift": told,
    }
    if chosen.json:
        print_json(document)
        return 0
    console = Console(plain=chosen.plain or None)
    console.line(
        f"{chosen.market}: {found.answered} of {found.asked} forecasts made, {found.between:,} "
        "more answered while refits were under way"
    )
    console.line(
        f"{found.refits} refits, {found.base_fits} from nothing; refit and swap took "
        f"{document['refit_and_swap_s_max']:.1f} s at most, the swap alone "
        f"{document['swap_us_max']:.0f} µs at most"
    )
    console.line(
        f"an answer took {document['answer_ms_p50']:.2f} ms, p99 {document['answer_ms_p99']:.2f} "
        f"ms; mean absolute error {document['mae']:.3f}, persistence "
        f"{document['persistence_mae']:.3f}"
    )
    for line in [*(f"promoted: {each}" for each in found.promotions), *told]:
        console.line(line)
    return 0
