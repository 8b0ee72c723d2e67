"""The trading flow as it happens: each step when it first happens in a market."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from zoneinfo import ZoneInfo

import polars as pl

from wattbook.runtime.figures import MarketName, Names, Step
from wattbook.runtime.figures.money import decimal_text, money_text
from wattbook.runtime.figures.steps import TITLES
from wattbook.runtime.refusals import refusal_words
from wattbook.store import whole_numbers

__all__ = ["Flow"]

Row = Mapping[str, object]
UNIT_NAMES = {"megawatt": "MW", "barrel": "bbl", "million_btu": "MMBtu", "gallon": "gal"}


def price(value: object) -> str:
    """Return a price in 1e-6 with at most six decimals."""
    return decimal_text(int(str(value)))


def amount(units: object) -> str:
    """Return an exact amount rounded to cents."""
    return money_text(int(str(units)))


class Flow:
    """Follows the events of a run chunk by chunk and tells each step's first time in each market.

    Parameters
    ----------
    names : Names
        What the desk calls the numbers.
    """

    def __init__(self, names: Names) -> None:
        self.names = names
        self.seen: set[tuple[str, int]] = set()
        self.market_of: dict[int, MarketName] = {}
        self.symbols: dict[int, str] = {}
        self.units: dict[int, str] = {}
        venues = {market.venue: market for market in names.markets}
        venues |= {
            market.book_venue: market for market in names.markets if market.book_venue is not None
        }
        self.venues = venues
        # Which tables tell of which step, and how a row reads.
        self.telling: tuple[tuple[int, str, Callable[[Row], str]], ...] = (
            (1, "quote", self.quote),
            (1, "reference_price", self.record),
            (2, "signal_recorded", self.signal),
            (3, "order_routed", self.passed),
            (3, "offer_routed", self.passed),
            (3, "refused", self.refused),
            (4, "order_routed", self.order),
            (4, "offer_routed", self.order),
            (5, "order_routed", self.routed),
            (5, "offer_routed", self.routed),
            (6, "order_state_changed", self.state),
            (7, "position_changed", self.position),
            (8, "position_changed", self.pnl),
        )
        self.orders: dict[int, int] = {}

    def define(self, tables: dict[str, pl.DataFrame]) -> None:
        """Take over instruments and orders, so that later rows can be read."""
        for row in tables.get("define_instrument", pl.DataFrame()).iter_rows(named=True):
            number = row["instrument"]
            self.symbols[number] = row["symbol"]
            self.units[number] = UNIT_NAMES.get(row["volume_unit"], row["volume_unit"])
            if row["venue"] in self.venues:
                self.market_of[number] = self.venues[row["venue"]]
        for name in ("order_routed", "offer_routed"):
            table = tables.get(name)
            if table is not None:
                pairs = table.select("order_id", "instrument").rows()
                self.orders.update(pairs)

    def see(self, tables: dict[str, pl.DataFrame]) -> Iterator[tuple[int, str, Step]]:
        """Yield (sequence, market, step) for what first happened in this chunk, in order.

        Parameters
        ----------
        tables : dict of str to polars.DataFrame
            What happened since the last chunk, as it stands on disk.
        """
        self.define(tables)
        found = []
        for number, name, tell in self.telling:
            table = tables.get(name)
            if table is None or not table.height:
                continue
            for row in self.first_rows(table):
                market = self.market(row)
                if market is not None and (market.name, number) not in self.seen:
                    found.append((row["sequence"], number, market, tell, row))
        for sequence, number, market, tell, row in sorted(found, key=lambda entry: entry[:2]):
            if (market.name, number) in self.seen:
                continue
            self.seen.add((market.name, number))
            at = dt.datetime.fromtimestamp(row["ts_recv"] // 10**9, ZoneInfo(market.time_zone))
            text = f"{at:%d %b %Y %H:%M:%S} {tell(row)}"
            yield sequence, market.name, Step(number, TITLES[number - 1], text)

    def first_rows(self, table: pl.DataFrame) -> Iterator[dict[str, int]]:
        """Yield the first row of each instrument, or of each order, in whole numbers."""
        key = "instrument" if "instrument" in table.columns else "order_id"
        first = table.unique(subset=key, keep="first", maintain_order=True)
        yield from whole_numbers(first).iter_rows(named=True)

    def market(self, row: Row) -> MarketName | None:
        """Return the market that a row is about."""
        number = row.get("instrument", self.orders.get(int(str(row.get("order_id", 0)))))
        if number is None and "strategy" in row:
            # A command that was refused before its instrument was known to be one of ours.
            name = next(
                (one.market for one in self.names.strategies if one.strategy == row["strategy"]), ""
            )
            return next((market for market in self.names.markets if market.name == name), None)
        return self.market_of.get(int(str(number))) if number is not None else None

    def contract(self, row: Row) -> str:
        """Return the symbol of a row's contract."""
        number = row.get("instrument", self.orders.get(int(str(row.get("order_id", 0))), -1))
        return self.symbols.get(int(str(number)), f"#{number}")

    def volume(self, row: Row, name: str = "volume") -> str:
        """Return a volume with its unit."""
        number = row.get("instrument", self.orders.get(int(str(row.get("order_id", 0))), -1))
        return f"{price(row[name])} {self.units.get(int(str(number)), '')}".strip()

    def quote(self, row: Row) -> str:
        """Return what a quote says."""
        return f"{self.contract(row)} bid {price(row['bid_price'])} ask {price(row['ask_price'])}"

    def record(self, row: Row) -> str:
        """Return what a price of record says."""
        kind = str(row["kind"]).replace("_", "-")
        return f"{self.contract(row)} {kind} {price(row['price'])}"

    def signal(self, row: Row) -> str:
        """Return what a signal says."""
        sure = int(str(row["confidence_ppm"])) / 1e6
        return (
            f"{self.names.strategy(int(str(row['strategy'])))}: {row['direction']} of "
            f"{self.contract(row)} towards {price(row['forecast_price'])}, confidence {sure:.3f}"
        )

    def passed(self, row: Row) -> str:
        """Return that an order passed the gate."""
        who = self.names.strategy(int(str(row["strategy"])))
        return f"{who}: {self.volume(row)} of {self.contract(row)} within every limit"

    def refused(self, row: Row) -> str:
        """Return why a command was refused."""
        who = self.names.strategy(int(str(row["strategy"])))
        return f"{who} refused: {refusal_words(str(row['refusal']), self.names.limits)}"

    def order(self, row: Row) -> str:
        """Return what an order says."""
        at = "at the close" if row.get("time_in_force") == "at_close" else price(row["price"])
        return f"{row['side']} {self.volume(row)} {self.contract(row)} {at}"

    def routed(self, row: Row) -> str:
        """Return where an order went."""
        market = self.market(row)
        return f"order {row['order_id']} to {market.name if market else 'its venue'}"

    def state(self, row: Row) -> str:
        """Return where an order stands."""
        state = str(row["state"]).replace("_", " ")
        return f"order {row['order_id']} {state}, filled {self.volume(row, 'filled')}"

    def position(self, row: Row) -> str:
        """Return what is held."""
        who = self.names.strategy(int(str(row["strategy"])))
        return f"{who} holds {self.volume(row)} {self.contract(row)}"

    def pnl(self, row: Row) -> str:
        """Return what was realised."""
        realised, fees = row["realised"], row["fees"]
        market = self.market(row)
        currency = market.currency if market else ""
        return f"realised {amount(realised)}, fees {amount(fees)} {currency}"
