"""The fills of a run as deals of a book.

Three kinds of deals make a book earn what its run did, whatever its curves say:

- what was traded at a venue, at the price of the fill, with its fee;
- what an asset delivered, bought from its owner at no price;
- what was left open, sold to the operator of the grid at the price of the imbalance.

The three of a delivery period sum to no energy once it is settled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from wattbook.domain.calendars import DeliveryProduct, intervals
from wattbook.domain.instants import local_time
from wattbook.errors import InputError
from wattbook.runtime.figures import Ledger
from wattbook.runtime.figures.money import UNITS

__all__ = ["RunTerms", "run_deals"]

MILLION = 1_000_000
COLUMNS = (
    "deal", "trade_date", "book", "trader", "counterparty", "product", "side", "power_mw",
    "price", "currency", "fee",
)  # fmt: skip
TENORS = {3_600: "hour", 1_800: "half_hour", 900: "quarter_hour", 300: "five_minutes"}
LETTERS = {"hour": "H", "half_hour": "HH", "quarter_hour": "QH", "five_minutes": "DI"}


@dataclass(frozen=True)
class RunTerms:
    """Whom a run's deals are with.

    Parameters
    ----------
    trader : str
        Who answers for them.
    counterparty : str
        Who clears what was traded at venues.
    operator : str or None
        Of the grid, who settles imbalances; without one they are left out.
    owner : str or None
        Of the assets, who brings what they deliver; without one it is left out.
    places : mapping of str to str
        Of a location of the run, which place of the calendars it is; itself by default.
    """

    trader: str
    counterparty: str
    operator: str | None = None
    owner: str | None = None
    places: Mapping[str, str] = field(default_factory=dict)


def decimal(millionths: int) -> str:
    """Return a number in 1e-6 as exact decimal text."""
    sign, size = "-" if millionths < 0 else "", abs(millionths)
    return f"{sign}{size // MILLION}.{size % MILLION:06}"


class Products:
    """Names of the delivery periods of a run."""

    def __init__(self, ledger: Ledger, places: Mapping[str, str]) -> None:
        table = ledger.table("define_instrument")
        self.ledger, self.places = ledger, places
        self.location = dict(table.select("instrument", "location").iter_rows())
        self.days: dict[tuple[str, dt.date, str], dict[int, str]] = {}
        self.named: dict[int, tuple[str, str]] = {}

    def of(self, number: int) -> tuple[str, str]:
        """Return product and time zone of an instrument.

        Raises
        ------
        InputError
            If it is no delivery period of power that the calendars know.
        """
        if number not in self.named:
            self.named[number] = self.name(number)
        return self.named[number]

    def name(self, number: int) -> tuple[str, str]:
        """Find out what `of` returns."""
        one = self.ledger.instruments[number]
        tenor = TENORS.get((one.delivery_end - one.delivery_start) // 1_000_000_000)
        if tenor is None or one.price_unit != "megawatt_hour" or one.volume_unit != "megawatt":
            raise InputError(
                f"{one.symbol} is no hour or part of one in MW and a MWh; leave its market out of "
                "the desk, or book its deals from a file"
            )
        place = self.places.get(self.location[number], self.location[number])
        try:
            zone = DeliveryProduct(f"{place} 2026-01-15").time_zone
        except InputError as fault:
            asked = " ".join(f"--place {name}=PLACE" for name in self.unknown())
            raise InputError(
                f"{one.symbol}: {str(fault).split(';')[0]}; say which places of the calendars the "
                f"run's locations are: {asked}"
            ) from fault
        # A delivery day may begin on the evening before, or later than midnight.
        for shift in (0, 1, -1):
            day = local_time(one.delivery_start, zone).date() + dt.timedelta(days=shift)
            found = self.day(place, day, tenor).get(one.delivery_start)
            if found is not None:
                return found, zone
        raise InputError(
            f"{one.symbol} begins at no {tenor.replace('_', ' ')} of {place}; name another place "
            "with --place"
        )

    def unknown(self) -> list[str]:
        """Return the locations of the run that no calendar knows, as they are written."""
        found = []
        for location in sorted(set(self.location.values())):
            place = self.places.get(location, location)
            try:
                DeliveryProduct(f"{place} 2026-01-15")
            except InputError:
                found.append(location)
        return found

    def day(self, place: str, day: dt.date, tenor: str) -> dict[int, str]:
        """Return the names of a day's parts by their start, ns UTC."""
        key = (place, day, tenor)
        if key not in self.days:
            parts = intervals(DeliveryProduct(f"{place} {day}"), tenor)  # type: ignore[arg-type]
            self.days[key] = {
                start: f"{place} {day} {LETTERS[tenor]}{number:02}{'_AB'[again] if again else ''}"
                for start, number, again in zip(
                    parts.delivery_start.astype("int64").tolist(),
                    parts.number.tolist(),
                    parts.occurrence.tolist(),
                    strict=True,
                )
            }
        return self.days[key]


