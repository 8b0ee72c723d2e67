"""``wattbook portfolio``: what the last close of a book or a run holds, and what would hedge it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wattbook.cli.console import Console, Table, print_json
from wattbook.cli.places import make_file
from wattbook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    import polars as pl

    from wattbook.portfolio.book import DealBook
    from wattbook.runtime.book import BookReference

__all__ = ["add_arguments", "execute"]

EPILOG = """\
examples:
  wattbook portfolio out/book                positions of the last close, by book, place and month
  wattbook portfolio out/book --book power   of one book
  wattbook portfolio out/book --report portfolio.html --export positions.xlsx
  wattbook portfolio out/book --credit       exposure by netting set and counterparty, now and later
  wattbook portfolio out/book --book power --hedge "DE-LU Q3-27 Base,DE-LU Q3-27 Peak" --cost 0.05
  wattbook portfolio out/book --book wind --hedge "DE-LU Q3-27 Base" --least energy
  wattbook portfolio runs/generated-day      a run: what is open, P&L explained, closes of its days
  wattbook portfolio runs/generated-day --minutes out/minutes.parquet

exit status: 0 good; 2 the input is wrong
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.epilog = EPILOG
    parser.add_argument("folder", metavar="DIR", type=Path, help="the book, or a run")
    parser.add_argument("--book", metavar="NAME", help="one book of the desk")
    parser.add_argument(
        "--hedge", metavar="PRODUCTS", help="propose trades in these products, between commas"
    )
    parser.add_argument(
        "--credit", action="store_true", help="what counterparties owe and may come to owe"
    )
    parser.add_argument(
        "--least",
        choices=("risk", "energy"),
        default="risk",
        help="what a hedge leaves least of: conditional value at risk (default), or energy that "
        "is open, period by period",
    )
    parser.add_argument(
        "--lot", metavar="MW", type=float, default=1.0, help="of a hedge; default: %(default)s"
    )
    parser.add_argument(
        "--most", metavar="MW", type=float, default=1_000.0, help="of a hedge; default: 1000"
    )
    parser.add_argument(
        "--cost", metavar="MONEY", type=float, default=0.0, help="a MWh traded; default: none"
    )
    parser.add_argument(
        "--worth",
        metavar="MONEY",
        type=float,
        default=1.0,
        help="with --least energy: of a MWh that stays open; default: %(default)s",
    )
    parser.add_argument(
        "--report", metavar="FILE", type=Path, help="of a book: where to leave a page with plots"
    )
    parser.add_argument(
        "--export",
        metavar="FILE",
        type=Path,
        help="of a book: its positions as a table, .csv, .parquet or .xlsx; those of structured "
        "deals in a sheet, or a file NAME_structured, of their own",
    )
    parser.add_argument(
        "--minutes", metavar="FILE", type=Path, help="of a run: P&L by minute and line, to a file"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    parser.add_argument("--plain", action="store_true", help="plain lines, also on a terminal")


def execute(chosen: argparse.Namespace) -> int:
    """Show positions by delivery month, or those of a run."""
    if (chosen.folder / "run.json").is_file():
        from wattbook.cli.portfolio_run import show_run  # noqa: PLC0415 - keeps `--help` light

        return show_run(chosen)
    if chosen.minutes is not None:
        raise InputError(f"--minutes is of a run; {chosen.folder} has no run.json")
    import polars as pl  # noqa: PLC0415 - keeps `--help` light

    from wattbook.runtime.book import (  # noqa: PLC0415 - as above
        index_positions_of,
        last_close,
        marked_books,
        open_book,
        pnl_history,
        positions_of,
    )

    book, reference = open_book(chosen.folder)
    last = last_close(book)
    if last is None:
        raise InputError(f"no day of {chosen.folder} is closed; close one with `wattbook close`")
    if chosen.hedge is not None:
        return propose(chosen, book, reference)
    if chosen.credit:
        from wattbook.cli.portfolio_credit import show_credit  # noqa: PLC0415

        return show_credit(chosen, book, reference, last)
    found, moved = positions_of(book, last), pnl_history(book)
    of_indices = index_positions_of(book, last)
    if chosen.book is not None:
        if chosen.book not in reference.names.books:
            raise InputError(
                f"{chosen.book!r} is no book; use one of {', '.join(sorted(reference.names.books))}"
            )
        found, moved = (one.filter(pl.col("book") == chosen.book) for one in (found, moved))
        of_indices = (
            of_indices.filter(pl.col("book") == chosen.book) if len(of_indices) else of_indices
        )
    title = f"{reference.desk.name}, close of {last.day}"
    leave(chosen, title, (found, of_indices), moved, reference)
    if chosen.json:
        rows = [*found.to_dicts(), *of_indices.to_dicts()]
        print_json(rows)
        return 0
    worth = f"market value, {reference.desk.currency}"
    from wattbook.runtime.report.portfolio_book import MARKED, month_of  # noqa: PLC0415 - as above

    table = Table(
        f"open at the close of {last.day}",
        [
            "book<",
            "place<",
            "month<",
            "MWh",
            "peak MWh",
            "price",
            worth,
        ],
        [
            [
                str(row["book"]),
                str(row["place"]),
                month_of(row),
                f"{row['energy_mwh']:,.1f}",
                f"{row['peak_mwh']:,.1f}",
                f"{row['price']:,.2f} {row['currency']}",
                f"{row['market_value']:,.0f}",
            ]
            for row in found.iter_rows(named=True)
        ],
    )
    console = Console(plain=chosen.plain or None)
    if found.height or not of_indices.height:
        console.table(table)
    if of_indices.height:
        console.table(index_table(of_indices, worth))
    in_doubt = marked_books(book, last)
    now = moved.filter(pl.col("day") == last.day)
    console.table(pnl_table(now, reference.desk.currency, in_doubt))
    if in_doubt:
        console.line(MARKED)
    return 0


def index_table(found: pl.DataFrame, worth: str) -> Table:
    """Return what structured deals hold of their indices."""
    from wattbook.runtime.report.portfolio_book import month_of  # noqa: PLC0415 - as above

    return Table(
        "open of structured deals, options by delta",
        ["book<", "index<", "month<", "quantity", "unit<", "price", worth],
        [
            [
                str(row["book"]),
                str(row["index"]),
                month_of(row),
                f"{row['quantity']:,.1f}",
                str(row["unit"]).replace("_", " "),
                f"{row['price']:,.3f} {row['currency']}",
                f"{row['market_value']:,.0f}",
            ]
            for row in found.iter_rows(named=True)
        ],
    )


def pnl_table(moved: pl.DataFrame, currency: str, in_doubt: Collection[str]) -> Table:
    """Return why the value moved since the close before; a dagger stands at books in doubt."""
    from wattbook.portfolio.book import LINES  # noqa: PLC0415 - keeps `--help` light
    from wattbook.runtime.book.marking import DAGGER  # noqa: PLC0415 - as above

    amounts: dict[str, dict[str, float]] = {}
    for book, line, amount in moved.select("book", "line", "amount").iter_rows():
        amounts.setdefault(book, {})[line] = amount
    return Table(
        f"P&L explained since the close before, {currency}",
        ["book<", *LINES, "together"],
        [
            [
                book + DAGGER * (book in in_doubt),
                *(f"{lines[line]:,.2f}" for line in LINES),
                f"{sum(lines.values()):,.2f}",
            ]
            for book, lines in amounts.items()
        ],
    )


def leave(
    chosen: argparse.Namespace,
    title: str,
    positions: tuple[pl.DataFrame, pl.DataFrame],
    moved: pl.DataFrame,
    reference: BookReference,
) -> None:
    """Leave the page and the tables that were asked for: of places, and of indices if there are.

    Raises
    ------
    InputError
        If the table's name says no kind of table.
    """
    if chosen.report is not None:
        from wattbook.runtime.report.portfolio_book import portfolio_page  # noqa: PLC0415

        make_file(chosen.report)
        page = portfolio_page(title, *positions, moved, reference.desk.currency)
        chosen.report.write_text(page, encoding="utf-8")
    if chosen.export is not None:
        if chosen.export.suffix not in (".csv", ".parquet", ".xlsx"):
            raise InputError(f"{chosen.export}: give a name in .csv, .parquet or .xlsx")
        make_file(chosen.export, "--export")
        export(chosen.export, dict(zip(("positions", "structured"), positions, strict=True)))


def export(path: Path, tables: dict[str, pl.DataFrame]) -> None:
    """Write tables: sheets of one workbook, or a file each, those after the first named by theirs.

    What has no row is left out, but for the first.
    """
    first, *others = tables
    rest = [name for name in others if tables[name].height]
    if path.suffix == ".xlsx":
        import xlsxwriter  # noqa: PLC0415 - of an extra

        with xlsxwriter.Workbook(path) as book:
            for name in (first, *rest):
                tables[name].write_excel(book, name)
        return
    for name in (first, *rest):
        target = path if name == first else path.with_stem(f"{path.stem}_{name}")
        if path.suffix == ".csv":
            tables[name].write_csv(target)
        else:
            tables[name].write_parquet(target)


def propose(chosen: argparse.Namespace, book: DealBook, reference: BookReference) -> int:
    """Show what to trade so that a book risks least."""
    from wattbook.runtime.book import hedge_book  # noqa: PLC0415 - keeps `--help` light

    if chosen.book not in reference.names.books:
        raise InputError(
            f"--hedge is of one book; name it with --book, one of "
            f"{', '.join(sorted(reference.names.books))}"
        )
    products = tuple(name.strip() for name in chosen.hedge.split(",") if name.strip())
    if chosen.least == "energy":
        return propose_profile(chosen, book, reference, products)
    found = hedge_book(
        book, chosen.book, products, lot_mw=chosen.lot, most_mw=chosen.most, cost=chosen.cost
    )
    told = {
        "book": chosen.book,
        "power_mw": dict(zip(found.products, found.power_mw.tolist(), strict=True)),
        "cvar_before": found.cvar_before,
        "cvar_after": found.cvar_after,
        "cost": found.cost,
        "scenarios": found.scenarios,
    }
    if chosen.json:
        print_json(told)
        return 0
    table = Table(
        f"least CVaR (95 %, a day, {found.scenarios} changes) of {chosen.book}",
        ["product<", "", "MW", "price"],
        [
            [name, "buy" if power > 0 else "sell" if power < 0 else "–", f"{abs(power):,.1f}",
             f"{price:,.2f}"]
            for name, power, price in zip(
                found.products, found.power_mw, found.price, strict=True
            )
        ],
    )  # fmt: skip
    console = Console(plain=chosen.plain or None)
    console.table(table)
    currency = reference.desk.currency
    console.line(
        f"CVaR {found.cvar_before:,.0f} {currency} now, {found.cvar_after:,.0f} after it; trading "
        f"costs {found.cost:,.0f}"
    )
    return 0


def propose_profile(
    chosen: argparse.Namespace,
    book: DealBook,
    reference: BookReference,
    products: tuple[str, ...],
) -> int:
    """Show what to trade so that least energy of a book stays open."""
    from wattbook.runtime.book import hedge_profile  # noqa: PLC0415 - keeps `--help` light

    found = hedge_profile(
        book,
        chosen.book,
        products,
        lot_mw=chosen.lot,
        most_mw=chosen.most,
        cost=chosen.cost,
        worth=chosen.worth,
    )
    told = {
        "book": chosen.book,
        "power_mw": dict(zip(found.products, found.power_mw.tolist(), strict=True)),
        "open_mwh_before": found.before_mwh,
        "open_mwh_after": found.after_mwh,
        "cost": found.cost,
    }
    if chosen.json:
        print_json(told)
        return 0
    rows = [
        [name, "buy" if power > 0 else "sell" if power < 0 else "–", f"{abs(power):,.1f}"]
        for name, power in zip(found.products, found.power_mw, strict=True)
    ]
    console = Console(plain=chosen.plain or None)
    console.table(Table(f"least energy open in {chosen.book}", ["product<", "", "MW"], rows))
    console.line(
        f"{found.before_mwh:,.0f} MWh open now, {found.after_mwh:,.0f} after it; trading costs "
        f"{found.cost:,.0f} {reference.desk.currency}"
    )
    return 0
