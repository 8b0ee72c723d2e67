"""What can be said about the data in the stores: complete, on time, in agreement, set aside."""

import datetime as dt
import re
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from wattbook.domain.markets import known_location
from wattbook.errors import InputError
from wattbook.runtime.ingest.coverage import (
    SERIES_KEY,
    day_edges,
    gaps,
    overlap_seconds,
    series,
)
from wattbook.runtime.ingest.pipeline import CORRECTION, Pipeline
from wattbook.runtime.ingest.series import conflated, filled
from wattbook.store.observations import ObservationStore, Span
from wattbook.store.observations.store import OBSERVATIONS

__all__ = ["DatasetQuality", "Disagreement", "Quality", "TableQuality", "measure"]

NANOS = 1_000_000_000
VERSION_COLUMNS = ("source", "dataset", "ts_event", "ts_recv")
ROW_COLUMNS = (*SERIES_KEY, "delivery_start", "delivery_end", "value", "unit")
QUANTILES = (0.5, 0.9, 0.99, 1.0)
GAPS_KEPT = 1_000
PLOT_POINTS = 2_000
RELATIVE_TOLERANCE = 1e-6
ABSOLUTE_TOLERANCE = 0.005


@dataclass(frozen=True, slots=True)
class Day:
    """One local day of a dataset.

    Parameters
    ----------
    date : datetime.date
        In the dataset's zone.
    hours : float
        Length of the day: 23, 24 or 25.
    expected, missing : float
        Delivery periods of all series that should be there, and that are not.
    """

    date: dt.date
    hours: float
    expected: float
    missing: float

    @property
    def completeness(self) -> float | None:
        """Share that is there; none where nothing was expected."""
        return 1.0 - self.missing / self.expected if self.expected > 0 else None


