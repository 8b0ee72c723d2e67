"""The figures of a run as ``run.json`` keeps them."""

from typing import Any

from wattbook.runtime.figures import Ledger, orders, pnl_by_strategy, total_pnl

__all__ = ["figures"]


def figures(ledger: Ledger) -> dict[str, Any]:
    """Return the run's figures, exact amounts as text of whole units, for ``run.json``."""
    found, line = orders(ledger), total_pnl(ledger)
    return {
        "pnl_units": str(line.total),
        "realised_units": str(line.realised),
        "unrealised_units": str(line.unrealised),
        "fees_units": str(line.fees),
        "pnl_units_by_strategy": {entry.key: str(entry.total) for entry in pnl_by_strategy(ledger)},
        "orders": found.routed,
        "fills": found.fills,
        "slippage_units": str(found.slippage),
        "rejected": {f"{entry.by}: {entry.reason}": entry.count for entry in found.rejections},
    }
