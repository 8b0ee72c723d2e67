"""The Iberian day-ahead auction from the offers that OMIE publishes 90 days later.

Offers with terms are classic complex orders: a fixed term and a variable one make the condition on
income, gradients are in MW a minute, and blocks that are not withdrawn with their offer make its
scheduled stop. The files hold neither the capacity between Spain and Portugal nor what France and
Morocco trade; `load_iberian` leaves the first open and the second out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from wattbook.domain import price_limits
from wattbook.errors import SourceError
from wattbook.market.auction.complex_orders import ComplexOrders, Condition
from wattbook.market.auction.conditions import Conditions
from wattbook.market.auction.day import AuctionDay, Rejected
from wattbook.market.auction.network import Floats, Network, Numbers
from wattbook.market.auction.orders import Auction, BlockOrders, HourlyOrders
from wattbook.market.auction.units import units
from wattbook.sources.omie import named_day, parse_daily, parse_details, parse_headers
from wattbook.sources.payload import Parsed, Payload

__all__ = ["days_of", "load_iberian", "published_energy", "with_exchange"]

ZONES = ("ES", "PT")
PORTUGAL = 2
"""The interconnector that marks units in Portugal; all others are settled at Spain's price."""
TIME_ZONE = "Europe/Madrid"
OPEN_MW = 100_000.0
"""Capacity between the zones: no limit, since the files name none."""
MINUTES = 60.0
NOTES = (
    (
        "the files of OMIE hold neither what France and Morocco traded with the market nor the "
        "capacity between Spain and Portugal: the first is left out, the second counts as open, "
        "so prices differ from the published ones"
    ),
)


def days_of(folder: Path) -> dict[dt.date, tuple[Path, Path]]:
    """Return the files of headers and details of each day that has both."""
    found: dict[dt.date, dict[str, Path]] = {}
    for file in sorted(folder.iterdir()):
        kind, day = file.name[:4].lower(), named_day(file.name)
        if kind in {"cab_", "det_"} and day is not None:
            # The last version of a day replaces those before it.
            found.setdefault(day, {})[kind] = file
    return {day: (files["cab_"], files["det_"]) for day, files in found.items() if len(files) == 2}


def load_iberian(folder: Path, day: dt.date) -> AuctionDay:
    """Read the offers of a day.

    Raises
    ------
    SourceError
        If the folder lacks a file of that day, or the day's price limits are not known.
    """
    known = days_of(folder)
    if day not in known:
        listed = ", ".join(map(str, known)) or "none"
        raise SourceError(f"{folder} has no CAB and DET file of {day}; days with both: {listed}")
    limits = price_limits("SDAC", day)
    if limits is None:
        raise SourceError(f"no price limits of SDAC are known for {day}")
    low, high = float(limits.min_price), float(limits.max_price)
    rejected: list[Rejected] = []
    headers, steps = (
        table(file, parse, name, rejected)
        for file, parse, name in (
            (known[day][0], parse_headers, "offer_header"),
            (known[day][1], parse_details, "offer"),
        )
    )
    steps = steps.join(
        headers.drop("line", "version", "delivery_start", "delivery_end"), "offer", "left"
    )
    good = steps.filter(
        pl.col("unit").is_not_null() & pl.col("price_eur_mwh").is_between(low, high)
    )
    for row in steps.join(good, on="line", how="anti").iter_rows(named=True):
        rule = (
            f"offer {row['offer']} has no header"
            if row["unit"] is None
            else f"price {row['price_eur_mwh']} lies outside of the limits {low} to {high}"
        )
        rejected.append(Rejected(known[day][1].name, f"line {row['line']}", rule))
    starts = steps["delivery_start"].unique().sort()
    is_complex = pl.any_horizontal(
        pl.col("fixed_term_eur", "variable_term_eur_mwh", "ramp_up", "ramp_down") != 0
    )
    count = len(starts)
    ends = steps.group_by("delivery_start").first().sort("delivery_start")["delivery_end"]
    hours = (ends - starts).to_numpy() / 3.6e12
    open_link = np.full((count, 1), OPEN_MW)
    return AuctionDay(
        title=f"OMIE {day}",
        auction=Auction(
            network=Network(ZONES, [ZONES], -open_link, open_link, hours),
            hourly=hourly(good.filter(~is_complex), starts, hours),
            blocks=BlockOrders.none(),
            injections=np.zeros((count, len(ZONES))),
            price_limits=(low, high),
            complex_orders=complex_orders(good.filter(is_complex), starts, hours),
        ),
        periods=starts.alias("delivery_start"),
        zones=len(ZONES),
        time_zone=TIME_ZONE,
        rejected=tuple(rejected),
        published=published_prices(folder, starts),
        notes=NOTES,
    )


def table(file: Path, parse: object, name: str, rejected: list[Rejected]) -> pl.DataFrame:
    """Return a table of a file; what it sets aside is listed."""
    parsed: Parsed = parse(Payload(file.name, file.read_bytes(), address=str(file)))  # type: ignore[operator]
    rejected += [Rejected(file.name, one.place, one.reason) for one in parsed.quarantined]
    return parsed.tables[name]


def zone_of(steps: pl.DataFrame) -> Numbers:
    """Return the zone of each step."""
    return (steps["interconnector"] == PORTUGAL).cast(pl.Int64).to_numpy()


