"""Every dataset that can be read, island by island."""

from importlib import import_module

from wattbook.sources.payload import Dataset, Payload

__all__ = ["ISLANDS", "datasets", "recognise"]

ISLANDS: tuple[str, ...] = (
    "entsoe",
    "entsog",
    "gie",
    "remit",
    "ferc",
    "eex",
    "iot",
    "newsml",
    "rss",
    "noaa",
    "ecmwf",
)
"""Modules of `wattbook.sources` with a ``DATASETS``; loaded when first asked for."""


def datasets(island: str = "") -> tuple[Dataset, ...]:
    """Return the datasets of one island, or of all of them in the order of `ISLANDS`."""
    names = (island,) if island else ISLANDS
    return tuple(
        dataset for name in names for dataset in import_module(f"wattbook.sources.{name}").DATASETS
    )


def recognise(payload: Payload) -> Dataset | None:
    """Return the first dataset that knows `payload`, or none."""
    return next((dataset for dataset in datasets() if dataset.recognises(payload)), None)
