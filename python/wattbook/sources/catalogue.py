"""Every dataset that can be read, island by island."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from wattbook.errors import SourceError
from wattbook.sources.payload import Dataset, Payload

__all__ = ["ISLANDS", "datasets", "recognise"]

ISLANDS: tuple[str, ...] = (
    "aemo",
    "caiso",
    "eia",
    "elexon",
    "ercot",
    "ieso",
    "isone",
    "miso",
    "nyiso",
    "pjm",
    "spp",
    "entsoe",
    "jao",
    "nordpool",
    "omie",
    "gme",
    "clearing",
    "epex",
    "entsog",
    "gie",
    "ferc",
    "eex",
    "iot",
    "bloomberg",
    "refinitiv",
    "dow_jones",
    "weather_company",
    "trayport",
    "newsml",
    "rss",
    "noaa",
    "ecmwf",
)
"""Modules of `wattbook.sources` with a ``DATASETS``; loaded when first asked for."""


def module(island: str) -> ModuleType:
    """Return an island: one of ours by its name, one's own by its dotted name or its ``.py`` file.

    Raises
    ------
    SourceError
        If there is no such module or file, or it has no ``DATASETS``.
    """
    try:
        if island.endswith(".py"):
            path = Path(island).resolve()
            spec = spec_from_file_location(f"wattbook_island_{path.stem}", path)
            if spec is None or spec.loader is None or not path.is_file():
                message = f"{path} is not there; give the file of your island"
                raise SourceError(message)
            found = module_from_spec(spec)
            spec.loader.exec_module(found)
        else:
            found = import_module(island if "." in island else f"wattbook.sources.{island}")
    except ModuleNotFoundError as fault:
        message = f"island {island!r}: {fault}; name a module or a .py file that can be imported"
        raise SourceError(message) from fault
    if not hasattr(found, "DATASETS"):
        message = f"island {island!r} has no DATASETS; give it a tuple of Dataset"
        raise SourceError(message)
    return found


@cache
def datasets(island: str = "") -> tuple[Dataset, ...]:
    """Return the datasets of one island, or of all of them in the order of `ISLANDS`.

    Parameters
    ----------
    island : str, optional
        Its name; that of a module of one's own has a dot or ends in ``.py``.

    Raises
    ------
    SourceError
        If there is no such island.
    """
    names = (island,) if island else ISLANDS
    return tuple(dataset for name in names for dataset in module(name).DATASETS)


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