def hourly(steps: pl.DataFrame, starts: pl.Series, hours: Floats) -> HourlyOrders:
    """Return simple offers."""
    price = steps["price_eur_mwh"].to_numpy()
    period = np.searchsorted(starts.to_numpy(), steps["delivery_start"].to_numpy())
    return HourlyOrders(
        period=period,
        zone=zone_of(steps),
        is_demand=(steps["side"] == "C").to_numpy(),
        price_start=price,
        price_end=price,
        volume=steps["volume_mwh"].to_numpy() / hours[period],
    )


def complex_orders(steps: pl.DataFrame, starts: pl.Series, hours: Floats) -> ComplexOrders:
    """Return offers with terms or gradients."""
    orders = steps.group_by("offer", maintain_order=True).first()
    number = {offer: place for place, offer in enumerate(orders["offer"])}
    period = np.searchsorted(starts.to_numpy(), steps["delivery_start"].to_numpy())
    fixed, variable = (
        orders[name].to_numpy() for name in ("fixed_term_eur", "variable_term_eur_mwh")
    )
    asks = (fixed != 0) | (variable != 0)
    gradients = [
        np.where(orders[name].to_numpy() > 0, orders[name].to_numpy() * MINUTES, np.nan)
        for name in ("ramp_up", "ramp_down")
    ]
    stop = steps.filter(pl.col("is_retired") == "N").group_by("offer").agg(pl.col("period").max())
    last = dict(stop.iter_rows())
    return ComplexOrders(
        names=[f"{unit} {offer}" for unit, offer in orders.select("unit", "offer").iter_rows()],
        zone=zone_of(orders),
        is_demand=(orders["side"] == "C").to_numpy(),
        condition=[Condition.INCOME if one else Condition.NONE for one in asks],
        fixed_term=fixed,
        step_order=np.array([number[offer] for offer in steps["offer"]], np.int64),
        step_period=period,
        step_price=steps["price_eur_mwh"].to_numpy(),
        step_volume=steps["volume_mwh"].to_numpy() / hours[period],
        variable_term=variable,
        gradient_up=gradients[0],
        gradient_down=gradients[1],
        stop_periods=np.array([last.get(offer, 0) for offer in orders["offer"]], np.int64),
    )


def daily(folder: Path) -> pl.DataFrame:
    """Return what the folder holds of published results, in rows of observations."""
    file = folder / "prices.csv"
    if not file.is_file():
        return pl.DataFrame()
    return parse_daily(Payload(file.name, file.read_bytes(), address=str(file))).observations


def published_prices(folder: Path, starts: pl.Series) -> Floats:
    """Return the published price of each period and zone, EUR/MWh, NaN where there is none."""
    return np.column_stack([values(folder, "day_ahead_price", zone, starts) for zone in ZONES])


def published_energy(folder: Path, starts: pl.Series) -> Floats:
    """Return the published energy of each period, MWh, without bilateral contracts."""
    return values(folder, "cleared_volume", "MIBEL", starts)


def values(folder: Path, name: str, location: str, starts: Sequence[int] | pl.Series) -> Floats:
    """Return one published value for each period, NaN where there is none."""
    rows, found = daily(folder), np.full(len(starts), np.nan)
    if not rows.width:
        return found
    number = {start: place for place, start in enumerate(starts)}
    # With an item it is another quantity: energy with bilateral contracts.
    is_plain = pl.col("item").is_null()
    wanted = rows.filter((pl.col("dataset") == name) & (pl.col("location") == location) & is_plain)
    for start, value in wanted.select("delivery_start", "value").iter_rows():
        if start in number:
            found[number[start]] = value
    return found


def with_exchange(day: AuctionDay) -> AuctionDay:
    """Return a day on which Spain keeps the exchange with its neighbours that its prices imply.

    At the published prices each simple offer is taken or not, and each complex one whose condition
    they meet delivers what is best for it. What then is sold beyond what is bought must have left
    over the borders; of offers just at the price, half is counted. That makes volumes balance, and
    leaves to the clearing which complex offers are taken, and at which prices.

    Raises
    ------
    SourceError
        If a price was not published.
    """
    auction, prices = day.auction, day.published
    if not prices.size or np.isnan(prices).any():
        raise SourceError(f"{day.title}: not all prices were published, so no exchange follows")
    hourly, orders = auction.hourly, auction.complex_orders
    conditions = Conditions(auction, units(auction))
    side = np.where(hourly.is_demand, -1.0, 1.0)
    better = np.sign(side * (prices[hourly.period, hourly.zone] - hourly.price_start))
    sold = np.bincount(
        hourly.period, side * hourly.volume * 0.5 * (1.0 + better), minlength=len(prices)
    )
    for order in range(len(orders)):
        asks = orders.condition[order] is not Condition.NONE
        if not asks or conditions.best_margin(order, prices) >= 0:
            delivered = orders.side(order) * conditions.best_steps(order, prices)
        else:
            delivered = np.zeros(len(orders.step_order))
            for period in range(int(orders.stop_periods[order])):
                for step in orders.steps(order, period)[:1]:
                    if orders.step_price[step] < prices[period, orders.zone[order]]:
                        delivered[step] = orders.step_volume[step]
        np.add.at(sold, orders.step_period, delivered)
    injections = auction.injections.copy()
    injections[:, 0] -= sold
    note = "Spain keeps the exchange over its borders that the published prices imply"
    return replace(day, auction=replace(auction, injections=injections), notes=(note,))
