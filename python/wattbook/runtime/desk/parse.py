"""Reads a desk file into its spec, and says what is wrong with it: line, key, value, fix."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from wattbook.errors import DeskError
from wattbook.runtime.desk.checks import check
from wattbook.runtime.desk.reader import Reader
from wattbook.runtime.desk.spec import (
    BookSpec,
    ClearingSpec,
    Desk,
    DeskHead,
    FuturesSpec,
    LimitSpec,
    LiveSpec,
    MarketSpec,
    NettingSpec,
    StrategySpec,
    VenueSpec,
)

__all__ = ["desk_of", "load_desk", "parse_desk", "top_of"]


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
    return desk_of(top_of(text, path), Reader(path, text))


def top_of(text: str, path: str) -> dict[str, Any]:
    """Return what a desk file says, numbers with a point exactly.

    Raises
    ------
    DeskError
        If it is no TOML; names file and line.
    """
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as fault:
        message = f"{path}: {fault}; mend the TOML there"
        raise DeskError(message) from fault


def desk_of(top: dict[str, Any], reader: Reader) -> Desk:
    """Return the desk that the sections of `top` describe; `reader` places errors.

    Raises
    ------
    DeskError
        As of `parse_desk`.
    """
    sections = (
        "desk", "fx", "book", "market", "futures", "strategy", "live", "limit", "clearing",
        "netting", "venue",
    )  # fmt: skip
    for name in top:
        reader.choice((name,), name, sections, "section")
    head = top.get("desk")
    if not isinstance(head, dict):
        raise reader.refuse((), "section [desk] is missing; add it with name and currency")
    netting = top.get("netting")
    desk = Desk(
        desk=reader.table(("desk",), head, DeskHead),
        fx=reader.fx(top),
        book=reader.tables("book", top, BookSpec),
        market=reader.tables("market", top, MarketSpec),
        futures=reader.tables("futures", top, FuturesSpec),
        strategy=reader.tables("strategy", top, StrategySpec),
        path=reader.path,
        live=None if "live" not in top else reader.value(("live",), top["live"], LiveSpec),
        clearing=reader.value(("clearing",), top.get("clearing", []), tuple[ClearingSpec, ...]),
        limit=reader.tables("limit", top, LimitSpec),
        venue=reader.tables("venue", top, VenueSpec),
        netting=None if netting is None else reader.value(("netting",), netting, NettingSpec),
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
