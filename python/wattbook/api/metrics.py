"""Metrics in the text format of Prometheus, version 0.0.4."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from wattbook.api.desk import Desk
    from wattbook.api.stream import StreamCounts

__all__ = ["CONTENT", "Requests", "metrics_text"]

CONTENT: Final = "text/plain; version=0.0.4; charset=utf-8"
STRATEGY_FIGURES: Final = {
    "total": "P&L after fees in the desk's currency.",
    "fill_rate": "Filled share of the volume routed.",
    "slippage": "Cost of fills against the middle when routed, in the desk's currency.",
}
BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


@dataclass(slots=True)
class Requests:
    """Requests that were answered, by route and status, and how long they took."""

    answered: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    buckets: Counter[float] = field(default_factory=Counter)
    seconds: float = 0.0

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self.answered[method, route, status] += 1
        self.seconds += seconds
        for bound in BOUNDS:
            if seconds <= bound:
                self.buckets[bound] += 1


def escaped(value: str) -> str:
    """Return a label's value for the text format."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def family(
    name: str, kind: str, about: str, samples: Iterable[tuple[str, Mapping[str, str], float]]
) -> str:
    """Return one metric: a suffix, labels and a value each sample."""
    lines = [f"# HELP wattbook_{name} {about}", f"# TYPE wattbook_{name} {kind}"]
    for suffix, labels, value in samples:
        told = ",".join(f'{key}="{escaped(text)}"' for key, text in labels.items())
        braced = f"{{{told}}}" if told else ""
        lines.append(f"wattbook_{name}{suffix}{braced} {value:.17g}")
    return "\n".join(lines) + "\n"


def _requests(found: Requests) -> list[str]:
    total = sum(found.answered.values())
    histogram = [("_bucket", {"le": f"{bound:g}"}, float(found.buckets[bound])) for bound in BOUNDS]
    histogram += [
        ("_bucket", {"le": "+Inf"}, float(total)),
        ("_sum", {}, found.seconds),
        ("_count", {}, float(total)),
    ]
    answered = [
        ("", {"method": method, "route": route, "status": str(status)}, float(count))
        for (method, route, status), count in sorted(found.answered.items())
    ]
    return [
        family("requests_total", "counter", "Requests answered.", answered),
        family("request_seconds", "histogram", "Time to answer a request.", histogram),
    ]


def metrics_text(desk: Desk, requests: Requests, stream: StreamCounts) -> str:
    """Return every metric of a desk."""
    picture, pnl = desk.picture, desk.standing.pnl
    states = Counter((row["strategy"], row["state"]) for row in picture.orders.values())
    fills = Counter(row["strategy"] for row in picture.fills.values())
    refused = Counter(row["reason"] for row in picture.refusals.values())
    lines = pnl["by_strategy"]
    parts = [
        family(
            "shown_instant_seconds",
            "gauge",
            "Instant that is shown, Unix time.",
            [("", {}, desk.now / 1e9)],
        ),
        family(
            "orders",
            "gauge",
            "Orders and offers by state.",
            (
                ("", {"strategy": owner, "state": state}, float(count))
                for (owner, state), count in sorted(states.items())
            ),
        ),
        family(
            "fills",
            "gauge",
            "Fills up to the instant shown.",
            (("", {"strategy": owner}, float(count)) for owner, count in sorted(fills.items())),
        ),
        family(
            "refusals",
            "gauge",
            "Orders refused by the gate.",
            (("", {"reason": reason}, float(count)) for reason, count in sorted(refused.items())),
        ),
        family(
            "limit_share",
            "gauge",
            "Used share of each limit.",
            (
                ("", {"trading_book": one["trading_book"], "limit": one["limit"]}, one["share"])
                for one in desk.standing.limits
            ),
        ),
    ]
    for name, about in STRATEGY_FIGURES.items():
        figures = [
            ("", {"strategy": one["name"]}, one[name]) for one in lines if one[name] is not None
        ]
        parts.append(family("pnl" if name == "total" else name, "gauge", about, figures))
    for name, kind, about, value in (
        ("stream_readers", "gauge", "Readers of the stream.", stream.readers),
        ("stream_messages_total", "counter", "Messages sent.", stream.sent),
        ("stream_bytes_total", "counter", "Bytes sent.", stream.bytes),
        ("stream_conflated_total", "counter", "Deltas merged for slow readers.", stream.conflated),
    ):
        parts.append(family(name, kind, about, [("", {}, float(value))]))
    latency = desk.tape.facts.get("latency_ns") or {}
    shares = [
        ("", {"quantile": f"{float(name.split()[0]) / 100:g}"}, ns / 1e9)
        for name, ns in latency.items()
        if name.endswith("%")
    ]
    parts.append(family("engine_input_seconds", "gauge", "Time of an input in the engine.", shares))
    return "".join(parts + _requests(requests))
