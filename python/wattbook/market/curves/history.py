"""The curves of each day, every version of them, and what a delivery cost from day to day."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from wattbook.domain.calendars import DeliveryProduct
from wattbook.errors import CurveError, StoreError
from wattbook.market.curves.curve import METHOD, ForwardCurve
from wattbook.market.curves.grid import CurveGrid, curve_grid
from wattbook.store.database import Database

__all__ = ["CurveHistory", "StoredCurve"]

SCHEMA = """
CREATE TABLE curve (
    number INTEGER PRIMARY KEY,
    place TEXT NOT NULL,
    as_of TEXT NOT NULL,
    version TEXT NOT NULL,
    made_ns INTEGER NOT NULL,
    first TEXT NOT NULL,
    after TEXT NOT NULL,
    step TEXT NOT NULL,
    method TEXT NOT NULL,
    shape TEXT NOT NULL,
    tick REAL NOT NULL
);
CREATE INDEX curve_day ON curve (place, as_of, number)
"""
KNOWN = "SELECT version FROM curve WHERE place = ? AND as_of = ?"
COLUMNS = "number, place, as_of, version, made_ns, first, after, step, method, shape, tick"


@dataclass(frozen=True, slots=True, eq=False)
class StoredCurve:
    """A curve of the history.

    Parameters
    ----------
    grid : CurveGrid
        The delivery periods.
    price : ndarray of float64, shape (n,)
        To the last bit as it was saved.
    as_of : datetime.date
        The day whose quotes were used.
    version : str
        `ForwardCurve.version`.
    made_ns : int, ns UTC
        When it was saved.
    method, shape : str
        What it was made by, and what its shape was fitted from.
    fits : polars.DataFrame
        How each quote was met, as `ForwardCurve.fits` gives it.
    """

    grid: CurveGrid
    price: NDArray[np.float64]
    as_of: dt.date
    version: str
    made_ns: int
    method: str
    shape: str
    fits: pl.DataFrame

    def average(self, product: DeliveryProduct | str) -> float:
        """Return the curve's average over a delivery; see `ForwardCurve.average`."""
        named = DeliveryProduct(product) if isinstance(product, str) else product
        return self.grid.average(named, self.price)


