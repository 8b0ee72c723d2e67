"""Reads an asset file; every refusal names file, line, key, value and fix."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from wattbook.assets.contracts.periods import period_column
from wattbook.errors import InputError
from wattbook.market.curves import CurveGrid, curve_grid
from wattbook.runtime.asset.spec import (
    AssetHead,
    BatteryData,
    BatterySpec,
    BoilerSpec,
    ChpData,
    ChpSpec,
    ElectrolyserData,
    ElectrolyserSpec,
    HeatStoreSpec,
    HydroData,
    LoadData,
    LoadSpec,
    MovesSpec,
    PortfolioData,
    ReserveSpec,
    ReservoirSpec,
    RobustSpec,
    Series,
    StageSpec,
    StorageData,
    StorageSpec,
    UnitSpec,
)
from wattbook.runtime.contract.data import on_grid
from wattbook.runtime.contract.reading import fitted
from wattbook.runtime.desk.reader import KeyPath, Reader, text_of, toml_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AssetFile", "load_asset", "parse_asset"]

Floats: TypeAlias = "NDArray[np.float64]"
LARGEST = 1e6
"""No price, power or flow is as large as that."""

HOURLY = ("chp", "electrolyser", "load", "portfolio")
"""Kinds whose prices and rates are by the hour."""

SECTIONS: dict[str, dict[str, type]] = {
    "battery": {"data": BatteryData, "battery": BatterySpec, "robust": RobustSpec},
    "storage": {"data": StorageData, "storage": StorageSpec, "moves": MovesSpec},
    "chp": {"data": ChpData, "chp": ChpSpec, "boiler": BoilerSpec, "heat_store": HeatStoreSpec},
    "hydro": {"data": HydroData},
    "electrolyser": {"data": ElectrolyserData, "electrolyser": ElectrolyserSpec},
    "load": {"data": LoadData, "load": LoadSpec},
    "portfolio": {
        "data": PortfolioData,
        "chp": ChpSpec,
        "boiler": BoilerSpec,
        "heat_store": HeatStoreSpec,
        "electrolyser": ElectrolyserSpec,
        "load": LoadSpec,
    },
}
"""Tables of each kind."""

LISTS: dict[str, dict[str, type]] = {
    "battery": {"reserve": ReserveSpec, "stage": StageSpec},
    "hydro": {"reservoir": ReservoirSpec},
    "portfolio": {"unit": UnitSpec, "reservoir": ReservoirSpec},
}
"""Arrays of tables of each kind."""

NEEDED = {"hydro": ("data", "reservoir"), "portfolio": ("data",)}
"""Sections that a kind cannot do without, where not its data and its own."""


@dataclass(frozen=True)
class AssetFile:
    """An asset and the prices that it meets.

    Parameters
    ----------
    head : AssetHead
    said : dict of str to object
        Its other sections, as `wattbook.runtime.asset.spec` has them.
    reader : Reader
        To place refusals.
    folder : Path
        Of the file; other files are relative to it.
    """

    head: AssetHead
    said: dict[str, Any]
    reader: Reader
    folder: Path

    @cached_property
    def grid(self) -> CurveGrid:
        """The delivery periods."""
        head = self.head
        made: CurveGrid = fitted(
            self.reader,
            ("asset", "place"),
            lambda: curve_grid(head.place, head.start, head.end, head.step),
        )
        return made

    def series(self, key: KeyPath, value: Series) -> Floats:
        """Return a value of each delivery period: a column of the file of ``[data]``, or a number.

        Raises
        ------
        DeskError
            If the file lacks the column, or a period has no number; names both.
        """
        data = self.said["data"]
        if not isinstance(value, str):
            if abs(float(value)) > LARGEST:
                raise self.reader.refuse(key, f"{value} is above {LARGEST:,.0f}; give less")
            return np.full(len(self.grid), float(value))
        if data.file is None:
            raise self.reader.refuse(
                key, f"{value!r} is a column, but [data] names no file; add file, or give a number"
            )
        file = self.folder / data.file

        def read() -> Floats:
            (found,) = on_grid(self.grid, file, data.start, {value: False})
            made = period_column(self.grid, f"{data.file}, column {value}", found)
            if (np.abs(made) > LARGEST).any():
                place = int(np.argmax(np.abs(made) > LARGEST))
                raise InputError(
                    f"{data.file}, column {value} is {made[place]:g} in period {place + 1}; give "
                    f"a number up to {LARGEST:,.0f}"
                )
            return made

        found: Floats = fitted(self.reader, key, read)
        return found

    def data(self, name: str) -> Floats:
        """Return a value of each delivery period by its key in ``[data]``."""
        return self.series(("data", name), getattr(self.said["data"], name))


def load_asset(path: Path) -> AssetFile:
    """Return the asset of the file at `path`.

    Raises
    ------
    DeskError
        If it cannot be read, or anything in it does not fit; names line, key, value and fix.
    """
    return parse_asset(text_of(path, "an asset file"), path)


def parse_asset(text: str, path: Path) -> AssetFile:
    r"""Return the asset that `text` describes.

    Raises
    ------
    DeskError
        As `load_asset`.

    Examples
    --------
    >>> parse_asset('[asset]\nkind = "battry"', Path("asset.toml"))
    Traceback (most recent call last):
    wattbook.errors.DeskError: asset.toml, line 2, asset.kind: 'battry' is no kind of asset; did ...
    """
    top, reader = toml_of(text, path)
    if not isinstance(top.get("asset"), dict):
        raise reader.refuse((), "section [asset] is missing; add it with name, kind, place, days")
    kind = reader.choice(("asset", "kind"), top["asset"].get("kind", ""), SECTIONS, "kind of asset")
    head: AssetHead = reader.table(("asset",), top["asset"], AssetHead)
    reader.currency(("asset", "currency"), head.currency)
    if not head.start < head.end:
        raise reader.refuse(
            ("asset", "end"), f"{head.end} is not after the start {head.start}; give a later day"
        )
    if kind in HOURLY and head.step != "hour":
        raise reader.refuse(
            ("asset", "step"), f"kind {kind!r} is scheduled by the hour; give step = 'hour'"
        )
    tables, lists = SECTIONS[kind], LISTS.get(kind, {})
    for name in top:
        known = ("asset", *tables, *lists)
        reader.choice((name,), name, known, f"section of an asset of kind {kind!r}")
    for name in NEEDED.get(kind, ("data", kind)):
        if name not in top:
            raise reader.refuse((), f"section [{name}] is missing; add it")
    said: dict[str, Any] = {
        name: reader.value((name,), top[name], of) for name, of in tables.items() if name in top
    }
    said |= {name: reader.tables(name, top, of) for name, of in lists.items()}
    return AssetFile(head, said, reader, path.parent)
