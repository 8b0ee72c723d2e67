"""Rows of sources through codes, units, delivery periods and rules."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from wattbook import _core
from wattbook.errors import InputError
from wattbook.ingest.normalization.tables import Symbology, default_table
from wattbook.sources.payload import OBSERVATION_COLUMNS, Quarantined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

__all__ = ["Conflated", "Correction", "Normalized", "Normalizer"]


@dataclass(frozen=True, slots=True)
class Correction:
    """A value that a rule changed.

    Parameters
    ----------
    place : int
        Of the row, in its payload.
    rule : str
        The rule's name.
    before, after : float
        In the unit that the dataset is kept in; ``after`` is NaN where the value was taken out.
    """

    place: int
    rule: str
    before: float
    after: float


@dataclass(frozen=True)
class Normalized:
    """What came of a frame of observations.

    Parameters
    ----------
    rows : polars.DataFrame
        Rows that passed, with `ROW_COLUMNS`, in the order of the frame.
    corrections : tuple of Correction
        What was changed, and by which rule.
    rule_version : str
        Of the rule file.
    aside : sequence of (place, reason, row)
        What was set aside, the row as a JSON object.
    offsets : mapping of int to int
        First byte in the payload of each place that was set aside, as far as it is known.
    """

    rows: pl.DataFrame
    corrections: tuple[Correction, ...]
    rule_version: str
    aside: Sequence[tuple[int, str, str]]
    offsets: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def quarantined(self) -> tuple[Quarantined, ...]:
        """What was set aside, in the order of the frame; ``raw`` is the row as a JSON object."""
        return tuple(
            Quarantined(f"row {place}", self.offsets.get(place, 0), reason, text.encode())
            for place, reason, text in self.aside
        )


@dataclass(frozen=True)
class Conflated:
    """What counts of rows of several sources.

    Parameters
    ----------
    rows : polars.DataFrame
        One row a dataset, place, item and delivery period, flagged where sources disagree.
    quarantined : tuple of Quarantined
        Rows that a rule about several rows set aside.
    """

    rows: pl.DataFrame
    quarantined: tuple[Quarantined, ...]


class Normalizer:
    """Turns observations of any source into rows of one form.

    What it makes of a row follows from its tables and the rows that it was given before: the same
    frames in the same order through a fresh normalizer of the same tables give the same result.

    Parameters
    ----------
    rules : str, optional
        Rule file (TOML); as it ships if not given. `docs/normalization.md` explains the format.
    symbology : Symbology, optional
        What codes mean.
    units : str, optional
        Table of units.
    rates : str, optional
        Table of exchange rates: ``base,quote,known_at,rate``. A value is converted at the latest
        rate that was known when it was published.
    periods : int, default 512
        Delivery periods of a series whose publication is remembered, the latest ones, to tell
        revisions and repetitions; bounds the memory at about 60 bytes each.

    Raises
    ------
    InputError
        If a table has a line that cannot be; names table, line and fix.

    Examples
    --------
    >>> from wattbook.sources.tabular import observations
    >>> hour = 1_767_225_600_000_000_000
    >>> frame = observations(
    ...     {
    ...         "dataset": "day_ahead_price",
    ...         "location": "10Y1001A1001A82H",
    ...         "delivery_start": hour,
    ...         "delivery_end": hour + 3_600_000_000_000,
    ...         "value": 8.537,
    ...         "unit": "ct/kWh",
    ...     },
    ...     1,
    ... )
    >>> found = Normalizer.default().apply(frame, source="entsoe", ts_recv=hour)
    >>> found.rows.select("location", "value", "unit").row(0)
    ('DE-LU', 85.37, 'EUR/MWh')
    """

    def __init__(
        self,
        rules: str | None = None,
        symbology: Symbology | None = None,
        units: str | None = None,
        rates: str | None = None,
        *,
        periods: int = 512,
    ) -> None:
        names = Symbology.default() if symbology is None else symbology
        if periods < 1:
            message = f"periods = {periods} remembers nothing; give one at least"
            raise InputError(message)
        self._kernel = _core.Normalizer(
            default_table("rules.toml") if rules is None else rules,
            (names.locations, names.codes, names.products),
            default_table("units.csv") if units is None else units,
            default_table("rates.csv") if rates is None else rates,
            periods,
        )

    @classmethod
    def default(cls) -> Normalizer:
        """Return a normalizer by the tables that ship."""
        return cls()

    def reset(self) -> None:
        """Forget every row that was seen."""
        self._kernel.reset()

    def apply(self, frame: pl.DataFrame, *, source: str, ts_recv: int) -> Normalized:
        """Return the rows of `frame` in one form, and what was set aside.

        Parameters
        ----------
        frame : polars.DataFrame
            With `wattbook.sources.payload.OBSERVATION_COLUMNS`; ``offset`` may be left out.
        source : str
            The island that parsed it: ``entsoe``.
        ts_recv : int
            When its payload was received, ns UTC.

        Raises
        ------
        InputError
            If a column is missing or of another type.
        """
        import polars as pl  # noqa: PLC0415 - heavy; loaded when first used

        wanted = {name: getattr(pl, kind)() for name, kind in OBSERVATION_COLUMNS.items()}
        wanted.pop("offset")
        if missing := sorted(set(wanted) - set(frame.columns)):
            message = f"the frame has no column {', '.join(missing)}; give all of observations"
            raise InputError(message)
        try:
            chosen = frame.select(pl.col(name).cast(kind) for name, kind in wanted.items())
        except pl.exceptions.PolarsError as error:
            message = f"a column of the frame is not of its type: {error}"
            raise InputError(message) from error
        tables, aside, corrections = self._kernel.apply(chosen, source, ts_recv)
        rows = pl.concat([pl.DataFrame(table) for table in tables])
        return Normalized(
            rows=rows,
            corrections=tuple(Correction(*it) for it in corrections),
            rule_version=self._kernel.rule_version,
            aside=aside,
            offsets=_offsets(frame, {place for place, _, _ in aside}),
        )

    def conflate(self, rows: pl.DataFrame) -> Conflated:
        """Return of normalized rows of several sources the one that counts for each subject.

        Of a source the last publication counts that is not superseded. Of several sources the best
        counts by the preferences of the rule file, unless its value was published longer before
        the newest than they allow. Rows that sources disagree on are flagged first.

        Parameters
        ----------
        rows : polars.DataFrame
            With `ROW_COLUMNS`, of one or many calls of `apply`.
        """
        places, flags, aside = self._kernel.conflate(rows)
        import polars as pl  # noqa: PLC0415 - heavy; loaded when first used

        flagged = rows.with_columns(pl.Series("flags", flags, dtype=pl.UInt32))
        return Conflated(
            rows=flagged[places],
            quarantined=tuple(
                Quarantined(
                    place=f"row {rows['place'][place]} of {rows['source'][place]}",
                    offset=0,
                    reason=reason,
                    raw=json.dumps(rows.row(place, named=True)).encode(),
                )
                for place, reason in aside
            ),
        )


def _offsets(frame: pl.DataFrame, places: set[int]) -> dict[int, int]:
    """Return the first byte of each of `places`, as far as the frame knows it."""
    import polars as pl  # noqa: PLC0415 - heavy; loaded when first used

    if not places or "offset" not in frame.columns:
        return {}
    wanted = pl.col("place").is_in(list(places)) & pl.col("offset").is_not_null()
    return dict(frame.filter(wanted).select("place", "offset").iter_rows())
