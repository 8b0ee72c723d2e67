"""What a run proposes to trade: each proposal replaces the one before.

A consumer trades what the newest one says beyond the position file as it was read at its time, and
drops what is left of the one that it replaces.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wattbook.assets.dispatch import Delivery

__all__ = ["Standing", "differs", "last_proposal", "proposal_of"]

HAIR_MW = 1e-9


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest proposal.

    Parameters
    ----------
    id : str or None
        None before the first.
    trade_mw : mapping of int to float
        What to sell (above zero) or buy by start of delivery, ns UTC.
    """

    id: str | None
    trade_mw: Mapping[int, float]


def last_proposal(path: Path) -> Standing:
    """Return the newest proposal of a file; an empty one where there is none or it is damaged."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        found = json.loads(lines[-1])
        trades = {
            int(one["delivery_start"]): float(one["volume_mw"])
            * (1 if one["side"] == "sell" else -1)
            for one in found["trades"]
        }
        return Standing(str(found["id"]), trades)
    except (OSError, ValueError, LookupError, TypeError):
        return Standing(None, {})


def differs(standing: Standing, trade_mw: Mapping[int, float], lot_mw: float) -> bool:
    """Return whether a plan asks for a lot or more that the proposal before does not.

    Parameters
    ----------
    trade_mw : mapping of int to float
        Of every period to come, before it is rounded to lots: what lies within a lot of the
        proposal is the same plan.
    """
    return any(
        abs(power - standing.trade_mw.get(start, 0.0)) >= lot_mw - HAIR_MW
        for start, power in trade_mw.items()
    )


def proposal_of(
    now: int, battery: str, before: Standing, later: Mapping[Delivery, float]
) -> dict[str, Any]:
    """Return a proposal as it is written; without trades it only takes back the one before."""
    return {
        "id": f"{battery}-{now}",
        "replaces": before.id,
        "at": now,
        "battery": battery,
        "trades": [
            {
                "delivery_start": one.start,
                "delivery_end": one.end,
                "side": "sell" if power > 0 else "buy",
                "volume_mw": round(abs(power), 6),
            }
            for one, power in later.items()
            if power
        ],
    }
