"""Series of meters, sensors and satellites, from CSV, JSON lines or Parquet, by a mapping file.

Each device and each provider names its columns as it likes. A mapping in TOML says once which
column is the time and what clock it follows, where the location stands, and what the others are::

    name = "feeder"
    file = "feeder-*.csv"
    format = "csv"

    [time]
    column = "stamp"
    form = "%Y-%m-%d %H:%M"
    clock = "Europe/Berlin"
    interval_seconds = 900
    mark = "end"

    [location]
    column = "meter"

    [[series]]
    dataset = "load"
    column = "kw"
    unit = "kW"

`dataset` makes a dataset of it. Doubles and gaps are reported and mended by nobody here.
"""

from wattbook.sources.iot.mapping import Mapping, Series, load
from wattbook.sources.iot.reading import DUPLICATE_COLUMNS, GAP_COLUMNS, dataset
from wattbook.sources.payload import Dataset

__all__ = ["DATASETS", "DUPLICATE_COLUMNS", "GAP_COLUMNS", "Mapping", "Series", "dataset", "load"]

DATASETS: tuple[Dataset, ...] = ()
"""None of its own: each mapping makes one."""
