"""Series out of the stores: the source that counts where several tell, and gaps filled beside them.

Both follow from what was known at an instant, so nothing of it is stored twice: whoever asks about
an instant gets the source that counted then. Values that were filled in lie in a store of their own
and come only to whoever asks for them by name; prices of record are never made of them.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from wattbook.domain import PriceKind, ReferencePrice, SettlementRun
from wattbook.errors import InputError
from wattbook.ingest.normalization import ROW_COLUMNS, Conflated, fill, reference_prices
from wattbook.runtime.ingest.coverage import gaps, series
from wattbook.runtime.ingest.pipeline import Pipeline
from wattbook.store.observations import Batch, ObservationStore, Span

__all__ = ["FILLED_SOURCE", "Filling", "conflated", "fill_gaps", "filled", "prices_of_record"]

FILLED_SOURCE = "filled"
"""Who tells the values that were filled in."""
SUBJECT = ["dataset", "location", "counterpart", "item"]
PERIOD = ["delivery_start", "delivery_end"]
WEEK_NS = 7 * 86_400 * 1_000_000_000
"""How far back a method looks: ``week_before`` and ``shape``."""

Method = Literal["linear", "last_known", "day_before", "week_before", "shape"]


@dataclass(frozen=True, slots=True)
class Filling:
    """How missing values are made up.

    Parameters
    ----------
    method : str
        One of `wattbook.ingest.normalization.METHODS`.
    interval_seconds : int
        Length of the delivery periods.
    longest : int
        Delivery periods of the longest gap that is filled.
    """

    method: Method
    interval_seconds: int
    longest: int


def conflated(pipeline: Pipeline, span: Span | None = None, at: int | None = None) -> Conflated:
    """Return one row for each subject and delivery period, in order, of the source that counts.

    Which one that is, the preferences of the store's rule file say; rows that sources disagree on
    are flagged.

    Parameters
    ----------
    pipeline : Pipeline
        The stores.
    span : Span, optional
        Which rows; all by default.
    at : int, optional
        As known at this instant, ns UTC; now by default.
    """
    known = pipeline.observations.known(at, span)
    kinds = {name: getattr(pl, kind)() for name, kind in ROW_COLUMNS.items()}
    names = known.collect_schema().names()
    columns = [
        (pl.col(name) if name in names else pl.lit(None)).cast(kind).alias(name)
        for name, kind in kinds.items()
    ]
    # Rows that were stored as they were read have no flags.
    rows = known.select(columns).with_columns(pl.col("flags").fill_null(0)).collect()
    if rows.is_empty():
        return Conflated(rows, ())
    found = pipeline.by_rules().conflate(rows)
    in_order = found.rows.sort(*SUBJECT, *PERIOD, maintain_order=True)
    return Conflated(in_order, found.quarantined)


def filled_store(pipeline: Pipeline) -> ObservationStore:
    """Return the store of values that were filled in."""
    return ObservationStore(pipeline.root / "filled", made_up=True)


def widened(span: Span, filling: Filling) -> Span:
    """Return a span and, on both sides, all that a method may look at to fill what is in it.

    That is the week before a gap that reaches out of the span, and the observations around it.
    """
    reach = WEEK_NS + (filling.longest + 1) * filling.interval_seconds * 1_000_000_000
    return replace(
        span,
        start=None if span.start is None else max(span.start - reach, -(2**63)),
        end=None if span.end is None else min(span.end + reach, 2**63 - 1),
    )


def fill_gaps(pipeline: Pipeline, span: Span, filling: Filling) -> int:
    """Fill the gaps of series, in a store of their own; return how many values are new.

    The rows of all sources are conflated first, so that a gap is one that no source fills. Values
    before and behind the span are read as far as a method may look, so that a part of a series is
    filled as the whole of it is. Filling again by the same method changes nothing; another method
    counts from then on.

    Parameters
    ----------
    pipeline : Pipeline
        The stores.
    span : Span
        Which series; of which deliveries gaps are filled.
    filling : Filling
        How.

    Raises
    ------
    InputError
        As `wattbook.ingest.normalization.fill` does.
    """
    rows = conflated(pipeline, widened(span, filling)).rows
    observed = rows.with_columns(pl.lit(FILLED_SOURCE).alias("source"))
    if observed.is_empty():
        return 0
    every = fill(
        observed,
        method=filling.method,
        interval_seconds=filling.interval_seconds,
        longest=filling.longest,
    )
    own = Span(start=span.start, end=span.end).of(every.lazy()).collect()
    made = own.filter(pl.col("place") == -1).with_columns(
        pl.lit(filling.method).alias("method"), pl.int_range(pl.len()).alias("place")
    )
    told = [*SUBJECT, *PERIOD, "value", "unit", "method"]
    with pipeline.turn():
        store = filled_store(pipeline)
        held = store.as_known()
        if "method" in held.columns:
            made = made.join(held, on=told, how="anti", nulls_equal=True, maintain_order="left")
        if made.is_empty():
            return 0
        now = pipeline.now()
        digest = hashlib.sha256(made.select(told).write_ndjson().encode()).hexdigest()
        store.append(Batch(FILLED_SOURCE, filling.method, digest, now, made))
    return made.height


def filled(pipeline: Pipeline, span: Span | None = None, at: int | None = None) -> pl.DataFrame:
    """Return the values that were filled in and still stand for one that nobody observed.

    Parameters
    ----------
    pipeline : Pipeline
        The stores.
    span : Span, optional
        Which rows; all by default.
    at : int, optional
        As known at this instant, ns UTC; now by default.

    Returns
    -------
    DataFrame
        With the columns of stored rows and ``method``; every row is flagged ``Flag.FILLED``.
    """
    wanted = span or Span()
    own = Span("", wanted.dataset, wanted.location, wanted.item, wanted.start, wanted.end)
    made = filled_store(pipeline).as_known(at, own)
    observed = conflated(pipeline, wanted, at).rows.filter(pl.col("value").is_not_null())
    return made.join(
        observed, on=[*SUBJECT, *PERIOD], how="anti", nulls_equal=True, maintain_order="left"
    )


def prices_of_record(
    pipeline: Pipeline,
    span: Span,
    *,
    instrument: int,
    kind: PriceKind | str,
    run: SettlementRun | str,
) -> list[tuple[int, ReferencePrice]]:
    """Return the prices that the engine settles and marks on: observed ones, and nothing else.

    In order of delivery, each after its delivery start (ns UTC).

    Parameters
    ----------
    pipeline : Pipeline
        The stores; what was filled in is not looked at.
    span : Span
        The prices of one instrument.
    instrument, kind, run
        As for `wattbook.ingest.normalization.reference_prices`.

    Raises
    ------
    InputError
        If there are rows of several series, or a delivery period without an observed value.
    """
    rows = conflated(pipeline, span).rows
    if (found := rows.select(SUBJECT).unique().height) > 1:
        message = f"{found} series are wanted at once; name dataset, location and item of one"
        raise InputError(message)
    if reason := lacking(pipeline, span, rows):
        message = f"{reason}; nothing is settled on values that nobody observed"
        raise InputError(message)
    prices = reference_prices(rows, instrument=instrument, kind=kind, run=run)
    return list(zip(rows["delivery_start"].to_list(), prices, strict=True))


def lacking(pipeline: Pipeline, span: Span, rows: pl.DataFrame) -> str:
    """Return what of the span of a series has no observed value; empty if all of it has one."""
    # Periods of which the sources themselves say that they have no value do not come this far.
    known = pipeline.observations.known(span=span).select(*SUBJECT, *PERIOD).unique().collect()
    empty = known.join(rows, on=[*SUBJECT, *PERIOD], how="anti", nulls_equal=True)
    if empty.height:
        start = empty["delivery_start"].to_list()[0]
        return f"{empty.height} delivery periods have no value, one from {start}"
    # Of one instrument, whichever source told a period.
    one = rows.with_columns(pl.lit(FILLED_SOURCE).alias("source"))
    holes = gaps(one, series(one))
    if holes.height:
        return (
            f"{holes['periods'].sum()} delivery periods are missing, one from {holes['start'][0]}"
        )
    if rows.is_empty():
        return "no row is there"
    first, last = min(rows["delivery_start"].to_list()), max(rows["delivery_end"].to_list())
    if span.start is not None and first > span.start:
        return f"deliveries begin at {first}, not at {span.start}"
    if span.end is not None and last < span.end:
        return f"deliveries end at {last}, not at {span.end}"
    return ""
