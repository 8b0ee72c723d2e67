"""Reads a desk file; every refusal names file, line, key, value and fix."""

import datetime as dt
import difflib
import tomllib
import types
import typing
from dataclasses import MISSING, dataclass, fields, is_dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wattbook.errors import DeskError
from wattbook.runtime.desk.lines import line_of
from wattbook.runtime.desk.spec import (
    BatterySpec,
    BookSpec,
    Bounds,
    Desk,
    DeskHead,
    DispatchSpec,
    EmaCrossSpec,
    FuturesSpec,
    LiveSpec,
    MarketSpec,
    MeanReversionSpec,
    MomentumSpec,
    PythonSpec,
    StrategySpec,
    VirtualSpec,
    WindSpec,
)

if TYPE_CHECKING:
    from wattbook.sources import Source

__all__ = ["KINDS", "load_desk", "parse_desk"]

KINDS: dict[str, type[StrategySpec]] = {
    "momentum": MomentumSpec,
    "mean_reversion": MeanReversionSpec,
    "ema_cross": EmaCrossSpec,
    "battery": BatterySpec,
    "virtual": VirtualSpec,
    "wind": WindSpec,
    "python": PythonSpec,
}
"""Strategies that a desk file can name."""

KeyPath = tuple[str | int, ...]
LARGEST = 1_000_000_000_000
"""What no decimal of a desk file goes beyond: its millionths fit 64 bits."""
WORDS = {
    str: "text in quotes",
    int: "a whole number",
    Decimal: "a number",
    bool: "true or false",
    dt.date: "a date such as 2026-06-30",
    dt.time: "a time of day such as 14:07:00",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """A desk file's text, for placing errors."""

    path: str
    text: str

    def refuse(self, key: KeyPath, found: str) -> DeskError:
        """Return the error about `key`."""
        dotted = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
        line = line_of(self.text, key)
        return DeskError(f"{self.path}, line {line}, {dotted.lstrip('.') or 'top'}: {found}")

    def choice(self, key: KeyPath, value: object, known: typing.Iterable[str], what: str) -> str:
        """Return `value` if it is one of `known`.

        Raises
        ------
        DeskError
            Otherwise, with the nearest of `known`.
        """
        names = list(known)
        if isinstance(value, str) and value in names:
            return value
        near = difflib.get_close_matches(str(value), names, n=1, cutoff=0.5)
        fix = f"did you mean {near[0]!r}?" if near else f"use one of {', '.join(names)}"
        raise self.refuse(key, f"{value!r} is no {what}; {fix}")

    def number(self, key: KeyPath, value: Decimal | int, limits: Bounds) -> None:
        """Refuse a number outside the bounds of its field, or finer than 1e-6.

        Raises
        ------
        DeskError
            Naming the bound.
        """
        above, least, most = limits
        if isinstance(value, Decimal) and not value.is_finite():
            raise self.refuse(key, f"{value} is not finite; give a number")
        # The engine counts in millionths, 64 bits wide: bounded first, then rounded.
        largest = LARGEST if most is None else most
        if isinstance(value, Decimal) and abs(value) > LARGEST:
            bound = f"{largest:,}" if value > 0 else f"{-LARGEST:,}"
            fix = f"give {bound} or {'less' if value > 0 else 'more'}"
            raise self.refuse(key, f"{value} is beyond {bound}; {fix}")
        if isinstance(value, Decimal) and value != round(value, 6):
            raise self.refuse(key, f"{value} has more than 6 decimals; round it")
        if above is not None and value <= above:
            raise self.refuse(key, f"{value} is not above {above}; give a larger number")
        if least is not None and value < least:
            raise self.refuse(key, f"{value} is below {least}; give {least} or more")
        if most is not None and value > most:
            raise self.refuse(key, f"{value} is above {most}; give {most} or less")

    def value(self, key: KeyPath, value: object, kind: Any) -> Any:  # noqa: ANN401
        """Return `value` as `kind`, which may be a union, literal, tuple, dataclass or scalar.

        Raises
        ------
        DeskError
            If it does not fit.
        """
        if limits := getattr(kind, "__metadata__", None):
            return self.scalar(key, value, kind.__origin__, limits[0])
        origin = typing.get_origin(kind)
        if origin in (typing.Union, types.UnionType):
            return self.union(key, value, kind)
        if origin is typing.Literal:
            return self.choice(key, value, typing.get_args(kind), "value of this key")
        if origin is tuple:
            return self.several(key, value, typing.get_args(kind))
        if is_dataclass(kind) and isinstance(kind, type):
            if not isinstance(value, dict):
                raise self.refuse(key, f"{value!r} is no table; write it as [table]")
            return self.table(key, value, kind)
        return self.scalar(key, value, kind, Bounds())

    def several(self, key: KeyPath, value: object, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return a list as a tuple: of as many as `kinds`, or of any number of its first.

        Raises
        ------
        DeskError
            If it does not fit.
        """
        if kinds[1:] == (...,):
            if not isinstance(value, list):
                raise self.refuse(key, f"{value!r} is no list; write it as [[{key[-1]}]]")
            return tuple(
                self.value((*key, place), part, kinds[0]) for place, part in enumerate(value)
            )
        if not isinstance(value, list) or len(value) != len(kinds):
            raise self.refuse(key, f"{value!r} does not fit; give a list of {len(kinds)}")
        return tuple(self.value(key, part, of) for part, of in zip(value, kinds, strict=True))

    def union(self, key: KeyPath, value: object, kind: Any) -> Any:  # noqa: ANN401
        """Return `value` as the member of the union that it fits by its type.

        Raises
        ------
        DeskError
            If it fits none.
        """
        members = [member for member in typing.get_args(kind) if member is not type(None)]
        if len(members) == 1:
            return self.value(key, value, members[0])
        for member in members:
            if typing.get_origin(member) is None and type(value) is member:
                return value
        words = [WORDS[m] for m in members if m in WORDS]
        names = [n for m in members if typing.get_origin(m) is typing.Literal for n in m.__args__]
        if isinstance(value, str) and value in names:
            return value
        raise self.refuse(key, f"{value!r} does not fit; give {' or '.join(words + names)}")

    def scalar(self, key: KeyPath, value: object, kind: Any, limits: Bounds) -> Any:  # noqa: ANN401
        """Return a text, number, date or truth value of the type `kind`.

        Raises
        ------
        DeskError
            If it is of another type or out of bounds.
        """
        if kind is Decimal and type(value) is int:
            value = Decimal(value)
        if type(value) is not kind:
            raise self.refuse(key, f"{value!r} is not {WORDS[kind]}; give {WORDS[kind]}")
        if isinstance(value, Decimal | int):
            self.number(key, value, limits)
        if value == "":
            raise self.refuse(key, "the text is empty; give a name")
        return value

    def table(self, key: KeyPath, found: dict[str, object], kind: type) -> Any:  # noqa: ANN401
        """Return a dataclass `kind` from the keys of a table.

        Raises
        ------
        DeskError
            For an unknown key, with the nearest known one, and for one that is missing.
        """
        known = {entry.name: entry for entry in fields(kind)}
        hints = typing.get_type_hints(kind, include_extras=True)
        for name in found:
            if name not in known:
                self.choice((*key, name), name, known, "key here")
        for name, entry in known.items():
            needs = entry.default is MISSING and entry.default_factory is MISSING
            if needs and name not in found:
                raise self.refuse(key, f"key {name!r} is missing; add it")
        return kind(
            **{name: self.value((*key, name), value, hints[name]) for name, value in found.items()}
        )

    def tables(self, name: str, top: dict[str, object], kind: type) -> tuple[Any, ...]:
        """Return the dataclasses of an array of tables.

        Raises
        ------
        DeskError
            If it is no array of tables, or two of them share a name.
        """
        found = top.get(name, [])
        if not isinstance(found, list):
            raise self.refuse((name,), f"write it as [[{name}]], one block each")
        made: list[Any] = []
        names: set[str] = set()
        for place, entry in enumerate(found):
            key: KeyPath = (name, place)
            if not isinstance(entry, dict):
                raise self.refuse(key, f"{entry!r} is no table; write it as [[{name}]]")
            which = kind
            if kind is StrategySpec:
                if "kind" not in entry:
                    raise self.refuse(key, f"key 'kind' is missing; use one of {', '.join(KINDS)}")
                which = KINDS[self.choice((*key, "kind"), entry["kind"], KINDS, "strategy")]
            spec: Any = self.table(key, entry, which)
            if spec.name in names:
                message = f"{spec.name!r} is taken by an earlier [[{name}]]; choose another name"
                raise self.refuse((*key, "name"), message)
            names.add(spec.name)
            made.append(spec)
        return tuple(made)

    def currency(self, key: KeyPath, code: object) -> str:
        """Return an ISO 4217 code.

        Raises
        ------
        DeskError
            If it is not three capital letters.
        """
        if isinstance(code, str) and len(code) == 3 and code.isascii() and code.isupper():
            return code
        raise self.refuse(key, f"{code!r} is no currency; give its ISO 4217 code such as 'EUR'")

    def fx(self, top: dict[str, object]) -> dict[str, Decimal]:
        """Return the rates of ``[fx]``.

        Raises
        ------
        DeskError
            For a code that is none or a rate that is not above zero.
        """
        found = top.get("fx", {})
        if not isinstance(found, dict):
            raise self.refuse(("fx",), "write it as [fx] with one line a currency")
        rates = {}
        for code, rate in found.items():
            key = ("fx", code)
            self.currency(key, code)
            if type(rate) not in (int, Decimal):
                raise self.refuse(key, f"{rate!r} is no rate; give a number above zero")
            number = Decimal(rate)
            if not (number.is_finite() and 0 < number < 10**9):
                message = f"{rate} is no rate; give a number above 0 and below 1,000,000,000"
                raise self.refuse(key, message)
            rates[code] = Decimal(rate)
        return rates


def check(reader: Reader, desk: Desk) -> None:
    """Refuse names that lead nowhere and currencies without a rate.

    Raises
    ------
    DeskError
        With the nearest name that exists.
    """
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    reader.currency(("desk", "currency"), desk.desk.currency)
    needed: list[tuple[KeyPath, str]] = []
    for place, market in enumerate(desk.market):
        key: KeyPath = ("market", place, "source")
        source = SOURCES[reader.choice(key, market.source, SOURCES, "source")]
        needed.append((key, source.currency))
        check_book(reader, place, market)
        check_zone(reader, place, market, source)
    needed += [(("futures", place, "product"), "USD") for place in range(len(desk.futures))]
    for key, code in needed:
        if code != desk.desk.currency and code not in desk.fx:
            message = (
                f"its currency {code} has no rate; add {code} = … under [fx], the worth of one "
                f"{code} in {desk.desk.currency}"
            )
            raise reader.refuse(key, message)
    for place, futures in enumerate(desk.futures):
        if futures.last_day < futures.first_day:
            message = f"{futures.last_day} is before first_day {futures.first_day}; swap them"
            raise reader.refuse(("futures", place, "last_day"), message)
    hours = None if desk.live is None else desk.live.hours
    if hours is not None and (hours.first_day is None) != (hours.last_day is None):
        message = "weekly hours need first_day and last_day; give both or none"
        raise reader.refuse(("live", "hours"), message)
    markets = [market.name for market in desk.market]
    markets += [futures.name for futures in desk.futures]
    books = [book.name for book in desk.book]
    for place, strategy in enumerate(desk.strategy):
        reader.choice(("strategy", place, "market"), strategy.market, markets, "market or futures")
        reader.choice(("strategy", place, "book"), strategy.book, books, "book")
        check_strategy(reader, desk, place, strategy)
    if not desk.strategy:
        raise reader.refuse((), "no [[strategy]] trades; add one")


def check_book(reader: Reader, place: int, market: MarketSpec) -> None:
    """Refuse a halt without a collar, and prices and volumes finer than the book's own steps.

    Raises
    ------
    DeskError
        Naming what is missing.
    """
    book = market.synthetic_book
    if book is None:
        return
    key: KeyPath = ("market", place, "synthetic_book")
    session = book.session
    if session.halt_seconds and not session.collar:
        message = f"{session.halt_seconds} s of halt need a collar above 0; add one"
        raise reader.refuse((*key, "session", "halt_seconds"), message)
    steps = {"tick": ("level_step", "wander", "momentum_move"), "lot": ("noise_volume",)}
    steps["lot"] += ("momentum_volume",)
    for step, names in steps.items():
        for name in names:
            value = getattr(book.participants, name)
            if value and value < getattr(book, step):
                message = f"{value} is below the book's {step} {getattr(book, step)}; give more"
                raise reader.refuse((*key, "participants", name), message)
    if 0 < session.collar < book.tick:
        message = f"{session.collar} is below the book's tick {book.tick}; give more"
        raise reader.refuse((*key, "session", "collar"), message)


def check_zone(reader: Reader, place: int, market: MarketSpec, source: "Source") -> None:
    """Refuse a zone that the market does not have, and a day that a coupled market cannot find.

    Raises
    ------
    DeskError
        Naming the zones.
    """
    key: KeyPath = ("market", place)
    if market.borders is not None and not (source.zones and source.is_recorded):
        message = f"{market.borders!r}: source {source.name!r} has no borders; leave it out"
        raise reader.refuse((*key, "borders"), message)
    if not source.zones:
        if market.zone is not None:
            message = f"{market.zone!r}: source {source.name!r} has one zone only; leave it out"
            raise reader.refuse((*key, "zone"), message)
        return
    if market.zone is not None:
        reader.choice((*key, "zone"), market.zone, source.zones, f"zone of {source.name!r}")
    if isinstance(market.day, str):
        message = f"{market.day!r}: a coupled market has no prices to choose a day by; give a date"
        raise reader.refuse((*key, "day"), message)
    if market.synthetic_book is not None and source.is_recorded:
        message = (
            f"nothing is recorded of {source.name!r} after its auction to make a book up around; "
            "leave the section out"
        )
        raise reader.refuse((*key, "synthetic_book"), message)


def check_coupled(reader: Reader, place: int, strategy: StrategySpec, market: MarketSpec) -> None:
    """Refuse what cannot be offered into an auction.

    Raises
    ------
    DeskError
        Naming the key.
    """
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    source = SOURCES[market.source]
    if isinstance(strategy, BatterySpec) and strategy.dispatch is not None:
        check_dispatch(reader, place, strategy.dispatch, market)
    if source.market_model != "auction":
        return
    if isinstance(strategy, BatterySpec) and strategy.efficiency > Decimal("0.99"):
        message = (
            f"{strategy.efficiency} leaves a block too little net energy to state its limit on; "
            "give 0.99 or less"
        )
        raise reader.refuse(("strategy", place, "efficiency"), message)
    low, high = source.price_limits
    if isinstance(strategy, WindSpec) and not low <= strategy.marginal_cost <= high:
        message = (
            f"{strategy.marginal_cost} is outside of the day-ahead price limits {low:,.0f} to "
            f"{high:,.0f}; give a cost between them"
        )
        raise reader.refuse(("strategy", place, "marginal_cost"), message)


def check_dispatch(reader: Reader, place: int, spec: DispatchSpec, market: MarketSpec) -> None:
    """Refuse to run a battery where nothing can be traded again, or by steps that do not fit.

    Raises
    ------
    DeskError
        Naming the key.
    """
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    key: KeyPath = ("strategy", place, "dispatch")
    if SOURCES[market.source].market_model != "auction" or market.synthetic_book is None:
        message = (
            f"market {market.name!r} has no continuous book of delivery periods to trade a "
            'deviation in; name one with source "coupled" and [market.synthetic_book]'
        )
        raise reader.refuse(key, message)
    if 900 % spec.step_seconds:
        message = f"{spec.step_seconds} s do not divide a quarter-hour; give 10, 60 or the like"
        raise reader.refuse((*key, "step_seconds"), message)
    for number, fault in enumerate(spec.fault):
        if fault.until is not None and fault.until <= fault.at:
            message = f"{fault.until} is not after {fault.at}; give a later time of the day"
            raise reader.refuse((*key, "fault", number, "until"), message)
        if fault.inverters > spec.inverters:
            message = f"{fault.inverters} of {spec.inverters} inverters cannot trip; give less"
            raise reader.refuse((*key, "fault", number, "inverters"), message)


def check_strategy(reader: Reader, desk: Desk, place: int, strategy: StrategySpec) -> None:
    """Refuse a strategy that its market cannot carry.

    Raises
    ------
    DeskError
        Naming what is missing.
    """
    power = {market.name: market for market in desk.market}
    key: KeyPath = ("strategy", place, "market")
    if isinstance(strategy, BatterySpec):
        if strategy.market not in power:
            message = (
                f"a battery cannot deliver into futures {strategy.market!r}; name a [[market]]"
            )
            raise reader.refuse(key, message)
        if strategy.initial_energy > strategy.energy:
            message = f"{strategy.initial_energy} MWh is above energy {strategy.energy}; give less"
            raise reader.refuse(("strategy", place, "initial_energy"), message)
        if strategy.charge_quantile >= strategy.discharge_quantile:
            message = (
                f"{strategy.charge_quantile} is not below discharge_quantile "
                f"{strategy.discharge_quantile}; lower it"
            )
            raise reader.refuse(("strategy", place, "charge_quantile"), message)
    elif isinstance(strategy, VirtualSpec):
        check_virtual(reader, power.get(strategy.market), key)
    elif isinstance(strategy, WindSpec):
        check_wind(reader, power.get(strategy.market), key)
    elif strategy.market in power and power[strategy.market].synthetic_book is None:
        message = (
            f"market {strategy.market!r} has no continuous book for a {strategy.kind} strategy; "
            "add [market.synthetic_book] to it"
        )
        raise reader.refuse(key, message)
    if strategy.market in power and isinstance(strategy, BatterySpec | WindSpec):
        check_coupled(reader, place, strategy, power[strategy.market])
    if isinstance(strategy, EmaCrossSpec):
        if strategy.market not in power:
            message = (
                f"futures {strategy.market!r} settle once a day and have no quotes to average; "
                "use momentum or name a [[market]]"
            )
            raise reader.refuse(key, message)
        if strategy.fast >= strategy.slow:
            message = f"{strategy.fast} is not below slow {strategy.slow}; lower it"
            raise reader.refuse(("strategy", place, "fast"), message)


def check_virtual(reader: Reader, market: MarketSpec | None, key: KeyPath) -> None:
    """Refuse virtual bids into a market that does not settle twice.

    Raises
    ------
    DeskError
        Naming the sources that do.
    """
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    fitting = [name for name, one in SOURCES.items() if one.market_model == "two_settlement"]
    # The generated coupled market allows financial bids; the recorded one has no imbalance price.
    fitting.append("coupled")
    if market is None or market.source not in fitting:
        message = (
            "virtual bids need a day-ahead and a real-time settlement; name a [[market]] whose "
            f"source is one of {', '.join(fitting)}"
        )
        raise reader.refuse(key, message)


def check_wind(reader: Reader, market: MarketSpec | None, key: KeyPath) -> None:
    """Refuse a wind farm in a market without auctions to clear.

    Raises
    ------
    DeskError
        Naming the sources that have some.
    """
    from wattbook.sources import SOURCES  # noqa: PLC0415 - brings numpy

    fitting = [name for name, one in SOURCES.items() if one.market_model == "auction"]
    if market is None or market.source not in fitting:
        message = (
            "a wind farm bids into a coupled auction; name a [[market]] whose source is one of "
            f"{', '.join(fitting)}"
        )
        raise reader.refuse(key, message)


def parse_desk(text: str, path: str = "desk.toml") -> Desk:
    r"""Return the desk that `text` describes.

    Parameters
    ----------
    text : str
        A TOML document.
    path : str, optional
        Its name, for messages.

    Raises
    ------
    DeskError
        For anything that does not fit, naming line, key, value and fix.

    Examples
    --------
    >>> parse_desk('[desk]\nsed = 7')
    Traceback (most recent call last):
    wattbook.errors.DeskError: desk.toml, line 2, desk.sed: 'sed' is no key here; did you mean ...
    """
    try:
        top = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as fault:
        message = f"{path}: {fault}; mend the TOML there"
        raise DeskError(message) from fault
    reader = Reader(path, text)
    sections = ("desk", "fx", "book", "market", "futures", "strategy", "live")
    for name in top:
        reader.choice((name,), name, sections, "section")
    head = top.get("desk")
    if not isinstance(head, dict):
        raise reader.refuse((), "section [desk] is missing; add it with name and currency")
    desk = Desk(
        desk=reader.table(("desk",), head, DeskHead),
        fx=reader.fx(top),
        book=reader.tables("book", top, BookSpec),
        market=reader.tables("market", top, MarketSpec),
        futures=reader.tables("futures", top, FuturesSpec),
        strategy=reader.tables("strategy", top, StrategySpec),
        path=path,
        live=None if "live" not in top else reader.value(("live",), top["live"], LiveSpec),
    )
    check(reader, desk)
    return desk


def load_desk(path: Path) -> Desk:
    """Return the desk of the file at `path`.

    Raises
    ------
    DeskError
        If it cannot be read, or anything in it does not fit.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as fault:
        message = (
            f"{path} cannot be read ({fault.strerror}); give the path of a desk file, or none for "
            "the built-in one"
        )
        raise DeskError(message) from fault
    except UnicodeDecodeError as fault:
        message = (
            f"{path} is no text in UTF-8 ({fault.reason} at byte {fault.start}); save it as such"
        )
        raise DeskError(message) from fault
    return parse_desk(text, str(path))
