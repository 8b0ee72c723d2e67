"""Refuses reserves and a plant of a dispatched battery that do not fit together."""

import datetime as dt
from itertools import pairwise

from wattbook.runtime.desk.reader import KeyPath, Reader
from wattbook.runtime.desk.spec import DispatchCallSpec, DispatchReserveSpec, DispatchSpec

__all__ = ["check_colocated", "check_reserves"]

BLOCK_HOURS = 4
HOURS = 24


def check_reserves(reader: Reader, key: KeyPath, reserves: tuple[DispatchReserveSpec, ...]) -> None:
    """Refuse products that stand twice, FCR that is not symmetric, and calls beyond what is sold.

    Raises
    ------
    DeskError
        Naming the key.
    """
    seen: set[str] = set()
    for number, one in enumerate(reserves):
        place: KeyPath = (*key, "reserve", number)
        if one.product in seen:
            message = f"{one.product!r} stands twice; give each product once"
            raise reader.refuse((*place, "product"), message)
        seen.add(one.product)
        if one.product == "FCR" and one.direction != "both":
            message = f'FCR is symmetric and {one.direction!r} is one way; write direction = "both"'
            raise reader.refuse((*place, "direction"), message)
        check_auction(reader, place, one)
        for order, call in enumerate(one.call):
            check_call(reader, (*place, "call", order), one, call)
        for before, after in pairwise(sorted(one.call, key=lambda call: call.at)):
            if after.at < before.until:
                message = (
                    f"calls of {before.at} to {before.until} and from {after.at} overlap; give one "
                    "power at a time"
                )
                raise reader.refuse((*place, "call", one.call.index(after), "at"), message)


def check_colocated(reader: Reader, key: KeyPath, spec: DispatchSpec) -> None:
    """Refuse a plant without a connection to share, or beside what does not reckon with it.

    Raises
    ------
    DeskError
        Naming the key.
    """
    if spec.colocated is None:
        return
    if spec.grid_export is None:
        message = "a plant shares the connection of the battery; give its limit as grid_export"
        raise reader.refuse((*key, "colocated"), message)
    for name in ("forecast", "made"):
        powers = getattr(spec.colocated, name)
        if powers is None:
            continue
        if len(powers) != HOURS or max(powers) > spec.grid_export:
            message = (
                f"{len(powers)} powers up to {max(powers, default=0)} MW behind a connection of "
                f"{spec.grid_export} MW; give one for each of {HOURS} hours, within it"
            )
            raise reader.refuse((*key, "colocated", name), message)
    if spec.reserve or spec.reoptimize:
        which = "reserve" if spec.reserve else "reoptimize"
        message = "reserves and reoptimize do not reckon with a plant beside; leave one of them out"
        raise reader.refuse((*key, which), message)


def check_call(
    reader: Reader, key: KeyPath, reserve: DispatchReserveSpec, call: DispatchCallSpec
) -> None:
    """Refuse a call that ends before it begins, or asks for what is not sold."""
    if call.until <= call.at:
        message = f"{call.until} is not after {call.at}; give a later time of the day"
        raise reader.refuse((*key, "until"), message)
    low = 0 if reserve.direction == "up" else -reserve.power
    high = 0 if reserve.direction == "down" else reserve.power
    if not low <= call.power <= high or not call.power:
        message = (
            f"{call.power} MW of {reserve.product!r}, which is sold for {low} to {high} MW; give "
            "some of it, above zero for more delivery"
        )
        raise reader.refuse((*key, "power"), message)
    last = (dt.datetime.combine(dt.date.min, call.until) - dt.timedelta(microseconds=1)).hour
    for block in range(call.at.hour // BLOCK_HOURS, last // BLOCK_HOURS + 1):
        if reserve.blocks is not None and reserve.blocks[block] is None:
            message = (
                f"block {block + 1} of the day does not take {reserve.product!r} at the "
                f"{reserve.price} that it asks for: nothing is sold in it; call another block"
            )
            raise reader.refuse((*key, "at"), message)


def check_auction(reader: Reader, key: KeyPath, reserve: DispatchReserveSpec) -> None:
    """Refuse an auction beside given prices, or whose offers do not cover its demand."""
    if reserve.auction is not None and reserve.block_prices is not None:
        message = "block_prices are given and an auction clears them; leave one of them out"
        raise reader.refuse((*key, "block_prices"), message)
    for block, cleared in enumerate(reserve.clearings):
        if cleared.missing:
            message = (
                f"block {block + 1} of the day lacks {cleared.missing} MW of {reserve.product!r}; "
                "give offers that cover the demand"
            )
            raise reader.refuse((*key, "auction", "demand", block), message)
