"""``wattbook book``: deals come into a desk's book, amendments are approved, both are told."""

from __future__ import annotations

import argparse
import datetime as dt
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.options import seed
from wattbook.errors import InputError, WattbookError

if TYPE_CHECKING:
    import polars as pl

    from wattbook.portfolio.book import DealBook, Imported, TradeBook
    from wattbook.runtime.book import BookReference

__all__ = ["add_arguments", "execute"]

EPILOG = """\
DIR is the folder of a book; docs/book-and-close.md tells its reference, the columns of deals and
what becomes of each row.

examples:
  wattbook book init out/book --reference examples/book/reference.toml
  wattbook book import out/book examples/book/deals.csv --person ana
  wattbook book import out/book trades/ --named-by file --person ana      FpML documents
  wattbook book import out/book runs/my-day --person ana --trader ana \\
      --counterparty "EEX via ClearBank" --operator TSO --owner own       what a run traded
  wattbook book structured out/book                  trades of FpML; with one, all its terms
  wattbook book pending out/book                     amendments that wait for a second person
  wattbook book approve out/book 1 --person ben
  wattbook book history out/book D-1003              every version of a deal
  wattbook book cancel out/book S-2001 --person ana  a structured deal; a second person approves
  wattbook book rehearse out/month                   a made-up month with planted errors: all found?
  wattbook book refused out/book                     rows that were not booked, and why
  wattbook book init out/book --reference new.toml --person ana   a change: waits as R2 for another
  wattbook book references out/book                  who changed the reference, when, and how

exit status: 0 done; 1 rows were refused, or a rehearsal missed an error; 2 the input is wrong
"""
ROWS_MAX = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    made = {
        "init": acts.add_parser("init", help="make a book, or propose a changed reference"),
        "import": acts.add_parser("import", help="book the deals of CSV files, trades of FpML"),
        "pending": acts.add_parser("pending", help="amendments that wait"),
        "approve": acts.add_parser("approve", help="let an amendment stand"),
        "reject": acts.add_parser("reject", help="let an amendment fall"),
        "cancel": acts.add_parser("cancel", help="a structured deal, by a second person's leave"),
        "history": acts.add_parser("history", help="every version of a deal"),
        "refused": acts.add_parser("refused", help="rows that were not booked"),
        "references": acts.add_parser("references", help="who changed the reference, when, how"),
        "structured": acts.add_parser("structured", help="trades of FpML; all terms of one"),
        "rehearse": acts.add_parser("rehearse", help="close a made-up month with planted errors"),
    }
    for name, act in made.items():
        act.add_argument("book", metavar="DIR", type=Path, help="the book")
        if name == "init":
            act.add_argument("--reference", metavar="FILE", type=Path, required=True)
            act.add_argument("--person", metavar="NAME", help="who changes the reference")
        if name == "import":
            act.add_argument(
                "file",
                metavar="FILE",
                type=Path,
                help="deals: .csv; FpML: .xml or a folder; a run: its folder",
            )
            act.add_argument("--trader", metavar="NAME", help="of a run: who answers for it")
            act.add_argument(
                "--counterparty", metavar="NAME", help="of a run: who clears what it traded"
            )
            act.add_argument(
                "--operator", metavar="NAME", help="of a run: who settles its imbalances"
            )
            act.add_argument(
                "--owner", metavar="NAME", help="of a run: who brings what its assets deliver"
            )
            act.add_argument(
                "--place",
                metavar="LOCATION=PLACE",
                action="append",
                default=[],
                help="of a run: which place of the calendars a location is; may be repeated",
            )
            act.add_argument(
                "--named-by",
                choices=("number", "file"),
                default="number",
                help="what a trade of FpML is called by; default: its number",
            )
        if name == "rehearse":
            act.add_argument("--days", metavar="N", type=int, default=20, help="default: 20")
            act.add_argument("--seed", metavar="N", type=seed, default=1, help="default: 1")
        if name == "structured":
            act.add_argument("deal", metavar="DEAL", nargs="?", help="of which all terms are told")
        if name in ("approve", "reject"):
            act.add_argument(
                "number",
                metavar="NUMBER",
                help="of the amendment; T1 of a trade, R1 of the reference",
            )
            act.add_argument("--comment", metavar="TEXT", default="")
        if name in ("cancel", "history"):
            act.add_argument("deal", metavar="DEAL")
        if name in ("import", "approve", "reject", "cancel"):
            act.add_argument("--person", metavar="NAME", required=True, help="who acts")
        act.add_argument("--json", action="store_true", help="print one JSON object instead")
        act.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Do one act; return 1 if rows were refused, or a rehearsal missed an error."""
    console = Console(plain=chosen.plain or None)
    if chosen.act == "rehearse":
        return rehearsed(chosen, console)
    if chosen.act == "references":
        return references(chosen, console)
    return act_on(chosen, console)


def references(chosen: argparse.Namespace, console: Console) -> int:
    """Tell who changed the reference, also of a book whose file was changed behind its back."""
    from wattbook.runtime.book import open_deals  # noqa: PLC0415 - keeps `--help` light

    versions = open_deals(chosen.book).references.table().drop("text")
    tell(chosen, console, versions, "references that were taken over")
    return 0


def act_on(chosen: argparse.Namespace, console: Console) -> int:
    """Do one act on a book; return 1 if rows were refused."""
    from wattbook.portfolio.book import TradeBook  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.book import open_book  # noqa: PLC0415

    if chosen.act == "init":
        begin(chosen, console)
        return 0
    book, reference = open_book(chosen.book)
    trades = TradeBook(chosen.book)
    match chosen.act:
        case "import":
            if (chosen.file / "run.json").is_file():
                return bring_run(chosen, console, book, reference)
            is_fpml = chosen.file.is_dir() or chosen.file.suffix == ".xml"
            if is_fpml:
                return bring_trades(chosen, console, trades, reference)
            return bring(chosen, console, book, reference)
        case "pending":
            wait(chosen, console)
        case "cancel":
            cancel(chosen, console, trades, reference)
        case "history":
            is_structured = chosen.deal in trades.table()["deal"]
            found = (trades if is_structured else book).history(chosen.deal)
            tell(chosen, console, found, chosen.deal)
        case "refused":
            tell(chosen, console, book.refused(), "rows that were not booked")
        case "structured":
            structured(chosen, console, trades)
        case _:
            decide(chosen, console)
    return 0


def begin(chosen: argparse.Namespace, console: Console) -> None:
    """Make a book, or propose a changed reference of one."""
    from wattbook.runtime.book import (  # noqa: PLC0415 - keeps `--help` light
        make_book,
        propose_reference,
    )

    if (chosen.book / "reference.toml").is_file() and chosen.person is not None:
        number = propose_reference(chosen.book, chosen.reference, person=chosen.person)
        waits = {"number": f"R{number}", "state": "waiting"}
        say(chosen, console, waits, f"the change waits as R{number} for a second person")
        return
    _, reference = make_book(chosen.book, chosen.reference, person=chosen.person)
    told = {
        "desk": reference.desk.name,
        "books": len(reference.names.books),
        "counterparties": len(reference.names.counterparties),
        "limits": len(reference.limits),
    }
    say(chosen, console, told, f"{chosen.book} is a book of {reference.desk.name}")


def rehearsed(chosen: argparse.Namespace, console: Console) -> int:
    """Close a made-up month and tell which of its planted errors were found."""
    from wattbook.runtime.book import rehearse  # noqa: PLC0415 - keeps `--help` light

    found = rehearse(
        chosen.book,
        days=chosen.days,
        seed=chosen.seed,
        tell=(lambda _: None) if chosen.json else console.line,
    )
    if chosen.json:
        told = {
            "days": found.days,
            "deals": found.deals,
            "planted": [
                {"kind": one.kind, "day": one.day.isoformat(), "found": one.found}
                for one in found.planted
            ],
            "alarms": list(found.alarms),
            "unexplained": found.unexplained,
        }
        print_json(told)
    else:
        rows = [[f"{one.day}", one.kind, one.found or "MISSED"] for one in found.planted]
        console.table(Table("errors that were planted", ["day<", "error<", "what found it<"], rows))
        for sentence in found.alarms:
            console.line(f"false alarm: {sentence}", "red")
        console.line(
            f"{len(found.planted) - len(found.missed)} of {len(found.planted)} errors found, "
            f"{len(found.alarms)} false alarms; {found.days} days of {found.deals:,} deals closed "
            "and made again to the last bit"
        )
    return 1 if found.missed or found.alarms else 0


def decide(chosen: argparse.Namespace, console: Console) -> None:
    """Approve or reject an amendment of a deal, as T1 of a trade, or as R1 of the reference."""
    from wattbook.runtime.book import decide_amendment  # noqa: PLC0415 - keeps `--help` light

    done = "approved" if chosen.act == "approve" else "rejected"
    decide_amendment(
        chosen.book,
        chosen.number,
        person=chosen.person,
        approves=chosen.act == "approve",
        comment=chosen.comment,
    )
    told = {"number": chosen.number, "state": done}
    say(chosen, console, told, f"amendment {chosen.number} is {done}")


def structured(chosen: argparse.Namespace, console: Console, trades: TradeBook) -> None:
    """Tell the structured trades, or all terms of one."""
    import polars as pl  # noqa: PLC0415 - keeps `--help` light

    if chosen.deal is None:
        tell(chosen, console, trades.table(), "structured deals")
        return
    terms = pl.DataFrame(trades.terms(chosen.deal), schema=["term", "value"], orient="row")
    tell(chosen, console, terms, chosen.deal)


def cancel(
    chosen: argparse.Namespace, console: Console, trades: TradeBook, reference: BookReference
) -> None:
    """Queue the cancellation of a structured deal."""
    person = reference.person(chosen.person)
    if chosen.deal not in trades.table()["deal"]:
        raise InputError(
            f"the book has no structured deal {chosen.deal!r}; another deal is cancelled by a file "
            "of deals in which its status is cancelled"
        )
    found = trades.cancel([chosen.deal], file="", person=person, known_ns=time.time_ns())
    state = "waits" if found.queued else "unchanged"
    sentence = (
        f"the cancellation of {chosen.deal} waits for a second person: `wattbook book pending`"
        if found.queued
        else f"{chosen.deal} is cancelled, or waits to be"
    )
    say(chosen, console, {"deal": chosen.deal, "state": state}, sentence)


def say(chosen: argparse.Namespace, console: Console, told: dict[str, Any], sentence: str) -> None:
    """Tell one thing."""
    if chosen.json:
        print_json(told)
    else:
        console.line(sentence)


def bring(
    chosen: argparse.Namespace, console: Console, book: DealBook, reference: BookReference
) -> int:
    """Book a file and tell what became of its rows."""
    from wattbook.runtime.book import import_deals  # noqa: PLC0415 - keeps `--help` light

    return brought(
        chosen, console, import_deals(book, reference, chosen.file, person=chosen.person)
    )


def bring_run(
    chosen: argparse.Namespace, console: Console, book: DealBook, reference: BookReference
) -> int:
    """Book what a run traded and tell what became of its deals."""
    from wattbook.runtime.book import RunTerms, import_run  # noqa: PLC0415 - as above

    for name in ("trader", "counterparty"):
        if getattr(chosen, name) is None:
            raise InputError(f"a run's deals need --{name}; name one of the reference")
    places = dict(text.partition("=")[::2] for text in chosen.place)
    if any(not location or not place for location, place in places.items()):
        raise InputError("--place is LOCATION=PLACE, such as NORTH=DE-LU")
    terms = RunTerms(chosen.trader, chosen.counterparty, chosen.operator, chosen.owner, places)
    found, left = import_run(book, reference, chosen.file, terms, person=chosen.person)
    if left and not chosen.json:
        console.line(
            f"{left:,} imbalances and deliveries are not booked; name who settles and brings them "
            "with --operator and --owner",
            "yellow",
        )
    return brought(chosen, console, found)


def brought(chosen: argparse.Namespace, console: Console, found: Imported) -> int:
    """Tell what became of deals; return 1 if some were refused."""
    counts = {
        "new": found.new,
        "of_them_late": found.late,
        "unchanged": found.unchanged,
        "wait_for_approval": found.queued,
        "refused": len(found.refused),
    }
    if chosen.json:
        rows = [
            {"row": one.row, "field": one.field, "value": one.value, "reason": one.reason}
            for one in found.refused
        ]
        print_json({**counts, "rows": rows})
    else:
        console.table(
            Table(chosen.file.name, ["deals<", ""], [[k.replace("_", " "), f"{v:,}"]
                                                   for k, v in counts.items()])
        )  # fmt: skip
        for one in found.refused[:ROWS_MAX]:
            console.line(f"row {one.row}, {one.field} {one.value!r} {one.reason}", "red")
        if len(found.refused) > ROWS_MAX:
            console.line(f"and {len(found.refused) - ROWS_MAX:,} more: `wattbook book refused`")
    return 1 if found.refused else 0


def bring_trades(
    chosen: argparse.Namespace, console: Console, book: TradeBook, reference: BookReference
) -> int:
    """Book documents, one after the other, and tell what became of their trades."""
    from wattbook.runtime.book import (  # noqa: PLC0415 - keeps `--help` light
        import_trades,
        repeated_numbers,
    )

    files = sorted(chosen.file.glob("*.xml")) if chosen.file.is_dir() else [chosen.file]
    if not files:
        raise InputError(f"{chosen.file} holds no .xml; give documents of FpML")
    by_file = chosen.named_by == "file"
    again = {} if by_file else repeated_numbers(files)
    shared = {file for where in again.values() for file in where}
    counts = {"new": 0, "unchanged": 0, "wait_for_approval": 0, "overtaken": 0}
    refused: list[str] = []
    notes = [f"{one} stands in several documents: they are called by file and number"
             for one in sorted(again)]  # fmt: skip
    for file in files:
        try:
            found, more = import_trades(
                book,
                reference,
                file,
                person=chosen.person,
                is_named_by_file=by_file or file in shared,
            )
        except WattbookError as fault:
            refused.append(str(fault))
            continue
        notes += more
        counts["new"] += found.new
        counts["unchanged"] += found.unchanged
        counts["wait_for_approval"] += found.queued
        counts["overtaken"] += found.older
    if chosen.json:
        print_json({**counts, "refused": refused, "notes": notes})
    else:
        rows = [[name.replace("_", " "), f"{count:,}"] for name, count in counts.items()]
        console.table(Table(chosen.file.name, ["trades<", ""], rows))
        for sentence in notes:
            console.line(sentence, "yellow")
        for sentence in refused:
            console.line(sentence, "red")
    return 1 if refused else 0


def wait(chosen: argparse.Namespace, console: Console) -> None:
    """Tell the amendments that wait."""
    from wattbook.runtime.book import waiting  # noqa: PLC0415 - keeps `--help` light

    rows = [
        (one.number, one.deal or "the reference", one.entered_by, one.reason)
        for one in waiting(chosen.book)
    ]
    if chosen.json:
        names = ("number", "deal", "entered_by", "reason")
        told = [dict(zip(names, one, strict=True)) for one in rows]
        print_json(told)
        return
    headings = ["number", "deal<", "entered by<", "what<"]
    console.table(Table("amendments that wait", headings, [list(one) for one in rows]))


def tell(chosen: argparse.Namespace, console: Console, found: pl.DataFrame, title: str) -> None:
    """Tell a table, powers and prices as people write them."""
    rows = [
        {
            name: cell(name, value)
            for name, value in row.items()
        }
        for row in found.iter_rows(named=True)
    ]  # fmt: skip
    if chosen.json:
        print_json(rows)
        return
    names = list(rows[0]) if rows else found.columns
    lines = [["" if row[name] is None else str(row[name]) for name in names] for row in rows]
    # Instants are written as such, whatever their unit in the file.
    headings = [f"{name.removesuffix('_ns').replace('_', ' ')}<" for name in names]
    console.table(Table(title, headings, lines))


def cell(name: str, value: object) -> object:
    """Return a value of the book for people."""
    if isinstance(value, int) and name in ("power", "price", "fee"):
        return value / 1e6
    if isinstance(value, int) and name in ("known_ns", "decided_ns"):
        return dt.datetime.fromtimestamp(value / 1e9, dt.UTC).isoformat(timespec="seconds")
    return value
