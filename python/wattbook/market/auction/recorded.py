"""A recorded auction as a folder: its orders, its limits and what was published of its result."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from wattbook.domain import price_limits
from wattbook.errors import SourceError
from wattbook.market.auction.day import AuctionDay, Rejected
from wattbook.market.auction.network import Floats, Network, Numbers
from wattbook.market.auction.orders import Auction, BlockOrders, HourlyOrders
from wattbook.sources.gme.auction import TABLES, parse_table
from wattbook.sources.payload import Payload, Quarantined

__all__ = ["Borders", "Recorded", "RecordedDay", "load_recorded"]

TIME_ZONE = "Europe/Rome"
NANOS_PER_HOUR = 3_600_000_000_000
Columns = Sequence[str] | Sequence[tuple[str, str]]
LOCAL_DAY = (
    pl.from_epoch("delivery_start", time_unit="ns")
    .dt.replace_time_zone("UTC")
    .dt.convert_time_zone(TIME_ZONE)
    .dt.date()
)
SCHEDULE_TOLERANCE_MWH = 0.01
"""How far an exchange may leave its schedule at its price: hours with an open price take that of
their borders, as they did when borders were coupled."""


class Borders(enum.Enum):
    """How zones whose orders are not known take part."""

    PRICED = "priced"
    """They take and give at their published price what the links carry."""
    SCHEDULED = "scheduled"
    """They keep their published schedule."""
    NEARLY_SCHEDULED = "nearly_scheduled"
    """They may leave it by `SCHEDULE_TOLERANCE_MWH` at their published price."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The tables of a folder.

    Parameters
    ----------
    folder : Path
        Where from.
    tables : mapping of str to polars.DataFrame
        By name of the file without its ending, as `wattbook.sources.gme` reads them.
    quarantined : sequence of pair of str and Quarantined
        Lines that break a rule, with the file's name; they take no part.
    """

    folder: Path
    tables: Mapping[str, pl.DataFrame]
    quarantined: Sequence[tuple[str, Quarantined]]

    @property
    def days(self) -> tuple[dt.date, ...]:
        """The delivery days of the orders, ascending, days of Rome."""
        return tuple(sorted(self.tables["bid-curves"].select(LOCAL_DAY.unique()).to_series()))

    @property
    def rejected(self) -> tuple[Rejected, ...]:
        """The quarantined lines, as rows that take no part."""
        return tuple(Rejected(name, one.place, one.reason) for name, one in self.quarantined)

    def day(self, day: dt.date) -> RecordedDay:
        """Return one delivery day.

        Raises
        ------
        SourceError
            If the folder has no orders for it.
        """
        if day not in self.days:
            known = f"{self.days[0]} to {self.days[-1]}"
            raise SourceError(f"{self.folder} has no orders for {day}; it has {known}")
        tables = {name: table.filter(day == LOCAL_DAY) for name, table in self.tables.items()}
        return RecordedDay(day, tables)


def load_recorded(folder: Path) -> Recorded:
    """Read the tables of a folder.

    A block of which a leg cannot be read takes no part at all: what is left is another product.

    Raises
    ------
    SourceError
        If a file is missing, or holds no row that can be read.
    """
    tables, quarantined = {}, []
    for name in TABLES:
        file = folder / f"{name}.csv.gz"
        if not file.is_file():
            raise SourceError(
                f"{folder} has no {file.name}; a recorded auction has {', '.join(TABLES)}"
            )
        parsed = parse_table(name, Payload(file.name, file.read_bytes(), address=str(file)))
        table = parsed.tables.get("offer", parsed.observations)
        if name == "block-orders":
            broken = {block for one in parsed.quarantined if (block := block_of(one))}
            table = table.filter(~pl.col("block").is_in(broken))
        # An auction may have no blocks.
        if not table.height and (parsed.quarantined or name != "block-orders"):
            first = parsed.quarantined[0].reason if parsed.quarantined else "it is empty"
            raise SourceError(f"{file} holds no row that can be read: {first}")
        quarantined += [(file.name, one) for one in parsed.quarantined]
        tables[name] = table
    return Recorded(folder, tables, quarantined)


def block_of(line: Quarantined) -> str:
    """Return the block of a leg that was set aside; empty if it does not say."""
    fields = line.raw.decode("utf-8", "replace").split(",")
    place = list(TABLES["block-orders"].kinds).index("block_id")
    return fields[place] if len(fields) > place else ""


@dataclass(frozen=True, slots=True)
class RecordedDay:
    """One delivery day of a recorded auction.

    Parameters
    ----------
    day : datetime.date
        Local.
    tables : mapping of str to polars.DataFrame
        Its rows of each table.
    """

    day: dt.date
    tables: Mapping[str, pl.DataFrame]

    @property
    def starts(self) -> Numbers:
        """First instant of each period, ns UTC, ascending."""
        return self.tables["bid-curves"]["delivery_start"].unique().sort().to_numpy()

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones that have orders."""
        return tuple(sorted(self.tables["bid-curves"]["location"].unique()))

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """The links between the zones that have orders."""
        table = self.tables["published-flows"]
        return tuple(sorted(table.select("location", "counterpart").unique().iter_rows()))

    def published_prices(self) -> Floats:
        """Return the published price of each period and zone, EUR/MWh."""
        return self._grid("published-prices", self.zones)

    def published_flows(self) -> Floats:
        """Return the published flow of each period and link, MWh."""
        return self._grid("published-flows", self.links)

    def published_statuses(self) -> tuple[str, ...]:
        """Return the published status of each block: ACC, REJ or PREJ."""
        return tuple(self._blocks_first()["status"])

    def convex(self, borders: Borders) -> Auction:
        """Return the auction with the published decision on each block built in."""
        return self._auction("bid-curves", BlockOrders.none(), borders)

    def whole(self, borders: Borders) -> Auction:
        """Return the auction with its blocks to be decided."""
        return self._auction("simple-bid-curves", self._blocks(), borders)

    def as_auction_day(self, borders: Borders, rejected: Sequence[Rejected] = ()) -> AuctionDay:
        """Return the auction with its blocks to be decided, and what was published."""
        return AuctionDay(
            title=f"Italy {self.day}",
            auction=self.whole(borders),
            periods=pl.Series("delivery_start", self.starts),
            zones=len(self.zones),
            time_zone=TIME_ZONE,
            rejected=rejected,
            published=self.published_prices(),
        )

    def _grid(self, name: str, columns: Columns) -> Floats:
        return self._filled(self.tables[name], columns)

    def _filled(self, table: pl.DataFrame, columns: Columns) -> Floats:
        """Return values by period and zone or link; NaN where there is none."""
        number = {column: index for index, column in enumerate(columns)}
        grid = np.full((len(self.starts), len(columns)), np.nan)
        periods = np.searchsorted(self.starts, table["delivery_start"].to_numpy())
        rows = table.select("location", "counterpart", "value").iter_rows()
        for period, (place, other, value) in zip(periods, rows, strict=True):
            column = number.get(place if other is None else (place, other))
            if column is not None:
                grid[period, column] = value
        return grid

    def _blocks_first(self) -> pl.DataFrame:
        return self.tables["block-orders"].group_by("block", maintain_order=True).first()

    def _blocks(self) -> BlockOrders:
        legs, first = self.tables["block-orders"], self._blocks_first()
        sign = np.where((legs["side"] == "supply").to_numpy(), 1.0, -1.0)
        number = {name: index for index, name in enumerate(first["block"])}
        zone = {name: index for index, name in enumerate(self.zones)}
        return BlockOrders(
            names=tuple(first["block"]),
            price=first["price_eur_mwh"].to_numpy(),
            leg_block=np.array([number[name] for name in legs["block"]], np.int64),
            leg_period=np.searchsorted(self.starts, legs["delivery_start"].to_numpy()),
            leg_zone=np.array([zone[name] for name in legs["location"]], np.int64),
            leg_volume=sign * legs["volume_mwh"].to_numpy(),
        )

    def _auction(self, curves: str, blocks: BlockOrders, borders: Borders) -> Auction:
        if borders is Borders.PRICED:
            outside = self._priced_borders()
        else:
            is_nearly = borders is Borders.NEARLY_SCHEDULED
            outside = self._scheduled_borders(SCHEDULE_TOLERANCE_MWH if is_nearly else 0.0)
        orders, zones = self.tables[curves], (*self.zones, *outside.zones)
        number = {name: index for index, name in enumerate(zones)}
        price = orders["price_eur_mwh"].to_numpy()
        elastic = outside.orders(first_zone=len(self.zones))
        hourly = HourlyOrders(
            period=np.append(
                np.searchsorted(self.starts, orders["delivery_start"].to_numpy()), elastic.period
            ),
            zone=np.append([number[name] for name in orders["location"]], elastic.zone),
            is_demand=np.append((orders["side"] == "demand").to_numpy(), elastic.is_demand),
            price_start=np.append(price, elastic.price_start),
            price_end=np.append(price, elastic.price_end),
            volume=np.append(orders["volume_mwh"].to_numpy(), elastic.volume),
        )
        limits = self.tables["transfer-capacities"]
        inside = [self._limit(limits, "min", self.links), self._limit(limits, "max", self.links)]
        injections = np.zeros((len(self.starts), len(zones)))
        for column, name in enumerate(self.zones):
            injections[:, column] = outside.injections.get(name, 0.0)
        found = price_limits("SDAC", self.day)
        if found is None:
            raise SourceError(f"no price limits of SDAC are known for {self.day}")
        return Auction(
            network=Network(
                zones=zones,
                links=(*self.links, *outside.links),
                flow_min=np.hstack([inside[0], outside.flow_min]),
                flow_max=np.hstack([inside[1], outside.flow_max]),
                hours=self._hours(),
            ),
            hourly=hourly,
            blocks=blocks,
            injections=injections,
            price_limits=(float(found.min_price), float(found.max_price)),
        )

    def _hours(self) -> Floats:
        table = self.tables["bid-curves"]
        ends = table.group_by("delivery_start").first().sort("delivery_start")["delivery_end"]
        return (ends.to_numpy() - self.starts) / NANOS_PER_HOUR

    def _limit(self, limits: pl.DataFrame, item: str, links: Sequence[tuple[str, str]]) -> Floats:
        grid = self._filled(limits.filter(pl.col("item") == item), links)
        missing = np.argwhere(np.isnan(grid))
        if len(missing):
            period, link = missing[0]
            raise SourceError(
                f"{self.day}, period {period + 1}: no {item} flow of {'–'.join(links[link])}"
            )
        return grid

    def _priced_borders(self) -> Outside:
        """Return every zone without orders as one that takes and gives at its published price."""
        limits = self.tables["transfer-capacities"]
        pairs = limits.select("location", "counterpart").unique(maintain_order=True).iter_rows()
        links = tuple(sorted(set(pairs) - set(self.links)))
        zones = tuple(sorted({zone for ends in links for zone in ends} - set(self.zones)))
        flow_min, flow_max = self._limit(limits, "min", links), self._limit(limits, "max", links)
        return Outside(
            zones=zones,
            links=links,
            flow_min=flow_min,
            flow_max=flow_max,
            prices=self._grid("published-prices", zones),
            volume=float(np.abs([flow_min, flow_max]).max(axis=0).sum(axis=1).max(initial=0.0)),
            injections={},
        )

    def _scheduled_borders(self, tolerance: float) -> Outside:
        """Return every border as a schedule that may be left by `tolerance` at its price."""
        table = self.tables["published-exchanges"]
        borders = tuple(sorted(table.select("location", "counterpart").unique().iter_rows()))
        exchanges = np.nan_to_num(self._grid("published-exchanges", borders))
        injections: dict[str, Floats] = {}
        for column, (zone, _) in enumerate(borders):
            injections[zone] = injections.get(zone, 0.0) - exchanges[:, column]
        leave = np.full(exchanges.shape, tolerance)
        return Outside(
            zones=tuple(f"{zone}–{other}" for zone, other in borders),
            links=tuple((f"{zone}–{other}", zone) for zone, other in borders),
            flow_min=-leave,
            flow_max=leave,
            prices=self._grid("published-prices", [other for _, other in borders]),
            volume=tolerance,
            injections=injections,
        )


@dataclass(frozen=True, slots=True)
class Outside:
    """Zones without orders and what joins them to those that have some.

    Parameters
    ----------
    zones, links
        As in `Network`.
    flow_min, flow_max : ndarray of shape (n_periods, n_links), MW
        As in `Network`.
    prices : ndarray of shape (n_periods, n_zones), EUR/MWh
        At which they take and give; where there is none, they do neither.
    volume : float, MW
        How much at most.
    injections : mapping of str to ndarray of shape (n_periods,), MW
        What comes at any price, by zone that has orders.
    """

    zones: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    flow_min: Floats
    flow_max: Floats
    prices: Floats
    volume: float
    injections: Mapping[str, Floats]

    def orders(self, first_zone: int) -> HourlyOrders:
        """Return a buying and a selling order for each price, zones counted from `first_zone`."""
        period, zone = np.nonzero(~np.isnan(self.prices))
        price = np.tile(self.prices[period, zone], 2)
        return HourlyOrders(
            period=np.tile(period, 2),
            zone=np.tile(zone + first_zone, 2),
            is_demand=np.repeat([True, False], len(period)),
            price_start=price,
            price_end=price,
            volume=np.full(len(price), self.volume),
        )
