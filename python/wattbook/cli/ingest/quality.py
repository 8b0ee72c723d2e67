"""``wattbook ingest quality``: what is complete, on time, in agreement, and set aside."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.ingest.common import add_store, instant, stored_pipeline, when

if TYPE_CHECKING:
    from wattbook.runtime.ingest.quality import Quality

__all__ = ["add_arguments", "execute"]

REASONS_SHOWN = 12
GAPS_SHOWN = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = "exit status: 0 measured; 2 the input is wrong."
    add_store(parser)
    parser.add_argument("--from", dest="first", type=instant, metavar="T", help="first delivery")
    parser.add_argument("--to", dest="last", type=instant, metavar="T", help="end, exclusive")
    parser.add_argument("--source", default="", help="this source alone")
    parser.add_argument(
        "--zone", default="", help="IANA zone of the days (default: the location's)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument(
        "--metrics", type=Path, metavar="FILE", help="write Prometheus' text format there"
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the report with plots")


def tables(found: "Quality") -> list[Table]:
    """Return what was measured as tables."""
    from wattbook.runtime.ingest.quality import NANOS, gap_key  # noqa: PLC0415 - `--help` is light
    from wattbook.runtime.ingest.quality_page import percent, span_text  # noqa: PLC0415

    heads = ["source<", "dataset<", "series", "rows", "complete", "missing", "gaps"]
    heads += ["latency 50 %", "99 %", "received before", "delivery until<"]
    datasets = Table("Datasets", heads)
    for own in found.datasets:
        quantiles = own.latency.quantiles
        datasets.rows.append(
            [
                own.source,
                own.dataset,
                f"{own.series:,}",
                f"{own.rows:,}",
                percent(own.completeness),
                f"{own.missing:,.0f}",
                f"{own.gaps:,}",
                span_text(quantiles[0.5]) if quantiles else "–",
                span_text(quantiles[0.99]) if quantiles else "–",
                span_text((found.at - own.last_recv) / NANOS),
                when(own.last),
            ]
        )
    gaps = Table("Longest gaps", ["series<", "from<", "to<", "periods"])
    for row in found.gaps.head(GAPS_SHOWN).iter_rows(named=True):
        gaps.rows.append([gap_key(row), when(row["start"]), when(row["end"]), str(row["periods"])])
    apart = Table(
        "Several sources on the same periods",
        ["dataset<", "sources<", "compared", "different", "largest", "where<"],
    )
    for entry in found.disagreements:
        apart.rows.append(
            [
                entry.dataset,
                ", ".join(entry.sources),
                f"{entry.compared:,}",
                f"{entry.different:,}",
                f"{entry.difference_max:,.6g} {entry.unit}",
                entry.worst,
            ]
        )
    kept = Table("Tables", ["source<", "dataset<", "kind<", "rows", "heard before"])
    for table in found.tables:
        heard = span_text((found.at - table.last_recv) / NANOS)
        kept.rows.append([table.source, table.dataset, table.kind, f"{table.rows:,}", heard])
    aside = Table("Quarantine", ["source<", "dataset<", "state<", "reason<", "parts"])
    for source, dataset, state, reason, count in found.quarantine[:REASONS_SHOWN]:
        aside.rows.append([source, dataset, state, reason[:70], f"{count:,}"])
    counting = Table("Sources that count", ["dataset<", "source<", "periods"])
    filled = Table("Filled", ["dataset<", "method<", "periods"])
    corrected = Table("Corrected", ["source<", "rule<", "values"])
    for shown, pairs in (
        (counting, found.counting),
        (filled, found.filled),
        (corrected, found.corrections),
    ):
        shown.rows.extend([one, two, f"{count:,}"] for one, two, count in pairs)
    return [datasets, kept, gaps, apart, counting, filled, corrected, aside]


def execute(chosen: argparse.Namespace) -> int:
    """Measure, print tables, write the files asked for."""
    import wattbook  # noqa: PLC0415 - the version is in the compiled module
    from wattbook.runtime.ingest.quality import measure  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.ingest.quality_metrics import metrics_text  # noqa: PLC0415
    from wattbook.runtime.ingest.quality_page import quality_page  # noqa: PLC0415
    from wattbook.sources.fetch.cache import write_whole  # noqa: PLC0415
    from wattbook.store.observations import Span  # noqa: PLC0415

    console = Console(plain=True if chosen.plain else None)
    span = Span(source=chosen.source, start=chosen.first, end=chosen.last)
    with stored_pipeline(chosen) as pipeline:
        found = measure(pipeline, pipeline.now(), span, chosen.zone)
    if chosen.metrics is not None:
        write_whole(chosen.metrics, metrics_text(found).encode())
    if chosen.html is not None:
        write_whole(chosen.html, quality_page(found, wattbook.__version__).encode())
    if chosen.json:
        document = {
            "at": found.at,
            "datasets": [asdict(own) for own in found.datasets],
            "gaps": found.gaps.to_dicts(),
            "disagreements": [asdict(own) for own in found.disagreements],
            "quarantine": found.quarantine,
            "payloads": found.payloads,
            "counting": found.counting,
            "filled": found.filled,
            "corrections": found.corrections,
            "tables": [asdict(own) for own in found.tables],
        }
        print_json(document)
        return 0
    for table in tables(found):
        if table.rows:
            console.table(table)
            console.line()
    for path in (chosen.metrics, chosen.html):
        if path is not None:
            console.line(f"wrote {path}")
    return 0
