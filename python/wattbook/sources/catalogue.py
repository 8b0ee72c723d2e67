"""Every dataset that can be read, island by island."""

from collections.abc import Sequence
from importlib import import_module

from wattbook.sources.payload import Dataset, Payload

__all__ = ["ISLANDS", "datasets", "recognise"]

ISLANDS: tuple[str, ...] = ()
"""Modules of `wattbook.sources` with a ``DATASETS``; loaded when first asked for."""


def datasets(island: str = "") -> tuple[Dataset, ...]:
    """Return the datasets of one island, or of all of them in the order of `ISLANDS`.

    A name with a dot is a module of one's own, with a ``DATASETS`` as well: ``desk.weather``.
    """
    names = (island,) if island else ISLANDS
    return tuple(
        dataset
        for name in names
        for dataset in import_module(name if "." in name else f"wattbook.sources.{name}").DATASETS
    )


def recognise(payload: Payload, islands: Sequence[str] = ()) -> Dataset | None:
    """Return the first dataset that knows `payload`, or none.

    Parameters
    ----------
    payload : Payload
        Bytes as they came.
    islands : sequence of str, optional
        Asked before those of `ISLANDS`.
    """
    known = (dataset for name in (*islands, *ISLANDS) for dataset in datasets(name))
    return next((dataset for dataset in known if dataset.recognises(payload)), None)
