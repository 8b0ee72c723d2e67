"""What rows pass before they are stored: by the rules that ship, or as they were read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from wattbook.ingest.normalization import Conflated, Correction, Symbology, default_table
from wattbook.ingest.normalization import Normalizer as Kernel
from wattbook.sources.tabular import OBSERVATION_SCHEMA

__all__ = ["AsRead", "ByRules", "Normalized", "Normalizer", "Refused"]

REPEATED = "told before, with the same value"
"""The rule that refuses a row that says what another one said: counted, and not held."""
CORRECTION_SCHEMA: Mapping[str, pl.DataType] = {
    "place": pl.Int64(),
    "rule": pl.String(),
    "rule_version": pl.String(),
    "before": pl.Float64(),
    "after": pl.Float64(),
}
OPEN_CODE = "SERIES:*"
"""What the codes of a source become that no table of codes knows."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that a rule refused.

    Parameters
    ----------
    row : DataFrame
        The row as it was read: one line with the columns of observations.
    place : str
        Where in the payload.
    reason : str
        Which rule refused it, and why.
    offset : int or None, optional
        First byte of its record in the unpacked payload, where its reader knows it.
    """

    row: pl.DataFrame
    place: str
    reason: str
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class Normalized:
    """What a normalizer makes of the observations of a payload.

    Parameters
    ----------
    rows : DataFrame
        Sound rows.
    refused : sequence of Refused
        Rows that a rule refused.
    repeated : int
        Rows left out because they were told before, by the same publication, with the same value.
    corrections : sequence of Correction
        Values that a rule changed.
    rule_version : str
        Of the rule file; empty if there is none.
    """

    rows: pl.DataFrame
    refused: Sequence[Refused] = ()
    repeated: int = 0
    corrections: Sequence[Correction] = ()
    rule_version: str = ""

    def correction_table(self) -> pl.DataFrame:
        """Return the corrections as a table: place, rule, rule_version, before, after."""
        return pl.DataFrame(
            {
                "place": [one.place for one in self.corrections],
                "rule": [one.rule for one in self.corrections],
                "rule_version": [self.rule_version] * len(self.corrections),
                "before": [one.before for one in self.corrections],
                # Not a number where the value was taken out.
                "after": [
                    one.after if one.after == one.after else None for one in self.corrections
                ],
            },
            schema=CORRECTION_SCHEMA,
        )


class Normalizer(Protocol):
    """Brings observations into the form in which they are stored.

    `remembers` says whether what it makes of a row depends on the rows before.
    """

    remembers: bool

    def apply(self, rows: pl.DataFrame, *, source: str, ts_recv: int) -> Normalized:
        """Return sound rows and refused ones."""
        ...

    def vouched(self, row: pl.DataFrame, *, source: str, ts_recv: int) -> Normalized:
        """Return a refused row in the form that is stored, whatever rule it breaks."""
        ...


class AsRead:
    """Stores observations as their source has them, in its units."""

    remembers = False

    def apply(self, rows: pl.DataFrame, *, source: str, ts_recv: int) -> Normalized:  # noqa: ARG002 - what a normalizer is told
        """Return every row; sources give none without a place in time."""
        return Normalized(rows.drop("offset", strict=False))

    def vouched(self, row: pl.DataFrame, *, source: str, ts_recv: int) -> Normalized:
        """Return the row."""
        return self.apply(row, source=source, ts_recv=ts_recv)


class ByRules:
    """Codes, units, currencies and delivery periods as they ship, and a rule file.

    Parameters
    ----------
    sources : sequence of str, optional
        Sources of one's own. The tables of codes do not know them: their codes are kept as they
        are, after ``SERIES:``.
    rules : str, optional
        Text of the rule file; as it ships by default.
    """

    remembers = True

    def __init__(self, sources: Sequence[str] = (), rules: str | None = None) -> None:
        names = Symbology.default()
        known = {line.split(",", 1)[0] for line in names.codes.splitlines()}
        more = [f"{source},*,{OPEN_CODE},,\n" for source in sources if source not in known]
        codes = names.codes.rstrip("\n") + "\n" + "".join(more)
        symbology = Symbology(names.locations, codes, names.products)
        text = default_table("rules.toml") if rules is None else rules
        self.kernel = Kernel(text, symbology)
        # What datasets are kept in stands before the rules, and holds without them.
        self.without_rules = Kernel(text.partition("[[rule]]")[0], symbology)

    def apply(self, rows: pl.DataFrame, *, source: str, ts_recv: int) -> Normalized:
        """Return rows in one form, and those that a rule refused."""
        return normalized(self.kernel, rows, source, ts_recv)

    def vouched(self, row: pl.DataFrame, *, source: str, ts_recv: int) -> Normalized:
        """Return a row in the form that is stored; refused if it has none, as an unknown code."""
        self.without_rules.reset()
        return normalized(self.without_rules, row, source, ts_recv)

    def conflate(self, rows: pl.DataFrame) -> Conflated:
        """Return of rows of several sources the one that counts for each subject."""
        return self.kernel.conflate(rows)


def normalized(kernel: Kernel, rows: pl.DataFrame, source: str, ts_recv: int) -> Normalized:
    """Return what a kernel makes of rows, refused ones as they were read."""
    found = kernel.apply(rows, source=source, ts_recv=ts_recv)
    held = [part for part in found.quarantined if not part.reason.startswith(REPEATED)]
    repeated = len(found.quarantined) - len(held)
    told = found.corrections, found.rule_version
    if not held:
        return Normalized(found.rows, [], repeated, *told)
    # All in one go: starting the reader takes far longer than a row does.
    lines = b"\n".join(part.raw for part in held)
    read = pl.read_ndjson(lines, schema=OBSERVATION_SCHEMA).iter_slices(1)
    refused = [
        Refused(row, part.place, part.reason, found.offsets.get(int(row["place"][0])))
        for row, part in zip(read, held, strict=True)
    ]
    return Normalized(found.rows, refused, repeated, *told)
