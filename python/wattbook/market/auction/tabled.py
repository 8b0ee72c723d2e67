"""An auction as a folder of small tables: zones, capacities and orders by period.

The layout is that of `wattbook.sources.clearing`. A row that breaks a rule of the auction takes no
part and is listed; so is an order one of whose steps does, and what depends on such an order.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from wattbook.errors import InputError, SourceError
from wattbook.market.auction.day import AuctionDay
from wattbook.market.auction.network import Floats, FlowBased, Network
from wattbook.market.auction.orders import NONE, Auction, BlockOrders, HourlyOrders
from wattbook.market.auction.table_rules import Line, Tables, has_volume, profile, unique, unknown
from wattbook.market.auction.tabled_complex import complex_orders

__all__ = ["NETWORKS", "load_tabled"]

NETWORKS = ("atc", "flow-based")
NEEDED = ("zones", "periods")


def load_tabled(folder: Path, network: str = "atc") -> AuctionDay:
    """Read an auction from a folder of tables.

    Parameters
    ----------
    folder : Path
        With ``zones.csv`` and ``periods.csv`` and tables of orders.
    network : {"atc", "flow-based"}
        Whether zones trade over the links of ``atc.csv``, or within ``fb_constraints.csv`` and
        ``fb_ptdf.csv``.

    Raises
    ------
    SourceError
        If a needed file is missing or a file has other columns.
    InputError
        If `network` is neither.
    """
    if network not in NETWORKS:
        raise InputError(f"network {network!r} is not one of {', '.join(NETWORKS)}")
    needed = [*NEEDED, *(["atc"] if network == "atc" else ["fb_constraints", "fb_ptdf"])]
    missing = [f"{name}.csv" for name in needed if not (folder / f"{name}.csv").is_file()]
    if missing:
        raise SourceError(f"{folder} has no {', '.join(missing)}, which network {network} needs")
    tables = Tables(folder)
    tables.periods = sorted(row["period"] for row in tables.rows("periods", unique("period")))
    tables.zones = [row["zone"] for row in tables.rows("zones", unique("zone"))]
    links, flow_min, flow_max = atc(tables) if network == "atc" else no_links(tables)
    auction = Auction(
        network=Network(tables.zones, links, flow_min, flow_max),
        hourly=hourly(tables),
        blocks=blocks(tables),
        injections=np.zeros((len(tables.periods), len(tables.zones))),
        price_limits=tables.limits,
        flow_based=flow_based(tables) if network == "flow-based" else None,
        complex_orders=complex_orders(tables),
    )
    return AuctionDay(
        title=folder.name,
        auction=auction,
        periods=pl.Series("period", tables.periods, pl.Int64),
        zones=len(tables.zones),
        rejected=tuple(tables.rejected),
    )


def no_links(tables: Tables) -> tuple[list[tuple[str, str]], Floats, Floats]:
    """Return a network without links."""
    none = np.empty((len(tables.periods), 0))
    return [], none, none


def atc(tables: Tables) -> tuple[list[tuple[str, str]], Floats, Floats]:
    """Return links and the limits of their flows; a direction that is not given carries nothing."""
    seen: set[tuple[str, str, int]] = set()

    def rule(row: Line) -> str | None:
        way = (row["from_zone"], row["to_zone"], row["period"])
        wrong = unknown("zone", way[0], tables.zones) or unknown("zone", way[1], tables.zones)
        if wrong is None and way[0] == way[1]:
            wrong = f"a link leads from {way[0]} to itself"
        if wrong is None and row["capacity"] < 0:
            wrong = f"capacity {row['capacity']} is negative"
        if wrong is None and way in seen:
            wrong = f"{way[0]} to {way[1]} in period {way[2]} was given before; the first stands"
        if wrong is None:
            seen.add(way)
        return wrong

    rows = tables.rows("atc", tables.in_period, rule)
    links = sorted({tuple(sorted((row["from_zone"], row["to_zone"]))) for row in rows})
    flow_min = np.zeros((len(tables.periods), len(links)))
    flow_max = np.zeros_like(flow_min)
    for row in rows:
        ends = (row["from_zone"], row["to_zone"])
        period = tables.periods.index(row["period"])
        if ends in links:
            flow_max[period, links.index(ends)] = row["capacity"]
        else:
            flow_min[period, links.index(ends[::-1])] = -row["capacity"]
    return [(first, second) for first, second in links], flow_min, flow_max


def flow_based(tables: Tables) -> FlowBased:
    """Return the limits of a region."""

    def has_room(row: Line) -> str | None:
        if row["lb"] <= row["ram"]:
            return None
        return f"between lb {row['lb']} and ram {row['ram']} there is no flow"

    rows = tables.rows("fb_constraints", tables.in_period, has_room)
    number = {(row["cnec_id"], row["period"]): place for place, row in enumerate(rows)}

    def is_limited(row: Line) -> str | None:
        if (row["cnec_id"], row["period"]) in number:
            return None
        return f"{row['cnec_id']} has no limit in period {row['period']}"

    ptdf = np.zeros((len(rows), len(tables.zones)))
    for row in tables.rows("fb_ptdf", tables.in_period, tables.in_zone, is_limited):
        ptdf[number[row["cnec_id"], row["period"]], tables.zones.index(row["zone"])] = row["ptdf"]
    return FlowBased(
        np.array([tables.periods.index(row["period"]) for row in rows], np.int64),
        ptdf,
        np.array([row["lb"] for row in rows], np.float64),
        np.array([row["ram"] for row in rows], np.float64),
    )


def hourly(tables: Tables) -> HourlyOrders:
    """Return steps and linear orders."""

    def is_ordered(row: Line) -> str | None:
        rises = row["p1"] >= row["p0"] if row["volume_mwh"] > 0 else row["p1"] <= row["p0"]
        if rises:
            return None
        return f"from {row['p0']} to {row['p1']}: a seller's price rises, a buyer's falls"

    shared = (tables.in_period, tables.in_zone, has_volume, unique())
    rows: list[Line] = [
        {**row, "p0": row["price"], "p1": row["price"]}
        for row in tables.rows("step_orders", *shared, tables.priced("price"))
    ]
    linear = tables.rows(
        "piecewise_linear_orders",
        tables.in_period, tables.in_zone, has_volume, unique(), tables.priced("p0", "p1"),
        is_ordered,
    )  # fmt: skip
    rows += linear
    volume = np.array([row["volume_mwh"] for row in rows], np.float64)
    return HourlyOrders(
        period=np.array([tables.periods.index(row["period"]) for row in rows], np.int64),
        zone=np.array([tables.zones.index(row["zone"]) for row in rows], np.int64),
        is_demand=volume < 0,
        price_start=np.array([row["p0"] for row in rows], np.float64),
        price_end=np.array([row["p1"] for row in rows], np.float64),
        volume=np.abs(volume),
    )


def blocks(tables: Tables) -> BlockOrders:
    """Return blocks; a flexible order becomes an exclusive group with a block for each period."""

    def is_block(row: Line) -> str | None:
        found = unknown(
            "block_type", row["block_type"], ("normal", "linked", "exclusive", "flexible")
        )
        if found is None and row["block_type"] in {"linked", "exclusive"} and not row["code_prm"]:
            found = f"a {row['block_type']} block names its parent or group in code_prm"
        if found is None and not 0 < row["acceptance_min"] <= 1:
            found = f"MAR {row['acceptance_min']} must lie above 0 and not above 1"
        signs = {np.sign(one) for one in profile(tables, row, "q")} - {0.0}
        if found is None and len(signs) != 1:
            found = (
                "a block sells in all its periods or buys in all" if signs else "it has no volume"
            )
        return found

    rows = tables.rows("block_orders", tables.in_zone, tables.priced("price"), unique(), is_block)
    rows = with_parents(tables, rows)
    units: list[tuple[Line, int | None]] = [
        (row, None) for row in rows if row["block_type"] != "flexible"
    ]
    units += [
        (row, at)
        for row in rows
        if row["block_type"] == "flexible"
        for at, volume in enumerate(profile(tables, row, "q"))
        if volume
    ]
    number = {row["id"]: place for place, (row, at) in enumerate(units) if at is None}
    groups: dict[str, int] = {}
    legs = [
        (place, period, tables.zones.index(row["zone"]), volume)
        for place, (row, at) in enumerate(units)
        for period, volume in enumerate(profile(tables, row, "q"))
        if volume and at in {None, period}
    ]
    columns = list(zip(*legs, strict=True)) or [(), (), (), ()]

    def group(row: Line) -> int:
        if row["block_type"] not in {"exclusive", "flexible"}:
            return NONE
        own = f"flexible {row['id']}"
        key = f"exclusive {row['code_prm']}" if row["block_type"] == "exclusive" else own
        return groups.setdefault(key, len(groups))

    return BlockOrders(
        names=[
            row["id"] if at is None else f"{row['id']} in period {tables.periods[at]}"
            for row, at in units
        ],
        price=np.array([row["price"] for row, _ in units], np.float64),
        leg_block=np.array(columns[0], np.int64),
        leg_period=np.array(columns[1], np.int64),
        leg_zone=np.array(columns[2], np.int64),
        leg_volume=np.array(columns[3], np.float64),
        acceptance_min=np.array([row["acceptance_min"] for row, _ in units], np.float64),
        parent=np.array(
            [
                number[row["code_prm"]] if row["block_type"] == "linked" else NONE
                for row, _ in units
            ],
            np.int64,
        ),
        group=np.array([group(row) for row, _ in units], np.int64),
    )


def with_parents(tables: Tables, rows: list[Line]) -> list[Line]:
    """Return the blocks whose ancestors all take part; the others are listed."""
    kept = {row["id"]: row for row in rows}
    while True:
        lost = [
            row
            for row in kept.values()
            if row["block_type"] == "linked" and not has_root(kept, row)
        ]
        if not lost:
            return list(kept.values())
        for row in lost:
            tables.reject(
                "block_orders", row, f"its parent {row['code_prm']} takes no part, or is its child"
            )
            del kept[row["id"]]


def has_root(rows: Mapping[str, Line], row: Line) -> bool:
    """Return whether a block's ancestors end in one that is not linked."""
    seen = set()
    while row["block_type"] == "linked":
        parent = rows.get(row["code_prm"])
        if parent is None or parent["block_type"] == "flexible" or row["id"] in seen:
            return False
        seen.add(row["id"])
        row = parent
    return True