@dataclass(frozen=True, slots=True)
class Latency:
    """Time from publication to reception of a dataset's rows, s.

    Parameters
    ----------
    rows : int
        Rows whose source says when it published them.
    quantiles : dict of float to float
        Share of rows to the seconds that they took at most.
    by_day : list of tuple of (date, float, float)
        Day of reception in UTC, half of the rows within, 99 % within.
    """

    rows: int = 0
    quantiles: dict[float, float] = field(default_factory=dict)
    by_day: list[tuple[dt.date, float, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DatasetQuality:
    """What can be said about one dataset of one source.

    Parameters
    ----------
    source, dataset : str
        Which; `dataset` is what was observed.
    zone : str
        IANA zone of its days.
    series, rows, versions : int
        Series, delivery periods that are there, and publications of them.
    values_missing : int
        Rows in which the source itself says that it has no value.
    expected, missing : float
        Delivery periods between the first and the last row of each series, and those not there.
    gaps : int
        Stretches of missing periods.
    first, last : int
        Earliest delivery start and latest delivery end, ns UTC.
    last_recv : int
        When the last row was received, ns UTC.
    days : list of Day
        Day by day.
    latency : Latency
        How long after publication it was received.
    """

    source: str
    dataset: str
    zone: str
    series: int
    rows: int
    versions: int
    values_missing: int
    expected: float
    missing: float
    gaps: int
    first: int
    last: int
    last_recv: int
    days: list[Day]
    latency: Latency

    @property
    def completeness(self) -> float | None:
        """Share of expected periods that are there; none for rows of instants."""
        return 1.0 - self.missing / self.expected if self.expected > 0 else None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two or more sources on the same thing.

    Parameters
    ----------
    dataset, unit : str
        What they say.
    sources : tuple of str
        Who.
    compared, different : int
        Delivery periods that all of them have, and those on which they differ.
    difference_max : float
        Largest difference, in `unit`.
    worst : str
        Location and item of the largest difference.
    t : list of float
        Delivery starts of the worst series, s UTC.
    values : dict of str to list of float or None
        Its values by source.
    """

    dataset: str
    unit: str
    sources: tuple[str, ...]
    compared: int
    different: int
    difference_max: float
    worst: str
    t: list[float]
    values: dict[str, list[float | None]]


@dataclass(frozen=True, slots=True)
class TableQuality:
    """Rows that are no observations: messages of outages, what venues said.

    Parameters
    ----------
    source, dataset, kind : str
        Who said them, in which dataset, and what they are.
    rows : int
        How many are kept.
    last_recv : int
        When the source was last heard, ns UTC.
    """

    source: str
    dataset: str
    kind: str
    rows: int
    last_recv: int


@dataclass(frozen=True, slots=True)
class Quality:
    """Everything that can be said at one instant.

    Parameters
    ----------
    at : int
        Of the measurement, ns UTC.
    datasets : list of DatasetQuality
        By source and dataset.
    gaps : DataFrame
        The longest gaps: key of the series, start, end, periods.
    disagreements : list of Disagreement
        Where sources overlap.
    quarantine : list of (source, dataset, state, reason, parts)
        Most first; figures and quotations within reasons are left out, so that like counts as like.
    payloads : dict of str to int
        Payloads by source.
    tables : list of TableQuality
        Rows that are no observations, by source, dataset and kind.
    counting : list of (dataset, source, periods)
        Of which source how many delivery periods count, where several tell of a dataset.
    filled : list of (dataset, method, periods)
        Delivery periods that nobody told and that were filled, by what method.
    corrections : list of (source, rule, values)
        Values that a rule changed.
    """

    at: int
    datasets: list[DatasetQuality]
    gaps: pl.DataFrame
    disagreements: list[Disagreement]
    quarantine: list[tuple[str, str, str, str, int]]
    payloads: dict[str, int]
    tables: list[TableQuality]
    counting: list[tuple[str, str, int]] = field(default_factory=list)
    filled: list[tuple[str, str, int]] = field(default_factory=list)
    corrections: list[tuple[str, str, int]] = field(default_factory=list)


def zone_of(locations: pl.Series) -> str:
    """Return the zone of most of the locations that are known, else UTC."""
    zones: Counter[str] = Counter()
    for location in locations.drop_nulls().unique().to_list()[:100]:
        try:
            zones[known_location(location).time_zone] += 1
        except InputError:
            continue
    return zones.most_common(1)[0][0] if zones else "UTC"


def measure(pipeline: Pipeline, at: int, span: Span | None = None, zone: str = "") -> Quality:
    """Return what can be said about the stores at an instant.

    Parameters
    ----------
    pipeline : Pipeline
        The stores.
    at : int
        ns UTC; staleness counts up to it.
    span : Span, optional
        Which rows; all by default.
    zone : str, optional
        IANA zone of every dataset's days; that of its locations by default, UTC if unknown.
    """
    store = pipeline.observations
    versions = store.versions(span).select(*VERSION_COLUMNS).collect()
    rows = store.known(span=span).select(*ROW_COLUMNS).collect()
    known = series(rows)
    holes = gaps(rows, known)
    datasets = []
    for (source, dataset), own in rows.group_by(["source", "dataset"]):
        mine = (pl.col("source") == source) & (pl.col("dataset") == dataset)
        of_own = known.filter(mine)
        datasets.append(
            dataset_quality(
                of_own, holes.filter(mine), versions.filter(mine), zone or zone_of(own["location"])
            )
        )
    counted = store.catalogue.rows("SELECT source, count(*) FROM batch GROUP BY source")
    return Quality(
        at,
        sorted(datasets, key=lambda entry: (entry.source, entry.dataset)),
        holes.sort("periods", descending=True, maintain_order=True).head(GAPS_KEPT),
        disagreements(rows),
        reasons(pipeline),
        {str(source): int(str(count)) for source, count in counted},
        tables(store, span or Span()),
        counting(pipeline, rows, span),
        numbers(filled(pipeline, span), "dataset", "method"),
        numbers(store.table(CORRECTION, span.source if span else ""), "source", "rule"),
    )


def counting(
    pipeline: Pipeline, rows: pl.DataFrame, span: Span | None
) -> list[tuple[str, str, int]]:
    """Return of which source how many periods count, where several tell of a dataset."""
    sources = rows.group_by("dataset").agg(pl.col("source").n_unique())
    shared = sources.filter(pl.col("source") > 1)["dataset"].sort().to_list()
    made = []
    for dataset in shared:
        own = replace(span or Span(), dataset=dataset)
        made += numbers(conflated(pipeline, own).rows, "dataset", "source")
    return made


def numbers(rows: pl.DataFrame, *by: str) -> list[tuple[str, str, int]]:
    """Return how many rows there are of each pair of texts, in order; none of a store without."""
    if rows.is_empty():
        return []
    return rows.group_by(by).len().sort(by).rows()


def tables(store: ObservationStore, span: Span) -> list[TableQuality]:
    """Return what the catalogue says of rows that are no observations; reads none of them."""
    found = store.catalogue.rows(
        "SELECT part.source, part.dataset, part.kind, sum(part.rows), "
        "(SELECT max(ts_recv) FROM batch WHERE batch.source = part.source) "
        "FROM part WHERE retired IS NULL AND kind != ? AND (? = '' OR source = ?) "
        "GROUP BY part.source, part.dataset, part.kind ORDER BY 1, 2, 3",
        (OBSERVATIONS, span.source, span.source),
    )
    return [
        TableQuality(str(source), str(dataset), str(kind), int(str(rows)), int(str(last)))
        for source, dataset, kind, rows, last in found
    ]


def dataset_quality(
    known: pl.DataFrame, holes: pl.DataFrame, versions: pl.DataFrame, zone: str
) -> DatasetQuality:
    """Return what can be said about one dataset from its series, gaps and versions."""
    first, last = int(known["first"].min()), int(known["last"].max())  # type: ignore[arg-type]
    days, edges = day_edges(first, last, zone)
    expected = np.zeros(len(days))
    missing = np.zeros(len(days))
    for (length,), own in known.filter(pl.col("resolution") > 0).group_by(["resolution"]):
        seconds = int(str(length)) / NANOS
        spans = own["first"].to_numpy(), own["last"].to_numpy()
        expected += overlap_seconds(edges, *spans) / seconds
        gone = holes.filter(pl.col("resolution") == length)
        spans = gone["start"].to_numpy(), gone["end"].to_numpy()
        missing += overlap_seconds(edges, *spans) / seconds
    hours = np.diff(edges) / NANOS / 3_600
    columns = zip(days, hours.tolist(), expected.tolist(), missing.tolist(), strict=True)
    return DatasetQuality(
        source=known["source"][0],
        dataset=known["dataset"][0],
        zone=zone,
        series=known.height,
        rows=int(known["rows"].sum()),
        versions=versions.height,
        values_missing=int(known["values_missing"].sum()),
        expected=float(expected.sum()),
        missing=float(missing.sum()),
        gaps=holes.height,
        first=first,
        last=last,
        last_recv=int(versions["ts_recv"].max()),  # type: ignore[arg-type]
        days=[Day(*column) for column in columns],
        latency=latency(versions),
    )


def latency(versions: pl.DataFrame) -> Latency:
    """Return the time from publication to reception."""
    told = versions.filter(pl.col("ts_event").is_not_null()).select(
        ((pl.col("ts_recv") - pl.col("ts_event")) / NANOS).alias("seconds"),
        pl.from_epoch("ts_recv", "ns").dt.date().alias("day"),
    )
    if told.is_empty():
        return Latency()
    by_day = (
        told.group_by("day")
        .agg(
            pl.col("seconds").quantile(0.5, "lower").alias("half"),
            pl.col("seconds").quantile(0.99, "higher").alias("most"),
        )
        .sort("day")
    )
    quantiles = {
        share: float(told["seconds"].quantile(share, "higher") or 0.0) for share in QUANTILES
    }
    return Latency(told.height, quantiles, by_day.rows())


def disagreements(rows: pl.DataFrame) -> list[Disagreement]:
    """Return where several sources say something about the same thing."""
    thing = ["dataset", "location", "counterpart", "item", "unit"]
    period = ["delivery_start", "delivery_end"]
    shared = (
        rows.filter(pl.col("value").is_not_null())
        .group_by([*thing, *period])
        .agg(
            pl.col("source").sort().alias("sources"),
            pl.col("value").min().alias("low"),
            pl.col("value").max().alias("high"),
        )
        .filter(pl.col("sources").list.len() > 1)
        .with_columns(
            pl.col("sources").list.join(", "),
            (pl.col("high") - pl.col("low")).alias("difference"),
        )
    )
    size = pl.max_horizontal(pl.col("high").abs(), pl.col("low").abs())
    tolerance = pl.max_horizontal(ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE * size)
    shared = shared.with_columns((pl.col("difference") > tolerance).alias("is_other"))
    made = []
    for (dataset, unit, sources), own in shared.sort(*thing, *period).group_by(
        ["dataset", "unit", "sources"], maintain_order=True
    ):
        worst = own.sort("difference", descending=True, maintain_order=True).row(0, named=True)
        of_worst = rows.filter(
            *(pl.col(name).eq_missing(pl.lit(worst[name])) for name in thing)
        ).sort("delivery_start")
        wide = of_worst.tail(PLOT_POINTS).pivot(
            on="source", index="delivery_start", values="value", aggregate_function="last"
        )
        names = [worst[key] for key in ("location", "counterpart", "item")]
        made.append(
            Disagreement(
                str(dataset),
                str(unit),
                tuple(str(sources).split(", ")),
                own.height,
                int(own["is_other"].sum()),
                float(worst["difference"]),
                " ".join(str(name) for name in names if name),
                [start / 1e9 for start in wide["delivery_start"].to_list()],
                {source: wide[source].to_list() for source in wide.columns[1:]},
            )
        )
    return made


def masked(reason: str) -> str:
    """Return a reason without the figures and quotations that tell one case from the next.

    Examples
    --------
    >>> masked("value 'x7' in line 12 is 3.5e9, above 1,000")
    'value … in line # is #, above #'
    """
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "…", reason)
    return re.sub(r"[-+]?\d[\d.,:e+-]*\d|[-+]?\d", "#", text)


def reasons(pipeline: Pipeline) -> list[tuple[str, str, str, str, int]]:
    """Return how many parts were set aside for which kind of reason, most first."""
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for source, dataset, state, reason, count in pipeline.quarantine.counts():
        counts[source or "none", dataset, state, masked(reason)] += count
    return [(*key, count) for key, count in counts.most_common()]


def gap_key(row: dict[str, object]) -> str:
    """Return the series of a gap in one line."""
    return " ".join(str(row[name]) for name in SERIES_KEY if row[name])