def run_deals(ledger: Ledger, terms: RunTerms) -> tuple[pl.DataFrame, int]:
    """Return a run's deals as `read_deals` takes them, and how many rows had nobody to be with.

    Parameters
    ----------
    ledger : Ledger
        Events of a run.
    terms : RunTerms

    Returns
    -------
    polars.DataFrame
        Text: ``deal``, ``trade_date`` and so on.
    int
        Settlements and meter readings that were left out for want of an operator or owner.

    Raises
    ------
    InputError
        If a contract is no delivery period of power that the calendars know, or awards of one
        period were at several prices.
    """
    products = Products(ledger, terms.places)
    title = ledger.names.title
    rows, left = [], 0
    for row in entries(ledger, "filled"):
        bought = row["volume"] if row["side"] == "buy" else -row["volume"]
        fee = decimal(fee_of(row))
        name = f"{title}/{row['trade']}"
        deal = Deal(name, terms.counterparty, bought, row["price"], fee)
        rows.append(deal.columns(row, ledger, terms, products))
    awards = {row["sequence"] for row in entries(ledger, "offer_awarded")}
    settled = list(entries(ledger, "settled"))
    for kind, counterparty, found in (
        ("award", terms.counterparty, [one for one in settled if one["sequence"] in awards]),
        ("imbalance", terms.operator, [one for one in settled if one["sequence"] not in awards]),
        ("delivered", terms.owner, list(entries(ledger, "meter_read"))),
    ):
        # A later run of a settlement, and later awards, take the place of those before.
        last = {(one["instrument"], one["strategy"]): one for one in found if one["volume"]}
        if counterparty is None:
            left += len(last)
            continue
        for (instrument, strategy), row in last.items():
            is_own = kind == "delivered"
            if kind == "award":
                one_price(row, ledger)
            bought = row["volume"] if is_own else -row["volume"]
            name = f"{title}/{kind}/{instrument}/{strategy}"
            deal = Deal(name, counterparty, bought, 0 if is_own else row["price"], "0")
            rows.append(deal.columns(row, ledger, terms, products))
    return pl.DataFrame(rows, schema=dict.fromkeys(COLUMNS, pl.String), orient="row"), left


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal to be written: bought above zero and price in 1e-6."""

    name: str
    counterparty: str
    bought: int
    price: int
    fee: str

    def columns(
        self, row: Mapping[str, Any], ledger: Ledger, terms: RunTerms, products: Products
    ) -> tuple[str, ...]:
        """Return it as text, in the order of `COLUMNS`."""
        product, zone = products.of(row["instrument"])
        owner = next(one for one in ledger.names.strategies if one.strategy == row["strategy"])
        return (
            self.name,
            local_time(row["ts_recv"], zone).date().isoformat(),
            owner.book,
            terms.trader,
            self.counterparty,
            product,
            "buy" if self.bought > 0 else "sell",
            decimal(abs(self.bought)),
            decimal(self.price),
            ledger.instruments[row["instrument"]].currency,
            self.fee,
        )


def entries(ledger: Ledger, name: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table in order, none where the run has none."""
    table = ledger.table(name)
    if table.height:
        yield from table.sort("sequence", maintain_order=True).iter_rows(named=True)


def fee_of(row: Mapping[str, Any]) -> int:
    """Return the fee of a fill in 1e-6 currency.

    Raises
    ------
    InputError
        If it is finer.
    """
    millionths, rest = divmod(int(row["fee"]), UNITS // MILLION)
    if rest:
        raise InputError(f"the fee of trade {row['trade']} is finer than 1e-6; book it by file")
    return millionths


def one_price(row: Mapping[str, Any], ledger: Ledger) -> None:
    """Refuse awards of one period at several prices."""
    one = ledger.instruments[row["instrument"]]
    if int(row["amount"]) != row["price"] * row["volume"] * one.delivery_seconds:
        raise InputError(f"{one.symbol} was awarded at several prices; book its awards by file")
