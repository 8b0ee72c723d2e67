"""Rows from a topic in a store of their own, with the position they came from.

The rows keep who told them, in which payload and from when on they count. A publisher that was
killed may publish a slice of rows again: each is landed once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import polars as pl

from wattbook.errors import InputError
from wattbook.store.observations import OBSERVATIONS, ROW_COLUMNS, ObservationStore
from wattbook.store.observations.catalogue import Part
from wattbook.store.observations.store import insert_parts

__all__ = ["SLICE_COLUMNS", "TOPIC_COLUMNS", "ObservationLanding"]

SLICE_COLUMNS: Mapping[str, pl.DataType] = {"slice": pl.String(), "is_correction": pl.Boolean()}
"""Columns that rows have on a topic and nowhere else.

``slice`` names what was published as one message, and ``is_correction`` says that earlier rows of
the payload, of every kind, no longer count from ``ts_known`` on.
"""
TOPIC_COLUMNS: Mapping[str, pl.DataType] = {
    **ROW_COLUMNS,
    "flags": pl.UInt32(),
    **SLICE_COLUMNS,
}
"""Columns of observations on a topic.

As they are stored, with the ``commit`` of the store that published them. A correction that takes
every observation of a payload away is one row without delivery period.
"""
PAYLOAD = ["source", "payload", "ts_recv"]


class ObservationLanding:
    """A `Landing` into an `ObservationStore` that nothing else writes to.

    Parameters
    ----------
    store : ObservationStore
        Where to.

    Raises
    ------
    InputError
        If it holds payloads that did not come from a topic.
    """

    def __init__(self, store: ObservationStore) -> None:
        self._store = store
        # What lands has its topic as its address, and a position in it since the same transaction.
        found = store.catalogue.rows(
            "SELECT count(*) FROM batch WHERE address NOT IN (SELECT topic FROM position)"
        )
        if count := int(str(found[0][0])):
            message = (
                f"{store.root} holds {count} payloads that came from no topic; "
                "give a store of its own to land in"
            )
            raise InputError(message)

    def position(self, topic: str, partition: int) -> int | None:
        """Return the offset to go on from; see `Landing.position`."""
        found = self._store.catalogue.rows(
            "SELECT after FROM position WHERE topic = ? AND partition = ?", (topic, partition)
        )
        return int(str(found[0][0])) if found else None

    def land(
        self,
        topic: str,
        partition: int,
        first: int,
        after: int,
        rows: Mapping[str, pl.DataFrame],
    ) -> bool:
        """Keep rows by kind and the position `after`, both or neither; see `Landing.land`.

        Raises
        ------
        InputError
            If a row ends before it begins or was filled in.
        """
        if after <= first:
            message = f"rows of {topic!r} from {first} to {after} end before they begin"
            raise InputError(message)
        with self._store.writing():
            stands = self.position(topic, partition)
            if stands is not None and stands != first:
                return False
            fresh, slices = self.fresh(rows)
            parts: list[Part] = []
            for kind, own in fresh.items():
                held = own.drop(SLICE_COLUMNS.keys(), strict=False)
                if kind == OBSERVATIONS:
                    held = held.filter(pl.col("delivery_start").is_not_null())
                    self._store.check(held, f"topic {topic}")
                parts += self._store.write(kind, held) if held.height else []
            self.commit(topic, partition, after, fresh, slices, parts)
        return True

    def fresh(self, rows: Mapping[str, pl.DataFrame]) -> tuple[dict[str, pl.DataFrame], list[str]]:
        """Return the rows of slices that were not landed before, and the names of those slices."""
        named = pl.concat([own["slice"] for own in rows.values()]).unique(maintain_order=True)
        statement = (
            "SELECT identity FROM message WHERE identity IN (SELECT value FROM json_each(?))"
        )
        found = self._store.catalogue.rows(statement, [json.dumps(named.to_list())])
        known = {str(row[0]) for row in found}
        new = [name for name in named if name not in known]
        return {kind: own.filter(pl.col("slice").is_in(new)) for kind, own in rows.items()}, new

    def commit(
        self,
        topic: str,
        partition: int,
        after: int,
        rows: Mapping[str, pl.DataFrame],
        slices: list[str],
        parts: list[Part],
    ) -> None:
        """Make files, slices, payloads and position count in one transaction."""
        told = [*PAYLOAD, "commit", "ts_known", "is_correction"]
        counted = {kind: pl.lit(1) for kind in rows}
        # A correction that leaves nothing is told by a row that is none.
        counted[OBSERVATIONS] = pl.col("delivery_start").is_not_null().cast(pl.Int32)
        every = pl.concat(own.select(*told, rows=counted[kind]) for kind, own in rows.items())
        payloads = every.group_by(*PAYLOAD, maintain_order=True).agg(pl.col("rows").sum())
        corrections = (
            every.filter(pl.col("is_correction"))
            .select(*PAYLOAD, "commit", "ts_known")
            .unique(maintain_order=True)
        )
        with self._store.catalogue.transaction() as base:
            insert_parts(base, parts)
            base.executemany("INSERT INTO message VALUES (?)", [[name] for name in slices])
            number = base.execute("SELECT number FROM counter").fetchone()[0]
            for place, (source, payload, ts_recv, count) in enumerate(payloads.iter_rows(), 1):
                batch = [f"{source}/{payload}/{ts_recv}", source, "", payload, ts_recv, "", topic]
                base.execute(
                    "INSERT INTO batch VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (batch) "
                    "DO UPDATE SET number = excluded.number, rows = rows + excluded.rows",
                    [*batch, number + place, number + place, count],
                )
            base.execute("UPDATE counter SET number = ?", [number + payloads.height])
            for row in corrections.iter_rows():
                base.execute(
                    "INSERT INTO superseded SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM "
                    "superseded WHERE source = ? AND payload = ? AND ts_recv = ? AND number = ?)",
                    [*row, *row[:4]],
                )
            base.execute(
                "INSERT OR REPLACE INTO position VALUES (?, ?, ?)", [topic, partition, after]
            )
