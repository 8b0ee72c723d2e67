"""Metrics in the text format of Prometheus, version 0.0.4."""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from wattbook.api.histogram import BOUNDS, Histogram, Requests
from wattbook.api.stream import Streamed
from wattbook.runtime.alerts.rules import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wattbook.api.desk import Desk
    from wattbook.api.stream import Front

__all__ = ["CONTENT", "metrics_text"]

CONTENT: Final = "text/plain; version=0.0.4; charset=utf-8"
STRATEGY_FIGURES: Final = {
    "total": "P&L after fees in the desk's currency.",
    "fill_rate": "Filled share of the volume routed.",
    "slippage": "Cost of fills against the middle when routed, in the desk's currency.",
}
TAIL_FIGURES: Final = {
    "value_at_risk": "Loss that 1 % of scenarios exceed, in the desk's currency.",
    "expected_shortfall": "Mean loss of the worst 1 % of scenarios, in the desk's currency.",
}
Sample = tuple[str, Mapping[str, str], float]
"""Suffix of the name, labels, value."""


def escaped(value: str) -> str:
    """Return a label's value for the text format."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def family(name: str, kind: str, about: str, samples: Iterable[Sample]) -> str:
    """Return one metric: a suffix, labels and a value each sample."""
    lines = [f"# HELP wattbook_{name} {about}", f"# TYPE wattbook_{name} {kind}"]
    for suffix, labels, value in samples:
        told = ",".join(f'{key}="{escaped(text)}"' for key, text in labels.items())
        braced = f"{{{told}}}" if told else ""
        lines.append(f"wattbook_{name}{suffix}{braced} {value:.17g}")
    return "\n".join(lines) + "\n"


def buckets(found: Histogram, labels: Mapping[str, str]) -> list[Sample]:
    """Return the samples of a histogram."""
    within = zip(BOUNDS, found.within, strict=True)
    return [
        *(("_bucket", {**labels, "le": f"{bound:g}"}, float(count)) for bound, count in within),
        ("_bucket", {**labels, "le": "+Inf"}, float(found.total)),
        ("_sum", labels, found.seconds),
        ("_count", labels, float(found.total)),
    ]


def _requests(found: Requests, front: Front | None) -> list[str]:
    answered, took = found.answered.copy(), found.took
    # What the front answered without the application counts like any other request.
    for route, within, count, seconds in () if front is None else front.answered():
        answered["GET", route, 200] += count
        took = took.plus(within, count, seconds)
    samples = [
        ("", {"method": method, "route": route, "status": str(status)}, float(count))
        for (method, route, status), count in sorted(answered.items())
    ]
    return [
        family("requests_total", "counter", "Requests answered.", samples),
        family("request_seconds", "histogram", "Time to answer a request.", buckets(took, {})),
    ]


def _orders(desk: Desk) -> list[str]:
    picture = desk.picture
    states = Counter((row["strategy"], row["state"]) for row in picture.orders.values())
    rejected = (row for row in picture.orders.values() if row["state"] == "rejected")
    rejects = Counter(row["reason"] or "no reason" for row in rejected)
    fills = Counter(row["strategy"] for row in picture.fills.values())
    refused = Counter(row["reason"] for row in picture.refusals.values())
    orders = [
        ("", {"strategy": owner, "state": state}, float(count))
        for (owner, state), count in sorted(states.items())
    ]

    def counted(name: str, about: str, label: str, found: Counter[str]) -> str:
        samples = [("", {label: key}, float(count)) for key, count in sorted(found.items())]
        return family(name, "gauge", about, samples)

    # Gauges, for a replay that is set back has fewer of them.
    return [
        family("orders", "gauge", "Orders and offers by state.", orders),
        counted("rejects", "Orders that venues rejected.", "reason", rejects),
        counted("fills", "Fills up to the instant shown.", "strategy", fills),
        counted("refusals", "Orders refused by the gate.", "reason", refused),
    ]


def _portfolio(desk: Desk) -> list[str]:
    found = desk.standing
    held: Counter[tuple[str, str]] = Counter()
    netted: Counter[tuple[str, str]] = Counter()
    for row in found.positions:
        market = desk.by_number[row["instrument"]]["market"]
        held[row["strategy"], market] += abs(row["volume"])
        netted[row["strategy"], market] += row["volume"]
    positions = [
        ("", {"strategy": strategy, "market": market}, volume)
        for (strategy, market), volume in sorted(held.items())
    ]
    net = [
        ("", {"strategy": strategy, "market": market}, volume)
        for (strategy, market), volume in sorted(netted.items())
    ]
    limits = [
        ("", {"trading_book": one["trading_book"], "limit": one["limit"]}, one["share"])
        for one in found.limits
    ]
    parts = [
        family("position", "gauge", "Open volume, long and short together.", positions),
        family("position_net", "gauge", "Open volume, long above and short below 0.", net),
        family("limit_share", "gauge", "Used share of each limit.", limits),
    ]
    for name, about in STRATEGY_FIGURES.items():
        figures = [
            ("", {"strategy": one["name"]}, one[name])
            for one in found.pnl["by_strategy"]
            if one[name] is not None
        ]
        parts.append(family("pnl" if name == "total" else name, "gauge", about, figures))
    return parts


def _operations(desk: Desk, front: Front | None) -> list[str]:
    stream = Streamed() if front is None else front.streamed()
    alerts = Counter(
        alert.severity for alert in desk.alerts.book.alerts.values() if not alert.is_over
    )
    open_alerts = [("", {"severity": one}, float(alerts[one])) for one in SEVERITIES]
    stages = [
        sample
        for stage, found in desk.stages.by_name.items()
        for sample in buckets(found, {"stage": stage})
    ]
    latency = desk.tape.facts.get("latency_ns") or {}
    shares = [
        ("", {"quantile": f"{float(name.split()[0]) / 100:g}"}, ns / 1e9)
        for name, ns in latency.items()
        if name.endswith("%")
    ]
    collections = [
        ("", {"generation": str(generation)}, float(one["collections"]))
        for generation, one in enumerate(gc.get_stats())
    ]
    single = (
        ("shown_instant_seconds", "gauge", "Instant that is shown, Unix time.", desk.now / 1e9),
        ("is_live", "gauge", "1 beside a run that goes on.", desk.player.is_live),
        ("alert_deliveries_waiting", "gauge", "Alerts on their way.", desk.alerts.store.waiting()),
        ("stream_readers", "gauge", "Readers of the stream.", stream.readers),
        ("stream_messages_total", "counter", "Messages sent.", stream.sent),
        ("stream_bytes_total", "counter", "Bytes sent.", stream.bytes),
        ("stream_conflated_total", "counter", "Deltas merged for slow readers.", stream.conflated),
        ("process_cpu_seconds_total", "counter", "Processor time.", time.process_time()),
        ("process_resident_bytes", "gauge", "Resident memory.", resident_bytes()),
    )
    return [
        *(
            family(name, kind, about, [("", {}, float(value))])
            for name, kind, about, value in single
        ),
        family("alerts", "gauge", "Alerts that are not over.", open_alerts),
        family("stage_seconds", "histogram", "Time of a stage of the desk's step.", stages),
        family("engine_input_seconds", "summary", "Time of an input in the engine.", shares),
        family("gc_collections_total", "counter", "Garbage collections.", collections),
    ]


def resident_bytes() -> int:
    """Return the resident memory of this process; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0
    return pages * resource.getpagesize()


