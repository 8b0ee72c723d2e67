"""GME, the Italian market: block offers and PUN as GME publishes them, and collected auctions.

Days and hours are those of Rome. GME's files and web services need a registration, so nothing is
fetched here; give downloaded files to ``wattbook ingest``.
"""

from __future__ import annotations

from functools import partial

from wattbook.sources.gme.auction import TABLES, parse_table
from wattbook.sources.gme.published import parse_blocks, parse_pun
from wattbook.sources.packed import head
from wattbook.sources.payload import Dataset, Payload

__all__ = ["DATASETS"]


def first_line(payload: Payload) -> str:
    """Return the names of the columns of a table."""
    return head(payload.content).split(b"\n", 1)[0].decode("utf-8-sig", "replace").rstrip("\r")


def is_blocks(payload: Payload) -> bool:
    """Return whether `payload` holds block offers in GME's layout."""
    return first_line(payload) == "Intervallo,p,q"


def is_pun(payload: Payload) -> bool:
    """Return whether `payload` is a workbook of PUN."""
    return payload.content.startswith(b"PK") and payload.name.upper().endswith("PUN.XLSX")


def is_table(name: str, payload: Payload) -> bool:
    """Return whether `payload` is the table called `name` of a collected auction."""
    columns = first_line(payload).split(",")
    if columns != list(TABLES[name].kinds):
        return False
    # Two tables of offers have the same columns; the name alone tells them apart.
    stem = payload.name.rsplit("/", 1)[-1].removesuffix(".gz").removesuffix(".csv")
    twins = [other for other, table in TABLES.items() if list(table.kinds) == columns]
    return len(twins) == 1 or stem == name


DATASETS = (
    Dataset(
        "gme",
        "block_offers",
        "Block offers by period of the day, to table offer",
        is_blocks,
        parse_blocks,
    ),
    Dataset("gme", "pun", "National single price, a workbook", is_pun, parse_pun),
    *(
        Dataset(
            "gme",
            name.replace("-", "_"),
            table.description,
            partial(is_table, name),
            partial(parse_table, name),
        )
        for name, table in TABLES.items()
    ),
)
"""GME's own files, then the tables of collected auctions."""
