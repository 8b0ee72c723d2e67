"""Where prices come from: recorded files as they stand, and days made from a seed.

A source reads and says what it read (units, zone, interval convention); it mends nothing.
`wattbook.ingest` turns its rows into a series in UTC and counts what is wrong with them.

Examples
--------
>>> sorted(SOURCES)
['ercot-hubavg', 'generated', 'nem-vic1', 'nyiso-longil', 'nyiso-nyc']
>>> SOURCES["nem-vic1"].market_model
'pool'
"""

from wattbook.sources import ercot, generated, nem, nyiso
from wattbook.sources.raw import Clock, IntervalMark, PriceKind, RawSeries, Source

__all__ = ["SOURCES", "Clock", "IntervalMark", "PriceKind", "RawSeries", "Source"]

SOURCES: dict[str, Source] = {
    source.name: source
    for source in (generated.SOURCE, nem.VIC1, ercot.HUBAVG, nyiso.NYC, nyiso.LONGIL)
}
"""Every power market that can be traded, by the name that a desk file gives it."""
