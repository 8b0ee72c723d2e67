"""Refuses limits of scopes, and clearing, that do not fit the rest of a desk file."""

from wattbook.risk.limits import is_same_person
from wattbook.runtime.desk.reader import KeyPath, Reader
from wattbook.runtime.desk.spec import Desk, LimitSpec

__all__ = ["check_clearing", "check_limit"]


def check_clearing(
    reader: Reader, desk: Desk, place: int, markets: list[str], books: list[str]
) -> None:
    """Refuse clearing of what the desk does not have, and two answers for one market and book.

    Raises
    ------
    DeskError
        Naming the key.
    """
    one, key = desk.clearing[place], ("clearing", place)
    reader.choice((*key, "market"), one.market, markets, "market")
    if one.book is not None:
        reader.choice((*key, "book"), one.book, books, "book")
    for name in ("counterparty", "member"):
        if (found := getattr(one, name)) is not None and not found.strip():
            raise reader.refuse((*key, name), "it is empty; give a name")
    if any((one.market, one.book) == (other.market, other.book) for other in desk.clearing[:place]):
        whose = "all books" if one.book is None else f"book {one.book!r}"
        message = f"market {one.market!r} has clearing for {whose} already; keep one of them"
        raise reader.refuse((*key, "market"), message)


def check_limit(
    reader: Reader, desk: Desk, place: int, markets: list[str], books: list[str]
) -> None:
    """Refuse scopes that lead nowhere, levels the wrong way round and raises by one person.

    Raises
    ------
    DeskError
        Naming the key.
    """
    limit, key = desk.limit[place], ("limit", place)
    known = {
        "market": markets,
        "book": books,
        "trader": list(desk.traders),
        "strategy": [strategy.name for strategy in desk.strategy],
        "counterparty": [one.counterparty for one in desk.clearing],
        "member": [one.member for one in desk.clearing if one.member is not None],
    }
    for part, names in known.items():
        if (name := getattr(limit, part)) is not None:
            what = f"{part} of a [[clearing]]" if part in ("counterparty", "member") else part
            reader.choice((*key, part), name, names, what)
    if limit.soft > limit.hard:
        message = f"{limit.soft} is above hard {limit.hard}; turn them round"
        raise reader.refuse((*key, "soft"), message)
    if limit.confidence >= 1:
        raise reader.refuse((*key, "confidence"), "1 leaves no loss beyond it; give less")
    if limit.currency is not None:
        if limit.measure != "spot_trading":
            message = "only spot trading is held in a currency; leave it out"
            raise reader.refuse((*key, "currency"), message)
        reader.currency((*key, "currency"), limit.currency)
    start, end = limit.delivery_start, limit.delivery_end
    if start is not None and end is not None and end <= start:
        message = f"{end} is not after delivery_start {start}; swap them"
        raise reader.refuse((*key, "delivery_end"), message)
    _check_raise(reader, limit, key)


def _check_raise(reader: Reader, limit: LimitSpec, key: KeyPath) -> None:
    """Refuse a raise by one person, without a zone, or below the level that it raises."""
    raised = limit.raised
    if raised is None:
        return
    for name in ("asked_by", "approved_by"):
        if not getattr(raised, name).strip():
            raise reader.refuse((*key, "raised", name), "it is empty; give a name")
    if is_same_person(raised.asked_by, raised.approved_by):
        message = f"{raised.approved_by!r} asked for it; let a second person approve"
        raise reader.refuse((*key, "raised", "approved_by"), message)
    if raised.until.tzinfo is None:
        raise reader.refuse((*key, "raised", "until"), "it has no zone; add one, such as Z")
    if raised.hard < limit.hard:
        message = f"{raised.hard} is below hard {limit.hard}; raise it"
        raise reader.refuse((*key, "raised", "hard"), message)
