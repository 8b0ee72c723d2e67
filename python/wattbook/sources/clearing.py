"""Inputs of a market clearing as a folder of small tables: zones, capacities and orders by period.

Periods are numbers, not instants, so every file becomes a table of its own. Quantities above zero
sell, below zero buy; prices are per MWh.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from wattbook.sources.csv import rows
from wattbook.sources.packed import head
from wattbook.sources.payload import Dataset, Parsed, Payload
from wattbook.sources.tabular import tables_only

__all__ = ["DATASETS"]

TABLES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "zones": ("zone", {"zone": "text"}),
    "periods": ("period", {"period": "whole"}),
    "atc": (
        "transfer_capacity",
        {"from_zone": "text", "to_zone": "text", "t": "whole", "cap": "number"},
    ),
    "fb_constraints": (
        "flow_based_constraint",
        {"cnec_id": "text", "t": "whole", "ram": "number", "lb": "number"},
    ),
    "fb_ptdf": (
        "flow_based_ptdf",
        {"cnec_id": "text", "t": "whole", "zone": "text", "ptdf": "number"},
    ),
    "step_orders": (
        "offer_step",
        {"id": "text", "t": "whole", "p": "number", "q": "number", "zone": "text"},
    ),
    "piecewise_linear_orders": (
        "offer_line",
        {
            "id": "text",
            "t": "whole",
            "p0": "number",
            "p1": "number",
            "q": "number",
            "zone": "text",
        },
    ),
    "block_orders": (
        "offer_block",
        {
            "id": "text",
            "block_type": "text",
            "code_prm": "text?",
            "p": "number",
            "MAR": "number",
            "zone": "text",
        },
    ),
    "complex_orders": (
        "offer_complex",
        {
            "id": "text",
            "step_orders": "text?",
            "fixed_term": "number?",
            "variable_term": "number?",
            "condition": "text?",
            "load_gradient": "text?",
        },
    ),
    "complex_step_orders": (
        "offer_complex_step",
        {
            "id": "text",
            "complex_order_id": "text",
            "t": "whole",
            "p": "number",
            "q": "number",
            "zone": "text",
        },
    ),
    "scalable_complex_orders": (
        "offer_scalable",
        {
            "id": "text",
            "step_orders": "text?",
            "fixed_term": "number?",
            "condition": "text?",
            "load_gradient": "text?",
        },
    ),
    "scalable_step_orders": (
        "offer_scalable_step",
        {
            "id": "text",
            "scalable_order_id": "text",
            "t": "whole",
            "p": "number",
            "q": "number",
            "zone": "text",
        },
    ),
}
"""By name of the file: its table and its columns; blocks have q1, q2, … beside, scalable orders
MAP1, MAP2, …, one for each period."""
BY_PERIOD = {"block_orders": "q", "scalable_complex_orders": "MAP"}
MEANT = {"t": "period", "p": "price", "q": "volume_mwh", "cap": "capacity", "MAR": "acceptance_min"}


def header(payload: Payload) -> list[str]:
    """Return the names of the columns."""
    first = head(payload.content).split(b"\n", 1)[0]
    return first.decode("utf-8-sig", "replace").rstrip("\r").split(",")


def is_table(name: str, payload: Payload) -> bool:
    """Return whether `payload` is the file called `name`, by its columns and its name."""
    columns = [one for one in header(payload) if not is_by_period(name, one)]
    stem = payload.name.rsplit("/", 1)[-1].removesuffix(".csv")
    return stem == name and columns == list(TABLES[name][1])


def is_by_period(name: str, column: str) -> bool:
    """Return whether a column of the file called `name` is that of a period."""
    prefix = BY_PERIOD.get(name, "")
    return bool(prefix) and column.startswith(prefix) and column[len(prefix) :].isdecimal()


def parse(name: str, payload: Payload) -> Parsed:
    """Return the table of a file."""
    table, kinds = TABLES[name]
    more = {one: "number?" for one in header(payload) if is_by_period(name, one)}
    found = rows(payload.content, {**kinds, **more})
    frame = found.frame.drop("offset").rename(
        {old: new for old, new in MEANT.items() if old in found.frame}
    )
    return tables_only({table: frame}, found.quarantined)


DATASETS = tuple(
    Dataset(
        "clearing",
        name,
        f"File {name}.csv of a clearing, to table {table}",
        partial(is_table, name),
        partial(parse, name),
    )
    for name, (table, _) in TABLES.items()
)
"""One for each file; nothing is fetched."""
