"""``wattbook replay``: the same journal gives the same events, the same strategies the same day."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.cli.options import whole

if TYPE_CHECKING:
    import polars as pl

    from wattbook.runtime.differences import Aligned, Compared
    from wattbook.runtime.folder import RunFolder
    from wattbook.runtime.replay import Replayed

__all__ = ["add_arguments", "execute"]

EPILOG = """\
The journal is replayed into a new engine, and every row of the run's event files is compared with
what that gives. With --strategies the day is traded again: the strategies of a desk file act anew
on the prices, and of a live run the quotes and reports, that the journal holds; every input and
event is compared with the journal's.

exit status: 0 no difference; 1 another state, or any difference; 2 the input is wrong.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("run", metavar="RUN_DIR", type=Path, help="folder that a run left")
    parser.add_argument(
        "--strategies", metavar="DESK", type=Path, help="trade the day again with this desk file"
    )
    parser.add_argument(
        "--data", metavar="DIR", type=Path, help="folder of recorded data; default: the run's"
    )
    parser.add_argument(
        "--shown",
        metavar="N",
        type=number,
        default=10,
        help="how many differences to show; default: 10",
    )
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="write all differences to a .csv or .parquet file"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")


def number(text: str) -> int:
    """Return how many differences to show."""
    return whole(text, 0, 1_000_000)


def sentence(row: dict[str, Any]) -> str:
    """Return a difference for the console."""
    place = [row["table"], f"input {row['input']:,}"]
    place += [f"order {row['order']}"] if row["order"] else []
    place += [row["instrument"]] if row["instrument"] else []
    said = {
        "changed": f"{row['field']} was {row['was'] or 'nothing'}, is {row['now'] or 'nothing'}",
        "missing": f"the row is no more ({row['was']})" if row["was"] else "the row is no more",
        "added": f"the row is new ({row['now']})" if row["now"] else "the row is new",
    }
    return f"  {', '.join(place)}: {said[row['kind']]}"


def lines_of(title: str, found: "Compared", shown: int) -> list[str]:
    """Return what is printed of a comparison."""
    count = found.differences.height
    if not count:
        return [f"{title}: {found.rows:,} rows of {found.tables} tables, no difference"]
    counted = "1 difference" if count == 1 else f"{count:,} differences"
    lines = [f"{title}: {found.rows:,} rows of {found.tables} tables, {counted}"]
    lines += [f"  {table}: {number:,}" for table, number in found.counts().items()]
    lines += [sentence(row) for row in found.differences.head(shown).iter_rows(named=True)]
    if count > shown:
        lines.append(f"  {count - shown:,} more; --out FILE keeps all of them")
    return lines


def document_of(found: "Compared | None", shown: int) -> dict[str, Any] | None:
    """Return a comparison as plain values; None if it was not made."""
    if found is None:
        return None
    return {
        "rows": found.rows,
        "tables": found.tables,
        "differences": found.differences.height,
        "by_table": found.counts(),
        "shown": found.differences.head(shown).to_dicts(),
    }


def events_compared(
    folder: "RunFolder",
    replayed: "Replayed",
    tables: "dict[str, pl.DataFrame]",
    symbols: dict[int, str],
) -> "Compared | None":
    """Return how the event files of a run differ from its journal; None where it left none."""
    from wattbook.runtime.differences import compared, kept_tables  # noqa: PLC0415 - light `--help`

    if not replayed.expected_hash:
        return None
    names = sorted({path.stem for path in folder.events.glob("*.parquet")} | set(tables))
    return compared(names, kept_tables(folder.events), tables.get, aligned="input", symbols=symbols)


def strategies_compared(
    chosen: argparse.Namespace,
    folder: "RunFolder",
    replayed: "Replayed",
    tables: "dict[str, pl.DataFrame]",
    symbols: dict[int, str],
) -> "Compared":
    """Return how the day differs from its journal when the strategies of a desk trade it again."""
    from wattbook.runtime.desk import load_desk  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.differences import compared  # noqa: PLC0415
    from wattbook.runtime.rerun import run_again  # noqa: PLC0415

    again = run_again(load_desk(chosen.strategies), folder, chosen.data, replayed, tables)
    aligned: Aligned = "input" if again.state_hash == replayed.state_hash else "order"
    return compared(
        sorted(set(tables) | set(again.tables)),
        tables.get,
        again.tables.get,
        aligned=aligned,
        symbols=symbols,
    )


def execute(chosen: argparse.Namespace) -> int:
    """Replay in this process and compare; return 1 if anything differs."""
    from wattbook.runtime.differences import symbols_of, together, write_differences  # noqa: PLC0415
    from wattbook.runtime.jobs import job  # noqa: PLC0415
    from wattbook.runtime.replay import replay_tables, resume_command, run_of  # noqa: PLC0415

    run = run_of(chosen.run)
    events = strategies = None
    with job(run.path, "replay", "journal"):
        replayed, tables = replay_tables(run)
        symbols = symbols_of(tables)
        events = events_compared(run, replayed, tables, symbols)
        if chosen.strategies is not None:
            strategies = strategies_compared(chosen, run, replayed, tables, symbols)
    found = {name: each for name, each in (("events", events), ("strategies", strategies)) if each}
    if chosen.out is not None:
        write_differences(chosen.out, together(found))
    is_same = replayed.is_same and not any(each.differences.height for each in found.values())
    write = sys.stdout.write
    if chosen.json:
        document = {
            "path": str(chosen.run),
            "inputs": replayed.inputs,
            "expected_inputs": replayed.expected_inputs,
            "state_hash": replayed.state_hash,
            "expected_state_hash": replayed.expected_hash or None,
            "torn_tail": replayed.torn_tail,
            "events": document_of(events, chosen.shown),
            "strategies": document_of(strategies, chosen.shown),
            "is_same": is_same,
        }
        write(json.dumps(document, ensure_ascii=False) + "\n")
        return 0 if is_same else 1
    write(f"replayed {replayed.inputs:,} inputs\n")
    if replayed.torn_tail is not None:
        write(f"the journal ends in a torn record: {replayed.torn_tail}\n")
    write(f"state hash {replayed.state_hash}\n")
    if not replayed.expected_hash:
        write(
            "the run goes on, or was killed before it noted its hash and its events; "
            f"`{resume_command(run)}` goes on\n"
        )
    elif replayed.is_same:
        write("the run noted the same\n")
    else:
        write(f"the run noted {replayed.expected_hash} after {replayed.expected_inputs:,} inputs\n")
    titles = {
        "events": "event files",
        "strategies": f"strategies of {chosen.strategies}, traded again",
    }
    for name, each in found.items():
        write("\n".join(lines_of(titles[name], each, chosen.shown)) + "\n")
    return 0 if is_same else 1
