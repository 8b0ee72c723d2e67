"""Data quality in Prometheus' text format."""

from collections.abc import Iterable, Mapping

from wattbook.runtime.ingest.quality import NANOS, Quality

__all__ = ["metrics_text"]

Sample = tuple[Mapping[str, str], float]


def label_text(labels: Mapping[str, str]) -> str:
    r"""Return labels as Prometheus wants them.

    Examples
    --------
    >>> label_text({"reason": 'a "b"\nc'})
    '{reason="a \\"b\\"\\nc"}'
    """
    if not labels:
        return ""
    escaped = (
        (name, value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n"))
        for name, value in labels.items()
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped) + "}"


def family(name: str, kind: str, text: str, samples: Iterable[Sample]) -> str:
    """Return one metric with its help and its samples; nothing if it has none."""
    lines = [
        f"wattbook_ingest_{name}{label_text(labels)} {value:.10g}" for labels, value in samples
    ]
    if not lines:
        return ""
    head = [f"# HELP wattbook_ingest_{name} {text}", f"# TYPE wattbook_ingest_{name} {kind}"]
    return "\n".join([*head, *lines]) + "\n"


def metrics_text(found: Quality) -> str:
    """Return everything measured, one metric a figure, labelled by source and dataset."""
    datasets = [({"source": own.source, "dataset": own.dataset}, own) for own in found.datasets]
    overlaps = [
        ({"dataset": own.dataset, "sources": ",".join(own.sources), "unit": own.unit}, own)
        for own in found.disagreements
    ]
    latencies = [
        ({**labels, "quantile": f"{share:g}"}, seconds)
        for labels, own in datasets
        for share, seconds in own.latency.quantiles.items()
    ]
    complete = [
        (labels, own.completeness) for labels, own in datasets if own.completeness is not None
    ]
    aside = [
        ({"source": source, "dataset": dataset, "state": state, "reason": reason}, float(count))
        for source, dataset, state, reason, count in found.quarantine
    ]
    payloads = [({"source": source or "none"}, float(n)) for source, n in found.payloads.items()]
    kinds = [
        ({"source": own.source, "dataset": own.dataset, "kind": own.kind}, own)
        for own in found.tables
    ]
    at = found.at
    families = [
        ("payloads", "Payloads stored.", payloads),
        ("rows", "Delivery periods that are there.", [(n, float(q.rows)) for n, q in datasets]),
        ("versions", "Publications stored.", [(n, float(q.versions)) for n, q in datasets]),
        ("series", "Series.", [(n, float(q.series)) for n, q in datasets]),
        (
            "values_missing",
            "Rows without a value at the source.",
            [(n, float(q.values_missing)) for n, q in datasets],
        ),
        ("completeness_ratio", "Share of expected delivery periods that are there.", complete),
        (
            "periods_missing",
            "Delivery periods missing between first and last.",
            [(n, q.missing) for n, q in datasets],
        ),
        ("gaps", "Stretches of missing periods.", [(n, float(q.gaps)) for n, q in datasets]),
        (
            "staleness_seconds",
            "Time since the last row was received.",
            [(n, (at - q.last_recv) / NANOS) for n, q in datasets],
        ),
        (
            "horizon_seconds",
            "From now to the end of the last delivery; negative if it is past.",
            [(n, (q.last - at) / NANOS) for n, q in datasets],
        ),
        ("latency_seconds", "From publication to reception.", latencies),
        (
            "periods_compared",
            "Delivery periods that several sources have.",
            [(n, float(q.compared)) for n, q in overlaps],
        ),
        (
            "periods_different",
            "Delivery periods on which sources differ.",
            [(n, float(q.different)) for n, q in overlaps],
        ),
        (
            "difference_max",
            "Largest difference between sources.",
            [(n, q.difference_max) for n, q in overlaps],
        ),
        (
            "table_rows",
            "Rows that are no observations.",
            [(n, float(q.rows)) for n, q in kinds],
        ),
        (
            "table_staleness_seconds",
            "Time since the source of the rows was last heard.",
            [(n, (at - q.last_recv) / NANOS) for n, q in kinds],
        ),
        ("quarantine_parts", "Parts set aside.", aside),
        (
            "periods_counting",
            "Delivery periods that count of a source, where several tell.",
            [({"dataset": name, "source": source}, float(n)) for name, source, n in found.counting],
        ),
        (
            "periods_filled",
            "Delivery periods that were filled because nobody told them.",
            [({"dataset": name, "method": method}, float(n)) for name, method, n in found.filled],
        ),
        (
            "values_corrected",
            "Values that a rule changed.",
            [({"source": source, "rule": rule}, float(n)) for source, rule, n in found.corrections],
        ),
    ]
    return "".join(family(name, "gauge", text, samples) for name, text, samples in families)