class CurveHistory:
    """A folder of curves: an index in SQLite, prices and quotes in Parquet.

    Nothing that was saved is changed or removed: a correction is a later version of the same day.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Raises
    ------
    StoreError
        If it cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = Database(folder / "curves.sqlite", SCHEMA)

    def save(self, curve: ForwardCurve, made_ns: int) -> bool:
        """Keep a curve as the latest of its place and day.

        Returns
        -------
        bool
            False if it is that already.

        Raises
        ------
        StoreError
            If the folder cannot be written.
        """
        day = curve.as_of.isoformat()
        version = curve.version
        prices, fits = self._files(curve.place, day, version)
        is_named = self._index.rows(f"{KNOWN} AND version = ?", (curve.place, day, version))
        # What the index names stays as it was: other ages of the same quotes are no new version.
        if not (is_named and prices.is_file() and fits.is_file()):
            self._write(curve, prices, fits)
        # The files count once they are in the index.
        with self._index.transaction() as base:
            latest = base.execute(
                f"{KNOWN} ORDER BY number DESC LIMIT 1", (curve.place, day)
            ).fetchone()
            if latest is not None and latest[0] == version:
                return False
            base.execute(
                "INSERT INTO curve (place, as_of, version, made_ns, first, after, step, method, "
                "shape, tick) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    curve.place,
                    day,
                    version,
                    made_ns,
                    curve.grid.first.isoformat(),
                    curve.grid.after.isoformat(),
                    curve.grid.step,
                    METHOD,
                    f"{curve.shape.source}, {curve.shape.kind.value}",
                    curve.tick,
                ),
            )
        return True

    def _write(self, curve: ForwardCurve, prices: Path, fits: Path) -> None:
        try:
            prices.parent.mkdir(parents=True, exist_ok=True)
            for file, table in ((prices, curve.table()), (fits, curve.fits())):
                part = file.with_suffix(".part")
                table.write_parquet(part, compression="zstd")
                part.replace(file)
        except OSError as fault:
            raise StoreError(
                f"{prices.parent} cannot be written ({fault.strerror}); give another folder"
            ) from fault

    def places(self) -> list[str]:
        """Return the places that have a curve, by name."""
        rows = self._index.rows("SELECT DISTINCT place FROM curve ORDER BY place")
        return [str(row[0]) for row in rows]

    def versions(self, place: str) -> pl.DataFrame:
        """Return a row a saved curve of a place, in the order of saving."""
        rows = self._index.rows(
            f"SELECT {COLUMNS} FROM curve WHERE place = ? ORDER BY number",  # noqa: S608
            (place,),
        )
        schema = dict.fromkeys(COLUMNS.split(", "), pl.String) | {
            "number": pl.Int64,
            "made_ns": pl.Int64,
            "tick": pl.Float64,
        }
        return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
            pl.col("as_of", "first", "after").str.to_date()
        )

    def load(
        self,
        place: str,
        as_of: dt.date,
        *,
        version: str | None = None,
        known_at_ns: int | None = None,
    ) -> StoredCurve:
        """Return a curve.

        Parameters
        ----------
        place : str
            Bidding zone or hub.
        as_of : datetime.date
            Of which day.
        version : str, optional
            Which version; the latest by default.
        known_at_ns : int, optional, ns UTC
            As it was known then: what was saved later does not count.

        Raises
        ------
        CurveError
            If there is none.
        StoreError
            If its files are missing or damaged.
        """
        rows = self.versions(place).filter(pl.col("as_of") == as_of)
        if version is not None:
            rows = rows.filter(pl.col("version") == version)
        if known_at_ns is not None:
            rows = rows.filter(pl.col("made_ns") <= known_at_ns)
        if not rows.height:
            days = self.versions(place)["as_of"].unique().sort()
            known = f"it has {days[0]} to {days[-1]}" if len(days) else "it has none of the place"
            raise CurveError(
                f"{self.folder} has no such curve of {place} as of {as_of}"
                f"{f', version {version}' if version else ''}; {known}"
            )
        return self._read(rows.row(-1, named=True))

    def prices(self, product: DeliveryProduct | str) -> pl.DataFrame:
        """Return what a delivery cost on each day, by the latest curves that hold it.

        Returns
        -------
        polars.DataFrame
            ``as_of``, ``version``, ``price``; days whose curve does not tell it, because it is too
            short or has too long periods, are left out.
        """
        named = DeliveryProduct(product) if isinstance(product, str) else product
        rows = []
        latest = self.versions(named.place).group_by("as_of", maintain_order=True).last()
        for row in latest.sort("as_of").iter_rows(named=True):
            curve = self._read(row)
            try:
                price = curve.average(named)
            except CurveError:
                continue
            rows.append((curve.as_of, curve.version, price))
        schema = {"as_of": pl.Date, "version": pl.String, "price": pl.Float64}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def _files(self, place: str, day: str, version: str) -> tuple[Path, Path]:
        folder = self.folder / place / day
        return folder / f"{version}.parquet", folder / f"{version}.quotes.parquet"

    def _read(self, row: dict[str, object]) -> StoredCurve:
        place, as_of, version = str(row["place"]), row["as_of"], str(row["version"])
        first, after = row["first"], row["after"]
        assert isinstance(as_of, dt.date)  # noqa: S101 - columns of `versions` are dates
        assert isinstance(first, dt.date)  # noqa: S101
        assert isinstance(after, dt.date)  # noqa: S101
        prices, fits = self._files(place, as_of.isoformat(), version)
        try:
            price = pl.read_parquet(prices, columns=["price"])["price"].to_numpy()
            told = pl.read_parquet(fits)
        except (OSError, pl.exceptions.PolarsError) as fault:
            raise StoreError(
                f"{prices} and {fits.name} cannot be read ({fault}); put back a copy of the history"
            ) from fault
        grid = curve_grid(place, first, after, str(row["step"]))
        if len(price) != len(grid):
            raise StoreError(
                f"{prices} has {len(price)} prices for {len(grid)} periods; put back a copy of "
                "the history"
            )
        return StoredCurve(
            grid=grid,
            price=price,
            as_of=as_of,
            version=version,
            made_ns=int(str(row["made_ns"])),
            method=str(row["method"]),
            shape=str(row["shape"]),
            fits=told,
        )