def _risk(tail: Mapping[str, float] | None) -> list[str]:
    return [
        family(name, "gauge", about, [] if tail is None else [("", {}, tail[name])])
        for name, about in TAIL_FIGURES.items()
    ]


def _models(desk: Desk) -> list[str]:
    models = desk.tape.facts.get("models", ())
    errors = [
        ("", {"model": seen["model"], "when": when}, seen[key])
        for seen in models
        for when, key in (("now", "error"), ("fitted", "error_before"))
        if seen[key] is not None
    ]
    shifts = [
        ("", {"model": seen["model"], "input": name}, value)
        for seen in models
        for name, value in seen["stability"].items()
    ]
    return [
        family("model_error", "gauge", "Mean absolute error of a model's forecasts.", errors),
        family("model_stability", "gauge", "Population stability index of an input.", shifts),
    ]


def _queues(desk: Desk) -> list[str]:
    depths = {"alert deliveries": desk.alerts.store.waiting()}
    if desk.entry is not None:
        depths["orders by hand"] = desk.entry.requests.depth
    samples = [("", {"queue": name}, float(depth)) for name, depth in depths.items()]
    blocks: list[Sample] = [("", {}, float(sys.getallocatedblocks()))]
    return [
        family("queue_depth", "gauge", "What waits in a queue.", samples),
        family("allocator_blocks", "gauge", "Blocks that the allocator has lent.", blocks),
    ]


def metrics_text(
    desk: Desk,
    requests: Requests,
    front: Front | None,
    tail: Mapping[str, float] | None = None,
) -> str:
    """Return every metric of a desk; `front` is where it is served, `tail` its risk."""
    parts = (
        _orders(desk),
        _portfolio(desk),
        _risk(tail),
        _models(desk),
        _queues(desk),
        _operations(desk, front),
        _requests(requests, front),
    )
    return "".join(one for part in parts for one in part)
