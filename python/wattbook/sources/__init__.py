"""Where data comes from: recorded markets, and islands that read what publishers send.

A source reads and says what it read (units, zone, interval convention); it mends nothing.
`wattbook.ingest` turns its rows into one form and counts what is wrong with them.

- `recorded` has the markets that a desk can name: `SOURCES`.
- An *island* is a module that reads one publisher: it has ``DATASETS``, each of which knows its
  payloads, parses them and asks for more. `catalogue` lists them; none knows another.
- What islands share lies beside them: `payload` (the contract), `vocabulary` (the words),
  `tabular` (typed rows), `clock` (time), `csv`, `json`, `xml`, `sheets`, `packed`, `feeds` and
  `grib` (forms of payloads), `tables` (outages, news), `fetch` (HTTP).

Examples
--------
>>> sorted(name for name in SOURCES if name.startswith("n"))
['nem-vic1', 'nyiso-longil', 'nyiso-nyc']
>>> SOURCES["nem-vic1"].market_model
'pool'
"""

from wattbook.sources.recorded import (
    SOURCES,
    Clock,
    IntervalMark,
    PriceKind,
    RawSeries,
    Source,
)

__all__ = ["SOURCES", "Clock", "IntervalMark", "PriceKind", "RawSeries", "Source"]
