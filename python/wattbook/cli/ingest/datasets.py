"""``wattbook ingest datasets``: what can be read, and what can be fetched."""

import argparse

from wattbook.cli.console import Console, Table

__all__ = ["add_arguments", "execute"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("source", metavar="SOURCE", nargs="?", default="", help="this one alone")
    parser.add_argument(
        "--island",
        action="append",
        default=[],
        metavar="MODULE",
        help="a module or .py file of your own with DATASETS; repeat for more",
    )
    parser.add_argument("--plain", action="store_true", help="plain lines, no colours")


def execute(chosen: argparse.Namespace) -> int:
    """Print every dataset."""
    from wattbook.errors import InputError  # noqa: PLC0415 - keeps `--help` light
    from wattbook.sources.catalogue import ISLANDS, datasets  # noqa: PLC0415

    found = [
        dataset
        for island in (*chosen.island, *ISLANDS)
        for dataset in datasets(island)
        if chosen.source in ("", dataset.source)
    ]
    if not found:
        message = f"no source is called {chosen.source!r}; leave it out to see all"
        raise InputError(message)
    table = Table("Datasets", ["source<", "dataset<", "how<", "window", "a minute", "what it is<"])
    for dataset in found:
        is_fetched = dataset.requests is not None
        days = dataset.window_seconds / 86_400
        table.rows.append(
            [
                dataset.source,
                dataset.name,
                "fetch" if is_fetched else "file",
                f"{days:,.3g} d" if is_fetched and days else "",
                f"{dataset.requests_per_minute:,.3g}" if is_fetched else "",
                dataset.description,
            ]
        )
    Console(plain=True if chosen.plain else None).table(table)
    return 0
