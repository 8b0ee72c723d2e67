"""The tables that normalization works by, as they ship."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from wattbook.errors import InputError

__all__ = ["ROW_COLUMNS", "Symbology", "default_table"]

ROW_COLUMNS: Mapping[str, str] = {
    "dataset": "String",
    "location": "String",
    "counterpart": "String",
    "item": "String",
    "delivery_start": "Int64",
    "delivery_end": "Int64",
    "value": "Float64",
    "unit": "String",
    "ts_event": "Int64",
    "ts_recv": "Int64",
    "revision": "Int32",
    "source": "String",
    "flags": "UInt32",
    "place": "Int64",
}
"""Name and Polars type of each column of normalized rows, in order.

As `wattbook.sources.payload.OBSERVATION_COLUMNS`, but ``location`` and ``counterpart`` have the
one name that Wattbook has for a bidding zone, hub, node or instrument, and ``value`` is in
``unit``, the one that the dataset is kept in. ``flags`` has the bits of `Flag`.
"""

TABLES = ("codes.csv", "locations.csv", "products.csv", "rates.csv", "rules.toml", "units.csv")


def default_table(name: str) -> str:
    """Return a table as it ships: its text, to read or to begin one's own with.

    Parameters
    ----------
    name : str
        ``codes.csv``, ``locations.csv``, ``products.csv``, ``rates.csv``, ``rules.toml`` or
        ``units.csv``.

    Raises
    ------
    InputError
        If there is no table of that name.

    Examples
    --------
    >>> default_table("rates.csv").splitlines()[-1]
    'EUR,BGN,2026-01-01T00:00:00Z,1.95583'
    """
    if name not in TABLES:
        message = f"no table is called {name!r}; there are {', '.join(TABLES)}"
        raise InputError(message)
    return resources.files(__package__).joinpath("tables", name).read_text("utf-8")


@dataclass(frozen=True, slots=True)
class Symbology:
    """What codes mean: the texts of three tables.

    Parameters
    ----------
    locations : str
        Places by name: ``name,kind,calendar,currency,markets``.
    codes : str
        ``source,code,location,valid_from,valid_to``, by delivery day.
    products : str
        Roots of product codes: ``source,root,place,load,span``.
    """

    locations: str
    codes: str
    products: str

    @classmethod
    def default(cls) -> Symbology:
        """Return the tables as they ship."""
        return cls(*(default_table(f"{name}.csv") for name in ("locations", "codes", "products")))
