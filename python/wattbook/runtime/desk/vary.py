"""One strategy of a desk file alone, with other values of its keys."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from wattbook.runtime.desk.parse import desk_of, top_of
from wattbook.runtime.desk.reader import Reader
from wattbook.runtime.desk.spec import Desk

__all__ = ["varied"]


def varied(text: str, path: str, strategy: str, values: Mapping[str, object]) -> Desk:
    r"""Return the desk with `strategy` alone, some of its keys set to `values`.

    What the strategy does not name goes with the others: markets, futures, limits of others and
    netting, so that nothing but its own orders moves its P&L.

    Parameters
    ----------
    text, path : str
        A desk file and its name.
    strategy : str
        Name of one of its strategies.
    values : mapping of str to object
        By key as the desk file has it; ``parameters.follow`` is a key of a table of it.

    Raises
    ------
    DeskError
        If there is no such strategy, or a value does not fit its key: as if it stood in the file.

    Examples
    --------
    >>> from wattbook.runtime.desk.builtin import builtin_text
    >>> desk = varied(builtin_text("generated"), "generated.toml", "wind farm", {"power": 3})
    >>> [one.name for one in desk.strategy], len(desk.market)
    (['wind farm'], 1)
    """
    top, reader = top_of(text, path), Reader(path, text)
    entries = top.get("strategy", [])
    known = [str(entry.get("name")) for entry in entries]
    place = known.index(reader.choice(("strategy",), strategy, known, "strategy of this file"))
    for name, value in values.items():
        put(reader, place, entries[place], name, value)
    desk = desk_of(top, reader)
    spec = desk.strategy[place]
    named = set(texts(entries[place]))
    markets = tuple(market for market in desk.market if market.name in named)
    futures = tuple(product for product in desk.futures if product.name in named)
    kept = {market.name for market in markets} | {product.name for product in futures}
    return dataclasses.replace(
        desk,
        strategy=(spec,),
        market=markets,
        futures=futures,
        netting=None,
        clearing=tuple(one for one in desk.clearing if one.market in kept),
        venue=tuple(one for one in desk.venue if one.market in kept),
        limit=tuple(
            one
            for one in desk.limit
            if one.strategy in (None, strategy) and (one.market is None or one.market in kept)
        ),
    )


def put(reader: Reader, place: int, entry: dict[str, Any], name: str, value: object) -> None:
    """Set a key of a strategy, or of a table in it.

    Raises
    ------
    DeskError
        If what should be a table is none, or the key says which strategy it is.
    """
    *tables, key = name.split(".")
    if not tables and key in ("name", "kind", "market", "book"):
        message = f"{key!r} says which strategy it is; vary another key"
        raise reader.refuse(("strategy", place, key), message)
    for table in tables:
        inner: object = entry.setdefault(table, {})
        if not isinstance(inner, dict):
            message = f"{table!r} is no table with keys in it; leave out the point"
            raise reader.refuse(("strategy", place, table), message)
        entry = inner
    entry[key] = value


def texts(value: object) -> Iterator[str]:
    """Yield every text that a value of a desk file holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
