"""``wattbook ingest quarantine``: what was set aside, and what is to become of it."""

import argparse
import getpass
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.ingest.common import add_store, stored_pipeline, when
from wattbook.cli.progress import Progress

if TYPE_CHECKING:
    from wattbook.runtime.ingest.pipeline import Pipeline
    from wattbook.store.quarantine import Entry

__all__ = ["add_arguments", "execute"]

RAW_SHOWN = 400
ACTS = {
    "list": "what was set aside, in order of arrival",
    "show": "one part with its bytes and its history",
    "release": "let a refused row count: you vouch for it",
    "drop": "say that a part is worth nothing",
    "reprocess": "read the payloads again with the readers and rules of now",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the commands."""
    below = parser.add_subparsers(dest="act", metavar="ACT", title="acts", required=True)
    made = {name: below.add_parser(name, help=summary) for name, summary in ACTS.items()}
    for act in made.values():
        add_store(act)
    for name in ("show", "release", "drop"):
        made[name].add_argument("number", metavar="NUMBER", type=int, help="of the part")
    for name in ("release", "drop"):
        made[name].add_argument("--why", required=True, help="the reason, for whoever asks later")
        made[name].add_argument("--who", default="", help="your name (default: the user's)")
    made["reprocess"].add_argument("--why", default="reprocessed by hand", help="what has changed")
    made["reprocess"].add_argument(
        "--all", action="store_true", help="every payload kept, not only those with held parts"
    )
    for name in ("list", "reprocess"):
        made[name].add_argument("--source", default="", help="of this source alone")
    made["list"].add_argument(
        "--state", choices=["held", "released", "corrected", "dropped", "any"], default="held"
    )
    made["list"].add_argument("--limit", type=int, default=50, help="at most (default %(default)s)")
    made["list"].add_argument("--json", action="store_true", help="print one JSON list instead")


def execute(chosen: argparse.Namespace) -> int:
    """Do what was chosen; return the exit status."""
    with stored_pipeline(chosen) as pipeline:
        return act(chosen, pipeline)


def act(chosen: argparse.Namespace, pipeline: "Pipeline") -> int:
    """Do what was chosen with the stores; return the exit status."""
    console = Console(plain=True if chosen.plain else None)
    if chosen.act == "list":
        return list_parts(chosen, pipeline, console)
    if chosen.act == "show":
        return show(chosen, pipeline, console)
    if chosen.act == "reprocess":
        return reprocess(chosen, pipeline, console)
    from wattbook.store.quarantine import State  # noqa: PLC0415 - keeps `--help` light

    who = chosen.who or getpass.getuser()
    if chosen.act == "release":
        found = pipeline.release(chosen.number, who, chosen.why)
        console.line(f"released part {chosen.number}; {found.name} now gives {found.rows:,} rows")
        return 0
    pipeline.quarantine.decide(chosen.number, State.DROPPED, pipeline.now(), who, chosen.why)
    console.line(f"dropped part {chosen.number}")
    return 0


def list_parts(chosen: argparse.Namespace, pipeline: "Pipeline", console: Console) -> int:
    """Print parts and how many there are of each state."""
    from wattbook.store.quarantine import State  # noqa: PLC0415 - keeps `--help` light

    state = None if chosen.state == "any" else State(chosen.state)
    found = pipeline.quarantine.entries(state, chosen.source, limit=chosen.limit)
    if chosen.json:
        print_json([plain(entry) for entry in found])
        return 0
    table = Table(
        "Quarantine", ["number", "state<", "source<", "payload<", "place<", "offset", "reason<"]
    )
    for entry in found:
        part = entry.part
        table.rows.append(
            [
                str(entry.number),
                entry.state.value,
                part.source or "none",
                part.name,
                part.place,
                f"{part.offset:,}",
                part.reason[:80],
            ]
        )
    console.table(table)
    counts: dict[str, int] = {}
    for source, _, held, _, count in pipeline.quarantine.counts():
        if chosen.source in ("", source):
            counts[held] = counts.get(held, 0) + count
    said = ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
    console.line(said or "nothing was set aside")
    return 0


def plain(entry: "Entry") -> dict[str, object]:
    """Return a part for JSON, its bytes left out."""
    part = entry.part
    names = ("source", "dataset", "payload", "name", "address", "ts_recv", "place", "offset")
    made: dict[str, object] = {name: getattr(part, name) for name in names}
    return (
        {"number": entry.number, "state": entry.state.value}
        | made
        | {
            "reason": part.reason,
            "is_row": part.is_row,
        }
    )


def show(chosen: argparse.Namespace, pipeline: "Pipeline", console: Console) -> int:
    """Print one part, its bytes and its history."""
    entry = pipeline.quarantine.entry(chosen.number)
    part = entry.part
    kept = pipeline.cache.object_path(part.payload)
    facts = [
        ("state", entry.state.value),
        ("source", f"{part.source or 'none'} {part.dataset}".strip()),
        ("payload", f"{part.name} ({part.address})"),
        ("received", when(part.ts_recv)),
        ("SHA-256", part.payload),
        ("kept at", str(kept) if kept.exists() else "nowhere; the bytes below are all there is"),
        ("place", f"{part.place}, byte {part.offset:,}"),
        ("reason", part.reason),
        ("bytes", f"{len(part.raw):,} kept: {part.raw[:RAW_SHOWN]!r}"),
    ]
    for name, text in facts:
        console.line(f"{name:9} {text}")
    console.line()
    table = Table("History", ["at<", "state<", "who<", "why<"])
    for step in pipeline.quarantine.history(entry.number):
        table.rows.append([when(step.at), step.state.value, step.who, step.why])
    console.table(table)
    return 0


def reprocess(chosen: argparse.Namespace, pipeline: "Pipeline", console: Console) -> int:
    """Read payloads again; print what changed; return 1 if a reader raised."""
    from wattbook.runtime.ingest.reprocess import (  # noqa: PLC0415 - keeps `--help` light
        candidates,
    )

    found = candidates(pipeline, chosen.source, every=chosen.all)
    mended = rows = raised = changed = 0
    with Progress("payloads", len(found), plain=True if chosen.plain else None) as progress:
        for received in found:
            ingested, entries = pipeline.take_again(received, chosen.why)
            mended += len(entries)
            rows += ingested.rows
            raised += bool(ingested.raised)
            changed += ingested.is_new
            progress.advance(note=received.name)
            if ingested.raised:
                console.line(f"{received.name}: {ingested.raised}", "red")
    console.line(
        f"{len(found):,} payloads read again: {changed:,} changed, {rows:,} rows stored anew, "
        f"{mended:,} parts corrected, {raised:,} raised"
    )
    return 1 if raised else 0
